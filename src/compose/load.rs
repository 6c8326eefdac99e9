//! Interpolated documents -> one model, each an override of those before it (steps 6 to 17 of `reference/compose.md`, 1).

use std::path::{Path, PathBuf};
use std::rc::Rc;

use indexmap::IndexMap;

use super::environment::{self, Variables};
use super::extends::Scope;
use super::{
    Context, canonical, defaults, directives, extends, include, merge, paths, schema, unicity,
    validity,
};
use crate::source::Span;
use crate::yaml::{Directive, Entry, Node, Value};

/// One project that is being loaded: the author's own, or one that it includes.
pub(super) struct Level {
    /// The folder that `include` and `extends` are relative to.
    pub(super) directory: PathBuf,
    pub(super) variables: Rc<Variables>,
    /// The included files that led here, outermost first, with the place that names each.
    pub(super) trail: Vec<(PathBuf, Span)>,
    /// Files that services extend, each read once.
    pub(super) extended: Vec<Scope>,
    /// Env files of includes, each list read once.
    pub(super) included_variables: IndexMap<Vec<PathBuf>, Rc<Variables>>,
}

/// The sections whose entries have names of their own.
pub(super) const SECTIONS: [&str; 6] =
    ["services", "volumes", "networks", "secrets", "configs", "models"];

impl Level {
    pub(super) fn new(directory: PathBuf, variables: Rc<Variables>) -> Self {
        Self {
            directory,
            variables,
            trail: Vec::new(),
            extended: Vec::new(),
            included_variables: IndexMap::new(),
        }
    }

    /// Steps 6 to 17: the documents as one model in canonical form, with paths against `base`.
    pub(super) fn project(
        &mut self,
        documents: Vec<Node>,
        base: Option<&Path>,
        context: &mut Context<'_>,
    ) -> Node {
        let mut model = Node::mapping(documents.last().map_or(Span::DETACHED, |it| it.span));
        for document in documents {
            self.add(&mut model, document, context);
        }
        defaults::fill(&mut model);
        validity::check(&mut model, context.diagnostics);
        if let Some(base) = base {
            paths::resolve(&mut model, base, context.world);
        }
        self.resolve_environment(&mut model, context);
        model
    }

    /// Steps 6 to 13 for one document.
    fn add(&mut self, model: &mut Node, mut document: Node, context: &mut Context<'_>) {
        let mut directives = directives::collect(&mut document);
        include::apply(&mut document, &directives, self, context);
        directives.apply(model, context.diagnostics);
        let mut part = take_touched(model, &document);
        extends::apply(&mut document, &mut directives, self, context);
        merge::merge(&mut part, document, context.diagnostics);
        unicity::enforce(&mut part);
        schema::check(&mut part, context.diagnostics);
        settle(&mut part, context);
        give_back(model, part);
    }

    /// A variable of a list without a value takes that of the environment (step 17).
    fn resolve_environment(&self, model: &mut Node, context: &Context<'_>) {
        let services = model.get_mut("services").and_then(Node::as_mapping_mut);
        for service in services.into_iter().flat_map(|it| it.values_mut()) {
            let environment = service.node.get_mut("environment").map(|it| &mut it.value);
            if let Some(Value::Sequence(items)) = environment {
                environment::inherit_list(items, &self.variables, context);
            }
        }
    }
}

/// Steps 12 and 13; what is extended needs them too, though nothing else.
pub(super) fn settle(model: &mut Node, context: &mut Context<'_>) {
    canonical::canonicalise(model, context.unread, context.diagnostics);
    unicity::enforce(model);
}

/// Moves the entries that the document has too out of the model, so that a document costs no more than what it
/// touches; what stays in their places keeps the order.
fn take_touched(model: &mut Node, document: &Node) -> Node {
    let mut part = Node::mapping(document.span);
    let (Some(all), Some(into)) = (model.as_mapping_mut(), part.as_mapping_mut()) else {
        return part;
    };
    for (key, entry) in document.as_mapping().into_iter().flatten() {
        let Some(present) = all.get_mut(key) else { continue };
        let taken = if SECTIONS.contains(&key.as_str()) && present.node.as_mapping().is_some() {
            let node = take_touched_entries(&mut present.node, &entry.node);
            Entry { key_span: present.key_span, node }
        } else {
            take(present)
        };
        into.insert(key.clone(), taken);
    }
    part
}

fn take_touched_entries(section: &mut Node, document: &Node) -> Node {
    let mut taken = Node::mapping(section.span);
    let (Some(all), Some(into)) = (section.as_mapping_mut(), taken.as_mapping_mut()) else {
        return taken;
    };
    for name in document.as_mapping().into_iter().flat_map(|it| it.keys()) {
        if let Some(present) = all.get_mut(name) {
            into.insert(name.clone(), take(present));
        }
    }
    taken
}

fn take(entry: &mut Entry) -> Entry {
    let mut empty = Node::new(Value::Null, entry.node.span);
    empty.directive = Some(Directive::Reset);
    Entry { key_span: entry.key_span, node: std::mem::replace(&mut entry.node, empty) }
}

/// Puts back what was taken and adds what is new; what did not come back is gone.
fn give_back(model: &mut Node, mut part: Node) {
    let entries = part.as_mapping_mut().map(std::mem::take).unwrap_or_default();
    let Some(all) = model.as_mapping_mut() else { return };
    for (key, mut entry) in entries {
        let present = all.get_mut(&key).filter(|_| SECTIONS.contains(&key.as_str()));
        match (present.and_then(|it| it.node.as_mapping_mut()), entry.node.as_mapping_mut()) {
            (Some(section), Some(inner)) => {
                section.extend(std::mem::take(inner));
                section.retain(|_, it| it.node.directive.is_none());
            }
            _ => {
                all.insert(key, entry);
            }
        }
    }
    all.retain(|_, it| it.node.directive.is_none());
}
