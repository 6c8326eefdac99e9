//! Records of hosts, each with a TXT record beside it that says whose it is.

use indexmap::IndexSet;

use super::Planning;
use crate::deploy::action::{RecordChange, Step};
use crate::deploy::observe::owner_name;
use crate::deploy::observed::{Listener, Record, Zone};
use crate::environment::tag_value;
use crate::stack::{Ingress, Shape, Stack};

/// Seconds for which an answer is kept; an environment may move at any time.
const TTL: i64 = 60;

/// Plans the record of each host. A pattern has none, and an alias that somebody else made stays his.
pub(super) fn plan(planning: &mut Planning<'_>) {
    let (stack, observed) = (planning.stack, planning.observed);
    let Some(zone) = &observed.zone else { return };
    let mut seen = IndexSet::new();
    for (index, ingress) in stack.ingress.iter().enumerate() {
        let Some(host) = ingress.host.as_ref().map(|it| it.to_ascii_lowercase()) else { continue };
        if host.contains(['*', '?']) || !seen.insert(host.clone()) {
            continue;
        }
        if host != zone.name && !host.ends_with(&format!(".{}", zone.name)) {
            planning.refuse(
                format!("the host `{host}` does not belong to the hosted zone `{}`", zone.name),
                "name the zone of the host under `dns`, or a host of the zone under `ingress`",
            );
            continue;
        }
        let is_bare = stack.tasks.get(ingress.task).is_some_and(|it| it.shape == Shape::Task);
        // One that got no rule is an error already; whose its record is may be one more.
        let first =
            || ingress.listeners.iter().find_map(|it| observed.listeners.get(&it.to_string()));
        match planning.routes.get(&index).copied().or_else(first) {
            Some(listener) => balanced(planning, zone, &host, listener),
            None if is_bare => bare(planning, zone, &host, ingress),
            None => {}
        }
    }
    let former = |it: &&Record| {
        let host = it.name.strip_prefix("_compose2ecs.").unwrap_or(&it.name);
        is_ours(stack, it) && !wanted_hosts(stack).contains(host)
    };
    for owner in zone.records.iter().filter(former) {
        release(planning, zone, owner, "the overlay does not ask for it any more");
    }
}

fn wanted_hosts(stack: &Stack) -> IndexSet<String> {
    stack
        .ingress
        .iter()
        .filter_map(|it| it.host.as_ref())
        .map(|it| it.to_ascii_lowercase())
        .collect()
}

/// The record that says whose a host is.
fn owner(stack: &Stack, host: &str) -> Record {
    let environment = &stack.environment;
    let branch = environment.branch_name.as_deref().map(|it| format!(" branch={}", tag_value(it)));
    let text = format!(
        "compose2ecs project={} environment={}{}",
        environment.project,
        environment.name,
        branch.unwrap_or_default()
    );
    // Route 53 gives letters of other scripts back in another form.
    let text: String = text
        .chars()
        .flat_map(|it| {
            if it.is_ascii() { it.to_string() } else { format!("={:X}", u32::from(it)) }
                .chars()
                .collect::<Vec<_>>()
        })
        .collect();
    // A string of a TXT record has at most 255 characters; the name of the environment tells long branches apart.
    let text: String = text.chars().take(250).collect();
    let weight = stack.dns.as_ref().and_then(|it| it.weight).map(i64::from);
    Record {
        name: owner_name(host),
        kind: "TXT".to_owned(),
        ttl: Some(TTL),
        values: vec![format!("\"{text}\"")],
        set_identifier: weight.map(|_| environment.name.clone()),
        weight,
        ..Record::default()
    }
}

/// Whether a TXT record names this environment.
pub(super) fn is_ours(stack: &Stack, record: &Record) -> bool {
    record.kind == "TXT" && record.values == owner(stack, "").values
}

fn balanced(planning: &mut Planning<'_>, zone: &Zone, host: &str, listener: &Listener) {
    let stack = planning.stack;
    let weight = stack.dns.as_ref().and_then(|it| it.weight).map(i64::from);
    let wanted = match weight {
        None => Record {
            name: host.to_owned(),
            kind: "A".to_owned(),
            alias: Some((listener.dns_name.clone(), listener.hosted_zone.clone())),
            ..Record::default()
        },
        Some(weight) => Record {
            name: host.to_owned(),
            kind: "CNAME".to_owned(),
            ttl: Some(TTL),
            values: vec![listener.dns_name.clone()],
            set_identifier: Some(stack.environment.name.clone()),
            weight: Some(weight),
            ..Record::default()
        },
    };
    let Some(current) = own_records(planning, zone, host, &wanted) else { return };
    let owner = owner(stack, host);
    if current.iter().any(|it| alike(it, &wanted)) && zone.records.contains(&owner) {
        return;
    }
    let stale = stale(stack, zone, &current, (&wanted, &owner));
    let replaced = replaced(&stale);
    let mut changes: Vec<RecordChange> =
        stale.into_iter().map(|record| RecordChange { is_deletion: true, record }).collect();
    changes.extend([wanted, owner].map(|record| RecordChange { is_deletion: false, record }));
    let mut details = vec![match weight {
        None => format!("alias of {}", listener.dns_name),
        Some(weight) => format!("CNAME {} of weight {weight}", listener.dns_name),
    }];
    details.extend(replaced);
    let step = Step::ChangeRecords { zone: zone.id.clone(), changes };
    if current.is_empty() { planning.add_new(step, details) } else { planning.add(step, details) }
}

