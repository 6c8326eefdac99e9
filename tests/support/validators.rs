//! Task definitions -> what validators that are not ours say about them: botocore and cfn-lint, in an environment below `target/`.
#![expect(clippy::disallowed_methods, reason = "the test makes its environment on disk")]
#![expect(
    clippy::print_stderr,
    reason = "says why trials are ignored; the harness has no place for it"
)]

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use compose2ecs::stack::Stack;
use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;
use serde_json::{Value, json};

/// A virtual environment takes seconds to make; what is this old was left behind by a run that was killed.
const ABANDONED: Duration = Duration::from_hours(1);

/// Judges the findings about the definitions of one trial, a line each.
pub(crate) type Check = Box<dyn FnOnce(&[String]) -> Result<(), Failed> + Send>;

/// One trial of a test that asks the validators.
pub(crate) struct Question {
    pub(crate) name: String,
    /// What is handed to the validators; may be nothing.
    pub(crate) definitions: Vec<Value>,
    pub(crate) check: Check,
}

impl Question {
    /// A trial that passes when the validators find nothing.
    pub(crate) fn accepted(name: impl Into<String>, stack: &Stack) -> Self {
        let json = |it| serde_json::to_value(it).expect("definitions are plain data");
        let definitions: Vec<Value> = stack.task_definitions().map(json).collect();
        assert!(!definitions.is_empty(), "no definitions would be no question");
        Self { name: name.into(), definitions, check: Box::new(nothing) }
    }
}

/// Passes when there are no findings.
pub(crate) fn nothing(findings: &[String]) -> Result<(), Failed> {
    if findings.is_empty() { Ok(()) } else { Err(findings.join("\n").into()) }
}

/// What became of the run of the validators.
enum Answer {
    /// Findings by the name of the definition.
    Findings(BTreeMap<String, Vec<String>>),
    /// This machine has no Python, no `venv` or no way to the packages.
    Missing(String),
    /// The validators are there and did not do their work.
    Broken(String),
}

/// One Python run for all questions, one trial for each.
pub(crate) fn trials(arguments: &Arguments, questions: Vec<Question>) -> Vec<Trial> {
    let answer = if arguments.list {
        Answer::Missing("nothing is validated for a list".to_owned())
    } else {
        ask(&questions)
    };
    let required = std::env::var_os("COMPOSE2ECS_REQUIRE_VALIDATORS").is_some();
    let missing = matches!(answer, Answer::Missing(_));
    if let (Answer::Missing(reason), false) = (&answer, arguments.list) {
        eprintln!("the validators are not run: {reason}");
    }
    let answer = Arc::new(answer);
    let trial = |question: Question| {
        let answer = Arc::clone(&answer);
        let names = names(&question);
        let settled = names.is_empty();
        let run = move || match &*answer {
            _ if settled => (question.check)(&[]),
            Answer::Missing(reason) | Answer::Broken(reason) => Err(reason.as_str().into()),
            Answer::Findings(all) => {
                let own: Vec<String> =
                    names.iter().filter_map(|it| all.get(it)).flatten().cloned().collect();
                (question.check)(&own)
            }
        };
        Trial::test(question.name, run).with_ignored_flag(missing && !required && !settled)
    };
    questions.into_iter().map(trial).collect()
}

fn names(question: &Question) -> Vec<String> {
    (0..question.definitions.len()).map(|index| format!("{} #{index}", question.name)).collect()
}

fn ask(questions: &[Question]) -> Answer {
    let python = match environment() {
        Ok(python) => python,
        Err(reason) => return Answer::Missing(reason),
    };
    match run(&python, questions) {
        Ok(findings) => Answer::Findings(findings),
        Err(reason) => Answer::Broken(reason),
    }
}

#[derive(Deserialize)]
struct Finding {
    name: String,
    validator: String,
    message: String,
}

fn run(python: &Path, questions: &[Question]) -> Result<BTreeMap<String, Vec<String>>, String> {
    let named = |question: &Question| -> Vec<Value> {
        let named = names(question).into_iter().zip(&question.definitions);
        named.map(|(name, it)| json!({ "name": name, "definition": it })).collect()
    };
    let definitions: Vec<Value> = questions.iter().flat_map(named).collect();
    let path = folder().join(format!("definitions-{}.json", std::process::id()));
    std::fs::write(&path, Value::Array(definitions).to_string()).map_err(|it| it.to_string())?;
    let output =
        output(Command::new(python).arg("-I").arg(support().join("validators.py")).arg(&path));
    let _ = std::fs::remove_file(&path);
    let findings: Vec<Finding> =
        serde_json::from_str(&output?).map_err(|it| format!("validators.py: {it}"))?;
    let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Finding { name, validator, message } in findings {
        by_name.entry(name).or_default().push(format!("{validator}: {message}"));
    }
    Ok(by_name)
}

/// The Python of the virtual environment, which is made when it is not there. An error says what is missing.
fn environment() -> Result<PathBuf, String> {
    let requirements = support().join("requirements.txt");
    let text = std::fs::read(&requirements).map_err(|it| it.to_string())?;
    let version = output(Command::new("python3").args(["-I", "-c", WHICH]))?;
    let mut hasher = DefaultHasher::new();
    // An environment points at the Python it was made with; another one needs another environment.
    (text, version).hash(&mut hasher);
    let ready = folder().join(format!("{:016x}", hasher.finish()));
    let python = |environment: &Path| environment.join("bin/python");
    if python(&ready).is_file() {
        return Ok(python(&ready));
    }
    std::fs::create_dir_all(folder()).map_err(|it| it.to_string())?;
    sweep();
    let unfinished = folder().join(format!("unfinished-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&unfinished);
    output(Command::new("python3").args(["-I", "-m", "venv"]).arg(&unfinished))?;
    let mut pip = Command::new(python(&unfinished));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    let installed = output(pip.arg("--requirement").arg(&requirements));
    // Only a whole environment gets its name; where another run was faster, its own is as good.
    let renamed = installed.and_then(|_| match std::fs::rename(&unfinished, &ready) {
        Err(error) if !python(&ready).is_file() => Err(error.to_string()),
        _ => Ok(python(&ready)),
    });
    let _ = std::fs::remove_dir_all(&unfinished);
    renamed
}

const WHICH: &str = "import sys; print(sys.version, sys.executable)";

/// Removes what killed runs left behind.
fn sweep() {
    for entry in std::fs::read_dir(folder()).into_iter().flatten().flatten() {
        let age = entry.metadata().and_then(|it| it.modified()).map(|it| it.elapsed());
        let old = matches!(age, Ok(Ok(age)) if age > ABANDONED);
        if old && entry.file_name().to_string_lossy().starts_with("unfinished-") {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// What a command prints, or why it failed: its last words.
fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let arguments: Vec<_> = command.get_args().map(|it| it.to_string_lossy()).collect();
    let title = format!("{name} {}", arguments.join(" "));
    let output = command.stdin(Stdio::null()).output().map_err(|it| format!("{title}: {it}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let words = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
    Err(format!("{title}: {}\n{}", output.status, String::from_utf8_lossy(words).trim()))
}

fn support() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support")
}

/// Beside the other things that a build makes; `CARGO_TARGET_TMPDIR` is a folder of the target folder.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("validators")
}
