//! Our task definitions <-> those of the AWS client.
//!
//! Ours are taken apart and put together member by member, so that a new one does not compile until it is carried.
//! Words that the client does not know yet pass through it as they are.

mod container;
mod container_parts;
mod linux_parameters;
mod service;
mod service_connect;
mod volume;

use aws_sdk_ecs::operation::register_task_definition::builders::RegisterTaskDefinitionInputBuilder;
use aws_sdk_ecs::types;
use indexmap::IndexMap;

use crate::ecs::{
    EphemeralStorage, KeyValuePair, PlacementConstraint, ProxyConfiguration, RuntimePlatform, Tag,
    TaskDefinition,
};

pub(super) use service::{to_deployment, to_load_balancer, to_network, to_service};
pub(super) use service_connect::{from_connect, to_connect};

/// Why building a type of the client cannot fail.
const COMPLETE: &str = "every required member is set";

/// The request that registers a definition.
pub(super) fn register(definition: &TaskDefinition) -> RegisterTaskDefinitionInputBuilder {
    #[rustfmt::skip] // It would give each name a line.
    let TaskDefinition {
        family, task_role_arn, execution_role_arn, network_mode, container_definitions, volumes, placement_constraints,
        requires_compatibilities, cpu, memory, tags, pid_mode, ipc_mode, proxy_configuration, ephemeral_storage,
        runtime_platform, enable_fault_injection,
        // Not carried: AWS has ended the one, and the client (1.157) does not know the other. Fargate has neither, and
        // `ecs::fargate::check` refuses both.
        inference_accelerators: _, trusted_execution_configuration: _,
    } = definition;
    RegisterTaskDefinitionInputBuilder::default()
        .family(family)
        .set_task_role_arn(task_role_arn.clone())
        .set_execution_role_arn(execution_role_arn.clone())
        .set_network_mode(to_word(network_mode.as_ref()))
        .set_container_definitions(Some(
            container_definitions.iter().map(container::to_container).collect(),
        ))
        .set_volumes(to_list(volumes, volume::to_volume))
        .set_placement_constraints(to_list(placement_constraints, to_constraint))
        .set_requires_compatibilities(to_list(requires_compatibilities, |it| it.as_str().into()))
        .set_cpu(cpu.clone())
        .set_memory(memory.clone())
        .set_tags(to_list(tags, to_tag))
        .set_pid_mode(to_word(pid_mode.as_ref()))
        .set_ipc_mode(to_word(ipc_mode.as_ref()))
        .set_proxy_configuration(proxy_configuration.as_ref().map(to_proxy))
        .set_ephemeral_storage(ephemeral_storage.as_ref().map(to_storage))
        .set_runtime_platform(runtime_platform.as_ref().map(to_platform))
        .set_enable_fault_injection(*enable_fault_injection)
}

/// A described definition with its tags, without what only AWS writes.
pub(super) fn task_definition(
    described: &types::TaskDefinition,
    tags: &[types::Tag],
) -> TaskDefinition {
    TaskDefinition {
        family: described.family.clone().unwrap_or_default(),
        task_role_arn: described.task_role_arn.clone(),
        execution_role_arn: described.execution_role_arn.clone(),
        network_mode: described.network_mode.as_ref().map(ToString::to_string),
        container_definitions: from_list(
            described.container_definitions(),
            container::from_container,
        ),
        volumes: from_list(described.volumes(), volume::from_volume),
        placement_constraints: from_list(described.placement_constraints(), from_constraint),
        requires_compatibilities: from_list(
            described.requires_compatibilities(),
            ToString::to_string,
        ),
        cpu: described.cpu.clone(),
        memory: described.memory.clone(),
        tags: from_list(tags, from_tag),
        pid_mode: described.pid_mode.as_ref().map(ToString::to_string),
        ipc_mode: described.ipc_mode.as_ref().map(ToString::to_string),
        proxy_configuration: described.proxy_configuration.as_ref().map(from_proxy),
        ephemeral_storage: described.ephemeral_storage.as_ref().map(from_storage),
        runtime_platform: described.runtime_platform.as_ref().map(from_platform),
        enable_fault_injection: described.enable_fault_injection,
        inference_accelerators: Vec::new(),
        trusted_execution_configuration: None,
    }
}

