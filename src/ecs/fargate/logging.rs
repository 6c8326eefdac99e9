//! Log drivers, log routers and the proxy into the rules they break (ecs-rules.md, Logs).

use super::{
    Site, container_index,
    rule::Rule,
    violation::{Subject, Violation, alternatives, unlisted},
};
use crate::ecs::{container_definition::LogConfiguration, task_definition::TaskDefinition};

pub(super) fn check(site: Site<'_>, out: &mut Vec<Violation>) {
    if let Some(logging) = &site.container.log_configuration {
        check_driver(site, logging, out);
    }
    let Some(router) = &site.container.firelens_configuration else {
        return;
    };
    let kind = Some(router.kind.as_str());
    out.extend(unlisted(
        site.at("firelensConfiguration.type"),
        "type",
        kind,
        &["fluentd", "fluentbit"],
    ));
    if let Some(source) = router.options.get("config-file-type").filter(|source| *source != "file")
    {
        let message = format!("`config-file-type` is `{source}`, but has to be `file` on Fargate");
        let violation = Violation::new(
            Rule::FirelensConfiguration,
            site.at("firelensConfiguration.options"),
            message,
        );
        out.push(violation.with_help("put the file into the image of the log router"));
    }
}

/// Finds containers that log to a router the task does not have, and a proxy that is not there.
pub(super) fn check_task(definition: &TaskDefinition, out: &mut Vec<Violation>) {
    let containers = &definition.container_definitions;
    let uses_router = containers.iter().position(|container| {
        container
            .log_configuration
            .as_ref()
            .is_some_and(|logging| logging.log_driver == "awsfirelens")
    });
    if let Some(index) = uses_router
        && containers.iter().all(|container| container.firelens_configuration.is_none())
    {
        let field = Some("logConfiguration.logDriver");
        let subject = Subject::Container { index, field, item: None, key: None };
        let message = "the task has no log router for `awsfirelens`";
        let violation = Violation::new(Rule::FirelensRouter, subject, message);
        out.push(violation.with_help("give one container a `firelensConfiguration`"));
    }
    if let Some(proxy) = &definition.proxy_configuration {
        let (kind, name) = (proxy.kind.as_deref(), &proxy.container_name);
        out.extend(unlisted(Subject::task("proxyConfiguration.type"), "type", kind, &["APPMESH"]));
        if container_index(definition, name).is_none() {
            let subject = Subject::task("proxyConfiguration.containerName");
            let message = format!("the task has no container `{name}` to be its proxy");
            out.push(Violation::new(Rule::UnknownContainer, subject, message));
        }
    }
}

fn check_driver(site: Site<'_>, logging: &LogConfiguration, out: &mut Vec<Violation>) {
    let driver = logging.log_driver.as_str();
    let required: &[&str] = match driver {
        "awslogs" => &["awslogs-group", "awslogs-region", "awslogs-stream-prefix"],
        "splunk" => &["splunk-url", "splunk-token"],
        "awsfirelens" => &[],
        _ => {
            let message = format!("Fargate does not have the log driver `{driver}`");
            let violation =
                Violation::new(Rule::LogDriver, site.at("logConfiguration.logDriver"), message);
            let help = format!("use {}", alternatives(&["awslogs", "splunk", "awsfirelens"]));
            return out.push(violation.with_help(help));
        }
    };
    for option in required {
        let is_set = logging.options.get(*option).is_some_and(|value| !value.is_empty());
        if !is_set && !logging.secret_options.iter().any(|secret| secret.name == *option) {
            let message = format!("the log driver `{driver}` needs the option `{option}`");
            out.push(Violation::new(
                Rule::LogOptions,
                site.at("logConfiguration.options"),
                message,
            ));
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use crate::ecs::{
        FirelensConfiguration, LogConfiguration, ProxyConfiguration, Secret, TaskDefinition,
        fargate::tests::{Case, check_all},
    };

    pub(in crate::ecs::fargate) fn router() -> FirelensConfiguration {
        FirelensConfiguration { kind: "fluentbit".to_owned(), ..FirelensConfiguration::default() }
    }

    fn log(t: &mut TaskDefinition, driver: &str, options: &[&str]) {
        t.container_definitions[0].log_configuration = Some(LogConfiguration {
            log_driver: driver.to_owned(),
            options: options.iter().map(|option| ((*option).to_owned(), "x".to_owned())).collect(),
            ..LogConfiguration::default()
        });
    }

    pub(in crate::ecs::fargate) const CASES: &[Case] = &[
        (
            |t| {
                log(t, "awslogs", &["awslogs-group", "awslogs-region", "awslogs-stream-prefix"]);
            },
            &[],
        ),
        (
            |t| {
                log(t, "awslogs", &["awslogs-group"]);
                t.execution_role_arn = None;
            },
            &[
                "execution-role containerDefinitions[0].logConfiguration.logDriver: `executionRoleArn` is missing, but `app` needs \
                 it to write logs with `awslogs`",
                "log-options containerDefinitions[0].logConfiguration.options: the log driver \
                 `awslogs` needs the option `awslogs-region`",
                "log-options containerDefinitions[0].logConfiguration.options: the log driver \
                 `awslogs` needs the option `awslogs-stream-prefix`",
            ],
        ),
        (
            |t| {
                log(t, "splunk", &["splunk-url"]);
                let (name, value_from) = ("splunk-token".to_owned(), "/splunk/token".to_owned());
                let logging = t.container_definitions[0].log_configuration.as_mut().unwrap();
                logging.secret_options.push(Secret { name, value_from });
            },
            &[],
        ),
        (
            |t| log(t, "splunk", &["splunk-url"]),
            &["log-options containerDefinitions[0].logConfiguration.options: the log driver \
                 `splunk` needs the option `splunk-token`"],
        ),
        (
            |t| log(t, "json-file", &["max-size"]),
            &["log-driver containerDefinitions[0].logConfiguration.logDriver: Fargate does not \
                 have the log driver `json-file`; use `awslogs`, `splunk` or `awsfirelens`"],
        ),
        (
            |t| {
                log(t, "awsfirelens", &["Name"]);
                t.container_definitions[1].firelens_configuration = Some(router());
            },
            &[],
        ),
        (
            |t| log(t, "awsfirelens", &["Name"]),
            &[
                "firelens-router containerDefinitions[0].logConfiguration.logDriver: the task has no log \
                 router for `awsfirelens`; give one container a `firelensConfiguration`",
            ],
        ),
        (
            |t| {
                let mut router = router();
                router.kind = "vector".to_owned();
                router.options.insert("config-file-type".to_owned(), "s3".to_owned());
                t.container_definitions[1].firelens_configuration = Some(router);
            },
            &[
                "unknown-value containerDefinitions[1].firelensConfiguration.type: `vector` is \
                 not a value of `type`; use `fluentd` or `fluentbit`",
                "firelens-configuration containerDefinitions[1].firelensConfiguration.options: \
                 `config-file-type` is `s3`, but has to be `file` on Fargate; put the file into \
                 the image of the log router",
            ],
        ),
        (
            |t| {
                let (kind, container_name) = (Some("ENVOY".to_owned()), "envoy".to_owned());
                t.proxy_configuration =
                    Some(ProxyConfiguration { kind, container_name, properties: Vec::new() });
            },
            &[
                "unknown-value proxyConfiguration.type: `ENVOY` is not a value of `type`; use \
                 `APPMESH`",
                "unknown-container proxyConfiguration.containerName: the task has no container \
                 `envoy` to be its proxy",
            ],
        ),
    ];

    #[test]
    fn log_drivers_are_checked() {
        check_all(CASES);
    }
}
