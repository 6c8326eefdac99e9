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
//! | 5 | `deploy` (a feature) | a stack and what AWS has | what has to change |
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
#[cfg(feature = "deploy")]
pub mod deploy;
pub mod diagnostic;
pub mod ecs;
pub mod environment;
pub mod explanation;
pub mod facts;
mod init;
mod lower;
mod overlay;
mod redact;
pub mod source;
pub mod stack;
pub mod support;
pub mod surroundings;
pub mod world;
mod yaml;

use std::path::{Path, PathBuf};

use indexmap::{IndexMap, IndexSet};
use serde_json::Value;

pub use compose::{ProjectOptions, Shape, Step};
pub use init::{InitOptions, Initiation, Managed, Note, init};

use compose::{Context, Demand, Opened, Project, Unread};
use diagnostic::{Code, Diagnostic, Diagnostics, Reported, did_you_mean};
use ecs::ServiceDefinition;
use environment::Environment;
use explanation::Explanation;
use facts::{Facts, Needs};
use lower::{Findings, Input};
use overlay::template::Templates;
use source::{FileId, Sources, Span, Spanned};
use stack::{Secrets, Stack};
use support::{Row, UsedKey};
use world::{World, read_text};
use yaml::Node;
use yaml::parse::documents;

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
    /// Images that services run instead of what the files say, by service.
    pub images: IndexMap<String, String>,
    /// A JSON file of [`Facts`].
    pub facts: Option<PathBuf>,
    /// Whether service definitions are wanted too, which need to know more of AWS.
    pub services: bool,
    /// What the caller found out, for what neither the overlay nor the file says.
    pub known: Facts,
}

