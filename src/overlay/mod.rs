//! `x-ecs` blocks -> [`Overlay`]: what Compose cannot say about AWS, typed and strict.

mod authentication;
mod files;
mod ingress;
mod listener;
mod logs;
mod new_services;
mod platform;
mod raw;
mod replacement;
mod repository;
mod schema;
pub(crate) mod secret_reference;
mod service;
mod service_connect;
mod size;
mod task;
pub(crate) mod template;
pub(crate) mod volume;

use std::ops::RangeInclusive;

use indexmap::IndexMap;

pub(crate) use authentication::Authentication;
pub(crate) use files::{Files, file_targets};
pub(crate) use ingress::{HealthCheck, Ingress};
pub(crate) use listener::Listener;
pub(crate) use logs::Logs;
pub(crate) use new_services::report_new_services;
pub(crate) use platform::{Architecture, Platform};
pub(crate) use raw::{Raw, Step};
pub(crate) use replacement::{Login, Replacement, Target};
pub(crate) use repository::Repository;
pub(crate) use schema::schema;
pub(crate) use service::{Hosts, ServiceOverlay};
pub(crate) use service_connect::ServiceConnect;
pub(crate) use size::Size;
pub(crate) use task::Task;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Reported, sentence};
use crate::source::{Span, Spanned};
use crate::yaml::decode::{Fields, boolean, number, string, strings};
use crate::yaml::{Node, Value};

/// The names of an overlay beside the Compose file, in the order they are looked for.
pub(crate) const NAMES: [&str; 2] = ["compose2ecs.yml", "compose2ecs.yaml"];

/// The top-level `x-ecs`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overlay {
    pub(crate) region: Option<Spanned<String>>,
    pub(crate) account: Option<Spanned<String>>,
    pub(crate) cluster: Option<Spanned<String>>,
    pub(crate) platform: Platform,
    pub(crate) size: Size,
    pub(crate) roles: Roles,
    pub(crate) network: Network,
    pub(crate) logs: Logs,
    pub(crate) ingress: Vec<Ingress>,
    pub(crate) dns: Option<Dns>,
    pub(crate) repositories: Vec<Repository>,
    /// Whether ECS Exec opens a shell, for tasks that do not say.
    pub(crate) exec: Option<Spanned<bool>>,
    /// Local stand-ins by service.
    pub(crate) replace: IndexMap<String, Replacement>,
    /// Empty: everything is one task.
    pub(crate) tasks: IndexMap<String, Task>,
    pub(crate) service_connect: ServiceConnect,
    pub(crate) hosts: Hosts,
    pub(crate) files: Files,
    /// Raw fields of `RegisterTaskDefinition`.
    pub(crate) task_definition: Option<Raw>,
    /// Where the block stands; the place for what it lacks.
    pub(crate) span: Option<Span>,
}

/// IAM roles, as names or ARNs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roles {
    pub(crate) execution: Option<Spanned<String>>,
    pub(crate) task: Option<Spanned<String>>,
}

/// Where tasks are attached.
#[derive(Clone, Debug, Default)]
pub(crate) struct Network {
    pub(crate) subnets: Vec<Spanned<String>>,
    pub(crate) security_groups: Vec<Spanned<String>>,
    pub(crate) public_ip: bool,
}

/// The hosted zone, and the weight of its records.
#[derive(Clone, Debug)]
pub(crate) struct Dns {
    pub(crate) zone: Spanned<String>,
    pub(crate) weight: Option<u8>,
}

/// Decodes the top-level block; what is wrong is reported and left out.
pub(crate) fn decode(extension: Option<&Node>, diagnostics: &mut Diagnostics) -> Overlay {
    let written = extension.filter(|it| !it.is_null());
    written.and_then(|it| decode_top(it, diagnostics).ok()).unwrap_or_default()
}

/// Decodes the `x-ecs` of one service.
pub(crate) fn decode_service(
    extension: Option<&Node>,
    diagnostics: &mut Diagnostics,
) -> ServiceOverlay {
    let written = extension.filter(|it| !it.is_null());
    written.and_then(|it| service::decode(it, diagnostics).ok()).unwrap_or_default()
}

