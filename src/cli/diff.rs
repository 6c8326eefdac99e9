//! `diff` and `register`: the plan, and the part of it that is about task definitions.

use compose2ecs::deploy::plan::{self, Plan, Request};

use super::args::{
    DiffArguments, ImageArguments, ProjectArguments, RegisterArguments, ReportFormat,
};
use super::aws::{self, Halt, Knowledge, Prepared};
use super::progress::Console;
use super::{Outcome, compile, plans, terminal};
use compose2ecs::Options;

/// Prints what `up` would do.
pub(super) fn run(arguments: &DiffArguments) -> anyhow::Result<Outcome> {
    let outcome = aws::block_on(diff(arguments))?.unwrap_or_else(|| Ok(Outcome::Interrupted));
    let outcome = outcome.or_else(Halt::end);
    if !arguments.exit_code {
        return outcome.map(|it| if it == Outcome::Changes { Outcome::Fine } else { it });
    }
    // Scripts ask one question: did anything but the answer come?
    match outcome {
        Ok(outcome @ (Outcome::Fine | Outcome::Changes)) => Ok(outcome),
        Ok(_) => Ok(Outcome::Diagnostics),
        Err(error) => {
            terminal::failure(&format!("{error:#}"));
            Ok(Outcome::Diagnostics)
        }
    }
}

async fn diff(arguments: &DiffArguments) -> Result<Outcome, Halt> {
    let options = options(&arguments.project, &arguments.images)?;
    let policy = compile::policy(&arguments.policy)?;
    let deployer = aws::connect(&arguments.aws, &options).await?;
    let prepared = aws::prepare(&deployer, options, Knowledge::Whole).await;
    let prepared = aws::settle(prepared, &policy)?;
    let plan = up_plan(&prepared)?;
    match arguments.format {
        ReportFormat::Text => terminal::colourful(&plans::text(&plan))?,
        ReportFormat::Json => terminal::json(&plan.json())?,
    }
    Ok(if plan.is_empty() { Outcome::Fine } else { Outcome::Changes })
}

fn options(project: &ProjectArguments, images: &ImageArguments) -> anyhow::Result<Options> {
    let options = compile::options(&project.inputs, project.branch.clone())?;
    Ok(Options { images: images.images.iter().cloned().collect(), ..options })
}

fn up_plan(prepared: &Prepared) -> Result<Plan, Halt> {
    let observed = prepared.observed.clone().unwrap_or_default();
    plan::up(&prepared.stack, &observed, &Request::default()).map_err(|errors| aws::refuse(&errors))
}

/// Registers what differs.
pub(super) fn register(arguments: &RegisterArguments) -> anyhow::Result<Outcome> {
    let outcome =
        aws::block_on(register_all(arguments))?.unwrap_or_else(|| Ok(Outcome::Interrupted));
    outcome.or_else(Halt::end)
}

async fn register_all(arguments: &RegisterArguments) -> Result<Outcome, Halt> {
    let options = options(&arguments.project, &arguments.images)?;
    let policy = compile::policy(&arguments.policy)?;
    let deployer = aws::connect(&arguments.aws, &options).await?;
    let prepared = aws::prepare(&deployer, options, Knowledge::Facts).await;
    let prepared = aws::settle(prepared, &policy)?;
    let observed = deployer.observe_revisions(&prepared.stack).await;
    let observed = observed.map_err(|error| aws::refuse(&[error]))?;
    let plan = plan::register(&prepared.stack, &observed).map_err(|errors| aws::refuse(&errors))?;
    if arguments.dry_run {
        match arguments.format {
            ReportFormat::Text => terminal::colourful(&plans::text(&plan))?,
            ReportFormat::Json => terminal::json(&plan.json())?,
        }
        return Ok(Outcome::Fine);
    }
    let console = Console::new();
    let branch = console.branch(&plan.environment);
    let revisions = deployer.register(&plan, &|it| branch.show(it)).await;
    branch.finish();
    let revisions = revisions.map_err(|error| aws::refuse(&[error]))?;
    match arguments.format {
        ReportFormat::Text => {
            terminal::data(&terminal::lines(revisions.values()))?;
        }
        ReportFormat::Json => {
            let registered = !plan.is_empty();
            terminal::json(
                &serde_json::json!({ "taskDefinitions": revisions, "registered": registered }),
            )?;
        }
    }
    Ok(Outcome::Fine)
}
