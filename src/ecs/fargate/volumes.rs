//! Volumes and what mounts them into the rules they break (ecs-rules.md, Volumes).

use super::{
    Site, container_index,
    rule::Rule,
    violation::{Subject, Violation, bad_name, outside, unlisted},
};
use crate::ecs::{
    task_definition::TaskDefinition,
    volume::{EfsVolume, S3FilesVolume, Volume},
};

pub(super) fn check_task(definition: &TaskDefinition, out: &mut Vec<Violation>) {
    let volumes = &definition.volumes;
    for (index, volume) in volumes.iter().enumerate() {
        check_name(volumes, index, out);
        check_kind(volume, index, out);
        if volume.configured_at_launch == Some(true)
            && volumes[..index].iter().any(|other| other.configured_at_launch == Some(true))
        {
            let message = "another volume is configured at launch already";
            out.push(Violation::new(
                Rule::LaunchVolumes,
                Subject::volume(index, "configuredAtLaunch"),
                message,
            ));
        }
        if let Some(efs) = &volume.efs_volume_configuration {
            check_efs(efs, index, out);
        }
        if let Some(files) = &volume.s3files_volume_configuration {
            check_s3(files, index, out);
        }
    }
}

pub(super) fn check(site: Site<'_>, out: &mut Vec<Violation>) {
    let mounts = &site.container.mount_points;
    for (item, mount) in mounts.iter().enumerate() {
        let (volume, path, subject) =
            (&mount.source_volume, &mount.container_path, site.item("mountPoints", item));
        if !site.definition.volumes.iter().any(|other| other.name == *volume) {
            let message = format!("the task has no volume `{volume}`");
            let subject = subject.key("sourceVolume");
            out.push(Violation::new(Rule::UnknownVolume, subject, message));
        }
        if path.is_empty() {
            let message = format!("the mount point of the volume `{volume}` has no path");
            out.push(Violation::new(Rule::MountPath, subject.key("containerPath"), message));
        } else if mounts[..item].iter().any(|other| other.container_path == *path) {
            let message = format!("another volume is mounted at `{path}`");
            let subject = subject.key("containerPath");
            out.push(Violation::new(Rule::DuplicateMountPath, subject, message));
        }
    }
    for (item, source) in site.container.volumes_from.iter().enumerate() {
        let name = &source.source_container;
        if container_index(site.definition, name).is_none() {
            let message = format!("the task has no container `{name}` to take volumes from");
            out.push(Violation::new(
                Rule::UnknownContainer,
                site.item("volumesFrom", item),
                message,
            ));
        }
    }
}

fn check_name(volumes: &[Volume], index: usize, out: &mut Vec<Violation>) {
    let (name, subject) = (&volumes[index].name, Subject::volume(index, "name"));
    let bad = bad_name("the volume's name", name);
    out.extend(bad.map(|message| Violation::new(Rule::VolumeName, subject, message)));
    if volumes[..index].iter().any(|other| other.name == *name) {
        let message = format!("the name `{name}` is taken by another volume");
        out.push(Violation::new(Rule::DuplicateVolume, subject, message));
    }
}

fn check_kind(volume: &Volume, index: usize, out: &mut Vec<Violation>) {
    let has_path = volume.host.as_ref().is_some_and(|host| host.source_path.is_some());
    let kinds = [
        (volume.host.is_some(), has_path, "host.sourcePath"),
        (volume.docker_volume_configuration.is_some(), true, "dockerVolumeConfiguration"),
        (volume.efs_volume_configuration.is_some(), false, "efsVolumeConfiguration"),
        (volume.s3files_volume_configuration.is_some(), false, "s3filesVolumeConfiguration"),
        (
            volume.fsx_windows_file_server_volume_configuration.is_some(),
            true,
            "fsxWindowsFileServerVolumeConfiguration",
        ),
        (volume.configured_at_launch == Some(true), false, "configuredAtLaunch"),
    ];
    let kinds: Vec<_> = kinds.into_iter().filter(|(is_set, ..)| *is_set).collect();
    for (_, _, field) in kinds.iter().filter(|(_, is_foreign, _)| *is_foreign) {
        let message = format!("Fargate does not support `{field}`");
        let violation = Violation::new(Rule::Unsupported, Subject::volume(index, field), message);
        out.push(
            violation
                .with_help("use a file system of EFS, or a volume that lives as long as the task"),
        );
    }
    if let [_, (_, _, field), ..] = kinds.as_slice() {
        let message = format!(
            "the volume `{}` is of {} kinds, but has to be of one",
            volume.name,
            kinds.len()
        );
        out.push(Violation::new(Rule::VolumeKind, Subject::volume(index, field), message));
    }
}

