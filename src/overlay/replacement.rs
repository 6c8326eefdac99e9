//! `replace`: local stand-ins, and what takes their place.

use indexmap::IndexMap;

use super::secret_reference::SecretReference;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Reported};
use crate::source::{Span, Spanned};
use crate::yaml::Node;
use crate::yaml::decode::{Fields, mapping, string};

/// What becomes of a service that only exists locally.
#[derive(Clone, Debug)]
pub(crate) struct Replacement {
    pub(crate) target: Target,
    /// Secrets for the services that used the stand-in.
    pub(crate) secrets: IndexMap<String, Spanned<SecretReference>>,
    /// Variables for the services that used the stand-in.
    pub(crate) environment: IndexMap<String, Spanned<String>>,
    /// Where the service's name stands in the overlay.
    pub(crate) span: Span,
}

/// What takes the place of a stand-in.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// Nothing.
    Drop,
    /// An RDS instance or cluster by its identifier; its endpoint is a fact.
    Rds(Spanned<String>),
    /// An address that is known already.
    Address { host: Spanned<String>, port: Option<Spanned<u16>> },
}

pub(super) fn decode_all(
    node: &Node,
    diagnostics: &mut Diagnostics,
) -> Result<IndexMap<String, Replacement>, Reported> {
    let mut replacements = IndexMap::new();
    for (name, entry) in mapping(node, "`replace`", diagnostics)? {
        if let Ok(replacement) = decode(name, &entry.node, entry.key_span, diagnostics) {
            replacements.insert(name.clone(), replacement);
        }
    }
    Ok(replacements)
}

fn decode(
    name: &str,
    node: &Node,
    span: Span,
    diagnostics: &mut Diagnostics,
) -> Result<Replacement, Reported> {
    if node.as_str() == Some("drop") {
        return Ok(Replacement {
            target: Target::Drop,
            secrets: IndexMap::new(),
            environment: IndexMap::new(),
            span,
        });
    }
    let owner = format!("the replacement of `{name}`");
    if node.as_mapping().is_none() {
        let message = format!("{owner} must be `drop` or a mapping, not {}", node.kind());
        let diagnostic = Diagnostic::error(Code::WrongType, node.span, message);
        return Err(diagnostics.report(
            diagnostic.help("for example `{ rds: staging-db }` or `{ host: db.example.com }`"),
        ));
    }
    let before = diagnostics.errors();
    let mut fields = Fields::new(node, &owner, diagnostics)?;
    let rds = super::text(fields.get("rds"), "`rds`", diagnostics);
    let host = super::text(fields.get("host"), "`host`", diagnostics);
    let port = super::port(fields.get("port"), diagnostics);
    let secrets =
        super::section(fields.get("secrets"), super::service::decode_secrets, diagnostics);
    let environment = super::section(fields.get("environment"), decode_environment, diagnostics);
    fields.finish(diagnostics);
    let target = match (rds, host) {
        (Some(rds), None) => Target::Rds(rds),
        (None, Some(host)) => Target::Address { host, port },
        (None, None) => {
            // What was given and is wrong is reported already.
            diagnostics.check_since(before)?;
            let message = format!("{owner} does not say what takes its place");
            let diagnostic = Diagnostic::error(Code::InvalidValue, node.span, message);
            let help = "write `rds: IDENTIFIER`, `host: NAME`, or `drop` instead of the mapping";
            return Err(diagnostics.report(diagnostic.help(help)));
        }
        (Some(rds), Some(host)) => {
            let message = format!("{owner} names both a database and a host");
            let diagnostic = Diagnostic::error(Code::InvalidValue, host.span, message);
            return Err(diagnostics
                .report(diagnostic.label(rds.span, "the database").help("keep one of them")));
        }
    };
    Ok(Replacement { target, secrets, environment, span })
}

fn decode_environment(
    node: &Node,
    diagnostics: &mut Diagnostics,
) -> Result<IndexMap<String, Spanned<String>>, Reported> {
    let mut variables = IndexMap::new();
    for (name, entry) in mapping(node, "`environment`", diagnostics)? {
        if let Ok(value) = string(&entry.node, &format!("`{name}`"), diagnostics) {
            variables.insert(name.clone(), value);
        }
    }
    Ok(variables)
}
