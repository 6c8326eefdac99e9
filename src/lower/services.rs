//! Service definitions, for whoever asks: what the stack calls by name, called by what ECS takes.

use indexmap::{IndexMap, IndexSet};

use super::{Findings, Input};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::ecs::ServiceDefinition;
use crate::source::Spanned;
use crate::stack::{Reference, Resources, Shape, Stack};

/// The services of a stack. What is known neither from the overlay nor from the facts is reported.
pub(crate) fn lower(
    input: Input<'_>,
    stack: &Stack,
    findings: &mut Findings<'_>,
) -> Vec<ServiceDefinition> {
    report_bare(input, stack, findings.diagnostics);
    if stack.tasks.iter().all(|it| it.shape == Shape::Task) {
        return Vec::new();
    }
    let (network, facts) = (&input.overlay.network, input.facts);
    if network.subnets.is_empty() {
        let message = "a service needs subnets, and the overlay names none";
        let diagnostic = Diagnostic::error(Code::InvalidValue, input.overlay_span(), message);
        let help = "write `network: { subnets: [subnet-…] }` under `x-ecs`";
        findings.diagnostics.report(diagnostic.help(help));
    }
    let subnets = Kind { prefix: "subnet-", key: "subnets", known: &facts.subnets };
    let groups = Kind { prefix: "sg-", key: "security_groups", known: &facts.security_groups };
    let (needs, sink) = (&mut *findings.needs, &mut *findings.diagnostics);
    let resources = Resources {
        subnets: resolve(&network.subnets, &subnets, &mut needs.subnets, sink),
        security_groups: resolve(
            &network.security_groups,
            &groups,
            &mut needs.security_groups,
            sink,
        ),
        target_groups: facts.target_groups.clone(),
    };
    for (ingress, place) in stack.ingress.iter().zip(&input.overlay.ingress) {
        let name = &ingress.target_group;
        if ingress.listeners.is_empty() || facts.target_groups.contains_key(name) {
            continue;
        }
        needs.target_groups.insert(name.clone());
        let message = format!(
            "the service definition leaves `loadBalancers` out for `{}`: ECS takes a target group by its ARN, and that of `{name}` is not known",
            ingress.container
        );
        let warning = Diagnostic::warning(Code::MissingFact, place.service.span, message);
        sink.add(warning.help("`up` makes the target group; once it is there, pass `--online`, or `--facts FILE` with `target_groups`"));
    }
    stack.service_definitions(&resources)
}

/// A task alone is run, not kept running, so no service definition stands for it.
fn report_bare(input: Input<'_>, stack: &Stack, diagnostics: &mut Diagnostics) {
    for (index, task) in stack.tasks.iter().enumerate().filter(|(_, it)| it.shape == Shape::Task) {
        let ways = stack.ingress.iter().zip(&input.overlay.ingress);
        let mut places = ways.filter(|(it, _)| it.task == index).map(|(_, it)| it.service.span);
        let place = places.next().unwrap_or_else(|| input.overlay_span());
        let message =
            format!("`{}` runs without a service: no service definition", task.definition.family);
        let warning = Diagnostic::warning(Code::WithoutService, place, message);
        diagnostics.add(warning.help("a way in with a `listener` makes it a service"));
    }
}

/// What is named of one kind of resource.
struct Kind<'a> {
    /// How its identifiers begin.
    prefix: &'static str,
    /// The key in the overlay and in the facts.
    key: &'static str,
    /// Identifiers by how the overlay calls them.
    known: &'a IndexMap<String, Vec<String>>,
}

fn resolve(
    names: &[Spanned<String>],
    kind: &Kind<'_>,
    needs: &mut IndexSet<String>,
    diagnostics: &mut Diagnostics,
) -> Vec<String> {
    let mut ids = Vec::new();
    for name in names {
        let Kind { prefix, key, known } = kind;
        match (Reference::parse(&name.value, prefix), known.get(&name.value)) {
            (Reference::Id(id), _) => ids.push(id),
            (_, Some(found)) => ids.extend(found.iter().cloned()),
            (_, None) => {
                needs.insert(name.value.clone());
                let message = format!(
                    "the ids of `{}` are not known, and a service definition needs them",
                    name.value
                );
                let diagnostic = Diagnostic::error(Code::MissingFact, name.span, message);
                let help = format!(
                    "write ids such as `{prefix}0a1b2c3d` in the overlay, or pass `--facts FILE` with `{key}`, or `--online`"
                );
                diagnostics.report(diagnostic.help(help));
            }
        }
    }
    ids.sort();
    ids.dedup();
    ids
}
