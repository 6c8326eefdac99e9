//! What must hold inside of one service.

use std::collections::BTreeMap;

use super::items;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Span;
use crate::yaml::{Entry, Node, Value};

/// Reports what a service lacks and where it contradicts itself.
pub(super) fn check(name: &str, entry: &Entry, diagnostics: &mut Diagnostics) {
    let service = &entry.node;
    check_image(name, entry, diagnostics);
    check_build(service, diagnostics);
    check_network_mode(name, service, diagnostics);
    for (one, other) in TWICE {
        check_twice(name, service, one, other, diagnostics);
    }
    check_scale(name, service, diagnostics);
    check_watches(service, diagnostics);
    check_mounts(service, diagnostics);
}

/// Values that can be said in two places, and then must be the same.
const TWICE: [(&[&str], &[&str]); 5] = [
    (&["scale"], &["deploy", "replicas"]),
    (&["cpus"], &["deploy", "resources", "limits", "cpus"]),
    (&["mem_limit"], &["deploy", "resources", "limits", "memory"]),
    (&["mem_reservation"], &["deploy", "resources", "reservations", "memory"]),
    (&["pids_limit"], &["deploy", "resources", "limits", "pids"]),
];

fn at<'a>(node: &'a Node, path: &[&str]) -> Option<&'a Node> {
    path.iter().try_fold(node, |node, key| node.get(key))
}

fn key_span(node: &Node, key: &str) -> Span {
    node.as_mapping().and_then(|it| it.get(key)).map_or(node.span, |it| it.key_span)
}

fn check_image(name: &str, entry: &Entry, diagnostics: &mut Diagnostics) {
    let service = &entry.node;
    let image = service.get("image").and_then(Node::as_str).is_some_and(|it| !it.is_empty());
    let made = ["build", "provider"].iter().any(|it| service.get(it).is_some());
    if !image && !made {
        let message = format!("the service `{name}` has neither an `image` nor a `build`");
        let mut diagnostic = Diagnostic::error(Code::MissingImage, entry.key_span, message);
        let unset = service.get("image").and_then(|it| it.history.as_ref()?.unset.first().cloned());
        if let Some(unset) = unset {
            diagnostic = diagnostic.help(format!("the variable `{unset}` is not set"));
        }
        diagnostics.report(diagnostic.help("name an image, in this file or in the overlay"));
    }
}

fn check_build(service: &Node, diagnostics: &mut Diagnostics) {
    let Some(build) = service.get("build") else { return };
    if build.get("dockerfile").is_some() && build.get("dockerfile_inline").is_some() {
        let message = "`dockerfile` and `dockerfile_inline` exclude each other";
        let span = key_span(build, "dockerfile_inline");
        let diagnostic = Diagnostic::error(Code::InvalidValue, span, message);
        let diagnostic = diagnostic.label(key_span(build, "dockerfile"), "the other");
        diagnostics.report(diagnostic.help("keep one of them"));
    }
    let platforms: Vec<&str> = items(build, "platforms").iter().filter_map(Node::as_str).collect();
    if let Some(node) = service.get("platform")
        && let Some(platform) = node.as_str().filter(|it| !it.is_empty())
        && !platforms.is_empty()
        && !platforms.contains(&platform)
    {
        let message = format!("the image is not built for the platform `{platform}`");
        let diagnostic = Diagnostic::error(Code::InvalidValue, node.span, message);
        let diagnostic = diagnostic.label(key_span(build, "platforms"), "it is built for these");
        diagnostics.report(diagnostic.help("add it to `build.platforms`"));
    }
}

fn check_network_mode(name: &str, service: &Node, diagnostics: &mut Diagnostics) {
    let mode =
        service.get("network_mode").filter(|it| it.as_str().is_some_and(|it| !it.is_empty()));
    let networks = service.get("networks").and_then(Node::as_mapping).filter(|it| !it.is_empty());
    if mode.is_some() && networks.is_some() {
        let message = format!("the service `{name}` has a `network_mode` and `networks`");
        let span = key_span(service, "network_mode");
        let diagnostic = Diagnostic::error(Code::InvalidValue, span, message);
        let diagnostic = diagnostic.label(key_span(service, "networks"), "the other");
        diagnostics.report(diagnostic.help("keep one of them"));
    }
}

fn check_twice(
    name: &str,
    service: &Node,
    one: &[&str],
    other: &[&str],
    diagnostics: &mut Diagnostics,
) {
    let (Some(first), Some(second)) = (at(service, one), at(service, other)) else { return };
    let unset = |it: &Node| matches!(&it.value, Value::Float(0.0)) || it.as_str() == Some("0");
    if first == second || unset(first) || unset(second) {
        return;
    }
    let (one, other) = (one.join("."), other.join("."));
    let message = format!("`{one}` and `{other}` of the service `{name}` differ");
    let diagnostic = Diagnostic::error(Code::InvalidValue, first.span, message);
    let diagnostic = diagnostic.label(second.span, "the other value");
    diagnostics.report(diagnostic.help("give one of them, or make them equal"));
}

fn check_scale(name: &str, service: &Node, diagnostics: &mut Diagnostics) {
    let count = service.get("scale").or_else(|| at(service, &["deploy", "replicas"]));
    let Some((count, Value::Integer(number))) = count.map(|it| (it, &it.value)) else { return };
    if *number < 0 {
        let message = format!("the service `{name}` cannot run {number} times");
        diagnostics.report(Diagnostic::error(Code::InvalidValue, count.span, message));
    }
    let container = service.get("container_name").filter(|it| it.as_str() != Some(""));
    if let Some(container) = container.filter(|_| *number > 1) {
        let message = format!("the service `{name}` runs {number} times under one container name");
        let diagnostic = Diagnostic::error(Code::InvalidName, container.span, message);
        let diagnostic = diagnostic.label(count.span, "this often");
        diagnostics.report(diagnostic.help("take `container_name` out"));
    }
}

fn check_watches(service: &Node, diagnostics: &mut Diagnostics) {
    let watches = service.get("develop").map(|it| items(it, "watch")).unwrap_or_default();
    for watch in watches {
        let action = watch.get("action").and_then(Node::as_str).unwrap_or_default();
        let target = watch.get("target").and_then(Node::as_str).unwrap_or_default();
        if target.is_empty() && !["rebuild", "restart"].contains(&action) {
            let message = format!("a `watch` that does `{action}` needs a `target`");
            diagnostics.report(Diagnostic::error(Code::InvalidValue, watch.span, message));
        }
    }
}

/// One place in the container, one mount.
fn check_mounts(service: &Node, diagnostics: &mut Diagnostics) {
    let mut mounted: BTreeMap<&str, Span> = BTreeMap::new();
    let tmpfs = items(service, "tmpfs").iter().filter_map(|it| {
        let text = it.as_str()?;
        Some((text.split(':').next().unwrap_or(text), it.span))
    });
    let volumes = items(service, "volumes");
    let volumes = volumes.iter().filter_map(|it| Some((it.get("target")?.as_str()?, it.span)));
    for (target, span) in tmpfs.chain(volumes) {
        if let Some(first) = mounted.insert(target, span) {
            let message = format!("two mounts have the target `{target}`");
            let diagnostic = Diagnostic::error(Code::InvalidValue, span, message);
            diagnostics.report(diagnostic.label(first, "the first").help("take one of them out"));
        }
    }
}
