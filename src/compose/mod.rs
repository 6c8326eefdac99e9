//! Compose files -> [`Project`], exactly as Docker Compose reads them: phase 2 of the compiler.

mod canonical;
mod consistency;
pub(crate) mod contents;
mod defaults;
pub(crate) mod depends_on;
mod directives;
mod dotenv;
pub(crate) mod environment;
mod extends;
mod files;
pub(crate) mod healthcheck;
mod include;
mod interpolate;
mod links;
mod load;
pub(crate) mod logging;
mod merge;
mod normalise;
mod paths;
mod port_syntax;
pub(crate) mod ports;
mod printed;
mod project_name;
pub(crate) mod resources;
mod schema;
pub(crate) mod secrets;
mod selection;
pub(crate) mod service;
mod text;
mod typed;
mod unicity;
mod units;
mod validity;
mod variables;
mod volume_syntax;
pub(crate) mod volumes;
mod words;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use indexmap::{IndexMap, IndexSet};

pub use files::ProjectOptions;
pub use printed::Shape;
pub(crate) use printed::escape;
pub(crate) use schema::paths::{self as keys, WrittenKey};
pub(crate) use service::Service;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Reported};
use crate::redact::{holds_a_secret, is_distinctive};
use crate::source::{Sources, Span};
use crate::world::{World, read_text};
use crate::yaml::parse::documents;
use crate::yaml::sensitive::sensitive_spans;
use crate::yaml::{Mapping, Node};
use environment::Variables;
use load::Level;

/// What every phase of loading needs: where to read, what was read, what went wrong.
pub(crate) struct Context<'a> {
    pub(crate) world: &'a dyn World,
    pub(crate) sources: &'a mut Sources,
    pub(crate) diagnostics: &'a mut Diagnostics,
    /// The folder of the process, which messages leave out of paths.
    pub(crate) directory: &'a Path,
    /// What becomes of short forms that cannot be read.
    pub(crate) unread: Unread,
    /// Variables that were warned about already.
    pub(crate) unset: IndexSet<String>,
    /// The values known so far that no message may show.
    pub(crate) secrets: &'a mut Vec<String>,
}

/// What becomes of a short form that cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Unread {
    #[default]
    Refused,
    /// It stays as written, for its variables are not replaced.
    Kept,
}

impl Context<'_> {
    /// A path as the user would write it.
    pub(crate) fn shown(&self, path: &Path) -> String {
        path.strip_prefix(self.directory).unwrap_or(path).to_string_lossy().into_owned()
    }

    /// Warns once of a variable that is not set.
    fn warn_unset(&mut self, name: &str, text: &str, span: Span) {
        if !self.unset.insert(name.to_owned()) {
            return;
        }
        let message = format!("the variable `{name}` is not set and becomes empty");
        let mut warning = Diagnostic::warning(Code::UnsetVariable, span, message);
        let before = text.split(&format!("${name}")).next().filter(|it| it.len() < text.len());
        // In the middle of a word it is more likely a part of a password.
        if before.is_some_and(|it| it.ends_with(|last: char| last.is_alphanumeric())) {
            warning = warning.help("a `$` that is meant literally is written `$$`");
        }
        let help = "set it in `.env`, pass `--env-file`, or give a default";
        self.diagnostics.add(warning.help(format!("{help}: `${{{name}:-value}}`")));
    }
}

/// A step of loading that `config` can leave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// `${…}` and the types that follow from it.
    Interpolation,
    /// Names, networks, dependencies that Compose derives.
    Normalization,
    /// Checks between the parts of the project.
    Consistency,
    /// Relative paths against the project's folder.
    PathResolution,
    /// `env_file` and `label_file` into `environment` and `labels`.
    EnvironmentResolution,
}

/// A project before its files are merged: every document parsed and interpolated.
pub(crate) struct Opened {
    pub(crate) name: String,
    pub(crate) directory: PathBuf,
    pub(crate) variables: Rc<Variables>,
    pub(crate) documents: Vec<Node>,
    /// The first file, which `include` must not lead back to.
    main: PathBuf,
    profiles: Vec<String>,
    /// The last file, for problems of the whole.
    last: Span,
}

fn is_secret(name: &str, value: &str) -> bool {
    holds_a_secret(name, value) && is_distinctive(value)
}

impl Project {
    /// The values of the containers' variables that hold secrets.
    pub(crate) fn secret_values(&self) -> impl Iterator<Item = String> {
        let variables = self.services.values().flat_map(|it| &it.environment);
        let secrets = variables.filter(|(name, it)| is_secret(name, &it.value.value));
        secrets.map(|(_, it)| it.value.value.clone())
    }
}

/// What is asked of a project besides itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Demand<'a> {
    pub(crate) skip: &'a [Step],
    /// Services to keep, with all they depend on; none keeps all.
    pub(crate) services: &'a [String],
}

