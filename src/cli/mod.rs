//! Dispatch of the commands, and the one place where an outcome becomes an exit code.

mod args;
mod check;
mod compile;
mod config;
mod render;
mod terminal;
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
}

/// Runs the command line. 0: fine, 1: diagnostics, 2: usage, or an output that cannot be written.
pub(crate) fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match &arguments.command {
        Command::Render(arguments) => render::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Config(arguments) => config::run(arguments),
    };
    match outcome {
        Ok(Outcome::Fine) => ExitCode::SUCCESS,
        Ok(Outcome::Diagnostics) => ExitCode::from(1),
        Err(error) => {
            terminal::failure(&error);
            ExitCode::from(2)
        }
    }
}
