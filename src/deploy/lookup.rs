//! [`Needs`] -> [`Facts`]: what a compilation has to know of AWS.

mod cache;
mod database;
mod xml;

use futures_util::future::join_all;
use indexmap::{IndexMap, IndexSet};

use super::connection::Clients;
use super::error::{Error, refused};
use crate::facts::{Facts, Needs};

/// Looks everything up at once. Every image, database, cache and secret that is not there is a refusal of its own.
pub(super) async fn lookup(clients: &Clients, needs: &Needs) -> Result<Facts, Vec<Error>> {
    let images = join_all(needs.images.iter().map(|it| image(clients, it)));
    let databases = join_all(needs.databases.iter().map(|it| database::find(clients, it)));
    let caches = join_all(needs.caches.iter().map(|it| cache::find(clients, it)));
    let secrets = join_all(needs.secrets.iter().map(|it| secret(clients, it)));
    let (account, images, databases, caches, secrets) =
        tokio::join!(account(clients, needs.account), images, databases, caches, secrets);
    let mut errors = Vec::new();
    let mut facts = Facts { region: Some(clients.region.clone()), ..Facts::default() };
    match account {
        Ok(account) => facts.account = account,
        Err(error) => errors.push(error),
    }
    sort(&needs.images, images, &mut facts.images, &mut errors);
    sort(&needs.databases, databases, &mut facts.databases, &mut errors);
    sort(&needs.caches, caches, &mut facts.caches, &mut errors);
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
