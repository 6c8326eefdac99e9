//! `support`: what becomes of every key of the Compose specification.
#![expect(clippy::disallowed_methods, reason = "the file that the user names is read here")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use anstyle::{AnsiColor, Style};
use anyhow::{Context, bail};
use compose2ecs::support::{Outcome, Row};

use super::args::{SupportArguments, TableFormat};
use super::{Outcome as End, terminal};

/// Prints the table, or the part of it that is asked for.
pub(super) fn run(arguments: &SupportArguments) -> anyhow::Result<End> {
    let rows = chosen(arguments)?;
    match arguments.format {
        TableFormat::Json => terminal::json(&serde_json::to_value(&rows)?)?,
        TableFormat::Markdown => terminal::data(&markdown(&rows))?,
        TableFormat::Text => {
            let everything = !arguments.keys.is_empty();
            let shown = rows.iter().filter(|it| everything || !it.is_said_above());
            terminal::colourful(&shown.map(|it| text(it)).collect::<String>())?;
            terminal::message(&summary(&rows));
        }
    }
    Ok(End::Fine)
}

fn chosen(arguments: &SupportArguments) -> anyhow::Result<Vec<&'static Row>> {
    let mut rows = compose2ecs::support();
    for key in &arguments.keys {
        if !rows.iter().any(|it| it.is_of(key)) {
            bail!("the Compose specification has no key `{key}`; `compose2ecs support` prints all");
        }
    }
    rows.retain(|row| arguments.keys.is_empty() || arguments.keys.iter().any(|it| row.is_of(it)));
    if !arguments.files.is_empty() {
        let used = used(&arguments.files)?;
        rows.retain(|it| used.contains(it.path));
    }
    Ok(rows)
}

/// The keys that some file has.
fn used(files: &[PathBuf]) -> anyhow::Result<BTreeSet<String>> {
    let mut used = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read `{}`", file.display()))?;
        used.extend(compose2ecs::keys_of(&text).into_iter().map(|it| it.path));
    }
    Ok(used)
}

/// Two lines a row, which fit a narrow terminal.
fn text(row: &Row) -> String {
    let style = Style::new().fg_color(Some(colour(row.outcome).into()));
    let outcome = format!("{style}{:<12}{style:#}", row.outcome.name());
    let values = match row.values_in_words() {
        values if values.is_empty() => String::new(),
        values => format!(" ({values})"),
    };
    format!("{outcome}  {}{values}\n{:14}{}\n", row.path, "", row.becomes)
}

fn colour(outcome: Outcome) -> AnsiColor {
    match outcome {
        Outcome::Supported => AnsiColor::Green,
        Outcome::Approximated => AnsiColor::Yellow,
        Outcome::Ignored => AnsiColor::BrightBlack,
        Outcome::Refused => AnsiColor::Red,
    }
}

/// How many keys end in which way; a key with several rows counts by its worst.
fn summary(rows: &[&Row]) -> String {
    let keys: BTreeSet<&str> = rows.iter().map(|it| it.path).collect();
    let worst = |key: &str| {
        let of_key = rows.iter().filter(|it| it.path == key).map(|it| it.outcome);
        of_key.max_by_key(|it| Outcome::ALL.iter().position(|other| other == it))
    };
    let count = |outcome: Outcome| keys.iter().filter(|it| worst(it) == Some(outcome)).count();
    let counts = Outcome::ALL.map(|it| format!("{} {}", count(it), it.name()));
    format!("{} keys: {}\n", keys.len(), counts.join(", "))
}

fn markdown(rows: &[&Row]) -> String {
    let mut text =
        "| key | values | outcome | on ECS | shown by |\n|---|---|---|---|---|\n".to_owned();
    for row in rows {
        let (path, values) = (row.path, row.values_in_words());
        let (outcome, becomes, fixture) = (row.outcome.name(), row.becomes, row.fixture);
        let _ = writeln!(
            text,
            "| `{path}` | {values} | {outcome} | {becomes} | `fixtures/{fixture}` |"
        );
    }
    text
}
