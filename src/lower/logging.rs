//! Where a container logs to: awslogs, unless the file names another driver that Fargate has.

use indexmap::IndexMap;

use super::{Findings, Input, Scope, container_name};
use crate::compose::logging::Logging;
use crate::diagnostic::{Code, Diagnostic, did_you_mean, sentence};
use crate::ecs::{ContainerDefinition, LogConfiguration};
use crate::stack::{LogGroup, Task};

/// The drivers of Fargate (`ecs-rules.md`, Logs).
const DRIVERS: [&str; 3] = ["awslogs", "splunk", "awsfirelens"];

/// Drivers that only keep logs on the host; leaving them behind loses nothing.
const LOCAL: [&str; 4] = ["json-file", "local", "journald", "none"];

/// Sets `logConfiguration`.
pub(super) fn lower(
    scope: &Scope<'_>,
    container: &mut ContainerDefinition,
    findings: &mut Findings<'_>,
) {
    let logging = scope.service.logging.as_ref();
    let name = &container_name(&scope.service.name);
    let driver =
        logging.and_then(|it| it.driver.as_ref()).map_or("awslogs", |it| it.value.as_str());
    let configuration = match logging {
        Some(logging) if DRIVERS.contains(&driver) && driver != "awslogs" => {
            Some(LogConfiguration {
                log_driver: driver.to_owned(),
                options: logging.options.clone(),
                ..LogConfiguration::default()
            })
        }
        Some(logging) if driver == "awslogs" => {
            awslogs(scope.input, name, &own_options(logging, findings), findings)
        }
        Some(logging) => {
            report_driver(driver, logging, findings);
            awslogs(scope.input, name, &IndexMap::new(), findings)
        }
        None => plain(scope.input, name, findings),
    };
    explain(scope, logging, configuration.as_ref(), findings);
    container.log_configuration = configuration;
}

fn explain(
    scope: &Scope<'_>,
    logging: Option<&Logging>,
    configuration: Option<&LogConfiguration>,
    findings: &mut Findings<'_>,
) {
    let Some(group) = configuration.and_then(|it| it.options.get("awslogs-group")) else { return };
    let (span, reason) = match logging {
        Some(logging) => (logging.span, "of `logging` in the file and `logs` in the overlay"),
        None => {
            (scope.service.span, "the file names no driver, and on Fargate logs go to CloudWatch")
        }
    };
    let subject = format!("{} logging", scope.service.name);
    findings.explain(span, subject, (None, Some(format!("awslogs {group}"))), reason);
}

/// The options of awslogs; those of another driver would keep the task from starting.
const AWSLOGS_OPTIONS: [&str; 8] = [
    "awslogs-create-group",
    "awslogs-datetime-format",
    "awslogs-group",
    "awslogs-multiline-pattern",
    "awslogs-region",
    "awslogs-stream-prefix",
    "max-buffer-size",
    "mode",
];

/// What awslogs takes of the options; the rest was meant for the driver of the laptop, unless the file names awslogs.
fn own_options(logging: &Logging, findings: &mut Findings<'_>) -> IndexMap<String, String> {
    let (own, left): (IndexMap<_, _>, IndexMap<_, _>) = logging
        .options
        .clone()
        .into_iter()
        .partition(|(key, _)| AWSLOGS_OPTIONS.contains(&key.as_str()));
    if !left.is_empty() {
        let names: Vec<&str> = left.keys().map(String::as_str).collect();
        let message = format!("awslogs does not take {}: left out", sentence(&names));
        let driver = logging.driver.as_ref();
        let span = driver.map_or(logging.span, |it| it.span);
        findings.diagnostics.add(if driver.is_some() {
            let known = names.iter().find_map(|it| did_you_mean(it, AWSLOGS_OPTIONS));
            let warning = Diagnostic::warning(Code::LogDriver, span, message);
            match known {
                Some(candidate) => warning.help(format!("did you mean `{candidate}`?")),
                None => warning.help(format!("awslogs takes {}", sentence(&AWSLOGS_OPTIONS))),
            }
        } else {
            Diagnostic::note(Code::LogDriver, span, message)
        });
    }
    own
}

fn report_driver(driver: &str, logging: &Logging, findings: &mut Findings<'_>) {
    let span = logging.driver.as_ref().map_or(logging.span, |it| it.span);
    let message =
        format!("Fargate has no logging driver `{driver}`: the container logs to CloudWatch");
    findings.diagnostics.add(if LOCAL.contains(&driver) {
        Diagnostic::note(Code::LogDriver, span, message)
    } else {
        let warning = Diagnostic::warning(Code::LogDriver, span, message);
        warning.help("Fargate has `awslogs`, `splunk` and `awsfirelens`")
    });
}

/// The log of a container of which the file says nothing.
pub(super) fn plain(
    input: Input<'_>,
    name: &str,
    findings: &mut Findings<'_>,
) -> Option<LogConfiguration> {
    awslogs(input, name, &IndexMap::new(), findings)
}

/// Group, region and stream prefix are all required on Fargate; what the file says of them stays.
fn awslogs(
    input: Input<'_>,
    name: &str,
    options: &IndexMap<String, String>,
    findings: &mut Findings<'_>,
) -> Option<LogConfiguration> {
    let given = |key: &str| options.get(key).cloned();
    let group = given("awslogs-group").unwrap_or_else(|| group(input));
    let region = given("awslogs-region")
        .or_else(|| input.required_region(input.overlay_span(), "logging", findings))?;
    let prefix = given("awslogs-stream-prefix").unwrap_or_else(|| name.to_owned());
    let mut settled = IndexMap::from([
        ("awslogs-group".to_owned(), group),
        ("awslogs-region".to_owned(), region),
        ("awslogs-stream-prefix".to_owned(), prefix),
    ]);
    for (key, value) in options {
        settled.entry(key.clone()).or_insert_with(|| value.clone());
    }
    Some(LogConfiguration {
        log_driver: "awslogs".to_owned(),
        options: settled,
        ..LogConfiguration::default()
    })
}

/// The log group of the environment: the overlay's, else `/ecs/<environment>`.
fn group(input: Input<'_>) -> String {
    let given = input.overlay.logs.group.as_ref().map(|it| it.value.clone());
    given.unwrap_or_else(|| input.environment.log_group())
}

/// The log group of the environment, when some container logs to it.
pub(super) fn log_group(input: Input<'_>, tasks: &[Task]) -> Option<LogGroup> {
    let name = group(input);
    let logs_there = |container: &ContainerDefinition| match &container.log_configuration {
        Some(it) => it.log_driver == "awslogs" && it.options.get("awslogs-group") == Some(&name),
        // What is missing is the region, and that is reported.
        None => input.region().is_none(),
    };
    let mut containers = tasks.iter().flat_map(|it| &it.definition.container_definitions);
    containers.any(logs_there).then(|| LogGroup {
        is_shared: input.overlay.logs.group.is_some() && input.is_shared(&name),
        retention_days: input.overlay.logs.retention_days.as_ref().map(|it| it.value),
        name: name.clone(),
    })
}
