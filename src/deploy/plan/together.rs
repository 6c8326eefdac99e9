//! Environments that are brought up in one run: what one of them takes from another is known before anything is written.

use crate::deploy::error::Error;
use crate::ecs::ServiceConnectClientAlias;
use crate::stack::{Ingress, Stack};

/// Why stacks cannot be brought up together: two branches with one name, or two with one way in.
pub fn together<'a>(stacks: impl IntoIterator<Item = &'a Stack>) -> Vec<Error> {
    let stacks: Vec<&Stack> = stacks.into_iter().collect();
    let pairs = stacks
        .iter()
        .enumerate()
        .flat_map(|(index, one)| stacks[index + 1..].iter().map(move |other| (*one, *other)));
    pairs.filter_map(|(one, other)| conflict(one, other)).collect()
}

fn conflict(one: &Stack, other: &Stack) -> Option<Error> {
    let branch =
        |it: &Stack| it.environment.branch_name.clone().unwrap_or_else(|| "no branch".to_owned());
    let (first, second) = (branch(one), branch(other));
    if one.environment.name == other.environment.name {
        let name = &one.environment.name;
        let message =
            format!("the branches `{first}` and `{second}` have one environment: `{name}`");
        return Some(Error::refused(message).help("rename one of the branches"));
    }
    if let Some(name) = shared_name(one, other) {
        let message = format!(
            "the branches `{first}` and `{second}` would both offer `{name}` in one Cloud Map namespace"
        );
        let help = "let `service_connect: { namespace }` hold `{{branch}}`, or take it out, and every environment gets its own";
        return Some(Error::refused(message).help(help));
    }
    let shared = |it: &&Ingress| {
        let same = |other: &Ingress| {
            let listener = it.listeners.is_empty() && other.listeners.is_empty()
                || it.listeners.iter().any(|it| other.listeners.contains(it));
            listener && it.host == other.host && it.path == other.path
        };
        (it.host.is_some() || !it.listeners.is_empty()) && other.ingress.iter().any(same)
    };
    let ingress = one.ingress.iter().find(shared)?;
    let host = ingress.host.as_deref().unwrap_or("*");
    let path = ingress.path.as_deref().unwrap_or_default();
    let message =
        format!("the branches `{first}` and `{second}` would both be reached at `{host}{path}`");
    Some(Error::refused(message).help("let `host` or `path` hold `{{branch}}`"))
}

/// A name that both would offer in a namespace that the overlay gives to both.
fn shared_name(one: &Stack, other: &Stack) -> Option<String> {
    let given = |it: &Stack| it.namespace.clone().filter(|it| !it.is_own);
    if given(one)? != given(other)? {
        return None;
    }
    let aliases = |it: &Stack| -> Vec<ServiceConnectClientAlias> {
        let connected = it.tasks.iter().filter_map(|it| it.connect.clone());
        connected.flat_map(|it| it.services).flat_map(|it| it.client_aliases).collect()
    };
    let others = aliases(other);
    let shared = aliases(one).into_iter().find(|it| others.contains(it))?;
    Some(format!("{}:{}", shared.dns_name.unwrap_or_default(), shared.port))
}
