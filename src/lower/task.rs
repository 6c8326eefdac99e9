//! Containers, volumes and a size -> one task definition, with the raw fields of the overlay merged last and checked.

use std::fmt::Write as _;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::placement::TaskPlan;
use super::{Findings, Input, Scope, required_fact};
use crate::diagnostic::{self, Code, Diagnostic, Diagnostics};
use crate::ecs::fargate::{self, Rule, Severity, Size, Subject, Violation};
use crate::ecs::{ContainerDefinition, RuntimePlatform, Tag, TaskDefinition, Volume};
use crate::overlay::{Architecture, Raw};
use crate::source::{Span, Spanned};

/// What the passes made of one task.
pub(super) struct Parts {
    pub(super) containers: Vec<ContainerDefinition>,
    pub(super) volumes: Vec<Volume>,
    /// `None` when no size was found, which is reported already.
    pub(super) size: Option<Size>,
}

/// Puts a task definition together and checks it against the rules of Fargate.
pub(super) fn finish(
    input: Input<'_>,
    plan: &TaskPlan,
    scopes: &[Scope<'_>],
    parts: Parts,
    findings: &mut Findings<'_>,
) -> TaskDefinition {
    let overlay = input.overlay;
    let raw_container = |(container, scope): (ContainerDefinition, &Scope<'_>)| {
        merge_raw(
            container,
            scope.overlay.container_definition.as_ref(),
            "a container definition",
            findings.diagnostics,
        )
    };
    let containers = parts.containers.into_iter().zip(scopes).map(raw_container).collect();
    let family = input.environment.family(plan.name.as_deref());
    let subject = plan
        .name
        .as_ref()
        .map_or_else(|| "task family".to_owned(), |it| format!("task {it} family"));
    let reason = "it is made of the project's name and the branch";
    findings.explain(plan.span, subject, (None, Some(family.clone())), reason);
    let mut role = |role: &Option<Spanned<String>>| {
        role.as_ref().and_then(|it| role_arn(input, it, findings.diagnostics))
    };
    let definition = TaskDefinition {
        family,
        task_role_arn: role(&overlay.roles.task),
        execution_role_arn: role(&overlay.roles.execution),
        network_mode: Some("awsvpc".to_owned()),
        container_definitions: containers,
        volumes: parts.volumes,
        requires_compatibilities: vec!["FARGATE".to_owned()],
        cpu: parts.size.map(|it| it.cpu.to_string()),
        memory: parts.size.map(|it| it.memory.to_string()),
        tags: tags(input),
        runtime_platform: Some(runtime_platform(input, scopes, findings.diagnostics)),
        ..TaskDefinition::default()
    };
    let definition = merge_raw(
        definition,
        overlay.task_definition.as_ref(),
        "a task definition",
        findings.diagnostics,
    );
    for violation in fargate::check(&definition) {
        report(&violation, plan, scopes, input, findings.diagnostics);
    }
    definition
}

fn role_arn(
    input: Input<'_>,
    role: &Spanned<String>,
    diagnostics: &mut Diagnostics,
) -> Option<String> {
    if role.value.starts_with("arn:") {
        return Some(role.value.clone());
    }
    let account =
        required_fact("account", input.account(), role.span, "the ARN of a role", diagnostics)?;
    Some(input.arn("iam", "", &account, &format!("role/{}", role.value)))
}

/// Whose the definition is; a deployment changes nothing that does not carry these.
fn tags(input: Input<'_>) -> Vec<Tag> {
    let environment = input.environment;
    let tag =
        |key: &str, value: &str| Tag { key: format!("compose2ecs:{key}"), value: tag_value(value) };
    let mut tags =
        vec![tag("project", &environment.project), tag("environment", &environment.name)];
    tags.extend(environment.branch_name.as_deref().map(|it| tag("branch", it)));
    tags
}

/// Tags take letters, digits, blanks and `_.:/=+-@`, 256 characters; the rest of a branch name is written `=XX`.
fn tag_value(text: &str) -> String {
    let mut value = String::new();
    for character in text.chars() {
        if character.is_alphanumeric() || " _.:/+-@".contains(character) {
            value.push(character);
        } else {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                let _ = write!(value, "={byte:02X}");
            }
        }
    }
    value.chars().take(256).collect()
}

