//! Where in the model a value stands, and how messages call it.

use super::shape::Object;
use crate::source::Span;

/// One step of the way from the top of the model to a value; the steps before it are its parents.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) parent: Option<&'a Place<'a>>,
    pub(super) step: Step<'a>,
    /// The key that the value stands under, or the value when it has none.
    pub(super) span: Span,
    /// The object that the value is a part of.
    pub(super) owner: Option<&'static Object>,
}

#[derive(Clone, Copy)]
pub(super) enum Step<'a> {
    Top,
    Key(&'a str),
    /// From 0 on.
    Item(usize),
    /// A thing with a name of its own: noun and name.
    Thing(&'static str, &'a str),
}

impl<'a> Place<'a> {
    pub(super) fn top(span: Span) -> Self {
        Self { parent: None, step: Step::Top, span, owner: None }
    }

    pub(super) fn child(&'a self, step: Step<'a>, span: Span) -> Self {
        Place { parent: Some(self), step, span, owner: None }
    }

    /// The nearest key: of the value itself, or of the list or mapping it is in.
    pub(super) fn key(&self) -> &'a str {
        match (self.step, self.parent) {
            (Step::Key(key), _) => key,
            (Step::Item(_), Some(parent)) => parent.key(),
            _ => "",
        }
    }

    /// Whether the value is an item of a list.
    pub(super) fn is_item(&self) -> bool {
        matches!(self.step, Step::Item(_))
    }

    /// The words that stand for the value in a message.
    pub(super) fn subject(&self) -> String {
        let mut text = String::new();
        let mut keys = Vec::new();
        let mut place = Some(self);
        while let Some(it) = place {
            match it.step {
                Step::Key(key) => keys.push(key),
                Step::Top => flush(&mut keys, &mut text),
                Step::Item(index) => {
                    flush(&mut keys, &mut text);
                    append(&mut text, &format!("item {}", index + 1));
                }
                Step::Thing(noun, name) => {
                    flush(&mut keys, &mut text);
                    append(&mut text, &format!("the {noun} `{name}`"));
                    return text;
                }
            }
            place = it.parent;
        }
        if text.is_empty() { "the top level".to_owned() } else { text }
    }

    /// The words that follow on "unknown key".
    pub(super) fn inside(&self) -> String {
        let preposition = if matches!(self.step, Step::Top) { "at" } else { "in" };
        format!("{preposition} {}", self.subject())
    }
}

/// Keys in a row become one path.
fn flush(keys: &mut Vec<&str>, text: &mut String) {
    if !keys.is_empty() {
        keys.reverse();
        append(text, &format!("`{}`", keys.join(".")));
        keys.clear();
    }
}

fn append(text: &mut String, words: &str) {
    if !text.is_empty() {
        text.push_str(" of ");
    }
    text.push_str(words);
}
