//! Everything that carries the environment's tags goes; what does not stays.

use super::{Planning, connect, ownership, records, strays};
use crate::deploy::action::Step;
use crate::deploy::observed::{family, short_arn};
use indexmap::IndexMap;

/// Plans the deletions.
pub(super) fn plan(planning: &mut Planning<'_>) {
    records::down(planning);
    rules(planning);
    running(planning);
    target_groups(planning);
    revisions(planning);
    log_group(planning);
    connect::down(planning);
}

fn rules(planning: &mut Planning<'_>) {
    let (stack, observed) = (planning.stack, planning.observed);
    let mut seen: Vec<&str> = Vec::new();
    for rule in observed.listeners.values().flat_map(|it| &it.rules) {
        let is_ours = rule.tags.as_ref().is_some_and(|it| ownership::is_ours(stack, it));
        if is_ours && !seen.contains(&rule.arn.as_str()) {
            seen.push(&rule.arn);
            let step = Step::DeleteRule { arn: rule.arn.clone(), words: rule.words() };
            planning.add(step, Vec::new());
        }
    }
    for arn in observed.strays.iter().filter(|it| it.contains(":listener-rule/")) {
        let words = strays::words_of_rule(planning, arn);
        planning.add(Step::DeleteRule { arn: arn.clone(), words }, Vec::new());
    }
}

fn running(planning: &mut Planning<'_>) {
    let (stack, observed) = (planning.stack, planning.observed);
    for (name, service) in &observed.services {
        if ownership::is_ours(stack, &service.tags) {
            planning.add(Step::DeleteService { name: name.clone() }, Vec::new());
        } else {
            let whose = ownership::whose(stack, &service.tags);
            planning.plan.warnings.push(format!("the service `{name}` stays: {whose}"));
        }
    }
    for arn in observed.strays.iter().filter(|it| it.contains(":service/")) {
        planning.add(Step::DeleteService { name: short_arn(arn).to_owned() }, Vec::new());
    }
    for task in observed.tasks.iter().filter(|it| ownership::is_ours(stack, &it.tags)) {
        let reason = format!("compose2ecs down: {}", stack.environment.name);
        planning.add(Step::StopTask { arn: task.arn.clone(), reason }, Vec::new());
    }
}

fn target_groups(planning: &mut Planning<'_>) {
    let (stack, observed) = (planning.stack, planning.observed);
    let own = observed.target_groups.values().filter(|it| ownership::is_ours(stack, &it.tags));
    let own = own.map(|it| &it.arn);
    for arn in own.chain(observed.strays.iter().filter(|it| it.contains(":targetgroup/"))) {
        planning.add(Step::DeleteTargetGroup { arn: arn.clone() }, Vec::new());
    }
}

fn revisions(planning: &mut Planning<'_>) {
    let mut families: IndexMap<&str, Vec<String>> = IndexMap::new();
    for arn in &planning.observed.owned_revisions {
        families.entry(family(arn)).or_default().push(arn.clone());
    }
    for (family, arns) in families {
        let details = vec![if arns.len() == 1 {
            "1 revision".to_owned()
        } else {
            format!("{} revisions", arns.len())
        }];
        planning.add(Step::DeleteRevisions { family: family.to_owned(), arns }, details);
    }
}

fn log_group(planning: &mut Planning<'_>) {
    let (stack, observed) = (planning.stack, planning.observed);
    let is_shared = stack.log_group.as_ref().is_some_and(|it| it.is_shared);
    if let Some(group) = &observed.log_group
        && !is_shared
        && ownership::is_ours(stack, &group.tags)
    {
        planning.add(Step::DeleteLogGroup { name: group.name.clone() }, Vec::new());
    }
}
