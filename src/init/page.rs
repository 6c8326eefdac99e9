//! Keys, values and remarks -> the text of a YAML file that people read and edit.

use std::fmt::Write as _;

use serde_json::Value as Json;

/// What tells a line of words from a proposal: behind the `#` of a comment it makes `##`.
const WORDS: char = '#';

/// How wide a line may be.
const WIDTH: usize = 110;

/// One key with its value, and what is said of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    /// Lines above the key: words as `wrap` makes them, or proposals, which only need their `# ` taken away.
    pub(super) comments: Vec<String>,
    /// `None` for comments alone.
    pub(super) key: Option<String>,
    /// One of Compose's own, such as `!override`.
    pub(super) tag: Option<&'static str>,
    pub(super) content: Content,
    /// Behind the value.
    pub(super) remark: Option<String>,
}

/// What stands behind a key.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// On one line where it fits.
    Flow(Json),
    Block(Vec<Entry>),
    /// A list of mappings.
    Items(Vec<Vec<Entry>>),
}

impl Default for Content {
    fn default() -> Self {
        Self::Block(Vec::new())
    }
}

impl Entry {
    pub(super) fn flow(key: &str, value: impl Into<Json>) -> Self {
        let content = Content::Flow(value.into());
        Self { key: Some(key.to_owned()), content, ..Self::default() }
    }

    pub(super) fn block(key: &str, entries: Vec<Self>) -> Self {
        let content = Content::Block(entries);
        Self { key: Some(key.to_owned()), content, ..Self::default() }
    }

    pub(super) fn items(key: &str, items: Vec<Vec<Self>>) -> Self {
        Self { key: Some(key.to_owned()), content: Content::Items(items), ..Self::default() }
    }

    /// Lines of comment that stand alone.
    pub(super) fn comments(comments: Vec<String>) -> Self {
        Self { comments, ..Self::default() }
    }

    /// A block of plain values on one line.
    pub(super) fn flattened(mut self) -> Self {
        if let Content::Block(entries) = &self.content {
            let pair = |it: &Self| match (&it.key, &it.content) {
                (Some(key), Content::Flow(value)) => Some((key.clone(), value.clone())),
                _ => None,
            };
            let pairs: Option<serde_json::Map<String, Json>> = entries.iter().map(pair).collect();
            if let Some(pairs) = pairs {
                self.content = Content::Flow(Json::Object(pairs));
            }
        }
        self
    }

    /// With words above it.
    pub(super) fn said(mut self, words: &str) -> Self {
        self.comments.extend(wrap(words));
        self
    }

    /// With words behind it.
    pub(super) fn remark(mut self, remark: impl Into<String>) -> Self {
        self.remark = Some(remark.into());
        self
    }

    /// Whether it says anything to a machine.
    fn is_written(&self) -> bool {
        match &self.content {
            _ if self.key.is_none() => false,
            Content::Flow(_) => true,
            Content::Block(entries) => entries.iter().any(Self::is_written),
            Content::Items(items) => !items.is_empty(),
        }
    }

    /// Whether one of its comments would say something to a machine.
    fn proposes(&self) -> bool {
        let inside: &[Self] = match &self.content {
            Content::Block(entries) => entries,
            _ => &[],
        };
        self.comments.iter().any(|it| !it.starts_with(WORDS)) || inside.iter().any(Self::proposes)
    }
}

/// Writes the entries of a document.
pub(super) fn write(entries: &[Entry]) -> String {
    let mut text = String::new();
    for entry in entries {
        write_entry(entry, 0, &mut text);
    }
    text
}

/// An entry as lines of a comment, which only need their `#` taken away.
pub(super) fn lines(entry: &Entry) -> Vec<String> {
    write(std::slice::from_ref(entry)).lines().map(str::to_owned).collect()
}

