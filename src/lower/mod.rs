//! Project, overlay, names and facts -> the stack of an environment: phase 3. The order of the passes is the order of this file.

mod connect;
mod container;
mod depends_on;
mod environment;
mod exec;
pub(crate) mod files;
mod healthcheck;
mod hosts;
mod image;
mod lint;
mod logging;
mod order;
mod placement;
mod ports;
mod replacement;
mod resources;
mod routing;
mod secrets;
pub(crate) mod services;
mod task;
mod unsupported;
mod volumes;
mod wrapper;

use indexmap::{IndexMap, IndexSet};

use crate::compose::contents::Contents;
use crate::compose::{Project, Service};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::ecs::{ContainerDefinition, Volume};
use crate::environment::Environment;
use crate::explanation::Explanation;
use crate::facts::{Facts, Needs};
use crate::overlay::{Dns, Overlay, Repository, ServiceOverlay, decode_service};
use crate::source::{FileId, Span, Spanned};
use crate::stack::{self, Stack};
use connect::Connection;
use hosts::Addresses;
use placement::{Placement, TaskPlan};
use volumes::FileSystems;

/// What lowering reads. Nothing of it is changed.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a> {
    pub(crate) project: &'a Project,
    pub(crate) overlay: &'a Overlay,
    pub(crate) environment: &'a Environment,
    pub(crate) facts: &'a Facts,
    /// The texts of the files that [`files::wanted`] names.
    pub(crate) contents: &'a Contents,
    /// The commit, when the caller says.
    pub(crate) commit: Option<&'a str>,
    /// The files of the overlay: what stands there is said with AWS in mind.
    pub(crate) files: &'a [FileId],
}

/// What lowering has to say besides its result.
pub(crate) struct Findings<'a> {
    pub(crate) diagnostics: &'a mut Diagnostics,
    pub(crate) explanations: &'a mut Vec<Explanation>,
    /// What the facts were asked for and did not say.
    pub(crate) needs: &'a mut Needs,
    /// Ports at which services of the task are reached, by service, and who says so where.
    pub(crate) reached: IndexMap<(String, u16), Span>,
    /// Names of services of other tasks that some container uses.
    pub(crate) distant: Vec<connect::Use>,
    /// Replaced services that some container uses.
    pub(crate) used: IndexSet<String>,
    /// Databases and buckets of replaced services, by service, that another takes the place of, and where they are named.
    pub(crate) merged: IndexMap<(String, String), Span>,
}

impl<'a> Findings<'a> {
    pub(crate) fn new(
        diagnostics: &'a mut Diagnostics,
        explanations: &'a mut Vec<Explanation>,
        needs: &'a mut Needs,
    ) -> Self {
        Self {
            diagnostics,
            explanations,
            needs,
            reached: IndexMap::new(),
            distant: Vec::new(),
            used: IndexSet::new(),
            merged: IndexMap::new(),
        }
    }

    /// Notes where a value came from.
    fn explain(
        &mut self,
        span: Span,
        subject: String,
        change: (Option<String>, Option<String>),
        reason: impl Into<String>,
    ) {
        let (before, after) = change;
        self.explanations.push(Explanation { span, subject, before, after, reason: reason.into() });
    }
}

/// One service on its way into a container: everything that is decided about it, and about the others.
struct Scope<'a> {
    input: Input<'a>,
    service: &'a Service,
    overlay: &'a ServiceOverlay,
    placement: &'a Placement,
    addresses: &'a Addresses<'a>,
    file_systems: &'a FileSystems,
}

