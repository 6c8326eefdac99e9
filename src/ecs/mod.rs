//! ECS's own words: plain data that becomes the JSON of the API, what Fargate allows of it, and what ECS adds to it.

pub mod fargate;

mod container_definition;
mod linux_parameters;
mod normal;
mod schema;
mod service_connect;
mod service_definition;
mod task_definition;
mod volume;

pub use container_definition::{
    ContainerDefinition, ContainerDependency, EnvironmentFile, FirelensConfiguration, HealthCheck,
    HostEntry, KeyValuePair, LogConfiguration, MountPoint, NvidiaMpsAllocation, PortMapping,
    RepositoryCredentials, ResourceRequirement, RestartPolicy, Secret, SharingStrategy,
    SystemControl, Ulimit, VolumeFrom,
};
pub use linux_parameters::{Device, KernelCapabilities, LinuxParameters, Tmpfs};
pub use normal::normal;
pub use schema::schema_of;
pub use service_connect::{
    ServiceConnectClientAlias, ServiceConnectConfiguration, ServiceConnectService,
};
pub use service_definition::{
    AwsVpcConfiguration, CapacityProviderStrategyItem, DeploymentCircuitBreaker,
    DeploymentConfiguration, LoadBalancer, NetworkConfiguration, ServiceDefinition,
};
#[cfg(all(test, feature = "deploy"))]
pub(crate) use task_definition::tests::EVERY_MEMBER;
pub use task_definition::{
    EphemeralStorage, InferenceAccelerator, PlacementConstraint, ProxyConfiguration,
    RuntimePlatform, Tag, TaskDefinition, TrustedExecutionConfiguration,
};
pub use volume::{
    DockerVolume, EfsAuthorization, EfsVolume, FsxWindowsAuthorization, FsxWindowsVolume,
    HostVolume, S3FilesVolume, Volume,
};
