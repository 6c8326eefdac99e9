//! What runs -> whether it is what was wanted; and the waiting until that is known.

use std::time::{Duration, Instant};

use futures_util::future::try_join_all;

use super::apply::{Listener, Progress};
use super::connection::Clients;
use super::error::{Error, ErrorKind};
use super::evidence::{self, StoppedTask};
use super::observe::{describe_services, describe_tasks, revision, targets};
use super::observed::{Deployment, Service, Target, Task, short_arn};
use super::plan::{Known, Plan, Rollout};
use crate::ecs::normal;

/// Where a rollout stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// What was wanted runs.
    Deployed,
    /// It is on its way; a sentence says where.
    Waiting(String),
    /// Something else runs than what was wanted, and no rollout says why. It may be an old answer.
    Different(String),
    /// It does not run, and ECS has stopped trying.
    Failed(String),
}

/// Judges a service: the revision that really runs decides, not that a rollout came to an end. Accepted are the ARNs of the
/// wanted revision and of equal ones.
pub fn verdict(service: Option<&Service>, accepted: &[String], targets: &[Target]) -> Verdict {
    let Some(service) = service else {
        return Verdict::Failed("the service is gone: somebody deleted it meanwhile".to_owned());
    };
    let is_wanted = |it: &&Deployment| accepted.contains(&it.task_definition);
    let failed =
        service.deployments.iter().filter(is_wanted).find(|it| it.rollout_state == "FAILED");
    if let Some(failed) = failed {
        return Verdict::Failed(format!(
            "the rollout of {} failed: {}",
            short_arn(&failed.task_definition),
            or(&failed.reason, "ECS does not say why")
        ));
    }
    let Some(primary) = service.deployments.iter().find(|it| it.status == "PRIMARY") else {
        return Verdict::Waiting("no rollout has begun".to_owned());
    };
    let runs = short_arn(&primary.task_definition);
    if !accepted.contains(&primary.task_definition) {
        let is_rollback =
            primary.reason.contains("rolling back") || primary.reason.contains("rolled back");
        return if is_rollback {
            Verdict::Failed(format!("ECS went back to {runs}: {}", primary.reason))
        } else {
            Verdict::Different(format!(
                "the service runs {runs}: another deployment took its place"
            ))
        };
    }
    let progress = |what: &str| {
        let failed = match primary.failed {
            0 => String::new(),
            1 => "; 1 did not start".to_owned(),
            more => format!("; {more} did not start"),
        };
        Verdict::Waiting(format!(
            "{} of {} tasks run{failed}{what}",
            primary.running, primary.desired
        ))
    };
    let is_settled = match primary.rollout_state.as_str() {
        "COMPLETED" => true,
        "" => service.deployments.len() == 1,
        _ => false,
    };
    if !is_settled || primary.running < primary.desired {
        return progress("");
    }
    let sick: Vec<&Target> = targets
        .iter()
        .filter(|it| ["initial", "unhealthy", "unavailable"].contains(&it.state.as_str()))
        .collect();
    match sick.first() {
        Some(target) => {
            progress(&format!("; the load balancer says {}{}", target.state, reason(target)))
        }
        None => Verdict::Deployed,
    }
}

fn reason(target: &Target) -> String {
    if target.description.is_empty() { String::new() } else { format!(" ({})", target.description) }
}

fn or<'a>(text: &'a str, empty: &'a str) -> &'a str {
    if text.is_empty() { empty } else { text }
}

/// Judges a task that nothing keeps running.
fn task_verdict(task: Option<&Task>) -> Verdict {
    match task {
        None => Verdict::Failed("the task is gone".to_owned()),
        Some(task) if task.status == "STOPPED" || task.desired_status == "STOPPED" => {
            Verdict::Failed(format!(
                "the task stopped: {}",
                or(&task.stopped_reason, "ECS does not say why")
            ))
        }
        Some(task) if task.status != "RUNNING" => {
            Verdict::Waiting(format!("the task is {}", task.status.to_lowercase()))
        }
        Some(task) if task.health == "UNHEALTHY" => {
            Verdict::Waiting("the task runs and is not healthy".to_owned())
        }
        Some(_) => Verdict::Deployed,
    }
}

/// Why a rollout is not the success that was wanted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Failure {
    pub(super) error: Error,
    pub(super) stopped: Option<StoppedTask>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, stopped: None }
    }
}

/// Waits for the verdict on everything that the plan rolls out.
pub(super) async fn wait(
    clients: &Clients,
    plan: &Plan,
    known: &Known,
    deadline: Instant,
    listener: Listener<'_>,
) -> Result<(), Failure> {
    let waits = plan.rollouts.iter().map(|rollout| {
        let watch = Watch { clients, plan, known, rollout, listener };
        watch.wait(deadline)
    });
    try_join_all(waits).await.map(drop)
}

/// One rollout that is watched.
struct Watch<'a> {
    clients: &'a Clients,
    plan: &'a Plan,
    known: &'a Known,
    rollout: &'a Rollout,
    listener: Listener<'a>,
}

