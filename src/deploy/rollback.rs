//! The way back: to the revision that ran well before, not merely to the one with the next lower number.

use std::time::{Duration, Instant};

use aws_sdk_resourcegroupstagging::types::TagFilter;
use futures_util::future::try_join_all;
use indexmap::IndexMap;

use super::action::{Action, ServiceUpdate, Stage, Step};
use super::apply::{Listener, apply, together};
use super::connection::Clients;
use super::deployer::{Deployer, Deployment};
use super::error::{Error, refused};
use super::observe::{describe_services, revision};
use super::observed::{LoadBalancerOf, Revision, Service, family, short_arn};
use super::plan::{Awaited, Known, Plan, Rollout, Wave, without_marks};
use super::rollout::{self, Failure};
use super::{COMMIT_TAG, DEPLOYED_TAG};
use crate::ecs::{TaskDefinition, normal};
use crate::stack::{Shape, Stack, Task};

/// Where to go and what to leave behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// The number of the revision; `None` is the newest that ran well before the one that runs.
    pub to: Option<u32>,
    /// Whether the revision that is left stays registered. Else it is deregistered, so that nobody chooses it again.
    pub keep_revision: bool,
}

impl Deployer {
    /// Plans to take back what the last deployment of an environment changed, in the order in which it is brought up. The
    /// services that it left alone stay. Nothing is written.
    ///
    /// # Errors
    ///
    /// When a service is not there, nothing ran well before, or ECS would not take what did.
    pub async fn plan_rollback(&self, stack: &Stack, way: &Way) -> Result<Plan, Vec<Error>> {
        let one = |error| vec![error];
        let environment = &stack.environment;
        let cluster = stack.cluster.clone().unwrap_or_else(|| "default".to_owned());
        let tasks: Vec<_> = stack.tasks.iter().filter(|it| it.shape == Shape::Service).collect();
        if tasks.is_empty() || tasks.len() < stack.tasks.len() {
            let error = Error::refused("a task without a service keeps no history to go back to");
            return Err(one(error.help("check the older commit out and run `compose2ecs up`")));
        }
        if tasks.len() > 1 && way.to.is_some() {
            let error = Error::refused(
                "a revision is the number of one family, and this environment has several tasks",
            );
            return Err(one(
                error.help("leave `--to` out: each service goes back to what ran well before")
            ));
        }
        let names: Vec<String> =
            tasks.iter().map(|it| environment.service(it.name.as_deref())).collect();
        let (services, good) = tokio::try_join!(
            describe_services(&self.clients, &cluster, &names),
            good_revisions(&self.clients, stack)
        )
        .map_err(one)?;
        let services: Vec<&Service> = names
            .iter()
            .map(|name| own_service(stack, name, services.get(name)))
            .collect::<Result<_, _>>()
            .map_err(one)?;
        let changed = changed(&services, &good);
        let good = &good;
        let targets = services.iter().zip(&names).zip(changed).map(
            |((service, name), is_changed)| async move {
                if !is_changed {
                    return Ok(None);
                }
                self.target((service, name), good, way).await.map(Some)
            },
        );
        let turns = try_join_all(targets).await.map_err(one)?;
        let mut plan = Plan { environment: environment.name.clone(), cluster, ..Plan::default() };
        for ((task, name), service) in stack.tasks.iter().zip(&names).zip(&services) {
            let rollout = rollout(name, service, task);
            plan.known.revisions.insert(rollout.family.clone(), service.task_definition.clone());
            plan.rollouts.push(rollout);
        }
        let refusals: Vec<Error> = turns.iter().flatten().filter_map(Turn::refusal).collect();
        if !refusals.is_empty() {
            return Err(refusals);
        }
        for turn in turns.into_iter().flatten() {
            turn.plan(&mut plan, way);
        }
        plan.sort();
        plan.tell_order();
        Ok(plan)
    }

    /// The revision that a service runs, and the one to go back to.
    async fn target(
        &self,
        (service, name): (&Service, &String),
        good: &[Good],
        way: &Way,
    ) -> Result<Turn, Error> {
        let current = service.task_definition.clone();
        let family = family(&current);
        let turn = |target: Good| Turn { name: name.clone(), service: service.clone(), target };
        if let Some(to) = way.to {
            let wanted = format!("{family}:{to}");
            let found = revision(&self.clients, &wanted).await?;
            let found =
                found.ok_or_else(|| Error::refused(format!("there is no revision {wanted}")))?;
            if found.arn == current {
                return Err(Error::refused(format!("the service `{name}` runs {wanted} already")));
            }
            return Ok(turn(found.into()));
        }
        let runs = good.iter().find(|it| it.revision.arn == current).map(Good::meaning);
        let is_before = |it: &&Good| {
            super::observed::family(&it.revision.arn) == family
                && number(&it.revision.arn) < number(&current)
                && Some(it.meaning()) != runs
        };
        let before = good.iter().filter(is_before);
        let target = before.max_by_key(|it| number(&it.revision.arn)).cloned();
        target.map(turn).ok_or_else(|| {
            let error = Error::refused(format!("nothing of `{name}` before {} ever ran well", short_arn(&current)));
            error.help("name a revision with `--to`, or check the older commit out and run `compose2ecs up`")
        })
    }

