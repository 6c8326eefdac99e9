//! Images that may be another one tomorrow, or that are made for another processor.

use super::super::image::registry;
use super::Subject;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

/// Warns of `latest` and of no tag at all, unless the facts pin the image.
pub(super) fn check_tag(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    let service = subject.scope.service;
    let Some(image) = &service.image else { return };
    // One that is only built here has a warning of its own.
    let is_local = service.build.is_some() && registry(&image.value).is_none();
    // What the raw fields say, or the facts pinned, is not what the file says.
    let is_other = subject.container.image != image.value;
    if is_local || is_other || image.value.contains('@') || diagnostics.has_error_at(image.span) {
        return;
    }
    let (name, tag) = parts(&image.value);
    let message = match tag {
        None => format!("`{}` names no tag, which means `latest`", image.value),
        Some("latest") => format!("`{}` is another image whenever somebody pushes", image.value),
        Some(_) => return,
    };
    let warning = Diagnostic::warning(Code::FloatingTag, image.span, message);
    let warning = warning.at("what starts tomorrow may not be what was tested");
    diagnostics.add(warning.help(format!("name the version that was tested: `{name}:VERSION`")));
}

/// Repository and tag.
fn parts(image: &str) -> (&str, Option<&str>) {
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (image, None),
    }
}

/// Warns where the name of an image, or the platforms it is built for, say that it cannot start.
pub(super) fn check_architecture(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    let service = subject.scope.service;
    let platform = subject.definition.runtime_platform.as_ref();
    let Some(wanted) = platform.and_then(|it| it.cpu_architecture.as_deref()) else { return };
    let chosen = subject.scope.input.overlay.platform.architecture.as_ref();
    let report = |diagnostic: Diagnostic, diagnostics: &mut Diagnostics| {
        let diagnostic = match chosen {
            Some(chosen) => diagnostic.label(chosen.span, "chosen here"),
            None => diagnostic,
        };
        diagnostics.add(diagnostic);
    };
    if let Some(image) = &service.image
        && let Some(made_for) = of_image(&image.value)
        && made_for != wanted
    {
        let message =
            format!("`{}` is made for {made_for}, and the task runs on {wanted}", image.value);
        let warning = Diagnostic::warning(Code::Architecture, image.span, message);
        let help = "take the image that is made for both, or choose `platform: { architecture: … }` under `x-ecs`";
        report(warning.help(help), diagnostics);
    }
    let built: Vec<&str> =
        service.build_platforms.iter().filter_map(|it| of_platform(&it.value)).collect();
    if let Some(first) = service.build_platforms.first()
        && !built.contains(&wanted)
        && !built.is_empty()
        // What the service asks for itself is compared with them already.
        && service.text("platform").is_none()
    {
        let message = format!(
            "`{}` is built for other processors than {wanted}, which the task runs on",
            service.name
        );
        let warning = Diagnostic::warning(Code::Architecture, first.span, message);
        let platform = if wanted == "ARM64" { "linux/arm64" } else { "linux/amd64" };
        report(warning.help(format!("add `{platform}` to `platforms`")), diagnostics);
    }
}

/// What a name such as `arm64v8/nginx:1` or `app:1-amd64` says.
fn of_image(image: &str) -> Option<&'static str> {
    let (name, tag) = parts(image.split('@').next().unwrap_or_default());
    let owner = name.split_once('/').map(|(owner, _)| owner);
    let end = tag.and_then(|it| it.rsplit('-').next());
    [owner, end].into_iter().flatten().find_map(of_word)
}

fn of_platform(platform: &str) -> Option<&'static str> {
    of_word(platform.trim_start_matches("linux/").split('/').next()?)
}

/// In ECS's words.
fn of_word(word: &str) -> Option<&'static str> {
    match word {
        "amd64" | "x86_64" => Some("X86_64"),
        "arm64" | "arm64v8" | "aarch64" => Some("ARM64"),
        _ => None,
    }
}
