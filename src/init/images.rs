//! Services that are built on the laptop -> the images that a CI pushes for each branch.

use indexmap::IndexMap;

use super::survey::Survey;
use crate::compose::Service;

/// The repository of ECR by service, for all that are built and name no registry: services that are built in one way,
/// or run what another one builds, share an image.
pub(super) fn repositories(survey: &Survey<'_>, project: &str) -> IndexMap<String, String> {
    let built: Vec<&Service> =
        survey.project.services.values().filter(|it| is_built_here(it)).collect();
    let owner = |service: &Service| {
        let same = |it: &&&Service| {
            (service.recipe.is_some() && it.recipe == service.recipe) || shares_name(it, service)
        };
        built.iter().find(same).map(|it| it.name.clone())
    };
    let containers = survey.containers().map(|it| it.service);
    let pulled = containers.filter(|it| is_built_here(it) || it.build.is_none());
    let named = pulled.filter_map(|it| Some((it.name.clone(), repository(project, &owner(it)?))));
    named.collect()
}

/// Whether ECS could not find the image anywhere.
fn is_built_here(service: &Service) -> bool {
    let names_a_registry = |image: &str| {
        let registry = image.split_once('/').map(|(registry, _)| registry);
        registry.is_some_and(|it| {
            let host = it.split(':').next().unwrap_or_default();
            it.contains(['.', ':']) && host != "localhost" && host != "127.0.0.1"
        })
    };
    service.build.is_some() && !service.image.as_ref().is_some_and(|it| names_a_registry(&it.value))
}

/// Whether two services name one image, whatever its tag.
fn shares_name(one: &Service, other: &Service) -> bool {
    match (&one.image, &other.image) {
        (Some(one), Some(other)) => one.value == other.value,
        _ => false,
    }
}

/// `PROJECT/SERVICE` in the letters that ECR takes: words of lower case letters and digits.
fn repository(project: &str, service: &str) -> String {
    let part = |text: &str| {
        let text = text.to_lowercase();
        let words = text.split(|it: char| !it.is_ascii_alphanumeric());
        words.filter(|it| !it.is_empty()).collect::<Vec<_>>().join("-")
    };
    let parts = [part(project), part(service)];
    parts.iter().filter(|it| !it.is_empty()).cloned().collect::<Vec<_>>().join("/")
}
