//! What must hold between the parts of a project (`reference/compose.md`, 1.11, part B).

mod cycle;
mod service;

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean};
use crate::source::Span;
use crate::yaml::{Entry, Mapping, Node, Value};

/// The services that are on and what they refer to.
struct Project<'a> {
    model: &'a Node,
    services: &'a Mapping,
    disabled: &'a Mapping,
}

/// Reports every name that nothing defines, what contradicts itself in a service, and circles.
pub(super) fn check(model: &Node, disabled: &Mapping, diagnostics: &mut Diagnostics) {
    let none = Mapping::new();
    let services = model.get("services").and_then(Node::as_mapping).unwrap_or(&none);
    let project = Project { model, services, disabled };
    for (name, entry) in services {
        service::check(name, entry, diagnostics);
        check_dependencies(&project, name, &entry.node, diagnostics);
        check_contexts(&project, &entry.node, diagnostics);
        check_references(&project, &entry.node, diagnostics);
    }
    check_container_names(services, diagnostics);
    cycle::check(services, diagnostics);
}

fn items<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    node.get(key).and_then(Node::as_sequence).unwrap_or_default()
}

fn check_references(project: &Project<'_>, service: &Node, diagnostics: &mut Diagnostics) {
    for volume in items(service, "volumes") {
        if volume.get("type").and_then(Node::as_str) == Some("volume") {
            check_source(project, "volumes", volume, diagnostics);
        }
    }
    for section in ["secrets", "configs"] {
        for grant in items(service, section) {
            check_source(project, section, grant, diagnostics);
        }
    }
    for grant in service.get("build").map(|it| items(it, "secrets")).unwrap_or_default() {
        check_source(project, "secrets", grant, diagnostics);
    }
    for section in ["networks", "models"] {
        let names = service.get(section).and_then(Node::as_mapping).into_iter().flatten();
        for (name, entry) in names {
            defined(project, section, name, entry.key_span, diagnostics);
        }
    }
}

fn check_source(project: &Project<'_>, section: &str, item: &Node, diagnostics: &mut Diagnostics) {
    if let Some(source) = item.get("source")
        && let Some(name) = source.as_str().filter(|it| !it.is_empty())
    {
        let span = if section == "volumes" { item.span } else { source.span };
        defined(project, section, name, span, diagnostics);
    }
}

fn defined(
    project: &Project<'_>,
    section: &str,
    name: &str,
    span: Span,
    diagnostics: &mut Diagnostics,
) {
    let names = project.model.get(section).and_then(Node::as_mapping);
    if names.is_some_and(|it| it.contains_key(name)) {
        return;
    }
    let kind = section.trim_end_matches('s');
    let diagnostic =
        Diagnostic::error(Code::UndefinedReference, span, format!("there is no {kind} `{name}`"));
    let nearest =
        did_you_mean(name, names.into_iter().flat_map(|it| it.keys()).map(String::as_str));
    diagnostics.report(match nearest {
        Some(candidate) => diagnostic.help(format!("did you mean `{candidate}`?")),
        None => diagnostic.help(format!("define it under the top-level `{section}:`")),
    });
}

fn check_dependencies(
    project: &Project<'_>,
    service: &str,
    node: &Node,
    diagnostics: &mut Diagnostics,
) {
    let dependencies = node.get("depends_on").and_then(Node::as_mapping).into_iter().flatten();
    for (name, entry) in dependencies {
        let required = entry.node.get("required").is_none_or(|it| it.value != Value::Bool(false));
        let disabled = project.disabled.get(name);
        if project.services.contains_key(name) || (disabled.is_some() && !required) {
            continue;
        }
        let message = format!("the service `{service}` depends on `{name}`");
        match disabled {
            Some(disabled) => report_disabled(&message, entry.key_span, disabled, diagnostics),
            None => {
                let message = format!("{message}, which does not exist");
                let diagnostic =
                    Diagnostic::error(Code::UndefinedReference, entry.key_span, message);
                let names = project.services.keys().map(String::as_str);
                diagnostics.report(match did_you_mean(name, names) {
                    Some(candidate) => diagnostic.help(format!("did you mean `{candidate}`?")),
                    None => diagnostic.help("name a service of this project"),
                });
            }
        }
    }
}

fn report_disabled(message: &str, span: Span, disabled: &Entry, diagnostics: &mut Diagnostics) {
    let profiles: Vec<&str> = super::selection::profiles_of(&disabled.node).collect();
    let message =
        format!("{message}, which is off: no profile of [{}] is active", profiles.join(", "));
    let diagnostic = Diagnostic::error(Code::UndefinedReference, span, message);
    let first = profiles.first().copied().unwrap_or_default();
    let help = format!("turn it on with `--compose-profile {first}`, or write `required: false`");
    diagnostics.report(diagnostic.help(help));
}

/// A build context may be the image of another service, which then has to be built.
fn check_contexts(project: &Project<'_>, service: &Node, diagnostics: &mut Diagnostics) {
    let contexts = service.get("build").and_then(|it| it.get("additional_contexts"));
    for entry in contexts.and_then(Node::as_mapping).into_iter().flat_map(|it| it.values()) {
        let Some(name) = entry.node.as_str().and_then(|it| it.strip_prefix("service:")) else {
            continue;
        };
        let (message, help) = match project.services.get(name) {
            None => (format!("there is no service `{name}`"), "name a service of this project"),
            Some(it) if it.node.get("build").is_none() => (
                format!("the service `{name}` is not built, so it is no build context"),
                "use `docker-image://…` for an image that exists",
            ),
            Some(_) => continue,
        };
        let diagnostic = Diagnostic::error(Code::UndefinedReference, entry.node.span, message);
        diagnostics.report(diagnostic.help(help));
    }
}

/// Two containers cannot have one name at a time; Docker Compose finds out when it starts them.
fn check_container_names(services: &Mapping, diagnostics: &mut Diagnostics) {
    let mut names: BTreeMap<&str, (&str, Span)> = BTreeMap::new();
    for (service, entry) in services {
        let Some(node) = entry.node.get("container_name") else { continue };
        let Some(name) = node.as_str().filter(|it| !it.is_empty()) else { continue };
        if let Some((first, span)) = names.insert(name, (service, node.span)) {
            let message =
                format!("the services `{first}` and `{service}` have one container name, `{name}`");
            let warning = Diagnostic::warning(Code::InvalidName, node.span, message);
            let warning = warning.label(span, "the first");
            diagnostics.add(warning.help("give them different names, or none"));
        }
    }
}
