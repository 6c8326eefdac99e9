//! The keys of a service's `deploy`, and of `gpus`, which has the devices of `deploy`.

use super::shape::{AMOUNT, Object, Others, PAIRS, STRINGS, Shape, UNIQUE_STRINGS, WHOLE, object};

pub(super) const DEPLOY: Shape = Shape::OneOf(&[Shape::Object(&DEPLOY_LONG), Shape::Null]);

static DEPLOY_LONG: Object = object(&[
    ("endpoint_mode", Shape::String),
    ("labels", PAIRS),
    ("mode", Shape::String),
    ("placement", Shape::Object(&PLACEMENT)),
    ("replicas", WHOLE),
    ("resources", Shape::Object(&RESOURCES)),
    ("restart_policy", Shape::Object(&RESTART_POLICY)),
    ("rollback_config", Shape::Object(&ROLL_OUT)),
    ("update_config", Shape::Object(&ROLL_OUT)),
]);

static PLACEMENT: Object = object(&[
    ("constraints", STRINGS),
    ("max_replicas_per_node", WHOLE),
    ("preferences", Shape::List(&Shape::Object(&PREFERENCE))),
]);

static PREFERENCE: Object = object(&[("spread", Shape::String)]);

static RESOURCES: Object =
    object(&[("limits", Shape::Object(&LIMITS)), ("reservations", Shape::Object(&RESERVATIONS))]);

static LIMITS: Object = object(&[("cpus", AMOUNT), ("memory", Shape::String), ("pids", WHOLE)]);

static RESERVATIONS: Object = object(&[
    ("cpus", AMOUNT),
    ("devices", Shape::List(&Shape::Object(&DEVICE))),
    ("generic_resources", Shape::List(&Shape::Object(&GENERIC_RESOURCE))),
    ("memory", Shape::String),
]);

const DEVICE_KEYS: &[(&str, Shape)] = &[
    ("capabilities", UNIQUE_STRINGS),
    ("count", WHOLE),
    ("device_ids", UNIQUE_STRINGS),
    ("driver", Shape::String),
    ("options", PAIRS),
];

static DEVICE: Object =
    Object { keys: DEVICE_KEYS, required: &["capabilities"], others: Others::Extensions };

pub(super) const GPUS: Shape =
    Shape::OneOf(&[Shape::Word(&["all"]), Shape::List(&Shape::Object(&GPU))]);

static GPU: Object = Object { keys: DEVICE_KEYS, required: &[], others: Others::Ignored };

static GENERIC_RESOURCE: Object =
    object(&[("discrete_resource_spec", Shape::Object(&DISCRETE_RESOURCE))]);

static DISCRETE_RESOURCE: Object = object(&[("kind", Shape::String), ("value", AMOUNT)]);

static RESTART_POLICY: Object = object(&[
    ("condition", Shape::String),
    ("delay", Shape::String),
    ("max_attempts", WHOLE),
    ("window", Shape::String),
]);

static ROLL_OUT: Object = object(&[
    ("delay", Shape::String),
    ("failure_action", Shape::String),
    ("max_failure_ratio", AMOUNT),
    ("monitor", Shape::String),
    ("order", Shape::Word(&["start-first", "stop-first"])),
    ("parallelism", WHOLE),
]);
