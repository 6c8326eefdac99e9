//! Damaged Compose files: nothing panics, nothing hangs, and every refusal says where.
//!
//! `proptest` on stable Rust: its values shrink, so a failure comes with few mutations, and a fixed seed a lane makes
//! a run repeatable on any number of cores. (`arbitrary` would read the same choices from bytes, but shrinks nothing.)
#![expect(clippy::disallowed_methods, reason = "tests read their cases")]

mod damage;
mod hard;
#[path = "../support/placed_world.rs"]
mod placed_world;

use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use compose2ecs::diagnostic::{Colour, Diagnostic, Diagnostics, Policy, Report, Severity};
use compose2ecs::source::Sources;
use compose2ecs::{ConfigOptions, Options, ProjectOptions, compile, config};
use placed_world::PlacedWorld;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

const LANES: usize = 16;
const INPUTS_A_LANE: u32 = 1_300;
/// What one input may take: far from what any takes, so that a busy machine fails nothing.
const BOUND: Duration = Duration::from_secs(20);
/// When to give up on an input that does not come back at all.
const PATIENCE: Duration = Duration::from_mins(1);

const OVERLAY: &str =
    "x-ecs: { region: eu-west-1, account: '123456789012', roles: { execution: ecs } }";

/// The seeds of the mutations and the folder they lie in.
struct Corpus {
    place: &'static str,
    folder: PathBuf,
    files: Vec<PathBuf>,
}

