//! `render`: the task definitions of an environment, as they are sent to ECS, and its service definitions.

use anyhow::Context;
use serde_json::{Value, json};

use super::args::{DataFormat, RenderArguments};
use super::{Outcome, compile, terminal, yaml};
use compose2ecs::Compilation;
use compose2ecs::diagnostic::Report;
use compose2ecs::stack::Stack;

/// Prints the definitions, or nothing but diagnostics.
pub(super) fn run(arguments: &RenderArguments) -> anyhow::Result<Outcome> {
    let policy = compile::policy(&arguments.policy)?;
    let (project, offline, online) = (&arguments.project, &arguments.offline, &arguments.online);
    let compilation =
        match compile::with_services(project, offline, online, arguments.service_definitions) {
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
    let value = if arguments.service_definitions {
        everything(stack, &compilation)?
    } else {
        definitions(stack)?
    };
    let text = match arguments.format {
        DataFormat::Json => serde_json::to_string_pretty(&value)? + "\n",
        DataFormat::Yaml => yaml::to_string(&value)?,
    };
    match &arguments.output {
        Some(path) => std::fs::write(path, text)
            .with_context(|| format!("cannot write `{}`", path.display()))?,
        None => terminal::data(&text)?,
    }
    Ok(Outcome::Fine)
}

/// One task prints one object, several print an array.
fn definitions(stack: &Stack) -> anyhow::Result<Value> {
    let definitions: Vec<Value> =
        stack.task_definitions().map(serde_json::to_value).collect::<Result<_, _>>()?;
    Ok(match definitions.as_slice() {
        [one] => one.clone(),
        _ => Value::Array(definitions),
    })
}

/// Always one object with two arrays.
fn everything(stack: &Stack, compilation: &Compilation) -> anyhow::Result<Value> {
    let definitions: Vec<_> = stack.task_definitions().collect();
    Ok(json!({
        "taskDefinitions": serde_json::to_value(definitions)?,
        "services": serde_json::to_value(&compilation.services)?,
    }))
}
