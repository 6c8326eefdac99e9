//! What an environment runs in on AWS and a Compose file cannot say, as far as somebody knows it: plain data.

/// Names, ids and ARNs of what is there already. What is not known is `None` or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Such as `eu-west-1`.
    pub region: Option<String>,
    /// Twelve digits.
    pub account: Option<String>,
    /// The cluster by name or ARN.
    pub cluster: Option<String>,
    /// The role that pulls images, reads secrets and writes logs, by name or ARN.
    pub execution_role: Option<String>,
    /// The role of the containers themselves, by name or ARN.
    pub task_role: Option<String>,
    /// By id or name.
    pub subnets: Vec<String>,
    /// By id or name.
    pub security_groups: Vec<String>,
    /// Whether tasks have addresses that the internet reaches.
    pub public_ip: Option<bool>,
    /// `arm64` or `x86_64`.
    pub architecture: Option<String>,
    /// CPU units of a task.
    pub cpu: Option<u32>,
    /// MiB of a task.
    pub memory: Option<u32>,
    /// Whether tasks run on Fargate Spot.
    pub spot: bool,
    /// Whether ECS Exec opens a shell in containers.
    pub exec: bool,
    /// The log group of the containers.
    pub log_group: Option<String>,
    /// The ARN of a listener, or the name or ARN of a load balancer.
    pub listener: Option<String>,
    /// The container that the load balancer sends requests to, and its port.
    pub target: Option<(String, u16)>,
    /// The host name that leads to the service that is there.
    pub host: Option<String>,
    /// The path of the health check of its target group, and the status codes that count as healthy.
    pub health_check: Option<(String, String)>,
    /// The hosted zone by name or id.
    pub zone: Option<String>,
}

impl Surroundings {
    /// What is known here, and where nothing is what the other knows.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let list =
            |own: Vec<String>, others: Vec<String>| if own.is_empty() { others } else { own };
        Self {
            region: self.region.or(other.region),
            account: self.account.or(other.account),
            cluster: self.cluster.or(other.cluster),
            execution_role: self.execution_role.or(other.execution_role),
            task_role: self.task_role.or(other.task_role),
            subnets: list(self.subnets, other.subnets),
            security_groups: list(self.security_groups, other.security_groups),
            public_ip: self.public_ip.or(other.public_ip),
            architecture: self.architecture.or(other.architecture),
            cpu: self.cpu.or(other.cpu),
            memory: self.memory.or(other.memory),
            spot: self.spot || other.spot,
            exec: self.exec || other.exec,
            log_group: self.log_group.or(other.log_group),
            listener: self.listener.or(other.listener),
            target: self.target.or(other.target),
            host: self.host.or(other.host),
            health_check: self.health_check.or(other.health_check),
            zone: self.zone.or(other.zone),
        }
    }
}
