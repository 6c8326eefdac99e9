//! Each service -> container of a task, replaced by something managed, or dropped.

use indexmap::{IndexMap, IndexSet};

use super::{Findings, depends_on};
use crate::compose::Project;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean, sentence};
use crate::overlay::{Architecture, Overlay, Replacement, Size, Target, Task};
use crate::source::{Span, Spanned};

/// Where every service of a project ends up.
pub(super) struct Placement {
    pub(super) tasks: Vec<TaskPlan>,
    /// Services that are no containers, with what takes their place.
    pub(super) replaced: IndexMap<String, Replacement>,
    /// Services that others wait for to end.
    pub(super) awaited: IndexSet<String>,
    task_of: IndexMap<String, usize>,
}

/// One task and the services whose containers it holds, in the order of the Compose file.
pub(super) struct TaskPlan {
    /// `None` when the project is one task.
    pub(super) name: Option<String>,
    pub(super) services: Vec<String>,
    /// How many copies run.
    pub(super) count: Option<u32>,
    pub(super) size: Size,
    /// Whether it runs on Fargate Spot.
    pub(super) spot: bool,
    /// Where ECS Exec is asked for, if it is.
    pub(super) exec: Option<Span>,
    /// What its containers run on, where the overlay says.
    pub(super) architecture: Option<Spanned<Architecture>>,
    pub(super) span: Span,
}

impl Placement {
    /// Whether two services are containers of one task.
    pub(super) fn share_task(&self, one: &str, other: &str) -> bool {
        self.task_of.get(one).is_some_and(|it| self.task_of.get(other) == Some(it))
    }

    /// The index of the task that holds a service.
    pub(super) fn task_of(&self, name: &str) -> Option<usize> {
        self.task_of.get(name).copied()
    }

    /// Whether a service is the only container of its task.
    pub(super) fn is_alone(&self, name: &str) -> bool {
        self.task_of(name).is_some_and(|it| self.tasks[it].services.len() == 1)
    }

    /// Whether a service runs on ECS at all.
    pub(super) fn is_container(&self, name: &str) -> bool {
        self.task_of.contains_key(name)
    }
}

/// Decides for every service; names of the overlay that no service has are reported.
pub(super) fn place(
    project: &Project,
    overlay: &Overlay,
    diagnostics: &mut Diagnostics,
) -> Placement {
    let mut replaced = IndexMap::new();
    for (name, replacement) in &overlay.replace {
        if project.services.contains_key(name) {
            replaced.insert(name.clone(), replacement.clone());
        } else if !project.disabled.contains_key(name) {
            unknown_service(name, replacement.span, "`replace`", project, diagnostics);
        }
    }
    let tasks = if overlay.tasks.is_empty() {
        let services =
            project.services.keys().filter(|it| !replaced.contains_key(*it)).cloned().collect();
        let span = overlay.span.unwrap_or(project.span);
        let (size, spot) = (overlay.size.clone(), overlay.platform.spot);
        let exec = asked(overlay.exec.as_ref());
        let architecture = overlay.platform.architecture.clone();
        vec![TaskPlan { name: None, services, count: None, size, spot, exec, architecture, span }]
    } else {
        split(project, overlay, &replaced, diagnostics)
    };
    let of_task = |(index, task): (usize, &TaskPlan)| {
        task.services.iter().map(|it| (it.clone(), index)).collect::<Vec<_>>()
    };
    let task_of: IndexMap<String, usize> = tasks.iter().enumerate().flat_map(of_task).collect();
    let awaited = depends_on::awaited(project, |it| task_of.contains_key(it));
    let placement = Placement { tasks, replaced, awaited, task_of };
    check_not_empty(project, overlay, &placement, diagnostics);
    placement
}

