//! What is wanted of a resource, where a step has more to say than a name.

use crate::deploy::observed::{NetworkOf, Record, Tags};
use crate::ecs::ServiceConnectConfiguration;
use crate::stack::{Authentication, HealthCheck};

/// A target group as it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::deploy) struct TargetGroupSpec {
    /// Its name.
    pub(in crate::deploy) name: String,
    /// The port of the container.
    pub(in crate::deploy) port: u16,
    /// The network of the load balancer.
    pub(in crate::deploy) vpc: String,
    /// Its health check.
    pub(in crate::deploy) health_check: HealthCheck,
    /// Its tags.
    pub(in crate::deploy) tags: Tags,
}

/// A rule as it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::deploy) struct RuleSpec {
    /// ARN of the listener.
    pub(in crate::deploy) listener: String,
    /// Its priority.
    pub(in crate::deploy) priority: u32,
    /// The host that is asked for.
    pub(in crate::deploy) host: Option<String>,
    /// The path pattern that is asked for.
    pub(in crate::deploy) path: Option<String>,
    /// The name of the target group.
    pub(in crate::deploy) target_group: String,
    /// The login in front.
    pub(in crate::deploy) authenticate: Option<Authentication>,
    /// Its tags.
    pub(in crate::deploy) tags: Tags,
}

/// A service as it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::deploy) struct ServiceSpec {
    /// Its name.
    pub(in crate::deploy) name: String,
    /// The family of what it runs.
    pub(in crate::deploy) family: String,
    /// How many tasks.
    pub(in crate::deploy) count: i32,
    /// Whether they run on Fargate Spot.
    pub(in crate::deploy) spot: bool,
    /// Whether ECS Exec is on.
    pub(in crate::deploy) exec: bool,
    /// Seconds for which failing health checks are ignored; only with a load balancer.
    pub(in crate::deploy) grace_period: Option<u32>,
    /// Where its tasks are attached.
    pub(in crate::deploy) network: NetworkOf,
    /// Target groups by name, with container and port.
    pub(in crate::deploy) load_balancers: Vec<(String, String, u16)>,
    /// What it offers to other services and finds of them.
    pub(in crate::deploy) connect: Option<ServiceConnectConfiguration>,
    /// Its tags.
    pub(in crate::deploy) tags: Tags,
}

/// What is different in a service; `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::deploy) struct ServiceUpdate {
    /// Its name.
    pub(in crate::deploy) name: String,
    /// How many tasks.
    pub(in crate::deploy) count: Option<i32>,
    /// Whether they run on Fargate Spot.
    pub(in crate::deploy) spot: Option<bool>,
    /// Whether ECS Exec is on.
    pub(in crate::deploy) exec: Option<bool>,
    /// Whether the circuit breaker is turned on.
    pub(in crate::deploy) circuit_breaker: bool,
    /// Seconds for which failing health checks are ignored.
    pub(in crate::deploy) grace_period: Option<u32>,
    /// Where its tasks are attached.
    pub(in crate::deploy) network: Option<NetworkOf>,
    /// Target groups by name, with container and port.
    pub(in crate::deploy) load_balancers: Option<Vec<(String, String, u16)>>,
    /// What it offers to other services and finds of them.
    pub(in crate::deploy) connect: Option<ServiceConnectConfiguration>,
    /// Whether the same revision is rolled out again, because its last rollout failed.
    pub(in crate::deploy) force: bool,
    /// When it is its turn.
    pub(in crate::deploy) moment: Moment,
    /// A given revision instead of the latest of the family: the way back.
    pub(in crate::deploy) revision: Option<String>,
}

/// When a service is updated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::deploy) enum Moment {
    /// In the order of the tasks.
    #[default]
    InTurn,
    /// Before all that runs: another service is to offer what it offers.
    First,
    /// Once more when everything runs, to find what comes after it.
    Again,
}

impl ServiceUpdate {
    /// Whether ECS rolls out anew, though the revision may stay the same.
    pub(in crate::deploy) fn makes_a_rollout(&self) -> bool {
        let Self { spot, network, load_balancers, connect, force, .. } = self;
        let is_moved = spot.is_some() || network.is_some() || load_balancers.is_some();
        is_moved || connect.is_some() || *force
    }
}

/// A task that nothing keeps running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::deploy) struct TaskSpec {
    /// The family of what it runs.
    pub(in crate::deploy) family: String,
    /// `startedBy`.
    pub(in crate::deploy) started_by: String,
    /// Whether it runs on Fargate Spot.
    pub(in crate::deploy) spot: bool,
    /// Whether ECS Exec is on.
    pub(in crate::deploy) exec: bool,
    /// Where it is attached.
    pub(in crate::deploy) network: NetworkOf,
    /// Its tags.
    pub(in crate::deploy) tags: Tags,
}

/// A change of one set of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::deploy) struct RecordChange {
    /// Whether it goes; else it is made, or replaced.
    pub(in crate::deploy) is_deletion: bool,
    /// The set.
    pub(in crate::deploy) record: Record,
}

impl RuleSpec {
    /// `feature-login.example.com/api/*`.
    pub(in crate::deploy) fn words(&self) -> String {
        format!(
            "{}{}",
            self.host.as_deref().unwrap_or("*"),
            self.path.as_deref().unwrap_or_default()
        )
    }
}
