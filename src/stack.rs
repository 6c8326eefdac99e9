//! All that one environment consists of on AWS, as plain data.

mod services;

use std::fmt;

use serde::{Serialize, Serializer};

use crate::ecs::{ServiceConnectConfiguration, TaskDefinition};
use crate::environment::Environment;

pub use services::Resources;

/// What the names of variables begin with that bring the content of files.
pub const FILE_VARIABLE: &str = "COMPOSE2ECS_FILE_";

/// One environment: what `render` prints and a deployment brings about. Serialised it says everything but the definitions,
/// of which it names the families.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stack {
    /// Whose names everything carries.
    pub environment: Environment,
    /// The commit that is deployed, when the caller says.
    pub commit: Option<String>,
    /// The cluster, by name or ARN; `None` is the account's default.
    pub cluster: Option<String>,
    /// The region that the overlay or the facts name.
    pub region: Option<String>,
    /// The account that the overlay or the facts name, twelve digits: credentials of another one are refused.
    pub account: Option<String>,
    /// The tasks, in the order of the overlay's `tasks`; one when there are none.
    pub tasks: Vec<Task>,
    /// Where tasks find the names of each other; `None` when none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<Namespace>,
    /// Where all tasks are attached.
    pub network: Network,
    /// Where all containers log to; `None` when none of them logs there.
    pub log_group: Option<LogGroup>,
    /// The ways in from outside, in the order of the overlay.
    pub ingress: Vec<Ingress>,
    /// The hosted zone that gets a record for each host of `ingress`.
    pub dns: Option<Dns>,
    /// Which images of which repositories are kept.
    pub repositories: Vec<Repository>,
    /// What no output may show of the definitions.
    #[serde(skip)]
    pub secrets: Secrets,
}

/// The values of the author's variables that hold secrets: known to whoever shows a definition, and never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets(Vec<String>);

impl Secrets {
    pub(crate) fn new(values: Vec<String>) -> Self {
        Self(values)
    }

    #[cfg(feature = "deploy")]
    pub(crate) fn values(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} secrets", self.0.len())
    }
}

impl Stack {
    /// The definitions of all tasks.
    pub fn task_definitions(&self) -> impl Iterator<Item = &TaskDefinition> {
        self.tasks.iter().map(|it| &it.definition)
    }

    /// Where the environment is reached: the first way in that has a host.
    pub fn url(&self) -> Option<String> {
        self.ingress.iter().find_map(|it| {
            let host = it.host.as_deref().filter(|it| !it.contains(['*', '?']))?;
            let path = it.path.as_deref().unwrap_or("/").trim_end_matches('*');
            let port = if it.listeners.is_empty() && it.port != 80 {
                format!(":{}", it.port)
            } else {
                String::new()
            };
            let scheme = if it.is_encrypted { "https" } else { "http" };
            Some(format!("{scheme}://{host}{port}{path}"))
        })
    }
}

/// One task and how it runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Task {
    /// The name in the overlay; `None` when the project is one task.
    pub name: Option<String>,
    /// What is registered.
    #[serde(rename = "family", serialize_with = "family")]
    pub definition: TaskDefinition,
    /// How many copies run; `None` begins with one, and a service that somebody scaled stays as it is.
    pub count: Option<u32>,
    /// Whether it runs on Fargate Spot.
    pub spot: bool,
    /// Whether ECS Exec opens a shell in its containers.
    pub exec: bool,
    /// What keeps it running.
    pub shape: Shape,
    /// What its service offers to the others and finds of them; `None` when no name of another task is used or offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect: Option<ServiceConnectConfiguration>,
    /// The tasks whose names it uses, by their places in [`Stack::tasks`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<usize>,
    /// The tasks that are brought up before this one, by their places in [`Stack::tasks`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<usize>,
    /// Those of them that have to run by then; of the others only the names have to be there, which are once they are begun.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waits: Vec<usize>,
}

fn family<S: Serializer>(definition: &TaskDefinition, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&definition.family)
}

/// What keeps a task running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// An ECS service: replaces tasks that end, rolls out with a circuit breaker.
    Service,
    /// Nothing: the task alone, reached at its own address. It has a way in without a listener.
    Task,
}

/// The network of tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Network {
    /// Subnets, at most 16.
    pub subnets: Vec<Reference>,
    /// Security groups, at most 5.
    pub security_groups: Vec<Reference>,
    /// Whether a task gets a public address.
    pub public_ip: bool,
}

