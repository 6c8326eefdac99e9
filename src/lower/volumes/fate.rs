//! What becomes of the content of a volume that lives as long as its task.

use indexmap::IndexMap;

use crate::compose::volumes::{Mount, MountKind};
use crate::compose::{Project, Service};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::lower::Scope;
use crate::lower::placement::Placement;
use crate::source::Span;

/// Reports what a mount of a named volume loses.
pub(super) fn report(
    scope: &Scope<'_>,
    source: &str,
    mount: &Mount,
    diagnostics: &mut Diagnostics,
) {
    let definition = scope.input.project.volumes.get(source);
    let message = format!("the volume `{source}` is new and empty in every task, and gone with it");
    diagnostics.add(match definition.and_then(|it| it.kept_elsewhere) {
        Some(span) => {
            let warning = Diagnostic::warning(Code::EphemeralVolume, span, message);
            let warning = warning.at("what this keeps is not there");
            warning.label(mount.span, "mounted here").help(format!("keep it in Amazon EFS: `volumes: {{ {source}: {{ x-ecs: {{ efs: fs-… }} }} }}` in the overlay"))
        }
        None => Diagnostic::note(Code::EphemeralVolume, mount.span, message),
    });
    report_empty(scope, source, mount, diagnostics);
    report_owner(scope, source, mount, diagnostics);
    report_subpath(scope, source, mount, diagnostics);
}

/// The other mounts of a volume in the task, with their services.
fn others<'a>(
    scope: &Scope<'a>,
    source: &'a str,
) -> impl Iterator<Item = (&'a Service, &'a Mount)> {
    let (placement, name) = (scope.placement, scope.service.name.as_str());
    let services = scope.input.project.services.values();
    let services =
        services.filter(move |it| it.name != name && placement.share_task(name, &it.name));
    let mounts = services.flat_map(|it| it.mounts.iter().map(move |mount| (it, mount)));
    mounts.filter(move |(_, mount)| mount.source.as_deref() == Some(source))
}

/// Docker fills a new volume with what the image has there, and another service that only reads it may live on that.
fn report_empty(scope: &Scope<'_>, source: &str, mount: &Mount, diagnostics: &mut Diagnostics) {
    let fills = |(service, it): &(&Service, &Mount)| {
        !it.read_only && !it.nocopy && !scope.placement.awaited.contains(&service.name)
    };
    let Some((writer, other)) = others(scope, source).find(fills).filter(|_| mount.read_only)
    else {
        return;
    };
    let message = format!(
        "`{}` reads the volume `{source}`, which Docker Compose fills with what the image of `{}` has there and ECS does not",
        scope.service.name, writer.name
    );
    let warning = Diagnostic::warning(Code::EphemeralVolume, mount.span, message);
    let warning = warning.label(other.span, format!("`{}`", writer.name));
    diagnostics.add(warning.help(format!(
        "write `VOLUME {}` in the Dockerfile of `{}`, or let it copy the files there when it starts",
        other.target, writer.name
    )));
}

/// A volume of a task belongs to root, unless the image declares it.
fn report_owner(scope: &Scope<'_>, source: &str, mount: &Mount, diagnostics: &mut Diagnostics) {
    let user = scope.service.text("user").filter(|it| !crate::lower::wrapper::is_root(it.value));
    let Some(user) = user.filter(|_| !mount.read_only) else { return };
    let message = format!(
        "the volume `{source}` belongs to root, and `{}` runs as `{}`",
        scope.service.name, user.value
    );
    let warning = Diagnostic::warning(Code::EphemeralVolume, mount.span, message);
    let warning = warning.label(user.span, "this user may not write there");
    diagnostics.add(warning.help(format!(
        "give `{}` to the user in the Dockerfile and declare it there: `VOLUME {}`",
        mount.target, mount.target
    )));
}

/// A folder of a volume becomes a volume of its own, which who mounts all of it does not see.
fn report_subpath(scope: &Scope<'_>, source: &str, mount: &Mount, diagnostics: &mut Diagnostics) {
    let Some(subpath) = &mount.subpath else { return };
    let path = |it: &Mount| it.subpath.as_ref().map_or("", |it| it.value.as_str()).to_owned();
    let apart = others(scope, source).find(|(_, it)| path(it) != subpath.value);
    let message = format!(
        "the folder `{}` of the volume `{source}` becomes a volume of its own",
        subpath.value
    );
    diagnostics.add(match apart {
        Some((service, other)) => {
            let warning = Diagnostic::warning(Code::EphemeralVolume, subpath.span, message);
            let text = format!("`{}` does not see it here", service.name);
            warning.label(other.span, text).help("mount the same folder in both")
        }
        None => Diagnostic::note(Code::EphemeralVolume, subpath.span, message),
    });
}

/// Two tasks that name one volume get two: what one writes the other never sees.
pub(in crate::lower) fn report_shared(
    project: &Project,
    placement: &Placement,
    diagnostics: &mut Diagnostics,
) {
    let mut users: IndexMap<&str, (&str, Span)> = IndexMap::new();
    for service in project.services.values().filter(|it| placement.is_container(&it.name)) {
        for mount in service.mounts.iter().filter(|it| it.kind == MountKind::Volume) {
            let Some(volume) = mount.source.as_deref() else { continue };
            if project.volumes.get(volume).is_some_and(|it| it.extension.is_some()) {
                continue;
            }
            let (first, span) = *users.entry(volume).or_insert((&service.name, mount.span));
            if !placement.share_task(first, &service.name) {
                let message = format!(
                    "`{first}` and `{}` run in two tasks, and each gets a volume `{volume}` of its own",
                    service.name
                );
                let warning = Diagnostic::warning(Code::OtherTask, mount.span, message)
                    .label(span, format!("`{first}`"));
                diagnostics
                    .add(warning.help("keep both in one task to share it, or in Amazon EFS"));
            }
        }
    }
}
