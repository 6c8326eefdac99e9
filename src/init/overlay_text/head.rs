//! What only the user or AWS knows: region, account, network, roles and the way in.

use serde_json::json;

use super::{Decisions, size};
use crate::init::ecs_params;
use crate::init::ingress::Way;
use crate::init::page::{Content, Entry, flow, wrap};

/// The account of nobody: the credentials of any other are refused, so that nothing is deployed by mistake.
const NOBODY: &str = "000000000000";

/// How many further ways in are named.
const MOST_CANDIDATES: usize = 6;

/// The entries of `x-ecs` up to the ways in, and the keys whose values are made up.
pub(super) fn entries(decisions: &Decisions<'_, '_>) -> (Vec<Entry>, Vec<String>) {
    let known = &decisions.surroundings;
    let mut unknown = Vec::new();
    let mut given =
        |key: &str, name: &str, value: &Option<String>, made_up: &str, words: &str| match value {
            Some(value) => Entry::flow(key, value.as_str()),
            None => {
                unknown.push(name.to_owned());
                Entry::flow(key, made_up).remark(format!("EDIT: {words}"))
            }
        };
    let region = given("region", "region", &known.region, "us-east-1", "where to deploy to");
    let account = given(
        "account",
        "account",
        &known.account,
        NOBODY,
        "yours; nothing is deployed to this one",
    );
    let [region, account] = [
        (region, &known.region, &decisions.carried.surroundings.region),
        (account, &known.account, &decisions.carried.surroundings.account),
    ]
    .map(|(entry, known, named)| {
        let is_named = named.is_some() && known == named;
        if is_named { entry.remark("as the ARNs of ecs-params.yml say") } else { entry }
    });
    let cluster =
        given("cluster", "cluster", &known.cluster, "my-cluster", "an ECS cluster that is there");
    let execution = given(
        "execution",
        "roles.execution",
        &known.execution_role,
        "ecsTaskExecutionRole",
        "pulls images, reads secrets, writes logs",
    );
    let roles = vec![execution, task_role(known.task_role.as_deref())];
    let mut entries = vec![region, account, cluster, Entry::block("roles", roles)];
    entries.push(network(decisions, &mut unknown));
    entries.extend(platform(decisions));
    entries.push(ingress(decisions, &mut unknown));
    entries.extend(zone(decisions));
    if !decisions.carried.task_definition.is_empty() {
        entries.push(Entry::flow("task_definition", decisions.carried.task_definition.clone()));
    }
    entries.extend(ecs_params::remarks(decisions.carried));
    // What the Compose file says of AWS already stays as it is.
    let own = decisions.survey.project.extension.as_ref();
    let is_said = |key: &str| own.and_then(|it| it.get(key)).is_some();
    entries.retain(|it| !it.key.as_deref().is_some_and(is_said));
    unknown.retain(|it: &String| !is_said(it.split('.').next().unwrap_or_default()));
    (entries, unknown)
}

fn task_role(role: Option<&str>) -> Entry {
    match role {
        Some(role) => Entry::flow("task", role),
        None => Entry::comments(vec![
            "task: my-task-role  # what the containers themselves may do in AWS".to_owned(),
        ]),
    }
}

fn network(decisions: &Decisions<'_, '_>, unknown: &mut Vec<String>) -> Entry {
    let known = &decisions.surroundings;
    let mut list = |key: &str, ids: &[String], made_up: &str, words: &str| {
        if !ids.is_empty() {
            return Entry::flow(key, ids.to_vec());
        }
        unknown.push(format!("network.{key}"));
        Entry::flow(key, vec![made_up]).remark(format!("EDIT: {words}"))
    };
    let subnets = list(
        "subnets",
        &known.subnets,
        "subnet-00000000000000000",
        "ids, names, or a tag such as \"tag:Tier=public\"",
    );
    let groups = list(
        "security_groups",
        &known.security_groups,
        "sg-00000000000000000",
        "ids or names; let the load balancer in",
    );
    let public = known.public_ip;
    let words = "needed where no NAT gateway leads out: images are pulled over the internet";
    let public_ip = Entry::flow("public_ip", public.unwrap_or(true));
    let public_ip = if public.is_none() { public_ip.remark(words) } else { public_ip };
    Entry::block("network", vec![subnets, groups, public_ip])
}

