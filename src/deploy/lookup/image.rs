//! Images of ECR: the digest that a tag stands for, and what the image runs.

use aws_sdk_ecr::config::Builder;
use aws_sdk_ecr::types::ImageIdentifier;
use aws_smithy_types::base64;
use serde_json::Value;

use crate::deploy::connection::Clients;
use crate::deploy::error::{Error, refused};
use crate::facts::Image;

/// What a manifest may be: that of one image, or the list of those of several platforms.
const MANIFESTS: [&str; 4] = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];

/// What is looked up to learn what an image runs.
const CONFIGURATION: &str = "the configuration of the image";

/// A reference `REGISTRY/REPOSITORY:TAG` of ECR in its parts.
struct Reference<'a> {
    registry: &'a str,
    region: Option<&'a str>,
    repository: &'a str,
    tag: &'a str,
}

impl<'a> Reference<'a> {
    fn parse(text: &'a str) -> Self {
        let (host, path) = text.split_once('/').unwrap_or(("", text));
        let mut parts = host.split('.');
        let (registry, region) = (parts.next().unwrap_or_default(), parts.nth(2));
        let path = path.split('@').next().unwrap_or(path);
        let (repository, tag) = path.rsplit_once(':').unwrap_or((path, "latest"));
        Self { registry, region, repository, tag }
    }

    /// The registry may be in another region than the cluster.
    fn there(&self) -> Builder {
        Builder::new().region(self.region.map(|it| aws_config::Region::new(it.to_owned())))
    }

    fn doing(&self, what: &str) -> String {
        format!("look {what} `{}:{}` up", self.repository, self.tag)
    }

    /// The digest and manifest of what an identifier stands for; `None` when there is none.
    async fn get(
        &self,
        clients: &Clients,
        id: ImageIdentifier,
        doing: &str,
    ) -> Result<Option<(String, Value)>, Error> {
        let call = clients.ecr.batch_get_image().registry_id(self.registry);
        let call = call.repository_name(self.repository).image_ids(id);
        let call = call.set_accepted_media_types(Some(MANIFESTS.map(str::to_owned).to_vec()));
        let answer = call.customize().config_override(self.there()).send().await;
        let answer = answer.map_err(refused(doing))?;
        let found = answer.images().iter().find_map(|it| {
            let manifest = serde_json::from_str(it.image_manifest().unwrap_or_default());
            let digest = it.image_id()?.image_digest()?.to_owned();
            Some((digest, manifest.unwrap_or_default()))
        });
        Ok(found)
    }
}

/// The digest of one reference, and what that very image runs when this is asked for: a tag may be moved between two looks.
/// A call may ask for many tags, but its answer tells them apart only on AWS itself.
pub(super) async fn find(clients: &Clients, text: &str, runs: bool) -> Result<Image, Error> {
    let reference = Reference::parse(text);
    let id = ImageIdentifier::builder().image_tag(reference.tag).build();
    let found = reference.get(clients, id, &reference.doing("the image")).await?;
    let (digest, manifest) = found.ok_or_else(|| missing(&reference, text))?;
    let process = if runs { of_manifest(clients, &reference, manifest).await? } else { None };
    Ok(Image { digest: Some(digest), ..process.unwrap_or_default() })
}

fn missing(reference: &Reference<'_>, text: &str) -> Error {
    let Reference { repository, tag, .. } = reference;
    let error =
        Error::refused(format!("the repository `{repository}` has no image with the tag `{tag}`"));
    error.help(format!(
        "push it (`docker push {text}`), or name another with `--image SERVICE=REFERENCE`"
    ))
}

/// What one image runs, of which nobody asks the digest. It is empty when the image does not say, or is not there.
pub(super) async fn process(clients: &Clients, text: &str) -> Result<Image, Error> {
    let reference = Reference::parse(text);
    let doing = reference.doing(CONFIGURATION);
    let digest = text.split_once('@').map(|(_, digest)| digest.to_owned());
    let id = match digest {
        Some(digest) => ImageIdentifier::builder().image_digest(digest).build(),
        None => ImageIdentifier::builder().image_tag(reference.tag).build(),
    };
    let process = match reference.get(clients, id, &doing).await? {
        Some((_, manifest)) => of_manifest(clients, &reference, manifest).await?,
        None => None,
    };
    Ok(process.unwrap_or_default())
}

