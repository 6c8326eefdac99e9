//! A document laid over the model: mappings merge, lists append, scalars replace, with Compose's exceptions by path.

use std::collections::BTreeSet;

use super::units::float_text;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::yaml::{Entry, Mapping, Node, Value};

/// How the values of one path are merged (`reference/compose.md`, 1.7).
enum Rule {
    /// Mapping with mapping, list after list, scalar for scalar; a null keeps what was there.
    Generic,
    /// The later value, whatever it is.
    Replace,
    /// `KEY=value` lists or mappings: the later value of a key wins, a null included.
    Pairs,
    /// A string or a list becomes a list; the later is appended.
    Strings,
    /// Hosts with their addresses, as pairs or a mapping: a host may have several.
    Hosts,
    /// Address pools, by their subnet.
    Pools,
    /// A string stands for `{context: …}`.
    Build,
    /// A list stands for a mapping whose values are `{condition: service_started, required: true}`.
    Dependencies,
    /// A list stands for a mapping of nulls.
    Names,
    /// Merged only when both use one driver or one of them names none.
    Logging,
}

fn rule(path: &[&str]) -> Rule {
    match path {
        ["services", _, rest @ ..] => service_rule(rest),
        ["networks" | "volumes", _, "labels"] => Rule::Pairs,
        ["networks", _, "ipam", "config"] => Rule::Pools,
        _ => Rule::Generic,
    }
}

fn service_rule(path: &[&str]) -> Rule {
    match path {
        ["command" | "entrypoint"] | ["healthcheck", "test"] | ["ulimits", _] => Rule::Replace,
        ["environment" | "labels" | "annotations" | "sysctls"]
        | ["build", "args" | "labels" | "additional_contexts"]
        | ["deploy", "labels"] => Rule::Pairs,
        ["extra_hosts"] | ["build", "extra_hosts"] => Rule::Hosts,
        ["dns" | "dns_opt" | "dns_search" | "env_file" | "label_file" | "tmpfs"] => Rule::Strings,
        ["build"] => Rule::Build,
        ["depends_on"] => Rule::Dependencies,
        ["networks" | "models"] => Rule::Names,
        ["logging"] => Rule::Logging,
        _ => Rule::Generic,
    }
}

/// Merges `document` onto `model`.
pub(super) fn merge(model: &mut Node, document: Node, diagnostics: &mut Diagnostics) {
    merge_at(model, document, &[], diagnostics);
}

/// Merges a service over the one that it extends.
pub(super) fn merge_service(
    base: &mut Node,
    local: Node,
    name: &str,
    diagnostics: &mut Diagnostics,
) {
    merge_at(base, local, &["services", name], diagnostics);
}

/// Merges what stands at one path of two models.
pub(super) fn merge_at(
    base: &mut Node,
    mut over: Node,
    path: &[&str],
    diagnostics: &mut Diagnostics,
) {
    match rule(path) {
        Rule::Generic => generic(base, over, path, diagnostics),
        Rule::Replace => replace(base, over),
        Rule::Pairs => pairs(base, over, path, diagnostics),
        Rule::Strings => {
            pair_list(base);
            pair_list(&mut over);
            generic(base, over, path, diagnostics);
        }
        Rule::Hosts => hosts(base, over),
        Rule::Pools => pools(base, over, path, diagnostics),
        Rule::Build => {
            for node in [&mut *base, &mut over] {
                long(node, "context");
            }
            generic(base, over, path, diagnostics);
        }
        Rule::Dependencies => {
            for node in [&mut *base, &mut over] {
                names(node, super::depends_on::started);
            }
            generic(base, over, path, diagnostics);
        }
        Rule::Names => {
            for node in [&mut *base, &mut over] {
                names(node, |item| Node::new(Value::Null, item.span));
            }
            generic(base, over, path, diagnostics);
        }
        Rule::Logging => logging(base, over, path, diagnostics),
    }
}

fn replace(base: &mut Node, mut over: Node) {
    over.history_mut().overrides = Some(base.span);
    *base = over;
}

fn generic(base: &mut Node, over: Node, path: &[&str], diagnostics: &mut Diagnostics) {
    if over.is_null() && !path.is_empty() {
        return;
    }
    let (base_span, over_span) = (base.span, over.span);
    match (&mut base.value, over.value) {
        (Value::Mapping(mapping), Value::Mapping(entries)) => {
            for (key, entry) in *entries {
                merge_entry(mapping, key, entry, path, diagnostics);
            }
        }
        (Value::Sequence(items), Value::Sequence(more)) => items.extend(more),
        (Value::Mapping(_) | Value::Sequence(_), other) => {
            clash(path, base_span, &Node::new(other, over_span), diagnostics);
        }
        (_, value) => {
            replace(base, Node { value, span: over_span, directive: None, history: over.history });
        }
    }
}

fn merge_entry(
    mapping: &mut Mapping,
    key: String,
    entry: Entry,
    path: &[&str],
    diagnostics: &mut Diagnostics,
) {
    match mapping.get_mut(&key) {
        Some(present) => {
            let mut inner = path.to_vec();
            inner.push(&key);
            merge_at(&mut present.node, entry.node, &inner, diagnostics);
        }
        None => {
            mapping.insert(key, entry);
        }
    }
}

