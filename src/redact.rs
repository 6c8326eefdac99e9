//! Text that may hold secrets -> the same text with them covered, length and lines unchanged.

mod names;
mod pairs;

use std::ops::Range;

use self::names::KEY_SIGNS;
pub(crate) use self::names::{holds_a_secret, names_a_secret, words};
use self::pairs::{closing, is_name, is_reference, pair_passwords, without_properties};
use crate::source::floor_boundary;

/// The passwords of the URLs and `password=` pairs in a text, as byte ranges.
pub(crate) fn passwords_in(text: &str) -> Vec<Range<usize>> {
    let mut found = url_passwords(text);
    found.extend(pair_passwords(text));
    found.extend(driver_passwords(text));
    found.extend(argument_passwords(text));
    found
}

/// Whether everybody who may read a variable reads a secret in it: its value as a whole, or a password inside.
pub(crate) fn shows_a_secret(name: &str, value: &str) -> bool {
    holds_a_secret(name, value) || !passwords_in(value).is_empty()
}

/// The text with the passwords of its URLs and pairs covered by `*`, as many bytes as they had.
pub(crate) fn mask_passwords(text: &str) -> String {
    cover(text, &passwords_in(text))
}

/// A value as it may be shown: all of it covered when its variable's name says secret.
pub(crate) fn mask_value(name: &str, value: &str) -> String {
    if holds_a_secret(name, value) { "***".to_owned() } else { mask_passwords(value) }
}

/// Whether a value is told from ordinary words, so that covering it everywhere covers nothing else.
pub(crate) fn is_distinctive(value: &str) -> bool {
    value.len() >= 4 && !value.bytes().all(|it| it.is_ascii_lowercase() || it == b'_' || it == b'-')
}

/// The text with every one of the values covered.
pub(crate) fn cover_values(text: &str, values: &[String]) -> String {
    let mut covered = text.to_owned();
    for value in values.iter().filter(|it| covered.contains(it.as_str())).collect::<Vec<_>>() {
        covered = covered.replace(value.as_str(), "***");
    }
    covered
}

/// A source file as it may be quoted: what is known to be secret, the values of secret-like keys and all passwords
/// covered.
pub(crate) fn mask_source(text: &str, known: &[Range<usize>]) -> String {
    let mut ranges = known.to_vec();
    let mut covered = 0;
    for (at, _) in text.match_indices([':', '=']) {
        // What is covered is not read again, or a long line of secrets would be read once for each.
        if at >= covered
            && let Some(range) = secret_value(text, at)
        {
            covered = range.end;
            ranges.push(range);
        }
    }
    ranges.extend(
        KEY_SIGNS.iter().flat_map(|sign| text.match_indices(sign)).map(|(at, _)| key_at(text, at)),
    );
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        ranges.extend(passwords_in(line).into_iter().map(|it| it.start + start..it.end + start));
        start += line.len();
    }
    cover(text, &ranges)
}

/// The content of a file of which nothing says where it comes from, as it may be shown: also covered is what stands behind
/// a directive such as `requirepass`, and every word that looks like a password.
#[cfg(feature = "deploy")]
pub(crate) fn mask_file(text: &str) -> String {
    let mut ranges = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let mut is_behind = false;
        let mut at = start;
        for piece in line.split_inclusive(char::is_whitespace) {
            let word = piece.trim_end();
            if !word.is_empty() && (is_behind || looks_random(word)) {
                ranges.push(at..at + word.len());
            }
            let name = word.to_ascii_lowercase();
            is_behind |=
                names_a_secret(word) || ["requirepass", "masterauth"].contains(&name.as_str());
            at += piece.len();
        }
        start += line.len();
    }
    mask_source(text, &ranges)
}

/// Whether a word has letters of both cases and digits, as passwords have and words of a configuration seldom.
#[cfg(feature = "deploy")]
fn looks_random(word: &str) -> bool {
    let has = |is: fn(&u8) -> bool| word.bytes().any(|it| is(&it));
    word.len() >= 8
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
}

/// The key that begins here: a word, or everything up to the end of its armour, or of the line when it has none.
fn key_at(text: &str, start: usize) -> Range<usize> {
    let rest = &text[start..];
    let ends = |it: char| it.is_whitespace() || matches!(it, '"' | '\'' | ',');
    let word = rest.find(ends).unwrap_or(rest.len());
    let line = rest.find('\n').unwrap_or(rest.len());
    let armour = rest.starts_with("-----BEGIN").then(|| rest.find("-----END").unwrap_or(line));
    start..start + armour.unwrap_or(word)
}

