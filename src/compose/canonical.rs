//! Short forms -> long forms, so that every later phase knows one (`reference/compose.md`, 1.10).

use super::merge::{context_only, listed, names, scalar_text};
use super::{depends_on, ports, secrets, volumes};
use crate::diagnostic::Diagnostics;
use crate::yaml::{Entry, Mapping, Node, Value};

/// Rewrites every service of the model into canonical form.
pub(super) fn canonicalise(model: &mut Node, diagnostics: &mut Diagnostics) {
    let services = model.get_mut("services").and_then(Node::as_mapping_mut);
    for service in services.into_iter().flat_map(|it| it.values_mut()) {
        let keys = service.node.as_mapping_mut();
        for (key, entry) in keys.into_iter().flatten() {
            canonical_key(key, &mut entry.node, diagnostics);
        }
    }
}

fn canonical_key(key: &str, node: &mut Node, diagnostics: &mut Diagnostics) {
    match key {
        "build" => {
            context_only(node);
            for key in ["args", "labels"] {
                node.get_mut(key).map(pairs).unwrap_or_default();
            }
        }
        "environment" | "labels" | "annotations" | "sysctls" => pairs(node),
        "deploy" => node.get_mut("labels").map(pairs).unwrap_or_default(),
        "depends_on" => names(node, depends_on::started),
        "networks" | "models" => names(node, |item| Node::new(Value::Null, item.span)),
        "dns" | "dns_search" | "dns_opt" | "tmpfs" | "label_file" => listed(node),
        "env_file" => env_files(node),
        "secrets" | "configs" => secrets::canonical(node),
        "ports" => ports::canonical(node, diagnostics),
        "volumes" => volumes::canonical(node, diagnostics),
        _ => {}
    }
}

/// A `KEY=value` list as a mapping; a key without `=` is a null, to be taken from the environment.
fn pairs(node: &mut Node) {
    let Value::Sequence(items) = &mut node.value else {
        return;
    };
    let mut mapping = Mapping::new();
    for item in std::mem::take(items) {
        let Some(text) = scalar_text(&item) else {
            continue;
        };
        let span = item.span;
        let (key, value, value_span) = match text.split_once('=') {
            // Quotes around the whole pair shift the value by one; the exact column only serves messages.
            Some((key, value)) if span.range().len() == text.len() => {
                (key, Value::String(value.to_owned()), span.part(key.len() + 1, value.len()))
            }
            Some((key, value)) => (key, Value::String(value.to_owned()), span),
            None => (text.as_str(), Value::Null, span),
        };
        let node = Node { value, span: value_span, directive: None, history: item.history.clone() };
        mapping.insert(key.to_owned(), Entry { key_span: span, node });
    }
    node.value = Value::Mapping(mapping);
}

fn env_files(node: &mut Node) {
    listed(node);
    let Value::Sequence(items) = &mut node.value else {
        return;
    };
    for item in items {
        if item.as_str().is_some() {
            let path = Node::new(std::mem::replace(&mut item.value, Value::Null), item.span);
            item.value = Value::Mapping(Mapping::from([(
                "path".to_owned(),
                Entry { key_span: item.span, node: path },
            )]));
        }
    }
}
