//! Turns the text of a `.env` or `env_file` into its keys and values.

use indexmap::IndexMap;

use crate::compose::text::TextError;
use crate::compose::variables::substitute;

/// What an env file says, in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DotEnv {
    /// Of entries with one key the last that has a value wins.
    pub(crate) entries: Vec<DotEnvEntry>,
    /// Variables that a value used but nobody set, with the byte where that value begins.
    pub(crate) unset: Vec<(String, usize)>,
}

/// One statement of an env file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DotEnvEntry {
    pub(crate) key: String,
    /// None: a bare key that the surroundings do not know; it sets nothing.
    pub(crate) value: Option<String>,
    /// The byte of the file at which the key begins.
    pub(crate) offset: usize,
}

/// Reads Compose's own format; a variable is looked up outside first, then among the keys read so far.
pub(crate) fn parse(
    text: &str,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<DotEnv, TextError> {
    let mut reader = Reader {
        text,
        position: byte_order_mark(text),
        lookup,
        known: IndexMap::new(),
        found: DotEnv::default(),
    };
    while reader.reach_statement() {
        reader.statement()?;
    }
    Ok(reader.found)
}

/// Reads `format: raw`, the rules of `docker run --env-file`: values are taken as they stand.
pub(crate) fn parse_raw(
    text: &str,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<DotEnv, TextError> {
    let mut found = DotEnv::default();
    let mut position = byte_order_mark(text);
    for line in text[position..].split_inclusive('\n') {
        let content = line.trim_end_matches('\n');
        let content = content.strip_suffix('\r').unwrap_or(content);
        let statement = content.trim_start_matches([' ', '\t']);
        let offset = position + content.len() - statement.len();
        position += line.len();
        if !statement.is_empty() && !statement.starts_with('#') {
            let entry = raw_entry(statement, lookup).map_err(|it| it.moved(offset))?;
            found.entries.push(DotEnvEntry { offset, ..entry });
        }
    }
    Ok(found)
}

struct Reader<'a> {
    text: &'a str,
    position: usize,
    lookup: &'a dyn Fn(&str) -> Option<String>,
    known: IndexMap<String, String>,
    found: DotEnv,
}

impl<'a> Reader<'a> {
    /// Skips blank lines and comments; false at the end of the file.
    fn reach_statement(&mut self) -> bool {
        loop {
            self.skip(char::is_whitespace);
            if !self.rest().starts_with('#') {
                return !self.rest().is_empty();
            }
            self.position += line_length(self.rest());
        }
    }

    fn statement(&mut self) -> Result<(), TextError> {
        self.skip_export();
        let offset = self.position;
        let key = key(self.rest()).map_err(|it| it.moved(offset))?;
        self.position += key.length;
        self.skip(is_blank);
        let value = if key.bare { (self.lookup)(key.name) } else { Some(self.value()?) };
        if let Some(value) = &value {
            self.known.insert(key.name.to_owned(), value.clone());
        }
        self.found.entries.push(DotEnvEntry { key: key.name.to_owned(), value, offset });
        Ok(())
    }

    fn skip_export(&mut self) {
        let blanks = ['\t', '\n', '\u{c}', '\r', ' '];
        let after = self.rest().strip_prefix("export");
        if after.is_some_and(|it| it.starts_with(blanks)) {
            self.position += "export".len();
            self.skip(is_blank);
        }
    }

    fn value(&mut self) -> Result<String, TextError> {
        let start = self.position;
        let rest = self.rest();
        if let Some(quote @ ('"' | '\'')) = rest.chars().next() {
            let quoted = quoted(&rest[1..], quote).map_err(|it| it.moved(start))?;
            self.position += quoted.length + 1;
            return match quote {
                '"' => self.expand(&unescape(&quoted.content), start + 1),
                _ => Ok(quoted.content),
            };
        }
        let line = &rest[..line_length(rest)];
        self.position += line.len();
        let value = line.split_once(" #").map_or(line, |(value, _)| value);
        self.expand(value.trim_end(), start)
    }

    /// Replaces the variables of a value that begins at `start`.
    fn expand(&mut self, value: &str, start: usize) -> Result<String, TextError> {
        let known = &self.known;
        let lookup = |name: &str| (self.lookup)(name).or_else(|| known.get(name).cloned());
        // Escapes move the bytes of a value, so only an untouched one can point inside.
        let untouched = self.text[start..].starts_with(value);
        let substitution = substitute(value, &lookup).map_err(|it| {
            let offset = if untouched { start + it.error.offset } else { start };
            TextError { offset, ..it.error }
        })?;
        let unset = substitution.unset.into_iter().map(|it| (it, start));
        self.found.unset.extend(unset);
        Ok(substitution.text)
    }

    fn skip(&mut self, blank: fn(char) -> bool) {
        let rest = self.rest();
        self.position += rest.len() - rest.trim_start_matches(blank).len();
    }

    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }
}

