//! Raw ECS fields of the overlay, merged into what the passes made.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean};
use crate::overlay::{Raw, Step};

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
    let merged = match serde_json::from_value::<T>(json.clone()) {
        Ok(merged) => merged,
        Err(error) => {
            refuse::<T>(raw, owner, &error.to_string(), diagnostics);
            return typed;
        }
    };
    let made = serde_json::to_value(&merged).expect("definitions are plain data");
    let diagnostic = if let Some(way) = list_for_mapping(&raw.json, &made) {
        let message = format!("`{}` of {owner} must be a mapping, not a list", words(&way));
        Diagnostic::error(Code::WrongType, raw.nearest(&way).0, message)
    } else if let Some((way, member)) = missing(&json, &made) {
        let message = format!("`{}` of {owner} needs `{member}`", words(&way));
        Diagnostic::error(Code::InvalidValue, raw.nearest(&way).0, message)
    } else {
        return merged;
    };
    diagnostics.report(diagnostic);
    typed
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

/// `portMappings[0].hostPort`
fn words(way: &[Step<'_>]) -> String {
    way.iter().fold(String::new(), |words, step| match step {
        Step::Key(key) if words.is_empty() => (*key).to_owned(),
        Step::Key(key) => format!("{words}.{key}"),
        Step::Item(item) => format!("{words}[{item}]"),
    })
}

/// The values of a mapping or list, each with the step to it.
fn children(json: &Json) -> Vec<(Step<'_>, &Json)> {
    match json {
        Json::Object(fields) => fields.iter().map(|(key, it)| (Step::Key(key), it)).collect(),
        Json::Array(items) => {
            items.iter().enumerate().map(|(item, it)| (Step::Item(item), it)).collect()
        }
        _ => Vec::new(),
    }
}

fn child<'a>(json: &'a Json, step: &Step<'_>) -> Option<&'a Json> {
    match step {
        Step::Key(key) => json.get(*key),
        Step::Item(item) => json.get(*item),
    }
}

/// The way to a list that Serde has taken for the fields of a mapping, in their order.
fn list_for_mapping<'a>(raw: &'a Json, made: &Json) -> Option<Vec<Step<'a>>> {
    if raw.is_array() && made.is_object() {
        return Some(Vec::new());
    }
    children(raw).into_iter().find_map(|(step, value)| {
        let rest = list_for_mapping(value, child(made, &step)?)?;
        Some([vec![step], rest].concat())
    })
}

/// Lists whose items have members that ECS can do without, though they are always written.
const LENIENT: [&str; 3] = ["environment", "tags", "properties"];

/// The way to a mapping that lacks a member, and the member: one that Serde filled in, and ECS would not.
fn missing<'a>(json: &'a Json, made: &Json) -> Option<(Vec<Step<'a>>, String)> {
    if let (Some(fields), Some(made)) = (json.as_object(), made.as_object())
        && let Some(member) = made.keys().find(|it| !fields.contains_key(*it))
    {
        return Some((Vec::new(), member.clone()));
    }
    let strict =
        |(step, _): &(Step<'_>, &Json)| !matches!(step, Step::Key(key) if LENIENT.contains(key));
    children(json).into_iter().filter(strict).find_map(|(step, value)| {
        let (rest, member) = missing(value, child(made, &step)?)?;
        Some(([vec![step], rest].concat(), member))
    })
}

/// Reports a refused raw field at its place.
fn refuse<T: DeserializeOwned>(
    raw: &Raw,
    owner: &str,
    reason: &str,
    diagnostics: &mut Diagnostics,
) {
    let way = culprit::<T>(&raw.json, reason);
    let (said, expected) = reason.split_once(", expected").unwrap_or((reason, ""));
    let unknown = said.strip_prefix("unknown field").and_then(|it| it.split('`').nth(1));
    let (diagnostic, known) = match unknown {
        Some(field) => {
            let message = format!("ECS knows no field `{field}` here");
            let known = did_you_mean(field, expected.split('`').skip(1).step_by(2));
            (Diagnostic::error(Code::UnknownKey, raw.nearest(&way).0, message), known)
        }
        None => {
            let message = format!("ECS does not take this in {owner}: {}", in_words(reason));
            let span = raw.value(&way).unwrap_or(raw.span);
            (Diagnostic::error(Code::WrongType, span, message), None)
        }
    };
    diagnostics.report(match known {
        Some(field) => diagnostic.help(format!("did you mean `{field}`?")),
        None => diagnostic.help("fields are written as in the ECS API, such as `linuxParameters`"),
    });
}

/// The way to the innermost value that the type refuses for the same reason when it stands there alone.
fn culprit<'a, T: DeserializeOwned>(raw: &'a Json, reason: &str) -> Vec<Step<'a>> {
    let refused = |way: &[Step<'_>], value: Json| {
        let alone = way.iter().rev().fold(value, |value, step| match step {
            Step::Key(key) => Json::Object([((*key).to_owned(), value)].into_iter().collect()),
            Step::Item(_) => Json::Array(vec![value]),
        });
        serde_json::from_value::<T>(alone).is_err_and(|it| it.to_string() == reason)
    };
    let (mut way, mut here) = (Vec::new(), raw);
    loop {
        let empty = if here.is_array() {
            Json::Array(Vec::new())
        } else {
            Json::Object(serde_json::Map::new())
        };
        let guilty = |(step, value): &(Step<'_>, &Json)| {
            refused(&[way.as_slice(), &[*step]].concat(), (*value).clone())
        };
        let next = children(here).into_iter().find(guilty);
        match next {
            Some((step, value)) if !refused(&way, empty) => {
                way.push(step);
                here = value;
            }
            _ => return way,
        }
    }
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
