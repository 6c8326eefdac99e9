//! The keys of a Compose file, and of the things it defines besides services.

use super::service::SERVICE;
use super::shape::{
    FLAG, INTEGER, Map, Names, OPTIONS, Object, Others, PAIRS, STRING_OR_LIST, STRINGS, Shape,
    object,
};

pub(super) static TOP: Object = object(&[
    (
        "configs",
        Shape::Map(&Map {
            names: Names::Plain,
            noun: Some("config"),
            value: Shape::Object(&CONFIG),
        }),
    ),
    ("include", INCLUDE),
    // Docker Compose leaves the names of models and networks to what reads them later.
    (
        "models",
        Shape::Map(&Map { names: Names::Any, noun: Some("model"), value: Shape::Object(&MODEL) }),
    ),
    ("name", Shape::String),
    ("networks", Shape::Map(&Map { names: Names::Any, noun: Some("network"), value: NETWORK })),
    (
        "secrets",
        Shape::Map(&Map {
            names: Names::Plain,
            noun: Some("secret"),
            value: Shape::Object(&SECRET),
        }),
    ),
    (
        "services",
        Shape::Map(&Map {
            names: Names::Plain,
            noun: Some("service"),
            value: Shape::Object(&SERVICE),
        }),
    ),
    ("version", Shape::String),
    ("volumes", Shape::Map(&Map { names: Names::Plain, noun: Some("volume"), value: VOLUME })),
]);

const INCLUDE: Shape = Shape::OneOf(&[
    Shape::List(&Shape::OneOf(&[Shape::String, Shape::Object(&INCLUDE_LONG)])),
    Shape::Null,
]);

static INCLUDE_LONG: Object = Object {
    keys: &[
        ("env_file", STRING_OR_LIST),
        ("path", STRING_OR_LIST),
        ("project_directory", Shape::String),
    ],
    required: &[],
    others: Others::Refused,
};

const NETWORK: Shape = Shape::OneOf(&[Shape::Object(&NETWORK_LONG), Shape::Null]);

static NETWORK_LONG: Object = object(&[
    ("attachable", FLAG),
    ("driver", Shape::String),
    ("driver_opts", OPTIONS),
    ("enable_ipv4", FLAG),
    ("enable_ipv6", FLAG),
    ("external", EXTERNAL),
    ("internal", FLAG),
    ("ipam", Shape::Object(&IPAM)),
    ("labels", PAIRS),
    ("name", Shape::String),
]);

static IPAM: Object = object(&[
    ("config", Shape::List(&Shape::Object(&POOL))),
    ("driver", Shape::String),
    ("options", TEXT_OPTIONS),
]);

static POOL: Object = object(&[
    ("aux_addresses", TEXT_OPTIONS),
    ("gateway", Shape::String),
    ("ip_range", Shape::String),
    ("subnet", Shape::String),
]);

const TEXT_OPTIONS: Shape =
    Shape::Map(&Map { names: Names::NotEmpty, noun: None, value: Shape::String });

const VOLUME: Shape = Shape::OneOf(&[Shape::Object(&VOLUME_LONG), Shape::Null]);

static VOLUME_LONG: Object = object(&[
    ("driver", Shape::String),
    ("driver_opts", OPTIONS),
    ("external", EXTERNAL),
    ("labels", PAIRS),
    ("name", Shape::String),
]);

static SECRET: Object = object(&[
    ("driver", Shape::String),
    ("driver_opts", OPTIONS),
    ("environment", Shape::String),
    ("external", OPEN_EXTERNAL),
    ("file", Shape::String),
    ("labels", PAIRS),
    ("name", Shape::String),
    ("template_driver", Shape::String),
]);

static CONFIG: Object = object(&[
    ("content", Shape::String),
    ("environment", Shape::String),
    ("external", OPEN_EXTERNAL),
    ("file", Shape::String),
    ("labels", PAIRS),
    ("name", Shape::String),
    ("template_driver", Shape::String),
]);

static MODEL: Object = Object {
    keys: &[
        ("context_size", INTEGER),
        ("model", Shape::String),
        ("name", Shape::String),
        ("runtime_flags", STRINGS),
    ],
    required: &["model"],
    others: Others::Extensions,
};

const EXTERNAL: Shape =
    Shape::OneOf(&[Shape::Boolean, Shape::String, Shape::Object(&EXTERNAL_LONG)]);

static EXTERNAL_LONG: Object = object(&[("name", Shape::String)]);

const OPEN_EXTERNAL: Shape =
    Shape::OneOf(&[Shape::Boolean, Shape::String, Shape::Object(&OPEN_EXTERNAL_LONG)]);

static OPEN_EXTERNAL_LONG: Object =
    Object { keys: &[("name", Shape::String)], required: &[], others: Others::Ignored };
