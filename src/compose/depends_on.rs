//! `depends_on`: what a service waits for, and how far.

use indexmap::IndexMap;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Span;
use crate::yaml::{Node, Value, set};

/// How far a dependency must have come, in Compose's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    Started,
    Healthy,
    CompletedSuccessfully,
}

/// One service that another waits for.
#[derive(Clone, Debug)]
pub(crate) struct Dependency {
    pub(crate) condition: Condition,
    pub(crate) span: Span,
}

/// What an entry of the list form stands for.
pub(super) fn started(item: &Node) -> Node {
    let mut node = Node::mapping(item.span);
    if let Some(mapping) = node.as_mapping_mut() {
        set(mapping, "condition", Node::string("service_started", item.span));
        set(mapping, "required", Node::new(Value::Bool(true), item.span));
    }
    node
}

/// What a link or a shared namespace stands for.
pub(super) fn implied(span: Span, restart: bool) -> Node {
    let mut node = started(&Node::new(Value::Null, span));
    if let Some(mapping) = node.as_mapping_mut() {
        set(mapping, "restart", Node::new(Value::Bool(restart), span));
    }
    node
}

/// Decodes the canonical form.
pub(super) fn decode(node: &Node, diagnostics: &mut Diagnostics) -> IndexMap<String, Dependency> {
    let mut dependencies = IndexMap::new();
    for (name, entry) in node.as_mapping().into_iter().flatten() {
        let condition = match entry.node.get("condition").and_then(Node::as_str) {
            Some("service_healthy") => Condition::Healthy,
            Some("service_completed_successfully") => Condition::CompletedSuccessfully,
            Some("service_started") => Condition::Started,
            _ => {
                let message = format!("the dependency on `{name}` needs a `condition`");
                let diagnostic = Diagnostic::error(Code::InvalidValue, entry.key_span, message);
                let help = "one of `service_started`, `service_healthy` and `service_completed_successfully`";
                diagnostics.report(diagnostic.help(help));
                continue;
            }
        };
        dependencies.insert(name.clone(), Dependency { condition, span: entry.key_span });
    }
    dependencies
}
