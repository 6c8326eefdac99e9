//! The keys of a service, except for `build` and `deploy`.

use super::build::BUILD;
use super::deploy::{DEPLOY, GPUS};
use super::develop::{DEVELOP, HOOK, PRE_START, PROVIDER};
use super::shape::{
    AMOUNT, COMMAND, FLAG, INTEGER, Map, Names, OPTIONS, Object, Others, PAIRS, STRING_OR_LIST,
    STRINGS, Shape, UNIQUE_STRINGS, WHOLE, object,
};

const PULL_POLICIES: &[&str] =
    &["always", "never", "build", "if_not_present", "missing", "refresh", "daily", "weekly"];

pub(super) static SERVICE: Object = object(&[
    ("annotations", PAIRS),
    ("attach", FLAG),
    ("blkio_config", Shape::Object(&BLOCK_IO)),
    ("build", BUILD),
    ("cap_add", UNIQUE_STRINGS),
    ("cap_drop", UNIQUE_STRINGS),
    ("cgroup", Shape::Word(&["host", "private"])),
    ("cgroup_parent", Shape::String),
    ("command", COMMAND),
    ("configs", GRANTS),
    ("container_name", CONTAINER_NAME),
    (
        "cpu_count",
        Shape::OneOf(&[Shape::String, Shape::Integer { minimum: 0, maximum: i128::MAX }]),
    ),
    ("cpu_percent", Shape::OneOf(&[Shape::String, Shape::Integer { minimum: 0, maximum: 100 }])),
    ("cpu_period", AMOUNT),
    ("cpu_quota", AMOUNT),
    ("cpu_rt_period", AMOUNT),
    ("cpu_rt_runtime", AMOUNT),
    ("cpu_shares", AMOUNT),
    ("cpus", AMOUNT),
    ("cpuset", Shape::String),
    ("credential_spec", Shape::Object(&CREDENTIAL_SPEC)),
    ("depends_on", DEPENDS_ON),
    ("deploy", DEPLOY),
    ("develop", DEVELOP),
    ("device_cgroup_rules", UNIQUE_STRINGS),
    ("devices", DEVICES),
    ("dns", STRING_OR_LIST),
    ("dns_opt", UNIQUE_STRINGS),
    ("dns_search", STRING_OR_LIST),
    ("domainname", Shape::String),
    ("entrypoint", COMMAND),
    ("env_file", ENV_FILE),
    ("environment", PAIRS),
    ("expose", TEXTS),
    ("extends", EXTENDS),
    ("external_links", UNIQUE_STRINGS),
    ("extra_hosts", EXTRA_HOSTS),
    ("gpus", GPUS),
    ("group_add", TEXTS),
    ("healthcheck", Shape::Object(&HEALTHCHECK)),
    ("hostname", Shape::String),
    ("image", Shape::String),
    ("init", FLAG),
    ("ipc", Shape::String),
    ("isolation", Shape::String),
    ("label_file", Shape::OneOf(&[Shape::String, STRINGS])),
    ("labels", PAIRS),
    ("links", UNIQUE_STRINGS),
    ("logging", Shape::Object(&LOGGING)),
    ("mac_address", Shape::String),
    ("mem_limit", AMOUNT),
    ("mem_reservation", WHOLE),
    ("mem_swappiness", WHOLE),
    ("memswap_limit", AMOUNT),
    ("models", MODELS),
    ("network_mode", Shape::String),
    ("networks", NETWORKS),
    ("oom_kill_disable", FLAG),
    (
        "oom_score_adj",
        Shape::OneOf(&[Shape::String, Shape::Integer { minimum: -1000, maximum: 1000 }]),
    ),
    ("pid", Shape::OneOf(&[Shape::String, Shape::Null])),
    ("pids_limit", AMOUNT),
    ("platform", Shape::String),
    ("ports", Shape::Set(&Shape::OneOf(&[Shape::Number, Shape::String, Shape::Object(&PORT)]))),
    ("post_start", Shape::List(&HOOK)),
    ("pre_start", Shape::List(&Shape::Object(&PRE_START))),
    ("pre_stop", Shape::List(&HOOK)),
    ("privileged", FLAG),
    ("profiles", UNIQUE_STRINGS),
    ("provider", Shape::Object(&PROVIDER)),
    ("pull_policy", PULL_POLICY),
    ("pull_refresh_after", Shape::String),
    ("read_only", FLAG),
    ("restart", Shape::String),
    ("runtime", Shape::String),
    ("scale", WHOLE),
    ("secrets", GRANTS),
    ("security_opt", UNIQUE_STRINGS),
    ("shm_size", AMOUNT),
    ("stdin_open", FLAG),
    ("stop_grace_period", Shape::String),
    ("stop_signal", Shape::String),
    ("storage_opt", Shape::Map(&Map { names: Names::Any, noun: None, value: Shape::Any })),
    ("sysctls", PAIRS),
    ("tmpfs", STRING_OR_LIST),
    ("tty", FLAG),
    ("ulimits", ULIMITS),
    ("use_api_socket", Shape::Boolean),
    ("user", Shape::String),
    ("userns_mode", Shape::String),
    ("uts", Shape::String),
    ("volumes", Shape::Set(&Shape::OneOf(&[Shape::String, Shape::Object(&VOLUME)]))),
    ("volumes_from", UNIQUE_STRINGS),
    ("working_dir", Shape::String),
]);