fn clash(path: &[&str], base: crate::source::Span, over: &Node, diagnostics: &mut Diagnostics) {
    let message = format!("cannot override `{}` with {}", path.join("."), over.kind());
    let diagnostic = Diagnostic::error(Code::MergeConflict, over.span, message)
        .label(base, "the value to override");
    diagnostics
        .report(diagnostic.help("write it in the same form, or replace it with `!override`"));
}

fn pairs(base: &mut Node, mut over: Node, path: &[&str], diagnostics: &mut Diagnostics) {
    if over.is_null() && base.as_mapping().is_some() {
        base.history_mut().listed = true;
        return;
    }
    if let (Value::Mapping(mapping), Value::Mapping(_)) = (&mut base.value, &over.value) {
        let entries = over.as_mapping_mut().map(std::mem::take).unwrap_or_default();
        for (key, entry) in entries {
            match mapping.get_mut(&key) {
                Some(present) => {
                    replace(&mut present.node, entry.node);
                    present.key_span = entry.key_span;
                }
                None => {
                    mapping.insert(key, entry);
                }
            }
        }
        base.history_mut().listed = true;
        return;
    }
    pair_list(base);
    pair_list(&mut over);
    generic(base, over, path, diagnostics);
}

/// A mapping as the list of `KEY=value` that means the same; a string as a list of one; nothing as an empty list.
fn pair_list(node: &mut Node) {
    listed(node);
    if node.is_null() {
        node.value = Value::Sequence(Vec::new());
    }
    let Value::Mapping(mapping) = &mut node.value else {
        return;
    };
    let mut items = Vec::new();
    for (key, entry) in std::mem::take(&mut **mapping) {
        match entry.node.value {
            Value::Sequence(values) => items.extend(values.iter().map(|it| pair(&key, it))),
            _ => items.push(pair(&key, &entry.node)),
        }
    }
    node.value = Value::Sequence(items);
}

fn pair(key: &str, value: &Node) -> Node {
    let text = match scalar_text(value) {
        Some(value) => format!("{key}={value}"),
        None => key.to_owned(),
    };
    Node { history: value.history.clone(), ..Node::string(text, value.span) }
}

/// Every pair that the base does not have as it stands is added.
fn hosts(base: &mut Node, mut over: Node) {
    pair_list(base);
    pair_list(&mut over);
    if let (Value::Sequence(items), Value::Sequence(more)) = (&mut base.value, over.value) {
        let known: BTreeSet<String> = items.iter().filter_map(scalar_text).collect();
        items.extend(
            more.into_iter().filter(|it| scalar_text(it).is_none_or(|it| !known.contains(&it))),
        );
    }
}

fn pools(base: &mut Node, over: Node, path: &[&str], diagnostics: &mut Diagnostics) {
    let subnet = |it: &Node| it.get("subnet").and_then(scalar_text);
    let (Value::Sequence(items), Value::Sequence(_)) = (&mut base.value, &over.value) else {
        return generic(base, over, path, diagnostics);
    };
    let Value::Sequence(more) = over.value else { return };
    for pool in more {
        match items.iter_mut().find(|it| subnet(it) == subnet(&pool)) {
            Some(present) => generic(present, pool, path, diagnostics),
            None => items.push(pool),
        }
    }
}

/// The text that Compose makes of a scalar; `None` for a null and for collections.
pub(super) fn scalar_text(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) | Value::Timestamp(text) => Some(text.clone()),
        Value::Integer(it) => Some(it.to_string()),
        Value::Bool(it) => Some(it.to_string()),
        Value::Float(it) => Some(float_text(*it)),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) => None,
    }
}

/// A single string as a list of one.
pub(super) fn listed(node: &mut Node) {
    if let Value::String(_) = node.value {
        let item = Node {
            value: std::mem::replace(&mut node.value, Value::Null),
            span: node.span,
            directive: None,
            history: None,
        };
        node.value = Value::Sequence(vec![item]);
    }
}

/// A single text as a mapping with one key.
pub(super) fn long(node: &mut Node, key: &str) {
    if node.as_str().is_some() {
        let mut inner = Node::new(std::mem::replace(&mut node.value, Value::Null), node.span);
        inner.history.clone_from(&node.history);
        let entry = Entry { key_span: node.span, node: inner };
        node.value = Value::from(Mapping::from([(key.to_owned(), entry)]));
    }
}

/// A list of names as a mapping whose values `value` makes.
pub(super) fn names(node: &mut Node, value: impl Fn(&Node) -> Node) {
    let Value::Sequence(items) = &node.value else {
        return;
    };
    let entries = items.iter().filter_map(|item| {
        let entry = Entry { key_span: item.span, node: value(item) };
        Some((scalar_text(item)?, entry))
    });
    node.value = Value::from(entries.collect::<Mapping>());
}

fn logging(base: &mut Node, over: Node, path: &[&str], diagnostics: &mut Diagnostics) {
    let driver = |it: &Node| it.get("driver").and_then(Node::as_str).map(str::to_owned);
    match (driver(base), driver(&over)) {
        (Some(first), Some(second)) if first != second => replace(base, over),
        _ => generic(base, over, path, diagnostics),
    }
}
