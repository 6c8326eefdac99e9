//! `logs`: the log group, and for how long it keeps events.

use super::{count, text};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Reported};
use crate::source::Spanned;
use crate::yaml::Node;
use crate::yaml::decode::Fields;

/// Where containers log to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Logs {
    pub(crate) group: Option<Spanned<String>>,
    pub(crate) retention_days: Option<Spanned<u32>>,
}

/// The days that `CloudWatch` Logs takes.
pub(super) const DAYS: [u32; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

pub(super) fn decode(node: &Node, diagnostics: &mut Diagnostics) -> Result<Logs, Reported> {
    let mut fields = Fields::new(node, "`logs`", diagnostics)?;
    let group = text(fields.get("group"), "`group`", diagnostics);
    let days = count(fields.get("retention_days"), "`retention_days`", diagnostics);
    fields.finish(diagnostics);
    if let Some(days) = days.as_ref().filter(|it| !DAYS.contains(&it.value)) {
        let above = DAYS.iter().filter(|it| **it < days.value).count().clamp(1, DAYS.len() - 1);
        let message = format!("CloudWatch keeps no events for {} days", days.value);
        let diagnostic = Diagnostic::error(Code::InvalidValue, days.span, message);
        let help = format!(
            "write {} or {}; without the key they stay for good",
            DAYS[above - 1],
            DAYS[above]
        );
        diagnostics.report(diagnostic.help(help));
    }
    Ok(Logs { group, retention_days: days })
}
