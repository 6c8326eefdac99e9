//! Answers of the Query protocol: the first element of a name, and the texts in it.

use roxmltree::{Document, Node};

/// The first element of this name, wherever it stands.
pub(super) fn first<'a, 'input>(
    document: &'a Document<'input>,
    name: &str,
) -> Option<Node<'a, 'input>> {
    document.descendants().find(|it| it.tag_name().name() == name)
}

/// The element below another by the names on the way.
pub(super) fn below<'a, 'input>(node: Node<'a, 'input>, path: &[&str]) -> Option<Node<'a, 'input>> {
    path.iter()
        .try_fold(node, |node, name| node.children().find(|it| it.tag_name().name() == *name))
}

/// The text at the end of a way, where there is one.
pub(super) fn text(node: Node<'_, '_>, path: &[&str]) -> Option<String> {
    below(node, path)?.text().map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned)
}

/// A number at the end of a way.
pub(super) fn port(node: Node<'_, '_>, path: &[&str]) -> Option<u16> {
    text(node, path)?.parse().ok()
}
