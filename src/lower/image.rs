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
    warn_local(scope, image, findings);
    container.image = match scope.input.facts.images.get(&image.value) {
        Some(digest) if !image.value.contains('@') => pin(scope, image, digest, findings),
        _ => image.value.clone(),
    };
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

/// An image that the Compose file builds and names without a registry was never pushed anywhere.
fn warn_local(scope: &Scope<'_>, image: &Spanned<String>, findings: &mut Findings<'_>) {
    let Some(build) = scope.service.build else {
        return;
    };
    let registry = image.value.split_once('/').map_or("", |(first, _)| first);
    if registry.contains('.') || registry.contains(':') || registry == "localhost" {
        return;
    }
    let message = format!(
        "`{}` is built here and names no registry: ECS would look for it on Docker Hub",
        image.value
    );
    let warning =
        Diagnostic::warning(Code::LocalImage, image.span, message).label(build, "built here");
    findings.diagnostics.add(
        warning.help(
            "name the pushed image in the overlay, for example `'{{ecr \"app\"}}:{{branch}}'`",
        ),
    );
}
