//! `services`, `secrets` and `volumes`: images, memory, and what to move out of plain text.

use indexmap::IndexSet;
use serde_json::{Map, Value as Json, json};

use super::{Decisions, files};
use crate::compose::secrets::Grant;
use crate::compose::volumes::MountKind;
use crate::diagnostic::{Diagnostics, sentence};
use crate::init::images;
use crate::init::page::{self, Content, Entry, flow, scalar, wrap};
use crate::init::survey::Surveyed;
use crate::overlay::decode_service;
use crate::redact::holds_a_secret;

/// What a service of unknown content needs, in MiB.
const APPLICATION: u32 = 512;

pub(super) fn entries(decisions: &Decisions<'_, '_>) -> Vec<Entry> {
    let services: Vec<Entry> = decisions
        .survey
        .containers()
        .map(|it| service(decisions, it))
        .filter(|it| !is_empty(it))
        .collect();
    let mut entries = Vec::new();
    if !services.is_empty() {
        entries.push(Entry::block("services", services));
    }
    entries.extend(parameters(decisions));
    let volumes = volumes(decisions);
    entries.extend(carried_volumes(decisions, volumes.as_ref()));
    entries
}

fn is_empty(entry: &Entry) -> bool {
    entry.comments.is_empty() && matches!(&entry.content, Content::Block(it) if it.is_empty())
}

fn service(decisions: &Decisions<'_, '_>, surveyed: &Surveyed<'_>) -> Entry {
    let name = &surveyed.service.name;
    let mut inside = Vec::new();
    inside.extend(obstacles(surveyed).map(Entry::comments));
    inside.extend(image(decisions, surveyed));
    inside.extend(files::process(decisions, name));
    for (section, grants) in
        [("configs", &surveyed.service.configs), ("secrets", &surveyed.service.secrets)]
    {
        inside.extend(left_out(decisions, surveyed, (section, grants)));
    }
    let dropped = decisions.amendments.dropped.iter().filter(|((it, _), _)| it == name);
    inside.extend(dropped.map(|((_, key), reason)| {
        let mut entry = Entry::flow(key, Json::Null);
        entry.tag = Some("!reset");
        entry.remark(format!("EDIT: left out, for {reason}"))
    }));
    let mut extension = Vec::new();
    if let Some(carried) = decisions.carried.services.get(name) {
        inside.extend(carried.compose.iter().cloned());
        extension.extend(carried.extension.iter().cloned());
        let raw = &carried.container_definition;
        if !raw.is_empty() {
            extension.push(Entry::flow("container_definition", raw.clone()));
        }
    }
    let is_said = |it: &Entry| it.key.as_ref().is_some_and(|it| it.starts_with("memory"));
    let is_said = decisions.is_sized() || extension.iter().any(is_said);
    if let Some(memory) = missing_memory(surveyed).filter(|_| !is_said) {
        extension.push(Entry::flow("memory_reservation", memory));
    }
    let proposals: Vec<Entry> = plaintext(decisions, surveyed)
        .map(Entry::comments)
        .into_iter()
        .chain(files::entries(decisions, surveyed))
        .collect();
    let is_short = proposals.is_empty();
    extension.extend(proposals);
    if !extension.is_empty() {
        let block = Entry::block("x-ecs", extension);
        inside.push(if is_short { block.flattened() } else { block });
    }
    Entry::block(name, inside)
}

/// The image that the Compose file does not name, or not so that ECS could pull it.
fn image(decisions: &Decisions<'_, '_>, surveyed: &Surveyed<'_>) -> Option<Entry> {
    let service = surveyed.service;
    if let Some(repository) = decisions.repositories.get(&service.name) {
        return Some(Entry::flow("image", format!("{{{{ecr \"{repository}\"}}}}:{{{{branch}}}}")));
    }
    let image = service.image.as_ref()?;
    let mended = images::mended(&image.value)?;
    let remark = format!("EDIT: the Compose file comes to `{}`, which is no image", image.value);
    Some(Entry::flow("image", mended).remark(remark))
}

