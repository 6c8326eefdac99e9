//! A service that runs already -> the surroundings that environments of branches can have too.

use aws_sdk_elasticloadbalancingv2::types;
use futures_util::future::try_join_all;

use super::connection::Clients;
use super::deployer::Deployer;
use super::error::{Error, refused};
use super::observe::{describe_services, described_listeners, listener_rules, revision};
use super::observed::{LoadBalancerOf, Revision, Service};
use crate::ecs::TaskDefinition;
use crate::surroundings::Surroundings;

impl Deployer {
    /// Reads what a service runs in: cluster, network, roles, platform, logs, and the way from its load balancer to it.
    ///
    /// # Arguments
    ///
    /// `wanted` is the ARN of the service, `CLUSTER/SERVICE`, or the name of a service of the cluster `default`.
    ///
    /// # Errors
    ///
    /// When there is no such service, or AWS cannot be asked.
    pub async fn existing(&self, wanted: &str) -> Result<Surroundings, Error> {
        let clients = &self.clients;
        let name = ServiceName::parse(wanted);
        let services = describe_services(clients, name.cluster, &[name.service.to_owned()]).await?;
        let Some(service) = services.into_values().next() else {
            let message = format!(
                "there is no service `{}` in the cluster `{}` of {}",
                name.service, name.cluster, clients.region
            );
            let error = Error::refused(message);
            return Err(
                error.help("write its ARN, or CLUSTER/SERVICE; `--region` names the region")
            );
        };
        let way = service.load_balancers.first();
        let (definition, way) =
            tokio::try_join!(revision(clients, &service.task_definition), way_of(clients, way))?;
        let account = service.arn.split(':').nth(4).filter(|it| !it.is_empty());
        let known = Surroundings {
            region: Some(clients.region.clone()),
            account: account.map(str::to_owned),
            cluster: Some(name.cluster.rsplit('/').next().unwrap_or_default().to_owned()),
            target: way_in(&service),
            ..of_service(service)
        };
        Ok(known.or(of_revision(definition)).or(way))
    }
}

/// A service as people name it.
struct ServiceName<'a> {
    cluster: &'a str,
    service: &'a str,
}

impl<'a> ServiceName<'a> {
    fn parse(text: &'a str) -> Self {
        // `arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/SERVICE`; old ones lack the cluster.
        let path = match text.splitn(6, ':').collect::<Vec<_>>().as_slice() {
            ["arn", _, "ecs", _, _, resource] => {
                resource.strip_prefix("service/").unwrap_or(resource)
            }
            _ => text,
        };
        let (cluster, service) = path.rsplit_once('/').unwrap_or(("default", path));
        Self { cluster, service }
    }
}

fn way_in(service: &Service) -> Option<(String, u16)> {
    service.load_balancers.first().map(|it| (it.container.clone(), it.port))
}

fn of_service(service: Service) -> Surroundings {
    Surroundings {
        subnets: service.network.subnets,
        security_groups: service.network.security_groups,
        public_ip: Some(service.network.public_ip),
        spot: service.spot == Some(true),
        exec: service.exec == Some(true),
        ..Surroundings::default()
    }
}

fn of_revision(revision: Option<Revision>) -> Surroundings {
    let definition = revision.map(|it| it.definition).unwrap_or_default();
    let TaskDefinition { cpu, memory, runtime_platform, container_definitions, .. } = definition;
    let architecture = runtime_platform.and_then(|it| it.cpu_architecture);
    let mut logs = container_definitions.iter().filter_map(|it| it.log_configuration.as_ref());
    let number = |it: Option<String>| it.and_then(|it| it.parse().ok());
    Surroundings {
        execution_role: definition.execution_role_arn,
        task_role: definition.task_role_arn,
        // The default need not be said.
        architecture: architecture.filter(|it| it == "ARM64").map(|_| "arm64".to_owned()),
        cpu: number(cpu),
        memory: number(memory),
        log_group: logs.find_map(|it| it.options.get("awslogs-group").cloned()),
        ..Surroundings::default()
    }
}

/// The listener whose rule leads to the target group of a service, and how that one is checked.
async fn way_of(clients: &Clients, way: Option<&LoadBalancerOf>) -> Result<Surroundings, Error> {
    let Some(way) = way.filter(|it| !it.target_group.is_empty()) else {
        return Ok(Surroundings::default());
    };
    let call = clients.elb.describe_target_groups().target_group_arns(&way.target_group);
    let answer = call.send().await.map_err(refused("look the target group of the service up"))?;
    let Some(group) = answer.target_groups().first() else { return Ok(Surroundings::default()) };
    let mut known = Surroundings { health_check: health_check(group), ..Surroundings::default() };
    let listeners = group
        .load_balancer_arns()
        .iter()
        .map(|it| described_listeners(clients.elb.describe_listeners().load_balancer_arn(it)));
    let listeners = try_join_all(listeners).await?;
    for listener in listeners.iter().flatten() {
        let Some(arn) = listener.listener_arn() else { continue };
        let rules = listener_rules(clients, arn).await?;
        let rule = rules.iter().find(|it| it.target_group.as_ref() == Some(&way.target_group));
        let default = listener.default_actions().iter();
        let mut default = default.filter_map(types::Action::target_group_arn);
        if rule.is_some() || default.any(|it| it == way.target_group) {
            known.listener = Some(arn.to_owned());
            known.host = rule.and_then(|it| it.hosts.first().cloned());
            break;
        }
    }
    Ok(known)
}

fn health_check(group: &types::TargetGroup) -> Option<(String, String)> {
    let codes = group.matcher().and_then(|it| it.http_code()).unwrap_or("200");
    Some((group.health_check_path()?.to_owned(), codes.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::ServiceName;

    #[test]
    fn services_are_named_by_arn_with_their_cluster_or_alone() {
        for (text, expected) in [
            ("arn:aws:ecs:eu-west-1:123456789012:service/staging/shop", ("staging", "shop")),
            ("arn:aws:ecs:eu-west-1:123456789012:service/shop", ("default", "shop")),
            ("staging/shop", ("staging", "shop")),
            ("shop", ("default", "shop")),
        ] {
            let name = ServiceName::parse(text);
            assert_eq!((name.cluster, name.service), expected, "{text}");
        }
    }
}