/// The value behind a separator when the name before it says secret: in `NAME: value`, `- "NAME=value"`,
/// `{ NAME: value, … }`, a text in quotes that spans lines, or a block of indented lines.
fn secret_value(text: &str, separator: usize) -> Option<Range<usize>> {
    let before = text[..separator].trim_end_matches([' ', '"', '\'']);
    let name = &before[before.trim_end_matches(is_name).len()..];
    let after = &text[separator + 1..];
    let pair = text.as_bytes()[separator] == b'=';
    if !names_a_secret(name) || !(pair || after.starts_with([' ', '"', '\'', '\n'])) {
        return None;
    }
    let line_start = text[..separator].rfind('\n').map_or(0, |it| it + 1);
    let before = before.get(line_start..)?;
    let name_start = before.len() - name.len();
    let lead = before[..name_start].trim_end_matches(['"', '\'']).trim_matches([' ', '\t', '-']);
    if pair && !lead.is_empty() && lead != "export" {
        // A pair inside of a longer text ends at the next blank, and is found with the passwords.
        return None;
    }
    let value = after.trim_start_matches([' ', '\t']);
    let value = if pair { value } else { without_properties(value) };
    let start = text.len() - value.len();
    let length = if value.starts_with(['|', '>']) {
        let indentation = before.len() - before.trim_start_matches([' ', '-']).len();
        block_length(value, indentation)
    } else if let Some(quote) = value.chars().next().filter(|it| ['"', '\''].contains(it)) {
        let mark = if quote == '"' { "\"" } else { "'" };
        closing(&value[1..], mark).map_or(value.len(), |it| it + 2)
    } else {
        let quoted = before[..name_start].ends_with(['"', '\'']);
        let flow = before[..name_start].contains('{');
        let ends = |it: char| {
            it == '\n'
                || (quoted && (it == '"' || it == '\''))
                || (flow && (it == ',' || it == '}'))
        };
        value[..value.find(ends).unwrap_or(value.len())].trim_end().len()
    };
    (!is_indirect(&value[..length], pair)).then_some(start..start + length)
}

/// A reference to a value that stands elsewhere, an empty one, or a collection of YAML.
fn is_indirect(value: &str, pair: bool) -> bool {
    let inner = value.trim_matches(['"', '\'']);
    // What is covered already stays as it is.
    is_reference(inner)
        || inner.bytes().all(|it| it == b'*')
        || (!pair && inner.len() == value.len() && value.starts_with(['*', '{', '[']))
}

/// The indicator of a block scalar and all lines below it that belong to it.
fn block_length(value: &str, indentation: usize) -> usize {
    let mut lines = value.split_inclusive('\n');
    let first = lines.next().map_or(0, str::len);
    let belongs = |it: &&str| {
        it.trim().is_empty() || it.len() - it.trim_start_matches(' ').len() > indentation
    };
    first + lines.take_while(belongs).map(str::len).sum::<usize>()
}

fn url_passwords(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (scheme_end, _) in text.match_indices("://") {
        let start = scheme_end + 3;
        // No authority is longer; a line without an end to it is not read to its end each time.
        let rest = &text[start..floor_boundary(text, start + 2048)];
        let authority =
            &rest[..rest.find(['/', '?', '#', ' ', '"', '\'', '`', '\n']).unwrap_or(rest.len())];
        let Some(at) = authority.rfind('@') else {
            continue;
        };
        if let Some(colon) = colon_outside_variables(&authority[..at]) {
            found.push(start + colon + 1..start + at);
        }
    }
    found.retain(|it| !it.is_empty() && !text[it.clone()].starts_with("${"));
    found
}

/// The `:` between user and password, which `${USER:-name}` has none of.
fn colon_outside_variables(user: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in user.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b':' if depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

/// `--password x`, `redis-cli -a x`, `curl -u user:x` and `mysql -px`: the words of a command that are passwords.
fn argument_passwords(text: &str) -> Vec<Range<usize>> {
    let curl = text.contains("curl");
    let mysql = text.contains("mysql") || text.contains("maria");
    let mut found = Vec::new();
    let mut previous = "";
    let mut start = 0;
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        let flag = previous.trim_start_matches("--");
        let behind_flag =
            previous.starts_with("--") && (names_a_secret(flag) || flag == "requirepass");
        let redis = previous == "-a" && text.contains("redis");
        if (behind_flag || redis) && !word.is_empty() && !word.starts_with('-') {
            let quote = ["\"", "'"].into_iter().find(|it| word.starts_with(it));
            let quoted = quote.and_then(|it| Some((it, closing(&text[start + 1..], it)?)));
            let length = quoted.map_or(word.len(), |(_, it)| (it + 2).max(word.len()));
            found.push(start..start + length);
        } else if curl
            && matches!(previous, "-u" | "--user")
            && let Some(colon) = word.find(':')
        {
            found.push(start + colon + 1..start + word.trim_end_matches(['"', '\'']).len());
        } else if mysql && word.starts_with("-p") && word.len() > 2 {
            found.push(start + 2..start + word.len());
        }
        if !word.is_empty() {
            previous = word;
        }
        start += piece.len();
    }
    found.retain(|it| !is_reference(&text[it.clone()]));
    found
}

