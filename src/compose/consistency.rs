//! What must hold between the parts of a project (`reference/compose.md`, 1.11, part B).

use super::volumes::MountKind;
use super::{Project, Service};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean};
use crate::source::Span;

/// Reports every name that nothing defines, services without an image, and circles.
pub(super) fn check(project: &Project, diagnostics: &mut Diagnostics) {
    for service in project.services.values() {
        check_image(service, diagnostics);
        check_dependencies(project, service, diagnostics);
        check_volumes(project, service, diagnostics);
        for (grants, defined, kind) in [
            (&service.secrets, &project.secrets, "secret"),
            (&service.configs, &project.configs, "config"),
        ] {
            for grant in grants.iter().filter(|it| !defined.contains_key(&it.source.value)) {
                let names = defined.keys().map(String::as_str);
                undefined(kind, &grant.source.value, grant.source.span, names, diagnostics);
            }
        }
        for (name, (span, _)) in &service.networks {
            if name != "default" && !project.networks.contains_key(name) {
                undefined(
                    "network",
                    name,
                    *span,
                    project.networks.keys().map(String::as_str),
                    diagnostics,
                );
            }
        }
    }
    check_cycles(project, diagnostics);
}

fn undefined<'a>(
    kind: &str,
    name: &str,
    span: Span,
    defined: impl Iterator<Item = &'a str>,
    diagnostics: &mut Diagnostics,
) {
    let diagnostic =
        Diagnostic::error(Code::UndefinedReference, span, format!("there is no {kind} `{name}`"));
    diagnostics.report(match did_you_mean(name, defined) {
        Some(candidate) => diagnostic.help(format!("did you mean `{candidate}`?")),
        None => diagnostic.help(format!("define it under the top-level `{kind}s:`")),
    });
}

fn check_image(service: &Service, diagnostics: &mut Diagnostics) {
    if service.image.is_none() && service.build.is_none() && !service.keys.contains_key("provider")
    {
        let message =
            format!("the service `{}` has neither an `image` nor a `build`", service.name);
        let diagnostic = Diagnostic::error(Code::MissingImage, service.span, message);
        diagnostics.report(diagnostic.help("name an image, in this file or in the overlay"));
    }
}

fn check_dependencies(project: &Project, service: &Service, diagnostics: &mut Diagnostics) {
    for (name, dependency) in service.depends_on.iter().filter(|(_, it)| it.required) {
        if project.services.contains_key(name) {
            continue;
        }
        let message = format!("the service `{}` depends on `{name}`", service.name);
        if let Some(profiles) = project.disabled.get(name) {
            let message = format!(
                "{message}, which is off: no profile of [{}] is active",
                profiles.join(", ")
            );
            let diagnostic = Diagnostic::error(Code::UndefinedReference, dependency.span, message);
            let help =
                format!("turn it on with `--profile {}`, or write `required: false`", profiles[0]);
            diagnostics.report(diagnostic.help(help));
        } else {
            let diagnostic = Diagnostic::error(
                Code::UndefinedReference,
                dependency.span,
                format!("{message}, which does not exist"),
            );
            let names = project.services.keys().map(String::as_str);
            diagnostics.report(match did_you_mean(name, names) {
                Some(candidate) => diagnostic.help(format!("did you mean `{candidate}`?")),
                None => diagnostic.help("name a service of this project"),
            });
        }
    }
}

fn check_volumes(project: &Project, service: &Service, diagnostics: &mut Diagnostics) {
    for mount in service.mounts.iter().filter(|it| it.kind == MountKind::Volume) {
        if let Some(name) = mount.source.as_ref().filter(|it| !project.volumes.contains_key(*it)) {
            undefined(
                "volume",
                name,
                mount.span,
                project.volumes.keys().map(String::as_str),
                diagnostics,
            );
        }
    }
}

fn check_cycles(project: &Project, diagnostics: &mut Diagnostics) {
    let mut finished: Vec<bool> = vec![false; project.services.len()];
    for start in 0..project.services.len() {
        let mut trail: Vec<(usize, usize)> = vec![(start, 0)];
        while let Some((service, next)) = trail.last_mut().filter(|(it, _)| !finished[*it]) {
            let dependencies = &project.services[*service].depends_on;
            let Some((name, dependency)) = dependencies.get_index(*next) else {
                finished[*service] = true;
                trail.pop();
                continue;
            };
            *next += 1;
            let Some(target) = project.services.get_index_of(name) else {
                continue;
            };
            if let Some(first) = trail.iter().position(|(it, _)| *it == target) {
                report_cycle(project, &trail[first..], dependency.span, diagnostics);
                return;
            }
            if !finished[target] {
                trail.push((target, 0));
            }
        }
    }
}

fn report_cycle(
    project: &Project,
    circle: &[(usize, usize)],
    span: Span,
    diagnostics: &mut Diagnostics,
) {
    let name = |index: usize| project.services[index].name.as_str();
    let mut names: Vec<&str> = circle.iter().map(|(index, _)| name(*index)).collect();
    names.push(name(circle[0].0));
    let message = format!("services wait for each other: {}", names.join(" -> "));
    let mut diagnostic =
        Diagnostic::error(Code::DependencyCycle, span, message).at("this closes the circle");
    for (index, next) in &circle[..circle.len() - 1] {
        let dependencies = &project.services[*index].depends_on;
        if let Some((_, dependency)) = dependencies.get_index(next - 1) {
            diagnostic = diagnostic.label(dependency.span, "");
        }
    }
    diagnostics.report(diagnostic.help("take one of these dependencies out"));
}
