//! Names of services -> addresses that hold on Fargate, and the texts that name them rewritten.

mod addresses;
mod distant;
mod managed;
mod names;
mod parts;
mod port;
mod rewritten;
mod text;

use std::ops::Range;

pub(super) use addresses::{Address, Addresses, addresses};
pub(super) use managed::Unsaid;
pub(super) use rewritten::Rewritten;

use super::connect::alias;
use super::replacement::{is_said, warn_tls};
use super::{Findings, Scope};
use crate::compose::Service;
use crate::diagnostic::{Code, Diagnostic};
use crate::redact::{mask_passwords, mask_value};
use crate::source::{Span, Spanned};
use distant::{note_distant, word_at};
use managed::Edits;
use port::usual_port;
use text::{Kind, Place, places};

/// Why 127.0.0.1 is the right address.
const SAME_TASK: &str = "the containers of a task share one network interface";

/// What stands before the key of a label in messages.
const LABELS: &str = "labels.";

/// A name in a text that is delivered as it is.
pub(super) struct Named<'a> {
    pub(super) range: Range<usize>,
    /// The port it is reached at, when the text says.
    pub(super) port: Option<u16>,
    /// The service that is meant.
    pub(super) target: &'a str,
    pub(super) address: &'a Address,
}

/// Whether the overlay has a word on a variable; the service's own word wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Rewrite,
    Keep,
    Decide,
}

/// `names` are those that the overlay may have for one text, the most special first.
fn wish(scope: &Scope<'_>, names: &[&str]) -> Wish {
    for hosts in [&scope.overlay.hosts, &scope.input.overlay.hosts] {
        for name in names {
            if hosts.keep.iter().any(|it| it.value == *name) {
                return Wish::Keep;
            }
            if hosts.rewrite.iter().any(|it| it.value == *name) {
                return Wish::Rewrite;
            }
        }
    }
    Wish::Decide
}

/// Rewrites the hosts in the value of one variable.
pub(super) fn rewrite_variable(
    scope: &Scope<'_>,
    name: &str,
    value: &Spanned<String>,
    findings: &mut Findings<'_>,
) -> Rewritten {
    rewrite_value(scope, (name, name), value, wish(scope, &[name]), findings)
}

/// Rewrites the hosts in the value of one label.
pub(super) fn rewrite_label(
    scope: &Scope<'_>,
    key: &str,
    value: &Spanned<String>,
    findings: &mut Findings<'_>,
) -> String {
    let (owner, wish) = (format!("{LABELS}{key}"), wish(scope, &[key, "labels"]));
    let rewritten = rewrite_value(scope, (key, &owner), value, wish, findings);
    findings.used.extend(rewritten.named.into_iter().map(|(service, _)| service));
    rewritten.text
}

/// `owner` is how messages call what has the value.
fn rewrite_value(
    scope: &Scope<'_>,
    (name, owner): (&str, &str),
    value: &Spanned<String>,
    wish: Wish,
    findings: &mut Findings<'_>,
) -> Rewritten {
    let (service, addresses) = (scope.service, scope.addresses);
    let kind = match wish {
        Wish::Keep => {
            let places = known_places(service, &value.value, Kind::Variable(name), addresses);
            note_distant(scope, (owner, &places), &value.value, |_| value.span, findings);
            return Rewritten { text: value.value.clone(), ..Rewritten::default() };
        }
        Wish::Rewrite => Kind::Forced,
        Wish::Decide => Kind::Variable(name),
    };
    let subject = format!("{} {owner}", service.name);
    let mut reasons = Vec::new();
    let places = known_places(service, &value.value, kind, addresses);
    note_distant(scope, (owner, &places), &value.value, |_| value.span, findings);
    let rewritten = apply(service, &value.value, &places, addresses, &mut |host, known| {
        warn_unreachable(owner, host, known.1, value.span, findings);
        reasons.extend(reason(host, known));
    });
    for reached in &rewritten.reached {
        findings.reached.entry(reached.clone()).or_insert(value.span);
    }
    if rewritten.text != value.value {
        let change = (mask_value(name, &value.value), mask_value(name, &rewritten.text));
        findings.explain(value.span, subject, (Some(change.0), Some(change.1)), joined(reasons));
    }
    managed::report_embedded(scope, (name, value.span), &rewritten, findings);
    if !is_said(scope, name) {
        rewritten.note_databases(value.span, findings);
    }
    rewritten
}

