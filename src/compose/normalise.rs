//! What Compose derives: names, networks, variables of the environment, dependencies (`reference/compose.md`, 1.13).

use super::environment::{self, Variables};
use super::{Context, depends_on, links};
use crate::source::Span;
use crate::yaml::{Entry, Mapping, Node, Value, set};

/// Fills in what the author left to Compose.
pub(super) fn normalise(
    model: &mut Node,
    name: &str,
    variables: &Variables,
    context: &mut Context<'_>,
) {
    attach_to_default(model);
    let services = model.get_mut("services").and_then(Node::as_mapping_mut);
    for service in services.into_iter().flat_map(|it| it.values_mut()) {
        let service = &mut service.node;
        if let Some(Value::String(policy)) = service.get_mut("pull_policy").map(|it| &mut it.value)
            && policy == "if_not_present"
        {
            "missing".clone_into(policy);
        }
        if let Some(build) = service.get_mut("build") {
            complete_build(build, variables, context);
        }
        if let Some(environment) = service.get_mut("environment") {
            environment::inherit(environment, variables, context);
        }
        imply_dependencies(service);
        inherit_image(service);
    }
    for section in ["networks", "volumes", "configs", "secrets"] {
        name_resources(model, section, name);
    }
}

/// Services that name no network are on `default`, which exists only then.
fn attach_to_default(model: &mut Node) {
    let mut used = false;
    let services = model.get_mut("services").and_then(Node::as_mapping_mut);
    for service in services.into_iter().flat_map(|it| it.values_mut()) {
        let Some(keys) = service.node.as_mapping_mut() else { continue };
        if keys.contains_key("provider") || keys.contains_key("network_mode") {
            continue;
        }
        let networks = keys.entry("networks".to_owned()).or_insert_with(|| Entry {
            key_span: Span::DETACHED,
            node: Node::mapping(Span::DETACHED),
        });
        let Some(networks) = networks.node.as_mapping_mut() else { continue };
        if networks.is_empty() {
            set(networks, "default", Node::new(Value::Null, Span::DETACHED));
        }
        used |= networks.contains_key("default");
    }
    let Some(top) = model.as_mapping_mut().filter(|_| used) else { return };
    let networks = top
        .entry("networks".to_owned())
        .or_insert_with(|| Entry { key_span: Span::DETACHED, node: Node::mapping(Span::DETACHED) });
    if let Some(networks) = networks.node.as_mapping_mut()
        && !networks.contains_key("default")
    {
        set(networks, "default", Node::new(Value::Null, Span::DETACHED));
    }
}

fn complete_build(build: &mut Node, variables: &Variables, context: &Context<'_>) {
    if let Some(arguments) = build.get_mut("args") {
        environment::inherit(arguments, variables, context);
        drop_unset(arguments);
    }
    let Some(keys) = build.as_mapping_mut() else { return };
    let text = |it: &str| Node::string(it, Span::DETACHED);
    if !keys.contains_key("context") {
        set(keys, "context", text("."));
    }
    if !keys.contains_key("dockerfile") && !keys.contains_key("dockerfile_inline") {
        set(keys, "dockerfile", text("Dockerfile"));
    }
}

/// A build argument that still has no value is none.
fn drop_unset(arguments: &mut Node) {
    match &mut arguments.value {
        Value::Mapping(mapping) => mapping.retain(|_, it| !it.node.is_null()),
        Value::Sequence(items) => {
            items.retain(|it| it.as_str().is_none_or(|it| it.contains('=')));
        }
        _ => {}
    }
}

fn imply_dependencies(service: &mut Node) {
    let implied = implied(service);
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

fn implied(service: &Node) -> Vec<(String, Node)> {
    let list = |key: &str| service.get(key).and_then(Node::as_sequence).unwrap_or_default();
    let mut implied: Vec<(String, Node)> = Vec::new();
    for link in list("links") {
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
    for source in list("volumes_from") {
        if let Some(text) = source.as_str().filter(|it| !it.starts_with("container:")) {
            let name = text.split(':').next().unwrap_or_default();
            implied.push((name.to_owned(), depends_on::implied(source.span, false)));
        }
    }
    implied
}

/// A hook that runs before the service does so in the service's image, unless it names one.
fn inherit_image(service: &mut Node) {
    let Some(image) = service.get("image").cloned() else { return };
    for hook in super::defaults::items(service.get_mut("pre_start")) {
        if let Some(keys) = hook.as_mapping_mut()
            && !keys.contains_key("image")
        {
            set(keys, "image", image.clone());
        }
    }
}

/// A resource is called as its `name` says, by its key when it is external, else by project and key.
fn name_resources(model: &mut Node, section: &str, project: &str) {
    let resources = model.get_mut(section).and_then(Node::as_mapping_mut);
    for (key, entry) in resources.into_iter().flatten() {
        if entry.node.is_null() {
            entry.node.value = Value::from(Mapping::new());
        }
        let span = entry.key_span;
        let Some(resource) = entry.node.as_mapping_mut() else { continue };
        if resource.get("name").is_some_and(|it| !it.node.is_null()) {
            continue;
        }
        let external =
            resource.get("external").is_some_and(|it| it.node.value == Value::Bool(true));
        let name = if external { key.clone() } else { format!("{project}_{key}") };
        set(resource, "name", Node::string(name, span));
    }
}
