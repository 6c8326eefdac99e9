//! compose2ecs: a `docker-compose.yml` and a small overlay -> AWS Fargate task definitions for every git branch.
//!
//! The crate is a compiler. [`compile`] runs its phases in order:
//!
//! | phase | module | turns | into |
//! |---|---|---|---|
//! | 1 | `yaml` | text | nodes that know their place |
//! | 2 | `compose`, `overlay` | nodes | a project as Docker Compose reads it, and what Compose cannot say |
//! | 3 | `lower` | project, overlay, names, facts | a [`stack::Stack`] |
//! | 4 | [`ecs`] | | ECS's own words, and what Fargate allows |
//!
//! [`config`] stops after phase 2 and gives the project as Docker Compose understands it.
//!
//! Everything it reads comes through a [`world::World`]; everything it finds wrong is a [`diagnostic::Diagnostic`].
//!
//! ```
//! use compose2ecs::{Options, compile, world::MemoryWorld};
//!
//! let world = MemoryWorld::new([
//!     ("/app/compose.yaml", "services: { web: { image: nginx, environment: { API: 'http://web' } } }"),
//!     ("/app/compose2ecs.yml", "x-ecs: { region: eu-west-1, account: '123456789012', roles: { execution: ecs } }"),
//! ]);
//! let mut options = Options::default();
//! options.project.directory = "/app".into();
//! options.branch = Some("feature/login".to_owned());
//! let stack = compile(&world, &options).stack.expect("nothing is wrong with it");
//! let definition = &stack.tasks[0].definition;
//! assert_eq!(definition.family, "app-feature-login");
//! assert_eq!(definition.container_definitions[0].environment[0].value, "http://127.0.0.1");
//! ```

mod compose;
pub mod diagnostic;
pub mod ecs;
pub mod environment;
pub mod explanation;
pub mod facts;
mod lower;
mod overlay;
mod redact;
pub mod source;
pub mod stack;
pub mod world;
mod yaml;

use std::path::{Path, PathBuf};

use indexmap::IndexSet;
use serde_json::Value;

pub use compose::{ProjectOptions, Shape, Step};

use compose::{Context, Demand, Opened};
use diagnostic::{Code, Diagnostic, Diagnostics, Reported};
use environment::Environment;
use explanation::Explanation;
use facts::Facts;
use lower::{Findings, Input};
use overlay::template::Templates;
use source::{Sources, Span};
use stack::Stack;
use world::{World, read_text};

/// What to compile, and for which branch.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The Compose project, as on Docker Compose's command line.
    pub project: ProjectOptions,
    /// Overlay files in order. Empty: `compose2ecs.yml` or `.yaml` in the project's folder, when there is one.
    pub overlays: Vec<PathBuf>,
    /// The branch as git calls it; `None` renders the environment that has no branch.
    pub branch: Option<String>,
    /// The commit, for templates.
    pub commit: Option<String>,
    /// A JSON file of [`Facts`].
    pub facts: Option<PathBuf>,
}

/// The outcome of a run: the stack when nothing stood in the way, and everything there is to say.
#[derive(Clone, Debug, Default)]
pub struct Compilation {
    /// `None` when the diagnostics hold an error.
    pub stack: Option<Stack>,
    /// All problems, in the order they were found.
    pub diagnostics: Diagnostics,
    /// Where the values of the stack came from.
    pub explanations: Vec<Explanation>,
    /// The texts that spans point into.
    pub sources: Sources,
}

/// What to print of a project, as on the command line of `docker compose config`.
#[derive(Clone, Debug, Default)]
pub struct ConfigOptions {
    /// The Compose project.
    pub project: ProjectOptions,
    /// Services to print, with all they depend on; none prints all.
    pub services: Vec<String>,
    /// Steps that are left out: `--no-interpolate`, `--no-normalize` and so on.
    pub skip: Vec<Step>,
    /// What `--format` asks for.
    pub shape: Shape,
    /// Networks, volumes, secrets and configs that no service uses are printed too.
    pub all_resources: bool,
    /// A `$` stays one; otherwise it is doubled, so that the output can be read again.
    pub no_escape: bool,
}

