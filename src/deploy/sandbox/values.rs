//! What look-ups ask for: images and secrets. All values are made up.

use futures_util::future::try_join_all;
use indexmap::{IndexMap, IndexSet};
use serde_json::{Map, Value, json};

use crate::deploy::connection::Clients;
use crate::deploy::error::{Error, refused};
use crate::facts::Needs;
use crate::stack::{Authentication, Stack};

use super::{exists, made};

const MADE_UP: &str = "made-up-by-the-sandbox";

/// Makes the repositories, and an image for every tag that is looked up.
pub(super) async fn images(clients: &Clients, stack: &Stack, needs: &Needs) -> Result<(), Error> {
    let mut wanted: IndexMap<&str, IndexSet<&str>> = IndexMap::new();
    for reference in needs.images.iter().chain(&needs.image_configs) {
        let path = reference.split_once('/').map_or(reference.as_str(), |it| it.1);
        let (name, tag) = path.rsplit_once(':').unwrap_or((path, "latest"));
        wanted.entry(name).or_default().insert(tag);
    }
    for repository in &stack.repositories {
        wanted.entry(&repository.name).or_default();
    }
    try_join_all(wanted.iter().map(|(name, tags)| repository(clients, name, tags))).await?;
    Ok(())
}

async fn repository(clients: &Clients, name: &str, tags: &IndexSet<&str>) -> Result<(), Error> {
    let doing = format!("make the repository `{name}`");
    let call = clients.ecr.create_repository().repository_name(name);
    made(call.send().await.map_err(refused(&doing)))?;
    for tag in tags {
        let doing = format!("push the image `{name}:{tag}`");
        let id = aws_sdk_ecr::types::ImageIdentifier::builder().image_tag(*tag).build();
        let found = clients.ecr.batch_get_image().repository_name(name).image_ids(id).send().await;
        if !found.map_err(refused(&doing))?.images().is_empty() {
            continue;
        }
        let configuration = json!({ "config": { "Cmd": [MADE_UP] } }).to_string();
        let configuration = aws_smithy_types::base64::encode(configuration);
        // A manifest for each tag, so that no two images have one digest.
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": { "mediaType": "application/vnd.docker.container.image.v1+json", "data": configuration },
            "layers": [],
            "annotations": { "sandbox": format!("{name}:{tag}") },
        });
        let call = clients.ecr.put_image().repository_name(name).image_tag(*tag);
        let call = call.image_manifest(manifest.to_string());
        made(call.send().await.map_err(refused(&doing)))?;
    }
    Ok(())
}

/// Makes the secrets that are looked up or that containers and logins read, with every key that is asked of them, and the
/// parameters.
pub(super) async fn secrets(clients: &Clients, stack: &Stack, needs: &Needs) -> Result<(), Error> {
    let mut parameters: IndexSet<String> = IndexSet::new();
    let mut secrets: IndexMap<String, Wanted> = IndexMap::new();
    for name in &needs.secrets {
        secrets.entry(name.clone()).or_default();
    }
    for reference in references(stack) {
        let parts: Vec<&str> = reference.split(':').collect();
        match (parts.get(2), parts.get(5)) {
            (Some(&"ssm"), Some(name)) => {
                // `parameter/a/b` is called `/a/b`, and `parameter/a` just `a`.
                let name = name.strip_prefix("parameter").unwrap_or(name);
                let top = name.strip_prefix('/').filter(|it| !it.contains('/'));
                parameters.insert(top.unwrap_or(name).to_owned());
            }
            (Some(&"secretsmanager"), _) => {
                let name = parts.get(6).copied().unwrap_or_default();
                let wanted = secrets.entry(name.to_owned()).or_default();
                wanted.arn = parts.iter().take(7).copied().collect::<Vec<_>>().join(":");
                let key = parts.get(7).filter(|it| !it.is_empty());
                wanted.keys.extend(key.map(|it| (*it).to_owned()));
            }
            _ => drop(parameters.insert(reference.to_owned())),
        }
    }
    let (parameters, secrets) = tokio::join!(
        try_join_all(parameters.iter().map(|it| parameter(clients, it))),
        try_join_all(secrets.iter().map(|(name, wanted)| secret(clients, name, wanted)))
    );
    parameters.and(secrets).map(drop)
}

/// Every `valueFrom` of the containers and the login.
fn references(stack: &Stack) -> IndexSet<&str> {
    let containers = stack.task_definitions().flat_map(|it| &it.container_definitions);
    let secrets = containers.flat_map(|it| {
        let logs = it.log_configuration.iter().flat_map(|it| &it.secret_options);
        it.secrets.iter().chain(logs).map(|it| it.value_from.as_str())
    });
    let logins = stack.ingress.iter().filter_map(|it| match &it.authenticate {
        Some(Authentication::Oidc { client_secret, .. }) => Some(client_secret.as_str()),
        _ => None,
    });
    secrets.chain(logins).collect()
}

/// A secret as the references tell of it.
#[derive(Default)]
struct Wanted {
    /// Empty when nothing but its name is known.
    arn: String,
    keys: IndexSet<String>,
}

async fn parameter(clients: &Clients, name: &str) -> Result<(), Error> {
    let doing = format!("make the parameter `{name}`");
    let body = json!({ "Name": name, "Value": MADE_UP, "Type": "SecureString" });
    made(clients.signed.json("ssm", "AmazonSSM.PutParameter", &body, &doing).await)
}

async fn secret(clients: &Clients, name: &str, wanted: &Wanted) -> Result<(), Error> {
    let doing = format!("make the secret `{name}`");
    let call = |operation: &str, body: Value| {
        let target = format!("secretsmanager.{operation}");
        let doing = &doing;
        async move { clients.signed.json("secretsmanager", &target, &body, doing).await }
    };
    let mut found = None;
    // A look-up may have given the ARN its end, which is no part of the name.
    for id in [wanted.arn.as_str(), name].into_iter().filter(|it| !it.is_empty()) {
        let answer = call("GetSecretValue", json!({ "SecretId": id })).await;
        found = found.or(answer.ok().map(|it| (id.to_owned(), it)));
    }
    let text = found.as_ref().and_then(|it| it.1["SecretString"].as_str()).unwrap_or_default();
    let values: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
    let missing: Vec<&String> = wanted.keys.iter().filter(|it| !values.contains_key(*it)).collect();
    if found.is_some() && missing.is_empty() {
        return Ok(());
    }
    let mut whole = values.clone();
    whole.extend(missing.into_iter().map(|it| (it.clone(), Value::from(MADE_UP))));
    let text = if whole.is_empty() { MADE_UP.to_owned() } else { Value::from(whole).to_string() };
    let put = async |id: &str| {
        call("PutSecretValue", json!({ "SecretId": id, "SecretString": text })).await.map(drop)
    };
    match found {
        Some((id, _)) => put(&id).await,
        None => match call("CreateSecret", json!({ "Name": name, "SecretString": text })).await {
            Err(error) if exists(&error) => put(name).await,
            other => other.map(drop),
        },
    }
}
