//! Looks at what runs, again and again, until the verdict is known.

use std::collections::BTreeSet;
use std::time::Instant;

use futures_util::future::try_join_all;

use super::action::Action;
use super::apply::{Listener, Progress};
use super::connection::Clients;
use super::error::{Error, ErrorKind};
use super::evidence::{self, StoppedTask};
use super::observe::{describe_services, describe_tasks, revision, targets};
use super::observed::{Deployment, Service, Target};
use super::plan::{Known, Plan, Rollout};
use super::verdict::{Verdict, task_verdict, verdict};
use crate::ecs::normal;

/// Why a rollout is not the success that was wanted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Failure {
    pub(super) error: Error,
    pub(super) stopped: Option<StoppedTask>,
}

impl Failure {
    /// Names what was not brought up, because what it waits for does not run.
    pub(super) fn keeping_back<'a>(mut self, actions: impl Iterator<Item = &'a Action>) -> Self {
        let names: BTreeSet<String> = actions.map(|it| format!("`{}`", it.name())).collect();
        if names.is_empty() {
            return self;
        }
        let (were, come) = if names.len() == 1 { ("was", "comes") } else { ("were", "come") };
        let names = names.into_iter().collect::<Vec<String>>().join(", ");
        let error = &mut self.error;
        let kept_back = format!("; {names} {were} not brought up, which {come} after it");
        error.message.push_str(&kept_back);
        if error.kind == ErrorKind::TimedOut {
            error.help = format!(
                "what was begun goes on by itself, but {names} {were} not begun: run the same command again, or give each \
                 wait more time with `--timeout`"
            );
        }
        self
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, stopped: None }
    }
}

/// Waits for the verdict on some of what the plan rolls out.
pub(super) async fn wait<'a>(
    clients: &Clients,
    (plan, known): (&Plan, &Known),
    rollouts: impl IntoIterator<Item = &'a Rollout>,
    deadline: Instant,
    listener: Listener<'_>,
) -> Result<(), Failure> {
    let waits = rollouts.into_iter().map(|rollout| {
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
const LOOKS: u32 = 6;

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
                    if different >= LOOKS {
                        return Err(self.failed(reason, &wanted).await);
                    }
                    reason
                }
                Verdict::Waiting(sentence) => {
                    different = 0;
                    sentence
                }
            };
            let name = self.rollout.name();
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
        let overtaken = self.known.earlier.get(name).map(Vec::as_slice).unwrap_or_default();
        if let Some(service) = &mut service {
            // What runs already may be all that ECS tells at first, and looks like what is wanted.
            let is_earlier = |it: &Deployment| {
                let is_old = self.rollout.earlier.contains(&it.id) || overtaken.contains(&it.id);
                is_old
                    && (attempt < LOOKS
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
        let name = self.rollout.name();
        let error = Error::refused(format!("`{name}` was not deployed: {reason}"))
            .of_kind(ErrorKind::Failed);
        Failure { error, stopped: self.evidence(wanted).await }
    }

    async fn timed_out(&self, sentence: &str, wanted: &str) -> Failure {
        let name = self.rollout.name();
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