struct Key<'t> {
    name: &'t str,
    /// A line with a key alone.
    bare: bool,
    /// The key and the sign that ends it.
    length: usize,
}

/// Reads a key up to its `=`, `:` or line end.
fn key(text: &str) -> Result<Key<'_>, TextError> {
    for (index, character) in text.char_indices() {
        match character {
            '=' | ':' | '\n' => {
                let name = text[..index].trim_end();
                return match name.find(' ') {
                    Some(blank) => Err(blank_in_key(name, blank)),
                    None => Ok(Key { name, bare: character == '\n', length: index + 1 }),
                };
            }
            _ if is_key_character(character) || is_blank(character) => {}
            _ => {
                let message = format!("`{character}` cannot be part of a variable name");
                return Err(TextError::new(index, message));
            }
        }
    }
    if text.is_empty() {
        return Err(TextError::new(0, "`export` is not followed by a name"));
    }
    // Without a line end Compose takes a bare key for the value of a key without name.
    Ok(Key { name: "", bare: false, length: 0 })
}

fn blank_in_key(name: &str, blank: usize) -> TextError {
    let message = format!("`{name}` is not a variable name: it holds a blank");
    TextError::new(blank, message).with_help("a line is `KEY=value`, `KEY` or a `# comment`")
}

fn is_key_character(character: char) -> bool {
    matches!(character, '_' | '.' | '-' | '[' | ']')
        || character.is_alphabetic()
        || character.is_numeric()
}

/// A blank inside a line: every one but the line feed.
fn is_blank(character: char) -> bool {
    matches!(character, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}

fn line_length(text: &str) -> usize {
    text.find('\n').map_or(text.len(), |it| it + 1)
}

struct Quoted {
    content: String,
    /// The content as written, and the closing quote.
    length: usize,
}

/// Reads what follows an opening quote; of all escapes only that of the quote itself is undone here.
fn quoted(text: &str, quote: char) -> Result<Quoted, TextError> {
    let mut content = String::new();
    let mut characters = text.char_indices();
    while let Some((index, character)) = characters.next() {
        if character == quote {
            let length = index + 1;
            return Ok(Quoted { content, length });
        }
        if character != '\\' {
            content.push(character);
            continue;
        }
        match characters.next() {
            Some((_, escaped)) if escaped == quote => content.push(escaped),
            Some((_, other)) => content.extend(['\\', other]),
            None => break,
        }
    }
    let error = TextError::new(0, format!("the value's `{quote}` is never closed"));
    Err(error.with_help(format!(
        "close it with `{quote}`, or put the whole value into the other kind of quotes"
    )))
}

/// Undoes the escapes of a double-quoted value; `\$` becomes the `$$` of interpolation.
fn unescape(content: &str) -> String {
    let mut output = String::with_capacity(content.len());
    let mut rest = content;
    while let Some((before, after)) = rest.split_once('\\') {
        output.push_str(before);
        rest = match simple_escape(after) {
            Some(text) => {
                output.push_str(text);
                &after[1..]
            }
            None => octal_escape(after, &mut output),
        };
    }
    output.push_str(rest);
    output
}

fn simple_escape(after: &str) -> Option<&'static str> {
    Some(match after.as_bytes().first()? {
        b'n' => "\n",
        b'r' => "\r",
        b't' => "\t",
        b'a' => "\u{7}",
        b'b' => "\u{8}",
        b'f' => "\u{c}",
        b'v' => "\u{b}",
        b'"' => "\"",
        b'\\' => "\\",
        b'$' => "$$",
        _ => return None,
    })
}

/// Undoes `\0` and three octal digits; anything else after a backslash stays. Returns what is left.
fn octal_escape<'t>(after: &'t str, output: &mut String) -> &'t str {
    let Some(rest) = after.strip_prefix('0') else {
        output.push('\\');
        return after;
    };
    let length = rest.bytes().take(3).take_while(u8::is_ascii_digit).count();
    let (digits, rest) = rest.split_at(length);
    match u8::from_str_radix(digits, 8) {
        Ok(code) if length == 3 => output.push(char::from(code)),
        // Compose drops the `0` even when it cannot read the digits.
        _ => output.extend(["\\", digits]),
    }
    rest
}

fn byte_order_mark(text: &str) -> usize {
    let mark = '\u{feff}';
    if text.starts_with(mark) { mark.len_utf8() } else { 0 }
}

