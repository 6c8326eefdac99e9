//! CPU and memory: `cpus`, `mem_limit`, `mem_reservation` and `deploy.resources`.

use super::merge::scalar_text;
use super::units;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
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

/// Decodes both ways to say it; `deploy.resources` wins, as in Compose.
pub(super) fn decode(service: &Node, diagnostics: &mut Diagnostics) -> Resources {
    let resources = service.get("deploy").and_then(|it| it.get("resources"));
    let deployed = |section: &str, key: &str| {
        resources.and_then(|it| it.get(section)).and_then(|it| it.get(key))
    };
    let cpus = deployed("limits", "cpus")
        .or_else(|| service.get("cpus"))
        .or_else(|| deployed("reservations", "cpus"));
    let memory = deployed("limits", "memory").or_else(|| service.get("mem_limit"));
    let reservation = deployed("reservations", "memory").or_else(|| service.get("mem_reservation"));
    Resources {
        cpus: cpus.and_then(|it| decode_cpus(it, diagnostics)),
        memory: memory.and_then(|it| decode_bytes(it, diagnostics)),
        memory_reservation: reservation.and_then(|it| decode_bytes(it, diagnostics)),
    }
}

fn decode_cpus(node: &Node, diagnostics: &mut Diagnostics) -> Option<Spanned<f64>> {
    let text = scalar_text(node)?;
    match text.parse::<f64>() {
        Ok(value) if value > 0.0 && value.is_finite() => Some(Spanned::new(value, node.span)),
        Ok(value) if value == 0.0 => None,
        _ => {
            let message = format!("`{text}` is not a number of CPUs");
            diagnostics.report(Diagnostic::error(Code::InvalidValue, node.span, message));
            None
        }
    }
}

fn decode_bytes(node: &Node, diagnostics: &mut Diagnostics) -> Option<Spanned<u64>> {
    let text = scalar_text(node)?;
    if let Value::Integer(value) = node.value {
        return u64::try_from(value)
            .ok()
            .filter(|it| *it > 0)
            .map(|it| Spanned::new(it, node.span));
    }
    match units::bytes(&text) {
        Ok(0) => None,
        Ok(value) => u64::try_from(value).ok().map(|it| Spanned::new(it, node.span)),
        Err(error) => {
            let diagnostic = Diagnostic::error(Code::InvalidValue, node.span, error.message);
            diagnostics.report(
                diagnostic.help("a size is written `512m` or `2g`; the units are b, k, m, g and t"),
            );
            None
        }
    }
}

/// A size in bytes that the schema has looked at already.
pub(super) fn bytes_of(node: &Node) -> Option<u64> {
    match node.value {
        Value::Integer(it) => u64::try_from(it).ok(),
        _ => u64::try_from(units::bytes(&scalar_text(node)?).ok()?).ok(),
    }
}

/// A size as text, in bytes.
pub(crate) fn bytes(text: &str) -> Option<u64> {
    u64::try_from(units::bytes(text).ok()?).ok()
}