/// The outcome of a run: the stack when nothing stood in the way, and everything there is to say.
#[derive(Clone, Debug, Default)]
pub struct Compilation {
    /// `None` when the diagnostics hold an error.
    pub stack: Option<Stack>,
    /// The stack as far as it is known, when missing facts are the only errors: what has a name and where it belongs is
    /// right, the definitions lack the facts, and a template of one that is missing stands as it is written. A deployment
    /// begins its look-ups with it; compiled again with what they find, it is the stack.
    pub draft: Option<Stack>,
    /// The stack where errors of the Compose files alone stand in the way: its names, which the overlay gives, are right.
    /// Enough to list an environment and to take it down, never to bring it up.
    pub outline: Option<Stack>,
    /// The service definitions of the stack, when [`Options::services`] asks for them.
    pub services: Vec<ServiceDefinition>,
    /// The facts that were asked for and not found. Those that the output can do without (digests of images, the ends of
    /// ARNs) are in it too, without an error. What one answer makes known may raise further questions: an image whose
    /// registry is written with the account is only asked for once the account is known.
    pub needs: Needs,
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
    let mut secrets = Vec::new();
    let directory = &options.project.directory;
    let unread =
        if options.skip.contains(&Step::Interpolation) { Unread::Kept } else { Unread::Refused };
    let mut context = Context {
        world,
        sources,
        diagnostics,
        directory,
        unread,
        unset: IndexSet::new(),
        secrets: &mut secrets,
    };
    let demand = Demand { skip: &options.skip, services: &options.services };
    let model = compose::open(&options.project, demand, &mut context).map(|opened| {
        context.secrets.extend(opened.secret_values(world));
        compose::finish(opened, demand, &mut context)
    });
    configuration.diagnostics.cover(&secrets);
    let Ok(model) = model else {
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

/// What becomes of every key of the Compose specification, in the order of its schema.
pub fn support() -> Vec<&'static Row> {
    compose::keys::all().iter().flat_map(|it| support::rows(it)).copied().collect()
}

/// The keys of the Compose specification that the text of a Compose file has, in its order. A text that is not YAML
/// has none; `check` says what is wrong with it.
pub fn keys_of(text: &str) -> Vec<UsedKey> {
    let mut sources = Sources::default();
    let file = sources.add("compose.yaml", text);
    let read = documents(&sources, file, &mut Diagnostics::default());
    let keys = read.iter().flatten().flat_map(compose::keys::of_document);
    keys.map(|it| UsedKey { path: it.path, key: it.span.range(), value: it.value_span.range() })
        .collect()
}

/// The JSON Schema (draft 7, which editors know best) of an overlay.
pub fn overlay_schema() -> Value {
    let task = ecs::schema_of::<ecs::TaskDefinition>();
    overlay::schema(task, ecs::schema_of::<ecs::ContainerDefinition>())
}

/// Compiles a project. Reads through `world` alone and writes nothing.
pub fn compile(world: &dyn World, options: &Options) -> Compilation {
    let mut compilation = Compilation::default();
    let mut secrets = Vec::new();
    let definitions = run(world, options, &mut compilation, &mut secrets);
    compilation.diagnostics.cover(&secrets);
    for explanation in &mut compilation.explanations {
        explanation.cover(&secrets);
    }
    if let Ok((mut stack, overlays)) = definitions {
        stack.secrets = Secrets::new(secrets);
        let diagnostics = &compilation.diagnostics;
        if !diagnostics.has_errors() {
            compilation.stack = Some(stack);
        } else if diagnostics.has_only_errors_of(Code::MissingFact) {
            compilation.draft = Some(stack);
        } else if !diagnostics.has_error_in(&overlays) {
            compilation.outline = Some(stack);
        }
    }
    compilation
}

/// The stack as far as it can be lowered, and the files of the overlay.
fn run(
    world: &dyn World,
    options: &Options,
    compilation: &mut Compilation,
    secrets: &mut Vec<String>,
) -> Result<(Stack, Vec<FileId>), Reported> {
    let Compilation { diagnostics, explanations, sources, needs, services, .. } = compilation;
    let directory = &options.project.directory;
    let unread = Unread::Refused;
    let mut context =
        Context { world, sources, diagnostics, directory, unread, unset: IndexSet::new(), secrets };
    let facts = read_facts(options, &mut context);
    let opened = compose::open(&options.project, Demand::default(), &mut context);
    let directory = opened.as_ref().map_or(directory.as_path(), |it| it.directory.as_path());
    let errors = context.diagnostics.errors();
    let overlays = read_overlays(options, directory, &mut context);
    let overlay_is_whole = context.diagnostics.check_since(errors);
    let (mut opened, facts) = (opened?, facts?.or(options.known.clone()));
    context.secrets.extend(opened.secret_values(world));
    let environment = Environment::new(&opened.name, options.branch.as_deref());
    let mut templates =
        templates(options, &environment, &facts, (&opened, &overlays), &mut context);
    for document in &mut opened.documents {
        templates.render_extensions(document, context.sources, context.diagnostics);
    }
    let files: Vec<FileId> = overlays.iter().filter_map(|it| it.span.file()).collect();
    for mut document in overlays {
        templates.render_overlay(&mut document, context.sources, context.diagnostics);
        opened.push(document, &mut context);
    }
    needs.account |= templates.missing.contains("account");
    needs.region |= templates.missing.contains("region");
    let mut project = compose::resolve(opened, &mut context);
    replace_images(&mut project, &options.images, context.diagnostics);
    context.secrets.extend(project.secret_values());
    context.secrets.sort();
    context.secrets.dedup();
    overlay::report_new_services(&project, &files, context.diagnostics);
    // Without its overlay a project lacks everything that the overlay says.
    overlay_is_whole?;
    let overlay = overlay::decode(project.extension.as_ref(), context.diagnostics);
    let wanted = lower::files::wanted(&project);
    let contents = compose::contents::read(wanted.iter().map(String::as_str), &mut context);
    let input = Input {
        contents: &contents,
        project: &project,
        overlay: &overlay,
        environment: &environment,
        facts: &facts,
        commit: options.commit.as_deref(),
        files: &files,
        secrets: secrets.as_slice(),
    };
    let mut findings = Findings::new(diagnostics, explanations, needs);
    let stack = lower::lower(input, &mut findings);
    if options.services {
        *services = lower::services::lower(input, &stack, &mut findings);
    }
    Ok((stack, files))
}

/// Puts the images of the caller in the place of those of the files.
fn replace_images(
    project: &mut Project,
    images: &IndexMap<String, String>,
    diagnostics: &mut Diagnostics,
) {
    for (name, image) in images {
        match project.services.get_mut(name) {
            Some(service) => {
                let span = service.image.as_ref().map_or(service.span, |it| it.span);
                service.image = Some(Spanned::new(image.clone(), span));
            }
            None => {
                let message =
                    format!("there is no service `{name}` whose image could be `{image}`");
                let error = Diagnostic::error(Code::UndefinedReference, project.span, message);
                let names = project.services.keys().map(String::as_str);
                diagnostics.report(match did_you_mean(name, names) {
                    Some(candidate) => error.help(format!("did you mean `{candidate}`?")),
                    None => error,
                });
            }
        }
    }
}

fn read_facts(options: &Options, context: &mut Context<'_>) -> Result<Facts, Reported> {
    let Some(path) = &options.facts else {
        return Ok(Facts::default());
    };
    let shown = path.to_string_lossy();
    let file =
        read_text(context.world, context.sources, &options.project.directory.join(path), &shown)
            .map_err(|error| {
                let message = format!("cannot read the facts `{shown}`: {}", error.reason);
                let place = error.place.unwrap_or(Span::DETACHED);
                context.diagnostics.report(Diagnostic::error(Code::MissingFile, place, message))
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

/// The documents of all overlays; a file that cannot be read is reported, and the others are read all the same.
fn read_overlays(options: &Options, directory: &Path, context: &mut Context<'_>) -> Vec<Node> {
    let found = || {
        let beside = overlay::NAMES.iter().map(|name| directory.join(name));
        beside.filter(|it| context.world.is_file(it)).take(1).collect()
    };
    let given = &options.overlays;
    let paths: Vec<PathBuf> = if given.is_empty() { found() } else { given.clone() };
    let at = |it: &PathBuf| options.project.directory.join(it);
    let mut read = |it: &PathBuf| compose::read_file(&at(it), None, context);
    paths.iter().filter_map(|it| read(it).ok()).flat_map(|(_, documents)| documents).collect()
}

/// The templates with the values of this run; the files' own `account` and `region` win over the facts'.
fn templates(
    options: &Options,
    environment: &Environment,
    facts: &Facts,
    (opened, overlays): (&Opened, &[Node]),
    context: &mut Context<'_>,
) -> Templates {
    let mut written = |key: &str| {
        let mut documents = overlays.iter().rev().chain(opened.documents.iter().rev());
        let node = documents.find_map(|it| it.get("x-ecs")?.get(key))?;
        let text = opened.interpolated(node, context).as_str().map(str::to_owned);
        text.filter(|it| !it.contains("{{"))
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
