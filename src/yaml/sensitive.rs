//! A tree -> the places of values whose keys say that they are secret.

use super::{Node, Value};
use crate::redact::names_a_secret;
use crate::source::Span;

/// Every scalar, or scalar of a list, of a key that names a secret, whatever form it is written in; references to secrets
/// may be seen.
pub(crate) fn sensitive_spans(node: &Node) -> Vec<Span> {
    let mut found = Vec::new();
    walk(node, false, &mut found);
    found
}

fn walk(node: &Node, secret: bool, found: &mut Vec<Span>) {
    match &node.value {
        Value::Mapping(mapping) => {
            // ECS writes `{ name: DB_PASSWORD, value: … }`.
            let named = node.get("name").and_then(Node::as_str).is_some_and(names_a_secret);
            for (key, entry) in mapping.iter() {
                walk(&entry.node, names_a_secret(key) || (named && key == "value"), found);
            }
        }
        Value::Sequence(items) => items.iter().for_each(|it| walk(it, secret, found)),
        Value::Null | Value::Bool(_) => {}
        Value::String(text) if is_reference(text) => {}
        _ if secret => found.push(node.span),
        _ => {}
    }
}

/// `${NAME}` without a default, where ECS finds a secret, and `credentials: managed`.
fn is_reference(text: &str) -> bool {
    let variable = text.starts_with('$') && !text.contains('-');
    text.is_empty()
        || text == "managed"
        || variable
        || ["ssm:", "secretsmanager:", "arn:"].iter().any(|it| text.starts_with(it))
}