/// Configs or secrets of a service that cannot get into its container yet.
fn left_out(
    decisions: &Decisions<'_, '_>,
    surveyed: &Surveyed<'_>,
    (section, grants): (&'static str, &[Grant]),
) -> Option<Entry> {
    let name = &surveyed.service.name;
    let left_out = decisions.amendments.left_out.get(&(section, name.clone()))?;
    let kept = grants.iter().filter(|it| !left_out.contains(&it.source.value));
    let kept: Vec<Json> = kept
        .map(|it| match &it.target {
            Some(target) => json!({ "source": it.source.value, "target": target }),
            None => json!(it.source.value),
        })
        .collect();
    let names: Vec<&str> = left_out.iter().map(String::as_str).collect();
    let words = format!(
        "EDIT: {} cannot be written without knowing what the image runs. Say it with `entrypoint:` and `command:` here and take `{section}` away.",
        sentence(&names)
    );
    let mut entry = Entry::flow(section, kept);
    entry.comments = wrap(&words);
    entry.tag = Some("!override");
    Some(entry)
}

/// What a service is counted with: what it says, else what its kind needs.
pub(super) fn needed_memory(surveyed: &Surveyed<'_>) -> u64 {
    said_memory(surveyed)
        .or_else(|| missing_memory(surveyed).map(u64::from))
        .unwrap_or(u64::from(APPLICATION))
}

/// What a service says that it needs, in MiB.
pub(super) fn said_memory(surveyed: &Surveyed<'_>) -> Option<u64> {
    let resources = &surveyed.service.resources;
    let said = resources.memory.as_ref().or(resources.memory_reservation.as_ref());
    said.map(|it| it.value.div_ceil(1024 * 1024))
}

/// What a service that says nothing of memory is to get, in MiB.
fn missing_memory(surveyed: &Surveyed<'_>) -> Option<u32> {
    let resources = &surveyed.service.resources;
    let own = decode_service(surveyed.service.extension.as_ref(), &mut Diagnostics::default());
    let is_said = resources.memory.is_some()
        || resources.memory_reservation.is_some()
        || own.memory.is_some()
        || own.memory_reservation.is_some();
    (!is_said).then(|| surveyed.product.map_or(APPLICATION, |it| it.memory))
}

/// Why `render` refuses the service, and the ways out.
fn obstacles(surveyed: &Surveyed<'_>) -> Option<Vec<String>> {
    let (name, what) = (&surveyed.service.name, surveyed.obstacles.join(" and no "));
    (!what.is_empty()).then(|| {
        wrap(&format!(
            "Fargate has no {what}, so `render` refuses this service. Let it do without, or write `{name}: drop` under `replace`.",
        ))
    })
}

/// Passwords that stand in the Compose file, by the names of their variables.
fn plaintext(decisions: &Decisions<'_, '_>, surveyed: &Surveyed<'_>) -> Option<Vec<String>> {
    let variables = surveyed.service.environment.iter();
    // The task role takes the place of keys of AWS.
    let variables = variables.filter(|(name, _)| !name.starts_with("AWS_"));
    let names = variables.filter(|(name, it)| holds_a_secret(name, &it.value.value));
    let names: Vec<&str> = names.map(|(name, _)| name.as_str()).collect();
    if names.is_empty() {
        return None;
    }
    let secrets =
        names.iter().map(|it| ((*it).to_owned(), json!(parameter(decisions.project, it))));
    let secrets: Map<String, Json> = secrets.collect();
    let verb = if names.len() == 1 { "stands" } else { "stand" };
    let mut lines = wrap(&format!("{} {verb} in plain text. As secrets of AWS:", sentence(&names)));
    lines.extend(page::lines(&Entry::flow("secrets", secrets)));
    Some(lines)
}

/// Secrets of Compose, and configs that exist nowhere here, as parameters of Systems Manager.
fn parameters(decisions: &Decisions<'_, '_>) -> Vec<Entry> {
    let project = decisions.survey.project;
    let sections = [("secrets", &project.secrets), ("configs", &project.configs)];
    let mut entries = Vec::new();
    for (section, definitions) in sections {
        let is_needed = |name: &str| {
            let definition = definitions.get(name).filter(|it| it.extension.is_none());
            let unset = decisions.amendments.parameters.contains(name);
            definition.is_some_and(|it| section == "secrets" || it.origin.is_none() || unset)
        };
        let granted = decisions.survey.containers().flat_map(|it| {
            let grants =
                if section == "secrets" { &it.service.secrets } else { &it.service.configs };
            let key = (section, it.service.name.clone());
            let left_out = decisions.amendments.left_out.get(&key);
            grants
                .iter()
                .filter(move |it| !left_out.is_some_and(|out| out.contains(&it.source.value)))
        });
        let names: IndexSet<&str> = granted.map(|it| it.source.value.as_str()).collect();
        let parameters = names.into_iter().filter(|it| is_needed(it));
        let parameters: Vec<Entry> = parameters
            .map(|it| Entry::flow(it, json!({ "x-ecs": parameter(decisions.project, it) })))
            .collect();
        if !parameters.is_empty() {
            let words = "Parameters of Systems Manager that ECS reads when a task starts; put the values there.";
            entries.push(Entry::block(section, parameters).said(words));
        }
    }
    entries
}

/// `ssm:/PROJECT/NAME` in the letters that parameters take.
fn parameter(project: &str, name: &str) -> String {
    let fits = |it: char| it.is_ascii_alphanumeric() || "_.-".contains(it);
    let name: String = name.chars().map(|it| if fits(it) { it } else { '-' }).collect();
    format!("ssm:/{project}/{name}")
}

/// The volumes that `ecs-params.yml` has in EFS, with the proposal for others below them.
fn carried_volumes(decisions: &Decisions<'_, '_>, proposal: Option<&Entry>) -> Option<Entry> {
    let volumes = decisions.carried.volumes.iter();
    let entries: Vec<Entry> =
        volumes.map(|(name, it)| Entry::flow(name, json!({ "x-ecs": it }))).collect();
    if entries.is_empty() {
        return proposal.cloned();
    }
    Some(Entry::block("volumes", entries))
}

/// Volumes of databases that stay: how their data outlives a task.
fn volumes(decisions: &Decisions<'_, '_>) -> Option<Entry> {
    let backing = decisions.survey.containers().filter(|it| it.role.is_backing());
    let mounts = backing.flat_map(|it| &it.service.mounts);
    let volumes = mounts.filter(|it| it.kind == MountKind::Volume);
    let names: IndexSet<&str> = volumes.filter_map(|it| it.source.as_deref()).collect();
    if names.is_empty() {
        return None;
    }
    let mut lines = wrap(
        "Volumes are empty in every new task. What has to outlive it goes to a file system of EFS:",
    );
    lines.push("volumes:".to_owned());
    for name in names {
        let value = flow(&json!({ "x-ecs": { "efs": "fs-00000000000000000" } }));
        lines.push(format!("  {}: {value}", scalar(name)));
    }
    Some(Entry::comments(lines))
}
