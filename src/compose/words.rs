//! Turns a command line into its words, as `command: npm start` is split.

use crate::compose::text::TextError;

/// The words of a command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) words: Vec<String>,
    /// The byte of the unquoted `;`, `&`, `|`, `<` or `>` at which Compose silently stops reading.
    pub(crate) cut_at: Option<usize>,
}

/// Splits like a shell at blanks, with quotes and backslashes, but expands nothing.
pub(crate) fn split(text: &str) -> Result<Words, TextError> {
    let mut splitter = Splitter::default();
    for (offset, character) in text.char_indices() {
        if splitter.cut_at.is_some() {
            break;
        }
        splitter.read(offset, character)?;
    }
    splitter.finish()
}

#[derive(Default)]
struct Splitter {
    words: Vec<String>,
    word: String,
    /// Whether a word has begun: `""` is a word too.
    begun: bool,
    backslash: Option<usize>,
    open: Open,
    cut_at: Option<usize>,
}

/// Where each kind of quote was opened that is not closed yet.
#[derive(Default)]
struct Open {
    double: Option<usize>,
    single: Option<usize>,
    backtick: Option<usize>,
    /// `$(`
    command: Option<usize>,
}

impl Splitter {
    fn read(&mut self, offset: usize, character: char) -> Result<(), TextError> {
        if self.backslash.take().is_some() {
            self.push(unescaped(character));
            return Ok(());
        }
        match character {
            '\\' if self.open.single.is_none() => self.backslash = Some(offset),
            ' ' | '\t' | '\r' | '\n' if !self.open.any() => self.end_word(),
            '(' | ')' if !self.open.quoted_or_backtick() => self.bracket(offset, character)?,
            '"' if self.open.single.or(self.open.command).is_none() => {
                self.begun |= toggle(&mut self.open.double, offset);
            }
            '\'' if self.open.double.or(self.open.command).is_none() => {
                self.begun |= toggle(&mut self.open.single, offset);
            }
            '`' if !self.open.quoted() && self.open.command.is_none() => {
                toggle(&mut self.open.backtick, offset);
                self.push(character);
            }
            ';' | '&' | '|' | '<' | '>' if !self.open.any() => self.cut(offset, character),
            _ => self.push(character),
        }
        Ok(())
    }

    /// A bracket may only stand unquoted as part of `$(…)`.
    fn bracket(&mut self, offset: usize, character: char) -> Result<(), TextError> {
        let opens = character == '(';
        if opens && (self.open.command.is_some() || !self.word.ends_with('$')) {
            let error = TextError::new(offset, "`(` stands outside quotes");
            return Err(error
                .with_help("no shell reads this command: quote the bracket, or run `sh -c '…'`"));
        }
        // To Compose a lone `)` opens what the next `)` closes.
        toggle(&mut self.open.command, offset);
        self.push(character);
        Ok(())
    }

    fn cut(&mut self, offset: usize, operator: char) {
        let descriptor = self.word.starts_with(|it: char| it.is_ascii_digit());
        if operator == '>' && descriptor {
            self.begun = false;
        }
        self.cut_at = Some(offset);
    }

    fn push(&mut self, character: char) {
        self.begun = true;
        self.word.push(character);
    }

    fn end_word(&mut self) {
        let word = std::mem::take(&mut self.word);
        if std::mem::take(&mut self.begun) {
            self.words.push(word);
        }
    }

    fn finish(mut self) -> Result<Words, TextError> {
        self.end_word();
        if let Some(offset) = self.backslash {
            return Err(TextError::new(offset, "a `\\` ends the command"));
        }
        let Open { double, single, backtick, command } = self.open;
        let unclosed = [
            (double, "`\"` is never closed"),
            (single, "`'` is never closed"),
            (backtick, "a backtick is never closed"),
            (command, "a bracket has no partner"),
        ];
        let first = unclosed.into_iter().filter_map(|(at, message)| Some((at?, message))).min();
        match first {
            Some((offset, message)) => Err(TextError::new(offset, message)),
            None => Ok(Words { words: self.words, cut_at: self.cut_at }),
        }
    }
}

impl Open {
    fn any(&self) -> bool {
        self.quoted_or_backtick() || self.command.is_some()
    }

    fn quoted_or_backtick(&self) -> bool {
        self.quoted() || self.backtick.is_some()
    }

    fn quoted(&self) -> bool {
        self.double.or(self.single).is_some()
    }
}

/// Opens a closed quote or closes an open one; says whether it closed one.
fn toggle(quote: &mut Option<usize>, offset: usize) -> bool {
    let closes = quote.is_some();
    *quote = if closes { None } else { Some(offset) };
    closes
}

fn unescaped(character: char) -> char {
    match character {
        't' => '\t',
        'n' => '\n',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    fn check(text: &str, expected: &[&str]) {
        let words = split(text).unwrap();
        assert_eq!((words.words, words.cut_at), (owned(expected), None), "{text}");
    }

    fn cut(text: &str, expected: &[&str], at: usize) {
        let words = split(text).unwrap();
        assert_eq!((words.words, words.cut_at), (owned(expected), Some(at)), "{text}");
    }

    fn refuse(text: &str, offset: usize) {
        assert_eq!(split(text).unwrap_err().offset, offset, "{text}");
    }

    fn owned(words: &[&str]) -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn blanks_separate_words() {
        check("", &[]);
        check(" npm \t run\n start ", &["npm", "run", "start"]);
    }

    #[test]
    fn quotes_group_and_may_be_empty() {
        check(r#"a 'b c' "d e"f '' """#, &["a", "b c", "d ef", "", ""]);
        check(r#"'a\b' "a\"b""#, &[r"a\b", "a\"b"]);
    }

    #[test]
    fn backslashes_escape_the_next_character() {
        check(r"a\ b \\ \x \n", &["a b", r"\", "x", "\n"]);
    }

    #[test]
    fn nothing_is_expanded() {
        check("$HOME `date -u` $(id -u) ~ *", &["$HOME", "`date -u`", "$(id -u)", "~", "*"]);
    }

    #[test]
    fn an_unquoted_operator_ends_the_command() {
        cut("npm i && npm start", &["npm", "i"], 6);
        cut("a;b", &["a"], 1);
        cut("run 2> log", &["run"], 5);
        cut("run x> log", &["run", "x"], 5);
        check("sh -c 'a && b'", &["sh", "-c", "a && b"]);
    }

    #[test]
    fn unbalanced_text_is_refused_where_it_opens() {
        refuse("a \"b", 2);
        refuse("echo it's", 7);
        refuse("a `b", 2);
        refuse("a $(b", 3);
        refuse("a (b)", 2);
        refuse("a )", 2);
        refuse("a\\", 1);
    }
}
