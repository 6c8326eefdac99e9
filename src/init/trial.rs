//! The overlay, compiled at once as `render` would: what it has to say besides, and what `render` still refuses.

mod deliveries;

use std::cell::{OnceCell, RefCell};
use std::path::{Path, PathBuf};

use indexmap::{IndexMap, IndexSet};

use super::processes::{self, Process};
use super::survey::Survey;
use super::{InitOptions, Note};
use crate::compose::Service;
use crate::compose::secrets::Grant;
use crate::diagnostic::{Code, Severity};
use crate::source::{Sources, Span};
use crate::world::World;

pub(super) use deliveries::{Attempt, Deliveries};

/// What `render` does with the overlay as it was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Outlook {
    #[default]
    Renders,
    /// It has to look up what AWS alone knows.
    LooksUp,
    Refuses,
}

impl Outlook {
    pub(super) fn of(compilation: &crate::Compilation) -> Self {
        let mut errors = compilation.diagnostics.iter().filter(|it| it.severity == Severity::Error);
        match compilation.diagnostics.has_errors() {
            false => Self::Renders,
            true if errors.all(|it| it.code == Code::MissingFact) => Self::LooksUp,
            true => Self::Refuses,
        }
    }
}

/// What a first draft did not say and has to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Amendments {
    /// What known images run, by service: their files are written before they start.
    pub(super) processes: IndexMap<String, Process>,
    /// Configs and secrets that cannot be delivered, by section and service.
    pub(super) left_out: IndexMap<(&'static str, String), IndexSet<String>>,
    /// Configs whose variables are not set.
    pub(super) parameters: IndexSet<String>,
    /// Keys of services that a container can do without and ECS does not take, with the reason.
    pub(super) dropped: IndexMap<(String, &'static str), String>,
    /// For the words at the top.
    pub(super) outlook: Outlook,
    /// What becomes of bind-mounted files, and of the names of hosts in files.
    pub(super) deliveries: Deliveries,
}

/// A world that can be read as often as there are drafts, standard input too, with the latest draft in it.
pub(super) struct Repeatable<'a> {
    world: &'a dyn World,
    standard_input: OnceCell<Result<Vec<u8>, String>>,
    draft: RefCell<(PathBuf, Vec<u8>)>,
}

impl<'a> Repeatable<'a> {
    pub(super) fn of(world: &'a dyn World) -> Self {
        Self { world, standard_input: OnceCell::new(), draft: RefCell::default() }
    }

    /// Compiles a project with a draft of its overlay, for a branch that nobody has.
    pub(super) fn compile(
        &self,
        options: &InitOptions,
        directory: &Path,
        draft: &str,
    ) -> crate::Compilation {
        let path = directory.join(DRAFT);
        self.draft.replace((path.clone(), draft.as_bytes().to_vec()));
        let options = crate::Options {
            project: options.project.clone(),
            overlays: vec![path],
            branch: Some(BRANCH.to_owned()),
            ..crate::Options::default()
        };
        crate::compile(self, &options)
    }
}

/// Where a draft lies; a file of this name is not looked for.
const DRAFT: &str = "compose2ecs.draft.yml";

const BRANCH: &str = "feature/login";

impl World for Repeatable<'_> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        if path == Path::new("-") {
            return self.standard_input.get_or_init(|| self.world.read(path)).clone();
        }
        let (draft, text) = &*self.draft.borrow();
        if path == draft { Ok(text.clone()) } else { self.world.read(path) }
    }

    fn is_file(&self, path: &Path) -> bool {
        path == self.draft.borrow().0 || self.world.is_file(path)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.world.variable(name)
    }

    fn variable_names(&self) -> Vec<String> {
        self.world.variable_names()
    }
}

