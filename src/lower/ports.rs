//! Port mappings, with `hostPort` = `containerPort`, and the one network interface that all containers of a task share.

use indexmap::IndexMap;

use super::placement::Placement;
use super::{Findings, Scope};
use crate::compose::ports::Port;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::ecs::{ContainerDefinition, PortMapping};
use crate::source::{Span, Spanned};

/// Sets `portMappings`: what the service publishes, and what the overlay lets in.
pub(super) fn lower(
    scope: &Scope<'_>,
    container: &mut ContainerDefinition,
    findings: &mut Findings<'_>,
) {
    for port in published(scope) {
        let mapping = mapping(&port);
        if !container.port_mappings.contains(&mapping) {
            let subject = format!("{} ports", scope.service.name);
            let after = Some(format!("{}/{} on both sides", port.target.value, port.protocol));
            let reason =
                "a task has an address of its own, where host port and container port are one";
            findings.explain(port.target.span, subject, (None, after), reason);
            container.port_mappings.push(mapping);
        }
    }
}

fn mapping(port: &Port) -> PortMapping {
    let number = Some(i32::from(port.target.value));
    let app_protocol =
        port.app_protocol.clone().filter(|it| ["http", "http2", "grpc"].contains(&it.as_str()));
    PortMapping {
        container_port: number,
        host_port: number,
        protocol: Some(port.protocol.clone()),
        app_protocol,
        ..PortMapping::default()
    }
}

fn published(scope: &Scope<'_>) -> Vec<Port> {
    let mut ports = scope.service.ports.clone();
    for ingress in
        scope.input.overlay.ingress.iter().filter(|it| it.service.value == scope.service.name)
    {
        let Ok(target) = u16::try_from(ingress.port.value) else {
            continue;
        };
        if !ports.iter().any(|it| it.target.value == target && it.protocol == "tcp") {
            ports.push(crate::compose::ports::detached(target, ingress.port.span));
        }
    }
    ports
}

/// Two services that listen on one port cannot be in one task; both places are shown.
pub(super) fn check_conflicts(scopes: &[Scope<'_>], diagnostics: &mut Diagnostics) {
    let mut listeners: IndexMap<(u16, String), (&str, Span)> = IndexMap::new();
    for scope in scopes {
        let name = scope.service.name.as_str();
        let exposed = scope.service.expose.iter().map(|it| (it.clone(), "tcp".to_owned()));
        let ports = published(scope).into_iter().map(|it| (it.target, it.protocol));
        for (Spanned { value: port, span }, protocol) in ports.chain(exposed) {
            match listeners.get(&(port, protocol.clone())) {
                Some((other, first)) if *other != name => {
                    let message =
                        format!("`{other}` and `{name}` both listen on port {port} of their task");
                    let diagnostic = Diagnostic::error(Code::PortConflict, span, message)
                        .at(format!("`{name}`"));
                    let diagnostic = diagnostic.label(*first, format!("`{other}`"));
                    let help = "the containers of a task share one network interface: let one listen on another port, or split them with `tasks:`";
                    diagnostics.report(diagnostic.help(help));
                }
                Some(_) => {}
                None => {
                    listeners.insert((port, protocol), (name, span));
                }
            }
        }
    }
}

/// Two services that others reach at one port listen on it, even where the file publishes nothing.
pub(super) fn check_reached(placement: &Placement, findings: &mut Findings<'_>) {
    let mut listeners: IndexMap<(usize, u16), (&str, Span)> = IndexMap::new();
    for ((service, port), span) in &findings.reached {
        let Some(task) = placement.task_of(service) else { continue };
        match listeners.get(&(task, *port)) {
            Some((other, first)) if other != service => {
                let message = format!(
                    "`{other}` and `{service}` are both reached on port {port} of their task"
                );
                let warning = Diagnostic::warning(Code::PortConflict, *span, message);
                let warning =
                    warning.at(format!("`{service}`")).label(*first, format!("`{other}`"));
                let help = "the containers of a task share one network interface: let one listen on another port, or split them with `tasks:`";
                findings.diagnostics.add(warning.help(help));
            }
            Some(_) => {}
            None => {
                listeners.insert((task, *port), (service, *span));
            }
        }
    }
}
