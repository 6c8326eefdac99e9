//! Short forms -> long forms, so that every later phase knows one (`reference/compose.md`, 1.10).

use super::defaults::items;
use super::merge::{listed, long, names, scalar_text};
use super::{Unread, depends_on, ports, secrets, volumes};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Span;
use crate::yaml::{Mapping, Node, Value, set};

/// Rewrites every service and every resource of the model into canonical form.
pub(super) fn canonicalise(model: &mut Node, unread: Unread, diagnostics: &mut Diagnostics) {
    let services = model.get_mut("services").and_then(Node::as_mapping_mut);
    for service in services.into_iter().flat_map(|it| it.values_mut()) {
        let keys = service.node.as_mapping_mut();
        for (key, entry) in keys.into_iter().flatten() {
            canonical_key(key, &mut entry.node, unread, diagnostics);
        }
    }
    for section in ["volumes", "networks", "secrets", "configs"] {
        let resources = model.get_mut(section).and_then(Node::as_mapping_mut);
        for (name, entry) in resources.into_iter().flatten() {
            external(section, name, &mut entry.node, diagnostics);
        }
    }
}

fn canonical_key(key: &str, node: &mut Node, unread: Unread, diagnostics: &mut Diagnostics) {
    match key {
        "build" => build(node),
        "depends_on" => names(node, depends_on::started),
        "networks" | "models" => names(node, |item| Node::new(Value::Null, item.span)),
        "dns" => {
            listed(node);
            drop_empty(node);
        }
        "dns_search" | "dns_opt" | "tmpfs" | "label_file" => listed(node),
        "env_file" => {
            listed(node);
            items(Some(node)).for_each(|it| long(it, "path"));
        }
        "extends" => long(node, "service"),
        "secrets" | "configs" => secrets::canonical(node),
        "ports" => ports::canonical(node, unread, diagnostics),
        "volumes" => volumes::canonical(node, unread, diagnostics),
        "devices" => items(Some(node)).for_each(|it| device(it, diagnostics)),
        "gpus" => gpus(node),
        "expose" => items(Some(node)).for_each(|it| refuse_fraction(it, diagnostics)),
        _ => {}
    }
}

fn build(node: &mut Node) {
    long(node, "context");
    node.get_mut("secrets").map(secrets::canonical).unwrap_or_default();
    for key in ["provenance", "sbom"] {
        if let Some(value) = node.get_mut(key)
            && let Value::Bool(it) = value.value
        {
            value.value = Value::String(it.to_string());
        }
    }
}

fn refuse_fraction(item: &Node, diagnostics: &mut Diagnostics) {
    if let Value::Float(_) = item.value {
        let message = "a port is a whole number";
        let diagnostic = Diagnostic::error(Code::WrongType, item.span, message);
        diagnostics.report(diagnostic.help("write it without a fraction, or put quotes around it"));
    }
}

fn drop_empty(node: &mut Node) {
    if let Value::Sequence(items) = &mut node.value {
        items.retain(|it| it.as_str() != Some(""));
    }
}

/// `SOURCE[:TARGET[:PERMISSIONS]]`.
fn device(node: &mut Node, diagnostics: &mut Diagnostics) {
    let Some(text) = node.as_str().map(str::to_owned) else {
        if node.as_mapping().is_some_and(|it| !it.contains_key("target")) {
            let message = "a device in long form needs a `target`";
            diagnostics.report(Diagnostic::error(Code::InvalidValue, node.span, message));
        }
        return;
    };
    let mut parts = text.split(':');
    let source = parts.next().unwrap_or_default();
    let target = parts.next().filter(|it| !it.is_empty()).unwrap_or(source);
    let permissions = parts.next().unwrap_or("rwm");
    if parts.next().is_some() {
        let message = "a device has at most a source, a target and permissions";
        let diagnostic = Diagnostic::error(Code::InvalidValue, node.span, message);
        diagnostics.report(diagnostic.help("a path that holds a `:` needs the long form"));
    }
    let mut mapping = Mapping::new();
    for (key, value) in [("source", source), ("target", target), ("permissions", permissions)] {
        set(&mut mapping, key, Node::string(value, node.span));
    }
    node.value = Value::from(mapping);
}

fn gpus(node: &mut Node) {
    if let Some("all") = node.as_str() {
        let mut item = Node::string("all", node.span);
        long(&mut item, "count");
        node.value = Value::Sequence(vec![item]);
    }
}

/// `external: { name: … }` as it is written today.
fn external(section: &str, name: &str, resource: &mut Node, diagnostics: &mut Diagnostics) {
    let Some(entry) = resource.as_mapping_mut().and_then(|it| it.get_mut("external")) else {
        return;
    };
    let (span, Value::Mapping(mapping)) = (entry.node.span, &mut entry.node.value) else {
        return;
    };
    let old_name = mapping.shift_remove("name").map(|it| it.node);
    entry.node.value = Value::Bool(true);
    if let Some(old_name) = old_name {
        let message = format!("`external.name` of `{section}.{name}` is an old spelling");
        let warning = Diagnostic::warning(Code::DeprecatedKey, span, message);
        diagnostics.add(warning.help("write `name: …` and `external: true`"));
        adopt_name(section, name, resource, old_name, diagnostics);
    }
}

fn adopt_name(
    section: &str,
    name: &str,
    resource: &mut Node,
    old_name: Node,
    diagnostics: &mut Diagnostics,
) {
    match resource.get("name").map(|it| (scalar_text(it), it.span)) {
        Some((present, span)) if present != scalar_text(&old_name) => {
            conflict(section, name, span, old_name.span, diagnostics);
        }
        Some(_) => {}
        None => resource.as_mapping_mut().map(|it| set(it, "name", old_name)).unwrap_or_default(),
    }
}

fn conflict(section: &str, name: &str, span: Span, old: Span, diagnostics: &mut Diagnostics) {
    let message = format!("`{section}.{name}` has two names");
    let diagnostic = Diagnostic::error(Code::InvalidValue, span, message);
    diagnostics.report(diagnostic.label(old, "the other").help("keep `name` alone"));
}