    /// Goes back, waits for the verdict, and only then leaves the other revision behind.
    ///
    /// # Errors
    ///
    /// What AWS refused. That the older revision does not run either is no error but [`Deployment::failure`].
    pub async fn roll_back(
        &self,
        plan: &Plan,
        patience: Duration,
        listener: Listener<'_>,
    ) -> Result<Deployment, Error> {
        let mut deployment = Deployment {
            environment: plan.environment.clone(),
            url: None,
            actions: plan.actions.clone(),
            revisions: IndexMap::new(),
            failure: None,
            stopped: None,
        };
        let (known, brought) = self.bring_back(plan, patience, listener).await?;
        deployment.revisions = known.revisions.clone();
        match brought {
            Ok(()) => {
                let stages = [Stage::Cleanup, Stage::Remains];
                apply(&self.clients, plan, &stages, known, listener).await?;
            }
            Err(Failure { error, stopped }) => {
                (deployment.failure, deployment.stopped) = (Some(error), stopped);
            }
        }
        Ok(deployment)
    }

    /// Takes the services back in the order of their tasks; the verdict is on those that the plan takes back.
    async fn bring_back(
        &self,
        plan: &Plan,
        patience: Duration,
        listener: Listener<'_>,
    ) -> Result<(Known, Result<(), Failure>), Error> {
        let mut known = plan.known.clone();
        let wait = async |known: &Known, rollouts: Vec<&Rollout>| {
            let deadline = Instant::now() + patience;
            rollout::wait(&self.clients, (plan, known), rollouts, deadline, listener).await
        };
        let mut waves = plan.waves().into_iter();
        while let Some(Wave { before, actions }) = waves.next() {
            if let Err(failure) = wait(&known, before).await {
                let rest = actions.iter().copied().chain(waves.flat_map(|it| it.actions));
                return Ok((known, Err(failure.keeping_back(rest))));
            }
            known = together(&self.clients, plan, &actions, known, listener).await?;
        }
        let taken = plan.rollouts.iter().filter(|it| plan.brings_up(&it.family)).collect();
        let verdict = wait(&known, taken).await;
        Ok((known, verdict))
    }
}

/// The service of this name, when it is there and belongs to the environment.
fn own_service<'a>(
    stack: &Stack,
    name: &str,
    service: Option<&'a Service>,
) -> Result<&'a Service, Error> {
    let Some(service) = service.filter(|it| it.status == "ACTIVE") else {
        let error = Error::refused(format!("there is no service `{name}`"));
        return Err(error.help("`compose2ecs ls` shows which environments there are"));
    };
    let tags = stack.environment.tags();
    if tags.iter().all(|(key, value)| service.tags.get(key) == Some(value)) {
        return Ok(service);
    }
    let message = format!("the service `{name}` does not carry the tags of this environment");
    Err(Error::refused(message))
}

/// Which services the last deployment changed: those whose revision never ran well, else those whose revision first ran well
/// at the latest time.
fn changed(services: &[&Service], good: &[Good]) -> Vec<bool> {
    let since = |service: &&Service| {
        let found = good.iter().find(|it| it.revision.arn == service.task_definition);
        found.map(|it| it.since.clone())
    };
    let since: Vec<Option<String>> = services.iter().map(since).collect();
    let last = if since.contains(&None) { None } else { since.iter().max().cloned().flatten() };
    since.iter().map(|it| *it == last).collect()
}

/// What is known of a service before anything is taken back.
fn rollout(name: &str, service: &Service, task: &Task) -> Rollout {
    let primary = service.deployments.iter().find(|it| it.status == "PRIMARY");
    let is_under_way = primary.is_some_and(|it| it.rollout_state == "IN_PROGRESS");
    Rollout {
        family: family(&service.task_definition).to_owned(),
        service: Some(name.to_owned()),
        target_groups: Vec::new(),
        earlier: Vec::new(),
        is_checked: false,
        after: task.after.clone(),
        waits: task.waits.clone(),
        is_settled: false,
        awaited: Awaited::of(service.desired == 0, is_under_way),
    }
}

/// A revision that ran well, since when, and the commit that it last ran for, where that was said.
#[derive(Clone, Debug)]
struct Good {
    revision: Revision,
    since: String,
    commit: Option<String>,
}

impl From<Revision> for Good {
    fn from(revision: Revision) -> Self {
        let tag = |key: &str| {
            let found = revision.definition.tags.iter().find(|it| it.key == key);
            found.map(|it| it.value.clone())
        };
        let (since, commit) = (tag(DEPLOYED_TAG).unwrap_or_default(), tag(COMMIT_TAG));
        Self { revision, since, commit }
    }
}

