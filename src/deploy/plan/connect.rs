//! Service Connect: the namespace, what each service says of itself, and the mark by which a later plan knows what it was
//! told and which names it found.

use indexmap::IndexSet;
use serde::Serialize;

use super::{Planning, ownership, strays};
use crate::deploy::CONNECT_TAG;
use crate::deploy::action::{ServiceUpdate, Step};
use crate::deploy::observed::{Namespace, Service};
use crate::ecs::{ServiceConnectClientAlias, ServiceConnectConfiguration, ServiceConnectService};
use crate::environment::Environment;
use crate::stack::Task;

/// Plans the namespace of the environment.
pub(super) fn namespace(planning: &mut Planning<'_>) {
    let (stack, observed) = (planning.stack, planning.observed);
    let Some(wanted) = stack.namespace.as_ref().filter(|it| it.is_own) else { return };
    let mut named = observed.namespaces.iter().filter(|it| it.name == wanted.name);
    let Some(found) = named.next() else {
        let details = vec!["where tasks find each other by name".to_owned()];
        let step = Step::CreateNamespace { name: wanted.name.clone(), tags: planning.tags.clone() };
        return planning.add(step, details);
    };
    let what = format!("the Cloud Map namespace `{}`", wanted.name);
    planning.errors.extend(ownership::conflict(stack, &what, &found.tags));
}

/// Plans to delete the environment's namespaces that the stack does not use any more.
pub(super) fn former(planning: &mut Planning<'_>) {
    let wanted = planning.stack.namespace.as_ref();
    for namespace in own(planning) {
        if wanted.is_none_or(|it| !namespace.is(&it.name)) {
            delete(planning, namespace, vec![strays::UNWANTED.to_owned()]);
        }
    }
}

/// Plans to delete all that the environment has in Cloud Map: its own namespace, or what ECS made for it in another.
pub(super) fn down(planning: &mut Planning<'_>) {
    for namespace in own(planning) {
        delete(planning, namespace, Vec::new());
    }
    let (stack, observed) = (planning.stack, planning.observed);
    let Some(given) = stack.namespace.as_ref().filter(|it| !it.is_own) else { return };
    let offers =
        stack.tasks.iter().filter_map(|it| it.connect.as_ref()).flat_map(|it| &it.services);
    let names: IndexSet<&String> = offers.filter_map(|it| it.discovery_name.as_ref()).collect();
    for namespace in observed.namespaces.iter().filter(|it| it.is(&given.name)) {
        for (name, id) in &namespace.services {
            if names.contains(name) {
                let step = Step::DeleteDiscovery { id: id.clone(), name: name.clone() };
                planning.add(step, Vec::new());
            }
        }
    }
}

fn own<'a>(planning: &Planning<'a>) -> Vec<&'a Namespace> {
    let (stack, observed) = (planning.stack, planning.observed);
    observed.namespaces.iter().filter(|it| ownership::is_ours(stack, &it.tags)).collect()
}

fn delete(planning: &mut Planning<'_>, namespace: &Namespace, details: Vec<String>) {
    let Namespace { id, name, .. } = namespace;
    planning.add(Step::DeleteNamespace { id: id.clone(), name: name.clone() }, details);
}

/// What a service was told: a hash of what it offers, and one of the names that were there for it to find.
pub(super) struct Mark {
    offers: String,
    finds: String,
}

impl Mark {
    /// The mark of a task, as if those of `there` were all that it could find.
    fn of(planning: &Planning<'_>, task: &Task, there: impl Fn(usize) -> bool) -> Self {
        let environment = &planning.stack.environment;
        let tasks = &planning.stack.tasks;
        let found = task.uses.iter().filter(|it| there(**it)).filter_map(|it| tasks.get(*it));
        let names: Vec<_> = found.map(|it| (&it.definition.family, aliases(it))).collect();
        Self { offers: hash(environment, &task.connect), finds: hash(environment, &names) }
    }

    fn parse(text: &str) -> Option<Self> {
        let (offers, finds) = text.split_once('-')?;
        Some(Self { offers: offers.to_owned(), finds: finds.to_owned() })
    }

    fn text(&self) -> String {
        format!("{}-{}", self.offers, self.finds)
    }
}

/// Eight hexadecimal digits. They are of the text that the types write themselves, in the order of their fields.
fn hash(environment: &Environment, data: &impl Serialize) -> String {
    let text = serde_json::to_string(data).expect("it is plain data");
    format!("{:08x}", environment.number(&text) & 0xffff_ffff)
}

/// The names and ports by which others reach a task.
fn aliases(task: &Task) -> Vec<&ServiceConnectClientAlias> {
    let services = task.connect.iter().flat_map(|it| &it.services);
    services.flat_map(|it| &it.client_aliases).collect()
}

/// The mark that a service carries once this plan is carried out up to it; `None` without Service Connect.
pub(super) fn mark(planning: &Planning<'_>, index: usize) -> Option<Mark> {
    let task = &planning.stack.tasks[index];
    task.connect.as_ref()?;
    Some(Mark::of(planning, task, |it| is_there(planning, index, it)))
}

/// The tag of a mark.
pub(super) fn tag(mark: &Mark) -> (String, String) {
    (CONNECT_TAG.to_owned(), mark.text())
}

/// Whether what a task offers is there when another one is brought up: it comes before it, which nobody knows who does not
/// wait, or was seen.
fn is_there(planning: &Planning<'_>, user: usize, target: usize) -> bool {
    let tasks = &planning.stack.tasks;
    let Some(task) = tasks.get(target) else { return false };
    let name = planning.stack.environment.service(task.name.as_deref());
    let found = planning.observed.services.get(&name).filter(|it| it.status == "ACTIVE");
    let is_first = !planning.is_detached && comes_before(tasks, target, user);
    is_first || found.is_some_and(|it| !offers_differ(planning, task, it))
}

