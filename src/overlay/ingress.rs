//! `ingress`: the ways in from outside.

use super::authentication::{self, Authentication};
use super::listener::{self, Listener};
use super::{checked, port, ranged, text};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Reported};
use crate::source::{Span, Spanned};
use crate::yaml::Node;
use crate::yaml::decode::{Fields, list};

/// One way in from outside.
#[derive(Clone, Debug)]
pub(crate) struct Ingress {
    pub(crate) span: Span,
    pub(crate) service: Spanned<String>,
    pub(crate) port: Spanned<u16>,
    /// `None`: the task's own address.
    pub(crate) listeners: Option<Spanned<Vec<Listener>>>,
    pub(crate) host: Option<Spanned<String>>,
    pub(crate) path: Option<Spanned<String>>,
    pub(crate) health_check: Option<Spanned<HealthCheck>>,
    pub(crate) authenticate: Option<Spanned<Authentication>>,
}

/// What says whether the container works, as far as it is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HealthCheck {
    pub(crate) path: Option<String>,
    pub(crate) matcher: Option<String>,
    /// Seconds.
    pub(crate) interval: Option<u32>,
    /// Seconds.
    pub(crate) grace_period: Option<u32>,
}

pub(super) fn decode_all(
    node: &Node,
    diagnostics: &mut Diagnostics,
) -> Result<Vec<Ingress>, Reported> {
    let items = list(node, "`ingress`", diagnostics)?;
    Ok(items.iter().filter_map(|it| decode(it, diagnostics).ok()).collect())
}

fn decode(node: &Node, diagnostics: &mut Diagnostics) -> Result<Ingress, Reported> {
    let owner = "an item of `ingress`";
    let before = diagnostics.errors();
    let mut fields = Fields::new(node, owner, diagnostics)?;
    let service = text(fields.get("service"), "`service`", diagnostics);
    let port = port(fields.get("port"), diagnostics);
    let listeners = fields.get("listener").map(|it| listener::decode_all(it, diagnostics));
    let host = checked(fields.get("host"), "`host`", (is_host, HOST), diagnostics);
    let path = checked(fields.get("path"), "`path`", (is_path, PATH), diagnostics);
    let health_check = fields
        .get("health_check")
        .and_then(|it| Some(Spanned::new(decode_health_check(it, diagnostics).ok()?, it.span)));
    let authenticate = fields
        .get("authenticate")
        .and_then(|it| Some(Spanned::new(authentication::decode(it, diagnostics).ok()?, it.span)));
    fields.finish(diagnostics);
    match (service, port) {
        (Some(service), Some(port)) => {
            let span = node.span;
            Ok(Ingress { span, service, port, listeners, host, path, health_check, authenticate })
        }
        _ => {
            // What was given and is wrong is reported already.
            diagnostics.check_since(before)?;
            let message = format!("{owner} needs a `service` and a `port`");
            Err(diagnostics.report(Diagnostic::error(Code::InvalidValue, node.span, message)))
        }
    }
}

const HOST: &str =
    "a host is at most 128 letters, digits, `-`, `.` and `_`, where `*` and `?` stand for others";

fn is_host(text: &str) -> bool {
    let legal = |it: char| it.is_ascii_alphanumeric() || "-._*?".contains(it);
    (1..=128).contains(&text.len()) && text.chars().all(legal)
}

const PATH: &str = "a path begins with `/`; it has at most 128 letters, digits and signs of URLs, where `*` and `?` stand for others";

fn is_path(text: &str) -> bool {
    let legal = |it: char| it.is_ascii_alphanumeric() || "_-.$/~\"'@:+&*?".contains(it);
    text.starts_with('/') && text.len() <= 128 && text.chars().all(legal)
}

fn decode_health_check(
    node: &Node,
    diagnostics: &mut Diagnostics,
) -> Result<HealthCheck, Reported> {
    let mut fields = Fields::new(node, "`health_check`", diagnostics)?;
    let is_path = |it: &str| it.starts_with('/') && it.len() <= 1024;
    let path = (is_path, "a path begins with `/` and has at most 1024 characters");
    let path = checked(fields.get("path"), "`path`", path, diagnostics);
    let matcher =
        (is_matcher, "write status codes from 200 to 499, such as `200`, `200,302` or `200-399`");
    let matcher = checked(fields.get("matcher"), "`matcher`", matcher, diagnostics);
    let interval = ranged(fields.get("interval"), "`interval`", 5..=300, diagnostics);
    let longest = i32::MAX.unsigned_abs();
    let grace_period =
        ranged(fields.get("grace_period"), "`grace_period`", 0..=longest, diagnostics);
    fields.finish(diagnostics);
    Ok(HealthCheck {
        path: path.map(|it| it.value),
        matcher: matcher.map(|it| it.value),
        interval: interval.map(|it| it.value),
        grace_period: grace_period.map(|it| it.value),
    })
}

fn is_matcher(text: &str) -> bool {
    let code = |it: &str| {
        let number = it.parse::<u16>().ok().filter(|_| it.len() == 3);
        number.filter(|it| (200..=499).contains(it))
    };
    text.split(',').all(|it| match it.split_once('-') {
        Some((first, last)) => {
            code(first).zip(code(last)).is_some_and(|(first, last)| first < last)
        }
        None => code(it).is_some(),
    })
}
