//! `logging`: driver and options.

use indexmap::IndexMap;

use super::merge::scalar_text;
use crate::source::{Span, Spanned};
use crate::yaml::Node;

/// The logging of one service.
#[derive(Clone, Debug)]
pub(crate) struct Logging {
    pub(crate) driver: Option<Spanned<String>>,
    pub(crate) options: IndexMap<String, String>,
    pub(crate) span: Span,
}

/// Decodes the mapping.
pub(super) fn decode(node: &Node, span: Span) -> Logging {
    let driver =
        node.get("driver").and_then(|it| Some(Spanned::new(it.as_str()?.to_owned(), it.span)));
    let options = node.get("options").and_then(Node::as_mapping).into_iter().flatten();
    let options = options.filter_map(|(key, entry)| Some((key.clone(), scalar_text(&entry.node)?)));
    Logging { driver, options: options.collect(), span }
}
