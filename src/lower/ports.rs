//! Port mappings, with `hostPort` = `containerPort`, and the one network interface that all containers of a task share.

use indexmap::{IndexMap, IndexSet};

use super::connect::Connection;
use super::placement::Placement;
use super::{Findings, Scope};
use crate::compose::depends_on::Condition;
use crate::compose::ports::Port;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, sentence};
use crate::ecs::{ContainerDefinition, PortMapping};
use crate::source::{Span, Spanned};

const ONE_INTERFACE: &str = "the containers of a task share one network interface: let one listen on another port (`ports: !override […]` in the overlay replaces the list), or split them with `tasks:`";

/// What Service Connect can be told of a port.
const APP_PROTOCOLS: [&str; 3] = ["http", "http2", "grpc"];

/// Sets `portMappings`: what the service publishes, and what the overlay lets in.
pub(super) fn lower(
    scope: &Scope<'_>,
    container: &mut ContainerDefinition,
    findings: &mut Findings<'_>,
) {
    let mut mapped: IndexSet<(u16, String)> = IndexSet::new();
    for port in published(scope) {
        if !mapped.insert((port.target.value, port.protocol.clone())) {
            continue;
        }
        let subject = format!("{} ports", scope.service.name);
        let after = Some(format!("{}/{} on both sides", port.target.value, port.protocol));
        let reason = "a task has an address of its own, where host port and container port are one";
        findings.explain(port.target.span, subject, (None, after), reason);
        container.port_mappings.push(mapping(&port, findings.diagnostics));
    }
}

fn mapping(port: &Port, diagnostics: &mut Diagnostics) -> PortMapping {
    let number = Some(i32::from(port.target.value));
    let known = |it: &&Spanned<String>| APP_PROTOCOLS.contains(&it.value.as_str());
    if let Some(unknown) = port.app_protocol.as_ref().filter(|it| !known(it)) {
        let message = format!("ECS has no application protocol `{}`: left out", unknown.value);
        let warning = Diagnostic::warning(Code::IgnoredKey, unknown.span, message);
        let help = format!("`app_protocol` on ECS is one of {}", sentence(&APP_PROTOCOLS));
        diagnostics.add(warning.help(help));
    }
    PortMapping {
        container_port: number,
        host_port: number,
        name: port.name.clone(),
        protocol: Some(port.protocol.clone()),
        app_protocol: port.app_protocol.as_ref().filter(known).map(|it| it.value.clone()),
        ..PortMapping::default()
    }
}

/// What a service publishes, and what the overlay lets in.
pub(super) fn published(scope: &Scope<'_>) -> Vec<Port> {
    let mut ports = scope.service.ports.clone();
    for ingress in
        scope.input.overlay.ingress.iter().filter(|it| it.service.value == scope.service.name)
    {
        let target = ingress.port.value;
        if !ports.iter().any(|it| it.target.value == target && it.protocol == "tcp") {
            ports.push(crate::compose::ports::detached(target, ingress.port.span));
        }
    }
    ports
}

/// Where a service, or the overlay for it, says what a mapping is made of.
pub(super) fn places(scope: &Scope<'_>, mapping: &PortMapping) -> Vec<Span> {
    let made = |it: &&Port| {
        Some(i32::from(it.target.value)) == mapping.container_port
            && Some(&it.protocol) == mapping.protocol.as_ref()
    };
    let place = |it: &Port| match it.protocol.as_str() {
        "tcp" | "udp" => it.target.span,
        // ECS has no other, so that is what is wrong with it.
        _ => it.protocol_span.unwrap_or(it.target.span),
    };
    published(scope).iter().filter(made).map(place).collect()
}

/// A service that listens on a port of its task.
struct Listener<'a> {
    service: &'a str,
    span: Span,
    /// `expose` alone promises less: workers often share it with the service they are copied from.
    published: bool,
}

/// Two services that listen on one port cannot be in one task; both places are shown.
pub(super) fn check_conflicts(scopes: &[Scope<'_>], diagnostics: &mut Diagnostics) {
    let mut listeners: IndexMap<(u16, String), Listener<'_>> = IndexMap::new();
    for scope in scopes {
        let service = scope.service.name.as_str();
        let exposed =
            scope.service.expose.iter().map(|it| (it.value, "tcp".to_owned(), it.span, false));
        let ports = published(scope)
            .into_iter()
            .map(|it| (it.target.value, it.protocol, it.target.span, true));
        for (port, protocol, span, published) in ports.chain(exposed) {
            let listener = Listener { service, span, published };
            match listeners.get(&(port, protocol.clone())) {
                Some(first)
                    if first.service != service && !waits_for_end(scope, scopes, first.service) =>
                {
                    report_conflict(port, first, &listener, diagnostics);
                }
                Some(_) => {}
                None => {
                    listeners.insert((port, protocol), listener);
                }
            }
        }
    }
}

/// Whether one of two services only starts when the other has ended.
fn waits_for_end(scope: &Scope<'_>, scopes: &[Scope<'_>], other: &str) -> bool {
    let waits = |from: &Scope<'_>, to: &str| {
        let dependency = from.service.depends_on.get(to);
        dependency.is_some_and(|it| it.condition == Condition::CompletedSuccessfully)
    };
    let other_scope = scopes.iter().find(|it| it.service.name == other);
    waits(scope, other) || other_scope.is_some_and(|it| waits(it, &scope.service.name))
}

fn report_conflict(
    port: u16,
    first: &Listener<'_>,
    second: &Listener<'_>,
    diagnostics: &mut Diagnostics,
) {
    let message = format!(
        "`{}` and `{}` both listen on port {port} of their task",
        first.service, second.service
    );
    let certain = first.published || second.published;
    let severity = if certain { Diagnostic::error } else { Diagnostic::warning };
    let diagnostic =
        severity(Code::PortConflict, second.span, message).at(format!("`{}`", second.service));
    diagnostics
        .add(diagnostic.label(first.span, format!("`{}`", first.service)).help(ONE_INTERFACE));
}

/// Two services that others reach at one port listen on it, even where the file publishes nothing. What both offer to other
/// tasks is certain; it stands in the definition.
pub(super) fn check_reached(
    placement: &Placement,
    connections: &[Connection],
    findings: &mut Findings<'_>,
) {
    let mut listeners: IndexMap<(usize, u16), (&str, Span)> = IndexMap::new();
    for ((service, port), span) in &findings.reached {
        let Some(task) = placement.task_of(service) else { continue };
        match listeners.get(&(task, *port)) {
            Some((other, first)) if other != service => {
                let message = format!(
                    "`{other}` and `{service}` are both reached on port {port} of their task"
                );
                let is_offered = |it: &str| connections[task].offers(it, *port);
                let certain = is_offered(other) && is_offered(service);
                let severity = if certain { Diagnostic::error } else { Diagnostic::warning };
                let diagnostic = severity(Code::PortConflict, *span, message)
                    .at(format!("`{service}`"))
                    .label(*first, format!("`{other}`"));
                findings.diagnostics.add(diagnostic.help(ONE_INTERFACE));
            }
            Some(_) => {}
            None => {
                listeners.insert((task, *port), (service, *span));
            }
        }
    }
}
