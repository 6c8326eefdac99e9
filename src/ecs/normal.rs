//! A task definition -> its normal form, in which two that ECS treats alike are equal.
//!
//! What ECS fills in is taken out, units are units, and lists whose order says nothing are sorted. What is sent stays
//! as the author wrote it: the normal form decides only whether a revision has to be registered, and what to show.

mod container;
mod volume;

use indexmap::IndexMap;

use super::fargate::{parse_cpu, parse_memory};
use super::task_definition::{ProxyConfiguration, RuntimePlatform, TaskDefinition};

/// The normal form of a definition; the normal form of a normal form is the same.
pub fn normal(definition: &TaskDefinition) -> TaskDefinition {
    let mut normal = definition.clone();
    #[rustfmt::skip] // It would give each name a line.
    let TaskDefinition {
        family: _, task_role_arn, execution_role_arn, network_mode, container_definitions, volumes,
        placement_constraints, requires_compatibilities, cpu, memory, tags, pid_mode, ipc_mode,
        proxy_configuration, inference_accelerators, ephemeral_storage: _, runtime_platform,
        enable_fault_injection, trusted_execution_configuration: _,
    } = &mut normal;
    for text in [task_role_arn, execution_role_arn, pid_mode, ipc_mode] {
        without_empty(text);
    }
    // Tasks with an address of their own, or with the host's, have no second port to map to.
    let is_direct = matches!(network_mode.as_deref(), Some("awsvpc" | "host"));
    without_empty(network_mode);
    without(network_mode, "bridge");
    for it in container_definitions.iter_mut() {
        container::normalise(it, is_direct);
    }
    // Containers start in the order of their dependencies, and volumes and devices are found by name.
    container_definitions.sort_by(|a, b| a.name.cmp(&b.name));
    volumes.iter_mut().for_each(volume::normalise);
    volumes.sort_by(|a, b| a.name.cmp(&b.name));
    inference_accelerators.sort_by(|a, b| a.device_name.cmp(&b.device_name));
    // All constraints hold at once, and all compatibilities are checked.
    placement_constraints.sort_by(|a, b| (&a.kind, &a.expression).cmp(&(&b.kind, &b.expression)));
    requires_compatibilities.sort();
    requires_compatibilities.dedup();
    in_units(cpu, parse_cpu);
    in_units(memory, parse_memory);
    // AWS itself puts these on; nobody else may write or remove them.
    tags.retain(|it| !it.key.to_ascii_lowercase().starts_with("aws:"));
    tags.sort_by(|a, b| a.key.cmp(&b.key));
    if let Some(it) = proxy_configuration {
        proxy(it);
    }
    if let Some(it) = runtime_platform {
        platform(it);
    }
    without(runtime_platform, &RuntimePlatform::default());
    without(enable_fault_injection, &false);
    normal
}

/// The settings of a proxy are found by name.
fn proxy(proxy: &mut ProxyConfiguration) {
    let ProxyConfiguration { kind, container_name: _, properties } = proxy;
    without_empty(kind);
    without(kind, "APPMESH");
    properties.sort_by(|a, b| a.name.cmp(&b.name));
}

fn platform(platform: &mut RuntimePlatform) {
    let RuntimePlatform { cpu_architecture, operating_system_family } = platform;
    without_empty(cpu_architecture);
    without_empty(operating_system_family);
    without(cpu_architecture, "X86_64");
    without(operating_system_family, "LINUX");
}

/// `1 vCPU` as `1024`. What is not understood stays, for ECS to refuse.
fn in_units(size: &mut Option<String>, parse: fn(&str) -> Option<u32>) {
    without_empty(size);
    if let Some(number) = size.as_deref().and_then(parse) {
        *size = Some(number.to_string());
    }
}

/// Takes a value out that means the same as none.
fn without<T, U: ?Sized>(value: &mut Option<T>, default: &U)
where
    T: PartialEq<U>,
{
    value.take_if(|it| it == default);
}

/// An empty text where a name or a word belongs is none.
fn without_empty(text: &mut Option<String>) {
    text.take_if(|it| it.is_empty());
}

