//! `rollback`: back to what ran well.

use compose2ecs::deploy::Way;
use serde_json::json;

use super::args::{ReportFormat, RollbackArguments};
use super::aws::{self, Halt};
use super::progress::Console;
use super::{Outcome, compile, plans, terminal};

/// Goes back.
pub(super) fn run(arguments: &RollbackArguments) -> anyhow::Result<Outcome> {
    aws::block_on(roll_back(arguments))?.unwrap_or(Ok(Outcome::Interrupted)).or_else(Halt::end)
}

async fn roll_back(arguments: &RollbackArguments) -> Result<Outcome, Halt> {
    let options = compile::options(&arguments.project.inputs, arguments.project.branch.clone())?;
    let deployer = aws::connect(&arguments.aws, &options).await?;
    let stack = aws::names(&deployer, options).await?;
    let way = Way { to: arguments.to, keep_revision: arguments.keep_revision };
    let plan = deployer.plan_rollback(&stack, &way).await.map_err(|errors| aws::refuse(&errors))?;
    if arguments.dry_run {
        match arguments.format {
            ReportFormat::Text => terminal::colourful(&plans::text(&plan))?,
            ReportFormat::Json => terminal::json(&plan.json())?,
        }
        return Ok(Outcome::Fine);
    }
    terminal::message(&plans::text(&plan));
    let console = Console::new();
    let branch = console.branch(&plan.environment);
    let result = deployer.roll_back(&plan, arguments.timeout, &|it| branch.show(it)).await;
    branch.finish();
    let deployment = result.map_err(|error| aws::refuse(&[error]))?;
    if let Some(error) = &deployment.failure {
        terminal::failure(error);
    }
    if let Some(stopped) = &deployment.stopped {
        terminal::message(&plans::stopped(stopped));
    }
    if arguments.format == ReportFormat::Json {
        terminal::json(&json!({
            "environment": deployment.environment,
            "deployed": deployment.failure.is_none(),
            "taskDefinitions": deployment.revisions,
            "errors": deployment.failure.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "stoppedTask": deployment.stopped,
        }))?;
    } else if deployment.failure.is_none() {
        terminal::data(&terminal::lines(deployment.revisions.values()))?;
    }
    Ok(deployment.failure.map_or(Outcome::Fine, |it| aws::outcome(&[it])))
}
