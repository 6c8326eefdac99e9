//! What the caller named of RDS and ElastiCache -> the services whose places it takes, or why it cannot.

use indexmap::IndexMap;

use super::catalogue::{Offer, Role};
use super::ingress;
use super::survey::{Fate, Survey, Surveyed, needs};
use super::{InitOptions, Managed};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean, sentence};
use crate::redact::words;
use crate::source::Span;

/// One of the two kinds that the caller can name.
#[derive(Clone, Copy)]
struct Kind {
    /// The key of the overlay, and the option without its dashes.
    key: &'static str,
    /// As people call it.
    title: &'static str,
    /// What it takes the place of.
    place: &'static str,
}

const RDS: Kind = Kind { key: "rds", title: "RDS", place: "a database" };
const CACHES: Kind = Kind { key: "elasticache", title: "ElastiCache", place: "a cache" };

impl Kind {
    /// Whether the product of a service is one that it stands in for.
    fn fits(self, surveyed: &Surveyed<'_>) -> bool {
        let offer = surveyed.product.map(|it| it.offer);
        match self.key {
            "rds" => matches!(offer, Some(Offer::Rds | Offer::Address("Amazon RDS"))),
            _ => offer == Some(Offer::ElastiCache),
        }
    }
}

/// Puts what the caller named in the place of services; whether all of it fits.
pub(super) fn replace(
    survey: &mut Survey<'_>,
    options: &InitOptions,
    diagnostics: &mut Diagnostics,
) -> bool {
    let named = options.databases.iter().map(|it| (RDS, it));
    let named: Vec<(Kind, &Managed)> =
        named.chain(options.caches.iter().map(|it| (CACHES, it))).collect();
    let mut taken: IndexMap<String, String> = IndexMap::new();
    let mut fits = true;
    for (kind, managed) in named {
        let found = place(survey, (kind, managed), &taken).and_then(|name| {
            let by = format!("{}: {}", kind.key, managed.identifier);
            match taken.get(&name).filter(|it| **it != by) {
                Some(earlier) => Err(twice(survey, &name, (earlier, &by))),
                None => Ok((name, by)),
            }
        });
        match found {
            Ok((name, by)) => {
                taken.insert(name, by);
            }
            Err(error) => {
                fits = false;
                diagnostics.report(error);
            }
        }
    }
    for (name, by) in taken {
        survey.services[name.as_str()].fate = Fate::Replaced(by);
    }
    fits
}

fn error(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::InvalidValue, span, message)
}

fn twice(survey: &Survey<'_>, name: &str, (earlier, later): (&str, &str)) -> Diagnostic {
    let options = [earlier, later].map(|it| it.replace(": ", &format!(" {name}=")));
    let message =
        format!("`--{}` and `--{}` take the place of one service", options[0], options[1]);
    error(survey.services[name].service.span, message).help("keep one of them")
}

/// The name of the service whose place something managed takes.
fn place(
    survey: &Survey<'_>,
    (kind, managed): (Kind, &Managed),
    taken: &IndexMap<String, String>,
) -> Result<String, Diagnostic> {
    let Kind { key, place, .. } = kind;
    let id = &managed.identifier;
    let span = survey.project.span;
    let fitting = fitting(survey, kind);
    let Some(name) = &managed.service else {
        let free: Vec<&str> =
            fitting.iter().copied().filter(|it| !taken.contains_key(*it)).collect();
        return match (free.as_slice(), fitting.as_slice()) {
            ([only], _) | ([], [only]) => Ok((*only).to_owned()),
            (_, []) => {
                let message = format!("no service is {place} by its image, so `{id}` has no place");
                let help = format!("name the service: `--{key} SERVICE={id}`");
                Err(error(span, message).help(help))
            }
            (_, several) => {
                let message = format!("`{id}` could take the place of {}", sentence(several));
                let help = format!("say which one: `--{key} SERVICE={id}`");
                Err(error(span, message).help(help))
            }
        };
    };
    let Some(surveyed) = survey.services.get(name.as_str()) else {
        let message = format!("there is no service `{name}` whose place {place} could take");
        let names: Vec<&str> = survey.services.keys().copied().collect();
        let error = Diagnostic::error(Code::UndefinedReference, span, message);
        return Err(error.help(match did_you_mean(name, names.iter().copied()) {
            Some(candidate) => format!("did you mean `{candidate}`?"),
            None => format!("the project has {}", sentence(&names)),
        }));
    };
    match other_product(survey, surveyed, kind) {
        None => Ok(name.clone()),
        Some(what) => Err(misfit(survey, (kind, managed), (surveyed, &what))),
    }
}

/// The services that are by their images what something managed stands in for.
fn fitting<'a>(survey: &Survey<'a>, kind: Kind) -> Vec<&'a str> {
    let services = survey.services.iter().filter(|(_, it)| it.is_container() && kind.fits(it));
    services.map(|(name, _)| *name).collect()
}

/// Words in the names of services that are built here and keep data all the same.
const STORES: [&str; 8] =
    ["cache", "data", "database", "db", "sessions", "sql", "storage", "store"];

/// What a service plainly is instead; nothing where it may well be what is replaced.
fn other_product(survey: &Survey<'_>, surveyed: &Surveyed<'_>, kind: Kind) -> Option<String> {
    let service = surveyed.service;
    if let Some(product) = surveyed.product {
        return (!kind.fits(surveyed)).then(|| product.title.to_owned());
    }
    if surveyed.role != Role::Application {
        return Some("another program".to_owned());
    }
    let words = words(&service.name);
    if service.build.is_some() && !words.iter().any(|it| STORES.contains(&it.as_str())) {
        return Some("built here".to_owned());
    }
    let is_way = ingress::ways(survey, None).iter().any(|it| it.service == service.name);
    let is_backed = needs(service)
        .filter_map(|it| survey.services.get(it))
        .any(|it| it.product.is_some_and(|it| it.role.is_backing()));
    (is_way || is_backed).then(|| "an application".to_owned())
}

fn misfit(
    survey: &Survey<'_>,
    (kind, managed): (Kind, &Managed),
    (surveyed, what): (&Surveyed<'_>, &str),
) -> Diagnostic {
    let name = &surveyed.service.name;
    let Kind { key, title, place } = kind;
    let message = format!("`{name}` is {what}, and {title} only takes the place of {place}");
    let span = surveyed.service.image.as_ref().map_or(surveyed.service.span, |it| it.span);
    let error = error(span, message);
    let other = if key == "rds" { CACHES } else { RDS };
    let fitting = fitting(survey, kind);
    let error = match fitting.as_slice() {
        [] => error.help(format!("no service of the project is {place} by its image")),
        [only] => error.help(format!("write `--{key} {only}={}`", managed.identifier)),
        several => error.help(format!("{} would fit", sentence(several))),
    };
    if other.fits(surveyed) {
        return error.help(format!("`--{} {name}=ID` puts something in its place", other.key));
    }
    let Some(product) = surveyed.product else { return error };
    match product.offer {
        Offer::Address(managed) => error.help(format!(
            "for {managed} write `{name}: {{ host: HOST, port: {} }}` under `replace` in the overlay",
            product.port
        )),
        _ => error,
    }
}
