//! `platform`: what the tasks run on.

use super::{flag, text};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Reported};
use crate::source::Spanned;
use crate::yaml::Node;
use crate::yaml::decode::Fields;

/// What the tasks run on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Platform {
    /// `arm64` or `x86_64`.
    pub(crate) architecture: Option<Spanned<Architecture>>,
    pub(crate) spot: bool,
}

/// A processor architecture of Fargate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Architecture {
    Arm64,
    X86_64,
}

pub(super) fn decode(node: &Node, diagnostics: &mut Diagnostics) -> Result<Platform, Reported> {
    let mut fields = Fields::new(node, "`platform`", diagnostics)?;
    let architecture = decode_architecture(fields.get("architecture"), diagnostics);
    let spot = flag(fields.get("spot"), "`spot`", diagnostics);
    fields.finish(diagnostics);
    Ok(Platform { architecture, spot })
}

/// The names of Fargate and of Docker; another one is reported and counts as absent.
pub(super) fn decode_architecture(
    node: Option<&Node>,
    diagnostics: &mut Diagnostics,
) -> Option<Spanned<Architecture>> {
    let written = text(node, "`architecture`", diagnostics)?;
    let known = match written.value.to_lowercase().as_str() {
        "arm64" | "aarch64" => Some(Architecture::Arm64),
        "x86_64" | "amd64" => Some(Architecture::X86_64),
        _ => None,
    };
    if known.is_none() {
        let message = format!("Fargate has no architecture `{}`", written.value);
        let diagnostic = Diagnostic::error(Code::InvalidValue, written.span, message);
        diagnostics.report(diagnostic.help("write `arm64` or `x86_64`"));
    }
    Some(Spanned::new(known?, written.span))
}
