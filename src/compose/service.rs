//! One service in canonical form -> [`Service`].

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::depends_on::{self, Dependency};
use super::environment::{self, Environment};
use super::healthcheck::{self, Healthcheck};
use super::logging::{self, Logging};
use super::merge::scalar_text;
use super::ports::{self, Port};
use super::resources::{self, Resources};
use super::schema::paths::{self, WrittenKey};
use super::secrets::{self, Grant};
use super::selection;
use super::volumes::{self, Mount};
use crate::diagnostic::Diagnostics;
use crate::source::{Span, Spanned};
use crate::yaml::json::to_json;
use crate::yaml::{Entry, Node, Value};

/// One service of a project: what Fargate can be told, with places; the rest only by its key.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) name: String,
    /// Where the service's name stands.
    pub(crate) span: Span,
    pub(crate) image: Option<Spanned<String>>,
    /// Where `build` stands, when the service is built.
    pub(crate) build: Option<Span>,
    /// What it is built from, as text: services with one recipe have one image.
    pub(crate) recipe: Option<String>,
    pub(crate) command: Option<Vec<Spanned<String>>>,
    pub(crate) entrypoint: Option<Vec<Spanned<String>>>,
    /// `env_file` and `environment` together: what the container gets.
    pub(crate) environment: Environment,
    pub(crate) ports: Vec<Port>,
    pub(crate) expose: Vec<Spanned<u16>>,
    /// `SERVICE[:ALIAS]`.
    pub(crate) links: Vec<Spanned<String>>,
    pub(crate) depends_on: IndexMap<String, Dependency>,
    pub(crate) mounts: Vec<Mount>,
    pub(crate) tmpfs: Vec<Spanned<String>>,
    /// Names of the networks, with the aliases on each.
    pub(crate) networks: IndexMap<String, (Span, Vec<String>)>,
    pub(crate) configs: Vec<Grant>,
    pub(crate) secrets: Vec<Grant>,
    pub(crate) healthcheck: Option<Healthcheck>,
    pub(crate) logging: Option<Logging>,
    pub(crate) resources: Resources,
    pub(crate) labels: IndexMap<String, Spanned<String>>,
    pub(crate) sysctls: IndexMap<String, String>,
    /// Soft and hard limit by name.
    pub(crate) ulimits: IndexMap<String, (i64, i64, Span)>,
    pub(crate) capabilities_added: Vec<Spanned<String>>,
    pub(crate) capabilities_dropped: Vec<Spanned<String>>,
    pub(crate) volumes_from: Vec<Spanned<String>>,
    /// Nanoseconds.
    pub(crate) stop_grace_period: Option<Spanned<i64>>,
    /// What `deploy.restart_policy.condition` says.
    pub(crate) restart_condition: Option<Spanned<String>>,
    /// The platforms that the image is built for.
    pub(crate) build_platforms: Vec<Spanned<String>>,
    /// Every other single value, by its key.
    pub(crate) scalars: IndexMap<&'static str, Spanned<Value>>,
    /// Every key the author wrote, with its place.
    pub(crate) keys: IndexMap<String, Span>,
    /// The same with all that stands below, each by its path in the schema.
    pub(crate) written: Vec<WrittenKey>,
    /// The networks, volumes, secrets and configs it names, by section and name.
    pub(crate) uses: BTreeSet<(&'static str, String)>,
    /// The service's `x-ecs`.
    pub(crate) extension: Option<Node>,
}

/// The keys of a single value that lowering asks for by name.
const SCALARS: [&str; 14] = [
    "container_name",
    "domainname",
    "hostname",
    "init",
    "network_mode",
    "pid",
    "platform",
    "privileged",
    "read_only",
    "restart",
    "stdin_open",
    "tty",
    "user",
    "working_dir",
];

impl Service {
    /// A single value as text.
    pub(crate) fn text(&self, key: &str) -> Option<Spanned<&str>> {
        let scalar = self.scalars.get(key)?;
        match &scalar.value {
            Value::String(text) if !text.is_empty() => {
                Some(Spanned::new(text.as_str(), scalar.span))
            }
            _ => None,
        }
    }

    /// A single value as a boolean.
    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        match &self.scalars.get(key)?.value {
            Value::Bool(it) => Some(*it),
            _ => None,
        }
    }
}

