//! What does not fit, as diagnostics.

use std::collections::BTreeSet;

use super::help;
use super::place::Place;
use super::shape::{Object, Shape};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity, did_you_mean};
use crate::source::{FileId, Span};
use crate::yaml::{Entry, Node, Value};

/// As many other places as one diagnostic shows.
const MAXIMUM_LABELS: usize = 5;

/// The sink, as the checks see it.
pub(super) struct Reporter<'a> {
    diagnostics: &'a mut Diagnostics,
    /// Where errors lie already.
    places: BTreeSet<(FileId, usize, usize)>,
}

impl<'a> Reporter<'a> {
    pub(super) fn new(diagnostics: &'a mut Diagnostics) -> Self {
        let errors = diagnostics.iter().filter(|it| it.severity == Severity::Error);
        let places = errors.filter_map(place_of).collect();
        Self { diagnostics, places }
    }

    /// One error for one place: an alias brings the same text to many services, and an earlier phase may have spoken.
    fn report(&mut self, diagnostic: Diagnostic) {
        if place_of(&diagnostic).is_none_or(|it| self.places.insert(it)) {
            self.diagnostics.report(diagnostic);
        }
    }

    /// An error in a value, with what happened to the value before.
    fn report_value(&mut self, node: &Node, mut diagnostic: Diagnostic) {
        if let Some(span) = node.overridden() {
            diagnostic = diagnostic.label(span, "it takes the place of this");
        }
        for name in node.history.iter().flat_map(|it| &it.unset) {
            diagnostic = diagnostic.help(format!("the variable `{name}` is not set"));
        }
        self.report(diagnostic);
    }

    pub(super) fn wrong_type(&mut self, node: &Node, shape: &'static Shape, place: &Place<'_>) {
        let subject = place.subject();
        let message = match &node.value {
            Value::Null => format!("{subject} is empty"),
            Value::Float(it) if !it.is_finite() => {
                format!("{subject} cannot be an infinite number or none")
            }
            _ => format!("{subject} must be {}, not {}", shape.words(), node.kind()),
        };
        let span = if node.span.range().is_empty() { place.span } else { node.span };
        let diagnostic = Diagnostic::error(Code::WrongType, span, message);
        self.report_value(node, helped(diagnostic, help::wrong_type(node, shape, place)));
    }

    pub(super) fn unknown_key(
        &mut self,
        key: &str,
        entry: &Entry,
        object: &'static Object,
        place: &Place<'_>,
    ) {
        let message = format!("unknown key `{key}` {}", place.inside());
        let diagnostic = Diagnostic::error(Code::UnknownKey, entry.key_span, message);
        self.report(diagnostic.help(help::unknown_key(key, &entry.node, object, place)));
    }

    pub(super) fn missing_key(&mut self, key: &str, object: &'static Object, place: &Place<'_>) {
        let message = format!("{} has no `{key}`", place.subject());
        let diagnostic = Diagnostic::error(Code::InvalidValue, place.span, message);
        let choices = match object.shape(key) {
            Some(Shape::Word(words)) => Some(help::one_of(words)),
            _ => None,
        };
        self.report(helped(diagnostic, choices));
    }

    pub(super) fn unknown_word(&mut self, node: &Node, words: &[&'static str], place: &Place<'_>) {
        let nearest = did_you_mean(node.as_str().unwrap_or_default(), words.iter().copied());
        let help =
            nearest.map_or_else(|| help::one_of(words), |it| format!("did you mean `{it}`?"));
        self.bad_text(node, help, place);
    }

    pub(super) fn bad_text(&mut self, node: &Node, help: String, place: &Place<'_>) {
        let subject = place.subject();
        let message = match node.as_str() {
            None | Some("") => format!("{subject} is empty"),
            Some(text) => format!("{subject} cannot be `{text}`"),
        };
        self.report_value(
            node,
            Diagnostic::error(Code::InvalidValue, node.span, message).help(help),
        );
    }

    pub(super) fn out_of_range(
        &mut self,
        node: &Node,
        minimum: i128,
        maximum: i128,
        place: &Place<'_>,
    ) {
        let subject = place.subject();
        let message = if maximum == i128::MAX {
            format!("{subject} must be {minimum} or more")
        } else {
            format!("{subject} must lie between {minimum} and {maximum}")
        };
        self.report_value(node, Diagnostic::error(Code::InvalidValue, node.span, message));
    }

    pub(super) fn repeated(&mut self, later: &Node, earlier: &Node, place: &Place<'_>) {
        let list = place.subject();
        let message = match &later.value {
            Value::String(text) => format!("`{text}` stands twice in {list}"),
            Value::Integer(it) => format!("`{it}` stands twice in {list}"),
            _ => format!("two items of {list} are equal"),
        };
        let diagnostic =
            Diagnostic::error(Code::InvalidValue, later.span, message).at("again here");
        self.report_value(later, diagnostic.label(earlier.span, "first here"));
    }

    pub(super) fn bad_name(&mut self, name: &str, span: Span, place: &Place<'_>) {
        let message = match name {
            "" => format!("an empty name in {}", place.subject()),
            _ => format!("`{name}` in {} is not a name", place.subject()),
        };
        let diagnostic = Diagnostic::error(Code::InvalidName, span, message);
        self.report(helped(diagnostic, help::name(name)));
    }

    /// The services of a file that has no `services:`.
    pub(super) fn unwrapped_services<'b>(
        &mut self,
        mut services: impl Iterator<Item = (&'b str, Span)>,
        place: &Place<'_>,
    ) {
        let Some((name, span)) = services.next() else { return };
        let message = format!("unknown key `{name}` {}", place.inside());
        let mut diagnostic = Diagnostic::error(Code::UnknownKey, span, message);
        for (name, span) in services.take(MAXIMUM_LABELS) {
            diagnostic = diagnostic.label(span, format!("and `{name}`"));
        }
        self.report(diagnostic.help("put the services under a top-level `services:` key"));
    }
}

fn place_of(diagnostic: &Diagnostic) -> Option<(FileId, usize, usize)> {
    let span = diagnostic.labels.first()?.span;
    Some((span.file()?, span.range().start, span.range().end))
}

fn helped(diagnostic: Diagnostic, help: Option<String>) -> Diagnostic {
    match help {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// Whether a mapping looks like a service.
pub(super) fn is_service(node: &Node) -> bool {
    node.get("image").or_else(|| node.get("build")).is_some()
}
