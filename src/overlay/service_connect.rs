//! `service_connect`: where tasks find the names of each other.

use super::checked;
use crate::diagnostic::{Diagnostics, Reported};
use crate::source::Spanned;
use crate::yaml::Node;
use crate::yaml::decode::Fields;

/// What is said of Service Connect.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServiceConnect {
    /// A Cloud Map namespace that is there already, by name or ARN; without it each environment has its own.
    pub(crate) namespace: Option<Spanned<String>>,
}

pub(super) fn decode(
    node: &Node,
    diagnostics: &mut Diagnostics,
) -> Result<ServiceConnect, Reported> {
    let mut fields = Fields::new(node, "`service_connect`", diagnostics)?;
    // ECS and Cloud Map take any visible ASCII; what begins like an ARN has to be one of a namespace.
    let fits = |it: &str| {
        let is_visible =
            (1..=1024).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_graphic());
        is_visible && (!it.starts_with("arn:") || it.contains(":namespace/"))
    };
    let help = "write the name of a Cloud Map namespace, or its ARN: `arn:aws:servicediscovery:…:namespace/ns-…`";
    let namespace = checked(fields.get("namespace"), "`namespace`", (fits, help), diagnostics);
    fields.finish(diagnostics);
    Ok(ServiceConnect { namespace })
}
