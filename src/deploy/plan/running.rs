//! Services, and tasks that nothing keeps running.

use super::{Planning, Request, Rollout, connect, ownership, strays};
use crate::deploy::CONNECT_TAG;
use crate::deploy::action::{Moment, ServiceSpec, ServiceUpdate, Stage, Step, TaskSpec};
use crate::deploy::observed::{
    LoadBalancerOf, NetworkOf, Service, Tags, Target, Task as Running, family, short_arn,
};
use crate::deploy::verdict::{Verdict, task_verdict, verdict};
use crate::environment::tag_value;
use crate::stack::{Shape, Task};

/// Plans what runs of each task.
pub(super) fn plan(planning: &mut Planning<'_>, request: &Request) {
    for (index, task) in planning.stack.tasks.iter().enumerate() {
        let family = task.definition.family.clone();
        let is_checked =
            task.definition.container_definitions.iter().any(|it| it.health_check.is_some());
        let rollout = Rollout {
            family,
            service: None,
            target_groups: Vec::new(),
            earlier: Vec::new(),
            is_checked,
            after: task.after.clone(),
            is_settled: false,
        };
        match task.shape {
            Shape::Service => {
                let wanted = wanted(planning, index, task, request);
                let name = wanted.name.clone();
                let groups = wanted.load_balancers.iter().map(|it| it.0.clone()).collect();
                service(planning, wanted, (index, task));
                let earlier = rollouts_before(planning, &name);
                planning.plan.rollouts.push(Rollout {
                    service: Some(name),
                    target_groups: groups,
                    earlier,
                    ..rollout
                });
            }
            Shape::Task => {
                planning.plan.rollouts.push(rollout);
                bare(planning, task, request);
            }
        }
    }
}

/// The rollouts of a service that say nothing of the one that begins. Without a new one, they are the verdict.
fn rollouts_before(planning: &Planning<'_>, name: &str) -> Vec<String> {
    let updates = planning.plan.actions.iter().find_map(|it| match &it.step {
        Step::UpdateService { update, .. }
            if update.name == name && update.moment != Moment::First =>
        {
            Some(update)
        }
        _ => None,
    });
    let found = planning.observed.services.get(name).filter(|_| updates.is_some());
    let all = updates.is_some_and(ServiceUpdate::makes_a_rollout);
    let before = found.iter().flat_map(|it| &it.deployments).filter(|it| all || it.has_failed());
    before.map(|it| it.id.clone()).collect()
}

/// Finds out what was seen running, and says of each step what it waits for.
pub(super) fn order(planning: &mut Planning<'_>) {
    let settled: Vec<bool> =
        planning.plan.rollouts.iter().map(|it| is_settled(planning, it)).collect();
    for (rollout, is_settled) in planning.plan.rollouts.iter_mut().zip(settled) {
        rollout.is_settled = is_settled;
    }
    let detached = planning.is_detached;
    if !detached {
        for index in 0..planning.stack.tasks.len() {
            connect::again(planning, index);
        }
    }
    let plan = &mut planning.plan;
    let mut kept = Vec::new();
    for at in 0..plan.actions.len() {
        let step = &plan.actions[at].step;
        let family = step.family().filter(|_| step.stage() == Stage::Running);
        let before = family.map(|it| plan.awaited_by(it)).unwrap_or_default();
        if before.is_empty() {
            continue;
        }
        let names: Vec<String> = before.iter().map(|it| format!("`{it}`")).collect();
        let names = names.join(", ");
        if detached {
            kept.push(format!("`{}` waits for {names}", plan.actions[at].name()));
        } else {
            let verb = if before.len() == 1 { "runs" } else { "run" };
            plan.actions[at].details.push(format!("once {names} {verb}"));
        }
    }
    if !kept.is_empty() {
        plan.warnings.push(format!(
            "without waiting, the order is not kept ({}); the next `up` brings up once more what may not have found a name",
            kept.join("; ")
        ));
    }
}

/// Whether what has to run was seen running.
fn is_settled(planning: &Planning<'_>, rollout: &Rollout) -> bool {
    let observed = planning.observed;
    let latest = planning.plan.known.revisions.get(&rollout.family);
    let accepted: Vec<String> = latest.cloned().into_iter().collect();
    let verdict = match &rollout.service {
        Some(name) => {
            let groups = rollout.target_groups.iter();
            let groups = groups.filter_map(|it| observed.target_groups.get(it));
            let targets: Vec<Target> = groups.flat_map(|it| it.targets.clone()).collect();
            verdict(observed.services.get(name), &accepted, &targets)
        }
        None => {
            let task = planning.plan.known.tasks.get(&rollout.family);
            task_verdict(observed.tasks.iter().find(|it| Some(&it.arn) == task), rollout.is_checked)
        }
    };
    verdict == Verdict::Deployed
}

fn network(planning: &Planning<'_>) -> NetworkOf {
    let observed = planning.observed;
    let sorted = |ids: &[String]| {
        let mut ids = ids.to_vec();
        ids.sort();
        ids
    };
    NetworkOf {
        subnets: sorted(&observed.subnets),
        security_groups: sorted(&observed.security_groups),
        public_ip: planning.stack.network.public_ip,
    }
}

