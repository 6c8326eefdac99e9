//! The fields of a container that are the same in Compose and ECS, but for their names.

use indexmap::IndexMap;

use super::{Findings, Scope, container_name, hosts};
use crate::compose::Service;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::ecs::{
    ContainerDefinition, KernelCapabilities, LinuxParameters, RestartPolicy, SystemControl, Ulimit,
};
use crate::redact::passwords_in;
use crate::source::Spanned;

/// `stopTimeout` of Fargate in seconds (`ecs-rules.md`, Ordering and health).
const STOP_TIMEOUT: std::ops::RangeInclusive<i64> = 2..=120;

/// Starts a container with everything that needs no decision.
pub(super) fn lower(scope: &Scope<'_>, findings: &mut Findings<'_>) -> ContainerDefinition {
    let service = scope.service;
    let mut words = |key: &str, words: &Option<Vec<Spanned<String>>>| {
        let words = words.as_ref()?;
        if words.is_empty() {
            if key != "entrypoint" || !clears(service) {
                warn_empty(scope, key, findings);
            }
            return None;
        }
        warn_plaintext(scope, key, words, findings);
        Some(hosts::rewrite_words(scope, key, words, findings))
    };
    let mut entry_point = words("entrypoint", &service.entrypoint);
    let mut command = words("command", &service.command);
    if clears(service) {
        // Where ECS has an entrypoint, the image's own is out of force.
        entry_point = command.take();
    }
    let text = |key: &str| service.text(key).map(|it| it.value.to_owned());
    let set = |key: &str| service.flag(key).filter(|it| *it);
    ContainerDefinition {
        name: container_name(&service.name),
        entry_point,
        command,
        restart_policy: restart_policy(scope, findings),
        user: text("user"),
        working_directory: text("working_dir"),
        readonly_root_filesystem: set("read_only"),
        interactive: set("stdin_open"),
        pseudo_terminal: set("tty"),
        docker_labels: labels(scope, findings),
        stop_timeout: stop_timeout(scope, findings.diagnostics),
        linux_parameters: linux_parameters(scope, findings.diagnostics),
        ulimits: ulimits(scope),
        system_controls: system_controls(scope),
        ..ContainerDefinition::default()
    }
}

/// Whether the file takes the image's entrypoint away and says what runs without it.
fn clears(service: &Service) -> bool {
    let is_empty = |it: &Option<Vec<_>>| it.as_ref().map(Vec::is_empty);
    is_empty(&service.entrypoint) == Some(true) && is_empty(&service.command) == Some(false)
}

fn labels(scope: &Scope<'_>, findings: &mut Findings<'_>) -> IndexMap<String, String> {
    let mut rewritten = IndexMap::new();
    for (key, value) in &scope.service.labels {
        rewritten.insert(key.clone(), hosts::rewrite_label(scope, key, value, findings));
    }
    rewritten
}

/// A password in a command can be read by everyone who may describe the task definition.
pub(super) fn warn_plaintext(
    scope: &Scope<'_>,
    key: &str,
    words: &[Spanned<String>],
    findings: &mut Findings<'_>,
) {
    let texts: Vec<&str> = words.iter().map(|it| it.value.as_str()).collect();
    let joined = texts.join("\n");
    let first = passwords_in(&joined).first().map(|it| it.start);
    let mut start = 0;
    let holder = words.iter().find(|it| {
        start += it.value.len() + 1;
        first.is_some_and(|it| it < start)
    });
    let is_known =
        |it: &&Spanned<String>| scope.input.secrets.iter().any(|key| it.value.contains(key));
    let Some(word) = holder.or_else(|| words.iter().find(is_known)) else { return };
    let message = format!("a password in `{key}` can be read in the task definition");
    let warning = Diagnostic::warning(Code::PlaintextSecret, word.span, message).cover(word.span);
    findings.diagnostics.add(
        warning.help("let the command read it from a variable, and give that one as a secret"),
    );
}

