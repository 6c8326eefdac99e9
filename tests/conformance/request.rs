//! One question to the library.

use std::path::PathBuf;

use compose2ecs::diagnostic::{Colour, Policy, Report, Severity};
use compose2ecs::{ConfigOptions, ProjectOptions, Step, config};
use serde_json::Value;

use crate::compare::{Expected, Verdict, compare};
use crate::placed_world::PlacedWorld;

/// A command line in a world, and how its paths are written in the data.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) world: PlacedWorld,
    pub(crate) options: ConfigOptions,
    /// Whole strings in our result, and beginnings when they end in `/`, with what the data has in their place.
    pub(crate) placeholders: Vec<(String, String)>,
}

/// What came of it.
pub(crate) struct Answer {
    pub(crate) model: Result<Value, String>,
    pub(crate) warnings: usize,
}

impl Request {
    /// Writes a folder and what lies in it as the data does.
    pub(crate) fn placeholder(&mut self, ours: &str, theirs: &str) {
        self.placeholders.push((ours.to_owned(), theirs.to_owned()));
        self.placeholders.push((format!("{ours}/"), format!("{theirs}/")));
    }

    /// A request of a folder.
    pub(crate) fn of(world: PlacedWorld, directory: impl Into<PathBuf>) -> Self {
        let project = ProjectOptions { directory: directory.into(), ..ProjectOptions::default() };
        // The results were taken before Docker Compose drops what is unused and doubles `$`.
        let options = ConfigOptions {
            project,
            all_resources: true,
            no_escape: true,
            ..ConfigOptions::default()
        };
        Self { world, options, placeholders: Vec::new() }
    }

    /// Leaves a step out.
    pub(crate) fn skip(&mut self, step: Step, skipped: bool) {
        self.options.skip.extend(Some(step).filter(|_| skipped));
    }

    /// Takes over arguments of the command line, `-x` as `--x`.
    pub(crate) fn arguments<'a>(&mut self, arguments: impl IntoIterator<Item = &'a str>) {
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let name = argument.trim_start_matches('-');
            if name == "no-consistency" {
                self.skip(Step::Consistency, true);
                continue;
            }
            let project = &mut self.options.project;
            let value = arguments.next().unwrap_or_else(|| panic!("{argument} has no value"));
            match name {
                "f" => project.files.push(value.into()),
                "p" => project.project_name = Some(value.to_owned()),
                "profile" => project.profiles.push(value.to_owned()),
                "env-file" => project.env_files.push(value.into()),
                "project-directory" => project.project_directory = Some(value.into()),
                "e" => self.assign(value),
                other => panic!("the data has an argument this test does not know: {other}"),
            }
        }
    }

    /// Sets `NAME=value` in the process.
    pub(crate) fn assign(&mut self, assignment: &str) {
        let (name, value) = assignment.split_once('=').unwrap_or((assignment, ""));
        self.world.set(name, value);
    }

    /// Asks the library.
    pub(crate) fn answer(&self) -> Answer {
        let configuration = config(&self.world, &self.options);
        let found = configuration.diagnostics.iter();
        let warnings = found.filter(|it| it.severity == Severity::Warning).count();
        let model = configuration.model.map(|it| self.place(it)).ok_or_else(|| {
            let policy = Policy::default();
            Report::new(&configuration.sources, &configuration.diagnostics, &policy)
                .text(Severity::Error, Colour::Never)
        });
        Answer { model, warnings }
    }

    /// Asks the library and compares the answer with Compose's, or with another that is as good.
    pub(crate) fn check(&self, expected: &Expected, alternative: Option<&Expected>) -> Verdict {
        let answer = self.answer();
        let verdict = compare(expected, &answer.model);
        match alternative.map(|it| compare(it, &answer.model)) {
            Some(Verdict::Agrees) => Verdict::Agrees,
            _ => verdict,
        }
    }

    fn place(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.place_text(text)),
            Value::Array(items) => items.into_iter().map(|it| self.place(it)).collect(),
            Value::Object(map) => {
                map.into_iter().map(|(key, value)| (key, self.place(value))).collect()
            }
            other => other,
        }
    }

    fn place_text(&self, text: String) -> String {
        for (ours, theirs) in &self.placeholders {
            match text.strip_prefix(ours) {
                Some(below) if ours.ends_with('/') => return format!("{theirs}{below}"),
                Some("") => return theirs.clone(),
                _ => {}
            }
        }
        text
    }
}
