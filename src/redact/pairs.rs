//! A name that says secret and what stands behind it: `password=x` in DSNs, `"password": "x"` in JSON.

use std::ops::Range;

use super::names::{is_path, names_a_secret};
use crate::source::floor_boundary;

/// No value of a pair that is looked at is longer, in bytes: text without an end to it is not read to its end each time.
const LONGEST: usize = 4096;

/// The values of all pairs in a text whose names say secret.
pub(super) fn pair_passwords(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut quotes = Quotes::default();
    let mut read = 0;
    for (separator, sign) in text.match_indices(['=', ':']) {
        if separator < read {
            continue;
        }
        let before = text[..separator].trim_end_matches([' ', '"', '\'', '\\']);
        let name = &before[before.trim_end_matches(is_name).len()..];
        if !names_a_secret(name) {
            continue;
        }
        quotes.read(text, separator);
        let is_variable = before[..before.len() - name.len()].ends_with("${");
        let range = if is_variable {
            default_of(text, separator + 1)
        } else {
            value(text, separator + 1, sign == ":", &quotes)
        };
        let Some(range) = range else { continue };
        let value = &text[range.clone()];
        if !value.starts_with('$') {
            // A variable may have a default, which is a pair of its own.
            read = range.end;
        }
        if !is_reference(value) {
            found.push(range);
        }
    }
    found
}

pub(super) fn is_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '.')
}

/// Whether a value says where the secret is kept, or that there is none.
pub(super) fn is_reference(value: &str) -> bool {
    const SIGNS: [&str; 5] = ["ssm:", "secretsmanager:", "arn:aws", "{{", "/run/secrets/"];
    // `credentials: managed` leaves them to RDS.
    matches!(value, "" | "managed" | "null" | "~")
        || SIGNS.iter().any(|it| value.starts_with(it))
        || is_path(value)
        || is_variable(value)
}

/// Whether a value is one variable, or what a command prints: `$NAME`, `${NAME}`, `$(cat /run/secrets/x)`. A variable with
/// a default holds a value.
fn is_variable(value: &str) -> bool {
    let Some(name) = value.strip_prefix("$$").or_else(|| value.strip_prefix('$')) else {
        return false;
    };
    if let Some(name) = name.strip_prefix('{') {
        return !name.split('}').next().unwrap_or_default().contains('-');
    }
    let name = name.split(|it: char| !it.is_alphanumeric() && it != '_').next().unwrap_or_default();
    let is_lower = |it: char| it.is_ascii_lowercase();
    let is_upper = |it: char| it.is_ascii_uppercase();
    value.contains("$(") || !(name.is_empty() || name.contains(is_lower) && name.contains(is_upper))
}

/// What `!tag` and `&anchor` leave of a value in YAML.
pub(super) fn without_properties(mut value: &str) -> &str {
    while value.starts_with(['!', '&']) {
        let end = value.find([' ', '\n']).unwrap_or(value.len());
        value = value[end..].trim_start_matches(' ');
    }
    value
}

/// The default in `${NAME:-default}`. What follows another sign is a message, or takes the place of what is set.
fn default_of(text: &str, start: usize) -> Option<Range<usize>> {
    let rest = &text[start..floor_boundary(text, start + LONGEST)];
    let ends = |it: char| matches!(it, '}' | '"' | '\n');
    rest.starts_with('-').then(|| start..start + rest.find(ends).unwrap_or(rest.len()))
}

/// The value behind a separator, without its quotes.
fn value(text: &str, start: usize, is_colon: bool, quotes: &Quotes) -> Option<Range<usize>> {
    let line = &text[start..floor_boundary(text, start + LONGEST)];
    let line = line.split('\n').next().unwrap_or_default();
    let mut rest = if is_colon { line.trim_start_matches(' ') } else { line };
    let is_yaml = is_colon && rest.len() < line.len();
    if is_yaml {
        rest = without_properties(rest);
        // An alias, or a collection whose own members are pairs.
        if rest.starts_with(['*', '{', '[']) {
            return None;
        }
    }
    let range = |inner: &str, length: usize| {
        let at = start + (inner.as_ptr() as usize - line.as_ptr() as usize);
        (length > 0).then_some(at..at + length)
    };
    if let Some(mark) = quotes.opener(rest) {
        let inner = &rest[mark.len()..];
        if let Some(length) = closing(inner, mark) {
            return range(inner, length);
        }
    }
    if !is_colon && rest.starts_with('{') && !rest.starts_with("{{") {
        // As ODBC quotes.
        return range(rest, rest.find('}').map_or(rest.len(), |it| it + 1));
    }
    let inner = rest.trim_start_matches(['"', '\'']);
    let ends = [' ', ';', '&', '"', '\'', ',', '}'];
    let command = inner.starts_with("$(").then(|| inner.find(')')).flatten();
    range(inner, command.or_else(|| inner.find(ends)).unwrap_or(inner.len()))
}

