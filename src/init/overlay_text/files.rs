//! Files that a container gets from the laptop, names of hosts in them, and what the container runs after they are written.

use indexmap::IndexMap;

use super::Decisions;
use crate::diagnostic::sentence;
use crate::init::bound::{Bound, Verdict};
use crate::init::catalogue::Role;
use crate::init::page::{Entry, lines, wrap};
use crate::init::survey::Surveyed;

/// What a well-known image runs, said so that files can be written before.
pub(super) fn process(decisions: &Decisions<'_, '_>, service: &str) -> Vec<Entry> {
    let Some(process) = decisions.amendments.processes.get(service) else { return Vec::new() };
    let words = [("entrypoint", &process.entrypoint), ("command", &process.command)];
    let said = words.into_iter().filter_map(|(key, it)| Some((key, it.clone()?)));
    let mut entries: Vec<Entry> = said.map(|(key, it)| Entry::flow(key, it)).collect();
    if let Some(first) = entries.first_mut() {
        first.comments = wrap("What the image runs; its files are written before that.");
    }
    let user = process.user.map(|it| {
        Entry::flow("user", "root").remark(format!("its own, `{it}`, may not write them"))
    });
    entries.into_iter().chain(user).collect()
}

/// `files` and `hosts_file` of a service, or why they are not written.
pub(super) fn entries(decisions: &Decisions<'_, '_>, surveyed: &Surveyed<'_>) -> Vec<Entry> {
    let deliveries = &decisions.amendments.deliveries;
    let delivered = deliveries.of(surveyed);
    let targets: Vec<&str> = delivered.iter().map(|it| it.target.as_str()).collect();
    let mut entries = Vec::new();
    if !targets.is_empty() {
        let words = "Files of the laptop: their texts go into the task definition, which holds 64 KiB and can be read.";
        let mut entry = Entry::flow("files", targets);
        entry.comments = wrap(words);
        entries.push(entry);
    }
    let left: Vec<&Bound> =
        surveyed.files.iter().filter(|it| delivered.iter().all(|x| x != it)).collect();
    entries.extend(staying(decisions, surveyed, &left).map(Entry::comments));
    entries.extend(hosts(decisions, surveyed));
    entries
}

/// `hosts_file` where files name services of the task; else what speaks against it, or for trying it.
fn hosts(decisions: &Decisions<'_, '_>, surveyed: &Surveyed<'_>) -> Option<Entry> {
    let deliveries = &decisions.amendments.deliveries;
    let service = &surveyed.service.name;
    if let Some(why) = deliveries.without_hosts(service) {
        return Some(Entry::comments(wrap(&format!("`hosts_file` cannot be on: {why}."))));
    }
    let Some(found) = deliveries.hosts(service) else {
        return names(decisions, surveyed).map(Entry::comments);
    };
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    let found = if found.is_empty() { "services".to_owned() } else { sentence(&found) };
    let words = format!(
        "Its configuration names {found}: a shell in the container writes `/etc/hosts` as root before it starts."
    );
    let mut entry = Entry::flow("hosts_file", true);
    entry.comments = wrap(&words);
    Some(entry)
}

/// The files that are not delivered: why, and how all the same.
fn staying(
    decisions: &Decisions<'_, '_>,
    surveyed: &Surveyed<'_>,
    left: &[&Bound],
) -> Option<Vec<String>> {
    let deliveries = &decisions.amendments.deliveries;
    let mut reasons: IndexMap<String, Vec<&str>> = IndexMap::new();
    let mut open: Vec<&str> = Vec::new();
    for bound in left {
        let target = bound.target.as_str();
        let reason = match &bound.verdict {
            Verdict::Private(why) => {
                format!("{why}: make it one of the `secrets` of Compose")
            }
            Verdict::Stay(why) => why.clone(),
            Verdict::Deliver(_) => {
                deliveries.reason(&surveyed.service.name, target).unwrap_or_default().to_owned()
            }
            Verdict::Unseen => "there is no such file".to_owned(),
        };
        if !matches!(bound.verdict, Verdict::Private(_)) {
            open.push(target);
        }
        reasons.entry(reason).or_default().push(target);
    }
    let mut words: Vec<String> = Vec::new();
    for (reason, targets) in &reasons {
        words.extend(wrap(&format!("Not delivered: {} ({reason}).", sentence(targets))));
    }
    if !open.is_empty() {
        if left.len() < surveyed.files.len() {
            words.extend(wrap("What is to be delivered all the same goes into `files`."));
        } else {
            words.extend(wrap("To deliver without a new image:"));
            words.extend(lines(&Entry::flow("files", open)));
        }
    }
    (!words.is_empty()).then_some(words)
}

/// A web server in front of others finds them by the names in its configuration.
fn names(decisions: &Decisions<'_, '_>, surveyed: &Surveyed<'_>) -> Option<Vec<String>> {
    let is_alone = decisions.survey.containers().count() < 2;
    let is_looked_through = !decisions.amendments.deliveries.of(surveyed).is_empty();
    (surveyed.role == Role::WebServer && !is_alone && !is_looked_through).then(|| {
        let mut lines = wrap(
            "Where its configuration names other services, such as `proxy_pass http://app:3000`:",
        );
        lines.push("hosts_file: true".to_owned());
        lines
    })
}
