//! The order in which containers of a task start, in ECS's conditions.

use super::{Findings, Scope, container_name};
use crate::compose::depends_on::Condition;
use crate::diagnostic::{Code, Diagnostic};
use crate::ecs::{ContainerDefinition, ContainerDependency};
use crate::explanation::Explanation;

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

/// A container that others wait for to end must not end the task with it (`ecs-rules.md`, Ordering and health).
pub(super) fn settle_essential(
    scopes: &[Scope<'_>],
    containers: &mut [ContainerDefinition],
    findings: &mut Findings<'_>,
) {
    for index in 0..containers.len() {
        let name = containers[index].name.clone();
        let waits = |it: &ContainerDefinition| {
            it.depends_on.iter().any(|on| {
                on.container_name == name && matches!(on.condition.as_str(), "SUCCESS" | "COMPLETE")
            })
        };
        if scopes[index].overlay.essential.is_none() && containers.iter().any(waits) {
            containers[index].essential = Some(false);
            findings.explanations.push(Explanation {
                span: scopes[index].service.span,
                subject: format!("{name} essential"),
                before: None,
                after: Some("false".to_owned()),
                reason: "another container waits for it to end, and the task must go on then"
                    .to_owned(),
            });
        }
    }
}
