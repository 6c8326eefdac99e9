//! Our containers <-> those of the AWS client.

use aws_sdk_ecs::types;

use super::container_parts::{
    from_credentials, from_dependency, from_environment_file, from_firelens, from_health_check,
    from_host, from_logging, from_mount, from_port, from_requirement, from_restart_policy,
    from_secret, from_system_control, from_ulimit, from_volume_source, to_credentials,
    to_dependency, to_environment_file, to_firelens, to_health_check, to_host, to_logging,
    to_mount, to_port, to_requirement, to_restart_policy, to_secret, to_system_control, to_ulimit,
    to_volume_source,
};
use super::linux_parameters::{from_linux_parameters, to_linux_parameters};
use super::{from_list, from_map, from_pair, to_list, to_map, to_pair, to_word};
use crate::ecs::ContainerDefinition;

/// A container as it is sent; the client writes `"cpu": 0` for one without.
pub(super) fn to_container(container: &ContainerDefinition) -> types::ContainerDefinition {
    #[rustfmt::skip] // It would give each name a line.
    let ContainerDefinition {
        name, image, repository_credentials, cpu, memory, memory_reservation, links, port_mappings, essential,
        restart_policy, entry_point, command, environment, environment_files, mount_points, volumes_from,
        linux_parameters, secrets, depends_on, start_timeout, stop_timeout, version_consistency, hostname, user,
        working_directory, disable_networking, privileged, readonly_root_filesystem, dns_servers, dns_search_domains,
        extra_hosts, docker_security_options, interactive, pseudo_terminal, docker_labels, ulimits, log_configuration,
        health_check, system_controls, resource_requirements, firelens_configuration, credential_specs,
    } = container;
    types::ContainerDefinition::builder()
        .name(name)
        .image(image)
        .set_repository_credentials(repository_credentials.as_ref().map(to_credentials))
        .set_cpu(*cpu)
        .set_memory(*memory)
        .set_memory_reservation(*memory_reservation)
        .set_links(to_list(links, Clone::clone))
        .set_port_mappings(to_list(port_mappings, to_port))
        .set_essential(*essential)
        .set_restart_policy(restart_policy.as_ref().map(to_restart_policy))
        .set_entry_point(entry_point.clone())
        .set_command(command.clone())
        .set_environment(to_list(environment, to_pair))
        .set_environment_files(to_list(environment_files, to_environment_file))
        .set_mount_points(to_list(mount_points, to_mount))
        .set_volumes_from(to_list(volumes_from, to_volume_source))
        .set_linux_parameters(linux_parameters.as_ref().map(to_linux_parameters))
        .set_secrets(to_list(secrets, to_secret))
        .set_depends_on(to_list(depends_on, to_dependency))
        .set_start_timeout(*start_timeout)
        .set_stop_timeout(*stop_timeout)
        .set_version_consistency(to_word(version_consistency.as_ref()))
        .set_hostname(hostname.clone())
        .set_user(user.clone())
        .set_working_directory(working_directory.clone())
        .set_disable_networking(*disable_networking)
        .set_privileged(*privileged)
        .set_readonly_root_filesystem(*readonly_root_filesystem)
        .set_dns_servers(to_list(dns_servers, Clone::clone))
        .set_dns_search_domains(to_list(dns_search_domains, Clone::clone))
        .set_extra_hosts(to_list(extra_hosts, to_host))
        .set_docker_security_options(to_list(docker_security_options, Clone::clone))
        .set_interactive(*interactive)
        .set_pseudo_terminal(*pseudo_terminal)
        .set_docker_labels(to_map(docker_labels))
        .set_ulimits(to_list(ulimits, to_ulimit))
        .set_log_configuration(log_configuration.as_ref().map(to_logging))
        .set_health_check(health_check.as_ref().map(to_health_check))
        .set_system_controls(to_list(system_controls, to_system_control))
        .set_resource_requirements(to_list(resource_requirements, to_requirement))
        .set_firelens_configuration(firelens_configuration.as_ref().map(to_firelens))
        .set_credential_specs(to_list(credential_specs, Clone::clone))
        .build()
}

/// A container as it is described.
pub(super) fn from_container(container: &types::ContainerDefinition) -> ContainerDefinition {
    ContainerDefinition {
        name: container.name.clone().unwrap_or_default(),
        image: container.image.clone().unwrap_or_default(),
        repository_credentials: container.repository_credentials.as_ref().map(from_credentials),
        // The client does not tell none from 0, and neither does ECS.
        cpu: Some(container.cpu).filter(|it| *it != 0),
        memory: container.memory,
        memory_reservation: container.memory_reservation,
        links: container.links().to_vec(),
        port_mappings: from_list(container.port_mappings(), from_port),
        essential: container.essential,
        restart_policy: container.restart_policy.as_ref().map(from_restart_policy),
        entry_point: container.entry_point.clone(),
        command: container.command.clone(),
        environment: from_list(container.environment(), from_pair),
        environment_files: from_list(container.environment_files(), from_environment_file),
        mount_points: from_list(container.mount_points(), from_mount),
        volumes_from: from_list(container.volumes_from(), from_volume_source),
        linux_parameters: container.linux_parameters.as_ref().map(from_linux_parameters),
        secrets: from_list(container.secrets(), from_secret),
        depends_on: from_list(container.depends_on(), from_dependency),
        start_timeout: container.start_timeout,
        stop_timeout: container.stop_timeout,
        version_consistency: container.version_consistency.as_ref().map(ToString::to_string),
        hostname: container.hostname.clone(),
        user: container.user.clone(),
        working_directory: container.working_directory.clone(),
        disable_networking: container.disable_networking,
        privileged: container.privileged,
        readonly_root_filesystem: container.readonly_root_filesystem,
        dns_servers: container.dns_servers().to_vec(),
        dns_search_domains: container.dns_search_domains().to_vec(),
        extra_hosts: from_list(container.extra_hosts(), from_host),
        docker_security_options: container.docker_security_options().to_vec(),
        interactive: container.interactive,
        pseudo_terminal: container.pseudo_terminal,
        docker_labels: from_map(container.docker_labels.as_ref()),
        ulimits: from_list(container.ulimits(), from_ulimit),
        log_configuration: container.log_configuration.as_ref().map(from_logging),
        health_check: container.health_check.as_ref().map(from_health_check),
        system_controls: from_list(container.system_controls(), from_system_control),
        resource_requirements: from_list(container.resource_requirements(), from_requirement),
        firelens_configuration: container.firelens_configuration.as_ref().map(from_firelens),
        credential_specs: container.credential_specs().to_vec(),
    }
}
