//! How far `init` alone gets: every project of the corpus with the overlay that is written for it, compiled and validated.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use compose2ecs::diagnostic::{Colour, Policy, Report, Severity};
use compose2ecs::surroundings::Surroundings;
use compose2ecs::world::{OsWorld, World};
use compose2ecs::{
    Compilation, ConfigOptions, InitOptions, Initiation, Options, ProjectOptions, compile, config,
    init,
};
use libtest_mimic::Failed;

use super::validators::Question;

/// What became of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// No service, whatever profile is on: a fragment, which is not counted.
    Nothing,
    /// Its definitions are taken by the validators.
    Accepted,
    /// Every error names something that Fargate does not have.
    Refused,
    Wrong,
}

/// Verdicts by category and file, with what led to them.
pub(crate) type Tally = Arc<Mutex<BTreeMap<(String, String), (Verdict, String)>>>;

/// The code of the errors that name what is impossible on Fargate.
const IMPOSSIBLE: &str = "unsupported-key";

/// One row of `MANIFEST.tsv` that Docker Compose accepts.
struct Row {
    path: String,
    category: String,
    env_files: Vec<PathBuf>,
    /// Its env files are not in the corpus.
    lacks_env_files: bool,
}

/// The corpus, the written overlay, and empty env files where the corpus has none.
struct Measured {
    overlay: Option<(PathBuf, String)>,
    lacks_env_files: bool,
}

impl Measured {
    fn is_overlay(path: &Path) -> bool {
        path.file_stem().is_some_and(|it| it == "compose2ecs")
    }
}

impl World for Measured {
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        match &self.overlay {
            Some((overlay, text)) if overlay == path => Ok(text.clone().into_bytes()),
            _ if self.lacks_env_files && !OsWorld.is_file(path) && !Self::is_overlay(path) => {
                Ok(Vec::new())
            }
            _ => OsWorld.read(path),
        }
    }

    fn is_file(&self, path: &Path) -> bool {
        self.overlay.as_ref().is_some_and(|(it, _)| it == path)
            || (!Self::is_overlay(path) && OsWorld.is_file(path))
    }

    fn variable(&self, name: &str) -> Option<String> {
        match name {
            "HOME" => Some("/root".to_owned()),
            "PWD" => Some("/srv".to_owned()),
            _ => None,
        }
    }
}

/// One question a file, or none without the manifest. `profiles` as in the manifest's own run, or those of a user.
pub(crate) fn questions(corpus: &Path, tally: &Tally) -> Vec<Question> {
    let manifest = corpus.join("../MANIFEST.tsv");
    let text = std::fs::read_to_string(manifest).unwrap_or_default();
    let rows: Vec<Row> = text.lines().skip(1).filter_map(|it| row(it, corpus)).collect();
    let both = rows.iter().flat_map(|row| {
        [false, true].map(|all| {
            let row = Row {
                path: row.path.clone(),
                category: format!("{}{}", row.category, if all { ", all profiles" } else { "" }),
                env_files: row.env_files.clone(),
                lacks_env_files: row.lacks_env_files,
            };
            question(row, all, corpus, tally)
        })
    });
    both.collect()
}

fn row(line: &str, corpus: &Path) -> Option<Row> {
    let mut cells = line.split('\t');
    let (path, _, category, status, mode, arguments) =
        (cells.next()?, cells.next()?, cells.next()?, cells.next()?, cells.next()?, cells.next()?);
    let named = arguments.split_whitespace().filter_map(|it| it.strip_prefix("/corpus/"));
    (status == "ok").then(|| Row {
        path: path.to_owned(),
        category: category.to_owned(),
        env_files: named.map(|it| corpus.join(it)).collect(),
        lacks_env_files: mode == "no-env-resolution",
    })
}

fn question(row: Row, all_profiles: bool, corpus: &Path, tally: &Tally) -> Question {
    let file = corpus.join(&row.path);
    let mut project = ProjectOptions {
        directory: file.parent().expect("a file lies in a folder").to_owned(),
        files: vec![file],
        env_files: row.env_files.clone(),
        project_name: Some("corpus".to_owned()),
        ..ProjectOptions::default()
    };
    let mut world = Measured { overlay: None, lacks_env_files: row.lacks_env_files };
    if all_profiles || !runs_something(&world, &project) {
        project.profiles = vec!["*".to_owned()];
    }
    let name = format!("init: {} ({})", row.path, row.category);
    let key = (row.category.clone(), row.path.clone());
    let tally = Arc::clone(tally);
    let outcome = if runs_something(&world, &project) {
        catch_unwind(AssertUnwindSafe(|| attempt(&mut world, &project)))
    } else {
        Ok(Err((Verdict::Nothing, String::new())))
    };
    let (settled, definitions) = match outcome {
        Err(_) => (Some((Verdict::Wrong, "it panicked".to_owned())), Vec::new()),
        Ok(Err(settled)) => (Some(settled), Vec::new()),
        Ok(Ok(definitions)) => (None, definitions),
    };
    let check = move |findings: &[String]| {
        let (verdict, reason) = settled.unwrap_or_else(|| {
            let verdict = if findings.is_empty() { Verdict::Accepted } else { Verdict::Wrong };
            (verdict, findings.join("\n"))
        });
        let result = match verdict {
            Verdict::Wrong => Err(Failed::from(reason.as_str())),
            Verdict::Accepted | Verdict::Refused | Verdict::Nothing => Ok(()),
        };
        tally.lock().expect("no trial panics with it").insert(key, (verdict, reason));
        result
    };
    Question { name, definitions, check: Box::new(check) }
}

