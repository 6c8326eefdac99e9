//! `extends`: a service that begins as a copy of another, of this file or of another one (`reference/compose.md`, 1.9).

use std::path::{Path, PathBuf};

use super::directives::{self, Directives};
use super::include::is_remote;
use super::load::{self, Level};
use super::{Context, interpolate, merge, paths, unicity};
use crate::diagnostic::{Code, Diagnostic, Reported, did_you_mean};
use crate::source::Span;
use crate::world::clean;
use crate::yaml::decode::wrong_type;
use crate::yaml::{Mapping, Node};

/// The services of one file, which become complete one by one.
pub(super) struct Scope {
    /// `None`: the document itself.
    path: Option<PathBuf>,
    shown: String,
    services: Mapping,
    directives: Directives,
    /// The file cannot be read.
    broken: Option<Reported>,
}

/// As many services in a row as may extend each other; the call stack is finite.
const MAXIMUM_DEPTH: usize = 200;

/// One step of a chain: the scope and the service, and where it says what it extends.
type Trail = Vec<(usize, String, Span)>;

/// Replaces every service of the document that extends another by both together.
pub(super) fn apply(
    document: &mut Node,
    directives: &mut Directives,
    level: &mut Level,
    context: &mut Context<'_>,
) {
    let extends = |it: &Mapping| it.values().any(|it| it.node.get("extends").is_some());
    let Some(services) = document.get_mut("services").and_then(Node::as_mapping_mut) else {
        return;
    };
    if !extends(services) {
        return;
    }
    let file = services.values().find_map(|it| it.key_span.file());
    level.extended.push(Scope {
        path: None,
        shown: file.map(|it| context.sources.get(it).path.clone()).unwrap_or_default(),
        services: std::mem::take(services),
        directives: std::mem::take(directives),
        broken: None,
    });
    // Files that are read on the way are appended, so the index stays right.
    let own = level.extended.len() - 1;
    let names: Vec<String> = level.extended[own].services.keys().cloned().collect();
    for name in names {
        // What cannot be extended is reported and left as it stands.
        let _ = complete(own, &name, &mut Trail::new(), level, context);
    }
    let scope = level.extended.remove(own);
    *services = scope.services;
    *directives = scope.directives;
}

/// Makes one service of a scope complete, with all that it extends.
fn complete(
    scope: usize,
    name: &str,
    trail: &mut Trail,
    level: &mut Level,
    context: &mut Context<'_>,
) -> Result<(), Reported> {
    let Some(service) = level.extended[scope].services.get(name).map(|it| &it.node) else {
        return Ok(());
    };
    let Some(extends) = service.get("extends").cloned() else {
        return Ok(());
    };
    if let Err(reported) = enter(scope, name, extends.span, trail, level, context) {
        drop_extends(scope, name, level);
        return Err(reported);
    }
    let base = base(scope, name, &extends, trail, level, context);
    trail.pop();
    let base = base.inspect_err(|_| drop_extends(scope, name, level))?;
    // Docker Compose leaves a service alone that extends an empty one.
    if base.is_null() {
        return Ok(());
    }
    combine(scope, name, base, level, context);
    Ok(())
}

fn drop_extends(scope: usize, name: &str, level: &mut Level) {
    let service = level.extended[scope].services.get_mut(name);
    if let Some(mapping) = service.and_then(|it| it.node.as_mapping_mut()) {
        mapping.shift_remove("extends");
    }
}

/// Refuses circles and chains without end.
fn enter(
    scope: usize,
    name: &str,
    span: Span,
    trail: &mut Trail,
    level: &Level,
    context: &mut Context<'_>,
) -> Result<(), Reported> {
    if let Some(first) = trail.iter().position(|(index, it, _)| *index == scope && it == name) {
        let circle = &trail[first..];
        let step =
            |index: usize, name: &str| format!("`{name}` of {}", level.extended[index].shown);
        let mut names: Vec<String> = circle.iter().map(|(index, it, _)| step(*index, it)).collect();
        names.push(step(scope, name));
        let message = format!("services extend each other: {}", names.join(" -> "));
        let mut diagnostic = Diagnostic::error(Code::DependencyCycle, span, message);
        for (_, _, earlier) in circle.iter().skip(1) {
            diagnostic = diagnostic.label(*earlier, "");
        }
        return Err(context.diagnostics.report(diagnostic.help("take one `extends` out")));
    }
    if trail.len() >= MAXIMUM_DEPTH {
        let message = format!("more than {MAXIMUM_DEPTH} services extend each other in a row");
        return Err(context.diagnostics.report(Diagnostic::error(
            Code::InvalidValue,
            span,
            message,
        )));
    }
    trail.push((scope, name.to_owned(), span));
    Ok(())
}

