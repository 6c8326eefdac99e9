//! What containers wait for into the rules it breaks (ecs-rules.md, Ordering and health).

use super::{
    Site, container_index,
    rule::Rule,
    violation::{Subject, Violation, unlisted},
};
use crate::ecs::{
    container_definition::{ContainerDefinition, ContainerDependency},
    task_definition::TaskDefinition,
};

pub(super) fn check(site: Site<'_>, out: &mut Vec<Violation>) {
    for (item, dependency) in site.container.depends_on.iter().enumerate() {
        let (name, subject) = (&dependency.container_name, site.item("dependsOn", item));
        let condition = Some(dependency.condition.as_str());
        out.extend(unlisted(
            subject.key("condition"),
            "condition",
            condition,
            &["START", "COMPLETE", "SUCCESS", "HEALTHY"],
        ));
        if let Some(index) = container_index(site.definition, name) {
            let target = &site.definition.container_definitions[index];
            out.extend(check_condition(dependency, target, subject));
        } else {
            let message = format!("the task has no container `{name}` to wait for");
            let subject = subject.key("containerName");
            out.push(Violation::new(Rule::UnknownContainer, subject, message));
        }
    }
}

/// In more containers circles are not looked for: ten are allowed, and the definition is refused as it is.
const MAXIMUM_CONTAINERS: usize = 100;

/// Finds circles, each once, and tasks without an essential container.
pub(super) fn check_task(definition: &TaskDefinition, out: &mut Vec<Violation>) {
    let containers = &definition.container_definitions;
    let small = containers.len() <= MAXIMUM_CONTAINERS;
    for (index, container) in containers.iter().enumerate().filter(|_| small) {
        let mut is_visited = vec![false; containers.len()];
        if let Some(path) = circle(definition, index, index, &mut is_visited) {
            let next = &containers[path.get(1).copied().unwrap_or(index)].name;
            let item = container
                .depends_on
                .iter()
                .position(|dependency| dependency.container_name == *next);
            let subject = Subject::Container { index, field: Some("dependsOn"), item, key: None };
            let names =
                path.iter().chain([&index]).map(|index| format!("`{}`", containers[*index].name));
            let message = format!(
                "containers wait for each other: {}",
                names.collect::<Vec<_>>().join(" -> ")
            );
            out.push(Violation::new(Rule::DependencyCycle, subject, message));
        }
    }
    if !containers.is_empty() && containers.iter().all(|container| !is_essential(container)) {
        let message = "no container of the task is essential";
        let first =
            Subject::Container { index: 0, field: Some("essential"), item: None, key: None };
        out.push(Violation::new(Rule::EssentialContainer, first, message));
    }
}

/// Finds a way from a container back to `goal` past containers that stand behind `goal`, so that
/// every circle is found from its first container alone.
fn circle(
    definition: &TaskDefinition,
    from: usize,
    goal: usize,
    is_visited: &mut [bool],
) -> Option<Vec<usize>> {
    for dependency in &definition.container_definitions[from].depends_on {
        let Some(next) = container_index(definition, &dependency.container_name) else {
            continue;
        };
        if next == goal {
            return Some(vec![from]);
        }
        if next > goal && !is_visited[next] {
            is_visited[next] = true;
            if let Some(path) = circle(definition, next, goal, is_visited) {
                return Some([vec![from], path].concat());
            }
        }
    }
    None
}

fn is_essential(container: &ContainerDefinition) -> bool {
    container.essential.unwrap_or(true)
}

fn check_condition(
    dependency: &ContainerDependency,
    target: &ContainerDefinition,
    subject: Subject,
) -> Option<Violation> {
    let (condition, name) = (dependency.condition.as_str(), &target.name);
    match condition {
        "COMPLETE" | "SUCCESS" if is_essential(target) => {
            let message = format!("`{name}` is awaited with `{condition}`, but is essential");
            let help = format!("the task would stop with it: set `essential` of `{name}` to false");
            Some(Violation::new(Rule::DependencyEssential, subject, message).with_help(help))
        }
        "HEALTHY" if target.health_check.is_none() => {
            let message = format!("`{name}` is awaited with `HEALTHY`, but has no health check");
            let help = "ECS ignores the health check of the image: write it into the definition";
            Some(Violation::new(Rule::DependencyHealthCheck, subject, message).with_help(help))
        }
        _ => None,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use crate::ecs::{
        ContainerDependency, HealthCheck, TaskDefinition,
        fargate::tests::{Case, check_all},
    };

    fn wait(t: &mut TaskDefinition, container: usize, name: &str, condition: &str) {
        let (container_name, condition) = (name.to_owned(), condition.to_owned());
        t.container_definitions[container]
            .depends_on
            .push(ContainerDependency { container_name, condition });
    }

    pub(in crate::ecs::fargate) const CASES: &[Case] = &[
        (
            |t| {
                wait(t, 0, "db", "SUCCESS");
                t.container_definitions[1].essential = Some(false);
            },
            &[],
        ),
        (
            |t| {
                wait(t, 0, "db", "HEALTHY");
                let command = vec!["CMD".to_owned(), "true".to_owned()];
                t.container_definitions[1].health_check =
                    Some(HealthCheck { command, ..HealthCheck::default() });
            },
            &[],
        ),
        (
            |t| {
                wait(t, 0, "cache", "START");
                wait(t, 0, "db", "READY");
            },
            &[
                "unknown-container containerDefinitions[0].dependsOn[0].containerName: the task has no \
                 container `cache` to wait for",
                "unknown-value containerDefinitions[0].dependsOn[1].condition: `READY` is not a value of \
                 `condition`; use `START`, `COMPLETE`, `SUCCESS` or `HEALTHY`",
            ],
        ),
        (
            |t| {
                wait(t, 0, "db", "COMPLETE");
                wait(t, 0, "db", "HEALTHY");
            },
            &[
                "dependency-essential containerDefinitions[0].dependsOn[0]: `db` is awaited with \
                 `COMPLETE`, but is essential; the task would stop with it: set `essential` of \
                 `db` to false",
                "dependency-health-check containerDefinitions[0].dependsOn[1]: `db` is awaited \
                 with `HEALTHY`, but has no health check; ECS ignores the health check of the \
                 image: write it into the definition",
            ],
        ),
        (
            |t| {
                wait(t, 0, "app", "START");
                wait(t, 1, "app", "START");
            },
            &["dependency-cycle containerDefinitions[0].dependsOn[0]: containers wait for each \
                 other: `app` -> `app`"],
        ),
        (
            |t| {
                t.container_definitions.push(crate::ecs::ContainerDefinition {
                    name: "job".to_owned(),
                    image: "job".to_owned(),
                    ..Default::default()
                });
                wait(t, 2, "app", "START");
                wait(t, 0, "none", "START");
                wait(t, 0, "db", "START");
                wait(t, 1, "job", "START");
            },
            &[
                "unknown-container containerDefinitions[0].dependsOn[0].containerName: the task has no \
                 container `none` to wait for",
                "dependency-cycle containerDefinitions[0].dependsOn[1]: containers wait for each \
                 other: `app` -> `db` -> `job` -> `app`",
            ],
        ),
        (
            |t| {
                t.container_definitions
                    .iter_mut()
                    .for_each(|container| container.essential = Some(false));
            },
            &[
                "essential-container containerDefinitions[0].essential: no container of the task is essential",
            ],
        ),
    ];

    #[test]
    fn dependencies_are_checked() {
        check_all(CASES);
    }
}
