//! The type of the value at each path of the canonical model (`reference/compose.md`, 1.14).

/// What a value is turned into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Flag,
    Whole,
    /// A whole number from 0 on.
    Count,
    /// A number with as many digits as 32 bits hold.
    Single,
    /// A size in bytes, as the text of a whole number.
    Bytes,
    /// A duration in Go's text.
    Duration,
    /// A command line, split into its words.
    Words,
    /// `CMD-SHELL` and a command line, or a list.
    Check,
    Text,
    /// One text, or a list.
    Texts,
    /// `KEY=value` pairs; no value is an empty one.
    Pairs,
    /// `KEY=value` pairs; no value stays none.
    Variables,
    /// Options of a driver: a mapping of texts.
    Options,
    /// `HOST=ADDRESS`, sorted.
    Hosts,
    /// Keys of an agent: `ID` or `ID=PATH`.
    Keys,
    /// The permissions of a file, octal in a text.
    Mode,
    /// A number of devices; `all` is -1.
    Devices,
}

/// The kind of value at a path; `None` where the value stays as it is, or is looked into.
pub(super) fn at(path: &[&str]) -> Option<Kind> {
    match path {
        ["services", _, rest @ ..] => in_service(rest),
        ["networks" | "volumes" | "secrets" | "configs", _, rest @ ..] => in_resource(rest),
        _ => None,
    }
}

fn in_resource(path: &[&str]) -> Option<Kind> {
    Some(match path {
        ["external" | "internal" | "attachable" | "enable_ipv4" | "enable_ipv6"] => Kind::Flag,
        ["labels"] => Kind::Pairs,
        ["driver_opts"] => Kind::Options,
        _ => return None,
    })
}

fn in_service(path: &[&str]) -> Option<Kind> {
    match path {
        ["build", rest @ ..] => in_build(rest),
        ["deploy", rest @ ..] => in_deploy(rest),
        ["pre_start" | "post_start" | "pre_stop", "[]", rest @ ..]
        | ["develop", "watch", "[]", "exec", rest @ ..] => in_hook(rest),
        ["networks", _, "driver_opts"] => Some(Kind::Options),
        ["networks", _, "priority" | "gw_priority"] => Some(Kind::Whole),
        ["volumes", "[]", rest @ ..] => in_volume(rest),
        [key] => single(key),
        _ => nested(path),
    }
}

fn single(key: &str) -> Option<Kind> {
    Some(match key {
        "attach" | "init" | "oom_kill_disable" | "privileged" | "read_only" | "stdin_open"
        | "tty" | "use_api_socket" => Kind::Flag,
        "cpu_count" | "cpu_period" | "cpu_quota" | "cpu_rt_period" | "cpu_rt_runtime"
        | "cpu_shares" | "oom_score_adj" | "pids_limit" | "scale" => Kind::Whole,
        "cpus" | "cpu_percent" => Kind::Single,
        "mem_limit" | "mem_reservation" | "memswap_limit" | "mem_swappiness" | "shm_size" => {
            Kind::Bytes
        }
        "stop_grace_period" => Kind::Duration,
        "command" | "entrypoint" => Kind::Words,
        "labels" | "annotations" | "sysctls" => Kind::Pairs,
        "environment" => Kind::Variables,
        "extra_hosts" => Kind::Hosts,
        "storage_opt" => Kind::Options,
        _ => return None,
    })
}

fn nested(path: &[&str]) -> Option<Kind> {
    Some(match path {
        ["depends_on", _, "required" | "restart"]
        | ["env_file", "[]", "required"]
        | ["healthcheck", "disable"]
        | ["develop", "watch", "[]", "initial_sync"] => Kind::Flag,
        ["healthcheck", "retries"] | ["ports", "[]", "target"] => Kind::Count,
        ["ulimits", _] | ["ulimits", _, "hard" | "soft"] => Kind::Whole,
        ["blkio_config", "weight"] | ["blkio_config", "weight_device", "[]", "weight"] => {
            Kind::Whole
        }
        ["blkio_config", _, "[]", "rate"] => Kind::Bytes,
        ["healthcheck", "interval" | "timeout" | "start_period" | "start_interval"] => {
            Kind::Duration
        }
        ["healthcheck", "test"] => Kind::Check,
        ["ports", "[]", "published"] | ["expose" | "group_add", "[]"] => Kind::Text,
        ["develop", "watch", "[]", "ignore" | "include"] | ["provider", "options", _] => {
            Kind::Texts
        }
        ["logging", "options"] => Kind::Options,
        ["secrets" | "configs", "[]", "mode"] => Kind::Mode,
        ["gpus", "[]", "count"] => Kind::Devices,
        ["gpus", "[]", "options"] => Kind::Pairs,
        _ => return None,
    })
}

fn in_volume(path: &[&str]) -> Option<Kind> {
    Some(match path {
        ["read_only"] | ["volume", "nocopy"] | ["bind", "create_host_path"] => Kind::Flag,
        ["volume", "labels"] => Kind::Pairs,
        ["tmpfs", "size"] => Kind::Bytes,
        ["tmpfs", "mode"] => Kind::Count,
        _ => return None,
    })
}

fn in_build(path: &[&str]) -> Option<Kind> {
    Some(match path {
        ["no_cache" | "privileged" | "pull"] => Kind::Flag,
        ["args"] => Kind::Variables,
        ["labels" | "additional_contexts"] => Kind::Pairs,
        ["extra_hosts"] => Kind::Hosts,
        ["no_cache_filter"] => Kind::Texts,
        ["secrets", "[]", "mode"] => Kind::Mode,
        ["shm_size"] => Kind::Bytes,
        ["ssh"] => Kind::Keys,
        ["ulimits", _] | ["ulimits", _, "hard" | "soft"] => Kind::Whole,
        _ => return None,
    })
}

fn in_deploy(path: &[&str]) -> Option<Kind> {
    Some(match path {
        ["replicas"]
        | ["resources", _, "pids"]
        | ["resources", _, "generic_resources", "[]", "discrete_resource_spec", "value"] => {
            Kind::Whole
        }
        ["placement", "max_replicas_per_node"]
        | ["restart_policy", "max_attempts"]
        | ["update_config" | "rollback_config", "parallelism"] => Kind::Count,
        ["update_config" | "rollback_config", "max_failure_ratio"] | ["resources", _, "cpus"] => {
            Kind::Single
        }
        ["resources", _, "memory"] => Kind::Bytes,
        ["update_config" | "rollback_config", "delay" | "monitor"]
        | ["restart_policy", "delay" | "window"] => Kind::Duration,
        ["labels"] | ["resources", _, "devices", "[]", "options"] => Kind::Pairs,
        ["resources", _, "devices", "[]", "count"] => Kind::Devices,
        _ => return None,
    })
}

/// A command that runs beside a service's own.
fn in_hook(path: &[&str]) -> Option<Kind> {
    Some(match path {
        ["command"] => Kind::Words,
        ["environment"] => Kind::Variables,
        ["privileged" | "per_replica"] => Kind::Flag,
        _ => return None,
    })
}
