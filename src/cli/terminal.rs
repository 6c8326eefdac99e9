//! The only code that prints: data to standard output, everything for people to standard error.

use std::io::Write as _;

use compose2ecs::Compilation;
use compose2ecs::diagnostic::{Colour, Report, Severity};

/// How much of a report is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// Errors and warnings; notes are only counted.
    Warnings,
    /// All, with a line that sums it up.
    Everything,
}

/// Prints data. A reader that has seen enough is no failure.
pub(super) fn data(text: &str) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Prints data that has colours; they are taken out where they are not wanted.
pub(super) fn colourful(text: &str) -> anyhow::Result<()> {
    let mut output = anstream::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Prints data as JSON.
pub(super) fn json(value: &serde_json::Value) -> anyhow::Result<()> {
    data(&(serde_json::to_string_pretty(value)? + "\n"))
}

/// Asks a question on a terminal; anything but yes is an error, which says how to say yes where nobody can answer.
pub(super) fn confirm(question: &str) -> anyhow::Result<()> {
    use std::io::IsTerminal as _;
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        anyhow::bail!("nobody is here to ask; nothing was changed. Pass `--yes` to go on");
    }
    message(&format!("{question} [y/N] "));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => anyhow::bail!("nothing was changed"),
    }
}

/// A line each.
pub(super) fn lines(texts: impl IntoIterator<Item = impl std::fmt::Display>) -> String {
    texts.into_iter().fold(String::new(), |text, line| text + &format!("{line}\n"))
}

/// Columns as wide as their widest cell; the last is not filled up.
pub(super) fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let head: Vec<String> = head.iter().map(|it| (*it).to_owned()).collect();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|it| it[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

/// Prints text for people; colours are taken out where they are not wanted. What cannot be said is not said.
pub(super) fn message(text: &str) {
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// Prints a failure: of the command itself, or of AWS.
pub(super) fn failure(error: &dyn std::fmt::Display) {
    message(&format!("error: {error}\n"));
}

/// Prints a report.
pub(super) fn problems(report: &Report, detail: Detail) {
    let least = match detail {
        Detail::Warnings => Severity::Warning,
        Detail::Everything => Severity::Note,
    };
    message(&report.text(least, Colour::Always));
    let count = |severity: Severity| match report.count(severity) {
        0 => None,
        1 => Some(format!("1 {}", severity.name())),
        more => Some(format!("{more} {}s", severity.name())),
    };
    let counts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .filter_map(count)
        .collect();
    match detail {
        Detail::Everything if counts.is_empty() => message("no problems found\n"),
        Detail::Warnings if counts.is_empty() => {}
        Detail::Warnings if report.has_errors() => {
            message(&format!("{}; nothing was done\n", counts.join(", ")));
        }
        Detail::Everything | Detail::Warnings => message(&format!("{}\n", counts.join(", "))),
    }
}

/// Prints where values came from, a line each.
pub(super) fn explanations(compilation: &Compilation) {
    for explanation in &compilation.explanations {
        let place = compilation.sources.locate(explanation.span);
        let place = place.map_or_else(String::new, |it| format!("{it} "));
        message(&format!("{place}{explanation}\n"));
    }
}
