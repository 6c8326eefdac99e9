//! `ecr`: which images of which repositories are kept.

use super::{checked, incomplete, ranged};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Reported};
use crate::yaml::Node;
use crate::yaml::decode::{Fields, mapping};

/// Of the images whose tag begins with `tag_prefix`, the newest `keep` stay.
#[derive(Clone, Debug)]
pub(crate) struct Repository {
    pub(crate) name: String,
    pub(crate) tag_prefix: String,
    pub(crate) keep: u32,
}

pub(super) fn decode_all(
    node: &Node,
    diagnostics: &mut Diagnostics,
) -> Result<Vec<Repository>, Reported> {
    let mut fields = Fields::new(node, "`ecr`", diagnostics)?;
    let lifecycle = fields.get("lifecycle");
    fields.finish(diagnostics);
    let mut repositories = Vec::new();
    for (name, entry) in lifecycle
        .map(|it| mapping(it, "`lifecycle`", diagnostics))
        .transpose()?
        .into_iter()
        .flatten()
    {
        if !is_name(name) {
            let message = format!("no repository can be called `{name}`");
            let diagnostic = Diagnostic::error(Code::InvalidName, entry.key_span, message);
            diagnostics.report(
                diagnostic.help("write its name without registry and tag, such as `shop/app`"),
            );
        }
        if let Ok(repository) = decode(name, &entry.node, diagnostics) {
            repositories.push(repository);
        }
    }
    Ok(repositories)
}

/// Names of ECR: 2 to 256 characters, words of lower case letters and digits that `.`, `_`, `-` and `/` join.
fn is_name(name: &str) -> bool {
    let legal = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit();
    (2..=256).contains(&name.len())
        && name.chars().all(|it| legal(it) || "._-/".contains(it))
        && name.starts_with(legal)
        && name.ends_with(legal)
}

fn decode(name: &str, node: &Node, diagnostics: &mut Diagnostics) -> Result<Repository, Reported> {
    let owner = format!("the lifecycle of `{name}`");
    let before = diagnostics.errors();
    let mut fields = Fields::new(node, &owner, diagnostics)?;
    let is_prefix = |it: &str| {
        let legal = |it: char| it.is_ascii_alphanumeric() || "._-".contains(it);
        (1..=128).contains(&it.len()) && it.chars().all(legal)
    };
    let prefix = (is_prefix, "a tag has at most 128 letters, digits, `.`, `_` and `-`");
    let tag_prefix = checked(fields.get("tag_prefix"), "`tag_prefix`", prefix, diagnostics);
    let keep = ranged(fields.get("keep"), "`keep`", 1..=u32::MAX, diagnostics);
    fields.finish(diagnostics);
    match (tag_prefix, keep) {
        (Some(tag_prefix), Some(keep)) => {
            Ok(Repository { name: name.to_owned(), tag_prefix: tag_prefix.value, keep: keep.value })
        }
        _ => Err(incomplete(node, &owner, &["tag_prefix", "keep"], before, diagnostics)),
    }
}