impl Demand<'_> {
    fn wants(self, step: Step) -> bool {
        !self.skip.contains(&step)
    }
}

/// A project as one tree in canonical form, with typed values.
pub(crate) struct Model {
    pub(crate) name: String,
    /// With the services that are on.
    pub(crate) node: Node,
    /// The services that are off.
    pub(crate) disabled: Mapping,
    variables: Rc<Variables>,
    /// Values have no types, because variables are not replaced.
    raw: bool,
}

impl Model {
    /// The profiles that any service has, sorted.
    pub(crate) fn profiles(&self) -> Vec<String> {
        let services = self.node.get("services").and_then(Node::as_mapping).into_iter().flatten();
        let all =
            services.chain(&self.disabled).flat_map(|(_, it)| selection::profiles_of(&it.node));
        let sorted: BTreeSet<&str> = all.collect();
        sorted.into_iter().map(str::to_owned).collect()
    }

    /// The variables that `${…}` sees, sorted.
    pub(crate) fn environment(&self, world: &dyn World) -> Vec<(String, String)> {
        self.variables.all(world)
    }

    /// The shape of `docker compose config --format json`.
    pub(crate) fn print(mut self, all_resources: bool, shape: Shape) -> serde_json::Value {
        if !all_resources {
            selection::prune(&mut self.node);
        }
        if self.raw {
            return printed::raw(&self.node, &self.name);
        }
        printed::project(&self.node, &self.name, shape)
    }
}

/// A whole application in Compose's canonical form.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    /// The services that are on, in the order of the files.
    pub(crate) services: IndexMap<String, Service>,
    /// The services that only a profile which is not active would turn on, with their profiles.
    pub(crate) disabled: IndexMap<String, Vec<String>>,
    pub(crate) configs: IndexMap<String, secrets::Definition>,
    pub(crate) secrets: IndexMap<String, secrets::Definition>,
    pub(crate) volumes: IndexMap<String, volumes::Definition>,
    /// The keys that the author wrote of each network, volume, secret and config, by section and name.
    pub(crate) definitions: IndexMap<(&'static str, String), Vec<WrittenKey>>,
    /// The keys that the author wrote at the top.
    pub(crate) top: Vec<WrittenKey>,
    /// The top-level `x-ecs`.
    pub(crate) extension: Option<Node>,
    /// A place for what concerns the project as a whole.
    pub(crate) span: Span,
}

/// Finds the files, reads and interpolates them (steps 1 to 5 of `reference/compose.md`, 1).
pub(crate) fn open(
    options: &ProjectOptions,
    demand: Demand<'_>,
    context: &mut Context<'_>,
) -> Result<Opened, Reported> {
    let found = files::find(options, context)?;
    let mut raw = Vec::new();
    let mut last = Span::DETACHED;
    for path in &found.files {
        if let Ok((file, read)) = read_file(path, None, context) {
            last = file;
            raw.extend(read);
        }
    }
    context.diagnostics.check_since(found.errors_before)?;
    if raw.is_empty() {
        return Err(report_empty(&found.files, last, context));
    }
    let name = files::name(options, &found.directory, &found.variables, &raw, context)?;
    let variables = Variables { project_name: Some(name.clone()), ..found.variables };
    let mut opened = Opened {
        name,
        directory: found.directory,
        variables: Rc::new(variables),
        documents: Vec::new(),
        main: found.files.first().cloned().unwrap_or_default(),
        profiles: found.profiles,
        last,
    };
    for mut document in raw {
        if demand.wants(Step::Interpolation) {
            interpolate::interpolate(&mut document, &opened.variables, context);
        }
        opened.documents.push(document);
    }
    Ok(opened)
}

fn report_empty(files: &[PathBuf], span: Span, context: &mut Context<'_>) -> Reported {
    let names: Vec<String> = files.iter().map(|it| format!("`{}`", context.shown(it))).collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    let message = format!("{} {verb} empty", names.join(", "));
    context.diagnostics.report(Diagnostic::error(Code::EmptyFile, span, message))
}

impl Opened {
    /// The values of variables that hold secrets, which no message may show.
    pub(crate) fn secret_values(&self, world: &dyn World) -> Vec<String> {
        let all = self.variables.all(world).into_iter();
        all.filter(|(name, value)| is_secret(name, value)).map(|(_, value)| value).collect()
    }

    /// A value with its variables replaced.
    pub(crate) fn interpolated(&self, node: &Node, context: &mut Context<'_>) -> Node {
        let mut node = node.clone();
        interpolate::interpolate(&mut node, &self.variables, context);
        node
    }

    /// Adds a document, an override of all before it.
    pub(crate) fn push(&mut self, mut document: Node, context: &mut Context<'_>) {
        interpolate::interpolate(&mut document, &self.variables, context);
        self.documents.push(document);
    }
}

