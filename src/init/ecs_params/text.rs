//! Variables, sizes and times as ecs-cli reads them.

use crate::compose::Context;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Span, Spanned};
use crate::yaml::{Node, Value};

/// Replaces `$V` and `${V}` in all texts, as Go's `os.ExpandEnv` does: by variables of the process alone; one that is not
/// set becomes empty, and `$$` is no way to write a `$`.
pub(super) fn expand(node: &mut Node, context: &mut Context<'_>) {
    let span = node.span;
    match &mut node.value {
        Value::String(text) if text.contains('$') => *text = expanded(text, span, context),
        Value::Sequence(items) => items.iter_mut().for_each(|it| expand(it, context)),
        Value::Mapping(mapping) => {
            mapping.values_mut().for_each(|it| expand(&mut it.node, context));
        }
        _ => {}
    }
}

fn expanded(text: &str, span: Span, context: &mut Context<'_>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let word = |it: char| it.is_ascii_alphanumeric() || it == '_';
        let (name, tail) = match after.strip_prefix('{').and_then(|it| it.split_once('}')) {
            Some(inside) => inside,
            None => {
                let special = after.chars().next().filter(|it| "*#$@!?-0123456789".contains(*it));
                let end = after.find(|it: char| !word(it)).unwrap_or(after.len());
                after.split_at(special.map_or(end, char::len_utf8))
            }
        };
        rest = tail;
        if name.is_empty() {
            out.push('$');
            continue;
        }
        match context.world.variable(name) {
            Some(value) => out.push_str(&value),
            None => warn_unset(name, span, context),
        }
    }
    out + rest
}

fn warn_unset(name: &str, span: Span, context: &mut Context<'_>) {
    let message = format!("the variable `{name}` is not set and becomes empty");
    let warning = Diagnostic::warning(Code::UnsetVariable, span, message);
    let help = "ecs-cli reads the variables of the shell here, and no `.env`";
    context.diagnostics.add(warning.help(help));
}

/// A single value as text.
pub(super) fn scalar(node: &Node) -> Option<Spanned<String>> {
    let text = match &node.value {
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        _ => return None,
    };
    Some(Spanned::new(text, node.span))
}

/// `256`, `0.25 vCPU`, `.25vcpu`.
pub(super) fn cpu_units(text: &str) -> Option<u32> {
    let (number, unit) = parts(text);
    match unit.to_ascii_lowercase().as_str() {
        "" => number.parse().ok(),
        "vcpu" => whole(number.parse::<f64>().ok()? * 1024.0),
        _ => None,
    }
}

/// `512` in MiB, `2.0GB`, `0.5 GB`, `512MB`.
pub(super) fn task_memory(text: &str) -> Option<u32> {
    let (number, unit) = parts(text);
    match unit.to_ascii_lowercase().as_str() {
        "" => number.parse().ok(),
        "mb" | "mib" | "m" => whole(number.parse().ok()?),
        "gb" | "gib" | "g" => whole(number.parse::<f64>().ok()? * 1024.0),
        _ => None,
    }
}

fn parts(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(text.len());
    (&text[..end], text[end..].trim())
}

fn whole(number: f64) -> Option<u32> {
    let is_whole = number.fract() == 0.0 && (1.0..=1e7).contains(&number);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole and within bounds just before"
    )]
    is_whole.then_some(number as u32)
}

/// A number is seconds; everything else is a time as Compose writes it.
pub(super) fn duration(node: &Node) -> Option<String> {
    let text = scalar(node)?.value;
    if text.bytes().all(|it| it.is_ascii_digit()) { Some(format!("{text}s")) } else { Some(text) }
}

#[cfg(test)]
mod tests {
    use super::{cpu_units, task_memory};

    #[test]
    fn sizes_of_tasks_are_read_as_ecs_reads_them() {
        for (text, expected) in
            [("256", Some(256)), ("0.25 vCPU", Some(256)), (".5vcpu", Some(512)), ("1 GB", None)]
        {
            assert_eq!(cpu_units(text), expected, "{text}");
        }
        for (text, expected) in [
            ("512", Some(512)),
            ("2.0GB", Some(2048)),
            ("0.5 GB", Some(512)),
            ("512m", Some(512)),
            ("2 TB", None),
        ] {
            assert_eq!(task_memory(text), expected, "{text}");
        }
    }
}
