//! `${…}` in every string of a document -> values, and the casts that follow (`reference/compose.md`, 1.4).

use std::cell::RefCell;

use super::Context;
use super::environment::Variables;
use super::variables::{self, Substitution};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::yaml::{Node, Value};

/// Interpolates all values of a document; keys never are.
pub(super) fn interpolate(document: &mut Node, variables: &Variables, context: &mut Context<'_>) {
    walk(document, &mut Vec::new(), variables, context);
}

fn walk<'a>(
    node: &'a mut Node,
    path: &mut Vec<&'a str>,
    variables: &Variables,
    context: &mut Context<'_>,
) {
    if matches!(node.value, Value::String(_)) {
        substitute(node, variables, context);
        cast(node, path, context);
        return;
    }
    match &mut node.value {
        Value::Sequence(items) => {
            path.push("[]");
            for item in items {
                walk(item, path, variables, context);
            }
            path.pop();
        }
        Value::Mapping(mapping) => {
            for (key, entry) in mapping.iter_mut() {
                path.push(key);
                walk(&mut entry.node, path, variables, context);
                path.pop();
            }
        }
        _ => {}
    }
}

fn substitute(node: &mut Node, variables: &Variables, context: &mut Context<'_>) {
    let span = node.span;
    let Value::String(text) = &mut node.value else {
        return;
    };
    if !text.contains('$') {
        return;
    }
    let secrets = RefCell::new(Vec::new());
    let value = |name: &str| {
        let value = variables.get(name, context.world)?;
        if super::is_secret(name, &value) {
            secrets.borrow_mut().push(value.clone());
        }
        Some(value)
    };
    let substituted = variables::substitute(text, &value);
    // A variable of the environment is only known to hold a secret when somebody asks for it.
    context.secrets.extend(secrets.into_inner());
    match substituted {
        Ok(Substitution { text: replaced, unset }) => {
            for name in &unset {
                context.warn_unset(name, text, span);
            }
            *text = replaced;
            let history = node.history_mut();
            history.substituted = true;
            history.unset = unset;
        }
        Err(error) => {
            let code = if error.required { Code::RequiredVariable } else { Code::Interpolation };
            let place = super::text::place(context.sources, span, text, error.error.offset);
            super::text::report(&error.error, code, place, context.diagnostics);
        }
    }
}

/// The type that a string takes at a path right after substitution.
enum Cast {
    Integer,
    Float,
    Bool,
}

fn cast_of(path: &[&str]) -> Option<Cast> {
    match path {
        ["services", _, rest @ ..] => cast_in_service(rest),
        ["networks", _, "external" | "internal" | "attachable" | "enable_ipv4" | "enable_ipv6"]
        | ["volumes" | "secrets" | "configs", _, "external"] => Some(Cast::Bool),
        _ => None,
    }
}

fn cast_in_service(path: &[&str]) -> Option<Cast> {
    match path {
        ["deploy", "replicas"]
        | ["deploy", "update_config" | "rollback_config", "parallelism"]
        | ["deploy", "restart_policy", "max_attempts"]
        | ["deploy", "placement", "max_replicas_per_node"]
        | ["healthcheck", "retries"]
        | ["ports", "[]", "target"]
        | [
            "scale" | "cpu_count" | "cpu_period" | "cpu_quota" | "cpu_rt_period" | "cpu_rt_runtime",
        ]
        | ["cpu_shares" | "oom_score_adj" | "pids_limit"]
        | ["ulimits", _]
        | ["ulimits", _, "hard" | "soft"] => Some(Cast::Integer),
        ["cpu_percent" | "cpus"]
        | ["deploy", "update_config" | "rollback_config", "max_failure_ratio"] => Some(Cast::Float),
        ["init" | "oom_kill_disable" | "privileged" | "read_only" | "stdin_open" | "tty"]
        | ["depends_on", _, "required" | "restart"]
        | ["healthcheck", "disable"]
        | ["volumes", "[]", "read_only"]
        | ["volumes", "[]", "volume", "nocopy"] => Some(Cast::Bool),
        _ => None,
    }
}

fn cast(node: &mut Node, path: &[&str], context: &mut Context<'_>) {
    let Some(cast) = cast_of(path) else { return };
    let Value::String(text) = &node.value else {
        return;
    };
    let (value, expected) = match cast {
        Cast::Integer => (text.parse().ok().map(Value::Integer), "a whole number"),
        Cast::Float => (text.parse().ok().map(Value::Float), "a number"),
        Cast::Bool => (boolean(text).map(Value::Bool), "`true` or `false`"),
    };
    if let (Cast::Bool, Some(Value::Bool(meant))) = (&cast, &value) {
        warn_word(text, *meant, node.span, context);
    }
    match value {
        Some(value) => node.value = value,
        None => {
            let unset = node.history.as_ref().and_then(|it| it.unset.first());
            // A value that came from a variable may be anybody's secret.
            let substituted = node.history.as_ref().is_some_and(|it| it.substituted);
            let shown =
                if substituted { "the value of the variable" } else { &format!("`{text}`") };
            let message =
                format!("{shown} is not {expected}, which `{}` takes", path.last().unwrap_or(&""));
            let diagnostic = Diagnostic::error(Code::WrongType, node.span, message);
            let diagnostic = match unset {
                Some(name) => diagnostic.help(format!("the variable `{name}` is not set")),
                None => diagnostic,
            };
            context.diagnostics.report(diagnostic);
            node.value = Value::Null;
        }
    }
}

/// `yes` and its kind are strings to YAML; Compose still takes them for booleans here.
fn warn_word(text: &str, meant: bool, span: Span, context: &mut Context<'_>) {
    if !text.eq_ignore_ascii_case("true") && !text.eq_ignore_ascii_case("false") {
        let message = format!("`{text}` is an old word for `{meant}`");
        let warning = Diagnostic::warning(Code::DeprecatedKey, span, message);
        context.diagnostics.add(warning.help(format!("write `{meant}`")));
    }
}

/// Compose's words for a boolean.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "y" | "yes" | "on" => Some(true),
        "false" | "n" | "no" | "off" => Some(false),
        _ => None,
    }
}
