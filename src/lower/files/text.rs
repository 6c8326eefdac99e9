//! The text of a file on its way into a container: read, and looked through for what bites there.

use std::ops::Range;

use indexmap::IndexSet;

use crate::diagnostic::{Code, Diagnostic};
use crate::lower::connect::{Use, alias};
use crate::lower::hosts::{self, Address, Named};
use crate::lower::{Findings, Scope};
use crate::redact::mask_source;
use crate::source::Span;

/// What a whole task definition may have, in bytes (`ecs-rules.md`, Task size).
const MOST: usize = 64 * 1024;

/// A text, and where it stands.
pub(super) struct Text {
    pub(super) value: String,
    pub(super) span: Span,
    /// Where the project names it.
    pub(super) named: Span,
    /// Whether offsets in the text are offsets in the span.
    pub(super) is_whole_file: bool,
}

impl Text {
    fn place(&self, range: &Range<usize>) -> Span {
        if self.is_whole_file { self.span.part(range.start, range.len()) } else { self.span }
    }
}

/// The text of a file of the laptop; one without is reported where the project names it, with the place that needs it.
pub(super) fn read(
    scope: &Scope<'_>,
    (path, named): (&str, Span),
    needed: Span,
    findings: &mut Findings<'_>,
) -> Option<Text> {
    let error = match scope.input.contents.get(path)? {
        Ok(text) => {
            let (value, span) = (text.value.clone(), text.span);
            return Some(Text { value, span, named, is_whole_file: true });
        }
        Err(error) => error,
    };
    let message = format!("cannot read `{}`: {}", error.shown, error.reason);
    let code = if error.place.is_some() { Code::FileDelivery } else { Code::MissingFile };
    let diagnostic = Diagnostic::error(code, named, message);
    let diagnostic =
        if needed == named { diagnostic } else { diagnostic.label(needed, "needed here") };
    findings.diagnostics.report(match error.reason.as_str() {
        "it is a folder" => diagnostic.help("name the files in it one by one, by their paths in the container: only texts are delivered"),
        _ if error.place.is_some() => diagnostic.help("only texts are delivered: copy it into the image"),
        _ => diagnostic,
    });
    None
}

/// Reports what a text cannot be, and what in it does not hold on Fargate. `None` when it cannot be delivered.
pub(super) fn check(
    scope: &Scope<'_>,
    text: &Text,
    (what, path): (&str, &str),
    findings: &mut Findings<'_>,
) -> Option<()> {
    let refusal = if text.value.contains('\0') {
        Some((format!("{what} is no text: it has a zero byte"), "copy it into the image"))
    } else if text.value.len() > MOST {
        let size = text.value.len().div_ceil(1024);
        let message = format!("{what} has {size} KiB, and all of a task definition may have 64");
        Some((message, "copy it into the image, or keep it in Amazon EFS"))
    } else {
        None
    };
    if let Some((message, help)) = refusal {
        let diagnostic = Diagnostic::error(Code::FileDelivery, text.named, message);
        findings.diagnostics.report(diagnostic.help(help));
        return None;
    }
    warn_plaintext(text, what, findings);
    let mut warned = IndexSet::new();
    for named in hosts::names_in(scope, &text.value) {
        findings.used.insert(named.target.to_owned());
        note_reached(scope, (text, path), &named, findings);
        if warned.insert(&text.value[named.range.clone()]) {
            warn_host(scope, text, &named, (what, path), findings);
        }
    }
    Some(())
}

fn warn_plaintext(text: &Text, what: &str, findings: &mut Findings<'_>) {
    let masked = mask_source(&text.value, &[]);
    let mut pairs = text.value.bytes().zip(masked.bytes());
    let Some(first) = pairs.position(|(before, after)| before != after) else { return };
    let length = pairs.take_while(|(before, after)| before != after).count() + 1;
    let message = format!("a password in {what} can be read in the task definition");
    let place = text.place(&(first..first + length));
    let warning = Diagnostic::warning(Code::PlaintextSecret, place, message).cover(place);
    let help = "store the whole text, and let `configs: { NAME: { x-ecs: \"ssm:/path/name\" } }` bring it, or let the program read the password from a variable";
    findings.diagnostics.add(warning.help(help));
}

/// What a file names is reached as what a variable names: at its port in the task, by Service Connect in another.
fn note_reached(
    scope: &Scope<'_>,
    (text, path): (&Text, &str),
    named: &Named<'_>,
    findings: &mut Findings<'_>,
) {
    let span = text.place(&named.range);
    if let (Address::SameTask | Address::OtherTask, Some(port)) = (named.address, named.port) {
        findings.reached.entry((named.target.to_owned(), port)).or_insert(span);
    }
    let is_offered = text.value[named.range.clone()] == alias(named.target);
    if *named.address == Address::OtherTask && is_offered {
        findings.distant.push(Use {
            user: scope.service.name.clone(),
            target: named.target.to_owned(),
            port: named.port,
            owner: Some(path.to_owned()),
            span,
        });
    }
}

/// Nothing is rewritten in a file, so a name has to hold as it stands; those of other tasks do.
fn warn_host(
    scope: &Scope<'_>,
    text: &Text,
    named: &Named<'_>,
    (what, path): (&str, &str),
    findings: &mut Findings<'_>,
) {
    let (name, service) = (&text.value[named.range.clone()], &scope.service.name);
    let span = text.place(&named.range);
    let (code, message, help) = match named.address {
        Address::OtherTask if alias(named.target) != name => (
            Code::UnresolvedHost,
            format!("{what} names `{name}`, which other tasks know as `{}` alone", alias(named.target)),
            format!("write `{}` into the file", alias(named.target)),
        ),
        Address::SameTask if scope.overlay.hosts_file.is_none() => (
            Code::UnresolvedHost,
            format!("{what} names `{name}`, which nothing resolves in a task"),
            format!("write `services: {{ {service}: {{ x-ecs: {{ hosts_file: true }} }} }}` in the overlay, so that `/etc/hosts` has the name, or write `127.0.0.1` into the file"),
        ),
        Address::Managed(_) | Address::Ambient | Address::Unknown => (
            Code::UnresolvedHost,
            format!("{what} names `{name}`, which is replaced, and `{path}` is not rewritten"),
            "write the address of what takes its place into the file, or let the program read it from a variable".to_owned(),
        ),
        Address::Dropped => (
            Code::DroppedHost,
            format!("{what} names `{name}`, which does not run on ECS"),
            "take it out of the file".to_owned(),
        ),
        Address::SameTask | Address::OtherTask => return,
    };
    findings.diagnostics.add(Diagnostic::warning(code, span, message).help(help));
}
