//! Services and tasks.

use aws_sdk_ecs::types;

use super::Made;
use crate::deploy::action::{ServiceSpec, ServiceUpdate, TaskSpec};
use crate::deploy::connection::Clients;
use crate::deploy::convert::{to_connect, to_deployment, to_load_balancer, to_network, to_service};
use crate::deploy::error::{Error, ErrorKind, refused};
use crate::deploy::observe::{describe_services, describe_tasks, public_ip};
use crate::deploy::observed::{NetworkOf, Tags};
use crate::deploy::plan::{Known, Plan};
use crate::ecs::{
    AwsVpcConfiguration, DeploymentConfiguration, LoadBalancer, NetworkConfiguration,
    ServiceDefinition, Tag,
};

fn tags(tags: &Tags) -> Vec<types::Tag> {
    tags.iter().map(|(key, value)| types::Tag::builder().key(key).value(value).build()).collect()
}

fn network(network: &NetworkOf) -> types::NetworkConfiguration {
    to_network(&attached(network))
}

fn attached(network: &NetworkOf) -> NetworkConfiguration {
    let NetworkOf { subnets, security_groups, public_ip } = network.clone();
    NetworkConfiguration { awsvpc: AwsVpcConfiguration::new(subnets, security_groups, public_ip) }
}

fn strategy(spot: bool) -> types::CapacityProviderStrategyItem {
    let provider = if spot { "FARGATE_SPOT" } else { "FARGATE" };
    let item = types::CapacityProviderStrategyItem::builder().capacity_provider(provider).weight(1);
    item.build().expect("a strategy has a provider")
}

fn load_balancers(wanted: &[(String, String, u16)], known: &Known) -> Vec<LoadBalancer> {
    let load_balancer = |(name, container, port): &(String, String, u16)| LoadBalancer {
        target_group_arn: known.target_groups.get(name).cloned(),
        container_name: container.clone(),
        container_port: i32::from(*port),
    };
    wanted.iter().map(load_balancer).collect()
}

fn seconds(number: Option<u32>) -> Option<i32> {
    number.and_then(|it| i32::try_from(it).ok())
}

/// What `render --service-definitions` prints, with the revision and the target groups that this run knows.
fn definition(plan: &Plan, spec: &ServiceSpec, known: &Known) -> ServiceDefinition {
    let revision = known.revisions.get(&spec.family).unwrap_or(&spec.family).clone();
    let tag = |(key, value): (&String, &String)| Tag { key: key.clone(), value: value.clone() };
    ServiceDefinition {
        cluster: Some(plan.cluster.clone()),
        desired_count: spec.count,
        network_configuration: attached(&spec.network),
        load_balancers: load_balancers(&spec.load_balancers, known),
        health_check_grace_period_seconds: seconds(spec.grace_period),
        tags: spec.tags.iter().map(tag).collect(),
        enable_execute_command: spec.exec,
        service_connect_configuration: spec.connect.clone(),
        ..ServiceDefinition::on_fargate(spec.name.clone(), revision, spec.spot)
    }
}

pub(super) async fn create_service(
    clients: &Clients,
    plan: &Plan,
    spec: &ServiceSpec,
    known: &Known,
) -> Result<Made, Error> {
    let call = to_service(clients.ecs.create_service(), &definition(plan, spec, known));
    call.send().await.map_err(refused(format!("create the service `{}`", spec.name)))?;
    Ok(Made::Nothing)
}

/// One call, so that ECS makes one rollout of it.
pub(super) async fn update_service(
    clients: &Clients,
    plan: &Plan,
    update: &ServiceUpdate,
    family: &str,
    known: &Known,
) -> Result<Made, Error> {
    let revision = update.revision.clone().or_else(|| known.revisions.get(family).cloned());
    let mut call = clients
        .ecs
        .update_service()
        .cluster(&plan.cluster)
        .service(&update.name)
        .set_task_definition(revision)
        .set_desired_count(update.count)
        .set_enable_execute_command(update.exec)
        .set_health_check_grace_period_seconds(seconds(update.grace_period))
        .set_network_configuration(update.network.as_ref().map(network))
        .set_service_connect_configuration(update.connect.as_ref().map(to_connect))
        .set_load_balancers(
            update
                .load_balancers
                .as_ref()
                .map(|it| load_balancers(it, known).iter().map(to_load_balancer).collect()),
        );
    if let Some(spot) = update.spot {
        call = call.capacity_provider_strategy(strategy(spot));
    }
    if update.circuit_breaker {
        call = call.deployment_configuration(to_deployment(&DeploymentConfiguration::default()));
    }
    if update.force || update.spot.is_some() {
        call = call.force_new_deployment(true);
    }
    let doing = format!("update the service `{}`", update.name);
    let answer = call.send().await.map_err(refused(doing))?;
    let rollouts = answer.service().map(types::Service::deployments).unwrap_or_default();
    let earlier = rollouts.iter().filter(|it| it.status() != Some("PRIMARY"));
    let earlier = earlier.filter_map(|it| it.id().map(str::to_owned)).collect();
    Ok(Made::Rollout(update.name.clone(), earlier))
}

