//! One deployment on its way: written in the order of its tasks, again while somebody else is faster, cleared away.

use std::time::{Duration, Instant};

use super::Deployer;
use crate::deploy::action::{Action, Change, Stage, Step, Turn};
use crate::deploy::apply::{Listener, Progress, apply, together};
use crate::deploy::error::{Error, ErrorKind};
use crate::deploy::plan::{Known, Patience, Plan, Request, Rollout, Wave};
use crate::deploy::rollout::{self, Failure};
use crate::deploy::signed::backoff;
use crate::stack::Stack;

/// How often somebody else may be faster: with the pauses in between, about a minute.
pub(super) const ROUNDS: u32 = 14;

/// How often a deployment is planned anew to bring up what finds later names: twice is enough unless somebody interferes.
const AGAIN: u32 = 4;

/// One deployment on its way.
pub(super) struct Run<'a> {
    pub(super) deployer: &'a Deployer,
    pub(super) stack: &'a Stack,
    pub(super) request: &'a Request,
    pub(super) deadline: Instant,
    pub(super) listener: Listener<'a>,
    /// What was written so far.
    pub(super) actions: Vec<Action>,
}

/// Why a deployment was not written to its end.
pub(super) enum Stop {
    /// AWS said no.
    Refused(Vec<Error>),
    /// What others wait for does not run.
    Failed(Box<(Failure, Known)>),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Refused(vec![error])
    }
}

impl Run<'_> {
    /// Brings up all that the plan says and waits for the verdict. What was brought up before something that it finds by
    /// name is planned anew once that runs, and brought up once more.
    pub(super) async fn bring_up(&mut self, mut plan: Plan) -> Result<(Plan, Known), Stop> {
        let clients = &self.deployer.clients;
        for _ in 0..AGAIN {
            let (written, known) = self.write(plan).await?;
            plan = written;
            if self.request.patience == Patience::Detach {
                return Ok((plan, known));
            }
            if !plan.is_settled {
                let all: Vec<&Rollout> = plan.rollouts.iter().collect();
                self.wait((&plan, &known), all).await?;
            }
            let goes_on = plan.goes_on();
            let stages = [Stage::Connected];
            self.note(&plan.stage(Stage::Connected));
            let known = apply(clients, &plan, &stages, known, self.listener).await?;
            if !goes_on {
                return Ok((plan, known));
            }
            plan = self.deployer.plan(self.stack, self.request).await.map_err(Stop::Refused)?;
        }
        let error = Error::refused("tasks that find each other by name do not come to rest");
        Err(error.help("run the same command again").into())
    }

    async fn wait(
        &self,
        (plan, known): (&Plan, &Known),
        rollouts: Vec<&Rollout>,
    ) -> Result<(), Stop> {
        let clients = &self.deployer.clients;
        let waited =
            rollout::wait(clients, (plan, known), rollouts, self.deadline, self.listener).await;
        waited.map_err(|failure| Stop::Failed(Box::new((failure, known.clone()))))
    }

    /// Writes everything up to what runs, again and again while somebody else is faster.
    async fn write(&mut self, mut plan: Plan) -> Result<(Plan, Known), Stop> {
        let mut attempt = 1;
        loop {
            match self.write_once(&plan).await {
                Ok(known) => return Ok((plan, known)),
                Err(Stop::Refused(errors))
                    if errors.first().is_some_and(|it| self.goes_on(it, attempt)) =>
                {
                    tokio::time::sleep(backoff(attempt)).await;
                    plan = self
                        .deployer
                        .plan(self.stack, self.request)
                        .await
                        .map_err(Stop::Refused)?;
                    attempt += 1;
                }
                Err(stop) => return Err(stop),
            }
        }
    }

    async fn write_once(&mut self, plan: &Plan) -> Result<Known, Stop> {
        let clients = &self.deployer.clients;
        let mut known = plan.known.clone();
        for stage in [Stage::Foundation, Stage::Routing, Stage::Yielding] {
            known = apply(clients, plan, &[stage], known, self.listener).await?;
            self.note(&plan.stage(stage));
        }
        for Wave { before, actions } in plan.waves() {
            if self.request.patience != Patience::Detach && !before.is_empty() {
                self.wait((plan, &known), before).await?;
            }
            known = together(clients, plan, &actions, known, self.listener).await?;
            self.note(&actions);
        }
        Ok(known)
    }

    /// Points records at what runs now, and deletes what it replaces. After a race, what is left of that is
    /// planned anew.
    pub(super) async fn clear(
        &mut self,
        mut plan: Plan,
        mut known: Known,
    ) -> Result<(), Vec<Error>> {
        let later = [Stage::Cleanup, Stage::Rules, Stage::Services, Stage::Remains];
        // Who waited has noted what is found by name.
        let noted = (self.request.patience == Patience::Detach).then_some(Stage::Connected);
        let stages: Vec<Stage> = noted.into_iter().chain(later).collect();
        let clients = &self.deployer.clients;
        self.hold_back(&mut plan);
        for stage in &stages {
            self.note(&plan.stage(*stage));
        }
        let mut attempt = 1;
        loop {
            match apply(clients, &plan, &stages, known, self.listener).await {
                Ok(_) => return self.leave(&plan).await,
                Err(error) if self.goes_on(&error, attempt) => {
                    tokio::time::sleep(backoff(attempt)).await;
                    plan = self.deployer.plan(self.stack, self.request).await?;
                    self.hold_back(&mut plan);
                    known = plan.known.clone();
                    attempt += 1;
                }
                Err(error) => return Err(vec![error]),
            }
        }
    }

    /// Deletes the namespaces that nothing wants any more. Instances that still drain keep them for minutes, which is no
    /// reason to fail after a good deployment.
    async fn leave(&mut self, plan: &Plan) -> Result<(), Vec<Error>> {
        const ATTEMPTS: u32 = 3;
        let stages = [Stage::Discovery, Stage::Namespaces];
        for attempt in 1..=ATTEMPTS {
            let clients = &self.deployer.clients;
            match apply(clients, plan, &stages, plan.known.clone(), self.listener).await {
                Ok(_) => {
                    for stage in stages {
                        self.note(&plan.stage(stage));
                    }
                    return Ok(());
                }
                Err(error) if error.kind != ErrorKind::Raced => return Err(vec![error]),
                Err(error) if attempt == ATTEMPTS => {
                    let warning = format!("{}; the next `up` deletes it", error.message);
                    (self.listener)(Progress::Event(warning));
                }
                Err(_) => tokio::time::sleep(backoff(attempt)).await,
            }
        }
        Ok(())
    }

    /// Who does not wait leaves what serves until the new one does; the next run clears it away.
    fn hold_back(&self, plan: &mut Plan) {
        if self.request.patience == Patience::Detach {
            let turns = |it: &Step| matches!(it, Step::ModifyRule { turn: Turn::Over, .. });
            plan.actions.retain(|it| it.change != Change::Delete && !turns(&it.step));
        }
    }

    /// A race is over after a few rounds; a service that is on its way out takes as long as its tasks.
    fn goes_on(&self, error: &Error, attempt: u32) -> bool {
        let is_draining = error.message.contains("Draining");
        let is_race = error.kind == ErrorKind::Raced && (is_draining || attempt < ROUNDS);
        is_race && Instant::now() < self.deadline
    }

    fn note(&mut self, actions: &[&Action]) {
        self.actions.extend(actions.iter().copied().cloned());
    }
}

pub(super) fn limit(patience: Patience) -> Duration {
    match patience {
        Patience::Wait(limit) => limit,
        Patience::Detach => Duration::from_mins(10),
    }
}
