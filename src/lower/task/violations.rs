//! Rules of Fargate that a definition breaks -> diagnostics at the place in the author's files.

use super::super::placement::TaskPlan;
use super::super::{Input, Scope, container_name, ports, wrapper};
use crate::diagnostic::{self, Code, Diagnostic, Diagnostics};
use crate::ecs::fargate::{self, Rule, Severity, Subject, Violation};
use crate::ecs::{ContainerDefinition, TaskDefinition};
use crate::overlay::Raw;
use crate::source::{Span, Spanned};

/// A task definition with all that it was made of.
pub(super) struct Made<'a> {
    pub(super) input: Input<'a>,
    pub(super) plan: &'a TaskPlan,
    pub(super) scopes: &'a [Scope<'a>],
    pub(super) definition: &'a TaskDefinition,
    /// Whether a size was found; otherwise that is reported.
    pub(super) sized: bool,
}

impl Made<'_> {
    /// Reports every rule that is broken, unless a pass has done so with a better place.
    pub(super) fn check(&self, diagnostics: &mut Diagnostics) {
        for violation in fargate::check(self.definition) {
            if !self.is_reported(&violation, diagnostics) {
                self.report(&violation, diagnostics);
            }
        }
    }

    /// Whether the pass that owns the rule has reported this very thing.
    fn is_reported(&self, violation: &Violation, diagnostics: &Diagnostics) -> bool {
        let points_at = |code: Code, places: &[Span]| {
            let errors = diagnostics
                .iter()
                .filter(|it| it.code == code && it.severity == diagnostic::Severity::Error);
            let mut labels = errors.flat_map(|it| &it.labels);
            labels.any(|label| places.iter().any(|it| it.touches(label.span)))
        };
        match violation.rule {
            Rule::TaskSize | Rule::CpuSum | Rule::MemorySum => {
                !self.sized && self.raw_task("cpu").or(self.raw_task("memory")).is_none()
            }
            Rule::ContainerCount => self.scopes.is_empty(),
            Rule::ExecutionRole => {
                self.input.overlay.roles.execution.is_some()
                    && self.raw_task("executionRoleArn").is_none()
            }
            // Its ARN waits for a fact.
            Rule::TaskRole => {
                let is_named = self.input.overlay.roles.task.is_some();
                let asked: Vec<Span> = self.authorized().into_iter().collect();
                (is_named && self.raw_task("taskRoleArn").is_none())
                    || points_at(Code::FargateRule, &asked)
            }
            Rule::PortConflict => points_at(Code::PortConflict, &self.ports(violation)),
            Rule::DependencyCycle => {
                let scope = self.scope(violation).filter(|it| raw(it, "dependsOn").is_none());
                let dependencies = scope.into_iter().flat_map(|it| it.service.depends_on.values());
                let places: Vec<Span> = dependencies.map(|it| it.span).collect();
                points_at(Code::DependencyCycle, &places)
            }
            Rule::Image => self.scope(violation).is_some_and(|scope| {
                let image = scope.service.image.as_ref();
                raw(scope, "image").is_none()
                    && image.is_none_or(|it| diagnostics.has_error_at(it.span))
            }),
            _ => false,
        }
    }

    fn report(&self, violation: &Violation, diagnostics: &mut Diagnostics) {
        let (span, message) = (self.place(violation), violation.message.clone());
        let diagnostic = match violation.severity {
            Severity::Error => Diagnostic::error(Code::FargateRule, span, message),
            Severity::Warning => Diagnostic::warning(Code::FargateRule, span, message),
        };
        diagnostics.add(match (violation.rule, &violation.help) {
            (Rule::ExecutionRole, _) => {
                diagnostic.help("write `roles: { execution: NAME }` under `x-ecs` in the overlay")
            }
            (Rule::TaskRole, _) => {
                diagnostic.help("write `roles: { task: NAME }` under `x-ecs` in the overlay")
            }
            (Rule::ContainerCount, help) if self.helper().is_some() => {
                let name = self.helper().map_or("", |it| it.name.as_str());
                let diagnostic = diagnostic.help(help.clone().unwrap_or_default());
                diagnostic.help(format!("one of them, `{name}`, writes files for the others: it is not needed where secrets are read from variables (`x-ecs: {{ secrets: … }}`) and configs are in the images"))
            }
            (Rule::DefinitionSize, help) if self.text_of_files() > 0 => {
                let diagnostic = diagnostic.help(help.clone().unwrap_or_default());
                let bytes = self.text_of_files();
                diagnostic.help(format!("{bytes} bytes of it are texts of files: copy the large ones into the images"))
            }
            (_, Some(help)) => diagnostic.help(help.clone()),
            (_, None) => diagnostic,
        });
    }

    /// The container that no service stands for.
    fn helper(&self) -> Option<&ContainerDefinition> {
        self.definition.container_definitions.get(self.scopes.len())
    }

    /// How many bytes the contents of files have together.
    fn text_of_files(&self) -> usize {
        let variables = self.definition.container_definitions.iter().flat_map(|it| &it.environment);
        variables.filter(|it| wrapper::is_file(&it.name)).map(|it| it.value.len()).sum()
    }

    fn scope(&self, violation: &Violation) -> Option<&Scope<'_>> {
        let Subject::Container { index, .. } = violation.subject else { return None };
        self.scopes.get(index)
    }

    fn raw_task(&self, field: &str) -> Option<Span> {
        self.input.overlay.task_definition.as_ref()?.place(field, None)
    }

    /// Where the service says that it has the port of a mapping.
    fn ports(&self, violation: &Violation) -> Vec<Span> {
        let Subject::Container { index, item, .. } = violation.subject else { return Vec::new() };
        let container = self.definition.container_definitions.get(index);
        let mapping = item.and_then(|it| container?.port_mappings.get(it));
        let scope = self.scope(violation).filter(|it| raw(it, "portMappings").is_none());
        scope.zip(mapping).map(|(scope, it)| ports::places(scope, it)).unwrap_or_default()
    }

    /// The place in the author's files that most likely caused a violation.
    fn place(&self, violation: &Violation) -> Span {
        match violation.subject {
            Subject::Container { field, item, .. } => {
                let Some(scope) = self.scope(violation) else { return self.plan.span };
                let fields = scope.overlay.container_definition.as_ref();
                let raw = raw_place(fields, field, item);
                raw.or_else(|| self.item(violation, scope))
                    .or_else(|| field.and_then(|it| compose_place(scope, it)))
                    .or_else(|| raw_place(fields, field.and_then(first), None))
                    .unwrap_or(scope.service.span)
            }
            Subject::Task { field, item } => {
                let fields = self.input.overlay.task_definition.as_ref();
                let size = match field {
                    Some("cpu") => self.plan.size.cpu.as_ref(),
                    Some("memory") => self.plan.size.memory.as_ref(),
                    Some("ephemeralStorage.sizeInGiB") => self.plan.size.storage.as_ref(),
                    _ => None,
                };
                // A pair that Fargate lacks is a fault of the CPU by name only.
                let raw_size = self.raw_task("cpu").or(self.raw_task("memory"));
                let raw_size = raw_size.filter(|_| violation.rule == Rule::TaskSize);
                raw_place(fields, field, item)
                    .or(raw_size)
                    .or_else(|| size.map(|it| it.span))
                    .or_else(|| raw_place(fields, field.and_then(first), None))
                    .unwrap_or_else(|| self.input.overlay_span())
            }
            Subject::Volume { index, .. } => {
                let fields = self.input.overlay.task_definition.as_ref();
                raw_place(fields, Some("volumes"), Some(index)).unwrap_or(self.plan.span)
            }
        }
    }

    /// Where a volume of the task asks for the IAM authorization of its file system.
    fn authorized(&self) -> Option<Span> {
        let mounts = self
            .scopes
            .iter()
            .flat_map(|it| it.service.mounts.iter().map(move |mount| (it, mount)));
        let mut systems =
            mounts.filter_map(|(it, mount)| it.file_systems.get(mount.source.as_ref()?));
        systems.find_map(|it| it.iam.as_ref()).map(|it| it.span)
    }

    /// The item of a list in the Compose file that an item of the definition was made of.
    fn item(&self, violation: &Violation, scope: &Scope<'_>) -> Option<Span> {
        let Subject::Container { index, field, item: Some(item) } = violation.subject else {
            return None;
        };
        let container = self.definition.container_definitions.get(index)?;
        let service = scope.service;
        match field? {
            "portMappings" => self.ports(violation).first().copied(),
            "dependsOn" => {
                let name = &container.depends_on.get(item)?.container_name;
                let mut dependencies = service.depends_on.iter();
                dependencies.find(|(it, _)| container_name(it) == *name).map(|(_, it)| it.span)
            }
            "ulimits" => {
                service.ulimits.get(&container.ulimits.get(item)?.name).map(|(.., span)| *span)
            }
            "secrets" => {
                let name = &container.secrets.get(item)?.name;
                scope.overlay.secrets.get(name).map(|it| it.span)
            }
            _ => None,
        }
    }
}