/// How the overlay says which existing resource it means.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// Its identifier, such as `subnet-0a1b2c3d`.
    Id(String),
    /// Its name: the group name of a security group, else the tag `Name`.
    Name(String),
    /// A tag; all resources that carry it are meant.
    Tag {
        /// The key.
        key: String,
        /// The value.
        value: String,
    },
}

impl Reference {
    /// Reads `subnet-0a1b2c3d` (when `prefix` is `subnet-`), `tag:Tier=public` or a name.
    pub fn parse(text: &str, prefix: &str) -> Self {
        let is_id = |it: &str| it.len() >= 8 && it.bytes().all(|it| it.is_ascii_hexdigit());
        let tag = text.strip_prefix("tag:").and_then(|it| it.split_once('='));
        match (text.strip_prefix(prefix), tag) {
            (Some(id), _) if is_id(id) => Self::Id(text.to_owned()),
            (_, Some((key, value))) => Self::Tag { key: key.to_owned(), value: value.to_owned() },
            _ => Self::Name(text.to_owned()),
        }
    }
}

/// A log group of `CloudWatch`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogGroup {
    /// Its name.
    pub name: String,
    /// After how many days events go; `None` keeps them.
    pub retention_days: Option<u32>,
    /// Whether environments share it: it is made when it is missing and stays when the environment goes.
    pub is_shared: bool,
}

/// A Cloud Map namespace, in which Service Connect finds names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Namespace {
    /// Its name; the ARN of one that the overlay names so.
    pub name: String,
    /// Whether the environment makes it; one that the overlay names is there already and stays.
    pub is_own: bool,
}

/// A way in from outside: what a listener rule sends to which container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ingress {
    /// The task, by its place in [`Stack::tasks`].
    pub task: usize,
    /// The container that answers.
    pub container: String,
    /// The port it answers on.
    pub port: u16,
    /// The name of the target group.
    pub target_group: String,
    /// Listeners that are filled in turn; empty is the bare address of the task.
    pub listeners: Vec<Listener>,
    /// Whether the overlay says that the listener speaks HTTPS (its port is 443); the listener itself has the last word.
    pub is_encrypted: bool,
    /// The host name that is asked for.
    pub host: Option<String>,
    /// The path pattern that is asked for.
    pub path: Option<String>,
    /// What says whether the container works.
    pub health_check: HealthCheck,
    /// Who has to log in first.
    pub authenticate: Option<Authentication>,
}

/// A listener of a load balancer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Listener {
    /// By its ARN.
    Arn(String),
    /// By its load balancer.
    Of {
        /// Name or ARN of the load balancer.
        load_balancer: String,
        /// The port of the listener; `None` is 443 when there is one, else 80.
        port: Option<u16>,
    },
}

impl fmt::Display for Listener {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arn(arn) => formatter.write_str(arn),
            Self::Of { load_balancer, port: Some(port) } => {
                write!(formatter, "{load_balancer}:{port}")
            }
            Self::Of { load_balancer, port: None } => formatter.write_str(load_balancer),
        }
    }
}

/// The health check of a target group; `None` leaves the default of Elastic Load Balancing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HealthCheck {
    /// The path that is asked for.
    pub path: Option<String>,
    /// The status codes of health, such as `200-399`.
    pub matcher: Option<String>,
    /// Seconds between two checks.
    pub interval: Option<u32>,
    /// Seconds for which ECS ignores failing checks after a task has started.
    pub grace_period: Option<u32>,
}

/// The login in front of a container, done by the load balancer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Authentication {
    /// By a Cognito user pool.
    Cognito {
        /// ARN of the pool.
        user_pool_arn: String,
        /// The client of the pool.
        client_id: String,
        /// The domain of the pool, or its prefix.
        domain: String,
    },
    /// By an `OpenID` Connect provider.
    Oidc {
        /// The issuer.
        issuer: String,
        /// Where users are sent.
        authorization_endpoint: String,
        /// Where codes become tokens.
        token_endpoint: String,
        /// Where tokens become users.
        user_info_endpoint: String,
        /// The client.
        client_id: String,
        /// ARN of the secret or parameter that holds the client's secret, as in a container's `valueFrom`.
        client_secret: String,
    },
}

/// A hosted zone and how records are made in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dns {
    /// Name or id of the zone.
    pub zone: String,
    /// Given: a weighted CNAME of this weight (0 to 255) instead of an alias.
    pub weight: Option<u8>,
}

/// Which images of a repository are kept: of those whose tag begins with `tag_prefix`, the newest `keep`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Repository {
    /// Its name.
    pub name: String,
    /// How the tags begin.
    pub tag_prefix: String,
    /// How many images stay.
    pub keep: u32,
}
