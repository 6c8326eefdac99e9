//! `down`: everything that carries an environment's tags goes.

use compose2ecs::deploy::plan::Plan;
use compose2ecs::deploy::{Action, Deployer, Error};
use compose2ecs::stack::Stack;
use futures_util::future::{join_all, try_join_all};
use serde_json::{Value, json};

use super::args::{DownArguments, ReportFormat};
use super::aws::{self, Halt};
use super::progress::Console;
use super::{Outcome, compile, plans, terminal};

/// Takes the environments down.
pub(super) fn run(arguments: &DownArguments) -> anyhow::Result<Outcome> {
    let Some(outcome) = aws::block_on(down(arguments))? else {
        terminal::message("\ninterrupted: run the same command again to take down what is left.\n");
        return Ok(Outcome::Interrupted);
    };
    outcome.or_else(Halt::end)
}

struct Job {
    stack: Stack,
    plan: Plan,
}

async fn down(arguments: &DownArguments) -> Result<Outcome, Halt> {
    let mut branches: Vec<Option<String>> =
        arguments.branches.branches.iter().cloned().map(Some).collect();
    branches.dedup();
    if branches.is_empty() {
        branches.push(None);
    }
    let options: Result<Vec<_>, _> =
        branches.into_iter().map(|it| compile::options(&arguments.inputs, it)).collect();
    let options = options?;
    let deployer = aws::connect(&arguments.aws, &options[0]).await?;
    let plan = |options| async {
        let stack = aws::names(&deployer, options).await?;
        let plan = deployer.plan_down(&stack).await.map_err(|errors| aws::refuse(&errors))?;
        Ok::<_, Halt>(Job { stack, plan })
    };
    let jobs = try_join_all(options.into_iter().map(plan)).await?;
    let text: String = jobs.iter().map(|it| plans::text(&it.plan)).collect();
    if arguments.dry_run {
        match arguments.format {
            ReportFormat::Text => terminal::colourful(&text)?,
            ReportFormat::Json => {
                let plans: Vec<Value> = jobs.iter().map(|it| it.plan.json()).collect();
                terminal::json(&json!({ "environments": plans }))?;
            }
        }
        return Ok(Outcome::Fine);
    }
    terminal::message(&text);
    let deletes = jobs.iter().any(|it| !it.plan.is_empty());
    if deletes && !arguments.yes {
        terminal::confirm("take all of this down?")?;
    }
    let console = Console::new();
    let results =
        join_all(jobs.into_iter().map(|job| tear_down(arguments, &deployer, &console, job))).await;
    report(arguments, &results)
}

struct Run {
    environment: String,
    result: Result<Vec<Action>, Vec<Error>>,
}

async fn tear_down(
    arguments: &DownArguments,
    deployer: &Deployer,
    console: &Console,
    job: Job,
) -> Run {
    let environment = job.plan.environment.clone();
    let branch = console.branch(&environment);
    let result =
        deployer.tear_down(&job.stack, job.plan, arguments.timeout, &|it| branch.show(it)).await;
    branch.finish();
    Run { environment, result }
}

fn report(arguments: &DownArguments, runs: &[Run]) -> Result<Outcome, Halt> {
    let failures: Vec<Error> =
        runs.iter().filter_map(|it| it.result.as_ref().err()).flatten().cloned().collect();
    for error in &failures {
        terminal::failure(error);
    }
    match arguments.format {
        ReportFormat::Json => {
            let run = |it: &Run| {
                let errors =
                    it.result.as_ref().err().into_iter().flatten().map(ToString::to_string);
                json!({
                    "environment": it.environment,
                    "deleted": it.result.as_ref().map(Vec::len).unwrap_or_default(),
                    "errors": errors.collect::<Vec<_>>(),
                })
            };
            terminal::json(&json!({ "environments": runs.iter().map(run).collect::<Vec<_>>() }))?;
        }
        ReportFormat::Text => {
            for run in runs.iter().filter(|it| it.result.is_ok()) {
                let deleted = run.result.as_ref().map(Vec::len).unwrap_or_default();
                let words = if deleted == 0 { "there was nothing of it" } else { "gone" };
                terminal::message(&format!("{}: {words}\n", run.environment));
            }
        }
    }
    Ok(if failures.is_empty() { Outcome::Fine } else { aws::outcome(&failures) })
}
