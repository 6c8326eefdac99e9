//! `secrets` and `configs`: what is defined at the top, and what a service takes of it.

use indexmap::IndexMap;

use super::merge::{long, scalar_text};
use crate::source::{Span, Spanned};
use crate::yaml::{Mapping, Node, Value};

/// A secret or config of the top level.
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    /// Its `x-ecs`, which says where ECS finds it.
    pub(crate) extension: Option<Node>,
    /// Where Docker Compose takes its content from; `None` for what exists outside of the project.
    pub(crate) origin: Option<Spanned<Origin>>,
    /// The variable of the environment whose value the content is, when it is set.
    pub(crate) variable: Option<String>,
    pub(crate) span: Span,
}

/// Where the content of a secret or config comes from on the laptop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A file, by its path.
    File(String),
    /// The content itself.
    Text(String),
    /// A variable of the environment, by its name.
    Variable(String),
}

/// What a service takes of a definition.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) source: Spanned<String>,
    /// The path or name it is to have in the container.
    pub(crate) target: Option<String>,
    /// Number or name of the file's owner.
    pub(crate) uid: Option<String>,
    /// Number or name of the file's group.
    pub(crate) gid: Option<String>,
    /// Octal digits.
    pub(crate) mode: Option<String>,
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
        let (origin, span) = (origin(&entry.node), entry.key_span);
        (name, Definition { extension, origin, variable: None, span })
    });
    decoded.collect()
}

fn origin(node: &Node) -> Option<Spanned<Origin>> {
    let text = |key: &str| {
        let node = node.get(key)?;
        Some(Spanned::new(node.as_str()?.to_owned(), node.span))
    };
    let file = text("file").map(|it| it.map(Origin::File));
    let content = || text("content").map(|it| it.map(Origin::Text));
    file.or_else(content).or_else(|| text("environment").map(|it| it.map(Origin::Variable)))
}

/// Decodes the canonical list of a service.
pub(super) fn decode(node: &Node) -> Vec<Grant> {
    let items = node.as_sequence().unwrap_or_default();
    let grants = items.iter().filter_map(|item| {
        let source = item.get("source")?;
        let text = |key: &str| item.get(key).and_then(scalar_text).filter(|it| !it.is_empty());
        Some(Grant {
            source: Spanned::new(source.as_str()?.to_owned(), source.span),
            target: text("target"),
            uid: text("uid"),
            gid: text("gid"),
            mode: text("mode"),
        })
    });
    grants.collect()
}
