//! What an emulator holds, a line for each thing, in words that two runs of the same commands have in common.

use std::collections::BTreeMap;
use std::fmt::Debug;

use aws_sdk_ecs::types::{
    CapacityProviderStrategyItem, DesiredStatus, ServiceField, TaskDefinitionField,
    TaskDefinitionStatus, TaskField,
};
use aws_sdk_elasticloadbalancingv2::types::Rule;
use aws_sdk_route53::types::ResourceRecord;

use crate::aws::config;
use crate::{cloud_map, quirks};

/// Asks for everything, past what the deployer looks at.
pub(crate) struct Account {
    pub(crate) ecs: aws_sdk_ecs::Client,
    pub(crate) elb: aws_sdk_elasticloadbalancingv2::Client,
    pub(crate) logs: aws_sdk_cloudwatchlogs::Client,
    pub(crate) route53: aws_sdk_route53::Client,
    endpoint: String,
}

/// Everything, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Snapshot(pub(crate) Vec<String>);

impl Snapshot {
    /// What names a branch, with the branch taken out.
    pub(crate) fn of(&self, branch: &str) -> Vec<String> {
        let own = self.0.iter().filter(|it| it.contains(branch));
        let mut own: Vec<String> = own.map(|it| it.replace(branch, "BRANCH")).collect();
        own.sort();
        own
    }
}

fn tags<'a>(tags: impl IntoIterator<Item = (Option<&'a str>, Option<&'a str>)>) -> String {
    let pairs = tags.into_iter().map(|(key, value)| {
        let (key, value) = (key.unwrap_or_default(), value.unwrap_or_default());
        // A date.
        let value = if key == "compose2ecs:deployed" { "…" } else { value };
        // A hash of names that hold the branch.
        let value = if key == "compose2ecs:connect" { "…" } else { value };
        (key.trim_start_matches("compose2ecs:").to_owned(), value.to_owned())
    });
    format!("{:?}", pairs.collect::<BTreeMap<String, String>>())
}

/// `NAME:7`, `…/NAME`.
fn name(arn: Option<&str>) -> &str {
    arn.and_then(|it| it.rsplit('/').next()).unwrap_or_default()
}

fn family(arn: Option<&str>) -> &str {
    name(arn).split(':').next().unwrap_or_default()
}

/// `…:targetgroup/NAME/ID`.
fn group(arn: Option<&str>) -> &str {
    arn.and_then(|it| it.split('/').nth(1)).unwrap_or_default()
}

fn answered<T, E: Debug>(answer: Result<T, E>) -> T {
    answer.expect("the emulator answers")
}

impl Account {
    pub(crate) fn new(endpoint: &str) -> Self {
        let config = config(endpoint);
        Self {
            ecs: aws_sdk_ecs::Client::new(&config),
            elb: aws_sdk_elasticloadbalancingv2::Client::new(&config),
            logs: aws_sdk_cloudwatchlogs::Client::new(&config),
            route53: aws_sdk_route53::Client::new(&config),
            endpoint: endpoint.to_owned(),
        }
    }

    /// All that there is.
    pub(crate) async fn snapshot(&self) -> Snapshot {
        let parts = tokio::join!(
            self.services(),
            self.tasks(),
            self.definitions(),
            self.target_groups(),
            self.rules(),
            self.log_groups(),
            self.records(),
            self.namespaces(),
        );
        let parts = [parts.0, parts.1, parts.2, parts.3, parts.4, parts.5, parts.6, parts.7];
        let mut lines: Vec<String> = parts.into_iter().flatten().collect();
        lines.sort();
        Snapshot(lines)
    }

    async fn namespaces(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for [_, arn, name] in cloud_map::namespaces(&self.endpoint).await {
            let all = cloud_map::tags(&self.endpoint, &arn).await;
            let all =
                tags(all.iter().map(|(key, value)| (Some(key.as_str()), Some(value.as_str()))));
            lines.push(format!("namespace {name} {all}"));
        }
        lines
    }

