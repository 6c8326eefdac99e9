//! CPU and memory of containers, and the smallest Fargate size that holds them.

use super::placement::TaskPlan;
use super::{Findings, Scope};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::ecs::ContainerDefinition;
use crate::ecs::fargate::{Size, is_size, memories, smallest_size};
use crate::source::{Span, Spanned};

const MEBIBYTE: u64 = 1024 * 1024;

/// What a container that does not say how much memory it needs is counted with, in MiB.
const ASSUMED_MEMORY: u32 = 128;

/// The CPU units of Fargate's sizes (`ecs-rules.md`, Task size).
const CPU_UNITS: [u32; 8] = [256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768];

/// The least memory ECS takes for a container, in MiB (`ecs-rules.md`, Task size).
const LEAST_MEMORY: u64 = 6;

/// Sets the limits of one container.
pub(super) fn lower(
    scope: &Scope<'_>,
    container: &mut ContainerDefinition,
    findings: &mut Findings<'_>,
) {
    let (overlay, resources) = (scope.overlay, &scope.service.resources);
    let given = |it: &Option<Spanned<u32>>| {
        it.as_ref().map(|it| i32::try_from(it.value).unwrap_or(i32::MAX))
    };
    let mut said =
        |it: &Option<Spanned<u64>>| it.as_ref().map(|it| mebibytes(it, findings.diagnostics));
    container.cpu =
        given(&overlay.cpu).or_else(|| resources.cpus.as_ref().map(|it| units(it.value)));
    container.memory = given(&overlay.memory).or_else(|| said(&resources.memory));
    let reservation =
        given(&overlay.memory_reservation).or_else(|| said(&resources.memory_reservation));
    // ECS wants the limit above the promise; a promise of all of it says nothing.
    container.memory_reservation =
        reservation.filter(|it| container.memory.is_none_or(|limit| *it < limit));
    if let (Some(limit), Some(reservation)) = (container.memory, reservation)
        && reservation > limit
    {
        let overlay = overlay.memory_reservation.as_ref().map(|it| it.span);
        let span = overlay.or(resources.memory_reservation.as_ref().map(|it| it.span));
        let message = format!(
            "{reservation} MiB are promised to `{}`, which may take {limit} MiB at most",
            scope.service.name
        );
        let warning =
            Diagnostic::warning(Code::ClampedValue, span.unwrap_or(scope.service.span), message);
        findings
            .diagnostics
            .add(warning.help("the promise is left out; give the limit at least as much"));
    }
}

/// Bytes as MiB, rounded up; what is less than ECS takes was hardly meant.
fn mebibytes(bytes: &Spanned<u64>, diagnostics: &mut Diagnostics) -> i32 {
    let mebibytes = bytes.value.div_ceil(MEBIBYTE);
    if mebibytes < LEAST_MEMORY {
        let message = format!(
            "{} bytes of memory become {LEAST_MEMORY} MiB, the least that ECS takes",
            bytes.value
        );
        let warning = Diagnostic::warning(Code::ClampedValue, bytes.span, message);
        diagnostics.add(warning.help("a number without a unit is bytes: write `512m`"));
    }
    i32::try_from(mebibytes.max(LEAST_MEMORY)).unwrap_or(i32::MAX)
}

/// vCPUs as CPU units, 1024 each.
fn units(cpus: f64) -> i32 {
    let units = (cpus * 1024.0).round().clamp(1.0, 32_768.0);
    #[expect(clippy::cast_possible_truncation, reason = "clamped to a few thousand just before")]
    let units = units as i32;
    units
}

/// What the containers of a task need together.
struct Need {
    cpu: u32,
    /// What the containers say; less is refused.
    said: u32,
    /// With [`ASSUMED_MEMORY`] for each container that says nothing; only a size that nobody gave is chosen by it.
    guessed: u32,
    /// Containers that do not say how much memory they need.
    silent: u32,
    /// The limit of each container.
    limits: Vec<Option<i32>>,
}

