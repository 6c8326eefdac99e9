//! The services of a stack in ECS's own words: what `CreateService` is sent.

use indexmap::IndexMap;

use super::{Listener, Shape, Stack, Task};
use crate::ecs::{AwsVpcConfiguration, LoadBalancer, NetworkConfiguration, ServiceDefinition, Tag};
use crate::environment::tag_value;

/// What a stack calls by name and ECS by identifier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// Ids of the subnets.
    pub subnets: Vec<String>,
    /// Ids of the security groups.
    pub security_groups: Vec<String>,
    /// ARNs of target groups by name.
    pub target_groups: IndexMap<String, String>,
}

/// A target group, the container it sends requests to, and the port.
pub(crate) type Target = (String, String, u16);

/// Seconds for which failing health checks are ignored where the overlay does not say.
const GRACE_PERIOD: u32 = 60;

impl Stack {
    /// The services in the order of their tasks; a task that runs alone is none. A target group without an ARN is left out,
    /// for ECS takes no other name of it.
    pub fn service_definitions(&self, resources: &Resources) -> Vec<ServiceDefinition> {
        let tasks = self.tasks.iter().enumerate();
        let services = tasks.filter(|(_, it)| it.shape == Shape::Service);
        services.map(|(index, task)| self.service_definition(index, task, resources)).collect()
    }

    fn service_definition(
        &self,
        index: usize,
        task: &Task,
        resources: &Resources,
    ) -> ServiceDefinition {
        let arn = |name: &String| resources.target_groups.get(name).cloned();
        let balancer = |(name, container_name, port): Target| {
            let (target_group_arn, container_port) = (Some(arn(&name)?), i32::from(port));
            Some(LoadBalancer { target_group_arn, container_name, container_port })
        };
        let load_balancers: Vec<LoadBalancer> =
            self.targets(index).into_iter().filter_map(balancer).collect();
        let sorted = |ids: &[String]| {
            let mut ids = ids.to_vec();
            ids.sort();
            ids
        };
        let (subnets, groups) = (sorted(&resources.subnets), sorted(&resources.security_groups));
        let awsvpc = AwsVpcConfiguration::new(subnets, groups, self.network.public_ip);
        let grace_period = self.grace_period(index).and_then(|it| i32::try_from(it).ok());
        let (name, family) =
            (self.environment.service(task.name.as_deref()), task.definition.family.clone());
        ServiceDefinition {
            cluster: self.cluster.clone(),
            desired_count: i32::try_from(task.count.unwrap_or(1)).unwrap_or(i32::MAX),
            network_configuration: NetworkConfiguration { awsvpc },
            health_check_grace_period_seconds: grace_period.filter(|_| !load_balancers.is_empty()),
            load_balancers,
            tags: self.service_tags(),
            enable_execute_command: task.exec,
            service_connect_configuration: task.connect.clone(),
            ..ServiceDefinition::on_fargate(name, family, task.spot)
        }
    }

    /// The target groups that send requests to a task, each once.
    pub(crate) fn targets(&self, task: usize) -> Vec<Target> {
        let ways = self.ingress.iter().filter(|it| it.task == task && !it.listeners.is_empty());
        let mut targets: Vec<Target> =
            ways.map(|it| (it.target_group.clone(), it.container.clone(), it.port)).collect();
        targets.sort();
        targets.dedup();
        targets
    }

    /// Seconds for which failing health checks of a task are ignored; `None` without a target group.
    pub(crate) fn grace_period(&self, task: usize) -> Option<u32> {
        let ways = || self.ingress.iter().filter(|it| it.task == task && !it.listeners.is_empty());
        let given = ways().filter_map(|it| it.health_check.grace_period).max();
        ways().next().map(|_| given.unwrap_or(GRACE_PERIOD))
    }

    /// Whether the overlay says on which of the usual ports the listener of the environment's URL is.
    fn is_scheme_known(&self) -> bool {
        let is_usual = |it: &Listener| matches!(it, Listener::Of { port: Some(443 | 80), .. });
        let first = self
            .ingress
            .iter()
            .find(|it| it.host.as_ref().is_some_and(|it| !it.contains(['*', '?'])));
        first.is_some_and(|it| it.listeners.first().is_some_and(is_usual))
    }

    /// The tags of the environment and what `ls` shows of it, by key.
    fn service_tags(&self) -> Vec<Tag> {
        let mut tags = self.environment.tags();
        let mut put = |key: &str, value: Option<&str>| {
            tags.extend(value.map(|it| (format!("compose2ecs:{key}"), tag_value(it))));
        };
        put("commit", self.commit.as_deref());
        put("url", self.url().filter(|_| self.is_scheme_known()).as_deref());
        tags.sort();
        tags.into_iter().map(|(key, value)| Tag { key, value }).collect()
    }
}
