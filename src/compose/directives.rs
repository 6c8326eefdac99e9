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
    /// Where a `!reset` stands; an `!override` needs nothing to take out.
    reset: Option<Span>,
    /// Whether a value goes with the `!reset`, which takes none.
    discards: bool,
}

impl Target {
    /// A `!reset` that finds nothing leaves in what the author wants out.
    fn missed(&self, span: Span) -> Diagnostic {
        let key = self.path.last().map_or("", String::as_str);
        if self.discards {
            let message = format!("`!reset` takes `{key}` out, with the value that stands here");
            let warning = Diagnostic::warning(Code::MergeConflict, span, message);
            return warning.help("`!override` replaces a value of an earlier file");
        }
        let message = format!("`!reset` finds no `{key}` here to take out");
        let warning = Diagnostic::warning(Code::MergeConflict, span, message);
        let help =
            "Docker Compose resets no entries of a list, and variables of several files are one";
        warning.help(format!("{help}: write `{key}:` with nothing behind it instead"))
    }
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
                let reset = Some(node.span).filter(|_| directive == Directive::Reset);
                let nothing = node.is_null() || node.as_sequence().is_some_and(<[Node]>::is_empty);
                self.targets.push(Target { path: path.clone(), reset, discards: !nothing });
                return directive == Directive::Override;
            }
        }
        true
    }

    /// Deletes the places from what was accumulated before the document.
    pub(super) fn apply(&self, model: &mut Node, diagnostics: &mut Diagnostics) {
        for target in &self.targets {
            let removed = remove(model, &target.path);
            // What stands under `x-` is only there to be referred to.
            let matters = !target.path.first().is_some_and(|it| it.starts_with("x-"));
            if let Some(span) = target.reset.filter(|_| matters && !removed) {
                diagnostics.add(target.missed(span));
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