fn to_constraint(constraint: &PlacementConstraint) -> types::TaskDefinitionPlacementConstraint {
    let PlacementConstraint { kind, expression } = constraint;
    types::TaskDefinitionPlacementConstraint::builder()
        .set_type(to_word(kind.as_ref()))
        .set_expression(expression.clone())
        .build()
}

fn from_constraint(constraint: &types::TaskDefinitionPlacementConstraint) -> PlacementConstraint {
    PlacementConstraint {
        kind: constraint.r#type.as_ref().map(ToString::to_string),
        expression: constraint.expression.clone(),
    }
}

fn to_tag(tag: &Tag) -> types::Tag {
    let Tag { key, value } = tag;
    types::Tag::builder().key(key).value(value).build()
}

fn from_tag(tag: &types::Tag) -> Tag {
    Tag { key: tag.key.clone().unwrap_or_default(), value: tag.value.clone().unwrap_or_default() }
}

fn to_proxy(proxy: &ProxyConfiguration) -> types::ProxyConfiguration {
    let ProxyConfiguration { kind, container_name, properties } = proxy;
    types::ProxyConfiguration::builder()
        .set_type(to_word(kind.as_ref()))
        .container_name(container_name)
        .set_properties(to_list(properties, to_pair))
        .build()
        .expect(COMPLETE)
}

fn from_proxy(proxy: &types::ProxyConfiguration) -> ProxyConfiguration {
    ProxyConfiguration {
        kind: proxy.r#type.as_ref().map(ToString::to_string),
        container_name: proxy.container_name.clone(),
        properties: from_list(proxy.properties(), from_pair),
    }
}

fn to_storage(storage: &EphemeralStorage) -> types::EphemeralStorage {
    let EphemeralStorage { size_in_gib } = storage;
    types::EphemeralStorage::builder().size_in_gib(*size_in_gib).build()
}

fn from_storage(storage: &types::EphemeralStorage) -> EphemeralStorage {
    EphemeralStorage { size_in_gib: storage.size_in_gib }
}

fn to_platform(platform: &RuntimePlatform) -> types::RuntimePlatform {
    let RuntimePlatform { cpu_architecture, operating_system_family } = platform;
    types::RuntimePlatform::builder()
        .set_cpu_architecture(to_word(cpu_architecture.as_ref()))
        .set_operating_system_family(to_word(operating_system_family.as_ref()))
        .build()
}

fn from_platform(platform: &types::RuntimePlatform) -> RuntimePlatform {
    RuntimePlatform {
        cpu_architecture: platform.cpu_architecture.as_ref().map(ToString::to_string),
        operating_system_family: platform.operating_system_family.as_ref().map(ToString::to_string),
    }
}

fn to_pair(pair: &KeyValuePair) -> types::KeyValuePair {
    let KeyValuePair { name, value } = pair;
    types::KeyValuePair::builder().name(name).value(value).build()
}

fn from_pair(pair: &types::KeyValuePair) -> KeyValuePair {
    KeyValuePair {
        name: pair.name.clone().unwrap_or_default(),
        value: pair.value.clone().unwrap_or_default(),
    }
}

/// An empty list is left out, as it is in our JSON.
fn to_list<T, U>(items: &[T], convert: impl Fn(&T) -> U) -> Option<Vec<U>> {
    let items: Vec<U> = items.iter().map(convert).collect();
    Some(items).filter(|it| !it.is_empty())
}

fn from_list<T, U>(items: &[T], convert: impl Fn(&T) -> U) -> Vec<U> {
    items.iter().map(convert).collect()
}

/// A word as the client's enumeration, which keeps those that it does not know.
fn to_word<T: for<'a> From<&'a str>>(word: Option<&String>) -> Option<T> {
    word.map(|it| T::from(it))
}

/// A map of the client's, which has no order.
fn to_map<M: FromIterator<(String, String)>>(map: &IndexMap<String, String>) -> Option<M> {
    (!map.is_empty()).then(|| map.clone().into_iter().collect())
}