/// Decodes one service of the canonical model.
pub(super) fn decode(name: &str, mut entry: Entry, diagnostics: &mut Diagnostics) -> Service {
    let extension =
        entry.node.as_mapping_mut().and_then(|it| it.shift_remove("x-ecs")).map(|it| it.node);
    let node = &entry.node;
    let get = |key: &str| node.get(key).filter(|it| !it.is_null());
    let list = |key: &str| get(key).map(texts).unwrap_or_default();
    let keys = keys_of(node);
    Service {
        name: name.to_owned(),
        span: entry.key_span,
        image: get("image").and_then(text).filter(|it| !it.value.is_empty()),
        build: node.as_mapping().and_then(|it| it.get("build")).map(|it| it.key_span),
        recipe: get("build").map(|it| to_json(it).to_string()),
        command: get("command").map(texts),
        entrypoint: get("entrypoint").map(texts),
        environment: get("environment").map(environment::decode).unwrap_or_default(),
        ports: get("ports").map(|it| ports::decode(it, diagnostics)).unwrap_or_default(),
        expose: get("expose").map(ports::decode_expose).unwrap_or_default(),
        links: list("links"),
        depends_on: get("depends_on")
            .map(|it| depends_on::decode(it, diagnostics))
            .unwrap_or_default(),
        mounts: get("volumes").map(volumes::decode).unwrap_or_default(),
        tmpfs: get("tmpfs").map(volumes::decode_tmpfs).unwrap_or_default(),
        networks: get("networks").map(networks).unwrap_or_default(),
        configs: get("configs").map(secrets::decode).unwrap_or_default(),
        secrets: get("secrets").map(secrets::decode).unwrap_or_default(),
        healthcheck: get("healthcheck").map(|it| healthcheck::decode(it, it.span)),
        logging: get("logging").map(|it| logging::decode(it, it.span)),
        resources: resources::decode(node),
        labels: get("labels").map(labels).unwrap_or_default(),
        sysctls: get("sysctls").map(pairs).unwrap_or_default(),
        ulimits: get("ulimits").map(ulimits).unwrap_or_default(),
        capabilities_added: list("cap_add"),
        capabilities_dropped: list("cap_drop"),
        volumes_from: list("volumes_from"),
        stop_grace_period: healthcheck::duration(get("stop_grace_period")),
        restart_condition: get("deploy")
            .and_then(|it| it.get("restart_policy")?.get("condition"))
            .and_then(text),
        build_platforms: get("build")
            .and_then(|it| it.get("platforms"))
            .map(texts)
            .unwrap_or_default(),
        scalars: SCALARS.iter().filter_map(|key| Some((*key, scalar(get(key)?)))).collect(),
        keys,
        written: paths::of_entry("services", node),
        uses: selection::used(node),
        extension,
    }
}

/// The keys that somebody wrote; a default has no place.
fn keys_of(node: &Node) -> IndexMap<String, Span> {
    let mapping = node.as_mapping().into_iter().flatten();
    let written = mapping.filter(|(_, it)| it.key_span != Span::DETACHED);
    written.map(|(key, it)| (key.clone(), it.key_span)).collect()
}

fn scalar(node: &Node) -> Spanned<Value> {
    Spanned::new(node.value.clone(), node.span)
}

fn text(node: &Node) -> Option<Spanned<String>> {
    Some(Spanned::new(scalar_text(node)?, node.span))
}

fn texts(node: &Node) -> Vec<Spanned<String>> {
    node.as_sequence().unwrap_or_default().iter().filter_map(text).collect()
}

fn labels(node: &Node) -> IndexMap<String, Spanned<String>> {
    let mapping = node.as_mapping().into_iter().flatten();
    let text = |it: &Node| Spanned::new(scalar_text(it).unwrap_or_default(), it.span);
    mapping.map(|(key, it)| (key.clone(), text(&it.node))).collect()
}

fn pairs(node: &Node) -> IndexMap<String, String> {
    let mapping = node.as_mapping().into_iter().flatten();
    mapping.map(|(key, it)| (key.clone(), scalar_text(&it.node).unwrap_or_default())).collect()
}

fn networks(node: &Node) -> IndexMap<String, (Span, Vec<String>)> {
    let mapping = node.as_mapping().into_iter().flatten();
    let aliases = |it: &Node| {
        it.get("aliases").map(texts).unwrap_or_default().into_iter().map(|it| it.value).collect()
    };
    mapping.map(|(key, it)| (key.clone(), (it.key_span, aliases(&it.node)))).collect()
}

fn ulimits(node: &Node) -> IndexMap<String, (i64, i64, Span)> {
    let number = |it: &Node| scalar_text(it)?.parse::<i64>().ok();
    let limits = node.as_mapping().into_iter().flatten().filter_map(|(name, entry)| {
        let both = match &entry.node.value {
            Value::Mapping(_) => {
                (number(entry.node.get("soft")?)?, number(entry.node.get("hard")?)?)
            }
            _ => (number(&entry.node)?, number(&entry.node)?),
        };
        Some((name.clone(), (both.0, both.1, entry.key_span)))
    });
    limits.collect()
}
