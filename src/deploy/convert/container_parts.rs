//! The parts of our containers <-> those of the AWS client.

use aws_sdk_ecs::types;

use super::{COMPLETE, from_list, from_map, to_list, to_map, to_word};
use crate::ecs::{
    ContainerDependency, EnvironmentFile, FirelensConfiguration, HealthCheck, HostEntry,
    LogConfiguration, MountPoint, NvidiaMpsAllocation, PortMapping, RepositoryCredentials,
    ResourceRequirement, RestartPolicy, Secret, SharingStrategy, SystemControl, Ulimit, VolumeFrom,
};

pub(super) fn to_credentials(credentials: &RepositoryCredentials) -> types::RepositoryCredentials {
    let RepositoryCredentials { credentials_parameter } = credentials;
    types::RepositoryCredentials::builder()
        .credentials_parameter(credentials_parameter)
        .build()
        .expect(COMPLETE)
}

pub(super) fn from_credentials(
    credentials: &types::RepositoryCredentials,
) -> RepositoryCredentials {
    RepositoryCredentials { credentials_parameter: credentials.credentials_parameter.clone() }
}

pub(super) fn to_port(mapping: &PortMapping) -> types::PortMapping {
    #[rustfmt::skip] // It would give each name a line.
    let PortMapping {
        container_port, host_port, protocol, name, app_protocol, container_port_range,
    } = mapping;
    types::PortMapping::builder()
        .set_container_port(*container_port)
        .set_host_port(*host_port)
        .set_protocol(to_word(protocol.as_ref()))
        .set_name(name.clone())
        .set_app_protocol(to_word(app_protocol.as_ref()))
        .set_container_port_range(container_port_range.clone())
        .build()
}

pub(super) fn from_port(mapping: &types::PortMapping) -> PortMapping {
    PortMapping {
        container_port: mapping.container_port,
        host_port: mapping.host_port,
        protocol: mapping.protocol.as_ref().map(ToString::to_string),
        name: mapping.name.clone(),
        app_protocol: mapping.app_protocol.as_ref().map(ToString::to_string),
        container_port_range: mapping.container_port_range.clone(),
    }
}

pub(super) fn to_restart_policy(policy: &RestartPolicy) -> types::ContainerRestartPolicy {
    let RestartPolicy { enabled, ignored_exit_codes, restart_attempt_period } = policy;
    types::ContainerRestartPolicy::builder()
        .enabled(*enabled)
        .set_ignored_exit_codes(to_list(ignored_exit_codes, |it| *it))
        .set_restart_attempt_period(*restart_attempt_period)
        .build()
        .expect(COMPLETE)
}

pub(super) fn from_restart_policy(policy: &types::ContainerRestartPolicy) -> RestartPolicy {
    RestartPolicy {
        enabled: policy.enabled,
        ignored_exit_codes: policy.ignored_exit_codes().to_vec(),
        restart_attempt_period: policy.restart_attempt_period,
    }
}

pub(super) fn to_environment_file(file: &EnvironmentFile) -> types::EnvironmentFile {
    let EnvironmentFile { value, kind } = file;
    types::EnvironmentFile::builder()
        .value(value)
        .r#type(kind.as_str().into())
        .build()
        .expect(COMPLETE)
}

