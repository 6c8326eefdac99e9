//! The way back: to the revision that ran well before, not merely to the one with the next lower number.

use std::time::{Duration, Instant};

use aws_sdk_resourcegroupstagging::types::TagFilter;
use futures_util::future::try_join_all;

use super::action::{Action, ServiceUpdate, Stage, Step};
use super::apply::{Listener, apply};
use super::connection::Clients;
use super::deployer::{Deployer, Deployment};
use super::error::{Error, refused};
use super::observe::{describe_services, revision};
use super::observed::{Revision, Service, family, short_arn};
use super::plan::{Known, Plan, Rollout, without_marks};
use super::rollout::{self, Failure};
use super::{COMMIT_TAG, DEPLOYED_TAG};
use crate::ecs::{TaskDefinition, normal};
use crate::stack::{Shape, Stack};

/// Where to go and what to leave behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// The number of the revision; `None` is the newest that ran well before the one that runs.
    pub to: Option<u32>,
    /// Whether the revision that is left stays registered. Else it is deregistered, so that nobody chooses it again.
    pub keep_revision: bool,
}

impl Deployer {
    /// Plans to take every service of an environment back. Nothing is written.
    ///
    /// # Errors
    ///
    /// When a service is not there or nothing ran well before.
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
        let mut plan = Plan { environment: environment.name.clone(), cluster, ..Plan::default() };
        let targets =
            names.iter().map(|name| self.target(stack, name, (services.get(name), &good), way));
        for (name, turn) in names.iter().zip(try_join_all(targets).await.map_err(one)?) {
            turn.plan(&mut plan, name, way);
        }
        Ok(plan)
    }

    /// The revision that a service runs, and the one to go back to.
    async fn target(
        &self,
        stack: &Stack,
        name: &str,
        (service, good): (Option<&Service>, &[Good]),
        way: &Way,
    ) -> Result<Turn, Error> {
        let Some(service) = service.filter(|it| it.status == "ACTIVE") else {
            let error = Error::refused(format!("there is no service `{name}`"));
            return Err(error.help("`compose2ecs ls` shows which environments there are"));
        };
        let is_ours = stack
            .environment
            .tags()
            .iter()
            .all(|(key, value)| service.tags.get(key) == Some(value));
        if !is_ours {
            return Err(Error::refused(format!(
                "the service `{name}` does not carry the tags of this environment"
            )));
        }
        let current = service.task_definition.clone();
        let family = family(&current);
        let turn = |target: Good| Turn {
            service: service.arn.clone(),
            before: service.tags.get(COMMIT_TAG).cloned(),
            current: current.clone(),
            target,
        };
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
        let deadline = Instant::now() + patience;
        let known: Known =
            apply(&self.clients, plan, &[Stage::Running], plan.known.clone(), listener).await?;
        let mut deployment = Deployment {
            environment: plan.environment.clone(),
            url: None,
            actions: plan.actions.clone(),
            revisions: known.revisions.clone(),
            failure: None,
            stopped: None,
        };
        match rollout::wait(&self.clients, (plan, &known), &plan.rollouts, deadline, listener).await
        {
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
}

/// A revision that ran well, and the commit that it last ran for, when that was said.
#[derive(Clone, Debug)]
struct Good {
    revision: Revision,
    commit: Option<String>,
}

impl From<Revision> for Good {
    fn from(revision: Revision) -> Self {
        let tag = revision.definition.tags.iter().find(|it| it.key == COMMIT_TAG);
        Self { commit: tag.map(|it| it.value.clone()), revision }
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
    /// ARN of the service.
    service: String,
    /// The commit that it says it runs.
    before: Option<String>,
    /// The revision that it runs.
    current: String,
    target: Good,
}

impl Turn {
    fn plan(self, plan: &mut Plan, name: &str, way: &Way) {
        let Self { service, before, current, target } = self;
        let family = family(&target.revision.arn).to_owned();
        let update = ServiceUpdate {
            name: name.to_owned(),
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
        plan.rollouts.push(Rollout {
            family: family.clone(),
            service: Some(name.to_owned()),
            target_groups: Vec::new(),
            earlier: Vec::new(),
            is_checked: false,
            after: Vec::new(),
            is_settled: false,
        });
        match target.commit {
            Some(commit) if before.as_ref() != Some(&commit) => {
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
    found.truncate(50);
    Ok(try_join_all(found.into_iter().map(active)).await?.into_iter().flatten().collect())
}
