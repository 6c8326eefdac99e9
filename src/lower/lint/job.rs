//! Containers that do one thing and end, where ECS expects one that goes on.

use super::Subject;
use super::script::{Command, commands, file_name};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Spanned;

/// Warns of a job that is started for ever, and of one whose end is that of its task.
pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    let service = subject.scope.service;
    let deployed =
        service.restart_condition.as_ref().map(|it| Spanned::new(it.value.as_str(), it.span));
    let restart = deployed.or_else(|| service.text("restart"));
    let forever = restart.filter(|it| matches!(it.value, "always" | "unless-stopped" | "any"));
    let name = &service.name;
    if subject.scope.placement.awaited.contains(name) {
        if let Some(restart) = forever {
            let message = format!(
                "`restart: {}` is left out: another service waits for `{name}` to end",
                restart.value
            );
            let warning = Diagnostic::warning(Code::OneOffJob, restart.span, message);
            diagnostics.add(warning.help("write `restart: on-failure`, or leave it out"));
        }
        return;
    }
    let Some(command) = commands(service).pop().filter(is_job) else { return };
    let wait = format!(
        "let the service that needs it wait for its end: `depends_on: {{ {name}: {{ condition: service_completed_successfully }} }}`"
    );
    if let Some(restart) = forever {
        let message = format!(
            "`{name}` changes a database and ends, and `restart: {}` starts it again for ever",
            restart.value
        );
        let warning = Diagnostic::warning(Code::OneOffJob, restart.span, message);
        diagnostics.add(warning.label(command.span(), "ends by itself").help(wait));
    } else if subject.container.essential != Some(false) {
        let message = format!("`{name}` changes a database and ends, and its whole task with it");
        let warning = Diagnostic::warning(Code::OneOffJob, command.span(), message);
        diagnostics
            .add(warning.help(wait).help("or write `x-ecs: { essential: false }` in the service"));
    }
}

/// Whether a command is plainly one that changes a database and ends.
fn is_job(command: &Command<'_>) -> bool {
    const STARTS: [&str; 7] = [
        "db:migrate",
        "db:setup",
        "db:seed",
        "db:create",
        "db:prepare",
        "db:schema:load",
        "migrate:",
    ];
    let is_step = |it: &str| it == "migrate" || STARTS.iter().any(|start| it.starts_with(start));
    let program = file_name(command.program());
    let stem = program.split('.').next().unwrap_or_default();
    let names_it = matches!(stem, "migrate" | "migrations" | "db-migrate" | "run-migrations");
    let upgrades = program == "alembic" || command.words.iter().any(|it| it.value == "alembic");
    names_it
        || command.arguments().take(4).any(is_step)
        || (upgrades && command.arguments().any(|it| it == "upgrade"))
}
