//! The keys at the top of a Compose file, and of the things it defines besides services.

use super::Row;
use super::rows::rows;

pub(super) const ROWS: &[Row] = rows! {
    "" in "support/files-of-compose";
    "configs" Supported "files that the services get which name them" in "support/configs";
    "include" Supported "read with the project, as Docker Compose does";
    "include[].env_file" Supported "variables for the included files";
    "include[].path" Supported "the included files";
    "include[].project_directory" Supported "where the paths of the included files start";
    "models" Ignored "Fargate runs no models; a service that uses one is refused" in "support/models";
    "models.*.context_size" Ignored(Above) "as `models`" in "support/models";
    "models.*.model" Ignored(Above) "as `models`" in "support/models";
    "models.*.name" Ignored(Above) "as `models`" in "support/models";
    "models.*.runtime_flags" Ignored(Above) "as `models`" in "support/models";
    "name" Supported "a part of every name that the environment has on AWS";
    "networks" Supported "the services of a task share its network; subnets and security groups stand in the overlay" in "support/networks";
    "secrets" Supported "what ECS takes from Parameter Store or Secrets Manager, as `x-ecs` says" in "support/secrets";
    "services" Supported "a container each, unless the overlay replaces or drops it";
    "version" Ignored "Docker Compose does not read it any more either";
    "volumes" Supported "volumes of the task, new and empty with each, or a file system of EFS by `x-ecs: { efs: … }`" in "support/volumes";
};

pub(super) const NETWORKS: &[Row] = rows! {
    "networks.*." in "support/networks";
    "attachable" Ignored "a task is attached to the subnets of the overlay";
    "driver" Ignored "a task is attached to the subnets of the overlay";
    "driver_opts" Ignored "a task is attached to the subnets of the overlay";
    "enable_ipv4" Ignored "the subnets say which addresses a task gets";
    "enable_ipv6" Ignored "the subnets say which addresses a task gets";
    "external" ["true"] Approximated "what else is on this network is not reached from ECS, unless the VPC leads there";
    "external" ["*"] Supported "nothing to do";
    "external.name" Approximated(Above) "as `external`";
    "internal" ["true"] Approximated "whether a task reaches the internet is up to its subnets and security groups";
    "internal" ["*"] Supported "nothing to do";
    "ipam" Ignored "the subnets say which addresses a task gets";
    "ipam.config" Ignored(Above) "as `ipam`";
    "ipam.config[].aux_addresses" Ignored(Above) "as `ipam`";
    "ipam.config[].gateway" Ignored(Above) "as `ipam`";
    "ipam.config[].ip_range" Ignored(Above) "as `ipam`";
    "ipam.config[].subnet" Ignored(Above) "as `ipam`";
    "ipam.driver" Ignored(Above) "as `ipam`";
    "ipam.options" Ignored(Above) "as `ipam`";
    "labels" Ignored "nothing on AWS is made of it that could carry them";
    "name" Ignored "nothing on AWS is made of it that could be called so";
};

pub(super) const VOLUMES: &[Row] = rows! {
    "volumes.*." in "support/volumes";
    "driver" ["local"] Supported "a volume of the task";
    "driver" ["*"] Approximated "it is a volume of the task instead, new and empty with each, or EFS by `x-ecs: { efs: … }`";
    "driver_opts" Approximated(EphemeralVolume) "a volume of the task, without what the options lead to, or EFS by `x-ecs: { efs: … }`";
    "external" ["true"] Approximated(EphemeralVolume) "a volume of the task, without what the other holds, or EFS by `x-ecs: { efs: … }`";
    "external" ["*"] Supported "nothing to do";
    "external.name" Approximated(Above) "as `external`";
    "labels" Ignored "a volume of a task has no labels";
    "name" Ignored "the volume is called as its key says: it belongs to one task";
};

pub(super) const SECRETS: &[Row] = rows! {
    "secrets.*." in "support/secrets";
    "driver" Ignored "ECS takes the value from where `x-ecs` says";
    "driver_opts" Ignored "ECS takes the value from where `x-ecs` says";
    "environment" Supported "where the laptop has the value; ECS takes it from where `x-ecs` says, and nothing is rendered without";
    "external" Supported "where the laptop has the value; ECS takes it from where `x-ecs` says, and nothing is rendered without";
    "external.name" Supported "as `external`; an old spelling, and warned about" in "support/old-names-of-what-is-external";
    "file" Supported "where the laptop has the value; ECS takes it from where `x-ecs` says, and nothing is rendered without";
    "labels" Ignored "the secret is made by others, with labels of its own";
    "name" Ignored "`x-ecs` says what the secret is called on AWS";
    "template_driver" Ignored "ECS hands the value over as it is";
};

pub(super) const CONFIGS: &[Row] = rows! {
    "configs.*." in "support/configs";
    "content" Supported "the content of the file";
    "environment" Supported "the variable that holds the content of the file";
    "external" Supported "the content stands where `x-ecs` says, and nothing is rendered without" in "files/config-from-a-secret-store";
    "external.name" Supported "as `external`; an old spelling, and warned about" in "support/old-names-of-what-is-external";
    "file" Supported "the file that is read when the project is compiled" in "files/configs-in-folders-of-their-own";
    "labels" Ignored "nothing on AWS is made of it that could carry them";
    "name" Ignored "nothing on AWS is made of it that could be called so";
    "template_driver" Ignored "the content is handed over as it is";
};
