//! `logs`: the log group, and for how long it keeps events.

use super::{count, text};
use crate::diagnostic::{Diagnostics, Reported};
use crate::source::Spanned;
use crate::yaml::Node;
use crate::yaml::decode::Fields;

/// Where containers log to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Logs {
    pub(crate) group: Option<Spanned<String>>,
    pub(crate) retention_days: Option<Spanned<u32>>,
}

pub(super) fn decode(node: &Node, diagnostics: &mut Diagnostics) -> Result<Logs, Reported> {
    let mut fields = Fields::new(node, "`logs`", diagnostics)?;
    let group = text(fields.get("group"), "`group`", diagnostics);
    let days = count(fields.get("retention_days"), "`retention_days`", diagnostics);
    fields.finish(diagnostics);
    Ok(Logs { group, retention_days: days })
}
