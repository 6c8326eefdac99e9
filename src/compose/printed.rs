//! The finished model as the JSON that `docker compose config` prints (`reference/compose.md`, 1.16).

use serde_json::{Map, Number, Value as Json};

use crate::yaml::json::to_json;
use crate::yaml::{Mapping, Node, Value};

type Object = Map<String, Json>;

/// Keys whose mappings have names of the author's choice: nothing in them is left out.
const MAPS: [&str; 17] = [
    "additional_contexts",
    "annotations",
    "args",
    "aux_addresses",
    "configs",
    "depends_on",
    "driver_opts",
    "environment",
    "labels",
    "models",
    "networks",
    "options",
    "secrets",
    "services",
    "storage_opt",
    "sysctls",
    "ulimits",
];

/// Values that are there or not, whatever they are: a zero says something.
const OPTIONAL: [&str; 14] = [
    "attach",
    "command",
    "condition",
    "enable_ipv4",
    "enable_ipv6",
    "entrypoint",
    "init",
    "max_attempts",
    "parallelism",
    "rate",
    "replicas",
    "retries",
    "scale",
    "value",
];

/// Sizes, of which none is as much as 0.
const SIZES: [&str; 7] = [
    "mem_limit",
    "mem_reservation",
    "mem_swappiness",
    "memory",
    "memswap_limit",
    "shm_size",
    "size",
];

/// The whole project.
pub(super) fn project(model: &Node, name: &str) -> Json {
    let mut output = Object::new();
    output.insert("name".to_owned(), Json::from(name));
    for section in ["services", "networks", "volumes", "secrets", "configs"] {
        let entries = model.get(section).and_then(Node::as_mapping).into_iter().flatten();
        let printed = entries.map(|(key, it)| (key.clone(), top_entry(section, &it.node)));
        let printed: Object = printed.collect();
        if !printed.is_empty() || section == "services" {
            output.insert(section.to_owned(), Json::Object(printed));
        }
    }
    for (key, entry) in model.as_mapping().into_iter().flatten() {
        if key.starts_with("x-") {
            output.insert(key.clone(), to_json(&entry.node));
        }
    }
    Json::Object(output)
}

/// The model as it is before values have types, for `--no-interpolate`.
pub(super) fn raw(model: &Node, name: &str) -> Json {
    let mut output = Object::new();
    output.insert("name".to_owned(), Json::from(name));
    if let Json::Object(rest) = to_json(model) {
        output.extend(rest.into_iter().filter(|(key, _)| key != "name"));
    }
    Json::Object(output)
}

fn top_entry(section: &str, node: &Node) -> Json {
    let empty = Mapping::new();
    let mut printed = object(node.as_mapping().unwrap_or(&empty), section);
    match section {
        "services" => {
            for key in ["command", "entrypoint"] {
                printed.entry(key).or_insert(Json::Null);
            }
        }
        "networks" => {
            printed.entry("ipam").or_insert_with(|| Json::Object(Object::new()));
        }
        _ => {}
    }
    Json::Object(printed)
}

/// One mapping of a fixed set of keys; `owner` is the key that it stands under.
fn object(mapping: &Mapping, owner: &str) -> Object {
    let known =
        mapping.iter().filter(|(key, _)| !key.starts_with("x-") && *key != "pull_refresh_after");
    let printed = known.filter_map(|(key, entry)| {
        let value = value(&entry.node, key, owner);
        is_printed(key, &value, owner).then(|| (renamed(key, owner).to_owned(), value))
    });
    let mut printed: Object = printed.collect();
    let always: &[(&str, Json)] = match owner {
        "deploy" => &[
            ("resources", Json::Object(Object::new())),
            ("placement", Json::Object(Object::new())),
        ],
        "depends_on" => &[("required", Json::Bool(true))],
        "exec" | "pre_start" | "post_start" | "pre_stop" => &[("command", Json::Null)],
        "watch" => &[("exec", Json::Null)],
        _ => &[],
    };
    for (key, value) in always {
        printed.entry(*key).or_insert_with(|| match *key {
            "exec" => Json::Object(object(&Mapping::new(), "exec")),
            _ => value.clone(),
        });
    }
    printed
}

/// Docker Compose has no names of its own for these fields.
fn renamed<'a>(key: &'a str, owner: &str) -> &'a str {
    match (owner.starts_with("device_") || owner == "weight_device", key) {
        (true, "path") => "Path",
        (true, "rate") => "Rate",
        (true, "weight") => "Weight",
        _ => key,
    }
}

fn is_printed(key: &str, value: &Json, owner: &str) -> bool {
    match (key, value) {
        ("required", it) => owner == "depends_on" || *it == Json::Bool(false),
        ("create_host_path", it) => *it == Json::Bool(false),
        ("command" | "entrypoint", _) => true,
        (_, Json::Null) => false,
        ("delay" | "monitor", Json::String(it)) => it != "0s" || owner == "restart_policy",
        (key, _) if OPTIONAL.contains(&key) => true,
        (key, Json::String(it)) if it == "0" => !SIZES.contains(&key),
        (_, Json::String(it)) => !it.is_empty(),
        (_, Json::Bool(it)) => *it,
        (_, Json::Number(it)) => it.as_f64() != Some(0.0),
        (_, Json::Array(items)) => !items.is_empty(),
        (key, Json::Object(object)) => !object.is_empty() || !MAPS.contains(&key),
    }
}

fn value(node: &Node, key: &str, owner: &str) -> Json {
    match &node.value {
        // The lists of a service have names of top-level sections.
        Value::Mapping(mapping) if MAPS.contains(&key) => {
            let inner = |(name, entry): (&String, &crate::yaml::Entry)| {
                (name.clone(), value(&entry.node, "", key))
            };
            Json::Object(mapping.iter().map(inner).collect())
        }
        Value::Mapping(mapping) => {
            Json::Object(object(mapping, if key.is_empty() { owner } else { key }))
        }
        Value::Sequence(items) => {
            let owner = if key.is_empty() { owner } else { key };
            Json::Array(items.iter().map(|it| value(it, "", owner)).collect())
        }
        Value::Float(it) => number(*it),
        _ => to_json(node),
    }
}

/// A number as Go writes it: without a fraction when it has none.
fn number(value: f64) -> Json {
    let whole = format!("{value:.0}").parse::<i64>().ok().filter(|_| value.fract() == 0.0);
    match whole {
        Some(whole) => Json::from(whole),
        None => Number::from_f64(value).map_or(Json::Null, Json::Number),
    }
}

/// Every `$` twice, so that the output can be read again.
pub(crate) fn escape(value: Json) -> Json {
    match value {
        Json::String(text) => Json::String(text.replace('$', "$$")),
        Json::Array(items) => Json::Array(items.into_iter().map(escape).collect()),
        Json::Object(object) => {
            let pairs = object.into_iter();
            Json::Object(pairs.map(|(key, it)| (key.replace('$', "$$"), escape(it))).collect())
        }
        other => other,
    }
}