/// Rewrites the hosts in the words of a command, entrypoint or health check.
pub(super) fn rewrite_words(
    scope: &Scope<'_>,
    key: &str,
    words: &[Spanned<String>],
    findings: &mut Findings<'_>,
) -> Vec<String> {
    let (service, addresses) = (scope.service, scope.addresses);
    let kind = match wish(scope, &[key]) {
        Wish::Keep => return words.iter().map(|it| it.value.clone()).collect(),
        Wish::Rewrite => Kind::Forced,
        Wish::Decide => Kind::Command,
    };
    let texts: Vec<&str> = words.iter().map(|it| it.value.as_str()).collect();
    let joined_text = texts.join("\n");
    let mut reasons = Vec::new();
    let places = known_places(service, &joined_text, kind, addresses);
    let ports = distant_ports(service, &joined_text, &places, addresses);
    note_distant(scope, (key, &places), &joined_text, |at| word_at(words, at).span, findings);
    let mut result = Vec::new();
    let mut start = 0;
    for word in words {
        let range = start..start + word.value.len();
        start = range.end + 1;
        let inside: Vec<Place> = places
            .iter()
            .filter(|it| range.contains(&it.host.start))
            .map(|it| it.within(&range))
            .collect();
        let mut rewritten = apply(service, &word.value, &inside, addresses, &mut |host, known| {
            reasons.extend(reason(host, known));
            warn_unreachable(key, host, known.1, word.span, findings);
        });
        rewritten.note_databases(word.span, findings);
        for (name, unsaid) in &rewritten.named {
            findings.used.insert(name.clone());
            if unsaid.is_plain {
                warn_tls(key, name, word.span, findings);
            }
        }
        managed::report_embedded(scope, (key, word.span), &rewritten, findings);
        for (place, port) in ports.iter().filter(|(it, _)| range.contains(&it.start)) {
            rewritten.text.replace_range(place.start - range.start..place.end - range.start, port);
            reasons.push(
                "the host before it is replaced by a managed service on this port".to_owned(),
            );
        }
        if rewritten.text != word.value {
            findings.explain(
                word.span,
                format!("{} {key}", service.name),
                (Some(mask_passwords(&word.value)), Some(mask_passwords(&rewritten.text))),
                joined(std::mem::take(&mut reasons)),
            );
        }
        result.push(rewritten.text);
    }
    result
}

/// The replaced services that the command, the entrypoint and the health check of a service name.
pub(super) fn named_in_words<'a>(scope: &Scope<'a>) -> Vec<&'a str> {
    let service = scope.service;
    let check = service.healthcheck.as_ref().map(|it| &it.test);
    let lists = [service.command.as_ref(), service.entrypoint.as_ref(), check];
    let mut named = Vec::new();
    for words in lists.into_iter().flatten() {
        let texts: Vec<&str> = words.iter().map(|it| it.value.as_str()).collect();
        let text = texts.join("\n");
        let places = known_places(service, &text, Kind::Command, scope.addresses);
        let targets = places
            .iter()
            .filter_map(|it| Some(scope.addresses.of(&service.name, &text[it.host.clone()])?.0));
        named.extend(targets.filter(|it| scope.placement.replaced.contains_key(*it)));
    }
    named
}

/// Ports of managed services that stand in another word than their host.
fn distant_ports(
    service: &Service,
    text: &str,
    places: &[Place],
    addresses: &Addresses<'_>,
) -> Vec<(Range<usize>, String)> {
    let distant = places.iter().filter_map(|place| {
        let port =
            place.port.as_ref().filter(|it| text[place.host.end..it.start].contains('\n'))?;
        match addresses.of(&service.name, &text[place.host.clone()])? {
            (_, Address::Managed(managed)) => Some((port.clone(), managed.port?.to_string())),
            _ => None,
        }
    });
    distant.collect()
}

impl Place {
    fn within(&self, range: &Range<usize>) -> Self {
        let shift = |it: &Range<usize>| it.start - range.start..it.end - range.start;
        let port = self.port.as_ref().filter(|it| it.end <= range.end).map(shift);
        Self { host: shift(&self.host), port, ..self.clone() }
    }
}

fn known_places(
    service: &Service,
    text: &str,
    kind: Kind<'_>,
    addresses: &Addresses<'_>,
) -> Vec<Place> {
    places(text, kind, |name| addresses.of(&service.name, name).is_some())
}