fn runtime_platform(
    input: Input<'_>,
    scopes: &[Scope<'_>],
    diagnostics: &mut Diagnostics,
) -> RuntimePlatform {
    let chosen = input.overlay.platform.architecture.as_ref();
    let mut architecture = chosen.map(|it| it.value);
    for scope in scopes {
        let Some(platform) = scope.service.text("platform") else {
            continue;
        };
        let Some(wanted) = architecture_of(platform.value) else {
            let message = format!("Fargate has no platform `{}`", platform.value);
            let warning = Diagnostic::warning(Code::IgnoredKey, platform.span, message);
            diagnostics.add(warning.help("Fargate runs `linux/amd64` and `linux/arm64`"));
            continue;
        };
        match architecture {
            Some(architecture) if architecture != wanted => {
                let message = format!(
                    "`{}` asks for `{}`, and the task runs on {}",
                    scope.service.name,
                    platform.value,
                    name(architecture)
                );
                let diagnostic = Diagnostic::error(Code::FargateRule, platform.span, message);
                let diagnostic = match chosen {
                    Some(chosen) => diagnostic.label(chosen.span, "chosen here"),
                    None => diagnostic,
                };
                diagnostics
                    .report(diagnostic.help("all containers of a task run on one architecture"));
            }
            _ => architecture = Some(wanted),
        }
    }
    RuntimePlatform {
        cpu_architecture: Some(name(architecture.unwrap_or(Architecture::X86_64)).to_owned()),
        operating_system_family: Some("LINUX".to_owned()),
    }
}

fn architecture_of(platform: &str) -> Option<Architecture> {
    match platform.trim_start_matches("linux/").split('/').next()? {
        "amd64" | "x86_64" => Some(Architecture::X86_64),
        "arm64" | "aarch64" => Some(Architecture::Arm64),
        _ => None,
    }
}

fn name(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::Arm64 => "ARM64",
        Architecture::X86_64 => "X86_64",
    }
}

/// Merges raw ECS fields: objects field by field, everything else replaced. What ECS does not know is refused.
fn merge_raw<T: Serialize + DeserializeOwned + Clone>(
    typed: T,
    raw: Option<&Raw>,
    owner: &str,
    diagnostics: &mut Diagnostics,
) -> T {
    let Some(raw) = raw else { return typed };
    let mut json = serde_json::to_value(&typed).expect("definitions are plain data");
    merge_json(&mut json, raw.json.clone());
    match serde_json::from_value(json) {
        Ok(merged) => merged,
        Err(error) => {
            refuse_raw::<T>(raw, owner, &error.to_string(), diagnostics);
            typed
        }
    }
}

fn merge_json(base: &mut Json, over: Json) {
    match (base, over) {
        (Json::Object(base), Json::Object(over)) => {
            for (key, value) in over {
                match base.get_mut(&key) {
                    Some(present) => merge_json(present, value),
                    None => {
                        base.insert(key, value);
                    }
                }
            }
        }
        (base, over) => *base = over,
    }
}

/// Reports a refused raw field at its place.
fn refuse_raw<T: DeserializeOwned>(
    raw: &Raw,
    owner: &str,
    reason: &str,
    diagnostics: &mut Diagnostics,
) {
    let reason = reason.split(", expected one of").next().unwrap_or(reason);
    let unknown = reason.strip_prefix("unknown field").and_then(|it| it.split('`').nth(1));
    let diagnostic = match unknown {
        Some(field) => {
            let span = raw.key_anywhere(field).unwrap_or(raw.span);
            Diagnostic::error(Code::UnknownKey, span, format!("ECS knows no field `{field}` here"))
        }
        None => {
            let message = format!("ECS does not take this in {owner}: {}", in_words(reason));
            Diagnostic::error(Code::WrongType, culprit::<T>(raw).unwrap_or(raw.span), message)
        }
    };
    diagnostics
        .report(diagnostic.help("fields are written as in the ECS API, such as `linuxParameters`"));
}

/// Serde's reason in the words of people, without the value, which may be secret.
fn in_words(reason: &str) -> String {
    let Some((found, expected)) =
        reason.trim_start_matches("invalid type: ").split_once(", expected ")
    else {
        return reason.to_owned();
    };
    let found = match found.split(' ').next().unwrap_or_default() {
        "string" => "a string",
        "integer" => "a whole number",
        "floating" => "a number",
        "boolean" => "a boolean",
        "sequence" => "a list",
        "map" => "a mapping",
        "null" => "nothing",
        _ => "this",
    };
    let expected = match expected {
        "i32" | "i64" | "u32" => "a whole number",
        "a boolean" => "`true` or `false`",
        "a sequence" => "a list",
        "a map" => "a mapping",
        it if it.starts_with("struct ") => "a mapping",
        it => it,
    };
    format!("{expected} is needed, not {found}")
}

