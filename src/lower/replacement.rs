//! A stand-in that is replaced -> what takes its place: where it is reached, who logs in, and what of its users changes.

mod advice;
mod amazon;
mod engine;
mod names;
mod stand_in;
mod variables;

pub(super) use advice::warn_tls;
pub(super) use amazon::{leave_out, report_missing_role};
pub(super) use names::{Part, is_port_of, part};
pub(super) use variables::{Derived, Moved, rewrite};

use super::hosts::Address;
use super::placement::Placement;
use super::{Findings, Input, Scope};
use crate::compose::Service;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::overlay::secret_reference::SecretReference;
use crate::overlay::{Login, Replacement, Target};
use crate::source::{Span, Spanned};

/// A managed service as the containers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Managed {
    pub(super) host: String,
    pub(super) port: Option<u16>,
    /// The port of the stand-in, as far as the file says it.
    pub(super) local_port: Option<u16>,
    pub(super) encryption: Encryption,
    pub(super) user: Option<User>,
    pub(super) password: Option<Spanned<SecretReference>>,
    pub(super) database: Option<Spanned<String>>,
    pub(super) bucket: Option<Spanned<String>>,
}

/// What a managed service asks of a connection that its stand-in did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encryption {
    /// Nothing more.
    Kept,
    /// TLS, as `rediss://` says it.
    Tls,
    /// HTTPS, as a service on port 443 speaks it.
    Https,
    /// HTTPS at an endpoint of AWS, which is written without a port.
    Aws,
}

/// The name somebody logs in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum User {
    Name(Spanned<String>),
    /// It stands in a secret, too.
    Secret(Spanned<SecretReference>),
}

/// Decides where a replaced service is reached; what nobody said is reported.
pub(super) fn address(
    input: Input<'_>,
    service: &Service,
    replacement: &Replacement,
    findings: &mut Findings<'_>,
) -> Address {
    engine::check(input.facts, service, replacement, findings.diagnostics);
    let plain = |host: &str, port: Option<u16>| Managed {
        host: host.to_owned(),
        port,
        local_port: local_port(service),
        encryption: Encryption::Kept,
        user: None,
        password: None,
        database: replacement.database.clone(),
        bucket: None,
    };
    let managed = match &replacement.target {
        Target::Drop => return Address::Dropped,
        Target::Aws => return Address::Ambient,
        Target::Address { host, port } => {
            let port = port.as_ref().map(|it| it.value);
            let encryption = match port {
                Some(443) => Encryption::Https,
                Some(5671) => Encryption::Tls,
                _ => Encryption::Kept,
            };
            Some(Managed { encryption, ..plain(&host.value, port) })
        }
        Target::Rds(identifier) => match input.facts.databases.get(&identifier.value) {
            Some(it) => Some(plain(&it.endpoint, it.port)),
            None => report_unknown(identifier, ("databases", "database", "rds"), findings),
        },
        Target::Elasticache(identifier) => match input.facts.caches.get(&identifier.value) {
            Some(it) => {
                let encryption = if it.tls { Encryption::Tls } else { Encryption::Kept };
                Some(Managed { encryption, ..plain(&it.endpoint, it.port) })
            }
            None => report_unknown(identifier, ("caches", "cache", "elasticache"), findings),
        },
        Target::S3(bucket) => amazon::endpoint(input, "s3", bucket.span, findings).map(|host| {
            let bucket = Some(bucket.clone());
            Managed { encryption: Encryption::Aws, bucket, ..plain(&host, Some(443)) }
        }),
        Target::DynamoDb(span) => amazon::endpoint(input, "dynamodb", *span, findings)
            .map(|host| Managed { encryption: Encryption::Aws, ..plain(&host, Some(443)) }),
    };
    let Some(managed) = managed else { return Address::Unknown };
    Address::Managed(Box::new(with_login(input, managed, replacement, findings)))
}

/// The port of a stand-in: the first that the file publishes or exposes.
fn local_port(service: &Service) -> Option<u16> {
    let published = service.ports.first().map(|it| it.target.value);
    published.or_else(|| service.expose.first().map(|it| it.value))
}

fn report_unknown(
    identifier: &Spanned<String>,
    (table, what, key): (&str, &str, &str),
    findings: &mut Findings<'_>,
) -> Option<Managed> {
    // A template that could not be rendered stands here as it was written.
    if findings.diagnostics.has_error_at(identifier.span) {
        return None;
    }
    let name = identifier.value.clone();
    let message = format!("nobody said where the {what} `{name}` is reached");
    let diagnostic = Diagnostic::error(Code::MissingFact, identifier.span, message);
    let overlay = format!("write `host: NAME` and `port: NUMBER` instead of `{key}`,");
    let facts =
        format!("or pass `--facts FILE` with `{table}` → `{name}` → `endpoint` and `port`,");
    let online = "or pass `--online` to look it up in AWS";
    findings.diagnostics.report(diagnostic.help(overlay).help(facts).help(online));
    match table {
        "caches" => findings.needs.caches.insert(name),
        _ => findings.needs.databases.insert(name),
    };
    None
}

