//! The account and the region that the ARNs of the file name.

use indexmap::IndexMap;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, sentence};
use crate::source::Span;
use crate::surroundings::Surroundings;
use crate::yaml::{Node, Value};

/// What ARNs name, each with the place of the first that does.
#[derive(Default)]
pub(super) struct Named {
    accounts: IndexMap<String, Span>,
    regions: IndexMap<String, Span>,
}

impl Named {
    /// Takes all ARNs below a node.
    pub(super) fn read(&mut self, node: &Node) {
        match &node.value {
            Value::String(text) => self.arn(text, node.span),
            Value::Sequence(items) => items.iter().for_each(|it| self.read(it)),
            Value::Mapping(mapping) => mapping.values().for_each(|it| self.read(&it.node)),
            _ => {}
        }
    }

    /// `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`; roles have no region, and policies of AWS no account.
    fn arn(&mut self, text: &str, span: Span) {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", _, _, region, account, _] = parts[..] else { return };
        if !region.is_empty() {
            self.regions.entry(region.to_owned()).or_insert(span);
        }
        if account.len() == 12 && account.bytes().all(|it| it.is_ascii_digit()) {
            self.accounts.entry(account.to_owned()).or_insert(span);
        }
    }

    /// The account and the region, where all ARNs agree and nobody said another; differences are warned about.
    pub(super) fn settle(
        self,
        given: &Surroundings,
        diagnostics: &mut Diagnostics,
    ) -> (Option<String>, Option<String>) {
        let account = settle(("account", self.accounts), given.account.as_deref(), diagnostics);
        let region = settle(("region", self.regions), given.region.as_deref(), diagnostics);
        (account, region)
    }
}

fn settle(
    (what, found): (&str, IndexMap<String, Span>),
    given: Option<&str>,
    diagnostics: &mut Diagnostics,
) -> Option<String> {
    let names: Vec<&str> = found.keys().map(String::as_str).collect();
    let mut differing = found.iter().filter(|(it, _)| given.unwrap_or(names[0]) != it.as_str());
    let Some((_, span)) = differing.next() else {
        return names.first().map(|it| (*it).to_owned());
    };
    let (message, help) = match given {
        Some(given) => (
            format!(
                "the {what} is `{given}`, and ARNs of `ecs-params.yml` name {}",
                sentence(&names)
            ),
            format!("write ARNs of `{given}`, or say `--{what} {}`", names[0]),
        ),
        None => (
            format!(
                "the ARNs of `ecs-params.yml` do not agree on the {what}: {}",
                sentence(&names)
            ),
            format!("say which one is deployed to with `--{what}`"),
        ),
    };
    diagnostics.add(Diagnostic::warning(Code::InvalidValue, *span, message).help(help));
    None
}
