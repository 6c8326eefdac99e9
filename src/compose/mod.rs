//! Compose files -> [`Project`], exactly as Docker Compose reads them: phase 2 of the compiler.

mod canonical;
mod consistency;
pub(crate) mod depends_on;
mod directives;
mod dotenv;
pub(crate) mod environment;
mod files;
pub(crate) mod healthcheck;
mod interpolate;
mod links;
pub(crate) mod logging;
mod merge;
mod normalise;
mod paths;
mod port_syntax;
pub(crate) mod ports;
mod profiles;
mod project_name;
pub(crate) mod resources;
mod schema;
pub(crate) mod secrets;
pub(crate) mod service;
mod text;
mod unicity;
mod units;
mod variables;
mod volume_syntax;
pub(crate) mod volumes;
mod words;

use std::path::{Path, PathBuf};

use indexmap::{IndexMap, IndexSet};

pub use files::ProjectOptions;
pub(crate) use service::Service;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Reported};
use crate::source::{Sources, Span};
use crate::world::{World, read_text};
use crate::yaml::parse::documents;
use crate::yaml::sensitive::sensitive_spans;
use crate::yaml::{Mapping, Node};
use environment::Variables;

/// What every phase of loading needs: where to read, what was read, what went wrong.
pub(crate) struct Context<'a> {
    pub(crate) world: &'a dyn World,
    pub(crate) sources: &'a mut Sources,
    pub(crate) diagnostics: &'a mut Diagnostics,
    /// The folder of the process, which messages leave out of paths.
    pub(crate) directory: &'a Path,
    /// Variables that were warned about already.
    pub(crate) unset: IndexSet<String>,
}

impl Context<'_> {
    /// A path as the user would write it.
    pub(crate) fn shown(&self, path: &Path) -> String {
        path.strip_prefix(self.directory).unwrap_or(path).to_string_lossy().into_owned()
    }
}

/// A project before its files are merged: every document parsed and interpolated.
pub(crate) struct Opened {
    pub(crate) name: String,
    pub(crate) directory: PathBuf,
    pub(crate) variables: Variables,
    pub(crate) documents: Vec<Node>,
    profiles: Vec<String>,
    /// The last file, for problems of the whole.
    last: Span,
}

/// A whole application in Compose's canonical form.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    pub(crate) name: String,
    /// The services that are on, in the order of the files.
    pub(crate) services: IndexMap<String, Service>,
    /// The services that only a profile which is not active would turn on, with their profiles.
    pub(crate) disabled: IndexMap<String, Vec<String>>,
    pub(crate) secrets: IndexMap<String, secrets::Definition>,
    pub(crate) configs: IndexMap<String, secrets::Definition>,
    /// Top-level volumes and where each is defined.
    pub(crate) volumes: IndexMap<String, Span>,
    pub(crate) networks: IndexMap<String, Span>,
    /// The top-level `x-ecs`.
    pub(crate) extension: Option<Node>,
    /// A place for what concerns the project as a whole.
    pub(crate) span: Span,
}

/// Finds the files, reads and interpolates them (steps 1 to 5 of `reference/compose.md`, 1).
pub(crate) fn open(
    options: &ProjectOptions,
    context: &mut Context<'_>,
) -> Result<Opened, Reported> {
    let found = files::find(options, context)?;
    let mut opened = Opened {
        name: String::new(),
        directory: found.directory,
        variables: found.variables,
        documents: Vec::new(),
        profiles: found.profiles,
        last: Span::DETACHED,
    };
    let mut raw = Vec::new();
    for path in &found.files {
        if let Ok(read) = read(path, context) {
            opened.last = read.first().map_or(opened.last, |it| it.span.part(0, 0));
            raw.extend(read);
        }
    }
    context.diagnostics.check_since(found.errors_before)?;
    opened.name = files::name(options, &opened, &raw, context)?;
    opened.variables.project_name = Some(opened.name.clone());
    for mut document in raw {
        interpolate::interpolate(&mut document, &opened.variables, context);
        opened.documents.push(document);
    }
    Ok(opened)
}

