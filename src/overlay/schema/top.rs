//! The top-level `x-ecs`.

use serde_json::{Value, json};

use super::form::{
    choice, count, flag, forms, item, map, object, one_of_numbers, pattern, raw, text, texts,
};
use super::ingress::ingress;
use super::replacement::replace;
use super::service::hosts;
use crate::overlay::logs;

pub(super) fn top() -> Value {
    object(
        "`x-ecs`",
        "What Compose cannot say about AWS. Strings may hold `{{project}}`, `{{branch}}`, `{{branch_name}}`, `{{environment}}`, `{{commit}}`, `{{account}}`, `{{region}}` and the helpers `ecr`, `snake`, `lower`, `truncate` and `default`.",
        vec![
            ("region", pattern("The AWS region.", "eu-central-1", "[a-z]+(-[a-z]+)+-[0-9]+")),
            ("account", account()),
            ("cluster", text("The ECS cluster, by name or ARN.", "staging")),
            ("platform", platform()),
            ("size", size("Without it every task gets the smallest size that fits.")),
            ("roles", roles()),
            ("network", network()),
            ("logs", logs_block()),
            ("ingress", ingress()),
            ("dns", dns()),
            ("ecr", ecr()),
            (
                "exec",
                flag(
                    "Whether ECS Exec opens a shell in the containers; it needs `roles: { task }`.",
                ),
            ),
            ("replace", replace()),
            ("tasks", tasks()),
            ("service_connect", service_connect()),
            ("hosts", hosts()),
            ("files", files()),
            ("task_definition", raw("TaskDefinition")),
        ],
    )
}

fn account() -> Value {
    let mut schema =
        pattern("The AWS account, twelve digits in quotes.", "123456789012", "[0-9]{12}");
    // A number cannot begin with a zero; one that does not is taken.
    schema["minimum"] = json!(100_000_000_000_u64);
    schema["maximum"] = json!(999_999_999_999_u64);
    schema
}

fn platform() -> Value {
    object(
        "`platform`",
        "What the tasks run on.",
        vec![
            (
                "architecture",
                architecture(
                    "The processor of all tasks; without it that of the services' `platform`, else `x86_64`.",
                ),
            ),
            ("spot", flag("Whether the tasks run on Fargate Spot.")),
        ],
    )
}

/// Upper case is taken as well; editors offer these.
fn architecture(description: &str) -> Value {
    let mut schema = choice(description, &["arm64", "x86_64", "aarch64", "amd64"]);
    schema["anyOf"][1]["pattern"] =
        r"^([Aa][Rr][Mm]64|[Xx]86_64|[Aa]{2}[Rr][Cc][Hh]64|[Aa][Mm][Dd]64)$|\{\{|\$".into();
    schema
}

/// The size of all tasks, or of one.
fn size(description: &str) -> Value {
    let cpus = [256, 512, 1024, 2048, 4096, 8192, 16384, 32768];
    object(
        "`size`",
        &format!("The size of a task. {description}"),
        vec![
            ("cpu", one_of_numbers("CPU units, 1024 to a vCPU.", &cpus)),
            (
                "memory",
                count(
                    "MiB; Fargate has certain sizes for each number of CPU units.",
                    2048,
                    512..=249_856,
                ),
            ),
            ("storage", count("Ephemeral storage in GiB; 20 without it.", 50, 21..=200)),
        ],
    )
}

fn roles() -> Value {
    object(
        "`roles`",
        "IAM roles, by name or ARN.",
        vec![
            (
                "execution",
                text(
                    "The role with which ECS pulls images, reads secrets and writes logs.",
                    "ecsTaskExecutionRole",
                ),
            ),
            ("task", text("The role of the code in the containers.", "app-staging")),
        ],
    )
}

fn network() -> Value {
    object(
        "`network`",
        "Where tasks are attached.",
        vec![
            (
                "subnets",
                texts(
                    "Subnets by id, by the tag `Name`, or by another tag: `tag:Tier=public`. At most 16.",
                    "tag:Tier=public",
                ),
            ),
            (
                "security_groups",
                texts("Security groups by id, by name or by a tag. At most 5.", "web"),
            ),
            ("public_ip", flag("Whether a task gets a public address.")),
        ],
    )
}

fn logs_block() -> Value {
    object(
        "`logs`",
        "Where containers log to.",
        vec![
            (
                "group",
                text("The log group; `/ecs/<environment>` without it.", "/ecs/{{environment}}"),
            ),
            (
                "retention_days",
                one_of_numbers("After how many days events go; without it they stay.", &logs::DAYS),
            ),
        ],
    )
}

fn dns() -> Value {
    object(
        "`dns`",
        "The hosted zone that gets a record for each host of `ingress`.",
        vec![
            ("zone", text("Name or id of the zone.", "example.com")),
            (
                "weight",
                count("Given: a weighted CNAME of this weight instead of an alias.", 100, 0..=255),
            ),
        ],
    )
}

fn ecr() -> Value {
    let tags = pattern("How the tags begin.", "feature-", "[A-Za-z0-9._-]{1,128}");
    let lifecycle = object(
        "the lifecycle of `name`",
        "Of the images whose tag begins so, the newest stay.",
        vec![("tag_prefix", tags), ("keep", count("How many images stay.", 10, 1..=u32::MAX))],
    );
    object(
        "`ecr`",
        "Repositories of ECR.",
        vec![(
            "lifecycle",
            map("Which images are kept, by the name of the repository.", &lifecycle),
        )],
    )
}

fn tasks() -> Value {
    let task = object(
        "a task",
        "A task with what is special about it.",
        vec![
            ("services", texts("The services that run in it.", "nginx")),
            (
                "count",
                count(
                    "How many copies run; a service that somebody scaled stays as it is without it.",
                    2,
                    0..=u32::MAX,
                ),
            ),
            ("size", size("It wins over that of the top level.")),
            ("spot", flag("Whether it runs on Fargate Spot; it wins over `platform`.")),
            ("exec", flag("Whether ECS Exec opens a shell in its containers.")),
            ("architecture", architecture("Its processor; it wins over `platform`.")),
        ],
    );
    let services = json!({ "type": "array", "items": { "type": ["string", "integer"] } });
    let either = forms(
        "The services of the task, or a mapping with `services`.",
        &[services, item(task, &[])],
    );
    map("Several tasks instead of one, by the name of the task.", &either)
}

fn service_connect() -> Value {
    object(
        "`service_connect`",
        "How tasks find each other by the names of their services.",
        vec![(
            "namespace",
            pattern(
                "A Cloud Map namespace that is there already, by name or ARN; without it each environment gets its own.",
                "{{environment}}",
                "[!-~]{1,1024}",
            ),
        )],
    )
}

fn files() -> Value {
    object(
        "`files`",
        "How configs and secrets get into containers as files.",
        vec![(
            "image",
            pattern(
                "The image of the container that writes them; it has to have `/bin/sh`.",
                "public.ecr.aws/docker/library/busybox:stable",
                r"\S+",
            ),
        )],
    )
}
