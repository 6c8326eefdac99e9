//! Databases and caches that look-ups ask for, and whose engine only the project's own words tell.

use futures_util::future::try_join_all;

use crate::deploy::connection::Clients;
use crate::deploy::error::Error;
use crate::facts::Needs;
use crate::stack::Stack;

use super::made;

const RDS: (&str, &str) = ("rds", "2014-10-31");
const ELASTICACHE: (&str, &str) = ("elasticache", "2015-02-02");

/// Makes a cluster for every database that is looked up and is neither an instance nor a cluster.
pub(super) async fn databases(
    clients: &Clients,
    stack: &Stack,
    needs: &Needs,
) -> Result<(), Error> {
    try_join_all(needs.databases.iter().map(|it| database(clients, stack, it))).await?;
    Ok(())
}

async fn database(clients: &Clients, stack: &Stack, identifier: &str) -> Result<(), Error> {
    let doing = format!("make the database `{identifier}`");
    let ask = async |action, key| query(clients, RDS, action, &[(key, identifier)], &doing).await;
    if ask("DescribeDBClusters", "DBClusterIdentifier").await.is_ok()
        || ask("DescribeDBInstances", "DBInstanceIdentifier").await.is_ok()
    {
        return Ok(());
    }
    let postgres = sounds(stack, identifier, &["mysql", "maria"], &["postgres", "pg"]);
    let parameters = [
        ("DBClusterIdentifier", identifier),
        ("Engine", if postgres { "aurora-postgresql" } else { "aurora-mysql" }),
        ("MasterUsername", "sandbox"),
        // An instance of the emulator keeps no secret for its user, and `credentials: managed` asks for one.
        ("ManageMasterUserPassword", "true"),
    ];
    made(query(clients, RDS, "CreateDBCluster", &parameters, &doing).await)
}

/// Makes a replication group, or a cluster of Memcached, for every cache that is looked up and is not there.
pub(super) async fn caches(clients: &Clients, stack: &Stack, needs: &Needs) -> Result<(), Error> {
    try_join_all(needs.caches.iter().map(|it| cache(clients, stack, it))).await?;
    Ok(())
}

async fn cache(clients: &Clients, stack: &Stack, identifier: &str) -> Result<(), Error> {
    let doing = format!("make the cache `{identifier}`");
    let kinds = [
        ("DescribeReplicationGroups", "ReplicationGroupId"),
        ("DescribeCacheClusters", "CacheClusterId"),
        ("DescribeServerlessCaches", "ServerlessCacheName"),
    ];
    for (action, key) in kinds {
        let found = query(clients, ELASTICACHE, action, &[(key, identifier)], &doing).await;
        if found.is_ok() {
            return Ok(());
        }
    }
    let node = ("CacheNodeType", "cache.t4g.micro");
    let (action, parameters) = if sounds(stack, identifier, &["redis", "valkey"], &["memcache"]) {
        let id = ("CacheClusterId", identifier);
        ("CreateCacheCluster", vec![id, node, ("Engine", "memcached"), ("NumCacheNodes", "1")])
    } else {
        let id = ("ReplicationGroupId", identifier);
        let description = ("ReplicationGroupDescription", "made by the sandbox");
        ("CreateReplicationGroup", vec![id, node, ("Engine", "redis"), description])
    };
    made(query(clients, ELASTICACHE, action, &parameters, &doing).await)
}

/// Whether an identifier, else the containers' variables, sound like the second and not like the first.
fn sounds(stack: &Stack, identifier: &str, first: &[&str], second: &[&str]) -> bool {
    let has = |text: &str, list: &[&str]| list.iter().any(|it| text.contains(it));
    let identifier = identifier.to_ascii_lowercase();
    if has(&identifier, first) || has(&identifier, second) {
        return !has(&identifier, first);
    }
    let containers = stack.task_definitions().flat_map(|it| &it.container_definitions);
    let variables = containers.flat_map(|it| &it.environment);
    let texts: Vec<String> =
        variables.map(|it| format!("{}={}", it.name, it.value).to_ascii_lowercase()).collect();
    texts.iter().any(|it| has(it, second)) && !texts.iter().any(|it| has(it, first))
}

async fn query(
    clients: &Clients,
    (service, version): (&str, &str),
    action: &str,
    parameters: &[(&str, &str)],
    doing: &str,
) -> Result<String, Error> {
    let parameters: Vec<(String, String)> =
        parameters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    clients.signed.query(service, (action, version), &parameters, doing).await
}
