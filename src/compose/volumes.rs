//! `volumes` and `tmpfs`: what a service mounts.

use indexmap::IndexMap;

use super::Unread;
use super::volume_syntax::{self, VolumeKind, VolumeSpec};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::{Span, Spanned};
use crate::yaml::{Mapping, Node, Value, set};

/// A volume of the top level, as far as it is more than a name.
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    /// Where it says that something outside of Compose holds the data: `external`, or the options of a driver.
    pub(crate) kept_elsewhere: Option<Span>,
    /// Its `x-ecs`, which says where it outlives a task.
    pub(crate) extension: Option<Node>,
}

/// Decodes the top-level section.
pub(super) fn definitions(section: Mapping) -> IndexMap<String, Definition> {
    let decoded = section.into_iter().map(|(name, entry)| {
        let written = |key: &str| entry.node.as_mapping()?.get(key);
        let external = written("external").filter(|it| it.node.value == Value::Bool(true));
        let options = written("driver_opts")
            .filter(|it| it.node.as_mapping().is_some_and(|it| !it.is_empty()));
        let definition = Definition {
            kept_elsewhere: external.or(options).map(|it| it.key_span),
            extension: written("x-ecs").map(|it| it.node.clone()),
        };
        (name, definition)
    });
    decoded.collect()
}

/// One mount of a container.
#[derive(Clone, Debug)]
pub(crate) struct Mount {
    pub(crate) kind: MountKind,
    /// Folder of the host, name of the volume, or nothing.
    pub(crate) source: Option<String>,
    /// Path in the container.
    pub(crate) target: String,
    pub(crate) read_only: bool,
    /// The folder of the volume that is mounted, when it is not all of it.
    pub(crate) subpath: Option<Spanned<String>>,
    /// Whether a new volume stays empty, instead of getting what the image has there.
    pub(crate) nocopy: bool,
    /// Bytes of a tmpfs.
    pub(crate) tmpfs_size: Option<u64>,
    pub(crate) span: Span,
}

/// The types of mount that matter to a container without a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MountKind {
    Bind,
    Volume,
    Tmpfs,
    /// Named pipes, cluster volumes, images.
    Other,
}

/// Short items become long ones.
pub(super) fn canonical(node: &mut Node, unread: Unread, diagnostics: &mut Diagnostics) {
    let Value::Sequence(items) = &mut node.value else {
        return;
    };
    items.retain_mut(|item| {
        let Some(short) = item.as_str() else {
            return canonical_long(item, diagnostics);
        };
        match volume_syntax::parse_short(short) {
            Ok(spec) => {
                warn_drive_letter(&spec, item.span, diagnostics);
                item.value = Value::from(spec_mapping(&spec, item.span));
                true
            }
            Err(_) if unread == Unread::Kept => true,
            Err(error) => {
                let diagnostic = Diagnostic::error(Code::InvalidValue, item.span, error.message);
                let unset = item.history.as_ref().and_then(|it| it.unset.first());
                diagnostics.report(match (unset, error.help) {
                    (Some(name), _) => diagnostic.help(format!("the variable `{name}` is not set")),
                    (None, Some(help)) => diagnostic.help(help),
                    (None, None) => {
                        diagnostic.help("a volume is written `[SOURCE:]TARGET[:OPTIONS]`")
                    }
                });
                false
            }
        }
    });
}

/// The long form needs a target, which loses its `.` and `..`.
fn canonical_long(item: &mut Node, diagnostics: &mut Diagnostics) -> bool {
    if let Some(Value::String(target)) = item.get_mut("target").map(|it| &mut it.value) {
        *target = volume_syntax::clean_target(target);
        return true;
    }
    let message = "a volume in long form needs a `target`";
    diagnostics.report(Diagnostic::error(Code::InvalidValue, item.span, message));
    false
}

fn warn_drive_letter(spec: &VolumeSpec, span: Span, diagnostics: &mut Diagnostics) {
    if spec.drive_letter {
        let message = format!(
            "Docker Compose takes the letter before `:` for a Windows drive: the target is `{}`",
            spec.target
        );
        let warning = Diagnostic::warning(Code::InvalidValue, span, message);
        diagnostics.add(warning.help("give the volume a name of at least two letters"));
    }
}

fn spec_mapping(spec: &VolumeSpec, span: Span) -> Mapping {
    let mut mapping = Mapping::new();
    let text = |it: &str| Node::string(it, span);
    let truth = || Node::new(Value::Bool(true), span);
    set(&mut mapping, "type", text(spec.kind.name()));
    if !spec.source.is_empty() {
        set(&mut mapping, "source", text(&spec.source));
    }
    set(&mut mapping, "target", text(&spec.target));
    if spec.read_only {
        set(&mut mapping, "read_only", truth());
    }
    // What concerns the host stands under `bind`, whatever the type.
    let mut bind = Mapping::new();
    if spec.create_host_path {
        set(&mut bind, "create_host_path", truth());
    }
    for (key, value) in [("propagation", &spec.propagation), ("selinux", &spec.selinux)] {
        if !value.is_empty() {
            set(&mut bind, key, text(value));
        }
    }
    let mut volume = Mapping::new();
    if spec.nocopy {
        set(&mut volume, "nocopy", truth());
    }
    if spec.kind == VolumeKind::Bind || !bind.is_empty() {
        set(&mut mapping, "bind", Node::new(Value::from(bind), span));
    }
    if spec.volume_section {
        set(&mut mapping, "volume", Node::new(Value::from(volume), span));
    }
    mapping
}

/// Decodes the canonical form.
pub(super) fn decode(node: &Node) -> Vec<Mount> {
    node.as_sequence().unwrap_or_default().iter().filter_map(decode_mount).collect()
}

fn decode_mount(item: &Node) -> Option<Mount> {
    let kind = match item.get("type").and_then(Node::as_str) {
        Some("bind") => MountKind::Bind,
        Some("volume") => MountKind::Volume,
        Some("tmpfs") => MountKind::Tmpfs,
        _ => MountKind::Other,
    };
    let text = |key: &str| item.get(key).and_then(Node::as_str).map(str::to_owned);
    let target = text("target")?;
    let read_only = item.get("read_only").is_some_and(|it| it.value == Value::Bool(true));
    let size = item.get("tmpfs").and_then(|it| it.get("size"));
    let tmpfs_size = size.and_then(super::resources::bytes_of);
    let volume = |key: &str| item.get("volume").and_then(|it| it.get(key));
    let nocopy = volume("nocopy").is_some_and(|it| it.value == Value::Bool(true));
    let subpath = volume("subpath").and_then(|it| {
        let path = it.as_str().filter(|it| !it.is_empty())?;
        Some(Spanned::new(path.to_owned(), it.span))
    });
    let (source, span) = (text("source"), item.span);
    Some(Mount { kind, source, target, read_only, subpath, nocopy, tmpfs_size, span })
}

/// Decodes `tmpfs`: `PATH[:size=…]`.
pub(super) fn decode_tmpfs(node: &Node) -> Vec<Spanned<String>> {
    let items = node.as_sequence().unwrap_or_default();
    items.iter().filter_map(|it| Some(Spanned::new(it.as_str()?.to_owned(), it.span))).collect()
}
