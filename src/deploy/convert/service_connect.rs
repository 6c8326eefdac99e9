//! What a service says to Service Connect <-> the client's.

use aws_sdk_ecs::types;

use super::COMPLETE;
use crate::ecs::{ServiceConnectClientAlias, ServiceConnectConfiguration, ServiceConnectService};

pub(in crate::deploy) fn to_connect(
    configuration: &ServiceConnectConfiguration,
) -> types::ServiceConnectConfiguration {
    let ServiceConnectConfiguration { enabled, namespace, services } = configuration;
    types::ServiceConnectConfiguration::builder()
        .enabled(*enabled)
        .set_namespace(namespace.clone())
        .set_services((!services.is_empty()).then(|| services.iter().map(to_service).collect()))
        .build()
}

fn to_service(service: &ServiceConnectService) -> types::ServiceConnectService {
    let ServiceConnectService { port_name, discovery_name, client_aliases } = service;
    types::ServiceConnectService::builder()
        .port_name(port_name)
        .set_discovery_name(discovery_name.clone())
        .set_client_aliases(Some(client_aliases.iter().map(to_alias).collect()))
        .build()
        .expect(COMPLETE)
}

fn to_alias(alias: &ServiceConnectClientAlias) -> types::ServiceConnectClientAlias {
    let ServiceConnectClientAlias { port, dns_name } = alias;
    let builder = types::ServiceConnectClientAlias::builder().port(*port);
    builder.set_dns_name(dns_name.clone()).build().expect(COMPLETE)
}

/// Without what only somebody else sets: timeouts, TLS, logs of the proxy.
pub(in crate::deploy) fn from_connect(
    configuration: &types::ServiceConnectConfiguration,
) -> ServiceConnectConfiguration {
    ServiceConnectConfiguration {
        enabled: configuration.enabled(),
        namespace: configuration.namespace().map(str::to_owned),
        services: configuration.services().iter().map(from_service).collect(),
    }
}

fn from_service(service: &types::ServiceConnectService) -> ServiceConnectService {
    ServiceConnectService {
        port_name: service.port_name().to_owned(),
        discovery_name: service.discovery_name().map(str::to_owned),
        client_aliases: service.client_aliases().iter().map(from_alias).collect(),
    }
}

fn from_alias(alias: &types::ServiceConnectClientAlias) -> ServiceConnectClientAlias {
    ServiceConnectClientAlias { port: alias.port(), dns_name: alias.dns_name().map(str::to_owned) }
}
