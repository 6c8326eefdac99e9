//! A broken rule into data: which rule, where in the definition, in words, and what helps.

use super::rule::{Rule, Severity};
use std::{
    fmt::{Display, Formatter, Result},
    ops::RangeInclusive,
};

/// A rule of Fargate that a definition breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule.
    pub rule: Rule,
    /// The weight of the rule.
    pub severity: Severity,
    /// Where in the definition.
    pub subject: Subject,
    /// A phrase: lower case, identifiers in backticks, no full stop.
    pub message: String,
    /// A phrase that says what to do.
    pub help: Option<String>,
}

impl Violation {
    pub(super) fn new(rule: Rule, subject: Subject, message: impl Into<String>) -> Self {
        Self { rule, severity: rule.severity(), subject, message: message.into(), help: None }
    }

    pub(super) fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// The part of a definition that breaks a rule. Fields have their JSON names; a `.` leads into a
/// nested field, and `item` counts in the list the field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The task itself.
    Task {
        /// Such as `cpu`; none for the definition as a whole.
        field: Option<&'static str>,
        /// Such as the number of a tag.
        item: Option<usize>,
    },
    /// A container.
    Container {
        /// Its number in `containerDefinitions`.
        index: usize,
        /// Such as `linuxParameters.tmpfs`.
        field: Option<&'static str>,
        /// Such as the number of a port mapping.
        item: Option<usize>,
        /// A field of the item, such as `hostPort`.
        key: Option<&'static str>,
    },
    /// A volume.
    Volume {
        /// Its number in `volumes`.
        index: usize,
        /// Such as `efsVolumeConfiguration.rootDirectory`.
        field: Option<&'static str>,
    },
    /// The service that runs the definition, in the words of `CreateService`.
    Service {
        /// Such as `subnets`.
        field: &'static str,
        /// Such as the number of a subnet.
        item: Option<usize>,
    },
}

impl Subject {
    pub(super) const fn task(field: &'static str) -> Self {
        Self::Task { field: Some(field), item: None }
    }

    pub(super) const fn volume(index: usize, field: &'static str) -> Self {
        Self::Volume { index, field: Some(field) }
    }

    /// The field of the item that the subject is.
    pub(super) fn key(self, name: &'static str) -> Self {
        match self {
            Self::Container { index, field, item, .. } => {
                Self::Container { index, field, item, key: Some(name) }
            }
            other => other,
        }
    }

    /// Where the subject stands in the definition. Within a nested field the order is that of the
    /// checks.
    pub(super) fn position(self) -> (usize, usize, usize, usize) {
        match self {
            Self::Task { field, item } => (place(field, &TASK_FIELDS), 0, 0, rank(field, item)),
            Self::Container { index, field, item, .. } => {
                let task = place(Some("containerDefinitions"), &TASK_FIELDS);
                (task, index + 1, place(field, &CONTAINER_FIELDS), rank(field, item))
            }
            Self::Volume { index, field: _ } => {
                (place(Some("volumes"), &TASK_FIELDS), index + 1, 0, 0)
            }
            Self::Service { item, .. } => (usize::MAX, 0, 0, item.map_or(0, |item| item + 1)),
        }
    }
}

/// The path in the JSON, such as `containerDefinitions[0].portMappings[1]`.
impl Display for Subject {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let (list, field, item, key) = match *self {
            Self::Task { field, item } => (None, field, item, None),
            Self::Container { index, field, item, key } => {
                (Some(("containerDefinitions", index)), field, item, key)
            }
            Self::Volume { index, field } => (Some(("volumes", index)), field, None, None),
            Self::Service { field, item } => (None, Some(field), item, None),
        };
        if let Some((name, index)) = list {
            write!(f, "{name}[{index}]")?;
        }
        if let Some(field) = field {
            write!(f, "{}{field}", if list.is_some() { "." } else { "" })?;
        }
        if let Some(item) = item {
            write!(f, "[{item}]")?;
        }
        key.map_or(Ok(()), |key| write!(f, ".{key}"))
    }
}

