//! What a task offers: names for its ports, in the definition and in what its service says to Service Connect.

use indexmap::{IndexMap, IndexSet};

use super::super::{Findings, Input, Scope, ports};
use super::{Connection, Offer, alias};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::ecs::{
    ContainerDefinition, PortMapping, ServiceConnectClientAlias, ServiceConnectConfiguration,
    ServiceConnectService, TaskDefinition,
};
use crate::environment::port_name;

/// The ports of a service that Service Connect can offer: the TCP ports that it publishes or exposes, and those that others
/// reach it at. It carries no other protocol.
pub(super) fn offered(
    scope: &Scope<'_>,
    reached: impl Iterator<Item = u16>,
    diagnostics: &mut Diagnostics,
) -> IndexSet<u16> {
    let (carried, others): (Vec<_>, Vec<_>) =
        ports::published(scope).into_iter().partition(|it| it.protocol == "tcp");
    for port in &others {
        let message = format!(
            "other tasks do not reach `{}` at {}/{}",
            scope.service.name, port.target.value, port.protocol
        );
        let warning = Diagnostic::warning(Code::OtherTask, port.target.span, message);
        let help = "Service Connect carries TCP alone: keep the services in one task";
        diagnostics.add(warning.help(help));
    }
    let exposed = scope.service.expose.iter().map(|it| it.value);
    let mut ports: IndexSet<u16> =
        carried.iter().map(|it| it.target.value).chain(exposed).collect();
    let is_other = |port: &u16| others.iter().any(|it| it.target.value == *port);
    ports.extend(reached.filter(|it| !is_other(it)));
    ports
}

/// Two services of one name for Service Connect would take each other's connections.
pub(super) fn check_names(
    connections: &[Connection],
    scopes: &[Vec<Scope<'_>>],
    diagnostics: &mut Diagnostics,
) {
    let mut names: IndexMap<String, &str> = IndexMap::new();
    for offer in connections.iter().flat_map(|it| &it.offers) {
        let first = *names.entry(alias(&offer.service)).or_insert(&offer.service);
        let place = |name: &str| {
            let mut all = scopes.iter().flatten();
            all.find(|it| it.service.name == name).map(|it| it.service.span)
        };
        if let (true, Some(one), Some(other)) =
            (first != offer.service, place(first), place(&offer.service))
            && !diagnostics.has_error_at(other)
        {
            let message = format!("`{first}` and `{}` are one name to other tasks", offer.service);
            let diagnostic = Diagnostic::error(Code::InvalidName, other, message);
            diagnostics.report(
                diagnostic
                    .label(one, "the other")
                    .help("Service Connect knows no capital letters: rename one of them"),
            );
        }
    }
}

/// Names the port mappings of what is offered, and adds those that the file does not have.
pub(in crate::lower) fn lower(
    connection: &Connection,
    scopes: &[Scope<'_>],
    containers: &mut [ContainerDefinition],
    findings: &mut Findings<'_>,
) {
    let mappings = containers.iter().flat_map(|it| &it.port_mappings);
    let mut taken: IndexSet<String> = mappings.filter_map(|it| it.name.clone()).collect();
    for offer in &connection.offers {
        let Some(at) = scopes.iter().position(|it| it.service.name == offer.service) else {
            continue;
        };
        let Offer { service, port, user } = offer;
        let after = Some(format!("offered to other tasks as {}:{port}", alias(service)));
        let reason =
            format!("`{user}` uses it, and ECS Service Connect carries names across tasks");
        let span = scopes[at].service.span;
        findings.explain(span, format!("{service} {port}/tcp"), (None, after), reason);
        let mapping = mapping_of(&mut containers[at], *port);
        if mapping.name.is_none() {
            let first = port_name(service, *port);
            let others = (2..).map(|it| format!("{first}-{it}"));
            let mut names = std::iter::once(first.clone()).chain(others);
            mapping.name = names.find(|it| taken.insert(it.clone()));
        }
    }
}

fn is_for(mapping: &PortMapping, port: u16) -> bool {
    mapping.container_port == Some(i32::from(port))
        && mapping.protocol.as_deref().unwrap_or("tcp") == "tcp"
}

fn mapping_of(container: &mut ContainerDefinition, port: u16) -> &mut PortMapping {
    let mappings = &mut container.port_mappings;
    let at = mappings.iter().position(|it| is_for(it, port)).unwrap_or_else(|| {
        let number = Some(i32::from(port));
        mappings.push(PortMapping {
            container_port: number,
            host_port: number,
            protocol: Some("tcp".to_owned()),
            ..PortMapping::default()
        });
        mappings.len() - 1
    });
    &mut mappings[at]
}

/// What the service of the task says to Service Connect; `None` when no name crosses its bounds. The finished definition
/// has the last word on the names of ports.
pub(in crate::lower) fn configuration(
    input: Input<'_>,
    connection: &Connection,
    scopes: &[Scope<'_>],
    definition: &TaskDefinition,
    findings: &mut Findings<'_>,
) -> Option<ServiceConnectConfiguration> {
    if !connection.is_used() {
        return None;
    }
    let given = input.overlay.service_connect.namespace.as_ref().map(|it| it.value.clone());
    let containers = || scopes.iter().zip(&definition.container_definitions);
    let mut services = Vec::new();
    for offer in &connection.offers {
        let mut found = containers().filter(|(scope, _)| scope.service.name == offer.service);
        let Some((scope, container)) = found.next() else { continue };
        let mut mappings = container.port_mappings.iter().filter(|it| is_for(it, offer.port));
        match mappings.find_map(|it| it.name.clone()) {
            Some(name) => services.push(service(input, offer, name)),
            None => report_unnamed(offer, scope, findings.diagnostics),
        }
    }
    Some(ServiceConnectConfiguration {
        enabled: true,
        namespace: Some(given.unwrap_or_else(|| input.environment.namespace())),
        services,
    })
}

fn service(input: Input<'_>, offer: &Offer, port_name: String) -> ServiceConnectService {
    let alias = ServiceConnectClientAlias {
        port: i32::from(offer.port),
        dns_name: Some(alias(&offer.service)),
    };
    ServiceConnectService {
        port_name,
        discovery_name: Some(input.environment.discovery(&offer.service, offer.port)),
        client_aliases: vec![alias],
    }
}

/// A raw field of the overlay took the name of a port away.
fn report_unnamed(offer: &Offer, scope: &Scope<'_>, diagnostics: &mut Diagnostics) {
    let Offer { service, port, user } = offer;
    let raw = scope.overlay.container_definition.as_ref();
    let span = raw.and_then(|it| it.place("portMappings", None)).unwrap_or(scope.service.span);
    let message =
        format!("`{user}` reaches `{service}` at port {port}, whose mapping has no `name` here");
    let diagnostic = Diagnostic::error(Code::FargateRule, span, message);
    let name = port_name(service, *port);
    diagnostics.report(diagnostic.help(format!(
        "write `{{ containerPort: {port}, hostPort: {port}, protocol: tcp, name: {name} }}`"
    )));
}