/// A managed service that no variable, command or dependency names gives its secrets to nobody.
pub(super) fn report_unused(placement: &Placement, findings: &mut Findings<'_>) {
    for (name, replacement) in &placement.replaced {
        let is_nothing = matches!(replacement.target, Target::Drop | Target::Aws);
        if is_nothing || findings.used.contains(name) {
            continue;
        }
        let message = format!("no container names `{name}`, so nothing uses what takes its place");
        let warning = Diagnostic::warning(Code::UnusedReplacement, replacement.span, message);
        let help = format!(
            "let the service that needs it say so in `depends_on: [{name}]`, and set its address there"
        );
        findings.diagnostics.add(warning.help(help));
    }
}

/// Reports a service of the overlay that the project does not have.
pub(super) fn unknown_service(
    name: &str,
    span: Span,
    owner: &str,
    project: &Project,
    diagnostics: &mut Diagnostics,
) {
    if let Some(profiles) = project.disabled.get(name) {
        let message = format!(
            "{owner} names the service `{name}`, which is off: no profile of [{}] is active",
            profiles.join(", ")
        );
        let diagnostic = Diagnostic::error(Code::UndefinedReference, span, message);
        let profile = profiles.first().map_or("NAME", String::as_str);
        diagnostics.report(diagnostic.help(format!("turn it on with `--profile {profile}`")));
        return;
    }
    let message = format!("{owner} names the service `{name}`, which does not exist");
    let diagnostic = Diagnostic::error(Code::UndefinedReference, span, message);
    let names = project.services.keys().map(String::as_str);
    diagnostics.report(match did_you_mean(name, names) {
        Some(candidate) => diagnostic.help(format!("did you mean `{candidate}`?")),
        None => {
            let names: Vec<&str> = project.services.keys().map(String::as_str).collect();
            diagnostic.help(format!("the project has {}", sentence(&names)))
        }
    });
}

/// Services in two tasks, in none, or in no project are reported.
fn split(
    project: &Project,
    overlay: &Overlay,
    replaced: &IndexMap<String, Replacement>,
    diagnostics: &mut Diagnostics,
) -> Vec<TaskPlan> {
    let mut taken: IndexMap<&str, (usize, Span)> = IndexMap::new();
    for (index, (name, task)) in overlay.tasks.iter().enumerate() {
        let owner = format!("the task `{name}`");
        for service in &task.services {
            if project.disabled.contains_key(&service.value) {
                // One overlay serves with the profile and without.
            } else if !project.services.contains_key(&service.value) {
                unknown_service(&service.value, service.span, &owner, project, diagnostics);
            } else if let Some(replacement) = replaced.get(&service.value) {
                contradiction(service, replacement, &owner, diagnostics);
            } else if let Some((before, first)) =
                taken.insert(&service.value, (index, service.span))
            {
                let (twice, help) = if before == index {
                    ("twice in one task", "take one of them out")
                } else {
                    ("in two tasks", "a container belongs to one task: take one of them out")
                };
                let message = format!("the service `{}` stands {twice}", service.value);
                let diagnostic = Diagnostic::error(Code::InvalidValue, service.span, message);
                diagnostics.report(diagnostic.label(first, "first here").help(help));
            }
        }
    }
    report_left_over(project, overlay, replaced, &taken, diagnostics);
    let mut plans: Vec<TaskPlan> =
        overlay.tasks.iter().map(|(name, task)| plan(name, task, overlay)).collect();
    for name in project.services.keys() {
        if let Some((index, _)) = taken.get(name.as_str()) {
            plans[*index].services.push(name.clone());
        }
    }
    leave_out_tasks_that_are_off(&mut plans, project, overlay, diagnostics);
    plans
}

/// A task of which every service waits for a profile is not there either, unless no other is.
fn leave_out_tasks_that_are_off(
    plans: &mut Vec<TaskPlan>,
    project: &Project,
    overlay: &Overlay,
    diagnostics: &mut Diagnostics,
) {
    let is_off = |plan: &TaskPlan| {
        let task = plan.name.as_ref().and_then(|it| overlay.tasks.get(it));
        let services = task.map(|it| it.services.as_slice()).unwrap_or_default();
        !services.is_empty() && services.iter().all(|it| project.disabled.contains_key(&it.value))
    };
    if plans.iter().all(is_off) {
        return;
    }
    for plan in plans.extract_if(.., |it| is_off(it)) {
        let name = plan.name.unwrap_or_default();
        let message = format!("the task `{name}` is left out: no profile turns its services on");
        let note = Diagnostic::note(Code::UndefinedReference, plan.span, message);
        diagnostics.add(note.help("`--compose-profile NAME` turns them on"));
    }
}