fn decode_top(node: &Node, diagnostics: &mut Diagnostics) -> Result<Overlay, Reported> {
    let mut fields = Fields::new(node, "`x-ecs`", diagnostics)?;
    let overlay = Overlay {
        region: decode_region(fields.get("region"), diagnostics),
        account: decode_account(fields.get("account"), diagnostics),
        cluster: text(fields.get("cluster"), "`cluster`", diagnostics),
        platform: section(fields.get("platform"), platform::decode, diagnostics),
        size: section(fields.get("size"), size::decode, diagnostics),
        roles: section(fields.get("roles"), decode_roles, diagnostics),
        network: section(fields.get("network"), decode_network, diagnostics),
        logs: section(fields.get("logs"), logs::decode, diagnostics),
        ingress: section(fields.get("ingress"), ingress::decode_all, diagnostics),
        dns: section(fields.get("dns"), decode_dns, diagnostics),
        repositories: section(fields.get("ecr"), repository::decode_all, diagnostics),
        exec: switch(fields.get("exec"), "`exec`", diagnostics),
        replace: section(fields.get("replace"), replacement::decode_all, diagnostics),
        tasks: section(fields.get("tasks"), task::decode_all, diagnostics),
        service_connect: section(
            fields.get("service_connect"),
            service_connect::decode,
            diagnostics,
        ),
        hosts: section(fields.get("hosts"), service::decode_hosts, diagnostics),
        files: section(fields.get("files"), files::decode, diagnostics),
        task_definition: fields
            .get("task_definition")
            .and_then(|it| Raw::decode(it, "`task_definition`", diagnostics)),
        span: Some(node.span),
    };
    fields.finish(diagnostics);
    Ok(overlay)
}

fn section<T: Default>(
    node: Option<&Node>,
    decode: impl Fn(&Node, &mut Diagnostics) -> Result<T, Reported>,
    diagnostics: &mut Diagnostics,
) -> T {
    node.and_then(|it| decode(it, diagnostics).ok()).unwrap_or_default()
}