/// What is only written when somebody knows it.
fn platform(decisions: &Decisions<'_, '_>) -> Vec<Entry> {
    let known = &decisions.surroundings;
    let mut entries = Vec::new();
    let mut platform = serde_json::Map::new();
    if let Some(architecture) = &known.architecture {
        platform.insert("architecture".to_owned(), json!(architecture));
    }
    if known.spot {
        platform.insert("spot".to_owned(), json!(true));
    }
    if !platform.is_empty() {
        entries.push(Entry::flow("platform", platform));
    }
    entries.extend(size::entry(decisions));
    if known.exec {
        entries.push(Entry::flow("exec", true));
    }
    if let Some(group) = &known.log_group {
        entries.push(Entry::flow("logs", json!({ "group": group })));
    }
    entries
}

fn ingress(decisions: &Decisions<'_, '_>, unknown: &mut Vec<String>) -> Entry {
    let Some((way, others)) = decisions.ways.split_first() else {
        let words = "No service looks like a way in: nothing publishes a port of a web server. With one it is written:";
        let mut lines = wrap(words);
        lines.push(format!(
            "ingress: [{}]",
            flow(&json!({ "service": "NAME", "port": 80, "host": "{{branch}}.example.com" }))
        ));
        return Entry::comments(lines);
    };
    let item = way_entries(decisions, way, unknown);
    let mut entry = Entry::items("ingress", vec![item]);
    let others = others.iter().filter(|it| it.service != way.service);
    let names: Vec<String> =
        others.map(|it| format!("`{}` (port {})", it.service, it.port)).collect();
    let more = match names.len() {
        0 => Vec::new(),
        1..=MOST_CANDIDATES => {
            wrap(&format!("Items of the same form could lead to {}.", listed(&names)))
        }
        all => wrap(&format!(
            "Items of the same form could lead to {} and {} more services.",
            names[..MOST_CANDIDATES].join(", "),
            all - MOST_CANDIDATES
        )),
    };
    if let (Content::Items(items), false) = (&mut entry.content, more.is_empty()) {
        items[0].push(Entry::comments(more));
    }
    entry
}

/// `a, b and c`.
fn listed(names: &[String]) -> String {
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

fn way_entries(decisions: &Decisions<'_, '_>, way: &Way, unknown: &mut Vec<String>) -> Vec<Entry> {
    let known = &decisions.surroundings;
    let listener = match &known.listener {
        Some(arn) if arn.contains(":listener/") => Entry::flow("listener", arn.as_str()),
        Some(name) => Entry::flow("listener", json!({ "load_balancer": name, "port": 443 })),
        None => {
            unknown.push("ingress.listener".to_owned());
            let value = json!({ "load_balancer": "my-load-balancer", "port": 443 });
            Entry::flow("listener", value).remark("EDIT: a load balancer that branches share")
        }
    };
    let host = match &known.zone {
        Some(zone) if zone.contains('.') => {
            Entry::flow("host", format!("{{{{branch}}}}.{}", zone.trim_end_matches('.')))
        }
        _ if known.host.is_some() => {
            let host = known.host.as_deref().unwrap_or_default();
            let beside = host.split_once('.').map_or(host, |it| it.1);
            Entry::flow("host", format!("{{{{branch}}}}.{beside}"))
                .remark(format!("beside {host}, where the service is reached"))
        }
        _ => {
            unknown.push("ingress.host".to_owned());
            Entry::flow("host", "{{branch}}.example.com").remark("EDIT: the address of a branch")
        }
    };
    let own = known.health_check.as_ref().filter(|_| known.target.is_some());
    let check = match &way.path {
        _ if own.is_some() => {
            let (path, matcher) = own.cloned().unwrap_or_default();
            let check = if matcher == "200" {
                json!({ "path": path })
            } else {
                json!({ "path": path, "matcher": matcher })
            };
            Entry::flow("health_check", check)
        }
        Some(path) => Entry::flow("health_check", json!({ "path": path })),
        None => {
            let value = json!({ "path": "/", "matcher": "200-399" });
            Entry::flow("health_check", value).remark("what answers when it works")
        }
    };
    let service = Entry::flow("service", way.service.as_str());
    let service = service.said(&format!("`{}` is the way in: {}.", way.service, way.reason));
    vec![service, Entry::flow("port", way.port), listener, host, check]
}

fn zone(decisions: &Decisions<'_, '_>) -> Option<Entry> {
    if let Some(zone) = &decisions.surroundings.zone {
        return Some(Entry::flow("dns", json!({ "zone": zone })));
    }
    let line =
        "dns: { zone: example.com }  # a hosted zone of Route 53: every branch gets its record";
    (!decisions.ways.is_empty()).then(|| Entry::comments(vec![line.to_owned()]))
}
