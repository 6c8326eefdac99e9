//! `environment` and `env_file`, and the variables that `${…}` sees.

use std::path::Path;

use indexmap::IndexMap;

use super::merge::scalar_text;
use super::{Context, Project, dotenv, text};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Span, Spanned};
use crate::world::{World, read_text};
use crate::yaml::{Node, Value};

/// The interpolation environment: the process's variables, then those of the env files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variables {
    pub(super) from_files: IndexMap<String, String>,
    pub(super) project_name: Option<String>,
}

impl Variables {
    /// The value of a variable; the process wins over the files.
    pub(crate) fn get(&self, name: &str, world: &dyn World) -> Option<String> {
        if name == "COMPOSE_PROJECT_NAME"
            && let Some(name) = &self.project_name
        {
            return Some(name.clone());
        }
        world.variable(name).or_else(|| self.from_files.get(name).cloned())
    }
}

/// One variable of a container.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub(crate) value: Spanned<String>,
    /// Where the name stands.
    pub(crate) key_span: Span,
    /// Whether the value came from outside of the file (`${…}` or the environment).
    pub(crate) substituted: bool,
}

/// One file of `env_file`.
#[derive(Clone, Debug)]
pub(crate) struct EnvFile {
    pub(crate) path: Spanned<String>,
    pub(crate) required: bool,
    pub(crate) raw: bool,
}

/// The `environment` of one service: a `None` is a variable that is explicitly not set.
pub(super) type Declared = IndexMap<String, Option<Variable>>;

/// Decodes the canonical form.
pub(super) fn decode(node: &Node) -> Declared {
    let mut variables = Declared::new();
    for (name, entry) in node.as_mapping().into_iter().flatten() {
        let substituted = entry.node.history.as_ref().is_some_and(|it| it.substituted);
        let variable = scalar_text(&entry.node).map(|text| Variable {
            value: Spanned::new(text, entry.node.span),
            key_span: entry.key_span,
            substituted,
        });
        variables.insert(name.clone(), variable);
    }
    variables
}

/// Decodes the canonical `env_file` list.
pub(super) fn decode_env_files(node: &Node) -> Vec<EnvFile> {
    let items = node.as_sequence().unwrap_or_default();
    let decoded = items.iter().filter_map(|item| {
        let path = item.get("path")?;
        Some(EnvFile {
            path: Spanned::new(path.as_str()?.to_owned(), path.span),
            required: item.get("required").is_none_or(|it| it.value != Value::Bool(false)),
            raw: item.get("format").and_then(Node::as_str) == Some("raw"),
        })
    });
    decoded.collect()
}

/// Step 23: the env files of the services that are on, under their `environment` (`reference/compose.md`, 1.6).
pub(super) fn resolve_env_files(
    project: &mut Project,
    variables: &Variables,
    context: &mut Context<'_>,
) {
    for service in project.services.values_mut() {
        let mut environment: IndexMap<String, Variable> = IndexMap::new();
        for file in &service.env_files {
            read_env_file(file, &service.declared, variables, &mut environment, context);
        }
        for (name, variable) in &service.declared {
            match variable {
                Some(variable) => {
                    environment.insert(name.clone(), variable.clone());
                }
                None => {
                    environment.shift_remove(name);
                }
            }
        }
        service.environment = environment;
    }
}

fn read_env_file(
    file: &EnvFile,
    declared: &Declared,
    variables: &Variables,
    environment: &mut IndexMap<String, Variable>,
    context: &mut Context<'_>,
) {
    let path = Path::new(&file.path.value);
    if !file.required && !context.world.is_file(path) {
        return;
    }
    let shown = context.shown(path);
    let id = match read_text(context.world, context.sources, path, &shown) {
        Ok(id) => id,
        Err(reason) => {
            let message = format!("cannot read the env file `{shown}`: {reason}");
            let diagnostic = Diagnostic::error(Code::EnvFile, file.path.span, message);
            let help = "create it, or write `{ path: …, required: false }` when it may be absent";
            context.diagnostics.report(diagnostic.help(help));
            return;
        }
    };
    let content = context.sources.get(id).text.clone();
    let lookup = |name: &str| {
        let from_declared = || declared.get(name)?.as_ref().map(|it| it.value.value.clone());
        let from_earlier = || environment.get(name).map(|it| it.value.value.clone());
        variables.get(name, context.world).or_else(from_declared).or_else(from_earlier)
    };
    let parsed = if file.raw {
        dotenv::parse_raw(&content, &lookup)
    } else {
        dotenv::parse(&content, &lookup)
    };
    match parsed {
        Err(error) => {
            let place = Span::new(id, error.offset, error.offset);
            text::report(&error, Code::EnvFile, place, context.diagnostics);
        }
        Ok(parsed) => {
            for entry in parsed.entries {
                let Some(value) = entry.value else { continue };
                let key_span = Span::new(id, entry.offset, entry.offset + entry.key.len());
                let value = Spanned::new(value, key_span);
                environment.insert(entry.key, Variable { value, key_span, substituted: false });
            }
        }
    }
}
