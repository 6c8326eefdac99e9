//! How a definition is run into the rules of `RunTask` and `CreateService` that show without AWS (ecs-rules.md, `RunTask`
//! and `CreateService`).

use super::{
    container_index,
    rule::Rule,
    violation::{Subject, Violation},
};
use crate::ecs::task_definition::TaskDefinition;

/// How a definition is run, as far as it is known without AWS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Running {
    /// How many subnets are named; a tag that stands for several counts once.
    pub subnets: usize,
    /// How many security groups are named.
    pub security_groups: usize,
    /// The container and the port that each target group sends requests to.
    pub targets: Vec<(String, u16)>,
}

/// Finds every rule that running the definition breaks.
pub fn check_running(definition: &TaskDefinition, running: &Running) -> Vec<Violation> {
    let mut out = Vec::new();
    check_network(running, &mut out);
    for (item, target) in running.targets.iter().enumerate() {
        check_target(definition, item, target, &mut out);
    }
    check_volumes(definition, &mut out);
    out
}

/// The most that `awsvpcConfiguration` takes.
const NETWORK: [(Rule, &str, &str, usize); 2] = [
    (Rule::SubnetCount, "subnets", "subnets", 16),
    (Rule::SecurityGroupCount, "securityGroups", "security groups", 5),
];

fn check_network(running: &Running, out: &mut Vec<Violation>) {
    for ((rule, field, what, most), count) in
        NETWORK.into_iter().zip([running.subnets, running.security_groups])
    {
        if count > most {
            let subject = Subject::Service { field, item: Some(most) };
            let message = format!("{count} {what} are named; a task takes {most}");
            out.push(Violation::new(rule, subject, message));
        }
    }
}

fn check_target(
    definition: &TaskDefinition,
    item: usize,
    (name, port): &(String, u16),
    out: &mut Vec<Violation>,
) {
    let subject = Subject::Service { field: "loadBalancers", item: Some(item) };
    let Some(index) = container_index(definition, name) else {
        let message = format!("the task has no container `{name}` to send requests to");
        return out.push(Violation::new(Rule::TargetContainer, subject, message));
    };
    let wanted = Some(i32::from(*port));
    let mut mappings = definition.container_definitions[index].port_mappings.iter();
    if !mappings.any(|it| it.container_port == wanted && it.protocol.as_deref() != Some("udp")) {
        let message = format!("the container `{name}` has no port mapping for port {port}");
        let violation = Violation::new(Rule::TargetPort, subject, message);
        out.push(violation.with_help("a load balancer only reaches ports of `portMappings`"));
    }
}

fn check_volumes(definition: &TaskDefinition, out: &mut Vec<Violation>) {
    let mut volumes = definition.volumes.iter().enumerate();
    if let Some((index, volume)) = volumes.find(|(_, it)| it.configured_at_launch == Some(true)) {
        let message = format!(
            "the volume `{}` waits for the `volumeConfigurations` of a service, which compose2ecs does not write",
            volume.name
        );
        let subject = Subject::volume(index, "configuredAtLaunch");
        let violation = Violation::new(Rule::LaunchConfiguration, subject, message);
        out.push(violation.with_help(
            "create the service with another tool, or keep the data on a file system of EFS",
        ));
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Running, check_running};
    use crate::ecs::{TaskDefinition, Volume, fargate::tests::faultless};

    type Change = fn(&mut TaskDefinition, &mut Running);

    /// A change to a service without fault, and what the check then says.
    pub(in crate::ecs::fargate) const CASES: &[(Change, &[&str])] = &[
        (
            |_, it| {
                it.subnets = 16;
                it.security_groups = 5;
                it.targets = vec![("app".to_owned(), 80)];
            },
            &[],
        ),
        (
            |_, it| {
                it.subnets = 17;
                it.security_groups = 6;
            },
            &[
                "subnet-count subnets[16]: 17 subnets are named; a task takes 16",
                "security-group-count securityGroups[5]: 6 security groups are named; a task takes 5",
            ],
        ),
        (
            |_, it| it.targets = vec![("web".to_owned(), 80), ("app".to_owned(), 81)],
            &[
                "target-container loadBalancers[0]: the task has no container `web` to send requests to",
                "target-port loadBalancers[1]: the container `app` has no port mapping for port 81",
            ],
        ),
        (
            |t, it| {
                t.container_definitions[0].port_mappings[0].protocol = Some("udp".to_owned());
                it.targets = vec![("app".to_owned(), 80)];
            },
            &["target-port loadBalancers[0]: the container `app` has no port mapping for port 80"],
        ),
        (
            |t, _| {
                let (name, configured_at_launch) = ("data".to_owned(), Some(true));
                t.volumes = vec![Volume { name, configured_at_launch, ..Volume::default() }];
            },
            &[
                "launch-configuration volumes[0].configuredAtLaunch: the volume `data` waits for the `volumeConfigurations` of a service, which compose2ecs does not write",
            ],
        ),
    ];

    #[test]
    fn a_service_is_checked_before_it_is_made() {
        for (change, expected) in CASES {
            let (mut definition, mut running) = (faultless(), Running::default());
            change(&mut definition, &mut running);
            let found = check_running(&definition, &running);
            let line = |it: &super::Violation| {
                format!("{} {}: {}", it.rule.name(), it.subject, it.message)
            };
            assert_eq!(found.iter().map(line).collect::<Vec<_>>(), *expected);
        }
    }
}
