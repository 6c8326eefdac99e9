//! The keys of a service that are about what it finds in its file system.

use super::Row;
use super::rows::rows;

pub(super) const VOLUMES: &[Row] = rows! {
    "services.*." in "support/mounts";
    "tmpfs" Supported "`linuxParameters.tmpfs`; without a size 64 MiB";
    "volumes" Supported "`mountPoints`, or what `type` says";
    "volumes[].bind" Ignored(BindMount) "the mount is left out: a Fargate task has no host to mount from";
    "volumes[].bind.create_host_path" Ignored(BindMount) "as `bind`";
    "volumes[].bind.propagation" Ignored(BindMount) "as `bind`";
    "volumes[].bind.recursive" Ignored(BindMount) "as `bind`";
    "volumes[].bind.selinux" Ignored(BindMount) "as `bind`";
    "volumes[].consistency" Ignored "it is about folders of the laptop";
    "volumes[].image" Refused(UnsupportedKey) "Fargate does not mount images: copy the files into the image of the service" in "support/refused-keys";
    "volumes[].image.subpath" Refused(UnsupportedKey) "as `image`" in "support/refused-keys";
    "volumes[].read_only" Supported "`readOnly` of a volume";
    "volumes[].source" Supported "the volume of the task, by its name";
    "volumes[].target" Supported "`containerPath`";
    "volumes[].tmpfs" Supported "`linuxParameters.tmpfs`";
    "volumes[].tmpfs.mode" Ignored "the folder gets the rights that Fargate gives to every tmpfs";
    "volumes[].tmpfs.size" Supported "`size`, in MiB";
    "volumes[].type" ["volume"] Supported "a volume of the task, new and empty with each, or EFS by `x-ecs: { efs: … }`";
    "volumes[].type" ["tmpfs"] Supported "`linuxParameters.tmpfs`";
    "volumes[].type" ["bind"] Ignored(BindMount) "left out: a Fargate task has no host to mount from. A warning where it is a single file, an error where it is the Docker socket";
    "volumes[].type" ["*"] Refused(UnsupportedKey) "Fargate mounts volumes of the task and tmpfs" in "support/refused-keys";
    "volumes[].volume" Supported "what follows";
    "volumes[].volume.labels" Ignored "a volume of a task has no labels";
    "volumes[].volume.nocopy" Supported "nothing to do: a volume of a task begins empty";
    "volumes[].volume.subpath" Supported "a volume of its own, or a folder of the file system";
    "volumes_from" Supported "`volumesFrom`, between containers of one task" in "volumes/volumes-from";
};

pub(super) const GRANTS: &[Row] = rows! {
    "services.*." in "support/secrets";
    "configs" Supported "files in the container" in "support/configs";
    "configs[].gid" Supported "the group of the file" in "support/configs";
    "configs[].mode" Supported "the rights of the file" in "support/configs";
    "configs[].source" Supported "the config, by its name" in "support/configs";
    "configs[].target" Supported "where the file is in the container" in "support/configs";
    "configs[].uid" Supported "the owner of the file" in "support/configs";
    "secrets" Supported "files in the container; `X_FILE` that names one becomes the secret variable `X`";
    "secrets[].gid" Supported "the group of the file";
    "secrets[].mode" Supported "the rights of the file";
    "secrets[].source" Supported "the secret, by its name";
    "secrets[].target" Supported "where the file is in the container";
    "secrets[].uid" Supported "the owner of the file";
};