const TEXTS: Shape = Shape::Set(&Shape::OneOf(&[Shape::String, Shape::Number]));

const CONTAINER_NAME: Shape = Shape::Text {
    passes: is_container_name,
    help: "a container name has two characters at least and begins with a letter or a digit",
};

const PULL_POLICY: Shape = Shape::Text {
    passes: is_pull_policy,
    help: "it is `always`, `never`, `build`, `missing`, `if_not_present`, `refresh`, `daily`, `weekly` or `every_<time>`",
};

/// Docker Compose looks for a name anywhere in the text, so one good pair of characters is enough.
fn is_container_name(text: &str) -> bool {
    let follows = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'.' | b'-');
    text.as_bytes().windows(2).any(|it| it[0].is_ascii_alphanumeric() && follows(it[1]))
}

/// Docker Compose looks for a policy anywhere in the text.
fn is_pull_policy(text: &str) -> bool {
    let interval = |rest: &str| {
        let unit = rest.trim_start_matches(|it: char| it.is_ascii_digit());
        unit.len() < rest.len() && unit.starts_with(['w', 'd', 'h', 'm', 's'])
    };
    PULL_POLICIES.iter().any(|it| text.contains(it)) || text.split("every_").skip(1).any(interval)
}

const DEPENDS_ON: Shape = Shape::OneOf(&[
    UNIQUE_STRINGS,
    Shape::Map(&Map { names: Names::Plain, noun: None, value: Shape::Object(&DEPENDENCY) }),
]);

static DEPENDENCY: Object = Object {
    keys: &[
        (
            "condition",
            Shape::Word(&["service_started", "service_healthy", "service_completed_successfully"]),
        ),
        ("required", Shape::Boolean),
        ("restart", FLAG),
    ],
    required: &["condition"],
    others: Others::Extensions,
};

const ENV_FILE: Shape = Shape::OneOf(&[
    Shape::String,
    Shape::List(&Shape::OneOf(&[Shape::String, Shape::Object(&ENV_FILE_LONG)])),
]);

static ENV_FILE_LONG: Object = Object {
    keys: &[("format", Shape::String), ("path", Shape::String), ("required", FLAG)],
    required: &["path"],
    others: Others::Refused,
};

const EXTENDS: Shape = Shape::OneOf(&[Shape::String, Shape::Object(&EXTENDS_LONG)]);

static EXTENDS_LONG: Object = Object {
    keys: &[("file", Shape::String), ("service", Shape::String)],
    required: &["service"],
    others: Others::Refused,
};

pub(super) const EXTRA_HOSTS: Shape = Shape::OneOf(&[
    Shape::Map(&Map {
        names: Names::NotEmpty,
        noun: None,
        value: Shape::OneOf(&[Shape::String, STRINGS]),
    }),
    UNIQUE_STRINGS,
]);

pub(super) const ULIMITS: Shape = Shape::Map(&Map {
    names: Names::Any,
    noun: None,
    value: Shape::OneOf(&[INTEGER, Shape::String, Shape::Object(&ULIMIT)]),
});

static ULIMIT: Object = Object {
    keys: &[("hard", WHOLE), ("soft", WHOLE)],
    required: &["soft", "hard"],
    others: Others::Extensions,
};

/// Secrets and configs that a service may read.
pub(super) const GRANTS: Shape =
    Shape::List(&Shape::OneOf(&[Shape::String, Shape::Object(&GRANT)]));

static GRANT: Object = object(&[
    ("gid", Shape::String),
    ("mode", AMOUNT),
    ("source", Shape::String),
    ("target", Shape::String),
    ("uid", Shape::String),
]);

