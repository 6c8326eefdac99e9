//! Names of services across tasks -> what each task offers to the others by Service Connect, and whose names it uses.

mod offers;

use indexmap::{IndexMap, IndexSet};

use super::placement::Placement;
use super::{Findings, Input, Scope, replacement, routing};
use crate::compose::depends_on::Condition;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Span;
use crate::stack::{Namespace, Shape, Task};

pub(super) use offers::{configuration, lower};

/// A use of a service by one of another task.
#[derive(Clone, Debug)]
pub(crate) struct Use {
    /// The service that uses the other.
    pub(super) user: String,
    /// The service that is used.
    pub(super) target: String,
    /// The port it is reached at, when the text says.
    pub(super) port: Option<u16>,
    /// The variable or key whose text names it; `None` when it is only waited for.
    pub(super) owner: Option<String>,
    pub(super) span: Span,
}

/// What Service Connect is to one task.
#[derive(Debug, Default)]
pub(super) struct Connection {
    /// What others reach in it.
    offers: Vec<Offer>,
    /// The tasks whose offers it uses, with the place of the first use.
    pub(super) uses: IndexMap<usize, Span>,
}

/// A port of a container that other tasks reach.
#[derive(Debug)]
struct Offer {
    service: String,
    port: u16,
    /// Who uses it.
    user: String,
}

impl Connection {
    /// Whether other tasks reach a port of a service in it.
    pub(super) fn offers(&self, service: &str, port: u16) -> bool {
        self.offers.iter().any(|it| it.service == service && it.port == port)
    }

    /// Whether ECS puts its proxy into the task.
    pub(super) fn is_used(&self) -> bool {
        !self.offers.is_empty() || !self.uses.is_empty()
    }
}

/// The name by which other tasks reach a service: its own, as Service Connect takes it (at most 127 of `[a-z0-9._-]`).
pub(super) fn alias(service: &str) -> String {
    service.to_ascii_lowercase().trim_start_matches('-').chars().take(127).collect()
}

