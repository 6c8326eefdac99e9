//! ECS: the cluster, the latest revisions, services and tasks.

use aws_sdk_ecs::error::ProvideErrorMetadata;
use aws_sdk_ecs::types;
use futures_util::future::try_join_all;
use indexmap::{IndexMap, IndexSet};

use crate::deploy::connection::Clients;
use crate::deploy::convert;
use crate::deploy::error::{Error, refused};
use crate::deploy::observed::{
    Cluster, Container, Deployment, Event, LoadBalancerOf, NetworkOf, Revision, Service, Tags,
    Task, family,
};
use crate::ecs::ServiceConnectConfiguration;
use crate::stack::Stack;

/// The cluster; a sentence when it is not there.
pub(super) async fn cluster(
    clients: &Clients,
    name: &str,
) -> Result<Result<Cluster, String>, Error> {
    let answer = clients.ecs.describe_clusters().clusters(name).send().await;
    let answer = answer.map_err(refused(format!("look the cluster `{name}` up")))?;
    let active = answer.clusters().iter().find(|it| it.status() != Some("INACTIVE"));
    Ok(active
        .map(|it| Cluster {
            name: it.cluster_name().unwrap_or(name).to_owned(),
            capacity_providers: it.capacity_providers().to_vec(),
        })
        .ok_or_else(|| format!("there is no cluster `{name}` in {}", clients.region)))
}

/// The latest active revision of each family of the stack.
pub(super) async fn revisions(
    clients: &Clients,
    stack: &Stack,
) -> Result<IndexMap<String, Revision>, Error> {
    let latest = |family: String| async move {
        let found = latest(clients, &family).await?;
        Ok::<_, Error>(found.map(|it| (family, it)))
    };
    let families = stack.tasks.iter().map(|it| it.definition.family.clone());
    Ok(try_join_all(families.map(latest)).await?.into_iter().flatten().collect())
}

/// The latest active revision of a family, which its name alone means to AWS; an emulator may answer with one that is gone.
async fn latest(clients: &Clients, family: &str) -> Result<Option<Revision>, Error> {
    let found = revision(clients, family).await?;
    if !found.as_ref().is_some_and(|it| it.is_inactive) {
        return Ok(found);
    }
    let active = list_revisions(clients, family, types::TaskDefinitionStatus::Active).await?;
    let number = |arn: &String| arn.rsplit(':').next().and_then(|it| it.parse::<u32>().ok());
    match active.iter().max_by_key(|it| number(it)) {
        Some(arn) => revision(clients, arn).await,
        None => Ok(None),
    }
}

/// A revision by `family`, `family:number` or ARN; `None` when there is none.
pub(in crate::deploy) async fn revision(
    clients: &Clients,
    name: &str,
) -> Result<Option<Revision>, Error> {
    let call = clients.ecs.describe_task_definition().task_definition(name);
    let answer = match call.include(types::TaskDefinitionField::Tags).send().await {
        Ok(answer) => answer,
        // ECS has no code of its own for this.
        Err(error) if error.code() == Some("ClientException") => {
            let message = error.message().unwrap_or_default();
            if message.contains("Unable to describe") || message.contains("does not exist") {
                return Ok(None);
            }
            return Err(refused(format!("read the task definition `{name}`"))(error));
        }
        Err(error) => return Err(refused(format!("read the task definition `{name}`"))(error)),
    };
    Ok(answer.task_definition().map(|it| Revision {
        arn: it.task_definition_arn().unwrap_or_default().to_owned(),
        is_inactive: it.status().is_some_and(|it| *it != types::TaskDefinitionStatus::Active),
        definition: convert::task_definition(it, answer.tags()),
    }))
}

/// The services of the stack.
pub(super) async fn services(
    clients: &Clients,
    stack: &Stack,
) -> Result<IndexMap<String, Service>, Error> {
    let cluster = stack.cluster.as_deref().unwrap_or("default");
    let names: Vec<String> =
        stack.tasks.iter().map(|it| stack.environment.service(it.name.as_deref())).collect();
    describe_services(clients, cluster, &names).await
}

/// Services by name, ten a call; those that are gone are left out.
pub(in crate::deploy) async fn describe_services(
    clients: &Clients,
    cluster: &str,
    names: &[String],
) -> Result<IndexMap<String, Service>, Error> {
    let chunk = |names: &[String]| {
        let call =
            clients.ecs.describe_services().cluster(cluster).set_services(Some(names.to_vec()));
        async move { call.include(types::ServiceField::Tags).send().await }
    };
    let answers = names.chunks(10).map(chunk);
    let mut services = IndexMap::new();
    for answer in futures_util::future::join_all(answers).await {
        let answer = match answer {
            Ok(answer) => answer,
            // That the cluster is not there is said once, where it is looked up.
            Err(error) if error.code() == Some("ClusterNotFoundException") => {
                continue;
            }
            Err(error) => return Err(refused("read the services")(error)),
        };
        let there = answer.services().iter().filter(|it| it.status() != Some("INACTIVE"));
        services.extend(
            there.map(|it| (it.service_name().unwrap_or_default().to_owned(), service(it))),
        );
    }
    Ok(services)
}

