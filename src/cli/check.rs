//! `check`: every diagnostic of a project and nothing else.

use super::args::{CheckArguments, ReportFormat};
use super::{Outcome, compile, terminal};
use compose2ecs::diagnostic::Report;

/// Prints the diagnostics; they are the data of this command.
pub(super) fn run(arguments: &CheckArguments) -> anyhow::Result<Outcome> {
    let policy = compile::policy(&arguments.policy)?;
    let compilation = match compile::run(&arguments.project, &arguments.offline, &arguments.online)
    {
        Ok(compilation) => compilation,
        Err(halt) => return halt.end(),
    };
    let report = Report::new(&compilation.sources, &compilation.diagnostics, &policy);
    match arguments.format {
        ReportFormat::Json => {
            terminal::data(&(serde_json::to_string_pretty(&report.json())? + "\n"))?;
        }
        ReportFormat::Text => terminal::problems(&report, terminal::Detail::Everything),
    }
    Ok(if report.has_errors() { Outcome::Diagnostics } else { Outcome::Fine })
}
