//! The size of the task as somebody gave it, and the size of Fargate that comes of it.

use serde_json::{Map, Value as Json, json};

use super::{Decisions, services};
use crate::ecs::fargate::smallest_size;
use crate::init::page::{Entry, lines};

/// CPU units and MiB, as far as somebody gave them.
type Given = (Option<u32>, Option<u32>);

/// What somebody gave, or the smallest size of Fargate that has at least that; nothing where none has, or nothing is given.
fn rounded(given: Given) -> Option<Given> {
    match given {
        (None, None) => None,
        (cpu, memory) => {
            let size = smallest_size(cpu.unwrap_or(0), memory.unwrap_or(0))?;
            Some((cpu.map(|_| size.cpu), memory.map(|_| size.memory)))
        }
    }
}

fn given(decisions: &Decisions<'_, '_>) -> Given {
    (decisions.surroundings.cpu, decisions.surroundings.memory)
}

/// Whether there is a size that holds all containers, as far as they say what they need.
pub(super) fn is_sized(decisions: &Decisions<'_, '_>) -> bool {
    let said = decisions.survey.containers().filter_map(services::said_memory).sum::<u64>();
    let holds = |(_, memory): Given| memory.is_none_or(|it| said <= u64::from(it));
    decisions.split.groups.is_empty() && rounded(given(decisions)).is_some_and(holds)
}

/// The size; a comment where Fargate has none that is large enough, or it does not hold the containers.
pub(super) fn entry(decisions: &Decisions<'_, '_>) -> Option<Entry> {
    let given = given(decisions);
    let (cpu, memory) = rounded(given).unwrap_or(given);
    let parts = [("cpu", cpu), ("memory", memory)];
    let parts: Map<String, Json> =
        parts.iter().filter_map(|(key, it)| Some(((*key).to_owned(), json!((*it)?)))).collect();
    if parts.is_empty() {
        return None;
    }
    let size = Entry::flow("size", parts);
    if !is_sized(decisions) {
        let why = match rounded(given) {
            Some(_) => "it does not hold the containers",
            None => "Fargate has none that is so large",
        };
        return Some(Entry::comments(lines(&size.remark(why))));
    }
    if rounded(given) == Some(given) {
        return Some(size);
    }
    let words = match given {
        (Some(cpu), Some(memory)) => format!("{cpu} CPU units with {memory} MiB are"),
        (Some(cpu), None) => format!("{cpu} CPU units are"),
        (None, memory) => format!("{} MiB are", memory.unwrap_or_default()),
    };
    Some(
        size.said(&format!("{words} no size of Fargate; this is the smallest with at least that.")),
    )
}
