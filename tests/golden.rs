//! Every folder below `fixtures/` is a case: its inputs compiled, its expectations compared byte by byte.
//!
//! `UPDATE_EXPECT=1 cargo test --test golden` rewrites the expectations; read the difference before you keep it.
mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use compose2ecs::diagnostic::{Colour, Policy, Report, Severity};
use compose2ecs::ecs::{fargate::Rule, normal};
use compose2ecs::stack::Stack;
use compose2ecs::{Compilation, compile};
use libtest_mimic::{Arguments, Failed, Trial};
use serde::Serialize;
use support::{Case, cases, compare, unread};

/// The names of expectations; everything else in a case is an input.
const EXPECTATIONS: [&str; 7] = [
    "task-definition.json",
    "diagnostics.txt",
    "explanations.txt",
    "stack.json",
    "draft.json",
    "needs.json",
    "service-definitions.json",
];

fn main() {
    let trials = cases().into_iter().map(|case| {
        let name = case.name();
        Trial::test(name, move || check(&case))
    });
    let rules = Trial::test("every rule of Fargate is broken by some case", every_rule_is_shown);
    libtest_mimic::run(&Arguments::from_args(), trials.chain([rules]).collect()).exit();
}

/// A rule that no overlay can break is not in [`Rule`]; the goldens show what each says, and where.
fn every_rule_is_shown() -> Result<(), Failed> {
    let mut broken = BTreeSet::new();
    for case in cases() {
        let compilation = compile(&case.world(), &case.options());
        broken.extend(compilation.diagnostics.iter().filter_map(|it| it.rule));
    }
    let silent = |it: &&str| !broken.contains(it);
    let silent: Vec<&str> = Rule::ALL.iter().map(|it| it.name()).filter(silent).collect();
    if silent.is_empty() { Ok(()) } else { Err(format!("no case breaks {silent:?}").into()) }
}

fn check(case: &Case) -> Result<(), Failed> {
    let world = case.world();
    let compilation = compile(&world, &case.options());
    let stack = |it: &Option<Stack>| it.as_ref().filter(|_| case.invocation.stack).map(json);
    let actual = [
        rendered(&compilation),
        diagnostics(&compilation),
        explained(case, &compilation),
        stack(&compilation.stack),
        stack(&compilation.draft),
        case.invocation.needs.then(|| json(&compilation.needs)),
        services(case, &compilation),
    ];
    let mut failures = String::new();
    for (name, actual) in EXPECTATIONS.iter().zip(&actual) {
        failures.push_str(&compare(&case.folder.join(name), actual.as_deref()));
    }
    for definition in compilation.stack.iter().flat_map(Stack::task_definitions) {
        let once = normal(definition);
        if normal(&once) != once {
            failures.push_str("the normal form is not its own normal form\n");
        }
    }
    failures.push_str(&unread(case, &world, &EXPECTATIONS));
    if failures.is_empty() { Ok(()) } else { Err(failures.into()) }
}

fn rendered(compilation: &Compilation) -> Option<String> {
    let definitions: Vec<_> = compilation.stack.as_ref()?.task_definitions().collect();
    Some(match definitions.as_slice() {
        [one] => json(one),
        several => json(&several),
    })
}

fn services(case: &Case, compilation: &Compilation) -> Option<String> {
    let is_made = case.invocation.services && compilation.stack.is_some();
    is_made.then(|| json(&compilation.services))
}

fn json(data: &impl Serialize) -> String {
    serde_json::to_string_pretty(data).expect("what is compiled is plain data") + "\n"
}

fn diagnostics(compilation: &Compilation) -> Option<String> {
    let report = Report::new(&compilation.sources, &compilation.diagnostics, &Policy::default());
    Some(report.text(Severity::Note, Colour::Never)).filter(|it| !it.is_empty())
}

fn explained(case: &Case, compilation: &Compilation) -> Option<String> {
    let mut text = String::new();
    for explanation in compilation.explanations.iter().filter(|_| case.invocation.explain) {
        let place = compilation
            .sources
            .locate(explanation.span)
            .map(|it| it.to_string())
            .unwrap_or_default();
        let _ = writeln!(text, "{place} {explanation}");
    }
    Some(text).filter(|_| case.invocation.explain)
}
