//! One value -> its type.

use super::kind::Kind;
use super::pairs;
use crate::compose::merge::{listed, scalar_text};
use crate::compose::text::{self, TextError};
use crate::compose::{Context, interpolate, units, words};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Reported};
use crate::yaml::{Node, Value};

type Outcome = Result<Value, Reported>;

/// Whether a value of this form is the one that the kind speaks of; a `ulimit` may be a mapping with limits in it.
pub(super) fn applies(kind: Kind, value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Mapping(_) => kind != Kind::Whole,
        _ => true,
    }
}

/// Turns the value into its type.
pub(super) fn convert(
    node: &mut Node,
    kind: Kind,
    path: &[&str],
    context: &mut Context<'_>,
) -> Result<(), Reported> {
    let name = path.last().copied().unwrap_or_default();
    let diagnostics = &mut *context.diagnostics;
    node.value = match kind {
        Kind::Flag => flag(node, name, diagnostics)?,
        Kind::Whole => whole(node, i128::from(i64::MIN), name, diagnostics)?,
        Kind::Count => whole(node, 0, name, diagnostics)?,
        Kind::Single => single(node, name, diagnostics)?,
        Kind::Bytes => bytes(node, context)?,
        Kind::Duration => duration(node, context)?,
        Kind::Words => split(node, context)?,
        Kind::Check => check(node, diagnostics)?,
        Kind::Text => scalar_text(node).map_or(Value::Null, Value::String),
        Kind::Texts => texts(node),
        Kind::Pairs | Kind::Variables => pairs::convert(node, kind, context),
        Kind::Options => pairs::options(node),
        Kind::Hosts => pairs::hosts(node, diagnostics)?,
        Kind::Keys => pairs::keys(node),
        Kind::Mode => mode(node, diagnostics)?,
        Kind::Devices => devices(node, diagnostics)?,
    };
    Ok(())
}

/// Refuses a value, and says which variable it came from when that one is not set.
pub(super) fn refuse(
    node: &Node,
    message: String,
    help: &str,
    diagnostics: &mut Diagnostics,
) -> Reported {
    let mut diagnostic = Diagnostic::error(Code::InvalidValue, node.span, message);
    if let Some(span) = node.overridden() {
        diagnostic = diagnostic.label(span, "it takes the place of this");
    }
    let unset = node.history.as_ref().and_then(|it| it.unset.first());
    diagnostics.report(match unset {
        Some(name) => diagnostic.help(format!("the variable `{name}` is not set")),
        None => diagnostic.help(help),
    })
}

/// Refuses a text at the byte where its fault lies.
fn refuse_text(node: &Node, error: TextError, help: &str, context: &mut Context<'_>) -> Reported {
    let mut placed = node.clone();
    let written = node.as_str().unwrap_or_default();
    placed.span = text::place(context.sources, node.span, written, error.offset);
    let help = error.help.as_deref().unwrap_or(help);
    refuse(&placed, error.message, help, context.diagnostics)
}

fn flag(node: &Node, name: &str, diagnostics: &mut Diagnostics) -> Outcome {
    match &node.value {
        Value::Bool(it) => Ok(Value::Bool(*it)),
        _ => {
            let text = scalar_text(node).unwrap_or_default();
            interpolate::boolean(&text).map(Value::Bool).ok_or_else(|| {
                let message = format!("`{name}` cannot be `{text}`");
                refuse(node, message, "write `true` or `false`", diagnostics)
            })
        }
    }
}

