//! Services that wait for each other.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Span;
use crate::yaml::{Entry, Mapping, Node};

/// Reports the first circle.
pub(super) fn check(services: &Mapping, diagnostics: &mut Diagnostics) {
    let mut finished: Vec<bool> = vec![false; services.len()];
    let mut entered: Vec<bool> = vec![false; services.len()];
    for start in 0..services.len() {
        let mut trail: Vec<(usize, usize)> = vec![(start, 0)];
        while let Some((service, next)) = trail.last_mut().filter(|(it, _)| !finished[*it]) {
            entered[*service] = true;
            let Some((name, entry)) = dependency(services, *service, *next) else {
                finished[*service] = true;
                trail.pop();
                continue;
            };
            *next += 1;
            let Some(target) = services.get_index_of(name) else {
                continue;
            };
            if entered[target] && !finished[target] {
                let first = trail.iter().position(|(it, _)| *it == target).unwrap_or_default();
                return report(services, &trail[first..], entry.key_span, diagnostics);
            }
            if !finished[target] {
                trail.push((target, 0));
            }
        }
    }
}

fn dependency(services: &Mapping, service: usize, index: usize) -> Option<(&String, &Entry)> {
    let node = &services.get_index(service)?.1.node;
    node.get("depends_on").and_then(Node::as_mapping)?.get_index(index)
}

fn report(
    services: &Mapping,
    circle: &[(usize, usize)],
    span: Span,
    diagnostics: &mut Diagnostics,
) {
    let name = |index: usize| services.get_index(index).map_or("", |(name, _)| name.as_str());
    let mut names: Vec<&str> = circle.iter().map(|(index, _)| name(*index)).collect();
    names.push(name(circle[0].0));
    let message = format!("services wait for each other: {}", names.join(" -> "));
    let mut diagnostic =
        Diagnostic::error(Code::DependencyCycle, span, message).at("this closes the circle");
    for (index, next) in &circle[..circle.len() - 1] {
        if let Some((_, entry)) = dependency(services, *index, next - 1) {
            diagnostic = diagnostic.label(entry.key_span, "");
        }
    }
    diagnostics.report(diagnostic.help("take one of these dependencies out"));
}