/// A project as Docker Compose understands it.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    /// As `docker compose config` prints it; `None` when the diagnostics hold an error.
    pub model: Option<Value>,
    /// The profiles that any service has, sorted.
    pub profiles: Vec<String>,
    /// The variables that `${…}` sees, sorted.
    pub environment: Vec<(String, String)>,
    /// All problems, in the order they were found.
    pub diagnostics: Diagnostics,
    /// The texts that spans point into.
    pub sources: Sources,
}

/// Reads a project as Docker Compose does, without an overlay and without AWS in mind.
pub fn config(world: &dyn World, options: &ConfigOptions) -> Configuration {
    let mut configuration = Configuration::default();
    let Configuration { diagnostics, sources, .. } = &mut configuration;
    let directory = &options.project.directory;
    let mut context = Context { world, sources, diagnostics, directory, unset: IndexSet::new() };
    let demand = Demand { skip: &options.skip, services: &options.services };
    let opened = compose::open(&options.project, demand, &mut context);
    let Ok(model) = opened.map(|it| compose::finish(it, demand, &mut context)) else {
        return configuration;
    };
    configuration.profiles = model.profiles();
    configuration.environment = model.environment(world);
    if !configuration.diagnostics.has_errors() {
        let printed = model.print(options.all_resources, options.shape);
        let printed = if options.no_escape { printed } else { compose::escape(printed) };
        configuration.model = Some(printed);
    }
    configuration
}

/// Compiles a project. Reads through `world` alone and writes nothing.
pub fn compile(world: &dyn World, options: &Options) -> Compilation {
    let mut compilation = Compilation::default();
    let definitions = run(world, options, &mut compilation);
    if let Ok(stack) = definitions
        && !compilation.diagnostics.has_errors()
    {
        compilation.stack = Some(stack);
    }
    compilation
}

fn run(
    world: &dyn World,
    options: &Options,
    compilation: &mut Compilation,
) -> Result<Stack, Reported> {
    let Compilation { diagnostics, explanations, sources, .. } = compilation;
    let directory = &options.project.directory;
    let mut context = Context { world, sources, diagnostics, directory, unset: IndexSet::new() };
    let facts = read_facts(options, &mut context);
    let mut opened = compose::open(&options.project, Demand::default(), &mut context)?;
    let first_overlay = add_overlays(options, &mut opened, &mut context);
    let facts = facts?;
    let environment = Environment::new(&opened.name, options.branch.as_deref());
    let templates = templates(options, &environment, &facts, &opened);
    render(&templates, &mut opened, first_overlay, &mut context);
    let project = compose::resolve(opened, &mut context);
    let overlay = overlay::decode(project.extension.as_ref(), context.diagnostics);
    let input =
        Input { project: &project, overlay: &overlay, environment: &environment, facts: &facts };
    let mut findings = Findings::new(diagnostics, explanations);
    Ok(lower::lower(input, &mut findings))
}

fn read_facts(options: &Options, context: &mut Context<'_>) -> Result<Facts, Reported> {
    let Some(path) = &options.facts else {
        return Ok(Facts::default());
    };
    let shown = path.to_string_lossy();
    let file = read_text(context.world, context.sources, &absolute(options, path), &shown)
        .map_err(|reason| {
            let message = format!("cannot read the facts `{shown}`: {reason}");
            context.diagnostics.report(Diagnostic::error(
                Code::MissingFile,
                Span::DETACHED,
                message,
            ))
        })?;
    let text = &context.sources.get(file).text;
    Facts::parse(text).map_err(|(reason, line, column)| {
        let start =
            text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum::<usize>();
        let at = start + column.saturating_sub(1);
        let message = format!("these are not facts: {reason}");
        context.diagnostics.report(Diagnostic::error(
            Code::WrongType,
            Span::new(file, at, at + 1),
            message,
        ))
    })
}

