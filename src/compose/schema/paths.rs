//! The keys of the schema as paths, such as `services.*.ports[].target`: all there are, and those that a file has.

use super::shape::{Object, Shape};
use super::top::TOP;
use crate::compose::merge::scalar_text;
use crate::source::Span;
use crate::yaml::{Entry, Node, Value};

/// A key of the specification that somebody wrote.
#[derive(Clone, Debug)]
pub(crate) struct WrittenKey {
    /// The key as the schema has it: `*` for a name of the author's own choice, `[]` for the items of a list.
    pub(crate) path: String,
    /// The key as its author would call it, below what the walk began with.
    pub(crate) shown: String,
    pub(crate) span: Span,
    pub(crate) value_span: Span,
    /// The text of a single value.
    pub(crate) value: Option<String>,
    /// Whether the key says something: not nothing, and no empty list or mapping.
    pub(crate) says_something: bool,
}

/// Every key of the schema, in its order.
pub(crate) fn all() -> Vec<String> {
    let mut paths = Vec::new();
    list_object(&TOP, "", &mut paths);
    paths
}

fn list_object(object: &'static Object, prefix: &str, paths: &mut Vec<String>) {
    for (key, shape) in object.keys {
        let path = format!("{prefix}{key}");
        paths.push(path.clone());
        list_shape(shape, &path, paths);
    }
}

fn list_shape(shape: &'static Shape, path: &str, paths: &mut Vec<String>) {
    if let Some(object) = shape.object() {
        list_object(object, &format!("{path}."), paths);
    }
    if let Some(map) = shape.map() {
        list_shape(&map.value, &format!("{path}.*"), paths);
    }
    if let Some(item) = shape.item() {
        list_shape(item, &format!("{path}[]"), paths);
    }
}

/// The keys of a whole document, as they stand in it.
pub(crate) fn of_document(document: &Node) -> Vec<WrittenKey> {
    let mut walk = Walk { keys: Vec::new() };
    walk.object(document, &TOP, "", "");
    walk.keys
}

/// The keys of one thing of a section, such as a service: what a default or a short form brought in is not among them.
pub(crate) fn of_entry(section: &str, node: &Node) -> Vec<WrittenKey> {
    let mut walk = Walk { keys: Vec::new() };
    let map = TOP.shape(section).and_then(Shape::map);
    if let Some(object) = map.and_then(|it| it.value.object()) {
        walk.object(node, object, &format!("{section}.*."), "");
    }
    walk.keys
}

/// The keys at the top of a model, without what stands below.
pub(crate) fn of_top(model: &Node) -> Vec<WrittenKey> {
    let mut walk = Walk { keys: Vec::new() };
    for (key, entry) in model.as_mapping().into_iter().flatten() {
        if TOP.shape(key).is_some() {
            walk.keep(entry, key, key);
        }
    }
    walk.keys
}

struct Walk {
    keys: Vec<WrittenKey>,
}

impl Walk {
    fn object(&mut self, node: &Node, object: &'static Object, path: &str, shown: &str) {
        for (key, entry) in node.as_mapping().into_iter().flatten() {
            let Some(shape) = object.shape(key) else { continue };
            let (path, shown) = (format!("{path}{key}"), format!("{shown}{key}"));
            self.keep(entry, &path, &shown);
            self.value(&entry.node, shape, &path, &shown);
        }
    }

    /// What nobody wrote has no place, or that of the value it was made of.
    fn keep(&mut self, entry: &Entry, path: &str, shown: &str) {
        if entry.key_span != Span::DETACHED && entry.key_span != entry.node.span {
            self.keys.push(WrittenKey {
                path: path.to_owned(),
                shown: shown.to_owned(),
                span: entry.key_span,
                value_span: entry.node.span,
                value: scalar_text(&entry.node),
                says_something: says_something(&entry.node),
            });
        }
    }

    fn value(&mut self, node: &Node, shape: &'static Shape, path: &str, shown: &str) {
        match &node.value {
            Value::Mapping(entries) => {
                if let Some(object) = shape.object() {
                    self.object(node, object, &format!("{path}."), &format!("{shown}."));
                } else if let Some(map) = shape.map() {
                    for (name, entry) in entries.iter() {
                        let shown = format!("{shown}.{name}");
                        self.value(&entry.node, &map.value, &format!("{path}.*"), &shown);
                    }
                }
            }
            Value::Sequence(items) => {
                let Some(item) = shape.item() else { return };
                for node in items {
                    self.value(node, item, &format!("{path}[]"), shown);
                }
            }
            _ => {}
        }
    }
}

fn says_something(node: &Node) -> bool {
    match &node.value {
        Value::Null => false,
        Value::Sequence(items) => !items.is_empty(),
        Value::Mapping(entries) => !entries.is_empty(),
        _ => true,
    }
}