fn service(it: &types::Service) -> Service {
    let text = |it: Option<&str>| it.unwrap_or_default().to_owned();
    let strategy = it.capacity_provider_strategy();
    let spot = (!strategy.is_empty())
        .then(|| strategy.iter().any(|it| it.capacity_provider() == "FARGATE_SPOT"));
    let launched = it.launch_type().filter(|it| **it == types::LaunchType::Fargate).map(|_| false);
    let breaker = it.deployment_configuration().and_then(|it| it.deployment_circuit_breaker());
    let mut load_balancers: Vec<LoadBalancerOf> =
        it.load_balancers().iter().map(load_balancer).collect();
    load_balancers.sort();
    Service {
        arn: text(it.service_arn()),
        status: text(it.status()),
        task_definition: text(it.task_definition()),
        desired: it.desired_count(),
        running: it.running_count(),
        pending: it.pending_count(),
        spot: spot.or(launched),
        exec: Some(it.enable_execute_command()),
        circuit_breaker: breaker.map(|it| it.enable() && it.rollback()),
        grace_period: it.health_check_grace_period_seconds().and_then(|it| u32::try_from(it).ok()),
        network: it
            .network_configuration()
            .and_then(|it| it.awsvpc_configuration())
            .map(network)
            .unwrap_or_default(),
        load_balancers,
        connect: connect(it),
        deployments: it.deployments().iter().map(deployment).collect(),
        events: it
            .events()
            .iter()
            .map(|it| Event { id: text(it.id()), message: text(it.message()) })
            .collect(),
        tags: tags(it.tags()),
    }
}

/// It stands in the rollouts of the service, of which the primary one has the last word.
fn connect(it: &types::Service) -> Option<ServiceConnectConfiguration> {
    let primary = it.deployments().iter().find(|it| it.status() == Some("PRIMARY"))?;
    primary.service_connect_configuration().map(convert::from_connect)
}

fn load_balancer(it: &types::LoadBalancer) -> LoadBalancerOf {
    LoadBalancerOf {
        target_group: it.target_group_arn().unwrap_or_default().to_owned(),
        container: it.container_name().unwrap_or_default().to_owned(),
        port: it.container_port().and_then(|it| u16::try_from(it).ok()).unwrap_or_default(),
    }
}

fn network(it: &types::AwsVpcConfiguration) -> NetworkOf {
    let sorted = |ids: &[String]| {
        let mut ids = ids.to_vec();
        ids.sort();
        ids
    };
    NetworkOf {
        subnets: sorted(it.subnets()),
        security_groups: sorted(it.security_groups()),
        public_ip: it.assign_public_ip() == Some(&types::AssignPublicIp::Enabled),
    }
}

fn deployment(it: &types::Deployment) -> Deployment {
    let text = |it: Option<&str>| it.unwrap_or_default().to_owned();
    Deployment {
        id: text(it.id()),
        status: text(it.status()),
        task_definition: text(it.task_definition()),
        rollout_state: it.rollout_state().map_or_else(String::new, |it| it.as_str().to_owned()),
        reason: text(it.rollout_state_reason()),
        desired: it.desired_count(),
        running: it.running_count(),
        failed: it.failed_tasks(),
    }
}

fn tags(tags: &[types::Tag]) -> Tags {
    let pair =
        |it: &types::Tag| Some((it.key()?.to_owned(), it.value().unwrap_or_default().to_owned()));
    tags.iter().filter_map(pair).collect()
}

/// The tasks that the environment started by itself and that are meant to run.
pub(super) async fn own_tasks(
    clients: &Clients,
    cluster: &str,
    stack: &Stack,
) -> Result<Vec<Task>, Error> {
    // ECS takes no other filter beside this one.
    let call = clients.ecs.list_tasks().cluster(cluster).started_by(stack.environment.started_by());
    let arns = list_tasks(call).await?;
    let mut tasks = describe_tasks(clients, cluster, &arns).await?;
    tasks.retain(|it| it.desired_status != "STOPPED" && it.status != "STOPPED");
    if stack.network.public_ip {
        for task in &mut tasks {
            if let Some(interface) = &task.network_interface {
                task.public_ip = public_ip(clients, interface).await?;
            }
        }
    }
    Ok(tasks)
}

/// All ARNs of a list of tasks; none of a cluster that is not there.
pub(in crate::deploy) async fn list_tasks(
    call: aws_sdk_ecs::operation::list_tasks::builders::ListTasksFluentBuilder,
) -> Result<Vec<String>, Error> {
    let mut pages = call.into_paginator().items().send();
    let mut arns = Vec::new();
    while let Some(arn) = pages.next().await {
        match arn {
            Ok(arn) => arns.push(arn),
            Err(error) if error.code() == Some("ClusterNotFoundException") => {
                break;
            }
            Err(error) => return Err(refused("list the tasks")(error)),
        }
    }
    Ok(arns)
}