/// Decides for every task; uses that cannot be served are reported.
pub(super) fn connections(
    input: Input<'_>,
    placement: &Placement,
    scopes: &[Vec<Scope<'_>>],
    findings: &mut Findings<'_>,
) -> Vec<Connection> {
    let mut connections: Vec<Connection> = scopes.iter().map(|_| Connection::default()).collect();
    let all_uses = uses(scopes, findings);
    let mut targets: IndexMap<&str, Vec<&Use>> = IndexMap::new();
    for found in all_uses.iter().filter(|it| is_served(input, placement, it, &all_uses, findings)) {
        targets.entry(&found.target).or_default().push(found);
    }
    for (target, users) in targets {
        let all = scopes.iter().flatten();
        let Some(task) = placement.task_of(target) else { continue };
        let Some(scope) = all.clone().find(|it| it.service.name == target) else { continue };
        let users_of = |it: &&Use| all.clone().find(|scope| scope.service.name == it.user);
        let said = users.iter().filter_map(|it| it.port.or_else(|| sibling(users_of(it)?, it)));
        let ports = offers::offered(scope, said, findings.diagnostics);
        if ports.is_empty() {
            warn_without_port(target, &users, findings.diagnostics);
            continue;
        }
        let user = &users[0].user;
        let offer = |port: u16| Offer { service: target.to_owned(), port, user: user.clone() };
        connections[task].offers.extend(ports.into_iter().map(offer));
        for found in users {
            if let Some(of) = placement.task_of(&found.user) {
                connections[of].uses.entry(task).or_insert(found.span);
            }
        }
    }
    offers::check_names(&connections, scopes, findings.diagnostics);
    report_aliases(scopes, placement, findings.diagnostics);
    connections
}

/// The names in texts, then what is only waited for.
fn uses(scopes: &[Vec<Scope<'_>>], findings: &mut Findings<'_>) -> Vec<Use> {
    let mut found = std::mem::take(&mut findings.distant);
    for scope in scopes.iter().flatten() {
        let user = &scope.service.name;
        for (target, dependency) in &scope.service.depends_on {
            let is_distant =
                scope.placement.is_container(target) && !scope.placement.share_task(user, target);
            if is_distant && dependency.condition != Condition::CompletedSuccessfully {
                found.push(Use {
                    user: user.clone(),
                    target: target.clone(),
                    port: None,
                    owner: None,
                    span: dependency.span,
                });
            }
        }
    }
    found
}

/// Whether both tasks are run by ECS services, which Service Connect needs.
fn is_served(
    input: Input<'_>,
    placement: &Placement,
    found: &Use,
    uses: &[Use],
    findings: &mut Findings<'_>,
) -> bool {
    let is_bare = |service: &&String| {
        let plan = placement.task_of(service).map(|it| &placement.tasks[it]);
        plan.is_some_and(|it| routing::shape(input, it) == Shape::Task)
    };
    let Some(bare) = [&found.user, &found.target].into_iter().find(is_bare) else { return true };
    let Use { user, target, owner, span, .. } = found;
    let same = |it: &Use| it.user == *user && it.target == *target && it.owner.is_some();
    let why = format!(
        "Service Connect needs an ECS service, and the task of `{bare}` runs without one, because its ingress names no `listener`"
    );
    let diagnostic = match owner {
        Some(owner) => {
            let message = format!("`{owner}` names `{target}`, which its task cannot reach");
            Diagnostic::error(Code::OtherTask, *span, message)
                .help(format!("give the ingress of `{bare}` a `listener`, keep `{user}` and `{target}` in one task, or set an address in the overlay"))
        }
        None if uses.iter().any(same) => return false,
        None => {
            let message =
                format!("`{user}` waits for `{target}`, and does not reach it by its name");
            Diagnostic::warning(Code::OtherTask, *span, message).help(format!(
                "keep both in one task, or give the ingress of `{bare}` a `listener`"
            ))
        }
    };
    findings.diagnostics.add(diagnostic.help(why));
    false
}

/// `API_PORT` beside `API_HOST: api`.
fn sibling(scope: &Scope<'_>, found: &Use) -> Option<u16> {
    let owner = found.owner.as_ref()?;
    let mut variables = scope.service.environment.iter();
    let (_, variable) = variables.find(|(name, _)| replacement::is_port_of(owner, name))?;
    variable.value.value.parse().ok().filter(|it| *it > 0)
}

fn warn_without_port(target: &str, users: &[&Use], diagnostics: &mut Diagnostics) {
    let help = format!("write `expose: [PORT]` at `{target}`, so that Service Connect offers it");
    let named: Vec<&&Use> = users.iter().filter(|it| it.owner.is_some()).collect();
    let mut seen: IndexSet<Span> = IndexSet::new();
    for found in named.iter().filter(|it| seen.insert(it.span)) {
        let owner = found.owner.as_deref().unwrap_or_default();
        let message = format!(
            "`{owner}` names `{target}`, which runs in another task, and no port of it is known"
        );
        let warning = Diagnostic::warning(Code::OtherTask, found.span, message);
        diagnostics.add(warning.help(help.clone()));
    }
    if let (true, Some(found)) = (named.is_empty(), users.first()) {
        let message = format!(
            "no port of `{target}` is known, so `{}` does not reach it by its name",
            found.user
        );
        diagnostics.add(Diagnostic::note(Code::OtherTask, found.span, message).help(help));
    }
}

/// Service Connect gives a port one name; another one, which code may have been written with, holds in texts alone.
fn report_aliases(scopes: &[Vec<Scope<'_>>], placement: &Placement, diagnostics: &mut Diagnostics) {
    for scope in scopes.iter().flatten() {
        for link in &scope.service.links {
            let Some((target, name)) = link.value.split_once(':') else { continue };
            let is_distant = placement.is_container(target)
                && !placement.share_task(&scope.service.name, target);
            if is_distant && name != alias(target) {
                let message = format!("across tasks `{target}` is not reached as `{name}`");
                let warning = Diagnostic::warning(Code::OtherTask, link.span, message);
                diagnostics.add(warning.help(format!(
                    "Service Connect gives it one name, `{}`: variables and commands are rewritten to it, code and files have to say it themselves",
                    alias(target)
                )));
            }
        }
    }
}

/// The namespace of all tasks, when one of them needs it: the overlay's, else one of the environment.
pub(super) fn namespace(
    input: Input<'_>,
    tasks: &[Task],
    diagnostics: &mut Diagnostics,
) -> Option<Namespace> {
    let given = input.overlay.service_connect.namespace.as_ref();
    if tasks.iter().all(|it| it.connect.is_none()) {
        if let Some(given) = given.filter(|_| !diagnostics.has_errors()) {
            let message = "no task uses a name of another, so this namespace is not used";
            diagnostics.add(Diagnostic::note(Code::IgnoredKey, given.span, message));
        }
        return None;
    }
    let Some(given) = given else {
        return Some(Namespace { name: input.environment.namespace(), is_own: true });
    };
    if input.is_shared(&given.value) && !diagnostics.has_error_at(given.span) {
        let message = format!("all branches share the namespace `{}`", given.value);
        let warning = Diagnostic::warning(Code::OtherTask, given.span, message);
        diagnostics.add(warning.help("two branches cannot offer one name in it: let its name hold `{{branch}}`, or take `namespace` out, and every environment gets its own"));
    }
    Some(Namespace { name: given.value.clone(), is_own: false })
}
