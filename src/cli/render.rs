//! `render`: the task definitions of an environment, as they are sent to ECS.

use anyhow::Context;
use serde_json::Value;

use super::args::{DataFormat, RenderArguments};
use super::{Outcome, compile, terminal, yaml};
use compose2ecs::diagnostic::Report;
use compose2ecs::stack::Stack;

/// Prints the definitions, or nothing but diagnostics.
pub(super) fn run(arguments: &RenderArguments) -> anyhow::Result<Outcome> {
    let policy = compile::policy(&arguments.policy)?;
    let compilation = match compile::run(&arguments.project, &arguments.offline, &arguments.online)
    {
        Ok(compilation) => compilation,
        Err(halt) => return halt.end(),
    };
    let report = Report::new(&compilation.sources, &compilation.diagnostics, &policy);
    terminal::problems(&report, terminal::Detail::Warnings);
    let Some(stack) = compilation.stack.as_ref().filter(|_| !report.has_errors()) else {
        return Ok(Outcome::Diagnostics);
    };
    if arguments.explain {
        terminal::explanations(&compilation);
    }
    let text = text(stack, arguments.format)?;
    match &arguments.output {
        Some(path) => std::fs::write(path, text)
            .with_context(|| format!("cannot write `{}`", path.display()))?,
        None => terminal::data(&text)?,
    }
    Ok(Outcome::Fine)
}

/// One task prints one object, several print an array.
fn text(stack: &Stack, format: DataFormat) -> anyhow::Result<String> {
    let definitions: Vec<Value> =
        stack.task_definitions().map(serde_json::to_value).collect::<Result<_, _>>()?;
    let value = match definitions.as_slice() {
        [one] => one.clone(),
        _ => Value::Array(definitions),
    };
    Ok(match format {
        DataFormat::Json => serde_json::to_string_pretty(&value)? + "\n",
        DataFormat::Yaml => yaml::to_string(&value)?,
    })
}
