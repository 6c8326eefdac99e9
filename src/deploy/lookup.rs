//! [`Needs`] -> [`Facts`]: what a compilation has to know of AWS.

mod cache;
mod database;
mod image;
mod network;
mod xml;

use futures_util::future::join_all;
use indexmap::{IndexMap, IndexSet};

use super::connection::Clients;
use super::error::{Error, refused};
use crate::facts::{Facts, Needs};

/// Looks everything up at once. Every image, database, cache and secret that is not there is a refusal of its own.
pub(super) async fn lookup(clients: &Clients, needs: &Needs) -> Result<Facts, Vec<Error>> {
    let runs = |it: &String| needs.image_configs.contains(it);
    let images = join_all(needs.images.iter().map(|it| image::find(clients, it, runs(it))));
    let others = needs.image_configs.iter().filter(|it| !needs.images.contains(*it));
    let others: Vec<&String> = others.collect();
    let processes = join_all(others.iter().map(|it| image::process(clients, it)));
    let databases = join_all(needs.databases.iter().map(|it| database::find(clients, it)));
    let caches = join_all(needs.caches.iter().map(|it| cache::find(clients, it)));
    let secrets = join_all(needs.secrets.iter().map(|it| secret(clients, it)));
    let (account, images, processes, databases, caches, secrets) = tokio::join!(
        account(clients, needs.account),
        images,
        processes,
        databases,
        caches,
        secrets
    );
    let mut errors = Vec::new();
    let mut facts = Facts { region: Some(clients.region.clone()), ..Facts::default() };
    match account {
        Ok(account) => facts.account = account,
        Err(error) => errors.push(error),
    }
    sort(&needs.images, images, &mut facts.images, &mut errors);
    for (reference, found) in others.into_iter().zip(processes) {
        match found {
            Ok(image) => drop(facts.images.insert(reference.clone(), image)),
            // Without it the compiler says what else there is to do.
            Err(error) if error.message.contains("AccessDenied") => {}
            Err(error) => errors.push(error),
        }
    }
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
