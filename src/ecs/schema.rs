//! What a type of ECS reads, as a JSON Schema: found by asking the type itself, so that the two cannot drift.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// One step from a value into a value.
#[derive(Clone)]
enum Step {
    Key(String),
    Item,
}

/// The JSON Schema of what `T` reads. `null` counts where it stands for a field that is left out.
pub fn schema_of<T: DeserializeOwned>() -> Value {
    explore::<T>(&mut Vec::new())
}

/// What the type says to a value at the end of a way, where nothing else stands.
fn answer<T: DeserializeOwned>(way: &[Step], value: Value) -> Result<(), String> {
    let alone = way.iter().rev().fold(value, |value, step| match step {
        Step::Key(key) => Value::Object([(key.clone(), value)].into_iter().collect()),
        Step::Item => Value::Array(vec![value]),
    });
    serde_json::from_value::<T>(alone).map(drop).map_err(|it| it.to_string())
}

fn explore<T: DeserializeOwned>(way: &mut Vec<Step>) -> Value {
    if let Some(names) = fields::<T>(way) {
        let mut properties = Map::new();
        for name in names {
            way.push(Step::Key(name.clone()));
            properties.insert(name, explore::<T>(way));
            way.pop();
        }
        let kind = kind::<T>(way, "object");
        return json!({ "type": kind, "additionalProperties": false, "properties": properties });
    }
    let takes = |value: Value| answer::<T>(way, value).is_ok();
    if takes(json!([])) {
        let kind = kind::<T>(way, "array");
        way.push(Step::Item);
        let items = explore::<T>(way);
        way.pop();
        return json!({ "type": kind, "items": items });
    }
    if takes(json!({})) {
        let kind = kind::<T>(way, "object");
        return json!({ "type": kind, "additionalProperties": { "type": "string" } });
    }
    let scalars = [("string", json!("x")), ("boolean", json!(true)), ("integer", json!(1))];
    let name = scalars.into_iter().find_map(|(name, value)| takes(value).then_some(name));
    json!({ "type": kind::<T>(way, name.unwrap_or("null")) })
}

/// The name of a type, with `null` where the way may lead to it.
fn kind<T: DeserializeOwned>(way: &[Step], name: &str) -> Value {
    match answer::<T>(way, Value::Null) {
        Ok(()) => json!([name, "null"]),
        Err(_) => json!(name),
    }
}

/// The fields of a mapping, which a wrong one brings to light.
fn fields<T: DeserializeOwned>(way: &[Step]) -> Option<Vec<String>> {
    let error = answer::<T>(way, json!({ "?": null })).err()?;
    let known = error.strip_prefix("unknown field `?`, expected ")?;
    Some(known.split('`').skip(1).step_by(2).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::schema_of;
    use crate::ecs::{TaskDefinition, task_definition::tests::EVERY_MEMBER};
    use serde_json::Value;

    /// Whether a schema knows every key of a value and gives it its type.
    fn describes(schema: &Value, value: &Value) -> bool {
        let kinds = &schema["type"];
        let is = |name: &str| kinds == name || kinds.as_array().is_some_and(|it| it[0] == name);
        match value {
            Value::Object(fields) if schema.get("properties").is_some() => {
                let properties = schema["properties"].as_object().unwrap();
                let known = |(key, it): (&String, &Value)| {
                    properties.get(key).is_some_and(|schema| describes(schema, it))
                };
                is("object") && fields.len() == properties.len() && fields.iter().all(known)
            }
            Value::Object(_) => is("object"),
            Value::Array(items) => {
                is("array") && items.iter().all(|it| describes(&schema["items"], it))
            }
            Value::String(_) => is("string"),
            Value::Bool(_) => is("boolean"),
            Value::Number(_) => is("integer"),
            Value::Null => false,
        }
    }

    #[test]
    fn every_member_of_the_api_is_described() {
        let schema = schema_of::<TaskDefinition>();
        assert!(describes(&schema, &serde_json::from_str(EVERY_MEMBER).unwrap()));
    }

    #[test]
    fn a_field_that_can_be_left_out_can_be_null() {
        let schema = schema_of::<TaskDefinition>();
        let kind = |field: &str| schema["properties"][field]["type"].to_string();
        assert_eq!(kind("executionRoleArn"), r#"["string","null"]"#);
        assert_eq!(kind("family"), r#""string""#);
        assert_eq!(kind("volumes"), r#""array""#);
    }
}
