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

/// One step into raw fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    /// To the value of a key.
    Key(&'a str),
    /// To an item of a list.
    Item(usize),
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

    /// Follows a way as far as it is written: the place where it ends, and how many steps of it there are.
    pub(crate) fn nearest(&self, way: &[Step<'_>]) -> (Span, usize) {
        let (mut node, mut span) = (&self.node, self.span);
        for (taken, step) in way.iter().enumerate() {
            let next = match step {
                Step::Key(key) => {
                    node.as_mapping().and_then(|it| it.get(*key)).map(|it| (&it.node, it.key_span))
                }
                Step::Item(item) => {
                    node.as_sequence().and_then(|it| it.get(*item)).map(|it| (it, it.span))
                }
            };
            let Some(next) = next else { return (span, taken) };
            (node, span) = next;
        }
        (span, way.len())
    }

    /// The value at the end of a way.
    pub(crate) fn value(&self, way: &[Step<'_>]) -> Option<Span> {
        let mut node = &self.node;
        for step in way {
            node = match step {
                Step::Key(key) => &node.as_mapping()?.get(*key)?.node,
                Step::Item(item) => node.as_sequence()?.get(*item)?,
            };
        }
        Some(node.span)
    }
}
