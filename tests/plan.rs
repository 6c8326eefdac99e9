//! Every folder below `fixtures/deploy/` is a case: its project compiled, planned against `observed.json`, the plan compared.
//!
//! `UPDATE_EXPECT=1 cargo test --test plan` rewrites the expectations; read the difference before you keep it.

mod support;

use std::fmt::Write as _;

use compose2ecs::deploy::plan::{self, Patience, Plan, Request};
use compose2ecs::deploy::{Error, Observed};
use compose2ecs::diagnostic::{Colour, Policy, Report, Severity};
use compose2ecs::stack::Stack;
use compose2ecs::world::{MemoryWorld, World};
use compose2ecs::{Options, compile};
use libtest_mimic::{Arguments, Failed, Trial};
use support::{Case, compare, deployments, unread};

const EXPECTATIONS: [&str; 2] = ["plan.txt", "plan.json"];

fn main() {
    let trials = deployments().into_iter().map(|case| {
        let name = case.name();
        Trial::test(name, move || check(&case))
    });
    let together = Trial::test("together/branches_that_take_from_each_other_are_refused", || {
        branches_that_take_something_from_each_other_are_refused_before_anything_is_written();
        Ok(())
    });
    libtest_mimic::run(&Arguments::from_args(), trials.chain([together]).collect()).exit();
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
    let is_detached = invocation.command == "up --detach";
    let patience = if is_detached { Patience::Detach } else { Patience::default() };
    let request = Request { expires: invocation.expires.clone(), patience };
    let plan = match invocation.command.as_str() {
        "" | "up" | "up --detach" => plan::up(stack, &observed, &request),
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

fn stack(branch: &str, host: &str) -> Stack {
    let overlay = format!(
        "x-ecs: {{ region: eu-west-1, account: '123456789012', roles: {{ execution: ecs }}, \
         ingress: [{{ service: web, port: 80, listener: staging, host: '{host}' }}] }}"
    );
    compiled(branch, "services: { web: { image: nginx, ports: ['80'] } }", &overlay)
}

fn compiled(branch: &str, compose: &str, overlay: &str) -> Stack {
    let world =
        MemoryWorld::new([("/app/compose.yaml", compose), ("/app/compose2ecs.yml", overlay)]);
    let mut options = Options { branch: Some(branch.to_owned()), ..Options::default() };
    options.project.directory = "/app".into();
    compile(&world, &options).stack.expect("nothing is wrong with it")
}

/// Two tasks, of which one finds the other in a namespace.
fn finding(branch: &str, namespace: &str) -> Stack {
    let overlay = format!(
        "x-ecs: {{ region: eu-west-1, account: '123456789012', roles: {{ execution: ecs }}, \
         tasks: {{ web: [web], api: [api] }}, service_connect: {{ namespace: '{namespace}' }} }}"
    );
    let compose = "services: { web: { image: nginx, environment: { API: 'http://api:3000' } }, api: { image: nginx } }";
    compiled(branch, compose, &overlay)
}

fn branches_that_take_something_from_each_other_are_refused_before_anything_is_written() {
    for (one, other, expected) in [
        (
            stack("a/b", "{{branch}}.example.com"),
            stack("a-b", "{{branch}}.example.com"),
            "have one environment: `app-a-b`",
        ),
        (
            stack("a", "x.example.com"),
            stack("b", "x.example.com"),
            "both be reached at `x.example.com`",
        ),
    ] {
        let errors = plan::together([&one, &other]);
        assert_eq!(errors.len(), 1);
        assert!(errors[0].message.contains(expected), "{}", errors[0]);
    }
    let errors = plan::together([&finding("a", "staging"), &finding("b", "staging")]);
    assert_eq!(errors.len(), 1);
    assert!(errors[0].message.contains("both offer `api:3000`"), "{}", errors[0]);
    let namespace = "staging-{{branch}}";
    assert_eq!(plan::together([&finding("a", namespace), &finding("b", namespace)]), []);
    let apart = [stack("a", "{{branch}}.example.com"), stack("b", "{{branch}}.example.com")];
    assert_eq!(plan::together(&apart), []);
}
