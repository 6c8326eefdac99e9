//! A task definition in memory into the JSON that `RegisterTaskDefinition` takes, and back.
//!
//! Every member of the API as of botocore 1.44.5, in its order; what is left out is not written.

use super::{
    container_definition::{ContainerDefinition, KeyValuePair},
    volume::Volume,
};
use serde::{Deserialize, Serialize};

/// A task definition as it is sent to ECS, whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TaskDefinition {
    /// The name under which revisions are counted: 1 to 255 of `[A-Za-z0-9_-]`.
    pub family: String,
    /// The role of the code in the containers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_role_arn: Option<String>,
    /// The role ECS itself uses to pull images, read secrets and write logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_role_arn: Option<String>,
    /// `awsvpc` on Fargate; `bridge`, `host` and `none` exist on EC2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_mode: Option<String>,
    /// The containers, 1 to 10.
    pub container_definitions: Vec<ContainerDefinition>,
    /// What the mount points of the containers refer to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<Volume>,
    /// Rules for the choice of an instance; EC2 only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub placement_constraints: Vec<PlacementConstraint>,
    /// Against which launch types ECS checks the definition: `FARGATE`, `EC2`, `EXTERNAL`,
    /// `MANAGED_INSTANCES`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub requires_compatibilities: Vec<String>,
    /// CPU units of the whole task as text (`1024`, or `1 vCPU`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<String>,
    /// MiB of the whole task as text (`2048`, or `2 GB`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<String>,
    /// Tags of the task definition itself, at most 50.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// `task` shares one process namespace; `host` exists on EC2 only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pid_mode: Option<String>,
    /// `host`, `task` or `none`; EC2 only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipc_mode: Option<String>,
    /// The App Mesh proxy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_configuration: Option<ProxyConfiguration>,
    /// Elastic Inference devices; EC2 only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inference_accelerators: Vec<InferenceAccelerator>,
    /// Local disk beyond the 20 GiB every Fargate task has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ephemeral_storage: Option<EphemeralStorage>,
    /// Processor architecture and operating system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime_platform: Option<RuntimePlatform>,
    /// Whether containers may ask for fault injection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_fault_injection: Option<bool>,
    /// Isolation of tasks on a shared instance; Managed Instances only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted_execution_configuration: Option<TrustedExecutionConfiguration>,
}

/// A rule for the choice of an instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PlacementConstraint {
    /// Always `memberOf`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The rule in the cluster query language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
}

/// A key and a value attached to a resource.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Tag {
    /// At most 128 characters, not starting with `aws:`.
    pub key: String,
    /// At most 256 characters.
    pub value: String,
}

/// The container that proxies the task's traffic.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ProxyConfiguration {
    /// Always `APPMESH`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// A container of this definition.
    pub container_name: String,
    /// Settings of the proxy, such as `AppPorts`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<KeyValuePair>,
}

/// An Elastic Inference device.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct InferenceAccelerator {
    /// What resource requirements refer to.
    pub device_name: String,
    /// The model of the device.
    pub device_type: String,
}

/// The local disk of a task.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct EphemeralStorage {
    /// GiB, 21 to 200.
    #[serde(rename = "sizeInGiB")]
    pub size_in_gib: i32,
}

/// What the containers are built for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RuntimePlatform {
    /// `X86_64` (when left out) or `ARM64`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_architecture: Option<String>,
    /// `LINUX` (when left out) or one of the `WINDOWS_SERVER_…` values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operating_system_family: Option<String>,
}

/// How a task is kept apart from others on its instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TrustedExecutionConfiguration {
    /// `SHARED`, `ISOLATED_SANDBOX` or `CONFIDENTIAL_SANDBOX`.
    pub isolation_mode: String,
    /// The attestation policy in base64; needed by `CONFIDENTIAL_SANDBOX`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attestation_policy: Option<String>,
}

#[cfg(test)]
pub(super) mod tests {
    use super::TaskDefinition;
    use serde_json::{Value, from_str, to_string, to_value};

    #[test]
    fn every_member_survives_in_the_order_of_the_api() {
        let json: Value = from_str(EVERY_MEMBER).unwrap();
        let definition: TaskDefinition = from_str(EVERY_MEMBER).unwrap();
        assert_eq!(to_string(&definition).unwrap(), to_string(&json).unwrap());
    }

