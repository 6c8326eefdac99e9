//! What AWS holds of one environment and of what it shares, as plain data: the input of a plan.

mod namespace;

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::ecs::{ServiceConnectConfiguration, TaskDefinition};
pub use namespace::Namespace;

/// The tags of a resource, sorted by key.
pub type Tags = BTreeMap<String, String>;

/// Everything that was found. What an overlay names and AWS does not have is in `missing`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Observed {
    /// The account of the credentials.
    pub account: String,
    /// Sentences on what the overlay names and AWS does not have.
    pub missing: Vec<String>,
    /// The cluster.
    pub cluster: Option<Cluster>,
    /// Ids of the subnets.
    pub subnets: Vec<String>,
    /// Ids of the security groups.
    pub security_groups: Vec<String>,
    /// The listeners that the overlay names, by its words.
    pub listeners: IndexMap<String, Listener>,
    /// The hosted zone with the records of the environment's hosts.
    pub zone: Option<Zone>,
    /// The log group.
    pub log_group: Option<LogGroup>,
    /// The namespace of the stack, and those that the environment made.
    pub namespaces: Vec<Namespace>,
    /// Target groups by name.
    pub target_groups: IndexMap<String, TargetGroup>,
    /// The latest active revision of each family.
    pub revisions: IndexMap<String, Revision>,
    /// Services by name; those that are gone for good are left out.
    pub services: IndexMap<String, Service>,
    /// Services of the environment that the stack does not name, by name; their ARNs are among the strays.
    pub former_services: IndexMap<String, Service>,
    /// Tasks that the environment started itself and that run or are about to.
    pub tasks: Vec<Task>,
    /// Lifecycle policies of repositories; an empty text is none.
    pub lifecycle_policies: IndexMap<String, String>,
    /// ARNs of services, target groups and rules that carry the environment's tags and that the stack does not name.
    pub strays: Vec<String>,
    /// ARNs of all revisions, active or not, that carry the environment's tags. Looked for only to take it down.
    pub owned_revisions: Vec<String>,
}

/// A cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cluster {
    /// Its name.
    pub name: String,
    /// `FARGATE`, `FARGATE_SPOT` and others that it may use.
    pub capacity_providers: Vec<String>,
}

/// A listener of a load balancer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listener {
    /// Its ARN.
    pub arn: String,
    /// `HTTP` or `HTTPS`.
    pub protocol: String,
    /// Its port.
    pub port: u16,
    /// The DNS name of the load balancer.
    pub dns_name: String,
    /// The hosted zone of the load balancer itself, which an alias names.
    pub hosted_zone: String,
    /// The network that target groups must be in.
    pub vpc: String,
    /// Its rules without the default one, by rising priority.
    pub rules: Vec<Rule>,
}

/// A rule of a listener.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    /// Its ARN.
    pub arn: String,
    /// 1 to 50,000; the lowest that matches wins.
    pub priority: u32,
    /// Host patterns.
    pub hosts: Vec<String>,
    /// Path patterns.
    pub paths: Vec<String>,
    /// Whether it has conditions that compose2ecs does not make.
    pub has_others: bool,
    /// ARN of the target group that it forwards to, when it is one.
    pub target_group: Option<String>,
    /// The login in front, without its secret.
    pub authenticate: Option<BTreeMap<String, String>>,
    /// `None` when they were not asked for, because the rule has nothing to do with the environment.
    pub tags: Option<Tags>,
}

impl Rule {
    /// Whether it takes exactly the requests of a way in.
    pub(super) fn is_for(&self, host: Option<&String>, path: Option<&String>) -> bool {
        let alike = |wanted: Option<&String>, found: &[String]| match wanted {
            Some(wanted) => found.len() == 1 && found[0].eq_ignore_ascii_case(wanted),
            None => found.is_empty(),
        };
        // Hosts know no case, paths do.
        let same_path = path.is_none_or(|path| self.paths.first() == Some(path));
        !self.has_others && alike(host, &self.hosts) && alike(path, &self.paths) && same_path
    }

    /// `feature-login.example.com/api/*`.
    pub(super) fn words(&self) -> String {
        let hosts = if self.hosts.is_empty() { "*".to_owned() } else { self.hosts.join(",") };
        format!("{hosts}{}", self.paths.join(","))
    }
}

/// A hosted zone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Zone {
    /// Its id.
    pub id: String,
    /// Its name without the dot at the end.
    pub name: String,
    /// The records of the environment's hosts and of their owners.
    pub records: Vec<Record>,
}

/// A set of records of one name and type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Record {
    /// The name without the dot at the end, in lower case.
    pub name: String,
    /// `A`, `CNAME`, `TXT` …
    #[serde(rename = "type")]
    pub kind: String,
    /// Seconds for which an answer is kept; an alias has none.
    pub ttl: Option<i64>,
    /// The values.
    pub values: Vec<String>,
    /// Of an alias: the DNS name without the dot at the end, and its hosted zone.
    pub alias: Option<(String, String)>,
    /// What tells records of one name and type apart.
    pub set_identifier: Option<String>,
    /// The weight among them.
    pub weight: Option<i64>,
}

/// A log group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogGroup {
    /// Its name.
    pub name: String,
    /// Days; `None` is for ever.
    pub retention_days: Option<u32>,
    /// Its tags.
    pub tags: Tags,
}