impl Good {
    /// What the revision says, without its marks: two runs at once may have registered it twice.
    fn meaning(&self) -> TaskDefinition {
        normal(&without_marks(&self.revision.definition))
    }
}

/// The way back of one service.
struct Turn {
    /// Its name.
    name: String,
    /// The service as it is.
    service: Service,
    target: Good,
}

impl Turn {
    /// Why ECS would not take the older revision: the service says more than which revision it runs, and that stays.
    fn refusal(&self) -> Option<Error> {
        let Self { name, service, target } = self;
        let containers = &target.revision.definition.container_definitions;
        let ports = || containers.iter().flat_map(|it| &it.port_mappings);
        let offers = service.connect.iter().flat_map(|it| &it.services);
        let mut missing = offers
            .filter(|it| ports().all(|port| port.name.as_ref() != Some(&it.port_name)))
            .map(|it| {
                format!("the port `{}`, which the service offers to other tasks", it.port_name)
            });
        let answers = |it: &&LoadBalancerOf| {
            let named = containers.iter().filter(|container| container.name == it.container);
            let mut ports = named.flat_map(|it| &it.port_mappings);
            ports.any(|port| port.container_port == Some(i32::from(it.port)))
        };
        let mut sent = service.load_balancers.iter().filter(|it| !answers(it)).map(|it| {
            format!(
                "port {} of the container `{}`, which a target group leads to",
                it.port, it.container
            )
        });
        let what = missing.next().or_else(|| sent.next())?;
        let revision = short_arn(&target.revision.arn);
        let error =
            Error::refused(format!("`{name}` cannot go back to {revision}: that has not {what}"));
        Some(error.help("check the older commit out and run `compose2ecs up`, which changes the service as well"))
    }

    fn plan(self, plan: &mut Plan, way: &Way) {
        let Self { name, service, target } = self;
        let (before, current) = (service.tags.get(COMMIT_TAG), service.task_definition);
        let service = service.arn;
        let family = family(&target.revision.arn).to_owned();
        let update = ServiceUpdate {
            name,
            revision: Some(target.revision.arn.clone()),
            ..ServiceUpdate::default()
        };
        let details = vec![format!(
            "back from {} to {}",
            short_arn(&current),
            short_arn(&target.revision.arn)
        )];
        let step = Step::UpdateService { update, family: family.clone() };
        plan.actions.push(Action::new(step, details));
        plan.known.revisions.insert(family.clone(), target.revision.arn);
        match target.commit {
            Some(commit) if before != Some(&commit) => {
                let details = vec![format!("commit: {commit}")];
                let tags = [(COMMIT_TAG.to_owned(), commit)].into();
                plan.actions.push(Action::new(Step::TagService { arn: service, tags }, details));
            }
            None if before.is_some() => {
                let details = vec!["commit: not known any more".to_owned()];
                let step = Step::UntagService { arn: service, keys: vec![COMMIT_TAG.to_owned()] };
                plan.actions.push(Action::new(step, details));
            }
            _ => {}
        }
        if !way.keep_revision {
            let details = vec![format!("{} is deregistered", short_arn(&current))];
            plan.actions.push(Action::new(Step::Deregister { family, arn: current }, details));
        }
    }
}

/// The number of a revision.
fn number(arn: &str) -> u32 {
    arn.rsplit(':').next().and_then(|it| it.parse().ok()).unwrap_or_default()
}

/// The active revisions of the environment that ran well.
async fn good_revisions(clients: &Clients, stack: &Stack) -> Result<Vec<Good>, Error> {
    let own = stack.environment.tags().into_iter();
    let filters = own.map(|(key, value)| TagFilter::builder().key(key).values(value).build());
    let mark = TagFilter::builder().key(DEPLOYED_TAG).build();
    let call = clients.tagging.get_resources().resource_type_filters("ecs:task-definition");
    let call = call.set_tag_filters(Some(filters.chain([mark]).collect()));
    let mut pages = call.into_paginator().items().send();
    let mut found = Vec::new();
    while let Some(resource) = pages.next().await {
        let resource = resource.map_err(refused("list the revisions that ran well"))?;
        found.extend(resource.resource_arn);
    }
    // What was deregistered stays listed for a while.
    let active = |arn: String| async move {
        let found = revision(clients, &arn).await?;
        Ok::<_, Error>(found.filter(|it| !it.is_inactive).map(Good::from))
    };
    found.sort_by_key(|it| std::cmp::Reverse(number(it)));
    let mut counts: IndexMap<String, usize> = IndexMap::new();
    found.retain(|it| {
        let count = counts.entry(family(it).to_owned()).or_default();
        *count += 1;
        *count <= 50
    });
    Ok(try_join_all(found.into_iter().map(active)).await?.into_iter().flatten().collect())
}