#[test]
fn damaged_files_are_read_or_refused_with_a_place() {
    let corpus = corpus();
    let lanes = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let watches: Vec<Watch> = (0..cores).map(|it| Watch::new(&it.to_string())).collect();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let guard = scope.spawn(|| watch(&watches, &done));
        let workers: Vec<_> = watches
            .iter()
            .map(|watch| {
                scope.spawn(|| {
                    loop {
                        let lane = lanes.fetch_add(1, Ordering::Relaxed);
                        if lane >= LANES {
                            return;
                        }
                        if let Err(failure) = run(lane, &corpus, watch) {
                            failures.lock().unwrap_or_else(PoisonError::into_inner).push(failure);
                        }
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.join().expect("a worker ends");
        }
        done.store(true, Ordering::Relaxed);
        guard.join().expect("the guard ends");
    });
    let failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// Inputs that are hard by design: depth, width, aliases, cycles. Read or refused, but in time and with a place.
#[test]
fn hard_files_are_read_or_refused_with_a_place() {
    let corpus = corpus();
    let file = corpus.folder.join("hard.yml");
    let mut failures = String::new();
    let watch = Watch::new("hard");
    for (name, text) in hard::inputs() {
        watch.begin(text.as_bytes());
        let outcome = catch_unwind(AssertUnwindSafe(|| check(&corpus, &file, text.as_bytes())));
        let outcome = outcome.unwrap_or_else(|_| Err("it panics".to_owned()));
        if let Err(failure) = outcome {
            let _ = writeln!(failures, "{name}: {failure}");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// The corpus of the conformance data, or the project's own fixtures where there is none.
fn corpus() -> Corpus {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = root.join("../shared/conformance/corpus");
    let folder = if shared.is_dir() { shared } else { root.join("fixtures") };
    let mut files = Vec::new();
    collect(&folder, &mut files);
    files.sort();
    Corpus { place: "/corpus", folder, files }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the corpus can be listed") {
        let path = entry.expect("the corpus can be listed").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|it| it == "yml" || it == "yaml") {
            files.push(path);
        }
    }
}

/// One lane: its seed is its number.
fn run(lane: usize, corpus: &Corpus, watch: &Watch) -> Result<(), String> {
    let config = Config {
        cases: INPUTS_A_LANE,
        failure_persistence: None,
        max_shrink_iters: 400,
        max_shrink_time: 30_000,
        ..Config::default()
    };
    let mut seed = [0; 32];
    seed[0] = u8::try_from(lane).expect("few lanes");
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let strategy = (0..corpus.files.len(), proptest::collection::vec(damage::mutation(), 1..5));
    let outcome = runner.run(&strategy, |(index, mutations)| {
        let file = &corpus.files[index];
        let text =
            damage::damage(&std::fs::read(file).expect("the corpus can be read"), &mutations);
        watch.begin(&text);
        let outcome = check(corpus, file, &text);
        watch.end();
        outcome.map_err(TestCaseError::fail)
    });
    match outcome {
        Ok(()) => Ok(()),
        Err(TestError::Abort(reason)) => Err(format!("lane {lane}: {reason}")),
        Err(TestError::Fail(reason, (index, mutations))) => {
            let file = &corpus.files[index];
            let original = std::fs::read(file).expect("the corpus can be read");
            let text = reduce(corpus, file, damage::damage(&original, &mutations));
            let mut words = format!("seed {lane}: {reason}\n{} with {mutations:?}", file.display());
            let _ = write!(words, "\nleast lines that fail:\n{}", text.escape_ascii());
            Err(words.replace("\\n", "\n"))
        }
    }
}

/// The properties, for what `config` prints and for what is compiled.
fn check(corpus: &Corpus, file: &Path, text: &[u8]) -> Result<(), String> {
    let place = Path::new(corpus.place).join(file.strip_prefix(&corpus.folder).unwrap_or(file));
    let mut world = PlacedWorld::of(corpus.place, &corpus.folder);
    world.set("HOME", "/root");
    world.memory.files.insert(place.clone(), text.to_vec());
    world.write("/overlay.yml", OVERLAY);
    let project = ProjectOptions {
        directory: place.parent().expect("a file lies in a folder").to_owned(),
        files: vec![place],
        profiles: vec!["*".to_owned()],
        project_name: Some("mutation".to_owned()),
        ..ProjectOptions::default()
    };
    let options = ConfigOptions { project: project.clone(), ..ConfigOptions::default() };
    let it = timed("config", || config(&world, &options))?;
    explained("config", it.model.is_some(), &it.sources, &it.diagnostics)?;
    let branch = Some("feature/mutation".to_owned());
    let overlays = vec!["/overlay.yml".into()];
    let options = Options { project, overlays, branch, ..Options::default() };
    let it = timed("compile", || compile(&world, &options))?;
    explained("compile", it.stack.is_some(), &it.sources, &it.diagnostics)
}

/// Runs a step, which must come back in time.
fn timed<T>(step: &str, run: impl FnOnce() -> T) -> Result<T, String> {
    let started = Instant::now();
    let outcome = run();
    let took = started.elapsed();
    if took > BOUND { Err(format!("{step} took {took:?}")) } else { Ok(outcome) }
}

/// A refusal has an error with a place, and a report of it can be drawn.
fn explained(
    step: &str,
    accepted: bool,
    sources: &Sources,
    diagnostics: &Diagnostics,
) -> Result<(), String> {
    let drawn = timed(&format!("the report of {step}"), || {
        let report = Report::new(sources, diagnostics, &Policy::default());
        let json = report.json().to_string();
        (report.text(Severity::Note, Colour::Always), json)
    });
    let (drawn, _) = drawn?;
    let is_placed =
        |it: &Diagnostic| it.labels.first().is_some_and(|it| sources.locate(it.span).is_some());
    let errors = || diagnostics.iter().filter(|it| it.severity == Severity::Error);
    match (accepted, errors().next()) {
        (true, Some(error)) => Err(format!("{step}: accepted with an error: {}", error.message)),
        (false, None) => Err(format!("{step}: refused without an error")),
        (false, Some(_)) if !errors().any(is_placed) => {
            Err(format!("{step}: refused without a place:\n{drawn}"))
        }
        _ => Ok(()),
    }
}

/// Takes lines away as long as it still fails, for the reader of the failure.
fn reduce(corpus: &Corpus, file: &Path, text: Vec<u8>) -> Vec<u8> {
    let fails = |text: &[u8]| {
        let outcome = catch_unwind(AssertUnwindSafe(|| check(corpus, file, text)));
        outcome.is_err() || outcome.is_ok_and(|it| it.is_err())
    };
    let started = Instant::now();
    let mut text = text;
    let mut size = text.split(|it| *it == b'\n').count();
    while size > 0 && started.elapsed() < Duration::from_secs(20) {
        let mut at = 0;
        loop {
            let lines: Vec<&[u8]> = text.split_inclusive(|it| *it == b'\n').collect();
            if at >= lines.len() {
                break;
            }
            let end = (at + size).min(lines.len());
            let fewer = [&lines[..at], &lines[end..]].concat().concat();
            if fails(&fewer) { text = fewer } else { at += size }
        }
        size /= 2;
    }
    text
}

/// The input a worker is at, and since when.
struct Watch {
    current: Mutex<Option<(Instant, Vec<u8>)>>,
    /// The input as a file: a stack that overflows ends the process without a word.
    last: PathBuf,
}

impl Watch {
    fn new(worker: &str) -> Self {
        let last = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("mutation-{worker}.yml"));
        Self { current: Mutex::default(), last }
    }

    fn begin(&self, text: &[u8]) {
        std::fs::write(&self.last, text).expect("the target folder can be written");
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((Instant::now(), text.to_vec()));
    }

    fn end(&self) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// A thread cannot be stopped from outside: an input that does not come back is printed, and the process ends.
fn watch(watches: &[Watch], done: &AtomicBool) {
    while !done.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(50));
        for watch in watches {
            let current = watch.current.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((since, text)) = current.as_ref()
                && since.elapsed() > PATIENCE
            {
                // Past the harness, which keeps what is printed until a test ends.
                let text = String::from_utf8_lossy(text);
                let _ = writeln!(std::io::stderr(), "this input does not come back:\n{text}");
                std::process::abort();
            }
        }
    }
}
