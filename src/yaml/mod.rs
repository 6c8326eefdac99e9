//! Text -> a tree of nodes that know their place: phase 1 of the compiler.

pub(crate) mod decode;
pub(crate) mod json;
pub(crate) mod parse;
pub(crate) mod scalar;
pub(crate) mod sensitive;

use indexmap::IndexMap;

use crate::source::Span;

/// One value of a YAML document with its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) span: Span,
    pub(crate) directive: Option<Directive>,
    /// Only where something happened to the value after it was read.
    pub(crate) history: Option<Box<History>>,
}

/// A value after Compose's scalar rules (`reference/compose.md`, 1.3).
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    /// A date, in the text that Go prints for it.
    Timestamp(String),
    String(String),
    Sequence(Vec<Node>),
    /// In a box, for most nodes are scalars and a mapping is four times as large.
    Mapping(Box<Mapping>),
}

impl From<Mapping> for Value {
    fn from(mapping: Mapping) -> Self {
        Self::Mapping(Box::new(mapping))
    }
}

pub(crate) type Mapping = IndexMap<String, Entry>;

/// The value of a key, and where the key stands.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key_span: Span,
    pub(crate) node: Node,
}

/// Compose's own tags, obeyed when documents are merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Directive {
    Reset,
    Override,
}

/// What became of a value on its way.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    /// The value of an earlier file that this one took the place of.
    pub(crate) overrides: Option<Span>,
    /// Variables in it that were not set.
    pub(crate) unset: Vec<String>,
    /// Whether the value itself came from the environment or an env file, not from the text.
    pub(crate) substituted: bool,
    /// Whether a mapping stands for the list that Compose makes of two mappings it merges.
    pub(crate) listed: bool,
}

impl PartialEq for Node {
    /// Values only: where they stand makes no difference.
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

impl Node {
    pub(crate) fn new(value: Value, span: Span) -> Self {
        Self { value, span, directive: None, history: None }
    }

    pub(crate) fn string(text: impl Into<String>, span: Span) -> Self {
        Self::new(Value::String(text.into()), span)
    }

    pub(crate) fn mapping(span: Span) -> Self {
        Self::new(Value::from(Mapping::new()), span)
    }

    /// The value of a key, when this is a mapping that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.as_mapping()?.get(key).map(|it| &it.node)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.as_mapping_mut()?.get_mut(key).map(|it| &mut it.node)
    }

    pub(crate) fn as_mapping(&self) -> Option<&Mapping> {
        match &self.value {
            Value::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    pub(crate) fn as_mapping_mut(&mut self) -> Option<&mut Mapping> {
        match &mut self.value {
            Value::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    pub(crate) fn as_sequence(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// The words that name the value's type in a message.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Integer(_) => "an integer",
            Value::Float(_) => "a number",
            Value::Timestamp(_) => "a date",
            Value::String(_) => "a string",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
        }
    }

    pub(crate) fn history_mut(&mut self) -> &mut History {
        self.history.get_or_insert_with(Box::default)
    }

    /// The value this one took the place of, when a merge left one behind.
    pub(crate) fn overridden(&self) -> Option<Span> {
        self.history.as_ref()?.overrides
    }
}

/// Sets a key, keeping its position when it is there already.
pub(crate) fn set(mapping: &mut Mapping, key: &str, node: Node) {
    match mapping.get_mut(key) {
        Some(entry) => entry.node = node,
        None => {
            mapping.insert(key.to_owned(), Entry { key_span: node.span, node });
        }
    }
}
