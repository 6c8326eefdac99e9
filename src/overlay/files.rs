//! `files`: what writes the files of containers, and which bind-mounted ones they get.

use super::checked;
use crate::diagnostic::{Diagnostics, Reported};
use crate::source::Spanned;
use crate::yaml::Node;
use crate::yaml::decode::Fields;

/// How files get into containers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    /// The image of the container that writes them, which has a shell.
    pub(crate) image: Option<Spanned<String>>,
}

pub(super) fn decode(node: &Node, diagnostics: &mut Diagnostics) -> Result<Files, Reported> {
    let mut fields = Fields::new(node, "`files`", diagnostics)?;
    let fits = |it: &str| !it.is_empty() && !it.contains(char::is_whitespace);
    let help = "name an image that has `/bin/sh`";
    let image = checked(fields.get("image"), "`image`", (fits, help), diagnostics);
    fields.finish(diagnostics);
    Ok(Files { image })
}

/// The targets of the bind-mounted files that the `x-ecs` of a service names, before it is decoded.
pub(crate) fn file_targets(extension: Option<&Node>) -> impl Iterator<Item = &str> {
    let list = extension.and_then(|it| it.get("files")).and_then(Node::as_sequence);
    list.unwrap_or_default().iter().filter_map(Node::as_str)
}
