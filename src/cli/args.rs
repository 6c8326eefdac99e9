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
    /// Print the project as Docker Compose reads it, without the overlay
    #[command(after_help = CONFIG_EXAMPLES)]
    Config(ConfigArguments),
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

const CONFIG_EXAMPLES: &str = "\
Examples:
  compose2ecs config
  compose2ecs config -f compose.yaml -f compose.ci.yaml --format json
  compose2ecs config --services

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
    /// Overlay file, repeatable [default: compose2ecs.yml or .yaml beside the Compose file]
    #[arg(long = "overlay", value_name = "FILE")]
    pub(crate) overlays: Vec<PathBuf>,
    /// What only AWS knows, as JSON: account, region, databases, images, secrets
    #[arg(long, value_name = "FILE")]
    pub(crate) facts: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) compose: ComposeArguments,
}

/// Which Compose project, as on Docker Compose's command line.
#[derive(Debug, Args)]
pub(crate) struct ComposeArguments {
    /// Compose file, repeatable; `-` is standard input [default: looked up as Docker Compose does]
    #[arg(short, long = "file", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// File of variables for `${…}`, repeatable [default: .env beside the Compose file]
    #[arg(long = "env-file", value_name = "FILE")]
    pub(crate) env_files: Vec<PathBuf>,
    /// Profile to turn on, repeatable; `*` is all
    #[arg(long = "profile", id = "profile", value_name = "NAME")]
    pub(crate) profiles: Vec<String>,
    /// Name of the project [default: `name:` in the file, or the folder's name]
    #[arg(short, long, value_name = "NAME")]
    pub(crate) project_name: Option<String>,
    /// The folder that relative paths start from [default: that of the first Compose file]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) project_directory: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are the switches of `docker compose config`"
)]
pub(crate) struct ConfigArguments {
    #[command(flatten)]
    pub(crate) project: ComposeArguments,
    /// Services to print, with all they depend on [default: all]
    #[arg(value_name = "SERVICE")]
    pub(crate) services_to_print: Vec<String>,
    /// How to print the project
    #[arg(long, value_enum, default_value_t = DataFormat::Yaml)]
    pub(crate) format: DataFormat,
    /// Print networks, volumes, secrets and configs that no service uses
    #[arg(long)]
    pub(crate) all_resources: bool,
    /// Print a `$` as it is, not doubled
    #[arg(long)]
    pub(crate) no_escape: bool,
    /// Print the names of the services, a line each
    #[arg(long, group = "list")]
    pub(crate) services: bool,
    /// Print the names of the profiles, a line each
    #[arg(long, group = "list")]
    pub(crate) profiles: bool,
    /// Print the images, a line each
    #[arg(long, group = "list")]
    pub(crate) images: bool,
    /// Print the variables that `${…}` sees, a line each
    #[arg(long, group = "list")]
    pub(crate) environment: bool,
    /// Do not replace `${…}`
    #[arg(long)]
    pub(crate) no_interpolate: bool,
    /// Do not derive names, networks and dependencies
    #[arg(long)]
    pub(crate) no_normalize: bool,
    /// Do not check what services refer to
    #[arg(long)]
    pub(crate) no_consistency: bool,
    /// Do not make paths absolute
    #[arg(long)]
    pub(crate) no_path_resolution: bool,
    /// Do not read env files into the environment
    #[arg(long)]
    pub(crate) no_env_resolution: bool,
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
