//! Mounts: named and anonymous volumes belong to the task, tmpfs stays, what the host holds is left out with a word.

use super::{Findings, Scope, container_name};
use crate::compose::volumes::{Mount, MountKind};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::ecs::{ContainerDefinition, LinuxParameters, MountPoint, Tmpfs, Volume, VolumeFrom};
use crate::source::{Span, Spanned};

/// What a tmpfs without a size gets, in MiB: ECS wants a number, Docker takes half of the host's memory.
const DEFAULT_TMPFS: i32 = 64;

const MEBIBYTE: u64 = 1024 * 1024;

/// Sets `mountPoints`, `volumesFrom` and the tmpfs of one container; adds its volumes to the task's.
pub(super) fn lower(
    scope: &Scope<'_>,
    container: &mut ContainerDefinition,
    volumes: &mut Vec<Volume>,
    findings: &mut Findings<'_>,
) {
    for mount in &scope.service.mounts {
        match mount.kind {
            MountKind::Bind => {
                let before = Some(mount.target.clone());
                let subject = format!("{} volumes", scope.service.name);
                findings.explain(
                    mount.span,
                    subject,
                    (before, None),
                    "a Fargate task has no host to mount from",
                );
                report_bind(mount, findings.diagnostics);
            }
            MountKind::Volume => add_volume(scope, mount, container, volumes),
            MountKind::Tmpfs => {
                add_tmpfs(mount.target.clone(), mount.tmpfs_size, Vec::new(), container);
            }
            MountKind::Other => {
                let message = "Fargate has no mount of this type";
                let diagnostic = Diagnostic::error(Code::UnsupportedKey, mount.span, message);
                findings.diagnostics.report(diagnostic);
            }
        }
    }
    for text in &scope.service.tmpfs {
        parse_tmpfs(text, container, findings.diagnostics);
    }
    for from in &scope.service.volumes_from {
        if !from.value.starts_with("container:") {
            add_volumes_from(scope, from, container);
        }
    }
}

fn add_volumes_from(
    scope: &Scope<'_>,
    from: &Spanned<String>,
    container: &mut ContainerDefinition,
) {
    let (name, mode) = from.value.split_once(':').unwrap_or((&from.value, ""));
    if scope.placement.share_task(&scope.service.name, name) {
        let read_only = (mode == "ro").then_some(true);
        container
            .volumes_from
            .push(VolumeFrom { source_container: container_name(name), read_only });
    }
}

fn add_volume(
    scope: &Scope<'_>,
    mount: &Mount,
    container: &mut ContainerDefinition,
    volumes: &mut Vec<Volume>,
) {
    let name = match &mount.source {
        Some(name) => volume_name(name),
        None => volume_name(&format!("{}{}", scope.service.name, mount.target)),
    };
    if !volumes.iter().any(|it| it.name == name) {
        volumes.push(Volume { name: name.clone(), ..Volume::default() });
    }
    let read_only = mount.read_only.then_some(true);
    container.mount_points.push(MountPoint {
        source_volume: name,
        container_path: mount.target.clone(),
        read_only,
    });
}

/// A name of `[A-Za-z0-9_-]`, at most 255 long.
fn volume_name(text: &str) -> String {
    let fits = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == '-';
    text.trim_end_matches('/').chars().map(|it| if fits(it) { it } else { '-' }).take(255).collect()
}

/// `PATH[:OPTION,…]` with `size=` in bytes or with a unit.
fn parse_tmpfs(
    text: &Spanned<String>,
    container: &mut ContainerDefinition,
    diagnostics: &mut Diagnostics,
) {
    let (path, options) = text.value.split_once(':').unwrap_or((&text.value, ""));
    let mut size = None;
    let mut others = Vec::new();
    for option in options.split(',').filter(|it| !it.is_empty()) {
        match option.strip_prefix("size=") {
            Some(value) => size = crate::compose::resources::bytes(value),
            None => others.push(option.to_owned()),
        }
    }
    if size.is_none() {
        let message = format!(
            "the tmpfs `{path}` gets {DEFAULT_TMPFS} MiB: ECS wants a size and the file names none"
        );
        let note = Diagnostic::note(Code::ClampedValue, text.span, message);
        diagnostics.add(note.help(format!("write `{path}:size=128m`")));
    }
    add_tmpfs(path.to_owned(), size, others, container);
}

fn add_tmpfs(
    path: String,
    bytes: Option<u64>,
    options: Vec<String>,
    container: &mut ContainerDefinition,
) {
    let size =
        bytes.map_or(DEFAULT_TMPFS, |it| i32::try_from(it.div_ceil(MEBIBYTE)).unwrap_or(i32::MAX));
    let parameters = container.linux_parameters.get_or_insert_with(LinuxParameters::default);
    parameters.tmpfs.push(Tmpfs { container_path: path, size, mount_options: options });
}

/// A task has no host: its folders hold the source code, which is in the image, or something that must get there.
fn report_bind(mount: &Mount, diagnostics: &mut Diagnostics) {
    let source = mount.source.as_deref().unwrap_or_default();
    if source.ends_with("docker.sock") {
        let message = "Fargate has no Docker socket";
        let diagnostic = Diagnostic::error(Code::UnsupportedKey, mount.span, message);
        let help = "drop the service in the overlay (`replace: { NAME: drop }`), or take the mount away with `!override`";
        diagnostics.report(diagnostic.help(help));
        return;
    }
    let diagnostic = if is_file(&mount.target) {
        let message = format!("`{}` is a file of the laptop and will not be there", mount.target);
        bind(Diagnostic::warning, mount.span, message).help("copy it into the image")
    } else {
        let message = format!(
            "`{}` is a folder of the laptop; the container has what its image has there",
            mount.target
        );
        bind(Diagnostic::note, mount.span, message)
    };
    diagnostics.add(diagnostic);
}

fn bind(severity: fn(Code, Span, String) -> Diagnostic, span: Span, message: String) -> Diagnostic {
    severity(Code::BindMount, span, message)
}

/// Whether a path in a container looks like a single file: its last part has an ending.
fn is_file(target: &str) -> bool {
    let last = target.rsplit('/').next().unwrap_or_default();
    last.rfind('.').is_some_and(|it| it > 0 && it + 1 < last.len() && !last.ends_with(".d"))
}
