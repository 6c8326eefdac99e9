//! A text and where a host ends in it -> the digits of the port that belongs to the host.

use std::ops::Range;

/// The digits of `:3306` right behind a host.
pub(super) fn port_after(text: &str, end: usize) -> Option<Range<usize>> {
    let rest = &text[end..];
    has_port(rest).then(|| {
        let digits = rest[1..].bytes().take_while(u8::is_ascii_digit).count();
        end + 1..end + 1 + digits
    })
}

/// The digits of `port=3306` that follow somewhere behind the host of a DSN.
pub(super) fn port_pair(text: &str, end: usize) -> Option<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    for (at, _) in lower[end..].match_indices("port") {
        let key_end = end + at + "port".len();
        let opens =
            lower[..end + at].ends_with(|it: char| !it.is_ascii_alphanumeric() && it != '_');
        let value = lower[key_end..].trim_start_matches(['"', '\'', ' ', '=', ':']);
        let start = lower.len() - value.len();
        let digits = value.bytes().take_while(u8::is_ascii_digit).count();
        if opens && start > key_end && (2..=5).contains(&digits) {
            return Some(start..start + digits);
        }
    }
    None
}

/// The digits of `/dev/tcp/HOST/3306`.
pub(super) fn port_segment(text: &str, end: usize) -> Option<Range<usize>> {
    let rest = text[end..].strip_prefix('/')?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    (2..=5).contains(&digits).then(|| end + 1..end + 1 + digits)
}

/// The port of `nc HOST 3306`, and of flags.
pub(super) fn port_argument(text: &str, end: usize) -> Option<Range<usize>> {
    let rest = text[end..].trim_start();
    let start = text.len() - rest.len();
    let word = without_operator(rest.split_whitespace().next().unwrap_or_default());
    let is_next = start > end && is_port(word);
    is_next.then(|| start..start + word.len()).or_else(|| port_flag(text, end))
}

/// The port of `-h HOST -p 3306`, `-hHOST -P3306`, `--db-host HOST --db-port 3306` and `--host=HOST --port=3306`.
pub(super) fn port_flag(text: &str, end: usize) -> Option<Range<usize>> {
    let mut start = end;
    let mut previous = "";
    for (index, piece) in text[end..].split_inclusive(char::is_whitespace).enumerate() {
        let word = without_operator(piece.trim());
        let flag = matches!(previous, "-p" | "-P")
            || (previous.starts_with("--") && previous.ends_with("port"));
        // A `-p` with something glued to it is a password to the tools of `mysql`.
        let glued = word.strip_prefix("-P").or_else(|| {
            let (name, value) = word.strip_prefix("--")?.split_once('=')?;
            name.ends_with("port").then_some(value)
        });
        if let Some(port) = Some(word).filter(|_| flag).or(glued).filter(|it| is_port(it)) {
            let end = start + piece.len() - piece.trim_start().len() + word.len();
            return Some(end - port.len()..end);
        }
        if index > 8 || piece.contains([';', '|']) {
            return None;
        }
        previous = word;
        start += piece.len();
    }
    None
}

/// A word of a command without the shell operator that ends it.
pub(super) fn without_operator(word: &str) -> &str {
    word.trim_end_matches([';', '&', '|', ')', ','])
}

pub(super) fn is_port(word: &str) -> bool {
    (2..=5).contains(&word.len()) && word.bytes().all(|it| it.is_ascii_digit())
}

/// The port that a URL without one means, by its scheme.
pub(super) fn usual_port(before: &str) -> Option<u16> {
    match scheme(before)? {
        "mysql" | "mysql2" | "mysqli" | "mariadb" => Some(3306),
        "postgres" | "postgresql" | "pgsql" => Some(5432),
        "redis" | "rediss" | "valkey" | "valkeys" => Some(6379),
        "amqp" => Some(5672),
        "amqps" => Some(5671),
        "mongodb" => Some(27017),
        "memcached" => Some(11211),
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

/// The scheme of the last URL that begins in a text.
fn scheme(text: &str) -> Option<&str> {
    let scheme = &text[..text.rfind("://")?];
    let start = scheme.trim_end_matches(|it: char| it.is_ascii_alphanumeric()).len();
    Some(&scheme[start..])
}

pub(super) fn has_port(after: &str) -> bool {
    let Some(rest) = after.strip_prefix(':') else {
        return false;
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let next = rest[digits..].chars().next();
    (2..=5).contains(&digits)
        && !next.is_some_and(|it| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-'))
}
