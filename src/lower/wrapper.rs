//! What runs before a container's own entrypoint: a script of the shell that writes files and names of hosts.

mod process;
mod script;

use std::net::IpAddr;

use indexmap::IndexMap;

use super::hosts::Address;
use super::{Findings, Scope};
use crate::diagnostic::{Code, Diagnostic, sentence};
use crate::ecs::{ContainerDefinition, KeyValuePair, Secret};
use crate::source::{Span, Spanned};
use crate::stack::FILE_VARIABLE;

pub(super) use process::{Process, ask, is_root, opened, process, read_only, unknown, user};
pub(super) use script::write;

/// Where the names of hosts stand in a container.
const HOSTS: &str = "/etc/hosts";

/// A file that somebody writes before a container needs it.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// Where the container looks for it.
    pub(super) path: String,
    pub(super) content: Content,
    /// Octal digits.
    pub(super) mode: String,
    /// `UID:GID`, when it is not to be root's.
    pub(super) owner: Option<String>,
    /// What it is in the Compose file, such as ``the config `nginx` ``.
    pub(super) what: String,
    /// Where the service asks for it.
    pub(super) span: Span,
}

/// What brings the content of a file to whoever writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Text(String),
    /// The ARN that ECS resolves when the task starts.
    Secret(String),
}

impl Content {
    /// Gives a container the content as a variable; the name of it.
    pub(super) fn put(&self, number: usize, container: &mut ContainerDefinition) -> String {
        let name = format!("{FILE_VARIABLE}{number}");
        match self.clone() {
            Self::Text(value) => {
                container.environment.push(KeyValuePair { name: name.clone(), value });
            }
            Self::Secret(value_from) => {
                container.secrets.push(Secret { name: name.clone(), value_from });
            }
        }
        name
    }
}

/// Whether a variable brings the content of a file.
pub(super) fn is_file(variable: &str) -> bool {
    variable.starts_with(FILE_VARIABLE)
}

/// Puts the script in front of what the container runs, when there is something for it to do.
pub(super) fn lower(
    scope: &Scope<'_>,
    container: &mut ContainerDefinition,
    process: Option<Process>,
    files: &[File],
    findings: &mut Findings<'_>,
) {
    let hosts = hosts(scope, process.is_some(), findings);
    let Some(process) = process.filter(|_| !files.is_empty() || !hosts.is_empty()) else { return };
    if refuse_raw(scope, findings) {
        return;
    }
    let mut commands = Vec::new();
    for (number, file) in files.iter().enumerate() {
        let variable = file.content.put(number + 1, container);
        commands.extend(write(file, &file.path, &variable));
        commands.push(format!("unset {variable}"));
        let after = "written before the entrypoint starts, by `/bin/sh` of the image".to_owned();
        let subject = format!("{} {}", scope.service.name, file.path);
        findings.explain(file.span, subject, (None, Some(after)), process.reason(&file.what));
    }
    commands.extend(hosts.iter().map(|it| script::host(it, HOSTS)));
    let own = process.entrypoint.iter().cloned();
    container.entry_point = Some(script::entry_point(&commands).into_iter().chain(own).collect());
    container.command = Some(process.command).filter(|it| !it.is_empty());
}

/// Raw fields are merged last and would take the script away.
fn refuse_raw(scope: &Scope<'_>, findings: &mut Findings<'_>) -> bool {
    let raw = scope.overlay.container_definition.as_ref();
    let Some(span) = raw.and_then(|it| it.place("entryPoint", None)) else { return false };
    let message = format!(
        "`entryPoint` takes the place of what writes files before `{}` starts",
        scope.service.name
    );
    let diagnostic = Diagnostic::error(Code::InvalidValue, span, message);
    let help = "write it as `entrypoint:` of the service instead; it runs behind the script then";
    findings.diagnostics.report(diagnostic.help(help));
    true
}

/// The lines for `/etc/hosts`, when the overlay asks for them and they can be written.
fn hosts(scope: &Scope<'_>, is_known: bool, findings: &mut Findings<'_>) -> Vec<String> {
    let Some(asked) = &scope.overlay.hosts_file else { return Vec::new() };
    let errors = findings.diagnostics.errors();
    if !is_known {
        let message = format!(
            "`hosts_file` runs before what `{}` runs, and that is not known",
            scope.service.name
        );
        let diagnostic = Diagnostic::error(Code::MissingFact, asked.span, message);
        let diagnostic = unknown(scope, diagnostic, findings);
        findings.diagnostics.report(diagnostic);
    }
    refuse_unwritable(scope, asked, findings);
    let lines = host_lines(scope, asked, findings);
    if findings.diagnostics.errors() > errors { Vec::new() } else { lines }
}

fn refuse_unwritable(scope: &Scope<'_>, asked: &Spanned<bool>, findings: &mut Findings<'_>) {
    let service = scope.service;
    if let Some(span) = read_only(scope) {
        let message = format!("`{}` cannot write `{HOSTS}`", service.name);
        let diagnostic = Diagnostic::error(Code::InvalidValue, asked.span, message);
        let diagnostic = diagnostic.label(span, "its file system is read-only");
        findings.diagnostics.report(diagnostic.help(process::opened(scope)));
    }
    let Some((user, place)) = user(scope).filter(|(it, _)| !is_root(it)) else { return };
    let message = format!("`{}` cannot write `{HOSTS}`: it runs as `{user}`", service.name);
    let diagnostic = Diagnostic::error(Code::InvalidValue, asked.span, message);
    let diagnostic = match place {
        Some(span) => diagnostic.label(span, "this user may not"),
        None => diagnostic,
    };
    findings.diagnostics.report(diagnostic.help(format!(
        "write {} in the overlay, or set the address `127.0.0.1` in the configuration of the image",
        process::as_root(scope)
    )));
}

/// `ADDRESS NAME ALIAS…` for every service whose address is known before the task runs.
fn host_lines(
    scope: &Scope<'_>,
    asked: &Spanned<bool>,
    findings: &mut Findings<'_>,
) -> Vec<String> {
    let mut lines: IndexMap<&str, String> = IndexMap::new();
    let mut elsewhere: Vec<&str> = Vec::new();
    for (name, target, address) in scope.addresses.all(&scope.service.name) {
        let address = match address {
            Address::SameTask => "127.0.0.1",
            Address::Managed(managed) if managed.host.parse::<IpAddr>().is_ok() => &managed.host,
            Address::Managed(_) | Address::Unknown => {
                elsewhere.push(name);
                continue;
            }
            Address::OtherTask | Address::Dropped | Address::Ambient => continue,
        };
        findings.used.insert(target.to_owned());
        let line = lines.entry(target).or_insert_with(|| address.to_owned());
        line.push(' ');
        line.push_str(name);
    }
    if !elsewhere.is_empty() {
        let message = format!(
            "`{HOSTS}` gets no line for {}: the file takes addresses, and what takes {} place has a name",
            sentence(&elsewhere),
            if elsewhere.len() == 1 { "its" } else { "their" }
        );
        let warning = Diagnostic::warning(Code::DroppedHost, asked.span, message);
        findings.diagnostics.add(
            warning.help("where the image has the name in its configuration, let it read the address from a variable"),
        );
    }
    for line in lines.values() {
        let subject = format!("{} {HOSTS}", scope.service.name);
        let reason = "`hosts_file` has the names of the task written before the entrypoint starts, by `/bin/sh` of the image";
        findings.explain(asked.span, subject, (None, Some(line.clone())), reason);
    }
    lines.into_values().collect()
}
