//! Keys of a service that have no effect on Fargate, or none that could work: nothing is lost without a word.

use super::Scope;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Span;

/// What becomes of a key that lowering does not translate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// The service cannot work as written.
    Refused,
    /// The author may miss it.
    Warned,
    /// Nothing is lost on Fargate.
    Noted,
}

/// Every such key with its outcome and the reason.
const KEYS: &[(&str, Outcome, &str)] = &[
    ("annotations", Outcome::Noted, "containers on ECS have no annotations"),
    ("blkio_config", Outcome::Noted, "Fargate does not limit block devices"),
    ("cgroup", Outcome::Noted, "Fargate manages control groups itself"),
    ("cgroup_parent", Outcome::Noted, "Fargate manages control groups itself"),
    (
        "cpu_count",
        Outcome::Noted,
        "`cpus` and `x-ecs: { cpu: … }` say how much CPU a container gets",
    ),
    (
        "cpu_percent",
        Outcome::Noted,
        "`cpus` and `x-ecs: { cpu: … }` say how much CPU a container gets",
    ),
    (
        "cpu_period",
        Outcome::Noted,
        "`cpus` and `x-ecs: { cpu: … }` say how much CPU a container gets",
    ),
    (
        "cpu_quota",
        Outcome::Noted,
        "`cpus` and `x-ecs: { cpu: … }` say how much CPU a container gets",
    ),
    ("cpu_rt_period", Outcome::Noted, "Fargate has no real-time scheduling"),
    ("cpu_rt_runtime", Outcome::Noted, "Fargate has no real-time scheduling"),
    (
        "cpu_shares",
        Outcome::Noted,
        "`cpus` and `x-ecs: { cpu: … }` say how much CPU a container gets",
    ),
    ("cpuset", Outcome::Noted, "Fargate chooses the processors"),
    ("credential_spec", Outcome::Refused, "Fargate has no managed service accounts in this form"),
    ("device_cgroup_rules", Outcome::Refused, "Fargate gives no access to devices"),
    ("devices", Outcome::Refused, "Fargate gives no access to devices"),
    ("dns", Outcome::Warned, "a Fargate task uses the name servers of its VPC"),
    ("dns_opt", Outcome::Warned, "a Fargate task uses the name servers of its VPC"),
    ("dns_search", Outcome::Warned, "a Fargate task uses the search domains of its VPC"),
    ("domainname", Outcome::Noted, "a Fargate task has the host name that AWS gives it"),
    ("external_links", Outcome::Warned, "there is no container outside of the project to link to"),
    ("extra_hosts", Outcome::Warned, "Fargate does not write `/etc/hosts`"),
    ("gpus", Outcome::Refused, "Fargate has no GPUs"),
    ("group_add", Outcome::Warned, "ECS does not add groups to the user"),
    ("ipc", Outcome::Noted, "Fargate does not share IPC namespaces"),
    ("isolation", Outcome::Noted, "Fargate isolates every task in a machine of its own"),
    ("mac_address", Outcome::Warned, "AWS chooses the address of the network interface"),
    ("mem_swappiness", Outcome::Noted, "Fargate does not swap"),
    ("memswap_limit", Outcome::Noted, "Fargate does not swap"),
    ("models", Outcome::Refused, "Fargate runs no models"),
    ("oom_kill_disable", Outcome::Noted, "Fargate decides what happens when memory runs out"),
    ("oom_score_adj", Outcome::Noted, "Fargate decides what happens when memory runs out"),
    ("pids_limit", Outcome::Noted, "Fargate does not limit the number of processes"),
    ("post_start", Outcome::Warned, "ECS has no hook after a start: run it in the entrypoint"),
    ("pre_start", Outcome::Warned, "ECS has no hook before a start: run it in the entrypoint"),
    ("pre_stop", Outcome::Warned, "ECS has no hook before a stop: handle the stop signal"),
    ("provider", Outcome::Refused, "a provider runs on the laptop"),
    ("runtime", Outcome::Refused, "Fargate has one container runtime"),
    (
        "scale",
        Outcome::Warned,
        "how many copies run is said for a task, with `tasks: { NAME: { count: … } }`",
    ),
    ("security_opt", Outcome::Noted, "Fargate has its own security profile"),
    ("shm_size", Outcome::Warned, "Fargate gives every container 64 MiB of shared memory"),
    ("stop_signal", Outcome::Warned, "ECS sends the signal the image names, SIGTERM by default"),
    ("storage_opt", Outcome::Noted, "the disk of a task is sized for the task"),
    ("use_api_socket", Outcome::Refused, "Fargate has no Docker socket"),
    ("userns_mode", Outcome::Noted, "Fargate manages user namespaces itself"),
    ("uts", Outcome::Noted, "Fargate manages host names itself"),
];

