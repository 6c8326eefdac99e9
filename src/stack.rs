//! All that one environment consists of on AWS, as plain data.

use crate::ecs::TaskDefinition;
use crate::environment::Environment;

/// One environment: what `render` prints and a deployment brings about.
#[derive(Clone, Debug, PartialEq)]
pub struct Stack {
    /// Whose names everything carries.
    pub environment: Environment,
    /// The cluster, by name or ARN; `None` is the account's default.
    pub cluster: Option<String>,
    /// The tasks, in the order of the overlay's `tasks`; one when there are none.
    pub tasks: Vec<Task>,
    /// Where all tasks are attached.
    pub network: Network,
    /// Where all containers log to.
    pub log_group: LogGroup,
    /// The ways in from outside.
    pub ingress: Vec<Ingress>,
    /// The hosted zone that gets a record.
    pub dns_zone: Option<String>,
}

impl Stack {
    /// The definitions of all tasks.
    pub fn task_definitions(&self) -> impl Iterator<Item = &TaskDefinition> {
        self.tasks.iter().map(|it| &it.definition)
    }
}

/// One task and how it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// The name in the overlay; `None` when the project is one task.
    pub name: Option<String>,
    /// What is registered.
    pub definition: TaskDefinition,
    /// How many copies run.
    pub count: u32,
    /// Whether it runs on Fargate Spot.
    pub spot: bool,
}

/// The network of tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Subnets, at most 16.
    pub subnets: Vec<String>,
    /// Security groups, at most 5.
    pub security_groups: Vec<String>,
    /// Whether a task gets a public address.
    pub public_ip: bool,
}

/// A log group of `CloudWatch`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogGroup {
    /// Its name.
    pub name: String,
    /// After how many days events go; `None` keeps them.
    pub retention_days: Option<u32>,
}

/// A way in from outside: what a listener rule sends to which container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ingress {
    /// The container that answers.
    pub container: String,
    /// The port it answers on.
    pub port: u16,
    /// The listener of the load balancer; `None` is the bare address of the task.
    pub listener: Option<String>,
    /// The host name that is asked for.
    pub host: Option<String>,
    /// The path pattern that is asked for.
    pub path: Option<String>,
    /// The path that says whether the container works.
    pub health_check_path: Option<String>,
}
