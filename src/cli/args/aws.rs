//! Which AWS commands talk to, if any, and the commands about the one that is made up.

use clap::{Args, Subcommand};

/// What Docker Compose calls `--profile`, and what only commands that do not talk to AWS can call so too.
#[derive(Clone, Debug, Args)]
pub(crate) struct OfflineArguments {
    /// The same as `--compose-profile`; commands that talk to AWS take that of the AWS CLI under this name
    #[arg(long = "profile", id = "profile", value_name = "NAME")]
    pub(crate) profiles: Vec<String>,
}

/// Which AWS, as the AWS CLI takes it.
#[derive(Clone, Debug, Args)]
pub(crate) struct AwsArguments {
    /// Profile of the AWS CLI [default: `AWS_PROFILE`]; a profile of Compose is turned on with `--compose-profile`
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Region [default: the overlay's, else `AWS_REGION` or that of the profile]
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Another endpoint for all services [default: `AWS_ENDPOINT_URL`]
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// Rehearse on this machine: an AWS emulator with all that the overlay names; nobody's credentials are used
    #[arg(long, conflicts_with_all = ["profile", "endpoint_url"])]
    pub(crate) sandbox: bool,
}

/// Whether AWS is asked, and which. What the AWS CLI calls `--profile` is a profile of Compose here.
#[derive(Clone, Debug, Args)]
pub(crate) struct OnlineArguments {
    /// Look up in AWS what the overlay and `--facts` do not say
    #[arg(long)]
    online: bool,
    /// Region to look things up in [default: the overlay's, else `AWS_REGION` or that of `AWS_PROFILE`]
    #[arg(long, value_name = "REGION", requires = "online")]
    region: Option<String>,
    /// Another endpoint for all services [default: `AWS_ENDPOINT_URL`]
    #[arg(long, value_name = "URL", requires = "online")]
    endpoint_url: Option<String>,
    /// Look things up in an AWS emulator on this machine, which has all that the overlay names; as `--online`
    #[arg(long, conflicts_with = "endpoint_url")]
    sandbox: bool,
}

impl OnlineArguments {
    /// Whether anything is looked up.
    pub(crate) fn is_online(&self) -> bool {
        self.online || self.sandbox
    }

    /// As the commands that always talk to AWS take it.
    pub(crate) fn aws(&self) -> AwsArguments {
        AwsArguments {
            profile: None,
            region: self.region.clone(),
            endpoint_url: self.endpoint_url.clone(),
            sandbox: self.sandbox,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct SandboxArguments {
    #[command(subcommand)]
    pub(crate) command: SandboxCommand,
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// End the sandbox; what is in it is forgotten
    Stop,
    /// Say where the sandbox runs
    Status,
}
