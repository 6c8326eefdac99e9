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

/// Prints text for people; colours are taken out where they are not wanted. What cannot be said is not said.
fn message(text: &str) {
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// Prints a failure of the command itself.
pub(super) fn failure(error: &anyhow::Error) {
    message(&format!("error: {error:#}\n"));
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
            message(&format!("{}; nothing was printed\n", counts.join(", ")));
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
