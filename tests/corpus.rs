//! Real projects of other people, each with a small overlay: they render, outside validators take what is rendered, and
//! what cannot run on Fargate is refused with its place.
//!
//! Reads `../shared/conformance/corpus`; where that is missing the test is ignored.

#[path = "support/measure.rs"]
mod measure;
#[path = "support/projects.rs"]
mod projects;
#[path = "support/validators.rs"]
mod validators;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use compose2ecs::diagnostic::{Colour, Policy, Report, Severity};
use compose2ecs::world::{OsWorld, World};
use compose2ecs::{Compilation, Options, ProjectOptions, compile};
use libtest_mimic::{Arguments, Failed, Trial};
use projects::{PROJECTS, Project};
use validators::{Question, trials};

const OVERLAY: &str = "compose2ecs.yml";

fn main() {
    let arguments = Arguments::from_args();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance/corpus");
    let tally = measure::Tally::default();
    let trials = if let Ok(corpus) = corpus.canonicalize() {
        let mut questions: Vec<Question> =
            PROJECTS.iter().map(|it| question(*it, &corpus)).collect();
        questions.extend(measure::questions(&corpus, &tally));
        trials(&arguments, questions)
    } else {
        let missing = || Err("the corpus is not beside the project".into());
        vec![Trial::test("the corpus renders", missing).with_ignored_flag(true)]
    };
    let conclusion = libtest_mimic::run(&arguments, trials);
    let is_good = measure::conclude(&tally);
    conclusion.exit_if_failed();
    assert!(is_good, "the measure of `init` is not reached");
}

/// The files of the corpus, the overlay of the table, and the copies that a team makes of example files.
struct CorpusWorld {
    project: Project,
    folder: PathBuf,
}

impl CorpusWorld {
    /// The text of a file that is not in the corpus.
    fn text(&self, path: &Path) -> Option<String> {
        if path == self.folder.join(OVERLAY) {
            return Some(self.project.overlay());
        }
        let file = self.project.files.iter().find(|(name, _)| self.folder.join(name) == path);
        file.map(|(_, text)| (*text).to_owned())
    }

    /// Where the content of any other path lies.
    fn real(&self, path: &Path) -> PathBuf {
        let copy = self.project.copies.iter().find(|(_, to)| self.folder.join(to) == path);
        copy.map_or_else(|| path.to_owned(), |(from, _)| self.folder.join(from))
    }
}

impl World for CorpusWorld {
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        let text = self.text(path).map(String::into_bytes);
        text.map_or_else(|| OsWorld.read(&self.real(path)), Ok)
    }

    fn is_file(&self, path: &Path) -> bool {
        self.text(path).is_some() || OsWorld.is_file(&self.real(path))
    }

    fn variable(&self, name: &str) -> Option<String> {
        matches!(name, "HOME" | "PWD").then(|| "/home/someone".to_owned())
    }
}

/// Compiles a project, and makes of the outcome what remains to be asked.
fn question(project: Project, corpus: &Path) -> Question {
    let file = corpus.join(project.path);
    let folder = file.parent().expect("a project lies in a folder").to_owned();
    let options = Options {
        project: ProjectOptions {
            directory: folder.clone(),
            files: vec![file],
            profiles: vec!["*".to_owned()],
            ..ProjectOptions::default()
        },
        overlays: vec![OVERLAY.into()],
        branch: Some("feature/login".to_owned()),
        ..Options::default()
    };
    let world = CorpusWorld { project, folder };
    let compiled = catch_unwind(AssertUnwindSafe(|| compile(&world, &options)));
    let judged = compiled
        .map_err(|_| Failed::from("it panicked"))
        .and_then(|it| judge(&project, &it).map(|()| it));
    match judged.map(|it| it.stack) {
        Ok(Some(stack)) => Question::accepted(project.name(), &stack),
        Ok(None) => settled(&project, Ok(())),
        Err(failure) => settled(&project, Err(failure)),
    }
}

/// A trial that is decided without the validators.
fn settled(project: &Project, verdict: Result<(), Failed>) -> Question {
    Question { name: project.name(), definitions: Vec::new(), check: Box::new(|_| verdict) }
}

/// Whether a project rendered, or was refused for the reasons of the table, with a place for each.
fn judge(project: &Project, compilation: &Compilation) -> Result<(), Failed> {
    let errors: Vec<_> =
        compilation.diagnostics.iter().filter(|it| it.severity == Severity::Error).collect();
    let codes: BTreeSet<&str> = errors.iter().map(|it| it.code.name()).collect();
    let expected: BTreeSet<&str> = project.refused.split_whitespace().collect();
    let placed = errors.iter().all(|it| compilation.sources.locate(it.labels[0].span).is_some());
    if placed && codes == expected && compilation.stack.is_some() == expected.is_empty() {
        return Ok(());
    }
    let report = Report::new(&compilation.sources, &compilation.diagnostics, &Policy::default());
    let text = report.text(Severity::Error, Colour::Never);
    let problem = if placed { "" } else { "an error has no place; " };
    Err(format!("{problem}expected {expected:?}, found {codes:?}\n{text}").into())
}
