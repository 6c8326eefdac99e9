//! A task definition -> lines of text: the task's own members, then those of each container under its name.

use serde_json::{Map, Value, to_value};

use crate::ecs::{TaskDefinition, normal};
use crate::redact::{cover_values, mask_file, mask_source, mask_value};
use crate::stack::FILE_VARIABLE;

/// A line under its headings.
pub(super) struct Line {
    /// From the outermost to the innermost.
    pub(super) headings: Vec<String>,
    /// What may be shown.
    pub(super) shown: String,
    /// The same with its secrets, to compare; never shown.
    pub(super) meant: String,
}

/// A text as it may be shown, and as it is.
struct Text {
    shown: String,
    meant: String,
}

/// The normal form of a definition as data; nothing for none.
pub(super) fn value(definition: Option<&TaskDefinition>) -> Value {
    let value = |it| to_value(normal(it)).expect("definitions are plain data");
    definition.map_or(Value::Null, value)
}

/// The lines of the normal form of a definition, with what is known to be secret covered.
pub(super) fn lines(definition: Value, secrets: &[String]) -> Vec<Line> {
    let Value::Object(mut members) = definition else {
        return Vec::new();
    };
    let containers = members.shift_remove("containerDefinitions");
    let mut writer = Writer { headings: Vec::new(), lines: Vec::new(), secrets };
    writer.members(&members);
    for container in containers.iter().filter_map(Value::as_array).flatten() {
        writer.named("container ", container);
    }
    writer.lines
}

struct Writer<'a> {
    headings: Vec<String>,
    lines: Vec<Line>,
    secrets: &'a [String],
}

impl Writer<'_> {
    fn members(&mut self, members: &Map<String, Value>) {
        for (name, value) in members {
            self.member(name, value);
        }
    }

    fn member(&mut self, name: &str, value: &Value) {
        match value {
            Value::Object(members) => self.under(name, |it| it.members(members)),
            Value::Array(items) if items.iter().any(Value::is_object) => {
                self.under(name, |it| it.items(name, items));
            }
            _ => self.line(&format!("{name}: "), &scalar(name, value)),
        }
    }

    fn items(&mut self, list: &str, items: &[Value]) {
        for item in items {
            match item {
                item if list == "volumes" => self.named("", item),
                Value::Object(members) if lines_of(members, self.secrets).is_some() => {
                    let (name, lines) = lines_of(members, self.secrets).unwrap_or_default();
                    self.under(&quoted(&name), |it| {
                        for line in &lines {
                            it.line("| ", line);
                        }
                    });
                }
                Value::Object(members) => match pair(members) {
                    Some((name, text)) => self.line(&format!("{name}: "), &text),
                    None => self.line("- ", &flow(members)),
                },
                other => self.line("- ", &scalar("", other)),
            }
        }
    }

    /// An object under its name, and whatever else it has below.
    fn named(&mut self, kind: &str, item: &Value) {
        let mut members = item.as_object().cloned().unwrap_or_default();
        let name = members.shift_remove("name");
        let name = quoted(name.as_ref().and_then(Value::as_str).unwrap_or_default());
        self.under(&format!("{kind}{name}"), |it| it.members(&members));
    }

    fn under(&mut self, heading: &str, write: impl FnOnce(&mut Self)) {
        let text = format!("{heading}:");
        self.line("", &Text { shown: text.clone(), meant: text });
        self.headings.push(heading.to_owned());
        write(self);
        self.headings.pop();
    }

    fn line(&mut self, lead: &str, text: &Text) {
        self.lines.push(Line {
            headings: self.headings.clone(),
            shown: format!("{lead}{}", cover_values(&text.shown, self.secrets)),
            meant: format!("{lead}{}", text.meant),
        });
    }
}

