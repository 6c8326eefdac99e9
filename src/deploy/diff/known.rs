//! Values that the author's files call secret, and what stood in their places in the definition before.

use serde_json::Value;

use crate::redact::{holds_a_secret, is_distinctive};

/// What may not be shown of two definitions: what the caller knows, the secret variables of both, and what the one before
/// has where the other has one of them.
pub(super) fn secrets(before: &Value, after: &Value, known: &[String]) -> Vec<String> {
    let mut secrets = known.to_vec();
    of_variables(after, &mut secrets);
    let mut former = Vec::new();
    replaced(before, after, &secrets, &mut former);
    of_variables(before, &mut secrets);
    secrets.extend(former);
    secrets.retain(|it| is_distinctive(it));
    // Texts that are shown in quotes have them escaped.
    let escaped = |it: &String| format!("{it:?}").trim_matches('"').to_owned();
    secrets.extend(secrets.iter().map(escaped).collect::<Vec<_>>());
    // A secret in another one would break it apart.
    secrets.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
    secrets.dedup();
    secrets
}

/// The values of variables whose names say secret, wherever in a definition they stand.
fn of_variables(value: &Value, secrets: &mut Vec<String>) {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    if let (Some(name), Some(value)) = (text("name"), text("value"))
        && holds_a_secret(name, value)
    {
        secrets.push(value.to_owned());
    }
    match value {
        Value::Object(members) => members.values().for_each(|it| of_variables(it, secrets)),
        Value::Array(items) => items.iter().for_each(|it| of_variables(it, secrets)),
        _ => {}
    }
}

/// Adds the texts of one definition that stand where the other has a known secret.
fn replaced(before: &Value, after: &Value, known: &[String], found: &mut Vec<String>) {
    match (before, after) {
        (Value::String(before), Value::String(after)) => {
            found.extend(known.iter().filter_map(|it| part(before, after, it)));
        }
        (Value::Object(before), Value::Object(after)) => {
            for (key, after) in after {
                if let Some(before) = before.get(key) {
                    replaced(before, after, known, found);
                }
            }
        }
        (Value::Array(before), Value::Array(after)) => items(before, after, known, found),
        _ => {}
    }
}

/// Items with names are told by them, words of a command by their places.
fn items(before: &[Value], after: &[Value], known: &[String], found: &mut Vec<String>) {
    let holds = |it: &Value| it.as_str().is_some_and(|it| known.iter().any(|key| it.contains(key)));
    if before.len() != after.len() && after.iter().any(holds) {
        let gone = before.iter().filter(|it| !after.contains(it)).filter_map(Value::as_str);
        found.extend(gone.map(str::to_owned));
        return;
    }
    for (index, after) in after.iter().enumerate() {
        let name = after.get("name");
        let before = match name {
            Some(_) => before.iter().find(|it| it.get("name") == name),
            None => before.get(index),
        };
        if let Some(before) = before {
            replaced(before, after, known, found);
        }
    }
}

/// What the text before has where the other one has the secret: all of it when the rest differs too.
fn part(before: &str, after: &str, secret: &str) -> Option<String> {
    if before == after {
        return None;
    }
    let (lead, rest) = after.split_once(secret).filter(|_| !secret.is_empty())?;
    let inner = before.strip_prefix(lead).and_then(|it| it.strip_suffix(rest));
    Some(inner.unwrap_or(before).to_owned())
}
