//! Dispatch of the commands, and the one place where an outcome becomes an exit code.

mod args;
mod aws;
mod check;
mod compile;
mod config;
mod diff;
mod down;
mod init;
mod ls;
mod plans;
mod progress;
mod render;
mod rollback;
mod sandbox;
mod schema;
mod support;
mod terminal;
mod up;
mod yaml;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It did what it was asked for.
    Fine,
    /// Diagnostics stood in the way.
    Diagnostics,
    /// The arguments do not fit the project.
    Misused,
    /// There are changes, and the caller asked whether.
    Changes,
    /// AWS refused, or could not be reached.
    Refused,
    /// What was deployed does not run.
    Failed,
    /// It took too long.
    TimedOut,
    /// The user stopped it.
    Interrupted,
}

impl Outcome {
    fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Diagnostics => 1,
            Self::Changes | Self::Misused => 2,
            Self::Refused => 3,
            Self::Failed => 4,
            Self::TimedOut => 5,
            // As a shell counts a process that Ctrl-C ended.
            Self::Interrupted => 130,
        }
    }
}

/// Says what is wrong with the arguments, or what was asked about them. 2 means changes under `--exit-code`.
fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    let asks_for_changes = std::env::args_os().any(|it| it == "--exit-code");
    match error.exit_code() {
        2 if asks_for_changes => ExitCode::from(1),
        code => ExitCode::from(u8::try_from(code).unwrap_or(2)),
    }
}

/// Runs the command line. 2 stands for usage too, and for an output that cannot be written.
pub(crate) fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    let outcome = match &arguments.command {
        Command::Init(arguments) => init::run(arguments),
        Command::Render(arguments) => render::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Config(arguments) => config::run(arguments),
        Command::Schema(arguments) => schema::run(arguments),
        Command::Support(arguments) => support::run(arguments),
        Command::Diff(arguments) => diff::run(arguments),
        Command::Register(arguments) => diff::register(arguments),
        Command::Up(arguments) => up::run(arguments),
        Command::Down(arguments) => down::run(arguments),
        Command::Ls(arguments) => ls::run(arguments),
        Command::Ps(arguments) => ls::processes(arguments),
        Command::Rollback(arguments) => rollback::run(arguments),
        Command::Sandbox(arguments) => sandbox::run(arguments),
    };
    match outcome {
        Ok(outcome) => ExitCode::from(outcome.code()),
        Err(error) => {
            terminal::failure(&format!("{error:#}"));
            ExitCode::from(2)
        }
    }
}
