//! What waits for what across tasks -> the order in which a deployment brings them up.

use indexmap::IndexMap;

use super::connect::Connection;
use super::placement::Placement;
use super::{Findings, Input};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Span;

/// Service `user` of one task waits for `target` of another.
struct Wait<'a> {
    user: &'a str,
    target: &'a str,
    span: Span,
}

/// The waits from task to task, each by its first place.
type Waits<'a> = IndexMap<(usize, usize), Wait<'a>>;

/// What comes before a task.
pub(super) struct Order {
    /// What its services wait for, and what they find by name, because a client of Service Connect only sees what was there
    /// when it was deployed.
    pub(super) after: Vec<usize>,
    /// What its services wait for: a name is there before what it stands for runs.
    pub(super) waits: Vec<usize>,
}

/// The order of the tasks. Where what they wait for and the names that they use contradict, the waits win.
pub(super) fn order(
    input: Input<'_>,
    placement: &Placement,
    connections: &[Connection],
    findings: &mut Findings<'_>,
) -> Vec<Order> {
    let waits = waits(input, placement);
    let mut order = Before(vec![Vec::new(); placement.tasks.len()]);
    for (user, target) in waits.keys() {
        match order.path(*target, *user) {
            Some(path) => report_cycle(&path, &waits, placement, findings.diagnostics),
            None => order.0[*user].push(*target),
        }
    }
    let waited = order.0.clone();
    let names: Vec<&str> =
        placement.tasks.iter().map(|it| it.name.as_deref().unwrap_or_default()).collect();
    for (user, connection) in connections.iter().enumerate() {
        for (target, span) in &connection.uses {
            if order.0[user].contains(target) {
                continue;
            }
            if order.path(*target, user).is_none() {
                order.0[user].push(*target);
                continue;
            }
            let subject = format!("task {} order", names[user]);
            let after = Some(format!("rolled out again after {}", names[*target]));
            let reason = format!(
                "it uses a name of the task {}, which is brought up after it",
                names[*target]
            );
            findings.explain(*span, subject, (None, after), reason);
        }
    }
    let orders = order.0.into_iter().zip(waited).map(|(mut after, mut waits)| {
        after.sort_unstable();
        waits.sort_unstable();
        Order { after, waits }
    });
    let orders: Vec<Order> = orders.collect();
    explain(&orders, &names, placement, findings);
    orders
}

fn waits<'a>(input: Input<'a>, placement: &Placement) -> Waits<'a> {
    let mut waits = Waits::new();
    for service in input.project.services.values() {
        for (target, dependency) in &service.depends_on {
            let tasks = placement.task_of(&service.name).zip(placement.task_of(target));
            if let Some((user, of)) = tasks.filter(|(user, of)| user != of) {
                let wait = Wait { user: &service.name, target, span: dependency.span };
                waits.entry((user, of)).or_insert(wait);
            }
        }
    }
    waits
}

/// For each task those that it comes after.
struct Before(Vec<Vec<usize>>);

impl Before {
    /// The tasks from one to another that it comes after, both included; `None` when it does not.
    fn path(&self, from: usize, to: usize) -> Option<Vec<usize>> {
        self.path_beside(from, to, &mut vec![false; self.0.len()])
    }

    fn path_beside(&self, from: usize, to: usize, seen: &mut [bool]) -> Option<Vec<usize>> {
        if from == to {
            return Some(vec![from]);
        }
        if std::mem::replace(&mut seen[from], true) {
            return None;
        }
        let mut rest = self.0[from].iter().filter_map(|it| self.path_beside(*it, to, seen));
        rest.next().map(|path| [vec![from], path].concat())
    }
}

/// `path` leads from the target of the wait that closes the circle back to its user.
fn report_cycle(
    path: &[usize],
    waits: &Waits<'_>,
    placement: &Placement,
    diagnostics: &mut Diagnostics,
) {
    let (Some(target), Some(user)) = (path.first(), path.last()) else { return };
    let closing = &waits[&(*user, *target)];
    let names: Vec<&str> = std::iter::once(user)
        .chain(path)
        .map(|it| placement.tasks[*it].name.as_deref().unwrap_or_default())
        .collect();
    let message = format!("tasks wait for each other: {}", names.join(" -> "));
    let mut diagnostic = Diagnostic::error(Code::DependencyCycle, closing.span, message)
        .at(format!("`{}` waits for `{}`", closing.user, closing.target));
    for pair in path.windows(2) {
        let wait = &waits[&(pair[0], pair[1])];
        diagnostic =
            diagnostic.label(wait.span, format!("`{}` waits for `{}`", wait.user, wait.target));
    }
    diagnostics.report(diagnostic.help(
        "a task is brought up as a whole: move one of these services to the other task, or take a dependency out",
    ));
}

fn explain(orders: &[Order], names: &[&str], placement: &Placement, findings: &mut Findings<'_>) {
    let list = |tasks: &[usize]| {
        let names: Vec<&str> = tasks.iter().map(|it| names[*it]).collect();
        names.join(", ")
    };
    for (index, Order { after, waits }) in orders.iter().enumerate() {
        if after.is_empty() {
            continue;
        }
        let begun: Vec<usize> = after.iter().filter(|it| !waits.contains(it)).copied().collect();
        let waits = (!waits.is_empty()).then(|| format!("it waits for {} to run", list(waits)));
        let uses = (!begun.is_empty()).then(|| {
            format!("it uses names of {}, which are there once that is begun", list(&begun))
        });
        let reasons: Vec<String> = waits.into_iter().chain(uses).collect();
        let after = Some(format!("after {}", list(after)));
        let subject = format!("task {} order", names[index]);
        findings.explain(
            placement.tasks[index].span,
            subject,
            (None, after),
            reasons.join(", and "),
        );
    }
}
