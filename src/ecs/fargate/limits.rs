//! Capabilities, tmpfs, ulimits and kernel parameters into the rules they break.

use super::{
    Site,
    rule::Rule,
    violation::{Violation, unlisted},
};
use crate::ecs::linux_parameters::LinuxParameters;

pub(super) fn check(site: Site<'_>, out: &mut Vec<Violation>) {
    if let Some(linux) = &site.container.linux_parameters {
        check_capabilities(site, linux, out);
        check_tmpfs(site, linux, out);
    }
    check_ulimits(site, out);
    check_system_controls(site, out);
}

fn check_capabilities(site: Site<'_>, linux: &LinuxParameters, out: &mut Vec<Violation>) {
    let Some(capabilities) = &linux.capabilities else {
        return;
    };
    for (item, name) in capabilities.add.iter().enumerate() {
        if name != "SYS_PTRACE" {
            let subject = site.item("linuxParameters.capabilities.add", item);
            let message = format!("the capability `{name}` cannot be added on Fargate");
            out.push(
                Violation::new(Rule::Capability, subject, message)
                    .with_help("`SYS_PTRACE` alone can"),
            );
        }
    }
    for (item, name) in capabilities.drop.iter().enumerate() {
        if !CAPABILITIES.contains(&name.as_str()) {
            let subject = site.item("linuxParameters.capabilities.drop", item);
            let message = format!("`{name}` is not a capability");
            out.push(
                Violation::new(Rule::UnknownValue, subject, message)
                    .with_help("write it without `CAP_`"),
            );
        }
    }
}

fn check_tmpfs(site: Site<'_>, linux: &LinuxParameters, out: &mut Vec<Violation>) {
    for (item, tmpfs) in linux.tmpfs.iter().enumerate() {
        let subject = site.item("linuxParameters.tmpfs", item);
        let path = &tmpfs.container_path;
        if !path.starts_with('/') {
            let message = format!("the path `{path}` of a tmpfs is not absolute");
            out.push(Violation::new(Rule::Tmpfs, subject.key("containerPath"), message));
        }
        if tmpfs.size < 1 {
            let message = format!(
                "the tmpfs `{path}` has a size of {} MiB, but has to have 1 or more",
                tmpfs.size
            );
            out.push(
                Violation::new(Rule::Tmpfs, subject.key("size"), message)
                    .with_help("set its size; ECS knows no default"),
            );
        }
        let name = |option: &String| option.split('=').next().unwrap_or_default().to_owned();
        if let Some(option) =
            tmpfs.mount_options.iter().map(name).find(|name| !is_mount_option(name))
        {
            let message = format!("`{option}` is not an option of a tmpfs");
            let subject = subject.key("mountOptions");
            out.push(Violation::new(Rule::UnknownValue, subject, message));
        }
    }
}

fn is_mount_option(name: &str) -> bool {
    MOUNT_OPTIONS.contains(&name)
}

fn check_ulimits(site: Site<'_>, out: &mut Vec<Violation>) {
    let ulimits = &site.container.ulimits;
    for (item, ulimit) in ulimits.iter().enumerate() {
        let (name, subject) = (&ulimit.name, site.item("ulimits", item));
        if let Some(violation) = unlisted(subject.key("name"), "ulimits", Some(name), &ULIMITS) {
            out.push(violation);
            continue;
        }
        let (soft, hard) = (ulimit.soft_limit, ulimit.hard_limit);
        if hard != -1 && (soft == -1 || soft > hard) {
            let message =
                format!("the soft limit {soft} of `{name}` is above the hard limit {hard}");
            out.push(Violation::new(Rule::Ulimit, subject.key("softLimit"), message));
        }
        if ulimits[..item].iter().any(|other| other.name == *name) {
            out.push(Violation::new(
                Rule::Ulimit,
                subject,
                format!("the limit `{name}` is set twice"),
            ));
        }
        if name != "nofile" {
            let message =
                format!("the limit `{name}` has no effect on Fargate, which sets `nofile` only");
            out.push(Violation::new(Rule::UlimitIgnored, subject, message));
        }
    }
}

fn check_system_controls(site: Site<'_>, out: &mut Vec<Violation>) {
    for (item, control) in site.container.system_controls.iter().enumerate() {
        let name = control.namespace.as_str();
        if !name.starts_with("net.")
            && !name.starts_with("fs.mqueue.")
            && !IPC_CONTROLS.contains(&name)
        {
            let message = format!("the kernel parameter `{name}` cannot be set for a container");
            let violation =
                Violation::new(Rule::SystemControl, site.item("systemControls", item), message);
            out.push(
                violation.with_help("`net.…`, `fs.mqueue.…` and the `kernel.…` ones of IPC can"),
            );
        }
    }
}

const IPC_CONTROLS: [&str; 8] = [
    "kernel.msgmax",
    "kernel.msgmnb",
    "kernel.msgmni",
    "kernel.sem",
    "kernel.shmall",
    "kernel.shmmax",
    "kernel.shmmni",
    "kernel.shm_rmid_forced",
];

const ULIMITS: [&str; 15] = [
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];

#[rustfmt::skip]
const CAPABILITIES: [&str; 38] = [
    "ALL", "AUDIT_CONTROL", "AUDIT_WRITE", "BLOCK_SUSPEND", "CHOWN", "DAC_OVERRIDE",
    "DAC_READ_SEARCH", "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE",
    "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE",
    "NET_BROADCAST", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_ADMIN",
    "SYS_BOOT", "SYS_CHROOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO",
    "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "SYSLOG", "WAKE_ALARM",
];

