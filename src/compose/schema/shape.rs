//! The words that the schema is written in: what a value may look like.

use crate::yaml::{Node, Value};

/// What a value may look like.
pub(super) enum Shape {
    Any,
    Null,
    Boolean,
    Integer {
        minimum: i128,
        maximum: i128,
    },
    Number,
    String,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Text that passes a test; the help says what passes.
    Text {
        passes: fn(&str) -> bool,
        help: &'static str,
    },
    List(&'static Shape),
    /// A list without equal items.
    Set(&'static Shape),
    /// Names of the author's own choice, all with values of one shape.
    Map(&'static Map),
    Object(&'static Object),
    /// Alternatives of different kinds, so that a value's own kind says which one is meant.
    OneOf(&'static [Shape]),
}

pub(super) struct Map {
    pub(super) names: Names,
    /// What one entry is called, when it is a thing of its own: a service, a network.
    pub(super) noun: Option<&'static str>,
    pub(super) value: Shape,
}

/// Which names a map takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    Any,
    NotEmpty,
    /// Letters, digits, `.`, `_` and `-`.
    Plain,
}

pub(super) struct Object {
    /// In alphabetical order, to be found by halving.
    pub(super) keys: &'static [(&'static str, Shape)],
    pub(super) required: &'static [&'static str],
    pub(super) others: Others,
}

/// What becomes of keys that an object does not list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Others {
    Refused,
    /// Only `x-…`.
    Extensions,
    Ignored,
}

pub(super) const INTEGER: Shape = Shape::Integer { minimum: i128::MIN, maximum: i128::MAX };
pub(super) const FLAG: Shape = Shape::OneOf(&[Shape::Boolean, Shape::String]);
pub(super) const WHOLE: Shape = Shape::OneOf(&[INTEGER, Shape::String]);
pub(super) const AMOUNT: Shape = Shape::OneOf(&[Shape::Number, Shape::String]);
pub(super) const STRINGS: Shape = Shape::List(&Shape::String);
pub(super) const UNIQUE_STRINGS: Shape = Shape::Set(&Shape::String);
pub(super) const STRING_OR_LIST: Shape = Shape::OneOf(&[Shape::String, UNIQUE_STRINGS]);
pub(super) const COMMAND: Shape = Shape::OneOf(&[Shape::String, STRINGS, Shape::Null]);
pub(super) const SCALAR: Shape =
    Shape::OneOf(&[Shape::String, Shape::Number, Shape::Boolean, Shape::Null]);

/// `KEY: value` or `- KEY=value`.
pub(super) const PAIRS: Shape = Shape::OneOf(&[
    Shape::Map(&Map { names: Names::NotEmpty, noun: None, value: SCALAR }),
    UNIQUE_STRINGS,
]);

/// Options of a driver.
pub(super) const OPTIONS: Shape = Shape::Map(&Map { names: Names::Any, noun: None, value: AMOUNT });

/// An object that takes extensions and lacks nothing when it is empty.
pub(super) const fn object(keys: &'static [(&'static str, Shape)]) -> Object {
    Object { keys, required: &[], others: Others::Extensions }
}

impl Object {
    pub(super) fn shape(&self, key: &str) -> Option<&'static Shape> {
        let found = self.keys.binary_search_by(|(name, _)| (*name).cmp(key)).ok()?;
        Some(&self.keys[found].1)
    }
}

impl Names {
    pub(super) fn take(self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::NotEmpty => !name.is_empty(),
            Self::Plain => {
                let plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'_' | b'-');
                !name.is_empty() && name.bytes().all(plain)
            }
        }
    }
}

