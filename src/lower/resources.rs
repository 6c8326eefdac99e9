//! CPU and memory of containers, and the smallest Fargate size that holds them.

mod proxy;

use super::placement::TaskPlan;
use super::{Findings, Scope};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, sentence};
use crate::ecs::ContainerDefinition;
use crate::ecs::fargate::{Rule, Size, is_size, memories, smallest_size};
use crate::overlay::Size as Given;
use crate::source::{Span, Spanned};
use proxy::{PROXY, proxy_words, warn_tight};

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
    silent: Vec<String>,
    /// CPU units and the limit in MiB of each container.
    limits: Vec<(Option<i32>, Option<i32>)>,
    /// What the proxy that ECS adds should have beside them; only a size that nobody gave is chosen by it.
    proxy: Option<Size>,
}

impl Need {
    fn of(containers: &[ContainerDefinition], is_connected: bool) -> Self {
        let sum = |values: &mut dyn Iterator<Item = Option<i32>>| {
            values.flatten().filter_map(|it| u32::try_from(it).ok()).fold(0, u32::saturating_add)
        };
        let memory = |it: &ContainerDefinition| it.memory.or(it.memory_reservation);
        let silent = containers.iter().filter(|it| memory(it).is_none()).map(|it| it.name.clone());
        let silent: Vec<String> = silent.collect();
        let count = u32::try_from(silent.len()).unwrap_or(u32::MAX);
        let said = sum(&mut containers.iter().map(memory));
        Self {
            cpu: sum(&mut containers.iter().map(|it| it.cpu)),
            said,
            guessed: said.saturating_add(ASSUMED_MEMORY.saturating_mul(count)),
            silent,
            limits: containers.iter().map(|it| (it.cpu, it.memory)).collect(),
            proxy: is_connected.then_some(PROXY),
        }
    }
}

impl Need {
    fn words(&self, memory: u32) -> String {
        match (self.cpu, memory) {
            (0, memory) => format!("{memory} MiB"),
            (cpu, 0) => format!("{cpu} CPU units"),
            (cpu, memory) => format!("{cpu} CPU units and {memory} MiB"),
        }
    }

    /// CPU units and MiB that a size is chosen by when nobody gave it.
    fn wished(&self) -> Size {
        let proxy = self.proxy.unwrap_or(Size { cpu: 0, memory: 0 });
        Size {
            cpu: self.cpu.saturating_add(proxy.cpu),
            memory: self.guessed.saturating_add(proxy.memory),
        }
    }

    /// The memory that a size was chosen by: with the guesses, unless no size has that much.
    fn held(&self, size: Size) -> u32 {
        if size.memory >= self.guessed { self.guessed } else { self.said }
    }
}

