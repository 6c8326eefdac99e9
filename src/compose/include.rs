//! `include`: other projects whose services and resources join this one (`reference/compose.md`, 1.9).

use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::directives::Directives;
use super::environment::Variables;
use super::load::{Level, SECTIONS};
use super::{Context, extends, files, interpolate, merge, paths};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Reported};
use crate::source::{Span, Spanned};
use crate::world::clean;
use crate::yaml::decode::{Fields, string, wrong_type};
use crate::yaml::{Node, set};

/// As deep as projects may include projects; the call stack is finite.
const MAXIMUM_DEPTH: usize = 50;

/// One item of `include`.
struct Item {
    /// The first is the project, the others are its overrides.
    paths: Vec<Spanned<String>>,
    project_directory: Option<String>,
    env_files: Vec<Spanned<String>>,
    span: Span,
}

/// Loads what the document includes and merges the document over it.
pub(super) fn apply(
    document: &mut Node,
    directives: &Directives,
    level: &mut Level,
    context: &mut Context<'_>,
) {
    let removed = document.as_mapping_mut().and_then(|it| it.shift_remove("include"));
    let Some(entry) = removed.filter(|it| !it.node.is_null()) else {
        return;
    };
    let Some(items) = entry.node.as_sequence() else {
        wrong_type(&entry.node, "`include`", "a list", context.diagnostics);
        return;
    };
    for item in items {
        // What cannot be included is reported; the rest is read all the same.
        if let Ok(imported) = decode(item, context).and_then(|it| load(&it, level, context)) {
            import(imported, document, directives, context);
        }
    }
}

fn decode(node: &Node, context: &mut Context<'_>) -> Result<Item, Reported> {
    let owner = "an item of `include`";
    let diagnostics = &mut *context.diagnostics;
    if let Some(path) = node.as_str() {
        let paths = vec![Spanned::new(path.to_owned(), node.span)];
        return Ok(Item { span: node.span, paths, project_directory: None, env_files: Vec::new() });
    }
    if node.as_mapping().is_none() {
        return Err(wrong_type(node, owner, "a path or a mapping", diagnostics));
    }
    let before = diagnostics.errors();
    let mut fields = Fields::new(node, owner, diagnostics)?;
    let paths = texts(fields.get("path"), "`path`", diagnostics);
    let project_directory = fields.get("project_directory");
    let project_directory = project_directory
        .and_then(|it| string(it, "`project_directory`", diagnostics).ok())
        .map(|it| it.value);
    let env_files = texts(fields.get("env_file"), "`env_file`", diagnostics);
    fields.finish(diagnostics);
    diagnostics.check_since(before)?;
    let Some(first) = paths.first() else {
        let message = format!("{owner} has no `path`");
        let diagnostic = Diagnostic::error(Code::InvalidValue, node.span, message);
        return Err(diagnostics.report(diagnostic));
    };
    Ok(Item { span: first.span, paths, project_directory, env_files })
}

/// A string or a list of strings; a wrong one is reported and left out.
fn texts(node: Option<&Node>, owner: &str, diagnostics: &mut Diagnostics) -> Vec<Spanned<String>> {
    let items = node.map_or(&[][..], |it| it.as_sequence().unwrap_or(std::slice::from_ref(it)));
    items.iter().filter_map(|it| string(it, owner, diagnostics).ok()).collect()
}

/// Whether a path leads out of this machine.
pub(super) fn is_remote(path: &str) -> bool {
    path.contains("://") || path.starts_with("git@") || path.starts_with("github.com/")
}

/// The included project, loaded by itself.
fn load(item: &Item, level: &mut Level, context: &mut Context<'_>) -> Result<Node, Reported> {
    let files = files(item, level, context)?;
    let main = files[0].0.clone();
    check_trail(&main, item.span, level, context)?;
    let parent = || main.parent().unwrap_or(Path::new("/")).to_owned();
    let directory =
        item.project_directory.as_ref().map_or_else(parent, |it| clean(&level.directory.join(it)));
    let variables = variables(item, &directory, level, context)?;
    let mut documents = Vec::new();
    for (path, span) in &files {
        for mut document in super::read_file(path, Some(*span), context)?.1 {
            interpolate::interpolate(&mut document, &variables, context);
            documents.push(document);
        }
    }
    let base = match &item.project_directory {
        Some(directory) if Path::new(directory).is_absolute() => PathBuf::from(directory),
        _ => extends::folder_from(&level.directory, &directory.join("file")),
    };
    let mut included = Level::new(directory, variables);
    included.trail.clone_from(&level.trail);
    included.trail.push((main, item.span));
    Ok(included.project(documents, Some(&base), context))
}