impl Opened {
    /// Reads one more file, an override of all before it; gives back the index of its first document.
    pub(crate) fn add_file(
        &mut self,
        path: &Path,
        context: &mut Context<'_>,
    ) -> Result<usize, Reported> {
        let first = self.documents.len();
        for mut document in read(path, context)? {
            interpolate::interpolate(&mut document, &self.variables, context);
            self.documents.push(document);
        }
        Ok(first)
    }
}

/// Parses one file into documents that are mappings.
fn read(path: &Path, context: &mut Context<'_>) -> Result<Vec<Node>, Reported> {
    let shown = context.shown(path);
    let file = read_text(context.world, context.sources, path, &shown).map_err(|reason| {
        let message = format!("cannot read `{shown}`: {reason}");
        context.diagnostics.report(Diagnostic::error(Code::MissingFile, Span::DETACHED, message))
    })?;
    let read = documents(context.sources, file, context.diagnostics)?;
    for span in read.iter().flat_map(sensitive_spans) {
        context.sources.cover(span);
    }
    let whole = Span::new(file, 0, 0);
    if read.is_empty() {
        let message = format!("`{shown}` is empty");
        return Err(context.diagnostics.report(Diagnostic::error(Code::EmptyFile, whole, message)));
    }
    for document in &read {
        if document.as_mapping().is_none() {
            let message = format!(
                "the top level of a Compose file must be a mapping, not {}",
                document.kind()
            );
            let diagnostic = Diagnostic::error(Code::WrongType, document.span, message);
            return Err(context.diagnostics.report(diagnostic.help("start it with `services:`")));
        }
    }
    Ok(read)
}

/// Merges the documents and decodes the result (steps 6 to 23). Problems are reported and what they spoil is left
/// out, so that one run shows all of them; the caller looks at the diagnostics before it uses the project.
pub(crate) fn resolve(opened: Opened, context: &mut Context<'_>) -> Project {
    let mut model = Node::mapping(opened.last);
    for mut document in opened.documents {
        directives::apply(&mut model, &mut document, context.diagnostics);
        merge::merge(&mut model, document, context.diagnostics);
        unicity::enforce(&mut model);
    }
    schema::check(&mut model, context.diagnostics);
    canonical::canonicalise(&mut model, context.diagnostics);
    unicity::enforce(&mut model);
    paths::resolve(&mut model, &opened.directory, context.world);
    normalise::normalise(&mut model, &opened.name, &opened.variables, context);
    let mut project = decode(&opened.name, model, context.diagnostics);
    profiles::select(&mut project, &opened.profiles);
    consistency::check(&project, context.diagnostics);
    environment::resolve_env_files(&mut project, &opened.variables, context);
    project
}

fn decode(name: &str, mut model: Node, diagnostics: &mut Diagnostics) -> Project {
    let span = model.span;
    let mut top = model.as_mapping_mut().map(std::mem::take).unwrap_or_default();
    let mut section = |key: &str| -> Mapping {
        let node = top.shift_remove(key).map(|it| it.node);
        node.and_then(|mut it| it.as_mapping_mut().map(std::mem::take)).unwrap_or_default()
    };
    let services = section("services");
    let services = services.into_iter().map(|(name, entry)| {
        let service = service::decode(&name, entry, diagnostics);
        (name, service)
    });
    Project {
        name: name.to_owned(),
        services: services.collect(),
        disabled: IndexMap::new(),
        secrets: secrets::definitions(section("secrets")),
        configs: secrets::definitions(section("configs")),
        volumes: places(section("volumes")),
        networks: places(section("networks")),
        extension: top.shift_remove("x-ecs").map(|it| it.node),
        span,
    }
}

fn places(section: Mapping) -> IndexMap<String, Span> {
    section.into_iter().map(|(name, entry)| (name, entry.key_span)).collect()
}