fn first(field: &'static str) -> Option<&'static str> {
    field.split('.').next()
}

fn raw(scope: &Scope<'_>, field: &str) -> Option<Span> {
    scope.overlay.container_definition.as_ref()?.place(field, None)
}

fn raw_place(raw: Option<&Raw>, field: Option<&str>, item: Option<usize>) -> Option<Span> {
    raw?.place(field?, item)
}

/// The part of the Compose file, or of the service's `x-ecs`, that a field of ECS is made of.
fn compose_place(scope: &Scope<'_>, field: &str) -> Option<Span> {
    let (service, overlay) = (scope.service, scope.overlay);
    let resources = &service.resources;
    let bytes = |it: &Option<Spanned<u64>>| it.as_ref().map(|it| it.span);
    let key = match field.split('.').next()? {
        "portMappings" => "ports",
        "healthCheck" => "healthcheck",
        "environment" => "environment",
        "mountPoints" => "volumes",
        "linuxParameters" => "tmpfs",
        "logConfiguration" => "logging",
        "dependsOn" => "depends_on",
        "stopTimeout" => "stop_grace_period",
        "systemControls" => "sysctls",
        "ulimits" => "ulimits",
        "user" => "user",
        "dockerLabels" => "labels",
        "image" => return service.image.as_ref().map(|it| it.span),
        "memory" => {
            let limit = overlay.memory.as_ref().map(|it| it.span);
            return limit.or_else(|| bytes(&resources.memory));
        }
        "memoryReservation" => {
            let reservation = overlay.memory_reservation.as_ref().map(|it| it.span);
            return reservation.or_else(|| bytes(&resources.memory_reservation));
        }
        _ => return None,
    };
    service.keys.get(key).copied()
}
