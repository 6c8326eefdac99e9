//! What Compose derives: variables taken from the environment, dependencies that links imply (`reference/compose.md`, 1.13).

use super::environment::Variables;
use super::{Context, depends_on, links};
use crate::yaml::{Entry, Mapping, Node, Value, set};

/// Fills in what the author left to Compose.
pub(super) fn normalise(
    model: &mut Node,
    name: &str,
    variables: &Variables,
    context: &mut Context<'_>,
) {
    if let Some(top) = model.as_mapping_mut() {
        let span = top.get("name").map_or(crate::source::Span::DETACHED, |it| it.node.span);
        set(top, "name", Node::string(name, span));
    }
    let services = model.get_mut("services").and_then(Node::as_mapping_mut);
    for service in services.into_iter().flat_map(|it| it.values_mut()) {
        inherit(service.node.get_mut("environment"), variables, context);
        imply_dependencies(&mut service.node);
    }
}

/// A variable without a value takes that of the environment; one that is not set there stays unset.
fn inherit(environment: Option<&mut Node>, variables: &Variables, context: &Context<'_>) {
    let mapping = environment.and_then(Node::as_mapping_mut);
    for (name, entry) in mapping.into_iter().flatten() {
        if entry.node.is_null()
            && let Some(value) = variables.get(name, context.world)
        {
            entry.node.value = Value::String(value);
            entry.node.history_mut().substituted = true;
        }
    }
}

fn imply_dependencies(service: &mut Node) {
    let mut implied: Vec<(String, Node)> = Vec::new();
    for link in service.get("links").and_then(Node::as_sequence).unwrap_or_default() {
        if let Some(text) = link.as_str() {
            implied.push((links::parse(text).0.to_owned(), depends_on::implied(link.span, true)));
        }
    }
    for key in ["network_mode", "ipc", "pid", "uts", "cgroup"] {
        let Some(node) = service.get(key) else {
            continue;
        };
        if let Some(target) = node.as_str().and_then(|it| it.strip_prefix("service:")) {
            implied.push((target.to_owned(), depends_on::implied(node.span, true)));
        }
    }
    for source in service.get("volumes_from").and_then(Node::as_sequence).unwrap_or_default() {
        if let Some(text) = source.as_str().filter(|it| !it.starts_with("container:")) {
            let name = text.split(':').next().unwrap_or_default();
            implied.push((name.to_owned(), depends_on::implied(source.span, false)));
        }
    }
    let Some(keys) = service.as_mapping_mut().filter(|_| !implied.is_empty()) else {
        return;
    };
    let span = implied[0].1.span;
    let entry = keys
        .entry("depends_on".to_owned())
        .or_insert_with(|| Entry { key_span: span, node: Node::mapping(span) });
    let dependencies: &mut Mapping = match &mut entry.node.value {
        Value::Mapping(mapping) => mapping,
        _ => return,
    };
    for (name, node) in implied {
        dependencies.entry(name).or_insert_with(|| Entry { key_span: node.span, node });
    }
}