/// A variable whose value has several lines, such as the content of a file: a line each, so that a change shows as one.
fn lines_of(members: &Map<String, Value>, secrets: &[String]) -> Option<(String, Vec<Text>)> {
    let (name, value) = (members.get("name")?.as_str()?, members.get("value")?.as_str()?);
    if secrets.iter().any(|it| it.contains('\n') && value.contains(it.as_str())) {
        return None;
    }
    let masked = covered(name, value);
    let is_shown = |it: char| it == '\t' || !it.is_control();
    let shown = |it: &str| {
        if it.chars().all(is_shown) { it.to_owned() } else { format!("{it:?}") }
    };
    let text =
        |(masked, meant): (&str, &str)| Text { shown: shown(masked), meant: meant.to_owned() };
    // A value that is covered as a whole has one line.
    let is_alike = masked.split('\n').count() == value.split('\n').count();
    let lines = masked.split('\n').zip(value.split('\n')).map(text);
    (value.contains('\n') && is_alike).then(|| (name.to_owned(), lines.collect()))
}

/// A name with its value: a variable, a secret, a tag, a kernel parameter, a line of `/etc/hosts`.
fn pair(members: &Map<String, Value>) -> Option<(String, Text)> {
    const NAMES: [&str; 4] = ["name", "key", "namespace", "hostname"];
    let mut entries = members.iter();
    let (Some((key, Value::String(name))), Some((kind, value @ Value::String(text))), None) =
        (entries.next(), entries.next(), entries.next())
    else {
        return None;
    };
    let text = if kind == "valueFrom" {
        // Where a secret is kept is none.
        Text { shown: quoted(text), meant: quoted(text) }
    } else {
        scalar(name, value)
    };
    NAMES.contains(&key.as_str()).then(|| (quoted(name), text))
}

/// An object on one line.
fn flow(members: &Map<String, Value>) -> Text {
    let parts: Vec<(&str, Text)> =
        members.iter().map(|(name, value)| (name.as_str(), scalar(name, value))).collect();
    let join = |text: fn(&Text) -> &str| {
        parts
            .iter()
            .map(|(name, it)| format!("{name}: {}", text(it)))
            .collect::<Vec<_>>()
            .join(", ")
    };
    Text { shown: join(|it| &it.shown), meant: join(|it| &it.meant) }
}

fn scalar(name: &str, value: &Value) -> Text {
    match value {
        Value::String(text) => Text { shown: quoted(&covered(name, text)), meant: quoted(text) },
        Value::Array(words) => list(words),
        other => Text { shown: other.to_string(), meant: other.to_string() },
    }
}

/// A list on one line. Its words are covered together, since one may name the secret that the next one is.
fn list(items: &[Value]) -> Text {
    let words: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
    if words.len() < items.len() {
        let text = Value::from(items).to_string();
        return Text { shown: text.clone(), meant: text };
    }
    let masked = mask_source(&words.join(" "), &[]);
    let mut start = 0;
    let shown = words.iter().map(|word| {
        // What covers is as long as what it covers.
        let part = masked.get(start..start + word.len()).unwrap_or("***");
        start += word.len() + 1;
        format!("{part:?}")
    });
    let shown = shown.collect::<Vec<_>>().join(", ");
    let meant = words.iter().map(|it| format!("{it:?}")).collect::<Vec<_>>().join(", ");
    Text { shown: format!("[{shown}]"), meant: format!("[{meant}]") }
}

/// A value without its secrets. An ARN says where one is kept, which is no secret.
fn covered(name: &str, value: &str) -> String {
    if value.starts_with("arn:") {
        return value.to_owned();
    }
    if name.starts_with(FILE_VARIABLE) {
        // Nothing here says where the content comes from, and a text of one line may be a secret and nothing else.
        let is_one_line = !value.trim_end().contains('\n');
        return if is_one_line { "***".to_owned() } else { mask_file(value) };
    }
    mask_source(&mask_value(name, value), &[])
}

/// A text as it is when it stands on one line and moves no cursor, else in quotes.
fn quoted(text: &str) -> String {
    let is_plain = |it: char| matches!(it, '"' | '\'' | '\\') || it.escape_debug().len() == 1;
    if !text.is_empty() && text.trim() == text && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("{text:?}")
    }
}
