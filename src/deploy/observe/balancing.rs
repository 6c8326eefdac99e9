//! Load balancers: listeners with their rules, target groups with their targets.

use aws_sdk_ecs::error::ProvideErrorMetadata;
use std::collections::BTreeMap;

use aws_sdk_elasticloadbalancingv2::types;
use futures_util::future::{join_all, try_join_all};
use indexmap::{IndexMap, IndexSet};

use super::{Depth, former};
use crate::deploy::connection::Clients;
use crate::deploy::error::{Error, refused};
use crate::deploy::observed::{Listener, Rule, Tags, Target, TargetGroup};
use crate::stack::{self, Stack};

/// The listeners of all ways in by the words of the overlay, and a sentence for each that is not there.
pub(super) async fn listeners(
    clients: &Clients,
    stack: &Stack,
    depth: Depth,
) -> Result<(IndexMap<String, Listener>, Vec<String>), Error> {
    let wanted: IndexSet<&stack::Listener> =
        stack.ingress.iter().flat_map(|it| &it.listeners).collect();
    let found = try_join_all(wanted.iter().map(|it| listener(clients, it))).await?;
    let mut listeners = IndexMap::new();
    let mut missing = Vec::new();
    for (reference, result) in wanted.iter().zip(found) {
        match result {
            Ok(listener) => {
                listeners.insert(reference.to_string(), listener);
            }
            Err(sentence) => missing.push(sentence),
        }
    }
    tag_rules(clients, stack, &mut listeners).await?;
    if depth == Depth::Whole {
        listeners.extend(former::siblings(clients, stack, &listeners).await?);
    }
    Ok((listeners, missing))
}

async fn listener(
    clients: &Clients,
    wanted: &stack::Listener,
) -> Result<Result<Listener, String>, Error> {
    match wanted {
        stack::Listener::Arn(arn) => {
            let balancer = arn.rsplit_once('/').map_or("", |it| it.0).replacen(
                ":listener/",
                ":loadbalancer/",
                1,
            );
            let (balancers, listeners, rules) = tokio::try_join!(
                load_balancers(clients, &balancer),
                described(clients.elb.describe_listeners().listener_arns(arn)),
                rules(clients, arn),
            )?;
            let (Some(balancer), Some(listener)) = (balancers.first(), listeners.first()) else {
                return Ok(Err(format!("there is no listener `{arn}`")));
            };
            Ok(Ok(together(balancer, listener, rules)))
        }
        stack::Listener::Of { load_balancer, port } => {
            let balancers = load_balancers(clients, load_balancer).await?;
            let Some(balancer) = balancers.first() else {
                return Ok(Err(format!(
                    "there is no load balancer `{load_balancer}` in {}",
                    clients.region
                )));
            };
            let arn = balancer.load_balancer_arn().unwrap_or_default();
            let listeners =
                described(clients.elb.describe_listeners().load_balancer_arn(arn)).await?;
            let Some(listener) = choose(&listeners, *port) else {
                let ports: Vec<String> = listeners
                    .iter()
                    .filter_map(types::Listener::port)
                    .map(|it| it.to_string())
                    .collect();
                let has =
                    if ports.is_empty() { "none at all".to_owned() } else { ports.join(", ") };
                let port = port.map_or_else(|| "443 or 80".to_owned(), |it| it.to_string());
                return Ok(Err(format!(
                    "the load balancer `{load_balancer}` has no listener on port {port} (it has {has})"
                )));
            };
            let rules = rules(clients, listener.listener_arn().unwrap_or_default()).await?;
            Ok(Ok(together(balancer, listener, rules)))
        }
    }
}

/// The listener of a port, else that of HTTPS, else that of HTTP.
fn choose(listeners: &[types::Listener], port: Option<u16>) -> Option<&types::Listener> {
    let on = |port: u16| listeners.iter().find(|it| it.port() == Some(i32::from(port)));
    match port {
        Some(port) => on(port),
        None => on(443).or_else(|| on(80)),
    }
}

