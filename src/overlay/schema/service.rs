//! `x-ecs` of a service, and what other blocks share with it.

use serde_json::{Value, json};

use super::form::{count, flag, map, object, raw, texts};

pub(super) fn service() -> Value {
    object(
        "`x-ecs` of a service",
        "What this service needs on ECS beyond Compose.",
        vec![
            ("cpu", count("CPU units of the container, 1024 to a vCPU.", 256, 0..=u32::MAX)),
            ("memory", count("The most memory it may take, in MiB.", 512, 0..=u32::MAX)),
            ("memory_reservation", count("The memory it is promised, in MiB.", 256, 0..=u32::MAX)),
            ("essential", flag("Whether the task stops when this container does.")),
            ("secrets", secrets("Variables that ECS fills with secrets when the task starts.")),
            ("hosts", hosts()),
            (
                "hosts_file",
                flag(
                    "Whether the names of the services in the task are written into `/etc/hosts` before the container starts.",
                ),
            ),
            (
                "files",
                texts(
                    "Bind-mounted files, by their paths in the container, that are written there like a config.",
                    "/etc/nginx/conf.d/default.conf",
                ),
            ),
            ("container_definition", raw("ContainerDefinition")),
        ],
    )
}

/// Which texts are rewritten, at the top and in a service.
pub(super) fn hosts() -> Value {
    object(
        "`hosts`",
        "Texts whose host names are rewritten, or left, whatever they look like: variables, labels, or all `command`, `entrypoint`, `healthcheck` or `labels`.",
        vec![
            ("rewrite", texts("Texts in which names of services are always rewritten.", "PEERS")),
            ("keep", texts("Texts in which nothing is ever rewritten.", "DB_CONNECTION")),
        ],
    )
}

/// `NAME: reference` pairs.
pub(super) fn secrets(description: &str) -> Value {
    let mut reference = secret("Where ECS finds the secret.", "ssm:/staging/api-key");
    reference["type"] = json!("string");
    map(description, &reference)
}

/// A reference to a secret; the secret itself never stands here.
pub(super) fn secret(description: &str, example: &str) -> Value {
    let forms = "`ssm:NAME`, `secretsmanager:NAME`, `secretsmanager:NAME#KEY` or a full ARN.";
    json!({
        "description": format!("{description} {forms}"),
        "type": ["string", "null"],
        "pattern": r"^ssm:[A-Za-z0-9_./-]+$|^secretsmanager:[A-Za-z0-9_+=.@!/-]+(#.+)?$|^arn:[^:]*:(ssm|secretsmanager)(:.*)?$|\{\{|\$",
        "examples": [example],
    })
}