/// The same for what stands below `deploy`; what is not here is translated, or a part of something that is.
const DEPLOY_KEYS: &[(&str, Outcome, &str)] = &[
    ("endpoint_mode", Outcome::Noted, "Fargate has no swarm"),
    (
        "labels",
        Outcome::Noted,
        "labels of a swarm service; those of the container stand under `labels`",
    ),
    (
        "mode",
        Outcome::Noted,
        "how many copies run is said for a task, with `tasks: { NAME: { count: … } }`",
    ),
    ("placement", Outcome::Noted, "Fargate chooses where a task runs"),
    (
        "replicas",
        Outcome::Warned,
        "how many copies run is said for a task, with `tasks: { NAME: { count: … } }`",
    ),
    ("resources.limits.pids", Outcome::Noted, "Fargate does not limit the number of processes"),
    ("resources.reservations.devices", Outcome::Refused, "Fargate has no GPUs or other devices"),
    (
        "resources.reservations.generic_resources",
        Outcome::Warned,
        "Fargate knows CPU and memory alone",
    ),
    ("restart_policy.delay", Outcome::Noted, "ECS has its own pause between restarts"),
    ("restart_policy.max_attempts", Outcome::Noted, "ECS does not count restarts"),
    ("restart_policy.window", Outcome::Noted, "ECS has its own time after which a start counts"),
    ("rollback_config", Outcome::Noted, "ECS has its own way back"),
    ("update_config", Outcome::Noted, "ECS has its own way of replacing tasks"),
];

/// Reports the keys of one service that do not reach ECS.
pub(super) fn report(scope: &Scope<'_>, diagnostics: &mut Diagnostics) {
    let service = scope.service;
    for (key, span) in &service.keys {
        if let Some((_, outcome, reason)) = KEYS.iter().find(|(it, ..)| it == key) {
            add(key, *span, *outcome, reason, diagnostics);
        }
    }
    if let Some(span) =
        service.keys.get("privileged").filter(|_| service.flag("privileged") == Some(true))
    {
        add(
            "privileged",
            *span,
            Outcome::Refused,
            "Fargate runs no privileged containers",
            diagnostics,
        );
    }
    for (key, span) in &service.deploy_keys {
        if let Some((_, outcome, reason)) = DEPLOY_KEYS.iter().find(|(it, ..)| it == key) {
            add(&format!("deploy.{key}"), *span, *outcome, reason, diagnostics);
        }
    }
    report_modes(scope, diagnostics);
    for (name, (.., span)) in service.ulimits.iter().filter(|(name, _)| *name != "nofile") {
        let reason = "Fargate only changes `nofile`";
        add(&format!("ulimits.{name}"), *span, Outcome::Noted, reason, diagnostics);
    }
}

/// Keys whose outcome depends on their value.
fn report_modes(scope: &Scope<'_>, diagnostics: &mut Diagnostics) {
    let service = scope.service;
    for key in ["network_mode", "pid"] {
        let Some(mode) = service.text(key) else {
            continue;
        };
        let (outcome, reason) = match (key, mode.value) {
            ("network_mode", "none") => (Outcome::Warned, "a Fargate task always has a network"),
            ("network_mode", _) => {
                (Outcome::Noted, "all containers of a Fargate task share one network interface")
            }
            (_, "host") => (Outcome::Refused, "Fargate has no host to share processes with"),
            _ => (
                Outcome::Warned,
                "processes are shared by a whole task: `task_definition: { pidMode: task }`",
            ),
        };
        add(key, mode.span, outcome, reason, diagnostics);
    }
    if let Some(hostname) = service.text("hostname") {
        let reason = "a Fargate task has the host name that AWS gives it; other services still reach it by this name";
        add("hostname", hostname.span, Outcome::Noted, reason, diagnostics);
    }
}

fn add(key: &str, span: Span, outcome: Outcome, reason: &str, diagnostics: &mut Diagnostics) {
    match outcome {
        Outcome::Refused => {
            let diagnostic = Diagnostic::error(
                Code::UnsupportedKey,
                span,
                format!("`{key}` cannot work on Fargate"),
            );
            let help = format!(
                "take it away in the overlay with `{key}: !reset null`, or drop the service there"
            );
            diagnostics.report(diagnostic.at(reason).help(help));
        }
        Outcome::Warned => {
            let message = format!("`{key}` has no effect on Fargate");
            diagnostics.add(Diagnostic::warning(Code::IgnoredKey, span, message).at(reason));
        }
        Outcome::Noted => {
            let message = format!("`{key}` is left out");
            diagnostics.add(Diagnostic::note(Code::IgnoredKey, span, message).at(reason));
        }
    }
}
