//! Nodes -> JSON values, for raw ECS fields and for `config`.

use serde_json::{Map, Number, Value as Json};

use super::{Node, Value};

/// The node as JSON; whole numbers beyond 64 bits and non-finite ones become text.
pub(crate) fn to_json(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(it) => Json::Bool(*it),
        Value::Integer(it) => integer(*it),
        Value::Float(it) => {
            Number::from_f64(*it).map_or_else(|| Json::String(it.to_string()), Json::Number)
        }
        Value::Timestamp(it) | Value::String(it) => Json::String(it.clone()),
        Value::Sequence(items) => Json::Array(items.iter().map(to_json).collect()),
        Value::Mapping(mapping) => {
            let pairs = mapping.iter().map(|(key, entry)| (key.clone(), to_json(&entry.node)));
            Json::Object(pairs.collect::<Map<_, _>>())
        }
    }
}

fn integer(value: i128) -> Json {
    i64::try_from(value)
        .map(Json::from)
        .or_else(|_| u64::try_from(value).map(Json::from))
        .unwrap_or_else(|_| Json::String(value.to_string()))
}
