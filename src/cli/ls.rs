//! `ls` and `ps`: which environments there are, and what runs in one.

use std::fmt::Write as _;

use compose2ecs::deploy::{EnvironmentState, ServiceState, TaskState};
use compose2ecs::stack::Shape;
use serde_json::json;

use super::args::{InputArguments, LsArguments, PsArguments, ReportFormat};
use super::aws::{self, Halt};
use super::{Outcome, compile, terminal};

/// Lists the environments.
pub(super) fn run(arguments: &LsArguments) -> anyhow::Result<Outcome> {
    aws::block_on(list(arguments))?.unwrap_or(Ok(Outcome::Interrupted)).or_else(Halt::end)
}

async fn list(arguments: &LsArguments) -> Result<Outcome, Halt> {
    let inputs = InputArguments {
        commit: None,
        overlays: arguments.overlays.clone(),
        facts: None,
        compose: arguments.compose.clone(),
    };
    let options = compile::options(&inputs, Some("main".to_owned()))?;
    // Where there is a project, it is asked for in its region.
    let deployer = aws::connect(&arguments.aws, &options).await?;
    let (deployer, project) = if arguments.all_projects {
        (deployer, None)
    } else {
        let stack = aws::names(&deployer, options).await?;
        (deployer, Some(stack.environment.project))
    };
    let found =
        deployer.environments(project.as_deref()).await.map_err(|error| aws::refuse(&[error]))?;
    match arguments.format {
        ReportFormat::Json => terminal::json(&json!({ "environments": found }))?,
        ReportFormat::Text if found.is_empty() => {
            let of = project.map_or_else(String::new, |it| format!(" of `{it}`"));
            terminal::message(&format!("there are no environments{of} in {}\n", deployer.region()));
        }
        ReportFormat::Text => terminal::data(&table(&found))?,
    }
    Ok(Outcome::Fine)
}

fn table(found: &[EnvironmentState]) -> String {
    let now = jiff::Timestamp::now();
    let row = |it: &EnvironmentState| {
        let text = |it: &Option<String>| it.clone().unwrap_or_else(|| "-".to_owned());
        let expires = it.expires.as_ref().map_or_else(
            || "-".to_owned(),
            |at| match at.parse::<jiff::Timestamp>() {
                Ok(when) if when < now => format!("{at} (expired)"),
                _ => at.clone(),
            },
        );
        let commit: String = text(&it.commit).chars().take(12).collect();
        vec![it.environment.clone(), text(&it.branch), commit, expires, text(&it.url)]
    };
    terminal::table(&["ENVIRONMENT", "BRANCH", "COMMIT", "EXPIRES", "URL"], found.iter().map(row))
}

/// Lists what runs in an environment.
pub(super) fn processes(arguments: &PsArguments) -> anyhow::Result<Outcome> {
    aws::block_on(list_processes(arguments))?.unwrap_or(Ok(Outcome::Interrupted)).or_else(Halt::end)
}

async fn list_processes(arguments: &PsArguments) -> Result<Outcome, Halt> {
    let options = compile::options(&arguments.project.inputs, arguments.project.branch.clone())?;
    let deployer = aws::connect(&arguments.aws, &options).await?;
    let stack = aws::names(&deployer, options).await?;
    let cluster = stack.cluster.as_deref().unwrap_or("default");
    let services = stack.tasks.iter().filter(|it| it.shape == Shape::Service);
    let services: Vec<String> =
        services.map(|it| stack.environment.service(it.name.as_deref())).collect();
    let (services, tasks) = deployer
        .processes(cluster, &stack.environment, &services)
        .await
        .map_err(|error| aws::refuse(&[error]))?;
    match arguments.format {
        ReportFormat::Json => {
            let environment = &stack.environment.name;
            terminal::json(
                &json!({ "environment": environment, "services": services, "tasks": tasks }),
            )?;
        }
        ReportFormat::Text if services.is_empty() && tasks.is_empty() => {
            terminal::message(&format!("nothing runs of {}\n", stack.environment.name));
        }
        ReportFormat::Text => terminal::data(&process_text(&services, &tasks))?,
    }
    Ok(Outcome::Fine)
}

fn process_text(services: &[ServiceState], tasks: &[TaskState]) -> String {
    let mut text = String::new();
    for service in services {
        let _ = writeln!(
            text,
            "{}: {} of {} tasks run {} ({})",
            service.service,
            service.running,
            service.desired,
            service.revision,
            service.rollout.to_lowercase().replace('_', " ")
        );
        text.push_str(&task_table(&service.tasks));
    }
    text.push_str(&task_table(tasks));
    text
}

fn task_table(tasks: &[TaskState]) -> String {
    if tasks.is_empty() {
        return String::new();
    }
    let row = |it: &TaskState| {
        let containers: Vec<String> = it
            .containers
            .iter()
            .map(|(name, status)| format!("{name} {}", status.to_lowercase()))
            .collect();
        vec![
            it.id.clone(),
            it.revision.clone(),
            it.status.to_lowercase(),
            it.health.to_lowercase(),
            it.address.clone().unwrap_or_else(|| "-".to_owned()),
            containers.join(", "),
        ]
    };
    terminal::table(
        &["TASK", "REVISION", "STATUS", "HEALTH", "ADDRESS", "CONTAINERS"],
        tasks.iter().map(row),
    )
}