/// What is left to say after the last attempt.
pub(super) fn notes(compilation: &crate::Compilation) -> Vec<Note> {
    let note = |text: String| Note { service: None, text };
    let tasks = compilation.stack.iter().flat_map(|it| &it.tasks);
    let mut notes: Vec<Note> = tasks
        .map(|it| {
            let definition = &it.definition;
            let count = definition.container_definitions.len();
            let size = |it: &Option<String>| it.clone().unwrap_or_default();
            note(format!(
                "the task `{}`: {count} {} in {} CPU units and {} MiB",
                it.name.as_deref().unwrap_or(definition.family.trim_end_matches("-feature-login")),
                if count == 1 { "container" } else { "containers" },
                size(&definition.cpu),
                size(&definition.memory),
            ))
        })
        .collect();
    let errors = compilation.diagnostics.iter().filter(|it| it.severity == Severity::Error);
    let refused = errors.filter(|it| it.code != Code::MissingFact);
    if Outlook::of(compilation) == Outlook::LooksUp {
        notes.push(note("render needs `--online`: it looks up what AWS alone knows".to_owned()));
    }
    notes.extend(refused.map(|it| note(format!("render refuses it: {}", it.message))));
    notes
}

/// Keys that a container starts without.
const DISPENSABLE: [&str; 6] = ["cap_drop", "sysctls", "tmpfs", "ulimits", "user", "working_dir"];

impl Amendments {
    /// Learns from a compilation; whether there is anything new to say in the overlay.
    pub(super) fn learn(&mut self, attempt: &Attempt<'_, '_>) -> bool {
        const FILES: [Code; 3] = [Code::MissingFact, Code::FileDelivery, Code::UnsetVariable];
        let Attempt { compilation, survey, sources, .. } = *attempt;
        let before = self.clone();
        self.drop_keys(compilation, survey, sources);
        let place = |it: Span| sources.locate(it);
        let errors = compilation.diagnostics.iter().filter(|it| it.severity == Severity::Error);
        for error in errors.filter(|it| FILES.contains(&it.code)) {
            let places: Vec<_> =
                error.labels.iter().map(|it| compilation.sources.locate(it.span)).collect();
            let is_meant = |it: Span| place(it).is_some() && places.contains(&place(it));
            for surveyed in survey.containers() {
                let service = surveyed.service;
                for grant in service.configs.iter().filter(|it| is_meant(it.source.span)) {
                    self.amend(("configs", grant), service, error.code, &before);
                }
                for grant in service.secrets.iter().filter(|it| is_meant(it.source.span)) {
                    self.amend(("secrets", grant), service, error.code, &before);
                }
            }
        }
        if *self == before {
            self.deliver(attempt);
        }
        *self != before
    }

    /// Keys that a variable which is not set has spoiled, or that only a host of one's own takes.
    fn drop_keys(
        &mut self,
        compilation: &crate::Compilation,
        survey: &Survey<'_>,
        sources: &Sources,
    ) {
        let errors = compilation.diagnostics.iter().filter(|it| it.severity == Severity::Error);
        for error in errors.filter(|it| it.code == Code::FargateRule) {
            let place = compilation.sources.locate(error.labels[0].span);
            for surveyed in survey.containers() {
                let service = surveyed.service;
                for key in DISPENSABLE {
                    let own = service.keys.get(key).and_then(|it| sources.locate(*it));
                    if own.is_some() && own == place {
                        let reason = error.message.clone();
                        self.dropped.insert((service.name.clone(), key), reason);
                    }
                }
            }
        }
    }

    fn amend(
        &mut self,
        (section, grant): (&'static str, &Grant),
        service: &Service,
        code: Code,
        before: &Self,
    ) {
        let name = &service.name;
        if code == Code::UnsetVariable && section == "configs" {
            self.parameters.insert(grant.source.value.clone());
            return;
        }
        let known = processes::of(service).filter(|_| !before.processes.contains_key(name));
        if let (Code::MissingFact, Some(process)) = (code, known) {
            self.processes.insert(name.clone(), process);
            return;
        }
        let left_out = self.left_out.entry((section, name.clone())).or_default();
        left_out.insert(grant.source.value.clone());
    }
}
