//! A rule of Fargate into its stable name and its weight.

/// Whether ECS refuses the definition, or takes it and does something the author may not expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Registering or starting the task fails.
    Error,
    /// The task starts, but a setting is without effect or likely to fail later.
    Warning,
}

/// A rule that [`check`](super::check) knows. The headings in brackets are those of ecs-rules.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// The definition is at most 65536 bytes of JSON (Task size).
    DefinitionSize,
    /// The family is 1 to 255 of `[A-Za-z0-9_-]` (Names and images).
    FamilyName,
    /// A file system with IAM authorization needs a task role (Volumes).
    TaskRole,
    /// Images of ECR, secrets and logs need an execution role (Roles, secrets, environment).
    ExecutionRole,
    /// The network mode is `awsvpc` (Network).
    NetworkMode,
    /// A task has 1 to 10 containers (Task size).
    ContainerCount,
    /// A container's name is 1 to 255 of `[A-Za-z0-9_-]` (Names and images).
    ContainerName,
    /// Container names are unique in the definition (Names and images).
    DuplicateContainer,
    /// An image has at most 255 of `[A-Za-z0-9-_:./#]` before its sha256 digest (Names and images).
    Image,
    /// The CPU units of the containers fit in the task's (Task size).
    CpuSum,
    /// A container's memory is 6 MiB or more, holds its reservation and fits in the task's (Task
    /// size).
    ContainerMemory,
    /// The memory reserved by all containers fits in the task's (Task size).
    MemorySum,
    /// A port mapping has one port of 1 to 65535 (Network).
    PortNumber,
    /// The host port is the container port (Network).
    HostPort,
    /// A range of ports is `first-last`, without a single port, at most 100 a container (Network).
    PortRange,
    /// No two mappings of the task share a port of one protocol (Network).
    PortConflict,
    /// No port occurs in two mappings of a container, even of two protocols (Network).
    PortRepeated,
    /// A port's name is 1 to 64 of `[a-z0-9_-]`, not starting with `-`, and unique (Names and
    /// images).
    PortName,
    /// A task has an essential container (Ordering and health).
    EssentialContainer,
    /// A restart policy has at most 50 exit codes and a period of 60 to 1800 s (Ordering and
    /// health).
    RestartPolicy,
    /// An environment variable is set once in a container (Roles, secrets, environment).
    DuplicateEnvironment,
    /// Environment files are at most 10 objects of S3 ending in `.env` (Roles, secrets,
    /// environment).
    EnvironmentFile,
    /// A mount point names a volume of the definition (Volumes).
    UnknownVolume,
    /// A mount point has a path in the container (Volumes).
    MountPath,
    /// Two mount points of a container have two paths (Volumes).
    DuplicateMountPath,
    /// Whatever names a container names one of the definition (Ordering and health).
    UnknownContainer,
    /// `SYS_PTRACE` is the only capability that can be added (Not on Fargate).
    Capability,
    /// A tmpfs has an absolute path and a size (Not on Fargate).
    Tmpfs,
    /// A secret refers to Secrets Manager or SSM in a form ECS reads (Roles, secrets, environment).
    SecretReference,
    /// Secret names are unique in a container (Roles, secrets, environment).
    DuplicateSecret,
    /// No environment variable has the name of a secret (Roles, secrets, environment).
    SecretInEnvironment,
    /// Containers do not wait for each other in a circle (Ordering and health).
    DependencyCycle,
    /// What is awaited with `COMPLETE` or `SUCCESS` is not essential (Ordering and health).
    DependencyEssential,
    /// What is awaited with `HEALTHY` has a health check in the definition (Ordering and health).
    DependencyHealthCheck,
    /// The start timeout is 2 to 120 s (Ordering and health).
    StartTimeout,
    /// The stop timeout is 2 to 120 s (Ordering and health).
    StopTimeout,
    /// A user is a name or number, with or without a group (Not on Fargate).
    User,
    /// A limit is set once, its soft value not above its hard value (Not on Fargate).
    Ulimit,
    /// `nofile` is the only limit Fargate sets (Not on Fargate).
    UlimitIgnored,
    /// The log driver is `awslogs`, `splunk` or `awsfirelens` (Logs).
    LogDriver,
    /// A log driver has the options it cannot do without (Logs).
    LogOptions,
    /// Logging with `awsfirelens` needs a log router in the task (Logs).
    FirelensRouter,
    /// A log router on Fargate reads its configuration from a file of its image (Logs).
    FirelensConfiguration,
    /// A health check starts with `CMD` or `CMD-SHELL` and keeps to ECS's ranges (Ordering and
    /// health).
    HealthCheck,
    /// A kernel parameter is of the network or of the IPC list (Not on Fargate).
    SystemControl,
    /// The field has no meaning on Fargate (Not on Fargate, Network, Volumes).
    Unsupported,
    /// The value is not one of those the API lists.
    UnknownValue,
    /// A volume's name is 1 to 255 of `[A-Za-z0-9_-]` (Names and images).
    VolumeName,
    /// Volume names are unique in the definition (Volumes).
    DuplicateVolume,
    /// A volume is of exactly one kind (Volumes).
    VolumeKind,
    /// A volume on a file system says which, and by which port of 1 to 65535 (Volumes).
    FileSystem,
    /// IAM authorization and access points need encryption in transit (Volumes).
    TransitEncryption,
    /// With an access point the root directory is absent or `/` (Volumes).
    RootDirectory,
    /// At most one volume is configured at launch (Volumes).
    LaunchVolumes,
    /// A definition for Fargate says so, or ECS does not check it as one (Task size).
    Compatibility,
    /// CPU and memory are one of the sizes of Fargate (Task size).
    TaskSize,
    /// At most 50 tags, unique keys of 1 to 128 characters without `aws:`, values up to 256 (Task
    /// size).
    Tag,
    /// Ephemeral storage is 21 to 200 GiB (Task size).
    EphemeralStorage,
}

