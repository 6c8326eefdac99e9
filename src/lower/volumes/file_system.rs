//! Volumes that outlive their task: file systems of Amazon EFS.

use indexmap::IndexMap;

use crate::compose::Project;
use crate::compose::volumes::Mount;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::ecs::{EfsAuthorization, EfsVolume};
use crate::lower::{Findings, Scope};
use crate::overlay::volume::{self, FileSystem};

/// The file systems of a project by the volume that each holds.
pub(in crate::lower) type FileSystems = IndexMap<String, FileSystem>;

/// Decodes the `x-ecs` of all volumes.
pub(in crate::lower) fn file_systems(
    project: &Project,
    diagnostics: &mut Diagnostics,
) -> FileSystems {
    let mut systems = FileSystems::new();
    for (name, definition) in &project.volumes {
        let extension = definition.extension.as_ref();
        if let Some(Ok(system)) = extension.map(|it| volume::decode(it, diagnostics)) {
            systems.insert(name.clone(), system);
        }
    }
    systems
}

/// One volume as ECS takes it; a folder of it is a folder below its root.
pub(super) fn lower(
    scope: &Scope<'_>,
    (name, system): (&str, &FileSystem),
    mount: &Mount,
    findings: &mut Findings<'_>,
) -> EfsVolume {
    if let (Some(subpath), Some(point)) = (&mount.subpath, &system.access_point) {
        let message =
            format!("`{name}` is entered through an access point, which has a root of its own");
        let diagnostic = Diagnostic::error(Code::FargateRule, subpath.span, message);
        let diagnostic = diagnostic.label(point.span, "the access point");
        let help = "make an access point for the folder and a volume for the access point, or take `subpath` out";
        findings.diagnostics.report(diagnostic.help(help));
    }
    check_role(scope, (name, system), findings);
    let after = Some(format!("{} of {}", mount.target, system.id.value));
    let subject = format!("{} volumes", scope.service.name);
    findings.explain(mount.span, subject, (None, after), format!("the overlay keeps `{name}` in Amazon EFS; the tasks need a way to its mount targets on port 2049"));
    let is_authorized = system.access_point.is_some() || system.iam.is_some();
    let authorization = EfsAuthorization {
        access_point_id: system.access_point.as_ref().map(|it| it.value.clone()),
        iam: system.iam.as_ref().map(|_| "ENABLED".to_owned()),
    };
    EfsVolume {
        file_system_id: system.id.value.clone(),
        root_directory: root(system, mount),
        transit_encryption: system.is_encrypted.then(|| "ENABLED".to_owned()),
        transit_encryption_port: None,
        authorization_config: is_authorized.then_some(authorization),
    }
}

/// IAM lets in whom the task role names.
fn check_role(scope: &Scope<'_>, (name, system): (&str, &FileSystem), findings: &mut Findings<'_>) {
    let Some(iam) = &system.iam else { return };
    let overlay = scope.input.overlay;
    let raw = overlay.task_definition.as_ref();
    if overlay.roles.task.is_none() && raw.is_none_or(|it| it.field("taskRoleArn").is_none()) {
        let message =
            format!("the file system of `{name}` lets a task in by its role, and there is none");
        let diagnostic = Diagnostic::error(Code::FargateRule, iam.span, message);
        let help = "write `roles: { task: NAME }` under `x-ecs` in the overlay; the role has to allow `elasticfilesystem:ClientMount` and `ClientWrite`";
        findings.diagnostics.report(diagnostic.help(help));
    }
}

fn root(system: &FileSystem, mount: &Mount) -> Option<String> {
    let root = system.root.as_ref().map_or("", |it| it.value.trim_end_matches('/'));
    let below = mount.subpath.as_ref().map_or("", |it| it.value.trim_matches('/'));
    let path = if below.is_empty() { root.to_owned() } else { format!("{root}/{below}") };
    (!path.is_empty()).then_some(path)
}