fn absolute(options: &Options, path: &Path) -> PathBuf {
    options.project.directory.join(path)
}

/// Reads the overlays after all Compose files; gives back the index of the first overlay document.
fn add_overlays(options: &Options, opened: &mut Opened, context: &mut Context<'_>) -> usize {
    let first = opened.documents.len();
    let found = || {
        let beside = overlay::NAMES.iter().map(|name| opened.directory.join(name));
        beside.filter(|it| context.world.is_file(it)).take(1).collect()
    };
    let paths: Vec<PathBuf> =
        if options.overlays.is_empty() { found() } else { options.overlays.clone() };
    for path in paths {
        let path = absolute(options, &path);
        // A file that cannot be read is reported; the others are read all the same.
        let _ = opened.add_file(&path, context);
    }
    first
}

/// The templates with the values of this run; the files' own `account` and `region` win over the facts'.
fn templates(
    options: &Options,
    environment: &Environment,
    facts: &Facts,
    opened: &Opened,
) -> Templates {
    let written = |key: &str| {
        let nodes =
            opened.documents.iter().rev().filter_map(|it| it.get("x-ecs")?.get(key)?.as_str());
        nodes.filter(|it| !it.contains("{{")).map(str::to_owned).next()
    };
    let account = written("account").or_else(|| facts.account.clone());
    let region = written("region").or_else(|| facts.region.clone());
    Templates::new(&[
        ("project", Some(&environment.project)),
        ("branch", environment.slug.as_deref()),
        ("branch_name", environment.branch_name.as_deref()),
        ("environment", Some(&environment.name)),
        ("commit", options.commit.as_deref()),
        ("account", account.as_deref()),
        ("region", region.as_deref()),
    ])
}

/// Renders every string of the overlays, and the `x-ecs` blocks of all files.
fn render(
    templates: &Templates,
    opened: &mut Opened,
    first_overlay: usize,
    context: &mut Context<'_>,
) {
    for (index, document) in opened.documents.iter_mut().enumerate() {
        if index >= first_overlay {
            templates.render_tree(document, context.sources, context.diagnostics);
        } else {
            templates.render_extensions(document, context.sources, context.diagnostics);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::{ConfigOptions, config};
    use crate::world::MemoryWorld;

    /// The image of a service, when the project can be read.
    fn image(world: &MemoryWorld, service: &str) -> Option<String> {
        let mut options = ConfigOptions::default();
        options.project.directory = "/p".into();
        let configuration = config(world, &options);
        let placed = configuration.diagnostics.iter().all(|it| it.labels[0].span.file().is_some());
        assert!(placed, "every problem has a place");
        Some(configuration.model?["services"][service]["image"].as_str()?.to_owned())
    }

    #[test]
    fn a_chain_of_services_may_be_long_and_is_not_endless() {
        for (length, expected) in [(100, Some("x")), (101, None)] {
            let mut text = "services:\n".to_owned();
            for index in 0..length {
                let _ = writeln!(text, "  s{index}: {{ extends: s{} }}", index + 1);
            }
            let _ = writeln!(text, "  s{length}: {{ image: x }}");
            let world = MemoryWorld::new([("/p/compose.yaml", text.as_str())]);
            assert_eq!(image(&world, "s0").as_deref(), expected, "{length}");
        }
    }

    #[test]
    fn files_may_include_each_other_deeply_but_not_endlessly() {
        for (length, expected) in [(50, Some("x")), (51, None)] {
            let mut world = MemoryWorld::default();
            for index in 0..=length {
                let text = match index {
                    _ if index == length => "services: { last: { image: x } }".to_owned(),
                    _ => format!("include: [file{}.yaml]", index + 1),
                };
                let name = format!("/p/file{index}.yaml");
                let name = if index == 0 { "/p/compose.yaml".to_owned() } else { name };
                world.files.insert(name.into(), text.into_bytes());
            }
            assert_eq!(image(&world, "last").as_deref(), expected, "{length}");
        }
    }
}