/// The size of the task: as the overlay says, else the smallest that holds the containers.
pub(super) fn task_size(
    plan: &TaskPlan,
    scopes: &[Scope<'_>],
    (containers, is_connected): (&[ContainerDefinition], bool),
    findings: &mut Findings<'_>,
) -> Option<Size> {
    let need = Need::of(containers, is_connected);
    if !is_known(&plan.size, findings.diagnostics) {
        return None;
    }
    let value = |it: &Option<Spanned<u32>>| it.as_ref().map(|it| it.value);
    let (cpu, memory) = (value(&plan.size.cpu), value(&plan.size.memory));
    let size = choose(cpu, memory, &need).filter(|it| it.cpu >= need.cpu && it.memory >= need.said);
    match size {
        Some(size) => {
            explain(plan, size, &need, findings);
            warn_tight(plan, size, &need, findings.diagnostics);
        }
        None => refuse_need(plan, &need, scopes, findings.diagnostics),
    }
    size
}

/// Whether Fargate has a size with what is given; what it lacks is reported.
fn is_known(size: &Given, diagnostics: &mut Diagnostics) -> bool {
    let diagnostic = match (&size.cpu, &size.memory) {
        (Some(cpu), _) if memories(cpu.value).is_empty() => no_such_cpu(cpu),
        (Some(cpu), Some(memory)) if !is_size(cpu.value, memory.value) => {
            no_such_pair(cpu.value, memory)
        }
        (None, Some(memory)) if most_cpu(memory.value) == 0 => no_such_memory(memory),
        _ => return true,
    };
    diagnostics.report(diagnostic.rule(Rule::TaskSize.name()));
    false
}

/// The most CPU units that go with an amount of memory; 0 where Fargate has no such size.
fn most_cpu(memory: u32) -> u32 {
    CPU_UNITS.into_iter().filter(|cpu| is_size(*cpu, memory)).max().unwrap_or(0)
}

/// The most memory that goes with these CPU units, or with any.
fn most_memory(cpu: Option<u32>) -> u32 {
    let cpus = CPU_UNITS.into_iter().filter(|it| cpu.is_none_or(|cpu| cpu == *it));
    cpus.flat_map(memories).max().unwrap_or(0)
}

/// What was given, filled up with the smallest that holds the containers.
fn choose(cpu: Option<u32>, memory: Option<u32>, need: &Need) -> Option<Size> {
    let wished = need.wished();
    match (cpu, memory) {
        (Some(cpu), Some(memory)) => Some(Size { cpu, memory }),
        (Some(cpu), None) => {
            let holds = |least: u32| memories(cpu).into_iter().find(|it| *it >= least);
            let memory = holds(wished.memory).or_else(|| holds(need.guessed));
            memory.or_else(|| holds(need.said)).map(|memory| Size { cpu, memory })
        }
        (None, Some(memory)) => {
            let with = |cpu: u32| smallest_size(cpu, memory).filter(|it| it.memory == memory);
            with(wished.cpu).or_else(|| with(need.cpu))
        }
        (None, None) => smallest_size(wished.cpu, wished.memory)
            .or_else(|| smallest_size(need.cpu, need.guessed))
            .or_else(|| smallest_size(need.cpu, need.said)),
    }
}

fn no_such_memory(memory: &Spanned<u32>) -> Diagnostic {
    let message = format!("Fargate has no size of {} MiB", memory.value);
    let all = || CPU_UNITS.iter().flat_map(|cpu| memories(*cpu));
    let below = all().filter(|it| *it < memory.value).max();
    let above = all().filter(|it| *it > memory.value).min();
    let near: Vec<String> = below.into_iter().chain(above).map(|it| it.to_string()).collect();
    let verb = if near.len() == 1 { "the nearest is" } else { "the nearest are" };
    Diagnostic::error(Code::FargateRule, memory.span, message)
        .help(format!("{verb} {} MiB", near.join(" and ")))
}

fn no_such_cpu(cpu: &Spanned<u32>) -> Diagnostic {
    let message = format!("Fargate has no size of {} CPU units", cpu.value);
    Diagnostic::error(Code::FargateRule, cpu.span, message)
        .help("the CPU units of Fargate are 256, 512, 1024, 2048, 4096, 8192, 16384 and 32768")
}

fn no_such_pair(cpu: u32, memory: &Spanned<u32>) -> Diagnostic {
    let message = format!("Fargate has no size of {cpu} CPU units and {} MiB", memory.value);
    let memories = memories(cpu);
    let help = match memories.as_slice() {
        [least, second, .., most] if memories.len() > 6 => {
            format!("{cpu} CPU units go with {least} to {most} MiB in steps of {}", second - least)
        }
        _ => {
            let list: Vec<String> = memories.iter().map(u32::to_string).collect();
            format!("{cpu} CPU units go with {} MiB", list.join(", "))
        }
    };
    Diagnostic::error(Code::FargateRule, memory.span, message).help(help)
}

fn explain(plan: &TaskPlan, size: Size, need: &Need, findings: &mut Findings<'_>) {
    let reason = match (&plan.size.cpu, &plan.size.memory) {
        (Some(_), Some(_)) => return,
        (Some(cpu), None) => format!(
            "it takes the least memory that goes with the {} CPU units of the overlay and holds the {} MiB of the containers",
            cpu.value,
            need.held(size)
        ),
        (None, Some(memory)) => format!(
            "{} CPU units are the fewest that go with the {} MiB of the overlay",
            size.cpu, memory.value
        ),
        (None, None) => format!(
            "it is the smallest Fargate size that holds the {} of the containers",
            need.words(need.held(size))
        ),
    };
    let reason = match proxy_words(plan, size, need) {
        Some(proxy) => {
            format!(
                "{reason}, and the {proxy} that AWS recommends for the proxy of Service Connect"
            )
        }
        None => reason,
    };
    let span = given_at(plan);
    let subject =
        plan.name.as_ref().map_or_else(|| "task size".to_owned(), |it| format!("task {it} size"));
    let after = Some(format!("{} CPU units, {} MiB", size.cpu, size.memory));
    findings.explain(span, subject, (None, after), reason);
    if !need.silent.is_empty() && plan.size.memory.is_none() {
        let names: Vec<&str> = need.silent.iter().map(String::as_str).collect();
        let message = format!(
            "{} of {} containers do not say how much memory they need and are counted with {ASSUMED_MEMORY} MiB each; the task gets {} MiB",
            names.len(),
            need.limits.len(),
            size.memory
        );
        let whose = format!("say it for {}", sentence(&names));
        let note = Diagnostic::warning(Code::ImplicitSize, span, message);
        findings.diagnostics.add(note.help(whose).help("write `x-ecs: { memory: 512 }` for a service, or `size: { cpu: 512, memory: 2048 }` for the task"));
    }
}

/// Where the size is said, or would be.
fn given_at(plan: &TaskPlan) -> Span {
    plan.size.cpu.as_ref().or(plan.size.memory.as_ref()).map_or(plan.span, |it| it.span)
}

fn refuse_need(plan: &TaskPlan, need: &Need, scopes: &[Scope<'_>], diagnostics: &mut Diagnostics) {
    let (cpu, memory) = (plan.size.cpu.as_ref(), plan.size.memory.as_ref());
    let needed = need.words(need.said);
    let message = match (cpu, memory) {
        (Some(cpu), Some(memory)) => format!(
            "the containers need {needed}, and the task has {} CPU units and {} MiB",
            cpu.value, memory.value
        ),
        (Some(cpu), None) => format!(
            "no Fargate size of {} CPU units holds the {needed} of the containers",
            cpu.value
        ),
        (None, Some(memory)) => {
            format!("no Fargate size of {} MiB holds the {needed} of the containers", memory.value)
        }
        (None, None) => format!("no Fargate size holds the {needed} of the containers"),
    };
    let memory_limit = memory.map_or_else(|| most_memory(cpu.map(|it| it.value)), |it| it.value);
    let cpu_limit = cpu.map_or_else(
        || memory.map_or(CPU_UNITS[CPU_UNITS.len() - 1], |it| most_cpu(it.value)),
        |it| it.value,
    );
    let mut diagnostic = Diagnostic::error(Code::FargateRule, given_at(plan), message);
    for (scope, (cpu, memory)) in scopes.iter().zip(&need.limits) {
        if need.said > memory_limit {
            diagnostic = label_memory(scope, *memory, diagnostic);
        }
        if need.cpu > cpu_limit {
            diagnostic = label_cpu(scope, *cpu, diagnostic);
        }
    }
    diagnostics.report(match smallest_size(need.cpu, need.said) {
        Some(fit) => diagnostic.help(format!(
            "the smallest that fits is `size: {{ cpu: {}, memory: {} }}`",
            fit.cpu, fit.memory
        )),
        None => diagnostic.help("split the project with `tasks:`, or lower the limits"),
    });
}

fn raw(scope: &Scope<'_>, field: &str) -> Option<Span> {
    scope.overlay.container_definition.as_ref()?.place(field, None)
}

fn label_memory(scope: &Scope<'_>, limit: Option<i32>, diagnostic: Diagnostic) -> Diagnostic {
    let overlay = raw(scope, "memory").or(scope.overlay.memory.as_ref().map(|it| it.span));
    let place = overlay.or(scope.service.resources.memory.as_ref().map(|it| it.span));
    match (place, limit) {
        (Some(span), Some(memory)) => diagnostic.label(span, format!("{memory} MiB")),
        _ => diagnostic,
    }
}

fn label_cpu(scope: &Scope<'_>, cpu: Option<i32>, diagnostic: Diagnostic) -> Diagnostic {
    let overlay = raw(scope, "cpu").or(scope.overlay.cpu.as_ref().map(|it| it.span));
    let place = overlay.or(scope.service.resources.cpus.as_ref().map(|it| it.span));
    match (place, cpu) {
        (Some(span), Some(cpu)) => diagnostic.label(span, format!("{cpu} CPU units")),
        _ => diagnostic,
    }
}
