//! The arguments of `support`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Which keys, and how they are printed.
#[derive(Debug, Args)]
pub(crate) struct SupportArguments {
    /// Keys to print, with all that stands below, such as `deploy` or `healthcheck.test` [default: all]
    #[arg(value_name = "KEY")]
    pub(crate) keys: Vec<String>,
    /// Print only the keys that a Compose file has, repeatable; it is read as it stands
    #[arg(short, long = "file", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// How to print the table
    #[arg(long, value_enum, default_value_t = TableFormat::Text)]
    pub(crate) format: TableFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableFormat {
    /// For a terminal; without keys that another key speaks for, unless some are asked for
    Text,
    /// A table with every row
    Markdown,
    /// An array with every row
    Json,
}