/// Where a text in quotes ends, before the mark.
pub(super) fn closing(inner: &str, mark: &str) -> Option<usize> {
    let is_doubled = |at: usize| {
        mark == "'" && (inner[at + 1..].starts_with('\'') || inner[..at].ends_with('\''))
    };
    let is_escaped = |at: usize| {
        let slashes = inner[..at].len() - inner[..at].trim_end_matches('\\').len();
        mark.len() == 1 && slashes % 2 == 1
    };
    let mut marks = inner.match_indices(mark).map(|(at, _)| at);
    marks.find(|it| !is_escaped(*it) && (*it == 0 || !is_doubled(*it)))
}

/// Which quotes of a line are open, read from left to right once.
#[derive(Default)]
struct Quotes {
    read: usize,
    single: bool,
    double: bool,
}

impl Quotes {
    fn read(&mut self, text: &str, end: usize) {
        let mut is_escaped = false;
        for byte in text[self.read..end].bytes() {
            match byte {
                b'\n' => (self.single, self.double) = (false, false),
                b'\'' if !is_escaped => self.single = !self.single,
                b'"' if !is_escaped => self.double = !self.double,
                _ => {}
            }
            is_escaped = byte == b'\\' && !is_escaped;
        }
        self.read = end;
    }

    /// The mark that begins a text in quotes here. One that stands in a text of the same quotes is escaped or doubled, or
    /// ends it.
    fn opener(&self, rest: &str) -> Option<&'static str> {
        let marks = [("\\\"", false), ("\\'", false), ("\"", self.double), ("'", self.single)];
        let (mark, is_open) = marks.into_iter().find(|(it, _)| rest.starts_with(it))?;
        match (mark, is_open) {
            ("'", true) => rest.starts_with("''").then_some("''"),
            (_, true) => None,
            (mark, false) => Some(mark),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::pair_passwords;

    #[test]
    fn a_value_is_read_to_the_end_of_its_quotes_and_only_references_are_shown() {
        let cases = [
            ("host=db password='hunter two' dbname=app", &["hunter two"][..]),
            ("{\"password\":\"a \\\"b\\\" c\",\"x\":\"y\"}", &["a \\\"b\\\" c"]),
            ("\"{\\\"password\\\": \\\"hunter two\\\"}\"", &["hunter two"]),
            ("'host=db password=''hunter two'' x=y'", &["hunter two"]),
            ("password='it\\'s two' x", &["it\\'s two"]),
            ("password=!Hunter3x dbname=q", &["!Hunter3x"]),
            ("password=?Hunter3x password=+a4 password=*b5", &["?Hunter3x", "+a4", "*b5"]),
            ("{\"password\":\"/Root5Pass\"}", &["/Root5Pass"]),
            ("{\"password\":\"&b!{c\"}", &["&b!{c"]),
            ("Server=db;PWD={hunter;two};X=y", &["{hunter;two}"]),
            ("password=$Hunter3x", &["$Hunter3x"]),
            ("token: &anchor hunter2", &["hunter2"]),
            ("token: !!str hunter2", &["hunter2"]),
            ("${DB_PASSWORD:-hunter two}", &["-hunter two"]),
            ("credentials: \"arn:aws:x:secret:a/b-C\"", &[]),
            ("password=$DB_PASSWORD x", &[]),
            ("password=\"$(cat /run/secrets/db)\" password=$(cat /x y)", &[]),
            ("${DB_PASSWORD:?is not set} ${DB_PASSWORD:+x}", &[]),
            ("password: *alias\ntoken: { a: b }\nsecret: [a]\ntoken: !reset null", &[]),
            ("secret=/run/secrets/db token=/etc/app/token.txt", &[]),
            ("[\"DB_PASSWORD=\", \"B=c\"]", &[]),
            ("'A_PASSWORD=', 'B=c'", &[]),
            ("password=\"\" x", &[]),
            ("password={{secret}} token: \"{{x}}\"", &[]),
            ("it's password='hunter2 x", &["hunter2"]),
        ];
        for (text, expected) in cases {
            let found: Vec<&str> = pair_passwords(text).into_iter().map(|it| &text[it]).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
