//! The arguments of `render`.

use std::path::PathBuf;

use clap::Args;

use super::{DataFormat, OfflineArguments, OnlineArguments, PolicyArguments, ProjectArguments};

#[derive(Debug, Args)]
pub(crate) struct RenderArguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    #[command(flatten)]
    pub(crate) offline: OfflineArguments,
    #[command(flatten)]
    pub(crate) online: OnlineArguments,
    #[command(flatten)]
    pub(crate) policy: PolicyArguments,
    /// Print the services as well: an object with `taskDefinitions` and `services`
    #[arg(long)]
    pub(crate) service_definitions: bool,
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