fn together(
    balancer: &types::LoadBalancer,
    listener: &types::Listener,
    rules: Vec<Rule>,
) -> Listener {
    let text = |it: Option<&str>| it.unwrap_or_default().to_owned();
    Listener {
        arn: text(listener.listener_arn()),
        protocol: listener.protocol().map_or_else(String::new, |it| it.as_str().to_owned()),
        port: listener.port().and_then(|it| u16::try_from(it).ok()).unwrap_or_default(),
        dns_name: text(balancer.dns_name()).to_ascii_lowercase(),
        hosted_zone: text(balancer.canonical_hosted_zone_id()),
        vpc: text(balancer.vpc_id()),
        rules,
    }
}

/// By ARN or name; none when there is no such load balancer.
async fn load_balancers(
    clients: &Clients,
    wanted: &str,
) -> Result<Vec<types::LoadBalancer>, Error> {
    let call = clients.elb.describe_load_balancers();
    let call = if wanted.starts_with("arn:") {
        call.load_balancer_arns(wanted)
    } else {
        call.names(wanted)
    };
    match call.send().await {
        Ok(answer) => Ok(answer.load_balancers.unwrap_or_default()),
        Err(error) if error.code() == Some("LoadBalancerNotFound") => Ok(Vec::new()),
        Err(error) => Err(refused(format!("look the load balancer `{wanted}` up"))(error)),
    }
}

pub(in crate::deploy) async fn described(
    call: aws_sdk_elasticloadbalancingv2::operation::describe_listeners::builders::DescribeListenersFluentBuilder,
) -> Result<Vec<types::Listener>, Error> {
    let mut pages = call.into_paginator().items().send();
    let mut listeners = Vec::new();
    while let Some(listener) = pages.next().await {
        match listener {
            Ok(listener) => listeners.push(listener),
            Err(error) if error.code() == Some("ListenerNotFound") => {
                break;
            }
            Err(error) => return Err(refused("look the listeners up")(error)),
        }
    }
    Ok(listeners)
}

/// All rules but the default one, by rising priority.
pub(in crate::deploy) async fn rules(
    clients: &Clients,
    listener: &str,
) -> Result<Vec<Rule>, Error> {
    let mut pages =
        clients.elb.describe_rules().listener_arn(listener).into_paginator().items().send();
    let mut rules = Vec::new();
    while let Some(rule) = pages.next().await {
        match rule {
            Ok(rule) => rules.extend(read_rule(&rule)),
            Err(error) if error.code() == Some("ListenerNotFound") => {
                break;
            }
            Err(error) => return Err(refused("read the rules of the listener")(error)),
        }
    }
    rules.sort_by_key(|it| it.priority);
    Ok(rules)
}

fn read_rule(rule: &types::Rule) -> Option<Rule> {
    let priority = rule.priority()?.parse().ok()?;
    let mut read = Rule { arn: rule.rule_arn()?.to_owned(), priority, ..Rule::default() };
    for condition in rule.conditions() {
        let old = condition.values().to_vec();
        match condition.field() {
            Some("host-header")
                if condition.host_header_config().is_none_or(|it| it.regex_values().is_empty()) =>
            {
                let new = condition.host_header_config().map(|it| it.values().to_vec());
                read.hosts.extend(new.filter(|it| !it.is_empty()).unwrap_or(old));
            }
            Some("path-pattern")
                if condition
                    .path_pattern_config()
                    .is_none_or(|it| it.regex_values().is_empty()) =>
            {
                let new = condition.path_pattern_config().map(|it| it.values().to_vec());
                read.paths.extend(new.filter(|it| !it.is_empty()).unwrap_or(old));
            }
            _ => read.has_others = true,
        }
    }
    for action in rule.actions() {
        read.target_group = read.target_group.or_else(|| forwarded(action));
        read.authenticate = read.authenticate.or_else(|| login(action));
    }
    Some(read)
}

fn forwarded(action: &types::Action) -> Option<String> {
    let groups =
        action.forward_config().map(types::ForwardActionConfig::target_groups).unwrap_or_default();
    let several = groups.first().and_then(|it| it.target_group_arn());
    action.target_group_arn().or(several).map(str::to_owned)
}

