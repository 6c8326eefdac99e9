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
        Value::Timestamp(it) => Json::String(moment(it)),
        Value::String(it) => Json::String(it.clone()),
        Value::Sequence(items) => Json::Array(items.iter().map(to_json).collect()),
        Value::Mapping(mapping) => {
            let pairs = mapping.iter().map(|(key, entry)| (key.clone(), to_json(&entry.node)));
            Json::Object(pairs.collect::<Map<_, _>>())
        }
    }
}

/// `2026-01-02 03:04:05 +0900 +0900` as `2026-01-02T03:04:05+09:00`.
fn moment(text: &str) -> String {
    let mut parts = text.split(' ');
    let mut part = || parts.next().unwrap_or_default();
    let (date, clock, zone) = (part(), part(), part());
    match zone {
        "+0000" => format!("{date}T{clock}Z"),
        _ if zone.len() == 5 => format!("{date}T{clock}{}:{}", &zone[..3], &zone[3..]),
        _ => text.to_owned(),
    }
}

fn integer(value: i128) -> Json {
    i64::try_from(value)
        .map(Json::from)
        .or_else(|_| u64::try_from(value).map(Json::from))
        .unwrap_or_else(|_| Json::String(value.to_string()))
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn moments_are_written_as_json_writes_them() {
        for (text, expected) in [
            ("2026-01-02 00:00:00 +0000 UTC", "2026-01-02T00:00:00Z"),
            ("2026-01-02 03:04:05.6 -0930 -0930", "2026-01-02T03:04:05.6-09:30"),
        ] {
            assert_eq!(moment(text), expected);
        }
    }
}