    async fn services(&self) -> Vec<String> {
        let listed = self.ecs.list_services().cluster("staging").into_paginator().items().send();
        let arns: Vec<String> = answered(listed.collect::<Result<Vec<_>, _>>().await);
        let mut lines = Vec::new();
        for arns in arns.chunks(10) {
            let call = self.ecs.describe_services().cluster("staging").include(ServiceField::Tags);
            let answer = answered(call.set_services(Some(arns.to_vec())).send().await);
            for it in answer.services().iter().filter(|it| it.status() != Some("INACTIVE")) {
                let groups = it.load_balancers().iter();
                let groups: Vec<_> = groups
                    .map(|it| {
                        (group(it.target_group_arn()), it.container_name(), it.container_port())
                    })
                    .collect();
                let strategy: Vec<_> = it
                    .capacity_provider_strategy()
                    .iter()
                    .map(CapacityProviderStrategyItem::capacity_provider)
                    .collect();
                lines.push(format!(
                    "service {} {} runs {} x{} {:?} {:?} exec {} {groups:?} {}",
                    it.service_name().unwrap_or_default(),
                    it.status().unwrap_or_default(),
                    family(it.task_definition()),
                    it.desired_count(),
                    it.launch_type(),
                    strategy,
                    it.enable_execute_command(),
                    tags(it.tags().iter().map(|it| (it.key(), it.value()))),
                ));
            }
        }
        lines
    }

    async fn tasks(&self) -> Vec<String> {
        let listed =
            self.ecs.list_tasks().cluster("staging").desired_status(DesiredStatus::Running);
        let arns: Vec<String> =
            answered(listed.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await);
        let mut lines = Vec::new();
        for arns in arns.chunks(100) {
            let call = self.ecs.describe_tasks().cluster("staging").include(TaskField::Tags);
            let answer = answered(call.set_tasks(Some(arns.to_vec())).send().await);
            lines.extend(
                answer.tasks().iter().filter(|it| it.last_status() != Some("STOPPED")).map(|it| {
                    let tags = tags(it.tags().iter().map(|it| (it.key(), it.value())));
                    format!(
                        "task of {} by {} {tags}",
                        family(it.task_definition_arn()),
                        it.started_by().unwrap_or_default()
                    )
                }),
            );
        }
        lines
    }

    /// The revisions that can be run, and the tags of the latest.
    async fn definitions(&self) -> Vec<String> {
        let listed = self.ecs.list_task_definitions().status(TaskDefinitionStatus::Active);
        let arns: Vec<String> =
            answered(listed.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await);
        let mut families: BTreeMap<&str, Vec<(u32, &String)>> = BTreeMap::new();
        for arn in &arns {
            let number = arn.rsplit(':').next().and_then(|it| it.parse().ok()).unwrap_or_default();
            families.entry(family(Some(arn))).or_default().push((number, arn));
        }
        let mut lines = Vec::new();
        for (family, revisions) in families {
            let count = revisions.len();
            // A family alone may mean a revision that was deleted.
            let latest = revisions.into_iter().max().map(|(_, arn)| arn.clone());
            let call = self.ecs.describe_task_definition().set_task_definition(latest);
            let answer = answered(call.include(TaskDefinitionField::Tags).send().await);
            lines.push(format!(
                "definition {family} {}",
                tags(answer.tags().iter().map(|it| (it.key(), it.value())))
            ));
            lines.push(format!("{REVISIONS}{family}: {count}"));
        }
        lines
    }

    async fn target_groups(&self) -> Vec<String> {
        let pages = self.elb.describe_target_groups().into_paginator().items().send();
        let groups = answered(pages.collect::<Result<Vec<_>, _>>().await);
        let tags = self
            .balancing_tags(
                groups.iter().filter_map(|it| it.target_group_arn().map(str::to_owned)).collect(),
            )
            .await;
        let line = |it: &aws_sdk_elasticloadbalancingv2::types::TargetGroup| {
            format!(
                "target group {} {:?} {:?} {}",
                it.target_group_name().unwrap_or_default(),
                it.port(),
                it.health_check_path(),
                tags.get(it.target_group_arn().unwrap_or_default()).map_or("", String::as_str)
            )
        };
        groups.iter().map(line).collect()
    }

