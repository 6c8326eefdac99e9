//! The command line as types, without logic.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Runs every git branch of a docker-compose.yml as an environment on AWS Fargate.
#[derive(Debug, Parser)]
#[command(name = "compose2ecs", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print the task definitions of an environment
    #[command(after_help = RENDER_EXAMPLES)]
    Render(RenderArguments),
    /// Report what is wrong with the Compose files and the overlay
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckArguments),
}

const RENDER_EXAMPLES: &str = "\
Examples:
  compose2ecs render --branch feature/login
  compose2ecs render --branch feature/login --facts facts.json --explain
  compose2ecs render -f compose.yaml -f compose.ci.yaml --overlay staging.yml -o task-definition.json
  docker compose config | compose2ecs render -f - --overlay compose2ecs.yml

Exit codes: 0 fine, 1 diagnostics, 2 usage";

const CHECK_EXAMPLES: &str = "\
Examples:
  compose2ecs check --branch feature/login
  compose2ecs check --deny warnings --allow bind-mount --allow plaintext-secret
  compose2ecs check --format json

Exit codes: 0 fine, 1 diagnostics, 2 usage";

#[derive(Debug, Args)]
pub(crate) struct RenderArguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    #[command(flatten)]
    pub(crate) policy: PolicyArguments,
    /// How to print the definitions
    #[arg(long, value_enum, default_value_t = DataFormat::Json)]
    pub(crate) format: DataFormat,
    /// List on standard error where each rewritten or derived value came from
    #[arg(long)]
    pub(crate) explain: bool,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    #[command(flatten)]
    pub(crate) policy: PolicyArguments,
    /// How to print the diagnostics
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,
}

/// Which project, for which branch.
#[derive(Debug, Args)]
pub(crate) struct ProjectArguments {
    /// The git branch the environment is for
    #[arg(short, long, value_name = "BRANCH", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) branch: Option<String>,
    /// The commit, for `{{commit}}` in the overlay
    #[arg(long, value_name = "SHA")]
    pub(crate) commit: Option<String>,
    /// Compose file, repeatable; `-` is standard input [default: looked up as Docker Compose does]
    #[arg(short, long = "file", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Overlay file, repeatable [default: compose2ecs.yml or .yaml beside the Compose file]
    #[arg(long = "overlay", value_name = "FILE")]
    pub(crate) overlays: Vec<PathBuf>,
    /// What only AWS knows, as JSON: account, region, databases, images, secrets
    #[arg(long, value_name = "FILE")]
    pub(crate) facts: Option<PathBuf>,
    /// File of variables for `${…}`, repeatable [default: .env beside the Compose file]
    #[arg(long = "env-file", value_name = "FILE")]
    pub(crate) env_files: Vec<PathBuf>,
    /// Profile to turn on, repeatable; `*` is all
    #[arg(long = "profile", value_name = "NAME")]
    pub(crate) profiles: Vec<String>,
    /// Name of the project [default: `name:` in the file, or the folder's name]
    #[arg(short, long, value_name = "NAME")]
    pub(crate) project_name: Option<String>,
    /// The folder that relative paths start from [default: that of the first Compose file]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) project_directory: Option<PathBuf>,
}

/// Which diagnostics matter.
#[derive(Debug, Args)]
pub(crate) struct PolicyArguments {
    /// Do not show warnings and notes of this code, repeatable
    #[arg(long, value_name = "CODE")]
    pub(crate) allow: Vec<String>,
    /// Fail on warnings and notes of this code, repeatable; `warnings` is all warnings
    #[arg(long, value_name = "CODE")]
    pub(crate) deny: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DataFormat {
    Json,
    Yaml,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    Text,
    Json,
}
