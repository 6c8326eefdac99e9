//! A Cloud Map namespace, in which Service Connect finds names.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::Tags;

/// A Cloud Map namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Namespace {
    /// Its id, `ns-…`.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its tags; not asked for when the overlay names it, because then it stays.
    pub tags: Tags,
    /// Ids of the services in it, by their names. Looked for only where some of them may have to go.
    pub services: IndexMap<String, String>,
}

impl Namespace {
    /// Whether a name or ARN means this namespace.
    pub(in crate::deploy) fn is(&self, name: &str) -> bool {
        self.name == name || self.arn == name
    }
}
