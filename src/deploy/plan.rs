//! ([`Stack`], [`Observed`]) -> [`Plan`]: what has to be written, decided without asking AWS anything.

mod connect;
mod down;
pub(in crate::deploy) mod ownership;
mod records;
mod repositories;
mod routing;
mod running;
mod strays;
mod text;
mod together;
mod waves;
mod yielding;

use std::time::Duration;

use indexmap::IndexMap;

use super::action::{Action, Change, Stage, Step};
use super::diff;
use super::error::Error;
use super::observed::{Listener, Observed, Tags, Task, short_arn};
use crate::ecs::normal;
use crate::stack::Stack;

pub use text::{PlanLine, Sign};
pub use together::together;
pub(super) use waves::Wave;

/// What the caller says beside the stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// How long to stay.
    pub patience: Patience,
    /// When the environment may go, as RFC 3339; `None` leaves what was said before.
    pub expires: Option<String>,
}

/// How long to stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Until the verdict, or for so long.
    Wait(Duration),
    /// Until everything is written.
    Detach,
}

impl Default for Patience {
    fn default() -> Self {
        Self::Wait(Duration::from_mins(10))
    }
}

/// What has to be written so that AWS holds what the stack says. The only input of an apply; a dry run prints it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The name of the environment.
    pub environment: String,
    /// The cluster.
    pub cluster: String,
    /// The steps, in the order in which they are taken.
    pub actions: Vec<Action>,
    /// What is not right and does not stand in the way.
    pub warnings: Vec<String>,
    /// Where the environment is reached.
    pub url: Option<String>,
    /// Whether tasks have public addresses.
    pub is_public: bool,
    /// What has to run in the end.
    pub rollouts: Vec<Rollout>,
    /// Whether nothing has to be written and all that has to run was seen running, so that nobody has to look again.
    pub is_settled: bool,
    /// ARNs that are known already: of target groups by name, of the latest revisions by family.
    pub known: Known,
}

/// A service or task that the verdict is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollout {
    /// The family of what runs.
    pub family: String,
    /// The name of the service; `None` for a task that nothing keeps running.
    pub service: Option<String>,
    /// The names of its target groups.
    pub target_groups: Vec<String>,
    /// Ids of rollouts that say nothing of the one that begins: those that failed before it, and all when the revision may stay
    /// the same.
    pub earlier: Vec<String>,
    /// Whether a health check tells of the task; until it has, nothing is known of it.
    pub is_checked: bool,
    /// What has to run before it is brought up, by their places in [`Plan::rollouts`].
    pub after: Vec<usize>,
    /// Whether it was seen running as it is wanted.
    pub is_settled: bool,
}

/// ARNs by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Of target groups.
    pub target_groups: IndexMap<String, String>,
    /// Of revisions, by family.
    pub revisions: IndexMap<String, String>,
    /// Of tasks that nothing keeps running, by family.
    pub tasks: IndexMap<String, String>,
    /// Revisions that are known to have run well, with the commit that they last ran for; an empty one is unknown.
    pub marked: IndexMap<String, String>,
}

impl Plan {
    /// Whether everything is as it should be.
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    /// Whether something is brought up once more when everything runs.
    pub(super) fn goes_on(&self) -> bool {
        self.actions.iter().any(|it| it.step.stage() == Stage::Again)
    }

    /// Steps of one stage.
    pub(super) fn stage(&self, stage: Stage) -> Vec<&Action> {
        self.actions.iter().filter(|it| it.step.stage() == stage).collect()
    }
}

/// Plans to bring a stack up.
///
/// # Errors
///
/// All that stands in the way: what is not there, and what belongs to somebody else.
pub fn up(stack: &Stack, observed: &Observed, request: &Request) -> Result<Plan, Vec<Error>> {
    let mut planning = Planning::new(stack, observed);
    planning.is_detached = request.patience == Patience::Detach;
    planning.check();
    planning.log_group();
    connect::namespace(&mut planning);
    planning.revisions();
    repositories::plan(&mut planning);
    routing::plan(&mut planning);
    planning.plan.url = url(stack, &planning.routes);
    records::plan(&mut planning);
    yielding::plan(&mut planning);
    running::plan(&mut planning, request);
    connect::warn(&mut planning);
    strays::plan(&mut planning);
    running::order(&mut planning);
    let are_settled = planning.plan.rollouts.iter().all(|it| it.is_settled);
    planning.plan.is_settled = planning.plan.is_empty() && are_settled;
    planning.finish()
}

