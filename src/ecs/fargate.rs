//! A task definition into all the rules of Fargate it breaks, without asking AWS.
//!
//! The rules are those of ecs-rules.md that show in the definition alone; each is a [`Rule`], and
//! every file below checks the rules of one part of a definition.

mod container;
mod depends_on;
mod health_check;
mod limits;
mod logging;
mod ports;
mod roles;
mod rule;
mod secrets;
mod service;
mod size;
mod tags;
mod task;
mod unsupported;
mod violation;
mod volumes;

pub use rule::{Rule, Severity};
pub use service::{Running, check_running};
pub use size::{Size, is_size, memories, parse_cpu, parse_memory, smallest_size};
pub use violation::{Subject, Violation};

use super::{container_definition::ContainerDefinition, task_definition::TaskDefinition};

/// Finds every rule the definition breaks, in the order of the definition.
pub fn check(definition: &TaskDefinition) -> Vec<Violation> {
    let mut out = Vec::new();
    for part in TASK_CHECKS {
        part(definition, &mut out);
    }
    for (index, container) in definition.container_definitions.iter().enumerate() {
        let site = Site { definition, index, container };
        for part in CONTAINER_CHECKS {
            part(site, &mut out);
        }
    }
    out.sort_by_key(|violation| violation.subject.position());
    out
}

const TASK_CHECKS: [fn(&TaskDefinition, &mut Vec<Violation>); 8] = [
    task::check,
    tags::check,
    roles::check,
    unsupported::check_task,
    depends_on::check_task,
    logging::check_task,
    ports::check_task,
    volumes::check_task,
];

const CONTAINER_CHECKS: [fn(Site<'_>, &mut Vec<Violation>); 9] = [
    container::check,
    ports::check,
    secrets::check,
    volumes::check,
    depends_on::check,
    limits::check,
    logging::check,
    health_check::check,
    unsupported::check,
];

/// A container and where it stands.
#[derive(Clone, Copy)]
struct Site<'a> {
    definition: &'a TaskDefinition,
    index: usize,
    container: &'a ContainerDefinition,
}

impl Site<'_> {
    fn at(self, field: &'static str) -> Subject {
        Subject::Container { index: self.index, field: Some(field), item: None, key: None }
    }

    fn item(self, field: &'static str, item: usize) -> Subject {
        Subject::Container { index: self.index, field: Some(field), item: Some(item), key: None }
    }
}

fn container_index(definition: &TaskDefinition, name: &str) -> Option<usize> {
    definition.container_definitions.iter().position(|container| container.name == name)
}

#[cfg(test)]
mod tests {
    use super::{
        Rule, check, container, depends_on, health_check, limits, logging, ports, roles, secrets,
        service, tags, task, unsupported, violation::Subject, volumes,
    };
    use crate::ecs::{ContainerDefinition, PortMapping, TaskDefinition};
    use std::collections::BTreeSet;

    /// A change to a definition without fault, and what check then says.
    pub(in crate::ecs::fargate) type Case = (fn(&mut TaskDefinition), &'static [&'static str]);

    pub(in crate::ecs::fargate) fn check_all(cases: &[Case]) {
        for (change, expected) in cases {
            assert_eq!(found(*change), *expected);
        }
    }

    fn found(change: fn(&mut TaskDefinition)) -> Vec<String> {
        let mut definition = faultless();
        change(&mut definition);
        let line = |violation: super::Violation| {
            let help = violation.help.map(|help| format!("; {help}")).unwrap_or_default();
            format!("{} {}: {}{help}", violation.rule.name(), violation.subject, violation.message)
        };
        check(&definition).into_iter().map(line).collect()
    }

    pub(in crate::ecs::fargate) fn faultless() -> TaskDefinition {
        let container = |name: &str, port: i32| ContainerDefinition {
            name: name.to_owned(),
            image: format!("{name}:1"),
            port_mappings: vec![PortMapping {
                container_port: Some(port),
                ..PortMapping::default()
            }],
            ..ContainerDefinition::default()
        };
        TaskDefinition {
            family: "shop".to_owned(),
            execution_role_arn: Some("arn:aws:iam::123456789012:role/run".to_owned()),
            network_mode: Some("awsvpc".to_owned()),
            container_definitions: vec![container("app", 80), container("db", 5432)],
            requires_compatibilities: vec!["FARGATE".to_owned()],
            cpu: Some("256".to_owned()),
            memory: Some("512".to_owned()),
            ..TaskDefinition::default()
        }
    }

    #[test]
    fn a_definition_without_fault_breaks_no_rule() {
        assert_eq!(found(|_| ()), Vec::<String>::new());
    }

    #[test]
    fn violations_come_in_the_order_of_the_definition() {
        let found = found(|t| {
            t.cpu = None;
            t.container_definitions[1].stop_timeout = Some(1);
            t.container_definitions[1].image.clear();
            t.container_definitions[0].privileged = Some(true);
            t.family.clear();
            t.network_mode = None;
        });
        let places: Vec<_> = found.iter().map(|line| line.split_once(':').unwrap().0).collect();
        assert_eq!(
            places,
            [
                "family-name family",
                "network-mode networkMode",
                "unsupported containerDefinitions[0].privileged",
                "image containerDefinitions[1].image",
                "stop-timeout containerDefinitions[1].stopTimeout",
                "task-size cpu",
            ]
        );
    }

    #[test]
    fn every_rule_has_a_case() {
        let cases = [
            task::tests::CASES,
            tags::tests::CASES,
            roles::tests::CASES,
            container::tests::CASES,
            ports::tests::CASES,
            secrets::tests::CASES,
            volumes::tests::CASES,
            depends_on::tests::CASES,
            limits::tests::CASES,
            logging::tests::CASES,
            health_check::tests::CASES,
            unsupported::tests::CASES,
        ];
        let lines = cases.concat().into_iter().flat_map(|(_, expected)| expected);
        let lines = lines.chain(service::tests::CASES.iter().flat_map(|(_, expected)| *expected));
        let tested: BTreeSet<_> = lines.filter_map(|line| line.split(' ').next()).collect();
        let rules: BTreeSet<_> = Rule::ALL.iter().map(|it| it.name()).collect();
        assert_eq!(tested, rules);
        assert_eq!(rules.len(), Rule::ALL.len());
    }

    #[test]
    fn every_message_is_a_phrase() {
        for change in [task::tests::CASES, volumes::tests::CASES, ports::tests::CASES].concat() {
            for line in found(change.0) {
                assert!(!line.ends_with('.') && !line.contains(". "), "{line}");
            }
        }
    }

    #[test]
    fn a_subject_is_a_path_in_the_json() {
        for (subject, expected) in [
            (Subject::Task { field: None, item: None }, ""),
            (Subject::Task { field: Some("tags"), item: Some(2) }, "tags[2]"),
            (
                Subject::Container { index: 1, field: None, item: None, key: None },
                "containerDefinitions[1]",
            ),
            (
                Subject::Container {
                    index: 1,
                    field: Some("portMappings"),
                    item: Some(0),
                    key: Some("hostPort"),
                },
                "containerDefinitions[1].portMappings[0].hostPort",
            ),
            (Subject::Service { field: "subnets", item: Some(16) }, "subnets[16]"),
            (
                Subject::volume(0, "efsVolumeConfiguration.iam"),
                "volumes[0].efsVolumeConfiguration.iam",
            ),
        ] {
            assert_eq!(subject.to_string(), expected);
        }
    }
}
