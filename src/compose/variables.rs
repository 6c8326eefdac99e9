//! Turns a text with `$NAME` and `${NAME:-word}` into the text with their values.

use indexmap::IndexSet;

use crate::compose::text::TextError;

/// A text whose variables are replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Substitution {
    pub(crate) text: String,
    /// The names that were used, not set and had no default, each once: one warning each.
    pub(crate) unset: Vec<String>,
}

/// Why the variables of a text cannot be replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SubstituteError {
    /// The text is well formed, but a variable it requires by `:?` or `?` has no value.
    pub(crate) required: bool,
    pub(crate) error: TextError,
}

/// Replaces the variables of `text`; a value is never looked at again.
pub(crate) fn substitute(
    text: &str,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<Substitution, SubstituteError> {
    if !text.contains('$') {
        return Ok(Substitution { text: text.to_owned(), unset: Vec::new() });
    }
    let mut expansion = Expansion { lookup, unset: IndexSet::new() };
    let text = expansion.expand(Region { text, origin: 0, depth: 0 })?;
    Ok(Substitution { text, unset: expansion.unset.into_iter().collect() })
}

/// Compose itself knows no bound; no author nests this deep, and the call stack is finite.
const MAX_DEPTH: usize = 64;

const REFERENCE_HELP: &str = "write `${NAME}`, with `:-`, `-`, `:+`, `+`, `:?` or `?` right after the name, \
                              or `$$` for a `$` that is meant literally";

struct Expansion<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    unset: IndexSet<String>,
}

/// A part of the whole text that is expanded on its own: the text itself, or the word of a default.
#[derive(Clone, Copy)]
struct Region<'t> {
    text: &'t str,
    /// Where the region begins in the whole text.
    origin: usize,
    depth: usize,
}

impl Expansion<'_> {
    fn expand(&mut self, region: Region<'_>) -> Result<String, SubstituteError> {
        let text = region.text;
        let mut line = Line::default();
        let mut output = String::with_capacity(text.len());
        let mut position = 0;
        while let Some(found) = text[position..].find('$') {
            let dollar = position + found;
            output.push_str(&text[position..dollar]);
            position = dollar + 1;
            match text.as_bytes().get(position) {
                Some(b'$') => {
                    output.push('$');
                    position += 1;
                }
                Some(b'{') => {
                    line.reach(text, dollar);
                    let reference = braced(text, dollar, line.last_brace)
                        .map_err(|it| malformed_in(region, it))?;
                    position = reference.end;
                    output.push_str(&self.value(region, &reference)?);
                }
                Some(byte) if starts_name(*byte) => {
                    let name = leading_name(&text[position..]);
                    position += name.len();
                    output.push_str(&self.plain(name));
                }
                _ => output.push('$'),
            }
        }
        output.push_str(&text[position..]);
        Ok(output)
    }

    fn value(
        &mut self,
        region: Region<'_>,
        reference: &Reference<'_>,
    ) -> Result<String, SubstituteError> {
        let Some(Operator { test, empty_is_unset }) = reference.operator else {
            return Ok(self.plain(reference.name));
        };
        let value = (self.lookup)(reference.name);
        let present = value.as_deref().is_some_and(|it| !(empty_is_unset && it.is_empty()));
        match (test, present) {
            (Test::Default, false) | (Test::Alternative, true) => self.word(region, reference),
            (Test::Default | Test::Required, true) | (Test::Alternative, false) => {
                Ok(value.unwrap_or_default())
            }
            (Test::Required, false) => {
                let word = self.word(region, reference)?;
                Err(required(region, reference, &word))
            }
        }
    }

    fn word(
        &mut self,
        region: Region<'_>,
        reference: &Reference<'_>,
    ) -> Result<String, SubstituteError> {
        let inner = Region {
            text: reference.word,
            origin: region.origin + reference.word_at,
            depth: region.depth + 1,
        };
        if inner.depth > MAX_DEPTH {
            let message = format!("more than {MAX_DEPTH} variables stand inside each other");
            return Err(SubstituteError {
                required: false,
                error: TextError::new(inner.origin, message),
            });
        }
        self.expand(inner)
    }

    fn plain(&mut self, name: &str) -> String {
        (self.lookup)(name).unwrap_or_else(|| {
            self.unset.insert(name.to_owned());
            String::new()
        })
    }
}