/// Plans the registration of the task definitions alone, for a service that somebody else looks after.
///
/// # Errors
///
/// What the overlay names and AWS does not have.
pub fn register(stack: &Stack, observed: &Observed) -> Result<Plan, Vec<Error>> {
    let mut planning = Planning::new(stack, observed);
    planning.revisions();
    planning.finish()
}

/// Plans to take an environment down: what carries its tags goes, and nothing else.
///
/// # Errors
///
/// Two branches with one name.
pub fn down(stack: &Stack, observed: &Observed) -> Result<Plan, Vec<Error>> {
    let mut planning = Planning::new(stack, observed);
    down::plan(&mut planning);
    planning.plan.url = None;
    planning.finish()
}

/// A plan in the making.
struct Planning<'a> {
    stack: &'a Stack,
    observed: &'a Observed,
    /// The tags of everything that belongs to the environment.
    tags: Tags,
    /// The listener of each way in that has one, by its place in the stack.
    routes: IndexMap<usize, &'a Listener>,
    /// Whether nobody waits for what runs.
    is_detached: bool,
    plan: Plan,
    errors: Vec<Error>,
}

impl<'a> Planning<'a> {
    fn new(stack: &'a Stack, observed: &'a Observed) -> Self {
        let arns =
            |(name, it): (&String, &super::observed::TargetGroup)| (name.clone(), it.arn.clone());
        let revisions =
            observed.revisions.iter().map(|(family, it)| (family.clone(), it.arn.clone()));
        let mark = |it: &super::observed::Revision| {
            let tag = |key: &str| it.definition.tags.iter().find(|it| it.key == key);
            let commit = tag(super::COMMIT_TAG).map(|it| it.value.clone()).unwrap_or_default();
            tag(super::DEPLOYED_TAG).map(|_| (it.arn.clone(), commit))
        };
        let plan = Plan {
            environment: stack.environment.name.clone(),
            cluster: stack.cluster.clone().unwrap_or_else(|| "default".to_owned()),
            url: stack.url(),
            known: Known {
                target_groups: observed.target_groups.iter().map(arns).collect(),
                revisions: revisions.collect(),
                tasks: IndexMap::new(),
                marked: observed.revisions.values().filter_map(mark).collect(),
            },
            is_public: stack.network.public_ip,
            ..Plan::default()
        };
        let tags = stack.environment.tags().into_iter().collect();
        Self {
            stack,
            observed,
            tags,
            routes: IndexMap::new(),
            is_detached: false,
            plan,
            errors: Vec::new(),
        }
    }

    /// Whether a new revision of a family is part of the plan.
    fn registers(&self, family: &str) -> bool {
        let mut steps = self.plan.actions.iter().map(|it| &it.step);
        steps.any(|it| matches!(it, Step::Register { definition } if definition.family == family))
    }

