//! Service Connect: the namespace, what each service says of itself, and the mark by which a later plan knows what it was
//! told and which names it found.

use indexmap::IndexSet;

use super::{Planning, ownership, strays};
use crate::deploy::CONNECT_TAG;
use crate::deploy::action::{Moment, ServiceUpdate, Step};
use crate::deploy::observed::{Namespace, Service};
use crate::ecs::{ServiceConnectClientAlias, ServiceConnectConfiguration, ServiceConnectService};
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

/// Plans to delete all that the environment has in Cloud Map: its own namespace, and what ECS made for it in another.
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

/// A namespace goes with what ECS made in it for the environment, and stays with what is somebody else's.
fn delete(planning: &mut Planning<'_>, namespace: &Namespace, details: Vec<String>) {
    let Namespace { id, name, services, .. } = namespace;
    let prefix = format!("{}-", planning.stack.environment.name);
    let (own, others): (Vec<_>, Vec<_>) =
        services.iter().partition(|(name, _)| name.starts_with(&prefix));
    for (name, id) in own {
        let step = Step::DeleteDiscovery { id: id.clone(), name: name.clone() };
        planning.add(step, details.clone());
    }
    if !others.is_empty() {
        let others: Vec<String> = others.iter().map(|(name, _)| format!("`{name}`")).collect();
        let others = others.join(", ");
        let warning = format!(
            "the namespace `{name}` stays: it holds {others}, which compose2ecs did not make"
        );
        return planning.plan.warnings.push(warning);
    }
    planning.add(Step::DeleteNamespace { id: id.clone(), name: name.clone() }, details);
}

/// What a service could find when it was deployed: a hash of the names and where they lead.
#[derive(PartialEq, Eq)]
pub(super) struct Mark(String);