/// The line that is being read, kept so that its last `}` is looked for only once.
#[derive(Default)]
struct Line {
    end: usize,
    last_brace: Option<usize>,
}

impl Line {
    fn reach(&mut self, text: &str, position: usize) {
        if position < self.end {
            return;
        }
        let rest = &text[position..];
        let length = rest.find('\n').unwrap_or(rest.len());
        self.end = position + length;
        self.last_brace = rest[..length].rfind('}').map(|it| position + it);
    }
}

struct Reference<'t> {
    at: usize,
    name: &'t str,
    operator: Option<Operator>,
    word: &'t str,
    word_at: usize,
    /// The byte after the closing brace.
    end: usize,
}

#[derive(Clone, Copy)]
struct Operator {
    test: Test,
    /// The `:` of `:-`, `:+` and `:?`.
    empty_is_unset: bool,
}

#[derive(Clone, Copy)]
enum Test {
    Default,
    Alternative,
    Required,
}

/// Reads `${…}`; Compose takes a word up to the last `}` of its line, then cuts at the brace that matches.
fn braced(
    text: &str,
    dollar: usize,
    last_brace: Option<usize>,
) -> Result<Reference<'_>, TextError> {
    let name_at = dollar + 2;
    let name = leading_name(&text[name_at..]);
    let after_name = name_at + name.len();
    let operator = operator(&text[after_name..]);
    let word_at = after_name + operator.map_or(0, Operator::length);
    let close = match (operator, last_brace) {
        _ if name.is_empty() => None,
        (None, _) => text[after_name..].starts_with('}').then_some(after_name),
        (Some(_), last) => {
            last.filter(|it| *it >= word_at).map(|it| matching_brace(text, dollar, it))
        }
    };
    let close = close.ok_or_else(|| malformed(text, dollar, name))?;
    Ok(Reference {
        at: dollar,
        name,
        operator,
        word: &text[word_at..close],
        word_at,
        end: close + 1,
    })
}

fn operator(after_name: &str) -> Option<Operator> {
    let without_colon = after_name.strip_prefix(':');
    let test = match without_colon.unwrap_or(after_name).as_bytes().first()? {
        b'-' => Test::Default,
        b'+' => Test::Alternative,
        b'?' => Test::Required,
        _ => return None,
    };
    Some(Operator { test, empty_is_unset: without_colon.is_some() })
}

impl Operator {
    fn length(self) -> usize {
        1 + usize::from(self.empty_is_unset)
    }
}

/// The brace that closes the one after `dollar`, or `last` when the braces up to there do not add up.
fn matching_brace(text: &str, dollar: usize, last: usize) -> usize {
    let bytes = text.as_bytes();
    let mut open = 0_usize;
    let mut position = dollar;
    while position < last {
        match bytes[position] {
            b'{' => {
                open += 1;
                // Compose never looks at the byte after an opening brace.
                position += 1;
            }
            b'}' if open <= 1 => return position,
            b'}' => open -= 1,
            _ => {}
        }
        position += 1;
    }
    last
}

fn leading_name(text: &str) -> &str {
    let bytes = text.as_bytes();
    let length = match bytes.first() {
        Some(byte) if starts_name(*byte) => {
            bytes.iter().take_while(|it| starts_name(**it) || it.is_ascii_digit()).count()
        }
        _ => 0,
    };
    &text[..length]
}

fn starts_name(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphabetic()
}

fn required(region: Region<'_>, reference: &Reference<'_>, word: &str) -> SubstituteError {
    let colon = if word.is_empty() { "" } else { ": " };
    let name = reference.name;
    let message = format!("required variable {name} is missing a value{colon}{word}");
    let error = TextError::new(region.origin + reference.at, message);
    let help = format!("set `{name}` in the shell, or write it into `.env`");
    SubstituteError { required: true, error: error.with_help(help) }
}

fn malformed_in(region: Region<'_>, error: TextError) -> SubstituteError {
    SubstituteError { required: false, error: error.moved(region.origin) }
}

