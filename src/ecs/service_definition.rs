//! A service in memory into the JSON that `CreateService` takes, which is the service definition of ecspresso as well.
//!
//! The members that compose2ecs writes, in the order of the API as of botocore 1.44.5.

use super::{service_connect::ServiceConnectConfiguration, task_definition::Tag};
use serde::Serialize;

/// A service as it is sent to ECS, whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceDefinition {
    /// The cluster, by name or ARN; the account's default when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// At most 255 of `[A-Za-z0-9_-]`, unique in the cluster.
    pub service_name: String,
    /// A family, which means its latest revision, or the ARN of a revision.
    pub task_definition: String,
    /// The target groups that get requests, at most 5.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub load_balancers: Vec<LoadBalancer>,
    /// How many tasks run.
    pub desired_count: i32,
    /// `FARGATE`; excludes a strategy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launch_type: Option<String>,
    /// What the tasks run on, where a launch type does not say it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub capacity_provider_strategy: Vec<CapacityProviderStrategyItem>,
    /// How a new revision takes the place of the old one.
    pub deployment_configuration: DeploymentConfiguration,
    /// Where the tasks are attached.
    pub network_configuration: NetworkConfiguration,
    /// Seconds for which failing health checks are ignored; only with a load balancer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_check_grace_period_seconds: Option<i32>,
    /// Tags of the service itself, at most 50.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// `SERVICE` gives its tags to the tasks.
    pub propagate_tags: String,
    /// Whether ECS Exec opens a shell in the containers.
    pub enable_execute_command: bool,
    /// What the tasks offer to other services and find of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_connect_configuration: Option<ServiceConnectConfiguration>,
}

/// A target group and what it sends requests to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoadBalancer {
    /// ARN of the target group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_group_arn: Option<String>,
    /// A container of the definition.
    pub container_name: String,
    /// A port of its mappings.
    pub container_port: i32,
}

/// A capacity provider and its share.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CapacityProviderStrategyItem {
    /// `FARGATE` or `FARGATE_SPOT`.
    pub capacity_provider: String,
    /// Its share of the tasks.
    pub weight: i32,
    /// How many tasks run on it before shares count.
    pub base: i32,
}

/// How a new revision takes the place of the old one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentConfiguration {
    /// What happens when the new tasks do not come up.
    pub deployment_circuit_breaker: DeploymentCircuitBreaker,
    /// Per cent of the wanted tasks that may run at once.
    pub maximum_percent: i32,
    /// Per cent of the wanted tasks that keep running.
    pub minimum_healthy_percent: i32,
}

/// New tasks before old ones go, and back by itself when they do not come up.
impl Default for DeploymentConfiguration {
    fn default() -> Self {
        Self {
            deployment_circuit_breaker: DeploymentCircuitBreaker { enable: true, rollback: true },
            maximum_percent: 200,
            minimum_healthy_percent: 100,
        }
    }
}

/// What happens when new tasks do not come up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentCircuitBreaker {
    /// Whether ECS stops trying.
    pub enable: bool,
    /// Whether it goes back to the revision before.
    pub rollback: bool,
}

/// Where tasks are attached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkConfiguration {
    /// The one kind that Fargate has.
    #[serde(rename = "awsvpcConfiguration")]
    pub awsvpc: AwsVpcConfiguration,
}

/// The network interface of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AwsVpcConfiguration {
    /// Ids of subnets, 1 to 16.
    pub subnets: Vec<String>,
    /// Ids of security groups, at most 5; the network's default without any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub security_groups: Vec<String>,
    /// `ENABLED` or `DISABLED`.
    pub assign_public_ip: String,
}

impl AwsVpcConfiguration {
    /// The network interface in these subnets, with a public address or without.
    pub fn new(subnets: Vec<String>, security_groups: Vec<String>, is_public: bool) -> Self {
        let assign_public_ip = if is_public { "ENABLED" } else { "DISABLED" }.to_owned();
        Self { subnets, security_groups, assign_public_ip }
    }
}

impl ServiceDefinition {
    /// One task on Fargate, or on Fargate Spot, with the circuit breaker on. A cluster without capacity providers still takes
    /// a launch type, so a strategy is only written for Spot.
    pub fn on_fargate(service_name: String, task_definition: String, is_spot: bool) -> Self {
        let strategy = CapacityProviderStrategyItem {
            capacity_provider: "FARGATE_SPOT".to_owned(),
            weight: 1,
            base: 0,
        };
        Self {
            service_name,
            task_definition,
            desired_count: 1,
            launch_type: (!is_spot).then(|| "FARGATE".to_owned()),
            capacity_provider_strategy: if is_spot { vec![strategy] } else { Vec::new() },
            propagate_tags: "SERVICE".to_owned(),
            ..Self::default()
        }
    }
}
