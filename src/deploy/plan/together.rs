//! Environments that are brought up in one run: what one of them takes from another is known before anything is written.

use crate::deploy::error::Error;
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

#[cfg(test)]
mod tests {
    use super::together;
    use crate::stack::Stack;
    use crate::world::MemoryWorld;
    use crate::{Options, compile};

    fn stack(branch: &str, host: &str) -> Stack {
        let overlay = format!(
            "x-ecs: {{ region: eu-west-1, account: '123456789012', roles: {{ execution: ecs }}, \
             ingress: [{{ service: web, port: 80, listener: staging, host: '{host}' }}] }}"
        );
        let compose = "services: { web: { image: nginx, ports: ['80'] } }";
        let world =
            MemoryWorld::new([("/app/compose.yaml", compose), ("/app/compose2ecs.yml", &overlay)]);
        let mut options = Options { branch: Some(branch.to_owned()), ..Options::default() };
        options.project.directory = "/app".into();
        compile(&world, &options).stack.expect("nothing is wrong with it")
    }

    #[test]
    fn branches_that_take_something_from_each_other_are_refused_before_anything_is_written() {
        for (one, other, expected) in [
            (
                stack("a/b", "{{branch}}.example.com"),
                stack("a-b", "{{branch}}.example.com"),
                "have one environment: `app-a-b`",
            ),
            (
                stack("a", "x.example.com"),
                stack("b", "x.example.com"),
                "both be reached at `x.example.com`",
            ),
        ] {
            let errors = together([&one, &other]);
            assert_eq!(errors.len(), 1);
            assert!(errors[0].message.contains(expected), "{}", errors[0]);
        }
        let apart = [stack("a", "{{branch}}.example.com"), stack("b", "{{branch}}.example.com")];
        assert_eq!(together(&apart), []);
    }
}
