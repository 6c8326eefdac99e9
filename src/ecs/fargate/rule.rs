//! A rule of Fargate into its stable name and its weight.

/// Whether ECS refuses the definition, or takes it and does something the author may not expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Registering or starting the task fails.
    Error,
    /// The task starts, but a setting is without effect or likely to fail later.
    Warning,
}

/// The rules from one table, so that a rule without a name cannot be written.
macro_rules! rules {
    ($($(#[$doc:meta])+ $rule:ident $name:literal,)+) => {
        /// A rule that [`check`](super::check) knows. The headings in brackets are those of ecs-rules.md.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule {
            $($(#[$doc])+ $rule,)+
        }

        impl Rule {
            /// Every rule, in the order of the definition.
            pub const ALL: &[Self] = &[$(Self::$rule,)+];

            /// The rule's stable name, for messages and tests.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$rule => $name,)+
                }
            }
        }
    };
}

rules! {
    /// The definition is at most 65536 bytes of JSON (Task size).
    DefinitionSize "definition-size",
    /// The family is 1 to 255 of `[A-Za-z0-9_-]` (Names and images).
    FamilyName "family-name",
    /// A file system with IAM authorization needs a task role (Volumes).
    TaskRole "task-role",
    /// Images of ECR, secrets and logs need an execution role (Roles, secrets, environment).
    ExecutionRole "execution-role",
    /// The network mode is `awsvpc` (Network).
    NetworkMode "network-mode",
    /// A task has 1 to 10 containers (Task size).
    ContainerCount "container-count",
    /// A container's name is 1 to 255 of `[A-Za-z0-9_-]` (Names and images).
    ContainerName "container-name",
    /// Container names are unique in the definition (Names and images).
    DuplicateContainer "duplicate-container",
    /// An image has at most 255 of `[A-Za-z0-9-_:./#]` before its sha256 digest (Names and images).
    Image "image",
    /// A container has no CPU units, or some (Task size).
    ContainerCpu "container-cpu",
    /// The CPU units of the containers fit in the task's (Task size).
    CpuSum "cpu-sum",
    /// A container's memory is 6 MiB or more, holds its reservation and fits in the task's (Task
    /// size).
    ContainerMemory "container-memory",
    /// The memory reserved by all containers fits in the task's (Task size).
    MemorySum "memory-sum",
    /// A port mapping has one port of 1 to 65535 (Network).
    PortNumber "port-number",
    /// The host port is the container port (Network).
    HostPort "host-port",
    /// A range of ports is `first-last`, without a single port, at most 100 a container (Network).
    PortRange "port-range",
    /// No two mappings of the task share a port of one protocol (Network).
    PortConflict "port-conflict",
    /// No port occurs in two mappings of a container, even of two protocols (Network).
    PortRepeated "port-repeated",
    /// A port's name is 1 to 64 of `[a-z0-9_-]`, not starting with `-`, and unique (Names and
    /// images).
    PortName "port-name",
    /// A task has an essential container (Ordering and health).
    EssentialContainer "essential-container",
    /// A restart policy has at most 50 exit codes and a period of 60 to 1800 s (Ordering and
    /// health).
    RestartPolicy "restart-policy",
    /// An environment variable is set once in a container (Roles, secrets, environment).
    DuplicateEnvironment "duplicate-environment",
    /// Environment files are at most 10 objects of S3 ending in `.env` (Roles, secrets,
    /// environment).
    EnvironmentFile "environment-file",
    /// A mount point names a volume of the definition (Volumes).
    UnknownVolume "unknown-volume",
    /// A mount point has a path in the container (Volumes).
    MountPath "mount-path",
    /// Two mount points of a container have two paths (Volumes).
    DuplicateMountPath "duplicate-mount-path",
    /// Whatever names a container names one of the definition (Ordering and health).
    UnknownContainer "unknown-container",
    /// `SYS_PTRACE` is the only capability that can be added (Not on Fargate).
    Capability "capability",
    /// A tmpfs has an absolute path and a size (Not on Fargate).
    Tmpfs "tmpfs",
    /// A secret refers to Secrets Manager or SSM in a form ECS reads (Roles, secrets, environment).
    SecretReference "secret-reference",
    /// Secret names are unique in a container (Roles, secrets, environment).
    DuplicateSecret "duplicate-secret",
    /// No environment variable has the name of a secret (Roles, secrets, environment).
    SecretInEnvironment "secret-in-environment",
    /// Containers do not wait for each other in a circle (Ordering and health).
    DependencyCycle "dependency-cycle",
    /// What is awaited with `COMPLETE` or `SUCCESS` is not essential (Ordering and health).
    DependencyEssential "dependency-essential",
    /// What is awaited with `HEALTHY` has a health check in the definition (Ordering and health).
    DependencyHealthCheck "dependency-health-check",
    /// The start timeout is 2 to 120 s (Ordering and health).
    StartTimeout "start-timeout",
    /// The stop timeout is 2 to 120 s (Ordering and health).
    StopTimeout "stop-timeout",
    /// A user is a name or number, with or without a group (Not on Fargate).
    User "user",
    /// A limit is set once, its soft value not above its hard value (Not on Fargate).
    Ulimit "ulimit",
    /// `nofile` is the only limit Fargate sets (Not on Fargate).
    UlimitIgnored "ulimit-ignored",
    /// The log driver is `awslogs`, `splunk` or `awsfirelens` (Logs).
    LogDriver "log-driver",
    /// A log driver has the options it cannot do without (Logs).
    LogOptions "log-options",
    /// Logging with `awsfirelens` needs a log router in the task (Logs).
    FirelensRouter "firelens-router",
    /// A log router on Fargate reads its configuration from a file of its image (Logs).
    FirelensConfiguration "firelens-configuration",
    /// A health check starts with `CMD` or `CMD-SHELL` and keeps to ECS's ranges (Ordering and
    /// health).
    HealthCheck "health-check",
    /// A kernel parameter is of the network or of the IPC list (Not on Fargate).
    SystemControl "system-control",
    /// The field has no meaning on Fargate (Not on Fargate, Network, Volumes).
    Unsupported "unsupported",
    /// The value is not one of those the API lists.
    UnknownValue "unknown-value",
    /// A volume's name is 1 to 255 of `[A-Za-z0-9_-]` (Names and images).
    VolumeName "volume-name",
    /// Volume names are unique in the definition (Volumes).
    DuplicateVolume "duplicate-volume",
    /// A volume is of exactly one kind (Volumes).
    VolumeKind "volume-kind",
    /// A volume on a file system says which, and by which port of 1 to 65535 (Volumes).
    FileSystem "file-system",
    /// IAM authorization and access points need encryption in transit (Volumes).
    TransitEncryption "transit-encryption",
    /// With an access point the root directory is absent or `/` (Volumes).
    RootDirectory "root-directory",
    /// At most one volume is configured at launch (Volumes).
    LaunchVolumes "launch-volumes",
    /// A definition for Fargate says so, or ECS does not check it as one (Task size).
    Compatibility "compatibility",
    /// CPU and memory are one of the sizes of Fargate (Task size).
    TaskSize "task-size",
    /// At most 50 tags, unique keys of 1 to 128 characters without `aws:`, values up to 256 (Task
    /// size).
    Tag "tag",
    /// Ephemeral storage is 21 to 200 GiB (Task size).
    EphemeralStorage "ephemeral-storage",
    /// A task is attached to at most 16 subnets (`RunTask`).
    SubnetCount "subnet-count",
    /// A task has at most 5 security groups (`RunTask`).
    SecurityGroupCount "security-group-count",
    /// A target group leads to a container of the definition (`CreateService`).
    TargetContainer "target-container",
    /// A target group leads to a port of the container's mappings (`CreateService`).
    TargetPort "target-port",
    /// A volume that is configured at launch has a configuration at launch (Volumes).
    LaunchConfiguration "launch-configuration",
}

impl Rule {
    /// How heavy a breach of the rule is.
    pub const fn severity(self) -> Severity {
        match self {
            Self::TaskRole
            | Self::MemorySum
            | Self::PortRepeated
            | Self::DuplicateEnvironment
            | Self::DuplicateMountPath
            | Self::UlimitIgnored
            | Self::LaunchConfiguration
            | Self::Compatibility => Severity::Warning,
            _ => Severity::Error,
        }
    }
}
