//! The name of a variable, option or flag -> whether its value is a host.

use crate::redact::words;

/// Whether the name says that the value is a host.
pub(super) fn names_hosts(name: &str) -> bool {
    const LAST: [&str; 30] = [
        "host",
        "hosts",
        "hostname",
        "hostnames",
        "hostaddr",
        "server",
        "servers",
        "addr",
        "addrs",
        "address",
        "addresses",
        "endpoint",
        "endpoints",
        "node",
        "nodes",
        "broker",
        "brokers",
        "url",
        "urls",
        "uri",
        "uris",
        "upstream",
        "upstreams",
        "seed",
        "seeds",
        "peers",
        "sentinels",
        "dsn",
        "ip",
        "origin",
    ];
    let mut words = words(name);
    while words.last().is_some_and(|it| it.bytes().all(|it| it.is_ascii_digit())) {
        words.pop();
    }
    let Some(last) = words.last().map(|it| it.trim_end_matches(|it: char| it.is_ascii_digit()))
    else {
        return false;
    };
    let before = words.len().checked_sub(2).map_or("", |it| words[it].as_str());
    if words.iter().any(|it| it == "virtual") {
        // nginx-proxy's VIRTUAL_HOST is the name that visitors ask for.
        return false;
    }
    LAST.contains(&last)
        || (last == "name" && before == "host")
        || (["host", "hosts", "hostname", "server", "url", "uri", "addr"]
            .iter()
            .any(|it| last.ends_with(it))
            && last != "ghost")
}

/// Whether the name says that the value is something that only looks like `HOST:PORT`.
pub(super) fn names_other(name: &str) -> bool {
    const LAST: [&str; 22] = [
        "prefix",
        "key",
        "keys",
        "scope",
        "scopes",
        "queue",
        "queues",
        "topic",
        "topics",
        "channel",
        "channels",
        "id",
        "ids",
        "label",
        "labels",
        "format",
        "pattern",
        "role",
        "roles",
        "permissions",
        "weights",
        "size",
    ];
    let words = words(name);
    let last = words.last().map_or("", String::as_str);
    LAST.contains(&last)
        || words.iter().any(|it| matches!(it.as_str(), "image" | "version" | "tag"))
}

#[cfg(test)]
mod tests {
    use super::names_hosts;

    #[test]
    fn names_of_hosts_are_told_from_their_neighbours() {
        for name in
            ["host", "DB_HOST", "elasticHosts", "REDIS_SERVER", "bootstrap.servers", "KC_DB_URL"]
        {
            assert!(names_hosts(name), "{name}");
        }
        for name in ["DB_NAME", "HOST_PORT", "GHOST", "SERVER_NAME", "DB_TYPE", ""] {
            assert!(!names_hosts(name), "{name}");
        }
    }
}
