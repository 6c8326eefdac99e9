//! Every folder below `fixtures/deploy/` is a case: its project compiled, planned against `observed.json`, the plan compared.
//!
//! `UPDATE_EXPECT=1 cargo test --test plan` rewrites the expectations; read the difference before you keep it.

mod support;

use std::fmt::Write as _;

use compose2ecs::compile;
use compose2ecs::deploy::plan::{self, Plan, Request};
use compose2ecs::deploy::{Error, Observed};
use compose2ecs::diagnostic::{Colour, Policy, Report, Severity};
use compose2ecs::world::World;
use libtest_mimic::{Arguments, Failed, Trial};
use support::{Case, compare, deployments, unread};

const EXPECTATIONS: [&str; 2] = ["plan.txt", "plan.json"];

fn main() {
    let trials = deployments().into_iter().map(|case| {
        let name = case.name();
        Trial::test(name, move || check(&case))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}

fn check(case: &Case) -> Result<(), Failed> {
    let world = case.world();
    let compilation = compile(&world, &case.options());
    let Some(stack) = &compilation.stack else {
        let report =
            Report::new(&compilation.sources, &compilation.diagnostics, &Policy::default());
        return Err(report.text(Severity::Error, Colour::Never).into());
    };
    let observed = world.read(&case.folder.join("observed.json"))?;
    let observed: Observed = serde_json::from_slice(&observed)?;
    let invocation = &case.invocation;
    let request = Request { expires: invocation.expires.clone(), ..Request::default() };
    let plan = match invocation.command.as_str() {
        "" | "up" => plan::up(stack, &observed, &request),
        "down" => plan::down(stack, &observed),
        "register" => plan::register(stack, &observed),
        other => return Err(format!("case.json: no command is called `{other}`").into()),
    };
    let json = plan.as_ref().ok().filter(|_| invocation.format == "json").map(Plan::json);
    let json = json.map(|it| format!("{it:#}\n"));
    let text = plan.map_or_else(|errors| refused(&errors), |plan| lines(&plan));
    let folder = &case.folder;
    let mut failures = compare(&folder.join("plan.txt"), Some(&text));
    failures.push_str(&compare(&folder.join("plan.json"), json.as_deref()));
    failures.push_str(&unread(case, &world, &EXPECTATIONS));
    if failures.is_empty() { Ok(()) } else { Err(failures.into()) }
}

fn lines(plan: &Plan) -> String {
    plan.lines().into_iter().map(|it| it.text + "\n").collect()
}

fn refused(errors: &[Error]) -> String {
    errors.iter().fold(String::new(), |mut text, error| {
        let _ = writeln!(text, "error: {error}");
        text
    })
}
