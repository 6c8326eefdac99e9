//! A volume of a task definition -> its normal form.

use super::super::volume::{
    DockerVolume, EfsAuthorization, EfsVolume, HostVolume, S3FilesVolume, Volume,
};
use super::{sort_map, without, without_empty};

/// Brings a volume into its normal form.
pub(super) fn normalise(volume: &mut Volume) {
    let Volume {
        name: _,
        host,
        docker_volume_configuration,
        efs_volume_configuration,
        s3files_volume_configuration,
        // Has no member that may be left out.
        fsx_windows_file_server_volume_configuration: _,
        configured_at_launch,
    } = volume;
    if let Some(HostVolume { source_path }) = host {
        without_empty(source_path);
    }
    // ECS answers `"host": {}` for a volume that has nothing but a name.
    without(host, &HostVolume::default());
    docker_volume_configuration.iter_mut().for_each(docker);
    efs_volume_configuration.iter_mut().for_each(efs);
    s3files_volume_configuration.iter_mut().for_each(s3files);
    without(configured_at_launch, &false);
}

fn docker(volume: &mut DockerVolume) {
    let DockerVolume { scope, autoprovision, driver, driver_opts, labels } = volume;
    without_empty(scope);
    without_empty(driver);
    without(scope, "task");
    without(autoprovision, &false);
    without(driver, "local");
    sort_map(driver_opts);
    sort_map(labels);
}

fn efs(volume: &mut EfsVolume) {
    let EfsVolume {
        file_system_id: _,
        root_directory,
        transit_encryption,
        transit_encryption_port,
        authorization_config,
    } = volume;
    root(root_directory);
    without_empty(transit_encryption);
    without(transit_encryption, "DISABLED");
    without(transit_encryption_port, &0);
    if let Some(EfsAuthorization { access_point_id, iam }) = authorization_config {
        without_empty(access_point_id);
        without_empty(iam);
        without(iam, "DISABLED");
    }
    without(authorization_config, &EfsAuthorization::default());
}

fn s3files(volume: &mut S3FilesVolume) {
    let S3FilesVolume {
        file_system_arn: _,
        root_directory,
        transit_encryption_port,
        access_point_arn,
    } = volume;
    root(root_directory);
    without(transit_encryption_port, &0);
    without_empty(access_point_arn);
}

/// No directory is the root of the file system.
fn root(directory: &mut Option<String>) {
    without_empty(directory);
    without(directory, "/");
}