fn from_map<'a, M>(map: Option<M>) -> IndexMap<String, String>
where
    M: IntoIterator<Item = (&'a String, &'a String)>,
{
    let mut sorted: IndexMap<String, String> =
        map.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect();
    sorted.sort_unstable_keys();
    sorted
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use aws_sdk_ecs::config::{BehaviorVersion, Credentials, Region};
    use aws_sdk_ecs::{Client, Config, types};
    use aws_smithy_runtime_api::client::http::{
        HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
    };
    use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
    use aws_smithy_types::body::SdkBody;
    use serde_json::{Value, from_slice, from_str, from_value, json, to_value};

    use super::{register, task_definition};
    use crate::ecs::{EVERY_MEMBER, TaskDefinition};

    /// Answers everything with nothing, and keeps the last body.
    #[derive(Clone, Debug, Default)]
    struct Capture(Arc<Mutex<Vec<u8>>>);

    impl HttpConnector for Capture {
        fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
            *self.0.lock().unwrap() = request.body().bytes().unwrap_or_default().to_vec();
            let status = 200.try_into().unwrap();
            HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from("{}"))))
        }
    }

    /// The body of the request that registers a definition.
    async fn sent(definition: &TaskDefinition) -> Value {
        let capture = Capture::default();
        let connector = SharedHttpConnector::new(capture.clone());
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(Credentials::new("id", "key", None, None, "test"))
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build();
        register(definition).send_with(&Client::from_conf(config)).await.unwrap();
        from_slice(&capture.0.lock().unwrap()).unwrap()
    }

    /// What ECS would describe when it kept a request as it is.
    fn described(definition: &TaskDefinition) -> TaskDefinition {
        let request = register(definition).build().unwrap();
        let described = types::TaskDefinition::builder()
            .set_family(request.family)
            .set_task_role_arn(request.task_role_arn)
            .set_execution_role_arn(request.execution_role_arn)
            .set_network_mode(request.network_mode)
            .set_container_definitions(request.container_definitions)
            .set_volumes(request.volumes)
            .set_placement_constraints(request.placement_constraints)
            .set_requires_compatibilities(request.requires_compatibilities)
            .set_cpu(request.cpu)
            .set_memory(request.memory)
            .set_pid_mode(request.pid_mode)
            .set_ipc_mode(request.ipc_mode)
            .set_proxy_configuration(request.proxy_configuration)
            .set_ephemeral_storage(request.ephemeral_storage)
            .set_runtime_platform(request.runtime_platform)
            .set_enable_fault_injection(request.enable_fault_injection)
            .build();
        task_definition(&described, &request.tags.unwrap_or_default())
    }

    /// A value for every member that is carried.
    fn every_member() -> TaskDefinition {
        let mut definition: TaskDefinition = from_str(EVERY_MEMBER).unwrap();
        definition.inference_accelerators.clear();
        definition.trusted_execution_configuration = None;
        definition
    }

    #[test]
    fn every_member_comes_back() {
        assert_eq!(described(&every_member()), every_member());
    }

    #[tokio::test]
    async fn what_is_rendered_is_what_is_sent() {
        let definition = every_member();
        assert_eq!(sent(&definition).await, to_value(&definition).unwrap());
    }

    #[tokio::test]
    async fn emptiness_and_zero_are_sent_as_rendered() {
        for container in [
            json!({"command": [], "entryPoint": []}),
            json!({"cpu": 0, "essential": false, "stopTimeout": 0, "user": ""}),
            json!({"ulimits": [{"name": "core", "softLimit": 0, "hardLimit": -1}]}),
            json!({"restartPolicy": {"enabled": false}}),
            json!({"linuxParameters": {}}),
            json!({"linuxParameters": {"capabilities": {}, "tmpfs": [{"containerPath": "/a", "size": 0}]}}),
            json!({"healthCheck": {"command": [], "startPeriod": 0}}),
            json!({"portMappings": [{"hostPort": 0}]}),
            json!({"environment": [{"name": "A", "value": ""}]}),
            json!({"ulimits": [{"name": "unheard-of", "softLimit": 1, "hardLimit": 1}]}),
        ] {
            let mut definition: TaskDefinition =
                from_value(json!({"containerDefinitions": [container]})).unwrap();
            definition.container_definitions[0].cpu.get_or_insert(0);
            assert_eq!(sent(&definition).await, to_value(&definition).unwrap());
        }
    }

    /// What the client adds means nothing to ECS.
    #[tokio::test]
    async fn the_client_fills_in_two_members() {
        let definition: TaskDefinition = from_value(json!({
            "containerDefinitions": [{"resourceRequirements": [{"type": "GPU"}]}]
        }))
        .unwrap();
        let mut expected = to_value(&definition).unwrap();
        expected["containerDefinitions"][0]["cpu"] = json!(0);
        expected["containerDefinitions"][0]["resourceRequirements"][0]["value"] = json!("");
        assert_eq!(sent(&definition).await, expected);
    }
}
