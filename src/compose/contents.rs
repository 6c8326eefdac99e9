//! What stands in the files that containers get: texts of configs and of bind-mounted files, read once.

use std::path::Path;

use indexmap::IndexMap;

use super::Context;
use super::environment::Variables;
use super::secrets::{Definition, Origin};
use crate::source::{Span, Spanned};
use crate::world::read_text;

/// Texts by the path that the project has for their files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contents(IndexMap<String, Result<Spanned<String>, Unread>>);

/// Why a file has no text.
#[derive(Clone, Debug)]
pub(crate) struct Unread {
    /// The path as the user would write it.
    pub(crate) shown: String,
    /// In words, as the end of a sentence.
    pub(crate) reason: String,
    /// The place in the file, when it can be read at all.
    pub(crate) place: Option<Span>,
}

impl Contents {
    /// What stands in a file; `None` when nobody asked for it.
    pub(crate) fn get(&self, path: &str) -> Option<&Result<Spanned<String>, Unread>> {
        self.0.get(path)
    }
}

/// Reads files. One that cannot be read is no problem until a container needs it.
pub(crate) fn read<'a>(
    paths: impl IntoIterator<Item = &'a str>,
    context: &mut Context<'_>,
) -> Contents {
    let mut contents = Contents::default();
    for path in paths {
        if !contents.0.contains_key(path) {
            let shown = match context.shown(Path::new(path)) {
                shown if shown.is_empty() => ".".to_owned(),
                shown => shown,
            };
            let read = read_text(context.world, context.sources, Path::new(path), &shown);
            let text = match read {
                Ok(file) => {
                    let text = context.sources.get(file).text.clone();
                    let span = Span::new(file, 0, text.len());
                    Ok(Spanned::new(text, span))
                }
                Err(error) => Err(Unread { shown, reason: error.reason, place: error.place }),
            };
            contents.0.insert(path.to_owned(), text);
        }
    }
    contents
}

/// A config whose content is the value of a variable has that content; one that is not set keeps the name.
pub(super) fn fill_in(
    configs: &mut IndexMap<String, Definition>,
    variables: &Variables,
    context: &Context<'_>,
) {
    for definition in configs.values_mut() {
        if let Some(origin) = &mut definition.origin
            && let Origin::Variable(name) = &origin.value
            && let Some(value) = variables.get(name, context.world)
        {
            definition.variable = Some(name.clone());
            origin.value = Origin::Text(value);
        }
    }
}
