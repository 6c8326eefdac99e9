//! One step of a plan: what it writes, when, and how it is said.

use serde::Serialize;

use super::diff::DiffLine;
use super::observed::{NetworkOf, Record, Tags, short_arn};
use crate::ecs::TaskDefinition;
use crate::stack::{Authentication, HealthCheck};

/// One step, and what it changes in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// What it does to its resource.
    pub change: Change,
    pub(super) step: Step,
    /// What is different, a phrase each.
    pub details: Vec<String>,
    /// Of a task definition: how it differs from the latest revision.
    pub diff: Vec<DiffLine>,
}

/// What a step does to its resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It goes.
    Delete,
}

impl Action {
    pub(super) fn new(step: Step, details: Vec<String>) -> Self {
        Self { change: step.change(), step, details, diff: Vec::new() }
    }

    /// The kind of the resource, in the words of AWS.
    pub fn kind(&self) -> &'static str {
        self.step.kind()
    }

    /// The name of the resource.
    pub fn name(&self) -> String {
        self.step.name()
    }
}

/// When a step is taken. Steps of one stage run together, a stage begins when the one before is through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// What nothing else has to precede.
    Foundation,
    /// What leads to a target group.
    Routing,
    /// What runs.
    Running,
    /// Once it runs: what it replaces goes.
    Cleanup,
    /// After the records: of those that nobody wants any more, rules tell the hosts.
    Rules,
    /// What runs and goes, with its tasks.
    Services,
    /// What nothing uses any more: target groups, revisions, logs.
    Remains,
}

/// What is written. Target groups go by their name and revisions by their family: their ARNs may not be known yet.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// `CreateLogGroup`.
    CreateLogGroup { name: String, tags: Tags },
    /// `PutRetentionPolicy`.
    SetRetention { name: String, days: u32 },
    /// `CreateTargetGroup`.
    CreateTargetGroup(TargetGroupSpec),
    /// `ModifyTargetGroup`.
    ModifyTargetGroup { arn: String, spec: TargetGroupSpec },
    /// `CreateRule`.
    CreateRule(RuleSpec),
    /// `ModifyRule`.
    ModifyRule { arn: String, spec: RuleSpec, turn: Turn },
    /// `RegisterTaskDefinition`.
    Register { definition: Box<TaskDefinition> },
    /// `PutLifecyclePolicy`.
    PutLifecyclePolicy { repository: String, policy: String },
    /// `CreateService`.
    CreateService(Box<ServiceSpec>),
    /// `UpdateService`.
    UpdateService { update: ServiceUpdate, family: String },
    /// `TagResource` of ECS.
    TagService { arn: String, tags: Tags },
    /// `UntagResource` of ECS.
    UntagService { arn: String, keys: Vec<String> },
    /// `RunTask`, and a wait until it runs.
    RunTask(Box<TaskSpec>),
    /// `StopTask`.
    StopTask { arn: String, reason: String },
    /// `ChangeResourceRecordSets`: all or nothing.
    ChangeRecords { zone: String, changes: Vec<RecordChange> },
    /// A record on the address of the environment's task, in place of the `stale` ones.
    PointRecord { zone: String, record: Record, family: String, owner: Record, stale: Vec<Record> },
    /// `DeleteService`, and a wait until its tasks are gone.
    DeleteService { name: String },
    /// `DeleteRule`.
    DeleteRule { arn: String, words: String },
    /// `DeleteTargetGroup`.
    DeleteTargetGroup { arn: String },
    /// `DeregisterTaskDefinition`: nobody chooses it again.
    Deregister { family: String, arn: String },
    /// `DeregisterTaskDefinition` and `DeleteTaskDefinitions`.
    DeleteRevisions { family: String, arns: Vec<String> },
    /// `DeleteLogGroup`.
    DeleteLogGroup { name: String },
}

/// Which target group a rule leads to while another takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// The wanted one: it is the same, or nothing serves yet.
    At,
    /// The one with this ARN still serves, and the wanted one is tied to the load balancer beside it.
    Before(String),
    /// The wanted one, once its targets run.
    Over,
}

/// A target group as it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TargetGroupSpec {
    /// Its name.
    pub(super) name: String,
    /// The port of the container.
    pub(super) port: u16,
    /// The network of the load balancer.
    pub(super) vpc: String,
    /// Its health check.
    pub(super) health_check: HealthCheck,
    /// Its tags.
    pub(super) tags: Tags,
}

