//! Variables and secrets of a container: hosts rewritten, the managed services' own added, secrets above values.

use indexmap::IndexMap;

use super::hosts::{self, Address};
use super::{Findings, Scope, secrets};
use crate::compose::Service;
use crate::diagnostic::{Code, Diagnostic};
use crate::ecs::{ContainerDefinition, KeyValuePair};
use crate::overlay::Replacement;
use crate::redact::{holds_a_secret, mask_value, passwords_in};
use crate::source::{Span, Spanned};

/// A variable of the container so far: its text, where it stands, and where its name does.
type Values = IndexMap<String, (Spanned<String>, Span)>;

/// Sets `environment` and `secrets`.
pub(super) fn lower(
    scope: &Scope<'_>,
    container: &mut ContainerDefinition,
    findings: &mut Findings<'_>,
) {
    let (mut values, moved) = rewritten(scope, findings);
    let mut used: Vec<String> = Vec::new();
    for (_, name) in &moved {
        if !used.contains(name) {
            used.push(name.clone());
        }
    }
    for name in scope.service.depends_on.keys() {
        if scope.placement.replaced.contains_key(name) && !used.contains(name) {
            used.push(name.clone());
        }
    }
    findings.used.extend(used.iter().cloned());
    rewrite_ports(scope, &moved, &mut values, findings);
    for name in &used {
        add_environment(scope, name, &scope.placement.replaced[name], &mut values, findings);
    }
    let taken = secrets::lower(scope, &used, container, findings);
    drop_file_variables(scope, &taken, &mut values, findings);
    for (name, span) in &taken {
        if let Some((value, key_span)) = values.shift_remove(name) {
            let message = format!("the secret `{name}` takes the place of the variable");
            let note = Diagnostic::note(Code::SecretOverridesEnvironment, *span, message);
            let place = if value.span.file().is_some() { key_span } else { value.span };
            findings.diagnostics.add(note.label(place, "the variable"));
        }
    }
    for (name, (value, _)) in &values {
        warn_plaintext(name, value, findings);
    }
    container.environment = values
        .into_iter()
        .map(|(name, (value, _))| KeyValuePair { name, value: value.value })
        .collect();
}

/// All variables with their hosts rewritten, and which of them name which managed service.
fn rewritten(scope: &Scope<'_>, findings: &mut Findings<'_>) -> (Values, Vec<(String, String)>) {
    let mut values = Values::new();
    let mut moved = Vec::new();
    for (name, variable) in &scope.service.environment {
        let rewritten = hosts::rewrite_variable(scope, name, &variable.value, findings);
        moved.extend(rewritten.managed.into_iter().map(|it| (name.clone(), it)));
        values.insert(
            name.clone(),
            (Spanned::new(rewritten.text, variable.value.span), variable.key_span),
        );
    }
    for wish in scope.overlay.hosts.rewrite.iter().chain(&scope.overlay.hosts.keep) {
        if !has_text(scope.service, &wish.value) {
            let kind = if TEXTS.contains(&wish.value.as_str()) { "" } else { "variable or label " };
            let message =
                format!("the service `{}` has no {kind}`{}`", scope.service.name, wish.value);
            findings.diagnostics.report(Diagnostic::error(
                Code::UndefinedReference,
                wish.span,
                message,
            ));
        }
    }
    (values, moved)
}

/// What a wish of the overlay may be about besides variables and labels.
const TEXTS: [&str; 4] = ["command", "entrypoint", "healthcheck", "labels"];

/// Whether a service has the text that a wish of the overlay is about.
fn has_text(service: &Service, name: &str) -> bool {
    let is_key = TEXTS.contains(&name) && service.keys.contains_key(name);
    is_key || service.environment.contains_key(name) || service.labels.contains_key(name)
}

