//! Which environments exist, by their tags alone.

use aws_sdk_ecs::error::ProvideErrorMetadata;
use std::collections::BTreeMap;

use aws_sdk_ecs::types::DesiredStatus;
use aws_sdk_resourcegroupstagging::types::TagFilter;
use futures_util::future::try_join_all;
use serde::Serialize;

use super::connection::Clients;
use super::deployer::Deployer;
use super::error::{Error, refused};
use super::observe::{describe_services, describe_tasks, list_tasks};
use super::observed::{Tags, Task, short_arn};
use crate::environment::{Environment, tag_text};

/// An environment, as its services and tasks tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EnvironmentState {
    /// Its name.
    pub environment: String,
    /// The project.
    pub project: String,
    /// The branch; `None` for the project's only environment.
    pub branch: Option<String>,
    /// The commit that was deployed, when the caller said.
    pub commit: Option<String>,
    /// Where it is reached.
    pub url: Option<String>,
    /// When it may go, RFC 3339.
    pub expires: Option<String>,
    /// The cluster.
    pub cluster: String,
    /// Names of its services.
    pub services: Vec<String>,
    /// Ids of its tasks that nothing keeps running.
    pub tasks: Vec<String>,
}

/// A service and its tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ServiceState {
    /// Its name.
    pub service: String,
    /// `family:number`.
    pub revision: String,
    /// `COMPLETED`, `IN_PROGRESS`, `FAILED`.
    pub rollout: String,
    /// How many tasks are wanted.
    pub desired: i32,
    /// How many run.
    pub running: i32,
    /// How many are about to.
    pub pending: i32,
    /// Its tasks.
    pub tasks: Vec<TaskState>,
}

/// A task and its containers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TaskState {
    /// Its id.
    pub id: String,
    /// `family:number`.
    pub revision: String,
    /// `PENDING`, `RUNNING`, `STOPPED` …
    pub status: String,
    /// `HEALTHY`, `UNHEALTHY` or `UNKNOWN`.
    pub health: String,
    /// Its private address.
    pub address: Option<String>,
    /// Its containers: name and status.
    pub containers: BTreeMap<String, String>,
}

impl Deployer {
    /// The environments of a project, or of all projects, sorted by name.
    ///
    /// # Errors
    ///
    /// When AWS cannot be asked.
    pub async fn environments(
        &self,
        project: Option<&str>,
    ) -> Result<Vec<EnvironmentState>, Error> {
        let clients = &self.clients;
        let (services, tasks) = tokio::try_join!(
            tagged(clients, "ecs:service", project),
            tagged(clients, "ecs:task", project)
        )?;
        // The tags of what was deleted stay listed for a while.
        let tasks: Vec<_> =
            tasks.into_iter().filter(|(_, tags)| tags.contains_key("compose2ecs:shape")).collect();
        let (services, tasks) = tokio::try_join!(
            alive(clients, services, Kind::Service),
            alive(clients, tasks, Kind::Task)
        )?;
        let mut found: BTreeMap<(String, String), EnvironmentState> = BTreeMap::new();
        for (arn, tags) in services {
            if let Some(state) = entry(&mut found, &arn, &tags) {
                state.services.push(short_arn(&arn).to_owned());
            }
        }
        for (arn, tags) in tasks {
            if let Some(state) = entry(&mut found, &arn, &tags) {
                state.tasks.push(short_arn(&arn).to_owned());
            }
        }
        Ok(found.into_values().collect())
    }

    /// The services of an environment with their tasks, and the tasks that nothing keeps running.
    ///
    /// # Errors
    ///
    /// When AWS cannot be asked.
    pub async fn processes(
        &self,
        cluster: &str,
        environment: &Environment,
        services: &[String],
    ) -> Result<(Vec<ServiceState>, Vec<TaskState>), Error> {
        let clients = &self.clients;
        let tasks_of = |name: &String| {
            let call = clients.ecs.list_tasks().cluster(cluster).service_name(name);
            async move {
                // ECS refuses to list the tasks of a service that is not there.
                let arns = list_tasks(call).await.unwrap_or_default();
                describe_tasks(clients, cluster, &arns).await
            }
        };
        let own = async {
            let call =
                clients.ecs.list_tasks().cluster(cluster).started_by(environment.started_by());
            let arns = list_tasks(call).await?;
            describe_tasks(clients, cluster, &arns).await
        };
        let (described, tasks, own) = tokio::try_join!(
            describe_services(clients, cluster, services),
            try_join_all(services.iter().map(tasks_of)),
            own
        )?;
        let state = |(name, tasks): (&String, Vec<Task>)| {
            let service = described.get(name)?;
            let primary = service.deployments.iter().find(|it| it.status == "PRIMARY");
            Some(ServiceState {
                service: name.clone(),
                revision: short_arn(
                    primary.map_or(&service.task_definition, |it| &it.task_definition),
                )
                .to_owned(),
                rollout: primary.map(|it| it.rollout_state.clone()).unwrap_or_default(),
                desired: service.desired,
                running: service.running,
                pending: service.pending,
                tasks: tasks.into_iter().map(task_state).collect(),
            })
        };
        let states = services.iter().zip(tasks).filter_map(state).collect();
        Ok((states, own.into_iter().filter(|it| it.status != "STOPPED").map(task_state).collect()))
    }
}

