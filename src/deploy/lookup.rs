//! [`Needs`] -> [`Facts`]: what a compilation has to know of AWS.

mod image;

use futures_util::future::join_all;
use indexmap::{IndexMap, IndexSet};

use super::connection::Clients;
use super::error::{Error, refused};
use crate::facts::{Database, Facts, Image, Needs};

/// Looks everything up at once. Every image, database and secret that is not there is a refusal of its own.
pub(super) async fn lookup(clients: &Clients, needs: &Needs) -> Result<Facts, Vec<Error>> {
    let images = join_all(needs.images.iter().map(|it| image::digest(clients, it)));
    let processes = join_all(needs.image_configs.iter().map(|it| image::process(clients, it)));
    let databases = join_all(needs.databases.iter().map(|it| database(clients, it)));
    let secrets = join_all(needs.secrets.iter().map(|it| secret(clients, it)));
    let (account, images, processes, databases, secrets) =
        tokio::join!(account(clients, needs.account), images, processes, databases, secrets);
    let mut errors = Vec::new();
    let mut facts = Facts { region: Some(clients.region.clone()), ..Facts::default() };
    match account {
        Ok(account) => facts.account = account,
        Err(error) => errors.push(error),
    }
    let images = images.into_iter().map(|it| it.map(Image::of_digest)).collect();
    sort(&needs.images, images, &mut facts.images, &mut errors);
    for (reference, found) in needs.image_configs.iter().zip(processes) {
        match found {
            Ok(image) => {
                let digest = facts.images.shift_remove(reference).and_then(|it| it.digest);
                let image = Image { digest, ..image.unwrap_or_default() };
                facts.images.insert(reference.clone(), image);
            }
            // Without it the compiler says what else there is to do.
            Err(error) if error.message.contains("AccessDenied") => {}
            Err(error) => errors.push(error),
        }
    }
    sort(&needs.databases, databases, &mut facts.databases, &mut errors);
    for (name, found) in needs.secrets.iter().zip(secrets) {
        match found {
            Ok(arn) => drop(facts.secrets.insert(name.clone(), arn)),
            // ECS finds it by its name as well; the role of a deployment need not be allowed to look.
            Err(error) if error.message.contains("AccessDenied") => {}
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(facts) } else { Err(errors) }
}

async fn account(clients: &Clients, is_needed: bool) -> Result<Option<String>, Error> {
    if !is_needed {
        return Ok(None);
    }
    let identity = clients.sts.get_caller_identity().send().await;
    Ok(identity.map_err(refused("find out the account"))?.account)
}

/// Facts to the facts, errors to the errors.
fn sort<T>(
    names: &IndexSet<String>,
    found: Vec<Result<T, Error>>,
    facts: &mut IndexMap<String, T>,
    errors: &mut Vec<Error>,
) {
    for (name, found) in names.iter().zip(found) {
        match found {
            Ok(found) => drop(facts.insert(name.clone(), found)),
            Err(error) => errors.push(error),
        }
    }
}

/// An instance of this identifier, else a cluster.
async fn database(clients: &Clients, identifier: &str) -> Result<Database, Error> {
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
        instance.as_ref().ok().and_then(|it| instance_endpoint(it)),
        cluster.as_ref().ok().and_then(|it| cluster_endpoint(it)),
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

fn instance_endpoint(xml: &str) -> Option<Database> {
    let document = roxmltree::Document::parse(xml).ok()?;
    let child = |node: roxmltree::Node<'_, '_>, name: &str| {
        node.children()
            .find(|it| it.tag_name().name() == name)
            .and_then(|it| it.text())
            .map(str::to_owned)
    };
    let instance = document.descendants().find(|it| it.tag_name().name() == "DBInstance")?;
    let endpoint = instance.children().find(|it| it.tag_name().name() == "Endpoint")?;
    Some(Database {
        engine: child(instance, "Engine"),
        endpoint: child(endpoint, "Address")?,
        port: child(endpoint, "Port").and_then(|it| it.parse().ok()),
    })
}

fn cluster_endpoint(xml: &str) -> Option<Database> {
    let document = roxmltree::Document::parse(xml).ok()?;
    let cluster = document.descendants().find(|it| it.tag_name().name() == "DBCluster")?;
    let child = |name: &str| {
        cluster
            .children()
            .find(|it| it.tag_name().name() == name)
            .and_then(|it| it.text())
            .map(str::to_owned)
    };
    Some(Database {
        engine: child("Engine"),
        endpoint: child("Endpoint")?,
        port: child("Port").and_then(|it| it.parse().ok()),
    })
}

async fn secret(clients: &Clients, name: &str) -> Result<String, Error> {
    let doing = format!("look the secret `{name}` up");
    let body = serde_json::json!({ "SecretId": name });
    let answer = clients
        .signed
        .json("secretsmanager", "secretsmanager.DescribeSecret", &body, &doing)
        .await?;
    let missing = || Error::refused(format!("the secret `{name}` has no ARN"));
    answer["ARN"].as_str().map(str::to_owned).ok_or_else(missing)
}
