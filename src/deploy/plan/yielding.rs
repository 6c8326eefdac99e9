//! Names that another task offers from now on: ECS refuses the new service for as long as the old one offers them.

use super::connect::{of_one_namespace, words_of};
use super::{Planning, ownership};
use crate::deploy::action::{Moment, ServiceUpdate, Step};
use crate::deploy::observed::family;
use crate::ecs::{ServiceConnectConfiguration, ServiceConnectService};

/// Plans to take offers away from services whose names are wanted elsewhere. They run on until what replaces them does.
pub(super) fn plan(planning: &mut Planning<'_>) {
    let (stack, observed) = (planning.stack, planning.observed);
    for (name, found) in observed.services.iter().chain(&observed.former_services) {
        let is_there = found.status == "ACTIVE" && ownership::is_ours(stack, &found.tags);
        let Some(connect) = found.connect.as_ref().filter(|it| is_there && it.enabled) else {
            continue;
        };
        let mut kept = ServiceConnectConfiguration { services: Vec::new(), ..connect.clone() };
        let mut details = Vec::new();
        for offer in &connect.services {
            match taker(planning, name, (connect, offer)) {
                Some(taker) => details.push(format!(
                    "stops offering {}, which `{taker}` is to offer",
                    words_of(std::slice::from_ref(offer))
                )),
                None => kept.services.push(offer.clone()),
            }
        }
        if details.is_empty() {
            continue;
        }
        let update = ServiceUpdate {
            name: name.clone(),
            connect: Some(kept),
            // The next revision may not know the ports any more.
            revision: Some(found.task_definition.clone()),
            moment: Moment::First,
            ..ServiceUpdate::default()
        };
        let family = family(&found.task_definition).to_owned();
        planning.add(Step::UpdateService { update, family }, details);
    }
}

/// The service of another task that is to offer the same in the same namespace.
fn taker(
    planning: &Planning<'_>,
    name: &str,
    (connect, offer): (&ServiceConnectConfiguration, &ServiceConnectService),
) -> Option<String> {
    let stack = planning.stack;
    let mut takers = stack.tasks.iter().filter_map(|task| {
        let wanted = task.connect.as_ref()?;
        let is_one = of_one_namespace(planning, connect, wanted)
            && wanted.services.iter().any(|it| is_taken(it, offer));
        is_one.then(|| stack.environment.service(task.name.as_deref()))
    });
    takers.find(|it| it != name)
}

/// Whether two offers cannot be in one namespace: they have a name or an address in common.
fn is_taken(one: &ServiceConnectService, other: &ServiceConnectService) -> bool {
    // What ECS calls a port that is given no other name.
    let name = |it: &ServiceConnectService| {
        it.discovery_name.clone().unwrap_or_else(|| it.port_name.clone())
    };
    let mut aliases = one.client_aliases.iter();
    name(one) == name(other) || aliases.any(|it| other.client_aliases.contains(it))
}
