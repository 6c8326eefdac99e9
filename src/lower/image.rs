//! The image of a container: named by somebody, not only built on a laptop, pinned when its digest is known.

use super::{Findings, Scope};
use crate::diagnostic::{Code, Diagnostic};
use crate::ecs::ContainerDefinition;
use crate::source::Spanned;

/// Sets the image.
pub(super) fn lower(
    scope: &Scope<'_>,
    container: &mut ContainerDefinition,
    findings: &mut Findings<'_>,
) {
    let service = scope.service;
    let raw = scope.overlay.container_definition.as_ref();
    if raw.is_some_and(|it| it.field("image").is_some()) {
        return;
    }
    let Some(image) = &service.image else {
        if let Some(build) = service.build {
            let message =
                format!("the service `{}` is only built, and ECS can only pull", service.name);
            let diagnostic = Diagnostic::error(Code::MissingImage, build, message);
            let help = format!(
                "name the pushed image in the overlay: `services: {{ {}: {{ image: '{{{{ecr \"{}\"}}}}:{{{{branch}}}}' }} }}`",
                service.name, service.name
            );
            findings.diagnostics.report(diagnostic.help(help));
        }
        return;
    };
    check_reference(image, findings);
    if !findings.diagnostics.has_error_at(image.span) {
        warn_local(scope, image, findings);
    }
    let known = scope.input.facts.images.get(&image.value);
    container.image = match known.and_then(|it| it.digest.as_deref()) {
        Some(digest) if !image.value.contains('@') => pin(scope, image, digest, findings),
        Some(_) => image.value.clone(),
        None => {
            if !image.value.contains('@') && is_of_ecr(&image.value) {
                findings.needs.images.insert(image.value.clone());
            }
            image.value.clone()
        }
    };
}

/// Whether AWS can be asked about an image: `<account>.dkr.ecr.<region>.amazonaws.com/…`.
pub(super) fn is_of_ecr(image: &str) -> bool {
    let host = registry(image).unwrap_or_default();
    let host = host.strip_suffix(".cn").unwrap_or(host);
    let parts: Vec<&str> = host.split('.').collect();
    let is_account = |it: &str| it.len() == 12 && it.bytes().all(|it| it.is_ascii_digit());
    matches!(parts.as_slice(), [account, "dkr", "ecr", _, "amazonaws", "com"] if is_account(account))
}

fn pin(
    scope: &Scope<'_>,
    image: &Spanned<String>,
    digest: &str,
    findings: &mut Findings<'_>,
) -> String {
    let pinned = format!("{}@{digest}", image.value);
    findings.explain(
        image.span,
        format!("{} image", scope.service.name),
        (Some(image.value.clone()), Some(pinned.clone())),
        "the facts say which digest this tag stands for".to_owned(),
    );
    pinned
}

/// Refuses what Docker would not take for an image; the characters of one are a rule of ECS.
fn check_reference(image: &Spanned<String>, findings: &mut Findings<'_>) {
    let text = &image.value;
    let name = text.split_once('@').map_or(text.as_str(), |(name, _)| name);
    let (path, tag) = match name.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        _ => (name, None),
    };
    let (message, help) = if text.contains("{{") {
        // A template of the overlay that could not be rendered stands here as it was written.
        if findings.diagnostics.has_error_at(image.span) {
            return;
        }
        (
            format!("the image `{text}` holds a template"),
            "templates are only rendered in the overlay: set the image there",
        )
    } else if tag == Some("") {
        (
            format!("the image `{text}` has no tag behind its `:`"),
            "name a tag, or leave the `:` out",
        )
    } else if repository(path).contains(|it: char| it.is_ascii_uppercase()) {
        (
            format!("the repository of the image `{text}` has upper case letters"),
            "registries take lower case letters only; a tag may have others",
        )
    } else {
        return;
    };
    let diagnostic = Diagnostic::error(Code::InvalidValue, image.span, message);
    findings.diagnostics.report(diagnostic.help(help));
}

/// The host in front of a repository, if one is named.
pub(super) fn registry(path: &str) -> Option<&str> {
    let (first, _) = path.split_once('/')?;
    (first.contains('.') || first.contains(':') || first == "localhost").then_some(first)
}

fn repository(path: &str) -> &str {
    registry(path).map_or(path, |it| &path[it.len() + 1..])
}

/// An image of the author's own machine: built there and not pushed, or in a registry that runs there.
fn warn_local(scope: &Scope<'_>, image: &Spanned<String>, findings: &mut Findings<'_>) {
    let build = scope.service.build;
    let registry = registry(&image.value);
    let host = registry.map(|it| it.split(':').next().unwrap_or(it));
    let message = match host {
        Some("localhost" | "127.0.0.1") => {
            format!("`{}` names a registry of this machine, which ECS does not reach", image.value)
        }
        None if build.is_some() => format!(
            "`{}` is built here and names no registry: ECS would look for it on Docker Hub",
            image.value
        ),
        _ => return,
    };
    let mut warning = Diagnostic::warning(Code::LocalImage, image.span, message);
    if let Some(build) = build {
        warning = warning.label(build, "built here");
    }
    let help = "name the pushed image in the overlay, for example `'{{ecr \"app\"}}:{{branch}}'`";
    findings.diagnostics.add(warning.help(help));
}
