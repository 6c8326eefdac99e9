//! `up`: several branches at once, and one verdict.

use std::time::{Duration, Instant, SystemTime};

use compose2ecs::Options;
use compose2ecs::deploy::plan::{self, Plan, Request};
use compose2ecs::deploy::{Deployer, Deployment, Error, Patience};
use compose2ecs::stack::Stack;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::args::{ReportFormat, UpArguments};
use super::aws::{self, Halt, Knowledge};
use super::progress::{Console, time};
use super::{Outcome, compile, plans, terminal};

/// Brings the environments up.
pub(super) fn run(arguments: &UpArguments) -> anyhow::Result<Outcome> {
    let outcome = aws::block_on(up(arguments))?;
    let Some(outcome) = outcome else {
        terminal::message(
            "\ninterrupted: what was begun on AWS goes on by itself. Run the same command again to follow it, or `compose2ecs down` to \
             take it back.\n",
        );
        return Ok(Outcome::Interrupted);
    };
    outcome.or_else(Halt::end)
}

/// One environment on its way.
struct Job {
    stack: Stack,
    plan: Plan,
}

async fn up(arguments: &UpArguments) -> Result<Outcome, Halt> {
    let started = Instant::now();
    let policy = compile::policy(&arguments.policy)?;
    let all = options(arguments)?;
    let deployer = aws::connect(&arguments.aws, &all[0]).await?;
    let patience =
        if arguments.detach { Patience::Detach } else { Patience::Wait(arguments.timeout) };
    let request = Request { expires: arguments.expires.map(expiry), patience };
    let prepared =
        join_all(all.into_iter().map(|it| aws::prepare(&deployer, it, Knowledge::Whole))).await;
    let job = |prepared| {
        let prepared = aws::settle(prepared, &policy)?;
        let observed = prepared.observed.unwrap_or_default();
        let plan = plan::up(&prepared.stack, &observed, &request);
        let plan = plan.map_err(|errors| aws::refuse(&errors))?;
        Ok::<_, Halt>(Job { stack: prepared.stack, plan })
    };
    // What is wrong with one branch is no reason to be silent on the others.
    let jobs: Vec<Result<Job, Halt>> = prepared.into_iter().map(job).collect();
    let jobs = jobs.into_iter().collect::<Result<Vec<Job>, Halt>>()?;
    let conflicts = plan::together(jobs.iter().map(|it| &it.stack));
    if !conflicts.is_empty() {
        return Err(aws::refuse(&conflicts));
    }
    if arguments.dry_run {
        return dry_run(arguments, &jobs);
    }
    for job in &jobs {
        terminal::message(&plans::text(&job.plan));
    }
    let deletes = jobs.iter().any(|it| it.plan.counts().2 > 0);
    if deletes && !arguments.yes {
        terminal::confirm("this deletes something; go on?")?;
    }
    let console = Console::new();
    let runs = jobs.into_iter().map(|job| deploy(&deployer, &console, &request, job));
    let results = join_all(runs).await;
    report(arguments, &results, started.elapsed())
}

/// One set of options for each branch, or one without a branch.
fn options(arguments: &UpArguments) -> anyhow::Result<Vec<Options>> {
    let mut branches: Vec<Option<String>> = Vec::new();
    for branch in &arguments.branches.branches {
        if !branches.contains(&Some(branch.clone())) {
            branches.push(Some(branch.clone()));
        }
    }
    if branches.is_empty() {
        branches.push(None);
    }
    let options = |branch| {
        let options = compile::options(&arguments.inputs, branch)?;
        Ok(Options { images: arguments.images.images.iter().cloned().collect(), ..options })
    };
    branches.into_iter().map(options).collect()
}

/// The date at which an environment may go, in whole seconds.
fn expiry(after: Duration) -> String {
    let at = SystemTime::now() + after;
    let at = jiff::Timestamp::try_from(at).unwrap_or(jiff::Timestamp::MAX);
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn dry_run(arguments: &UpArguments, jobs: &[Job]) -> Result<Outcome, Halt> {
    match arguments.format {
        ReportFormat::Text => {
            let text: String = jobs.iter().map(|it| plans::text(&it.plan)).collect();
            terminal::colourful(&text)?;
        }
        ReportFormat::Json => {
            let plans: Vec<Value> = jobs.iter().map(|it| it.plan.json()).collect();
            terminal::json(&json!({ "environments": plans }))?;
        }
    }
    Ok(Outcome::Fine)
}

/// How one environment came out.
struct Run {
    environment: String,
    result: Result<Deployment, Vec<Error>>,
}

async fn deploy(deployer: &Deployer, console: &Console, request: &Request, job: Job) -> Run {
    let environment = job.plan.environment.clone();
    let branch = console.branch(&environment);
    let result = deployer.deploy(&job.stack, request, job.plan, &|it| branch.show(it)).await;
    branch.finish();
    Run { environment, result }
}

fn report(arguments: &UpArguments, runs: &[Run], took: Duration) -> Result<Outcome, Halt> {
    let mut failures: Vec<Error> = Vec::new();
    for run in runs {
        let errors: Vec<Error> = match &run.result {
            Ok(deployment) => deployment.failure.iter().cloned().collect(),
            Err(errors) => errors.clone(),
        };
        for error in &errors {
            terminal::failure(&format!("{}: {error}", run.environment));
        }
        if let Ok(Deployment { stopped: Some(stopped), .. }) = &run.result {
            terminal::message(&plans::stopped(stopped));
        }
        failures.extend(errors);
    }
    let good =
        runs.iter().filter(|it| it.result.as_ref().is_ok_and(|it| it.failure.is_none())).count();
    match arguments.format {
        ReportFormat::Json => terminal::json(&as_json(runs, failures.is_empty(), took))?,
        ReportFormat::Text => {
            let verb = if arguments.detach { "written" } else { "deployed" };
            terminal::message(&format!("{verb}: {good} of {} in {}\n", runs.len(), time(took)));
            let urls = runs
                .iter()
                .filter_map(|it| it.result.as_ref().ok())
                .filter(|it| it.failure.is_none());
            terminal::data(&terminal::lines(urls.filter_map(|it| it.url.as_ref())))?;
        }
    }
    Ok(if failures.is_empty() { Outcome::Fine } else { aws::outcome(&failures) })
}

fn as_json(runs: &[Run], is_good: bool, took: Duration) -> Value {
    let run = |run: &Run| {
        let errors: Vec<String> = match &run.result {
            Ok(deployment) => deployment.failure.iter().map(ToString::to_string).collect(),
            Err(errors) => errors.iter().map(ToString::to_string).collect(),
        };
        let deployment = run.result.as_ref().ok();
        let action = |it: &compose2ecs::deploy::Action| json!({ "change": it.change, "resource": it.kind(), "name": it.name(), "details": it.details });
        json!({
            "environment": run.environment,
            "deployed": errors.is_empty(),
            "url": deployment.and_then(|it| it.url.clone()),
            "taskDefinitions": deployment.map(|it| &it.revisions),
            "actions": deployment.map(|it| it.actions.iter().map(action).collect::<Vec<_>>()),
            "errors": errors,
            "stoppedTask": deployment.and_then(|it| it.stopped.as_ref()),
        })
    };
    json!({
        "deployed": is_good,
        "seconds": (took.as_secs_f64() * 10.0).round() / 10.0,
        "environments": runs.iter().map(run).collect::<Vec<_>>(),
    })
}