/// A string that is allowed to be absent; a wrong one is reported and counts as absent.
fn text(
    node: Option<&Node>,
    owner: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Spanned<String>> {
    let node = node?;
    if let Value::Integer(number) = node.value
        && number.to_string().len() != node.span.range().len()
    {
        let message = format!("{owner} must be a string: YAML reads the number {number} here");
        let diagnostic = Diagnostic::error(Code::WrongType, node.span, message);
        diagnostics.report(diagnostic.help("put quotes around it"));
        return None;
    }
    string(node, owner, diagnostics).ok()
}

/// A string that later passes look for: for a wrong one something stands in, so that they do not call it missing.
fn needed(
    node: Option<&Node>,
    owner: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Spanned<String>> {
    let node = node?;
    let stand_in = || Spanned::new("-".to_owned(), node.span);
    Some(text(Some(node), owner, diagnostics).unwrap_or_else(stand_in))
}

fn count(node: Option<&Node>, owner: &str, diagnostics: &mut Diagnostics) -> Option<Spanned<u32>> {
    let node = node?;
    if let Value::Integer(number) = node.value
        && u32::try_from(number).is_err()
    {
        let range = if number < 0 { "from 0 on" } else { "up to 4294967295" };
        let message = format!("{owner} must be a whole number {range}, not {number}");
        diagnostics.report(Diagnostic::error(Code::InvalidValue, node.span, message));
        return None;
    }
    number(node, owner, diagnostics).ok()
}

fn port(node: Option<&Node>, diagnostics: &mut Diagnostics) -> Option<Spanned<u16>> {
    let number = count(node, "`port`", diagnostics)?;
    let port = u16::try_from(number.value).ok().filter(|it| *it > 0);
    if port.is_none() {
        let message = format!("{} is not a port", number.value);
        let diagnostic = Diagnostic::error(Code::InvalidValue, number.span, message);
        diagnostics.report(diagnostic.help("a port is a number from 1 to 65535"));
    }
    Some(Spanned::new(port?, number.span))
}

/// A number within a range; one outside of it is reported and counts as absent.
fn ranged(
    node: Option<&Node>,
    owner: &str,
    range: RangeInclusive<u32>,
    diagnostics: &mut Diagnostics,
) -> Option<Spanned<u32>> {
    let number = count(node, owner, diagnostics)?;
    if range.contains(&number.value) {
        return Some(number);
    }
    let (first, last) = (range.start(), range.end());
    let reach = if *last == u32::MAX {
        format!("from {first} on")
    } else {
        format!("from {first} to {last}")
    };
    let message = format!("{owner} must be a number {reach}, not {}", number.value);
    diagnostics.report(Diagnostic::error(Code::InvalidValue, number.span, message));
    None
}

/// A string that has to fit; for one that does not, the help says what would.
fn checked(
    node: Option<&Node>,
    owner: &str,
    (fits, help): (impl Fn(&str) -> bool, &str),
    diagnostics: &mut Diagnostics,
) -> Option<Spanned<String>> {
    let text = needed(node, owner, diagnostics)?;
    if !fits(&text.value) && diagnostics.check_at(text.span).is_ok() {
        let message = match text.value.as_str() {
            "" => format!("{owner} is empty"),
            value => format!("{owner} cannot be `{value}`"),
        };
        diagnostics.report(Diagnostic::error(Code::InvalidValue, text.span, message).help(help));
    }
    Some(text)
}

/// Reports what a mapping lacks, unless something is wrong with what it has.
fn incomplete(
    node: &Node,
    owner: &str,
    keys: &[&str],
    before: usize,
    diagnostics: &mut Diagnostics,
) -> Reported {
    if let Err(reported) = diagnostics.check_since(before) {
        return reported;
    }
    let is_missing = |it: &&&str| node.get(it).is_none_or(Node::is_null);
    let missing: Vec<&str> = keys.iter().filter(is_missing).copied().collect();
    let message = format!("{owner} needs {}", sentence(&missing));
    diagnostics.report(Diagnostic::error(Code::InvalidValue, node.span, message))
}

fn switch(
    node: Option<&Node>,
    owner: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Spanned<bool>> {
    let node = node?;
    Some(Spanned::new(boolean(node, owner, diagnostics).ok()?, node.span))
}

fn flag(node: Option<&Node>, owner: &str, diagnostics: &mut Diagnostics) -> bool {
    node.is_some_and(|it| boolean(it, owner, diagnostics).unwrap_or_default())
}

/// `ap-northeast-1`, `us-gov-west-1`: words and a number.
fn decode_region(node: Option<&Node>, diagnostics: &mut Diagnostics) -> Option<Spanned<String>> {
    let before = diagnostics.errors();
    let region = needed(node, "`region`", diagnostics)?;
    let mut parts = region.value.rsplit('-');
    let number =
        parts.next().is_some_and(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()));
    let words: Vec<&str> = parts.collect();
    let is_word = |it: &&str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_lowercase());
    let fits = number && words.len() >= 2 && words.iter().all(is_word);
    if diagnostics.errors() == before && !fits && !region.value.contains("{{") {
        let message = format!("`{}` is no region of AWS", region.value);
        let diagnostic = Diagnostic::error(Code::InvalidValue, region.span, message);
        diagnostics.report(diagnostic.help("a region is written like `eu-central-1`"));
    }
    Some(region)
}

fn decode_account(node: Option<&Node>, diagnostics: &mut Diagnostics) -> Option<Spanned<String>> {
    let before = diagnostics.errors();
    let account = needed(node, "`account`", diagnostics)?;
    let fits = |it: &str| it.len() == 12 && it.bytes().all(|it| it.is_ascii_digit());
    if diagnostics.errors() == before && !fits(&account.value) {
        let message = "an account is twelve digits";
        let diagnostic = Diagnostic::error(Code::InvalidValue, account.span, message);
        diagnostics.report(match node.map(|it| &it.value) {
            Some(Value::Integer(_)) => {
                diagnostic.help("put quotes around it, so that a zero in front counts")
            }
            _ => diagnostic,
        });
    }
    Some(account)
}

fn decode_roles(node: &Node, diagnostics: &mut Diagnostics) -> Result<Roles, Reported> {
    let mut fields = Fields::new(node, "`roles`", diagnostics)?;
    let execution = needed(fields.get("execution"), "`execution`", diagnostics);
    let task = needed(fields.get("task"), "`task`", diagnostics);
    fields.finish(diagnostics);
    Ok(Roles { execution, task })
}

fn decode_network(node: &Node, diagnostics: &mut Diagnostics) -> Result<Network, Reported> {
    let mut fields = Fields::new(node, "`network`", diagnostics)?;
    let subnets =
        section(fields.get("subnets"), |it, sink| strings(it, "`subnets`", sink), diagnostics);
    let groups = section(
        fields.get("security_groups"),
        |it, sink| strings(it, "`security_groups`", sink),
        diagnostics,
    );
    let public_ip = flag(fields.get("public_ip"), "`public_ip`", diagnostics);
    fields.finish(diagnostics);
    Ok(Network { subnets, security_groups: groups, public_ip })
}

fn decode_dns(node: &Node, diagnostics: &mut Diagnostics) -> Result<Option<Dns>, Reported> {
    let before = diagnostics.errors();
    let mut fields = Fields::new(node, "`dns`", diagnostics)?;
    let zone = text(fields.get("zone"), "`zone`", diagnostics);
    let weight = ranged(fields.get("weight"), "`weight`", 0..=255, diagnostics);
    fields.finish(diagnostics);
    let Some(zone) = zone else {
        return Err(incomplete(node, "`dns`", &["zone"], before, diagnostics));
    };
    let weight = weight.and_then(|it| u8::try_from(it.value).ok());
    Ok(Some(Dns { zone, weight }))
}
