//! A container of a task definition -> its normal form.

use super::super::container_definition::{
    ContainerDefinition, FirelensConfiguration, HealthCheck, LogConfiguration, MountPoint,
    PortMapping, RestartPolicy, VolumeFrom,
};
use super::super::linux_parameters::{Device, KernelCapabilities, LinuxParameters};
use super::{sort_map, without, without_empty};

/// Brings a container into its normal form; `is_direct` when its ports are reached without a mapping.
pub(super) fn normalise(container: &mut ContainerDefinition, is_direct: bool) {
    lists(container);
    #[rustfmt::skip] // It would give each name a line.
    let ContainerDefinition {
        name: _, image: _, repository_credentials: _, cpu, memory: _, memory_reservation: _, port_mappings, essential,
        restart_policy, entry_point, command, linux_parameters, start_timeout: _, stop_timeout, version_consistency,
        hostname, user, working_directory, disable_networking, privileged, readonly_root_filesystem, interactive,
        pseudo_terminal, log_configuration, health_check, firelens_configuration,
        // Their order means something: the first file that has a variable wins, the first server that answers, the
        // first line that has the name.
        environment_files: _, dns_servers: _, dns_search_domains: _, extra_hosts: _,
        // Read one after the other by Docker, whose rules nobody has written down.
        docker_security_options: _,
        // At most one.
        credential_specs: _,
        // In `lists`.
        links: _, environment: _, mount_points: _, volumes_from: _, secrets: _, depends_on: _, docker_labels: _,
        ulimits: _, system_controls: _, resource_requirements: _,
    } = container;
    without(cpu, &0);
    without(essential, &true);
    // Fargate's; on an instance the agent may have another.
    without(stop_timeout, &30);
    for text in [&mut *version_consistency, hostname, user, working_directory] {
        without_empty(text);
    }
    without(version_consistency, "enabled");
    // ECS does not give an empty list back, so it cannot be told from none; as `command` both leave the image's.
    for words in [entry_point, command] {
        words.take_if(|it| it.is_empty());
    }
    for switch in
        [disable_networking, privileged, readonly_root_filesystem, interactive, pseudo_terminal]
    {
        without(switch, &false);
    }
    ports(port_mappings, is_direct);
    // Switched off, the rest of the policy says nothing.
    restart_policy.take_if(|it| !it.enabled);
    restart_policy.iter_mut().for_each(restart);
    linux_parameters.iter_mut().for_each(kernel);
    without(linux_parameters, &LinuxParameters::default());
    log_configuration.iter_mut().for_each(logging);
    health_check.iter_mut().for_each(health);
    if let Some(FirelensConfiguration { kind: _, options }) = firelens_configuration {
        sort_map(options);
    }
}

/// Sorts the lists of which every element stands for itself; of several elements with one name the order stays.
fn lists(container: &mut ContainerDefinition) {
    for MountPoint { source_volume: _, container_path: _, read_only } in &mut container.mount_points
    {
        without(read_only, &false);
    }
    for VolumeFrom { source_container: _, read_only } in &mut container.volumes_from {
        without(read_only, &false);
    }
    // Variables, labels, limits and parameters are found by name.
    container.environment.sort_by(|a, b| a.name.cmp(&b.name));
    container.secrets.sort_by(|a, b| a.name.cmp(&b.name));
    sort_map(&mut container.docker_labels);
    container.ulimits.sort_by(|a, b| a.name.cmp(&b.name));
    container.system_controls.sort_by(|a, b| a.namespace.cmp(&b.namespace));
    // Mounts are made from the root downwards, whatever their order here.
    container.mount_points.sort_by(|a, b| {
        (&a.container_path, &a.source_volume).cmp(&(&b.container_path, &b.source_volume))
    });
    // As in other tools: two sources with one path are a mistake.
    container.volumes_from.sort_by(|a, b| a.source_container.cmp(&b.source_container));
    // All conditions have to hold, all links and devices are there.
    container
        .depends_on
        .sort_by(|a, b| (&a.container_name, &a.condition).cmp(&(&b.container_name, &b.condition)));
    container.links.sort();
    container.resource_requirements.sort_by(|a, b| (&a.kind, &a.value).cmp(&(&b.kind, &b.value)));
}

/// Every mapping opens a port of its own.
fn ports(mappings: &mut [PortMapping], is_direct: bool) {
    for mapping in mappings.iter_mut() {
        let PortMapping {
            container_port,
            host_port,
            protocol,
            name,
            app_protocol,
            container_port_range,
        } = mapping;
        host_port.take_if(|it| *it == 0 || (is_direct && Some(*it) == *container_port));
        for text in [&mut *protocol, name, app_protocol, container_port_range] {
            without_empty(text);
        }
        without(protocol, "tcp");
    }
    let key = |it: &PortMapping| {
        let range = it.container_port_range.clone();
        (it.container_port, range, it.protocol.clone(), it.host_port, it.name.clone())
    };
    mappings.sort_by_cached_key(key);
}

/// A code is ignored or it is not.
fn restart(policy: &mut RestartPolicy) {
    let RestartPolicy { enabled: _, ignored_exit_codes, restart_attempt_period } = policy;
    ignored_exit_codes.sort_unstable();
    without(restart_attempt_period, &300);
}

fn kernel(parameters: &mut LinuxParameters) {
    let LinuxParameters {
        capabilities,
        devices,
        init_process_enabled,
        shared_memory_size: _,
        tmpfs,
        max_swap: _,
        swappiness,
    } = parameters;
    if let Some(KernelCapabilities { add, drop }) = capabilities {
        add.sort();
        drop.sort();
    }
    without(capabilities, &KernelCapabilities::default());
    without(init_process_enabled, &false);
    without(swappiness, &60);
    devices.iter_mut().for_each(device);
    devices
        .sort_by(|a, b| (&a.host_path, &a.container_path).cmp(&(&b.host_path, &b.container_path)));
    // Options keep their order: the last of two that contradict each other wins.
    tmpfs.sort_by(|a, b| a.container_path.cmp(&b.container_path));
}

fn device(device: &mut Device) {
    let Device { host_path, container_path, permissions } = device;
    container_path.take_if(|it| it.is_empty() || it == host_path);
    permissions.sort();
    // All that there are is what a device has without any.
    if *permissions == ["mknod", "read", "write"] {
        permissions.clear();
    }
}

fn logging(configuration: &mut LogConfiguration) {
    let LogConfiguration { log_driver: _, options, secret_options } = configuration;
    sort_map(options);
    secret_options.sort_by(|a, b| a.name.cmp(&b.name));
}

fn health(check: &mut HealthCheck) {
    let HealthCheck { command: _, interval, timeout, retries, start_period } = check;
    without(interval, &30);
    without(timeout, &5);
    without(retries, &3);
    without(start_period, &0);
}
