//! Docker's official images -> what they run, for files that have to be written before.

use crate::compose::Service;

/// What a container runs, as far as the file does not say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Process {
    /// Empty for an image that has none.
    pub(super) entrypoint: Option<Vec<String>>,
    pub(super) command: Option<Vec<String>>,
    /// The image's own user, who may not write where its files belong.
    pub(super) user: Option<&'static str>,
}

/// One official image from a version on, as its Dockerfile has it.
struct Known {
    image: &'static str,
    since: (u32, u32),
    entrypoint: &'static [&'static str],
    command: &'static [&'static str],
}

const fn known(
    image: &'static str,
    since: (u32, u32),
    entrypoint: &'static [&'static str],
    command: &'static [&'static str],
) -> Known {
    Known { image, since, entrypoint, command }
}

/// The script that most of them start with.
const SCRIPT: &[&str] = &["docker-entrypoint.sh"];
const NGINX: &[&str] = &["nginx", "-g", "daemon off;"];

/// The newest first.
const KNOWN: [Known; 15] = [
    known("nginx", (1, 19), &["/docker-entrypoint.sh"], NGINX),
    known("nginx", (0, 0), &[], NGINX),
    known("httpd", (0, 0), &[], &["httpd-foreground"]),
    known(
        "caddy",
        (2, 0),
        &[],
        &["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"],
    ),
    known("haproxy", (2, 4), SCRIPT, &["haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]),
    known("redis", (0, 0), SCRIPT, &["redis-server"]),
    known("postgres", (0, 0), SCRIPT, &["postgres"]),
    known("mysql", (5, 6), SCRIPT, &["mysqld"]),
    known("mariadb", (10, 5), SCRIPT, &["mariadbd"]),
    known("mariadb", (0, 0), SCRIPT, &["mysqld"]),
    known("mongo", (0, 0), SCRIPT, &["mongod"]),
    known("rabbitmq", (0, 0), SCRIPT, &["rabbitmq-server"]),
    known("alpine", (0, 0), &[], &["/bin/sh"]),
    known("busybox", (0, 0), &[], &["sh"]),
    known("debian", (0, 0), &[], &["bash"]),
];

/// Those that do not start as root.
const USERS: [(&str, &str); 1] = [("haproxy", "haproxy")];

/// What a service runs, where the file does not say it and the image is one that everybody has.
pub(super) fn of(service: &Service) -> Option<Process> {
    let image = service.image.as_ref().filter(|_| service.build.is_none())?;
    let name = image.value.trim_start_matches("docker.io/").trim_start_matches("library/");
    let tag = name.split('@').next()?.split_once(':').map_or("", |it| it.1);
    let name = name.split([':', '@']).next()?;
    let version = version(tag);
    let known = KNOWN.iter().find(|it| it.image == name && it.since <= version)?;
    let words = |it: &[&str]| Some(it.iter().map(|it| (*it).to_owned()).collect());
    let is_said = service.entrypoint.is_some();
    let user = USERS.iter().find(|it| it.0 == name && service.text("user").is_none());
    Some(Process {
        entrypoint: words(known.entrypoint).filter(|_| !is_said),
        // An entrypoint of the file's own takes the place of the image's command too.
        command: words(known.command).filter(|_| !is_said && service.command.is_none()),
        user: user.map(|it| it.1),
    })
}

/// The first two numbers of a tag; one without is the newest, and so is what is left open.
fn version(tag: &str) -> (u32, u32) {
    let number = tag.split(|it: char| !it.is_ascii_digit() && it != '.').next().unwrap_or_default();
    let mut parts = number.split('.').map(|it| it.parse().unwrap_or(u32::MAX));
    (parts.next().unwrap_or(u32::MAX), parts.next().unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn tags_without_a_number_are_the_newest() {
        for (tag, expected) in [
            ("1.17.2-alpine", (1, 17)),
            ("10", (10, u32::MAX)),
            ("2-alpine", (2, u32::MAX)),
            ("alpine", (u32::MAX, u32::MAX)),
            ("", (u32::MAX, u32::MAX)),
        ] {
            assert_eq!(version(tag), expected, "{tag}");
        }
    }
}
