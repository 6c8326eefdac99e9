//! The command line as types, without logic.

mod aws;
mod deployment;
mod examples;
mod init;
mod render;
mod schema;
mod support;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use aws::{
    AwsArguments, OfflineArguments, OnlineArguments, SandboxArguments, SandboxCommand,
};
pub(crate) use deployment::{
    DiffArguments, DownArguments, ImageArguments, LsArguments, PsArguments, RegisterArguments,
    RollbackArguments, UpArguments,
};
pub(crate) use init::{InitArguments, KnownArguments};
pub(crate) use render::RenderArguments;
pub(crate) use schema::SchemaArguments;
pub(crate) use support::{SupportArguments, TableFormat};

/// Runs every git branch of a docker-compose.yml as an environment on AWS Fargate.
#[derive(Debug, Parser)]
#[command(name = "compose2ecs", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a first overlay for the project at hand
    #[command(after_help = examples::INIT_EXAMPLES)]
    Init(Box<InitArguments>),
    /// Print the task definitions of an environment
    #[command(after_help = examples::RENDER_EXAMPLES)]
    Render(RenderArguments),
    /// Report what is wrong with the Compose files and the overlay
    #[command(after_help = examples::CHECK_EXAMPLES)]
    Check(CheckArguments),
    /// Print the project as Docker Compose reads it, without the overlay
    #[command(after_help = examples::CONFIG_EXAMPLES)]
    Config(ConfigArguments),
    /// Print what becomes of every key of the Compose specification on ECS
    #[command(after_help = examples::SUPPORT_EXAMPLES)]
    Support(SupportArguments),
    /// Print the JSON Schema of compose2ecs.yml, for editors
    #[command(after_help = examples::SCHEMA_EXAMPLES)]
    Schema(SchemaArguments),
    /// Show what `up` would change, without changing anything
    #[command(after_help = examples::DIFF_EXAMPLES)]
    Diff(DiffArguments),
    /// Register the task definitions if they differ, and print their ARNs
    #[command(after_help = examples::REGISTER_EXAMPLES)]
    Register(RegisterArguments),
    /// Bring the environments of branches up, and wait until they run
    #[command(after_help = examples::UP_EXAMPLES)]
    Up(UpArguments),
    /// Take the environments of branches down
    #[command(after_help = examples::DOWN_EXAMPLES)]
    Down(DownArguments),
    /// List the environments of the project
    #[command(after_help = examples::LS_EXAMPLES)]
    Ls(LsArguments),
    /// List the services, tasks and containers of an environment
    #[command(after_help = examples::PS_EXAMPLES)]
    Ps(PsArguments),
    /// Take an environment back to the revision that ran well before
    #[command(after_help = examples::ROLLBACK_EXAMPLES)]
    Rollback(RollbackArguments),
    /// End the AWS of this machine that `--sandbox` started, or say whether it runs
    #[command(after_help = examples::SANDBOX_EXAMPLES)]
    Sandbox(SandboxArguments),
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    #[command(flatten)]
    pub(crate) offline: OfflineArguments,
    #[command(flatten)]
    pub(crate) online: OnlineArguments,
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
    #[command(flatten)]
    pub(crate) inputs: InputArguments,
}

/// What is compiled, whatever the branch.
#[derive(Clone, Debug, Args)]
pub(crate) struct InputArguments {
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
#[derive(Clone, Debug, Args)]
pub(crate) struct ComposeArguments {
    /// Compose file, repeatable; `-` is standard input [default: looked up as Docker Compose does]
    #[arg(short, long = "file", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// File of variables for `${…}`, repeatable [default: .env beside the Compose file]
    #[arg(long = "env-file", value_name = "FILE")]
    pub(crate) env_files: Vec<PathBuf>,
    /// Compose profile to turn on, repeatable; `*` is all
    #[arg(long = "compose-profile", id = "compose_profile", value_name = "NAME")]
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
    #[command(flatten)]
    pub(crate) offline: OfflineArguments,
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
