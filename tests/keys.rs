//! The table of keys against what happens: every row has a case that holds the key, and whose diagnostics say what the
//! row says. That the table has all keys of the schema is tested beside the pass that reports them.
#![expect(clippy::disallowed_methods, reason = "the test reads the cases that the table names")]

mod support;

use std::collections::BTreeMap;
use std::ops::Range;

use compose2ecs::diagnostic::Diagnostic;
use compose2ecs::support::{Outcome, Row, UsedKey};
use compose2ecs::{Compilation, compile, keys_of};
use support::{Case, files, root};

/// A case with everything that rows are checked against.
struct Shown {
    /// The YAML files of the case, with the keys each has.
    texts: Vec<(String, Vec<UsedKey>)>,
    compilation: Compilation,
}

impl Shown {
    fn read(fixture: &str) -> Self {
        let folder = root().join("fixtures").join(fixture);
        let yaml = files(&folder).into_iter().filter(|it| it.extension().is_some_and(is_yaml));
        let texts = yaml.map(|it| std::fs::read_to_string(it).expect("fixtures are text"));
        let texts = texts.map(|it| (it.clone(), keys_of(&it))).collect();
        let case = Case::read(&folder);
        Self { texts, compilation: compile(&case.world(), &case.options()) }
    }

    /// The places of a key: the text it stands in, and the key in it.
    fn uses<'a>(&'a self, path: &'a str) -> impl Iterator<Item = (&'a str, &'a UsedKey)> {
        let all = self.texts.iter().flat_map(|(text, keys)| keys.iter().map(move |it| (text, it)));
        all.filter(move |(_, it)| it.path == path).map(|(text, it)| (text.as_str(), it))
    }

    /// Whether the diagnostics say of a key what a row says.
    fn says(&self, row: &Row) -> bool {
        self.uses(row.path).any(|(text, key)| {
            let said = |it: &&Diagnostic| {
                Some(it.severity) == row.outcome.severity()
                    && Some(it.code) == row.code()
                    && it.labels.iter().any(|label| self.is_at(label.span, text, key))
            };
            self.compilation.diagnostics.iter().any(|it| said(&it))
        })
    }

    /// Whether a place is a key, the whole of its value, a part of a value that has no keys, or all that it stands in.
    fn is_at(&self, span: compose2ecs::source::Span, text: &str, key: &UsedKey) -> bool {
        let Some(file) = span.file() else { return false };
        if self.compilation.sources.get(file).text != text {
            return false;
        }
        let place = span.range();
        let has_keys = self.uses_inside(text, &key.value);
        touches(&place, &key.key)
            || place == key.value
            || (!has_keys && touches(&place, &key.value))
    }

    fn uses_inside(&self, text: &str, range: &Range<usize>) -> bool {
        let keys = self.texts.iter().filter(|(it, _)| it == text).flat_map(|(_, keys)| keys);
        keys.into_iter().any(|it| range.start <= it.key.start && it.key.end <= range.end)
    }
}

fn is_yaml(extension: &std::ffi::OsStr) -> bool {
    extension == "yml" || extension == "yaml"
}

fn touches(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

/// The key that a key stands below.
fn above(path: &str) -> &str {
    let parent = path.rsplit_once('.').expect("a key that another speaks for").0;
    parent.trim_end_matches(".*").trim_end_matches("[]")
}

/// What is wrong with a row, if anything.
fn problem(row: &'static Row, shown: &Shown) -> Option<String> {
    let place = format!("{} {:?} in {}", row.path, row.values, row.fixture);
    if shown.uses(row.path).next().is_none() {
        return Some(format!("{place}: no file of the case has the key"));
    }
    if row.outcome == Outcome::Supported {
        return None;
    }
    let speaker = speaker(row);
    let what = format!("{} [{}]", row.outcome.name(), speaker.code().map_or("", |it| it.name()));
    (!shown.says(speaker)).then(|| format!("{place}: nothing says that it is {what}"))
}

/// The row whose message is about a row: itself, or that of the key it stands below, with the same outcome.
fn speaker(row: &'static Row) -> &'static Row {
    let (mut speaker, mut path) = (row, row.path);
    while speaker.is_said_above() {
        path = above(path);
        let rows = compose2ecs::support();
        let same = rows.into_iter().find(|it| it.path == path && it.outcome == row.outcome);
        speaker = same.unwrap_or(speaker);
    }
    speaker
}

#[test]
fn every_row_is_shown_by_a_case() {
    let mut cases: BTreeMap<&str, Shown> = BTreeMap::new();
    let mut problems = Vec::new();
    for row in compose2ecs::support() {
        let shown = cases.entry(row.fixture).or_insert_with(|| Shown::read(row.fixture));
        problems.extend(problem(row, shown));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_row_has_words() {
    for row in compose2ecs::support() {
        assert!(!row.becomes.is_empty() && !row.becomes.ends_with('.'), "{}", row.path);
    }
}
