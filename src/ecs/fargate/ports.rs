//! The port mappings of a task into the rules they break (ecs-rules.md, Network).
//!
//! All containers of a task share one network.

use super::{
    Site,
    rule::Rule,
    violation::{Subject, Violation, outside, unlisted},
};
use crate::ecs::{container_definition::PortMapping, task_definition::TaskDefinition};

pub(super) fn check(site: Site<'_>, out: &mut Vec<Violation>) {
    let mappings = &site.container.port_mappings;
    for (item, mapping) in mappings.iter().enumerate() {
        let subject = site.item("portMappings", item);
        check_number(mapping, subject, out);
        out.extend(unlisted(
            subject.key("protocol"),
            "protocol",
            mapping.protocol.as_deref(),
            &["tcp", "udp"],
        ));
        let protocol = mapping.app_protocol.as_deref();
        out.extend(unlisted(
            subject.key("appProtocol"),
            "appProtocol",
            protocol,
            &["http", "http2", "grpc"],
        ));
        let name = mapping.name.as_deref().and_then(bad_port_name);
        let subject = subject.key("name");
        out.extend(name.map(|message| Violation::new(Rule::PortName, subject, message)));
    }
    let ranges = mappings.iter().filter(|mapping| mapping.container_port_range.is_some()).count();
    if ranges > 100 {
        let message = format!("the container has {ranges} ranges of ports; 100 are allowed");
        out.push(Violation::new(Rule::PortRange, site.at("portMappings"), message));
    }
}

/// Of more mappings not every pair is compared: the definition is beyond its 64 KiB with them.
const MAXIMUM_MAPPINGS: usize = 1000;

/// Finds ports and port names that occur in more than one mapping of the task.
pub(super) fn check_task(definition: &TaskDefinition, out: &mut Vec<Violation>) {
    let published = published(definition);
    if published.len() > MAXIMUM_MAPPINGS {
        return;
    }
    for (number, port) in published.iter().enumerate() {
        let earlier = published[..number].iter();
        let clashes = earlier.clone().filter_map(|other| port.clash(other));
        out.extend(clashes.min_by_key(|violation| violation.severity));
        let name = port.name.filter(|name| earlier.clone().any(|other| other.name == Some(name)));
        out.extend(name.map(|name| {
            let message = format!("the port name `{name}` is taken");
            Violation::new(Rule::PortName, port.subject().key("name"), message)
        }));
    }
}

struct Published<'a> {
    container: (usize, &'a str),
    item: usize,
    first: i32,
    last: i32,
    protocol: &'a str,
    name: Option<&'a str>,
}

impl Published<'_> {
    fn subject(&self) -> Subject {
        Subject::Container {
            index: self.container.0,
            field: Some("portMappings"),
            item: Some(self.item),
            key: None,
        }
    }

    fn clash(&self, other: &Self) -> Option<Violation> {
        if self.first > other.last || other.first > self.last {
            return None;
        }
        let (port, subject) = (self.first.max(other.first), self.subject());
        if self.protocol == other.protocol {
            let (protocol, owner) = (self.protocol, other.container.1);
            let message = format!("the {protocol} port {port} is taken by the container `{owner}`");
            let help = "all containers of a task share one network: give one of them another port";
            return Some(Violation::new(Rule::PortConflict, subject, message).with_help(help));
        }
        (self.container.0 == other.container.0).then(|| {
            let message = format!("the port {port} is in two mappings of the container");
            let help =
                "a service behind a load balancer is refused over this, even for two protocols";
            Violation::new(Rule::PortRepeated, subject, message).with_help(help)
        })
    }
}

fn published(definition: &TaskDefinition) -> Vec<Published<'_>> {
    let containers = definition.container_definitions.iter().enumerate();
    let mappings = containers.flat_map(|(index, container)| {
        let mappings = container.port_mappings.iter().enumerate();
        mappings.map(move |(item, mapping)| ((index, container.name.as_str()), item, mapping))
    });
    let port = |(container, item, mapping)| {
        let (first, last) = bounds(mapping)?;
        let (protocol, name) =
            (mapping.protocol.as_deref().unwrap_or("tcp"), mapping.name.as_deref());
        Some(Published { container, item, first, last, protocol, name })
    };
    mappings.filter_map(port).collect()
}

fn bounds(mapping: &PortMapping) -> Option<(i32, i32)> {
    mapping
        .container_port
        .map(|port| (port, port))
        .or_else(|| range(mapping.container_port_range.as_deref()?))
}

fn range(text: &str) -> Option<(i32, i32)> {
    let (first, last) = text.split_once('-')?;
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (1 <= first && first < last && last <= 65535).then_some((first, last))
}

fn check_number(mapping: &PortMapping, subject: Subject, out: &mut Vec<Violation>) {
    match (mapping.container_port, mapping.container_port_range.as_deref()) {
        (None, None) => {
            out.push(Violation::new(Rule::PortNumber, subject, "`containerPort` is missing"));
        }
        (Some(port), None) => {
            let number = outside("containerPort", Some(port), 1..=65535);
            let number =
                number.map(|it| Violation::new(Rule::PortNumber, subject.key("containerPort"), it));
            out.extend(number);
            if let Some(host) = mapping.host_port.filter(|host| *host != port) {
                let message = format!("`hostPort` is {host}, but `containerPort` is {port}");
                let violation = Violation::new(Rule::HostPort, subject.key("hostPort"), message);
                out.push(violation.with_help(
                    "a task has its own address: publish the port the container listens on",
                ));
            }
        }
        (port, Some(text)) => {
            let message = if port.is_some() || mapping.host_port.is_some() {
                Some("`containerPortRange` excludes `containerPort` and `hostPort`".to_owned())
            } else {
                range(text)
                    .is_none()
                    .then(|| format!("`{text}` is not a range of ports, such as `8000-8010`"))
            };
            let subject = subject.key("containerPortRange");
            out.extend(message.map(|message| Violation::new(Rule::PortRange, subject, message)));
        }
    }
}

