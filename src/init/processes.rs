//! Docker's official images -> what they run, for files that have to be written before.

use crate::compose::Service;

/// Entrypoint and command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) entrypoint: Vec<String>,
    pub(super) command: Vec<String>,
}

/// Image, entrypoint and command, as their Dockerfiles have them.
const PROCESSES: [(&str, &[&str], &[&str]); 14] = [
    ("nginx", &["/docker-entrypoint.sh"], &["nginx", "-g", "daemon off;"]),
    ("httpd", &[], &["httpd-foreground"]),
    ("caddy", &[], &["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]),
    (
        "haproxy",
        &["docker-entrypoint.sh"],
        &["haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"],
    ),
    ("redis", &["docker-entrypoint.sh"], &["redis-server"]),
    ("memcached", &["docker-entrypoint.sh"], &["memcached"]),
    ("postgres", &["docker-entrypoint.sh"], &["postgres"]),
    ("mysql", &["docker-entrypoint.sh"], &["mysqld"]),
    ("mariadb", &["docker-entrypoint.sh"], &["mariadbd"]),
    ("mongo", &["docker-entrypoint.sh"], &["mongod"]),
    ("rabbitmq", &["docker-entrypoint.sh"], &["rabbitmq-server"]),
    ("alpine", &[], &["/bin/sh"]),
    ("busybox", &[], &["sh"]),
    ("debian", &[], &["bash"]),
];

/// What a service runs, where the file does not say it and the image is one that everybody has.
pub(super) fn of(service: &Service) -> Option<Process> {
    let image = service.image.as_ref().filter(|_| service.build.is_none())?;
    let name = image.value.trim_start_matches("docker.io/").trim_start_matches("library/");
    let name = name.split([':', '@']).next()?;
    let (_, entrypoint, command) = PROCESSES.iter().find(|(it, ..)| *it == name)?;
    let words = |it: &[&str]| it.iter().map(|it| (*it).to_owned()).collect();
    let is_said = service.entrypoint.is_some();
    let entrypoint = if is_said { Vec::new() } else { words(entrypoint) };
    // An entrypoint of the file's own takes the place of the image's command too.
    let command = if is_said || service.command.is_some() { Vec::new() } else { words(command) };
    Some(Process { entrypoint, command })
}