/// The fields of a login that can be read back, by the names of the overlay.
fn login(action: &types::Action) -> Option<BTreeMap<String, String>> {
    let pair = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
    if let Some(it) = action.authenticate_cognito_config() {
        let pairs = [
            ("user_pool_arn", it.user_pool_arn().unwrap_or_default()),
            ("client_id", it.user_pool_client_id().unwrap_or_default()),
            ("domain", it.user_pool_domain().unwrap_or_default()),
        ];
        return Some(pairs.into_iter().map(pair).collect());
    }
    let it = action.authenticate_oidc_config()?;
    let pairs = [
        ("issuer", it.issuer().unwrap_or_default()),
        ("authorization_endpoint", it.authorization_endpoint().unwrap_or_default()),
        ("token_endpoint", it.token_endpoint().unwrap_or_default()),
        ("user_info_endpoint", it.user_info_endpoint().unwrap_or_default()),
        ("client_id", it.client_id().unwrap_or_default()),
    ];
    Some(pairs.into_iter().map(pair).collect())
}

/// Asks for the tags of the rules that could be the environment's: those for its hosts, and those to target groups of its
/// name.
pub(super) async fn tag_rules(
    clients: &Clients,
    stack: &Stack,
    listeners: &mut IndexMap<String, Listener>,
) -> Result<(), Error> {
    let is_ours = |rule: &Rule| {
        let group = rule.target_group.as_deref().and_then(target_group_name);
        stack.ingress.iter().any(|it| {
            let host = it.host.as_ref().is_some_and(|host| rule.hosts.contains(host));
            let path =
                it.host.is_none() && it.path.as_ref().is_some_and(|path| rule.paths.contains(path));
            host || path
        }) || group.is_some_and(|it| has_name_of(it, &stack.environment.name))
    };
    let arns: IndexSet<String> = listeners
        .values()
        .flat_map(|it| &it.rules)
        .filter(|it| is_ours(it))
        .map(|it| it.arn.clone())
        .collect();
    let arns: Vec<String> = arns.into_iter().collect();
    let tags = tags(clients, &arns).await?;
    for rule in listeners.values_mut().flat_map(|it| &mut it.rules) {
        rule.tags = tags.get(&rule.arn).cloned();
    }
    Ok(())
}

/// Whether the name of a target group may have been made of an environment's: it is cut, and other characters are `-`.
fn has_name_of(group: &str, environment: &str) -> bool {
    let letters = |it: &str| -> String {
        it.chars().filter(char::is_ascii_alphanumeric).take(20).collect::<String>()
    };
    letters(group).starts_with(&letters(environment))
}

/// `…:targetgroup/NAME/ID`.
pub(in crate::deploy) fn target_group_name(arn: &str) -> Option<&str> {
    arn.split(":targetgroup/").nth(1)?.split('/').next()
}

/// The tags of target groups and rules, twenty a call.
pub(super) async fn tags(
    clients: &Clients,
    arns: &[String],
) -> Result<IndexMap<String, Tags>, Error> {
    let chunk = |chunk: &[String]| {
        let call = clients.elb.describe_tags().set_resource_arns(Some(chunk.to_vec()));
        async move { call.send().await.map_err(refused("read the tags of rules and target groups")) }
    };
    let answers = try_join_all(arns.chunks(20).map(chunk)).await?;
    let mut tags = IndexMap::new();
    for description in answers.into_iter().flat_map(|it| it.tag_descriptions.unwrap_or_default()) {
        let pairs = description.tags().iter();
        let pairs = pairs.filter_map(|it| {
            Some((it.key()?.to_owned(), it.value().unwrap_or_default().to_owned()))
        });
        let all: Tags = pairs.collect();
        tags.insert(description.resource_arn.unwrap_or_default(), all);
    }
    Ok(tags)
}

