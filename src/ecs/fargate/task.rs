//! The names, size and platform of the task into the rules they break.

use super::{
    Size, is_size, parse_cpu, parse_memory,
    rule::Rule,
    size::LINUX_ONLY_CPU,
    smallest_size,
    violation::{Subject, Violation, bad_name, outside, unlisted},
};
use crate::ecs::{container_definition::ContainerDefinition, task_definition::TaskDefinition};

pub(super) fn check(definition: &TaskDefinition, out: &mut Vec<Violation>) {
    check_whole(definition, out);
    check_names(definition, out);
    check_count(definition, out);
    check_compatibility(definition, out);
    check_size(definition, out);
    check_sums(definition, out);
    check_platform(definition, out);
}

fn check_whole(definition: &TaskDefinition, out: &mut Vec<Violation>) {
    let json = serde_json::to_vec(definition)
        .expect("a definition holds nothing but text, numbers and lists");
    if json.len() > 65536 {
        let subject = largest_container(definition);
        let message = format!("the definition has {} bytes of JSON; 65536 are allowed", json.len());
        let help =
            "move environment variables into environment files or secrets, or split the task";
        out.push(Violation::new(Rule::DefinitionSize, subject, message).with_help(help));
    }
}

/// What makes a definition large is its largest container.
fn largest_container(definition: &TaskDefinition) -> Subject {
    let length = |it: &ContainerDefinition| serde_json::to_vec(it).map_or(0, |it| it.len());
    let lengths = definition.container_definitions.iter().map(length).enumerate();
    let largest = lengths.max_by_key(|(_, length)| *length);
    largest.map_or(Subject::Task { field: None, item: None }, |(index, _)| Subject::Container {
        index,
        field: None,
        item: None,
        key: None,
    })
}

fn check_names(definition: &TaskDefinition, out: &mut Vec<Violation>) {
    let family = bad_name("the family", &definition.family);
    out.extend(
        family.map(|message| Violation::new(Rule::FamilyName, Subject::task("family"), message)),
    );
    let mode = definition.network_mode.as_deref();
    if mode != Some("awsvpc") {
        let message = mode.map_or("`networkMode` is missing".to_owned(), |mode| {
            format!("`networkMode` is `{mode}`")
        });
        let violation = Violation::new(Rule::NetworkMode, Subject::task("networkMode"), message);
        out.push(violation.with_help("Fargate has `awsvpc` only"));
    }
}

fn check_count(definition: &TaskDefinition, out: &mut Vec<Violation>) {
    let count = definition.container_definitions.len();
    if !(1..=10).contains(&count) {
        let message = format!("the task has {count} containers, but has to have 1 to 10");
        let violation =
            Violation::new(Rule::ContainerCount, Subject::task("containerDefinitions"), message);
        out.push(if count > 10 {
            violation.with_help("split the project into several tasks")
        } else {
            violation
        });
    }
}

fn check_compatibility(definition: &TaskDefinition, out: &mut Vec<Violation>) {
    const FIELD: &str = "requiresCompatibilities";
    for (item, value) in definition.requires_compatibilities.iter().enumerate() {
        let subject = Subject::Task { field: Some(FIELD), item: Some(item) };
        let known = ["FARGATE", "EC2", "EXTERNAL", "MANAGED_INSTANCES"];
        out.extend(unlisted(subject, FIELD, Some(value), &known));
    }
    if !definition.requires_compatibilities.iter().any(|value| value == "FARGATE") {
        let message = "`requiresCompatibilities` does not name `FARGATE`";
        let violation = Violation::new(Rule::Compatibility, Subject::task(FIELD), message);
        out.push(
            violation
                .with_help("without it ECS checks the definition when a task is run, not before"),
        );
    }
}

fn check_size(definition: &TaskDefinition, out: &mut Vec<Violation>) {
    let cpu = number("cpu", definition.cpu.as_deref(), parse_cpu, out);
    let memory = number("memory", definition.memory.as_deref(), parse_memory, out);
    let (Some(cpu), Some(memory)) = (cpu, memory) else {
        return;
    };
    let subject = Subject::task("cpu");
    if !is_size(cpu, memory) {
        let message = format!("Fargate has no size of {cpu} CPU units and {memory} MiB");
        let violation = Violation::new(Rule::TaskSize, subject, message);
        out.push(violation.with_help(match smallest_size(cpu, memory) {
            Some(Size { cpu, memory }) => {
                format!("the next that holds both has {cpu} CPU units and {memory} MiB")
            }
            None => "the largest has 32768 CPU units and 249856 MiB".to_owned(),
        }));
    } else if is_windows(definition) && !(1024..LINUX_ONLY_CPU).contains(&cpu) {
        let message = format!("Windows tasks cannot have {cpu} CPU units");
        out.push(Violation::new(Rule::TaskSize, subject, message).with_help("use 1024 to 16384"));
    }
}