/// What is in the way of the wanted records: Route 53 replaces only those of the same type and identifier.
fn stale(
    stack: &Stack,
    zone: &Zone,
    current: &[&Record],
    (wanted, owner): (&Record, &Record),
) -> Vec<Record> {
    let differs =
        |it: &&Record| it.kind != wanted.kind || it.set_identifier != wanted.set_identifier;
    let records = current.iter().copied().filter(differs);
    let owners = zone.records.iter().filter(|it| it.name == owner.name && is_ours(stack, it));
    let owners = owners.filter(|it| it.set_identifier != owner.set_identifier);
    records.chain(owners).cloned().collect()
}

/// Which kinds of records go, in words.
fn replaced(stale: &[Record]) -> Option<String> {
    let kinds: IndexSet<&str> =
        stale.iter().map(|it| it.kind.as_str()).filter(|it| *it != "TXT").collect();
    let kinds: Vec<&str> = kinds.into_iter().collect();
    (!kinds.is_empty()).then(|| format!("instead of a record of type {}", kinds.join(" and ")))
}

/// Route 53 may put `dualstack.` in front of what an alias names.
fn alike(found: &Record, wanted: &Record) -> bool {
    let plain = |it: &Record| {
        let mut it = it.clone();
        it.alias =
            it.alias.map(|(name, zone)| (name.trim_start_matches("dualstack.").to_owned(), zone));
        it
    };
    plain(found) == plain(wanted)
}

/// The host's records that may be replaced; `None` when there is nothing to do or somebody else owns them.
fn own_records<'a>(
    planning: &mut Planning<'_>,
    zone: &'a Zone,
    host: &str,
    wanted: &Record,
) -> Option<Vec<&'a Record>> {
    let stack = planning.stack;
    let takes_its_place = |it: &&Record| {
        let is_address = ["A", "AAAA", "CNAME"].contains(&it.kind.as_str());
        // Weighted records of others share a name peacefully.
        let is_beside = it.set_identifier.is_some()
            && wanted.set_identifier.is_some()
            && it.set_identifier != wanted.set_identifier;
        it.name == host && is_address && !is_beside
    };
    let current: Vec<&Record> = zone.records.iter().filter(takes_its_place).collect();
    let owners: Vec<&Record> =
        zone.records.iter().filter(|it| it.name == owner_name(host) && it.kind == "TXT").collect();
    // Where records have identifiers, this environment's are called after it.
    let is_foreign =
        |it: &&Record| it.set_identifier.as_ref().is_some_and(|it| *it != stack.environment.name);
    let has_foreign = current.iter().any(is_foreign);
    if current.is_empty() || (!has_foreign && owners.iter().any(|it| is_ours(stack, it))) {
        return Some(current);
    }
    if owners.is_empty() && current.iter().any(|it| alike(it, wanted)) {
        return None;
    }
    let whose = owners.iter().find(|it| !is_ours(stack, it)).map_or_else(
        || "compose2ecs did not make it".to_owned(),
        |it| {
            format!(
                "it belongs to {}",
                it.values.join(" ").trim_matches('"').trim_start_matches("compose2ecs ")
            )
        },
    );
    planning.refuse(
        format!("the hosted zone `{}` has a record for `{host}` already: {whose}", zone.name),
        "choose another `host`, delete the record, or leave `dns` out if a wildcard record leads to the load balancer",
    );
    None
}

fn bare(planning: &mut Planning<'_>, zone: &Zone, host: &str, ingress: &Ingress) {
    let stack = planning.stack;
    let family = stack.tasks[ingress.task].definition.family.clone();
    let wanted =
        Record { name: host.to_owned(), kind: "A".to_owned(), ttl: Some(TTL), ..Record::default() };
    let Some(current) = own_records(planning, zone, host, &wanted) else { return };
    let address = planning.kept_task(&family).and_then(|it| {
        if stack.network.public_ip { it.public_ip.clone() } else { it.private_ip.clone() }
    });
    let owner = owner(stack, host);
    let is_right =
        |it: &&Record| Some(&it.values) == address.as_ref().map(|it| vec![it.clone()]).as_ref();
    if address.is_some() && current.iter().any(is_right) && zone.records.contains(&owner) {
        return;
    }
    let stale = stale(stack, zone, &current, (&wanted, &owner));
    let mut details = vec!["A record on the address of the task".to_owned()];
    details.extend(replaced(&stale));
    let step = Step::PointRecord { zone: zone.id.clone(), record: wanted, family, owner, stale };
    if current.is_empty() { planning.add_new(step, details) } else { planning.add(step, details) }
}

/// Plans to delete all records that the environment owns.
pub(super) fn down(planning: &mut Planning<'_>) {
    let (stack, Some(zone)) = (planning.stack, &planning.observed.zone) else { return };
    for owner in zone.records.iter().filter(|it| is_ours(stack, it)) {
        release(planning, zone, owner, "");
    }
}

/// A host's record and the one that says whose it is.
fn release(planning: &mut Planning<'_>, zone: &Zone, owner: &Record, reason: &str) {
    let host = owner.name.strip_prefix("_compose2ecs.").unwrap_or(&owner.name);
    let own = zone.records.iter().filter(|it| {
        let is_address = ["A", "CNAME"].contains(&it.kind.as_str());
        it.name == host && is_address && it.set_identifier == owner.set_identifier
    });
    let changes =
        own.chain([owner]).map(|it| RecordChange { is_deletion: true, record: it.clone() });
    let step = Step::ChangeRecords { zone: zone.id.clone(), changes: changes.collect() };
    let details = if reason.is_empty() { Vec::new() } else { vec![reason.to_owned()] };
    planning.add(step, details);
}
