//! A connection text and where a host stands in it -> where its user, password, database and scheme stand.

use std::ops::Range;

use super::text::{Form, Place, authority_start, closes_authority, pair_key};
use crate::lower::replacement::{Part, part};
use crate::source::floor_boundary;

/// One part of the connection that a host belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) part: Part,
    pub(super) range: Range<usize>,
    /// Whether other characters than letters and digits are percent-encoded there.
    pub(super) is_url: bool,
}

/// The parts that a text holds of the connection to a host.
pub(super) fn pieces(text: &str, place: &Place) -> Vec<Piece> {
    match place.form {
        Form::Authority => of_url(text, place),
        Form::Parenthesis => of_driver(text, place),
        Form::Pair => of_pairs(text, place),
        Form::HostPort | Form::Whole | Form::Argument | Form::Device => Vec::new(),
    }
}

/// `scheme://USER:PASSWORD@host:port/DATABASE?user=USER`.
fn of_url(text: &str, place: &Place) -> Vec<Piece> {
    let Some(start) = authority_start(&text[..place.host.start]) else { return Vec::new() };
    let before = &text[..start - "://".len()];
    let scheme = before.trim_end_matches(|it: char| it.is_ascii_alphanumeric()).len();
    let scheme = scheme..before.len();
    let end = text[start..].find(closes_authority).map_or(text.len(), |it| start + it);
    let mut found = Vec::new();
    if let Some(at) = text[start..end].rfind('@') {
        found.extend(login(text, start..start + at, true));
    }
    let is_web = matches!(&text[scheme.clone()], "http" | "https");
    let tail = end..token_end(text, end);
    found.extend(database(text, &tail).filter(|_| !is_web).map(|range| Piece {
        part: Part::Database,
        range,
        is_url: true,
    }));
    let pairs = pairs(text, tail)
        .filter(|(key, ..)| !is_web && text[..key.start].ends_with(['?', '&', ';']));
    found.extend(pairs.filter_map(|(key, range)| {
        let part = login_part(&text[key])?;
        Some(Piece { part, range, is_url: true })
    }));
    found.push(Piece { part: Part::Scheme, range: scheme, is_url: true });
    found
}

/// `USER:PASSWORD@tcp(host:port)/DATABASE`.
fn of_driver(text: &str, place: &Place) -> Vec<Piece> {
    let before = &text[..place.host.start];
    let Some(at) = before.rfind('@') else { return Vec::new() };
    let start = before[..at].rfind([' ', '"', '\'', '\n']).map_or(0, |it| it + 1);
    let start = before[start..at].rfind("://").map_or(start, |it| start + it + 3);
    let mut found = login(text, start..at, false);
    if let Some(closing) = text[place.host.end..].find(')') {
        let tail = place.host.end + closing + 1;
        let range = database(text, &(tail..token_end(text, tail)));
        found.extend(range.map(|range| Piece { part: Part::Database, range, is_url: false }));
    }
    found
}

/// `host=…;USER=…;DBNAME=…`, `"host": "…", "user": "USER"`, `-Ddb.host=… -Ddb.user=USER`.
fn of_pairs(text: &str, place: &Place) -> Vec<Piece> {
    let Some(key) = pair_key(&text[..place.host.start]) else { return Vec::new() };
    let lower = key.to_ascii_lowercase();
    let ends = ["hostname", "hostaddr", "host", "server", "source", "address", "addr"];
    let stem = ends.iter().find_map(|it| lower.strip_suffix(it)).unwrap_or_default();
    // A long list would be read once for each of its hosts.
    let window = floor_boundary(text, place.host.start.saturating_sub(2048))
        ..floor_boundary(text, place.host.end + 2048);
    let found = pairs(text, window).filter_map(|(key, range)| {
        let rest = text[key].to_ascii_lowercase();
        let part = login_part(rest.strip_prefix(stem)?)?;
        Some(Piece { part, range, is_url: false })
    });
    found.collect()
}

/// What the key of a pair says of a login. A bare `name` is anything's, and a schema is a part of a database.
fn login_part(key: &str) -> Option<Part> {
    let is_other = |it: &str| key.eq_ignore_ascii_case(it);
    let part = part(key).filter(|_| !is_other("name") && !is_other("schema"))?;
    matches!(part, Part::User | Part::Password | Part::Database).then_some(part)
}

/// `USER:PASSWORD`.
fn login(text: &str, range: Range<usize>, is_url: bool) -> Vec<Piece> {
    let colon = text[range.clone()].find(':').map(|it| range.start + it);
    let user = range.start..colon.unwrap_or(range.end);
    let password = colon.map(|it| it + 1..range.end);
    let user = Some(user).filter(|it| !it.is_empty());
    let pieces = [(Part::User, user), (Part::Password, password)];
    pieces
        .into_iter()
        .filter_map(|(part, range)| Some(Piece { part, range: range?, is_url }))
        .collect()
}

/// The first segment of the path that a range begins with.
fn database(text: &str, tail: &Range<usize>) -> Option<Range<usize>> {
    let path = text[tail.clone()].strip_prefix('/')?;
    let length = path.find(['/', '?', '#', ';', '&', ',', ')']).unwrap_or(path.len());
    let start = tail.start + 1;
    (length > 0).then(|| start..start + length)
}

