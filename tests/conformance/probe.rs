//! A text of one small grammar -> a project that carries it in its place, and where its reading stands in the result.
//!
//! All grammars of the data can be asked through the public API: a template and a dotenv text become values of
//! `environment`, the others values of the key that they are written under.

use compose2ecs::Step;
use serde_json::{Map, Value, json};

use crate::compare::{Expected, Verdict, compare};
use crate::placed_world::PlacedWorld;
use crate::request::Request;

/// A made-up project and the part of its model that answers.
#[derive(Clone, Debug)]
pub(crate) struct Probe {
    pub(crate) request: Request,
    /// JSON pointer into the model.
    pointer: &'static str,
    /// What stands for an answer that the model leaves out, as zero values are.
    absent: Value,
}

impl Probe {
    /// The probe for a kind of rows; `None` when the kind is none of the small grammars.
    pub(crate) fn of(kind: &str, input: &str) -> Option<Self> {
        // Only a template is meant to be interpolated.
        let literal = Value::String(input.replace('$', "$$"));
        Some(match kind {
            "template" => {
                Self::value("environment", json!({ "K": input }), "/services/a/environment/K")
            }
            "dotenv" => {
                let mut probe = Self::value("env_file", json!("a.env"), "/services/a/environment");
                probe.request.world.write("/project/a.env", input);
                Self { absent: json!({}), ..probe }
            }
            "port" => Self::value("ports", json!([literal]), "/services/a/ports"),
            "volume" => {
                let mut probe = Self::value("volumes", json!([literal]), "/services/a/volumes/0");
                probe.request.skip(Step::PathResolution, true);
                probe.request.skip(Step::Consistency, true);
                probe
            }
            "bytes" => {
                let mut probe = Self::value("mem_limit", literal, "/services/a/mem_limit");
                // Without quotes, as the rows are: YAML makes integers of `-1` and `1_000`.
                let text = format!(
                    "services: {{ a: {{ image: x }} }}\n---\nservices:\n  a:\n    mem_limit: {input}\n"
                );
                probe.request.world.write("/project/compose.yaml", &text);
                probe
            }
            "duration" => {
                Self::value("stop_grace_period", literal, "/services/a/stop_grace_period")
            }
            "shell" => Self::value("command", literal, "/services/a/command"),
            "projectname" => Self::folder(input),
            _ => return None,
        })
    }

    fn value(key: &str, value: Value, pointer: &'static str) -> Self {
        let mut service = Map::from_iter([("image".to_owned(), json!("x"))]);
        service.insert(key.to_owned(), value);
        let mut request = Request::of(PlacedWorld::default(), "/project");
        request.options.project.project_name = Some("proj".to_owned());
        request
            .world
            .write("/project/compose.yaml", &json!({ "services": { "a": service } }).to_string());
        Self { request, pointer, absent: Value::Null }
    }

    /// A project that has its name from its folder.
    fn folder(name: &str) -> Self {
        let folder = if name.is_empty() { "/".to_owned() } else { format!("/folders/{name}") };
        let mut request = Request::of(PlacedWorld::default(), &folder);
        let file = std::path::Path::new(&folder).join("compose.yaml");
        request.world.write(file, "services: { a: { image: x } }");
        Self { request, pointer: "/name", absent: Value::Null }
    }

    /// Asks, and compares with what the grammar's own parser gave.
    pub(crate) fn check(&self, expected: &Expected, alternative: Option<&Expected>) -> Verdict {
        let model = self.request.answer().model;
        let answer = model.map(|it| it.pointer(self.pointer).unwrap_or(&self.absent).clone());
        let verdict = compare(expected, &answer);
        match alternative.map(|it| compare(it, &answer)) {
            Some(Verdict::Agrees) => Verdict::Agrees,
            _ => verdict,
        }
    }
}

/// A parser's value as the model prints it.
pub(crate) fn printed(kind: &str, value: &Value) -> Expected {
    match (kind, value) {
        ("bytes", Value::Number(bytes)) => Expected::Value(json!(bytes.to_string())),
        ("duration", value) => {
            let nanoseconds = value.as_i64().expect("durations are nanoseconds");
            Expected::Value(json!(duration(nanoseconds.unsigned_abs())))
        }
        ("projectname", Value::String(name)) if name.is_empty() => {
            Expected::Refusal("the project has no name".to_owned())
        }
        (_, value) => Expected::Value(value.clone()),
    }
}

/// A duration as Go prints it: `1h0m0s`, `1m30s`, `1.5s`, `500ms`.
fn duration(nanoseconds: u64) -> String {
    let fraction = |value: u64, digits: usize| {
        let whole = value / 10_u64.pow(u32::try_from(digits).expect("at most nine digits"));
        let rest = value % 10_u64.pow(u32::try_from(digits).expect("at most nine digits"));
        let text = format!("{whole}.{rest:0digits$}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    match nanoseconds {
        0 => "0s".to_owned(),
        1..1_000 => format!("{nanoseconds}ns"),
        1_000..1_000_000 => fraction(nanoseconds, 3) + "µs",
        1_000_000..1_000_000_000 => fraction(nanoseconds, 6) + "ms",
        _ => {
            let minutes = nanoseconds / 60_000_000_000;
            let seconds = fraction(nanoseconds % 60_000_000_000, 9);
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{seconds}s"),
                (0, minutes) => format!("{minutes}m{seconds}s"),
                (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}
