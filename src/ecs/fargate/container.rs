//! Name, image, memory, user and timeouts of a container into the rules they break.

use super::{
    Site, container_index, parse_memory,
    rule::Rule,
    violation::{Violation, bad_name, outside, unlisted},
};
use crate::ecs::container_definition::RestartPolicy;

pub(super) fn check(site: Site<'_>, out: &mut Vec<Violation>) {
    check_name(site, out);
    check_image(site, out);
    check_cpu(site, out);
    check_memory(site, out);
    if let Some(policy) = &site.container.restart_policy {
        check_restart(site, policy, out);
    }
    check_timeouts(site, out);
    let consistency = site.container.version_consistency.as_deref();
    let subject = site.at("versionConsistency");
    out.extend(unlisted(subject, "versionConsistency", consistency, &["enabled", "disabled"]));
    check_user(site, out);
}

fn check_name(site: Site<'_>, out: &mut Vec<Violation>) {
    let name = &site.container.name;
    let bad = bad_name("the container's name", name);
    out.extend(bad.map(|message| Violation::new(Rule::ContainerName, site.at("name"), message)));
    if container_index(site.definition, name).is_some_and(|first| first < site.index) {
        let message = format!("the name `{name}` is taken by another container");
        out.push(Violation::new(Rule::DuplicateContainer, site.at("name"), message));
    }
}

fn check_image(site: Site<'_>, out: &mut Vec<Violation>) {
    let bad = bad_image(&site.container.image);
    out.extend(bad.map(|message| Violation::new(Rule::Image, site.at("image"), message)));
}

fn bad_image(image: &str) -> Option<String> {
    let (name, digest) =
        image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    let legal = |c: char| c.is_ascii_alphanumeric() || "-_:./#".contains(c);
    if name.is_empty() {
        Some("the image is empty".to_owned())
    } else if let Some(c) = name.chars().find(|c| !legal(*c)) {
        Some(format!("the image `{image}` has a `{c}`"))
    } else if name.len() > 255 {
        Some(format!("the image has {} characters; 255 are allowed before the digest", name.len()))
    } else {
        let is_bad = digest.is_some_and(|digest| !is_digest(digest));
        is_bad.then(|| {
            format!("the digest of the image `{image}` is not `sha256:` and 64 hexadecimal digits")
        })
    }
}

