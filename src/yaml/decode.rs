//! Nodes -> typed values: every read says what was expected, and what nobody read is an unknown key.

use super::{Entry, Mapping, Node, Value};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Reported, did_you_mean, sentence};
use crate::source::{Span, Spanned};

/// The fields of one mapping; asking for a key is what makes it known.
pub(crate) struct Fields<'a> {
    owner: &'a str,
    mapping: &'a Mapping,
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// Opens a mapping; `owner` is how messages call it.
    pub(crate) fn new(
        node: &'a Node,
        owner: &'a str,
        diagnostics: &mut Diagnostics,
    ) -> Result<Self, Reported> {
        match &node.value {
            Value::Mapping(mapping) => Ok(Self { owner, mapping, known: Vec::new() }),
            _ => Err(wrong_type(node, owner, "a mapping", diagnostics)),
        }
    }

    /// The entry of a key; a null counts as absent.
    pub(crate) fn entry(&mut self, key: &'static str) -> Option<&'a Entry> {
        self.known.push(key);
        self.mapping.get(key).filter(|it| !it.node.is_null())
    }

    /// The value of a key; a null counts as absent.
    pub(crate) fn get(&mut self, key: &'static str) -> Option<&'a Node> {
        self.entry(key).map(|it| &it.node)
    }

    /// Reports every key that nobody asked for.
    pub(crate) fn finish(self, diagnostics: &mut Diagnostics) {
        #[cfg(test)]
        asked::note(self.owner, &self.known);
        for (key, entry) in self.mapping {
            if !self.known.contains(&key.as_str()) {
                unknown_key(key, entry.key_span, self.owner, &self.known, diagnostics);
            }
        }
    }
}

/// Reports a key that does not exist, with the nearest that does.
pub(crate) fn unknown_key(
    key: &str,
    span: Span,
    owner: &str,
    known: &[&str],
    diagnostics: &mut Diagnostics,
) -> Reported {
    let diagnostic =
        Diagnostic::error(Code::UnknownKey, span, format!("unknown key `{key}` in {owner}"));
    diagnostics.report(match did_you_mean(key, known.iter().copied()) {
        Some(candidate) => diagnostic.help(format!("did you mean `{candidate}`?")),
        None => diagnostic.help(format!("{owner} takes {}", sentence(known))),
    })
}

/// Reports a value of the wrong type.
pub(crate) fn wrong_type(
    node: &Node,
    owner: &str,
    expected: &str,
    diagnostics: &mut Diagnostics,
) -> Reported {
    let message = format!("{owner} must be {expected}, not {}", node.kind());
    let mut diagnostic = Diagnostic::error(Code::WrongType, node.span, message);
    if expected == "a string" && matches!(node.value, Value::Float(_) | Value::Bool(_)) {
        diagnostic = diagnostic.help("put quotes around it");
    }
    if let Some(span) = node.overridden() {
        diagnostic = diagnostic.label(span, "it takes the place of this");
    }
    diagnostics.report(diagnostic)
}

/// A string, or a scalar in the text it stands for.
pub(crate) fn string(
    node: &Node,
    owner: &str,
    diagnostics: &mut Diagnostics,
) -> Result<Spanned<String>, Reported> {
    match &node.value {
        Value::String(text) | Value::Timestamp(text) => Ok(Spanned::new(text.clone(), node.span)),
        Value::Integer(it) => Ok(Spanned::new(it.to_string(), node.span)),
        _ => Err(wrong_type(node, owner, "a string", diagnostics)),
    }
}

/// A boolean.
pub(crate) fn boolean(
    node: &Node,
    owner: &str,
    diagnostics: &mut Diagnostics,
) -> Result<bool, Reported> {
    match node.value {
        Value::Bool(it) => Ok(it),
        _ => Err(wrong_type(node, owner, "`true` or `false`", diagnostics)),
    }
}

/// A whole number from 0 on; text of digits counts, so that variables can stand for numbers.
pub(crate) fn number(
    node: &Node,
    owner: &str,
    diagnostics: &mut Diagnostics,
) -> Result<Spanned<u32>, Reported> {
    let value = match &node.value {
        Value::Integer(it) => u32::try_from(*it).ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    let value =
        value.ok_or_else(|| wrong_type(node, owner, "a whole number from 0 on", diagnostics))?;
    Ok(Spanned::new(value, node.span))
}

/// A list.
pub(crate) fn list<'a>(
    node: &'a Node,
    owner: &str,
    diagnostics: &mut Diagnostics,
) -> Result<&'a [Node], Reported> {
    node.as_sequence().ok_or_else(|| wrong_type(node, owner, "a list", diagnostics))
}

/// A list of strings.
pub(crate) fn strings(
    node: &Node,
    owner: &str,
    diagnostics: &mut Diagnostics,
) -> Result<Vec<Spanned<String>>, Reported> {
    let items = list(node, owner, diagnostics)?;
    items.iter().map(|it| string(it, owner, diagnostics)).collect()
}

/// A mapping.
pub(crate) fn mapping<'a>(
    node: &'a Node,
    owner: &str,
    diagnostics: &mut Diagnostics,
) -> Result<&'a Mapping, Reported> {
    node.as_mapping().ok_or_else(|| wrong_type(node, owner, "a mapping", diagnostics))
}

/// Which keys decoders have asked for, for the test that compares them with the schema of the overlay.
#[cfg(test)]
pub(crate) mod asked {
    use std::cell::RefCell;
    use std::collections::{BTreeMap, BTreeSet};

    /// Keys by owner.
    pub(crate) type Asked = BTreeMap<String, BTreeSet<String>>;

    thread_local! {
        static ASKED: RefCell<Asked> = RefCell::default();
    }

    pub(super) fn note(owner: &str, keys: &[&str]) {
        ASKED.with_borrow_mut(|asked| {
            let keys = keys.iter().map(|it| (*it).to_owned());
            asked.entry(owner.to_owned()).or_default().extend(keys);
        });
    }

    /// What this thread has asked for since the last time.
    pub(crate) fn take() -> Asked {
        ASKED.take()
    }
}
