//! What is legal and still bites on Fargate: warnings, each with what to do. `--allow CODE` keeps one quiet.

mod code;
mod credentials;
mod image;
mod job;
mod plaintext;
mod script;
mod target;

use super::{Input, Scope};
use crate::diagnostic::Diagnostics;
use crate::ecs::{ContainerDefinition, TaskDefinition};

pub(super) use target::check_ways;

/// One container of a finished task, and the service it was made of.
struct Subject<'a> {
    scope: &'a Scope<'a>,
    container: &'a ContainerDefinition,
    definition: &'a TaskDefinition,
}

/// Looks at the containers of a task.
pub(super) fn check(
    input: Input<'_>,
    scopes: &[Scope<'_>],
    definition: &TaskDefinition,
    diagnostics: &mut Diagnostics,
) {
    let has_role = has_role(input, definition);
    for scope in scopes {
        let name = super::container_name(&scope.service.name);
        let container = definition.container_definitions.iter().find(|it| it.name == name);
        let Some(container) = container else { continue };
        let subject = Subject { scope, container, definition };
        if has_role {
            credentials::check(&subject, diagnostics);
        }
        image::check_tag(&subject, diagnostics);
        image::check_architecture(&subject, diagnostics);
        job::check(&subject, diagnostics);
        code::check(&subject, diagnostics);
        plaintext::check(&subject, diagnostics);
    }
}

/// Without a role there are no credentials that a program could miss. Its ARN may wait for a fact.
fn has_role(input: Input<'_>, definition: &TaskDefinition) -> bool {
    definition.task_role_arn.is_some() || input.overlay.roles.task.is_some()
}
