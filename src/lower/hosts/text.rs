//! A text -> the places in it where a host name stands, and only those.

use std::ops::Range;

use super::names::{names_hosts, names_other};
use super::port::{
    has_port, is_port, port_after, port_argument, port_flag, port_pair, port_segment,
    without_operator,
};
use crate::source::floor_boundary;

/// One place of a known host name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The name itself.
    pub(super) host: Range<usize>,
    /// The digits of the port that follows it.
    pub(super) port: Option<Range<usize>>,
    /// Whether a port may be added behind it.
    pub(super) takes_port: bool,
    pub(super) form: Form,
}

/// What kind of text is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    /// The value of a variable of this name.
    Variable(&'a str),
    /// The words of a command, joined by line feeds.
    Command,
    /// A value in which every known name is a host, because the overlay says so.
    Forced,
}

/// Finds the known names of a text that stand where a host name stands.
pub(super) fn places(text: &str, kind: Kind<'_>, is_known: impl Fn(&str) -> bool) -> Vec<Place> {
    let mut found = Vec::new();
    for token in tokens(text) {
        if let Some(host) = glued_flag(text, &token, kind, &is_known) {
            let port = port_flag(text, token.end);
            found.push(Place { host, port, takes_port: false, form: Form::Argument });
            continue;
        }
        if is_known(&text[token.clone()])
            && let Some(form) = form(text, &token, kind)
        {
            let port = port_after(text, token.end).or_else(|| match form {
                Form::Pair => port_pair(text, token.end),
                Form::Argument => port_argument(text, token.end),
                Form::Device => port_segment(text, token.end),
                _ => None,
            });
            found.push(Place {
                takes_port: form.takes_port() && port.is_none(),
                host: token,
                port,
                form,
            });
        }
    }
    found
}

/// `-hdb`, as the tools of `mysql` take it, names the host behind the letter.
fn glued_flag(
    text: &str,
    token: &Range<usize>,
    kind: Kind<'_>,
    is_known: impl Fn(&str) -> bool,
) -> Option<Range<usize>> {
    let flag = text[..token.start].strip_suffix('-')?;
    let rest = text[token.clone()].strip_prefix('h')?;
    let opens = flag.chars().next_back().is_none_or(char::is_whitespace);
    (kind == Kind::Command && opens && is_known(rest)).then(|| token.start + 1..token.end)
}

/// The forms in which a host name stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `scheme://user:password@HOST`, also one of several behind commas.
    Authority,
    /// `tcp(HOST:3306)`.
    Parenthesis,
    /// `host=HOST`, `"host": "HOST"`.
    Pair,
    /// `HOST:3306`.
    HostPort,
    /// The whole value, or an item of a list, of a variable that names hosts.
    Whole,
    /// `-h HOST`, `nc HOST 3306`.
    Argument,
    /// `/dev/tcp/HOST/3306`, which bash opens as a connection.
    Device,
}

impl Form {
    fn takes_port(self) -> bool {
        matches!(self, Self::Authority | Self::Parenthesis)
    }
}

fn form(text: &str, token: &Range<usize>, kind: Kind<'_>) -> Option<Form> {
    let (before, after) = (&text[..token.start], &text[token.end..]);
    if after.starts_with("://") || after.starts_with('@') {
        return None;
    }
    if is_device(before, after) {
        return Some(Form::Device);
    }
    if let Some(start) = authority_start(before) {
        let host = in_authority(text, start, token) && !names_storage(&before[..start]);
        return host.then_some(Form::Authority);
    }
    if kind == Kind::Forced {
        return Some(Form::Whole);
    }
    if ["tcp(", "tcp4(", "tcp6(", "@("].iter().any(|it| before.ends_with(it))
        && after.starts_with([':', ')'])
    {
        return Some(Form::Parenthesis);
    }
    if ends_item(after) && pair_key(before).is_some_and(names_hosts) {
        return Some(Form::Pair);
    }
    if has_port(after) && starts_item(before) && !names_no_address(before, kind) {
        return Some(Form::HostPort);
    }
    match kind {
        Kind::Variable(name) => {
            (is_item(before, after) && names_hosts(name)).then_some(Form::Whole)
        }
        Kind::Command => is_argument(before, after).then_some(Form::Argument),
        Kind::Forced => None,
    }
}

