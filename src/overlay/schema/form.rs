//! The building blocks of the schema: what the readers of `yaml::decode` take, in the words of JSON Schema.
//!
//! A key without a value counts as absent, so `null` stands beside every type. A `{{…}}` or a `${…}` may stand wherever a
//! string may; nobody knows before a run what it becomes.

use std::ops::RangeInclusive;

use serde_json::{Map, Value, json};

/// What stands for a text that only a run knows.
const RENDERED: &str = r"\{\{|\$";

/// Any string; a whole number is the string of its digits.
pub(super) fn text(description: &str, example: &str) -> Value {
    json!({ "description": description, "type": ["string", "integer", "null"], "examples": [example] })
}

/// A string of this form.
pub(super) fn pattern(description: &str, example: &str, form: &str) -> Value {
    let mut schema = text(description, example);
    schema["pattern"] = format!("^(?:{form})$|{RENDERED}").into();
    schema
}

/// One of a few words.
pub(super) fn choice(description: &str, words: &[&str]) -> Value {
    json!({
        "description": description,
        "anyOf": [
            { "enum": words },
            { "type": "string", "pattern": RENDERED },
            { "type": "null" },
        ],
    })
}

/// A whole number, or the digits of one.
pub(super) fn count(description: &str, example: u32, range: RangeInclusive<u32>) -> Value {
    let (first, last) = range.into_inner();
    json!({
        "description": description,
        "type": ["integer", "string", "null"],
        "minimum": first,
        "maximum": last,
        "pattern": format!("^[0-9]+$|{RENDERED}"),
        "examples": [example],
    })
}

/// One of a few numbers, or the digits of a number.
pub(super) fn one_of_numbers(description: &str, numbers: &[u32]) -> Value {
    json!({
        "description": description,
        "anyOf": [
            { "enum": numbers },
            { "type": "string", "pattern": format!("^[0-9]+$|{RENDERED}") },
            { "type": "null" },
        ],
    })
}

/// `true` or `false`.
pub(super) fn flag(description: &str) -> Value {
    json!({ "description": description, "type": ["boolean", "null"] })
}

/// A list of strings.
pub(super) fn texts(description: &str, example: &str) -> Value {
    list(description, &json!({ "type": ["string", "integer"], "examples": [example] }))
}

/// A list.
pub(super) fn list(description: &str, items: &Value) -> Value {
    json!({ "description": description, "type": ["array", "null"], "items": items })
}

/// Names that the author chooses, each with a value of one kind.
pub(super) fn map(description: &str, values: &Value) -> Value {
    json!({ "description": description, "type": ["object", "null"], "additionalProperties": values })
}

/// A mapping with these keys and no others. The title is how the decoder calls it; a test finds the two by it.
pub(super) fn object(title: &str, description: &str, properties: Vec<(&str, Value)>) -> Value {
    let properties: Map<String, Value> =
        properties.into_iter().map(|(key, it)| (key.to_owned(), it)).collect();
    json!({
        "title": title,
        "description": description,
        "type": ["object", "null"],
        "additionalProperties": false,
        "properties": properties,
    })
}

/// An item of a list: it is never null, and these keys are never missing, for lists are not merged item by item.
pub(super) fn item(mut schema: Value, required: &[&str]) -> Value {
    schema["type"] = "object".into();
    schema["required"] = required.into();
    schema
}

/// A value in one of several forms.
pub(super) fn forms(description: &str, forms: &[Value]) -> Value {
    json!({ "description": description, "anyOf": forms })
}

/// A word that stands for itself.
pub(super) fn word(word: &str, description: &str) -> Value {
    json!({ "const": word, "description": description })
}

/// Fields in the words of ECS, as one of the definitions of the schema describes them.
pub(super) fn raw(definition: &str) -> Value {
    json!({ "$ref": format!("#/definitions/{definition}") })
}
