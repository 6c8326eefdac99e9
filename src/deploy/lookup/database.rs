//! An identifier of RDS -> where its instance or cluster is reached, and what RDS knows of its login.

use roxmltree::Document;

use super::xml::{first, port, text};
use crate::deploy::connection::Clients;
use crate::deploy::error::Error;
use crate::facts::Database;

/// An instance of this identifier, else a cluster.
pub(super) async fn find(clients: &Clients, identifier: &str) -> Result<Database, Error> {
    let doing = format!("look the database `{identifier}` up");
    let ask = |action: &'static str, key: &str| {
        let parameters = vec![(key.to_owned(), identifier.to_owned())];
        let doing = &doing;
        async move { clients.signed.query("rds", (action, "2014-10-31"), &parameters, doing).await }
    };
    let (instance, cluster) = tokio::join!(
        ask("DescribeDBInstances", "DBInstanceIdentifier"),
        ask("DescribeDBClusters", "DBClusterIdentifier")
    );
    let read = [
        instance.as_ref().ok().and_then(|it| of_instance(it)),
        cluster.as_ref().ok().and_then(|it| of_cluster(it)),
    ];
    if let Some(database) = read.into_iter().flatten().next() {
        return Ok(database);
    }
    let is_absence = |it: &Error| it.message.contains("NotFound");
    match (instance, cluster) {
        (Err(error), _) | (_, Err(error)) if !is_absence(&error) => Err(error),
        (Ok(_), _) | (_, Ok(_)) => {
            let error = Error::refused(format!("the database `{identifier}` has no endpoint yet"));
            Err(error.help("it is being created: try again when its status is `available`"))
        }
        _ => {
            let error = Error::refused(format!(
                "there is no RDS instance or cluster `{identifier}` in {}",
                clients.region
            ));
            Err(error.help(
                "`rds:` takes the identifier; another database is named with `host:` and `port:`",
            ))
        }
    }
}

fn of_instance(xml: &str) -> Option<Database> {
    let document = Document::parse(xml).ok()?;
    let instance = first(&document, "DBInstance")?;
    Some(Database {
        engine: text(instance, &["Engine"]),
        endpoint: text(instance, &["Endpoint", "Address"])?,
        port: port(instance, &["Endpoint", "Port"]),
        reader_endpoint: None,
        name: text(instance, &["DBName"]),
        user: text(instance, &["MasterUsername"]),
        secret: text(instance, &["MasterUserSecret", "SecretArn"]),
    })
}

fn of_cluster(xml: &str) -> Option<Database> {
    let document = Document::parse(xml).ok()?;
    let cluster = first(&document, "DBCluster")?;
    Some(Database {
        engine: text(cluster, &["Engine"]),
        endpoint: text(cluster, &["Endpoint"])?,
        port: port(cluster, &["Port"]),
        reader_endpoint: text(cluster, &["ReaderEndpoint"]),
        name: text(cluster, &["DatabaseName"]),
        user: text(cluster, &["MasterUsername"]),
        secret: text(cluster, &["MasterUserSecret", "SecretArn"]),
    })
}
