//! The whole way, over and over until AWS holds what the stack says: what `up`, `down` and `diff` call.

mod run;

use std::time::{Duration, Instant};

use aws_config::SdkConfig;

use super::action::{Action, Stage};
use super::apply::{Listener, apply, tag};
use super::connection::{Clients, Connection};
use super::error::{Error, ErrorKind};
use super::evidence::StoppedTask;
use super::observe::{Depth, observe, observe_revisions};
use super::observed::{Observed, Tags};
use super::pace::Pace;
use super::plan::{self, Known, Patience, Plan, Request};
use super::rollout::Failure;
use super::signed::backoff;
use super::{COMMIT_TAG, DEPLOYED_TAG, lookup};
use crate::environment::tag_value;
use crate::facts::{Facts, Needs};
use crate::stack::Stack;
use run::{ROUNDS, Run, Stop, limit};

/// Brings environments up and takes them down. It holds clients and no state: everything it knows it reads from AWS.
#[derive(Debug)]
pub struct Deployer {
    pub(super) clients: Clients,
}

/// How an environment came up.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    /// The name of the environment.
    pub environment: String,
    /// Where it is reached.
    pub url: Option<String>,
    /// What was written.
    pub actions: Vec<Action>,
    /// ARNs of what runs now, by family.
    pub revisions: indexmap::IndexMap<String, String>,
    /// Why it did not; `None` when what was wanted runs, or when nobody waited.
    pub failure: Option<Error>,
    /// The task that died.
    pub stopped: Option<StoppedTask>,
}

impl Deployer {
    /// Connects as the AWS CLI would, without a call.
    ///
    /// # Errors
    ///
    /// When no region is known.
    pub async fn connect(connection: &Connection) -> Result<Self, Error> {
        Self::new(connection.load().await)
    }

    /// Takes a configuration of the AWS SDK as it is.
    ///
    /// # Errors
    ///
    /// When it has no region.
    pub fn new(config: SdkConfig) -> Result<Self, Error> {
        Ok(Self { clients: Clients::new(config)? })
    }

    /// Looks at what is on its way more or less often than usual; tests would wait for nothing else.
    #[must_use]
    pub fn with_pace(mut self, pace: Pace) -> Self {
        self.clients.pace = pace;
        self
    }

    /// The region that everything happens in.
    pub fn region(&self) -> &str {
        &self.clients.region
    }

    /// Looks up what a compilation asked for. Secrets are looked up by name, never by value.
    ///
    /// # Errors
    ///
    /// All that is not there.
    pub async fn lookup(&self, needs: &Needs) -> Result<Facts, Vec<Error>> {
        lookup::lookup(&self.clients, needs).await
    }

    /// Reads what a plan to bring a stack up needs.
    ///
    /// # Errors
    ///
    /// When AWS cannot be asked.
    pub async fn observe(&self, stack: &Stack) -> Result<Observed, Error> {
        self.look(stack, Depth::Named).await
    }

    /// Reads what a plan to take an environment down needs: everything that carries its tags.
    ///
    /// # Errors
    ///
    /// When AWS cannot be asked.
    pub async fn observe_whole(&self, stack: &Stack) -> Result<Observed, Error> {
        self.look(stack, Depth::Whole).await
    }

    /// Looks again when something went away between two looks at it.
    async fn look(&self, stack: &Stack, depth: Depth) -> Result<Observed, Error> {
        let mut attempt = 1;
        loop {
            match observe(&self.clients, stack, depth).await {
                Err(error) if error.kind == ErrorKind::Raced && attempt < 5 => {
                    tokio::time::sleep(backoff(attempt)).await;
                    attempt += 1;
                }
                observed => return observed,
            }
        }
    }

    /// Reads what a plan to register the revisions of a stack needs, and nothing else.
    ///
    /// # Errors
    ///
    /// When AWS cannot be asked.
    pub async fn observe_revisions(&self, stack: &Stack) -> Result<Observed, Error> {
        observe_revisions(&self.clients, stack).await
    }

    /// Plans to bring a stack up; nothing is written.
    ///
    /// # Errors
    ///
    /// All that stands in the way.
    pub async fn plan(&self, stack: &Stack, request: &Request) -> Result<Plan, Vec<Error>> {
        let observed = self.observe(stack).await.map_err(|error| vec![error])?;
        plan::up(stack, &observed, request)
    }