fn check_efs(efs: &EfsVolume, index: usize, out: &mut Vec<Violation>) {
    let switch = ["ENABLED", "DISABLED"];
    let authorization = efs.authorization_config.as_ref();
    let iam = authorization.and_then(|authorization| authorization.iam.as_deref());
    let has_access_point =
        authorization.is_some_and(|authorization| authorization.access_point_id.is_some());
    let (encryption, subject) = (
        efs.transit_encryption.as_deref(),
        Subject::volume(index, "efsVolumeConfiguration.transitEncryption"),
    );
    if efs.file_system_id.is_empty() {
        let message = "the id of the file system is missing";
        out.push(Violation::new(
            Rule::FileSystem,
            Subject::volume(index, "efsVolumeConfiguration"),
            message,
        ));
    }
    check_root(
        efs.root_directory.as_deref(),
        has_access_point,
        Subject::volume(index, "efsVolumeConfiguration.rootDirectory"),
        out,
    );
    out.extend(unlisted(subject, "transitEncryption", encryption, &switch));
    if (iam == Some("ENABLED") || has_access_point) && encryption != Some("ENABLED") {
        let message = "IAM authorization and access points need `transitEncryption`";
        out.push(
            Violation::new(Rule::TransitEncryption, subject, message)
                .with_help("set it to `ENABLED`"),
        );
    }
    check_port(
        efs.transit_encryption_port,
        Subject::volume(index, "efsVolumeConfiguration.transitEncryptionPort"),
        out,
    );
    out.extend(unlisted(
        Subject::volume(index, "efsVolumeConfiguration.authorizationConfig.iam"),
        "iam",
        iam,
        &switch,
    ));
}

fn check_s3(files: &S3FilesVolume, index: usize, out: &mut Vec<Violation>) {
    if !files.file_system_arn.starts_with("arn:") {
        let message = format!("`{}` is not the ARN of a file system", files.file_system_arn);
        let subject = Subject::volume(index, "s3filesVolumeConfiguration.fileSystemArn");
        out.push(Violation::new(Rule::FileSystem, subject, message));
    }
    let subject = Subject::volume(index, "s3filesVolumeConfiguration.rootDirectory");
    check_root(files.root_directory.as_deref(), files.access_point_arn.is_some(), subject, out);
    let subject = Subject::volume(index, "s3filesVolumeConfiguration.transitEncryptionPort");
    check_port(files.transit_encryption_port, subject, out);
}

fn check_root(
    root: Option<&str>,
    has_access_point: bool,
    subject: Subject,
    out: &mut Vec<Violation>,
) {
    if let Some(root) = root.filter(|root| has_access_point && *root != "/") {
        let message =
            format!("`rootDirectory` is `{root}`, but the access point says where the root is");
        out.push(Violation::new(Rule::RootDirectory, subject, message).with_help("leave it out"));
    }
}

fn check_port(port: Option<i32>, subject: Subject, out: &mut Vec<Violation>) {
    let message = outside("transitEncryptionPort", port, 1..=65535);
    out.extend(message.map(|message| Violation::new(Rule::FileSystem, subject, message)));
}

#[cfg(test)]
pub(super) mod tests {
    use crate::ecs::{
        DockerVolume, EfsAuthorization, EfsVolume, FsxWindowsVolume, HostVolume, MountPoint,
        S3FilesVolume, TaskDefinition, Volume, VolumeFrom,
        fargate::tests::{Case, check_all},
    };

