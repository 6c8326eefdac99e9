//! Every definition that the fixtures render, of tasks and of services, is taken by validators that are not ours; the schema takes every overlay that
//! the compiler takes, and refuses those whose keys or types it refuses.
//!
//! Ignored where Python, `venv` or the packages are missing, unless `COMPOSE2ECS_REQUIRE_VALIDATORS` is set.
#![expect(clippy::disallowed_methods, reason = "the test reads overlays as an editor does")]

mod support;
#[path = "support/validators.rs"]
mod validators;

use std::path::PathBuf;

use compose2ecs::diagnostic::{Code, Policy, Report, Severity};
use compose2ecs::stack::{Ingress, Resources, Stack};
use compose2ecs::{Compilation, compile};
use libtest_mimic::{Arguments, Failed};
use serde_json::{Value, json};
use support::{Case, cases, deployments};
use validators::{Question, nothing, trials};

fn main() {
    let arguments = Arguments::from_args();
    let mut questions = vec![broken(), broken_service()];
    for case in cases() {
        let compilation = compile(&case.world(), &case.options());
        questions.extend(overlay(&case, &compilation));
        questions.extend(compilation.stack.as_ref().and_then(|it| services(&case, it)));
        questions.extend(compilation.stack.map(|it| Question::accepted(case.name(), &it)));
    }
    for case in deployments() {
        questions.extend(overlay(&case, &compile(&case.world(), &case.options())));
    }
    let trials = trials(&arguments, questions);
    libtest_mimic::run(&arguments, trials).exit();
}

/// The service definitions of a case, in a made-up network.
fn services(case: &Case, stack: &Stack) -> Option<Question> {
    let group = |it: &Ingress| {
        let (name, arn) = (&it.target_group, "arn:aws:elasticloadbalancing:us-east-1:123456789012");
        (name.clone(), format!("{arn}:targetgroup/{name}/0123456789abcdef"))
    };
    let resources = Resources {
        subnets: vec!["subnet-0a1b2c3d".to_owned()],
        security_groups: vec!["sg-0a1b2c3d".to_owned()],
        target_groups: stack.ingress.iter().map(group).collect(),
    };
    let services = stack.service_definitions(&resources);
    let definitions: Vec<Value> = services.iter().map(|it| json!({ "service": it })).collect();
    let name = format!("services of {}", case.name());
    (!definitions.is_empty()).then(|| Question { name, definitions, check: Box::new(nothing) })
}

/// What the schema has to say of the overlays of a case; nothing is asked where the compiler has another objection.
fn overlay(case: &Case, compilation: &Compilation) -> Option<Question> {
    let paths = overlays(case);
    let text = |path: &PathBuf| std::fs::read_to_string(path).ok();
    let texts = paths.iter().filter_map(text);
    let definitions: Vec<Value> = texts.map(|it| json!({ "overlay": it })).collect();
    if definitions.is_empty() {
        return None;
    }
    let name = format!("overlay of {}", case.name());
    if !compilation.diagnostics.has_errors() || is_about_facts(compilation) {
        return Some(Question { name, definitions, check: Box::new(nothing) });
    }
    let refused = |findings: &[String]| match findings {
        [] => Err(Failed::from("the compiler refuses a key or a type, and the schema takes it")),
        _ => Ok(()),
    };
    is_about_keys(compilation, &paths).then(|| Question {
        name,
        definitions,
        check: Box::new(refused),
    })
}

fn overlays(case: &Case) -> Vec<PathBuf> {
    let given = case.invocation.overlays.iter().map(|it| case.folder.join(it));
    let found = ["compose2ecs.yml", "compose2ecs.yaml"].map(|it| case.folder.join(it));
    let given: Vec<PathBuf> = given.collect();
    if given.is_empty() {
        found.into_iter().filter(|it| it.is_file()).take(1).collect()
    } else {
        given
    }
}

/// Whether nothing is wrong with what is written.
fn is_about_facts(compilation: &Compilation) -> bool {
    let mut errors = compilation.diagnostics.iter().filter(|it| it.severity == Severity::Error);
    errors.all(|it| it.code == Code::MissingFact)
}

/// Whether all errors are keys that `x-ecs` lacks, or values of a wrong type, in these files.
fn is_about_keys(compilation: &Compilation, overlays: &[PathBuf]) -> bool {
    let report = Report::new(&compilation.sources, &compilation.diagnostics, &Policy::default());
    let rows = report.json();
    let mut errors = rows.as_array().into_iter().flatten().filter(|it| it["severity"] == "error");
    errors.all(|it| {
        let path = it["labels"][0]["path"].as_str().unwrap_or_default();
        let is_overlay = overlays.iter().any(|it| it.ends_with(path));
        is_overlay && ["unknown-key", "wrong-type"].iter().any(|code| it["code"] == *code)
    })
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

/// The same of services.
fn broken_service() -> Question {
    let service = json!({ "serviceName": "app", "desiredCount": "one", "launchType": "Fargate" });
    let check = |findings: &[String]| match findings.len() {
        2 => Ok(()),
        _ => Err(Failed::from(format!("a wrong type and a wrong word in {findings:#?}"))),
    };
    Question {
        name: "a broken service is refused".to_owned(),
        definitions: vec![json!({ "service": service })],
        check: Box::new(check),
    }
}
