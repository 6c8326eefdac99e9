//! The arguments of the commands that deploy, and of those that look at what is deployed.

use std::path::PathBuf;

use clap::Args;

use super::{
    AwsArguments, ComposeArguments, InputArguments, PolicyArguments, ProjectArguments, ReportFormat,
};

/// Which branches.
#[derive(Clone, Debug, Args)]
pub(crate) struct BranchesArguments {
    /// The git branch, repeatable [default: the project's environment without a branch]
    #[arg(short, long = "branch", value_name = "BRANCH", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) branches: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    #[command(flatten)]
    pub(crate) aws: AwsArguments,
    #[command(flatten)]
    pub(crate) policy: PolicyArguments,
    #[command(flatten)]
    pub(crate) images: ImageArguments,
    /// Exit with 0 when nothing would change, 2 when something would, 1 for anything else
    #[arg(long)]
    pub(crate) exit_code: bool,
    /// How to print the plan
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ImageArguments {
    /// Run this image in a service instead of what the files say, repeatable
    #[arg(long = "image", value_name = "SERVICE=REFERENCE", value_parser = image)]
    pub(crate) images: Vec<(String, String)>,
}

fn image(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((service, image)) if !service.is_empty() && !image.is_empty() => {
            Ok((service.to_owned(), image.to_owned()))
        }
        _ => Err("write SERVICE=REFERENCE, as in app=registry.example.com/app:1.2".to_owned()),
    }
}

#[derive(Debug, Args)]
pub(crate) struct RegisterArguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    #[command(flatten)]
    pub(crate) aws: AwsArguments,
    #[command(flatten)]
    pub(crate) policy: PolicyArguments,
    #[command(flatten)]
    pub(crate) images: ImageArguments,
    /// Show what would be registered and register nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How to print the ARNs
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,
}

#[derive(Debug, Args)]
pub(crate) struct UpArguments {
    #[command(flatten)]
    pub(crate) branches: BranchesArguments,
    #[command(flatten)]
    pub(crate) inputs: InputArguments,
    #[command(flatten)]
    pub(crate) aws: AwsArguments,
    #[command(flatten)]
    pub(crate) policy: PolicyArguments,
    #[command(flatten)]
    pub(crate) images: ImageArguments,
    /// Show the plan and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask before something is deleted
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Do not wait until it runs
    #[arg(short, long)]
    pub(crate) detach: bool,
    /// How long to wait until it runs, such as 90s or 10m; tasks that come one after another have it each
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration)]
    pub(crate) timeout: std::time::Duration,
    /// When `ls` shows the environment as expired, such as 12h or 7d
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) expires: Option<std::time::Duration>,
    /// How to print the outcome
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,
}

/// `90s`, `10m`, `12h`, `7d`, `1h 30m`. A day has 24 hours.
fn duration(text: &str) -> Result<std::time::Duration, String> {
    let explain = || format!("`{text}` is no time; write 90s, 10m, 12h or 7d");
    let span: jiff::Span = text.parse().map_err(|_| explain())?;
    let seconds = span.total((jiff::Unit::Second, jiff::SpanRelativeTo::days_are_24_hours()));
    let seconds = seconds.map_err(|_| explain())?;
    std::time::Duration::try_from_secs_f64(seconds).map_err(|_| explain())
}

#[derive(Debug, Args)]
pub(crate) struct DownArguments {
    #[command(flatten)]
    pub(crate) branches: BranchesArguments,
    #[command(flatten)]
    pub(crate) inputs: InputArguments,
    #[command(flatten)]
    pub(crate) aws: AwsArguments,
    /// Show the plan and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// How long to wait until everything is gone, such as 90s or 10m
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = duration)]
    pub(crate) timeout: std::time::Duration,
    /// How to print the outcome
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,
}

#[derive(Debug, Args)]
pub(crate) struct LsArguments {
    #[command(flatten)]
    pub(crate) compose: ComposeArguments,
    #[command(flatten)]
    pub(crate) aws: AwsArguments,
    /// Overlay file, repeatable [default: compose2ecs.yml or .yaml beside the Compose file]
    #[arg(long = "overlay", value_name = "FILE")]
    pub(crate) overlays: Vec<PathBuf>,
    /// List the environments of all projects; needs no Compose file
    #[arg(long)]
    pub(crate) all_projects: bool,
    /// How to print the environments
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,
}

#[derive(Debug, Args)]
pub(crate) struct PsArguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    #[command(flatten)]
    pub(crate) aws: AwsArguments,
    /// How to print the tasks
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,
}

#[derive(Debug, Args)]
pub(crate) struct RollbackArguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    #[command(flatten)]
    pub(crate) aws: AwsArguments,
    /// The number of the revision [default: the newest that ran well before]
    #[arg(long, value_name = "REVISION")]
    pub(crate) to: Option<u32>,
    /// Keep the revision that is left registered
    #[arg(long)]
    pub(crate) keep_revision: bool,
    /// Show the plan and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How long to wait until it runs, such as 90s or 10m
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration)]
    pub(crate) timeout: std::time::Duration,
    /// How to print the outcome
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,
}
