//! Relative paths -> absolute ones, against the project's folder (`reference/compose.md`, 1.12).

use std::path::Path;

use crate::world::{World, clean};
use crate::yaml::{Node, Value};

/// Makes the paths of the model absolute that Compose makes absolute.
pub(super) fn resolve(model: &mut Node, directory: &Path, world: &dyn World) {
    let absolute = |node: Option<&mut Node>| {
        if let Some(Value::String(text)) = node.map(|it| &mut it.value) {
            *text = absolute(text, directory, world);
        }
    };
    let services = model.get_mut("services").and_then(Node::as_mapping_mut);
    for service in services.into_iter().flat_map(|it| it.values_mut()) {
        let service = &mut service.node;
        if let Some(build) = service.get_mut("build") {
            let remote = |it: &Node| it.as_str().is_some_and(is_remote);
            absolute(build.get_mut("context").filter(|it| !remote(it)));
        }
        for file in items(service.get_mut("env_file")) {
            absolute(file.get_mut("path"));
        }
        for volume in items(service.get_mut("volumes")) {
            if volume.get("type").and_then(Node::as_str) == Some("bind") {
                absolute(volume.get_mut("source"));
            }
        }
    }
    for section in ["secrets", "configs"] {
        let definitions = model.get_mut(section).and_then(Node::as_mapping_mut);
        for definition in definitions.into_iter().flat_map(|it| it.values_mut()) {
            absolute(definition.node.get_mut("file"));
        }
    }
}

fn items(node: Option<&mut Node>) -> impl Iterator<Item = &mut Node> {
    let list = match node.map(|it| &mut it.value) {
        Some(Value::Sequence(items)) => Some(items),
        _ => None,
    };
    list.into_iter().flatten()
}

fn is_remote(context: &str) -> bool {
    const PREFIXES: [&str; 6] = ["https://", "http://", "git://", "ssh://", "github.com/", "git@"];
    context.contains("://") || PREFIXES.iter().any(|it| context.starts_with(it))
}

fn absolute(text: &str, directory: &Path, world: &dyn World) -> String {
    let expanded = match text.strip_prefix('~').filter(|it| it.is_empty() || it.starts_with('/')) {
        Some(rest) => world.variable("HOME").unwrap_or_default() + rest,
        None => text.to_owned(),
    };
    if expanded.starts_with('/') {
        return expanded;
    }
    clean(&directory.join(expanded)).to_string_lossy().into_owned()
}
