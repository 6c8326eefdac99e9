//! `healthcheck`: how a container shows that it works.

use super::units;
use crate::source::{Span, Spanned};
use crate::yaml::{Node, Value};

/// A health check in canonical form.
#[derive(Clone, Debug)]
pub(crate) struct Healthcheck {
    /// `CMD …` or `CMD-SHELL …`; empty when the image's own check is only tuned or switched off.
    pub(crate) test: Vec<Spanned<String>>,
    /// Switched off, by `disable` or by `NONE`.
    pub(crate) disabled: bool,
    /// Nanoseconds.
    pub(crate) interval: Option<Spanned<i64>>,
    /// Nanoseconds.
    pub(crate) timeout: Option<Spanned<i64>>,
    pub(crate) retries: Option<Spanned<u32>>,
    /// Nanoseconds.
    pub(crate) start_period: Option<Spanned<i64>>,
    pub(crate) span: Span,
}

/// Decodes the canonical form.
pub(super) fn decode(node: &Node, span: Span) -> Healthcheck {
    let test = node.get("test").map(test).unwrap_or_default();
    let head = test.first().map_or("", |it| it.value.as_str());
    let retries = node.get("retries").and_then(|it| match it.value {
        Value::Integer(value) => Some(Spanned::new(u32::try_from(value).ok()?, it.span)),
        _ => None,
    });
    let disable = node.get("disable").is_some_and(|it| it.value == Value::Bool(true));
    Healthcheck {
        disabled: disable || head == "NONE",
        interval: duration(node.get("interval")),
        timeout: duration(node.get("timeout")),
        retries,
        start_period: duration(node.get("start_period")),
        test,
        span,
    }
}

fn test(node: &Node) -> Vec<Spanned<String>> {
    let items = node.as_sequence().unwrap_or_default().iter();
    items.filter_map(|it| Some(Spanned::new(it.as_str()?.to_owned(), it.span))).collect()
}

/// A duration in nanoseconds.
pub(super) fn duration(node: Option<&Node>) -> Option<Spanned<i64>> {
    let node = node?;
    Some(Spanned::new(units::duration(node.as_str()?).ok()?, node.span))
}