/// Lowers the project to everything its environment consists of.
pub(crate) fn lower(input: Input<'_>, findings: &mut Findings<'_>) -> Stack {
    let overlays = service_overlays(input.project, findings.diagnostics);
    let placement = placement::place(input.project, input.overlay, findings.diagnostics);
    let addresses = hosts::addresses(input, &placement, findings);
    let file_systems = volumes::file_systems(input.project, findings.diagnostics);
    volumes::report_shared(input.project, &placement, findings.diagnostics);
    unsupported::report_top(input, findings.diagnostics);
    lint::check_ways(input, findings.diagnostics);
    let ingress = routing::lower(input, &placement, findings);
    let scope = |name: &String| Scope {
        input,
        service: &input.project.services[name],
        overlay: &overlays[name],
        placement: &placement,
        addresses: &addresses,
        file_systems: &file_systems,
    };
    let plans = placement.tasks.iter();
    let scopes: Vec<Vec<Scope<'_>>> =
        plans.map(|it| it.services.iter().map(scope).collect()).collect();
    let containers: Vec<Made> =
        scopes.iter().map(|it| lower_containers(input, it, findings)).collect();
    let connections = connect::connections(input, &placement, &scopes, findings);
    let after = order::order(input, &placement, &connections, findings);
    let plans = placement.tasks.iter().zip(&scopes).zip(containers).zip(after);
    let tasks = plans.enumerate().map(|(index, (((plan, scopes), made), after))| {
        let task = lower_task(input, (plan, scopes), made, &connections[index], findings);
        stack::Task { after, ..task }
    });
    let tasks: Vec<stack::Task> = tasks.collect();
    let namespace = connect::namespace(input, &tasks, findings.diagnostics);
    placement::report_unused(&placement, findings);
    replacement::report_missing_role(input, &placement, findings);
    replacement::report_merged(&placement, findings);
    replacement::report_unmade(input, &placement, findings.diagnostics);
    ports::check_reached(&placement, findings);
    Stack { namespace, ..stack(input, tasks, ingress) }
}

/// The tasks and the ways to them, with what the overlay says of the environment as a whole.
fn stack(input: Input<'_>, tasks: Vec<stack::Task>, ingress: Vec<stack::Ingress>) -> Stack {
    let overlay = input.overlay;
    let references = |list: &[Spanned<String>], prefix: &str| {
        list.iter().map(|it| stack::Reference::parse(&it.value, prefix)).collect()
    };
    let dns = |it: &Dns| stack::Dns { zone: it.zone.value.clone(), weight: it.weight };
    let repository = |it: &Repository| {
        let Repository { name, tag_prefix, keep } = it.clone();
        stack::Repository { name, tag_prefix, keep }
    };
    Stack {
        environment: input.environment.clone(),
        commit: input.commit.map(str::to_owned),
        region: input.region().map(str::to_owned),
        account: input.account().map(str::to_owned),
        cluster: overlay.cluster.as_ref().map(|it| it.value.clone()),
        log_group: logging::log_group(input, &tasks),
        tasks,
        namespace: None,
        network: stack::Network {
            subnets: references(&overlay.network.subnets, "subnet-"),
            security_groups: references(&overlay.network.security_groups, "sg-"),
            public_ip: overlay.network.public_ip,
        },
        ingress,
        dns: overlay.dns.as_ref().map(dns),
        repositories: overlay.repositories.iter().map(repository).collect(),
    }
}

fn service_overlays(
    project: &Project,
    diagnostics: &mut Diagnostics,
) -> IndexMap<String, ServiceOverlay> {
    let decode = |service: &Service| decode_service(service.extension.as_ref(), diagnostics);
    project
        .services
        .values()
        .map(decode)
        .zip(project.services.keys())
        .map(|(it, name)| (name.clone(), it))
        .collect()
}

/// The containers of a task, the one that writes files before they start, and the volumes that they need.
struct Made {
    containers: Vec<ContainerDefinition>,
    helper: Option<ContainerDefinition>,
    volumes: Vec<Volume>,
}

fn lower_containers(input: Input<'_>, scopes: &[Scope<'_>], findings: &mut Findings<'_>) -> Made {
    ports::check_conflicts(scopes, findings.diagnostics);
    let mut volumes = volumes::TaskVolumes::default();
    let mut delivery = files::Delivery::new(scopes);
    let mut containers = Vec::new();
    for scope in scopes {
        unsupported::report(scope, findings.diagnostics);
        let mut container = container::lower(scope, findings);
        image::lower(scope, &mut container, findings);
        resources::lower(scope, &mut container, findings);
        environment::lower(scope, &mut container, findings);
        ports::lower(scope, &mut container, findings);
        logging::lower(scope, &mut container, findings);
        volumes::lower(scope, &mut container, &mut volumes, findings);
        healthcheck::lower(scope, &mut container, findings);
        depends_on::lower(scope, &mut container, findings);
        depends_on::settle_essential(scope, &mut container, findings);
        files::lower(scope, &mut container, (&mut volumes, &mut delivery), findings);
        containers.push(task::merge_raw(scope, container, findings.diagnostics));
    }
    // It ends before the others start, so the size of the task need not hold it.
    let helper = delivery.into_container(input, findings);
    Made { containers, helper, volumes: volumes.into_volumes() }
}