/// The complete service that `extends` names.
fn base(
    scope: usize,
    name: &str,
    extends: &Node,
    trail: &mut Trail,
    level: &mut Level,
    context: &mut Context<'_>,
) -> Result<Node, Reported> {
    let (service, file) = reference(name, extends, context)?;
    let target = match &file {
        Some(file) => open(file, level, context)?,
        None => scope,
    };
    let found = &level.extended[target];
    if !found.services.contains_key(service.0.as_str()) {
        let names = found.services.keys().map(String::as_str);
        let nearest = did_you_mean(&service.0, names).map(|it| format!("did you mean `{it}`?"));
        let message =
            format!("cannot extend `{}`: there is no such service in `{}`", service.0, found.shown);
        let help = nearest.unwrap_or_else(|| "name a service of that file".to_owned());
        let diagnostic = Diagnostic::error(Code::UndefinedReference, service.1, message);
        return Err(context.diagnostics.report(diagnostic.help(help)));
    }
    complete(target, &service.0, trail, level, context)?;
    let services = &level.extended[target].services;
    Ok(services.get(service.0.as_str()).map_or_else(|| extends.clone(), |it| it.node.clone()))
}

/// The service that is named, with its place, and its file.
fn reference(
    name: &str,
    extends: &Node,
    context: &mut Context<'_>,
) -> Result<((String, Span), Option<Node>), Reported> {
    if let Some(service) = extends.as_str() {
        return Ok(((service.to_owned(), extends.span), None));
    }
    if extends.as_mapping().is_none() {
        let owner = format!("`extends` of the service `{name}`");
        return Err(wrong_type(extends, &owner, "a string or a mapping", context.diagnostics));
    }
    let service = extends.get("service").and_then(|it| Some((it.as_str()?.to_owned(), it.span)));
    let Some(service) = service else {
        let message = format!("`extends` of the service `{name}` has no `service`");
        let diagnostic = Diagnostic::error(Code::InvalidValue, extends.span, message);
        return Err(context
            .diagnostics
            .report(diagnostic.help("write `extends: { file: …, service: … }`")));
    };
    Ok((service, extends.get("file").filter(|it| !it.is_null()).cloned()))
}

/// The scope of another file, which is read the first time it is asked for.
fn open(file: &Node, level: &mut Level, context: &mut Context<'_>) -> Result<usize, Reported> {
    let Some(written) = file.as_str() else {
        return Err(wrong_type(file, "`extends.file`", "a string", context.diagnostics));
    };
    if is_remote(written) {
        let message = format!("cannot extend a service of `{written}`: remote files are not read");
        let diagnostic = Diagnostic::error(Code::MissingFile, file.span, message);
        return Err(context.diagnostics.report(diagnostic.help("copy the file beside this one")));
    }
    let path = clean(&level.directory.join(paths::expand_home(written, context.world)));
    let known = level.extended.iter().position(|it| it.path.as_ref() == Some(&path));
    let index = known.unwrap_or_else(|| {
        let scope = read(&path, file.span, level, context);
        level.extended.push(scope);
        level.extended.len() - 1
    });
    level.extended[index].broken.map_or(Ok(index), Err)
}

fn read(path: &Path, span: Span, level: &Level, context: &mut Context<'_>) -> Scope {
    let mut scope = Scope {
        path: Some(path.to_owned()),
        shown: context.shown(path),
        services: Mapping::new(),
        directives: Directives::default(),
        broken: None,
    };
    let documents = match super::read_file(path, Some(span), context) {
        Ok((_, documents)) => documents,
        Err(reported) => return Scope { broken: Some(reported), ..scope },
    };
    let mut model = Node::mapping(span);
    for mut document in documents {
        interpolate::interpolate(&mut document, &level.variables, context);
        scope.directives = directives::collect(&mut document);
        scope.directives.apply(&mut model, context.diagnostics);
        merge::merge(&mut model, document, context.diagnostics);
        unicity::enforce(&mut model);
        load::settle(&mut model, context);
    }
    paths::resolve(&mut model, &folder_from(&level.directory, path), context.world);
    let services = model.get_mut("services").and_then(Node::as_mapping_mut);
    match services.map(std::mem::take) {
        Some(services) => scope.services = services,
        None => {
            let message = format!("`{}` has no services to extend", scope.shown);
            let diagnostic = Diagnostic::error(Code::WrongType, span, message);
            scope.broken = Some(context.diagnostics.report(diagnostic));
        }
    }
    scope
}

/// The folder of a file as seen from another folder, as Docker Compose writes it while paths are not resolved.
pub(super) fn folder_from(directory: &Path, file: &Path) -> PathBuf {
    let folder = file.parent().unwrap_or(Path::new("/"));
    let common = directory.components().zip(folder.components()).take_while(|(a, b)| a == b);
    let shared = common.count();
    let ups = directory.components().skip(shared).map(|_| Path::new("..").components());
    let downs = folder.components().skip(shared);
    ups.flatten().chain(downs).collect()
}

/// Local over base.
fn combine(scope: usize, name: &str, mut base: Node, level: &mut Level, context: &mut Context<'_>) {
    let Scope { services, directives, .. } = &mut level.extended[scope];
    directives.apply_below("services", name, &mut base);
    let Some(entry) = services.get_mut(name) else { return };
    let local = std::mem::replace(&mut entry.node, base);
    let span = local.span;
    merge::merge_service(&mut entry.node, local, name, context.diagnostics);
    entry.node.span = span;
    if let Some(mapping) = entry.node.as_mapping_mut() {
        mapping.shift_remove("extends");
    }
}
