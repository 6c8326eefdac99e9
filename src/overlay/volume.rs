//! `x-ecs` of a volume: the file system of Amazon EFS that holds what it keeps.

use super::{checked, incomplete, switch};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Reported};
use crate::source::{Span, Spanned};
use crate::yaml::Node;
use crate::yaml::decode::Fields;

/// A file system and the way into it.
#[derive(Clone, Debug)]
pub(crate) struct FileSystem {
    /// `fs-…`.
    pub(crate) id: Spanned<String>,
    /// `fsap-…`.
    pub(crate) access_point: Option<Spanned<String>>,
    /// The folder that becomes the volume.
    pub(crate) root: Option<Spanned<String>>,
    /// Whether the task role decides what the task may do.
    pub(crate) iam: Option<Spanned<bool>>,
    pub(crate) is_encrypted: bool,
}

/// Decodes the block of one volume.
pub(crate) fn decode(node: &Node, diagnostics: &mut Diagnostics) -> Result<FileSystem, Reported> {
    let before = diagnostics.errors();
    let mut fields = Fields::new(node, "`x-ecs` of a volume", diagnostics)?;
    let file_system =
        (|it: &str| is_id(it, "fs-"), "a file system is called like `fs-0123456789abcdef0`");
    let point =
        (|it: &str| is_id(it, "fsap-"), "an access point is called like `fsap-0123456789abcdef0`");
    let absolute = (
        |it: &str| it.starts_with('/'),
        "write the path from the root of the file system, as in `/uploads`",
    );
    let id = checked(fields.get("efs"), "`efs`", file_system, diagnostics);
    let access_point = checked(fields.get("access_point"), "`access_point`", point, diagnostics);
    let root = checked(fields.get("root"), "`root`", absolute, diagnostics);
    let iam = switch(fields.get("iam"), "`iam`", diagnostics);
    let encryption = switch(fields.get("transit_encryption"), "`transit_encryption`", diagnostics);
    fields.finish(diagnostics);
    let Some(id) = id else {
        return Err(incomplete(node, "`x-ecs` of a volume", &["efs"], before, diagnostics));
    };
    let iam = iam.filter(|it| it.value);
    let is_encrypted = encryption.as_ref().is_none_or(|it| it.value);
    let system = FileSystem { id, access_point, root, iam, is_encrypted };
    check(&system, encryption.map(|it| it.span), diagnostics);
    diagnostics.check_since(before)?;
    Ok(system)
}

/// The rules that ECS has for these fields together (`ecs-rules.md`, Volumes).
fn check(system: &FileSystem, encryption: Option<Span>, diagnostics: &mut Diagnostics) {
    let needs = [
        (system.iam.as_ref().map(|it| it.span), "IAM authorization"),
        (system.access_point.as_ref().map(|it| it.span), "an access point"),
    ];
    if let Some(span) = encryption.filter(|_| !system.is_encrypted) {
        for (place, what) in needs.into_iter().filter_map(|(it, what)| Some((it?, what))) {
            let message = format!("{what} needs encryption in transit");
            let diagnostic = Diagnostic::error(Code::FargateRule, span, message);
            let help = "leave `transit_encryption` out: it is on by default";
            diagnostics.report(diagnostic.label(place, "asked for here").help(help));
        }
    }
    if let (Some(point), Some(root)) = (&system.access_point, &system.root)
        && root.value != "/"
    {
        let message = "an access point has a root of its own";
        let diagnostic = Diagnostic::error(Code::FargateRule, root.span, message);
        let diagnostic = diagnostic.label(point.span, "the access point");
        diagnostics.report(diagnostic.help("take `root` or `access_point` out"));
    }
}

/// A prefix and hexadecimal digits, 8 or 17 of them on AWS.
fn is_id(text: &str, prefix: &str) -> bool {
    let digits = text.strip_prefix(prefix).unwrap_or_default();
    let legal = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
    (8..=40).contains(&digits.len()) && digits.bytes().all(legal)
}
