//! One step of a plan: what it writes, when, and how it is said.

mod spec;

use serde::Serialize;

use super::CONNECT_TAG;
use super::diff::DiffLine;
use super::observed::{Record, Tags, short_arn};
use crate::ecs::TaskDefinition;
pub(super) use spec::{
    Moment, RecordChange, RuleSpec, ServiceSpec, ServiceUpdate, TargetGroupSpec, TaskSpec,
};

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
    /// What offers names that another service is to offer: it stops doing so first. Notes that become wrong go.
    Yielding,
    /// What runs, in the order of its tasks.
    Running,
    /// What was brought up before something that it finds by name: once more, as soon as that is begun.
    Again,
    /// Once it runs: what it finds by name is noted.
    Connected,
    /// Once it runs: what it replaces goes.
    Cleanup,
    /// After the records: of those that nobody wants any more, rules tell the hosts.
    Rules,
    /// What runs and goes, with its tasks.
    Services,
    /// What nothing uses any more: target groups, revisions, logs.
    Remains,
    /// What ECS left in a namespace.
    Discovery,
    /// Namespaces that hold nothing any more.
    Namespaces,
}

/// What is written. Target groups go by their name and revisions by their family: their ARNs may not be known yet.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// `CreateLogGroup`.
    CreateLogGroup { name: String, tags: Tags },
    /// `PutRetentionPolicy`.
    SetRetention { name: String, days: u32 },
    /// `CreateHttpNamespace` of Cloud Map, and a wait until it is there.
    CreateNamespace { name: String, tags: Tags },
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
    /// `TagResource` of ECS for a service that may not be there yet.
    NoteNames { service: String, tags: Tags },
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
    /// `DeleteNamespace` of Cloud Map, once nothing is in it.
    DeleteNamespace { id: String, name: String },
    /// `DeleteService` of Cloud Map: what ECS left in a namespace.
    DeleteDiscovery { id: String, name: String },
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

impl Step {
    /// When the step is taken.
    pub(super) fn stage(&self) -> Stage {
        match self {
            Self::CreateLogGroup { .. }
            | Self::CreateNamespace { .. }
            | Self::CreateTargetGroup(_)
            | Self::ModifyTargetGroup { .. }
            | Self::Register { .. }
            | Self::PutLifecyclePolicy { .. } => Stage::Foundation,
            Self::ModifyRule { turn: Turn::Over, .. } => Stage::Cleanup,
            Self::SetRetention { .. } | Self::CreateRule(_) | Self::ModifyRule { .. } => {
                Stage::Routing
            }
            Self::UpdateService { update, .. } if update.moment == Moment::First => Stage::Yielding,
            Self::UpdateService { update, .. } if update.moment == Moment::Again => Stage::Again,
            Self::TagService { tags, .. } if tags.keys().all(|it| it == CONNECT_TAG) => {
                Stage::Connected
            }
            Self::NoteNames { .. } => Stage::Connected,
            Self::CreateService(_) | Self::UpdateService { .. } | Self::RunTask(_) => {
                Stage::Running
            }
            Self::ChangeRecords { changes, .. } if changes.iter().any(|it| !it.is_deletion) => {
                Stage::Routing
            }
            // Killed on the way, the next run must not take a note for true that no longer is.
            Self::UntagService { keys, .. } if keys.iter().all(|it| it == CONNECT_TAG) => {
                Stage::Yielding
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
            Self::DeleteDiscovery { .. } => Stage::Discovery,
            Self::DeleteNamespace { .. } => Stage::Namespaces,
        }
    }

    /// What the step does to its resource unless the plan knows better.
    fn change(&self) -> Change {
        match self {
            Self::CreateLogGroup { .. }
            | Self::CreateNamespace { .. }
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
            | Self::NoteNames { .. }
            | Self::UntagService { .. }
            | Self::PointRecord { .. }
            | Self::ChangeRecords { .. } => Change::Update,
            Self::StopTask { .. }
            | Self::DeleteService { .. }
            | Self::DeleteRule { .. }
            | Self::DeleteTargetGroup { .. }
            | Self::Deregister { .. }
            | Self::DeleteRevisions { .. }
            | Self::DeleteLogGroup { .. }
            | Self::DeleteNamespace { .. }
            | Self::DeleteDiscovery { .. } => Change::Delete,
        }
    }

    /// The kind of the resource, in the words of AWS.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::CreateLogGroup { .. } | Self::DeleteLogGroup { .. } => "log group",
            Self::CreateNamespace { .. } | Self::DeleteNamespace { .. } => "namespace",
            Self::DeleteDiscovery { .. } => "Cloud Map service",
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
            | Self::NoteNames { .. }
            | Self::UntagService { .. } => "service",
            Self::ChangeRecords { .. } | Self::PointRecord { .. } => "record",
        }
    }

    /// The family of what a step runs.
    pub(super) fn family(&self) -> Option<&str> {
        match self {
            Self::CreateService(spec) => Some(&spec.family),
            Self::RunTask(spec) => Some(&spec.family),
            Self::UpdateService { family, .. } => Some(family),
            _ => None,
        }
    }

    /// The name of the resource.
    pub(super) fn name(&self) -> String {
        match self {
            Self::CreateLogGroup { name, .. }
            | Self::CreateNamespace { name, .. }
            | Self::DeleteNamespace { name, .. }
            | Self::DeleteDiscovery { name, .. }
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
            Self::NoteNames { service, .. } => service.clone(),
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