fn rank(field: Option<&str>, item: Option<usize>) -> usize {
    let is_nested = field.is_some_and(|field| field.contains('.'));
    item.filter(|_| !is_nested).map_or(0, |item| item + 1)
}

fn place(field: Option<&str>, fields: &[&str]) -> usize {
    let head = field.and_then(|field| field.split('.').next());
    fields.iter().position(|known| Some(*known) == head).map_or(0, |place| place + 1)
}

/// Says that a number is outside what ECS allows.
pub(super) fn outside(
    name: &str,
    value: Option<i32>,
    allowed: RangeInclusive<i32>,
) -> Option<String> {
    let value = value.filter(|value| !allowed.contains(value))?;
    Some(format!("`{name}` is {value}, but has to be {} to {}", allowed.start(), allowed.end()))
}

/// Finds a value the API does not list.
pub(super) fn unlisted(
    subject: Subject,
    name: &str,
    value: Option<&str>,
    allowed: &[&str],
) -> Option<Violation> {
    let value = value.filter(|value| !allowed.contains(value))?;
    let message = format!("`{value}` is not a value of `{name}`");
    Some(
        Violation::new(Rule::UnknownValue, subject, message)
            .with_help(format!("use {}", alternatives(allowed))),
    )
}

/// Lists names as in `a`, `b` or `c`.
pub(super) fn alternatives(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// Says what is wrong with a name of 1 to 255 of `[A-Za-z0-9_-]` (ecs-rules.md, Names and images).
pub(super) fn bad_name(what: &str, name: &str) -> Option<String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() {
        Some(format!("{what} is empty"))
    } else if let Some(c) = name.chars().find(|c| !legal(*c)) {
        Some(format!("{what} `{name}` has a `{c}`; letters, digits, `_` and `-` are allowed"))
    } else {
        (name.len() > 255).then(|| format!("{what} has {} characters; 255 are allowed", name.len()))
    }
}

const TASK_FIELDS: [&str; 19] = [
    "family",
    "taskRoleArn",
    "executionRoleArn",
    "networkMode",
    "containerDefinitions",
    "volumes",
    "placementConstraints",
    "requiresCompatibilities",
    "cpu",
    "memory",
    "tags",
    "pidMode",
    "ipcMode",
    "proxyConfiguration",
    "inferenceAccelerators",
    "ephemeralStorage",
    "runtimePlatform",
    "enableFaultInjection",
    "trustedExecutionConfiguration",
];

const CONTAINER_FIELDS: [&str; 42] = [
    "name",
    "image",
    "repositoryCredentials",
    "cpu",
    "memory",
    "memoryReservation",
    "links",
    "portMappings",
    "essential",
    "restartPolicy",
    "entryPoint",
    "command",
    "environment",
    "environmentFiles",
    "mountPoints",
    "volumesFrom",
    "linuxParameters",
    "secrets",
    "dependsOn",
    "startTimeout",
    "stopTimeout",
    "versionConsistency",
    "hostname",
    "user",
    "workingDirectory",
    "disableNetworking",
    "privileged",
    "readonlyRootFilesystem",
    "dnsServers",
    "dnsSearchDomains",
    "extraHosts",
    "dockerSecurityOptions",
    "interactive",
    "pseudoTerminal",
    "dockerLabels",
    "ulimits",
    "logConfiguration",
    "healthCheck",
    "systemControls",
    "resourceRequirements",
    "firelensConfiguration",
    "credentialSpecs",
];

#[cfg(test)]
mod tests {
    use super::{CONTAINER_FIELDS, TASK_FIELDS};
    use crate::ecs::task_definition::tests::EVERY_MEMBER;

    #[test]
    fn the_order_of_fields_is_that_of_the_definition() {
        let json: serde_json::Value = serde_json::from_str(EVERY_MEMBER).unwrap();
        let keys = |value: &serde_json::Value| {
            value.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
        };
        assert_eq!(keys(&json), TASK_FIELDS);
        assert_eq!(keys(&json["containerDefinitions"][0]), CONTAINER_FIELDS);
    }
}
