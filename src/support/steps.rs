//! The keys of a service for what happens before it runs, or beside it: builds, watches and hooks.

use super::Row;
use super::rows::rows;

pub(super) const BUILD: &[Row] = rows! {
    "services.*." in "support/build";
    "build" Supported "how the image is made, before anything reaches ECS; the overlay or `--image` names what was pushed, and nothing is rendered without";
    "build.additional_contexts" Supported "used by the build";
    "build.args" Supported "used by the build";
    "build.cache_from" Supported "used by the build";
    "build.cache_to" Supported "used by the build";
    "build.context" Supported "used by the build";
    "build.dockerfile" Supported "used by the build";
    "build.dockerfile_inline" Supported "used by the build";
    "build.entitlements" Supported "used by the build";
    "build.extra_hosts" Supported "used by the build";
    "build.isolation" Supported "used by the build";
    "build.labels" Supported "used by the build";
    "build.network" Supported "used by the build";
    "build.no_cache" Supported "used by the build";
    "build.no_cache_filter" Supported "used by the build";
    "build.platforms" Supported "used by the build; one must be that of the task, else there is a warning";
    "build.privileged" Supported "used by the build";
    "build.provenance" Supported "used by the build";
    "build.pull" Supported "used by the build";
    "build.sbom" Supported "used by the build";
    "build.secrets" Supported "used by the build";
    "build.secrets[].gid" Supported "used by the build";
    "build.secrets[].mode" Supported "used by the build";
    "build.secrets[].source" Supported "used by the build";
    "build.secrets[].target" Supported "used by the build";
    "build.secrets[].uid" Supported "used by the build";
    "build.shm_size" Supported "used by the build";
    "build.ssh" Supported "used by the build";
    "build.tags" Supported "used by the build";
    "build.target" Supported "used by the build";
    "build.ulimits" Supported "used by the build";
    "build.ulimits.*.hard" Supported "used by the build";
    "build.ulimits.*.soft" Supported "used by the build";
};

pub(super) const DEVELOP: &[Row] = rows! {
    "services.*." in "support/keys-of-the-laptop";
    "develop" Ignored "it is about `docker compose watch`";
    "develop.watch" Ignored(Above) "as `develop`";
    "develop.watch[].action" Ignored(Above) "as `develop`";
    "develop.watch[].exec" Ignored(Above) "as `develop`";
    "develop.watch[].exec.command" Ignored(Above) "as `develop`";
    "develop.watch[].exec.environment" Ignored(Above) "as `develop`";
    "develop.watch[].exec.privileged" Ignored(Above) "as `develop`";
    "develop.watch[].exec.user" Ignored(Above) "as `develop`";
    "develop.watch[].exec.working_dir" Ignored(Above) "as `develop`";
    "develop.watch[].ignore" Ignored(Above) "as `develop`";
    "develop.watch[].include" Ignored(Above) "as `develop`";
    "develop.watch[].initial_sync" Ignored(Above) "as `develop`";
    "develop.watch[].path" Ignored(Above) "as `develop`";
    "develop.watch[].target" Ignored(Above) "as `develop`";
};

pub(super) const HOOKS: &[Row] = rows! {
    "services.*." in "support/hooks";
    "post_start" Approximated "ECS has no hook after a start: run it in the entrypoint";
    "post_start[].command" Approximated(Above) "as `post_start`";
    "post_start[].environment" Approximated(Above) "as `post_start`";
    "post_start[].privileged" Approximated(Above) "as `post_start`";
    "post_start[].user" Approximated(Above) "as `post_start`";
    "post_start[].working_dir" Approximated(Above) "as `post_start`";
    "pre_start" Approximated "ECS has no hook before a start: run it in the entrypoint, or in a service that this one waits for to end";
    "pre_start[].command" Approximated(Above) "as `pre_start`";
    "pre_start[].environment" Approximated(Above) "as `pre_start`";
    "pre_start[].image" Approximated(Above) "as `pre_start`";
    "pre_start[].per_replica" Approximated(Above) "as `pre_start`";
    "pre_start[].privileged" Approximated(Above) "as `pre_start`";
    "pre_start[].user" Approximated(Above) "as `pre_start`";
    "pre_start[].working_dir" Approximated(Above) "as `pre_start`";
    "pre_stop" Approximated "ECS has no hook before a stop: handle the stop signal";
    "pre_stop[].command" Approximated(Above) "as `pre_stop`";
    "pre_stop[].environment" Approximated(Above) "as `pre_stop`";
    "pre_stop[].privileged" Approximated(Above) "as `pre_stop`";
    "pre_stop[].user" Approximated(Above) "as `pre_stop`";
    "pre_stop[].working_dir" Approximated(Above) "as `pre_stop`";
};
