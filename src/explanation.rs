//! Where a value of the output came from, as data for `--explain`.

use crate::redact::cover_values;
use crate::source::Span;

/// One value that was rewritten or derived. Secrets are covered already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The place in the author's files that caused it.
    pub span: Span,
    /// The service, or the task, and the key: `app DB_HOST`.
    pub subject: String,
    /// What stood there; `None` when the value is new.
    pub before: Option<String>,
    /// What the definition says; `None` when nothing is left of it.
    pub after: Option<String>,
    /// Why, as the rest of a sentence that starts with "because".
    pub reason: String,
}

impl Explanation {
    /// Covers values that are known to be secret, wherever in the texts they stand.
    pub(crate) fn cover(&mut self, secrets: &[String]) {
        for text in [&mut self.before, &mut self.after].into_iter().flatten() {
            *text = cover_values(text, secrets);
        }
    }
}

impl std::fmt::Display for Explanation {
    /// `app DB_HOST: mysql -> 127.0.0.1, because …`.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: ", self.subject)?;
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => write!(formatter, "{before} -> {after}")?,
            (None, Some(after)) => write!(formatter, "{after}")?,
            (Some(before), None) => write!(formatter, "{before} is left out")?,
            (None, None) => {}
        }
        write!(formatter, ", because {}", self.reason)
    }
}
