//! What goes. What is gone already is fine.

use aws_sdk_ecs::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use futures_util::future::try_join_all;

use super::Made;
use crate::deploy::connection::Clients;
use crate::deploy::error::{Error, ErrorKind, refused};
use crate::deploy::observe::describe_services;
use crate::deploy::plan::Plan;

/// Success, or an error that says that there is nothing left to delete.
fn gone<T, E>(
    result: Result<T, SdkError<E, HttpResponse>>,
    codes: &[&str],
    doing: String,
) -> Result<Made, Error>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match result {
        Ok(_) => Ok(Made::Nothing),
        Err(error) if error.code().is_some_and(|it| codes.contains(&it)) => Ok(Made::Nothing),
        Err(error) => Err(refused(doing)(error)),
    }
}

/// Deletes a service with its tasks, and waits until ECS has let go of it: until then its target groups and logs are in use.
pub(super) async fn service(clients: &Clients, plan: &Plan, name: &str) -> Result<Made, Error> {
    let call = clients.ecs.delete_service().cluster(&plan.cluster).service(name).force(true);
    let codes =
        ["ServiceNotFoundException", "ServiceNotActiveException", "ClusterNotFoundException"];
    gone(call.send().await, &codes, format!("delete the service `{name}`"))?;
    // ECS stops the tasks within their stop timeout, of at most two minutes, once their targets are drained.
    for attempt in 0..200_u32 {
        let services = describe_services(clients, &plan.cluster, &[name.to_owned()]).await?;
        if services.is_empty() {
            return Ok(Made::Nothing);
        }
        tokio::time::sleep(clients.pace.pause(attempt)).await;
    }
    let error = Error::refused(format!("the service `{name}` is still going after ten minutes"));
    Err(error.of_kind(ErrorKind::TimedOut).help("run the same command again later"))
}

pub(super) async fn stop_task(
    clients: &Clients,
    plan: &Plan,
    arn: &str,
    reason: &str,
) -> Result<Made, Error> {
    let call = clients.ecs.stop_task().cluster(&plan.cluster).task(arn).reason(reason);
    let short = crate::deploy::observed::short_arn(arn);
    match call.send().await {
        Ok(_) => Ok(Made::Nothing),
        Err(error) if error.message().is_some_and(|it| it.contains("not found")) => {
            Ok(Made::Nothing)
        }
        Err(error) => Err(refused(format!("stop the task {short}"))(error)),
    }
}

pub(super) async fn rule(clients: &Clients, arn: &str) -> Result<Made, Error> {
    let call = clients.elb.delete_rule().rule_arn(arn);
    gone(call.send().await, &["RuleNotFound"], "delete a listener rule".to_owned())
}

pub(super) async fn target_group(clients: &Clients, arn: &str) -> Result<Made, Error> {
    let call = clients.elb.delete_target_group().target_group_arn(arn);
    gone(call.send().await, &["TargetGroupNotFound"], "delete a target group".to_owned())
}

/// Takes one revision out of service.
pub(super) async fn deregister(clients: &Clients, family: &str, arn: &str) -> Result<Made, Error> {
    match clients.ecs.deregister_task_definition().task_definition(arn).send().await {
        Ok(_) => Ok(Made::Nothing),
        Err(error) if is_deleted(error.message()) => Ok(Made::Nothing),
        Err(error) => Err(refused(format!("deregister revisions of `{family}`"))(error)),
    }
}

/// Revisions are taken out of service, and deleted so that nothing carries the environment's tags. ECS does the latter when
/// no task uses them any more.
pub(super) async fn revisions(
    clients: &Clients,
    family: &str,
    arns: &[String],
) -> Result<Made, Error> {
    // ECS takes one such call a second after a burst; the SDK's retries pace the rest.
    for chunk in arns.chunks(10) {
        try_join_all(chunk.iter().map(|it| deregister(clients, family, it))).await?;
        let call = clients.ecs.delete_task_definitions().set_task_definitions(Some(chunk.to_vec()));
        let answer =
            call.send().await.map_err(refused(format!("delete revisions of `{family}`")))?;
        let failed = answer.failures().iter().filter_map(|it| it.reason());
        if let Some(reason) = failed.filter(|it| !is_deleted(Some(it))).map(str::to_owned).next() {
            return Err(Error::refused(format!("cannot delete revisions of `{family}`: {reason}")));
        }
    }
    Ok(Made::Nothing)
}

fn is_deleted(message: Option<&str>) -> bool {
    let words = [
        "does not exist",
        "inactive",
        "not found",
        "MISSING",
        "DELETE_IN_PROGRESS",
        "in the process of being deleted",
        "Unable to describe",
    ];
    message.is_some_and(|it| words.iter().any(|word| it.contains(word)))
}

pub(super) async fn log_group(clients: &Clients, name: &str) -> Result<Made, Error> {
    let call = clients.logs.delete_log_group().log_group_name(name);
    gone(
        call.send().await,
        &["ResourceNotFoundException"],
        format!("delete the log group `{name}`"),
    )
}
