//! Plans and failures for people.

use anstyle::{AnsiColor, Style};
use compose2ecs::deploy::plan::{Plan, PlanLine, Sign};
use compose2ecs::deploy::{DeadContainer, StoppedTask};

use super::terminal;

/// A plan with colours; the terminal takes them out where they are not wanted.
pub(super) fn text(plan: &Plan) -> String {
    plan.lines().iter().map(line).collect()
}

fn line(line: &PlanLine) -> String {
    let style = match line.sign {
        Sign::Plus => AnsiColor::Green.on_default(),
        Sign::Tilde | Sign::Warning => AnsiColor::Yellow.on_default(),
        Sign::Minus => AnsiColor::Red.on_default(),
        Sign::Plain => Style::new(),
    };
    format!("{style}{}{style:#}\n", line.text)
}

/// Why a task died.
pub(super) fn stopped(task: &StoppedTask) -> String {
    let code = if task.code.is_empty() { String::new() } else { format!(" ({})", task.code) };
    let mut text = format!(
        "  the last task of {} that stopped, {}: {}{code}\n",
        task.revision, task.id, task.reason
    );
    for container in &task.containers {
        text.push_str(&dead(container));
    }
    text
}

fn dead(container: &DeadContainer) -> String {
    let ended =
        container.exit_code.map_or_else(|| "never ran".to_owned(), |it| format!("ended with {it}"));
    let reason =
        if container.reason.is_empty() { String::new() } else { format!(": {}", container.reason) };
    let mut text = format!("    {} {ended}{reason}\n", container.name);
    let log = container.log.iter().map(|it| format!("      | {it}"));
    text.push_str(&terminal::lines(log));
    text
}
