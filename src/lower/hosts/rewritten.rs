//! A text with its hosts rewritten, and what it refers to.

use super::{Addresses, Unsaid};
use crate::lower::Findings;
use crate::lower::replacement::Moved;
use crate::source::Span;

/// What a rewritten text refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::lower) struct Rewritten {
    pub(in crate::lower) text: String,
    /// The emulator of AWS that the text names.
    pub(in crate::lower) ambient: Option<String>,
    /// Services that were replaced and that the text names.
    pub(super) named: Vec<(String, Unsaid)>,
    /// The text as somebody would store it, where it holds what only a secret may say.
    pub(super) example: String,
    /// Services of the task, and the ports at which the text reaches them.
    pub(super) reached: Vec<(String, u16)>,
}

impl Rewritten {
    /// The replaced services that a variable with this text names.
    pub(in crate::lower) fn moved(&self, variable: &str, addresses: &Addresses<'_>) -> Vec<Moved> {
        let moved = self.named.iter().map(|(service, unsaid)| Moved {
            variable: variable.to_owned(),
            service: service.clone(),
            is_host: addresses.host_of(service).is_some_and(|it| self.text == it),
            unsaid: unsaid.clone(),
        });
        moved.collect()
    }

    /// Remembers which databases of a stand-in became one.
    pub(super) fn note_databases(&self, span: Span, findings: &mut Findings<'_>) {
        for (name, unsaid) in &self.named {
            if let Some(database) = &unsaid.database {
                findings.merged.entry((name.clone(), database.clone())).or_insert(span);
            }
        }
    }
}
