//! `ecs-params.yml` of ecs-cli -> entries of the overlay: every field of its schema (`ecs-cli.md`, 2), translated or named
//! with the reason why it has no meaning on Fargate.

mod arns;
mod service;
mod text;
mod volume;

use std::path::Path;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

use super::page::{Entry, wrap};
use crate::compose::{Context, Project, read_documents};
use crate::diagnostic::{
    Code, Diagnostic, Diagnostics, Reported, Severity, did_you_mean, sentence,
};
use crate::source::Spanned;
use crate::surroundings::Surroundings;
use crate::yaml::Node;
use crate::yaml::decode::{Fields, list, mapping, string, strings};

/// What the file says, in the words of the overlay.
#[derive(Clone, Debug, Default)]
pub(super) struct Carried {
    pub(super) surroundings: Surroundings,
    /// Raw fields of the task definition.
    pub(super) task_definition: Map<String, Json>,
    pub(super) services: IndexMap<String, CarriedService>,
    /// `x-ecs` of volumes, by name.
    pub(super) volumes: IndexMap<String, Json>,
    /// What has no meaning on Fargate, a sentence each.
    pub(super) remarks: Vec<String>,
}

/// What the file says of one service.
#[derive(Clone, Debug, Default)]
pub(super) struct CarriedService {
    /// Keys of Compose.
    pub(super) compose: Vec<Entry>,
    /// Keys of `x-ecs`.
    pub(super) extension: Vec<Entry>,
    /// Raw fields of the container definition.
    pub(super) container_definition: Map<String, Json>,
}

/// Reads the file. Keys and services that do not exist are warned about: ecs-cli passed over them without a word.
/// What is `given` is known already.
pub(super) fn read(
    path: &Path,
    project: &Project,
    given: &Surroundings,
    context: &mut Context<'_>,
) -> Result<Carried, Reported> {
    let path = context.directory.join(path);
    let (_, mut documents) = read_documents(&path, None, context)?;
    let mut found = Diagnostics::default();
    let mut reader = Reader { project, carried: Carried::default(), diagnostics: &mut found };
    let mut named = arns::Named::default();
    for document in &mut documents {
        text::expand(document, context);
        let _ = reader.file(document);
        named.read(document);
    }
    let mut carried = reader.carried;
    let (account, region) = named.settle(given, &mut found);
    carried.surroundings = Surroundings { region, account, ..carried.surroundings };
    let errors = context.diagnostics.errors();
    for diagnostic in found.iter().cloned() {
        context.diagnostics.add(softened(diagnostic));
    }
    context.diagnostics.check_since(errors)?;
    Ok(carried)
}

/// A key that ecs-cli did not know either takes nothing away from what it did.
fn softened(diagnostic: Diagnostic) -> Diagnostic {
    if diagnostic.code != Code::UnknownKey {
        return diagnostic;
    }
    let warning = Diagnostic { severity: Severity::Warning, ..diagnostic };
    warning.help("ecs-cli passed over it without a word, and so it is left out")
}

struct Reader<'a> {
    project: &'a Project,
    carried: Carried,
    diagnostics: &'a mut Diagnostics,
}

