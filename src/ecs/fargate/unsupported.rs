//! Fields that only instances of EC2 understand into refusals (ecs-rules.md, Not on Fargate).

use super::{
    Site,
    rule::Rule,
    violation::{Subject, Violation},
};
use crate::ecs::{linux_parameters::LinuxParameters, task_definition::TaskDefinition};

pub(super) fn check_task(definition: &TaskDefinition, out: &mut Vec<Violation>) {
    let fields = [
        (!definition.placement_constraints.is_empty(), "placementConstraints"),
        (definition.ipc_mode.is_some(), "ipcMode"),
        (!definition.inference_accelerators.is_empty(), "inferenceAccelerators"),
        (definition.trusted_execution_configuration.is_some(), "trustedExecutionConfiguration"),
    ];
    let fields = fields.into_iter().filter_map(|(is_set, field)| is_set.then_some(field));
    out.extend(fields.map(|field| unsupported(field, Subject::task(field))));
    if let Some(mode) = definition.pid_mode.as_deref().filter(|mode| *mode != "task") {
        let message = format!("`pidMode` is `{mode}`, which Fargate does not support");
        let violation = Violation::new(Rule::Unsupported, Subject::task("pidMode"), message);
        out.push(violation.with_help("use `task`, or leave it out"));
    }
}

pub(super) fn check(site: Site<'_>, out: &mut Vec<Violation>) {
    let container = site.container;
    let fields = [
        (!container.links.is_empty(), "links"),
        (container.hostname.is_some(), "hostname"),
        (container.disable_networking == Some(true), "disableNetworking"),
        (container.privileged == Some(true), "privileged"),
        (!container.dns_servers.is_empty(), "dnsServers"),
        (!container.dns_search_domains.is_empty(), "dnsSearchDomains"),
        (!container.extra_hosts.is_empty(), "extraHosts"),
        (!container.docker_security_options.is_empty(), "dockerSecurityOptions"),
        (!container.resource_requirements.is_empty(), "resourceRequirements"),
    ];
    let linux = container.linux_parameters.iter().flat_map(linux_fields);
    let fields = fields.into_iter().filter_map(|(is_set, field)| is_set.then_some((field, field)));
    out.extend(fields.chain(linux).map(|(name, path)| unsupported(name, site.at(path))));
}

fn linux_fields(linux: &LinuxParameters) -> impl Iterator<Item = (&'static str, &'static str)> {
    let fields = [
        (!linux.devices.is_empty(), "devices", "linuxParameters.devices"),
        (
            linux.shared_memory_size.is_some(),
            "sharedMemorySize",
            "linuxParameters.sharedMemorySize",
        ),
        (linux.max_swap.is_some(), "maxSwap", "linuxParameters.maxSwap"),
        (linux.swappiness.is_some(), "swappiness", "linuxParameters.swappiness"),
    ];
    fields.into_iter().filter_map(|(is_set, name, path)| is_set.then_some((name, path)))
}

fn unsupported(name: &str, subject: Subject) -> Violation {
    let message = format!("Fargate does not support `{name}`");
    let violation = Violation::new(Rule::Unsupported, subject, message);
    match name {
        "links" | "hostname" | "extraHosts" => {
            violation.with_help("containers of one task reach each other as `127.0.0.1`")
        }
        _ => violation,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use crate::ecs::{
        Device, HostEntry, InferenceAccelerator, LinuxParameters, PlacementConstraint,
        ResourceRequirement, TrustedExecutionConfiguration,
        fargate::tests::{Case, check_all},
    };

    pub(in crate::ecs::fargate) const CASES: &[Case] = &[
        (
            |t| {
                t.placement_constraints = vec![PlacementConstraint::default()];
                t.ipc_mode = Some("task".to_owned());
                t.inference_accelerators = vec![InferenceAccelerator::default()];
                t.trusted_execution_configuration = Some(TrustedExecutionConfiguration::default());
            },
            &[
                "unsupported placementConstraints: Fargate does not support `placementConstraints`",
                "unsupported ipcMode: Fargate does not support `ipcMode`",
                "unsupported inferenceAccelerators: Fargate does not support \
                 `inferenceAccelerators`",
                "unsupported trustedExecutionConfiguration: Fargate does not support \
                 `trustedExecutionConfiguration`",
            ],
        ),
        (|t| t.pid_mode = Some("task".to_owned()), &[]),
        (
            |t| t.pid_mode = Some("host".to_owned()),
            &["unsupported pidMode: `pidMode` is `host`, which Fargate does not support; use \
                 `task`, or leave it out"],
        ),
        (
            |t| {
                let container = &mut t.container_definitions[0];
                container.links = vec!["db".to_owned()];
                container.hostname = Some("web".to_owned());
                container.disable_networking = Some(true);
                container.privileged = Some(true);
                container.dns_servers = vec!["1.1.1.1".to_owned()];
                container.dns_search_domains = vec!["local".to_owned()];
                container.extra_hosts = vec![HostEntry::default()];
                container.docker_security_options = vec!["no-new-privileges".to_owned()];
                container.resource_requirements = vec![ResourceRequirement::default()];
            },
            &[
                "unsupported containerDefinitions[0].links: Fargate does not support `links`; \
                 containers of one task reach each other as `127.0.0.1`",
                "unsupported containerDefinitions[0].hostname: Fargate does not support \
                 `hostname`; containers of one task reach each other as `127.0.0.1`",
                "unsupported containerDefinitions[0].disableNetworking: Fargate does not support \
                 `disableNetworking`",
                "unsupported containerDefinitions[0].privileged: Fargate does not support \
                 `privileged`",
                "unsupported containerDefinitions[0].dnsServers: Fargate does not support \
                 `dnsServers`",
                "unsupported containerDefinitions[0].dnsSearchDomains: Fargate does not support \
                 `dnsSearchDomains`",
                "unsupported containerDefinitions[0].extraHosts: Fargate does not support \
                 `extraHosts`; containers of one task reach each other as `127.0.0.1`",
                "unsupported containerDefinitions[0].dockerSecurityOptions: Fargate does not \
                 support `dockerSecurityOptions`",
                "unsupported containerDefinitions[0].resourceRequirements: Fargate does not \
                 support `resourceRequirements`",
            ],
        ),
        (
            |t| {
                t.container_definitions[0].privileged = Some(false);
                t.container_definitions[0].disable_networking = Some(false);
            },
            &[],
        ),
        (
            |t| {
                t.container_definitions[0].linux_parameters = Some(LinuxParameters {
                    devices: vec![Device::default()],
                    shared_memory_size: Some(64),
                    max_swap: Some(0),
                    swappiness: Some(0),
                    ..LinuxParameters::default()
                });
            },
            &[
                "unsupported containerDefinitions[0].linuxParameters.devices: Fargate does not \
                 support `devices`",
                "unsupported containerDefinitions[0].linuxParameters.sharedMemorySize: Fargate \
                 does not support `sharedMemorySize`",
                "unsupported containerDefinitions[0].linuxParameters.maxSwap: Fargate does not \
                 support `maxSwap`",
                "unsupported containerDefinitions[0].linuxParameters.swappiness: Fargate does \
                 not support `swappiness`",
            ],
        ),
    ];

    #[test]
    fn fields_of_ec2_are_refused() {
        check_all(CASES);
    }
}