fn lower_task(
    input: Input<'_>,
    (plan, scopes): (&TaskPlan, &[Scope<'_>]),
    made: Made,
    connection: &Connection,
    findings: &mut Findings<'_>,
) -> stack::Task {
    let Made { mut containers, helper, volumes } = made;
    connect::lower(connection, scopes, &mut containers, findings);
    let size = resources::task_size(plan, scopes, (&containers, connection.is_used()), findings);
    let parts = task::Parts { containers, helper, volumes, size };
    let definition = task::finish(input, plan, scopes, parts, findings);
    lint::check(input, scopes, &definition, findings.diagnostics);
    stack::Task {
        name: plan.name.clone(),
        count: plan.count,
        spot: plan.spot,
        exec: exec::lower(input, plan, scopes, &definition, findings),
        shape: routing::shape(input, plan),
        connect: connect::configuration(input, connection, scopes, &definition, findings),
        uses: connection.uses.keys().copied().collect(),
        after: Vec::new(),
        definition,
    }
}

/// The name of a service as ECS takes it for a container: `[A-Za-z0-9_-]`.
fn container_name(service: &str) -> String {
    service.replace('.', "-")
}

fn report_missing(what: &str, span: Span, needed_by: &str, diagnostics: &mut Diagnostics) {
    let message = format!("the {what} is not known, and {needed_by} needs it");
    let diagnostic = Diagnostic::error(Code::MissingFact, span, message);
    let help = format!(
        "write `{what}:` under `x-ecs` in the overlay, or pass `--facts FILE` or `--online`"
    );
    diagnostics.report(diagnostic.help(help));
}

impl Input<'_> {
    fn region(&self) -> Option<&str> {
        self.overlay.region.as_ref().map(|it| it.value.as_str()).or(self.facts.region.as_deref())
    }

    fn account(&self) -> Option<&str> {
        self.overlay.account.as_ref().map(|it| it.value.as_str()).or(self.facts.account.as_deref())
    }

    /// The region, for what cannot do without; a missing one is reported once, with the ways to say it.
    fn required_region(
        &self,
        span: Span,
        needed_by: &str,
        findings: &mut Findings<'_>,
    ) -> Option<String> {
        if self.region().is_none() {
            findings.needs.region = true;
            report_missing("region", span, needed_by, findings.diagnostics);
        }
        self.region().map(str::to_owned)
    }

    /// The account, as the region.
    fn required_account(
        &self,
        span: Span,
        needed_by: &str,
        findings: &mut Findings<'_>,
    ) -> Option<String> {
        if self.account().is_none() {
            findings.needs.account = true;
            report_missing("account", span, needed_by, findings.diagnostics);
        }
        self.account().map(str::to_owned)
    }

    /// The place for what the overlay lacks.
    fn overlay_span(&self) -> Span {
        self.overlay.span.unwrap_or(self.project.span)
    }

    /// Whether other branches mean the same by a name of the overlay: the branch is no part of it. In whole words, or
    /// `/ecs/domain` would be of `main`, and however they are joined.
    fn is_shared(&self, name: &str) -> bool {
        let words = |text: &str| {
            let text = text.to_lowercase().replace(|it: char| !it.is_ascii_alphanumeric(), "-");
            format!("-{text}-")
        };
        let own = [Some(&self.environment.name), self.environment.slug.as_ref()];
        let is_own = own.into_iter().flatten().any(|it| words(name).contains(&words(it)));
        self.environment.slug.is_some() && !is_own
    }

    /// `arn:aws:…`, with the partition of the region.
    fn arn(&self, service: &str, region: &str, account: &str, resource: &str) -> String {
        let partition = match self.region() {
            Some(region) if region.starts_with("cn-") => "aws-cn",
            Some(region) if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}
