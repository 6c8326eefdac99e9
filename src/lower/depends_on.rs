//! The order in which containers of a task start, in ECS's conditions.

use indexmap::IndexSet;

use super::{Findings, Scope, container_name};
use crate::compose::depends_on::{Condition, Dependency};
use crate::compose::{Project, Service};
use crate::diagnostic::{Code, Diagnostic};
use crate::ecs::{ContainerDefinition, ContainerDependency};

/// Sets `dependsOn`. What does not run in this task cannot be waited for and is left out.
pub(super) fn lower(
    scope: &Scope<'_>,
    container: &mut ContainerDefinition,
    findings: &mut Findings<'_>,
) {
    let service = scope.service;
    for (name, dependency) in &service.depends_on {
        if !scope.placement.share_task(&service.name, name) {
            match scope.placement.task_of(name) {
                Some(_) => distant(scope, (name, dependency), findings),
                None => {
                    let subject = format!("{} depends_on", service.name);
                    let reason = "it is no container of this task";
                    let change = (Some(name.clone()), None);
                    findings.explain(dependency.span, subject, change, reason);
                }
            }
            continue;
        }
        let condition = match dependency.condition {
            Condition::CompletedSuccessfully => "SUCCESS",
            Condition::Healthy if is_checked(scope, (name, dependency), findings) => "HEALTHY",
            Condition::Healthy | Condition::Started => "START",
        };
        container.depends_on.push(ContainerDependency {
            container_name: container_name(name),
            condition: condition.to_owned(),
        });
    }
}

/// The services that end by themselves, because others wait for it. Where only services that were replaced wait, one that is
/// started again for ever is none of them.
pub(super) fn awaited(project: &Project, is_container: impl Fn(&str) -> bool) -> IndexSet<String> {
    let ends = |(_, it): &(&String, &Dependency)| it.condition == Condition::CompletedSuccessfully;
    let goes_on = |name: &str| project.services.get(name).is_some_and(restarts_for_ever);
    let names = project.services.values().flat_map(|waiting| {
        let names = waiting.depends_on.iter().filter(ends).map(|(name, _)| name);
        names.filter(|name| is_container(&waiting.name) || !goes_on(name))
    });
    names.cloned().collect()
}

fn restarts_for_ever(service: &Service) -> bool {
    let deployed = service.restart_condition.as_ref().map(|it| it.value.as_str());
    let condition = deployed.or_else(|| service.text("restart").map(|it| it.value));
    condition.is_some_and(|it| matches!(it, "always" | "unless-stopped" | "any"))
}

/// Sets `essential`: as the overlay says, else `false` for what others wait for to end, which must not end the task
/// with it (`ecs-rules.md`, Ordering and health). A container that is alone in its task is the task.
pub(super) fn settle_essential(
    scope: &Scope<'_>,
    container: &mut ContainerDefinition,
    findings: &mut Findings<'_>,
) {
    let is_awaited = scope.placement.awaited.contains(&scope.service.name);
    let ends = is_awaited && !scope.placement.is_alone(&scope.service.name);
    container.essential = Some(scope.overlay.essential.unwrap_or(!ends));
    if ends && scope.overlay.essential.is_none() {
        let subject = format!("{} essential", container.name);
        let reason = "another service waits for it to end, and the task must go on then";
        findings.explain(scope.service.span, subject, (None, Some("false".to_owned())), reason);
    }
    if is_awaited && scope.overlay.essential.is_none() {
        warn_left_over(scope, findings);
    }
}

/// What prepared something for a service that is replaced has most likely nothing left to do.
fn warn_left_over(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let name = &scope.service.name;
    let mut waiting = scope.input.project.services.values().filter_map(|it| {
        let dependency = it.depends_on.get(name)?;
        (dependency.condition == Condition::CompletedSuccessfully).then_some((it, dependency))
    });
    let Some((first, dependency)) = waiting.next() else { return };
    let is_replaced = |it: &Service| scope.placement.replaced.contains_key(&it.name);
    if !is_replaced(first) || waiting.any(|(it, _)| !is_replaced(it)) {
        return;
    }
    let message = format!("`{name}` runs on ECS, and only `{}` waited for its end", first.name);
    let warning = Diagnostic::warning(Code::OneOffJob, scope.service.span, message);
    let warning = warning.label(dependency.span, format!("`{}` does not run there", first.name));
    findings.diagnostics.add(
        warning
            .help(format!("write `{name}: drop` under `replace` too, when that is all it is for"))
            .help(format!("or let the service that needs it wait for its end: `depends_on: {{ {name}: {{ condition: service_completed_successfully }} }}`")),
    );
}

/// Whether a service has a health check that ECS sees; a wait for health without one is reported.
fn is_checked(
    scope: &Scope<'_>,
    (name, dependency): (&str, &Dependency),
    findings: &mut Findings<'_>,
) -> bool {
    let target = &scope.input.project.services[name];
    let is_checked =
        target.healthcheck.as_ref().is_some_and(|it| !it.disabled && !it.test.is_empty());
    if !is_checked {
        let message = format!(
            "`{name}` has no health check here, so `{}` only waits for its start",
            scope.service.name
        );
        let warning = Diagnostic::warning(Code::UncheckedDependency, dependency.span, message);
        findings.diagnostics.add(warning.help(
            "ECS does not see the image's own check: repeat it as `healthcheck:` in the file",
        ));
    }
    is_checked
}

/// A wait for a service of another task: the deployment brings that task up first, which is no wait for an end.
fn distant(
    scope: &Scope<'_>,
    (name, dependency): (&str, &Dependency),
    findings: &mut Findings<'_>,
) {
    let user = &scope.service.name;
    let subject = format!("{user} depends_on");
    let reason =
        format!("`{name}` is no container of this task; the deployment brings its task up first");
    findings.explain(dependency.span, subject, (Some(name.to_owned()), None), reason);
    match dependency.condition {
        Condition::Started => {}
        Condition::Healthy => {
            is_checked(scope, (name, dependency), findings);
        }
        Condition::CompletedSuccessfully if scope.placement.is_alone(name) => {
            let message = format!("`{user}` waits for `{name}` to end, which is a task of its own");
            let diagnostic = Diagnostic::error(Code::OtherTask, dependency.span, message);
            findings.diagnostics.report(
                diagnostic
                    .help(format!("put `{name}` into the task of `{user}`: there it runs first, and the task goes on without it"))
                    .help("ECS would start a task that ends again and again"),
            );
        }
        Condition::CompletedSuccessfully if is_awaited_there(scope, name) => {}
        Condition::CompletedSuccessfully => {
            let message = format!(
                "`{user}` waits until the task of `{name}` runs, not until `{name}` has ended"
            );
            let warning = Diagnostic::warning(Code::OtherTask, dependency.span, message);
            findings.diagnostics.add(warning.help(format!("put `{name}` into the task of `{user}`, or let a container of its own task wait for it too")));
        }
    }
}

/// Whether a container of its own task waits for a service to end, so that the task only runs after that.
fn is_awaited_there(scope: &Scope<'_>, name: &str) -> bool {
    let services = scope.input.project.services.values();
    let mut mates = services.filter(|it| scope.placement.share_task(&it.name, name));
    mates.any(|it| {
        let dependency = it.depends_on.get(name);
        dependency.is_some_and(|it| it.condition == Condition::CompletedSuccessfully)
    })
}