/// The environment's tags and what `ls` shows of it.
fn tags(planning: &Planning<'_>, request: &Request, found: Option<&Tags>) -> Tags {
    let mut tags = planning.tags.clone();
    let mut put = |key: &str, value: Option<&str>| {
        let key = format!("compose2ecs:{key}");
        let value = value.map(tag_value).or_else(|| found?.get(&key).cloned());
        if let Some(value) = value {
            tags.insert(key, value);
        }
    };
    put("commit", planning.stack.commit.as_deref());
    put("url", planning.plan.url.as_deref());
    put("expires", request.expires.as_deref());
    tags
}

fn wanted(planning: &Planning<'_>, index: usize, task: &Task, request: &Request) -> ServiceSpec {
    let stack = planning.stack;
    let name = stack.environment.service(task.name.as_deref());
    let found = planning.observed.services.get(&name);
    let mut tags = tags(planning, request, found.map(|it| &it.tags));
    tags.extend(connect::mark(planning, index).as_ref().map(connect::tag));
    ServiceSpec {
        family: task.definition.family.clone(),
        count: i32::try_from(task.count.unwrap_or(1)).unwrap_or(i32::MAX),
        spot: task.spot,
        exec: task.exec,
        grace_period: stack.grace_period(index),
        network: network(planning),
        load_balancers: stack.targets(index),
        connect: connect::told(planning, task),
        tags,
        name,
    }
}

fn service(planning: &mut Planning<'_>, wanted: ServiceSpec, (index, task): (usize, &Task)) {
    let Some(found) = planning.observed.services.get(&wanted.name) else {
        let details = vec![describe(&wanted)];
        return planning.add(Step::CreateService(Box::new(wanted)), details);
    };
    let what = format!("the service `{}`", wanted.name);
    if let Some(error) = ownership::conflict(planning.stack, &what, &found.tags) {
        planning.errors.push(error);
        return;
    }
    // One that is on its way out cannot be changed; applying this comes back as a race until it is gone.
    if found.status == "DRAINING" {
        let details = vec!["once the one that is going is gone".to_owned()];
        return planning.add(Step::CreateService(Box::new(wanted)), details);
    }
    let family = wanted.family.clone();
    let (mut update, mut details) = differences(planning, &wanted, found, task);
    connect::differences(planning, index, found, (&mut update, &mut details));
    if !details.is_empty() {
        planning.add(Step::UpdateService { update, family }, details);
    }
    let (mut connected, tags): (Tags, Tags) =
        wanted.tags.into_iter().partition(|(key, _)| key == CONNECT_TAG);
    let mut noted = found.tags.clone();
    if connect::is_outdated(planning, task) && noted.remove(CONNECT_TAG).is_some() {
        let keys = vec![CONNECT_TAG.to_owned()];
        let details = vec!["what it found by name is forgotten".to_owned()];
        planning.add(Step::UntagService { arn: found.arn.clone(), keys }, details);
    }
    if planning.is_detached {
        // Nobody sees whether a rollout that is to find more comes to a good end: the next run that waits notes it.
        let all = connect::all(planning, task);
        connected.retain(|_, mark| *mark != all);
    }
    tag(planning, &found.arn, (&noted, connected));
    tag(planning, &found.arn, (&found.tags, tags));
}

fn describe(wanted: &ServiceSpec) -> String {
    let tasks =
        if wanted.count == 1 { "1 task".to_owned() } else { format!("{} tasks", wanted.count) };
    let on = if wanted.spot { "Fargate Spot" } else { "Fargate" };
    let connect = wanted.connect.as_ref().map(connect::words);
    let connect = connect.map(|it| format!("; {it}")).unwrap_or_default();
    format!("{tasks} on {on}{connect}")
}