fn malformed(text: &str, dollar: usize, name: &str) -> TextError {
    let line = text[dollar..].lines().next().unwrap_or_default();
    let inside = line.get(2..).unwrap_or_default();
    let message = match inside[name.len()..].chars().next() {
        None | Some('}') if name.is_empty() => "`${` is not followed by a name".to_owned(),
        Some(other) if name.is_empty() => format!("a variable name cannot start with `{other}`"),
        Some(other) if operator(&inside[name.len()..]).is_none() => {
            format!("`{other}` cannot follow the variable name `{name}`")
        }
        _ => format!("`${{{name}` is not closed on its line"),
    };
    TextError::new(dollar, message).with_help(REFERENCE_HELP)
}

#[cfg(test)]
mod tests {
    use super::{MAX_DEPTH, SubstituteError, Substitution, substitute};

    fn run(text: &str) -> Result<Substitution, SubstituteError> {
        substitute(text, &|name| match name {
            "HOST" => Some("db".to_owned()),
            "EMPTY" => Some(String::new()),
            "RAW" => Some("$HOST".to_owned()),
            _ => None,
        })
    }

    fn check(text: &str, expected: &str) {
        assert_eq!(run(text).unwrap().text, expected, "{text}");
    }

    fn refuse(text: &str, offset: usize, message: &str) {
        let error = run(text).unwrap_err().error;
        assert_eq!((error.offset, error.message.as_str()), (offset, message), "{text}");
    }

    #[test]
    fn plain_text_and_lone_dollars_stay() {
        for text in ["", "plain", "a$", "$ x", "$1 $( $é", "awk '{print $2}'"] {
            check(text, text);
        }
    }

    #[test]
    fn names_are_replaced_and_doubled_dollars_halved() {
        check("$HOST:$$HOST:${HOST}x", "db:$HOST:dbx");
        check("$HOST-é", "db-é");
    }

    #[test]
    fn a_value_is_not_expanded_again() {
        check("${RAW}", "$HOST");
    }

    #[test]
    fn the_colon_decides_whether_empty_counts_as_unset() {
        check("${EMPTY:-d}|${EMPTY-d}|${NONE-d}", "d||d");
        check("${EMPTY:+a}|${EMPTY+a}|${NONE+a}|${HOST:+a}", "|a||a");
        check("${EMPTY?m}|${HOST:?m}", "|db");
    }

    #[test]
    fn words_nest_and_are_lazy() {
        check("${NONE:-${EMPTY:-<${HOST}>}} $HOST", "<db> db");
        check("${HOST:-${NOT A NAME}}", "db");
        assert!(run("${HOST:-$NONE}${NONE+$NONE}").unwrap().unset.is_empty());
    }

    #[test]
    fn braces_match_the_way_compose_counts_them() {
        check("${NONE:-{}}", "{}");
        check("${NONE:-{\"a\":1}} $HOST", "{\"a\":1} db");
        check("${NONE:-a}b}", "ab}");
        check("${NONE:-{é}}${HOST}", "{é}db");
    }

    #[test]
    fn each_unset_name_is_reported_once_in_order() {
        let unset = run("$B ${A} $B ${C:-$D}").unwrap().unset;
        assert_eq!(unset, ["B", "A", "D"]);
    }

    #[test]
    fn malformed_references_are_refused_where_they_stand() {
        refuse("x ${}", 2, "`${` is not followed by a name");
        refuse("${9}", 0, "a variable name cannot start with `9`");
        refuse("${A b}", 0, "` ` cannot follow the variable name `A`");
        refuse("${A", 0, "`${A` is not closed on its line");
        refuse("${A:-\n}", 0, "`${A` is not closed on its line");
        refuse("${NONE:-x${HOST!}}", 9, "`!` cannot follow the variable name `HOST`");
    }

    #[test]
    fn a_required_variable_is_an_error_of_its_own_kind() {
        assert!(run("${NONE?}").unwrap_err().required);
        assert!(!run("${NONE:?${}}").unwrap_err().required);
        refuse("a ${NONE:?set $HOST}", 2, "required variable NONE is missing a value: set db");
        refuse("${EMPTY:?}", 0, "required variable EMPTY is missing a value");
    }

    #[test]
    fn endless_nesting_is_refused() {
        let text = "${A:-".repeat(100_000) + &"}".repeat(100_000);
        assert!(run(&text).is_err());
        let text = "${A:-".repeat(MAX_DEPTH) + "x" + &"}".repeat(MAX_DEPTH);
        check(&text, "x");
    }
}
