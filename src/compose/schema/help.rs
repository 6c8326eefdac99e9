//! What to do about it: the right form for the mistakes that people make.

use super::place::{Place, Step};
use super::report::is_service;
use super::service::SERVICE;
use super::shape::{Object, Others, Shape, listing, written};
use crate::diagnostic::did_you_mean;
use crate::redact::names_a_secret;
use crate::yaml::{Mapping, Node, Value};

/// Values that people write as a bare number, and what they lack.
const UNITS: &[(&str, &str)] = &[
    ("delay", "10s"),
    ("interval", "30s"),
    ("memory", "512m"),
    ("monitor", "30s"),
    ("pull_refresh_after", "24h"),
    ("start_interval", "5s"),
    ("start_period", "30s"),
    ("stop_grace_period", "30s"),
    ("timeout", "10s"),
    ("window", "30s"),
];

/// What people write for a key that is called otherwise.
const SYNONYMS: &[(&str, &str)] = &[
    ("cmd", "command"),
    ("cmd", "test"),
    ("cpu", "cpus"),
    ("depends", "depends_on"),
    ("env", "environment"),
    ("envs", "environment"),
    ("hosts", "extra_hosts"),
    ("memory", "mem_limit"),
    ("name", "container_name"),
    ("path", "context"),
    ("src", "source"),
    ("dst", "target"),
];

/// Sections that a single text usually stands for one key of.
const MAIN_KEYS: &[(&str, &str)] =
    &[("healthcheck", "test"), ("ipam", "driver"), ("logging", "driver")];

/// How a value of the wrong type is put right.
pub(super) fn wrong_type(node: &Node, shape: &'static Shape, place: &Place<'_>) -> Option<String> {
    match &node.value {
        Value::Null => Some(empty(shape, place)),
        Value::Float(it) if !it.is_finite() => Some("put quotes around it".to_owned()),
        Value::Sequence(items) => list(items.first()?, items.len(), shape),
        Value::Mapping(entries) => mapping(entries, shape, place),
        Value::String(text) => string(text, shape, place),
        _ if shape.takes_text() => Some(quoted(node, place)),
        _ => as_list(&written(node)?, shape, place),
    }
}

fn empty(shape: &'static Shape, place: &Place<'_>) -> String {
    match place.step {
        Step::Thing("service", _) => "give it an `image` or a `build`".to_owned(),
        Step::Item(_) => "put something after the dash, or take the dash out".to_owned(),
        _ if shape.object().is_some_and(|it| it.required.contains(&"condition")) => {
            "say what to wait for, as in `condition: service_started`".to_owned()
        }
        Step::Key("services") => "indent the services under it".to_owned(),
        _ if shape.takes_text() => "give it a value, or take the line out".to_owned(),
        _ => "indent its entries under it, or take the line out".to_owned(),
    }
}

fn quoted(node: &Node, place: &Place<'_>) -> String {
    let key = place.key();
    if key == "restart" && node.value == Value::Bool(false) {
        return "write `restart: \"no\"`".to_owned();
    }
    let unit =
        UNITS.iter().find(|(name, _)| *name == key && matches!(node.value, Value::Integer(_)));
    match (unit, written(node)) {
        (Some((_, example)), _) => format!("say the unit, as in `{key}: {example}`"),
        (None, Some(text)) if !names_a_secret(key) && !text.contains(' ') => {
            format!("put quotes around it: `\"{text}\"`")
        }
        (None, _) => "put quotes around it".to_owned(),
    }
}

fn list(first: &Node, length: usize, shape: &'static Shape) -> Option<String> {
    match first.as_str() {
        Some(name) if shape.map().is_some() => {
            Some(format!("write `{name}:` instead of `- {name}`"))
        }
        _ if shape.map().is_some() || shape.object().is_some() => {
            Some("take the dashes away".to_owned())
        }
        _ if length == 1 => Some("take the dash or the brackets away".to_owned()),
        _ => None,
    }
}

fn string(text: &str, shape: &'static Shape, place: &Place<'_>) -> Option<String> {
    let pair = text
        .split_once(':')
        .filter(|(key, value)| !key.is_empty() && !value.is_empty() && !text.contains('\n'));
    if let (Some((key, value)), Some(object)) = (pair, shape.object())
        && object.shape(key).is_some()
    {
        return Some(format!("put a blank after the colon: `{key}: {value}`"));
    }
    match place.step {
        Step::Thing("network", name) => {
            return Some(format!("write `{name}: {{ driver: {} }}`", flow(text)));
        }
        Step::Thing("volume", name) => {
            return Some(format!(
                "leave it empty: `{name}:`; a path belongs in the `volumes` of a service"
            ));
        }
        _ => {}
    }
    let key = place.key();
    match MAIN_KEYS.iter().find(|(section, _)| *section == key) {
        Some((_, main)) if !text.contains('\n') => {
            Some(format!("write `{key}: {{ {main}: {} }}`", flow(text)))
        }
        _ => as_list(text, shape, place),
    }
}

/// One value where a list of such values belongs.
fn as_list(text: &str, shape: &'static Shape, place: &Place<'_>) -> Option<String> {
    let fits =
        shape.item().is_some_and(Shape::takes_text) && !text.contains('\n') && !place.is_item();
    let one = text.contains([':', '=']);
    let items: Vec<String> = text.split(|it| it == ',' && !one).map(|it| flow(it.trim())).collect();
    fits.then(|| format!("write it as a list: `{}: [{}]`", place.key(), items.join(", ")))
}

