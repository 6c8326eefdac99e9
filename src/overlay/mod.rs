//! `x-ecs` blocks -> [`Overlay`]: what Compose cannot say about AWS, typed and strict.

mod raw;
mod replacement;
pub(crate) mod secret_reference;
mod service;
pub(crate) mod template;

use indexmap::IndexMap;

pub(crate) use raw::Raw;
pub(crate) use replacement::{Replacement, Target};
pub(crate) use service::{Hosts, ServiceOverlay};

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Reported};
use crate::source::{Span, Spanned};
use crate::yaml::decode::{Fields, boolean, list, mapping, number, string, strings};
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
    pub(crate) dns_zone: Option<Spanned<String>>,
    /// Local stand-ins by service.
    pub(crate) replace: IndexMap<String, Replacement>,
    /// Empty: everything is one task.
    pub(crate) tasks: IndexMap<String, Task>,
    pub(crate) hosts: Hosts,
    /// Raw fields of `RegisterTaskDefinition`.
    pub(crate) task_definition: Option<Raw>,
    /// Where the block stands; the place for what it lacks.
    pub(crate) span: Option<Span>,
}

/// What the tasks run on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Platform {
    /// `arm64` or `x86_64`.
    pub(crate) architecture: Option<Spanned<Architecture>>,
    pub(crate) spot: bool,
}

/// A processor architecture of Fargate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Architecture {
    Arm64,
    X86_64,
}

/// A task size as far as it is given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Size {
    /// CPU units.
    pub(crate) cpu: Option<Spanned<u32>>,
    /// MiB.
    pub(crate) memory: Option<Spanned<u32>>,
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

/// Where containers log to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Logs {
    pub(crate) group: Option<Spanned<String>>,
    pub(crate) retention_days: Option<Spanned<u32>>,
}

/// One way in from outside.
#[derive(Clone, Debug)]
pub(crate) struct Ingress {
    pub(crate) service: Spanned<String>,
    pub(crate) port: Spanned<u16>,
    pub(crate) listener: Option<Spanned<String>>,
    pub(crate) host: Option<Spanned<String>>,
    pub(crate) path: Option<Spanned<String>>,
    pub(crate) health_check_path: Option<Spanned<String>>,
}

/// One task of several.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) services: Vec<Spanned<String>>,
    pub(crate) count: Option<Spanned<u32>>,
    pub(crate) size: Size,
    pub(crate) span: Span,
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
        region: needed(fields.get("region"), "`region`", diagnostics),
        account: decode_account(fields.get("account"), diagnostics),
        cluster: text(fields.get("cluster"), "`cluster`", diagnostics),
        platform: section(fields.get("platform"), decode_platform, diagnostics),
        size: section(fields.get("size"), decode_size, diagnostics),
        roles: section(fields.get("roles"), decode_roles, diagnostics),
        network: section(fields.get("network"), decode_network, diagnostics),
        logs: section(fields.get("logs"), decode_logs, diagnostics),
        ingress: section(fields.get("ingress"), decode_ingresses, diagnostics),
        dns_zone: section(fields.get("dns"), decode_dns, diagnostics),
        replace: section(fields.get("replace"), replacement::decode_all, diagnostics),
        tasks: section(fields.get("tasks"), decode_tasks, diagnostics),
        hosts: section(fields.get("hosts"), service::decode_hosts, diagnostics),
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

