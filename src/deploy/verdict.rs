//! What runs -> whether it is what was wanted. Pure.

use super::observed::{Deployment, Service, Target, Task, short_arn};

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
