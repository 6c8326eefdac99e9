//! Ways in whose load balancer asks a path that nobody thought of.

use super::super::Input;
use crate::compose::healthcheck::Healthcheck;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::overlay::Ingress;

/// Warns where a load balancer is left with asking `/`, and nothing says that this is right: ECS ends what does not
/// answer with 200.
pub(in crate::lower) fn check_ways(input: Input<'_>, diagnostics: &mut Diagnostics) {
    let ways = &input.overlay.ingress;
    for way in ways.iter().filter(|it| it.listeners.is_some()) {
        let Some(service) = input.project.services.get(&way.service.value) else { continue };
        let check = service.healthcheck.as_ref().filter(|it| !it.disabled && !it.test.is_empty());
        // A check that could not be read looks like none.
        let is_written = check.is_none() && service.keys.contains_key("healthcheck");
        if diagnostics.has_error_at(way.span) || (is_written && diagnostics.has_errors()) {
            continue;
        }
        let asked = check.map(path_of);
        if ways.iter().any(|it| says_what(it, way)) || asked.as_ref().is_some_and(Asked::is_root) {
            continue;
        }
        let message = format!(
            "the load balancer asks `{}` for `/`, and ECS ends it when the answer is not 200",
            way.service.value
        );
        let warning = Diagnostic::warning(Code::TargetHealth, way.service.span, message);
        let path = match asked {
            Some(Asked::Path(path)) => path,
            _ => "/healthcheck".to_owned(),
        };
        let help =
            format!("say which path shows that it works: `health_check: {{ path: {path} }}`");
        diagnostics.add(warning.help(help));
    }
}

/// Whether a way in says how the target of another is checked, which is its own when both lead to one port.
fn says_what(way: &Ingress, other: &Ingress) -> bool {
    let same = way.service.value == other.service.value && way.port.value == other.port.value;
    let check = way.health_check.as_ref().map(|it| &it.value);
    same && check.is_some_and(|it| it.path.is_some() || it.matcher.is_some())
}

/// What the service's own check asks.
enum Asked {
    Path(String),
    /// The root, or something that is no URL.
    Root,
}

impl Asked {
    fn is_root(&self) -> bool {
        matches!(self, Self::Root)
    }
}

fn path_of(check: &Healthcheck) -> Asked {
    let words = check.test.iter().flat_map(|it| it.value.split_whitespace());
    let mut urls = words.filter_map(|it| it.trim_matches(['"', '\'']).split_once("://"));
    let path = urls.next().and_then(|(_, rest)| rest.find('/').map(|it| rest[it..].to_owned()));
    let path = path.map(|it| it.split(['?', '#', ';', '"', '\'']).next().unwrap_or("/").to_owned());
    path.filter(|it| it != "/").map_or(Asked::Root, Asked::Path)
}