/// Tasks by ARN, a hundred a call.
pub(in crate::deploy) async fn describe_tasks(
    clients: &Clients,
    cluster: &str,
    arns: &[String],
) -> Result<Vec<Task>, Error> {
    let chunk = |arns: &[String]| {
        let call = clients.ecs.describe_tasks().cluster(cluster).set_tasks(Some(arns.to_vec()));
        async move {
            call.include(types::TaskField::Tags).send().await.map_err(refused("read the tasks"))
        }
    };
    let answers = try_join_all(arns.chunks(100).map(chunk)).await?;
    Ok(answers
        .iter()
        .flat_map(aws_sdk_ecs::operation::describe_tasks::DescribeTasksOutput::tasks)
        .map(task)
        .collect())
}

fn task(it: &types::Task) -> Task {
    let text = |it: Option<&str>| it.unwrap_or_default().to_owned();
    let details = || it.attachments().iter().flat_map(types::Attachment::details);
    let detail =
        |name: &str| details().find(|it| it.name() == Some(name))?.value().map(str::to_owned);
    Task {
        arn: text(it.task_arn()),
        task_definition: text(it.task_definition_arn()),
        status: text(it.last_status()),
        desired_status: text(it.desired_status()),
        health: it.health_status().map_or_else(String::new, |it| it.as_str().to_owned()),
        stopped_reason: text(it.stopped_reason()),
        stop_code: it.stop_code().map_or_else(String::new, |it| it.as_str().to_owned()),
        stopped_at: it.stopped_at().map(aws_smithy_types::DateTime::secs),
        private_ip: detail("privateIPv4Address"),
        public_ip: None,
        network_interface: detail("networkInterfaceId"),
        containers: it
            .containers()
            .iter()
            .map(|it| Container {
                name: text(it.name()),
                status: text(it.last_status()),
                exit_code: it.exit_code(),
                reason: text(it.reason()),
            })
            .collect(),
        tags: tags(it.tags()),
    }
}

/// The public address of a network interface; `None` while it has none.
pub(in crate::deploy) async fn public_ip(
    clients: &Clients,
    network_interface: &str,
) -> Result<Option<String>, Error> {
    let doing = "read the public address of the task";
    let parameters = [("NetworkInterfaceId.1".to_owned(), network_interface.to_owned())];
    let call = ("DescribeNetworkInterfaces", "2016-11-15");
    let xml = clients.signed.query("ec2", call, &parameters, doing).await?;
    let document = roxmltree::Document::parse(&xml)
        .map_err(|error| Error::refused(format!("cannot {doing}: {error}")))?;
    let association = document.descendants().find(|it| it.tag_name().name() == "association");
    let address =
        association.and_then(|it| it.children().find(|it| it.tag_name().name() == "publicIp"));
    Ok(address.and_then(|it| it.text()).map(str::to_owned))
}

/// All revisions of the environment's families that carry its tags, whatever their status. Those that the tags' own index
/// does not know yet are asked one by one.
pub(super) async fn owned_revisions(
    clients: &Clients,
    stack: &Stack,
    owned: &[String],
) -> Result<Vec<String>, Error> {
    let is_revision = |it: &&String| it.contains(":task-definition/");
    let mut revisions: IndexSet<String> = owned.iter().filter(is_revision).cloned().collect();
    let own = stack.tasks.iter().map(|it| it.definition.family.clone());
    let families: IndexSet<String> =
        revisions.iter().map(|it| family(it).to_owned()).chain(own).collect();
    let statuses = [types::TaskDefinitionStatus::Active, types::TaskDefinitionStatus::Inactive];
    let lists = families
        .iter()
        .flat_map(|name| statuses.iter().map(move |it| list_revisions(clients, name, it.clone())));
    let listed: Vec<String> = try_join_all(lists).await?.into_iter().flatten().collect();
    let tags: Vec<(String, String)> = stack.environment.tags();
    let is_ours = |arn: String| {
        let tags = &tags;
        async move {
            let found = revision(clients, &arn).await?;
            let carries = |it: Revision| {
                tags.iter().all(|(key, value)| {
                    it.definition.tags.iter().any(|it| it.key == *key && it.value == *value)
                })
            };
            Ok::<_, Error>(found.is_some_and(carries).then_some(arn))
        }
    };
    let unknown: Vec<String> =
        listed.iter().filter(|it| !revisions.contains(*it)).cloned().collect();
    for chunk in unknown.chunks(10) {
        revisions
            .extend(try_join_all(chunk.iter().cloned().map(is_ours)).await?.into_iter().flatten());
    }
    // The index still knows what was deleted a moment ago.
    revisions.retain(|it| listed.contains(it));
    Ok(revisions.into_iter().collect())
}

async fn list_revisions(
    clients: &Clients,
    name: &str,
    status: types::TaskDefinitionStatus,
) -> Result<Vec<String>, Error> {
    let call = clients.ecs.list_task_definitions().family_prefix(name).status(status);
    let mut pages = call.into_paginator().items().send();
    let mut arns = Vec::new();
    while let Some(arn) = pages.next().await {
        let arn = arn.map_err(refused(format!("list the revisions of `{name}`")))?;
        if family(&arn) == name {
            arns.push(arn);
        }
    }
    Ok(arns)
}