fn raw_entry(
    statement: &str,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<DotEnvEntry, TextError> {
    let (key, value) = match statement.split_once('=') {
        Some((key, value)) => (key, Some(value.to_owned())),
        None => (statement, lookup(statement)),
    };
    if key.is_empty() {
        return Err(TextError::new(0, "a name is missing before `=`"));
    }
    if let Some(blank) = key.find([' ', '\t']) {
        return Err(blank_in_key(key, blank));
    }
    Ok(DotEnvEntry { key: key.to_owned(), value, offset: 0 })
}

#[cfg(test)]
mod tests {
    use super::{DotEnv, parse, parse_raw};

    fn outside(name: &str) -> Option<String> {
        (name == "HOST").then(|| "db".to_owned())
    }

    fn shown(found: &DotEnv) -> String {
        let shown = found.entries.iter().map(|it| match &it.value {
            Some(value) => format!("{}={value}|", it.key),
            None => format!("{}|", it.key),
        });
        shown.collect()
    }

    fn check(text: &str, expected: &str) {
        assert_eq!(shown(&parse(text, &outside).unwrap()), expected, "{text}");
    }

    fn refuse(text: &str, offset: usize, message: &str) {
        let error = parse(text, &outside).unwrap_err();
        assert_eq!((error.offset, error.message.as_str()), (offset, message), "{text}");
    }

    #[test]
    fn statements_comments_and_blank_lines_are_told_apart() {
        check("\u{feff}# c\n\nA=1\r\n  B : 2\nexport C=3", "A=1|B=2|C=3|");
        check("export.x=1\nexport =2", "export.x=1|=2|");
    }

    #[test]
    fn an_unquoted_value_ends_at_a_comment_or_the_line() {
        check("A= x y  # c\nB=x#c\nC= #c\nD=", "A=x y|B=x#c|C=#c|D=|");
        check("A=a\\\nB=\\n", "A=a\\|B=\\n|");
    }

    #[test]
    fn quotes_span_lines_and_only_double_ones_unescape() {
        check("A='a\\nb\\'\n$HOST'\nB=\"a\\nb\n$HOST\\$X\"", "A=a\\nb'\n$HOST|B=a\nb\ndb$X|");
        check("A=\"\\\\n\\x\\0101\\0777\\01é\\0\"\n", "A=\\n\\xA\\777\\1é\\|");
    }

    #[test]
    fn what_follows_a_quoted_value_is_a_bare_key() {
        check("A=\"a\" B\nC=1", "A=a|B|C=1|");
        check("A='a'b", "A=a|=b|");
    }

    #[test]
    fn bare_keys_are_inherited() {
        check("HOST\nOTHER\n", "HOST=db|OTHER|");
        check("HOST", "=HOST|");
    }

    #[test]
    fn variables_come_from_outside_before_earlier_keys() {
        check("HOST=x\nA=$HOST\nB=${A}1\nC=$D\nD=1", "HOST=x|A=db|B=db1|C=|D=1|");
        let found = parse("A=1\nB=\"$X\"", &outside).unwrap();
        assert_eq!(found.unset, [("X".to_owned(), 7)]);
        assert_eq!(found.entries[1].offset, 4);
    }

    #[test]
    fn faults_are_placed_in_the_file() {
        refuse("A=1\nB/C=1", 5, "`/` cannot be part of a variable name");
        refuse("A B=1", 1, "`A B` is not a variable name: it holds a blank");
        refuse("A=1\nB='x", 6, "the value's `'` is never closed");
        refuse("export ", 7, "`export` is not followed by a name");
        refuse("A=x${}", 3, "`${` is not followed by a name");
        refuse("A=\"\\t${}\"", 3, "`${` is not followed by a name");
    }

    #[test]
    fn a_required_variable_is_refused_in_its_place() {
        refuse("A=x${B:?now}", 3, "required variable B is missing a value: now");
    }

    #[test]
    fn raw_values_are_taken_as_they_stand() {
        let text = "\u{feff}# c\n A= \"$HOST\" # x \r\nHOST\nNONE\n\nB=";
        let found = parse_raw(text, &outside).unwrap();
        assert_eq!(shown(&found), "A= \"$HOST\" # x |HOST=db|NONE|B=|");
        assert_eq!(found.entries[0].offset, 8);
    }

    #[test]
    fn raw_lines_need_a_name_without_blanks() {
        assert_eq!(parse_raw("A=1\n=2", &outside).unwrap_err().offset, 4);
        assert_eq!(parse_raw("A B=2", &outside).unwrap_err().offset, 1);
    }
}