    /// Carries a plan out, waits for the verdict and clears away what the new replaces. When somebody else was faster, what is
    /// left is planned and applied again.
    ///
    /// # Errors
    ///
    /// What AWS refused. That a new revision does not run is no error but [`Deployment::failure`].
    pub async fn deploy(
        &self,
        stack: &Stack,
        request: &Request,
        plan: Plan,
        listener: Listener<'_>,
    ) -> Result<Deployment, Vec<Error>> {
        let deadline = Instant::now() + limit(request.patience);
        let mut run =
            Run { deployer: self, stack, request, deadline, listener, actions: Vec::new() };
        let mut deployment = Deployment {
            environment: plan.environment.clone(),
            url: plan.url.clone(),
            actions: Vec::new(),
            revisions: indexmap::IndexMap::new(),
            failure: None,
            stopped: None,
        };
        let (plan, known) = match run.bring_up(plan).await {
            Ok(written) => written,
            Err(Stop::Refused(errors)) => return Err(errors),
            Err(Stop::Failed(failed)) => {
                let (Failure { error, stopped }, known) = *failed;
                (deployment.failure, deployment.stopped) = (Some(error), stopped);
                (deployment.actions, deployment.revisions) = (run.actions, known.revisions);
                return Ok(deployment);
            }
        };
        (deployment.url, deployment.revisions) = (plan.url.clone(), known.revisions.clone());
        if request.patience != Patience::Detach {
            self.mark(stack, &plan, &known).await;
        }
        run.clear(plan, known).await?;
        deployment.actions = run.actions;
        Ok(deployment)
    }

    /// Marks what ran well and for which commit, for the way back. A role that may not tag still deploys.
    async fn mark(&self, stack: &Stack, plan: &Plan, known: &Known) {
        let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let commit = stack.commit.as_deref().map(tag_value);
        let mut tags: Tags = [(DEPLOYED_TAG.to_owned(), now)].into();
        tags.extend(commit.clone().map(|it| (COMMIT_TAG.to_owned(), it)));
        let is_marked = |arn: &String| {
            let marked = plan.known.marked.get(arn);
            marked.is_some_and(|it| commit.as_ref().is_none_or(|commit| it == commit))
        };
        let arns = plan.rollouts.iter().filter_map(|it| known.revisions.get(&it.family));
        let unmarked = arns.filter(|it| !is_marked(it));
        let marks = unmarked.map(|it| tag(&self.clients, it, &tags));
        futures_util::future::join_all(marks).await;
    }

    /// Plans to take an environment down; nothing is written.
    ///
    /// # Errors
    ///
    /// When AWS cannot be asked.
    pub async fn plan_down(&self, stack: &Stack) -> Result<Plan, Vec<Error>> {
        let observed = self.observe_whole(stack).await.map_err(|error| vec![error])?;
        plan::down(stack, &observed)
    }

    /// Takes an environment down and looks again until nothing of it is left.
    ///
    /// # Errors
    ///
    /// What AWS refused.
    pub async fn tear_down(
        &self,
        stack: &Stack,
        mut plan: Plan,
        patience: Duration,
        listener: Listener<'_>,
    ) -> Result<Vec<Action>, Vec<Error>> {
        let deadline = Instant::now() + patience;
        let stages = [
            Stage::Routing,
            Stage::Running,
            Stage::Cleanup,
            Stage::Rules,
            Stage::Services,
            Stage::Remains,
            Stage::Discovery,
            Stage::Namespaces,
        ];
        let mut done: Vec<Action> = Vec::new();
        for attempt in 1.. {
            if plan.is_empty() {
                break;
            }
            match apply(&self.clients, &plan, &stages, plan.known.clone(), listener).await {
                Ok(_) => {
                    let new: Vec<Action> =
                        plan.actions.iter().filter(|it| !done.contains(it)).cloned().collect();
                    // What is only still listed was deleted before.
                    if new.is_empty() {
                        break;
                    }
                    done.extend(new);
                }
                Err(error)
                    if error.kind == ErrorKind::Raced
                        && attempt < ROUNDS
                        && Instant::now() < deadline =>
                {
                    tokio::time::sleep(backoff(attempt)).await;
                }
                Err(error) => return Err(vec![error]),
            }
            plan = self.plan_down(stack).await?;
        }
        Ok(done)
    }

    /// Registers the revisions of a plan and nothing else. Returns the ARN of each family, registered now or before.
    ///
    /// # Errors
    ///
    /// What AWS refused.
    pub async fn register(
        &self,
        plan: &Plan,
        listener: Listener<'_>,
    ) -> Result<indexmap::IndexMap<String, String>, Error> {
        let known =
            apply(&self.clients, plan, &[Stage::Foundation], plan.known.clone(), listener).await?;
        Ok(known.revisions)
    }
}
