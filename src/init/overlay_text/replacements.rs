//! `replace` and `tasks`: what runs elsewhere, and what runs apart.

use serde_json::json;

use super::Decisions;
use crate::init::catalogue::Offer;
use crate::init::page::{Entry, flow, scalar, wrap};
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
                    Some(("rds", identifier)) => {
                        let words = "User and password stay those of the Compose file; `credentials: managed` takes the database's own.";
                        Entry::flow(name, json!({ "rds": identifier })).said(words)
                    }
                    Some((key, identifier)) => Entry::flow(name, json!({ key: identifier })),
                    None => Entry::flow(name, by.as_str())
                        .remark(format!("{}: the task role has to allow it", surveyed.title())),
                });
            }
            Fate::Container => replaced.extend(proposal(surveyed).map(Entry::comments)),
        }
    }
    let mut entries = Vec::new();
    if !replaced.is_empty() {
        entries.push(Entry::block("replace", replaced));
    }
    entries.extend(tasks(decisions));
    entries
}

/// What of AWS could take the place of a container, as lines that only need their `#` taken away.
fn proposal(surveyed: &Surveyed<'_>) -> Option<Vec<String>> {
    let product = surveyed.product?;
    let name = scalar(&surveyed.service.name);
    let (words, line) = match product.offer {
        Offer::Nothing | Offer::DynamoDb => return None,
        Offer::Rds => (
            "its data goes with the task. With a database of RDS instead:".to_owned(),
            format!(
                "{name}: {}",
                flow(
                    &json!({ "rds": "my-database", "database": "app_{{snake branch}}", "credentials": "managed" })
                )
            ),
        ),
        Offer::ElastiCache => (
            "what it holds goes with the task. With ElastiCache instead:".to_owned(),
            format!("{name}: {}", flow(&json!({ "elasticache": "my-cache" }))),
        ),
        Offer::S3 => (
            "its files go with the task. With a bucket of S3 instead:".to_owned(),
            format!("{name}: {}", flow(&json!({ "s3": "my-bucket" }))),
        ),
        Offer::Aws => ("an imitation of AWS. With AWS itself:".to_owned(), format!("{name}: aws")),
        Offer::Address(managed) => (
            format!("its data goes with the task. With {managed} instead:"),
            format!(
                "{name}: {}",
                flow(&json!({ "host": "my-host.example.com", "port": product.port }))
            ),
        ),
    };
    let mut lines = wrap(&format!(
        "`{}` ({}) runs as a container: {words}",
        surveyed.service.name, product.title
    ));
    lines.push(line);
    Some(lines)
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