fn write_entry(entry: &Entry, depth: usize, text: &mut String) {
    let margin = " ".repeat(depth);
    for comment in &entry.comments {
        let blank = if comment.starts_with(WORDS) { "" } else { " " };
        let line = format!("{margin}#{blank}{}", on_one_line(comment));
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let Some(key) = &entry.key else { return };
    let key = scalar(key);
    let remark =
        entry.remark.as_ref().map(|it| format!("  # {}", on_one_line(it))).unwrap_or_default();
    match &entry.content {
        Content::Flow(value) => {
            let tag = entry.tag.map(|it| format!(" {it}")).unwrap_or_default();
            write_value(&margin, (&key, &tag), value, &remark, text);
        }
        Content::Block(entries) => {
            // A key without content would be a null; its comments are kept.
            let hidden = match entry.is_written() {
                true => "",
                false if entry.proposes() => "# ",
                false => "## ",
            };
            let _ = writeln!(text, "{margin}{hidden}{key}:{remark}");
            for entry in entries {
                write_entry(entry, depth + 2, text);
            }
        }
        Content::Items(items) => {
            let _ = writeln!(text, "{margin}{key}:{remark}");
            for item in items {
                write_item(item, depth + 2, text);
            }
        }
    }
}

fn on_one_line(text: &str) -> String {
    text.replace(|it: char| it.is_control(), " ")
}

/// A list item: a mapping whose first line stands behind the dash.
fn write_item(entries: &[Entry], depth: usize, text: &mut String) {
    let mut item = String::new();
    for entry in entries {
        write_entry(entry, depth + 2, &mut item);
    }
    let mut is_first = true;
    for line in item.lines() {
        let is_comment = line.trim_start().starts_with('#');
        match line.get(depth + 2..).filter(|_| is_first && !is_comment) {
            Some(rest) => {
                is_first = false;
                let _ = writeln!(text, "{}- {rest}", " ".repeat(depth));
            }
            None if is_first => {
                let _ = writeln!(text, "{}{}", " ".repeat(depth), line.trim_start());
            }
            None => {
                let _ = writeln!(text, "{line}");
            }
        }
    }
}

fn write_value(
    margin: &str,
    (key, tag): (&str, &str),
    value: &Json,
    remark: &str,
    text: &mut String,
) {
    let line = format!("{margin}{key}:{tag} {}{remark}", flow(value));
    let children: Vec<(String, &Json)> = match value {
        Json::Object(object) => object.iter().map(|(key, it)| (scalar(key), it)).collect(),
        _ => Vec::new(),
    };
    if line.chars().count() <= WIDTH || !is_long(value) {
        let _ = writeln!(text, "{line}");
        return;
    }
    if let Json::Array(items) = value {
        let _ = writeln!(text, "{margin}{key}:{tag}{remark}");
        for item in items {
            let _ = writeln!(text, "{margin}  - {}", flow(item));
        }
        return;
    }
    let _ = writeln!(text, "{margin}{key}:{remark}");
    for (key, value) in children {
        write_value(&format!("{margin}  "), (&key, ""), value, "", text);
    }
}

fn is_long(value: &Json) -> bool {
    match value {
        Json::Object(object) => !object.is_empty(),
        Json::Array(items) => !items.is_empty(),
        _ => false,
    }
}

/// A value on one line.
pub(super) fn flow(value: &Json) -> String {
    match value {
        // The overlay's own variables are replaced when it is read.
        Json::String(text) => scalar(&text.replace('$', "$$")),
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Json::Object(object) => {
            let pairs: Vec<String> =
                object.iter().map(|(key, it)| format!("{}: {}", scalar(key), flow(it))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        other => other.to_string(),
    }
}

/// A text as every reader of YAML takes it for that text.
pub(super) fn scalar(text: &str) -> String {
    const WORDS_OF_YAML: [&str; 10] =
        ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~"];
    let plain = |it: char| it.is_ascii_alphanumeric() || "_./-@".contains(it);
    let begins = text.starts_with(|it: char| it.is_ascii_alphabetic() || it == '/');
    let inner_colons = text.split(':').all(|it| it.chars().all(plain)) && !text.ends_with(':');
    if begins && inner_colons && !WORDS_OF_YAML.contains(&text.to_ascii_lowercase().as_str()) {
        return text.to_owned();
    }
    let is_simple = !text.contains(['\'', '\\']) && text.chars().all(|it| !it.is_control());
    if is_simple && text.contains('"') {
        return format!("'{text}'");
    }
    Json::from(text).to_string()
}

/// A text of any length as lines of words for a comment, broken at blanks.
pub(super) fn wrap(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().map_or(0, |it| it.chars().count());
        if line > 0 && line + 1 + word.chars().count() > WIDTH - 12 {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.into_iter().map(|it| format!("{WORDS} {it}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Entry, scalar, wrap, write};

    #[test]
    fn texts_that_yaml_would_take_for_something_else_stand_in_quotes() {
        for (text, expected) in [
            ("nginx", "nginx"),
            ("ssm:/app/key", "ssm:/app/key"),
            ("a: b", "\"a: b\""),
            ("on", "\"on\""),
            ("000000000000", "\"000000000000\""),
            ("{{branch}}.example.com", "\"{{branch}}.example.com\""),
            ("{{ecr \"app\"}}:{{branch}}", "'{{ecr \"app\"}}:{{branch}}'"),
            ("", "\"\""),
            ("laravel.test", "laravel.test"),
        ] {
            assert_eq!(scalar(text), expected, "{text}");
        }
    }

    #[test]
    fn what_holds_only_comments_is_a_comment() {
        let inside = vec![Entry::comments(vec!["later: 1".to_owned()])];
        let entries = [
            Entry::flow("a", json!({ "b": [1, "x"] })).remark("EDIT"),
            Entry::block("replace", inside),
            Entry::block("words", vec![Entry::comments(wrap("said"))]),
            Entry::items("list", vec![vec![Entry::flow("k", 1).said("why"), Entry::flow("l", 2)]]),
        ];
        let expected = "a: { b: [1, x] }  # EDIT\n# replace:\n  # later: 1\n## words:\n  ## said\nlist:\n  ## why\n  - k: 1\n    l: 2\n";
        assert_eq!(write(&entries), expected);
    }

    #[test]
    fn comments_are_broken_at_blanks() {
        let lines = wrap(&"word ".repeat(60));
        assert!(lines.len() > 2 && lines.iter().all(|it| it.len() <= 100), "{lines:?}");
    }
}
