//! Plain data -> YAML that every reader takes for the same values, YAML 1.1 included.

use serde_json::{Map, Value};

/// Stands around the number of a text until the document is written; a text that holds it is numbered too.
const MARK: char = '\u{E001}';

/// Writes a document. Texts that an older reader would take for something else stand in double quotes.
pub(super) fn to_string(value: &Value) -> anyhow::Result<String> {
    let mut quoted = Vec::new();
    let marked = mark(value, &mut quoted);
    let written = serde_yaml::to_string(&marked)?;
    let mut text = String::with_capacity(written.len());
    for (position, part) in written.split(MARK).enumerate() {
        if position % 2 == 0 {
            text.push_str(part);
        } else {
            text.push_str(&serde_json::to_string(&quoted[part.parse::<usize>()?])?);
        }
    }
    Ok(text)
}

fn name(index: usize) -> String {
    format!("{MARK}{index}{MARK}")
}

fn mark(value: &Value, quoted: &mut Vec<String>) -> Value {
    match value {
        Value::String(text) => Value::String(mark_text(text, quoted)),
        Value::Array(items) => items.iter().map(|it| mark(it, quoted)).collect(),
        Value::Object(pairs) => {
            let marked = pairs.iter().map(|(key, it)| (mark_text(key, quoted), mark(it, quoted)));
            Value::Object(marked.collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

fn mark_text(text: &str, quoted: &mut Vec<String>) -> String {
    if !is_ambiguous(text) {
        return text.to_owned();
    }
    quoted.push(text.to_owned());
    name(quoted.len() - 1)
}

/// Whether a reader could take the text for a boolean, a number, a date, a null or a merge key, or this writer for
/// the number of another text.
fn is_ambiguous(text: &str) -> bool {
    const WORDS: [&str; 12] =
        ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "=", "<<"];
    let number = text.starts_with(|it: char| it.is_ascii_digit() || matches!(it, '+' | '-' | '.'))
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"+-._: ".contains(&it))
        && text.contains(|it: char| it.is_ascii_digit() || it == '.');
    WORDS.contains(&text.to_ascii_lowercase().as_str()) || number || text.contains(MARK)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::to_string;

    #[test]
    fn texts_that_older_readers_mistake_stand_in_quotes() {
        let cases = ["no", "Off", "1:30", "1_000", "2024-01-01", "=", "1.10", "~", "0o17", ".inf"];
        for text in cases {
            assert_eq!(
                to_string(&json!({ "a": text })).unwrap(),
                format!("a: \"{text}\"\n"),
                "{text}"
            );
        }
        for text in ["node", "app:1", "redis:7-alpine", "/var", "a-b"] {
            assert_eq!(to_string(&json!({ "a": text })).unwrap(), format!("a: {text}\n"), "{text}");
        }
        let marked = json!({ "a": "x\u{e001}y" });
        let written = to_string(&marked).unwrap();
        assert_eq!(serde_yaml::from_str::<serde_json::Value>(&written).unwrap(), marked);
        assert_eq!(
            to_string(&json!({ "on": ["a", "no", 1, true] })).unwrap(),
            "\"on\":\n- a\n- \"no\"\n- 1\n- true\n"
        );
    }
}
