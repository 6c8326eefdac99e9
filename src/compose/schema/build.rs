//! The keys of a service's `build`.

use super::service::{EXTRA_HOSTS, GRANTS, ULIMITS};
use super::shape::{FLAG, Object, PAIRS, STRING_OR_LIST, STRINGS, Shape, WHOLE, object};

pub(super) const BUILD: Shape = Shape::OneOf(&[Shape::String, Shape::Object(&BUILD_LONG)]);

static BUILD_LONG: Object = object(&[
    ("additional_contexts", PAIRS),
    ("args", PAIRS),
    ("cache_from", STRINGS),
    ("cache_to", STRINGS),
    ("context", Shape::String),
    ("dockerfile", Shape::String),
    ("dockerfile_inline", Shape::String),
    ("entitlements", STRINGS),
    ("extra_hosts", EXTRA_HOSTS),
    ("isolation", Shape::String),
    ("labels", PAIRS),
    ("network", Shape::String),
    ("no_cache", FLAG),
    ("no_cache_filter", STRING_OR_LIST),
    ("platforms", STRINGS),
    ("privileged", FLAG),
    ("provenance", FLAG),
    ("pull", FLAG),
    ("sbom", FLAG),
    ("secrets", GRANTS),
    ("shm_size", WHOLE),
    ("ssh", PAIRS),
    ("tags", STRINGS),
    ("target", Shape::String),
    ("ulimits", ULIMITS),
]);