/// `DB_HOST` moved to a managed service takes `DB_PORT` with it; `moved` is each such variable with its service.
fn rewrite_ports(
    scope: &Scope<'_>,
    moved: &[(String, String)],
    values: &mut Values,
    findings: &mut Findings<'_>,
) {
    for (variable, name) in moved {
        let Some((_, Address::Managed { host, port: Some(port), .. })) =
            scope.addresses.of(&scope.service.name, name)
        else {
            continue;
        };
        // A URL holds its own port.
        if values.get(variable).is_none_or(|(value, _)| value.value != *host) {
            continue;
        }
        let Some(sibling) = port_sibling(variable) else { continue };
        let Some((value, _)) = values.get_mut(&sibling) else { continue };
        if value.value.parse::<u16>().is_ok_and(|it| it != *port) {
            let change = (Some(value.value.clone()), Some(port.to_string()));
            let subject = format!("{} {sibling}", scope.service.name);
            let reason = format!("`{name}` is replaced by a managed service on this port");
            findings.explain(value.span, subject, change, reason);
            value.value = port.to_string();
        }
    }
}

/// `DB_PORT` for `DB_HOST`, `PGPORT` for `PGHOST`, `dbPort` for `dbHost`.
pub(super) fn port_sibling(name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let stem = lower.strip_suffix("hostname").or_else(|| lower.strip_suffix("host"))?;
    let (stem, host) = name.split_at(stem.len());
    let port = match host.as_bytes() {
        [b'H', b'O', ..] => "PORT",
        [b'H', ..] => "Port",
        _ => "port",
    };
    Some(format!("{stem}{port}"))
}

fn add_environment(
    scope: &Scope<'_>,
    name: &str,
    replacement: &Replacement,
    values: &mut Values,
    findings: &mut Findings<'_>,
) {
    for (key, value) in &replacement.environment {
        let before = values.insert(key.clone(), (value.clone(), value.span));
        findings.explain(
            value.span,
            format!("{} {key}", scope.service.name),
            (before.map(|(it, _)| mask_value(key, &it.value)), Some(mask_value(key, &value.value))),
            format!("the overlay replaces `{name}`, which this service uses"),
        );
    }
}

/// `X_FILE=/run/secrets/x` beside a secret `X` points at nothing, and images refuse to be given both.
fn drop_file_variables(
    scope: &Scope<'_>,
    taken: &IndexMap<String, Span>,
    values: &mut Values,
    findings: &mut Findings<'_>,
) {
    for name in taken.keys() {
        let file = format!("{name}_FILE");
        let is_granted = |path: &str| {
            path.starts_with("/run/secrets/")
                || scope.service.secrets.iter().any(|it| secrets::path_of(it) == path)
        };
        if values.get(&file).is_some_and(|(value, _)| is_granted(&value.value))
            && let Some((value, _)) = values.shift_remove(&file)
        {
            let subject = format!("{} {file}", scope.service.name);
            let reason = format!("the secret reaches the container as `{name}`");
            findings.explain(value.span, subject, (Some(value.value), None), reason);
        }
    }
}

/// A password in a definition can be read by everyone who may describe it.
fn warn_plaintext(name: &str, value: &Spanned<String>, findings: &mut Findings<'_>) {
    let secret = holds_a_secret(name, &value.value);
    let embedded = !secret && !passwords_in(&value.value).is_empty();
    if !secret && !embedded {
        return;
    }
    let message = if secret {
        format!("the value of `{name}` can be read in the task definition")
    } else {
        format!("the password in `{name}` can be read in the task definition")
    };
    let warning = Diagnostic::warning(Code::PlaintextSecret, value.span, message);
    let help = format!(
        "store it, and write `x-ecs: {{ secrets: {{ {name}: \"ssm:/path/name\" }} }}` for the service"
    );
    findings.diagnostics.add(warning.help(help));
}

#[cfg(test)]
mod tests {
    use super::port_sibling;

    #[test]
    fn the_port_of_a_host_is_called_like_it() {
        for (host, port) in [
            ("DB_HOST", Some("DB_PORT")),
            ("PGHOST", Some("PGPORT")),
            ("db.hostname", Some("db.port")),
            ("dbHost", Some("dbPort")),
            ("ÉHOST-", None),
            ("DB_HOSTS", None),
        ] {
            assert_eq!(port_sibling(host).as_deref(), port, "{host}");
        }
    }
}