/// A rule as it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RuleSpec {
    /// ARN of the listener.
    pub(super) listener: String,
    /// Its priority.
    pub(super) priority: u32,
    /// The host that is asked for.
    pub(super) host: Option<String>,
    /// The path pattern that is asked for.
    pub(super) path: Option<String>,
    /// The name of the target group.
    pub(super) target_group: String,
    /// The login in front.
    pub(super) authenticate: Option<Authentication>,
    /// Its tags.
    pub(super) tags: Tags,
}

/// A service as it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ServiceSpec {
    /// Its name.
    pub(super) name: String,
    /// The family of what it runs.
    pub(super) family: String,
    /// How many tasks.
    pub(super) count: i32,
    /// Whether they run on Fargate Spot.
    pub(super) spot: bool,
    /// Whether ECS Exec is on.
    pub(super) exec: bool,
    /// Seconds for which failing health checks are ignored; only with a load balancer.
    pub(super) grace_period: Option<u32>,
    /// Where its tasks are attached.
    pub(super) network: NetworkOf,
    /// Target groups by name, with container and port.
    pub(super) load_balancers: Vec<(String, String, u16)>,
    /// Its tags.
    pub(super) tags: Tags,
}

/// What is different in a service; `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ServiceUpdate {
    /// Its name.
    pub(super) name: String,
    /// How many tasks.
    pub(super) count: Option<i32>,
    /// Whether they run on Fargate Spot.
    pub(super) spot: Option<bool>,
    /// Whether ECS Exec is on.
    pub(super) exec: Option<bool>,
    /// Whether the circuit breaker is turned on.
    pub(super) circuit_breaker: bool,
    /// Seconds for which failing health checks are ignored.
    pub(super) grace_period: Option<u32>,
    /// Where its tasks are attached.
    pub(super) network: Option<NetworkOf>,
    /// Target groups by name, with container and port.
    pub(super) load_balancers: Option<Vec<(String, String, u16)>>,
    /// Whether the same revision is rolled out again, because its last rollout failed.
    pub(super) force: bool,
    /// A given revision instead of the latest of the family: the way back.
    pub(super) revision: Option<String>,
}

impl ServiceUpdate {
    /// Whether ECS rolls out anew, though the revision may stay the same.
    pub(super) fn makes_a_rollout(&self) -> bool {
        let Self { spot, network, load_balancers, force, .. } = self;
        spot.is_some() || network.is_some() || load_balancers.is_some() || *force
    }
}

/// A task that nothing keeps running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TaskSpec {
    /// The family of what it runs.
    pub(super) family: String,
    /// `startedBy`.
    pub(super) started_by: String,
    /// Whether it runs on Fargate Spot.
    pub(super) spot: bool,
    /// Whether ECS Exec is on.
    pub(super) exec: bool,
    /// Where it is attached.
    pub(super) network: NetworkOf,
    /// Its tags.
    pub(super) tags: Tags,
}

/// A change of one set of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RecordChange {
    /// Whether it goes; else it is made, or replaced.
    pub(super) is_deletion: bool,
    /// The set.
    pub(super) record: Record,
}

impl Step {
    /// When the step is taken.
    pub(super) fn stage(&self) -> Stage {
        match self {
            Self::CreateLogGroup { .. }
            | Self::CreateTargetGroup(_)
            | Self::ModifyTargetGroup { .. }
            | Self::Register { .. }
            | Self::PutLifecyclePolicy { .. } => Stage::Foundation,
            Self::ModifyRule { turn: Turn::Over, .. } => Stage::Cleanup,
            Self::SetRetention { .. } | Self::CreateRule(_) | Self::ModifyRule { .. } => {
                Stage::Routing
            }
            Self::CreateService(_) | Self::UpdateService { .. } | Self::RunTask(_) => {
                Stage::Running
            }
            Self::ChangeRecords { changes, .. } if changes.iter().any(|it| !it.is_deletion) => {
                Stage::Routing
            }
            // What a service says that it runs is written when it does.
            Self::TagService { .. }
            | Self::UntagService { .. }
            | Self::PointRecord { .. }
            | Self::ChangeRecords { .. } => Stage::Cleanup,
            Self::DeleteRule { .. } => Stage::Rules,
            Self::StopTask { .. } | Self::DeleteService { .. } => Stage::Services,
            // A service takes its targets out of a group for as long as it is going.
            Self::DeleteTargetGroup { .. }
            | Self::Deregister { .. }
            | Self::DeleteRevisions { .. }
            | Self::DeleteLogGroup { .. } => Stage::Remains,
        }
    }

