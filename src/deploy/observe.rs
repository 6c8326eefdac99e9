//! AWS -> [`Observed`]: the only reads of a deployment, concurrent, each list to its end.

mod balancing;
mod dns;
mod ecs;
mod former;
mod namespace;
mod network;

use super::connection::Clients;
use super::error::{Error, refused};
use aws_sdk_ecs::error::ProvideErrorMetadata;
use indexmap::IndexMap;

use super::observed::{LogGroup, Observed, Revision, Service, short_arn};
use super::plan;
use crate::environment::Environment;
use crate::stack::{Dns, Stack};

pub(super) use balancing::{
    described as described_listeners, rules as listener_rules, target_group_name, targets,
};
pub(super) use dns::owner_name;
pub(super) use ecs::{describe_services, describe_tasks, list_tasks, public_ip, revision};
pub(super) use network::{security_groups, subnets};

/// How far to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// What the stack names: enough to bring it up.
    Named,
    /// Everything that the environment ever made: needed to take it down.
    Whole,
}

/// Observes all that the stack is about. What the stack names and AWS does not have is data, not an error.
pub(super) async fn observe(
    clients: &Clients,
    stack: &Stack,
    depth: Depth,
) -> Result<Observed, Error> {
    let cluster = stack.cluster.as_deref().unwrap_or("default");
    let (account, cluster_state, network, listeners, zone, log_group, groups, tasks, rest) = tokio::join!(
        account(clients),
        ecs::cluster(clients, cluster),
        network::network(clients, &stack.network),
        balancing::listeners(clients, stack, depth),
        zone(clients, stack, depth),
        log_group(clients, stack),
        balancing::target_groups(clients, stack),
        ecs::own_tasks(clients, cluster, stack),
        rest(clients, stack, depth),
    );
    let account = account?;
    check_account(stack, &account)?;
    let mut observed = Observed { account, ..Observed::default() };
    let mut missing = Vec::new();
    let mut found = |sentence: Result<(), String>| missing.extend(sentence.err());
    let (listeners, listener_gaps) = listeners?;
    observed.listeners = listeners;
    let (subnets, groups_of_network, network_gaps) = network?;
    (observed.subnets, observed.security_groups) = (subnets, groups_of_network);
    match cluster_state? {
        Ok(cluster) => observed.cluster = Some(cluster),
        Err(sentence) => found(Err(sentence)),
    }
    match zone? {
        Ok(zone) => observed.zone = zone,
        Err(sentence) => found(Err(sentence)),
    }
    observed.missing = missing.into_iter().chain(listener_gaps).chain(network_gaps).collect();
    observed.log_group = log_group?;
    observed.target_groups = groups?;
    observed.tasks = tasks?;
    let (revisions, services, policies, owned) = rest?;
    observed.revisions = revisions;
    observed.services = services;
    observed.lifecycle_policies = policies;
    let (strays, owned_revisions, groups, records, namespaces) = tokio::try_join!(
        strays(clients, stack, &observed, &owned),
        revisions_of(clients, stack, &owned, depth),
        former::target_groups(clients, stack, &observed),
        former::records(clients, stack, &observed),
        namespace::namespaces(clients, stack, (&observed, &owned), depth),
    )?;
    let (namespaces, gap) = namespaces;
    (observed.strays, observed.former_services) = strays;
    observed.owned_revisions = owned_revisions;
    observed.namespaces = namespaces;
    observed.missing.extend(gap);
    let unlisted: Vec<String> =
        groups.into_iter().filter(|it| !observed.strays.contains(it)).collect();
    observed.strays.extend(unlisted);
    if let Some(zone) = observed.zone.as_mut() {
        let new: Vec<_> = records.into_iter().filter(|it| !zone.records.contains(it)).collect();
        zone.records.extend(new);
    }
    Ok(observed)
}

type Rest =
    (IndexMap<String, Revision>, IndexMap<String, Service>, IndexMap<String, String>, Vec<String>);

async fn rest(clients: &Clients, stack: &Stack, depth: Depth) -> Result<Rest, Error> {
    tokio::try_join!(
        ecs::revisions(clients, stack),
        ecs::services(clients, stack),
        network::lifecycle_policies(clients, stack),
        owned(clients, &stack.environment, depth),
    )
}