#[rustfmt::skip]
const MOUNT_OPTIONS: [&str; 39] = [
    "defaults", "ro", "rw", "suid", "nosuid", "dev", "nodev", "exec", "noexec", "sync", "async",
    "dirsync", "remount", "mand", "nomand", "atime", "noatime", "diratime", "nodiratime",
    "bind", "rbind", "unbindable", "runbindable", "private", "rprivate", "shared", "rshared",
    "slave", "rslave", "relatime", "norelatime", "strictatime", "nostrictatime", "mode", "uid",
    "gid", "nr_inodes", "nr_blocks", "mpol",
];

#[cfg(test)]
pub(super) mod tests {
    use crate::ecs::{
        KernelCapabilities, LinuxParameters, SystemControl, TaskDefinition, Tmpfs, Ulimit,
        fargate::tests::{Case, check_all},
    };

    fn capabilities(t: &mut TaskDefinition, add: &[&str], drop: &[&str]) {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let capabilities = Some(KernelCapabilities { add: owned(add), drop: owned(drop) });
        let linux = LinuxParameters { capabilities, ..LinuxParameters::default() };
        t.container_definitions[0].linux_parameters = Some(linux);
    }

    fn tmpfs(t: &mut TaskDefinition, path: &str, size: i32, option: &str) {
        let (container_path, mount_options) = (path.to_owned(), vec![option.to_owned()]);
        let tmpfs = vec![Tmpfs { container_path, size, mount_options }];
        t.container_definitions[0].linux_parameters =
            Some(LinuxParameters { tmpfs, ..LinuxParameters::default() });
    }

    fn ulimit(t: &mut TaskDefinition, name: &str, soft_limit: i32, hard_limit: i32) {
        t.container_definitions[0].ulimits.push(Ulimit {
            name: name.to_owned(),
            soft_limit,
            hard_limit,
        });
    }

    fn control(t: &mut TaskDefinition, namespace: &str) {
        let (namespace, value) = (namespace.to_owned(), "1".to_owned());
        t.container_definitions[0].system_controls.push(SystemControl { namespace, value });
    }

    pub(in crate::ecs::fargate) const CASES: &[Case] = &[
        (|t| capabilities(t, &["SYS_PTRACE"], &["ALL", "NET_RAW"]), &[]),
        (
            |t| capabilities(t, &["SYS_PTRACE", "NET_ADMIN"], &["CAP_CHOWN"]),
            &[
                "capability containerDefinitions[0].linuxParameters.capabilities.add[1]: the \
                 capability `NET_ADMIN` cannot be added on Fargate; `SYS_PTRACE` alone can",
                "unknown-value containerDefinitions[0].linuxParameters.capabilities.drop[0]: \
                 `CAP_CHOWN` is not a capability; write it without `CAP_`",
            ],
        ),
        (|t| tmpfs(t, "/run", 64, "mode=1777"), &[]),
        (
            |t| tmpfs(t, "run", 0, "size=64m"),
            &[
                "tmpfs containerDefinitions[0].linuxParameters.tmpfs[0].containerPath: the path `run` of a \
                 tmpfs is not absolute",
                "tmpfs containerDefinitions[0].linuxParameters.tmpfs[0].size: the tmpfs `run` has a \
                 size of 0 MiB, but has to have 1 or more; set its size; ECS knows no default",
                "unknown-value containerDefinitions[0].linuxParameters.tmpfs[0].mountOptions: `size` is not \
                 an option of a tmpfs",
            ],
        ),
        (|t| ulimit(t, "nofile", 1024, -1), &[]),
        (
            |t| {
                ulimit(t, "nofile", 2048, 1024);
                ulimit(t, "nofile", -1, 1024);
            },
            &[
                "ulimit containerDefinitions[0].ulimits[0].softLimit: the soft limit 2048 of `nofile` is \
                 above the hard limit 1024",
                "ulimit containerDefinitions[0].ulimits[1].softLimit: the soft limit -1 of `nofile` is \
                 above the hard limit 1024",
                "ulimit containerDefinitions[0].ulimits[1]: the limit `nofile` is set twice",
            ],
        ),
        (
            |t| {
                ulimit(t, "core", 0, 0);
                ulimit(t, "files", 0, 0);
            },
            &[
                "ulimit-ignored containerDefinitions[0].ulimits[0]: the limit `core` has no \
                 effect on Fargate, which sets `nofile` only",
                "unknown-value containerDefinitions[0].ulimits[1].name: `files` is not a value of \
                 `ulimits`; use `core`, `cpu`, `data`, `fsize`, `locks`, `memlock`, `msgqueue`, \
                 `nice`, `nofile`, `nproc`, `rss`, `rtprio`, `rttime`, `sigpending` or `stack`",
            ],
        ),
        (
            |t| {
                control(t, "net.core.somaxconn");
                control(t, "fs.mqueue.msg_max");
                control(t, "kernel.shmmax");
                control(t, "vm.max_map_count");
            },
            &["system-control containerDefinitions[0].systemControls[3]: the kernel parameter \
                 `vm.max_map_count` cannot be set for a container; `net.…`, `fs.mqueue.…` and \
                 the `kernel.…` ones of IPC can"],
        ),
    ];

    #[test]
    fn kernel_settings_are_checked() {
        check_all(CASES);
    }
}