impl Reader<'_> {
    fn file(&mut self, node: &Node) -> Result<(), Reported> {
        let mut fields = Fields::new(node, "the top level of `ecs-params.yml`", self.diagnostics)?;
        fields.get("version");
        let definition = fields.get("task_definition");
        let run = fields.get("run_params");
        fields.finish(self.diagnostics);
        if let Some(node) = definition {
            self.task_definition(node)?;
        }
        run.map_or(Ok(()), |it| self.run_params(it))
    }

    fn task_definition(&mut self, node: &Node) -> Result<(), Reported> {
        let mut fields = Fields::new(node, "`task_definition`", self.diagnostics)?;
        let [network, role, execution, pid, ipc] = [
            fields.get("ecs_network_mode"),
            fields.get("task_role_arn"),
            fields.get("task_execution_role"),
            fields.get("pid_mode"),
            fields.get("ipc_mode"),
        ];
        let (size, services) = (fields.get("task_size"), fields.get("services"));
        let (docker, efs) = (fields.get("docker_volumes"), fields.get("efs_volumes"));
        let placement = fields.get("placement_constraints");
        fields.finish(self.diagnostics);
        self.carried.surroundings.task_role = self.text(role, "`task_role_arn`");
        self.carried.surroundings.execution_role = self.text(execution, "`task_execution_role`");
        self.modes((network, pid, ipc));
        size.map_or(Ok(()), |it| self.task_size(it))?;
        services.map_or(Ok(()), |it| self.services(it))?;
        if let Some(names) = docker.map(|it| self.names(it, "docker_volumes")).transpose()? {
            self.remark(format!(
                "`docker_volumes` ({names}): Fargate has no volumes of a host. A named volume lives as long as its task, one of EFS outlives it."
            ));
        }
        efs.map_or(Ok(()), |it| self.efs_volumes(it))?;
        if placement.is_some() {
            self.remark(
                "`placement_constraints`: Fargate chooses where a task runs; `subnets` say in which zones.",
            );
        }
        Ok(())
    }

    /// The modes of namespaces.
    fn modes(&mut self, (network, pid, ipc): (Option<&Node>, Option<&Node>, Option<&Node>)) {
        let network = self.text(network, "`ecs_network_mode`").filter(|it| it != "awsvpc");
        if let Some(mode) = network {
            self.remark(format!("`ecs_network_mode: {mode}`: on Fargate every task has `awsvpc`."));
        }
        match self.text(pid, "`pid_mode`").as_deref() {
            Some("task") => {
                self.carried.task_definition.insert("pidMode".to_owned(), Json::from("task"));
            }
            Some(mode) => self.remark(format!("`pid_mode: {mode}`: Fargate has `task` alone.")),
            None => {}
        }
        if let Some(mode) = self.text(ipc, "`ipc_mode`") {
            self.remark(format!("`ipc_mode: {mode}`: Fargate does not share IPC namespaces."));
        }
    }

    fn task_size(&mut self, node: &Node) -> Result<(), Reported> {
        let mut fields = Fields::new(node, "`task_size`", self.diagnostics)?;
        let (cpu, memory) = (fields.get("cpu_limit"), fields.get("mem_limit"));
        fields.finish(self.diagnostics);
        let given = |it: Option<&Node>| it.and_then(text::scalar);
        if let Some(cpu) = given(cpu) {
            match text::cpu_units(&cpu.value) {
                Some(units) => self.carried.surroundings.cpu = Some(units),
                None => self.refuse(&cpu, "`cpu_limit`", "write CPU units (`256`) or `0.25 vCPU`"),
            }
        }
        if let Some(memory) = given(memory) {
            match text::task_memory(&memory.value) {
                Some(mebibytes) => self.carried.surroundings.memory = Some(mebibytes),
                None => self.refuse(&memory, "`mem_limit`", "write MiB (`512`) or `2GB`"),
            }
        }
        Ok(())
    }

    fn run_params(&mut self, node: &Node) -> Result<(), Reported> {
        let mut fields = Fields::new(node, "`run_params`", self.diagnostics)?;
        let network = fields.get("network_configuration");
        let (placement, discovery) =
            (fields.get("task_placement"), fields.get("service_discovery"));
        fields.finish(self.diagnostics);
        if let Some(node) = network {
            let mut fields = Fields::new(node, "`network_configuration`", self.diagnostics)?;
            let configuration = fields.get("awsvpc_configuration");
            fields.finish(self.diagnostics);
            configuration.map_or(Ok(()), |it| self.network(it))?;
        }
        if placement.is_some() {
            self.remark("`task_placement`: Fargate chooses where a task runs.");
        }
        if discovery.is_some() {
            self.remark(
                "`service_discovery`: tasks of an environment reach each other by the names of their services, through Service Connect. An existing namespace is named with `service_connect: { namespace: NAME }`.",
            );
        }
        Ok(())
    }

    fn network(&mut self, node: &Node) -> Result<(), Reported> {
        let mut fields = Fields::new(node, "`awsvpc_configuration`", self.diagnostics)?;
        let (subnets, groups) = (fields.get("subnets"), fields.get("security_groups"));
        let public = fields.get("assign_public_ip");
        fields.finish(self.diagnostics);
        let mut ids = |node: Option<&Node>, owner: &str| -> Vec<String> {
            let ids = node.and_then(|it| strings(it, owner, self.diagnostics).ok());
            ids.unwrap_or_default().into_iter().map(|it| it.value).collect()
        };
        self.carried.surroundings.subnets = ids(subnets, "`subnets`");
        self.carried.surroundings.security_groups = ids(groups, "`security_groups`");
        let public = self.switch(public, "`assign_public_ip`");
        // Without a word of it ECS gives no address.
        self.carried.surroundings.public_ip = Some(public.unwrap_or(false));
        Ok(())
    }

    /// `ENABLED` or `DISABLED`.
    fn switch(&mut self, node: Option<&Node>, owner: &str) -> Option<bool> {
        let word = text::scalar(node?)?;
        match word.value.to_ascii_uppercase().as_str() {
            "ENABLED" => Some(true),
            "DISABLED" | "" => Some(false),
            _ => {
                self.refuse(&word, owner, "write `ENABLED` or `DISABLED`");
                None
            }
        }
    }

    fn text(&mut self, node: Option<&Node>, owner: &str) -> Option<String> {
        let text = string(node?, owner, self.diagnostics).ok()?;
        Some(text.value).filter(|it| !it.is_empty())
    }

    fn refuse(&mut self, found: &Spanned<String>, owner: &str, help: &str) {
        let message = format!("{owner} cannot be `{}`", found.value);
        let error = Diagnostic::error(Code::InvalidValue, found.span, message);
        self.diagnostics.report(error.help(help));
    }

    /// With the service that was meant, else with all there are.
    fn with_services(&self, warning: Diagnostic, name: &str) -> Diagnostic {
        let known = self.project.services.keys().chain(self.project.disabled.keys());
        let known: Vec<&str> = known.map(String::as_str).collect();
        warning.help(match did_you_mean(name, known.iter().copied()) {
            Some(candidate) => format!("did you mean `{candidate}`?"),
            None => format!("the project has {}", sentence(&known)),
        })
    }

    fn remark(&mut self, text: impl Into<String>) {
        self.carried.remarks.push(text.into());
    }

    /// The names of the items of a list, for a sentence.
    fn names(&mut self, node: &Node, key: &str) -> Result<String, Reported> {
        let items = list(node, &format!("`{key}`"), self.diagnostics)?;
        let names: Vec<&str> = items.iter().filter_map(|it| it.get("name")?.as_str()).collect();
        Ok(sentence(&names))
    }

    fn services(&mut self, node: &Node) -> Result<(), Reported> {
        for (name, entry) in mapping(node, "`services`", self.diagnostics)? {
            let project = self.project;
            if !project.services.contains_key(name) && !project.disabled.contains_key(name) {
                let message =
                    format!("`ecs-params.yml` names the service `{name}`, which does not exist");
                let warning =
                    Diagnostic::warning(Code::UndefinedReference, entry.key_span, message);
                self.diagnostics.add(self.with_services(warning, name));
                continue;
            }
            if entry.node.is_null() {
                let message = format!(
                    "nothing is said of `{name}`, which ecs-cli took for `essential: false`"
                );
                let warning = Diagnostic::warning(Code::IgnoredKey, entry.key_span, message);
                self.diagnostics.add(
                    warning.help(
                        "write `x-ecs: { essential: false }` in the overlay if that is meant",
                    ),
                );
                continue;
            }
            let service = self.service(name, &entry.node)?;
            self.carried.services.insert(name.clone(), service);
        }
        Ok(())
    }
}

/// Lines about what did not come along.
pub(super) fn remarks(carried: &Carried) -> Option<Entry> {
    if carried.remarks.is_empty() {
        return None;
    }
    let mut lines = wrap("Of ecs-params.yml, without a meaning on Fargate:");
    lines.extend(carried.remarks.iter().flat_map(|it| wrap(it)));
    Some(Entry::comments(lines))
}
