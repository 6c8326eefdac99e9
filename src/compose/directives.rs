//! `!reset` and `!override` of a document, obeyed on what comes from elsewhere (`reference/compose.md`, 1.9).

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Span;
use crate::yaml::{Directive, Node, Value};

/// The places of one document whose earlier values are to go.
#[derive(Clone, Debug, Default)]
pub(super) struct Directives {
    targets: Vec<Target>,
}

#[derive(Clone, Debug)]
struct Target {
    path: Vec<String>,
    /// Where a value stands that goes too, because `!reset` takes none.
    discarded: Option<Span>,
}

/// Notes what the document resets or overrides, and takes out of it what it resets.
pub(super) fn collect(document: &mut Node) -> Directives {
    let mut directives = Directives::default();
    directives.collect(document, &mut Vec::new());
    directives
}

impl Directives {
    fn collect(&mut self, node: &mut Node, path: &mut Vec<String>) {
        match &mut node.value {
            Value::Mapping(mapping) => mapping.retain(|key, entry| {
                path.push(key.clone());
                let keeps = self.keeps(&mut entry.node, path);
                path.pop();
                keeps
            }),
            // A list has no places of its own: what is reset in it only leaves the document.
            Value::Sequence(items) => items.retain_mut(|item| {
                path.push("[]".to_owned());
                let keeps = self.keeps(item, path);
                path.pop();
                keeps
            }),
            _ => {}
        }
    }

    fn keeps(&mut self, node: &mut Node, path: &mut Vec<String>) -> bool {
        match node.directive.take() {
            None => self.collect(node, path),
            Some(directive) => {
                let discarded = Some(node.span).filter(|_| !node.is_null());
                let discarded = discarded.filter(|_| directive == Directive::Reset);
                self.targets.push(Target { path: path.clone(), discarded });
                return directive == Directive::Override;
            }
        }
        true
    }

    /// Deletes the places from what was accumulated before the document.
    pub(super) fn apply(&self, model: &mut Node, diagnostics: &mut Diagnostics) {
        for target in &self.targets {
            let removed = remove(model, &target.path);
            if let Some(span) = target.discarded.filter(|_| !removed) {
                let key = target.path.last().map_or("", String::as_str);
                let message =
                    format!("`!reset` takes `{key}` out, with the value that stands here");
                let warning = Diagnostic::warning(Code::MergeConflict, span, message);
                diagnostics.add(warning.help("`!override` replaces a value of an earlier file"));
            }
        }
    }

    /// Deletes the places below one entry of a section: what a service extends, what is included.
    pub(super) fn apply_below(&self, section: &str, name: &str, node: &mut Node) {
        for target in &self.targets {
            match target.path.as_slice() {
                [first, second, rest @ ..]
                    if first == section && second == name && !rest.is_empty() =>
                {
                    remove(node, rest);
                }
                _ => {}
            }
        }
    }
}

fn remove(node: &mut Node, path: &[String]) -> bool {
    // Two merged mappings of pairs are a list to Docker Compose, which has no keys to reset.
    let is_list = node.history.as_ref().is_some_and(|it| it.listed);
    let Some(mapping) = node.as_mapping_mut().filter(|_| !is_list) else {
        return false;
    };
    match path {
        [] => false,
        [last] => mapping.shift_remove(last).is_some(),
        [first, rest @ ..] => mapping.get_mut(first).is_some_and(|it| remove(&mut it.node, rest)),
    }
}