    #[test]
    fn what_is_left_out_is_not_written() {
        for (json, expected) in [
            (r#"{"family":"a"}"#, r#"{"family":"a","containerDefinitions":[]}"#),
            (
                r#"{"containerDefinitions":[{"name":"a","command":[],"links":[],"ulimits":[]}]}"#,
                r#"{"family":"","containerDefinitions":[{"name":"a","image":"","command":[]}]}"#,
            ),
            (
                r#"{"volumes":[{"name":"a","host":{}}],"tags":[]}"#,
                r#"{"family":"","containerDefinitions":[],"volumes":[{"name":"a","host":{}}]}"#,
            ),
        ] {
            let definition: TaskDefinition = from_str(json).unwrap();
            assert_eq!(to_string(&definition).unwrap(), expected);
            assert_eq!(from_str::<TaskDefinition>(expected).unwrap(), definition);
        }
    }

    #[test]
    fn an_unknown_member_is_refused() {
        for json in [
            r#"{"Family":"a"}"#,
            r#"{"containerDefinitions":[{"portMapping":[]}]}"#,
            r#"{"containerDefinitions":[{"linuxParameters":{"shmSize":64}}]}"#,
            r#"{"volumes":[{"efs":{}}]}"#,
        ] {
            let error = from_str::<TaskDefinition>(json).unwrap_err().to_string();
            assert!(error.contains("unknown field"), "{error}");
        }
    }

    #[test]
    fn labels_and_options_keep_the_order_of_the_author() {
        let json = r#"{"containerDefinitions":[{"dockerLabels":{"z":"1","a":"2","m":"3"}}]}"#;
        let definition: TaskDefinition = from_str(json).unwrap();
        let labels =
            to_value(&definition).unwrap()["containerDefinitions"][0]["dockerLabels"].clone();
        assert_eq!(labels.to_string(), r#"{"z":"1","a":"2","m":"3"}"#);
    }

    /// A value for every member of the API, in its order.
    pub(crate) const EVERY_MEMBER: &str = r#"
{
  "family": "x", "taskRoleArn": "x", "executionRoleArn": "x", "networkMode": "bridge",
  "containerDefinitions": [
    {
      "name": "x", "image": "x", "repositoryCredentials": {"credentialsParameter": "x"},
      "cpu": 1, "memory": 2, "memoryReservation": 3, "links": ["x"],
      "portMappings": [
        {
          "containerPort": 4, "hostPort": 5, "protocol": "tcp", "name": "x",
          "appProtocol": "http", "containerPortRange": "x"
        }
      ],
      "essential": true,
      "restartPolicy": {"enabled": true, "ignoredExitCodes": [6], "restartAttemptPeriod": 7},
      "entryPoint": ["x"], "command": ["x"], "environment": [{"name": "x", "value": "x"}],
      "environmentFiles": [{"value": "x", "type": "s3"}],
      "mountPoints": [{"sourceVolume": "x", "containerPath": "x", "readOnly": true}],
      "volumesFrom": [{"sourceContainer": "x", "readOnly": true}],
      "linuxParameters": {
        "capabilities": {"add": ["x"], "drop": ["x"]},
        "devices": [{"hostPath": "x", "containerPath": "x", "permissions": ["read"]}],
        "initProcessEnabled": true, "sharedMemorySize": 8,
        "tmpfs": [{"containerPath": "x", "size": 9, "mountOptions": ["x"]}], "maxSwap": 10,
        "swappiness": 11
      },
      "secrets": [{"name": "x", "valueFrom": "x"}],
      "dependsOn": [{"containerName": "x", "condition": "START"}], "startTimeout": 12,
      "stopTimeout": 13, "versionConsistency": "enabled", "hostname": "x", "user": "x",
      "workingDirectory": "x", "disableNetworking": true, "privileged": true,
      "readonlyRootFilesystem": true, "dnsServers": ["x"], "dnsSearchDomains": ["x"],
      "extraHosts": [{"hostname": "x", "ipAddress": "x"}], "dockerSecurityOptions": ["x"],
      "interactive": true, "pseudoTerminal": true, "dockerLabels": {"b": "1", "a": "2"},
      "ulimits": [{"name": "core", "softLimit": 14, "hardLimit": 15}],
      "logConfiguration": {
        "logDriver": "json-file", "options": {"b": "1", "a": "2"},
        "secretOptions": [{"name": "x", "valueFrom": "x"}]
      },
      "healthCheck": {
        "command": ["x"], "interval": 16, "timeout": 17, "retries": 18, "startPeriod": 19
      },
      "systemControls": [{"namespace": "x", "value": "x"}],
      "resourceRequirements": [
        {
          "value": "x", "type": "GPU",
          "sharingStrategy": {"nvidiaMps": {"memory": 20, "maxComputePercent": 21}}
        }
      ],
      "firelensConfiguration": {"type": "fluentd", "options": {"b": "1", "a": "2"}},
      "credentialSpecs": ["x"]
    }
  ],
  "volumes": [
    {
      "name": "x", "host": {"sourcePath": "x"},
      "dockerVolumeConfiguration": {
        "scope": "task", "autoprovision": true, "driver": "x",
        "driverOpts": {"b": "1", "a": "2"}, "labels": {"b": "1", "a": "2"}
      },
      "efsVolumeConfiguration": {
        "fileSystemId": "x", "rootDirectory": "x", "transitEncryption": "ENABLED",
        "transitEncryptionPort": 22,
        "authorizationConfig": {"accessPointId": "x", "iam": "ENABLED"}
      },
      "s3filesVolumeConfiguration": {
        "fileSystemArn": "x", "rootDirectory": "x", "transitEncryptionPort": 23,
        "accessPointArn": "x"
      },
      "fsxWindowsFileServerVolumeConfiguration": {
        "fileSystemId": "x", "rootDirectory": "x",
        "authorizationConfig": {"credentialsParameter": "x", "domain": "x"}
      },
      "configuredAtLaunch": true
    }
  ],
  "placementConstraints": [{"type": "memberOf", "expression": "x"}],
  "requiresCompatibilities": ["EC2"], "cpu": "x", "memory": "x",
  "tags": [{"key": "x", "value": "x"}], "pidMode": "host", "ipcMode": "host",
  "proxyConfiguration": {
    "type": "APPMESH", "containerName": "x", "properties": [{"name": "x", "value": "x"}]
  },
  "inferenceAccelerators": [{"deviceName": "x", "deviceType": "x"}],
  "ephemeralStorage": {"sizeInGiB": 24},
  "runtimePlatform": {
    "cpuArchitecture": "X86_64", "operatingSystemFamily": "WINDOWS_SERVER_2019_FULL"
  },
  "enableFaultInjection": true,
  "trustedExecutionConfiguration": {"isolationMode": "SHARED", "attestationPolicy": "x"}
}
"#;
}