fn bad_port_name(name: &str) -> Option<String> {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    let is_bad =
        name.is_empty() || name.len() > 64 || name.starts_with('-') || !name.chars().all(legal);
    is_bad.then(|| {
        let legal = "1 to 64 lower case letters, digits, `_` and `-`, without a `-` in front";
        format!("the port name `{name}` is not {legal}")
    })
}

#[cfg(test)]
pub(super) mod tests {
    use crate::ecs::{
        PortMapping, TaskDefinition,
        fargate::tests::{Case, check_all},
    };

    fn mapping(t: &mut TaskDefinition) -> &mut PortMapping {
        &mut t.container_definitions[0].port_mappings[0]
    }

    fn add(t: &mut TaskDefinition, container: usize, port: i32, protocol: &str) {
        let (container_port, protocol) = (Some(port), Some(protocol.to_owned()));
        let mapping = PortMapping { container_port, protocol, ..PortMapping::default() };
        t.container_definitions[container].port_mappings.push(mapping);
    }

    fn add_range(t: &mut TaskDefinition, range: &str) {
        let container_port_range = Some(range.to_owned());
        let mapping = PortMapping { container_port_range, ..PortMapping::default() };
        t.container_definitions[1].port_mappings.push(mapping);
    }

    fn named(t: &mut TaskDefinition, first: &str, second: &str) {
        mapping(t).name = Some(first.to_owned());
        t.container_definitions[1].port_mappings[0].name = Some(second.to_owned());
    }

    pub(in crate::ecs::fargate) const CASES: &[Case] = &[
        (
            |t| mapping(t).container_port = None,
            &["port-number containerDefinitions[0].portMappings[0]: `containerPort` is missing"],
        ),
        (
            |t| mapping(t).container_port = Some(65536),
            &[
                "port-number containerDefinitions[0].portMappings[0].containerPort: `containerPort` is 65536, \
                 but has to be 1 to 65535",
            ],
        ),
        (|t| mapping(t).host_port = Some(80), &[]),
        (
            |t| mapping(t).host_port = Some(8080),
            &[
                "host-port containerDefinitions[0].portMappings[0].hostPort: `hostPort` is 8080, but \
                 `containerPort` is 80; a task has its own address: publish the port the \
                 container listens on",
            ],
        ),
        (|t| add_range(t, "8000-8010"), &[]),
        (
            |t| {
                add_range(t, "8010-8000");
                add_range(t, "8000");
                mapping(t).container_port_range = Some("1-2".to_owned());
            },
            &[
                "port-range containerDefinitions[0].portMappings[0].containerPortRange: `containerPortRange` \
                 excludes `containerPort` and `hostPort`",
                "port-range containerDefinitions[1].portMappings[1].containerPortRange: `8010-8000` is not a range \
                 of ports, such as `8000-8010`",
                "port-range containerDefinitions[1].portMappings[2].containerPortRange: `8000` is not a range of \
                 ports, such as `8000-8010`",
            ],
        ),
        (
            |t| {
                (0..101).for_each(|number| {
                    add_range(t, &format!("{}-{}", 10000 + number * 2, 10001 + number * 2));
                });
            },
            &["port-range containerDefinitions[1].portMappings: the container has 101 ranges \
                 of ports; 100 are allowed"],
        ),
        (
            |t| {
                add(t, 1, 80, "tcp");
                add_range(t, "5430-5440");
            },
            &[
                "port-conflict containerDefinitions[1].portMappings[1]: the tcp port 80 is taken \
                 by the container `app`; all containers of a task share one network: give one of \
                 them another port",
                "port-conflict containerDefinitions[1].portMappings[2]: the tcp port 5432 is \
                 taken by the container `db`; all containers of a task share one network: give \
                 one of them another port",
            ],
        ),
        (|t| add(t, 1, 80, "udp"), &[]),
        (
            |t| {
                add(t, 0, 53, "tcp");
                add(t, 0, 53, "udp");
            },
            &["port-repeated containerDefinitions[0].portMappings[2]: the port 53 is in two \
                 mappings of the container; a service behind a load balancer is refused over \
                 this, even for two protocols"],
        ),
        (
            |t| {
                add(t, 0, 22, "sctp");
                mapping(t).app_protocol = Some("https".to_owned());
            },
            &[
                "unknown-value containerDefinitions[0].portMappings[0].appProtocol: `https` is not a value \
                 of `appProtocol`; use `http`, `http2` or `grpc`",
                "unknown-value containerDefinitions[0].portMappings[1].protocol: `sctp` is not a value of \
                 `protocol`; use `tcp` or `udp`",
            ],
        ),
        (|t| named(t, "web_1", "9-db"), &[]),
        (
            |t| named(t, "Web", "-db"),
            &[
                "port-name containerDefinitions[0].portMappings[0].name: the port name `Web` is not 1 \
                 to 64 lower case letters, digits, `_` and `-`, without a `-` in front",
                "port-name containerDefinitions[1].portMappings[0].name: the port name `-db` is not 1 \
                 to 64 lower case letters, digits, `_` and `-`, without a `-` in front",
            ],
        ),
        (
            |t| named(t, "web", "web"),
            &[
                "port-name containerDefinitions[1].portMappings[0].name: the port name `web` is taken",
            ],
        ),
    ];

    #[test]
    fn ports_are_checked_across_the_task() {
        check_all(CASES);
    }
}