fn task_state(task: Task) -> TaskState {
    TaskState {
        id: short_arn(&task.arn).to_owned(),
        revision: short_arn(&task.task_definition).to_owned(),
        status: task.status,
        health: task.health,
        address: task.private_ip,
        containers: task.containers.into_iter().map(|it| (it.name, it.status)).collect(),
    }
}

fn entry<'a>(
    found: &'a mut BTreeMap<(String, String), EnvironmentState>,
    arn: &str,
    tags: &Tags,
) -> Option<&'a mut EnvironmentState> {
    let tag = |key: &str| tags.get(&format!("compose2ecs:{key}")).cloned();
    let (environment, project) = (tag("environment")?, tag("project")?);
    let branch = tag("branch");
    let key = (environment.clone(), branch.clone().unwrap_or_default());
    let state = found.entry(key).or_insert_with(|| EnvironmentState {
        environment,
        project,
        branch: branch.as_deref().map(tag_text),
        cluster: cluster(arn).to_owned(),
        ..EnvironmentState::default()
    });
    state.commit = state.commit.take().or_else(|| tag("commit"));
    state.url = state.url.take().or_else(|| tag("url"));
    state.expires = state.expires.take().or_else(|| tag("expires"));
    Some(state)
}

/// `…:service/CLUSTER/NAME`, `…:task/CLUSTER/ID`.
fn cluster(arn: &str) -> &str {
    arn.split('/').nth(1).filter(|_| arn.split('/').count() > 2).unwrap_or("default")
}

/// Everything of one kind that carries our tags, a hundred a call.
async fn tagged(
    clients: &Clients,
    kind: &str,
    project: Option<&str>,
) -> Result<Vec<(String, Tags)>, Error> {
    let filter = TagFilter::builder().key("compose2ecs:project");
    let filter = project.into_iter().fold(filter, TagFilterBuilder::values).build();
    let call = clients.tagging.get_resources().resource_type_filters(kind).resources_per_page(100);
    let mut pages = call.tag_filters(filter).into_paginator().items().send();
    let mut found = Vec::new();
    while let Some(resource) = pages.next().await {
        let resource = resource.map_err(refused("list the environments"))?;
        let tags =
            resource.tags().iter().map(|it| (it.key().to_owned(), it.value().to_owned())).collect();
        found.push((resource.resource_arn.unwrap_or_default(), tags));
    }
    Ok(found)
}

use aws_sdk_resourcegroupstagging::types::builders::TagFilterBuilder;

/// What is listed of a cluster.
#[derive(Clone, Copy)]
enum Kind {
    Service,
    Task,
}

/// Those that their cluster still lists, a hundred a call.
async fn alive(
    clients: &Clients,
    found: Vec<(String, Tags)>,
    kind: Kind,
) -> Result<Vec<(String, Tags)>, Error> {
    let mut clusters: Vec<&str> = found.iter().map(|(arn, _)| cluster(arn)).collect();
    clusters.sort_unstable();
    clusters.dedup();
    let list = |cluster: &str| {
        let cluster = cluster.to_owned();
        async move {
            match kind {
                Kind::Service => list_services(clients, &cluster).await,
                Kind::Task => {
                    let call = clients.ecs.list_tasks().cluster(cluster);
                    list_tasks(call.desired_status(DesiredStatus::Running)).await
                }
            }
        }
    };
    let listed: Vec<String> =
        try_join_all(clusters.into_iter().map(list)).await?.into_iter().flatten().collect();
    let listed: std::collections::BTreeSet<String> = listed.into_iter().collect();
    Ok(found.into_iter().filter(|(arn, _)| listed.contains(arn)).collect())
}

async fn list_services(clients: &Clients, cluster: &str) -> Result<Vec<String>, Error> {
    let call = clients.ecs.list_services().cluster(cluster).max_results(100);
    let mut pages = call.into_paginator().items().send();
    let mut arns = Vec::new();
    while let Some(arn) = pages.next().await {
        match arn {
            Ok(arn) => arns.push(arn),
            Err(error) if error.code() == Some("ClusterNotFoundException") => {
                break;
            }
            Err(error) => return Err(refused("list the services")(error)),
        }
    }
    Ok(arns)
}
