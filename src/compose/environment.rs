//! `environment`, `env_file` and `label_file`, and the variables that `${…}` sees.

use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

use indexmap::IndexMap;

use super::merge::scalar_text;
use super::{Context, dotenv};
use crate::diagnostic::{Code, Diagnostic, Reported};
use crate::source::{Span, Spanned};
use crate::world::{World, read_text};
use crate::yaml::{Entry, Mapping, Node, Value};

/// The interpolation environment: the process's variables, then those of the env files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variables {
    /// The variables of the project that includes this one; they win.
    pub(super) parent: Option<Rc<Variables>>,
    pub(super) from_files: IndexMap<String, String>,
    pub(super) project_name: Option<String>,
}

impl Variables {
    /// The variables of an included project, as yet without its env files.
    pub(super) fn below(parent: &Rc<Self>) -> Self {
        Self { parent: Some(Rc::clone(parent)), ..Self::default() }
    }

    /// The value of a variable; the process wins over the files.
    pub(crate) fn get(&self, name: &str, world: &dyn World) -> Option<String> {
        if name == "COMPOSE_PROJECT_NAME"
            && let Some(name) = &self.project_name
        {
            return Some(name.clone());
        }
        let around = match &self.parent {
            Some(parent) => parent.get(name, world),
            None => world.variable(name),
        };
        around.or_else(|| self.from_files.get(name).cloned())
    }

    /// All variables, sorted by name.
    pub(super) fn all(&self, world: &dyn World) -> Vec<(String, String)> {
        let mut names: BTreeSet<String> = self.from_files.keys().cloned().collect();
        names.extend(world.variable_names());
        names.extend(self.project_name.iter().map(|_| "COMPOSE_PROJECT_NAME".to_owned()));
        names
            .into_iter()
            .filter_map(|it| Some((self.get(&it, world)?, it)))
            .map(|(value, name)| (name, value))
            .collect()
    }
}

/// One variable of a container.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub(crate) value: Spanned<String>,
    /// Where the name stands.
    pub(crate) key_span: Span,
}

/// What a container gets, by name.
pub(super) type Environment = IndexMap<String, Variable>;

/// How the text of an env file is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Compose,
    Raw,
    /// A file of labels, read like an env file.
    Labels,
}

impl Format {
    /// How messages call such a file.
    fn file(self) -> &'static str {
        match self {
            Self::Compose | Self::Raw => "env file",
            Self::Labels => "label file",
        }
    }
}

/// Decodes the finished `environment`; a variable without a value is explicitly not set.
pub(super) fn decode(node: &Node) -> Environment {
    let mut variables = Environment::new();
    for (name, entry) in node.as_mapping().into_iter().flatten().filter(|(it, _)| !it.is_empty()) {
        if let Some(text) = scalar_text(&entry.node) {
            let value = Spanned::new(text, entry.node.span);
            let variable = Variable { value, key_span: entry.key_span };
            variables.insert(name.clone(), variable);
        }
    }
    variables
}

/// Step 23: the env files of the services that are on, under their `environment`; the label files, under their
/// `labels` (`reference/compose.md`, 1.6).
pub(super) fn resolve_files(model: &mut Node, variables: &Variables, context: &mut Context<'_>) {
    let services = model.get_mut("services").and_then(Node::as_mapping_mut);
    for service in services.into_iter().flat_map(|it| it.values_mut()) {
        let environment = read_env_files(&service.node, variables, context);
        put_under(&mut service.node, "environment", environment, context);
        if let Some(environment) = service.node.get_mut("environment") {
            inherit(environment, variables, context);
        }
        let labels = read_label_files(&service.node, context);
        put_under(&mut service.node, "labels", labels, context);
    }
}

/// A variable without a value takes that of the surroundings; one that is not set there stays unset.
pub(super) fn inherit(pairs: &mut Node, variables: &Variables, context: &Context<'_>) {
    if let Value::Sequence(items) = &mut pairs.value {
        return inherit_list(items, variables, context);
    }
    for (name, entry) in pairs.as_mapping_mut().into_iter().flatten() {
        if entry.node.is_null()
            && let Some(value) = variables.get(name, context.world)
        {
            entry.node.value = Value::String(value);
            entry.node.history_mut().substituted = true;
        }
    }
}

/// The same for the list form alone.
pub(super) fn inherit_list(items: &mut [Node], variables: &Variables, context: &Context<'_>) {
    for item in items {
        let name = item.as_str().filter(|it| !it.contains('='));
        if let Some((name, value)) =
            name.and_then(|it| Some((it, variables.get(it, context.world)?)))
        {
            item.value = Value::String(format!("{name}={value}"));
            item.history_mut().substituted = true;
        }
    }
}