impl Mark {
    /// The mark of a task, as if those of `there` were all that it could find.
    fn of(planning: &Planning<'_>, task: &Task, there: impl Fn(usize) -> bool) -> Self {
        let tasks = &planning.stack.tasks;
        let found = task.uses.iter().filter(|it| there(**it)).filter_map(|it| tasks.get(*it));
        let names: Vec<_> = found.map(|it| (&it.definition.family, aliases(it))).collect();
        let text = serde_json::to_string(&names).expect("it is plain data");
        Self(format!("{:08x}", planning.stack.environment.number(&text) & 0xffff_ffff))
    }
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
    (CONNECT_TAG.to_owned(), mark.0.clone())
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

/// Whether a service says something else to Service Connect than is wanted. One that says nothing has it turned off: ECS
/// leaves out what is off, be it by hand or because the way back of a failed rollout led past it.
fn offers_differ(planning: &Planning<'_>, task: &Task, found: &Service) -> bool {
    let Some(wanted) = &task.connect else { return false };
    // What was told of a namespace that is gone does not know the one that takes its place.
    if makes_namespace(planning) {
        return true;
    }
    !found.connect.as_ref().is_some_and(|it| is_same(planning, it, wanted))
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
    let namespaces = of_one_namespace(planning, found, wanted);
    found.enabled == wanted.enabled && namespaces && sorted(found) == sorted(wanted)
}

/// Whether two configurations mean one namespace. ECS may answer with the ARN of one that it was told by name.
pub(super) fn of_one_namespace(
    planning: &Planning<'_>,
    one: &ServiceConnectConfiguration,
    other: &ServiceConnectConfiguration,
) -> bool {
    let namespaces = &planning.observed.namespaces;
    match (&one.namespace, &other.namespace) {
        (Some(one), Some(other)) if one != other => {
            namespaces.iter().any(|it| it.is(one) && it.is(other))
        }
        (one, other) => one == other,
    }
}

/// Whether the namespace of the environment is part of the plan.
fn makes_namespace(planning: &Planning<'_>) -> bool {
    let own = planning.stack.namespace.as_ref().filter(|it| it.is_own);
    own.is_some_and(|own| !planning.observed.namespaces.iter().any(|it| it.name == own.name))
}

/// What a task's service is told. A namespace that is there goes by its ARN: ECS knows one with DNS by another name.
pub(super) fn told(planning: &Planning<'_>, task: &Task) -> Option<ServiceConnectConfiguration> {
    let mut wanted = task.connect.clone()?;
    let is_given = planning.stack.namespace.as_ref().is_some_and(|it| !it.is_own);
    if let Some(name) = wanted.namespace.as_mut().filter(|_| is_given) {
        let found = planning.observed.namespaces.iter().find(|it| it.is(name));
        if let Some(found) = found {
            name.clone_from(&found.arn);
        }
    }
    Some(wanted)
}

/// Whether what a task offers is new to those who found it before: its service is made, or told anew.
fn comes_anew(planning: &Planning<'_>, target: usize) -> bool {
    let Some(task) = planning.stack.tasks.get(target) else { return false };
    let name = planning.stack.environment.service(task.name.as_deref());
    let found = planning.observed.services.get(&name).filter(|it| it.status == "ACTIVE");
    found.is_none_or(|it| offers_differ(planning, task, it))
}

/// Whether what a service once found says nothing any more: nothing is to be found, or it is made anew under its name.
pub(super) fn is_outdated(planning: &Planning<'_>, task: &Task) -> bool {
    task.connect.is_none() || task.uses.iter().any(|it| comes_anew(planning, *it))
}

/// The mark of a task that finds all its names.
pub(super) fn all(planning: &Planning<'_>, task: &Task) -> String {
    Mark::of(planning, task, |_| true).0
}

/// Warns when tasks find each other for the first time: nobody but the security groups can keep them apart.
pub(super) fn warn(planning: &mut Planning<'_>) {
    let (stack, observed) = (planning.stack, planning.observed);
    let mut services = observed.services.values();
    let is_new = !services.any(|it| it.connect.as_ref().is_some_and(|it| it.enabled));
    let ports: IndexSet<String> = stack.tasks.iter().flat_map(ports).collect();
    // The default group of a network admits its own members.
    if !is_new || ports.is_empty() || observed.security_groups.is_empty() {
        return;
    }
    let ports: Vec<String> = ports.into_iter().collect();
    planning.plan.warnings.push(format!(
        "tasks reach each other on {}: {} must admit its own members there, by a rule whose source is the group itself",
        ports.join(", "),
        observed.security_groups.join(", ")
    ));
}

/// The ports of containers behind what a task offers: the proxy of another task comes in there.
fn ports(task: &Task) -> Vec<String> {
    let offers: Vec<_> = task.connect.iter().flat_map(|it| &it.services).collect();
    let mappings = task.definition.container_definitions.iter().flat_map(|it| &it.port_mappings);
    let is_offered = |name: &String| offers.iter().any(|it| it.port_name == *name);
    let offered = mappings.filter(|it| it.name.as_ref().is_some_and(is_offered));
    offered.filter_map(|it| it.container_port).map(|it| it.to_string()).collect()
}

/// What has to be said to a service that is there, added to its update.
pub(super) fn differences(
    planning: &Planning<'_>,
    index: usize,
    found: &Service,
    (update, details): (&mut ServiceUpdate, &mut Vec<String>),
) {
    let task = &planning.stack.tasks[index];
    let Some(wanted) = &task.connect else {
        if found.connect.as_ref().is_some_and(|it| it.enabled) {
            update.connect = Some(ServiceConnectConfiguration::default());
            details.push("Service Connect is turned off".to_owned());
        }
        return;
    };
    if offers_differ(planning, task, found) {
        update.connect = told(planning, task);
        let off = found.connect.is_none() && found.tags.contains_key(CONNECT_TAG);
        let why = if off { ", which was turned off" } else { "" };
        details.push(format!("{}{why}", words(wanted)));
        return;
    }
    let now = Mark::of(planning, task, |it| is_there(planning, index, it));
    let all = Mark::of(planning, task, |_| true);
    let before = found.tags.get(CONNECT_TAG);
    let mut uses = task.uses.iter();
    let is_due = before != Some(&all.0) || uses.any(|it| comes_anew(planning, *it));
    if now == all && is_due && !task.uses.is_empty() {
        // Its tasks only know the names that were there when they were deployed.
        update.force = true;
        details.push(format!("finds {}", names(planning, &task.uses)));
    }
}

/// `offers api:3000 to other tasks`.
pub(super) fn words(configuration: &ServiceConnectConfiguration) -> String {
    let offers = words_of(&configuration.services);
    if offers.is_empty() {
        return "finds other tasks by name".to_owned();
    }
    format!("offers {offers} to other tasks")
}

/// `api:3000, api:3001`.
pub(super) fn words_of(services: &[ServiceConnectService]) -> String {
    let aliases = services.iter().flat_map(|it| &it.client_aliases);
    let word = |it: &ServiceConnectClientAlias| {
        format!("{}:{}", it.dns_name.as_deref().unwrap_or_default(), it.port)
    };
    aliases.map(word).collect::<Vec<_>>().join(", ")
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
    let update =
        ServiceUpdate { name, moment: Moment::Again, force: true, ..ServiceUpdate::default() };
    planning.add(Step::UpdateService { update, family: task.definition.family.clone() }, details);
}
