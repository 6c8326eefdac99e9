//! What must hold inside of single definitions (`reference/compose.md`, 1.11, part A).

use super::merge::scalar_text;
use super::port_syntax;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::yaml::{Entry, Mapping, Node, Value};

/// Checks secrets, configs, volumes, ports and devices.
pub(super) fn check(model: &mut Node, diagnostics: &mut Diagnostics) {
    for (name, entry) in section(model, "secrets") {
        check_source("secret", name, entry, &["file", "environment"], diagnostics);
    }
    for (name, entry) in section(model, "configs") {
        check_source("config", name, entry, &["file", "environment", "content"], diagnostics);
    }
    for (name, entry) in section(model, "volumes") {
        check_volume(name, entry, diagnostics);
    }
    for (_, entry) in section(model, "services") {
        check_service(&entry.node, diagnostics);
    }
}

fn section<'a>(model: &'a Node, key: &str) -> impl Iterator<Item = (&'a String, &'a Entry)> {
    model.get(key).and_then(Node::as_mapping).into_iter().flatten()
}

/// One source, and no more.
fn check_source(
    noun: &str,
    name: &str,
    entry: &Entry,
    sources: &[&'static str],
    diagnostics: &mut Diagnostics,
) {
    let Some(mapping) = entry.node.as_mapping() else { return };
    let given: Vec<&Entry> = sources.iter().filter_map(|it| mapping.get(*it)).collect();
    let listed = sources.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    if let [first, second, ..] = given.as_slice() {
        let message = format!("the {noun} `{name}` has more than one source");
        let diagnostic = Diagnostic::error(Code::InvalidValue, second.key_span, message);
        let diagnostic = diagnostic.label(first.key_span, "the first");
        diagnostics.report(diagnostic.help(format!("keep one of {listed}")));
    }
    let elsewhere = mapping.contains_key("driver") || mapping.contains_key("external");
    if given.is_empty() && !elsewhere {
        let message = format!("the {noun} `{name}` has no source");
        let diagnostic = Diagnostic::error(Code::InvalidValue, entry.key_span, message);
        diagnostics.report(diagnostic.help(format!("give one of {listed}, or `external: true`")));
    }
}

/// An external volume is named, not described.
fn check_volume(name: &str, entry: &Entry, diagnostics: &mut Diagnostics) {
    let Some(mapping) = entry.node.as_mapping() else { return };
    let Some(external) = mapping.get("external").filter(|it| it.node.value == Value::Bool(true))
    else {
        return;
    };
    let other = |key: &str| key != "external" && key != "name" && !key.starts_with("x-");
    if let Some((key, entry)) = mapping.iter().find(|(key, _)| other(key)) {
        let message = format!("the volume `{name}` is external and has a `{key}`");
        let diagnostic = Diagnostic::error(Code::InvalidValue, entry.key_span, message)
            .label(external.key_span, "it exists outside of this project");
        diagnostics.report(diagnostic.help(format!("take `external` or `{key}` out")));
    }
}

fn check_service(service: &Node, diagnostics: &mut Diagnostics) {
    let list = |node: Option<&'_ Node>| -> Vec<Node> {
        node.and_then(Node::as_sequence).unwrap_or_default().to_vec()
    };
    for port in service.get("ports").and_then(Node::as_sequence).unwrap_or_default() {
        if let Some(node) = port.get("host_ip")
            && let Some(address) = node.as_str()
            && let Err(error) = port_syntax::check_address(address)
        {
            let diagnostic = Diagnostic::error(Code::InvalidValue, node.span, error.message);
            let help = error.help.unwrap_or_else(|| "write an address such as `127.0.0.1`".into());
            diagnostics.report(diagnostic.help(help));
        }
    }
    for volume in service.get("volumes").and_then(Node::as_sequence).unwrap_or_default() {
        check_bind(volume, diagnostics);
    }
    let reserved = service.get("deploy").and_then(|it| it.get("resources")?.get("reservations"));
    let mut devices = list(service.get("gpus"));
    devices.extend(list(reserved.and_then(|it| it.get("devices"))));
    for mapping in devices.iter().filter_map(Node::as_mapping) {
        check_device(mapping, diagnostics);
    }
    let watches = service.get("develop").and_then(|it| it.get("watch"));
    for path in list(watches).iter().filter_map(|it| it.get("path")) {
        if scalar_text(path).is_some_and(|it| it.is_empty()) {
            let message = "a `watch` needs the path that it watches";
            diagnostics.report(Diagnostic::error(Code::InvalidValue, path.span, message));
        }
    }
}

fn check_bind(volume: &Node, diagnostics: &mut Diagnostics) {
    let bind = volume.get("type").and_then(Node::as_str) == Some("bind");
    let source = volume.get("source").and_then(Node::as_str).unwrap_or_default();
    if bind && source.is_empty() {
        let message = "a volume of the type `bind` needs a `source`";
        let diagnostic = Diagnostic::error(Code::InvalidValue, volume.span, message);
        diagnostics.report(diagnostic.help("name a folder of the host, or write `type: volume`"));
    }
}

fn check_device(device: &Mapping, diagnostics: &mut Diagnostics) {
    if let (Some(count), Some(ids)) = (device.get("count"), device.get("device_ids")) {
        let message = "devices are counted or named, not both";
        let diagnostic = Diagnostic::error(Code::InvalidValue, count.key_span, message);
        let diagnostic = diagnostic.label(ids.key_span, "named here");
        diagnostics.report(diagnostic.help("take `count` or `device_ids` out"));
    }
}