fn number(
    field: &'static str,
    text: Option<&str>,
    parse: fn(&str) -> Option<u32>,
    out: &mut Vec<Violation>,
) -> Option<u32> {
    let number = text.and_then(parse);
    if number.is_none() {
        let message = match text {
            Some(text) => format!("`{text}` is not a value of `{field}`"),
            None => format!("`{field}` of the task is missing"),
        };
        let help = if field == "cpu" {
            "write CPU units, such as `1024`"
        } else {
            "write MiB, such as `2048`"
        };
        out.push(Violation::new(Rule::TaskSize, Subject::task(field), message).with_help(help));
    }
    number
}

fn is_windows(definition: &TaskDefinition) -> bool {
    let platform = definition.runtime_platform.as_ref();
    let family = platform.and_then(|platform| platform.operating_system_family.as_deref());
    family.is_some_and(|family| family.starts_with("WINDOWS"))
}

fn check_sums(definition: &TaskDefinition, out: &mut Vec<Violation>) {
    let containers = &definition.container_definitions;
    let sum = |numbers: Vec<Option<i32>>| numbers.into_iter().flatten().map(i64::from).sum::<i64>();
    let limit =
        |text: Option<&str>, parse: fn(&str) -> Option<u32>| text.and_then(parse).map(i64::from);
    let cpu = sum(containers.iter().map(|container| container.cpu).collect());
    if let Some(limit) = limit(definition.cpu.as_deref(), parse_cpu).filter(|limit| cpu > *limit) {
        let message = format!("the containers have {cpu} CPU units together, the task {limit}");
        out.push(Violation::new(Rule::CpuSum, Subject::task("cpu"), message));
    }
    let memory = sum(containers
        .iter()
        .map(|container| container.memory_reservation.or(container.memory))
        .collect());
    if let Some(limit) =
        limit(definition.memory.as_deref(), parse_memory).filter(|limit| memory > *limit)
    {
        let message = format!("the containers reserve {memory} MiB together, the task has {limit}");
        out.push(Violation::new(Rule::MemorySum, Subject::task("memory"), message));
    }
}

fn check_platform(definition: &TaskDefinition, out: &mut Vec<Violation>) {
    let storage = definition.ephemeral_storage.as_ref().map(|storage| storage.size_in_gib);
    let subject = Subject::task("ephemeralStorage.sizeInGiB");
    out.extend(
        outside("sizeInGiB", storage, 21..=200)
            .map(|message| Violation::new(Rule::EphemeralStorage, subject, message))
            .map(|violation| violation.with_help("leave it out for the 20 GiB every task has")),
    );
    if let Some(platform) = &definition.runtime_platform {
        let (name, value) = ("cpuArchitecture", platform.cpu_architecture.as_deref());
        out.extend(unlisted(
            Subject::task("runtimePlatform.cpuArchitecture"),
            name,
            value,
            &["X86_64", "ARM64"],
        ));
        let (name, value) = ("operatingSystemFamily", platform.operating_system_family.as_deref());
        out.extend(unlisted(
            Subject::task("runtimePlatform.operatingSystemFamily"),
            name,
            value,
            &SYSTEMS,
        ));
    }
}

const SYSTEMS: [&str; 10] = [
    "LINUX",
    "WINDOWS_SERVER_2025_FULL",
    "WINDOWS_SERVER_2025_CORE",
    "WINDOWS_SERVER_2022_FULL",
    "WINDOWS_SERVER_2022_CORE",
    "WINDOWS_SERVER_2019_FULL",
    "WINDOWS_SERVER_2019_CORE",
    "WINDOWS_SERVER_2016_FULL",
    "WINDOWS_SERVER_20H2_CORE",
    "WINDOWS_SERVER_2004_CORE",
];

#[cfg(test)]
pub(super) mod tests {
    use crate::ecs::{
        ContainerDefinition, EphemeralStorage, RuntimePlatform, TaskDefinition,
        fargate::tests::{Case, check_all},
    };

    fn size(t: &mut TaskDefinition, cpu: &str, memory: &str) {
        t.cpu = Some(cpu.to_owned());
        t.memory = Some(memory.to_owned());
    }

    fn platform(t: &mut TaskDefinition, architecture: &str, system: &str) {
        let (architecture, system) = (Some(architecture.to_owned()), Some(system.to_owned()));
        let platform =
            RuntimePlatform { cpu_architecture: architecture, operating_system_family: system };
        t.runtime_platform = Some(platform);
    }

    fn storage(t: &mut TaskDefinition, size: i32) {
        t.ephemeral_storage = Some(EphemeralStorage { size_in_gib: size });
    }