/// As `read_documents`, where all of them are mappings.
pub(crate) fn read_file(
    path: &Path,
    named_at: Option<Span>,
    context: &mut Context<'_>,
) -> Result<(Span, Vec<Node>), Reported> {
    let (beginning, read) = read_documents(path, named_at, context)?;
    if let Some(other) = read.iter().find(|it| it.as_mapping().is_none()) {
        let kind = other.kind();
        let message = format!("the top level of a Compose file must be a mapping, not {kind}");
        let diagnostic = Diagnostic::error(Code::WrongType, other.span, message);
        return Err(context.diagnostics.report(diagnostic.help("start it with `services:`")));
    }
    Ok((beginning, read))
}

/// Parses one file into documents, with the place of its beginning; `named_at` is the place that names the file.
pub(crate) fn read_documents(
    path: &Path,
    named_at: Option<Span>,
    context: &mut Context<'_>,
) -> Result<(Span, Vec<Node>), Reported> {
    let shown = context.shown(path);
    let file = read_text(context.world, context.sources, path, &shown).map_err(|error| {
        let message = format!("cannot read `{shown}`: {}", error.reason);
        let span = error.place.or(named_at).unwrap_or(Span::DETACHED);
        context.diagnostics.report(Diagnostic::error(Code::MissingFile, span, message))
    })?;
    let read = documents(context.sources, file, context.diagnostics)?;
    read.iter().flat_map(sensitive_spans).for_each(|it| context.sources.cover(it));
    Ok((Span::new(file, 0, 0), read))
}

/// Merges the documents and gives all values their types (steps 6 to 24). Problems are reported and what they spoil is
/// left out, so that one run shows all of them; the caller looks at the diagnostics before it uses the model.
pub(crate) fn finish(opened: Opened, demand: Demand<'_>, context: &mut Context<'_>) -> Model {
    let Opened { name, directory, variables, documents, main, profiles, last } = opened;
    let mut level = Level::new(directory.clone(), Rc::clone(&variables));
    level.trail.push((main, last));
    let base = Some(directory.as_path()).filter(|_| demand.wants(Step::PathResolution));
    let mut node = level.project(documents, base, context);
    node.span = last;
    if demand.wants(Step::Normalization) {
        normalise::normalise(&mut node, &name, &variables, context);
    }
    if !demand.wants(Step::Interpolation) {
        return Model { name, node, disabled: Mapping::new(), variables, raw: true };
    }
    typed::convert(&mut node, context);
    let disabled = selection::select(&mut node, &profiles, demand.services);
    if demand.wants(Step::Consistency) {
        consistency::check(&node, &disabled, context.diagnostics);
    }
    selection::restrict(&mut node, demand.services, context.diagnostics);
    if demand.wants(Step::EnvironmentResolution) {
        environment::resolve_files(&mut node, &variables, context);
    }
    Model { name, node, disabled, variables, raw: false }
}

/// The project that the compiler goes on with.
pub(crate) fn resolve(opened: Opened, context: &mut Context<'_>) -> Project {
    let model = finish(opened, Demand::default(), context);
    decode(model, context)
}

fn decode(model: Model, context: &mut Context<'_>) -> Project {
    let Model { mut node, disabled, variables, .. } = model;
    let span = node.span;
    let definitions = definitions(&node);
    let written = keys::of_top(&node);
    let mut top = node.as_mapping_mut().map(std::mem::take).unwrap_or_default();
    let mut section = |key: &str| -> Mapping {
        let node = top.shift_remove(key).map(|it| it.node);
        node.and_then(|mut it| it.as_mapping_mut().map(std::mem::take)).unwrap_or_default()
    };
    let services = section("services");
    let services = services.into_iter().map(|(name, entry)| {
        let service = service::decode(&name, entry, context.diagnostics);
        (name, service)
    });
    let services = services.collect();
    let profiles = |it: &Node| selection::profiles_of(it).map(str::to_owned).collect();
    let mut configs = secrets::definitions(section("configs"));
    contents::fill_in(&mut configs, &variables, context);
    Project {
        services,
        disabled: disabled.iter().map(|(name, it)| (name.clone(), profiles(&it.node))).collect(),
        configs,
        secrets: secrets::definitions(section("secrets")),
        volumes: volumes::definitions(section("volumes")),
        definitions,
        top: written,
        extension: top.shift_remove("x-ecs").map(|it| it.node),
        span,
    }
}

/// What the author wrote of each thing that services name.
fn definitions(model: &Node) -> IndexMap<(&'static str, String), Vec<WrittenKey>> {
    let mut definitions = IndexMap::new();
    for section in ["networks", "volumes", "secrets", "configs"] {
        for (name, entry) in model.get(section).and_then(Node::as_mapping).into_iter().flatten() {
            let written = keys::of_entry(section, &entry.node);
            definitions.insert((section, name.clone()), written);
        }
    }
    definitions
}