/// Puts the address of each place in, and what goes with it.
fn apply(
    service: &Service,
    text: &str,
    places: &[Place],
    addresses: &Addresses<'_>,
    seen: &mut dyn FnMut(&str, (&str, &Address)),
) -> Rewritten {
    let mut rewritten = Rewritten { text: text.to_owned(), ..Rewritten::default() };
    let mut edits = Edits::default();
    for place in places.iter().rev() {
        let name = &text[place.host.clone()];
        let Some((target, address)) = addresses.of(&service.name, name) else {
            continue;
        };
        seen(name, (target, address));
        let target = target.to_owned();
        match address {
            Address::SameTask => {
                rewritten.reached.extend(port_of(text, place).map(|port| (target, port)));
                edits.push(place.host.clone(), "127.0.0.1");
            }
            Address::Managed(managed) => {
                let unsaid = managed::edit(text, place, managed, &mut edits);
                rewritten.named.push((target, unsaid));
            }
            Address::OtherTask => edits.push(place.host.clone(), alias(&target)),
            Address::Unknown => rewritten.named.push((target, Unsaid::default())),
            Address::Ambient => {
                rewritten.ambient = Some(target.clone());
                rewritten.named.push((target, Unsaid::default()));
            }
            Address::Dropped => {}
        }
    }
    rewritten.example = managed::example(text, &rewritten.named, &edits);
    rewritten.text = edits.apply(text);
    rewritten
}

/// The port a text names behind a host, or means by the scheme of its URL.
fn port_of(text: &str, place: &Place) -> Option<u16> {
    match &place.port {
        Some(range) => text[range.clone()].parse().ok(),
        None if place.takes_port => usual_port(&text[..place.host.start]),
        None => None,
    }
}

/// `owner` is the variable, or the key whose command names the host.
fn warn_unreachable(
    owner: &str,
    host: &str,
    address: &Address,
    span: Span,
    findings: &mut Findings<'_>,
) {
    let is_text =
        ["command", "entrypoint", "healthcheck"].contains(&owner) || owner.starts_with(LABELS);
    let (code, message, help) = match address {
        // A variable is left out, and explained.
        Address::Ambient if !is_text => return,
        Address::Dropped | Address::Ambient => (
            Code::DroppedHost,
            format!("`{owner}` names `{host}`, which does not run on ECS"),
            if is_text {
                format!("set `{owner}` in the overlay")
            } else {
                format!(
                    "set `{owner}` in the overlay; `{owner}:` with nothing behind it takes it away"
                )
            },
        ),
        Address::OtherTask | Address::SameTask | Address::Managed(_) | Address::Unknown => return,
    };
    findings.diagnostics.add(Diagnostic::warning(code, span, message).help(help));
}

/// The known names that stand as hosts in a text that is delivered as it is, each once with each port.
pub(super) fn names_in<'a>(scope: &Scope<'a>, text: &str) -> Vec<Named<'a>> {
    let mut found: Vec<Named<'_>> = Vec::new();
    for place in known_places(scope.service, text, Kind::Variable(""), scope.addresses) {
        let (name, port) = (&text[place.host.clone()], port_of(text, &place));
        let is_new = found.iter().all(|it| text[it.range.clone()] != *name || it.port != port);
        let meant = scope.addresses.of(&scope.service.name, name).filter(|_| is_new);
        found.extend(meant.map(|(target, address)| Named {
            range: place.host.clone(),
            port,
            target,
            address,
        }));
    }
    found
}

fn joined(mut reasons: Vec<String>) -> String {
    reasons.dedup();
    reasons.reverse();
    reasons.dedup();
    reasons.join("; ")
}

/// Why a name becomes its address; `None` when it stays.
fn reason(name: &str, (target, address): (&str, &Address)) -> Option<String> {
    match address {
        Address::SameTask => {
            Some(format!("`{name}` is a container of the same task and {SAME_TASK}"))
        }
        Address::Managed(_) => {
            Some(format!("`{name}` is replaced by a managed service in the overlay"))
        }
        Address::OtherTask if alias(target) == alias(name) && alias(name) != name => Some(format!(
            "`{name}` runs in another task, and Service Connect knows no capital letters"
        )),
        Address::OtherTask if alias(target) != name => Some(format!(
            "`{name}` is `{target}`, which runs in another task, and Service Connect gives it one name"
        )),
        Address::OtherTask | Address::Dropped | Address::Unknown | Address::Ambient => None,
    }
}
