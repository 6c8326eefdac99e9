//! References to secrets -> ARNs that ECS resolves when the task starts. Values never pass through here.

use indexmap::IndexMap;

use super::replacement::Derived;
use super::{Findings, Input, Scope};
use crate::compose::secrets::{Definition, Grant};
use crate::diagnostic::{Code, Diagnostic};
use crate::ecs::{ContainerDefinition, Secret};
use crate::overlay::secret_reference::{self, SecretReference};
use crate::source::{Span, Spanned};

/// Sets `secrets`; gives back their names and where each comes from.
pub(super) fn lower(
    scope: &Scope<'_>,
    (used, derived): (&[String], Derived),
    container: &mut ContainerDefinition,
    findings: &mut Findings<'_>,
) -> IndexMap<String, Span> {
    let mut references = derived;
    for name in used {
        for (variable, reference) in &scope.placement.replaced[name].secrets {
            let reason = format!("the overlay replaces `{name}`, which this service uses");
            references.insert(variable.clone(), (reference.clone(), reason));
        }
    }
    for grant in &scope.service.secrets {
        // What takes the place of a stand-in brings its own password, and what the overlay says of a variable holds.
        let is_open =
            |it: &String| !references.contains_key(it) && !scope.overlay.secrets.contains_key(it);
        let open: Vec<String> = variables(scope, grant).filter(is_open).collect();
        if open.is_empty() {
            continue;
        }
        if let Some(reference) = granted(scope, grant, findings) {
            let reason = format!("the service is granted the secret `{}`", grant.source.value);
            references.extend(open.into_iter().map(|it| (it, (reference.clone(), reason.clone()))));
        }
    }
    for (variable, reference) in &scope.overlay.secrets {
        references.insert(variable.clone(), (reference.clone(), "the overlay says so".to_owned()));
    }
    let mut taken = IndexMap::new();
    for (name, (reference, reason)) in references {
        taken.insert(name.clone(), reference.span);
        let Some(value_from) = arn(scope.input, &reference, findings) else {
            continue;
        };
        let subject = format!("{} {name}", scope.service.name);
        findings.explain(reference.span, subject, (None, Some(value_from.clone())), reason);
        container.secrets.push(Secret { name, value_from });
    }
    taken
}

/// Where ECS finds a Compose secret: its overlay says so.
pub(super) fn granted(
    scope: &Scope<'_>,
    grant: &Grant,
    findings: &mut Findings<'_>,
) -> Option<Spanned<SecretReference>> {
    let definition = scope.input.project.secrets.get(&grant.source.value)?;
    if definition.extension.is_some() {
        return reference(definition, findings);
    }
    let name = &grant.source.value;
    let message = format!("the secret `{name}` only exists on the laptop");
    let diagnostic = Diagnostic::error(Code::SecretReference, grant.source.span, message);
    let help = format!(
        "write `secrets: {{ {name}: {{ x-ecs: \"ssm:/path/name\" }} }}` at the top of the overlay"
    );
    findings.diagnostics.report(diagnostic.label(definition.span, "defined here").help(help));
    None
}

/// The reference in the `x-ecs` of a secret or config.
pub(super) fn reference(
    definition: &Definition,
    findings: &mut Findings<'_>,
) -> Option<Spanned<SecretReference>> {
    secret_reference::decode(definition.extension.as_ref()?, findings.diagnostics).ok()
}

/// The variables `X` that take the place of the file, where the service reads `X_FILE=/run/secrets/<target>`: images that
/// know the one know the other.
fn variables<'a>(scope: &Scope<'a>, grant: &Grant) -> impl Iterator<Item = String> + use<'a> {
    let path = path_of(grant);
    let variables = scope.service.environment.iter();
    let files = variables.filter(move |(_, it)| it.value.value == path);
    files.filter_map(|(name, _)| of_file(name).map(str::to_owned))
}

/// `X` of `X_FILE`.
fn of_file(name: &str) -> Option<&str> {
    name.strip_suffix("_FILE").filter(|it| !it.is_empty())
}

/// Whether somebody looks for the file: no variable takes its place, or something else names its path too.
pub(super) fn needs_file(scope: &Scope<'_>, grant: &Grant) -> bool {
    let (service, path) = (scope.service, path_of(grant));
    let names = |text: &str| {
        let ends =
            |it: &str| !it.starts_with(|it: char| it.is_alphanumeric() || "_-./".contains(it));
        text.match_indices(&path).any(|(at, _)| ends(&text[at + path.len()..]))
    };
    let check = service.healthcheck.iter().flat_map(|it| &it.test);
    let words = service.command.iter().chain(&service.entrypoint).flatten().chain(check);
    let is_other =
        |(name, it): (&String, &str)| names(it) && (it != path || of_file(name).is_none());
    let mut values = service.environment.iter().map(|(name, it)| (name, it.value.value.as_str()));
    variables(scope, grant).next().is_none()
        || values.any(is_other)
        || words.map(|it| it.value.as_str()).any(names)
}

/// Where the service finds the secret on the laptop.
pub(super) fn path_of(grant: &Grant) -> String {
    let target = grant.target.as_deref().unwrap_or(&grant.source.value);
    if target.starts_with('/') { target.to_owned() } else { format!("/run/secrets/{target}") }
}

/// The form that ECS takes (`ecs-rules.md`, Roles, secrets, environment).
pub(super) fn arn(
    input: Input<'_>,
    reference: &Spanned<SecretReference>,
    findings: &mut Findings<'_>,
) -> Option<String> {
    match &reference.value {
        SecretReference::Arn(arn) => Some(arn.clone()),
        SecretReference::Parameter(name) => {
            let (Some(region), Some(account)) = (input.region(), input.account()) else {
                findings.needs.region |= input.region().is_none();
                findings.needs.account |= input.account().is_none();
                // A bare name is a parameter of the task's own region.
                return Some(name.clone());
            };
            let separator = if name.starts_with('/') { "" } else { "/" };
            Some(input.arn("ssm", region, account, &format!("parameter{separator}{name}")))
        }
        SecretReference::Secret { name, key } => {
            let suffix = key.as_ref().map(|it| format!(":{it}::")).unwrap_or_default();
            if let Some(arn) = input.facts.secrets.get(name) {
                return Some(format!("{arn}{suffix}"));
            }
            findings.needs.secrets.insert(name.clone());
            let needed_by = "the ARN of a secret";
            let region = input.required_region(reference.span, needed_by, findings);
            let account = input.required_account(reference.span, needed_by, findings);
            Some(input.arn(
                "secretsmanager",
                &region?,
                &account?,
                &format!("secret:{name}{suffix}"),
            ))
        }
    }
}