    /// The task alone of a family that stays: one of the wanted revision. Two runs at once may have started one each; the
    /// first by its ARN is it.
    fn kept_task(&self, name: &str) -> Option<&'a Task> {
        if self.registers(name) {
            return None;
        }
        let latest = self.observed.revisions.get(name)?;
        let current = self.observed.tasks.iter().filter(|it| it.task_definition == latest.arn);
        let current = current.filter(|it| ownership::is_ours(self.stack, &it.tags));
        current.min_by(|one, other| one.arn.cmp(&other.arn))
    }

    fn add(&mut self, step: Step, details: Vec<String>) {
        self.plan.actions.push(Action::new(step, details));
    }

    /// A step that makes something new, though AWS has one call for new and changed.
    fn add_new(&mut self, step: Step, details: Vec<String>) {
        self.plan.actions.push(Action { change: Change::Create, ..Action::new(step, details) });
    }

    fn refuse(&mut self, message: impl Into<String>, help: impl Into<String>) {
        self.errors.push(Error::refused(message).help(help));
    }

    fn finish(mut self) -> Result<Plan, Vec<Error>> {
        if !self.errors.is_empty() {
            return Err(self.errors);
        }
        self.plan.sort();
        Ok(self.plan)
    }

    /// What must be there before anything is written.
    fn check(&mut self) {
        for sentence in &self.observed.missing {
            let help =
                "names and ids stand under `x-ecs` in the overlay; is the region the right one?";
            self.errors.push(Error::refused(sentence.clone()).help(help));
        }
        if self.observed.subnets.is_empty() && self.stack.network.subnets.is_empty() {
            self.refuse(
                "the overlay names no subnets, and a task on Fargate needs one",
                "write `network: { subnets: [subnet-…, tag:Tier=public] }` under `x-ecs`",
            );
        }
        let spot = self.stack.tasks.iter().any(|it| it.spot);
        if let Some(cluster) = &self.observed.cluster
            && spot
            && !cluster.capacity_providers.iter().any(|it| it == "FARGATE_SPOT")
        {
            let name = cluster.name.clone();
            self.refuse(
                format!("the cluster `{name}` does not use the capacity provider FARGATE_SPOT"),
                format!(
                    "`aws ecs put-cluster-capacity-providers --cluster {name} --capacity-providers FARGATE \
                     FARGATE_SPOT --default-capacity-provider-strategy capacityProvider=FARGATE`, or `spot: false`"
                ),
            );
        }
    }

    fn log_group(&mut self) {
        let Some(wanted) = &self.stack.log_group else { return };
        let name = wanted.name.clone();
        let days = |days: u32| if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
        let Some(found) = &self.observed.log_group else {
            // What environments share belongs to the project, and stays.
            let shared = || self.tags.iter().filter(|(key, _)| *key == "compose2ecs:project");
            let tags = if wanted.is_shared {
                shared().map(|(key, value)| (key.clone(), value.clone())).collect()
            } else {
                self.tags.clone()
            };
            self.add(Step::CreateLogGroup { name: name.clone(), tags }, Vec::new());
            if let Some(retention) = wanted.retention_days {
                let details = vec![format!("events are kept for {}", days(retention))];
                self.add_new(Step::SetRetention { name, days: retention }, details);
            }
            return;
        };
        let is_ours = ownership::is_ours(self.stack, &found.tags);
        if let Some(retention) = wanted.retention_days
            && is_ours
            && found.retention_days != Some(retention)
        {
            let before = found
                .retention_days
                .map_or_else(|| "for ever".to_owned(), |it| format!("for {}", days(it)));
            let details =
                vec![format!("events are kept for {} (before: {before})", days(retention))];
            self.add(Step::SetRetention { name, days: retention }, details);
        }
    }

    fn revisions(&mut self) {
        for task in &self.stack.tasks {
            let wanted = &task.definition;
            let latest = self.observed.revisions.get(&wanted.family);
            let before = latest.map(|it| without_marks(&it.definition));
            if before.as_ref().is_some_and(|it| normal(it) == normal(wanted)) {
                continue;
            }
            let details = latest.map(|it| format!("differs from {}", short_arn(&it.arn)));
            let details = details.into_iter().collect();
            let step = Step::Register { definition: Box::new(wanted.clone()) };
            let change = if latest.is_some() { Change::Update } else { Change::Create };
            let diff = latest.map(|_| diff::diff(before.as_ref(), Some(wanted)));
            let diff = diff.unwrap_or_default();
            self.plan.actions.push(Action { change, diff, ..Action::new(step, details) });
        }
    }
}

/// The mark of a revision that ran well is no part of what it says.
pub(super) fn without_marks(definition: &crate::ecs::TaskDefinition) -> crate::ecs::TaskDefinition {
    let mut definition = definition.clone();
    definition
        .tags
        .retain(|it| ![super::DEPLOYED_TAG, super::COMMIT_TAG].contains(&it.key.as_str()));
    definition
}

/// The listener has the last word on the scheme.
fn url(stack: &Stack, routes: &IndexMap<usize, &Listener>) -> Option<String> {
    let url = stack.url()?;
    let is_meant = |it: &crate::stack::Ingress| {
        it.host.as_deref().is_some_and(|host| !host.contains(['*', '?']))
    };
    let first = stack.ingress.iter().position(is_meant)?;
    let Some(listener) = routes.get(&first) else { return Some(url) };
    let rest = url.split_once("://")?.1;
    let (scheme, usual) = if listener.protocol == "HTTPS" { ("https", 443) } else { ("http", 80) };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let port = if listener.port == usual || listener.port == 0 {
        String::new()
    } else {
        format!(":{}", listener.port)
    };
    Some(format!("{scheme}://{host}{port}/{path}"))
}
