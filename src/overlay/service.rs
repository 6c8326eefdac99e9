//! The `x-ecs` of one service.

use indexmap::IndexMap;

use super::raw::Raw;
use super::secret_reference::{self, SecretReference};
use crate::diagnostic::{Diagnostics, Reported};
use crate::source::Spanned;
use crate::yaml::Node;
use crate::yaml::decode::{Fields, boolean, mapping, strings};

/// What one service needs on ECS beyond Compose.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServiceOverlay {
    /// CPU units.
    pub(crate) cpu: Option<Spanned<u32>>,
    /// The most it may take, in MiB.
    pub(crate) memory: Option<Spanned<u32>>,
    /// What it is promised, in MiB.
    pub(crate) memory_reservation: Option<Spanned<u32>>,
    /// Whether the task stops when this container does.
    pub(crate) essential: Option<bool>,
    pub(crate) secrets: IndexMap<String, Spanned<SecretReference>>,
    pub(crate) hosts: Hosts,
    /// Whether the names of the task's services are written into `/etc/hosts`.
    pub(crate) hosts_file: Option<Spanned<bool>>,
    /// Paths in the container of bind-mounted files that it gets.
    pub(crate) files: Vec<Spanned<String>>,
    /// Raw fields of ECS's `ContainerDefinition`.
    pub(crate) container_definition: Option<Raw>,
}

/// Variables, labels and commands whose host names are rewritten, or left, whatever their text looks like.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts {
    pub(crate) rewrite: Vec<Spanned<String>>,
    pub(crate) keep: Vec<Spanned<String>>,
}

pub(super) fn decode(
    node: &Node,
    diagnostics: &mut Diagnostics,
) -> Result<ServiceOverlay, Reported> {
    let mut fields = Fields::new(node, "`x-ecs` of a service", diagnostics)?;
    let overlay = ServiceOverlay {
        cpu: super::count(fields.get("cpu"), "`cpu`", diagnostics),
        memory: super::count(fields.get("memory"), "`memory`", diagnostics),
        memory_reservation: super::count(
            fields.get("memory_reservation"),
            "`memory_reservation`",
            diagnostics,
        ),
        essential: fields
            .get("essential")
            .and_then(|it| boolean(it, "`essential`", diagnostics).ok()),
        secrets: super::section(fields.get("secrets"), decode_secrets, diagnostics),
        hosts: super::section(fields.get("hosts"), decode_hosts, diagnostics),
        hosts_file: super::switch(fields.get("hosts_file"), "`hosts_file`", diagnostics)
            .filter(|it| it.value),
        files: super::section(
            fields.get("files"),
            |it, sink| strings(it, "`files`", sink),
            diagnostics,
        ),
        container_definition: fields
            .get("container_definition")
            .and_then(|it| Raw::decode(it, "`container_definition`", diagnostics)),
    };
    fields.finish(diagnostics);
    Ok(overlay)
}

pub(super) fn decode_hosts(node: &Node, diagnostics: &mut Diagnostics) -> Result<Hosts, Reported> {
    let mut fields = Fields::new(node, "`hosts`", diagnostics)?;
    let rewrite = super::section(
        fields.get("rewrite"),
        |it, sink| strings(it, "`rewrite`", sink),
        diagnostics,
    );
    let keep =
        super::section(fields.get("keep"), |it, sink| strings(it, "`keep`", sink), diagnostics);
    fields.finish(diagnostics);
    Ok(Hosts { rewrite, keep })
}

/// `NAME: reference` pairs.
pub(super) fn decode_secrets(
    node: &Node,
    diagnostics: &mut Diagnostics,
) -> Result<IndexMap<String, Spanned<SecretReference>>, Reported> {
    let mut secrets = IndexMap::new();
    for (name, entry) in mapping(node, "`secrets`", diagnostics)? {
        if let Ok(reference) = secret_reference::decode(&entry.node, diagnostics) {
            secrets.insert(name.clone(), reference);
        }
    }
    Ok(secrets)
}