/// A target group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TargetGroup {
    /// Its ARN.
    pub arn: String,
    /// The port that targets answer on unless they say otherwise.
    pub port: u16,
    /// Its network.
    pub vpc: String,
    /// What the health check asks for.
    pub health_check_path: String,
    /// The status codes of health.
    pub matcher: String,
    /// Seconds between two checks.
    pub interval: u32,
    /// Its tags.
    pub tags: Tags,
    /// The targets and what the health check says of them.
    pub targets: Vec<Target>,
}

/// A registered target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Target {
    /// Its address.
    pub id: String,
    /// `initial`, `healthy`, `unhealthy`, `draining` …
    pub state: String,
    /// Why, in the words of Elastic Load Balancing.
    pub description: String,
}

/// A revision of a task definition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Revision {
    /// Its ARN, which ends in `family:number`.
    pub arn: String,
    /// Whether it was deregistered: nothing new may run it.
    pub is_inactive: bool,
    /// What it says, with its tags.
    pub definition: TaskDefinition,
}

/// A service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Service {
    /// Its ARN.
    pub arn: String,
    /// `ACTIVE` or `DRAINING`.
    pub status: String,
    /// ARN of the revision that it is to run.
    pub task_definition: String,
    /// How many tasks are wanted.
    pub desired: i32,
    /// How many run.
    pub running: i32,
    /// How many are about to.
    pub pending: i32,
    /// Whether tasks run on Fargate Spot; `None` when the service does not say.
    pub spot: Option<bool>,
    /// Whether ECS Exec is on; `None` when the service does not say.
    pub exec: Option<bool>,
    /// Whether the circuit breaker rolls back; `None` when the service does not say.
    pub circuit_breaker: Option<bool>,
    /// Seconds for which failing health checks are ignored.
    pub grace_period: Option<u32>,
    /// Where tasks are attached.
    pub network: NetworkOf,
    /// The target groups that it fills.
    pub load_balancers: Vec<LoadBalancerOf>,
    /// What its tasks offer and find by Service Connect; ECS says nothing where it is off.
    pub connect: Option<ServiceConnectConfiguration>,
    /// Rollouts, the newest first.
    pub deployments: Vec<Deployment>,
    /// The newest first.
    pub events: Vec<Event>,
    /// Its tags.
    pub tags: Tags,
}

/// Where the tasks of a service are attached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NetworkOf {
    /// Ids, sorted.
    pub subnets: Vec<String>,
    /// Ids, sorted.
    pub security_groups: Vec<String>,
    /// Whether tasks get a public address.
    pub public_ip: bool,
}

/// A target group that a service fills.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LoadBalancerOf {
    /// ARN of the target group.
    pub target_group: String,
    /// The container that answers.
    pub container: String,
    /// Its port.
    pub port: u16,
}

/// One rollout of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Deployment {
    /// Its id.
    pub id: String,
    /// `PRIMARY`, `ACTIVE` or `INACTIVE`.
    pub status: String,
    /// ARN of the revision.
    pub task_definition: String,
    /// `IN_PROGRESS`, `COMPLETED` or `FAILED`; empty when the service does not say.
    pub rollout_state: String,
    /// Why.
    pub reason: String,
    /// How many tasks are wanted.
    pub desired: i32,
    /// How many run.
    pub running: i32,
    /// How many did not start or died.
    pub failed: i32,
}

impl Deployment {
    /// Whether ECS gave it up, or it is the way back from one that was given up.
    pub(super) fn has_failed(&self) -> bool {
        self.rollout_state == "FAILED" || self.is_way_back()
    }

    /// Whether ECS began it because another one failed.
    pub(super) fn is_way_back(&self) -> bool {
        self.reason.contains("rolling back") || self.reason.contains("rolled back")
    }
}

/// What a service says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Event {
    /// Its id.
    pub id: String,
    /// The sentence.
    pub message: String,
}

/// A task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Task {
    /// Its ARN.
    pub arn: String,
    /// ARN of its revision.
    pub task_definition: String,
    /// `PROVISIONING` … `RUNNING` … `STOPPED`.
    pub status: String,
    /// What it is meant to be: `RUNNING` or `STOPPED`.
    pub desired_status: String,
    /// `HEALTHY`, `UNHEALTHY` or `UNKNOWN`.
    pub health: String,
    /// Why it stopped.
    pub stopped_reason: String,
    /// `TaskFailedToStart`, `EssentialContainerExited`, `SpotInterruption` …
    pub stop_code: String,
    /// Seconds since 1970 at which it stopped.
    pub stopped_at: Option<i64>,
    /// Its private address.
    pub private_ip: Option<String>,
    /// Its public address, when tasks of the stack have one.
    pub public_ip: Option<String>,
    /// Its network interface.
    pub network_interface: Option<String>,
    /// Its containers.
    pub containers: Vec<Container>,
    /// Its tags.
    pub tags: Tags,
}

/// A container of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// `PENDING`, `RUNNING` or `STOPPED`.
    pub status: String,
    /// What it ended with.
    pub exit_code: Option<i32>,
    /// Why, such as `CannotPullContainerError: …`.
    pub reason: String,
}

/// The part behind the last `/` of an ARN: `family:number` of a revision, the id of a task.
pub(super) fn short_arn(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

impl Revision {
    /// The family, without number.
    pub fn family(&self) -> &str {
        family(&self.arn)
    }
}

/// The family of a revision's ARN.
pub(super) fn family(arn: &str) -> &str {
    let short = short_arn(arn);
    short.rsplit_once(':').map_or(short, |(family, _)| family)
}
