//! `tasks`: several tasks instead of one.

use indexmap::IndexMap;

use super::platform::decode_architecture;
use super::size::{self, Size};
use super::{Architecture, count, section, switch};
use crate::diagnostic::{Diagnostics, Reported};
use crate::source::{Span, Spanned};
use crate::yaml::Node;
use crate::yaml::decode::{Fields, mapping, strings};

/// One task of several.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) services: Vec<Spanned<String>>,
    pub(crate) count: Option<Spanned<u32>>,
    pub(crate) size: Size,
    pub(crate) spot: Option<Spanned<bool>>,
    pub(crate) exec: Option<Spanned<bool>>,
    pub(crate) architecture: Option<Spanned<Architecture>>,
    pub(crate) span: Span,
}

pub(super) fn decode_all(
    node: &Node,
    diagnostics: &mut Diagnostics,
) -> Result<IndexMap<String, Task>, Reported> {
    let mut tasks = IndexMap::new();
    for (name, entry) in mapping(node, "`tasks`", diagnostics)? {
        if let Ok(task) = decode(&entry.node, entry.key_span, diagnostics) {
            tasks.insert(name.clone(), task);
        }
    }
    Ok(tasks)
}

/// `[nginx, app]`, or a mapping with `services` and what is special about the task.
fn decode(node: &Node, span: Span, diagnostics: &mut Diagnostics) -> Result<Task, Reported> {
    if node.as_sequence().is_some() {
        let services = strings(node, "a task", diagnostics)?;
        let size = Size::default();
        return Ok(Task {
            services,
            count: None,
            size,
            spot: None,
            exec: None,
            architecture: None,
            span,
        });
    }
    let mut fields = Fields::new(node, "a task", diagnostics)?;
    let services =
        section(fields.get("services"), |it, sink| strings(it, "`services`", sink), diagnostics);
    let number = count(fields.get("count"), "`count`", diagnostics);
    let size = section(fields.get("size"), size::decode, diagnostics);
    let spot = switch(fields.get("spot"), "`spot`", diagnostics);
    let exec = switch(fields.get("exec"), "`exec`", diagnostics);
    let architecture = decode_architecture(fields.get("architecture"), diagnostics);
    fields.finish(diagnostics);
    Ok(Task { services, count: number, size, spot, exec, architecture, span })
}
