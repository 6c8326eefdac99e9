//! CPU and memory: `cpus`, `mem_limit`, `mem_reservation` and `deploy.resources`.

use super::units;
use crate::source::Spanned;
use crate::yaml::{Node, Value};

/// What one container may use.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resources {
    /// vCPUs.
    pub(crate) cpus: Option<Spanned<f64>>,
    /// The most it may take, in bytes.
    pub(crate) memory: Option<Spanned<u64>>,
    /// What it is promised, in bytes.
    pub(crate) memory_reservation: Option<Spanned<u64>>,
}

/// Decodes both ways to say it; `deploy.resources` wins, as in Compose, unless it says nothing with a 0.
pub(super) fn decode(service: &Node) -> Resources {
    let resources = service.get("deploy").and_then(|it| it.get("resources"));
    let deployed = |section: &str, key: &str| {
        resources.and_then(|it| it.get(section)).and_then(|it| it.get(key))
    };
    let memory = |section: &str, key: &str| {
        let deployed = deployed(section, "memory").and_then(decode_bytes);
        deployed.or_else(|| service.get(key).and_then(decode_bytes))
    };
    Resources {
        cpus: deployed("limits", "cpus")
            .and_then(decode_cpus)
            .or_else(|| service.get("cpus").and_then(decode_cpus))
            .or_else(|| deployed("reservations", "cpus").and_then(decode_cpus)),
        memory: memory("limits", "mem_limit"),
        memory_reservation: memory("reservations", "mem_reservation"),
    }
}

fn decode_cpus(node: &Node) -> Option<Spanned<f64>> {
    match node.value {
        Value::Float(value) if value > 0.0 => Some(Spanned::new(value, node.span)),
        _ => None,
    }
}

fn decode_bytes(node: &Node) -> Option<Spanned<u64>> {
    bytes_of(node).filter(|it| *it > 0).map(|it| Spanned::new(it, node.span))
}

/// A size in bytes.
pub(super) fn bytes_of(node: &Node) -> Option<u64> {
    node.as_str()?.parse().ok()
}

/// A size as text, in bytes.
pub(crate) fn bytes(text: &str) -> Option<u64> {
    u64::try_from(units::bytes(text).ok()?).ok()
}
