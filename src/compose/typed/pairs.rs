//! Lists and mappings of `KEY=value` -> mappings of texts, and their relatives.

use super::convert::{inherit, refuse};
use super::kind::Kind;
use crate::compose::Context;
use crate::compose::merge::scalar_text;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Reported};
use crate::source::Span;
use crate::yaml::{Entry, Mapping, Node, Value};

/// Pairs as a mapping of texts, in which only variables may lack a value.
pub(super) fn convert(node: &Node, kind: Kind, context: &mut Context<'_>) -> Value {
    let mut mapping = match &node.value {
        Value::Sequence(items) => {
            for item in items.iter().filter(|_| kind == Kind::Variables) {
                check_blank(item, context.diagnostics);
            }
            from_list(items)
        }
        Value::Mapping(mapping) => {
            for (key, entry) in mapping.iter() {
                warn_other_text(key, &entry.node, context);
            }
            with_texts((**mapping).clone())
        }
        _ => return node.value.clone(),
    };
    if kind == Kind::Pairs {
        fill_empty(&mut mapping);
    }
    Value::from(mapping)
}

/// Options of a driver: no value is an empty one.
pub(super) fn options(node: &Node) -> Value {
    let Some(mapping) = node.as_mapping() else { return node.value.clone() };
    let mut mapping = with_texts(mapping.clone());
    fill_empty(&mut mapping);
    Value::from(mapping)
}

fn with_texts(mut mapping: Mapping) -> Mapping {
    for entry in mapping.values_mut() {
        if let Some(text) = scalar_text(&entry.node) {
            entry.node.value = Value::String(text);
        }
    }
    mapping
}

fn fill_empty(mapping: &mut Mapping) {
    for entry in mapping.values_mut().filter(|it| it.node.is_null()) {
        entry.node.value = Value::String(String::new());
    }
}

/// `A = 1` would be a variable called `A `.
fn check_blank(item: &Node, diagnostics: &mut Diagnostics) {
    let text = item.as_str().unwrap_or_default();
    let name = text.split('=').next().unwrap_or_default();
    if name.ends_with(char::is_whitespace) {
        let message = format!("the name of the variable `{name}` ends with a blank");
        refuse(item, message, "write `NAME=value` without blanks around `=`", diagnostics);
    }
}

fn from_list(items: &[Node]) -> Mapping {
    let mut mapping = Mapping::new();
    for item in items {
        let Some(text) = scalar_text(item) else {
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
        let node = inherit(Node::new(value, value_span), item);
        mapping.insert(key.to_owned(), Entry { key_span: span, node });
    }
    mapping
}

/// `0777`, `1.10` and dates mean numbers and moments to YAML; their text is not what the author wrote. The value may be
/// secret, so the message does not repeat it.
fn warn_other_text(key: &str, node: &Node, context: &mut Context<'_>) {
    let kind = match node.value {
        Value::Integer(_) | Value::Float(_) => "a number",
        Value::Timestamp(_) => "a moment",
        Value::Bool(_) => "a boolean",
        _ => return,
    };
    let Some(file) = node.span.file() else { return };
    let written = context.sources.get(file).text.get(node.span.range()).unwrap_or_default();
    if !written.is_empty() && scalar_text(node).as_deref() != Some(written) {
        let message = format!("`{key}` gets another text than this: YAML reads it as {kind}");
        let warning = Diagnostic::warning(Code::PlainScalar, node.span, message);
        context.diagnostics.add(warning.help("put quotes around it"));
    }
}

/// `HOST=ADDRESS` for every address of every host, sorted.
pub(super) fn hosts(node: &Node, diagnostics: &mut Diagnostics) -> Result<Value, Reported> {
    let mut hosts: Vec<(String, Span)> = Vec::new();
    match &node.value {
        Value::Sequence(items) => {
            for item in items {
                let text = scalar_text(item).unwrap_or_default();
                let Some((host, addresses)) = split_host(&text) else {
                    let message = format!("the host `{text}` has no address");
                    return Err(refuse(item, message, "write `HOST=ADDRESS`", diagnostics));
                };
                check_host(host, item, diagnostics)?;
                let each = addresses.split(',').map(|it| host_pair(host, it));
                hosts.extend(each.map(|it| (it, item.span)));
            }
        }
        Value::Mapping(mapping) => {
            for (host, entry) in mapping.iter() {
                let value = &entry.node;
                check_host(host, value, diagnostics)?;
                let values = value.as_sequence().unwrap_or(std::slice::from_ref(value));
                for value in values {
                    let addresses = scalar_text(value).unwrap_or_default();
                    hosts.push((host_pair(host, &addresses), value.span));
                }
            }
        }
        _ => {}
    }
    hosts.sort_by(|one, other| one.0.cmp(&other.0));
    let items = hosts.into_iter().map(|(text, span)| Node::string(text, span));
    Ok(Value::Sequence(items.collect()))
}

fn split_host(text: &str) -> Option<(&str, &str)> {
    text.split_once('=').or_else(|| text.split_once(':'))
}

fn host_pair(host: &str, address: &str) -> String {
    let bare = address.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    format!("{host}={}", bare.unwrap_or(address))
}

fn check_host(host: &str, node: &Node, diagnostics: &mut Diagnostics) -> Result<(), Reported> {
    if host.is_empty() || host.contains([':', '=']) {
        let message = format!("`{host}` is not the name of a host");
        return Err(refuse(node, message, "write `HOST=ADDRESS`", diagnostics));
    }
    Ok(())
}

/// Keys of an agent as `ID` or `ID=PATH`.
pub(super) fn keys(node: &Node) -> Value {
    let Value::Mapping(mapping) = &node.value else { return node.value.clone() };
    let text = |key: &String, value: &Node| match scalar_text(value).filter(|it| !it.is_empty()) {
        Some(path) => format!("{key}={path}"),
        None => key.clone(),
    };
    let items = mapping.iter();
    let items = items.map(|(key, it)| Node::string(text(key, &it.node), it.node.span));
    Value::Sequence(items.collect())
}