pub(super) fn from_environment_file(file: &types::EnvironmentFile) -> EnvironmentFile {
    EnvironmentFile { value: file.value.clone(), kind: file.r#type.to_string() }
}

pub(super) fn to_mount(mount: &MountPoint) -> types::MountPoint {
    let MountPoint { source_volume, container_path, read_only } = mount;
    types::MountPoint::builder()
        .source_volume(source_volume)
        .container_path(container_path)
        .set_read_only(*read_only)
        .build()
}

pub(super) fn from_mount(mount: &types::MountPoint) -> MountPoint {
    MountPoint {
        source_volume: mount.source_volume.clone().unwrap_or_default(),
        container_path: mount.container_path.clone().unwrap_or_default(),
        read_only: mount.read_only,
    }
}

pub(super) fn to_volume_source(source: &VolumeFrom) -> types::VolumeFrom {
    let VolumeFrom { source_container, read_only } = source;
    types::VolumeFrom::builder()
        .source_container(source_container)
        .set_read_only(*read_only)
        .build()
}

pub(super) fn from_volume_source(source: &types::VolumeFrom) -> VolumeFrom {
    VolumeFrom {
        source_container: source.source_container.clone().unwrap_or_default(),
        read_only: source.read_only,
    }
}

pub(super) fn to_secret(secret: &Secret) -> types::Secret {
    let Secret { name, value_from } = secret;
    types::Secret::builder().name(name).value_from(value_from).build().expect(COMPLETE)
}

pub(super) fn from_secret(secret: &types::Secret) -> Secret {
    Secret { name: secret.name.clone(), value_from: secret.value_from.clone() }
}

pub(super) fn to_dependency(dependency: &ContainerDependency) -> types::ContainerDependency {
    let ContainerDependency { container_name, condition } = dependency;
    types::ContainerDependency::builder()
        .container_name(container_name)
        .condition(condition.as_str().into())
        .build()
        .expect(COMPLETE)
}

pub(super) fn from_dependency(dependency: &types::ContainerDependency) -> ContainerDependency {
    ContainerDependency {
        container_name: dependency.container_name.clone(),
        condition: dependency.condition.to_string(),
    }
}

pub(super) fn to_host(host: &HostEntry) -> types::HostEntry {
    let HostEntry { hostname, ip_address } = host;
    types::HostEntry::builder().hostname(hostname).ip_address(ip_address).build().expect(COMPLETE)
}

pub(super) fn from_host(host: &types::HostEntry) -> HostEntry {
    HostEntry { hostname: host.hostname.clone(), ip_address: host.ip_address.clone() }
}

pub(super) fn to_ulimit(limit: &Ulimit) -> types::Ulimit {
    let Ulimit { name, soft_limit, hard_limit } = limit;
    types::Ulimit::builder()
        .name(name.as_str().into())
        .soft_limit(*soft_limit)
        .hard_limit(*hard_limit)
        .build()
        .expect(COMPLETE)
}

pub(super) fn from_ulimit(limit: &types::Ulimit) -> Ulimit {
    Ulimit {
        name: limit.name.to_string(),
        soft_limit: limit.soft_limit,
        hard_limit: limit.hard_limit,
    }
}

pub(super) fn to_logging(configuration: &LogConfiguration) -> types::LogConfiguration {
    let LogConfiguration { log_driver, options, secret_options } = configuration;
    types::LogConfiguration::builder()
        .log_driver(log_driver.as_str().into())
        .set_options(to_map(options))
        .set_secret_options(to_list(secret_options, to_secret))
        .build()
        .expect(COMPLETE)
}

pub(super) fn from_logging(configuration: &types::LogConfiguration) -> LogConfiguration {
    LogConfiguration {
        log_driver: configuration.log_driver.to_string(),
        options: from_map(configuration.options.as_ref()),
        secret_options: from_list(configuration.secret_options(), from_secret),
    }
}

pub(super) fn to_health_check(check: &HealthCheck) -> types::HealthCheck {
    let HealthCheck { command, interval, timeout, retries, start_period } = check;
    types::HealthCheck::builder()
        .set_command(Some(command.clone()))
        .set_interval(*interval)
        .set_timeout(*timeout)
        .set_retries(*retries)
        .set_start_period(*start_period)
        .build()
        .expect(COMPLETE)
}

pub(super) fn from_health_check(check: &types::HealthCheck) -> HealthCheck {
    HealthCheck {
        command: check.command.clone(),
        interval: check.interval,
        timeout: check.timeout,
        retries: check.retries,
        start_period: check.start_period,
    }
}

pub(super) fn to_system_control(control: &SystemControl) -> types::SystemControl {
    let SystemControl { namespace, value } = control;
    types::SystemControl::builder().namespace(namespace).value(value).build()
}

pub(super) fn from_system_control(control: &types::SystemControl) -> SystemControl {
    SystemControl {
        namespace: control.namespace.clone().unwrap_or_default(),
        value: control.value.clone().unwrap_or_default(),
    }
}

/// A device as it is asked for; the client writes `"value": ""` for one without.
pub(super) fn to_requirement(requirement: &ResourceRequirement) -> types::ResourceRequirement {
    let ResourceRequirement { value, kind, sharing_strategy } = requirement;
    types::ResourceRequirement::builder()
        .set_value(value.clone())
        .r#type(kind.as_str().into())
        .set_sharing_strategy(sharing_strategy.as_ref().and_then(to_sharing))
        .build()
        .expect(COMPLETE)
}

pub(super) fn from_requirement(requirement: &types::ResourceRequirement) -> ResourceRequirement {
    ResourceRequirement {
        value: Some(requirement.value.clone()).filter(|it| !it.is_empty()),
        kind: requirement.r#type.to_string(),
        sharing_strategy: requirement.sharing_strategy.as_ref().map(from_sharing),
    }
}

/// The client has no strategy without a way, and ECS none either.
fn to_sharing(strategy: &SharingStrategy) -> Option<types::SharingStrategy> {
    let SharingStrategy { nvidia_mps } = strategy;
    let NvidiaMpsAllocation { memory, max_compute_percent } = nvidia_mps.as_ref()?;
    let allocation = types::NvidiaMpsAllocation::builder()
        .memory(*memory)
        .set_max_compute_percent(*max_compute_percent)
        .build()
        .expect(COMPLETE);
    Some(types::SharingStrategy::NvidiaMps(allocation))
}

fn from_sharing(strategy: &types::SharingStrategy) -> SharingStrategy {
    let allocation = strategy.as_nvidia_mps().ok();
    SharingStrategy {
        nvidia_mps: allocation.map(|it| NvidiaMpsAllocation {
            memory: it.memory,
            max_compute_percent: it.max_compute_percent,
        }),
    }
}

pub(super) fn to_firelens(router: &FirelensConfiguration) -> types::FirelensConfiguration {
    let FirelensConfiguration { kind, options } = router;
    types::FirelensConfiguration::builder()
        .r#type(kind.as_str().into())
        .set_options(to_map(options))
        .build()
        .expect(COMPLETE)
}

pub(super) fn from_firelens(router: &types::FirelensConfiguration) -> FirelensConfiguration {
    FirelensConfiguration {
        kind: router.r#type.to_string(),
        options: from_map(router.options.as_ref()),
    }
}
