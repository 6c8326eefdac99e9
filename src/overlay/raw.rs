//! Raw ECS fields of the overlay: JSON for ECS, with the place of every field.

use serde_json::Value as Json;

use crate::diagnostic::Diagnostics;
use crate::source::Span;
use crate::yaml::Node;
use crate::yaml::decode::wrong_type;
use crate::yaml::json::to_json;

/// A mapping of fields in ECS's own words, to be merged last.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    pub(crate) json: Json,
    pub(crate) span: Span,
    node: Node,
}

impl Raw {
    pub(super) fn decode(node: &Node, owner: &str, diagnostics: &mut Diagnostics) -> Option<Self> {
        if node.as_mapping().is_none() {
            wrong_type(node, owner, "a mapping of ECS's fields", diagnostics);
            return None;
        }
        Some(Self { json: to_json(node), span: node.span, node: node.clone() })
    }

    /// Where a field of the top level stands, and its value.
    pub(crate) fn field(&self, key: &str) -> Option<(Span, Span)> {
        let entry = self.node.as_mapping()?.get(key)?;
        Some((entry.key_span, entry.node.span))
    }

    /// Where a field such as `linuxParameters.tmpfs` is written, or an item of the list it holds.
    pub(crate) fn place(&self, path: &str, item: Option<usize>) -> Option<Span> {
        let mut node = &self.node;
        let mut span = self.span;
        for key in path.split('.') {
            let entry = node.as_mapping()?.get(key)?;
            (node, span) = (&entry.node, entry.key_span);
        }
        let item = item.and_then(|it| node.as_sequence()?.get(it));
        Some(item.map_or(span, |it| it.span))
    }

    /// Where a key stands, at whatever depth; the first one found.
    pub(crate) fn key_anywhere(&self, key: &str) -> Option<Span> {
        key_span(&self.node, key)
    }
}

fn key_span(node: &Node, key: &str) -> Option<Span> {
    if let Some(mapping) = node.as_mapping() {
        let here = mapping.get(key).map(|it| it.key_span);
        return here.or_else(|| mapping.values().find_map(|it| key_span(&it.node, key)));
    }
    node.as_sequence()?.iter().find_map(|it| key_span(it, key))
}
