//! `ingress` -> the ways in from outside, each to a container that runs, and what that makes of its task.

mod checks;

use super::placement::{Placement, TaskPlan, contradiction, unknown_service};
use super::{Findings, Input, container_name, secrets};
use crate::diagnostic::Diagnostics;
use crate::overlay::{Authentication, HealthCheck, Ingress, Listener};
use crate::source::Spanned;
use crate::stack;

/// Lowers every ingress; one that leads nowhere, or where another leads, is reported.
pub(super) fn lower(
    input: Input<'_>,
    placement: &Placement,
    findings: &mut Findings<'_>,
) -> Vec<stack::Ingress> {
    for ingress in &input.overlay.ingress {
        check_service(input, &ingress.service, placement, findings.diagnostics);
    }
    checks::check(input, placement, findings.diagnostics);
    let ways = input.overlay.ingress.iter();
    ways.map(|it| lower_ingress(input, placement, it, findings)).collect()
}

/// A task that is reached at its own address stands alone; all others are kept running by a service.
pub(super) fn shape(input: Input<'_>, plan: &TaskPlan) -> stack::Shape {
    let mut ways = input.overlay.ingress.iter();
    let is_bare =
        |it: &Ingress| it.listeners.is_none() && plan.services.contains(&it.service.value);
    if ways.any(is_bare) { stack::Shape::Task } else { stack::Shape::Service }
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

fn lower_ingress(
    input: Input<'_>,
    placement: &Placement,
    ingress: &Ingress,
    findings: &mut Findings<'_>,
) -> stack::Ingress {
    let text = |it: &Option<Spanned<String>>| it.as_ref().map(|it| it.value.clone());
    let service = &ingress.service.value;
    let listeners = ingress.listeners.iter().flat_map(|it| &it.value);
    let speaks_https = |it: &Listener| matches!(it, Listener::Of { port: Some(443), .. });
    let authenticate = ingress.authenticate.as_ref();
    stack::Ingress {
        task: placement.task_of(service).unwrap_or_default(),
        container: container_name(service),
        port: ingress.port.value,
        target_group: input.environment.target_group(service, ingress.port.value),
        is_encrypted: listeners.clone().any(speaks_https),
        listeners: listeners.map(lower_listener).collect(),
        host: text(&ingress.host),
        path: text(&ingress.path),
        health_check: lower_health_check(input, ingress),
        authenticate: authenticate.and_then(|it| lower_authentication(input, &it.value, findings)),
    }
}

fn lower_listener(listener: &Listener) -> stack::Listener {
    match listener.clone() {
        Listener::Arn(arn) => stack::Listener::Arn(arn),
        Listener::Of { load_balancer, port } => stack::Listener::Of { load_balancer, port },
    }
}

/// Ways in to one port share its target group, and so the health check that one of them has.
fn lower_health_check(input: Input<'_>, ingress: &Ingress) -> stack::HealthCheck {
    let others = input.overlay.ingress.iter().filter(|it| share_target(it, ingress));
    let given = std::iter::once(ingress).chain(others).find_map(|it| it.health_check.as_ref());
    let given = given.map(|it| it.value.clone()).unwrap_or_default();
    let HealthCheck { path, matcher, interval, grace_period } = given;
    stack::HealthCheck { path, matcher, interval, grace_period }
}

/// Whether two ways in lead to the same port of the same container.
fn share_target(one: &Ingress, other: &Ingress) -> bool {
    one.service.value == other.service.value && one.port.value == other.port.value
}

fn lower_authentication(
    input: Input<'_>,
    authentication: &Authentication,
    findings: &mut Findings<'_>,
) -> Option<stack::Authentication> {
    Some(match authentication.clone() {
        Authentication::Cognito { user_pool_arn, client_id, domain } => {
            stack::Authentication::Cognito { user_pool_arn, client_id, domain }
        }
        Authentication::Oidc(it) => stack::Authentication::Oidc {
            client_secret: secrets::arn(input, &it.client_secret, findings)?,
            issuer: it.issuer,
            authorization_endpoint: it.authorization_endpoint,
            token_endpoint: it.token_endpoint,
            user_info_endpoint: it.user_info_endpoint,
            client_id: it.client_id,
        },
    })
}