/// The one top-level field that the type refuses on its own.
fn culprit<T: DeserializeOwned>(raw: &Raw) -> Option<Span> {
    let refused = |key: &str, value: &Json| {
        let alone = Json::Object([(key.to_owned(), value.clone())].into_iter().collect());
        serde_json::from_value::<T>(alone).is_err()
    };
    let (key, _) = raw.json.as_object()?.iter().find(|(key, value)| refused(key, value))?;
    raw.field(key).map(|(_, value)| value)
}

/// Where the image stands that a violation is about.
fn image_of(violation: &Violation, scopes: &[Scope<'_>]) -> Option<Span> {
    let Subject::Container { index, .. } = violation.subject else { return None };
    scopes.get(index)?.service.image.as_ref().map(|it| it.span)
}

/// Whether a pass has reported this with a better place already.
fn is_reported(violation: &Violation, scopes: &[Scope<'_>], diagnostics: &Diagnostics) -> bool {
    let reported = |code: Code| {
        diagnostics.iter().any(|it| it.code == code && it.severity == diagnostic::Severity::Error)
    };
    match violation.rule {
        Rule::TaskSize | Rule::CpuSum | Rule::MemorySum => reported(Code::FargateRule),
        Rule::PortConflict => reported(Code::PortConflict),
        Rule::DependencyCycle => reported(Code::DependencyCycle),
        Rule::ContainerCount => scopes.is_empty() && diagnostics.has_errors(),
        Rule::Image => image_of(violation, scopes).is_none_or(|image| {
            let errors = diagnostics.iter().filter(|it| it.severity == diagnostic::Severity::Error);
            errors.flat_map(|it| &it.labels).any(|it| it.span.touches(image))
        }),
        _ => false,
    }
}

fn report(
    violation: &Violation,
    plan: &TaskPlan,
    scopes: &[Scope<'_>],
    input: Input<'_>,
    diagnostics: &mut Diagnostics,
) {
    if is_reported(violation, scopes, diagnostics) {
        return;
    }
    let span = place(violation, plan, scopes, input);
    let diagnostic = match violation.severity {
        Severity::Error => Diagnostic::error(Code::FargateRule, span, violation.message.clone()),
        Severity::Warning => {
            Diagnostic::warning(Code::FargateRule, span, violation.message.clone())
        }
    };
    let diagnostic = match (violation.rule, &violation.help) {
        (Rule::ExecutionRole, _) if input.overlay.roles.execution.is_some() => return,
        (Rule::ExecutionRole, _) => {
            diagnostic.help("write `roles: { execution: NAME }` under `x-ecs` in the overlay")
        }
        (Rule::TaskRole, _) => {
            diagnostic.help("write `roles: { task: NAME }` under `x-ecs` in the overlay")
        }
        (_, Some(help)) => diagnostic.help(help.clone()),
        (_, None) => diagnostic,
    };
    diagnostics.add(diagnostic);
}

/// The place in the author's files that most likely caused a violation.
fn place(violation: &Violation, plan: &TaskPlan, scopes: &[Scope<'_>], input: Input<'_>) -> Span {
    let raw_field = |raw: Option<&Raw>, field: Option<&str>| {
        let first = field?.split('.').next()?;
        raw?.field(first).map(|(key, _)| key)
    };
    match &violation.subject {
        Subject::Container { index, field, .. } => {
            let Some(scope) = scopes.get(*index) else {
                return plan.span;
            };
            let raw = raw_field(scope.overlay.container_definition.as_ref(), *field);
            let compose =
                field.and_then(compose_key).and_then(|it| scope.service.keys.get(it)).copied();
            let image = image_of(violation, scopes).filter(|_| *field == Some("image"));
            raw.or(image).or(compose).unwrap_or(scope.service.span)
        }
        Subject::Task { field, .. } => raw_field(input.overlay.task_definition.as_ref(), *field)
            .unwrap_or_else(|| input.overlay_span()),
        Subject::Volume { field, .. } => {
            raw_field(input.overlay.task_definition.as_ref(), Some("volumes")).unwrap_or_else(
                || {
                    let _ = field;
                    plan.span
                },
            )
        }
    }
}

/// The Compose key that a field of ECS is made of.
fn compose_key(field: &str) -> Option<&'static str> {
    let key = match field.split('.').next()? {
        "portMappings" => "ports",
        "healthCheck" => "healthcheck",
        "environment" => "environment",
        "mountPoints" => "volumes",
        "linuxParameters" => "tmpfs",
        "logConfiguration" => "logging",
        "dependsOn" => "depends_on",
        "stopTimeout" => "stop_grace_period",
        "systemControls" => "sysctls",
        "ulimits" => "ulimits",
        "user" => "user",
        "image" => "image",
        "dockerLabels" => "labels",
        "memory" | "memoryReservation" => "mem_limit",
        _ => return None,
    };
    Some(key)
}
