//! `schema`: the JSON Schema of an overlay, for editors.

use anyhow::Context;

use super::args::SchemaArguments;
use super::{Outcome, terminal};
use compose2ecs::overlay_schema;

/// Prints the schema; nothing is read and nobody is asked.
pub(super) fn run(arguments: &SchemaArguments) -> anyhow::Result<Outcome> {
    let text = serde_json::to_string_pretty(&overlay_schema())? + "\n";
    match &arguments.output {
        Some(path) => std::fs::write(path, text)
            .with_context(|| format!("cannot write `{}`", path.display()))?,
        None => terminal::data(&text)?,
    }
    Ok(Outcome::Fine)
}