/// The passwords of `user:password@tcp(host:3306)/name`.
fn driver_passwords(text: &str) -> Vec<Range<usize>> {
    const SIGNS: [&str; 5] = ["@tcp(", "@tcp4(", "@tcp6(", "@unix(", "@("];
    let mut found = Vec::new();
    for (at, _) in SIGNS.iter().flat_map(|it| text.match_indices(it)) {
        let user = text[..at].rfind([' ', '"', '\'', '\n']).map_or(0, |it| it + 1);
        if let Some(colon) = text[user..at].find(':')
            && !text[user..at].contains("://")
        {
            found.push(user + colon + 1..at);
        }
    }
    found
}

/// Covers the ranges with `*`, a byte for a byte, so that every other offset and every line stays what it was.
fn cover(text: &str, ranges: &[Range<usize>]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for byte in ranges.iter().flat_map(Clone::clone) {
        if bytes[byte] != b'\n' && bytes[byte] != b'\r' {
            bytes[byte] = b'*';
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| "*".repeat(text.len()))
}

#[cfg(test)]
mod tests {
    use super::{mask_source, mask_value};

    #[test]
    fn secrets_in_a_quoted_line_are_covered_without_moving_anything() {
        let cases = [
            ("DB_PASSWORD: hunter2", "DB_PASSWORD: *******"),
            ("  - DB_PASSWORD=hunter2", "  - DB_PASSWORD=*******"),
            ("  - \"DB_PASSWORD=hunter2\" # c", "  - \"DB_PASSWORD=*******\" # c"),
            ("a: { DB_PASSWORD: hunter2, X: y }", "a: { DB_PASSWORD: *******, X: y }"),
            (
                "  KEY: 1\n  API_KEY: |\n    one\n    two\n  B: c",
                "  KEY: 1\n  API_KEY: *\n*******\n*******\n  B: c",
            ),
            ("A: sk_live_1 # c", "A: ********* # c"),
            (
                "A: |\n  -----BEGIN X-----\n  abc\n  -----END X-----",
                "A: |\n  *****************\n*****\n**-----END X-----",
            ),
            ("API_KEY=\"one\ntwo\"\nB=c", "API_KEY=****\n****\nB=c"),
            ("DB_PASSWORD: \"hunter2\"", "DB_PASSWORD: *********"),
            ("  URL: postgres://u:pw@db/x", "  URL: postgres://u:**@db/x"),
            ("  URL: postgres://${U:-u}:${P}@db/x", "  URL: postgres://${U:-u}:${P}@db/x"),
            ("DSN: host=db password=x port=1", "DSN: host=db password=* port=1"),
            ("DB_PASSWORD: ${DB_PASSWORD}", "DB_PASSWORD: ${DB_PASSWORD}"),
            ("secrets: { DB_PASSWORD: \"ssm:/a\" }", "secrets: { DB_PASSWORD: \"ssm:/a\" }"),
            ("DB_PASSWORD: ${DB_PASSWORD:-hunter2}", "DB_PASSWORD: ***********************"),
            ("DSN: app:pw@tcp(db:3306)/app", "DSN: app:**@tcp(db:3306)/app"),
            (
                "{ A: \"http://web\", B: \"u:pw@tcp(a:1)/x\", C: \"u:pw@tcp(b:1)/x\" }",
                "{ A: \"http://web\", B: \"u:**@tcp(a:1)/x\", C: \"u:**@tcp(b:1)/x\" }",
            ),
            ("DSN=u:a=b@tcp(db:3306)/app", "DSN=u:***@tcp(db:3306)/app"),
            ("API_KEY: \"é\" # x", ""),
        ];
        for (line, expected) in cases {
            let masked = mask_source(line, &[]);
            assert_eq!(masked.len(), line.len(), "{line}");
            if !line.contains('é') {
                assert_eq!(masked, expected, "{line}");
            }
            assert!(!masked.contains('é'));
        }
    }

    #[test]
    fn a_value_is_shown_only_as_far_as_its_name_allows() {
        assert_eq!(mask_value("DB_PASSWORD", "x"), "***");
        assert_eq!(mask_value("URL", "redis://:pw@redis:6379"), "redis://:**@redis:6379");
        let covered = [
            ("J", "{\"host\":\"db\",\"password\":\"pw\"}", "{\"host\":\"db\",\"password\":\"**\"}"),
            ("C", "mysqladmin -h db -ppw ping", "mysqladmin -h db -p** ping"),
            ("C", "redis-cli -h db -a pw", "redis-cli -h db -a **"),
            ("C", "psql --password pw", "psql --password **"),
            ("C", "curl -u app:pw http://web", "curl -u app:** http://web"),
            ("C", "flower --basic-auth=app:pw", "flower --basic-auth=******"),
            (
                "C",
                "curl http://web && app --dsn u:pw@tcp(db:1)/x",
                "curl http://web && app --dsn u:**@tcp(db:1)/x",
            ),
        ];
        for (name, value, expected) in covered {
            assert_eq!(mask_value(name, value), expected);
        }
        assert_eq!(mask_value("HOST", "redis"), "redis");
        assert_eq!(mask_value("STRIPE", "sk_live_1"), "***");
        assert_eq!(mask_value("PROXY_PASS", "http://db:80/x"), "http://db:80/x");
    }
}
