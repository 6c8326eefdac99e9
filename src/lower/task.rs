//! Containers, volumes and a size -> one task definition, with the raw fields of the overlay merged last and checked.

mod raw;
mod violations;

use serde_json::Value as Json;

use super::files::Delivery;
use super::placement::TaskPlan;
use super::{Findings, Input, Scope, wrapper};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, sentence};
use crate::ecs::fargate::Size;
use crate::ecs::{
    ContainerDefinition, EphemeralStorage, RuntimePlatform, Tag, TaskDefinition, Volume,
};
use crate::overlay::{Architecture, Raw};
use crate::source::Spanned;

/// What the passes made of one task.
pub(super) struct Parts {
    pub(super) containers: Vec<ContainerDefinition>,
    /// The container that no service stands for: it writes files for the others.
    pub(super) helper: Option<ContainerDefinition>,
    pub(super) volumes: Vec<Volume>,
    /// `None` when no size was found, which is reported already.
    pub(super) size: Option<Size>,
}

/// Merges the raw fields of the overlay into a container that the passes are done with.
pub(super) fn merge_raw(
    scope: &Scope<'_>,
    container: ContainerDefinition,
    delivery: &Delivery,
    diagnostics: &mut Diagnostics,
) -> ContainerDefinition {
    let raw = scope.overlay.container_definition.as_ref();
    let Some(fields) = raw else { return container };
    refuse_lost(fields, &container, diagnostics);
    let mut merged = raw::merge(container.clone(), raw, "a container definition", diagnostics);
    delivery.keep(container, &mut merged);
    merged
}

/// What a replacement brings and what the overlay says elsewhere are delivered: a list that lacks them would take them away.
fn refuse_lost(raw: &Raw, container: &ContainerDefinition, diagnostics: &mut Diagnostics) {
    let Some(list) = raw.json.get("secrets").and_then(Json::as_array) else { return };
    let has =
        |name: &str| list.iter().any(|it| it.get("name").and_then(Json::as_str) == Some(name));
    let names = container.secrets.iter().map(|it| it.name.as_str());
    let missing: Vec<&str> = names.filter(|it| !has(it) && !wrapper::is_file(it)).collect();
    if missing.is_empty() {
        return;
    }
    let message =
        format!("`secrets` takes the place of all others, and lacks {}", sentence(&missing));
    let place = raw.place("secrets", None).unwrap_or(raw.span);
    let diagnostic = Diagnostic::error(Code::InvalidValue, place, message);
    diagnostics.report(diagnostic.help(
        "write them as `x-ecs: { secrets: { NAME: \"ssm:/path/name\" } }` of the service, which adds them to the others",
    ));
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
    let containers = parts.containers.into_iter().chain(parts.helper).collect();
    let storage = plan.size.storage.as_ref().and_then(|it| i32::try_from(it.value).ok());
    let family = input.environment.family(plan.name.as_deref());
    let subject = plan
        .name
        .as_ref()
        .map_or_else(|| "task family".to_owned(), |it| format!("task {it} family"));
    let reason = "it is made of the project's name and the branch";
    findings.explain(plan.span, subject, (None, Some(family.clone())), reason);
    let mut role =
        |role: &Option<Spanned<String>>| role.as_ref().and_then(|it| role_arn(input, it, findings));
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
        tags: input.environment.tags().into_iter().map(|(key, value)| Tag { key, value }).collect(),
        ephemeral_storage: storage.map(|size_in_gib| EphemeralStorage { size_in_gib }),
        runtime_platform: Some(runtime_platform(plan, scopes, findings.diagnostics)),
        ..TaskDefinition::default()
    };
    let definition = raw::merge(
        definition,
        overlay.task_definition.as_ref(),
        "a task definition",
        findings.diagnostics,
    );
    let sized = parts.size.is_some();
    let reached = &findings.reached;
    let made = violations::Made { input, plan, scopes, definition: &definition, sized, reached };
    made.check(findings.diagnostics);
    definition
}

fn role_arn(
    input: Input<'_>,
    role: &Spanned<String>,
    findings: &mut Findings<'_>,
) -> Option<String> {
    if role.value.starts_with("arn:") {
        return Some(role.value.clone());
    }
    let account = input.required_account(role.span, "the ARN of a role", findings)?;
    Some(input.arn("iam", "", &account, &format!("role/{}", role.value)))
}

fn runtime_platform(
    plan: &TaskPlan,
    scopes: &[Scope<'_>],
    diagnostics: &mut Diagnostics,
) -> RuntimePlatform {
    let chosen = plan.architecture.as_ref();
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
