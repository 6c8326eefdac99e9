//! `!reset` and `!override` of a document, obeyed on what was accumulated before it (`reference/compose.md`, 1.9).

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::yaml::{Directive, Mapping, Node};

/// Deletes from `model` what the document resets or overrides, and from the document what it only resets.
pub(super) fn apply(model: &mut Node, document: &mut Node, diagnostics: &mut Diagnostics) {
    let Some(mapping) = document.as_mapping_mut() else {
        return;
    };
    obey(Some(model), mapping, diagnostics);
}

fn obey(mut base: Option<&mut Node>, mapping: &mut Mapping, diagnostics: &mut Diagnostics) {
    mapping.retain(|key, entry| {
        let accumulated = base.as_mut().and_then(|it| it.as_mapping_mut());
        match entry.node.directive {
            Some(directive) => {
                let removed = accumulated.and_then(|it| it.shift_remove(key));
                if directive == Directive::Reset && removed.is_none() && !entry.node.is_null() {
                    let message =
                        format!("`!reset` takes `{key}` out, with the value that stands here");
                    let note = Diagnostic::warning(Code::MergeConflict, entry.node.span, message);
                    diagnostics.add(note.help("`!override` replaces a value of an earlier file"));
                }
                directive == Directive::Override
            }
            None => {
                if let Some(inner) = entry.node.as_mapping_mut() {
                    obey(
                        accumulated.and_then(|it| it.get_mut(key)).map(|it| &mut it.node),
                        inner,
                        diagnostics,
                    );
                }
                true
            }
        }
    });
}