fn read_env_files(service: &Node, variables: &Variables, context: &mut Context<'_>) -> Mapping {
    let mut found = Mapping::new();
    for file in service.get("env_file").and_then(Node::as_sequence).unwrap_or_default() {
        let Some(path) = file.get("path") else { continue };
        let absent = || !context.world.is_file(Path::new(path.as_str().unwrap_or_default()));
        let optional = file.get("required").is_some_and(|it| it.value == Value::Bool(false));
        if optional && absent() {
            continue;
        }
        let Ok(format) = format(file, context) else { continue };
        let declared = service.get("environment");
        let world = context.world;
        let earlier = found.clone();
        let lookup = |name: &str| {
            let from_declared = || declared?.get(name).and_then(scalar_text);
            let from_earlier = || earlier.get(name).and_then(|it| scalar_text(&it.node));
            variables.get(name, world).or_else(from_declared).or_else(from_earlier)
        };
        read_file(path, format, &lookup, &mut found, context);
    }
    found
}

fn format(file: &Node, context: &mut Context<'_>) -> Result<Format, Reported> {
    match file.get("format").map(|it| (it.as_str().unwrap_or_default(), it.span)) {
        None | Some(("", _)) => Ok(Format::Compose),
        Some(("raw", _)) => Ok(Format::Raw),
        Some((other, span)) => {
            let message = format!("an env file cannot have the format `{other}`");
            let diagnostic = Diagnostic::error(Code::EnvFile, span, message);
            Err(context.diagnostics.report(diagnostic.help("the only format is `raw`")))
        }
    }
}

fn read_label_files(service: &Node, context: &mut Context<'_>) -> Mapping {
    let mut found = Mapping::new();
    for path in service.get("label_file").and_then(Node::as_sequence).unwrap_or_default() {
        read_file(path, Format::Labels, &|_| None, &mut found, context);
    }
    found
}

fn read_file(
    path: &Node,
    format: Format,
    lookup: &dyn Fn(&str) -> Option<String>,
    found: &mut Mapping,
    context: &mut Context<'_>,
) {
    let file = Path::new(path.as_str().unwrap_or_default());
    let shown = context.shown(file);
    let id = match read_text(context.world, context.sources, file, &shown) {
        Ok(id) => id,
        Err(error) => {
            let message = format!("cannot read the {} `{shown}`: {}", format.file(), error.reason);
            let place = error.place.unwrap_or(path.span);
            let diagnostic = Diagnostic::error(Code::EnvFile, place, message);
            context.diagnostics.report(match format {
                Format::Compose | Format::Raw => diagnostic.help(
                    "create it, or write `{ path: …, required: false }` when it may be absent",
                ),
                Format::Labels => diagnostic.help("create it, or take it out of `label_file`"),
            });
            return;
        }
    };
    let text = &context.sources.get(id).text;
    let parsed = match format {
        Format::Raw => dotenv::parse_raw(text, lookup),
        Format::Compose | Format::Labels => dotenv::parse(text, lookup),
    };
    match parsed {
        Err(error) => {
            let place = Span::new(id, error.offset, error.offset);
            super::text::report(&error, Code::EnvFile, place, context.diagnostics);
        }
        Ok(parsed) => {
            for (name, offset) in &parsed.unset {
                context.warn_unset(name, "", Span::new(id, *offset, *offset));
            }
            for entry in parsed.entries {
                let Some(value) = entry.value else { continue };
                let key_span = Span::new(id, entry.offset, entry.offset + entry.key.len());
                if entry.key.is_empty() {
                    warn_nameless(key_span, context);
                }
                let node = Node::string(value, key_span);
                found.insert(entry.key, Entry { key_span, node });
            }
        }
    }
}

/// What Compose makes of a last line without `=` and without an end.
fn warn_nameless(span: Span, context: &mut Context<'_>) {
    let message = "this line becomes the value of a variable without a name";
    let warning = Diagnostic::warning(Code::EnvFile, span, message);
    context.diagnostics.add(warning.help("write `KEY=value`, and end the last line"));
}

/// Puts what files say under what the service says itself.
fn put_under(service: &mut Node, key: &str, found: Mapping, context: &mut Context<'_>) {
    let Some(keys) = service.as_mapping_mut().filter(|_| !found.is_empty()) else {
        return;
    };
    let entry = keys
        .entry(key.to_owned())
        .or_insert_with(|| Entry { key_span: Span::DETACHED, node: Node::mapping(Span::DETACHED) });
    let Some(own) = entry.node.as_mapping_mut() else { return };
    let mut merged = found;
    for (name, entry) in std::mem::take(own) {
        if entry.node.is_null()
            && let Some(hidden) = merged.get(&name)
        {
            let message = format!("`{name}` without a value hides the value of the env file");
            let warning = Diagnostic::warning(Code::UnsetVariable, entry.key_span, message);
            let warning = warning.label(hidden.key_span, "this value is not used");
            context.diagnostics.add(warning.help("take the line out, or set the variable"));
        }
        merged.insert(name, entry);
    }
    *own = merged;
}
