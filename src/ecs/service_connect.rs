//! What a service offers to, and finds in, a Service Connect namespace, into the JSON of `CreateService`, and back.

use serde::{Deserialize, Serialize};

/// `serviceConnectConfiguration` of a service. With `enabled` and no `services` its tasks find the names of others and
/// offer none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ServiceConnectConfiguration {
    /// Whether ECS puts its proxy beside the containers.
    pub enabled: bool,
    /// The Cloud Map namespace, by name or ARN; the cluster's default when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// What is offered, a port each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<ServiceConnectService>,
}

/// One offered port.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ServiceConnectService {
    /// The name of a port mapping of the task definition.
    pub port_name: String,
    /// The Cloud Map service that ECS makes for it, unique in the namespace: at most 64 of `[a-z0-9_-]`, no `-` in front.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discovery_name: Option<String>,
    /// How clients reach it; ECS takes exactly one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub client_aliases: Vec<ServiceConnectClientAlias>,
}

/// The name and port by which clients reach an offered port.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ServiceConnectClientAlias {
    /// The port, 1 to 65535; name and port together are unique in the namespace.
    pub port: i32,
    /// At most 127 of `[a-z0-9._-]`, no `-` in front.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns_name: Option<String>,
}
