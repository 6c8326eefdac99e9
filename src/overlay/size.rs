//! `size`: what a task gets of CPU, memory and disk.

use super::{count, ranged};
use crate::diagnostic::{Diagnostics, Reported};
use crate::source::Spanned;
use crate::yaml::Node;
use crate::yaml::decode::Fields;

/// A task size as far as it is given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Size {
    /// CPU units.
    pub(crate) cpu: Option<Spanned<u32>>,
    /// MiB.
    pub(crate) memory: Option<Spanned<u32>>,
    /// Ephemeral storage in GiB, 21 to 200; 20 come with every task (`ecs-rules.md`, Task size).
    pub(crate) storage: Option<Spanned<u32>>,
}

pub(super) fn decode(node: &Node, diagnostics: &mut Diagnostics) -> Result<Size, Reported> {
    let mut fields = Fields::new(node, "`size`", diagnostics)?;
    let cpu = count(fields.get("cpu"), "`cpu`", diagnostics);
    let memory = count(fields.get("memory"), "`memory`", diagnostics);
    let storage = ranged(fields.get("storage"), "`storage`", 21..=200, diagnostics);
    fields.finish(diagnostics);
    Ok(Size { cpu, memory, storage })
}
