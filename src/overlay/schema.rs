//! The JSON Schema of an overlay, for editors: what the decoders of `x-ecs` take, with words about each key.
//!
//! Keys of Compose are left open. A test decodes what the schema describes and compares the keys of each mapping with those
//! that its decoder asks for: a key that one of the two lacks is an error.

mod form;
mod ingress;
mod replacement;
mod service;
mod top;
mod volume;

use serde_json::{Value, json};

/// The schema of a whole file; the two are the schemas of ECS's own `TaskDefinition` and `ContainerDefinition`.
pub(crate) fn schema(task_definition: Value, container_definition: Value) -> Value {
    let described = |mut schema: Value, description: &str| {
        schema["description"] = description.into();
        schema["type"] = json!(["object", "null"]);
        schema
    };
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "compose2ecs overlay",
        "description": "A Compose override file, merged last, with what Compose cannot say about AWS under `x-ecs`.",
        "type": ["object", "null"],
        "properties": {
            "x-ecs": top::top(),
            "services": each(&service::service()),
            "secrets": each(&service::secret("Where ECS finds this secret.", "ssm:/staging/api-key")),
            "configs": each(&service::secret("Where ECS finds the content of this config.", "ssm:/staging/routes")),
            "volumes": each(&volume::volume()),
        },
        "definitions": {
            "TaskDefinition": described(
                task_definition,
                "Raw fields of RegisterTaskDefinition, merged last: mappings field by field, everything else replaced.",
            ),
            "ContainerDefinition": described(
                container_definition,
                "Raw fields of ECS's ContainerDefinition, merged last: mappings field by field, everything else replaced.",
            ),
        },
    })
}

/// Compose's mappings of names, of which `x-ecs` alone is described.
fn each(extension: &Value) -> Value {
    json!({
        "type": ["object", "null"],
        "additionalProperties": { "type": ["object", "null"], "properties": { "x-ecs": extension } },
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Map, Value, json};

    use super::schema;
    use crate::diagnostic::{Code, Diagnostics};
    use crate::overlay::{decode, decode_service, volume};
    use crate::source::Sources;
    use crate::yaml::decode::asked::{self, Asked};
    use crate::yaml::{Node, parse::documents};

    fn whole() -> Value {
        schema(json!({ "type": "object" }), json!({ "type": "object" }))
    }

    /// Values that a schema describes: one with all it knows, and for every key one that has it alone.
    fn instances(schema: &Value) -> Vec<Value> {
        if let Some(forms) = schema["anyOf"].as_array() {
            return forms.iter().flat_map(instances).collect();
        }
        if let Some(properties) = schema["properties"].as_object() {
            let all = |(key, it): (&String, &Value)| Some((key.clone(), instances(it).pop()?));
            let whole: Map<String, Value> = properties.iter().filter_map(all).collect();
            let alone = |(key, it): (&String, &Value)| {
                let object = |value| json!({ key.as_str(): value });
                instances(it).into_iter().map(object).collect::<Vec<_>>()
            };
            let each = properties.iter().flat_map(alone);
            return std::iter::once(Value::Object(whole)).chain(each).collect();
        }
        if let Some(items) = schema.get("items") {
            return instances(items).into_iter().map(|it| json!([it])).collect();
        }
        if let Some(values) = schema.get("additionalProperties").filter(|it| it.is_object()) {
            return instances(values).into_iter().map(|it| json!({ "name": it })).collect();
        }
        let example = [&schema["examples"][0], &schema["enum"][0], &schema["const"]];
        let kind = schema["type"].as_str().or(schema["type"][0].as_str());
        match (example.into_iter().find(|it| !it.is_null()), kind) {
            (Some(example), _) => vec![example.clone()],
            (None, Some("boolean")) => vec![json!(true)],
            (None, Some("string")) => vec![json!("x")],
            _ => vec![json!({})],
        }
    }

    fn node(value: &Value) -> Node {
        let mut sources = Sources::default();
        let file = sources.add("overlay", value.to_string());
        let mut diagnostics = Diagnostics::default();
        documents(&sources, file, &mut diagnostics).expect("JSON is YAML").remove(0)
    }

    /// The keys of every mapping with a title.
    fn described(schema: &Value, found: &mut Asked) {
        if let (Some(title), Some(properties)) =
            (schema["title"].as_str(), schema["properties"].as_object())
        {
            found.entry(title.to_owned()).or_default().extend(properties.keys().cloned());
        }
        let children: Vec<&Value> = match schema {
            Value::Object(fields) => fields.values().collect(),
            Value::Array(items) => items.iter().collect(),
            _ => Vec::new(),
        };
        for child in children {
            described(child, found);
        }
    }

    type Decoder = fn(&Value, &mut Diagnostics);

    /// What decoding everything the schema describes asks for; a key that no decoder knows is an error.
    fn decoded(schema: &Value) -> Asked {
        let decoders: [(&str, Decoder); 3] = [
            ("/properties/x-ecs", |it, sink| drop(decode(Some(&node(it)), sink))),
            ("/properties/services/additionalProperties/properties/x-ecs", |it, sink| {
                drop(decode_service(Some(&node(it)), sink));
            }),
            ("/properties/volumes/additionalProperties/properties/x-ecs", |it, sink| {
                drop(volume::decode(&node(it), sink));
            }),
        ];
        asked::take();
        for (place, decode) in decoders {
            for instance in instances(schema.pointer(place).expect("a block of its own")) {
                let mut diagnostics = Diagnostics::default();
                decode(&instance, &mut diagnostics);
                let unknown = diagnostics.iter().find(|it| it.code == Code::UnknownKey);
                assert!(unknown.is_none(), "{instance}: {unknown:?}");
            }
        }
        asked::take()
    }

    #[test]
    fn the_schema_has_the_keys_that_the_decoders_ask_for() {
        let whole = whole();
        let mut described_keys = Asked::new();
        described(&whole, &mut described_keys);
        described_keys.remove("compose2ecs overlay");
        let asked = decoded(&whole);
        let owners = |it: &Asked| it.keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(owners(&described_keys), owners(&asked), "left: schema, right: decoders");
        for (owner, keys) in &asked {
            assert_eq!(&described_keys[owner], keys, "{owner} (left: schema, right: decoder)");
        }
    }

    #[test]
    fn every_key_says_what_it_is() {
        fn silent(schema: &Value, way: &str, found: &mut Vec<String>) {
            for (key, it) in schema["properties"].as_object().into_iter().flatten() {
                let way = format!("{way}.{key}");
                let is_raw = it.get("$ref").is_some();
                if it["description"].as_str().is_none_or(str::is_empty) && !is_raw {
                    found.push(way.clone());
                }
                silent(it, &way, found);
            }
            let forms = schema["anyOf"].as_array().into_iter().flatten();
            let inner =
                ["items", "additionalProperties"].into_iter().filter_map(|it| schema.get(it));
            for it in forms.chain(inner) {
                silent(it, way, found);
            }
        }
        let mut found = Vec::new();
        silent(&whole()["properties"]["x-ecs"], "x-ecs", &mut found);
        assert!(found.is_empty(), "{found:?}");
    }
}
