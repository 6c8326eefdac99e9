//! Whether ECS Exec opens a shell in the containers of a task, and what has to be there for it.

use super::placement::TaskPlan;
use super::{Findings, Input, Scope};
use crate::diagnostic::{Code, Diagnostic};
use crate::ecs::TaskDefinition;

/// Decides for one task; a task without a role is refused.
pub(super) fn lower(
    input: Input<'_>,
    plan: &TaskPlan,
    scopes: &[Scope<'_>],
    definition: &TaskDefinition,
    findings: &mut Findings<'_>,
) -> bool {
    let Some(asked) = plan.exec else { return false };
    let raw = input.overlay.task_definition.as_ref();
    let has_role = match raw.and_then(|it| it.field("taskRoleArn")) {
        Some(_) => definition.task_role_arn.is_some(),
        // Its ARN may wait for a fact.
        None => input.overlay.roles.task.is_some(),
    };
    if !has_role {
        let message = "ECS Exec needs a task role";
        let diagnostic = Diagnostic::error(Code::FargateRule, asked, message);
        let help = "write `roles: { task: NAME }` under `x-ecs` in the overlay; the role has to allow the four actions `ssmmessages:…Channel`";
        findings.diagnostics.report(diagnostic.help(help));
    }
    for (container, scope) in definition.container_definitions.iter().zip(scopes) {
        if container.readonly_root_filesystem == Some(true) {
            let service = scope.service;
            let raw = scope.overlay.container_definition.as_ref();
            let raw = raw.and_then(|it| it.place("readonlyRootFilesystem", None));
            let place = raw.or_else(|| service.keys.get("read_only").copied());
            let message = format!(
                "ECS Exec opens no shell in `{}`: its file system is read-only",
                service.name
            );
            let warning =
                Diagnostic::warning(Code::FargateRule, place.unwrap_or(service.span), message);
            findings.diagnostics.add(warning.label(asked, "asked for here"));
        }
    }
    true
}