impl Need {
    fn of(containers: &[ContainerDefinition]) -> Self {
        let sum = |values: &mut dyn Iterator<Item = Option<i32>>| {
            values.flatten().filter_map(|it| u32::try_from(it).ok()).fold(0, u32::saturating_add)
        };
        let memory = |it: &ContainerDefinition| it.memory.or(it.memory_reservation);
        let silent = containers.iter().filter(|it| memory(it).is_none()).map(|_| 1u32).sum();
        let said = sum(&mut containers.iter().map(memory));
        Self {
            cpu: sum(&mut containers.iter().map(|it| it.cpu)),
            said,
            guessed: said.saturating_add(ASSUMED_MEMORY.saturating_mul(silent)),
            silent,
            limits: containers.iter().map(|it| it.memory).collect(),
        }
    }
}

impl Need {
    fn words(&self, memory: u32) -> String {
        match self.cpu {
            0 => format!("{memory} MiB"),
            cpu => format!("{cpu} CPU units and {memory} MiB"),
        }
    }
}

/// The size of the task: as the overlay says, else the smallest that holds the containers.
pub(super) fn task_size(
    plan: &TaskPlan,
    scopes: &[Scope<'_>],
    containers: &[ContainerDefinition],
    findings: &mut Findings<'_>,
) -> Option<Size> {
    let need = Need::of(containers);
    let value = |it: &Option<Spanned<u32>>| it.as_ref().map(|it| it.value);
    let (cpu, memory) = (value(&plan.size.cpu), value(&plan.size.memory));
    let span = plan.size.cpu.as_ref().or(plan.size.memory.as_ref()).map_or(plan.span, |it| it.span);
    if let (Some(cpu), Some(memory)) = (cpu, memory)
        && !is_size(cpu, memory)
    {
        refuse_size(cpu, memory, &plan.size, findings);
        return None;
    }
    if let (None, Some(memory)) = (cpu, &plan.size.memory)
        && !CPU_UNITS.iter().any(|cpu| is_size(*cpu, memory.value))
    {
        refuse_memory(memory, findings);
        return None;
    }
    match choose(cpu, memory, &need).filter(|it| it.cpu >= need.cpu && it.memory >= need.said) {
        Some(size) => {
            explain(plan, span, size, &need, findings);
            Some(size)
        }
        None => {
            let given = cpu.zip(memory).map(|(cpu, memory)| Size { cpu, memory });
            refuse_need(span, given, &need, scopes, findings);
            None
        }
    }
}

/// What was given, filled up with the smallest that holds the containers.
fn choose(cpu: Option<u32>, memory: Option<u32>, need: &Need) -> Option<Size> {
    match (cpu, memory) {
        (Some(cpu), Some(memory)) => Some(Size { cpu, memory }),
        (Some(cpu), None) => {
            let holds = |least: u32| memories(cpu).into_iter().find(|it| *it >= least);
            holds(need.guessed).or_else(|| holds(need.said)).map(|memory| Size { cpu, memory })
        }
        (None, Some(memory)) => smallest_size(need.cpu, memory).filter(|it| it.memory == memory),
        (None, None) => {
            smallest_size(need.cpu, need.guessed).or_else(|| smallest_size(need.cpu, need.said))
        }
    }
}

fn refuse_memory(memory: &Spanned<u32>, findings: &mut Findings<'_>) {
    let message = format!("Fargate has no size of {} MiB", memory.value);
    let all = || CPU_UNITS.iter().flat_map(|cpu| memories(*cpu));
    let below = all().filter(|it| *it < memory.value).max();
    let above = all().filter(|it| *it > memory.value).min();
    let near: Vec<String> = below.into_iter().chain(above).map(|it| it.to_string()).collect();
    let diagnostic = Diagnostic::error(Code::FargateRule, memory.span, message);
    findings
        .diagnostics
        .report(diagnostic.help(format!("the nearest are {} MiB", near.join(" and "))));
}

fn explain(plan: &TaskPlan, span: Span, size: Size, need: &Need, findings: &mut Findings<'_>) {
    if plan.size.cpu.is_some() && plan.size.memory.is_some() {
        return;
    }
    let half = if plan.size.cpu.is_some() {
        " with these CPU units"
    } else if plan.size.memory.is_some() {
        " with this memory"
    } else {
        ""
    };
    let reason = format!(
        "it is the smallest Fargate size{half} that holds the {} of the containers",
        need.words(need.guessed)
    );
    let subject =
        plan.name.as_ref().map_or_else(|| "task size".to_owned(), |it| format!("task {it} size"));
    let after = Some(format!("{} CPU units, {} MiB", size.cpu, size.memory));
    findings.explain(span, subject, (None, after), reason);
    if need.silent > 0 {
        let message = format!(
            "{} of {} containers do not say how much memory they need and are counted with {ASSUMED_MEMORY} MiB each; the task gets {} MiB",
            need.silent,
            need.limits.len(),
            size.memory
        );
        let note = Diagnostic::warning(Code::ImplicitSize, span, message);
        findings.diagnostics.add(note.help("write `x-ecs: { memory: 512 }` for a service, or `size: { cpu: 512, memory: 2048 }` for the task"));
    }
}

fn refuse_size(cpu: u32, memory: u32, size: &crate::overlay::Size, findings: &mut Findings<'_>) {
    let message = format!("Fargate has no size of {cpu} CPU units and {memory} MiB");
    let known = !memories(cpu).is_empty();
    let culprit = if known { size.memory.as_ref() } else { size.cpu.as_ref() };
    let span = culprit.map_or(Span::DETACHED, |it| it.span);
    let diagnostic = Diagnostic::error(Code::FargateRule, span, message);
    let memories = memories(cpu);
    let help = match (memories.first(), memories.last()) {
        (Some(least), Some(most)) if memories.len() > 6 => {
            format!(
                "{cpu} CPU units go with {least} to {most} MiB in steps of {}",
                memories[1] - least
            )
        }
        (Some(_), _) => {
            let list: Vec<String> = memories.iter().map(u32::to_string).collect();
            format!("{cpu} CPU units go with {} MiB", list.join(", "))
        }
        _ => "the CPU units of Fargate are 256, 512, 1024, 2048, 4096, 8192, 16384 and 32768"
            .to_owned(),
    };
    findings.diagnostics.report(diagnostic.help(help));
}

fn refuse_need(
    span: Span,
    size: Option<Size>,
    need: &Need,
    scopes: &[Scope<'_>],
    findings: &mut Findings<'_>,
) {
    let needed = need.words(need.said);
    let message = match size {
        Some(size) => format!(
            "the containers need {needed}, and the task has {} CPU units and {} MiB",
            size.cpu, size.memory
        ),
        None => format!("no Fargate size of that kind holds the {needed} of the containers"),
    };
    let mut diagnostic = Diagnostic::error(Code::FargateRule, span, message);
    for (scope, limit) in scopes.iter().zip(&need.limits) {
        let places = [
            scope.overlay.memory.as_ref().map(|it| it.span),
            scope.service.resources.memory.as_ref().map(|it| it.span),
        ];
        if let (Some(span), Some(memory)) = (places.into_iter().flatten().next(), limit) {
            diagnostic = diagnostic.label(span, format!("{memory} MiB"));
        }
        let cpus = scope.service.resources.cpus.as_ref().filter(|_| scope.overlay.cpu.is_none());
        if let Some(cpus) = cpus.filter(|_| size.is_none_or(|it| it.cpu < need.cpu)) {
            diagnostic = diagnostic.label(cpus.span, format!("{} CPU units", units(cpus.value)));
        }
    }
    let smallest = smallest_size(need.cpu, need.said);
    findings.diagnostics.report(match smallest {
        Some(fit) => diagnostic.help(format!(
            "the smallest that fits is `size: {{ cpu: {}, memory: {} }}`",
            fit.cpu, fit.memory
        )),
        None => diagnostic.help("split the project with `tasks:`, or lower the limits"),
    });
}