fn asked(exec: Option<&Spanned<bool>>) -> Option<Span> {
    exec.filter(|it| it.value).map(|it| it.span)
}

/// A task without its services yet; what is said of the project holds where the task's own says nothing.
fn plan(name: &str, task: &Task, overlay: &Overlay) -> TaskPlan {
    let size = &overlay.size;
    TaskPlan {
        name: Some(name.to_owned()),
        services: Vec::new(),
        count: task.count.as_ref().map(|it| it.value),
        size: Size {
            cpu: task.size.cpu.clone().or_else(|| size.cpu.clone()),
            memory: task.size.memory.clone().or_else(|| size.memory.clone()),
            storage: task.size.storage.clone().or_else(|| size.storage.clone()),
        },
        spot: task.spot.as_ref().map_or(overlay.platform.spot, |it| it.value),
        exec: asked(task.exec.as_ref().or(overlay.exec.as_ref())),
        architecture: task.architecture.clone().or_else(|| overlay.platform.architecture.clone()),
        span: task.span,
    }
}

pub(super) fn contradiction(
    service: &Spanned<String>,
    replacement: &Replacement,
    owner: &str,
    diagnostics: &mut Diagnostics,
) {
    let fate = if matches!(replacement.target, Target::Drop) { "dropped" } else { "replaced" };
    let message = format!("{owner} holds `{}`, which is {fate}", service.value);
    let diagnostic = Diagnostic::error(Code::InvalidValue, service.span, message);
    diagnostics.report(
        diagnostic.label(replacement.span, format!("{fate} here")).help("take one of the two out"),
    );
}

/// A service that no task holds would silently be missing.
fn report_left_over(
    project: &Project,
    overlay: &Overlay,
    replaced: &IndexMap<String, Replacement>,
    taken: &IndexMap<&str, (usize, Span)>,
    diagnostics: &mut Diagnostics,
) {
    let Some(span) = overlay.tasks.values().next().map(|it| it.span) else {
        return;
    };
    for service in project.services.values() {
        let name = service.name.as_str();
        if !taken.contains_key(name) && !replaced.contains_key(name) {
            let message = format!("the service `{name}` is in no task");
            let diagnostic = Diagnostic::error(Code::InvalidValue, service.span, message)
                .label(span, "the tasks");
            diagnostics.report(
                diagnostic
                    .help(format!("add it to a task, or write `{name}: drop` under `replace`")),
            );
        }
    }
}

fn check_not_empty(
    project: &Project,
    overlay: &Overlay,
    placement: &Placement,
    diagnostics: &mut Diagnostics,
) {
    // Services that are named and not in the task are reported one by one.
    let names_any =
        |name: &String| overlay.tasks.get(name).is_some_and(|it| !it.services.is_empty());
    for task in placement.tasks.iter().filter(|it| it.services.is_empty()) {
        let is_reported = match &task.name {
            Some(name) => names_any(name),
            // Services that could not be read are reported where they stand.
            None => project.services.is_empty() && diagnostics.has_errors(),
        };
        if is_reported {
            continue;
        }
        let message = match &task.name {
            Some(name) => format!("the task `{name}` has no container"),
            None => "no service is left to run on ECS".to_owned(),
        };
        let help = if project.disabled.is_empty() {
            "name at least one service that is neither replaced nor dropped".to_owned()
        } else {
            let names: Vec<&str> = project.disabled.keys().map(String::as_str).collect();
            format!("these are off until `--profile` turns them on: {}", names.join(", "))
        };
        diagnostics.report(Diagnostic::error(Code::InvalidValue, task.span, message).help(help));
    }
}
