//! What becomes of every key of the Compose specification on ECS: one table, which lowering reports by and people read.

mod deploy;
mod mounts;
mod network;
mod rows;
mod service;
mod steps;
mod top;

use std::sync::LazyLock;

use indexmap::IndexMap;
use serde::Serialize;

use crate::diagnostic::{Code, Severity};

/// What becomes of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It means on ECS what it means to Docker Compose, or it was obeyed before anything reaches ECS.
    Supported,
    /// ECS does something else, or less, than the file says: a warning says what.
    Approximated,
    /// It has no meaning on Fargate and nothing is lost: a note says why.
    Ignored,
    /// The service cannot work as written: an error says why, and nothing is rendered.
    Refused,
}

impl Outcome {
    /// Every outcome, from the best to the worst.
    pub const ALL: [Self; 4] = [Self::Supported, Self::Approximated, Self::Ignored, Self::Refused];

    /// The word of the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Approximated => "approximated",
            Self::Ignored => "ignored",
            Self::Refused => "refused",
        }
    }

    /// How it is said of a file that has the key; what is supported needs no word.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Supported => None,
            Self::Approximated => Some(Severity::Warning),
            Self::Ignored => Some(Severity::Note),
            Self::Refused => Some(Severity::Error),
        }
    }
}

/// One row of the table: a key, or a key with some of its values.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The key as the specification has it: `*` stands for a name of the author's own choice, `[]` for the items of a
    /// list.
    pub path: &'static str,
    /// The values that the row is about; empty when it is about all, `*` for those that no row before is about.
    pub values: &'static [&'static str],
    /// What becomes of it.
    pub outcome: Outcome,
    /// What it is on ECS, or why it is not.
    pub becomes: &'static str,
    /// A case below `fixtures/` that shows it.
    pub fixture: &'static str,
    /// Who says it.
    #[serde(skip)]
    pub(crate) said: Said,
}

/// A key of the specification in the text of a Compose file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedKey {
    /// The key, as [`Row::path`] has it.
    pub path: String,
    /// The bytes of the text that are the key.
    pub key: std::ops::Range<usize>,
    /// The bytes of the text that are its value.
    pub value: std::ops::Range<usize>,
}

/// Who reports a key that is not supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// The pass that goes through the table, in the words of the row.
    Here,
    /// The key that this one stands below speaks for it.
    Above,
    /// The pass that translates the key, which knows more, under this code.
    Pass(Code),
}

impl Row {
    /// Whether the row is about a key or what stands below it: `deploy` is `services.*.deploy` and all it holds, and
    /// `services.deploy.mode`, `deploy.mode` and `mode` are one too. Stars and brackets may be left out.
    pub fn is_of(&self, key: &str) -> bool {
        let plain = |path: &str| {
            let path = path.replace("[]", "");
            path.split('.').filter(|it| *it != "*").map(str::to_owned).collect::<Vec<_>>()
        };
        let (path, key) = (plain(self.path), plain(key));
        !key.is_empty() && path.windows(key.len()).any(|it| it == key)
    }

    /// The values in words; empty when the row is about all.
    pub fn values_in_words(&self) -> String {
        let words = self.values.iter().map(|it| if *it == "*" { "others" } else { it });
        words.collect::<Vec<_>>().join(", ")
    }

    /// Whether the row is about a value.
    pub(crate) fn is_about(&self, value: Option<&str>) -> bool {
        let value = value.unwrap_or_default();
        let fits = |pattern: &&str| match pattern.strip_suffix('*') {
            Some(start) => value.starts_with(start),
            None => *pattern == value,
        };
        self.values.is_empty() || self.values.iter().any(fits)
    }

    /// The kind of the message about the key, when there is one.
    pub fn code(&self) -> Option<Code> {
        match (self.said, self.outcome) {
            (_, Outcome::Supported) => None,
            (Said::Pass(code), _) => Some(code),
            (_, Outcome::Refused) => Some(Code::UnsupportedKey),
            (_, Outcome::Approximated | Outcome::Ignored) => Some(Code::IgnoredKey),
        }
    }

    /// Whether the key alone is why its service cannot run.
    pub(crate) fn refuses_service(&self) -> bool {
        self.outcome == Outcome::Refused && self.said == Said::Here
    }

    /// Whether the message about the key that this one stands below is about it too.
    pub fn is_said_above(&self) -> bool {
        self.said == Said::Above
    }
}

/// The rows by path.
static TABLE: LazyLock<IndexMap<&'static str, Vec<&'static Row>>> = LazyLock::new(|| {
    let mut table: IndexMap<&str, Vec<&Row>> = IndexMap::new();
    let parts = [
        top::ROWS,
        top::NETWORKS,
        top::VOLUMES,
        top::SECRETS,
        top::CONFIGS,
        service::ROWS,
        service::MACHINE,
        service::LOCAL,
        service::REFUSED,
        service::HEALTHCHECK,
        service::FILES,
        network::ROWS,
        network::PORTS,
        network::ATTACHMENTS,
        mounts::VOLUMES,
        mounts::GRANTS,
        deploy::ROWS,
        deploy::REFUSED,
        steps::BUILD,
        steps::DEVELOP,
        steps::HOOKS,
    ];
    for row in parts.into_iter().flatten() {
        table.entry(row.path).or_default().push(row);
    }
    table
});

/// The rows of one key.
pub(crate) fn rows(path: &str) -> &'static [&'static Row] {
    TABLE.get(path).map_or(&[], Vec::as_slice)
}

/// The row about a key with a value.
pub(crate) fn row(path: &str, value: Option<&str>) -> Option<&'static Row> {
    rows(path).iter().copied().find(|it| it.is_about(value))
}

/// Every key that the table has.
#[cfg(test)]
pub(crate) fn paths() -> impl Iterator<Item = &'static str> {
    TABLE.keys().copied()
}

#[cfg(test)]
mod tests {
    use super::row;

    #[test]
    fn a_key_is_found_by_any_part_of_its_path() {
        let mode = row("services.*.deploy.mode", None).unwrap();
        for key in [
            "services",
            "deploy",
            "deploy.mode",
            "services.*.deploy",
            "services.deploy.mode",
            "mode",
        ] {
            assert!(mode.is_of(key), "{key}");
        }
        for key in ["mod", "deploy.", "build", "services.mode", ""] {
            assert!(!mode.is_of(key), "{key}");
        }
        assert!(row("services.*.ports[].target", None).unwrap().is_of("ports.target"));
    }

    #[test]
    fn values_choose_between_the_rows_of_a_key() {
        let becomes = |value| row("services.*.ipc", Some(value)).unwrap().outcome.name();
        assert_eq!(becomes("host"), "approximated");
        assert_eq!(becomes("service:db"), "approximated");
        assert_eq!(becomes("shareable"), "ignored");
    }
}
