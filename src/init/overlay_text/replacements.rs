//! `replace` and `tasks`: what runs elsewhere, and what runs apart.

use serde_json::json;

use super::Decisions;
use crate::init::catalogue::Offer;
use crate::init::page::{self, Entry, wrap};
use crate::init::survey::{Fate, Surveyed};

pub(super) fn entries(decisions: &Decisions<'_, '_>) -> Vec<Entry> {
    let mut replaced = Vec::new();
    for surveyed in decisions.survey.services.values() {
        let name = &surveyed.service.name;
        match &surveyed.fate {
            Fate::Dropped(reason) => {
                replaced.push(
                    Entry::flow(name, "drop").remark(format!("{}: {reason}", surveyed.title())),
                );
            }
            Fate::Replaced(by) => {
                replaced.push(match by.split_once(": ") {
                    Some(("rds", identifier)) => database(name, identifier),
                    Some((key, identifier)) => Entry::flow(name, json!({ key: identifier })),
                    None => Entry::flow(name, by.as_str())
                        .remark(format!("{}: the task role has to allow it", surveyed.title())),
                });
            }
            Fate::Container => replaced.extend(proposal(decisions, surveyed)),
        }
    }
    let mut entries = Vec::new();
    if !replaced.is_empty() {
        entries.push(Entry::block("replace", replaced));
    }
    entries.extend(tasks(decisions));
    entries
}

/// The database of a branch on an instance that branches share.
const DATABASE: &str = "app_{{snake branch}}";

/// A database that stands in the place of a service: who logs in, and to what, only the user knows.
fn database(name: &str, identifier: &str) -> Entry {
    let [own, login] = [("database", DATABASE), ("credentials", "managed")]
        .map(|(key, value)| Entry::flow(key, value));
    let own = own.remark("one for each branch");
    let login = login.remark("the secret that RDS keeps, else \"secretsmanager:NAME\" of your own");
    let proposals = [own, login].iter().flat_map(page::lines).collect();
    let words = "Without these two, every branch has the laptop's database name, user and password, in plain text:";
    let entries = vec![
        Entry::flow("rds", identifier),
        Entry::comments(wrap(words)),
        Entry::comments(proposals),
    ];
    Entry::block(name, entries)
}

/// What of AWS could take the place of a container, as lines that only need their `#` taken away.
fn proposal(decisions: &Decisions<'_, '_>, surveyed: &Surveyed<'_>) -> Option<Entry> {
    let product = surveyed.product?;
    let name = &surveyed.service.name;
    let (words, value) = match product.offer {
        Offer::Nothing | Offer::DynamoDb => return None,
        Offer::Rds => (
            "its data goes with the task. With a database of RDS instead".to_owned(),
            json!({ "rds": "my-database", "database": DATABASE, "credentials": "managed" }),
        ),
        Offer::ElastiCache => (
            "what it holds goes with the task. With ElastiCache instead".to_owned(),
            json!({ "elasticache": "my-cache" }),
        ),
        Offer::S3 => (
            "its files go with the task. With a bucket of S3 instead".to_owned(),
            json!({ "s3": "my-bucket" }),
        ),
        Offer::Aws => ("an imitation of AWS. With AWS itself".to_owned(), json!("aws")),
        Offer::Address(managed) => (
            format!("its data goes with the task. With {managed} instead"),
            json!({ "host": "my-host.example.com", "port": product.port }),
        ),
    };
    let is_in_task = !decisions.split.groups.is_empty();
    let then = if is_in_task { ", and without it in `tasks`" } else { "" };
    let words = format!("`{name}` ({}) runs as a container: {words}{then}:", product.title);
    let mut lines = wrap(&words);
    lines.extend(page::lines(&Entry::flow(name, value)));
    Some(Entry::comments(lines))
}

fn tasks(decisions: &Decisions<'_, '_>) -> Option<Entry> {
    let split = &decisions.split;
    if split.groups.is_empty() {
        return None;
    }
    let tasks = split.groups.iter().map(|it| Entry::flow(&it.name, it.services.clone())).collect();
    let mut entry = Entry::block("tasks", tasks);
    let shown = split.reasons.iter().take(3);
    let mut words: Vec<String> = shown.cloned().collect();
    if split.reasons.len() > words.len() {
        words.push(format!("{} more clashes", split.reasons.len() - words.len()));
    }
    entry.comments = wrap(&format!("Several tasks: {}.", words.join("; ")));
    Some(entry)
}