fn is_device(before: &str, after: &str) -> bool {
    let port = after.strip_prefix('/').unwrap_or_default();
    (["/dev/tcp/", "/dev/udp/"].iter().any(|it| before.ends_with(it)))
        && port.starts_with(|it: char| it.is_ascii_digit())
}

/// The runs of characters that host names are made of.
fn tokens(text: &str) -> impl Iterator<Item = Range<usize>> {
    let part = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.');
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = rest + text[rest..].find(part)?;
        let end = text[start..].find(|it| !part(it)).map_or(text.len(), |it| start + it);
        rest = end;
        let token = text[start..end].trim_end_matches(['.', '-']);
        // A dash in front belongs to a flag, as in `-h`.
        let lead = token.len() - token.trim_start_matches(['-', '.']).len();
        Some(start + lead..start + token.len().max(lead))
    })
}

/// `s3://bucket/key` has a bucket where other URLs have a host.
fn names_storage(before: &str) -> bool {
    const SCHEMES: [&str; 8] = ["s3", "s3a", "s3n", "gs", "file", "abfs", "wasb", "swift"];
    let scheme = before.trim_end_matches("://");
    let start = scheme.trim_end_matches(|it: char| it.is_ascii_alphanumeric()).len();
    SCHEMES.contains(&&scheme[start..])
}

/// Where the authority begins that a URL's `://` opened and nothing has closed yet.
pub(super) fn authority_start(before: &str) -> Option<usize> {
    // No authority is longer; without an end a long list would be read from its start for each item.
    let window = floor_boundary(before, before.len().saturating_sub(2048));
    let start = window + before[window..].rfind("://")? + 3;
    let inner = &before[start..];
    if inner == "/" {
        // `dns:///host:port` has an empty authority; the path is the host.
        return None;
    }
    (!inner.contains(closes_authority)).then_some(start)
}

pub(super) fn closes_authority(character: char) -> bool {
    matches!(character, '/' | '?' | '#' | '"' | '\'' | '`' | ';' | '<' | '>' | '|' | '\\')
        || character.is_whitespace()
}

fn in_authority(text: &str, start: usize, token: &Range<usize>) -> bool {
    let rest = &text[start..];
    let authority = &rest[..rest.find(closes_authority).unwrap_or(rest.len())];
    let hosts = start + authority.rfind('@').map_or(0, |it| it + 1);
    if token.start < hosts {
        return false;
    }
    let opens = token.start == hosts || text[..token.start].ends_with([',', '(', '[']);
    let after = &text[token.end..];
    opens
        && (after.is_empty()
            || after.starts_with([':', ',', ')', ']', '}'])
            || after.starts_with(closes_authority))
}

fn starts_item(before: &str) -> bool {
    before.ends_with(":///")
        || before.ends_with("@//")
        || before.chars().next_back().is_none_or(|it| {
            it.is_whitespace()
                || matches!(
                    it,
                    ',' | ';' | '=' | '@' | '"' | '\'' | '[' | '(' | '{' | '|' | '<' | '>' | '!'
                )
        })
}

fn ends_item(after: &str) -> bool {
    after.chars().next().is_none_or(|it| {
        it.is_whitespace() || matches!(it, ',' | ';' | ':' | '&' | '"' | '\'' | ')' | '}' | ']')
    })
}

/// Whether the token is the whole text or an item of a list, perhaps in quotes.
fn is_item(before: &str, after: &str) -> bool {
    let separates =
        |it: char| it.is_whitespace() || matches!(it, ',' | ';' | '[' | ']' | '"' | '\'');
    before.chars().next_back().is_none_or(separates) && after.chars().next().is_none_or(separates)
}

