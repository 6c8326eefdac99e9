//! [`Plan`] -> AWS: the only writes. What is decided is decided in the plan.

mod delete;
mod route;
mod run;

use aws_sdk_ecs::error::ProvideErrorMetadata;
use futures_util::future::join_all;

use super::action::{Action, Stage, Step};
use super::connection::Clients;
use super::convert;
use super::error::{Error, ErrorKind, refused};
use super::namespace;
use super::observed::{Record, Tags};
use super::plan::{Known, Plan};

pub(super) use run::tag;

/// What happens, as it happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress<'a> {
    /// A step begins.
    Begun(&'a Action),
    /// A step is through.
    Done(&'a Action),
    /// Where a rollout stands, in a sentence; the same sentence may come again.
    Waiting(String),
    /// What ECS says of a service.
    Event(String),
}

/// Who listens to progress.
pub(super) type Listener<'a> = &'a (dyn Fn(Progress<'_>) + Sync);

/// An ARN that a step made.
pub(super) enum Made {
    Nothing,
    TargetGroup(String, String),
    Revision(String, String),
    Task(String, String),
    /// The name of a service, and the ids of the rollouts that its new one takes over from.
    Rollout(String, Vec<String>),
}

/// Takes the steps of the stages in their order; those of one stage together.
pub(super) async fn apply(
    clients: &Clients,
    plan: &Plan,
    stages: &[Stage],
    mut known: Known,
    listener: Listener<'_>,
) -> Result<Known, Error> {
    for stage in stages {
        known = together(clients, plan, &plan.stage(*stage), known, listener).await?;
    }
    Ok(known)
}

/// Takes some steps of a plan together.
pub(super) async fn together(
    clients: &Clients,
    plan: &Plan,
    actions: &[&Action],
    mut known: Known,
    listener: Listener<'_>,
) -> Result<Known, Error> {
    let steps = actions.iter().map(|action| {
        let known = &known;
        async move {
            listener(Progress::Begun(action));
            let made = perform(clients, plan, &action.step, known).await;
            if made.is_ok() {
                listener(Progress::Done(action));
            }
            made
        }
    });
    let results = join_all(steps).await;
    let mut errors = Vec::new();
    for result in results {
        match result {
            Ok(Made::Nothing) => {}
            Ok(Made::TargetGroup(name, arn)) => drop(known.target_groups.insert(name, arn)),
            Ok(Made::Revision(family, arn)) => drop(known.revisions.insert(family, arn)),
            Ok(Made::Task(family, arn)) => drop(known.tasks.insert(family, arn)),
            Ok(Made::Rollout(service, ids)) => {
                known.earlier.entry(service).or_default().extend(ids);
            }
            Err(error) => errors.push(error),
        }
    }
    // A refusal is worth more than a race beside it.
    errors.sort_by_key(|it| it.kind == ErrorKind::Raced);
    match errors.into_iter().next() {
        Some(error) => Err(error),
        None => Ok(known),
    }
}

async fn perform(
    clients: &Clients,
    plan: &Plan,
    step: &Step,
    known: &Known,
) -> Result<Made, Error> {
    match step {
        Step::CreateLogGroup { name, tags } => create_log_group(clients, name, tags).await,
        Step::SetRetention { name, days } => set_retention(clients, name, *days).await,
        Step::CreateNamespace { name, tags } => {
            nothing(namespace::create(clients, name, tags).await)
        }
        Step::CreateTargetGroup(spec) => route::create_target_group(clients, spec).await,
        Step::ModifyTargetGroup { arn, spec } => {
            route::modify_target_group(clients, arn, spec).await
        }
        Step::CreateRule(spec) => route::create_rule(clients, spec, known).await,
        Step::ModifyRule { arn, spec, turn } => {
            route::modify_rule(clients, arn, (spec, turn), known).await
        }
        Step::Register { definition } => {
            let doing = format!("register the task definition `{}`", definition.family);
            let answer = convert::register(definition)
                .send_with(&clients.ecs)
                .await
                .map_err(refused(doing))?;
            let arn =
                answer.task_definition.and_then(|it| it.task_definition_arn).unwrap_or_default();
            Ok(Made::Revision(definition.family.clone(), arn))
        }
        Step::PutLifecyclePolicy { repository, policy } => {
            put_lifecycle_policy(clients, repository, policy).await
        }
        Step::CreateService(spec) => run::create_service(clients, plan, spec, known).await,
        Step::UpdateService { update, family } => {
            run::update_service(clients, plan, update, family, known).await
        }
        Step::TagService { arn, tags } => run::tag(clients, arn, tags).await,
        Step::NoteNames { service, tags } => run::note(clients, plan, service, tags).await,
        Step::UntagService { arn, keys } => run::untag(clients, arn, keys).await,
        Step::RunTask(spec) => run::run_task(clients, plan, spec, known).await,
        Step::StopTask { arn, reason } => delete::stop_task(clients, plan, arn, reason).await,
        Step::ChangeRecords { zone, changes } => {
            route::change_records(clients, zone, changes).await
        }
        Step::PointRecord { zone, record, family, owner, stale } => {
            let address = run::address(clients, plan, known, family).await?;
            let record = Record { values: vec![address], ..record.clone() };
            route::point_record(clients, zone, [record, owner.clone()], stale).await
        }
        Step::DeleteService { name } => delete::service(clients, plan, name).await,
        Step::DeleteRule { arn, .. } => delete::rule(clients, arn).await,
        Step::DeleteTargetGroup { arn } => delete::target_group(clients, arn).await,
        Step::Deregister { family, arn } => delete::deregister(clients, family, arn).await,
        Step::DeleteRevisions { family, arns } => delete::revisions(clients, family, arns).await,
        Step::DeleteLogGroup { name } => delete::log_group(clients, name).await,
        Step::DeleteNamespace { id, name } => nothing(namespace::delete(clients, id, name).await),
        Step::DeleteDiscovery { id, name } => {
            nothing(namespace::delete_service(clients, id, name).await)
        }
    }
}

fn nothing(result: Result<(), Error>) -> Result<Made, Error> {
    result.map(|()| Made::Nothing)
}

async fn put_lifecycle_policy(
    clients: &Clients,
    repository: &str,
    policy: &str,
) -> Result<Made, Error> {
    let call = clients.ecr.put_lifecycle_policy().repository_name(repository);
    let doing = format!("write the lifecycle policy of the repository `{repository}`");
    call.lifecycle_policy_text(policy).send().await.map_err(refused(doing))?;
    Ok(Made::Nothing)
}

async fn create_log_group(clients: &Clients, name: &str, tags: &Tags) -> Result<Made, Error> {
    let call = clients.logs.create_log_group().log_group_name(name);
    let tags = tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    match call.set_tags(Some(tags)).send().await {
        Ok(_) => Ok(Made::Nothing),
        // Another run of the same environment was faster; the group is what was wanted.
        Err(error) if error.code() == Some("ResourceAlreadyExistsException") => Ok(Made::Nothing),
        Err(error) => Err(refused(format!("create the log group `{name}`"))(error)),
    }
}

async fn set_retention(clients: &Clients, name: &str, days: u32) -> Result<Made, Error> {
    let days = i32::try_from(days).unwrap_or(i32::MAX);
    let call = clients.logs.put_retention_policy().log_group_name(name).retention_in_days(days);
    call.send()
        .await
        .map_err(refused(format!("set how long the log group `{name}` keeps events")))?;
    Ok(Made::Nothing)
}
