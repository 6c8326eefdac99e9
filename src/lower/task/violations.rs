//! Rules of Fargate that a definition breaks -> diagnostics at the place in the author's files.

use indexmap::IndexMap;

use super::super::placement::TaskPlan;
use super::super::{Input, Scope, container_name, ports, wrapper};
use crate::diagnostic::{self, Code, Diagnostic, Diagnostics};
use crate::ecs::fargate::{self, Rule, Running, Severity, Subject, Violation};
use crate::ecs::{ContainerDefinition, TaskDefinition};
use crate::overlay::{Ingress, Raw, Step};
use crate::source::{Span, Spanned};

/// A task definition with all that it was made of.
pub(super) struct Made<'a> {
    pub(super) input: Input<'a>,
    pub(super) plan: &'a TaskPlan,
    pub(super) scopes: &'a [Scope<'a>],
    pub(super) definition: &'a TaskDefinition,
    /// Whether a size was found; otherwise that is reported.
    pub(super) sized: bool,
    /// Ports at which services are reached, and who says so where.
    pub(super) reached: &'a IndexMap<(String, u16), Span>,
}

impl Made<'_> {
    /// Reports every rule that is broken, unless a pass has done so with a better place.
    pub(super) fn check(&self, diagnostics: &mut Diagnostics) {
        let running = fargate::check_running(self.definition, &self.running());
        for violation in fargate::check(self.definition).into_iter().chain(running) {
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
            Rule::PortConflict => {
                let places: Vec<Span> =
                    self.ports(violation).into_iter().chain(self.reached_at(violation)).collect();
                points_at(Code::PortConflict, &places)
            }
            Rule::DependencyCycle => {
                let scope = self.scope(violation).filter(|it| raw(it, "dependsOn").is_none());
                let dependencies = scope.into_iter().flat_map(|it| it.service.depends_on.values());
                let places: Vec<Span> = dependencies.map(|it| it.span).collect();
                points_at(Code::DependencyCycle, &places)
            }
            Rule::Image => self.scope(violation).is_some_and(|scope| {
                let image = scope.service.image.as_ref().map(|it| it.span);
                let raw = scope.overlay.container_definition.as_ref();
                let raw = raw.and_then(|it| it.field("image"));
                let place = raw.map(|(_, value)| value).or(image);
                place.is_none_or(|it| diagnostics.has_error_at(it))
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
        let diagnostic = diagnostic.rule(violation.rule.name());
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

    /// Where somebody reaches the port of a mapping.
    fn reached_at(&self, violation: &Violation) -> Option<Span> {
        let Subject::Container { index, item, .. } = violation.subject else { return None };
        let container = self.definition.container_definitions.get(index)?;
        let port = container.port_mappings.get(item?)?.container_port?;
        let scope = self.scope(violation).filter(|it| raw(it, "portMappings").is_none())?;
        let reached = (scope.service.name.clone(), u16::try_from(port).ok()?);
        self.reached.get(&reached).copied()
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
        let fields = self.input.overlay.task_definition.as_ref();
        match violation.subject {
            Subject::Container { index, field, .. } => {
                let list = [Step::Key("containerDefinitions"), Step::Item(index)];
                let raw = fields.filter(|it| it.field("containerDefinitions").is_some());
                if let Some(raw) = raw {
                    return raw.nearest(&[list.to_vec(), way(violation.subject)].concat()).0;
                }
                let Some(scope) = self.scope(violation) else { return self.plan.span };
                let fields = scope.overlay.container_definition.as_ref();
                written(fields, violation.subject)
                    .or_else(|| self.item(violation, scope))
                    .or_else(|| field.and_then(|it| compose_place(scope, it)))
                    .or_else(|| begun(fields, violation.subject))
                    .unwrap_or(scope.service.span)
            }
            Subject::Task { field, .. } => {
                let size = match field {
                    Some("cpu") => self.plan.size.cpu.as_ref(),
                    Some("memory") => self.plan.size.memory.as_ref(),
                    Some("ephemeralStorage.sizeInGiB") => self.plan.size.storage.as_ref(),
                    _ => None,
                };
                // A pair that Fargate lacks is a fault of the CPU by name only.
                let raw_size = self.raw_task("cpu").or(self.raw_task("memory"));
                let raw_size = raw_size.filter(|_| violation.rule == Rule::TaskSize);
                written(fields, violation.subject)
                    .or(raw_size)
                    .or_else(|| size.map(|it| it.span))
                    .or_else(|| begun(fields, violation.subject))
                    .or_else(|| self.surplus(violation))
                    .unwrap_or_else(|| self.input.overlay_span())
            }
            Subject::Volume { .. } => written(fields, violation.subject).unwrap_or(self.plan.span),
            Subject::Service { field, item } => {
                self.said_of_service(field, item).unwrap_or(self.plan.span)
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

    /// The first service that is one too many.
    fn surplus(&self, violation: &Violation) -> Option<Span> {
        let surplus = self.scopes.get(10).filter(|_| violation.rule == Rule::ContainerCount)?;
        Some(surplus.service.span)
    }

    /// Where the overlay says what a service is made with.
    fn said_of_service(&self, field: &str, item: Option<usize>) -> Option<Span> {
        let (overlay, item) = (self.input.overlay, item?);
        match field {
            "subnets" => overlay.network.subnets.get(item).map(|it| it.span),
            "securityGroups" => overlay.network.security_groups.get(item).map(|it| it.span),
            _ => self.targets().nth(item).map(|it| it.port.span),
        }
    }

    /// The ways in to this task that a target group is made for.
    fn targets(&self) -> impl Iterator<Item = &Ingress> {
        let ways = self.input.overlay.ingress.iter().filter(|it| it.listeners.is_some());
        ways.filter(|it| self.plan.services.contains(&it.service.value))
    }

    /// How the definition is run, as far as the overlay says.
    fn running(&self) -> Running {
        let network = &self.input.overlay.network;
        let target = |it: &Ingress| (container_name(&it.service.value), it.port.value);
        Running {
            subnets: network.subnets.len(),
            security_groups: network.security_groups.len(),
            targets: self.targets().map(target).collect(),
        }
    }

    /// The item of a list in the Compose file that an item of the definition was made of.
    fn item(&self, violation: &Violation, scope: &Scope<'_>) -> Option<Span> {
        let Subject::Container { index, field, item: Some(item), .. } = violation.subject else {
            return None;
        };
        let container = self.definition.container_definitions.get(index)?;
        let service = scope.service;
        match field? {
            "linuxParameters.capabilities.drop" => {
                service.capabilities_dropped.get(item).map(|it| it.span)
            }
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

/// The way to a subject from the fields of its own list, or of the task.
fn way(subject: Subject) -> Vec<Step<'static>> {
    let (field, item, key) = match subject {
        Subject::Task { field, item } => (field, item, None),
        Subject::Container { field, item, key, .. } => (field, item, key),
        Subject::Volume { field, .. } => (field, None, None),
        Subject::Service { .. } => (None, None, None),
    };
    let list = match subject {
        Subject::Volume { index, .. } => vec![Step::Key("volumes"), Step::Item(index)],
        _ => Vec::new(),
    };
    let keys = field.into_iter().flat_map(|it| it.split('.')).map(Step::Key);
    let item = item.map(Step::Item).into_iter().chain(key.map(Step::Key));
    list.into_iter().chain(keys).chain(item).collect()
}

/// The place of a subject in raw fields that write its field, as near to it as they get.
fn written(raw: Option<&Raw>, subject: Subject) -> Option<Span> {
    let way = way(subject);
    let is_key = |it: &&Step<'_>| matches!(it, Step::Key(_));
    let keys = match subject {
        Subject::Volume { .. } => 1,
        _ => way.iter().take_while(is_key).count(),
    };
    let (span, taken) = raw?.nearest(&way);
    (keys > 0 && taken >= keys).then_some(span)
}

/// The place where raw fields begin to write a subject.
fn begun(raw: Option<&Raw>, subject: Subject) -> Option<Span> {
    let (span, taken) = raw?.nearest(&way(subject));
    (taken > 0).then_some(span)
}

fn raw(scope: &Scope<'_>, field: &str) -> Option<Span> {
    scope.overlay.container_definition.as_ref()?.place(field, None)
}

/// The part of the Compose file, or of the service's `x-ecs`, that a field of ECS is made of.
fn compose_place(scope: &Scope<'_>, field: &str) -> Option<Span> {
    let (service, overlay) = (scope.service, scope.overlay);
    let resources = &service.resources;
    let bytes = |it: &Option<Spanned<u64>>| it.as_ref().map(|it| it.span);
    let key = match field.split('.').next()? {
        "linuxParameters" if field.ends_with("capabilities.drop") => "cap_drop",
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