/// What the image of a manifest runs; `None` when it does not say, or may not be asked: then the compiler says what else
/// there is to do.
async fn of_manifest(
    clients: &Clients,
    reference: &Reference<'_>,
    manifest: Value,
) -> Result<Option<Image>, Error> {
    match through_lists(clients, reference, manifest).await {
        Err(error) if error.message.contains("AccessDenied") => Ok(None),
        found => found,
    }
}

async fn through_lists(
    clients: &Clients,
    reference: &Reference<'_>,
    mut manifest: Value,
) -> Result<Option<Image>, Error> {
    let doing = reference.doing(CONFIGURATION);
    if let Some(digest) = of_platform(&manifest) {
        let id = ImageIdentifier::builder().image_digest(digest).build();
        let Some((_, inner)) = reference.get(clients, id, &doing).await? else { return Ok(None) };
        manifest = inner;
    }
    let config = configuration(clients, reference, &manifest["config"], &doing).await?;
    Ok(config.as_ref().and_then(image))
}

/// The digest of the first image of Linux in a list. What an image runs is the same on all processors; what is attested
/// of an image stands in the list as an image of no system.
fn of_platform(manifest: &Value) -> Option<&str> {
    let images = manifest["manifests"].as_array()?;
    let linux = images.iter().find(|it| it["platform"]["os"] == "linux");
    linux.or(images.first())?["digest"].as_str()
}

/// The configuration that a manifest points at, or has in itself.
async fn configuration(
    clients: &Clients,
    reference: &Reference<'_>,
    descriptor: &Value,
    doing: &str,
) -> Result<Option<Value>, Error> {
    if let Some(data) = descriptor["data"].as_str() {
        let bytes = base64::decode(data).unwrap_or_default();
        return Ok(serde_json::from_slice(&bytes).ok());
    }
    let Some(digest) = descriptor["digest"].as_str() else { return Ok(None) };
    let call = clients.ecr.get_download_url_for_layer().registry_id(reference.registry);
    let call = call.repository_name(reference.repository).layer_digest(digest);
    let answer = call.customize().config_override(reference.there()).send().await;
    let answer = answer.map_err(refused(doing))?;
    let Some(url) = answer.download_url() else { return Ok(None) };
    let text = clients.signed.fetch(url, doing).await?;
    Ok(serde_json::from_str(&text).ok())
}

/// The part of a configuration that says what runs: a missing list is an empty one.
fn image(configuration: &Value) -> Option<Image> {
    let config = configuration["config"].as_object()?;
    let words = |key: &str| -> Vec<String> {
        let list = config.get(key).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let user = config.get("User").and_then(Value::as_str).filter(|it| !it.is_empty());
    Some(Image {
        digest: None,
        entrypoint: Some(words("Entrypoint")),
        command: Some(words("Cmd")),
        user: Some(user.unwrap_or("root").to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Reference, image, of_platform};

    #[test]
    fn a_reference_is_taken_apart() {
        let digest = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/app:1@sha256:00";
        let reference = Reference::parse(digest);
        assert_eq!((reference.registry, reference.region), ("123456789012", Some("eu-west-1")));
        assert_eq!((reference.repository, reference.tag), ("shop/app", "1"));
        assert_eq!(Reference::parse("host/app").tag, "latest");
    }

    #[test]
    fn an_image_without_an_entrypoint_has_an_empty_one() {
        let found = image(&json!({ "config": { "Cmd": ["serve"], "Entrypoint": null } })).unwrap();
        assert_eq!(found.entrypoint, Some(Vec::new()));
        assert_eq!(found.command, Some(vec!["serve".to_owned()]));
        assert_eq!(found.user.as_deref(), Some("root"));
        assert_eq!(image(&json!({ "layers": [] })), None);
    }

    #[test]
    fn a_list_leads_to_an_image_and_not_to_what_is_attested_of_it() {
        let list = json!({ "manifests": [
            { "digest": "sha256:a", "platform": { "os": "unknown" } },
            { "digest": "sha256:b", "platform": { "os": "linux", "architecture": "arm64" } },
        ]});
        assert_eq!(of_platform(&list), Some("sha256:b"));
        assert_eq!(of_platform(&json!({ "config": {} })), None);
    }
}