/// The key of `key=HOST`, `key: HOST` or `"key": "HOST"` when the text ends just before the host.
pub(super) fn pair_key(before: &str) -> Option<&str> {
    let quotes = ['"', '\''];
    let rest = before.trim_end_matches(quotes).trim_end();
    let rest = rest.strip_suffix(['=', ':'])?.trim_end().trim_end_matches(quotes);
    let part = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.');
    let start = rest.trim_end_matches(part).len();
    let key = &rest[start..];
    // ADO writes `Data Source=HOST`.
    let key = if key.eq_ignore_ascii_case("source")
        && rest[..start].trim_end().to_lowercase().ends_with("data")
    {
        "host"
    } else {
        key
    };
    (!key.is_empty()).then_some(key)
}

/// `MYSQL_IMAGE=mysql:80`, `CACHE_PREFIX=app:123` and `scopes=api:8080` look like `HOST:PORT` and are not.
fn names_no_address(before: &str, kind: Kind<'_>) -> bool {
    matches!(kind, Kind::Variable(name) if names_other(name))
        || pair_key(before).is_some_and(names_other)
}

/// `-h HOST`, `--db-host HOST`, `nc HOST 3306`.
fn is_argument(before: &str, after: &str) -> bool {
    if !is_item(before, after) {
        return false;
    }
    let flag = before.split_whitespace().next_back().unwrap_or_default();
    let names_flag = flag == "-h" || flag == "-H" || (flag.starts_with("--") && names_hosts(flag));
    let next = after.split_whitespace().next().unwrap_or_default();
    names_flag || (is_port(without_operator(next)) && !before.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::{Kind, places};

    /// Covers every found host with `H` and every found port with `P`.
    fn covered(kind: Kind<'_>, text: &str) -> String {
        let known = [
            "mysql",
            "redis",
            "db",
            "app",
            "kafka-1",
            "kafka-2",
            "laravel.test",
            "postgres",
            "http",
        ];
        let mut covered = text.to_owned();
        for place in places(text, kind, |it| known.contains(&it)).into_iter().rev() {
            if let Some(port) = place.port {
                covered.replace_range(port, "P");
            }
            covered.replace_range(place.host, "H");
        }
        covered
    }

    #[test]
    fn a_host_is_found_in_every_form() {
        let cases = [
            ("DB_HOST", "mysql", "H"),
            ("PGHOST", "db", "H"),
            ("REDIS_HOST_1", "redis", "H"),
            ("DB_HOST_NAME", "db", "H"),
            ("ANYTHING", "redis:6379", "H:P"),
            ("REDIS_URL", "redis://redis:6379/0", "redis://H:P/0"),
            ("REDIS_URL", "redis://redis/2", "redis://H/2"),
            (
                "DATABASE_URL",
                "postgres://postgres:postgres@postgres:5432/postgres",
                "postgres://postgres:postgres@H:P/postgres",
            ),
            ("URL", "mysql://mysql:3306@db/mysql", "mysql://mysql:3306@H/mysql"),
            (
                "URL",
                "db+postgresql://app@postgres/app?host=app",
                "db+postgresql://app@H/app?host=H",
            ),
            ("U", "http://app:80,http://db:81", "http://H:P,http://H:P"),
            (
                "MONGO",
                "mongodb://u:p@db:10,redis:20/app?replicaSet=db",
                "mongodb://u:p@H:P,H:P/app?replicaSet=db",
            ),
            ("JDBC", "jdbc:mysql://db:3306/mysql", "jdbc:mysql://H:P/mysql"),
            (
                "JDBC",
                "jdbc:sqlserver://db:1433;database=db;user=app",
                "jdbc:sqlserver://H:P;database=db;user=app",
            ),
            ("GRPC", "dns:///app:9091", "dns:///H:P"),
            ("ORACLE", "jdbc:oracle:thin:@//db:1521/app", "jdbc:oracle:thin:@//H:P/app"),
            ("ORACLE", "jdbc:oracle:thin:@db:1521:app", "jdbc:oracle:thin:@H:P:app"),
            ("DSN", "app:app@tcp(mysql:3306)/app", "app:app@tcp(H:P)/app"),
            ("PDO", "mysql:host=mysql;port=3306;dbname=app", "mysql:host=H;port=P;dbname=app"),
            ("PQ", "host=db port=5432 user=db dbname=db", "host=H port=P user=db dbname=db"),
            ("ADO", "Server=db;Database=db", "Server=H;Database=db"),
            ("ADO", "Data Source=db,1433;User Id=app", "Data Source=H,1433;User Id=app"),
            ("JSON", "{\"host\": \"db\", \"name\": \"db\"}", "{\"host\": \"H\", \"name\": \"db\"}"),
            ("JAVA_OPTS", "-Dspring.redis.host=redis -Dapp=app", "-Dspring.redis.host=H -Dapp=app"),
            ("KAFKA_BROKERS", "kafka-1:9092,kafka-2:9092", "H:P,H:P"),
            ("ES_HOSTS", "db, redis", "H, H"),
            ("VOTERS", "1@kafka-1:9093,2@kafka-2:9093", "1@H:P,2@H:P"),
            ("APP", "http://laravel.test", "http://H"),
        ];
        for (name, text, expected) in cases {
            assert_eq!(covered(Kind::Variable(name), text), expected, "{name}={text}");
        }
    }

    #[test]
    fn a_word_that_is_no_host_stays() {
        let cases = [
            ("DB_CONNECTION", "mysql"),
            ("CACHE_DRIVER", "redis"),
            ("DB_DATABASE", "app"),
            ("POSTGRES_USER", "postgres"),
            ("DB_PASSWORD", "db"),
            ("IMAGE", "mysql:8"),
            ("MYSQL_VERSION", "mysql:8"),
            ("ANY", "mysql:8.0"),
            ("MAIL_FROM_ADDRESS", "app@example.com"),
            ("ASSET_HOST", "https://cdn.example.com/postgres/app"),
            ("DIR", "/var/lib/mysql"),
            ("PHP_IDE_CONFIG", "serverName=app"),
            ("TOPIC", "kafka-1.invoices"),
            ("BLOG", "ghost"),
            ("S3_BUCKET_URL", "s3://app/x"),
            ("IMAGE_NAME", "app:12"),
            ("CACHE_PREFIX", "app:123"),
            ("QUEUES", "app:15,db:10"),
            ("ANY", "app:1"),
            ("VIRTUAL_HOST", "app"),
            ("SENTENCE", "the app of http clients"),
            ("DB_HOST", "app-db"),
            ("DB_HOST", "mysql.example.com"),
        ];
        for (name, text) in cases {
            assert_eq!(covered(Kind::Variable(name), text), text, "{name}");
        }
    }

    #[test]
    fn commands_name_hosts_in_flags_addresses_and_before_ports() {
        let cases = [
            ("redis-cli\n-h\nredis\nping", "redis-cli\n-h\nH\nping"),
            ("psql -h db -p 5432 -U app", "psql -h H -p P -U app"),
            ("mysql\n-hdb\n-hello", "mysql\n-hH\n-hello"),
            ("mysql -hdb -uroot -P 3306", "mysql -hH -uroot -P P"),
            ("mysql -h db -P3306 -p1234", "mysql -h H -PP -p1234"),
            ("mysqladmin --host=db --port=3306 ping", "mysqladmin --host=H --port=P ping"),
            ("mysqladmin\n--host=mysql\nping", "mysqladmin\n--host=H\nping"),
            ("wait-for-it\ndb:5432\n--\napp", "wait-for-it\nH:P\n--\napp"),
            (
                "sh\n-c\nuntil nc -z db 5432; do sleep 1; done; app serve",
                "sh\n-c\nuntil nc -z H P; do sleep 1; done; app serve",
            ),
            ("celery\n-A\napp\n-b\nredis://redis:6379", "celery\n-A\napp\n-b\nredis://H:P"),
            (
                "while !</dev/tcp/db/5432; do sleep 1; done",
                "while !</dev/tcp/H/P; do sleep 1; done",
            ),
            ("artisan\nqueue:work\nredis", "artisan\nqueue:work\nredis"),
        ];
        for (text, expected) in cases {
            assert_eq!(covered(Kind::Command, text), expected);
        }
    }

    #[test]
    fn a_forced_variable_has_hosts_wherever_a_name_stands() {
        assert_eq!(covered(Kind::Forced, "mysql via app"), "H via H");
    }
}
