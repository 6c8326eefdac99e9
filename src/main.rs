//! The `compose2ecs` command: arguments -> an exit code.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
