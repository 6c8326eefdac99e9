//! Relative paths -> paths against a folder (`reference/compose.md`, 1.12).

use std::path::Path;

use super::defaults::items;
use crate::world::{World, clean};
use crate::yaml::{Node, Value};

/// Makes the paths of the model start from `folder`, which is itself relative while a file of another folder is read.
pub(super) fn resolve(model: &mut Node, folder: &Path, world: &dyn World) {
    let resolver = Resolver { folder, world };
    for service in section(model, "services") {
        resolver.service(service);
    }
    for section_name in ["secrets", "configs"] {
        for definition in section(model, section_name) {
            resolver.plain(definition.get_mut("file"));
        }
    }
    for volume in section(model, "volumes") {
        resolver.device(volume);
    }
}

fn section<'a>(model: &'a mut Node, key: &str) -> impl Iterator<Item = &'a mut Node> {
    let mapping = model.get_mut(key).and_then(Node::as_mapping_mut);
    mapping.into_iter().flat_map(|it| it.values_mut()).map(|it| &mut it.node)
}

struct Resolver<'a> {
    folder: &'a Path,
    world: &'a dyn World,
}

impl Resolver<'_> {
    fn service(&self, service: &mut Node) {
        if let Some(build) = service.get_mut("build") {
            self.context(build.get_mut("context"));
            if let Some(contexts) = build.get_mut("additional_contexts") {
                self.contexts(contexts);
            }
            if let Some(keys) = build.get_mut("ssh") {
                self.keys(keys);
            }
        }
        for file in items(service.get_mut("env_file")) {
            self.plain(file.get_mut("path"));
        }
        for file in items(service.get_mut("label_file")) {
            self.plain(Some(file));
        }
        self.plain(service.get_mut("extends").and_then(|it| it.get_mut("file")));
        for watch in items(service.get_mut("develop").and_then(|it| it.get_mut("watch"))) {
            self.plain(watch.get_mut("path"));
        }
        for volume in items(service.get_mut("volumes")) {
            let bind = volume.get("type").and_then(Node::as_str) == Some("bind");
            let source = volume.get_mut("source").filter(|it| bind && !is_windows_path(it));
            self.plain(source);
        }
    }

    fn plain(&self, node: Option<&mut Node>) {
        if let Some(Value::String(text)) = node.map(|it| &mut it.value) {
            *text = self.absolute(text);
        }
    }

    fn context(&self, node: Option<&mut Node>) {
        self.plain(node.filter(|it| !it.as_str().is_some_and(is_elsewhere)));
    }

    /// `NAME: CONTEXT` or `NAME=CONTEXT`.
    fn contexts(&self, node: &mut Node) {
        match &mut node.value {
            Value::Mapping(mapping) => {
                mapping.values_mut().for_each(|it| self.context(Some(&mut it.node)));
            }
            _ => items(Some(node)).for_each(|it| self.right_side(it, is_elsewhere)),
        }
    }

    fn keys(&self, node: &mut Node) {
        match &mut node.value {
            Value::Mapping(mapping) => {
                mapping.values_mut().for_each(|it| self.plain(Some(&mut it.node)));
            }
            _ => items(Some(node)).for_each(|it| self.right_side(it, |_| false)),
        }
    }

    fn right_side(&self, node: &mut Node, skip: fn(&str) -> bool) {
        if let Value::String(text) = &mut node.value
            && let Some((name, path)) = text.split_once('=').filter(|(_, it)| !skip(it))
        {
            *text = format!("{name}={}", self.absolute(path));
        }
    }

    /// The folder that a local volume binds.
    fn device(&self, volume: &mut Node) {
        let local = volume.get("driver").is_none_or(|it| it.as_str() == Some("local"));
        let Some(options) = volume.get_mut("driver_opts").filter(|_| local) else { return };
        let binds = options.get("o").and_then(Node::as_str) == Some("bind");
        let device = options.get_mut("device").filter(|_| binds).map(|it| &mut it.value);
        if let Some(Value::String(text)) = device {
            // Here, and only here, Docker Compose takes an empty path for the folder itself.
            *text = self.absolute(if text.is_empty() { "." } else { text });
        }
    }

    fn absolute(&self, text: &str) -> String {
        let expanded = expand_home(text, self.world);
        if expanded.is_empty() || expanded.starts_with('/') {
            return expanded;
        }
        let joined = clean(&self.folder.join(expanded)).to_string_lossy().into_owned();
        if joined.is_empty() { ".".to_owned() } else { joined }
    }
}

/// A path with its `~` replaced by the home folder of the process.
pub(super) fn expand_home(text: &str, world: &dyn World) -> String {
    match text.strip_prefix('~').filter(|it| it.is_empty() || it.starts_with('/')) {
        Some(rest) => world.variable("HOME").unwrap_or_default() + rest,
        None => text.to_owned(),
    }
}

/// Whether a build context is no folder of this machine.
fn is_elsewhere(context: &str) -> bool {
    const PREFIXES: [&str; 7] =
        ["service:", "https://", "http://", "git://", "ssh://", "github.com/", "git@"];
    context.contains("://") || PREFIXES.iter().any(|it| context.starts_with(it))
}

fn is_windows_path(node: &Node) -> bool {
    let Some(text) = node.as_str() else { return false };
    let mut characters = text.chars();
    let drive = characters.next().is_some_and(|it| it.is_ascii_alphabetic());
    text.starts_with("\\\\") || (drive && characters.next() == Some(':'))
}