fn is_digest(digest: &str) -> bool {
    let hex = digest.strip_prefix("sha256:").unwrap_or_default();
    hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn check_cpu(site: Site<'_>, out: &mut Vec<Violation>) {
    if let Some(cpu) = site.container.cpu.filter(|cpu| *cpu < 0) {
        let message = format!("`cpu` is {cpu}, but has to be 0 or more");
        out.push(Violation::new(Rule::ContainerCpu, site.at("cpu"), message));
    }
}

fn check_memory(site: Site<'_>, out: &mut Vec<Violation>) {
    let task = site
        .definition
        .memory
        .as_deref()
        .and_then(parse_memory)
        .and_then(|task| i32::try_from(task).ok());
    let (memory, reservation) = (site.container.memory, site.container.memory_reservation);
    for (field, value) in [("memory", memory), ("memoryReservation", reservation)] {
        let Some(value) = value else { continue };
        let message = if value < 6 {
            format!("`{field}` is {value} MiB, but has to be 6 or more")
        } else if let Some(task) = task.filter(|task| value > *task) {
            format!("`{field}` is {value} MiB, more than the {task} of the task")
        } else if let Some(memory) = memory.filter(|memory| value > *memory) {
            format!("`{field}` is {value} MiB, more than the {memory} of `memory`")
        } else {
            continue;
        };
        out.push(Violation::new(Rule::ContainerMemory, site.at(field), message));
    }
}

fn check_restart(site: Site<'_>, policy: &RestartPolicy, out: &mut Vec<Violation>) {
    let count = policy.ignored_exit_codes.len();
    if count > 50 {
        let message = format!("`ignoredExitCodes` has {count} values; 50 are allowed");
        out.push(Violation::new(
            Rule::RestartPolicy,
            site.at("restartPolicy.ignoredExitCodes"),
            message,
        ));
    }
    let period = outside("restartAttemptPeriod", policy.restart_attempt_period, 60..=1800);
    let subject = site.at("restartPolicy.restartAttemptPeriod");
    out.extend(period.map(|message| Violation::new(Rule::RestartPolicy, subject, message)));
}

fn check_timeouts(site: Site<'_>, out: &mut Vec<Violation>) {
    for (rule, field, value) in [
        (Rule::StartTimeout, "startTimeout", site.container.start_timeout),
        (Rule::StopTimeout, "stopTimeout", site.container.stop_timeout),
    ] {
        let bad = outside(field, value, 2..=120);
        out.extend(bad.map(|message| Violation::new(rule, site.at(field), message)));
    }
}

fn check_user(site: Site<'_>, out: &mut Vec<Violation>) {
    let Some(user) = &site.container.user else {
        return;
    };
    let parts: Vec<&str> = user.split(':').collect();
    if parts.len() > 2 || parts.iter().any(|part| part.is_empty() || part.starts_with('-')) {
        let message = format!("`{user}` is not a user");
        let violation = Violation::new(Rule::User, site.at("user"), message);
        out.push(violation.with_help("write a name or a number, and a group after `:` if need be"));
    }
}

#[cfg(test)]
pub(super) mod tests {
    use crate::ecs::{
        RestartPolicy,
        fargate::tests::{Case, check_all},
    };

    pub(in crate::ecs::fargate) const CASES: &[Case] = &[
        (
            |t| {
                t.container_definitions[0].name.clear();
                t.container_definitions[1].name = "my.db".to_owned();
            },
            &[
                "container-name containerDefinitions[0].name: the container's name is empty",
                "container-name containerDefinitions[1].name: the container's name `my.db` has a \
                 `.`; letters, digits, `_` and `-` are allowed",
            ],
        ),
        (|t| t.container_definitions[0].name = "A_b-9".to_owned(), &[]),
        (
            |t| t.container_definitions[1].name = "app".to_owned(),
            &["duplicate-container containerDefinitions[1].name: the name `app` is taken by \
                 another container"],
        ),
        (|t| t.container_definitions[0].image = "r.example.com:5000/a_b/c#d:1.2-x".to_owned(), &[]),
        (
            |t| {
                t.container_definitions[0].image =
                    format!("{}@sha256:{}", "a".repeat(255), "0aF9".repeat(16));
            },
            &[],
        ),
        (
            |t| t.container_definitions[0].image.clear(),
            &["image containerDefinitions[0].image: the image is empty"],
        ),
        (
            |t| t.container_definitions[0].image = "a".repeat(256),
            &["image containerDefinitions[0].image: the image has 256 characters; 255 are \
                 allowed before the digest"],
        ),
        (
            |t| t.container_definitions[0].image = "app:{{branch}}".to_owned(),
            &["image containerDefinitions[0].image: the image `app:{{branch}}` has a `{`"],
        ),
        (
            |t| t.container_definitions[0].image = "app@sha256:12".to_owned(),
            &["image containerDefinitions[0].image: the digest of the image `app@sha256:12` is \
                 not `sha256:` and 64 hexadecimal digits"],
        ),
        (
            |t| t.container_definitions[0].image = "@sha256:12".to_owned(),
            &["image containerDefinitions[0].image: the image is empty"],
        ),
        (
            |t| {
                t.container_definitions[0].cpu = Some(-1);
                t.container_definitions[1].cpu = Some(0);
            },
            &["container-cpu containerDefinitions[0].cpu: `cpu` is -1, but has to be 0 or more"],
        ),
        (
            |t| {
                t.container_definitions[0].memory = Some(5);
                t.container_definitions[1].memory = Some(100);
                t.container_definitions[1].memory_reservation = Some(101);
            },
            &[
                "container-memory containerDefinitions[0].memory: `memory` is 5 MiB, but has to \
                 be 6 or more",
                "container-memory containerDefinitions[1].memoryReservation: `memoryReservation` \
                 is 101 MiB, more than the 100 of `memory`",
            ],
        ),
        (
            |t| {
                t.container_definitions[0].memory = Some(513);
                t.container_definitions[0].memory_reservation = Some(6);
            },
            &["container-memory containerDefinitions[0].memory: `memory` is 513 MiB, more than \
                 the 512 of the task"],
        ),
        (
            |t| {
                t.container_definitions[0].memory = Some(512);
                t.container_definitions[0].memory_reservation = Some(512);
            },
            &[],
        ),
        (
            |t| {
                t.container_definitions[0].restart_policy = Some(RestartPolicy {
                    enabled: true,
                    ignored_exit_codes: (0..51).collect(),
                    restart_attempt_period: Some(59),
                });
            },
            &[
                "restart-policy containerDefinitions[0].restartPolicy.ignoredExitCodes: \
                 `ignoredExitCodes` has 51 values; 50 are allowed",
                "restart-policy containerDefinitions[0].restartPolicy.restartAttemptPeriod: \
                 `restartAttemptPeriod` is 59, but has to be 60 to 1800",
            ],
        ),
        (
            |t| {
                t.container_definitions[0].start_timeout = Some(121);
                t.container_definitions[0].stop_timeout = Some(1);
                t.container_definitions[1].start_timeout = Some(2);
                t.container_definitions[1].stop_timeout = Some(120);
            },
            &[
                "start-timeout containerDefinitions[0].startTimeout: `startTimeout` is 121, but \
                 has to be 2 to 120",
                "stop-timeout containerDefinitions[0].stopTimeout: `stopTimeout` is 1, but has \
                 to be 2 to 120",
            ],
        ),
        (
            |t| t.container_definitions[0].version_consistency = Some("on".to_owned()),
            &["unknown-value containerDefinitions[0].versionConsistency: `on` is not a value \
                 of `versionConsistency`; use `enabled` or `disabled`"],
        ),
        (
            |t| {
                t.container_definitions[0].user = Some("1000:".to_owned());
                t.container_definitions[1].user = Some("-1".to_owned());
            },
            &[
                "user containerDefinitions[0].user: `1000:` is not a user; write a name or a \
                 number, and a group after `:` if need be",
                "user containerDefinitions[1].user: `-1` is not a user; write a name or a \
                 number, and a group after `:` if need be",
            ],
        ),
        (
            |t| {
                t.container_definitions[0].user = Some("www-data:0".to_owned());
                t.container_definitions[1].user = Some("0".to_owned());
            },
            &[],
        ),
    ];

    #[test]
    fn the_plain_fields_of_a_container_are_checked() {
        check_all(CASES);
    }
}
