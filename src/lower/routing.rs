//! `ingress` -> the ways in from outside, each to a container that runs.

use super::placement::{Placement, contradiction, unknown_service};
use super::{Input, container_name};
use crate::diagnostic::Diagnostics;
use crate::overlay::Ingress;
use crate::source::Spanned;
use crate::stack;

/// Lowers every ingress; one that leads nowhere is reported.
pub(super) fn lower(
    input: Input<'_>,
    placement: &Placement,
    diagnostics: &mut Diagnostics,
) -> Vec<stack::Ingress> {
    let lowered = input.overlay.ingress.iter().map(|it| {
        check_service(input, &it.service, placement, diagnostics);
        lower_ingress(input, placement, it)
    });
    lowered.collect()
}

fn check_service(
    input: Input<'_>,
    name: &Spanned<String>,
    placement: &Placement,
    diagnostics: &mut Diagnostics,
) {
    if let Some(replacement) = placement.replaced.get(&name.value) {
        contradiction(name, replacement, "`ingress`", diagnostics);
    } else if !input.project.services.contains_key(&name.value) {
        unknown_service(&name.value, name.span, "`ingress`", input.project, diagnostics);
    }
}

fn lower_ingress(input: Input<'_>, placement: &Placement, ingress: &Ingress) -> stack::Ingress {
    let text = |it: &Option<Spanned<String>>| it.as_ref().map(|it| it.value.clone());
    let service = &ingress.service.value;
    let task = placement.tasks.iter().position(|it| it.services.contains(service));
    stack::Ingress {
        task: task.unwrap_or_default(),
        container: container_name(service),
        port: ingress.port.value,
        target_group: input.environment.target_group(service, ingress.port.value),
        listeners: text(&ingress.listener).map(stack::Listener::Arn).into_iter().collect(),
        is_encrypted: false,
        host: text(&ingress.host),
        path: text(&ingress.path),
        health_check: stack::HealthCheck {
            path: text(&ingress.health_check_path),
            ..stack::HealthCheck::default()
        },
        authenticate: None,
    }
}
