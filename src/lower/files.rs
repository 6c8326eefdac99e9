//! Configs, secrets and named bind mounts as files: written where Docker Compose would mount them.

mod collect;
mod folder;
mod helper;
mod text;

pub(crate) use collect::wanted;
pub(super) use helper::Delivery;

use super::volumes::TaskVolumes;
use super::wrapper::{self, File, Process};
use super::{Findings, Scope};
use crate::diagnostic::{Code, Diagnostic};
use crate::ecs::ContainerDefinition;
use crate::source::Span;

/// Who writes a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// The container itself, before its entrypoint.
    Wrapper,
    /// A container that runs before it, into a volume that both mount.
    Helper,
}

/// Gives one container its files, and the names of hosts that are written the same way.
pub(super) fn lower(
    scope: &Scope<'_>,
    container: &mut ContainerDefinition,
    (volumes, delivery): (&mut TaskVolumes, &mut Delivery),
    findings: &mut Findings<'_>,
) {
    let process = wrapper::process(scope, container);
    let (mut written, mut mounted) = (Vec::new(), Vec::new());
    for file in collect::files(scope, findings) {
        match way(scope, &file, (process.as_ref(), &mounted), findings) {
            Some(Way::Wrapper) => written.push(file),
            Some(Way::Helper) => mounted.push(file),
            None => {}
        }
    }
    delivery.mount(scope, container, (volumes, mounted), findings);
    wrapper::lower(scope, container, process, &written, findings);
}

/// Decides for one file. A folder that only exists for such files is mounted: that needs nothing of the image. Elsewhere a
/// mount hides what the image has, so the container writes the file itself when it is known what it runs and it may.
fn way(
    scope: &Scope<'_>,
    file: &File,
    (process, mounted): (Option<&Process>, &[File]),
    findings: &mut Findings<'_>,
) -> Option<Way> {
    let folder = folder::of(&file.path);
    let is_free = folder::mount_in(scope, folder).is_none();
    if folder::is_for_files(folder) && is_free {
        return Some(Way::Helper);
    }
    if let Some(span) = folder::read_only_mount(scope, &file.path) {
        refuse_closed(scope, file, span, findings);
        return None;
    }
    if process.is_none() {
        wrapper::ask(scope, findings);
    }
    let can_mount = is_free && folder::may_be_hidden(scope, folder);
    let is_closed =
        wrapper::read_only(scope).is_some() && !folder::is_writable_mount(scope, &file.path);
    let user = wrapper::user(scope).filter(|(it, _)| !wrapper::is_root(it));
    let can_write = process.is_some() && !is_closed;
    if can_write && (user.is_none() || !can_mount) {
        if let Some((user, place)) = user {
            warn_user(scope, file, (user, place), findings);
        }
        return Some(Way::Wrapper);
    }
    if can_mount {
        if mounted.iter().all(|it| folder::of(&it.path) != folder) {
            warn_hidden(scope, file, process.is_some(), findings);
        }
        return Some(Way::Helper);
    }
    refuse(scope, file, process.is_some(), findings);
    None
}

fn warn_user(
    scope: &Scope<'_>,
    file: &File,
    (user, place): (&str, Option<Span>),
    findings: &mut Findings<'_>,
) {
    let message = format!(
        "`{}` writes `{}` itself before it starts, as `{user}`",
        scope.service.name, file.path
    );
    let warning = Diagnostic::warning(Code::FileDelivery, file.span, message);
    let warning = match place {
        Some(span) => warning.label(span, "this user has to be allowed to"),
        None => warning,
    };
    let help = "let the image give the folder to the user, or let the file be in a folder of its own below `/run/configs`";
    findings.diagnostics.add(warning.help(help));
}

fn warn_hidden(scope: &Scope<'_>, file: &File, is_known: bool, findings: &mut Findings<'_>) {
    let folder = folder::of(&file.path);
    let message = format!(
        "what the image of `{}` has in `{folder}` is hidden by the files that are mounted there",
        scope.service.name
    );
    let warning = Diagnostic::warning(Code::FileDelivery, file.span, message);
    let warning =
        warning.help("where the image's own files are needed too, copy this one into the image,");
    findings.diagnostics.add(if is_known {
        warning.help("or let the container run as root with a file system that it can write to")
    } else {
        let service = &scope.service.name;
        warning.help(format!("or say what it runs, so that the file is written before: `services: {{ {service}: {{ entrypoint: […], command: […] }} }}` in the overlay, or facts of the image"))
    });
}

fn refuse_closed(scope: &Scope<'_>, file: &File, mount: Span, findings: &mut Findings<'_>) {
    let message =
        format!("{} cannot be written to `{}` in `{}`", file.what, file.path, scope.service.name);
    let diagnostic = Diagnostic::error(Code::FileDelivery, file.span, message);
    let diagnostic = diagnostic.label(mount, "this is mounted there, and nobody may write to it");
    let help = "mount it without `ro`, or let the file be in a folder of its own, such as `/run/configs/NAME`, and tell the program so";
    findings.diagnostics.report(diagnostic.help(help));
}

fn refuse(scope: &Scope<'_>, file: &File, is_known: bool, findings: &mut Findings<'_>) {
    let (service, folder) = (scope.service, folder::of(&file.path));
    let message =
        format!("{} cannot be written to `{}` in `{}`", file.what, file.path, service.name);
    let code = if is_known { Code::FileDelivery } else { Code::MissingFact };
    let diagnostic = Diagnostic::error(code, file.span, message);
    let diagnostic = match folder::mount_in(scope, folder) {
        Some(span) => diagnostic.label(span, "this is mounted there, so the folder cannot be"),
        None => {
            diagnostic.at(format!("a mount over `{folder}` would hide what the image needs there"))
        }
    };
    let own =
        "or let it be in a folder of its own, such as `/run/configs/NAME`, and tell the program so";
    if !is_known {
        let diagnostic = wrapper::unknown(scope, diagnostic, findings);
        findings.diagnostics.report(diagnostic.help(own));
        return;
    }
    let diagnostic = match wrapper::read_only(scope) {
        Some(span) => diagnostic.label(span, "and the container cannot write it"),
        None => diagnostic,
    };
    let help = format!("{},", wrapper::opened(scope));
    findings.diagnostics.report(diagnostic.help(help).help(own));
}
