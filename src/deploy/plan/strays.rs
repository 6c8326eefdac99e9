//! What the environment made under another overlay, and does not ask for any more.

use super::{Planning, connect, ownership};
use crate::deploy::action::Step;
use crate::deploy::observed::{Rule, Service, Task, family, short_arn};
use crate::stack::Shape;

/// Plans to delete it.
pub(super) fn plan(planning: &mut Planning<'_>) {
    for arn in &planning.observed.strays {
        let details = vec![UNWANTED.to_owned()];
        let step = if arn.contains(":targetgroup/") {
            Step::DeleteTargetGroup { arn: arn.clone() }
        } else if let Some((_, name)) = arn.split_once(":log-group:") {
            Step::DeleteLogGroup { name: name.trim_end_matches(":*").to_owned() }
        } else if arn.contains(":listener-rule/") {
            Step::DeleteRule { arn: arn.clone(), words: words_of_rule(planning, arn) }
        } else {
            Step::DeleteService { name: short_arn(arn).to_owned() }
        };
        planning.add(step, details);
    }
    former_rules(planning);
    former_services(planning);
    former_tasks(planning);
    connect::former(planning);
}

pub(super) const UNWANTED: &str = "the overlay does not ask for it any more";

/// A rule that no way in asks for.
fn former_rules(planning: &mut Planning<'_>) {
    let (stack, observed) = (planning.stack, planning.observed);
    for rule in observed.listeners.values().flat_map(|it| &it.rules) {
        let is_ours = rule.tags.as_ref().is_some_and(|it| ownership::is_ours(stack, it));
        let mut ways_in = stack.ingress.iter();
        if is_ours && !ways_in.any(|it| rule.is_for(it.host.as_ref(), it.path.as_ref())) {
            let step = Step::DeleteRule { arn: rule.arn.clone(), words: rule.words() };
            planning.add(step, vec![UNWANTED.to_owned()]);
        }
    }
}

/// A service whose task now runs without one.
fn former_services(planning: &mut Planning<'_>) {
    let (stack, observed) = (planning.stack, planning.observed);
    for task in stack.tasks.iter().filter(|it| it.shape == Shape::Task) {
        let name = stack.environment.service(task.name.as_deref());
        let is_there = |it: &Service| it.status == "ACTIVE" && ownership::is_ours(stack, &it.tags);
        if observed.services.get(&name).is_some_and(is_there) {
            let details = vec!["its task runs without a service from now on".to_owned()];
            planning.add(Step::DeleteService { name }, details);
        }
    }
}

/// A task alone that a service replaces, or nothing.
fn former_tasks(planning: &mut Planning<'_>) {
    let (stack, observed) = (planning.stack, planning.observed);
    for task in observed.tasks.iter().filter(|it| ownership::is_ours(stack, &it.tags)) {
        let mut alone = stack.tasks.iter().filter(|it| it.shape == Shape::Task);
        if !alone.any(|it| it.definition.family == family(&task.task_definition)) {
            stop(planning, task, UNWANTED);
        }
    }
}

/// Plans to stop a task; ECS shows the reason too.
pub(super) fn stop(planning: &mut Planning<'_>, task: &Task, why: &str) {
    let reason = format!("compose2ecs: {why}");
    planning.add(Step::StopTask { arn: task.arn.clone(), reason }, vec![why.to_owned()]);
}

/// What a rule takes, when its listener is among those of the stack; else its id.
pub(super) fn words_of_rule(planning: &Planning<'_>, arn: &str) -> String {
    let mut rules = planning.observed.listeners.values().flat_map(|it| &it.rules);
    let words = rules.find(|it| it.arn == arn).map(Rule::words);
    words.unwrap_or_else(|| short_arn(arn).to_owned())
}
