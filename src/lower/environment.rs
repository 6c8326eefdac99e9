//! Variables and secrets of a container: hosts rewritten, the managed services' own added, secrets above values.

use indexmap::{IndexMap, IndexSet};

use super::replacement::{self, Moved};
use super::{Findings, Input, Scope, hosts, secrets};
use crate::compose::Service;
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::ecs::{ContainerDefinition, KeyValuePair};
use crate::overlay::Replacement;
use crate::redact::{holds_a_secret, mask_value, shows_a_secret};
use crate::source::{Span, Spanned};

/// A variable of the container so far: its text, where it stands, and where its name does.
pub(super) type Values = IndexMap<String, (Spanned<String>, Span)>;

/// Sets `environment` and `secrets`.
pub(super) fn lower(
    scope: &Scope<'_>,
    container: &mut ContainerDefinition,
    findings: &mut Findings<'_>,
) {
    let (mut values, moved) = rewritten(scope, findings);
    let named = moved.iter().map(|it| &it.service);
    let awaited = scope.service.depends_on.keys();
    let awaited = awaited.filter(|it| scope.placement.replaced.contains_key(*it));
    let reached = hosts::named_in_words(scope);
    let named = named.chain(awaited).map(String::as_str).chain(reached);
    let used: IndexSet<String> = named.map(str::to_owned).collect();
    let used: Vec<String> = used.into_iter().collect();
    findings.used.extend(used.iter().cloned());
    findings.delivered.extend(used.iter().cloned());
    let derived = replacement::rewrite(scope, (&moved, &used), &mut values, findings);
    for name in &used {
        add_environment(scope, name, &scope.placement.replaced[name], &mut values, findings);
    }
    let taken = secrets::lower(scope, (&used, derived), container, findings);
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
fn rewritten(scope: &Scope<'_>, findings: &mut Findings<'_>) -> (Values, Vec<Moved>) {
    let mut values = Values::new();
    let mut moved = Vec::new();
    for (name, variable) in &scope.service.environment {
        let rewritten = hosts::rewrite_variable(scope, name, &variable.value, findings);
        moved.extend(rewritten.moved(name, scope.addresses));
        if let Some(emulator) = rewritten.ambient {
            replacement::leave_out(scope, name, &variable.value, &emulator, findings);
            continue;
        }
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

/// Reports what the overlay says of texts that no service has. A service that is off may have them.
pub(super) fn check_wishes(input: Input<'_>, findings: &mut Findings<'_>) {
    let project = input.project;
    if !project.disabled.is_empty() {
        return;
    }
    let hosts = &input.overlay.hosts;
    for wish in hosts.rewrite.iter().chain(&hosts.keep) {
        if project.services.values().any(|it| has_text(it, &wish.value)) {
            continue;
        }
        let is_key = TEXTS.contains(&wish.value.as_str());
        let kind = if is_key { "a" } else { "the variable or label" };
        let message = format!("no service has {kind} `{}`", wish.value);
        let diagnostic = Diagnostic::error(Code::UndefinedReference, wish.span, message);
        let services = project.services.values();
        let names = services.flat_map(|it| it.environment.keys().chain(it.labels.keys()));
        findings.diagnostics.report(match did_you_mean(&wish.value, names.map(String::as_str)) {
            Some(candidate) => diagnostic.help(format!("did you mean `{candidate}`?")),
            None => diagnostic.help("take it out, or write it as the service does"),
        });
    }
}

/// What a wish of the overlay may be about besides variables and labels.
const TEXTS: [&str; 4] = ["command", "entrypoint", "healthcheck", "labels"];

/// Whether a service has the text that a wish of the overlay is about.
fn has_text(service: &Service, name: &str) -> bool {
    let is_key = TEXTS.contains(&name) && service.keys.contains_key(name);
    is_key || service.environment.contains_key(name) || service.labels.contains_key(name)
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
    // What stands in the way already says what to do.
    if !shows_a_secret(name, &value.value) || findings.diagnostics.has_error_at(value.span) {
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
