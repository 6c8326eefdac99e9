//! The keys of a service's `deploy`.

use super::Row;
use super::rows::rows;

pub(super) const ROWS: &[Row] = rows! {
    "services.*." in "support/deploy";
    "deploy" Supported "what follows";
    "deploy.endpoint_mode" Ignored "Fargate has no swarm";
    "deploy.labels" Ignored "labels of a swarm service; those of the container stand under `labels`";
    "deploy.mode" Ignored "how many copies run is said for a task, with `tasks: { NAME: { count: … } }`";
    "deploy.placement" Ignored "Fargate chooses where a task runs";
    "deploy.placement.constraints" Ignored(Above) "as `placement`";
    "deploy.placement.max_replicas_per_node" Ignored(Above) "as `placement`";
    "deploy.placement.preferences" Ignored(Above) "as `placement`";
    "deploy.placement.preferences[].spread" Ignored(Above) "as `placement`";
    "deploy.replicas" ["1"] Supported "nothing to do";
    "deploy.replicas" ["*"] Approximated "how many copies run is said for a task, with `tasks: { NAME: { count: … } }`" in "unsupported/replicas-and-scale";
    "deploy.resources" Supported "what follows";
    "deploy.resources.limits" Supported "what follows";
    "deploy.resources.limits.cpus" Supported "`cpu`, 1024 units each";
    "deploy.resources.limits.memory" Supported "`memory`";
    "deploy.resources.limits.pids" Ignored "Fargate does not limit the number of processes";
    "deploy.resources.reservations" Supported "what follows";
    "deploy.resources.reservations.cpus" Supported "`cpu`, where no limit is said";
    "deploy.resources.reservations.generic_resources" Approximated "Fargate knows CPU and memory alone";
    "deploy.resources.reservations.generic_resources[].discrete_resource_spec" Approximated(Above) "as `generic_resources`";
    "deploy.resources.reservations.generic_resources[].discrete_resource_spec.kind" Approximated(Above) "as `generic_resources`";
    "deploy.resources.reservations.generic_resources[].discrete_resource_spec.value" Approximated(Above) "as `generic_resources`";
    "deploy.resources.reservations.memory" Supported "`memoryReservation`";
    "deploy.restart_policy" Supported "`restartPolicy`";
    "deploy.restart_policy.condition" Supported "`enabled`, and `ignoredExitCodes: [0]` for `on-failure`";
    "deploy.restart_policy.delay" Ignored "ECS has its own pause between restarts";
    "deploy.restart_policy.max_attempts" Ignored "ECS does not count restarts";
    "deploy.restart_policy.window" Ignored "ECS has its own time after which a start counts";
    "deploy.rollback_config" Ignored "ECS goes back to the revision before by itself when new tasks do not start";
    "deploy.rollback_config.delay" Ignored(Above) "as `rollback_config`";
    "deploy.rollback_config.failure_action" Ignored(Above) "as `rollback_config`";
    "deploy.rollback_config.max_failure_ratio" Ignored(Above) "as `rollback_config`";
    "deploy.rollback_config.monitor" Ignored(Above) "as `rollback_config`";
    "deploy.rollback_config.order" Ignored(Above) "as `rollback_config`";
    "deploy.rollback_config.parallelism" Ignored(Above) "as `rollback_config`";
    "deploy.update_config" Ignored "ECS starts new tasks before it stops the old ones, and goes back when they fail";
    "deploy.update_config.delay" Ignored(Above) "as `update_config`";
    "deploy.update_config.failure_action" Ignored(Above) "as `update_config`";
    "deploy.update_config.max_failure_ratio" Ignored(Above) "as `update_config`";
    "deploy.update_config.monitor" Ignored(Above) "as `update_config`";
    "deploy.update_config.order" Ignored(Above) "as `update_config`";
    "deploy.update_config.parallelism" Ignored(Above) "as `update_config`";
};

pub(super) const REFUSED: &[Row] = rows! {
    "services.*.deploy.resources.reservations." in "support/refused-keys";
    "devices" Refused "Fargate has no GPUs or other devices";
    "devices[].capabilities" Refused(Above) "as `devices`";
    "devices[].count" Refused(Above) "as `devices`";
    "devices[].device_ids" Refused(Above) "as `devices`";
    "devices[].driver" Refused(Above) "as `devices`";
    "devices[].options" Refused(Above) "as `devices`";
};
