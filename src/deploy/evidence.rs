//! Why a task died: its stopped reason, the exit codes of its containers, and the last lines they wrote.

use aws_sdk_ecs::types::DesiredStatus;
use serde::Serialize;

use super::connection::Clients;
use super::observe::{describe_tasks, list_tasks, revision};
use super::observed::{Container, Task, short_arn};
use crate::ecs::ContainerDefinition;
use crate::redact::mask_passwords;

/// A task that stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoppedTask {
    /// Its id.
    pub id: String,
    /// Its revision, `family:number`.
    pub revision: String,
    /// ECS's sentence.
    pub reason: String,
    /// ECS's word for it.
    pub code: String,
    /// The containers that ended badly, or all when none did.
    pub containers: Vec<DeadContainer>,
}

/// A container of a task that stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeadContainer {
    /// Its name.
    pub name: String,
    /// What it ended with; `None` when it never ran.
    pub exit_code: Option<i32>,
    /// Why, in the words of ECS.
    pub reason: String,
    /// The last lines that it wrote, passwords in URLs covered.
    pub log: Vec<String>,
}

/// How many lines of a container are shown.
const LINES: i32 = 20;

/// The newest task of a revision that stopped by itself. Nothing when it cannot be found: the failure itself matters more.
pub(super) async fn of(
    clients: &Clients,
    cluster: &str,
    service: Option<&str>,
    task: Option<&String>,
    wanted: &str,
) -> Option<StoppedTask> {
    let arns = match (service, task) {
        (Some(service), _) => {
            let call = clients.ecs.list_tasks().cluster(cluster).service_name(service);
            list_tasks(call.desired_status(DesiredStatus::Stopped)).await.ok()?
        }
        (None, Some(task)) => vec![task.clone()],
        (None, None) => return None,
    };
    let mut tasks = describe_tasks(clients, cluster, &arns).await.ok()?;
    tasks.retain(|it| {
        it.task_definition == wanted && (it.status == "STOPPED" || it.desired_status == "STOPPED")
    });
    // Those that ECS stopped when it went back died of nothing.
    let is_cause = |it: &Task| !it.stopped_reason.starts_with("Scaling activity initiated by");
    let newest = tasks.into_iter().max_by_key(|it| (is_cause(it), it.stopped_at))?;
    let definition = revision(clients, wanted).await.ok().flatten().map(|it| it.definition);
    let definitions = definition.map(|it| it.container_definitions).unwrap_or_default();
    Some(stopped(clients, newest, &definitions).await)
}

async fn stopped(
    clients: &Clients,
    task: Task,
    definitions: &[ContainerDefinition],
) -> StoppedTask {
    let id = short_arn(&task.arn).to_owned();
    let is_bad = |it: &Container| it.exit_code.is_some_and(|it| it != 0) || !it.reason.is_empty();
    let some_bad = task.containers.iter().any(is_bad);
    let mut containers = Vec::new();
    for container in task.containers.iter().filter(|it| !some_bad || is_bad(it)) {
        let definition = definitions.iter().find(|it| it.name == container.name);
        let log = match definition.filter(|_| container.exit_code.is_some()) {
            Some(definition) => last_lines(clients, definition, &id).await,
            None => Vec::new(),
        };
        containers.push(DeadContainer {
            name: container.name.clone(),
            exit_code: container.exit_code,
            reason: container.reason.clone(),
            log,
        });
    }
    StoppedTask {
        id,
        revision: short_arn(&task.task_definition).to_owned(),
        reason: task.stopped_reason,
        code: task.stop_code,
        containers,
    }
}

/// The last lines of a container that logs with awslogs; the stream is called `prefix/container/task`.
async fn last_lines(
    clients: &Clients,
    definition: &ContainerDefinition,
    task: &str,
) -> Vec<String> {
    let Some(logging) =
        definition.log_configuration.as_ref().filter(|it| it.log_driver == "awslogs")
    else {
        return Vec::new();
    };
    let (Some(group), Some(prefix)) =
        (logging.options.get("awslogs-group"), logging.options.get("awslogs-stream-prefix"))
    else {
        return Vec::new();
    };
    let stream = format!("{prefix}/{}/{task}", definition.name);
    let call = clients.logs.get_log_events().log_group_name(group).log_stream_name(stream);
    let Ok(answer) = call.limit(LINES).start_from_head(false).send().await else {
        return Vec::new();
    };
    answer
        .events()
        .iter()
        .filter_map(|it| it.message())
        .map(|it| plain(&mask_passwords(it.trim_end())))
        .collect()
}

/// A line of a container must not steer the terminal that shows it.
fn plain(line: &str) -> String {
    line.chars().map(|it| if it.is_control() && it != '\t' { '\u{FFFD}' } else { it }).collect()
}
