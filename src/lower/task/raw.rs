//! Raw ECS fields of the overlay, merged into what the passes made.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::overlay::Raw;
use crate::source::Span;

/// Merges raw ECS fields: objects field by field, everything else replaced. What ECS does not know is refused.
pub(super) fn merge<T: Serialize + DeserializeOwned + Clone>(
    typed: T,
    raw: Option<&Raw>,
    owner: &str,
    diagnostics: &mut Diagnostics,
) -> T {
    let Some(raw) = raw else { return typed };
    let mut json = serde_json::to_value(&typed).expect("definitions are plain data");
    merge_json(&mut json, raw.json.clone());
    match serde_json::from_value(json) {
        Ok(merged) => {
            let made = serde_json::to_value(&merged).expect("definitions are plain data");
            if let Some(field) = list_for_mapping(&raw.json, &made) {
                let message = format!("`{field}` of {owner} must be a mapping, not a list");
                let span = raw.place(&field, None).unwrap_or(raw.span);
                diagnostics.report(Diagnostic::error(Code::WrongType, span, message));
                return typed;
            }
            merged
        }
        Err(error) => {
            refuse::<T>(raw, owner, &error.to_string(), diagnostics);
            typed
        }
    }
}

fn merge_json(base: &mut Json, over: Json) {
    match (base, over) {
        (Json::Object(base), Json::Object(over)) => {
            for (key, value) in over {
                match base.get_mut(&key) {
                    Some(present) => merge_json(present, value),
                    None => {
                        base.insert(key, value);
                    }
                }
            }
        }
        (base, over) => *base = over,
    }
}

/// The field whose list Serde has taken for the fields of a mapping, in their order.
fn list_for_mapping(raw: &Json, made: &Json) -> Option<String> {
    let found = |(key, value): (&String, &Json)| match (value, made.get(key)?) {
        (Json::Array(_), Json::Object(_)) => Some(key.clone()),
        (Json::Object(_), made) => Some(format!("{key}.{}", list_for_mapping(value, made)?)),
        _ => None,
    };
    raw.as_object()?.iter().find_map(found)
}

/// Reports a refused raw field at its place.
fn refuse<T: DeserializeOwned>(
    raw: &Raw,
    owner: &str,
    reason: &str,
    diagnostics: &mut Diagnostics,
) {
    let reason = reason.split(", expected one of").next().unwrap_or(reason);
    let unknown = reason.strip_prefix("unknown field").and_then(|it| it.split('`').nth(1));
    let diagnostic = match unknown {
        Some(field) => {
            let span = raw.key_anywhere(field).unwrap_or(raw.span);
            Diagnostic::error(Code::UnknownKey, span, format!("ECS knows no field `{field}` here"))
        }
        None => {
            let message = format!("ECS does not take this in {owner}: {}", in_words(reason));
            Diagnostic::error(Code::WrongType, culprit::<T>(raw).unwrap_or(raw.span), message)
        }
    };
    diagnostics
        .report(diagnostic.help("fields are written as in the ECS API, such as `linuxParameters`"));
}

/// Serde's reason in the words of people, without the value, which may be secret.
fn in_words(reason: &str) -> String {
    let Some((found, expected)) = reason.split_once(", expected ") else {
        return reason.to_owned();
    };
    if found.starts_with("invalid value: integer") {
        return "the number is too large, or below 0".to_owned();
    }
    let found = found.trim_start_matches("invalid type: ");
    let found = match found.split(' ').next().unwrap_or_default() {
        "string" => "a string",
        "integer" => "a whole number",
        "floating" => "a fraction",
        "boolean" => "a boolean",
        // The length of a list that Serde would take for the fields of a mapping is invalid.
        "sequence" | "invalid" => "a list",
        "map" => "a mapping",
        "null" => "nothing",
        _ => "this",
    };
    let expected = match expected {
        "i32" | "i64" | "u32" => "a whole number",
        "a boolean" => "`true` or `false`",
        "a sequence" => "a list",
        "a map" => "a mapping",
        it if it.starts_with("struct ") => "a mapping",
        it => it,
    };
    format!("{expected} is needed, not {found}")
}

/// The one top-level field that the type refuses on its own.
fn culprit<T: DeserializeOwned>(raw: &Raw) -> Option<Span> {
    let refused = |key: &str, value: &Json| {
        let alone = Json::Object([(key.to_owned(), value.clone())].into_iter().collect());
        serde_json::from_value::<T>(alone).is_err()
    };
    let (key, _) = raw.json.as_object()?.iter().find(|(key, value)| refused(key, value))?;
    raw.field(key).map(|(_, value)| value)
}