fn whole(node: &Node, least: i128, name: &str, diagnostics: &mut Diagnostics) -> Outcome {
    let value = match &node.value {
        Value::Integer(it) => Some(*it),
        // Docker Compose cuts the fraction.
        Value::Float(it) if it.is_finite() => format!("{:.0}", it.trunc()).parse().ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    if let (Value::Float(written), Some(value)) = (&node.value, value)
        && written.fract() != 0.0
    {
        let message = format!("`{name}` becomes {value}: Docker Compose cuts the fraction");
        let warning = Diagnostic::warning(Code::PlainScalar, node.span, message);
        diagnostics.add(warning.help("write a whole number"));
    }
    let fits = |it: &i128| *it >= least && *it <= i128::from(u64::MAX);
    value.filter(fits).map(Value::Integer).ok_or_else(|| {
        let text = scalar_text(node).unwrap_or_default();
        let message = format!("`{name}` cannot be `{text}`");
        refuse(node, message, "write a whole number", diagnostics)
    })
}

/// The number with the digits that are left of it in 32 bits.
fn single(node: &Node, name: &str, diagnostics: &mut Diagnostics) -> Outcome {
    let text = scalar_text(node).unwrap_or_default();
    let parsed = text.parse::<f32>().ok().filter(|it| it.is_finite());
    let value = parsed.and_then(|it| it.to_string().parse().ok()).map(Value::Float);
    value.ok_or_else(|| {
        let message = format!("`{name}` cannot be `{text}`");
        refuse(node, message, "write a number such as `0.5`", diagnostics)
    })
}

fn bytes(node: &Node, context: &mut Context<'_>) -> Outcome {
    if let Value::Integer(it) = node.value {
        return Ok(Value::String(it.to_string()));
    }
    let text = scalar_text(node).unwrap_or_default();
    match units::bytes(&text) {
        Ok(value) => Ok(Value::String(value.to_string())),
        Err(error) => {
            let help = "a size is written `512m` or `2g`; the units are b, k, m, g and t";
            Err(refuse_text(node, error, help, context))
        }
    }
}

fn duration(node: &Node, context: &mut Context<'_>) -> Outcome {
    match units::duration(&scalar_text(node).unwrap_or_default()) {
        Ok(value) => Ok(Value::String(units::duration_text(value))),
        Err(error) => {
            let help = "a duration is written `30s`, `1m30s`, `500ms`";
            Err(refuse_text(node, error, help, context))
        }
    }
}

/// A command line as its words, as Compose splits it.
fn split(node: &Node, context: &mut Context<'_>) -> Outcome {
    let Some(line) = node.as_str() else {
        return Ok(node.value.clone());
    };
    let split = words::split(line)
        .map_err(|it| refuse_text(node, it, "write the command as a list of words", context))?;
    if let Some(at) = split.cut_at {
        let operator = line[at..].chars().next().unwrap_or(';');
        let message = format!(
            "the command ends before `{operator}`: Docker Compose runs no shell and drops the rest"
        );
        let warning = Diagnostic::warning(Code::CommandCut, node.span, message);
        context.diagnostics.add(warning.help("write `[\"sh\", \"-c\", \"…\"]` to run all of it"));
    }
    let words = split.words.into_iter();
    Ok(Value::Sequence(words.map(|it| inherit(Node::string(it, node.span), node)).collect()))
}

/// A part of a value has the value's history.
pub(super) fn inherit(part: Node, whole: &Node) -> Node {
    Node { history: whole.history.clone(), ..part }
}

fn check(node: &Node, diagnostics: &mut Diagnostics) -> Outcome {
    match &node.value {
        Value::String(line) => Ok(Value::Sequence(vec![
            Node::string("CMD-SHELL", node.span),
            inherit(Node::string(line, node.span), node),
        ])),
        Value::Sequence(items) => {
            let head = items.first().and_then(Node::as_str);
            match head {
                None | Some("CMD" | "CMD-SHELL" | "NONE") => Ok(node.value.clone()),
                Some(other) => {
                    let message = format!(
                        "a health check starts with `CMD`, `CMD-SHELL` or `NONE`, not with `{other}`"
                    );
                    let help = "write `CMD` as the first item, or the whole command as one string";
                    Err(refuse(&items[0], message, help, diagnostics))
                }
            }
        }
        _ => Ok(node.value.clone()),
    }
}

fn texts(node: &Node) -> Value {
    let mut list = node.clone();
    listed(&mut list);
    let items = match &list.value {
        Value::Sequence(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let text = |it: &Node| Some(Node::string(scalar_text(it)?, it.span));
    Value::Sequence(items.iter().filter_map(text).collect())
}

fn mode(node: &Node, diagnostics: &mut Diagnostics) -> Outcome {
    let value = match &node.value {
        Value::Integer(it) => Some(*it),
        Value::Float(it) => format!("{it:.0}").parse().ok(),
        Value::String(text) => i128::from_str_radix(text, 8).ok(),
        _ => None,
    };
    value.map(|it| Value::String(format!("0{it:o}"))).ok_or_else(|| {
        let text = scalar_text(node).unwrap_or_default();
        let message = format!("`{text}` is not a file mode");
        refuse(node, message, "write octal digits, as in `\"0440\"`", diagnostics)
    })
}

fn devices(node: &Node, diagnostics: &mut Diagnostics) -> Outcome {
    match node.as_str() {
        Some("all") => Ok(Value::Integer(-1)),
        _ => whole(node, i128::from(i64::MIN), "count", diagnostics),
    }
}