/// The target groups of the stack that are there.
pub(super) async fn target_groups(
    clients: &Clients,
    stack: &Stack,
) -> Result<IndexMap<String, TargetGroup>, Error> {
    let balanced = stack.ingress.iter().filter(|it| !it.listeners.is_empty());
    let names: IndexSet<&str> = balanced.map(|it| it.target_group.as_str()).collect();
    let found = try_join_all(names.iter().map(|it| target_group(clients, it))).await?;
    let mut groups: IndexMap<String, TargetGroup> = names
        .into_iter()
        .zip(found)
        .filter_map(|(name, it)| Some((name.to_owned(), it?)))
        .collect();
    let arns: Vec<String> = groups.values().map(|it| it.arn.clone()).collect();
    let (tags, targets) =
        tokio::join!(tags(clients, &arns), join_all(arns.iter().map(|it| targets(clients, it))));
    let mut tags = tags?;
    for (group, targets) in groups.values_mut().zip(targets) {
        group.tags = tags.swap_remove(&group.arn).unwrap_or_default();
        group.targets = targets?;
    }
    Ok(groups)
}

async fn target_group(clients: &Clients, name: &str) -> Result<Option<TargetGroup>, Error> {
    let answer = clients.elb.describe_target_groups().names(name).send().await;
    let groups = match answer {
        Ok(answer) => answer.target_groups.unwrap_or_default(),
        Err(error) if error.code() == Some("TargetGroupNotFound") => {
            return Ok(None);
        }
        Err(error) => return Err(refused(format!("look the target group `{name}` up"))(error)),
    };
    Ok(groups.iter().find(|it| it.target_group_name() == Some(name)).map(|it| TargetGroup {
        arn: it.target_group_arn().unwrap_or_default().to_owned(),
        port: it.port().and_then(|it| u16::try_from(it).ok()).unwrap_or_default(),
        vpc: it.vpc_id().unwrap_or_default().to_owned(),
        health_check_path: it.health_check_path().unwrap_or_default().to_owned(),
        matcher: it.matcher().and_then(|it| it.http_code()).unwrap_or_default().to_owned(),
        interval: it
            .health_check_interval_seconds()
            .and_then(|it| u32::try_from(it).ok())
            .unwrap_or_default(),
        ..TargetGroup::default()
    }))
}

/// The targets of a group and their health.
pub(in crate::deploy) async fn targets(
    clients: &Clients,
    group: &str,
) -> Result<Vec<Target>, Error> {
    let answer = clients.elb.describe_target_health().target_group_arn(group).send().await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) if error.code() == Some("TargetGroupNotFound") => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(refused("read the health of the targets")(error)),
    };
    let described = answer.target_health_descriptions().iter();
    Ok(described
        .map(|it| Target {
            id: it.target().map(|it| it.id().unwrap_or_default().to_owned()).unwrap_or_default(),
            state: it
                .target_health()
                .and_then(|it| it.state())
                .map_or_else(String::new, |it| it.as_str().to_owned()),
            description: it
                .target_health()
                .and_then(|it| it.description())
                .unwrap_or_default()
                .to_owned(),
        })
        .collect())
}

/// Those of the ARNs of target groups and rules that are still there.
pub(super) async fn existing(clients: &Clients, arns: Vec<String>) -> Result<Vec<String>, Error> {
    let exists = |arn: String| async move {
        let doing = "look what an earlier overlay left up";
        let is_there = if arn.contains(":targetgroup/") {
            let answer = clients.elb.describe_target_groups().target_group_arns(&arn).send().await;
            match answer {
                Err(error) if error.code() == Some("TargetGroupNotFound") => false,
                answer => !answer.map_err(refused(doing))?.target_groups().is_empty(),
            }
        } else {
            match clients.elb.describe_rules().rule_arns(&arn).send().await {
                Err(error) if error.code() == Some("RuleNotFound") => false,
                answer => !answer.map_err(refused(doing))?.rules().is_empty(),
            }
        };
        Ok::<_, Error>(is_there.then_some(arn))
    };
    Ok(try_join_all(arns.into_iter().map(exists)).await?.into_iter().flatten().collect())
}
