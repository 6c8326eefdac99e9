//! The rows of `vectors/*.jsonl`: one input a row, a whole file or a text of a small grammar.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::compare::{Expected, Verdict};
use crate::placed_world::PlacedWorld;
use crate::probe::{Probe, printed};
use crate::projects::{text, warned_too};
use crate::request::Request;
use crate::{Cases, Row};

/// The tables, in the order of the print.
const TABLES: [&str; 13] = [
    "mistakes",
    "edge2",
    "yaml_edge",
    "scalars_env_map",
    "float_text",
    "template",
    "dotenv",
    "port",
    "volume",
    "bytes",
    "duration",
    "shell",
    "projectname",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    kind: String,
    #[serde(default)]
    input: String,
    /// Several files, as an override of each other.
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    profiles: Vec<String>,
    value: Option<Value>,
    error: Option<String>,
    alt: Option<Alternative>,
    #[serde(default)]
    warnings: Vec<String>,
    #[serde(default)]
    note: String,
}

/// An answer that is as good.
#[derive(Deserialize)]
struct Alternative {
    value: Option<Value>,
    error: Option<String>,
}

/// All vector tables.
pub(crate) fn all(folder: &Path, cases: &mut Cases) {
    for table in TABLES {
        for (id, row) in lines::<Vector>(&folder.join(format!("vectors/{table}.jsonl"))) {
            let note = if row.note.is_empty() { row.input.clone() } else { row.note.clone() };
            let check = Box::new(move || check(&row));
            cases.rows.push(Row { table, id, note, check });
        }
    }
}

/// The rows of a file with their line numbers.
pub(crate) fn lines<T: for<'a> Deserialize<'a>>(path: &Path) -> Vec<(String, T)> {
    let text = text(path);
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let rows = lines.map(|(index, line)| {
        let number = index + 1;
        let row = serde_json::from_str(line)
            .unwrap_or_else(|error| panic!("{}:{number}: {error}", path.display()));
        (number.to_string(), row)
    });
    rows.collect()
}

fn check(row: &Vector) -> Verdict {
    let of = |value: &Option<Value>, error: &Option<String>| match (value, error) {
        (_, Some(words)) => Expected::Refusal(words.clone()),
        (Some(value), None) => printed(&row.kind, value),
        (None, None) => Expected::Value(Value::Null),
    };
    let expected = of(&row.value, &row.error);
    let alternative = row.alt.as_ref().map(|it| of(&it.value, &it.error));
    let (request, verdict) = if let Some(mut probe) = Probe::of(&row.kind, &row.input) {
        for (name, value) in &row.env {
            probe.request.world.set(name, value);
        }
        let verdict = probe.check(&expected, alternative.as_ref());
        (probe.request, verdict)
    } else {
        let request = load(row);
        let verdict = request.check(&expected, alternative.as_ref());
        (request, verdict)
    };
    if row.warnings.is_empty() { verdict } else { warned_too(verdict, &request) }
}

/// A whole file, in a folder that is called `proj` and shown as `/project`.
fn load(row: &Vector) -> Request {
    let place = "/place/proj";
    let mut request = Request::of(PlacedWorld::default(), place);
    request.placeholder(place, "/project");
    request.world.set("PWD", "/srv");
    request.world.set("HOME", "/root");
    for (name, value) in &row.env {
        request.world.set(name, value);
    }
    request.options.project.profiles.clone_from(&row.profiles);
    let texts = if row.files.is_empty() { std::slice::from_ref(&row.input) } else { &row.files };
    for (index, text) in texts.iter().enumerate() {
        let name = format!("compose{index}.yaml");
        request.world.write(format!("{place}/{name}"), text);
        request.options.project.files.push(name.into());
    }
    request
}
