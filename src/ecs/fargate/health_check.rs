//! The health check of a container into the rules it breaks (ecs-rules.md, Ordering and health).

use super::{
    Site,
    rule::Rule,
    violation::{Violation, outside},
};

pub(super) fn check(site: Site<'_>, out: &mut Vec<Violation>) {
    let Some(health) = &site.container.health_check else {
        return;
    };
    if let Some(message) = bad_command(&health.command) {
        out.push(Violation::new(Rule::HealthCheck, site.at("healthCheck.command"), message));
    }
    for (name, path, value, range) in [
        ("interval", "healthCheck.interval", health.interval, 5..=300),
        ("timeout", "healthCheck.timeout", health.timeout, 2..=60),
        ("retries", "healthCheck.retries", health.retries, 1..=10),
        ("startPeriod", "healthCheck.startPeriod", health.start_period, 0..=300),
    ] {
        let message = outside(name, value, range);
        out.extend(
            message.map(|message| Violation::new(Rule::HealthCheck, site.at(path), message)),
        );
    }
}

fn bad_command(command: &[String]) -> Option<String> {
    let (first, rest) =
        command.split_first().map_or(("", [].as_slice()), |(first, rest)| (first.as_str(), rest));
    if first != "CMD" && first != "CMD-SHELL" {
        Some("the health check does not start with `CMD` or `CMD-SHELL`".to_owned())
    } else {
        rest.is_empty().then(|| format!("the health check has no command after `{first}`"))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use crate::ecs::{
        HealthCheck, TaskDefinition,
        fargate::tests::{Case, check_all},
    };

    fn health(t: &mut TaskDefinition, command: &[&str], numbers: [i32; 4]) {
        let [interval, timeout, retries, start_period] = numbers.map(Some);
        let command = command.iter().map(ToString::to_string).collect();
        t.container_definitions[0].health_check =
            Some(HealthCheck { command, interval, timeout, retries, start_period });
    }

    pub(in crate::ecs::fargate) const CASES: &[Case] = &[
        (|t| health(t, &["CMD", "true"], [5, 2, 1, 0]), &[]),
        (|t| health(t, &["CMD-SHELL", "true"], [300, 60, 10, 300]), &[]),
        (
            |t| health(t, &["NONE"], [4, 1, 0, -1]),
            &[
                "health-check containerDefinitions[0].healthCheck.command: the health check does \
                 not start with `CMD` or `CMD-SHELL`",
                "health-check containerDefinitions[0].healthCheck.interval: `interval` is 4, but \
                 has to be 5 to 300",
                "health-check containerDefinitions[0].healthCheck.timeout: `timeout` is 1, but \
                 has to be 2 to 60",
                "health-check containerDefinitions[0].healthCheck.retries: `retries` is 0, but \
                 has to be 1 to 10",
                "health-check containerDefinitions[0].healthCheck.startPeriod: `startPeriod` is \
                 -1, but has to be 0 to 300",
            ],
        ),
        (
            |t| health(t, &["CMD"], [301, 61, 11, 301]),
            &[
                "health-check containerDefinitions[0].healthCheck.command: the health check has \
                 no command after `CMD`",
                "health-check containerDefinitions[0].healthCheck.interval: `interval` is 301, \
                 but has to be 5 to 300",
                "health-check containerDefinitions[0].healthCheck.timeout: `timeout` is 61, but \
                 has to be 2 to 60",
                "health-check containerDefinitions[0].healthCheck.retries: `retries` is 11, but \
                 has to be 1 to 10",
                "health-check containerDefinitions[0].healthCheck.startPeriod: `startPeriod` is \
                 301, but has to be 0 to 300",
            ],
        ),
        (
            |t| health(t, &[], [30, 5, 3, 0]),
            &["health-check containerDefinitions[0].healthCheck.command: the health check does \
                 not start with `CMD` or `CMD-SHELL`"],
        ),
    ];

    #[test]
    fn health_checks_keep_to_the_ranges_of_ecs() {
        check_all(CASES);
    }
}
