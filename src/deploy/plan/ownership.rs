//! Whose a resource is. What does not carry the environment's tags is never changed.

use crate::deploy::error::Error;
use crate::deploy::observed::Tags;
use crate::environment::tag_value;
use crate::stack::Stack;

/// Whether the tags are those of the environment, branch included.
pub(in crate::deploy) fn is_ours(stack: &Stack, tags: &Tags) -> bool {
    stack.environment.tags().iter().all(|(key, value)| tags.get(key) == Some(value))
}

/// Whose a resource is that is not the environment's.
pub(super) fn whose(stack: &Stack, tags: &Tags) -> String {
    let environment = &stack.environment;
    if !is_namesake(stack, tags) {
        return match tags.get("compose2ecs:environment") {
            Some(other) => format!("it belongs to the environment `{other}`"),
            None => "compose2ecs did not make it".to_owned(),
        };
    }
    let other = tags.get("compose2ecs:branch").map_or("no branch", String::as_str);
    let project = tags.get("compose2ecs:project").map_or("another project", String::as_str);
    let branch =
        environment.branch_name.as_deref().map_or_else(|| "no branch".to_owned(), tag_value);
    format!(
        "it belongs to the branch `{other}` of `{project}`, whose environment has the same name as that of `{branch}` of \
         `{}`: `{}`",
        environment.project, environment.name
    )
}

/// Whether another branch or project made it, for an environment of the same name.
fn is_namesake(stack: &Stack, tags: &Tags) -> bool {
    tags.get("compose2ecs:environment") == Some(&stack.environment.name)
}

/// Why a resource of the wanted name cannot be taken; `None` when it is the environment's own.
pub(super) fn conflict(stack: &Stack, what: &str, tags: &Tags) -> Option<Error> {
    if is_ours(stack, tags) {
        return None;
    }
    let help = if is_namesake(stack, tags) {
        "rename one of the branches, or take the other environment down"
    } else if tags.contains_key("compose2ecs:environment") {
        "let `host` or `path` hold `{{branch}}`, so that each environment has its own, or take the other one down"
    } else {
        "rename the project (`name:` or `--project-name`), or delete it if nobody needs it"
    };
    let error = Error::refused(format!("{what} is there already: {}", whose(stack, tags)));
    Some(error.help(help))
}
