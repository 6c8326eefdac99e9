//! The keys of a service that are about the network.

use super::Row;
use super::rows::rows;

pub(super) const ROWS: &[Row] = rows! {
    "services.*." in "support/network-of-a-service";
    "dns" Approximated "a Fargate task uses the name servers of its VPC";
    "dns_opt" Approximated "a Fargate task uses the name servers of its VPC";
    "dns_search" Approximated "a Fargate task uses the search domains of its VPC";
    "domainname" Ignored "a Fargate task has the host name that AWS gives it";
    "expose" Supported "a port that the service listens on, which no other of its task may take";
    "external_links" Approximated "there is no container outside of the project to link to";
    "extra_hosts" Approximated "Fargate does not write `/etc/hosts`";
    "hostname" Ignored "a Fargate task has the host name that AWS gives it; other services still reach it by this name";
    "links" Supported "a dependency, and a name that this service reaches the other by";
    "mac_address" Approximated "AWS chooses the address of the network interface";
    "network_mode" ["none"] Approximated "a Fargate task always has a network" in "support/networks";
    "network_mode" ["*"] Ignored "all containers of a Fargate task share one network interface" in "unsupported/keys-without-effect";
};

pub(super) const PORTS: &[Row] = rows! {
    "services.*." in "support/ports";
    "ports" Supported "`portMappings`";
    "ports[].app_protocol" ["http", "http2", "grpc"] Supported "`appProtocol`";
    "ports[].app_protocol" ["*"] Approximated(IgnoredKey) "ECS does not have it" in "ports/long-form-and-app-protocol";
    "ports[].host_ip" ["0.0.0.0", "::"] Supported "nothing to do";
    "ports[].host_ip" ["*"] Ignored(IgnoredKey) "a task has an address of its own, and security groups decide who reaches it";
    "ports[].mode" Ignored "Fargate has no swarm";
    "ports[].name" Supported "`name`";
    "ports[].protocol" ["tcp", "udp"] Supported "`protocol`";
    "ports[].protocol" ["*"] Refused(FargateRule) "Fargate has `tcp` and `udp`" in "support/refused-keys";
    "ports[].published" ["the same as `target`"] Supported "`hostPort`";
    "ports[].published" ["*"] Ignored(IgnoredKey) "a task has an address of its own, where every container is reached at the port it listens on";
    "ports[].target" Supported "`containerPort` and `hostPort`";
};

pub(super) const ATTACHMENTS: &[Row] = rows! {
    "services.*." in "support/network-of-a-service";
    "networks" Supported "the names that others reach the service by; the services of a task share its network";
    "networks.*.aliases" Supported "names that others reach the service by";
    "networks.*.driver_opts" Ignored "a task is attached to the subnets of the overlay";
    "networks.*.gw_priority" Ignored "a Fargate task has one network interface";
    "networks.*.interface_name" Ignored "a Fargate task has one network interface";
    "networks.*.ipv4_address" Approximated "AWS chooses the address of a task";
    "networks.*.ipv6_address" Approximated "AWS chooses the address of a task";
    "networks.*.link_local_ips" Approximated "AWS chooses the address of a task";
    "networks.*.mac_address" Approximated "AWS chooses the address of the network interface";
    "networks.*.priority" Ignored "a Fargate task has one network interface";
};