/// Adds who logs in.
fn with_login(
    input: Input<'_>,
    managed: Managed,
    replacement: &Replacement,
    findings: &mut Findings<'_>,
) -> Managed {
    let secret = |reference: Spanned<SecretReference>| Managed {
        user: Some(User::Secret(key_of(&reference, "username"))),
        password: Some(key_of(&reference, "password")),
        ..managed.clone()
    };
    match &replacement.login {
        Login::Kept => managed,
        Login::Parts { user, password } => {
            Managed { user: user.clone().map(User::Name), password: password.clone(), ..managed }
        }
        Login::Secret(reference) => secret(reference.clone()),
        Login::Managed(span) => match master_secret(input, replacement, *span, findings) {
            Some(arn) => secret(Spanned::new(SecretReference::Arn(arn), *span)),
            None => managed,
        },
    }
}

/// The secret that RDS keeps for the master user of an instance whose endpoint is known.
fn master_secret(
    input: Input<'_>,
    replacement: &Replacement,
    span: Span,
    findings: &mut Findings<'_>,
) -> Option<String> {
    let Target::Rds(identifier) = &replacement.target else { return None };
    let name = &identifier.value;
    let secret = input.facts.databases.get(name).and_then(|it| it.secret.clone());
    if secret.is_none() {
        findings.needs.databases.insert(name.clone());
        let message = format!("nobody said which secret RDS keeps for the master user of `{name}`");
        let diagnostic = Diagnostic::error(Code::MissingFact, span, message);
        let instead = "write `credentials: \"secretsmanager:NAME\"`: an instance has a secret of its own only where RDS manages its password,";
        let facts = format!("or pass `--facts FILE` with `databases` → `{name}` → `secret`,");
        let online = "or pass `--online` to look it up in AWS";
        findings.diagnostics.report(diagnostic.help(instead).help(facts).help(online));
    }
    secret
}

/// The reference to one key of a secret.
fn key_of(reference: &Spanned<SecretReference>, key: &str) -> Spanned<SecretReference> {
    let value = match &reference.value {
        SecretReference::Arn(arn) => SecretReference::Arn(format!("{arn}:{key}::")),
        SecretReference::Secret { name, .. } => {
            SecretReference::Secret { name: name.clone(), key: Some(key.to_owned()) }
        }
        SecretReference::Parameter(name) => SecretReference::Parameter(name.clone()),
    };
    Spanned::new(value, reference.span)
}

/// Whether the overlay itself says what a variable of the service is: what is said so is not changed again.
pub(super) fn is_said(scope: &Scope<'_>, variable: &str) -> bool {
    let lists = [&scope.overlay.hosts, &scope.input.overlay.hosts];
    let is_in_overlay = |span: Span| span.file().is_some_and(|it| scope.input.files.contains(&it));
    let value = scope.service.environment.get(variable);
    value.is_some_and(|it| is_in_overlay(it.value.span))
        || scope.overlay.secrets.contains_key(variable)
        || lists.iter().any(|it| it.keep.iter().any(|it| it.value == variable))
}

/// Two databases, or buckets, of one stand-in that become the same hold each other's data.
pub(super) fn report_merged(placement: &Placement, findings: &mut Findings<'_>) {
    for (name, replacement) in &placement.replaced {
        let mut named = findings.merged.iter().filter(|((it, _), _)| it == name);
        let (Some(((_, first), one)), Some(((_, second), other))) = (named.next(), named.next())
        else {
            continue;
        };
        let (what, becomes) = match (&replacement.target, &replacement.database) {
            (Target::S3(bucket), _) => ("buckets", bucket),
            (_, Some(database)) => ("databases", database),
            _ => continue,
        };
        let message = format!(
            "`{first}` and `{second}` are two {what} of `{name}`, and both become `{}`",
            becomes.value
        );
        let warning = Diagnostic::warning(Code::ReplacementDiffers, *other, message)
            .label(*one, "the first")
            .label(becomes.span, "what they become");
        let help = "set the variable of one of them in the overlay to what it is to use";
        findings.diagnostics.add(warning.help(help));
    }
}

/// A database of a branch is new with the branch, and no deployment makes one.
pub(super) fn report_unmade(
    input: Input<'_>,
    placement: &Placement,
    diagnostics: &mut Diagnostics,
) {
    let plain = |text: &str| text.to_lowercase().replace(|it: char| !it.is_alphanumeric(), "_");
    let Some(slug) = input.environment.slug.as_deref().map(plain) else { return };
    let databases =
        placement.replaced.iter().filter_map(|(name, it)| Some((name, it.database.as_ref()?)));
    for (name, database) in databases.filter(|(_, it)| plain(&it.value).contains(&slug)) {
        let message = format!(
            "the database `{}` is one of this branch, and nothing here makes it",
            database.value
        );
        let note = Diagnostic::note(Code::ReplacementDiffers, database.span, message);
        diagnostics.add(note.help(format!(
            "let what uses `{name}` create it when it is missing, before its migrations"
        )));
    }
}
