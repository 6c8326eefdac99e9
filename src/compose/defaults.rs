//! What Compose fills in before anything is checked (step 14 of `reference/compose.md`, 1).

use super::merge::scalar_text;
use crate::source::Span;
use crate::yaml::{Mapping, Node, Value, set};

/// Fills in the defaults of the services.
pub(super) fn fill(model: &mut Node) {
    let services = model.get_mut("services").and_then(Node::as_mapping_mut);
    for service in services.into_iter().flat_map(|it| it.values_mut()) {
        if let Some(build) = service.node.get_mut("build") {
            default(build, "context", |_| Value::String(".".to_owned()));
        }
        for secret in items(service.node.get_mut("secrets")) {
            let source = secret.get("source").and_then(scalar_text).unwrap_or_default();
            default(secret, "target", |_| Value::String(format!("/run/secrets/{source}")));
        }
        for port in items(service.node.get_mut("ports")) {
            default(port, "protocol", |_| Value::String("tcp".to_owned()));
            default(port, "mode", |_| Value::String("ingress".to_owned()));
        }
        for volume in items(service.node.get_mut("volumes")) {
            if let Some(bind) = volume.get_mut("bind") {
                default(bind, "create_host_path", |_| Value::Bool(true));
            }
        }
        fill_devices(&mut service.node);
    }
}

fn fill_devices(service: &mut Node) {
    let all = |device: &mut Node| {
        if device.get("device_ids").is_none() {
            default(device, "count", |_| Value::String("all".to_owned()));
        }
    };
    items(service.get_mut("gpus")).for_each(all);
    let resources = service.get_mut("deploy").and_then(|it| it.get_mut("resources"));
    let reserved = resources.and_then(|it| it.get_mut("reservations"));
    items(reserved.and_then(|it| it.get_mut("devices"))).for_each(all);
}

fn default(node: &mut Node, key: &str, value: impl Fn(&Mapping) -> Value) {
    if let Some(mapping) = node.as_mapping_mut()
        && !mapping.contains_key(key)
    {
        let node = Node::new(value(mapping), Span::DETACHED);
        set(mapping, key, node);
    }
}

/// The items of a list.
pub(super) fn items(node: Option<&mut Node>) -> impl Iterator<Item = &mut Node> {
    let list = match node.map(|it| &mut it.value) {
        Some(Value::Sequence(items)) => Some(items),
        _ => None,
    };
    list.into_iter().flatten()
}
