//! Mounts: named volumes belong to the task or to Amazon EFS, tmpfs stays, what the host holds is left out with a word.

mod fate;
mod file_system;

use indexmap::IndexMap;

use super::{Findings, Scope, container_name};
use crate::compose::volumes::{Mount, MountKind};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::ecs::{
    ContainerDefinition, EfsVolume, LinuxParameters, MountPoint, Tmpfs, Volume, VolumeFrom,
};
use crate::source::{Span, Spanned};

pub(super) use fate::report_shared;
pub(super) use file_system::{FileSystems, file_systems};

/// What a tmpfs without a size gets, in MiB: ECS wants a number, Docker takes half of the host's memory.
const DEFAULT_TMPFS: i32 = 64;

const MEBIBYTE: u64 = 1024 * 1024;

/// The volumes of one task, each under the name the file has for it.
#[derive(Default)]
pub(super) struct TaskVolumes {
    volumes: IndexMap<String, Volume>,
}

impl TaskVolumes {
    /// The name ECS knows a volume by: one of its own, even where two names of the file fall together.
    pub(super) fn add(&mut self, source: &str, efs: Option<EfsVolume>) -> String {
        if let Some(volume) = self.volumes.get(source) {
            return volume.name.clone();
        }
        let plain = volume_name(source);
        let mut name = plain.clone();
        let mut number = 2;
        while self.volumes.values().any(|it| it.name == name) {
            name = format!("{plain}-{number}");
            number += 1;
        }
        let (efs_volume_configuration, copy) = (efs, name.clone());
        let volume = Volume { name, efs_volume_configuration, ..Volume::default() };
        self.volumes.insert(source.to_owned(), volume);
        copy
    }

    /// As the task definition lists them.
    pub(super) fn into_volumes(self) -> Vec<Volume> {
        self.volumes.into_values().collect()
    }
}

/// Sets `mountPoints`, `volumesFrom` and the tmpfs of one container; adds its volumes to the task's.
pub(super) fn lower(
    scope: &Scope<'_>,
    container: &mut ContainerDefinition,
    volumes: &mut TaskVolumes,
    findings: &mut Findings<'_>,
) {
    for mount in &scope.service.mounts {
        match (mount.kind, &mount.source) {
            (MountKind::Bind, _) => {
                if !is_delivered(scope, mount) {
                    leave_out(scope, mount, "a Fargate task has no host to mount from", findings);
                    report_bind(mount, findings.diagnostics);
                }
            }
            (MountKind::Volume, Some(source)) => {
                let (key, efs) = place(scope, source, mount, findings);
                add_volume(mount, volumes.add(&key, efs), container);
            }
            (MountKind::Volume, None) if scope.service.flag("read_only") == Some(true) => {
                add_volume(
                    mount,
                    volumes.add(&format!("{}{}", scope.service.name, mount.target), None),
                    container,
                );
            }
            (MountKind::Volume, None) => {
                // An ECS volume would hide what the image has there; the container's own disk is as short-lived.
                let reason = "the container's own disk serves, and keeps what the image has there";
                leave_out(scope, mount, reason, findings);
            }
            (MountKind::Tmpfs, _) => {
                let text = Spanned::new(mount.target.clone(), mount.span);
                add_tmpfs(&text, mount.tmpfs_size, Vec::new(), container, findings.diagnostics);
            }
            (MountKind::Other, _) => refuse_type(mount, findings.diagnostics),
        }
    }
    for text in &scope.service.tmpfs {
        parse_tmpfs(text, container, findings.diagnostics);
    }
    for from in &scope.service.volumes_from {
        add_volumes_from(scope, from, container, findings.diagnostics);
    }
}

fn leave_out(scope: &Scope<'_>, mount: &Mount, reason: &str, findings: &mut Findings<'_>) {
    let subject = format!("{} volumes", scope.service.name);
    findings.explain(mount.span, subject, (Some(mount.target.clone()), None), reason);
}

