//! The canonical model -> one whose values have their types, once for all that read it (step 20 of
//! `reference/compose.md`, 1).

mod convert;
mod kind;
mod pairs;

use super::Context;
use crate::yaml::{Node, Value};

/// Turns every value of the model into its type; what cannot be is reported and becomes nothing.
pub(super) fn convert(model: &mut Node, context: &mut Context<'_>) {
    walk(model, &mut Vec::new(), context);
}

fn walk<'a>(node: &'a mut Node, path: &mut Vec<&'a str>, context: &mut Context<'_>) {
    if let Some(kind) = kind::at(path)
        && convert::applies(kind, &node.value)
    {
        if convert::convert(node, kind, path, context).is_err() {
            node.value = Value::Null;
        }
        return;
    }
    match &mut node.value {
        Value::Sequence(items) => {
            path.push("[]");
            for item in items {
                walk(item, path, context);
            }
            path.pop();
        }
        Value::Mapping(mapping) => {
            for (key, entry) in mapping.iter_mut().filter(|(key, _)| !key.starts_with("x-")) {
                path.push(key);
                walk(&mut entry.node, path, context);
                path.pop();
            }
        }
        _ => {}
    }
}
