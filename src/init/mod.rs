//! Project + what the caller knows -> the text of a first overlay, with what was found and what only the user knows.

mod bound;
mod catalogue;
mod ecs_params;
mod images;
mod ingress;
mod managed;
mod overlay_text;
mod page;
mod processes;
mod split;
mod survey;
mod trial;

use std::path::PathBuf;

use indexmap::IndexSet;

use crate::compose::{self, Context, Demand, Project, ProjectOptions, Unread};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Reported, sentence};
use crate::overlay::NAMES;
use crate::source::Sources;
use crate::surroundings::Surroundings;
use crate::world::World;
use survey::Survey;
use trial::{Amendments, Attempt, Outlook, Repeatable};

/// What to write an overlay for.
#[derive(Clone, Debug, Default)]
pub struct InitOptions {
    /// The Compose project, as on Docker Compose's command line.
    pub project: ProjectOptions,
    /// What is known of AWS.
    pub surroundings: Surroundings,
    /// RDS instances or clusters that take the place of databases.
    pub databases: Vec<Managed>,
    /// An `ecs-params.yml` of ecs-cli to carry over.
    pub ecs_params: Option<PathBuf>,
    /// Caches of ElastiCache that take the place of Redis, Valkey or Memcached.
    pub caches: Vec<Managed>,
}

/// Something managed, and the service whose place it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Managed {
    /// `None`: the only one of its kind.
    pub service: Option<String>,
    /// Its identifier in AWS.
    pub identifier: String,
}

/// A first overlay, and everything there is to say of it.
#[derive(Clone, Debug, Default)]
pub struct Initiation {
    /// `None` when the diagnostics hold an error.
    pub overlay: Option<String>,
    /// Where it belongs: the project's folder, where it is looked for.
    pub directory: PathBuf,
    /// Overlays that are there already.
    pub existing: Vec<PathBuf>,
    /// What was found, in the order of the file, and what was decided.
    pub notes: Vec<Note>,
    /// Keys with made-up values, which only the user knows.
    pub unknown: Vec<String>,
    /// Whether it renders only with what AWS alone knows: online, or with facts.
    pub needs_lookup: bool,
    /// Whether something managed was named for a service that it cannot stand in for.
    pub is_misused: bool,
    /// All problems, in the order they were found.
    pub diagnostics: Diagnostics,
    /// The texts that spans point into.
    pub sources: Sources,
}

/// One thing that was found and decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The service, or nothing for the project as a whole.
    pub service: Option<String>,
    /// What it is and what becomes of it, in a phrase.
    pub text: String,
}

/// Reads a project as Docker Compose does and writes its first overlay. Reads through `world` alone and writes nothing.
pub fn init(world: &dyn World, options: &InitOptions) -> Initiation {
    let mut initiation = Initiation::default();
    let mut secrets = Vec::new();
    let world = Repeatable::of(world);
    let written = run(&world, options, &mut initiation, &mut secrets);
    initiation.diagnostics.cover(&secrets);
    if written.is_err() || initiation.diagnostics.has_errors() {
        initiation.overlay = None;
    }
    initiation
}

fn run(
    world: &Repeatable<'_>,
    options: &InitOptions,
    initiation: &mut Initiation,
    secrets: &mut Vec<String>,
) -> Result<(), Reported> {
    let Initiation { diagnostics, sources, .. } = initiation;
    let directory = &options.project.directory;
    let unread = Unread::Refused;
    let mut context =
        Context { world, sources, diagnostics, directory, unread, unset: IndexSet::new(), secrets };
    let opened = compose::open(&options.project, Demand::default(), &mut context)?;
    context.secrets.extend(opened.secret_values(world));
    let (name, directory) = (opened.name.clone(), opened.directory.clone());
    let errors = context.diagnostics.errors();
    let project = compose::resolve(opened, &mut context);
    context.secrets.extend(project.secret_values());
    context.diagnostics.check_since(errors)?;
    let path = options.ecs_params.as_ref();
    let given = &options.surroundings;
    let carried = path.map(|it| ecs_params::read(it, &project, given, &mut context)).transpose()?;
    let carried = carried.unwrap_or_default();
    if project.services.is_empty() {
        return Err(report_nothing(&project, &mut initiation.diagnostics));
    }
    let beside = NAMES.iter().map(|it| directory.join(it));
    initiation.existing = beside.filter(|it| world.is_file(it)).collect();
    initiation.directory = directory;
    let mut survey = Survey::of(&project, (world, &initiation.directory));
    initiation.is_misused = !managed::replace(&mut survey, options, &mut initiation.diagnostics);
    let mut amendments = Amendments::default();
    let draw = |amendments: &Amendments| {
        overlay_text::draw(&survey, &name, (&options.surroundings, &carried), amendments)
    };
    let tried = loop {
        let text = draw(&amendments).text;
        let tried = world.compile(options, &initiation.directory, &text);
        let attempt = Attempt {
            compilation: &tried,
            survey: &survey,
            sources: &initiation.sources,
            directory: &options.project.directory,
        };
        if !amendments.learn(&attempt) {
            break tried;
        }
    };
    amendments.outlook = Outlook::of(&tried);
    initiation.needs_lookup = amendments.outlook == Outlook::LooksUp;
    let drawn = draw(&amendments);
    initiation.notes = drawn.notes;
    initiation.notes.extend(trial::notes(&tried));
    initiation.overlay = Some(drawn.text);
    initiation.unknown = drawn.unknown;
    Ok(())
}

fn report_nothing(project: &Project, diagnostics: &mut Diagnostics) -> Reported {
    let message = "there is no service to run";
    let error = Diagnostic::error(Code::InvalidValue, project.span, message);
    let names: Vec<&str> = project.disabled.keys().map(String::as_str).collect();
    diagnostics.report(if names.is_empty() {
        error
    } else {
        error.help(format!("these are off until `--profile` turns them on: {}", sentence(&names)))
    })
}