static HEALTHCHECK: Object = object(&[
    ("disable", FLAG),
    ("interval", Shape::String),
    ("retries", AMOUNT),
    ("start_interval", Shape::String),
    ("start_period", Shape::String),
    ("test", Shape::OneOf(&[Shape::String, STRINGS])),
    ("timeout", Shape::String),
]);

static LOGGING: Object = object(&[
    ("driver", Shape::String),
    (
        "options",
        Shape::Map(&Map {
            names: Names::Any,
            noun: None,
            value: Shape::OneOf(&[Shape::String, Shape::Number, Shape::Null]),
        }),
    ),
]);

static PORT: Object = object(&[
    ("app_protocol", Shape::String),
    ("host_ip", Shape::String),
    ("mode", Shape::String),
    ("name", Shape::String),
    ("protocol", Shape::String),
    ("published", WHOLE),
    ("target", WHOLE),
]);

static VOLUME: Object = Object {
    keys: &[
        ("bind", Shape::Object(&BIND)),
        ("consistency", Shape::String),
        ("image", Shape::Object(&VOLUME_IMAGE)),
        ("read_only", FLAG),
        ("source", Shape::String),
        ("target", Shape::String),
        ("tmpfs", Shape::Object(&TMPFS)),
        ("type", Shape::Word(&["bind", "volume", "tmpfs", "cluster", "npipe", "image"])),
        ("volume", Shape::Object(&VOLUME_OPTIONS)),
    ],
    required: &["type"],
    others: Others::Extensions,
};

static BIND: Object = object(&[
    ("create_host_path", FLAG),
    ("propagation", Shape::String),
    ("recursive", Shape::Word(&["enabled", "disabled", "writable", "readonly"])),
    ("selinux", Shape::Word(&["z", "Z"])),
]);

static VOLUME_IMAGE: Object = object(&[("subpath", Shape::String)]);

static VOLUME_OPTIONS: Object =
    object(&[("labels", PAIRS), ("nocopy", FLAG), ("subpath", Shape::String)]);

static TMPFS: Object = object(&[
    ("mode", AMOUNT),
    ("size", Shape::OneOf(&[Shape::Integer { minimum: 0, maximum: i128::MAX }, Shape::String])),
]);

const NETWORKS: Shape = Shape::OneOf(&[
    UNIQUE_STRINGS,
    Shape::Map(&Map {
        names: Names::Plain,
        noun: None,
        value: Shape::OneOf(&[Shape::Object(&ATTACHMENT), Shape::Null]),
    }),
]);

static ATTACHMENT: Object = object(&[
    ("aliases", UNIQUE_STRINGS),
    ("driver_opts", OPTIONS),
    ("gw_priority", Shape::Number),
    ("interface_name", Shape::String),
    ("ipv4_address", Shape::String),
    ("ipv6_address", Shape::String),
    ("link_local_ips", UNIQUE_STRINGS),
    ("mac_address", Shape::String),
    ("priority", Shape::Number),
]);

const MODELS: Shape = Shape::OneOf(&[
    UNIQUE_STRINGS,
    Shape::Map(&Map {
        names: Names::Any,
        noun: None,
        value: Shape::OneOf(&[Shape::Object(&MODEL_VARIABLES), Shape::Null]),
    }),
]);

static MODEL_VARIABLES: Object =
    object(&[("endpoint_var", Shape::String), ("model_var", Shape::String)]);

const DEVICES: Shape = Shape::List(&Shape::OneOf(&[Shape::String, Shape::Object(&DEVICE)]));

static DEVICE: Object = Object {
    keys: &[("permissions", Shape::String), ("source", Shape::String), ("target", Shape::String)],
    required: &["source"],
    others: Others::Extensions,
};

static CREDENTIAL_SPEC: Object =
    object(&[("config", Shape::String), ("file", Shape::String), ("registry", Shape::String)]);

static BLOCK_IO: Object = Object {
    keys: &[
        ("device_read_bps", RATES),
        ("device_read_iops", RATES),
        ("device_write_bps", RATES),
        ("device_write_iops", RATES),
        ("weight", WHOLE),
        ("weight_device", WEIGHTS),
    ],
    required: &[],
    others: Others::Refused,
};

const RATES: Shape = Shape::List(&Shape::Object(&Object {
    keys: &[("path", Shape::String), ("rate", WHOLE)],
    required: &[],
    others: Others::Refused,
}));

const WEIGHTS: Shape = Shape::List(&Shape::Object(&Object {
    keys: &[("path", Shape::String), ("weight", WHOLE)],
    required: &[],
    others: Others::Refused,
}));
