//! What only AWS knows, as data: from a JSON file, so that rendering is offline and repeatable.

use indexmap::{IndexMap, IndexSet};
use serde::{Deserialize, Serialize};

/// Facts of one account and region. Everything is optional; what is needed and missing is a diagnostic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Facts {
    /// The account's twelve digits.
    pub account: Option<String>,
    /// The region, such as `ap-northeast-1`.
    pub region: Option<String>,
    /// RDS instances and clusters by identifier.
    pub databases: IndexMap<String, Database>,
    /// Digests (`sha256:…`) by image reference with its tag.
    pub images: IndexMap<String, String>,
    /// Full ARNs of Secrets Manager's secrets by name: only AWS knows the six characters at their end.
    pub secrets: IndexMap<String, String>,
    /// Ids of subnets by how the overlay calls them, as in `tag:Tier=public`; for service definitions.
    pub subnets: IndexMap<String, Vec<String>>,
    /// Ids of security groups by how the overlay calls them; for service definitions.
    pub security_groups: IndexMap<String, Vec<String>>,
    /// ARNs of target groups by name; for service definitions.
    pub target_groups: IndexMap<String, String>,
}

/// Where a database is reached.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `mysql`, `postgres`, `aurora-mysql` …
    #[serde(default)]
    pub engine: Option<String>,
    /// The host name.
    pub endpoint: String,
    /// The port.
    #[serde(default)]
    pub port: Option<u16>,
}

impl Facts {
    /// What is known here, with the rest from `other`.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        fn fill<T>(known: &mut IndexMap<String, T>, other: IndexMap<String, T>) {
            for (key, value) in other {
                known.entry(key).or_insert(value);
            }
        }
        let Self { account, region, databases, images, secrets, .. } = other;
        fill(&mut self.subnets, other.subnets);
        fill(&mut self.security_groups, other.security_groups);
        fill(&mut self.target_groups, other.target_groups);
        self.account = self.account.or(account);
        self.region = self.region.or(region);
        fill(&mut self.databases, databases);
        fill(&mut self.images, images);
        fill(&mut self.secrets, secrets);
        self
    }

    /// Reads the JSON text. The error is a phrase with the line and column, from 1, that it is about.
    pub fn parse(text: &str) -> Result<Self, (String, usize, usize)> {
        serde_json::from_str(text).map_err(|error| {
            let message = error.to_string();
            let phrase = message.split(" at line ").next().unwrap_or_default().to_owned();
            (phrase, error.line(), error.column())
        })
    }
}

/// What a compilation asked of its facts and did not find.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Needs {
    /// The account's digits.
    pub account: bool,
    /// The region.
    pub region: bool,
    /// RDS instances and clusters, by identifier.
    pub databases: IndexSet<String>,
    /// Images whose digest is not known, by reference with its tag.
    pub images: IndexSet<String>,
    /// Secrets of Secrets Manager whose full ARN is not known, by name.
    pub secrets: IndexSet<String>,
    /// Subnets whose ids are not known, as the overlay calls them.
    #[serde(skip_serializing_if = "IndexSet::is_empty")]
    pub subnets: IndexSet<String>,
    /// Security groups whose ids are not known, as the overlay calls them.
    #[serde(skip_serializing_if = "IndexSet::is_empty")]
    pub security_groups: IndexSet<String>,
    /// Target groups whose ARN is not known, by name.
    #[serde(skip_serializing_if = "IndexSet::is_empty")]
    pub target_groups: IndexSet<String>,
}

impl Needs {
    /// Whether everything was known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