fn files(
    item: &Item,
    level: &Level,
    context: &mut Context<'_>,
) -> Result<Vec<(PathBuf, Span)>, Reported> {
    let local = |it: &Spanned<String>| {
        if is_remote(&it.value) {
            let message = format!("cannot include `{}`: remote files are not read", it.value);
            let diagnostic = Diagnostic::error(Code::MissingFile, it.span, message);
            return Err(context
                .diagnostics
                .report(diagnostic.help("copy the files into this project")));
        }
        let path = paths::expand_home(&it.value, context.world);
        Ok((clean(&level.directory.join(path)), it.span))
    };
    item.paths.iter().map(local).collect()
}

fn check_trail(
    path: &Path,
    span: Span,
    level: &Level,
    context: &mut Context<'_>,
) -> Result<(), Reported> {
    let first = level.trail.iter().position(|(it, _)| it == path);
    let Some(first) = first.or_else(|| (level.trail.len() > MAXIMUM_DEPTH).then_some(0)) else {
        return Ok(());
    };
    let circle = &level.trail[first..];
    let names = circle.iter().map(|(it, _)| it.as_path()).chain([path]);
    let names: Vec<String> = names.map(|it| context.shown(it)).collect();
    let message = format!("files include each other: {}", names.join(" -> "));
    let mut diagnostic = Diagnostic::error(Code::DependencyCycle, span, message);
    for (_, earlier) in circle.iter().skip(1) {
        diagnostic = diagnostic.label(*earlier, "");
    }
    Err(context.diagnostics.report(diagnostic.help("take one `include` out")))
}

/// The variables of the project around it, then those of its own env files.
fn variables(
    item: &Item,
    directory: &Path,
    level: &mut Level,
    context: &mut Context<'_>,
) -> Result<Rc<Variables>, Reported> {
    let default = directory.join(".env");
    let mut paths: Vec<(PathBuf, Span)> = Vec::new();
    for file in item.env_files.iter().filter(|it| it.value != "/dev/null") {
        paths.push((clean(&level.directory.join(&file.value)), file.span));
    }
    if item.env_files.is_empty() && context.world.is_file(&default) {
        paths.push((default, item.span));
    }
    let key: Vec<PathBuf> = paths.iter().map(|(it, _)| it.clone()).collect();
    if let Some(known) = level.included_variables.get(&key) {
        return Ok(Rc::clone(known));
    }
    let before = context.diagnostics.errors();
    let mut variables = Variables::below(&level.variables);
    for (path, span) in paths {
        files::read_env_file(&path, span, &mut variables, context);
    }
    context.diagnostics.check_since(before)?;
    let variables = Rc::new(variables);
    level.included_variables.insert(key, Rc::clone(&variables));
    Ok(variables)
}

/// Puts what was included under what the document says itself.
fn import(
    mut imported: Node,
    document: &mut Node,
    directives: &Directives,
    context: &mut Context<'_>,
) {
    for section in SECTIONS {
        let entries = imported.get_mut(section).and_then(Node::as_mapping_mut).map(std::mem::take);
        let Some(entries) = entries else { continue };
        let Some(top) = document.as_mapping_mut() else { return };
        if !top.contains_key(section) {
            let span = entries.values().next().map_or(Span::DETACHED, |it| it.key_span);
            set(top, section, Node::mapping(span));
        }
        let local = top.get_mut(section).and_then(|it| it.node.as_mapping_mut());
        let Some(local) = local else { continue };
        for (name, mut entry) in entries {
            match local.get_mut(&name) {
                None => {
                    local.insert(name, entry);
                }
                Some(present) => {
                    directives.apply_below(section, &name, &mut entry.node);
                    std::mem::swap(&mut present.node, &mut entry.node);
                    let path = [section, name.as_str()];
                    merge::merge_at(&mut present.node, entry.node, &path, context.diagnostics);
                }
            }
        }
    }
}
