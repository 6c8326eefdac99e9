//! Lists in which a later entry takes the place of an earlier one with its key (`reference/compose.md`, 1.8).

use indexmap::IndexMap;

use super::merge::scalar_text;
use super::volume_syntax;
use crate::yaml::{Node, Value};

/// Leaves one entry per key in every such list of the model, short or long form alike.
pub(super) fn enforce(model: &mut Node) {
    if let Some(services) = model.get_mut("services").and_then(Node::as_mapping_mut) {
        for service in services.values_mut() {
            enforce_service(&mut service.node);
        }
    }
    if let Some(networks) = model.get_mut("networks").and_then(Node::as_mapping_mut) {
        for network in networks.values_mut() {
            unique(network.node.get_mut("labels"), pair_key);
        }
    }
}

fn enforce_service(service: &mut Node) {
    let Some(keys) = service.as_mapping_mut() else {
        return;
    };
    for (name, entry) in keys {
        let node = Some(&mut entry.node);
        match name.as_str() {
            "environment" | "labels" | "annotations" | "sysctls" | "dns" | "dns_opt"
            | "dns_search" | "links" | "profiles" | "cap_add" | "cap_drop" => {
                unique(node, pair_key);
            }
            "tmpfs" | "expose" => unique(node, scalar_text),
            "env_file" => {
                unique(node, |it| it.get("path").map_or_else(|| scalar_text(it), scalar_text));
            }
            "volumes" => unique(node, volume_key),
            "ports" => unique(node, port_key),
            "secrets" => unique(node, |it| mounted_key(it, "/run/secrets/")),
            "configs" => unique(node, |it| mounted_key(it, "/")),
            "devices" => unique(node, device_key),
            "build" => {
                for key in ["args", "labels", "tags", "additional_contexts"] {
                    unique(entry.node.get_mut(key), pair_key);
                }
            }
            "deploy" => unique(entry.node.get_mut("labels"), pair_key),
            "networks" => {
                for network in
                    entry.node.as_mapping_mut().into_iter().flat_map(|it| it.values_mut())
                {
                    unique(network.node.get_mut("aliases"), pair_key);
                    unique(network.node.get_mut("link_local_ips"), pair_key);
                }
            }
            _ => {}
        }
    }
}

/// Entries without a key are all kept.
fn unique(list: Option<&mut Node>, key: impl Fn(&Node) -> Option<String>) {
    let Some(Value::Sequence(items)) = list.map(|it| &mut it.value) else {
        return;
    };
    let mut kept: IndexMap<String, Node> = IndexMap::new();
    for (index, mut item) in std::mem::take(items).into_iter().enumerate() {
        let key = key(&item).unwrap_or_else(|| format!("\0{index}"));
        if let Some(earlier) = kept.get(&key) {
            item.history_mut().overrides = Some(earlier.span);
        }
        kept.insert(key, item);
    }
    *items = kept.into_values().collect();
}

fn pair_key(item: &Node) -> Option<String> {
    let text = scalar_text(item)?;
    Some(text.split('=').next().unwrap_or_default().to_owned())
}

fn volume_key(item: &Node) -> Option<String> {
    match item.as_str() {
        Some(short) => volume_syntax::parse_short(short).ok().map(|it| it.target),
        None => item.get("target").and_then(scalar_text),
    }
}

fn port_key(item: &Node) -> Option<String> {
    if item.as_mapping().is_none() {
        return scalar_text(item);
    }
    let field = |key: &str, default: &str| {
        item.get(key)
            .and_then(scalar_text)
            .filter(|it| !it.is_empty())
            .unwrap_or_else(|| default.to_owned())
    };
    let (address, published) = (field("host_ip", "0.0.0.0"), field("published", ""));
    Some(format!("{address}:{published}:{}/{}", field("target", ""), field("protocol", "tcp")))
}

fn mounted_key(item: &Node, folder: &str) -> Option<String> {
    match item.as_str() {
        Some(source) => Some(format!("{folder}{source}")),
        None => item
            .get("target")
            .and_then(scalar_text)
            .or_else(|| item.get("source").and_then(scalar_text).map(|it| format!("{folder}{it}"))),
    }
}

fn device_key(item: &Node) -> Option<String> {
    match item.as_str() {
        Some(short) => {
            let mut parts = short.split(':');
            let source = parts.next().unwrap_or_default();
            Some(parts.next().filter(|it| !it.is_empty()).unwrap_or(source).to_owned())
        }
        None => item.get("target").and_then(scalar_text),
    }
}