/// A text as it can stand in a flow list, with quotes when in doubt.
fn flow(text: &str) -> String {
    let plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.' | '/');
    let bare = text.starts_with(|it: char| it.is_ascii_alphabetic() || it == '.' || it == '/')
        && text.chars().all(plain);
    if bare { text.to_owned() } else { format!("{text:?}") }
}

fn mapping(entries: &Mapping, shape: &'static Shape, place: &Place<'_>) -> Option<String> {
    let (key, entry) = entries.first()?;
    let item = shape.item();
    if let Some(object) = item.and_then(Shape::object)
        && entries.keys().all(|it| object.shape(it).is_some())
    {
        return Some(format!("put a dash before its first key: `- {key}: …`"));
    }
    match written(&entry.node) {
        Some(value) if entries.len() == 1 && shape.takes_text() => {
            let shown = if names_a_secret(key) { "…" } else { value.as_str() };
            Some(one_text(key, shown, place))
        }
        _ if item.is_some_and(Shape::takes_text) => {
            Some("write its entries as a list, each after a dash".to_owned())
        }
        _ => None,
    }
}

/// A text with a colon and a blank in it, which made a mapping of it.
fn one_text(key: &str, value: &str, place: &Place<'_>) -> String {
    let item = if place.is_item() { "- " } else { "" };
    match place.key() {
        "environment"
        | "labels"
        | "annotations"
        | "sysctls"
        | "args"
        | "options"
        | "additional_contexts" => {
            format!("write `- {key}={value}`, or take the dashes away")
        }
        "volumes" | "ports" | "links" | "image" | "extra_hosts" | "expose" | "devices" => {
            format!("take out the blank after the colon: `{item}{key}:{value}`")
        }
        _ => format!("put quotes around it: `{item}\"{key}: {value}\"`"),
    }
}

/// What may have happened to a key that does not exist.
pub(super) fn unknown_key(
    key: &str,
    node: &Node,
    object: &'static Object,
    place: &Place<'_>,
) -> String {
    if key.contains('\u{a0}') {
        return "it holds a no-break space: indent with ordinary blanks".to_owned();
    }
    if let (true, Some(value)) =
        (place.is_item() && matches!(place.key(), "volumes" | "ports"), written(node))
    {
        return one_text(key, &value, place);
    }
    if matches!(place.step, Step::Top) && is_service(node) {
        return "if it is a service, indent it under `services:`".to_owned();
    }
    synonym(key, object)
        .or_else(|| above(key, place))
        .or_else(|| below(key, object, place))
        .or_else(|| {
            did_you_mean(key, object.keys.iter().map(|it| it.0))
                .map(|it| format!("did you mean `{it}`?"))
        })
        .unwrap_or_else(|| nowhere(object))
}

/// Another word for a key, or its singular.
fn synonym(key: &str, object: &'static Object) -> Option<String> {
    let plural = format!("{key}s");
    let others = SYNONYMS.iter().filter(|(name, _)| *name == key).map(|(_, meant)| *meant);
    let meant = others.chain([plural.as_str()]).find(|it| object.shape(it).is_some())?;
    Some(format!("did you mean `{meant}`?"))
}

/// A key of something that this is a part of: indented too deep.
fn above(key: &str, place: &Place<'_>) -> Option<String> {
    let mut inner = place;
    while let Some(outer) = inner.parent {
        if inner.owner.is_some_and(|it| it.shape(key).is_some()) {
            return Some(format!("`{key}` belongs {}: check the indentation", outer.inside()));
        }
        inner = outer;
    }
    None
}

/// A key of something that is a part of this: not indented deep enough.
fn below(key: &str, object: &'static Object, place: &Place<'_>) -> Option<String> {
    if matches!(place.step, Step::Top) && SERVICE.shape(key).is_some() {
        return Some(format!("`{key}` belongs in a service: check the indentation"));
    }
    let parts = || object.keys.iter().filter_map(|(name, shape)| Some((name, shape.object()?)));
    let near =
        parts().find(|(_, part)| part.shape(key).is_some()).map(|(name, _)| (*name).to_owned());
    let path = near.or_else(|| {
        let has = |part: &Object| {
            part.keys.iter().find(|it| it.1.object().is_some_and(|it| it.shape(key).is_some()))
        };
        parts().find_map(|(name, part)| Some(format!("{name}.{}", has(part)?.0)))
    })?;
    Some(format!("`{key}` belongs in `{path}`: check the indentation"))
}

fn nowhere(object: &Object) -> String {
    match object.others {
        Others::Extensions => {
            "check its spelling and its indentation; a key of your own begins with `x-`".to_owned()
        }
        _ => "check its spelling and its indentation".to_owned(),
    }
}

/// `it is one of …`.
pub(super) fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|it| format!("`{it}`")).collect();
    format!("it is {}", listing(&quoted, "or"))
}

/// What a name is made of.
pub(super) fn name(name: &str) -> Option<String> {
    match name {
        "" => None,
        _ if name.contains('$') => {
            Some("variables are only replaced in values, not in names".to_owned())
        }
        _ => Some("a name is made of letters, digits, `.`, `_` and `-`".to_owned()),
    }
}