    /// What the step does to its resource unless the plan knows better.
    fn change(&self) -> Change {
        match self {
            Self::CreateLogGroup { .. }
            | Self::CreateTargetGroup(_)
            | Self::CreateRule(_)
            | Self::Register { .. }
            | Self::CreateService(_)
            | Self::RunTask(_) => Change::Create,
            Self::ChangeRecords { changes, .. } if changes.iter().all(|it| it.is_deletion) => {
                Change::Delete
            }
            Self::SetRetention { .. }
            | Self::ModifyTargetGroup { .. }
            | Self::ModifyRule { .. }
            | Self::PutLifecyclePolicy { .. }
            | Self::UpdateService { .. }
            | Self::TagService { .. }
            | Self::UntagService { .. }
            | Self::PointRecord { .. }
            | Self::ChangeRecords { .. } => Change::Update,
            Self::StopTask { .. }
            | Self::DeleteService { .. }
            | Self::DeleteRule { .. }
            | Self::DeleteTargetGroup { .. }
            | Self::Deregister { .. }
            | Self::DeleteRevisions { .. }
            | Self::DeleteLogGroup { .. } => Change::Delete,
        }
    }

    /// The kind of the resource, in the words of AWS.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::CreateLogGroup { .. } | Self::DeleteLogGroup { .. } => "log group",
            Self::SetRetention { .. } => "log retention",
            Self::CreateTargetGroup(_)
            | Self::ModifyTargetGroup { .. }
            | Self::DeleteTargetGroup { .. } => "target group",
            Self::CreateRule(_) | Self::ModifyRule { .. } | Self::DeleteRule { .. } => {
                "listener rule"
            }
            Self::Register { .. } | Self::Deregister { .. } | Self::DeleteRevisions { .. } => {
                "task definition"
            }
            Self::PutLifecyclePolicy { .. } => "lifecycle policy",
            Self::RunTask(_) | Self::StopTask { .. } => "task",
            Self::TagService { arn, .. } if arn.contains(":task/") => "task",
            Self::CreateService(_)
            | Self::UpdateService { .. }
            | Self::DeleteService { .. }
            | Self::TagService { .. }
            | Self::UntagService { .. } => "service",
            Self::ChangeRecords { .. } | Self::PointRecord { .. } => "record",
        }
    }

    /// The name of the resource.
    pub(super) fn name(&self) -> String {
        match self {
            Self::CreateLogGroup { name, .. }
            | Self::SetRetention { name, .. }
            | Self::DeleteLogGroup { name }
            | Self::DeleteService { name } => name.clone(),
            Self::CreateTargetGroup(spec) | Self::ModifyTargetGroup { spec, .. } => {
                spec.name.clone()
            }
            Self::DeleteTargetGroup { arn } => {
                super::observe::target_group_name(arn).unwrap_or(arn).to_owned()
            }
            Self::CreateRule(spec) | Self::ModifyRule { spec, .. } => spec.words(),
            Self::DeleteRule { words, .. } => words.clone(),
            Self::Register { definition } => definition.family.clone(),
            Self::DeleteRevisions { family, .. } => family.clone(),
            Self::PutLifecyclePolicy { repository, .. } => repository.clone(),
            Self::CreateService(spec) => spec.name.clone(),
            Self::UpdateService { update, .. } => update.name.clone(),
            Self::TagService { arn, .. }
            | Self::UntagService { arn, .. }
            | Self::StopTask { arn, .. }
            | Self::Deregister { arn, .. } => short_arn(arn).to_owned(),
            Self::RunTask(spec) => spec.family.clone(),
            Self::ChangeRecords { changes, .. } => {
                let mut names = changes.iter().map(|it| it.record.name.as_str());
                names.find(|it| !it.starts_with("_compose2ecs.")).unwrap_or_default().to_owned()
            }
            Self::PointRecord { record, .. } => record.name.clone(),
        }
    }
}

impl RuleSpec {
    /// `feature-login.example.com/api/*`.
    pub(super) fn words(&self) -> String {
        format!(
            "{}{}",
            self.host.as_deref().unwrap_or("*"),
            self.path.as_deref().unwrap_or_default()
        )
    }
}
