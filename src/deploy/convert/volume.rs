//! Our volumes <-> those of the AWS client.

use aws_sdk_ecs::types;

use super::{COMPLETE, from_map, to_map, to_word};
use crate::ecs::{
    DockerVolume, EfsAuthorization, EfsVolume, FsxWindowsAuthorization, FsxWindowsVolume,
    HostVolume, S3FilesVolume, Volume,
};

pub(super) fn to_volume(volume: &Volume) -> types::Volume {
    #[rustfmt::skip] // It would give each name a line.
    let Volume {
        name, host, docker_volume_configuration, efs_volume_configuration, s3files_volume_configuration,
        fsx_windows_file_server_volume_configuration, configured_at_launch,
    } = volume;
    types::Volume::builder()
        .name(name)
        .set_host(host.as_ref().map(to_host))
        .set_docker_volume_configuration(docker_volume_configuration.as_ref().map(to_docker))
        .set_efs_volume_configuration(efs_volume_configuration.as_ref().map(to_efs))
        .set_s3files_volume_configuration(s3files_volume_configuration.as_ref().map(to_s3files))
        .set_fsx_windows_file_server_volume_configuration(
            fsx_windows_file_server_volume_configuration.as_ref().map(to_fsx),
        )
        .set_configured_at_launch(*configured_at_launch)
        .build()
}

pub(super) fn from_volume(volume: &types::Volume) -> Volume {
    Volume {
        name: volume.name.clone().unwrap_or_default(),
        host: volume.host.as_ref().map(from_host),
        docker_volume_configuration: volume.docker_volume_configuration.as_ref().map(from_docker),
        efs_volume_configuration: volume.efs_volume_configuration.as_ref().map(from_efs),
        s3files_volume_configuration: volume
            .s3files_volume_configuration
            .as_ref()
            .map(from_s3files),
        fsx_windows_file_server_volume_configuration: volume
            .fsx_windows_file_server_volume_configuration
            .as_ref()
            .map(from_fsx),
        configured_at_launch: volume.configured_at_launch,
    }
}

fn to_host(host: &HostVolume) -> types::HostVolumeProperties {
    let HostVolume { source_path } = host;
    types::HostVolumeProperties::builder().set_source_path(source_path.clone()).build()
}

fn from_host(host: &types::HostVolumeProperties) -> HostVolume {
    HostVolume { source_path: host.source_path.clone() }
}

fn to_docker(volume: &DockerVolume) -> types::DockerVolumeConfiguration {
    let DockerVolume { scope, autoprovision, driver, driver_opts, labels } = volume;
    types::DockerVolumeConfiguration::builder()
        .set_scope(to_word(scope.as_ref()))
        .set_autoprovision(*autoprovision)
        .set_driver(driver.clone())
        .set_driver_opts(to_map(driver_opts))
        .set_labels(to_map(labels))
        .build()
}

fn from_docker(volume: &types::DockerVolumeConfiguration) -> DockerVolume {
    DockerVolume {
        scope: volume.scope.as_ref().map(ToString::to_string),
        autoprovision: volume.autoprovision,
        driver: volume.driver.clone(),
        driver_opts: from_map(volume.driver_opts.as_ref()),
        labels: from_map(volume.labels.as_ref()),
    }
}

fn to_efs(volume: &EfsVolume) -> types::EfsVolumeConfiguration {
    #[rustfmt::skip] // It would give each name a line.
    let EfsVolume {
        file_system_id, root_directory, transit_encryption, transit_encryption_port, authorization_config,
    } = volume;
    types::EfsVolumeConfiguration::builder()
        .file_system_id(file_system_id)
        .set_root_directory(root_directory.clone())
        .set_transit_encryption(to_word(transit_encryption.as_ref()))
        .set_transit_encryption_port(*transit_encryption_port)
        .set_authorization_config(authorization_config.as_ref().map(to_efs_authorization))
        .build()
        .expect(COMPLETE)
}

fn from_efs(volume: &types::EfsVolumeConfiguration) -> EfsVolume {
    EfsVolume {
        file_system_id: volume.file_system_id.clone(),
        root_directory: volume.root_directory.clone(),
        transit_encryption: volume.transit_encryption.as_ref().map(ToString::to_string),
        transit_encryption_port: volume.transit_encryption_port,
        authorization_config: volume.authorization_config.as_ref().map(from_efs_authorization),
    }
}

fn to_efs_authorization(authorization: &EfsAuthorization) -> types::EfsAuthorizationConfig {
    let EfsAuthorization { access_point_id, iam } = authorization;
    types::EfsAuthorizationConfig::builder()
        .set_access_point_id(access_point_id.clone())
        .set_iam(to_word(iam.as_ref()))
        .build()
}

fn from_efs_authorization(authorization: &types::EfsAuthorizationConfig) -> EfsAuthorization {
    EfsAuthorization {
        access_point_id: authorization.access_point_id.clone(),
        iam: authorization.iam.as_ref().map(ToString::to_string),
    }
}

fn to_s3files(volume: &S3FilesVolume) -> types::S3FilesVolumeConfiguration {
    #[rustfmt::skip] // It would give each name a line.
    let S3FilesVolume {
        file_system_arn, root_directory, transit_encryption_port, access_point_arn,
    } = volume;
    types::S3FilesVolumeConfiguration::builder()
        .file_system_arn(file_system_arn)
        .set_root_directory(root_directory.clone())
        .set_transit_encryption_port(*transit_encryption_port)
        .set_access_point_arn(access_point_arn.clone())
        .build()
        .expect(COMPLETE)
}

fn from_s3files(volume: &types::S3FilesVolumeConfiguration) -> S3FilesVolume {
    S3FilesVolume {
        file_system_arn: volume.file_system_arn.clone(),
        root_directory: volume.root_directory.clone(),
        transit_encryption_port: volume.transit_encryption_port,
        access_point_arn: volume.access_point_arn.clone(),
    }
}

fn to_fsx(volume: &FsxWindowsVolume) -> types::FSxWindowsFileServerVolumeConfiguration {
    let FsxWindowsVolume { file_system_id, root_directory, authorization_config } = volume;
    let FsxWindowsAuthorization { credentials_parameter, domain } = authorization_config;
    let authorization = types::FSxWindowsFileServerAuthorizationConfig::builder()
        .credentials_parameter(credentials_parameter)
        .domain(domain)
        .build()
        .expect(COMPLETE);
    types::FSxWindowsFileServerVolumeConfiguration::builder()
        .file_system_id(file_system_id)
        .root_directory(root_directory)
        .authorization_config(authorization)
        .build()
        .expect(COMPLETE)
}

fn from_fsx(volume: &types::FSxWindowsFileServerVolumeConfiguration) -> FsxWindowsVolume {
    let authorization = volume.authorization_config.as_ref();
    FsxWindowsVolume {
        file_system_id: volume.file_system_id.clone(),
        root_directory: volume.root_directory.clone(),
        authorization_config: authorization
            .map(|it| FsxWindowsAuthorization {
                credentials_parameter: it.credentials_parameter.clone(),
                domain: it.domain.clone(),
            })
            .unwrap_or_default(),
    }
}