pub(in crate::deploy) async fn tag(
    clients: &Clients,
    arn: &str,
    wanted: &Tags,
) -> Result<Made, Error> {
    let call = clients.ecs.tag_resource().resource_arn(arn).set_tags(Some(tags(wanted)));
    let short = crate::deploy::observed::short_arn(arn);
    call.send().await.map_err(refused(format!("tag `{short}`")))?;
    Ok(Made::Nothing)
}

/// Tags a service whose ARN nobody knew when this was planned.
pub(super) async fn note(
    clients: &Clients,
    plan: &Plan,
    service: &str,
    wanted: &Tags,
) -> Result<Made, Error> {
    let found = describe_services(clients, &plan.cluster, &[service.to_owned()]).await?;
    match found.get(service) {
        Some(found) => tag(clients, &found.arn, wanted).await,
        None => Err(Error::refused(format!("there is no service `{service}`"))),
    }
}

pub(super) async fn untag(clients: &Clients, arn: &str, keys: &[String]) -> Result<Made, Error> {
    let call = clients.ecs.untag_resource().resource_arn(arn).set_tag_keys(Some(keys.to_vec()));
    let short = crate::deploy::observed::short_arn(arn);
    call.send().await.map_err(refused(format!("take tags off `{short}`")))?;
    Ok(Made::Nothing)
}

pub(super) async fn run_task(
    clients: &Clients,
    plan: &Plan,
    spec: &TaskSpec,
    known: &Known,
) -> Result<Made, Error> {
    let call = clients
        .ecs
        .run_task()
        .cluster(&plan.cluster)
        .set_task_definition(known.revisions.get(&spec.family).cloned())
        .started_by(&spec.started_by)
        .network_configuration(network(&spec.network))
        .enable_execute_command(spec.exec)
        .set_tags(Some(tags(&spec.tags)));
    let call = if spec.spot {
        call.capacity_provider_strategy(strategy(true))
    } else {
        call.launch_type(types::LaunchType::Fargate)
    };
    let doing = format!("run the task `{}`", spec.family);
    let answer = call.send().await.map_err(refused(&doing))?;
    let arn = answer.tasks().iter().find_map(|it| it.task_arn()).map(str::to_owned);
    arn.map(|it| Made::Task(spec.family.clone(), it)).ok_or_else(|| {
        let failure = answer.failures().first();
        let reason = failure.and_then(|it| it.reason()).unwrap_or("ECS started none");
        let detail = failure.and_then(|it| it.detail()).unwrap_or_default();
        Error::refused(format!("cannot {doing}: {reason} {detail}").trim_end().to_owned())
    })
}

/// The address of a task, as soon as it has one.
pub(super) async fn address(
    clients: &Clients,
    plan: &Plan,
    known: &Known,
    family: &str,
) -> Result<String, Error> {
    let Some(arn) = known.tasks.get(family) else {
        return Err(Error::refused(format!("no task of `{family}` is there to point a record at")));
    };
    for attempt in 0..60 {
        let tasks = describe_tasks(clients, &plan.cluster, std::slice::from_ref(arn)).await?;
        let task = tasks.first().filter(|it| it.status != "STOPPED");
        let Some(task) = task else {
            let error =
                Error::refused(format!("the task of `{family}` stopped before it had an address"));
            return Err(error.of_kind(ErrorKind::Failed));
        };
        let address = match (&task.network_interface, plan.is_public) {
            (Some(interface), true) => public_ip(clients, interface).await?,
            _ => task.private_ip.clone(),
        };
        if let Some(address) = address {
            return Ok(address);
        }
        tokio::time::sleep(clients.pace.pause(attempt)).await;
    }
    let error = Error::refused(format!("the task of `{family}` has no address"));
    Err(error
        .of_kind(ErrorKind::TimedOut)
        .help("does the overlay's `network` say `public_ip: true`?"))
}
