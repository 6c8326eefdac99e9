//! The finished model as `docker compose config` prints it (`reference/compose.md`, 1.16).

use serde_json::{Map, Number, Value as Json};

use crate::yaml::json::to_json;
use crate::yaml::{Mapping, Node, Value};

type Object = Map<String, Json>;

/// The two shapes of the output, which differ in more than their syntax.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// Without models, and without the `x-…` keys below the top.
    #[default]
    Json,
    /// With both.
    Yaml,
}

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
const OPTIONAL: [&str; 12] = [
    "attach",
    "condition",
    "enable_ipv4",
    "enable_ipv6",
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

/// What the networks of a service stand under, unlike the networks of the project.
const ATTACHMENTS: &str = "attachments";

/// The whole project.
pub(super) fn project(model: &Node, name: &str, shape: Shape) -> Json {
    const SECTIONS: [&str; 6] = ["services", "networks", "volumes", "secrets", "configs", "models"];
    let mut output = named(name);
    let printer = Printer { shape };
    let sections = SECTIONS.iter().filter(|it| **it != "models" || shape == Shape::Yaml);
    for section in sections {
        let entries = model.get(section).and_then(Node::as_mapping).into_iter().flatten();
        let pairs = entries.map(|(key, it)| (key.clone(), printer.entry(section, &it.node)));
        let pairs: Object = pairs.collect();
        if !pairs.is_empty() || *section == "services" {
            output.insert((*section).to_owned(), Json::Object(pairs));
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
    let mut output = named(name);
    if let Json::Object(rest) = to_json(model) {
        output.extend(rest.into_iter().filter(|(key, _)| key != "name"));
    }
    Json::Object(output)
}

fn named(name: &str) -> Object {
    Object::from_iter([("name".to_owned(), Json::from(name))])
}

struct Printer {
    shape: Shape,
}

impl Printer {
    /// An entry of a section; one without a value is an empty one.
    fn entry(&self, section: &str, node: &Node) -> Json {
        let empty = Mapping::new();
        Json::Object(self.object(node.as_mapping().unwrap_or(&empty), section))
    }

    /// One mapping of a fixed set of keys; `owner` is the key that it stands under.
    fn object(&self, mapping: &Mapping, owner: &str) -> Object {
        let mut printed = Object::new();
        for (key, entry) in mapping {
            if key.starts_with("x-") {
                if self.shape == Shape::Yaml {
                    printed.insert(key.clone(), to_json(&entry.node));
                }
                continue;
            }
            let value = self.value(&entry.node, key, owner);
            if is_printed(key, &value, owner) {
                printed.insert(self.renamed(key, owner).to_owned(), value);
            }
        }
        self.complete(&mut printed, owner);
        printed
    }

    /// What is printed even where nothing is said.
    fn complete(&self, printed: &mut Object, owner: &str) {
        let nothing = || Json::Object(Object::new());
        let always: Vec<(&str, Json)> = match owner {
            "services" => vec![("command", Json::Null), ("entrypoint", Json::Null)],
            "networks" => vec![("ipam", nothing())],
            "deploy" => vec![("resources", nothing()), ("placement", nothing())],
            "depends_on" => vec![("required", Json::Bool(true))],
            "exec" | "pre_start" | "post_start" | "pre_stop" => vec![("command", Json::Null)],
            "watch" => vec![("exec", Json::Object(self.object(&Mapping::new(), "exec")))],
            _ => Vec::new(),
        };
        for (key, value) in always {
            printed.entry(key).or_insert(value);
        }
    }

    /// In JSON, Docker Compose has no names of its own for these fields.
    fn renamed<'a>(&self, key: &'a str, owner: &str) -> &'a str {
        let device = owner.starts_with("device_") || owner == "weight_device";
        match (device && self.shape == Shape::Json, key) {
            (true, "path") => "Path",
            (true, "rate") => "Rate",
            (true, "weight") => "Weight",
            _ => key,
        }
    }

    fn value(&self, node: &Node, key: &str, owner: &str) -> Json {
        // The items of a list and the entries of a map stand under the key of the whole.
        let owner = if key.is_empty() { owner } else { key };
        match &node.value {
            Value::Mapping(mapping) if MAPS.contains(&key) => {
                let owner = if key == "networks" { ATTACHMENTS } else { key };
                let pairs = mapping.iter();
                let pairs = pairs.map(|(name, it)| (name.clone(), self.value(&it.node, "", owner)));
                Json::Object(pairs.collect())
            }
            Value::Mapping(mapping) => Json::Object(self.object(mapping, owner)),
            Value::Sequence(items) => items.iter().map(|it| self.value(it, "", owner)).collect(),
            Value::Float(it) => number(*it),
            _ => to_json(node),
        }
    }
}

fn is_printed(key: &str, value: &Json, owner: &str) -> bool {
    match (key, value) {
        ("command" | "entrypoint", _) => true,
        (_, Json::Null) | ("pull_refresh_after", _) => false,
        ("required", it) => owner == "depends_on" || *it == Json::Bool(false),
        ("create_host_path", it) => *it == Json::Bool(false),
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
