//! `ingress` -> the ways in from outside, each to a container that runs.

use super::placement::{Placement, contradiction, unknown_service};
use super::{Input, container_name};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::overlay::Ingress;
use crate::source::Spanned;
use crate::stack;

/// Lowers every ingress; one that leads nowhere is reported.
pub(super) fn lower(
    input: Input<'_>,
    placement: &Placement,
    diagnostics: &mut Diagnostics,
) -> Vec<stack::Ingress> {
    let lowered = input.overlay.ingress.iter().filter_map(|it| {
        check_service(input, &it.service, placement, diagnostics);
        lower_ingress(it, diagnostics)
    });
    lowered.collect()
}

fn check_service(
    input: Input<'_>,
    name: &Spanned<String>,
    placement: &Placement,
    diagnostics: &mut Diagnostics,
) {
    if let Some(replacement) = placement.replaced.get(&name.value) {
        contradiction(name, replacement, "`ingress`", diagnostics);
    } else if !input.project.services.contains_key(&name.value) {
        unknown_service(&name.value, name.span, "`ingress`", input.project, diagnostics);
    }
}

fn lower_ingress(ingress: &Ingress, diagnostics: &mut Diagnostics) -> Option<stack::Ingress> {
    let Some(port) = u16::try_from(ingress.port.value).ok().filter(|it| *it > 0) else {
        let message = format!("{} is not a port", ingress.port.value);
        let diagnostic = Diagnostic::error(Code::InvalidValue, ingress.port.span, message);
        diagnostics.report(diagnostic.help("a port is a number from 1 to 65535"));
        return None;
    };
    let text = |it: &Option<Spanned<String>>| it.as_ref().map(|it| it.value.clone());
    Some(stack::Ingress {
        container: container_name(&ingress.service.value),
        port,
        listener: text(&ingress.listener),
        host: text(&ingress.host),
        path: text(&ingress.path),
        health_check_path: text(&ingress.health_check_path),
    })
}
