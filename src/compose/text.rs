//! Turns a fault in a small text into the byte where it lies, a message and a way out.

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Reported};
use crate::source::{Sources, Span};

/// Why one of Compose's text grammars refuses a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextError {
    /// The byte in the text at which the fault lies.
    pub(crate) offset: usize,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl TextError {
    pub(crate) fn new(offset: usize, message: impl Into<String>) -> TextError {
        TextError { offset, message: message.into(), help: None }
    }

    pub(crate) fn with_help(self, help: impl Into<String>) -> TextError {
        TextError { help: Some(help.into()), ..self }
    }

    /// The same fault in a text that begins `by` bytes earlier.
    pub(crate) fn moved(self, by: usize) -> TextError {
        TextError { offset: self.offset.saturating_add(by), ..self }
    }
}

/// Reports what a grammar refuses, at the place that the caller found for it.
pub(crate) fn report(
    error: &TextError,
    code: Code,
    span: Span,
    diagnostics: &mut Diagnostics,
) -> Reported {
    let diagnostic = Diagnostic::error(code, span, error.message.clone());
    diagnostics.report(match &error.help {
        Some(help) => diagnostic.help(help.clone()),
        None => diagnostic,
    })
}

/// The place of an offset into a scalar's text: exact where the source shows the text as it is, else the whole scalar.
pub(crate) fn place(sources: &Sources, span: Span, text: &str, offset: usize) -> Span {
    let Some(file) = span.file() else { return span };
    let shown = sources.get(file).text.get(span.range()).unwrap_or_default();
    let rest = text.len().saturating_sub(offset);
    match shown.find(text) {
        Some(start) if !text.is_empty() => span.part(start + offset, rest),
        _ => span,
    }
}

#[cfg(test)]
mod tests {
    use super::TextError;

    #[test]
    fn a_moved_error_keeps_its_message_and_help() {
        let error = TextError::new(2, "no value").with_help("set it").moved(5);
        assert_eq!((error.offset, error.message.as_str()), (7, "no value"));
        assert_eq!(error.help.as_deref(), Some("set it"));
    }
}
