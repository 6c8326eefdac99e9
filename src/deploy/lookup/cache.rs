//! An identifier of ElastiCache -> where its replication group, cluster or serverless cache is reached.

use roxmltree::{Document, Node};

use super::xml::{below, first, port, text};
use crate::deploy::connection::Clients;
use crate::deploy::error::Error;
use crate::facts::Cache;

const VERSION: &str = "2015-02-02";

/// An action, the parameter that takes the identifier, and who reads the answer.
type Kind = (&'static str, &'static str, fn(&str) -> Option<Cache>);

const KINDS: [Kind; 3] = [
    ("DescribeReplicationGroups", "ReplicationGroupId", of_group),
    ("DescribeCacheClusters", "CacheClusterId", of_cluster),
    ("DescribeServerlessCaches", "ServerlessCacheName", of_serverless),
];

/// A replication group of this identifier, else a cluster, else a serverless cache.
pub(super) async fn find(clients: &Clients, identifier: &str) -> Result<Cache, Error> {
    let doing = format!("look the cache `{identifier}` up");
    let ask = |(action, key, _): Kind| {
        let mut parameters = vec![(key.to_owned(), identifier.to_owned())];
        if action == "DescribeCacheClusters" {
            // Without it a cluster of Redis tells no address.
            parameters.push(("ShowCacheNodeInfo".to_owned(), "true".to_owned()));
        }
        let doing = &doing;
        async move { clients.signed.query("elasticache", (action, VERSION), &parameters, doing).await }
    };
    let (group, cluster, serverless) = tokio::join!(ask(KINDS[0]), ask(KINDS[1]), ask(KINDS[2]));
    let answers = [group, cluster, serverless];
    let read = KINDS.iter().zip(&answers).find_map(|((.., read), it)| read(it.as_ref().ok()?));
    if let Some(cache) = read {
        return Ok(cache);
    }
    let is_there = answers.iter().any(|it| it.as_ref().is_ok_and(|it| is_listed(it)));
    let is_absence = |it: &Error| it.message.contains("NotFound");
    let refusal = answers.into_iter().filter_map(Result::err).find(|it| !is_absence(it));
    match refusal {
        _ if is_there => {
            let error = Error::refused(format!("the cache `{identifier}` has no endpoint yet"));
            Err(error.help("it is being created: try again when its status is `available`"))
        }
        Some(error) => Err(error),
        None => {
            let error = Error::refused(format!(
                "ElastiCache has no replication group, cluster or serverless cache `{identifier}` in {}",
                clients.region
            ));
            Err(error.help(
                "`elasticache:` takes the identifier; another cache is named with `host:` and `port:`",
            ))
        }
    }
}

/// Whether an answer holds a cache at all.
fn is_listed(xml: &str) -> bool {
    let names = ["ReplicationGroup", "CacheCluster"];
    Document::parse(xml).is_ok_and(|it| {
        names.iter().any(|name| first(&it, name).is_some()) || serverless(&it).is_some()
    })
}

/// Whether nobody gets in without TLS: a cache that moves to it takes both for a while.
fn asks_tls(node: Node<'_, '_>) -> bool {
    text(node, &["TransitEncryptionEnabled"]).as_deref() == Some("true")
        && text(node, &["TransitEncryptionMode"]).as_deref() != Some("preferred")
}

/// An element with an address in it; an empty one stands for none.
fn endpoint<'a, 'input>(node: Node<'a, 'input>, path: &[&str]) -> Option<Node<'a, 'input>> {
    below(node, path).filter(|it| text(*it, &["Address"]).is_some())
}

/// A group in cluster mode has a configuration endpoint, another the primary's of its only shard.
fn of_group(xml: &str) -> Option<Cache> {
    let document = Document::parse(xml).ok()?;
    let group = first(&document, "ReplicationGroup")?;
    let shard = ["NodeGroups", "NodeGroup", "PrimaryEndpoint"];
    let endpoint =
        endpoint(group, &["ConfigurationEndpoint"]).or_else(|| endpoint(group, &shard))?;
    Some(Cache {
        // Older answers do not name it; the API was made for Redis.
        engine: text(group, &["Engine"]).or_else(|| Some("redis".to_owned())),
        endpoint: text(endpoint, &["Address"])?,
        port: port(endpoint, &["Port"]),
        tls: asks_tls(group),
        cluster: below(group, &["ConfigurationEndpoint", "Address"]).is_some()
            || text(group, &["ClusterEnabled"]).as_deref() == Some("true"),
    })
}

/// Memcached has a configuration endpoint, a single Redis its node's.
fn of_cluster(xml: &str) -> Option<Cache> {
    let document = Document::parse(xml).ok()?;
    let cluster = first(&document, "CacheCluster")?;
    let node = ["CacheNodes", "CacheNode", "Endpoint"];
    let endpoint =
        endpoint(cluster, &["ConfigurationEndpoint"]).or_else(|| endpoint(cluster, &node))?;
    Some(Cache {
        engine: text(cluster, &["Engine"]),
        endpoint: text(endpoint, &["Address"])?,
        port: port(endpoint, &["Port"]),
        tls: asks_tls(cluster),
        // A group in cluster mode is found before its clusters.
        cluster: false,
    })
}

/// A serverless cache always speaks TLS, and Redis only as a cluster.
fn of_serverless(xml: &str) -> Option<Cache> {
    let document = Document::parse(xml).ok()?;
    let cache = serverless(&document)?;
    let engine = text(cache, &["Engine"]);
    Some(Cache {
        cluster: engine.as_deref() != Some("memcached"),
        engine,
        endpoint: text(cache, &["Endpoint", "Address"])?,
        port: port(cache, &["Endpoint", "Port"]),
        tls: true,
    })
}

/// The first serverless cache of an answer, whose items are called `member`.
fn serverless<'a, 'input>(document: &'a Document<'input>) -> Option<Node<'a, 'input>> {
    let list = first(document, "ServerlessCaches")?;
    list.children().find(Node::is_element)
}