/// How often something else than the wanted revision is seen before it is believed: what ECS answers may be seconds old.
const PATIENCE: u32 = 3;

impl Watch<'_> {
    async fn wait(self, deadline: Instant) -> Result<(), Failure> {
        let wanted = self.known.revisions.get(&self.rollout.family).cloned().unwrap_or_default();
        let mut accepted = vec![wanted.clone()];
        let mut different = 0;
        let mut seen: Option<Vec<String>> = None;
        for attempt in 0_u32.. {
            let (verdict, service) = self.look(&accepted).await?;
            self.tell_events(service.as_ref(), &mut seen);
            let sentence = match verdict {
                Verdict::Deployed => return Ok(()),
                Verdict::Failed(reason) => return Err(self.failed(reason, &wanted).await),
                Verdict::Different(reason) => {
                    let runs = service.and_then(|it| {
                        it.deployments.into_iter().find(|it| it.status == "PRIMARY")
                    });
                    if let Some(equal) = self.equal(&wanted, runs).await? {
                        accepted.push(equal);
                        continue;
                    }
                    different += 1;
                    if different >= PATIENCE {
                        return Err(self.failed(reason, &wanted).await);
                    }
                    reason
                }
                Verdict::Waiting(sentence) => sentence,
            };
            let name = self.rollout.service.as_ref().unwrap_or(&self.rollout.family);
            (self.listener)(Progress::Waiting(format!("{name}: {sentence}")));
            let pause = Duration::from_millis(if attempt < 3 { 500 } else { 3_000 });
            if Instant::now() + pause > deadline {
                return Err(self.timed_out(&sentence, &wanted).await);
            }
            tokio::time::sleep(pause).await;
        }
        Ok(())
    }

    async fn look(&self, accepted: &[String]) -> Result<(Verdict, Option<Service>), Error> {
        let Some(name) = &self.rollout.service else {
            let task = self.known.tasks.get(&self.rollout.family).cloned().unwrap_or_default();
            let tasks = describe_tasks(self.clients, &self.plan.cluster, &[task]).await?;
            return Ok((task_verdict(tasks.first()), None));
        };
        let groups =
            self.rollout.target_groups.iter().filter_map(|it| self.known.target_groups.get(it));
        let names = [name.clone()];
        let (services, targets) = tokio::try_join!(
            describe_services(self.clients, &self.plan.cluster, &names),
            try_join_all(groups.map(|it| targets(self.clients, it)))
        )?;
        let targets: Vec<Target> = targets.into_iter().flatten().collect();
        let service = services.into_values().next();
        Ok((verdict(service.as_ref(), accepted, &targets), service))
    }

    /// The revision that runs, when it says the same as the wanted one: two runs at once register two.
    async fn equal(&self, wanted: &str, runs: Option<Deployment>) -> Result<Option<String>, Error> {
        let Some(runs) = runs else { return Ok(None) };
        let (wanted, running) = tokio::try_join!(
            revision(self.clients, wanted),
            revision(self.clients, &runs.task_definition)
        )?;
        let definition = |it: Option<super::observed::Revision>| {
            it.map(|it| normal(&super::plan::without_marks(&it.definition)))
        };
        Ok((definition(wanted) == definition(running)).then_some(runs.task_definition))
    }

    /// What the service says that it had not said before.
    fn tell_events(&self, service: Option<&Service>, seen: &mut Option<Vec<String>>) {
        let Some(service) = service else { return };
        let ids: Vec<String> = service.events.iter().map(|it| it.id.clone()).collect();
        if let Some(seen) = seen.as_ref() {
            for event in service.events.iter().rev().filter(|it| !seen.contains(&it.id)) {
                (self.listener)(Progress::Event(event.message.clone()));
            }
        }
        *seen = Some(ids);
    }

    async fn failed(&self, reason: String, wanted: &str) -> Failure {
        let name = self.rollout.service.as_ref().unwrap_or(&self.rollout.family);
        let error = Error::refused(format!("`{name}` was not deployed: {reason}"))
            .of_kind(ErrorKind::Failed);
        Failure { error, stopped: self.evidence(wanted).await }
    }

    async fn timed_out(&self, sentence: &str, wanted: &str) -> Failure {
        let name = self.rollout.service.as_ref().unwrap_or(&self.rollout.family);
        let message = format!("`{name}` was not ready in time; it stood at: {sentence}");
        let error = Error::refused(message).of_kind(ErrorKind::TimedOut);
        let error = error.help("it goes on by itself: run the same command again to follow it, or give it more time with `--timeout`");
        Failure { error, stopped: self.evidence(wanted).await }
    }

    async fn evidence(&self, wanted: &str) -> Option<StoppedTask> {
        let task = self.known.tasks.get(&self.rollout.family);
        evidence::of(
            self.clients,
            &self.plan.cluster,
            self.rollout.service.as_deref(),
            task,
            wanted,
        )
        .await
    }
}
