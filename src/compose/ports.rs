//! `ports` and `expose`: what a service publishes and listens on.

use super::merge::scalar_text;
use super::{Unread, port_syntax, text};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::{Span, Spanned};
use crate::yaml::{Node, Value, set};

/// One port of a container.
#[derive(Clone, Debug)]
pub(crate) struct Port {
    /// The port the container listens on.
    pub(crate) target: Spanned<u16>,
    /// `tcp`, `udp` or `sctp`, lower case.
    pub(crate) protocol: String,
    /// Where the protocol stands, when it does.
    pub(crate) protocol_span: Option<Span>,
    pub(crate) app_protocol: Option<Spanned<String>>,
    pub(crate) name: Option<String>,
    /// The port of the host, or a range of them.
    pub(crate) published: Option<Spanned<String>>,
    /// The address of the host.
    pub(crate) host_ip: Option<Spanned<String>>,
}

/// Short items become long ones, a range one item a port.
pub(super) fn canonical(node: &mut Node, unread: Unread, diagnostics: &mut Diagnostics) {
    let Value::Sequence(items) = &mut node.value else {
        return;
    };
    let short = |it: &Node| scalar_text(it).is_none_or(|it| port_syntax::parse_short(&it).is_ok());
    if unread == Unread::Kept && !items.iter().all(short) {
        // Compose leaves the whole list alone then.
        return;
    }
    let mut long = Vec::new();
    for item in std::mem::take(items) {
        match (&item.value, scalar_text(&item)) {
            (Value::String(_) | Value::Integer(_), Some(short)) => {
                match port_syntax::parse_short(&short) {
                    Ok(specs) => {
                        warn_freed(&short, &specs, &item, diagnostics);
                        long.extend(specs.iter().map(|spec| spec_node(spec, &item)));
                    }
                    Err(error) => report(&error, &item, diagnostics),
                }
            }
            (Value::Mapping(mapping), _) if !mapping.contains_key("target") => {
                let message = "a port in long form needs a `target`";
                diagnostics.report(Diagnostic::error(Code::InvalidValue, item.span, message));
            }
            (Value::Mapping(_), _) => long.push(item),
            _ => {
                let message = format!("a port cannot be {}", item.kind());
                let diagnostic = Diagnostic::error(Code::WrongType, item.span, message);
                diagnostics.report(diagnostic.help("write a whole number, or a string"));
            }
        }
    }
    *items = long;
}

fn report(error: &text::TextError, item: &Node, diagnostics: &mut Diagnostics) {
    let unset = item.history.as_ref().and_then(|it| it.unset.first());
    let diagnostic = Diagnostic::error(Code::InvalidValue, item.span, error.message.clone());
    diagnostics.report(match (unset, &error.help) {
        (Some(name), _) => diagnostic.help(format!("the variable `{name}` is not set")),
        (None, Some(help)) => diagnostic.help(help.clone()),
        (None, None) => {
            diagnostic.help("a port is written `[[ADDRESS:]HOST:]CONTAINER[/PROTOCOL]`")
        }
    });
}

/// A variable that is not set leaves `:80`, which Compose takes for any free port of the host.
fn warn_freed(
    short: &str,
    specs: &[port_syntax::PortSpec],
    item: &Node,
    diagnostics: &mut Diagnostics,
) {
    let unset = item.history.as_ref().and_then(|it| it.unset.first());
    let freed = specs.iter().any(|it| it.published.is_empty()) && short.contains(':');
    if let Some(name) = unset.filter(|_| freed) {
        let message = format!("`{name}` is not set, so this port is published at random");
        let warning = Diagnostic::warning(Code::UnsetVariable, item.span, message);
        diagnostics.add(warning.help(format!("set `{name}`, or give it a default")));
    }
}

fn spec_node(spec: &port_syntax::PortSpec, item: &Node) -> Node {
    let mut node = Node::mapping(item.span);
    node.history.clone_from(&item.history);
    let text = |it: &str| Node::string(it, item.span);
    if let Some(mapping) = node.as_mapping_mut() {
        set(mapping, "mode", text("ingress"));
        if !spec.host_ip.is_empty() {
            set(mapping, "host_ip", text(&spec.host_ip));
        }
        set(mapping, "target", Node::new(Value::Integer(spec.target.into()), item.span));
        if !spec.published.is_empty() {
            set(mapping, "published", text(&spec.published));
        }
        set(mapping, "protocol", text(&spec.protocol));
    }
    node
}

/// Decodes the canonical form.
pub(super) fn decode(node: &Node, diagnostics: &mut Diagnostics) -> Vec<Port> {
    let items = node.as_sequence().unwrap_or_default();
    items.iter().filter_map(|it| decode_port(it, diagnostics)).collect()
}

fn decode_port(item: &Node, diagnostics: &mut Diagnostics) -> Option<Port> {
    let target = item.get("target")?;
    let protocol = item.get("protocol").and_then(Node::as_str).unwrap_or("tcp").to_lowercase();
    let text = |key: &str| {
        let node = item.get(key)?;
        Some(Spanned::new(scalar_text(node)?, node.span))
    };
    Some(Port {
        target: number(target, diagnostics)?,
        protocol,
        protocol_span: item.get("protocol").map(|it| it.span),
        app_protocol: text("app_protocol"),
        name: text("name").map(|it| it.value),
        published: text("published").filter(|it| !it.value.is_empty()),
        host_ip: text("host_ip"),
    })
}

/// Decodes `expose`: container ports, as text or numbers, possibly with a protocol.
pub(super) fn decode_expose(node: &Node) -> Vec<Spanned<u16>> {
    let items = node.as_sequence().unwrap_or_default();
    let ports = items.iter().filter_map(|item| {
        let text = scalar_text(item)?;
        let (port, protocol) = text.split_once('/').unwrap_or((&text, "tcp"));
        let port = port.parse().ok().filter(|_| protocol.eq_ignore_ascii_case("tcp"))?;
        Some(Spanned::new(port, item.span))
    });
    ports.collect()
}

fn number(node: &Node, diagnostics: &mut Diagnostics) -> Option<Spanned<u16>> {
    let value = scalar_text(node)?.parse::<u16>().ok().filter(|it| *it > 0);
    match value {
        Some(value) => Some(Spanned::new(value, node.span)),
        None => {
            let message = "a container port is a number from 1 to 65535";
            diagnostics.report(Diagnostic::error(Code::InvalidValue, node.span, message));
            None
        }
    }
}

/// A port that was only found in a text, such as an overlay's.
pub(crate) fn detached(target: u16, span: Span) -> Port {
    Port {
        target: Spanned::new(target, span),
        protocol: "tcp".to_owned(),
        protocol_span: None,
        app_protocol: None,
        name: None,
        published: None,
        host_ip: None,
    }
}
