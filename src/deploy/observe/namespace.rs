//! Cloud Map: the namespace of the stack, and those that the environment made.

use futures_util::future::try_join_all;
use indexmap::IndexSet;

use super::Depth;
use crate::deploy::CONNECT_TAG;
use crate::deploy::connection::Clients;
use crate::deploy::error::Error;
use crate::deploy::namespace::{get, named, services, tags};
use crate::deploy::observed::{Namespace, Observed, Service};
use crate::stack::Stack;

/// All namespaces that a plan is about. That the overlay names one which is not there is a sentence.
pub(super) async fn namespaces(
    clients: &Clients,
    stack: &Stack,
    (observed, owned): (&Observed, &[String]),
    depth: Depth,
) -> Result<(Vec<Namespace>, Option<String>), Error> {
    let own = stack.environment.namespace();
    let mut found: Vec<Namespace> = Vec::new();
    let mut missing = None;
    let given = stack.namespace.as_ref().filter(|it| !it.is_own);
    if let Some(given) = given {
        let by_name = !given.name.starts_with("arn:");
        let there = if by_name {
            named(clients, &given.name).await?
        } else {
            get(clients, &given.name).await?.into_iter().collect()
        };
        let (name, region) = (&given.name, &clients.region);
        missing = match there.len() {
            0 => Some(format!("there is no Cloud Map namespace `{name}` in {region}")),
            1 => None,
            // Private DNS namespaces of several networks may share a name.
            several => Some(format!(
                "there are {several} Cloud Map namespaces `{name}` in {region}: give the ARN of the one that is meant"
            )),
        };
        found.extend(there.into_iter().take(1));
    }
    let mut others: Vec<Namespace> = Vec::new();
    if has_own(stack, observed) {
        others.extend(named(clients, &own).await?);
    } else if depth == Depth::Whole {
        // A run that was killed may have left one alone. A role for tasks that find nobody need not be allowed to ask.
        match named(clients, &own).await {
            Err(error) if error.is_denied() => {}
            found => others.extend(found?),
        }
    }
    // The index of tags still knows what was deleted a moment ago.
    let tagged: IndexSet<&String> = owned.iter().filter(|it| it.contains(":namespace/")).collect();
    let is_known = |it: &&String| others.iter().chain(&found).any(|known| known.arn == **it);
    let unknown: Vec<&String> = tagged.into_iter().filter(|it| !is_known(it)).collect();
    let unknown = try_join_all(unknown.into_iter().map(|it| get(clients, it))).await?;
    others.extend(unknown.into_iter().flatten());
    others.retain(|it| found.iter().all(|given| given.id != it.id));
    let tags = try_join_all(others.iter().map(|it| tags(clients, &it.arn))).await?;
    for (namespace, tags) in others.iter_mut().zip(tags) {
        namespace.tags = tags;
    }
    found.extend(others);
    let wanted = stack.namespace.as_ref();
    for namespace in &mut found {
        let stays = wanted.is_some_and(|it| namespace.is(&it.name));
        if depth == Depth::Whole || !stays {
            let inside = services(clients, &namespace.id).await?.into_iter();
            namespace.services = inside.map(|(id, name)| (name, id)).collect();
        }
    }
    Ok((found, missing))
}

/// Whether there may be a namespace under the environment's own name: it is wanted, or one of its services was told of one.
fn has_own(stack: &Stack, observed: &Observed) -> bool {
    let is_connected = |it: &Service| {
        it.connect.as_ref().is_some_and(|it| it.enabled) || it.tags.contains_key(CONNECT_TAG)
    };
    stack.namespace.as_ref().is_some_and(|it| it.is_own)
        || observed.services.values().any(is_connected)
}
