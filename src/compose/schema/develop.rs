//! The parts of a service that something else than its image runs: hooks, providers and watches.

use super::shape::{
    COMMAND, FLAG, Map, Names, Object, Others, PAIRS, STRING_OR_LIST, Shape, object,
};

pub(super) static PROVIDER: Object = Object {
    keys: &[("options", PROVIDER_OPTIONS), ("type", Shape::String)],
    required: &["type"],
    others: Others::Extensions,
};

const PROVIDER_OPTIONS: Shape = Shape::Map(&Map {
    names: Names::Any,
    noun: None,
    value: Shape::OneOf(&[
        Shape::String,
        Shape::Number,
        Shape::Boolean,
        Shape::List(&Shape::OneOf(&[Shape::String, Shape::Number, Shape::Boolean])),
    ]),
});

pub(super) const HOOK: Shape = Shape::Object(&EXECUTED);

/// A hook that runs in the container of its service.
static EXECUTED: Object = Object {
    keys: &[
        ("command", COMMAND),
        ("environment", PAIRS),
        ("privileged", FLAG),
        ("user", Shape::String),
        ("working_dir", Shape::String),
    ],
    required: &["command"],
    others: Others::Extensions,
};

/// A hook that runs in a container of its own.
pub(super) static PRE_START: Object = object(&[
    ("command", COMMAND),
    ("environment", PAIRS),
    ("image", Shape::String),
    ("per_replica", FLAG),
    ("privileged", FLAG),
    ("user", Shape::String),
    ("working_dir", Shape::String),
]);

pub(super) const DEVELOP: Shape = Shape::OneOf(&[Shape::Object(&WATCHES), Shape::Null]);

static WATCHES: Object = object(&[("watch", Shape::List(&Shape::Object(&WATCH)))]);

static WATCH: Object = Object {
    keys: &[
        ("action", Shape::Word(&["rebuild", "sync", "restart", "sync+restart", "sync+exec"])),
        ("exec", HOOK),
        ("ignore", STRING_OR_LIST),
        ("include", STRING_OR_LIST),
        ("initial_sync", Shape::Boolean),
        ("path", Shape::String),
        ("target", Shape::String),
    ],
    required: &["path", "action"],
    others: Others::Extensions,
};
