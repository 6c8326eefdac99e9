//! Task definitions, service definitions and overlays -> what validators that are not ours say about them: botocore,
//! cfn-lint and jsonschema, in an environment below `target/`.
#![expect(clippy::disallowed_methods, reason = "the test makes its environment on disk")]
#![expect(
    clippy::print_stderr,
    reason = "says why trials are ignored; the harness has no place for it"
)]

mod python;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use compose2ecs::stack::Stack;
use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;
use serde_json::{Value, json};

/// Judges the findings about the definitions of one trial, a line each.
pub(crate) type Check = Box<dyn FnOnce(&[String]) -> Result<(), Failed> + Send>;

/// One trial of a test that asks the validators.
pub(crate) struct Question {
    pub(crate) name: String,
    /// What is handed to the validators; may be nothing. A definition as it is, `{ "service": … }` or `{ "overlay": text }`.
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
    let requirements = std::fs::read_to_string(support().join("requirements.txt"));
    let requirements = requirements.expect("requirements.txt is a file of this repository");
    let python = match python::environment(&python::folder("validators"), &requirements) {
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
        let kinds = ["service", "overlay"];
        let item =
            |(name, it): (String, &Value)| match kinds.iter().find(|kind| it.get(**kind).is_some())
            {
                Some(kind) => json!({ "name": name, *kind: it[*kind] }),
                None => json!({ "name": name, "definition": it }),
            };
        named.map(item).collect()
    };
    let definitions: Vec<Value> = questions.iter().flat_map(named).collect();
    let path = |what: &str| {
        python::folder("validators").join(format!("{what}-{}.json", std::process::id()))
    };
    let files = [
        (path("definitions"), Value::Array(definitions)),
        (path("schema"), compose2ecs::overlay_schema()),
    ];
    let mut validators = Command::new(python);
    validators.arg("-I").arg(support().join("validators.py"));
    for (path, content) in &files {
        std::fs::write(path, content.to_string()).map_err(|it| it.to_string())?;
        validators.arg(path);
    }
    let output = python::environment::output(&mut validators);
    for (path, _) in &files {
        let _ = std::fs::remove_file(path);
    }
    let findings: Vec<Finding> =
        serde_json::from_str(&output?).map_err(|it| format!("validators.py: {it}"))?;
    let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Finding { name, validator, message } in findings {
        by_name.entry(name).or_default().push(format!("{validator}: {message}"));
    }
    Ok(by_name)
}

fn support() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support")
}