/// What holds a named volume: the name it goes by in the task, and its file system where it has one.
fn place(
    scope: &Scope<'_>,
    source: &str,
    mount: &Mount,
    findings: &mut Findings<'_>,
) -> (String, Option<EfsVolume>) {
    let key = match &mount.subpath {
        Some(subpath) => format!("{source}/{}", subpath.value.trim_matches('/')),
        None => source.to_owned(),
    };
    if let Some(system) = scope.file_systems.get(source) {
        let efs = file_system::lower(scope, (source, system), mount, findings);
        return (key, Some(efs));
    }
    let definition = scope.input.project.volumes.get(source);
    // What is wrong with the `x-ecs` of a volume is reported already.
    if definition.is_none_or(|it| it.extension.is_none()) {
        fate::report(scope, source, mount, findings.diagnostics);
    }
    (key, None)
}

/// Whether the container gets a bind-mounted file, because the overlay names it.
fn is_delivered(scope: &Scope<'_>, mount: &Mount) -> bool {
    scope.overlay.files.iter().any(|it| it.value == mount.target)
}

fn refuse_type(mount: &Mount, diagnostics: &mut Diagnostics) {
    let message = format!("Fargate has nothing to mount at `{}` in this way", mount.target);
    let diagnostic = Diagnostic::error(Code::UnsupportedKey, mount.span, message);
    diagnostics.report(
        diagnostic
            .help("Fargate mounts volumes of the task and tmpfs; the rest belongs into the image"),
    );
}

fn add_volumes_from(
    scope: &Scope<'_>,
    from: &Spanned<String>,
    container: &mut ContainerDefinition,
    diagnostics: &mut Diagnostics,
) {
    let (name, mode) = from.value.split_once(':').unwrap_or((&from.value, ""));
    if scope.placement.share_task(&scope.service.name, name) {
        let read_only = (mode == "ro").then_some(true);
        container
            .volumes_from
            .push(VolumeFrom { source_container: container_name(name), read_only });
        return;
    }
    let message = if name == "container" {
        format!("there is no container `{mode}` outside of the project to take volumes from")
    } else {
        format!("the volumes of `{name}` are not in this task")
    };
    diagnostics.add(Diagnostic::warning(Code::IgnoredKey, from.span, message));
}

fn add_volume(mount: &Mount, name: String, container: &mut ContainerDefinition) {
    container.mount_points.push(MountPoint {
        source_volume: name,
        container_path: mount.target.clone(),
        read_only: mount.read_only.then_some(true),
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
    let path = Spanned::new(path.to_owned(), text.span);
    add_tmpfs(&path, size, others, container, diagnostics);
}

fn add_tmpfs(
    path: &Spanned<String>,
    bytes: Option<u64>,
    options: Vec<String>,
    container: &mut ContainerDefinition,
    diagnostics: &mut Diagnostics,
) {
    let mebibytes = |it: u64| i32::try_from(it.div_ceil(MEBIBYTE)).unwrap_or(i32::MAX);
    let size = bytes.map_or(DEFAULT_TMPFS, mebibytes);
    if bytes.is_none() {
        let message = format!(
            "the tmpfs `{}` gets {DEFAULT_TMPFS} MiB: ECS wants a size and the file names none",
            path.value
        );
        let note = Diagnostic::note(Code::ClampedValue, path.span, message);
        diagnostics.add(note.help("a size is written `tmpfs: [\"/path:size=128m\"]`, or `tmpfs: { size: 128m }` in long form"));
    }
    let parameters = container.linux_parameters.get_or_insert_with(LinuxParameters::default);
    parameters.tmpfs.push(Tmpfs {
        container_path: path.value.clone(),
        size,
        mount_options: options,
    });
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
        bind(Diagnostic::warning, mount.span, message).help("copy it into the image").help(format!(
            "or have it written: `x-ecs: {{ files: [{}] }}` for the service",
            mount.target
        ))
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
    last.rfind('.')
        .is_some_and(|it| it > 0 && it + 1 < last.len() && last.rsplit('.').next() != Some("d"))
}
