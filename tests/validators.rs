//! Every definition that the fixtures render is taken by validators that are not ours.
//!
//! Ignored where Python, `venv` or the packages are missing, unless `COMPOSE2ECS_REQUIRE_VALIDATORS` is set.

mod support;
#[path = "support/validators.rs"]
mod validators;

use compose2ecs::compile;
use libtest_mimic::{Arguments, Failed};
use serde_json::json;
use support::cases;
use validators::{Question, trials};

fn main() {
    let arguments = Arguments::from_args();
    let mut questions = vec![broken()];
    for case in cases() {
        let stack = compile(&case.world(), &case.options()).stack;
        questions.extend(stack.map(|it| Question::accepted(case.name(), &it)));
    }
    let trials = trials(&arguments, questions);
    libtest_mimic::run(&arguments, trials).exit();
}

/// A validator that finds nothing here would find nothing anywhere.
fn broken() -> Question {
    let definition = json!({
        "family": "broken",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [{
            "name": "app",
            "image": 5,
            "dependsOn": [{ "containerName": "app", "condition": "STARTED" }],
        }],
    });
    let check = |findings: &[String]| {
        let silent = |it: &&str| !findings.iter().any(|finding| finding.starts_with(*it));
        let silent: Vec<&str> = ["botocore: ", "cfn-lint: "].into_iter().filter(silent).collect();
        if silent.is_empty() {
            Ok(())
        } else {
            Err(Failed::from(format!("no finding of {silent:?} in {findings:#?}")))
        }
    };
    Question {
        name: "a broken definition is refused by both".to_owned(),
        definitions: vec![definition],
        check: Box::new(check),
    }
}
