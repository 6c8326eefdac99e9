//! What runs -> whether it is what was wanted; and the waiting until that is known.

use std::time::Instant;

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
        return Verdict::Different("the service is gone: somebody deleted it meanwhile".to_owned());
    };
    let Some(primary) = service.deployments.iter().find(|it| it.status == "PRIMARY") else {
        return Verdict::Waiting("no rollout has begun".to_owned());
    };
    let is_wanted = |it: &&Deployment| accepted.contains(&it.task_definition);
    let runs = short_arn(&primary.task_definition);
    // An earlier try of the same revision may still be listed beside the one that is on its way.
    let failed = if is_wanted(&primary) {
        Some(primary).filter(|it| it.rollout_state == "FAILED")
    } else {
        service.deployments.iter().filter(is_wanted).find(|it| it.rollout_state == "FAILED")
    };
    if let Some(failed) = failed {
        return Verdict::Failed(format!(
            "the rollout of {} failed: {}",
            short_arn(&failed.task_definition),
            or(&failed.reason, "ECS does not say why")
        ));
    }
    if !is_wanted(&primary) {
        return if primary.is_way_back() {
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
    let sick: Vec<&Target> =
        targets.iter().filter(|it| !["healthy", "draining"].contains(&it.state.as_str())).collect();
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
pub(super) fn task_verdict(task: Option<&Task>, is_checked: bool) -> Verdict {
    match task {
        None => Verdict::Different("the task is gone".to_owned()),
        Some(task) if task.status == "STOPPED" || task.desired_status == "STOPPED" => {
            Verdict::Failed(format!(
                "the task stopped: {}",
                or(&task.stopped_reason, "ECS does not say why")
            ))
        }
        Some(task) if task.status != "RUNNING" => {
            Verdict::Waiting(format!("the task is {}", task.status.to_lowercase()))
        }
        Some(task) if task.health == "UNHEALTHY" || (is_checked && task.health != "HEALTHY") => {
            Verdict::Waiting("the task runs and is not healthy yet".to_owned())
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

/// How often in a row something else than what is wanted is seen before it is believed: what ECS answers may be seconds old.
const PATIENCE: u32 = 6;

impl Watch<'_> {
    async fn wait(self, deadline: Instant) -> Result<(), Failure> {
        let wanted = self.known.revisions.get(&self.rollout.family).cloned().unwrap_or_default();
        let mut accepted = vec![wanted.clone()];
        let mut different = 0;
        let mut seen: Option<Vec<String>> = None;
        for attempt in 0_u32.. {
            let (verdict, service) = match self.look(&accepted, attempt).await {
                Ok(seen) => seen,
                // What was begun goes on whether AWS can be asked or not.
                Err(error) if error.may_pass() => (Verdict::Waiting(error.message), None),
                Err(error) => return Err(error.into()),
            };
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
                Verdict::Waiting(sentence) => {
                    different = 0;
                    sentence
                }
            };
            let name = self.rollout.service.as_ref().unwrap_or(&self.rollout.family);
            (self.listener)(Progress::Waiting(format!("{name}: {sentence}")));
            let pause = self.clients.pace.pause(attempt);
            if Instant::now() + pause > deadline {
                return Err(self.timed_out(&sentence, &wanted).await);
            }
            tokio::time::sleep(pause).await;
        }
        Ok(())
    }

    async fn look(
        &self,
        accepted: &[String],
        attempt: u32,
    ) -> Result<(Verdict, Option<Service>), Error> {
        let Some(name) = &self.rollout.service else {
            let task = self.known.tasks.get(&self.rollout.family).cloned().unwrap_or_default();
            let tasks = describe_tasks(self.clients, &self.plan.cluster, &[task]).await?;
            return Ok((task_verdict(tasks.first(), self.rollout.is_checked), None));
        };
        let groups =
            self.rollout.target_groups.iter().filter_map(|it| self.known.target_groups.get(it));
        let names = [name.clone()];
        let (services, targets) = tokio::try_join!(
            describe_services(self.clients, &self.plan.cluster, &names),
            try_join_all(groups.map(|it| targets(self.clients, it)))
        )?;
        let targets: Vec<Target> = targets.into_iter().flatten().collect();
        let mut service = services.into_values().next();
        if let Some(service) = &mut service {
            // What runs already may be all that ECS tells at first, and looks like what is wanted.
            let is_earlier = |it: &Deployment| {
                self.rollout.earlier.contains(&it.id)
                    && (attempt < PATIENCE
                        || it.rollout_state == "FAILED"
                        || !accepted.contains(&it.task_definition))
            };
            service.deployments.retain(|it| !is_earlier(it));
        }
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
        let wanted = definition(wanted);
        Ok((wanted.is_some() && wanted == definition(running)).then_some(runs.task_definition))
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

#[cfg(test)]
mod tests {
    use super::{Verdict, task_verdict, verdict};
    use crate::deploy::observed::{Deployment, Service, Target, Task};

    /// `STATUS revision STATE running/desired`, then the reason.
    fn deployment(text: &str) -> Deployment {
        let mut words = text.splitn(5, ' ');
        let mut next = || words.next().unwrap_or_default();
        let (status, revision, state, count) = (next(), next(), next(), next());
        let (running, desired) = count.split_once('/').unwrap();
        Deployment {
            status: status.to_owned(),
            task_definition: format!("arn:aws:ecs:eu-west-1:1:task-definition/{revision}"),
            rollout_state: state.trim_matches('-').to_owned(),
            running: running.parse().unwrap(),
            desired: desired.parse().unwrap(),
            reason: next().to_owned(),
            ..Deployment::default()
        }
    }

    /// The verdict in words, when `a:2` and its equal `a:3` are wanted.
    fn judge(deployments: &[&str], targets: &[&str]) -> String {
        let service = Service {
            deployments: deployments.iter().map(|it| deployment(it)).collect(),
            ..Service::default()
        };
        let accepted =
            ["a:2", "a:3"].map(|it| format!("arn:aws:ecs:eu-west-1:1:task-definition/{it}"));
        let target = |state: &&str| Target { state: (*state).to_owned(), ..Target::default() };
        let targets: Vec<Target> = targets.iter().map(target).collect();
        words(verdict(Some(&service), &accepted, &targets))
    }

    fn words(verdict: Verdict) -> String {
        match verdict {
            Verdict::Deployed => "deployed".to_owned(),
            Verdict::Waiting(it) => format!("waiting: {it}"),
            Verdict::Different(it) => format!("different: {it}"),
            Verdict::Failed(it) => format!("failed: {it}"),
        }
    }

    #[test]
    fn the_revision_that_runs_decides() {
        let wanted = "PRIMARY a:2 COMPLETED 1/1";
        let back = "PRIMARY a:1 IN_PROGRESS 1/1 ECS deployment circuit breaker: rolling back to x";
        for (deployments, targets, expected) in [
            (vec![wanted], vec![], "deployed"),
            (vec![wanted], vec!["healthy", "draining"], "deployed"),
            (
                vec![wanted],
                vec!["healthy", "unused"],
                "waiting: 1 of 1 tasks run; the load balancer says unused",
            ),
            (vec!["PRIMARY a:3 COMPLETED 1/1"], vec![], "deployed"),
            (vec!["PRIMARY a:2 COMPLETED 0/0"], vec![], "deployed"),
            (vec!["PRIMARY a:2 - 1/1"], vec![], "deployed"),
            (vec!["PRIMARY a:2 - 1/1", "ACTIVE a:1 - 1/1"], vec![], "waiting: 1 of 1 tasks run"),
            (vec!["PRIMARY a:2 IN_PROGRESS 1/1"], vec![], "waiting: 1 of 1 tasks run"),
            (vec!["PRIMARY a:2 COMPLETED 1/2"], vec![], "waiting: 1 of 2 tasks run"),
            (
                vec![wanted],
                vec!["healthy", "initial"],
                "waiting: 1 of 1 tasks run; the load balancer says initial",
            ),
            (vec![wanted, "ACTIVE a:2 FAILED 0/1 an earlier try"], vec![], "deployed"),
            (vec!["PRIMARY a:2 FAILED 0/1 no"], vec![], "failed: the rollout of a:2 failed: no"),
            (
                vec![back, "ACTIVE a:2 FAILED 0/1 tasks failed to start."],
                vec![],
                "failed: the rollout of a:2 failed: tasks failed to start.",
            ),
            (
                vec![back],
                vec![],
                "failed: ECS went back to a:1: ECS deployment circuit breaker: rolling back to x",
            ),
            (
                vec!["PRIMARY a:4 COMPLETED 1/1"],
                vec![],
                "different: the service runs a:4: another deployment took its place",
            ),
            (vec!["ACTIVE a:2 COMPLETED 1/1"], vec![], "waiting: no rollout has begun"),
            (vec![], vec![], "waiting: no rollout has begun"),
        ] {
            assert_eq!(judge(&deployments, &targets), expected, "{deployments:?} {targets:?}");
        }
    }

    #[test]
    fn a_service_that_is_not_there_may_only_not_be_listed_yet() {
        assert!(matches!(verdict(None, &[], &[]), Verdict::Different(_)));
    }

    #[test]
    fn a_task_alone_runs_or_has_stopped() {
        for (status, desired, health, expected) in [
            ("PROVISIONING", "RUNNING", "", "waiting: the task is provisioning"),
            ("RUNNING", "RUNNING", "UNKNOWN", "deployed"),
            ("RUNNING", "RUNNING", "HEALTHY", "deployed"),
            ("RUNNING", "RUNNING", "UNHEALTHY", "waiting: the task runs and is not healthy yet"),
            ("RUNNING", "STOPPED", "", "failed: the task stopped: ECS does not say why"),
            ("STOPPED", "STOPPED", "", "failed: the task stopped: ECS does not say why"),
        ] {
            let [status, desired_status, health] = [status, desired, health].map(str::to_owned);
            let task = Task { status, desired_status, health, ..Task::default() };
            assert_eq!(words(task_verdict(Some(&task), false)), expected);
        }
        let unknown =
            Task { status: "RUNNING".to_owned(), health: "UNKNOWN".to_owned(), ..Task::default() };
        let verdict = task_verdict(Some(&unknown), true);
        assert_eq!(words(verdict), "waiting: the task runs and is not healthy yet");
        assert!(matches!(task_verdict(None, false), Verdict::Different(_)));
    }
}
