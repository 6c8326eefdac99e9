//! `secrets` and `configs`: what is defined at the top, and what a service takes of it.

use indexmap::IndexMap;

use super::merge::long;
use crate::source::{Span, Spanned};
use crate::yaml::{Mapping, Node, Value};

/// A secret or config of the top level.
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    /// Its `x-ecs`, which says where ECS finds it.
    pub(crate) extension: Option<Node>,
    pub(crate) span: Span,
}

/// What a service takes of a definition.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) source: Spanned<String>,
    /// The path or name it is to have in the container.
    pub(crate) target: Option<String>,
}

/// Names become `{source: …}`.
pub(super) fn canonical(node: &mut Node) {
    let Value::Sequence(items) = &mut node.value else {
        return;
    };
    for item in items {
        long(item, "source");
    }
}

/// Decodes a top-level section.
pub(super) fn definitions(section: Mapping) -> IndexMap<String, Definition> {
    let decoded = section.into_iter().map(|(name, mut entry)| {
        let extension =
            entry.node.as_mapping_mut().and_then(|it| it.shift_remove("x-ecs")).map(|it| it.node);
        (name, Definition { extension, span: entry.key_span })
    });
    decoded.collect()
}

/// Decodes the canonical list of a service.
pub(super) fn decode(node: &Node) -> Vec<Grant> {
    let items = node.as_sequence().unwrap_or_default();
    let grants = items.iter().filter_map(|item| {
        let source = item.get("source")?;
        let target = item.get("target").and_then(Node::as_str).map(str::to_owned);
        Some(Grant { source: Spanned::new(source.as_str()?.to_owned(), source.span), target })
    });
    grants.collect()
}