fn differences(
    planning: &Planning<'_>,
    wanted: &ServiceSpec,
    found: &Service,
    task: &Task,
) -> (ServiceUpdate, Vec<String>) {
    let mut update = ServiceUpdate { name: wanted.name.clone(), ..ServiceUpdate::default() };
    let mut details = Vec::new();
    let latest = planning.observed.revisions.get(&wanted.family).map(|it| it.arn.as_str());
    if planning.registers(&wanted.family) {
        details.push("runs the new revision".to_owned());
    } else if latest != Some(found.task_definition.as_str()) {
        details.push(format!(
            "runs {} instead of {}",
            latest.map_or("the latest revision", short_arn),
            short_arn(&found.task_definition)
        ));
    } else if found.deployments.first().is_some_and(|it| it.rollout_state == "FAILED") {
        update.force = true;
        details.push("tries the revision again, whose last rollout failed".to_owned());
    }
    let counted = i64::from(found.desired) != i64::from(wanted.count);
    if counted && task.count.is_some() {
        update.count = Some(wanted.count);
        details.push(format!("tasks: {} -> {}", found.desired, wanted.count));
    }
    if found.spot.is_some_and(|it| it != wanted.spot) {
        update.spot = Some(wanted.spot);
        details.push(
            if wanted.spot { "moves to Fargate Spot" } else { "moves off Fargate Spot" }.to_owned(),
        );
    }
    if found.exec.is_some_and(|it| it != wanted.exec) {
        update.exec = Some(wanted.exec);
        // Tasks that run already are not opened afterwards.
        update.force = true;
        details.push(format!("ECS Exec is turned {}", if wanted.exec { "on" } else { "off" }));
    }
    if found.circuit_breaker == Some(false) {
        update.circuit_breaker = true;
        details.push("the circuit breaker is turned on".to_owned());
    }
    if found.grace_period.is_some_and(|it| wanted.grace_period.is_some_and(|wanted| wanted != it)) {
        update.grace_period = wanted.grace_period;
        let seconds = |it: Option<u32>| format!("{} s", it.unwrap_or_default());
        details.push(format!(
            "health check grace period: {} -> {}",
            seconds(found.grace_period),
            seconds(wanted.grace_period)
        ));
    }
    if found.network != wanted.network {
        update.network = Some(wanted.network.clone());
        details.extend(network_words(&found.network, &wanted.network));
    }
    if !same_load_balancers(planning, wanted, &found.load_balancers) {
        update.load_balancers = Some(wanted.load_balancers.clone());
        update.grace_period = wanted.grace_period;
        details.push("the target groups change".to_owned());
    }
    (update, details)
}

fn same_load_balancers(
    planning: &Planning<'_>,
    wanted: &ServiceSpec,
    found: &[LoadBalancerOf],
) -> bool {
    let arn = |name: &String| planning.observed.target_groups.get(name).map(|it| it.arn.clone());
    let wanted: Option<Vec<LoadBalancerOf>> = wanted
        .load_balancers
        .iter()
        .map(|(name, container, port)| {
            Some(LoadBalancerOf {
                target_group: arn(name)?,
                container: container.clone(),
                port: *port,
            })
        })
        .collect();
    let Some(mut wanted) = wanted else { return false };
    wanted.sort();
    wanted == found
}

fn network_words(found: &NetworkOf, wanted: &NetworkOf) -> Vec<String> {
    let list = |ids: &[String]| if ids.is_empty() { "none".to_owned() } else { ids.join(", ") };
    let public = |is_public: bool| if is_public { "yes" } else { "no" }.to_owned();
    [
        ("subnets", list(&found.subnets), list(&wanted.subnets)),
        ("security groups", list(&found.security_groups), list(&wanted.security_groups)),
        ("public address", public(found.public_ip), public(wanted.public_ip)),
    ]
    .into_iter()
    .filter(|(_, found, wanted)| found != wanted)
    .map(|(what, found, wanted)| format!("{what}: {found} -> {wanted}"))
    .collect()
}

fn bare(planning: &mut Planning<'_>, task: &Task, request: &Request) {
    let family_name = &task.definition.family;
    let (stack, observed) = (planning.stack, planning.observed);
    let of_family =
        || observed.tasks.iter().filter(|it| family(&it.task_definition) == family_name);
    let conflicts: Vec<_> = of_family()
        .filter_map(|it| {
            let what = format!("the task {} of `{family_name}`", short_arn(&it.arn));
            ownership::conflict(stack, &what, &it.tags)
        })
        .collect();
    if !conflicts.is_empty() {
        planning.errors.extend(conflicts);
        return;
    }
    let kept = planning.kept_task(family_name);
    let mut tags = tags(planning, request, kept.or(of_family().next()).map(|it| &it.tags));
    tags.insert("compose2ecs:shape".to_owned(), "task".to_owned());
    match kept {
        None => {
            let on = if task.spot { "Fargate Spot" } else { "Fargate" };
            let spec = TaskSpec {
                family: family_name.clone(),
                started_by: stack.environment.started_by(),
                spot: task.spot,
                exec: task.exec,
                network: network(planning),
                tags,
            };
            planning.add(Step::RunTask(Box::new(spec)), vec![format!("on {on}")]);
        }
        Some(found) => {
            planning.plan.known.tasks.insert(family_name.clone(), found.arn.clone());
            tag(planning, &found.arn, (&found.tags, tags));
        }
    }
    let surplus = |it: &&Running| kept.is_none_or(|kept| kept.arn != it.arn);
    for other in of_family().filter(surplus) {
        strays::stop(planning, other, "another task takes its place");
    }
}

/// Plans the tags that are missing or say something else.
fn tag(planning: &mut Planning<'_>, arn: &str, (found, wanted): (&Tags, Tags)) {
    let changed: Tags =
        wanted.into_iter().filter(|(key, value)| found.get(key) != Some(value)).collect();
    if changed.is_empty() {
        return;
    }
    let words = |(key, value): (&String, &String)| {
        if key == CONNECT_TAG {
            return "what it finds by name is noted".to_owned();
        }
        format!("{}: {value}", key.trim_start_matches("compose2ecs:"))
    };
    let details = changed.iter().map(words).collect();
    planning.add(Step::TagService { arn: arn.to_owned(), tags: changed }, details);
}
