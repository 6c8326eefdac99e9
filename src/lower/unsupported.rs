//! Keys that ECS does not know: nothing is lost without a word. What is said of which stands in the table of `support`.

use super::{Input, Scope};
use crate::compose::WrittenKey;
use crate::compose::ports::Port;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Span;
use crate::support::{self, Outcome, Row, Said};

/// Reports the keys at the top that have no effect.
pub(super) fn report_top(input: Input<'_>, diagnostics: &mut Diagnostics) {
    for key in &input.project.top {
        report_key(key, &format!("`{}`", key.shown), diagnostics);
    }
}

/// Reports the keys of one service, and of what it uses, that do not reach ECS.
pub(super) fn report(scope: &Scope<'_>, diagnostics: &mut Diagnostics) {
    for key in &scope.service.written {
        if !is_counted_elsewhere(scope, key) {
            report_key(key, &format!("`{}`", key.shown), diagnostics);
        }
    }
    report_ulimits(scope, diagnostics);
    report_attempts(scope, diagnostics);
    for port in &scope.service.ports {
        report_published(port, diagnostics);
    }
    let project = scope.input.project;
    for ((section, name), keys) in &project.definitions {
        if scope.service.uses.contains(&(*section, name.clone())) {
            let noun = section.trim_end_matches('s');
            for key in keys {
                let shown = format!("`{}` of the {noun} `{name}`", key.shown);
                report_key(key, &shown, diagnostics);
            }
        }
    }
}

/// The number of copies is lost, unless the overlay says it for the task.
fn is_counted_elsewhere(scope: &Scope<'_>, key: &WrittenKey) -> bool {
    let is_number = matches!(key.path.as_str(), "services.*.scale" | "services.*.deploy.replicas");
    let task = scope.placement.task_of(&scope.service.name);
    is_number && task.is_some_and(|it| scope.placement.tasks[it].count.is_some())
}

fn report_key(key: &WrittenKey, shown: &str, diagnostics: &mut Diagnostics) {
    let row = support::row(&key.path, key.value.as_deref());
    let spoken = |it: &&Row| it.said == Said::Here && it.outcome != Outcome::Supported;
    let Some(row) = row.filter(spoken).filter(|_| key.says_something) else { return };
    let mut diagnostic = diagnostic(row, shown, key.span);
    if row.outcome == Outcome::Refused && key.path.starts_with("services.") {
        let help = "take it away in the overlay with";
        let help = format!("{help} `{}`, or drop the service there", reset(&key.shown));
        diagnostic = diagnostic.help(help);
    }
    diagnostics.add(diagnostic);
}

/// `deploy: { resources: !reset null }` for `deploy.resources`: YAML knows no dots.
fn reset(shown: &str) -> String {
    let keys: Vec<&str> = shown.split('.').collect();
    let (last, outer) = keys.split_last().unwrap_or((&shown, &[]));
    let inner = format!("{last}: !reset null");
    outer.iter().rev().fold(inner, |inner, key| format!("{key}: {{ {inner} }}"))
}

/// Limits have names of their own, so one of them is no key of the table.
fn report_ulimits(scope: &Scope<'_>, diagnostics: &mut Diagnostics) {
    for (name, (.., span)) in scope.service.ulimits.iter().filter(|(name, _)| *name != "nofile") {
        if let Some(row) = support::row("services.*.ulimits", Some(name)) {
            diagnostics.add(diagnostic(row, &format!("`ulimits.{name}`"), *span));
        }
    }
}

/// How often a container is restarted is a part of a value.
fn report_attempts(scope: &Scope<'_>, diagnostics: &mut Diagnostics) {
    let Some(restart) = scope.service.text("restart") else { return };
    let Some((condition @ "on-failure", attempts)) = restart.value.split_once(':') else { return };
    let message = format!("the `{attempts}` of `restart: {condition}:{attempts}` is left out");
    let note = Diagnostic::note(Code::IgnoredKey, restart.span, message);
    diagnostics.add(note.at("ECS does not count restarts"));
}

/// A port of the host and an address of it, in long form or in short: one sentence says what becomes of both.
fn report_published(port: &Port, diagnostics: &mut Diagnostics) {
    let target = port.target.value;
    let everywhere = |it: &&str| !it.is_empty() && !["0.0.0.0", "::"].contains(it);
    let address = port.host_ip.as_ref().filter(|it| everywhere(&it.value.as_str()));
    let number = port.published.as_ref().filter(|it| it.value != target.to_string());
    let (shown, span, key) = match (address, number) {
        (None, None) => return,
        (Some(address), Some(number)) => {
            (format!("{}:{}", address.value, number.value), number.span, "published")
        }
        (Some(address), None) => (format!("{}:{target}", address.value), address.span, "host_ip"),
        (None, Some(number)) => (number.value.clone(), number.span, "published"),
    };
    let message = format!("the task is reached at port {target}, not at `{shown}`");
    let row = support::row(&format!("services.*.ports[].{key}"), Some(&shown));
    let mut note = Diagnostic::note(Code::IgnoredKey, span, message);
    note = note.at(row.map_or("", |it| it.becomes));
    if let Some(address) = address.filter(|it| it.span != span) {
        note = note.label(address.span, "security groups decide who reaches it");
    }
    diagnostics.add(note);
}

/// What is said of a key in the words of its row.
fn diagnostic(row: &Row, key: &str, span: Span) -> Diagnostic {
    let (make, code, message): (fn(Code, Span, String) -> Diagnostic, _, _) = match row.outcome {
        Outcome::Refused => {
            (Diagnostic::error, Code::UnsupportedKey, format!("{key} cannot work on Fargate"))
        }
        Outcome::Approximated => {
            (Diagnostic::warning, Code::IgnoredKey, format!("{key} has no effect on Fargate"))
        }
        Outcome::Ignored | Outcome::Supported => {
            (Diagnostic::note, Code::IgnoredKey, format!("{key} is left out"))
        }
    };
    make(code, span, message).at(row.becomes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::compose::keys;
    use crate::support;

    #[test]
    fn the_table_has_the_keys_of_the_schema_and_no_others() {
        let schema: BTreeSet<String> = keys::all().into_iter().collect();
        let table: BTreeSet<String> = support::paths().map(str::to_owned).collect();
        let missing: Vec<_> = schema.difference(&table).collect();
        let invented: Vec<_> = table.difference(&schema).collect();
        assert!(missing.is_empty(), "the table says nothing of {missing:?}");
        assert!(invented.is_empty(), "the schema has no {invented:?}");
    }

    #[test]
    fn the_rows_of_a_key_leave_no_value_out() {
        for path in support::paths() {
            let last = support::rows(path).last().expect("a key of the table has rows");
            let any = support::rows(path).iter().any(|it| it.values.is_empty());
            assert!(any || last.values == ["*"], "{path}");
        }
    }
}
