//! `listener`: which listener of which load balancer lets requests in.

use super::text;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Reported};
use crate::source::Spanned;
use crate::yaml::decode::{Fields, string, wrong_type};
use crate::yaml::{Node, Value};

/// A listener of an Application Load Balancer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Listener {
    /// By its ARN.
    Arn(String),
    /// By the name or ARN of its load balancer, and its port.
    Of { load_balancer: String, port: Option<u16> },
}

const FORMS: &str = "write the ARN of a listener, the name of a load balancer, or `{ load_balancer: NAME, port: 443 }`";

/// One listener, or a list of them; what is wrong is reported and left out.
pub(super) fn decode_all(node: &Node, diagnostics: &mut Diagnostics) -> Spanned<Vec<Listener>> {
    let items = node.as_sequence().unwrap_or(std::slice::from_ref(node));
    if items.is_empty() {
        let diagnostic = Diagnostic::error(Code::InvalidValue, node.span, "no listener is named");
        diagnostics.report(
            diagnostic.help(
                "without a listener leave the key out: the task is reached at its own address",
            ),
        );
    }
    let listeners = items.iter().filter_map(|it| decode(it, diagnostics).ok()).collect();
    Spanned::new(listeners, node.span)
}

fn decode(node: &Node, diagnostics: &mut Diagnostics) -> Result<Listener, Reported> {
    match node.value {
        Value::Mapping(_) => decode_mapping(node, diagnostics),
        Value::Sequence(_) => {
            Err(wrong_type(node, "an item of `listener`", "a string or a mapping", diagnostics))
        }
        _ => of_text(&string(node, "`listener`", diagnostics)?, diagnostics),
    }
}

fn decode_mapping(node: &Node, diagnostics: &mut Diagnostics) -> Result<Listener, Reported> {
    let before = diagnostics.errors();
    let mut fields = Fields::new(node, "`listener`", diagnostics)?;
    let load_balancer = text(fields.get("load_balancer"), "`load_balancer`", diagnostics);
    let port = super::port(fields.get("port"), diagnostics);
    fields.finish(diagnostics);
    let Some(name) = load_balancer else {
        return Err(super::incomplete(node, "`listener`", &["load_balancer"], before, diagnostics));
    };
    match of_text(&name, diagnostics)? {
        Listener::Of { load_balancer, .. } => {
            Ok(Listener::Of { load_balancer, port: port.map(|it| it.value) })
        }
        Listener::Arn(_) => {
            let message = "this is the ARN of a listener, not of a load balancer";
            let diagnostic = Diagnostic::error(Code::InvalidValue, name.span, message);
            Err(diagnostics
                .report(diagnostic.help("write it without the mapping: `listener: ARN`")))
        }
    }
}

/// The ARN of a listener, or a load balancer by its ARN or name.
fn of_text(text: &Spanned<String>, diagnostics: &mut Diagnostics) -> Result<Listener, Reported> {
    let value = &text.value;
    let resource: Vec<&str> = match value.splitn(6, ':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "elasticloadbalancing", _, _, resource] => resource.split('/').collect(),
        _ => Vec::new(),
    };
    let (message, help) = match resource.as_slice() {
        ["listener", "app", _, _, _] => return Ok(Listener::Arn(value.clone())),
        ["loadbalancer", "app", _, _] => return Ok(of(value)),
        [] if is_name(value) => return Ok(of(value)),
        ["listener" | "loadbalancer", "net" | "gwy", ..] => (
            "this is no listener of an Application Load Balancer".to_owned(),
            "only they send requests on by host and path",
        ),
        ["targetgroup", ..] => (
            "this is the ARN of a target group, not of a listener".to_owned(),
            "a target group is made for every branch; name the listener that is to feed it",
        ),
        [] if !value.starts_with("arn:") => {
            (format!("no load balancer can be called `{value}`"), FORMS)
        }
        _ => ("this is not the ARN of a listener".to_owned(), FORMS),
    };
    diagnostics.check_at(text.span)?;
    Err(diagnostics.report(Diagnostic::error(Code::InvalidValue, text.span, message).help(help)))
}

fn of(load_balancer: &str) -> Listener {
    Listener::Of { load_balancer: load_balancer.to_owned(), port: None }
}

/// Names of load balancers: 1 to 32 of `[A-Za-z0-9-]`, with no `-` at the ends.
fn is_name(text: &str) -> bool {
    let legal = |it: char| it.is_ascii_alphanumeric() || it == '-';
    (1..=32).contains(&text.len())
        && text.chars().all(legal)
        && !text.starts_with('-')
        && !text.ends_with('-')
}
