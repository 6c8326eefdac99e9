//! A volume of a task definition into its JSON, and back.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// A volume of the task; without any of the configurations it is scratch space shared by the
/// containers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Volume {
    /// What mount points refer to: 1 to 255 of `[A-Za-z0-9_-]`.
    pub name: String,
    /// A directory; on Fargate without a path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<HostVolume>,
    /// A volume of a Docker driver; EC2 only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub docker_volume_configuration: Option<DockerVolume>,
    /// A file system of Amazon EFS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub efs_volume_configuration: Option<EfsVolume>,
    /// A file system of Amazon S3 Files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3files_volume_configuration: Option<S3FilesVolume>,
    /// A file share of Amazon `FSx`; EC2 only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fsx_windows_file_server_volume_configuration: Option<FsxWindowsVolume>,
    /// Whether the service or the run brings an EBS volume; at most one a definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configured_at_launch: Option<bool>,
}

/// A directory of the host.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct HostVolume {
    /// Its path; EC2 only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_path: Option<String>,
}

/// A volume of a Docker driver.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DockerVolume {
    /// `task` or `shared`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Whether a shared volume is created when it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub autoprovision: Option<bool>,
    /// The driver, `local` when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
    /// Options of the driver.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub driver_opts: IndexMap<String, String>,
    /// Labels of the volume.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub labels: IndexMap<String, String>,
}

/// A file system of Amazon EFS.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct EfsVolume {
    /// Its id, `fs-…`.
    pub file_system_id: String,
    /// The directory that becomes the root; absent or `/` with an access point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_directory: Option<String>,
    /// `ENABLED` or `DISABLED` (when left out).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transit_encryption: Option<String>,
    /// The port of the encrypted connection, 1 to 65535.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transit_encryption_port: Option<i32>,
    /// Access point and IAM authorization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_config: Option<EfsAuthorization>,
}

/// How a task is let into a file system of Amazon EFS.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct EfsAuthorization {
    /// The access point, `fsap-…`; needs encryption in transit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_point_id: Option<String>,
    /// `ENABLED` lets the task role decide and needs encryption in transit; `DISABLED` when left
    /// out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iam: Option<String>,
}

/// A file system of Amazon S3 Files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct S3FilesVolume {
    /// Its ARN.
    pub file_system_arn: String,
    /// The directory that becomes the root; absent or `/` with an access point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_directory: Option<String>,
    /// The port of the encrypted connection, 1 to 65535.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transit_encryption_port: Option<i32>,
    /// The access point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_point_arn: Option<String>,
}

/// A file share of Amazon `FSx` for Windows File Server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FsxWindowsVolume {
    /// Its id.
    pub file_system_id: String,
    /// The directory that becomes the root.
    pub root_directory: String,
    /// Who logs in.
    pub authorization_config: FsxWindowsAuthorization,
}

/// The login of a file share.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FsxWindowsAuthorization {
    /// ARN of the secret or parameter with user name and password.
    pub credentials_parameter: String,
    /// The Active Directory domain.
    pub domain: String,
}