/// Where the word ends that a place is in.
fn token_end(text: &str, start: usize) -> usize {
    let ends =
        |it: char| it.is_whitespace() || matches!(it, '"' | '\'' | '`' | '<' | '>' | '|' | '\\');
    text[start..].find(ends).map_or(text.len(), |it| start + it)
}

/// All `key=value` and `"key": "value"` of a range, as the places of key and value.
fn pairs(text: &str, range: Range<usize>) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
    let within = &text[range.clone()];
    within.match_indices(['=', ':']).filter_map(move |(at, sign)| {
        let at = range.start + at;
        let after = &text[at + 1..range.end];
        let is_json = text[..at].ends_with(['"', '\'']) || after.starts_with(' ');
        if sign == ":" && !is_json {
            return None;
        }
        let blank = sign == ":" || text[..at].ends_with(' ');
        let value = if blank { after.trim_start_matches(' ') } else { after };
        let quote = value.chars().next().filter(|it| ['"', '\''].contains(it));
        let value = quote.map_or(value, |it| &value[it.len_utf8()..]);
        let start = range.end - value.len();
        let ends = |it: char| match quote {
            Some(quote) => it == quote,
            None => it.is_whitespace() || matches!(it, ';' | '&' | '"' | '\'' | ',' | '}'),
        };
        let end = start + value.find(ends).unwrap_or(value.len());
        let key = key_before(text, at)?;
        (end > start).then_some((key, start..end))
    })
}

/// The key that ends before a separator; ADO writes `User Id=` and `Initial Catalog=`.
fn key_before(text: &str, separator: usize) -> Option<Range<usize>> {
    let quotes = ['"', '\'', ' '];
    let head = text[..separator].trim_end_matches(quotes);
    let part = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.');
    let start = head.trim_end_matches(part).len();
    let key = &head[start..];
    let lead = ["user", "initial"].into_iter().find(|lead| {
        let before = head[..start].to_ascii_lowercase();
        before.ends_with(&format!("{lead} "))
            && matches!(
                (*lead, key.to_ascii_lowercase().as_str()),
                ("user", "id") | ("initial", "catalog")
            )
    });
    let start = start - lead.map_or(0, |it| it.len() + 1);
    (!key.is_empty()).then_some(start..head.len())
}

#[cfg(test)]
mod tests {
    use super::pieces;
    use crate::lower::hosts::text::{Kind, places};
    use crate::lower::replacement::Part;

    /// Covers every part of the connection to `db` with its letter.
    fn covered(kind: Kind<'_>, text: &str) -> String {
        let place = places(text, kind, |it| it == "db").remove(0);
        let mut found = pieces(text, &place);
        found.sort_by_key(|it| it.range.start);
        let mut covered = text.to_owned();
        for piece in found.into_iter().rev() {
            let letter = match piece.part {
                Part::User => "U",
                Part::Password => "P",
                Part::Database => "D",
                Part::Scheme => "S",
                other => panic!("{other:?}"),
            };
            covered.replace_range(piece.range, letter);
        }
        covered
    }

    #[test]
    fn the_parts_of_a_connection_are_found_in_every_form() {
        let cases = [
            ("postgres://app:secret@db:5432/app", "S://U:P@db:5432/D"),
            ("postgres://db/app?sslmode=disable", "S://db/D?sslmode=disable"),
            ("postgresql://app@db:5432/app?schema=app", "S://U@db:5432/D?schema=app"),
            ("redis://:secret@db:6379/0", "S://:P@db:6379/D"),
            (
                "mongodb://a:b@db:1,other:2/app?authSource=admin",
                "S://U:P@db:1,other:2/D?authSource=admin",
            ),
            ("postgresql+asyncpg://app@db/app", "postgresql+S://U@db/D"),
            ("http://db:9200/index?user=app", "S://db:9200/index?user=app"),
            (
                "jdbc:mysql://db:3306/app?user=app&password=secret",
                "jdbc:S://db:3306/D?user=U&password=P",
            ),
            (
                "jdbc:sqlserver://db:1433;databaseName=app;user=sa;password=secret",
                "jdbc:S://db:1433;databaseName=D;user=U;password=P",
            ),
            ("app:secret@tcp(db:3306)/app?parseTime=true", "U:P@tcp(db:3306)/D?parseTime=true"),
            ("mysql://app:secret@tcp(db:3306)/app", "S://U:P@tcp(db:3306)/D"),
            ("mysql:host=db;port=3306;dbname=app", "mysql:host=db;port=3306;dbname=D"),
            ("host=db user=app dbname=app password='a b'", "host=db user=U dbname=D password='P'"),
            (
                "Server=db;Database=app;User Id=sa;Pwd=secret;Connect Timeout=3",
                "Server=db;Database=D;User Id=U;Pwd=P;Connect Timeout=3",
            ),
            ("Data Source=db;Initial Catalog=app", "Data Source=db;Initial Catalog=D"),
            (
                "{\"host\": \"db\", \"user\": \"app\", \"name\": \"x\"}",
                "{\"host\": \"db\", \"user\": \"U\", \"name\": \"x\"}",
            ),
            (
                "-Ddb.host=db -Ddb.user=app -Dmail.user=me",
                "-Ddb.host=db -Ddb.user=U -Dmail.user=me",
            ),
            ("db:5432", "db:5432"),
        ];
        for (text, expected) in cases {
            assert_eq!(covered(Kind::Variable("DATABASE_HOST"), text), expected);
        }
    }
}