    pub(in crate::ecs::fargate) const CASES: &[Case] = &[
        (
            |t| t.container_definitions[0].command = Some(vec!["x".repeat(65536)]),
            &[
                "definition-size containerDefinitions[0]: the definition has 65875 bytes of JSON; 65536 are allowed; \
                 move environment variables into environment files or secrets, or split the task",
            ],
        ),
        (|t| t.family = "a".repeat(255), &[]),
        (
            |t| t.family = "a".repeat(256),
            &["family-name family: the family has 256 characters; 255 are allowed"],
        ),
        (
            |t| t.family = "shop/x".to_owned(),
            &["family-name family: the family `shop/x` has a `/`; letters, digits, `_` and `-` \
                 are allowed"],
        ),
        (|t| t.family.clear(), &["family-name family: the family is empty"]),
        (
            |t| t.network_mode = Some("bridge".to_owned()),
            &["network-mode networkMode: `networkMode` is `bridge`; Fargate has `awsvpc` only"],
        ),
        (
            |t| t.network_mode = None,
            &["network-mode networkMode: `networkMode` is missing; Fargate has `awsvpc` only"],
        ),
        (
            |t| {
                for number in 0..9 {
                    let (name, image) = (format!("more{number}"), "more".to_owned());
                    t.container_definitions.push(ContainerDefinition {
                        name,
                        image,
                        ..Default::default()
                    });
                }
            },
            &["container-count containerDefinitions: the task has 11 containers, but has to \
                 have 1 to 10; split the project into several tasks"],
        ),
        (
            |t| t.container_definitions.clear(),
            &["container-count containerDefinitions: the task has 0 containers, but has to \
                 have 1 to 10"],
        ),
        (
            |t| t.requires_compatibilities = vec!["fargate".to_owned()],
            &[
                "compatibility requiresCompatibilities: `requiresCompatibilities` does not name \
                 `FARGATE`; without it ECS checks the definition when a task is run, not before",
                "unknown-value requiresCompatibilities[0]: `fargate` is not a value of \
                 `requiresCompatibilities`; use `FARGATE`, `EC2`, `EXTERNAL` or \
                 `MANAGED_INSTANCES`",
            ],
        ),
        (
            |t| t.cpu = None,
            &["task-size cpu: `cpu` of the task is missing; write CPU units, such as `1024`"],
        ),
        (
            |t| t.memory = None,
            &["task-size memory: `memory` of the task is missing; write MiB, such as `2048`"],
        ),
        (|t| size(t, ".5 vcpu", "3 GB"), &[]),
        (
            |t| size(t, "lots", "512m"),
            &[
                "task-size cpu: `lots` is not a value of `cpu`; write CPU units, such as `1024`",
                "task-size memory: `512m` is not a value of `memory`; write MiB, such as `2048`",
            ],
        ),
        (
            |t| size(t, "1024", "1024"),
            &["task-size cpu: Fargate has no size of 1024 CPU units and 1024 MiB; the next \
                 that holds both has 1024 CPU units and 2048 MiB"],
        ),
        (
            |t| size(t, "65536", "512"),
            &["task-size cpu: Fargate has no size of 65536 CPU units and 512 MiB; the largest \
                 has 32768 CPU units and 249856 MiB"],
        ),
        (
            |t| platform(t, "X86_64", "WINDOWS_SERVER_2022_CORE"),
            &["task-size cpu: Windows tasks cannot have 256 CPU units; use 1024 to 16384"],
        ),
        (
            |t| {
                platform(t, "X86_64", "WINDOWS_SERVER_2022_CORE");
                size(t, "32768", "61440");
            },
            &["task-size cpu: Windows tasks cannot have 32768 CPU units; use 1024 to 16384"],
        ),
        (
            |t| {
                t.container_definitions[0].cpu = Some(128);
                t.container_definitions[1].cpu = Some(129);
            },
            &["cpu-sum cpu: the containers have 257 CPU units together, the task 256"],
        ),
        (
            |t| {
                t.container_definitions[0].memory = Some(512);
                t.container_definitions[1].memory = Some(512);
                t.container_definitions[1].memory_reservation = Some(6);
            },
            &["memory-sum memory: the containers reserve 518 MiB together, the task has 512"],
        ),
        (
            |t| {
                t.container_definitions[0].memory = Some(256);
                t.container_definitions[1].memory = Some(256);
            },
            &[],
        ),
        (|t| storage(t, 21), &[]),
        (
            |t| storage(t, 20),
            &["ephemeral-storage ephemeralStorage.sizeInGiB: `sizeInGiB` is 20, but has to be \
                 21 to 200; leave it out for the 20 GiB every task has"],
        ),
        (|t| platform(t, "ARM64", "LINUX"), &[]),
        (
            |t| platform(t, "arm64", "LINUX"),
            &["unknown-value runtimePlatform.cpuArchitecture: `arm64` is not a value of \
                 `cpuArchitecture`; use `X86_64` or `ARM64`"],
        ),
    ];

    #[test]
    fn the_fields_of_the_task_are_checked() {
        check_all(CASES);
    }
}