/// ECS restarts a container in place as Docker does; the task only ends where it does not.
fn restart_policy(scope: &Scope<'_>, findings: &mut Findings<'_>) -> Option<RestartPolicy> {
    let service = scope.service;
    let deployed =
        service.restart_condition.as_ref().map(|it| Spanned::new(it.value.as_str(), it.span));
    let restart = deployed.or_else(|| service.text("restart"))?;
    let condition = restart.value.split(':').next().unwrap_or_default();
    let ignored_exit_codes = match condition {
        "always" | "unless-stopped" | "any" => Vec::new(),
        "on-failure" => vec![0],
        _ => return None,
    };
    if scope.placement.awaited.contains(&service.name) && ignored_exit_codes.is_empty() {
        // Another service waits for its end, which a restart would take away.
        return None;
    }
    let after = Some("restarted in place".to_owned());
    let reason = format!("of `restart: {}`", restart.value);
    findings.explain(
        restart.span,
        format!("{} restartPolicy", service.name),
        (None, after),
        reason,
    );
    Some(RestartPolicy { enabled: true, ignored_exit_codes, restart_attempt_period: None })
}

/// Compose clears what the image has; ECS takes an empty list for none said.
fn warn_empty(scope: &Scope<'_>, key: &str, findings: &mut Findings<'_>) {
    let span = scope.service.keys.get(key).copied().unwrap_or(scope.service.span);
    let message = format!("ECS cannot clear the image's own `{key}`");
    let warning = Diagnostic::warning(Code::IgnoredKey, span, message);
    findings.diagnostics.add(warning.help(format!("say what to run instead in `{key}`")));
}

fn stop_timeout(scope: &Scope<'_>, diagnostics: &mut Diagnostics) -> Option<i32> {
    let period = scope.service.stop_grace_period.as_ref()?;
    let seconds = period.value.div_euclid(1_000_000_000);
    let clamped = seconds.clamp(*STOP_TIMEOUT.start(), *STOP_TIMEOUT.end());
    if clamped != seconds {
        let message = format!(
            "Fargate stops a container after {clamped} s at the {}",
            if clamped < seconds { "latest" } else { "soonest" }
        );
        let warning = Diagnostic::warning(Code::ClampedValue, period.span, message);
        diagnostics.add(warning.help("`stop_grace_period` takes 2 s to 120 s on Fargate"));
    }
    i32::try_from(clamped).ok()
}

fn linux_parameters(scope: &Scope<'_>, diagnostics: &mut Diagnostics) -> Option<LinuxParameters> {
    let service = scope.service;
    let name = |it: &Spanned<String>| it.value.to_uppercase().trim_start_matches("CAP_").to_owned();
    let (allowed, refused): (Vec<_>, Vec<_>) =
        service.capabilities_added.iter().partition(|it| name(it) == "SYS_PTRACE");
    for capability in refused {
        let message = format!("Fargate does not add the capability `{}`", capability.value);
        let warning = Diagnostic::warning(Code::IgnoredKey, capability.span, message);
        diagnostics.add(
            warning.help("`SYS_PTRACE` is the only one; the container starts without the others"),
        );
    }
    let capabilities = KernelCapabilities {
        add: allowed.into_iter().map(name).collect(),
        drop: service.capabilities_dropped.iter().map(name).collect(),
    };
    let parameters = LinuxParameters {
        capabilities: (capabilities != KernelCapabilities::default()).then_some(capabilities),
        init_process_enabled: service.flag("init").filter(|it| *it),
        ..LinuxParameters::default()
    };
    (parameters != LinuxParameters::default()).then_some(parameters)
}

/// Fargate lets a task change `nofile` alone; the others are reported as ignored.
fn ulimits(scope: &Scope<'_>) -> Vec<Ulimit> {
    let limit = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
    let nofile = scope.service.ulimits.get("nofile");
    let nofile = nofile.map(|(soft, hard, _)| Ulimit {
        name: "nofile".to_owned(),
        soft_limit: limit(*soft),
        hard_limit: limit(*hard),
    });
    nofile.into_iter().collect()
}

fn system_controls(scope: &Scope<'_>) -> Vec<SystemControl> {
    let controls = scope.service.sysctls.iter();
    controls
        .map(|(key, value)| SystemControl { namespace: key.clone(), value: value.clone() })
        .collect()
}
