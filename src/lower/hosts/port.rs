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

/// The port of `nc HOST 3306`, `-h HOST -p 3306` and `--db-host HOST --db-port 3306`.
pub(super) fn port_argument(text: &str, end: usize) -> Option<Range<usize>> {
    let mut start = end;
    let mut previous = "";
    for (index, piece) in text[end..].split_inclusive(char::is_whitespace).enumerate() {
        let word = without_operator(piece.trim());
        let flag = matches!(previous, "-p" | "-P")
            || (previous.starts_with("--") && previous.ends_with("port"));
        // The first piece is the blank behind the host.
        if is_port(word) && (index == 1 || flag) {
            let lead = piece.len() - piece.trim_start().len();
            return Some(start + lead..start + lead + word.len());
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
