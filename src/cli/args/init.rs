//! The arguments of `init`.

use std::path::PathBuf;

use clap::Args;

use super::{ComposeArguments, OfflineArguments};

#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    #[command(flatten)]
    pub(crate) compose: ComposeArguments,
    #[command(flatten)]
    pub(crate) offline: OfflineArguments,
    #[command(flatten)]
    pub(crate) known: KnownArguments,
    /// Carry an `ecs-params.yml` of ecs-cli over
    #[arg(long, value_name = "FILE")]
    pub(crate) from_ecs_params: Option<PathBuf>,
    /// Read cluster, network, roles and load balancer from a service that runs in AWS
    #[arg(long, value_name = "ARN or CLUSTER/SERVICE")]
    pub(crate) from_service: Option<String>,
    /// AWS profile for `--from-service` [default: `AWS_PROFILE`]
    #[arg(long, value_name = "NAME", requires = "from_service")]
    pub(crate) aws_profile: Option<String>,
    /// Another endpoint for `--from-service` [default: `AWS_ENDPOINT_URL`]
    #[arg(long, value_name = "URL", requires = "from_service")]
    pub(crate) endpoint_url: Option<String>,
    /// Where to write; `-` prints [default: compose2ecs.yml beside the Compose file]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write over an overlay that is there
    #[arg(long)]
    pub(crate) force: bool,
}

/// What the user knows of AWS; the rest is made up and marked.
#[derive(Clone, Debug, Args)]
pub(crate) struct KnownArguments {
    /// Region [default: `AWS_REGION` or `AWS_DEFAULT_REGION`]
    #[arg(long, value_name = "REGION", value_parser = region)]
    pub(crate) region: Option<String>,
    /// Account, twelve digits
    #[arg(long, value_name = "ACCOUNT", value_parser = account)]
    pub(crate) account: Option<String>,
    /// ECS cluster, by name or ARN
    #[arg(long, value_name = "CLUSTER")]
    pub(crate) cluster: Option<String>,
    /// Subnets, by id or name
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    pub(crate) subnets: Vec<String>,
    /// Security groups, by id or name
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    pub(crate) security_groups: Vec<String>,
    /// Role that pulls images, reads secrets and writes logs
    #[arg(long, value_name = "ROLE")]
    pub(crate) execution_role: Option<String>,
    /// Role of the containers themselves
    #[arg(long, value_name = "ROLE")]
    pub(crate) task_role: Option<String>,
    /// Hosted zone; a branch is reached below it
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<String>,
    /// ARN of the listener that lets requests in
    #[arg(long, value_name = "ARN", conflicts_with = "load_balancer")]
    pub(crate) listener: Option<String>,
    /// Load balancer that lets requests in, by name or ARN
    #[arg(long, value_name = "NAME")]
    pub(crate) load_balancer: Option<String>,
    /// RDS instance or cluster in the place of a database, repeatable
    #[arg(long, value_name = "[SERVICE=]ID", value_parser = managed)]
    pub(crate) rds: Vec<(Option<String>, String)>,
    /// Cache of ElastiCache in the place of Redis, Valkey or Memcached, repeatable
    #[arg(long, value_name = "[SERVICE=]ID", value_parser = managed)]
    pub(crate) elasticache: Vec<(Option<String>, String)>,
}

fn account(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.bytes().all(|it| it.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err("an account is twelve digits".to_owned())
    }
}

/// The form of all regions: words, and a number behind the last, as in `us-gov-west-1`.
fn region(text: &str) -> Result<String, String> {
    let is_word = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_lowercase());
    let is_number = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    match text.rsplit_once('-') {
        Some((words, number))
            if words.contains('-') && words.split('-').all(is_word) && is_number(number) =>
        {
            Ok(text.to_owned())
        }
        _ => Err("a region is called like eu-west-1".to_owned()),
    }
}

fn managed(text: &str) -> Result<(Option<String>, String), String> {
    match text.split_once('=') {
        Some((service, id)) if !service.is_empty() && !id.is_empty() => {
            Ok((Some(service.to_owned()), id.to_owned()))
        }
        None if !text.is_empty() => Ok((None, text.to_owned())),
        _ => Err("write SERVICE=IDENTIFIER, as in mysql=staging-db".to_owned()),
    }
}