/// Maps have no order for ECS; sorted, they read the same too.
fn sort_map(map: &mut IndexMap<String, String>) {
    map.sort_unstable_keys();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy};
    use proptest::{prop_assert_eq, proptest};
    use serde_json::{Value, from_str, from_value, json, to_string_pretty};

    use super::normal;
    use crate::ecs::{TaskDefinition, task_definition::tests::EVERY_MEMBER};

    fn definition(json: Value) -> TaskDefinition {
        from_value(json).unwrap()
    }

    /// A definition with one container of these members.
    fn with_container(members: &Value) -> TaskDefinition {
        definition(json!({"networkMode": "awsvpc", "containerDefinitions": [members]}))
    }

    #[track_caller]
    fn assert_alike(a: &TaskDefinition, b: &TaskDefinition) {
        let text = |it| to_string_pretty(&normal(it)).unwrap();
        assert_eq!(text(a), text(b));
    }

    #[test]
    fn what_ecs_sorts_and_fills_in_makes_no_difference() {
        let local = definition(json!({
            "family": "app", "cpu": "0.25 vCPU", "memory": "1 GB",
            "containerDefinitions": [
                {"name": "app", "environment": [{"name": "TZ", "value": "UTC"}, {"name": "LANG", "value": "en_US"}]},
                {"name": "web"},
            ],
            "proxyConfiguration": {
                "containerName": "envoy",
                "properties": [{"name": "ProxyIngressPort", "value": "15000"},
                    {"name": "ProxyEgressPort", "value": "15001"}],
            },
            "tags": [{"key": "AppVersion", "value": "1"}, {"key": "Environment", "value": "dev"}],
        }));
        let remote = definition(json!({
            "family": "app", "cpu": "256", "memory": "1024",
            "containerDefinitions": [
                {
                    "name": "web", "cpu": 0, "essential": true, "portMappings": [], "environment": [],
                        "mountPoints": [],
                    "volumesFrom": [], "systemControls": [],
                },
                {
                    "name": "app", "cpu": 0, "essential": true,
                    "environment": [{"name": "LANG", "value": "en_US"}, {"name": "TZ", "value": "UTC"}],
                },
            ],
            "volumes": [], "placementConstraints": [],
            "proxyConfiguration": {
                "type": "APPMESH", "containerName": "envoy",
                "properties": [{"name": "ProxyEgressPort", "value": "15001"},
                    {"name": "ProxyIngressPort", "value": "15000"}],
            },
            "tags": [
                {"key": "Environment", "value": "dev"}, {"key": "aws:cloudformation:stack-name", "value": "x"},
                {"key": "AppVersion", "value": "1"},
            ],
        }));
        assert_alike(&local, &remote);
    }

    #[test]
    fn sizes_are_units() {
        for (cpu, units) in [
            ("256", "256"),
            ("0.25 vCPU", "256"),
            ("0.5vcpu", "512"),
            ("4 VCPU", "4096"),
            (".5 vCPU", "512"),
            ("half", "half"),
        ] {
            let normal = normal(&definition(json!({"cpu": cpu})));
            assert_eq!(normal.cpu.as_deref(), Some(units));
        }
        for (memory, units) in [
            ("512", "512"),
            ("0.5 GB", "512"),
            ("4GB", "4096"),
            ("2 gb", "2048"),
            ("1.5 Gb", "1536"),
        ] {
            let normal = normal(&definition(json!({"memory": memory})));
            assert_eq!(normal.memory.as_deref(), Some(units));
        }
    }

    #[test]
    fn defaults_of_a_container_make_no_difference() {
        for (local, remote) in [
            (
                json!({"portMappings": [{"containerPort": 80}]}),
                json!({"portMappings": [{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}]}),
            ),
            (
                json!({}),
                json!({"essential": true, "cpu": 0, "stopTimeout": 30, "versionConsistency": "enabled", "user": "",
                    "privileged": false, "readonlyRootFilesystem": false}),
            ),
            (json!({}), json!({"command": [], "entryPoint": []})),
            (
                json!({"healthCheck": {"command": ["CMD", "true"]}}),
                json!({"healthCheck": {"command": ["CMD", "true"], "interval": 30, "timeout": 5, "retries": 3,
                    "startPeriod": 0}}),
            ),
            (
                json!({"mountPoints": [{"sourceVolume": "a", "containerPath": "/a"}]}),
                json!({"mountPoints": [{"sourceVolume": "a", "containerPath": "/a", "readOnly": false}]}),
            ),
            (
                json!({"volumesFrom": [{"sourceContainer": "a"}]}),
                json!({"volumesFrom": [{"sourceContainer": "a", "readOnly": false}]}),
            ),
            (
                json!({"restartPolicy": {"enabled": true, "ignoredExitCodes": [2, 1]}}),
                json!({"restartPolicy": {"enabled": true, "ignoredExitCodes": [1, 2], "restartAttemptPeriod": 300}}),
            ),
            (json!({}), json!({"restartPolicy": {"enabled": false, "restartAttemptPeriod": 60}})),
            (
                json!({}),
                json!({"linuxParameters": {"capabilities": {}, "initProcessEnabled": false}}),
            ),
            (
                json!({"logConfiguration": {"logDriver": "awslogs", "options": {"a": "1", "b": "2"}}}),
                json!({"logConfiguration": {"logDriver": "awslogs", "options": {"b": "2", "a": "1"},
                    "secretOptions": []}}),
            ),
        ] {
            assert_alike(&with_container(&local), &with_container(&remote));
        }
    }

    #[test]
    fn what_means_something_makes_a_difference() {
        for (a, b) in [
            (json!({"environment": [{"name": "EXAMPLE_NAME", "value": "foobar"}]}), json!({})),
            (
                json!({"environment": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]}),
                json!({"environment": [{"name": "A", "value": "2"}, {"name": "A", "value": "1"}]}),
            ),
            (json!({"environment": [{"name": "A", "value": ""}]}), json!({})),
            (json!({"command": ["a", "b"]}), json!({"command": ["b", "a"]})),
            (
                json!({"environmentFiles": [{"value": "a", "type": "s3"}, {"value": "b", "type": "s3"}]}),
                json!({"environmentFiles": [{"value": "b", "type": "s3"}, {"value": "a", "type": "s3"}]}),
            ),
            (json!({"dnsServers": ["a", "b"]}), json!({"dnsServers": ["b", "a"]})),
            (json!({"image": "nginx"}), json!({"image": "nginx:latest"})),
            (json!({"essential": false}), json!({})),
            (
                json!({"portMappings": [{"containerPort": 53, "protocol": "udp"}]}),
                json!({"portMappings": [{"containerPort": 53}]}),
            ),
            (
                json!({"secrets": [{"name": "A", "valueFrom": "a"}]}),
                json!({"secrets": [{"name": "A", "valueFrom": "arn:aws:ssm:eu-west-1:1:parameter/a"}]}),
            ),
        ] {
            assert_ne!(normal(&with_container(&a)), normal(&with_container(&b)));
        }
    }

    #[test]
    fn a_host_port_says_nothing_where_there_is_no_mapping() {
        let with_port = |mode: Option<&str>, port: Value| {
            definition(
                json!({"networkMode": mode, "containerDefinitions": [{"portMappings": [port]}]}),
            )
        };
        let bare = json!({"containerPort": 80});
        let same = json!({"containerPort": 80, "hostPort": 80});
        let zero = json!({"containerPort": 80, "hostPort": 0, "protocol": "tcp"});
        assert_alike(
            &with_port(Some("awsvpc"), bare.clone()),
            &with_port(Some("awsvpc"), same.clone()),
        );
        assert_alike(&with_port(None, bare.clone()), &with_port(Some("bridge"), zero));
        assert_ne!(normal(&with_port(None, bare)), normal(&with_port(None, same)));
    }

    #[test]
    fn defaults_of_volumes_and_of_the_platform_make_no_difference() {
        for (local, remote) in [
            (
                json!({"volumes": [{"name": "a"}]}),
                json!({"volumes": [{"name": "a", "host": {}, "configuredAtLaunch": false}]}),
            ),
            (
                json!({"volumes": [{"name": "a", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}]}),
                json!({"volumes": [{"name": "a", "efsVolumeConfiguration": {
                    "fileSystemId": "fs-1", "rootDirectory": "/", "transitEncryption": "DISABLED",
                    "authorizationConfig": {"iam": "DISABLED"},
                }}]}),
            ),
            (
                json!({}),
                json!({"runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
                    "enableFaultInjection": false, "taskRoleArn": ""}),
            ),
            (
                json!({"runtimePlatform": {"cpuArchitecture": "ARM64"}}),
                json!({"runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}}),
            ),
        ] {
            assert_alike(&definition(local), &definition(remote));
        }
    }

    #[test]
    fn a_normal_form_stays_as_it_is() {
        let every_member: TaskDefinition = from_str(EVERY_MEMBER).unwrap();
        let once = normal(&every_member);
        assert_eq!(normal(&once), once);
    }

    /// Two of everything that has a name.
    fn lists() -> TaskDefinition {
        definition(json!({
            "containerDefinitions": [{
                "name": "a",
                "links": ["a", "b"], "portMappings": [{"containerPort": 80},
                    {"containerPort": 53, "protocol": "udp"}, {"containerPort": 53}],
                "mountPoints": [{"sourceVolume": "a", "containerPath": "/a"},
                    {"sourceVolume": "b", "containerPath": "/b"}],
                "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}, {"name": "C", "value": "0"}],
                "secrets": [{"name": "A", "valueFrom": "1"}, {"name": "B", "valueFrom": "2"}],
                "dependsOn": [{"containerName": "b", "condition": "START"},
                    {"containerName": "c", "condition": "START"}],
                "ulimits": [{"name": "core", "softLimit": 1, "hardLimit": 1},
                    {"name": "nofile", "softLimit": 1, "hardLimit": 1}],
            }, {"name": "b"}, {"name": "c"}],
            "volumes": [{"name": "a"}, {"name": "b", "configuredAtLaunch": true}, {"name": "c"}],
        }))
    }

    proptest! {
        #[test]
        fn order_makes_no_difference(
            containers in Just(lists().container_definitions).prop_shuffle(),
            volumes in Just(lists().volumes).prop_shuffle(),
            environment in Just(lists().container_definitions[0].environment.clone()).prop_shuffle(),
            ports in Just(lists().container_definitions[0].port_mappings.clone()).prop_shuffle(),
        ) {
            let mut shuffled = lists();
            shuffled.volumes = volumes;
            shuffled.container_definitions = containers;
            for it in shuffled.container_definitions.iter_mut().filter(|it| it.name == "a") {
                it.environment = environment.clone();
                it.port_mappings = ports.clone();
                it.links.reverse();
                it.mount_points.reverse();
                it.secrets.reverse();
                it.depends_on.reverse();
                it.ulimits.reverse();
            }
            prop_assert_eq!(normal(&shuffled), normal(&lists()));
        }
    }
}
