//! Whose a resource is. What does not carry the environment's tags is never changed.

use crate::deploy::error::Error;
use crate::deploy::observed::Tags;
use crate::environment::tag_value;
use crate::stack::Stack;

/// Whether the tags are those of the environment, branch included.
pub(in crate::deploy) fn is_ours(stack: &Stack, tags: &Tags) -> bool {
    stack.environment.tags().iter().all(|(key, value)| tags.get(key) == Some(value))
}

/// Why a resource of the wanted name cannot be taken; `None` when it is the environment's own.
pub(super) fn conflict(stack: &Stack, what: &str, tags: &Tags) -> Option<Error> {
    if is_ours(stack, tags) {
        return None;
    }
    let environment = &stack.environment;
    if tags.get("compose2ecs:environment") != Some(&environment.name) {
        let error = Error::refused(format!(
            "{what} is there already, and compose2ecs did not make it for this environment"
        ));
        return Some(error.help(
            "rename the project (`name:` or `--project-name`), or delete it if nobody needs it",
        ));
    }
    let other = tags.get("compose2ecs:branch").map_or("no branch", String::as_str);
    let project = tags.get("compose2ecs:project").map_or("another project", String::as_str);
    let branch =
        environment.branch_name.as_deref().map_or_else(|| "no branch".to_owned(), tag_value);
    let error = Error::refused(format!(
        "{what} belongs to the branch `{other}` of `{project}`, whose environment has the same name as that of \
         `{branch}` of `{}`: `{}`",
        environment.project, environment.name
    ));
    Some(error.help("rename one of the branches, or take the other environment down"))
}