    fn volume<'a>(t: &'a mut TaskDefinition, name: &str) -> &'a mut Volume {
        t.volumes.push(Volume { name: name.to_owned(), ..Volume::default() });
        t.volumes.last_mut().unwrap()
    }

    fn mount(t: &mut TaskDefinition, volume: &str, path: &str) {
        let (source_volume, container_path) = (volume.to_owned(), path.to_owned());
        let mount = MountPoint { source_volume, container_path, ..MountPoint::default() };
        t.container_definitions[0].mount_points.push(mount);
    }

    fn efs(
        t: &mut TaskDefinition,
        encryption: Option<&str>,
        access_point: Option<&str>,
        root: Option<&str>,
    ) {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        volume(t, "data").efs_volume_configuration = Some(EfsVolume {
            file_system_id: "fs-1".to_owned(),
            root_directory: owned(root),
            transit_encryption: owned(encryption),
            transit_encryption_port: None,
            authorization_config: Some(EfsAuthorization {
                access_point_id: owned(access_point),
                iam: None,
            }),
        });
    }

    fn s3(t: &mut TaskDefinition, arn: &str, root: Option<&str>) {
        volume(t, "files").s3files_volume_configuration = Some(S3FilesVolume {
            file_system_arn: arn.to_owned(),
            root_directory: root.map(str::to_owned),
            access_point_arn: Some("arn:aws:s3files:x".to_owned()),
            transit_encryption_port: Some(2049),
        });
    }

    pub(in crate::ecs::fargate) const CASES: &[Case] = &[
        (
            |t| {
                volume(t, "data").host = Some(HostVolume::default());
                volume(t, "more").configured_at_launch = Some(true);
                mount(t, "data", "/data");
                mount(t, "more", "/more");
            },
            &[],
        ),
        (
            |t| {
                volume(t, "");
                volume(t, "my data");
            },
            &[
                "volume-name volumes[0].name: the volume's name is empty",
                "volume-name volumes[1].name: the volume's name `my data` has a ` `; letters, \
                 digits, `_` and `-` are allowed",
            ],
        ),
        (
            |t| {
                volume(t, "data");
                volume(t, "data");
            },
            &["duplicate-volume volumes[1].name: the name `data` is taken by another volume"],
        ),
        (
            |t| {
                mount(t, "data", "/data");
                mount(t, "data", "");
            },
            &[
                "unknown-volume containerDefinitions[0].mountPoints[0].sourceVolume: the task has no volume \
                 `data`",
                "unknown-volume containerDefinitions[0].mountPoints[1].sourceVolume: the task has no volume \
                 `data`",
                "mount-path containerDefinitions[0].mountPoints[1].containerPath: the mount point of the \
                 volume `data` has no path",
            ],
        ),
        (
            |t| {
                volume(t, "data");
                mount(t, "data", "/data");
                mount(t, "data", "/data");
            },
            &[
                "duplicate-mount-path containerDefinitions[0].mountPoints[1].containerPath: another volume is \
                 mounted at `/data`",
            ],
        ),
        (
            |t| {
                let source =
                    |name: &str| VolumeFrom { source_container: name.to_owned(), read_only: None };
                t.container_definitions[0].volumes_from = vec![source("db"), source("cache")];
            },
            &["unknown-container containerDefinitions[0].volumesFrom[1]: the task has no \
                 container `cache` to take volumes from"],
        ),
        (
            |t| {
                volume(t, "a").host = Some(HostVolume { source_path: Some("/srv".to_owned()) });
                volume(t, "b").docker_volume_configuration = Some(DockerVolume::default());
                volume(t, "c").fsx_windows_file_server_volume_configuration =
                    Some(FsxWindowsVolume::default());
            },
            &[
                "unsupported volumes[0].host.sourcePath: Fargate does not support \
                 `host.sourcePath`; use a file system of EFS, or a volume that lives as long as \
                 the task",
                "unsupported volumes[1].dockerVolumeConfiguration: Fargate does not support \
                 `dockerVolumeConfiguration`; use a file system of EFS, or a volume that lives \
                 as long as the task",
                "unsupported volumes[2].fsxWindowsFileServerVolumeConfiguration: Fargate does \
                 not support `fsxWindowsFileServerVolumeConfiguration`; use a file system of \
                 EFS, or a volume that lives as long as the task",
            ],
        ),
        (
            |t| {
                let volume = volume(t, "data");
                volume.host = Some(HostVolume::default());
                volume.configured_at_launch = Some(true);
            },
            &["volume-kind volumes[0].configuredAtLaunch: the volume `data` is of 2 kinds, but \
                 has to be of one"],
        ),
        (
            |t| {
                volume(t, "a").configured_at_launch = Some(true);
                volume(t, "b").configured_at_launch = Some(true);
            },
            &["launch-volumes volumes[1].configuredAtLaunch: another volume is configured at \
                 launch already"],
        ),
        (|t| efs(t, None, None, Some("/data")), &[]),
        (|t| efs(t, Some("ENABLED"), Some("fsap-1"), Some("/")), &[]),
        (
            |t| efs(t, None, Some("fsap-1"), Some("/data")),
            &[
                "root-directory volumes[0].efsVolumeConfiguration.rootDirectory: `rootDirectory` \
                 is `/data`, but the access point says where the root is; leave it out",
                "transit-encryption volumes[0].efsVolumeConfiguration.transitEncryption: IAM \
                 authorization and access points need `transitEncryption`; set it to `ENABLED`",
            ],
        ),
        (
            |t| {
                efs(t, Some("on"), None, None);
                let efs = t.volumes[0].efs_volume_configuration.as_mut().unwrap();
                efs.file_system_id.clear();
                efs.transit_encryption_port = Some(0);
            },
            &[
                "file-system volumes[0].efsVolumeConfiguration: the id of the file system is \
                 missing",
                "unknown-value volumes[0].efsVolumeConfiguration.transitEncryption: `on` is not \
                 a value of `transitEncryption`; use `ENABLED` or `DISABLED`",
                "file-system volumes[0].efsVolumeConfiguration.transitEncryptionPort: \
                 `transitEncryptionPort` is 0, but has to be 1 to 65535",
            ],
        ),
        (|t| s3(t, "arn:aws:s3files:x", None), &[]),
        (
            |t| s3(t, "fs-1", Some("/data")),
            &[
                "file-system volumes[0].s3filesVolumeConfiguration.fileSystemArn: `fs-1` is not \
                 the ARN of a file system",
                "root-directory volumes[0].s3filesVolumeConfiguration.rootDirectory: \
                 `rootDirectory` is `/data`, but the access point says where the root is; leave \
                 it out",
            ],
        ),
    ];

    #[test]
    fn volumes_and_mounts_are_checked() {
        check_all(CASES);
    }
}
