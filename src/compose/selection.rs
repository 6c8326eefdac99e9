//! Profiles and the services of the command line -> what is on, and what of the rest is needed (`reference/compose.md`,
//! 1.15 and step 24).

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean};
use crate::source::Span;
use crate::yaml::{Mapping, Node};

/// Takes the services out of the model that no profile turns on; naming one turns its own profiles on.
pub(super) fn select(model: &mut Node, profiles: &[String], named: &[String]) -> Mapping {
    let Some(services) = model.get_mut("services").and_then(Node::as_mapping_mut) else {
        return Mapping::new();
    };
    let mut active: BTreeSet<String> = profiles.iter().cloned().collect();
    for service in named.iter().filter_map(|it| services.get(it)) {
        active.extend(profiles_of(&service.node).map(str::to_owned));
    }
    let everything = active.contains("*");
    let is_on = |node: &Node| {
        let mut listed = profiles_of(node).peekable();
        everything || listed.peek().is_none() || listed.any(|it| active.contains(it))
    };
    let (on, off): (Mapping, Mapping) =
        std::mem::take(services).into_iter().partition(|(_, it)| is_on(&it.node));
    *services = on;
    off
}

/// The profiles that turn a service on.
pub(super) fn profiles_of(service: &Node) -> impl Iterator<Item = &str> {
    let listed = service.get("profiles").and_then(Node::as_sequence).unwrap_or_default();
    listed.iter().filter_map(Node::as_str)
}

/// Keeps the named services and all they depend on; no names keep all.
pub(super) fn restrict(model: &mut Node, named: &[String], diagnostics: &mut Diagnostics) {
    let services = model.get_mut("services").and_then(Node::as_mapping_mut);
    let Some(services) = services.filter(|_| !named.is_empty()) else { return };
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    let mut open: Vec<String> = Vec::new();
    for name in named {
        if services.contains_key(name) {
            open.push(name.clone());
            continue;
        }
        let message = format!("there is no service `{name}`");
        let diagnostic = Diagnostic::error(Code::UndefinedReference, Span::DETACHED, message);
        let nearest = did_you_mean(name, services.keys().map(String::as_str));
        diagnostics.report(match nearest {
            Some(nearest) => diagnostic.help(format!("did you mean `{nearest}`?")),
            None => diagnostic,
        });
    }
    while let Some(name) = open.pop() {
        let dependencies = services.get(&name).and_then(|it| it.node.get("depends_on"));
        let next = dependencies.and_then(Node::as_mapping).into_iter().flat_map(|it| it.keys());
        open.extend(next.filter(|it| !wanted.contains(*it)).cloned());
        wanted.insert(name);
    }
    services.retain(|name, _| wanted.contains(name));
}

/// Leaves out the networks, volumes, secrets and configs that no service uses.
pub(super) fn prune(model: &mut Node) {
    let mut used: BTreeSet<(&'static str, String)> = BTreeSet::new();
    let services = model.get("services").and_then(Node::as_mapping);
    for service in services.into_iter().flat_map(|it| it.values()) {
        used.extend(self::used(&service.node));
    }
    for section in ["networks", "volumes", "secrets", "configs", "models"] {
        if let Some(entries) = model.get_mut(section).and_then(Node::as_mapping_mut) {
            entries.retain(|name, _| used.contains(&(section, name.clone())));
        }
    }
}

/// What a service in canonical form names, by section and name.
pub(super) fn used(service: &Node) -> BTreeSet<(&'static str, String)> {
    let mut used = BTreeSet::new();
    for section in ["networks", "models"] {
        let names = service.get(section).and_then(Node::as_mapping).into_iter();
        used.extend(names.flat_map(|it| it.keys()).map(|it| (section, it.clone())));
    }
    let sources = |node: Option<&Node>| -> Vec<String> {
        let items = node.and_then(Node::as_sequence).unwrap_or_default().iter();
        items.filter_map(|it| Some(it.get("source")?.as_str()?.to_owned())).collect()
    };
    let build_secrets = service.get("build").and_then(|it| it.get("secrets"));
    used.extend(sources(build_secrets).into_iter().map(|it| ("secrets", it)));
    for section in ["volumes", "secrets", "configs"] {
        used.extend(sources(service.get(section)).into_iter().map(|it| (section, it)));
    }
    used
}
