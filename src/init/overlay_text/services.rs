//! `services`, `secrets` and `volumes`: images, memory, and what to move out of plain text.

use indexmap::IndexSet;
use serde_json::{Map, Value as Json, json};

use super::{Decisions, files, size};
use crate::compose::secrets::Grant;
use crate::compose::volumes::MountKind;
use crate::diagnostic::{Diagnostics, sentence};
use crate::init::images;
use crate::init::page::{self, Content, Entry, wrap};
use crate::init::survey::{Fate, Surveyed};
use crate::overlay::decode_service;
use crate::redact::shows_a_secret;

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
    entries.extend(volumes(decisions));
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
    let is_said = size::is_sized(decisions) || extension.iter().any(is_said);
    if let Some(memory) = missing_memory(surveyed).filter(|_| !is_said) {
        extension.push(Entry::flow("memory_reservation", memory));
    }
    let plaintext = plaintext(decisions, surveyed, &mut extension).map(Entry::comments);
    let proposals: Vec<Entry> =
        plaintext.into_iter().chain(files::entries(decisions, surveyed)).collect();
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

/// Passwords that stand in the Compose file, by the names of their variables: below the secrets that are written already,
/// else a block of their own.
fn plaintext(
    decisions: &Decisions<'_, '_>,
    surveyed: &Surveyed<'_>,
    extension: &mut [Entry],
) -> Option<Vec<String>> {
    let written = extension.iter_mut().find(|it| it.key.as_deref() == Some("secrets"));
    let mut pairs = match written.as_ref().map(|it| &it.content) {
        Some(Content::Flow(Json::Object(pairs))) => pairs.clone(),
        _ => Map::new(),
    };
    let names = readable(decisions, surveyed, &pairs);
    if names.is_empty() {
        return None;
    }
    let secrets =
        names.iter().map(|it| ((*it).to_owned(), json!(parameter(decisions.project, it))));
    let secrets: Map<String, Json> = secrets.collect();
    let verb = if names.len() == 1 { "stands" } else { "stand" };
    let mut lines = wrap(&format!("{} {verb} in plain text. As secrets of AWS:", sentence(&names)));
    let Some(written) = written else {
        lines.extend(page::lines(&Entry::flow("secrets", secrets)));
        return Some(lines);
    };
    let flows = |pairs: Map<String, Json>| pairs.into_iter().map(|(key, it)| Entry::flow(&key, it));
    lines.extend(flows(secrets).flat_map(|it| page::lines(&it)));
    let entries = flows(std::mem::take(&mut pairs)).chain([Entry::comments(lines)]);
    written.content = Content::Block(entries.collect());
    None
}

/// The variables that `check` warns about, without those that are secrets already.
fn readable<'a>(
    decisions: &Decisions<'_, 'a>,
    surveyed: &Surveyed<'a>,
    secrets: &Map<String, Json>,
) -> Vec<&'a str> {
    let own = decode_service(surveyed.service.extension.as_ref(), &mut Diagnostics::default());
    let is_secret = |it: &str| secrets.contains_key(it) || own.secrets.contains_key(it);
    // The task role takes the place of the keys of AWS that the laptop's imitation was given.
    let mut fates = decisions.survey.services.values().map(|it| &it.fate);
    let has_role = fates.any(|it| matches!(it, Fate::Replaced(by) if by == "dynamodb"));
    let variables = surveyed.service.environment.iter();
    variables
        .filter(|(name, it)| shows_a_secret(name, &it.value.value) && !is_secret(name))
        .map(|(name, _)| name.as_str())
        .filter(|it| !(has_role && it.starts_with("AWS_")))
        .collect()
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

/// The volumes that `ecs-params.yml` has in EFS, and those of databases that stay: how their data outlives a task.
fn volumes(decisions: &Decisions<'_, '_>) -> Option<Entry> {
    let carried = &decisions.carried.volumes;
    let mut entries: Vec<Entry> =
        carried.iter().map(|(name, it)| Entry::flow(name, json!({ "x-ecs": it }))).collect();
    let backing = decisions.survey.containers().filter(|it| it.role.is_backing());
    let mounts = backing.flat_map(|it| &it.service.mounts);
    let volumes = mounts.filter(|it| it.kind == MountKind::Volume);
    let names: IndexSet<&str> = volumes
        .filter_map(|it| it.source.as_deref())
        .filter(|it| !carried.contains_key(*it))
        .collect();
    let lines = names.iter().flat_map(|it| {
        page::lines(&Entry::flow(it, json!({ "x-ecs": { "efs": "fs-00000000000000000" } })))
    });
    let lines: Vec<String> = lines.collect();
    let is_proposed = !lines.is_empty();
    entries.extend(is_proposed.then(|| Entry::comments(lines)));
    let volumes = (!entries.is_empty()).then(|| Entry::block("volumes", entries))?;
    let words =
        "Volumes are empty in every new task. What has to outlive it goes to a file system of EFS:";
    Some(if is_proposed { volumes.said(words) } else { volumes })
}