fn flag(node: Option<&Node>, owner: &str, diagnostics: &mut Diagnostics) -> bool {
    node.is_some_and(|it| boolean(it, owner, diagnostics).unwrap_or_default())
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

fn decode_platform(node: &Node, diagnostics: &mut Diagnostics) -> Result<Platform, Reported> {
    let mut fields = Fields::new(node, "`platform`", diagnostics)?;
    let architecture = text(fields.get("architecture"), "`architecture`", diagnostics);
    let spot = flag(fields.get("spot"), "`spot`", diagnostics);
    fields.finish(diagnostics);
    let architecture = architecture.and_then(|it| {
        let known = match it.value.to_lowercase().as_str() {
            "arm64" | "aarch64" => Some(Architecture::Arm64),
            "x86_64" | "amd64" => Some(Architecture::X86_64),
            _ => None,
        };
        if known.is_none() {
            let message = format!("Fargate has no architecture `{}`", it.value);
            let diagnostic = Diagnostic::error(Code::InvalidValue, it.span, message);
            diagnostics.report(diagnostic.help("write `arm64` or `x86_64`"));
        }
        Some(Spanned::new(known?, it.span))
    });
    Ok(Platform { architecture, spot })
}

fn decode_size(node: &Node, diagnostics: &mut Diagnostics) -> Result<Size, Reported> {
    let mut fields = Fields::new(node, "`size`", diagnostics)?;
    let cpu = count(fields.get("cpu"), "`cpu`", diagnostics);
    let memory = count(fields.get("memory"), "`memory`", diagnostics);
    fields.finish(diagnostics);
    Ok(Size { cpu, memory })
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

fn decode_logs(node: &Node, diagnostics: &mut Diagnostics) -> Result<Logs, Reported> {
    let mut fields = Fields::new(node, "`logs`", diagnostics)?;
    let group = text(fields.get("group"), "`group`", diagnostics);
    let retention_days = count(fields.get("retention_days"), "`retention_days`", diagnostics);
    fields.finish(diagnostics);
    Ok(Logs { group, retention_days })
}

fn decode_dns(
    node: &Node,
    diagnostics: &mut Diagnostics,
) -> Result<Option<Spanned<String>>, Reported> {
    let mut fields = Fields::new(node, "`dns`", diagnostics)?;
    let zone = text(fields.get("zone"), "`zone`", diagnostics);
    fields.finish(diagnostics);
    Ok(zone)
}

fn decode_ingresses(node: &Node, diagnostics: &mut Diagnostics) -> Result<Vec<Ingress>, Reported> {
    let items = list(node, "`ingress`", diagnostics)?;
    Ok(items.iter().filter_map(|it| decode_ingress(it, diagnostics).ok()).collect())
}

fn decode_ingress(node: &Node, diagnostics: &mut Diagnostics) -> Result<Ingress, Reported> {
    let owner = "an item of `ingress`";
    let before = diagnostics.errors();
    let mut fields = Fields::new(node, owner, diagnostics)?;
    let service = text(fields.get("service"), "`service`", diagnostics);
    let port = port(fields.get("port"), diagnostics);
    let listener = text(fields.get("listener"), "`listener`", diagnostics);
    let host = text(fields.get("host"), "`host`", diagnostics);
    let path = text(fields.get("path"), "`path`", diagnostics);
    let health_check_path = section(fields.get("health_check"), decode_health_check, diagnostics);
    fields.finish(diagnostics);
    match (service, port) {
        (Some(service), Some(port)) => {
            Ok(Ingress { service, port, listener, host, path, health_check_path })
        }
        _ => {
            // What was given and is wrong is reported already.
            diagnostics.check_since(before)?;
            let message = format!("{owner} needs a `service` and a `port`");
            Err(diagnostics.report(Diagnostic::error(Code::InvalidValue, node.span, message)))
        }
    }
}

fn decode_health_check(
    node: &Node,
    diagnostics: &mut Diagnostics,
) -> Result<Option<Spanned<String>>, Reported> {
    let mut fields = Fields::new(node, "`health_check`", diagnostics)?;
    let path = text(fields.get("path"), "`path`", diagnostics);
    fields.finish(diagnostics);
    Ok(path)
}

fn decode_tasks(
    node: &Node,
    diagnostics: &mut Diagnostics,
) -> Result<IndexMap<String, Task>, Reported> {
    let mut tasks = IndexMap::new();
    for (name, entry) in mapping(node, "`tasks`", diagnostics)? {
        if let Ok(task) = decode_task(&entry.node, entry.key_span, diagnostics) {
            tasks.insert(name.clone(), task);
        }
    }
    Ok(tasks)
}

/// `[nginx, app]`, or a mapping with `services` and what is special about the task.
fn decode_task(node: &Node, span: Span, diagnostics: &mut Diagnostics) -> Result<Task, Reported> {
    if node.as_sequence().is_some() {
        let services = strings(node, "a task", diagnostics)?;
        return Ok(Task { services, count: None, size: Size::default(), span });
    }
    let mut fields = Fields::new(node, "a task", diagnostics)?;
    let services =
        section(fields.get("services"), |it, sink| strings(it, "`services`", sink), diagnostics);
    let number = count(fields.get("count"), "`count`", diagnostics);
    let size = section(fields.get("size"), decode_size, diagnostics);
    fields.finish(diagnostics);
    Ok(Task { services, count: number, size, span })
}