impl Shape {
    /// The alternative that a value of this kind chooses.
    pub(super) fn select(&'static self, value: &Value) -> Option<&'static Self> {
        match self {
            Self::OneOf(shapes) => shapes.iter().find_map(|it| it.select(value)),
            _ => self.suits(value).then_some(self),
        }
    }

    /// Whether a value is of this kind, whatever is in it. A date is the string that it is written as.
    fn suits(&self, value: &Value) -> bool {
        match value {
            Value::Null => matches!(self, Self::Null | Self::Any),
            Value::Bool(_) => matches!(self, Self::Boolean | Self::Any),
            Value::Integer(_) => matches!(self, Self::Integer { .. } | Self::Number | Self::Any),
            Value::Float(it) if !it.is_finite() => matches!(self, Self::Any),
            Value::Float(it) if it.fract() != 0.0 => matches!(self, Self::Number | Self::Any),
            Value::Float(_) => matches!(self, Self::Integer { .. } | Self::Number | Self::Any),
            Value::String(_) | Value::Timestamp(_) => {
                matches!(self, Self::String | Self::Word(_) | Self::Text { .. } | Self::Any)
            }
            Value::Sequence(_) => matches!(self, Self::List(_) | Self::Set(_) | Self::Any),
            Value::Mapping(_) => matches!(self, Self::Map(_) | Self::Object(_) | Self::Any),
        }
    }

    /// The object among the alternatives.
    pub(super) fn object(&'static self) -> Option<&'static Object> {
        self.alternatives().iter().find_map(|it| match it {
            Self::Object(object) => Some(*object),
            _ => None,
        })
    }

    /// The map among the alternatives.
    pub(super) fn map(&'static self) -> Option<&'static Map> {
        self.alternatives().iter().find_map(|it| match it {
            Self::Map(map) => Some(*map),
            _ => None,
        })
    }

    /// The shape of an item, when a list is among the alternatives.
    pub(super) fn item(&'static self) -> Option<&'static Self> {
        self.alternatives().iter().find_map(|it| match it {
            Self::List(item) | Self::Set(item) => Some(*item),
            _ => None,
        })
    }

    /// Whether a text would do.
    pub(super) fn takes_text(&'static self) -> bool {
        self.select(&Value::String(String::new())).is_some()
    }

    pub(super) fn alternatives(&'static self) -> &'static [Self] {
        match self {
            Self::OneOf(shapes) => shapes,
            _ => std::slice::from_ref(self),
        }
    }

    /// The words for a message, as in "must be a list".
    pub(super) fn words(&'static self) -> String {
        if let Self::OneOf([Self::Boolean, Self::String]) | Self::Boolean = self {
            return "`true` or `false`".to_owned();
        }
        let words: Vec<&str> = self.alternatives().iter().filter_map(Self::word).collect();
        listing(&words, "or")
    }

    fn word(&self) -> Option<&'static str> {
        match self {
            Self::Any | Self::Null | Self::OneOf(_) => None,
            Self::Boolean => Some("a boolean"),
            Self::Integer { .. } => Some("a whole number"),
            Self::Number => Some("a number"),
            Self::String | Self::Word(_) | Self::Text { .. } => Some("a string"),
            Self::List(_) | Self::Set(_) => Some("a list"),
            Self::Map(_) | Self::Object(_) => Some("a mapping"),
        }
    }
}

/// `a, b or c`.
pub(super) fn listing<T: std::borrow::Borrow<str>>(words: &[T], conjunction: &str) -> String {
    match words.split_last() {
        None => String::new(),
        Some((only, [])) => only.borrow().to_owned(),
        Some((last, rest)) => format!("{} {conjunction} {}", rest.join(", "), last.borrow()),
    }
}

/// The text of a scalar when it is certain to be the one in the file.
pub(super) fn written(node: &Node) -> Option<String> {
    let text = match &node.value {
        Value::String(it) => it.clone(),
        Value::Integer(it) => it.to_string(),
        Value::Float(it) => it.to_string(),
        Value::Bool(it) => it.to_string(),
        _ => return None,
    };
    let quotes = if matches!(node.value, Value::String(_)) { 2 } else { 0 };
    let length = node.span.range().len();
    (length == text.len() || length == text.len() + quotes).then_some(text)
}
