//! The order in which containers of a task start, in ECS's conditions.

use indexmap::IndexSet;

use super::{Findings, Scope, container_name};
use crate::compose::Project;
use crate::compose::depends_on::{Condition, Dependency};
use crate::diagnostic::{Code, Diagnostic};
use crate::ecs::{ContainerDefinition, ContainerDependency};
use crate::source::Span;

/// Sets `dependsOn`. What does not run in this task cannot be waited for and is left out.
pub(super) fn lower(
    scope: &Scope<'_>,
    container: &mut ContainerDefinition,
    findings: &mut Findings<'_>,
) {
    let service = scope.service;
    for (name, dependency) in &service.depends_on {
        if !scope.placement.share_task(&service.name, name) {
            let subject = format!("{} depends_on", service.name);
            let reason = "it is no container of this task";
            findings.explain(dependency.span, subject, (Some(name.clone()), None), reason);
            if scope.placement.is_container(name) {
                warn_other_task(scope, name, dependency.span, findings);
            }
            continue;
        }
        let target = &scope.input.project.services[name];
        let checked =
            target.healthcheck.as_ref().is_some_and(|it| !it.disabled && !it.test.is_empty());
        let condition = match dependency.condition {
            Condition::Started => "START",
            Condition::CompletedSuccessfully => "SUCCESS",
            Condition::Healthy if checked => "HEALTHY",
            Condition::Healthy => {
                let message = format!(
                    "`{name}` has no health check here, so `{}` only waits for its start",
                    service.name
                );
                let warning =
                    Diagnostic::warning(Code::UncheckedDependency, dependency.span, message);
                findings.diagnostics.add(warning.help("ECS does not see the image's own check: repeat it as `healthcheck:` in the file"));
                "START"
            }
        };
        container.depends_on.push(ContainerDependency {
            container_name: container_name(name),
            condition: condition.to_owned(),
        });
    }
}

/// The services that containers wait for to end; what waits for them on the laptop alone does not count.
pub(super) fn awaited(project: &Project, is_container: impl Fn(&str) -> bool) -> IndexSet<String> {
    let ends = |(_, it): &(&String, &Dependency)| it.condition == Condition::CompletedSuccessfully;
    let waiting = project.services.values().filter(|it| is_container(&it.name));
    let names = waiting.flat_map(|it| it.depends_on.iter().filter(ends));
    names.map(|(name, _)| name.clone()).collect()
}

/// Sets `essential`: as the overlay says, else `false` for what others wait for to end, which must not end the task
/// with it (`ecs-rules.md`, Ordering and health). A container that is alone in its task is the task.
pub(super) fn settle_essential(
    scope: &Scope<'_>,
    container: &mut ContainerDefinition,
    findings: &mut Findings<'_>,
) {
    let ends = scope.placement.awaited.contains(&scope.service.name)
        && !scope.placement.is_alone(&scope.service.name);
    container.essential = Some(scope.overlay.essential.unwrap_or(!ends));
    if ends && scope.overlay.essential.is_none() {
        let subject = format!("{} essential", container.name);
        let reason = "another service waits for it to end, and the task must go on then";
        findings.explain(scope.service.span, subject, (None, Some("false".to_owned())), reason);
    }
}

fn warn_other_task(scope: &Scope<'_>, name: &str, span: Span, findings: &mut Findings<'_>) {
    let message =
        format!("`{}` waits for `{name}`, which runs in another task", scope.service.name);
    let warning = Diagnostic::warning(Code::OtherTask, span, message);
    let help = "ECS orders the containers of one task: keep both in one, or let the code wait";
    findings.diagnostics.add(warning.help(help));
}