/// Whether one task is brought up before another. The order of a stack has no circle.
fn comes_before(tasks: &[Task], one: usize, other: usize) -> bool {
    let mut rest: Vec<usize> = tasks[other].after.clone();
    let mut seen: IndexSet<usize> = IndexSet::new();
    while let Some(next) = rest.pop() {
        if seen.insert(next) {
            rest.extend(&tasks[next].after);
        }
    }
    seen.contains(&one)
}

/// Whether a service says something else to Service Connect than is wanted. Where ECS does not repeat what it was told, the
/// mark does.
fn offers_differ(planning: &Planning<'_>, task: &Task, found: &Service) -> bool {
    let Some(wanted) = &task.connect else { return false };
    if let Some(found) = &found.connect {
        return !is_same(planning, found, wanted);
    }
    let marked = found.tags.get(CONNECT_TAG).and_then(|it| Mark::parse(it));
    marked.is_none_or(|it| it.offers != Mark::of(planning, task, |_| true).offers)
}

fn is_same(
    planning: &Planning<'_>,
    found: &ServiceConnectConfiguration,
    wanted: &ServiceConnectConfiguration,
) -> bool {
    let sorted = |it: &ServiceConnectConfiguration| {
        let mut services: Vec<ServiceConnectService> = it.services.clone();
        services.sort();
        services
    };
    // ECS may answer with the ARN of a namespace that it was told by name.
    let is_one = |one: &String, other: &String| {
        let namespaces = &planning.observed.namespaces;
        one == other || namespaces.iter().any(|it| it.is(one) && it.is(other))
    };
    let namespaces = match (&found.namespace, &wanted.namespace) {
        (Some(found), Some(wanted)) => is_one(found, wanted),
        (found, wanted) => found == wanted,
    };
    found.enabled == wanted.enabled && namespaces && sorted(found) == sorted(wanted)
}

/// What has to be said to a service that is there, added to its update.
pub(super) fn differences(
    planning: &Planning<'_>,
    index: usize,
    found: &Service,
    (update, details): (&mut ServiceUpdate, &mut Vec<String>),
) {
    let task = &planning.stack.tasks[index];
    let marked = found.tags.get(CONNECT_TAG);
    let Some(wanted) = &task.connect else {
        let is_on = found.connect.as_ref().map_or(marked.is_some(), |it| it.enabled);
        if is_on {
            update.connect = Some(ServiceConnectConfiguration::default());
            details.push("Service Connect is turned off".to_owned());
        }
        return;
    };
    if offers_differ(planning, task, found) {
        update.connect = Some(wanted.clone());
        details.push(words(wanted));
        return;
    }
    let now = Mark::of(planning, task, |it| is_there(planning, index, it));
    let all = Mark::of(planning, task, |_| true);
    let before = marked.and_then(|it| Mark::parse(it)).map(|it| it.finds);
    if now.finds == all.finds && before.as_ref() != Some(&all.finds) && !task.uses.is_empty() {
        // Its tasks only know the names that were there when they were deployed.
        update.force = true;
        details.push(format!("finds {}", names(planning, &task.uses)));
    }
}

/// `offers api:3000 to other tasks`.
pub(super) fn words(configuration: &ServiceConnectConfiguration) -> String {
    let aliases = configuration.services.iter().flat_map(|it| &it.client_aliases);
    let aliases: Vec<String> = aliases
        .map(|it| format!("{}:{}", it.dns_name.as_deref().unwrap_or_default(), it.port))
        .collect();
    if aliases.is_empty() {
        return "finds other tasks by name".to_owned();
    }
    format!("offers {} to other tasks", aliases.join(", "))
}

/// The names that tasks offer.
fn names(planning: &Planning<'_>, tasks: &[usize]) -> String {
    let tasks = tasks.iter().filter_map(|it| planning.stack.tasks.get(*it));
    let aliases = tasks.flat_map(aliases).filter_map(|it| it.dns_name.as_ref());
    let names: IndexSet<String> = aliases.map(|it| format!("`{it}`")).collect();
    names.into_iter().collect::<Vec<String>>().join(", ")
}

/// Plans to bring a service up once more, when it finds names that only come after it.
pub(super) fn again(planning: &mut Planning<'_>, index: usize) {
    let task = &planning.stack.tasks[index];
    let later: Vec<usize> =
        task.uses.iter().copied().filter(|it| !is_there(planning, index, *it)).collect();
    if task.connect.is_none() || later.is_empty() {
        return;
    }
    let name = planning.stack.environment.service(task.name.as_deref());
    let details =
        vec![format!("once more, to find {}, which comes after it", names(planning, &later))];
    let update = ServiceUpdate { name, is_again: true, force: true, ..ServiceUpdate::default() };
    // What it found before is noted together with that.
    let found = planning.observed.services.get(&update.name).map(|it| it.arn.as_str());
    planning.plan.actions.retain(|it| match &it.step {
        Step::TagService { arn, tags } => {
            Some(arn.as_str()) != found || !tags.contains_key(CONNECT_TAG)
        }
        _ => true,
    });
    let tags = [tag(&Mark::of(planning, task, |_| true))].into();
    let note = Step::NoteNames { service: update.name.clone(), tags };
    planning.add(Step::UpdateService { update, family: task.definition.family.clone() }, details);
    planning.add(note, vec!["what it finds by name is noted".to_owned()]);
}