    /// The rules of both listeners beside the default ones.
    pub(crate) async fn listener_rules(&self) -> Vec<(i32, Rule)> {
        let answer = answered(self.elb.describe_load_balancers().names("staging").send().await);
        let balancer = answer
            .load_balancers()
            .first()
            .and_then(|it| it.load_balancer_arn())
            .expect("it was seeded");
        let listeners =
            answered(self.elb.describe_listeners().load_balancer_arn(balancer).send().await);
        let mut rules = Vec::new();
        for listener in listeners.listeners() {
            let pages = self
                .elb
                .describe_rules()
                .set_listener_arn(listener.listener_arn.clone())
                .into_paginator();
            let found = answered(pages.items().send().collect::<Result<Vec<_>, _>>().await);
            let found = found.into_iter().filter(|it| it.priority() != Some("default"));
            rules.extend(found.map(|it| (listener.port().unwrap_or_default(), it)));
        }
        rules
    }

    async fn rules(&self) -> Vec<String> {
        let rules = self.listener_rules().await;
        let tags = self
            .balancing_tags(
                rules.iter().filter_map(|(_, it)| it.rule_arn().map(str::to_owned)).collect(),
            )
            .await;
        let line = |(port, rule): &(i32, Rule)| {
            let mut conditions: Vec<String> = Vec::new();
            for it in rule.conditions() {
                let host =
                    it.host_header_config().map(|it| it.values().to_vec()).unwrap_or_default();
                let path =
                    it.path_pattern_config().map(|it| it.values().to_vec()).unwrap_or_default();
                let old = it.values().to_vec();
                let values = [host, path, old].into_iter().find(|it| !it.is_empty());
                conditions.push(format!("{} {values:?}", it.field().unwrap_or_default()));
            }
            conditions.sort();
            let to =
                rule.actions().iter().map(|it| group(it.target_group_arn())).collect::<Vec<_>>();
            let tags = tags.get(rule.rule_arn().unwrap_or_default()).map_or("", String::as_str);
            format!("rule on {port} {conditions:?} to {to:?} {tags}")
        };
        rules.iter().map(line).collect()
    }

    /// The tags of target groups or rules by ARN.
    async fn balancing_tags(&self, arns: Vec<String>) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for arns in arns.chunks(20) {
            let answer = answered(
                self.elb.describe_tags().set_resource_arns(Some(arns.to_vec())).send().await,
            );
            for it in answer.tag_descriptions() {
                let words = tags(it.tags().iter().map(|it| (it.key(), it.value())));
                found.insert(it.resource_arn().unwrap_or_default().to_owned(), words);
            }
        }
        found
    }

    async fn log_groups(&self) -> Vec<String> {
        let pages = self.logs.describe_log_groups().into_paginator().items().send();
        let mut lines = Vec::new();
        for it in answered(pages.collect::<Result<Vec<_>, _>>().await) {
            let arn = it.arn().unwrap_or_default().trim_end_matches(":*");
            let answer =
                answered(self.logs.list_tags_for_resource().resource_arn(arn).send().await);
            let all = answer.tags.unwrap_or_default();
            let tags =
                tags(all.iter().map(|(key, value)| (Some(key.as_str()), Some(value.as_str()))));
            lines.push(format!(
                "log group {} {:?} {tags}",
                it.log_group_name().unwrap_or_default(),
                it.retention_in_days()
            ));
        }
        lines
    }

    /// The records of the zone `example.com` that were not there from the beginning.
    async fn records(&self) -> Vec<String> {
        let zones =
            answered(self.route53.list_hosted_zones_by_name().dns_name("example.com").send().await);
        let zone = zones
            .hosted_zones()
            .first()
            .expect("it was seeded")
            .id()
            .trim_start_matches("/hostedzone/");
        let pages = self
            .route53
            .list_resource_record_sets()
            .hosted_zone_id(zone)
            .max_items(quirks::RECORDS);
        let records = answered(pages.send().await);
        let added = records
            .resource_record_sets()
            .iter()
            .filter(|it| !["NS", "SOA"].contains(&it.r#type().as_str()));
        added
            .map(|it| {
                let values: Vec<_> =
                    it.resource_records().iter().map(ResourceRecord::value).collect();
                let alias =
                    it.alias_target().map(|it| it.dns_name().trim_end_matches('.').to_owned());
                let name = it.name().replace("\\137", "_");
                format!(
                    "record {name} {} {values:?} {alias:?} {:?} {:?}",
                    it.r#type().as_str(),
                    it.set_identifier(),
                    it.weight()
                )
            })
            .collect()
    }
}

/// How the line begins that counts the revisions of a family.
pub(crate) const REVISIONS: &str = "revisions of ";
