//! The name of a variable or pair -> which part of a connection it is, and which host it belongs to.

use crate::redact::names_a_secret;

/// One part of a connection beside its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lower) enum Part {
    Port,
    User,
    Password,
    Database,
    /// Whether TLS is spoken.
    Encryption,
    /// `http`, `redis`, `tcp`.
    Scheme,
}

/// What a name says when what it has in common with its host is taken away: `USERNAME`, `db_name`, `Pwd`.
pub(in crate::lower) fn part(rest: &str) -> Option<Part> {
    let plain: String = rest.chars().filter(|it| !is_separator(*it)).collect();
    Some(match plain.to_ascii_lowercase().as_str() {
        "port" | "tcpport" => Part::Port,
        "user" | "username" | "login" | "uid" | "userid" => Part::User,
        "password" | "passwd" | "pass" | "pwd" | "pw" => Part::Password,
        "database" | "databasename" | "db" | "dbname" | "name" | "schema" | "catalog"
        | "initialcatalog" => Part::Database,
        "tls" | "ssl" | "usetls" | "usessl" | "tlsenabled" | "sslenabled" | "enabletls"
        | "enablessl" | "secure" | "usehttps" | "https" => Part::Encryption,
        "scheme" | "protocol" => Part::Scheme,
        _ => return None,
    })
}

/// What the name of a variable says by its end alone: `MYSQL_ROOT_PASSWORD`, `POSTGRES_DB`, `PGUSER`.
pub(super) fn part_at_end(name: &str) -> Option<Part> {
    let plain: String = name.chars().filter(|it| !is_separator(*it)).collect();
    let plain = plain.to_ascii_lowercase();
    let ends = |list: &[&str]| list.iter().any(|it| plain.ends_with(it));
    if ends(&["password", "passwd", "pass", "pwd", "secretkey", "secretaccesskey"]) {
        Some(Part::Password)
    } else if ends(&["user", "username", "login", "accesskey", "accesskeyid"]) {
        Some(Part::User)
    } else if ends(&["database", "db", "dbname", "databasename"]) {
        Some(Part::Database)
    } else {
        None
    }
}

/// What the siblings of a variable that names a host begin with, in lower case: `db_` for `DB_HOST` and `DB_URL`.
pub(super) fn stems(name: &str) -> Vec<String> {
    const ENDS: [&str; 14] = [
        "hostname",
        "hostaddr",
        "hosts",
        "host",
        "servers",
        "server",
        "address",
        "addr",
        "endpoint",
        "url",
        "uri",
        "dsn",
        "datasource",
        "nodes",
    ];
    let lower = name.to_ascii_lowercase();
    let Some(stem) = ENDS.iter().find_map(|it| lower.strip_suffix(it)) else {
        return Vec::new();
    };
    let mut stems = vec![stem.to_owned()];
    // `KC_DB_URL_HOST` and `KC_DB_USERNAME`, `AWS_ENDPOINT_URL` and `AWS_USE_SSL`.
    let inner = stem.trim_end_matches(is_separator);
    let outer = ["url", "uri", "endpoint", "host"].iter().find_map(|it| inner.strip_suffix(it));
    stems.extend(outer.filter(|it| !it.is_empty()).map(str::to_owned));
    stems
}

/// The part that a variable is of the connection whose siblings begin with a stem.
pub(super) fn part_behind(stem: &str, name: &str) -> Option<Part> {
    // A stem is ASCII as far as it was lowered; another character is no boundary in the name either.
    let rest = name.get(stem.len()..).filter(|_| name.to_ascii_lowercase().starts_with(stem))?;
    // `REDIS_AUTH` is a password, and `SMTP_AUTH` a way to log in.
    let is_password = || rest.eq_ignore_ascii_case("auth") && names_a_secret(name);
    part(rest).or_else(|| is_password().then_some(Part::Password))
}

/// Whether a variable says the port of what another names: `DB_PORT` of `DB_HOST`.
pub(in crate::lower) fn is_port_of(host: &str, name: &str) -> bool {
    stems(host).iter().any(|it| part_behind(it, name) == Some(Part::Port))
}

fn is_separator(character: char) -> bool {
    matches!(character, '_' | '-' | '.' | ' ')
}

#[cfg(test)]
mod tests {
    use super::{Part, part_at_end, part_behind, stems};

    #[test]
    fn siblings_of_a_host_are_called_like_it() {
        let cases = [
            ("DB_HOST", "DB_PORT", Some(Part::Port)),
            ("DB_HOST", "DB_USERNAME", Some(Part::User)),
            ("DB_HOST", "DB_DATABASE", Some(Part::Database)),
            ("DB_HOST", "DB_READ_USERNAME", None),
            ("MYSQL_HOST", "MYSQL_TCP_PORT", Some(Part::Port)),
            ("PGHOST", "PGPASSWORD", Some(Part::Password)),
            ("db.hostname", "db.port", Some(Part::Port)),
            ("dbHost", "dbUser", Some(Part::User)),
            ("GITEA__database__HOST", "GITEA__database__PASSWD", Some(Part::Password)),
            ("PAPERLESS_DBHOST", "PAPERLESS_DBNAME", Some(Part::Database)),
            ("SPRING_DATASOURCE_URL", "SPRING_DATASOURCE_USERNAME", Some(Part::User)),
            ("KC_DB_URL_HOST", "KC_DB_URL_DATABASE", Some(Part::Database)),
            ("KC_DB_URL_HOST", "KC_DB_USERNAME", Some(Part::User)),
            ("MINIO_ENDPOINT", "MINIO_USE_SSL", Some(Part::Encryption)),
            ("REDIS_HOST", "REDIS_AUTH", Some(Part::Password)),
            ("SMTP_HOST", "SMTP_AUTH", None),
            ("ÉHOST", "ÉPORT", Some(Part::Port)),
            ("ÉHOST", "EPORT", None),
            ("DB_HOST", "DB_CONNECTION", None),
            ("BROKER", "BROKER_USER", None),
        ];
        for (host, name, expected) in cases {
            let found = stems(host).iter().find_map(|it| part_behind(it, name));
            assert_eq!(found, expected, "{host} {name}");
        }
    }

    #[test]
    fn the_end_of_a_name_says_what_it_is() {
        for (name, expected) in [
            ("MYSQL_ROOT_PASSWORD", Some(Part::Password)),
            ("POSTGRES_DB", Some(Part::Database)),
            ("POSTGRESQL_USERNAME", Some(Part::User)),
            ("MINIO_ROOT_USER", Some(Part::User)),
            ("MYSQL_ALLOW_EMPTY_PASSWORDS", None),
            ("TZ", None),
        ] {
            assert_eq!(part_at_end(name), expected, "{name}");
        }
    }
}
