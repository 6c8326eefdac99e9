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

/// What takes the place of an image that is none, because a variable is not set or an example was left in: the same
/// without its tag, when that is a name.
pub(super) fn mended(image: &str) -> Option<String> {
    let name = image.split('@').next().unwrap_or_default();
    let slash = name.rfind('/').map_or(0, |it| it + 1);
    let (path, tag) = match name[slash..].find(':') {
        Some(at) => (&name[..slash + at], Some(&name[slash + at + 1..])),
        None => (name, None),
    };
    let legal = |it: char| it.is_ascii_alphanumeric() || "_.-".contains(it);
    let is_tag = |it: &str| !it.is_empty() && it.len() <= 128 && it.chars().all(legal);
    let is_path = |it: &str| {
        let last = &it[slash..];
        let registry = it.chars().all(|it| legal(it) || it == '/' || it == ':');
        registry && !last.is_empty() && last.chars().all(legal)
    };
    let path_fits = is_path(path) && !path[slash..].starts_with(['-', '.', '_']);
    let fits = path_fits && tag.is_none_or(is_tag);
    let upper = path[slash..].contains(|it: char| it.is_ascii_uppercase());
    if fits && !upper {
        return None;
    }
    let path = if path_fits { path.to_lowercase() } else { "example.com/image".to_owned() };
    let tag = tag.filter(|it| is_tag(it)).unwrap_or("latest");
    Some(format!("{path}:{tag}"))
}

/// Whether ECS could not find the image anywhere.
fn is_built_here(service: &Service) -> bool {
    let names_a_registry = |image: &str| {
        let registry = image.split_once('/').map(|(registry, _)| registry);
        registry.is_some_and(|it| {
            let host = it.split(':').next().unwrap_or_default();
            // `sail-8.3/app` has a version where registries have a domain.
            let domain = host.rsplit('.').next().filter(|_| host.contains('.'));
            let is_domain = domain.is_some_and(|it| it.chars().all(|it| it.is_ascii_alphabetic()));
            (is_domain || it.contains(':')) && host != "localhost" && host != "127.0.0.1"
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

#[cfg(test)]
mod tests {
    use super::mended;

    #[test]
    fn an_image_that_is_none_is_mended_as_far_as_it_can_be_read() {
        for (image, expected) in [
            ("nginx", None),
            ("registry.example.com:5000/team/app:1.2", None),
            ("app@sha256:0123", None),
            ("apache/airflow:|version|", Some("apache/airflow:latest")),
            ("app:", Some("app:latest")),
            (":1.2", Some("example.com/image:1.2")),
            ("Team/App", Some("team/app:latest")),
        ] {
            assert_eq!(mended(image).as_deref(), expected, "{image}");
        }
    }
}