/// What is tagged as the environment's, is still there and is not named by the stack.
async fn strays(
    clients: &Clients,
    stack: &Stack,
    observed: &Observed,
    owned: &[String],
) -> Result<(Vec<String>, IndexMap<String, Service>), Error> {
    let cluster = stack.cluster.as_deref().unwrap_or("default");
    let is_known = |arn: &&String| {
        let rules = observed.listeners.values().flat_map(|it| &it.rules);
        observed.services.values().any(|it| it.arn == **arn)
            || observed.target_groups.values().any(|it| it.arn == **arn)
            || rules.filter(|it| it.tags.is_some()).any(|it| it.arn == **arn)
    };
    let unknown = owned.iter().filter(|it| !is_known(it));
    let (services, others): (Vec<String>, Vec<String>) =
        unknown.cloned().partition(|it| it.contains(":service/"));
    let current = stack.log_group.as_ref().map(|it| format!(":log-group:{}", it.name));
    let is_former = |it: &&String| {
        it.contains(":log-group:") && !current.as_ref().is_some_and(|current| it.ends_with(current))
    };
    let log_groups: Vec<String> = others.iter().filter(is_former).cloned().collect();
    let balancing = others
        .into_iter()
        .filter(|it| it.contains(":targetgroup/") || it.contains(":listener-rule/"));
    // The same environment in another cluster is not this one's to delete.
    let here = format!(":service/{}/", short_arn(cluster));
    let services = services.iter().filter(|it| it.contains(&here));
    let names: Vec<String> = services.map(|it| short_arn(it).to_owned()).collect();
    let (mut services, others) = tokio::try_join!(
        ecs::describe_services(clients, cluster, &names),
        balancing::existing(clients, balancing.collect())
    )?;
    let is_ours = |it: &Service| it.status == "ACTIVE" && plan::ownership::is_ours(stack, &it.tags);
    services.retain(|_, it| is_ours(it));
    let active = services.values().map(|it| it.arn.clone());
    Ok((active.chain(others).chain(log_groups).collect(), services))
}

async fn revisions_of(
    clients: &Clients,
    stack: &Stack,
    owned: &[String],
    depth: Depth,
) -> Result<Vec<String>, Error> {
    match depth {
        Depth::Named => Ok(Vec::new()),
        Depth::Whole => ecs::owned_revisions(clients, stack, owned).await,
    }
}

async fn account(clients: &Clients) -> Result<String, Error> {
    let identity = clients.sts.get_caller_identity().send().await;
    Ok(identity.map_err(refused("find out the account"))?.account.unwrap_or_default())
}

/// Observes the latest revisions alone: a role that may only register need not be allowed to see more.
pub(super) async fn observe_revisions(clients: &Clients, stack: &Stack) -> Result<Observed, Error> {
    let (account, revisions) = tokio::try_join!(account(clients), ecs::revisions(clients, stack))?;
    check_account(stack, &account)?;
    Ok(Observed { account, revisions, ..Observed::default() })
}

/// A laptop logged in to the wrong account would otherwise find nothing and make everything anew there.
fn check_account(stack: &Stack, account: &str) -> Result<(), Error> {
    match &stack.account {
        Some(wanted) if wanted != account => {
            let message = format!(
                "these credentials belong to the account {account}, and the overlay names {wanted}"
            );
            Err(Error::refused(message).help("choose the profile of that account with `--profile`"))
        }
        _ => Ok(()),
    }
}

async fn zone(
    clients: &Clients,
    stack: &Stack,
    depth: Depth,
) -> Result<Result<Option<super::observed::Zone>, String>, Error> {
    match &stack.dns {
        Some(Dns { zone, .. }) => Ok(dns::zone(clients, zone, stack, depth).await?.map(Some)),
        None => Ok(Ok(None)),
    }
}

async fn log_group(clients: &Clients, stack: &Stack) -> Result<Option<LogGroup>, Error> {
    let Some(wanted) = &stack.log_group else { return Ok(None) };
    let doing = format!("look the log group `{}` up", wanted.name);
    let call = clients.logs.describe_log_groups().log_group_name_prefix(&wanted.name);
    let mut pages = call.into_paginator().items().send();
    while let Some(group) = pages.next().await {
        let group = group.map_err(refused(&doing))?;
        if group.log_group_name() != Some(&wanted.name) {
            continue;
        }
        let arn = group.log_group_arn().or_else(|| group.arn()).unwrap_or_default();
        let arn = arn.trim_end_matches(":*");
        let tags = match clients.logs.list_tags_for_resource().resource_arn(arn).send().await {
            Ok(answer) => answer.tags.unwrap_or_default(),
            // Somebody deleted it since it was listed.
            Err(error) if error.code() == Some("ResourceNotFoundException") => return Ok(None),
            Err(error) => return Err(refused(&doing)(error)),
        };
        return Ok(Some(LogGroup {
            name: wanted.name.clone(),
            retention_days: group.retention_in_days().and_then(|it| u32::try_from(it).ok()),
            tags: tags.into_iter().collect(),
        }));
    }
    Ok(None)
}

/// What carries the environment's tags. The answer lags behind by seconds, so nothing is concluded from an absence.
async fn owned(
    clients: &Clients,
    environment: &Environment,
    depth: Depth,
) -> Result<Vec<String>, Error> {
    let filter = |(key, value): (String, String)| {
        aws_sdk_resourcegroupstagging::types::TagFilter::builder().key(key).values(value).build()
    };
    let mut types = vec!["ecs:service", "elasticloadbalancing", "servicediscovery"];
    if depth == Depth::Whole {
        types.extend(["ecs:task-definition", "ecs:task", "logs:log-group"]);
    }
    let call = clients
        .tagging
        .get_resources()
        .set_tag_filters(Some(environment.tags().into_iter().map(filter).collect()))
        .set_resource_type_filters(Some(types.into_iter().map(str::to_owned).collect()));
    let mut pages = call.into_paginator().items().send();
    let mut owned = Vec::new();
    while let Some(resource) = pages.next().await {
        let resource = resource.map_err(refused("list what belongs to the environment"))?;
        owned.extend(resource.resource_arn);
    }
    owned.sort();
    Ok(owned)
}