impl Rule {
    /// Every rule, in the order of the definition.
    pub const ALL: [Self; 58] = [
        Self::DefinitionSize,
        Self::FamilyName,
        Self::TaskRole,
        Self::ExecutionRole,
        Self::NetworkMode,
        Self::ContainerCount,
        Self::ContainerName,
        Self::DuplicateContainer,
        Self::Image,
        Self::CpuSum,
        Self::ContainerMemory,
        Self::MemorySum,
        Self::PortNumber,
        Self::HostPort,
        Self::PortRange,
        Self::PortConflict,
        Self::PortRepeated,
        Self::PortName,
        Self::EssentialContainer,
        Self::RestartPolicy,
        Self::DuplicateEnvironment,
        Self::EnvironmentFile,
        Self::UnknownVolume,
        Self::MountPath,
        Self::DuplicateMountPath,
        Self::UnknownContainer,
        Self::Capability,
        Self::Tmpfs,
        Self::SecretReference,
        Self::DuplicateSecret,
        Self::SecretInEnvironment,
        Self::DependencyCycle,
        Self::DependencyEssential,
        Self::DependencyHealthCheck,
        Self::StartTimeout,
        Self::StopTimeout,
        Self::User,
        Self::Ulimit,
        Self::UlimitIgnored,
        Self::LogDriver,
        Self::LogOptions,
        Self::FirelensRouter,
        Self::FirelensConfiguration,
        Self::HealthCheck,
        Self::SystemControl,
        Self::Unsupported,
        Self::UnknownValue,
        Self::VolumeName,
        Self::DuplicateVolume,
        Self::VolumeKind,
        Self::FileSystem,
        Self::TransitEncryption,
        Self::RootDirectory,
        Self::LaunchVolumes,
        Self::Compatibility,
        Self::TaskSize,
        Self::Tag,
        Self::EphemeralStorage,
    ];

    /// The rule's stable name, for messages, suppressions and tests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DefinitionSize => "definition-size",
            Self::FamilyName => "family-name",
            Self::TaskRole => "task-role",
            Self::ExecutionRole => "execution-role",
            Self::NetworkMode => "network-mode",
            Self::ContainerCount => "container-count",
            Self::ContainerName => "container-name",
            Self::DuplicateContainer => "duplicate-container",
            Self::Image => "image",
            Self::CpuSum => "cpu-sum",
            Self::ContainerMemory => "container-memory",
            Self::MemorySum => "memory-sum",
            Self::PortNumber => "port-number",
            Self::HostPort => "host-port",
            Self::PortRange => "port-range",
            Self::PortConflict => "port-conflict",
            Self::PortRepeated => "port-repeated",
            Self::PortName => "port-name",
            Self::EssentialContainer => "essential-container",
            Self::RestartPolicy => "restart-policy",
            Self::DuplicateEnvironment => "duplicate-environment",
            Self::EnvironmentFile => "environment-file",
            Self::UnknownVolume => "unknown-volume",
            Self::MountPath => "mount-path",
            Self::DuplicateMountPath => "duplicate-mount-path",
            Self::UnknownContainer => "unknown-container",
            Self::Capability => "capability",
            Self::Tmpfs => "tmpfs",
            Self::SecretReference => "secret-reference",
            Self::DuplicateSecret => "duplicate-secret",
            Self::SecretInEnvironment => "secret-in-environment",
            Self::DependencyCycle => "dependency-cycle",
            Self::DependencyEssential => "dependency-essential",
            Self::DependencyHealthCheck => "dependency-health-check",
            Self::StartTimeout => "start-timeout",
            Self::StopTimeout => "stop-timeout",
            Self::User => "user",
            Self::Ulimit => "ulimit",
            Self::UlimitIgnored => "ulimit-ignored",
            Self::LogDriver => "log-driver",
            Self::LogOptions => "log-options",
            Self::FirelensRouter => "firelens-router",
            Self::FirelensConfiguration => "firelens-configuration",
            Self::HealthCheck => "health-check",
            Self::SystemControl => "system-control",
            Self::Unsupported => "unsupported",
            Self::UnknownValue => "unknown-value",
            Self::VolumeName => "volume-name",
            Self::DuplicateVolume => "duplicate-volume",
            Self::VolumeKind => "volume-kind",
            Self::FileSystem => "file-system",
            Self::TransitEncryption => "transit-encryption",
            Self::RootDirectory => "root-directory",
            Self::LaunchVolumes => "launch-volumes",
            Self::Compatibility => "compatibility",
            Self::TaskSize => "task-size",
            Self::Tag => "tag",
            Self::EphemeralStorage => "ephemeral-storage",
        }
    }

    /// How heavy a breach of the rule is.
    pub const fn severity(self) -> Severity {
        match self {
            Self::TaskRole
            | Self::MemorySum
            | Self::PortRepeated
            | Self::DuplicateEnvironment
            | Self::DuplicateMountPath
            | Self::UlimitIgnored
            | Self::Compatibility => Severity::Warning,
            _ => Severity::Error,
        }
    }
}
