//! What the environment had under another overlay. The index of tags may not know it yet, and knows no records at all; its own
//! rules tell of target groups and hosts.

use futures_util::future::try_join_all;
use indexmap::{IndexMap, IndexSet};

use super::balancing::{described, rules, tag_rules, tags};
use super::dns::{named_records, owner_name, plain};
use crate::deploy::connection::Clients;
use crate::deploy::error::Error;
use crate::deploy::observed::{Listener, Observed, Record, Rule};
use crate::deploy::plan::ownership::is_ours;
use crate::stack::Stack;

/// The other listeners of the load balancers, with the rules that may be the environment's.
pub(super) async fn siblings(
    clients: &Clients,
    stack: &Stack,
    listeners: &IndexMap<String, Listener>,
) -> Result<IndexMap<String, Listener>, Error> {
    let balancer = |it: &Listener| {
        let arn = it.arn.rsplit_once('/')?.0;
        Some(arn.replacen(":listener/", ":loadbalancer/", 1))
    };
    let balancers: IndexSet<String> = listeners.values().filter_map(balancer).collect();
    let all = balancers
        .iter()
        .map(|it| described(clients.elb.describe_listeners().load_balancer_arn(it)));
    let all = try_join_all(all).await?.into_iter().flatten();
    let arns = all.filter_map(|it| it.listener_arn);
    let others: Vec<String> =
        arns.filter(|arn| listeners.values().all(|it| it.arn != *arn)).collect();
    let rules = try_join_all(others.iter().map(|it| rules(clients, it))).await?;
    let mut siblings = others
        .into_iter()
        .zip(rules)
        .map(|(arn, rules)| (arn.clone(), Listener { arn, rules, ..Listener::default() }))
        .collect();
    tag_rules(clients, stack, &mut siblings).await?;
    Ok(siblings)
}

/// The environment's rules.
fn own_rules<'a>(stack: &'a Stack, observed: &'a Observed) -> impl Iterator<Item = &'a Rule> {
    let rules = observed.listeners.values().flat_map(|it| &it.rules);
    rules.filter(|it| it.tags.as_ref().is_some_and(|it| is_ours(stack, it)))
}

/// The environment's target groups behind its rules that the stack does not name.
pub(super) async fn target_groups(
    clients: &Clients,
    stack: &Stack,
    observed: &Observed,
) -> Result<Vec<String>, Error> {
    let arns: IndexSet<&String> =
        own_rules(stack, observed).filter_map(|it| it.target_group.as_ref()).collect();
    let is_known = |arn: &String| observed.target_groups.values().any(|it| it.arn == *arn);
    let unknown: Vec<String> = arns.into_iter().filter(|it| !is_known(it)).cloned().collect();
    let tags = tags(clients, &unknown).await?;
    Ok(unknown.into_iter().filter(|it| tags.get(it).is_some_and(|it| is_ours(stack, it))).collect())
}

/// The records of hosts that the environment had.
pub(super) async fn records(
    clients: &Clients,
    stack: &Stack,
    observed: &Observed,
) -> Result<Vec<Record>, Error> {
    let Some(zone) = &observed.zone else { return Ok(Vec::new()) };
    let urls = observed.tasks.iter().filter_map(|it| it.tags.get("compose2ecs:url"));
    let of_tasks = urls.filter_map(|it| it.split("://").nth(1)?.split(['/', ':']).next());
    let of_rules = own_rules(stack, observed).flat_map(|it| &it.hosts).map(String::as_str);
    let hosts: IndexSet<String> = of_tasks.chain(of_rules).map(plain).collect();
    let wanted: Vec<String> =
        stack.ingress.iter().filter_map(|it| it.host.as_deref()).map(plain).collect();
    let former = hosts
        .iter()
        .filter(|it| !wanted.contains(it) && !it.contains(['*', '?']) && it.ends_with(&zone.name));
    let names = former.flat_map(|it| [it.clone(), owner_name(it)]);
    let found = try_join_all(names.map(|it| named_records(clients, &zone.id, it))).await?;
    Ok(found.into_iter().flatten().collect())
}
