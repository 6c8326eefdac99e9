//! [`Needs`] -> [`Facts`]: what a compilation has to know of AWS.

mod network;

use futures_util::future::join_all;
use indexmap::{IndexMap, IndexSet};

use super::connection::Clients;
use super::error::{Error, refused};
use crate::facts::{Database, Facts, Needs};

/// Looks everything up at once. Every image, database and secret that is not there is a refusal of its own.
pub(super) async fn lookup(clients: &Clients, needs: &Needs) -> Result<Facts, Vec<Error>> {
    let images = join_all(needs.images.iter().map(|it| image(clients, it)));
    let databases = join_all(needs.databases.iter().map(|it| database(clients, it)));
    let secrets = join_all(needs.secrets.iter().map(|it| secret(clients, it)));
    let (account, images, databases, secrets) =
        tokio::join!(account(clients, needs.account), images, databases, secrets);
    let mut errors = Vec::new();
    let mut facts = Facts { region: Some(clients.region.clone()), ..Facts::default() };
    match account {
        Ok(account) => facts.account = account,
        Err(error) => errors.push(error),
    }
    sort(&needs.images, images, &mut facts.images, &mut errors);
    sort(&needs.databases, databases, &mut facts.databases, &mut errors);
    for (name, found) in needs.secrets.iter().zip(secrets) {
        match found {
            Ok(arn) => drop(facts.secrets.insert(name.clone(), arn)),
            // ECS finds it by its name as well; the role of a deployment need not be allowed to look.
            Err(error) if error.message.contains("AccessDenied") => {}
            Err(error) => errors.push(error),
        }
    }
    // Seldom asked for, and large: it does not belong into every future that looks something up.
    Box::pin(network::find(clients, needs, &mut facts, &mut errors)).await;
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

/// The digest of one reference `REGISTRY/REPOSITORY:TAG`. A call may ask for many tags, but its answer tells them apart only
/// on AWS itself.
async fn image(clients: &Clients, reference: &str) -> Result<String, Error> {
    let (host, path) = reference.split_once('/').unwrap_or(("", reference));
    let mut parts = host.split('.');
    let (registry, region) = (parts.next().unwrap_or_default(), parts.nth(2));
    let (name, tag) = path.rsplit_once(':').unwrap_or((path, "latest"));
    let id = aws_sdk_ecr::types::ImageIdentifier::builder().image_tag(tag).build();
    let call =
        clients.ecr.batch_get_image().registry_id(registry).repository_name(name).image_ids(id);
    let doing = format!("look the image `{name}:{tag}` up");
    // The registry may be in another region than the cluster.
    let region = region.map(|it| aws_config::Region::new(it.to_owned()));
    let there = aws_sdk_ecr::config::Builder::new().region(region);
    let answer = call.customize().config_override(there).send().await.map_err(refused(doing))?;
    let mut digests = answer.images().iter().filter_map(|it| it.image_id()?.image_digest());
    digests.next().map(str::to_owned).ok_or_else(|| missing_image(name, tag, reference))
}

fn missing_image(repository: &str, tag: &str, reference: &str) -> Error {
    let error =
        Error::refused(format!("the repository `{repository}` has no image with the tag `{tag}`"));
    error.help(format!(
        "push it (`docker push {reference}`), or name another with `--image SERVICE=REFERENCE`"
    ))
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
