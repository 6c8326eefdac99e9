//! What only AWS knows, as data: from a JSON file, so that rendering is offline and repeatable.

use std::fmt::{Formatter, Result as FormatResult};

use indexmap::{IndexMap, IndexSet};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

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
    /// Caches of ElastiCache by identifier: replication groups, clusters and serverless caches.
    pub caches: IndexMap<String, Cache>,
    /// Images by reference with its tag. In JSON a text stands for the digest alone.
    pub images: IndexMap<String, Image>,
    /// Full ARNs of Secrets Manager's secrets by name: only AWS knows the six characters at their end.
    pub secrets: IndexMap<String, String>,
    /// Ids of subnets by how the overlay calls them, as in `tag:Tier=public`; for service definitions.
    pub subnets: IndexMap<String, Vec<String>>,
    /// Ids of security groups by how the overlay calls them; for service definitions.
    pub security_groups: IndexMap<String, Vec<String>>,
    /// ARNs of target groups by name; for service definitions.
    pub target_groups: IndexMap<String, String>,
}

/// What is known of an image. In JSON it is an object, or the digest alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// `sha256:…`, which the tag stands for.
    pub digest: Option<String>,
    /// The words of its `ENTRYPOINT`. When this or the command is known, the other is empty where it is `None`.
    pub entrypoint: Option<Vec<String>>,
    /// The words of its `CMD`.
    pub command: Option<Vec<String>>,
    /// Its `USER`.
    pub user: Option<String>,
}

impl Image {
    /// An image of which the digest is known.
    pub fn of_digest(digest: impl Into<String>) -> Self {
        Self { digest: Some(digest.into()), ..Self::default() }
    }

    /// What is known here, with the rest from `other`; what it runs is of one source.
    fn or(self, other: Self) -> Self {
        let Self { digest, entrypoint, command, user } = self;
        let digest = digest.or(other.digest);
        if entrypoint.is_some() || command.is_some() {
            return Self { digest, entrypoint, command, user };
        }
        let (entrypoint, command) = (other.entrypoint, other.command);
        Self { digest, entrypoint, command, user: user.or(other.user) }
    }
}

impl<'de> Deserialize<'de> for Image {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ImageVisitor)
    }
}

struct ImageVisitor;

/// The fields of an object.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ImageFields {
    digest: Option<String>,
    entrypoint: Option<Vec<String>>,
    command: Option<Vec<String>>,
    user: Option<String>,
}

impl<'de> Visitor<'de> for ImageVisitor {
    type Value = Image;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> FormatResult {
        formatter
            .write_str("a digest, or an object with `digest`, `entrypoint`, `command` and `user`")
    }

    fn visit_str<E>(self, digest: &str) -> Result<Image, E> {
        Ok(Image::of_digest(digest))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Image, A::Error> {
        let fields = ImageFields::deserialize(MapAccessDeserializer::new(map))?;
        let ImageFields { digest, entrypoint, command, user } = fields;
        Ok(Image { digest, entrypoint, command, user })
    }
}

/// Where a database is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
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
    /// The host name that a cluster answers reads at, for who wants to use it; nothing is rewritten to it.
    #[serde(default)]
    pub reader_endpoint: Option<String>,
    /// The database that was made with the instance. Which one an environment uses stands in the overlay.
    #[serde(default)]
    pub name: Option<String>,
    /// The master user. Who logs in stands in the overlay.
    #[serde(default)]
    pub user: Option<String>,
    /// The ARN of the secret that RDS keeps for the master user, where it does.
    #[serde(default)]
    pub secret: Option<String>,
}

/// Where a cache is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cache {
    /// `redis`, `valkey` or `memcached`.
    #[serde(default)]
    pub engine: Option<String>,
    /// The host name: the primary's, or the configuration endpoint of a cluster with several.
    pub endpoint: String,
    /// The port.
    #[serde(default)]
    pub port: Option<u16>,
    /// Whether it only answers to TLS.
    #[serde(default)]
    pub tls: bool,
    /// Whether it speaks to clients of Redis Cluster alone: its keys lie on several nodes, and each names the others.
    #[serde(default)]
    pub cluster: bool,
}

impl Database {
    /// What is known here, with the rest from `other`.
    fn or(&mut self, other: Self) {
        let Self { engine, endpoint: _, port, reader_endpoint, name, user, secret } = other;
        self.port = self.port.or(port);
        let texts = [
            (&mut self.engine, engine),
            (&mut self.reader_endpoint, reader_endpoint),
            (&mut self.name, name),
            (&mut self.user, user),
            (&mut self.secret, secret),
        ];
        for (known, other) in texts {
            *known = known.take().or(other);
        }
    }
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
        let Self { account, region, databases, caches, images, secrets, .. } = other;
        fill(&mut self.subnets, other.subnets);
        fill(&mut self.security_groups, other.security_groups);
        fill(&mut self.target_groups, other.target_groups);
        self.account = self.account.or(account);
        self.region = self.region.or(region);
        for (identifier, database) in databases {
            match self.databases.get_mut(&identifier) {
                // A file that says where a database is need not say the ARN of its secret.
                Some(known) => known.or(database),
                None => drop(self.databases.insert(identifier, database)),
            }
        }
        fill(&mut self.caches, caches);
        for (reference, image) in images {
            let known = self.images.shift_remove(&reference).unwrap_or_default();
            self.images.insert(reference, known.or(image));
        }
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
    /// Caches of ElastiCache, by identifier.
    pub caches: IndexSet<String>,
    /// Images whose digest is not known, by reference with its tag.
    pub images: IndexSet<String>,
    /// Images of which nobody said what they run, by reference with its tag.
    pub image_configs: IndexSet<String>,
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