fn runs_something(world: &Measured, project: &ProjectOptions) -> bool {
    let options = ConfigOptions { project: project.clone(), ..ConfigOptions::default() };
    let model = config(world, &options).model;
    model.is_some_and(|it| it["services"].as_object().is_some_and(|it| !it.is_empty()))
}

type Definitions = Vec<serde_json::Value>;

/// `init` with made-up ids, then `compile` with what it wrote: definitions for the validators, or a verdict.
fn attempt(
    world: &mut Measured,
    project: &ProjectOptions,
) -> Result<Definitions, (Verdict, String)> {
    let surroundings = Surroundings {
        region: Some("eu-west-1".to_owned()),
        account: Some("123456789012".to_owned()),
        cluster: Some("staging".to_owned()),
        execution_role: Some("ecsTaskExecutionRole".to_owned()),
        subnets: vec!["subnet-0123456789abcdef0".to_owned()],
        security_groups: vec!["sg-0123456789abcdef0".to_owned()],
        zone: Some("example.com".to_owned()),
        ..Surroundings::default()
    };
    let options = InitOptions { project: project.clone(), surroundings, ..InitOptions::default() };
    let initiation = init(world, &options);
    let Some(overlay) = initiation.overlay.clone() else {
        return Err((Verdict::Wrong, errors_of_init(&initiation)));
    };
    let place = initiation.directory.join("compose2ecs.yml");
    if let Some(folder) = std::env::var_os("COMPOSE2ECS_MEASURE_KEEP") {
        let name = project.files[0].to_string_lossy().replace('/', "_");
        let _ = std::fs::write(PathBuf::from(folder).join(name), &overlay);
    }
    world.overlay = Some((place, overlay));
    let options = Options {
        project: project.clone(),
        branch: Some("feature/login".to_owned()),
        ..Options::default()
    };
    let compilation = compile(world, &options);
    match &compilation.stack {
        Some(stack) => {
            let json = |it| serde_json::to_value(it).expect("definitions are plain data");
            Ok(stack.task_definitions().map(json).collect())
        }
        None => Err(refusal(&compilation)),
    }
}

fn errors_of_init(initiation: &Initiation) -> String {
    let report = Report::new(&initiation.sources, &initiation.diagnostics, &Policy::default());
    format!("init wrote nothing\n{}", report.text(Severity::Error, Colour::Never))
}

/// A refusal is one when every error has a place and names what Fargate does not have.
fn refusal(compilation: &Compilation) -> (Verdict, String) {
    let mut errors = compilation.diagnostics.iter().filter(|it| it.severity == Severity::Error);
    let is_reason = errors.all(|it| {
        it.code.name() == IMPOSSIBLE && compilation.sources.locate(it.labels[0].span).is_some()
    });
    let report = Report::new(&compilation.sources, &compilation.diagnostics, &Policy::default());
    let text = report.text(Severity::Error, Colour::Never);
    (if is_reason { Verdict::Refused } else { Verdict::Wrong }, text)
}

/// The table, and whether it is good enough: nothing wrong, and nine of ten accepted.
pub(crate) fn conclude(tally: &Tally) -> bool {
    let tally = tally.lock().expect("no trial panics with it");
    let mut counts: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    for ((category, _), (verdict, _)) in tally.iter() {
        counts.entry(category).or_default()[*verdict as usize] += 1;
    }
    let mut text = format!(
        "\n{:<24} {:>9} {:>22} {:>6} {:>10} {:>20}\n",
        "init, then render",
        "accepted",
        "refused with a reason",
        "wrong",
        "accepted",
        "(without a service)"
    );
    let mut is_good = true;
    for (category, [nothing, accepted, refused, wrong]) in &counts {
        let share = 100.0 * share(*accepted, accepted + refused + wrong);
        is_good &= *wrong == 0 && share >= 90.0;
        let _ = writeln!(
            text,
            "{category:<24} {accepted:>9} {refused:>22} {wrong:>6} {share:>8.1} % {nothing:>20}"
        );
    }
    for ((category, path), (verdict, reason)) in tally.iter() {
        if *verdict == Verdict::Refused {
            let reason = reason.lines().filter(|it| it.starts_with("error"));
            let _ = writeln!(
                text,
                "refused: {path} ({category}): {}",
                reason.collect::<Vec<_>>().join("; ")
            );
        }
    }
    eprint!("{text}");
    is_good
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred files")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}
