//! `extends`: a service that begins as a copy of another, of this file or of another one (`reference/compose.md`, 1.9).

use std::path::{Component, Path, PathBuf};

use super::directives::{self, Directives};
use super::include::is_remote;
use super::load::{self, Level};
use super::{Context, interpolate, merge, paths, unicity};
use crate::diagnostic::{Code, Diagnostic, Reported, did_you_mean};
use crate::source::{Span, Spanned};
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
const MAXIMUM_DEPTH: usize = 100;

/// Replaces every service of the document that extends another by both together.
pub(super) fn apply(
    document: &mut Node,
    directives: &mut Directives,
    level: &mut Level,
    context: &mut Context<'_>,
) {
    let services = document.get_mut("services").and_then(Node::as_mapping_mut);
    let extends = |it: &Mapping| it.values().any(|it| it.node.get("extends").is_some());
    let Some(services) = services.filter(|it| extends(it)) else {
        return;
    };
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
        let mut extender = Extender { level, context, trail: Vec::new() };
        // What cannot be extended is reported and left as it stands.
        let _ = extender.complete(own, &name);
    }
    let scope = level.extended.remove(own);
    *services = scope.services;
    *directives = scope.directives;
}

struct Extender<'a, 'b> {
    level: &'a mut Level,
    context: &'a mut Context<'b>,
    /// The way to where we are: scope, service, and where it says what it extends.
    trail: Vec<(usize, String, Span)>,
}

impl Extender<'_, '_> {
    /// Makes one service of a scope complete, with all that it extends.
    fn complete(&mut self, scope: usize, name: &str) -> Result<(), Reported> {
        let service = self.level.extended[scope].services.get(name);
        let Some(extends) = service.and_then(|it| it.node.get("extends")).cloned() else {
            return Ok(());
        };
        let entered = self.enter(scope, name, extends.span);
        let base = entered.and_then(|()| {
            let base = self.base(scope, name, &extends);
            self.trail.pop();
            base
        });
        match base {
            // Docker Compose leaves a service alone that extends an empty one.
            Ok(base) if base.is_null() => Ok(()),
            Ok(base) => {
                self.combine(scope, name, base);
                Ok(())
            }
            Err(reported) => {
                drop_extends(&mut self.level.extended[scope], name);
                Err(reported)
            }
        }
    }

    /// Refuses circles and chains without end.
    fn enter(&mut self, scope: usize, name: &str, span: Span) -> Result<(), Reported> {
        let same = |(index, it, _): &(usize, String, Span)| *index == scope && it == name;
        if let Some(first) = self.trail.iter().position(same) {
            return Err(self.report_circle(first, scope, name, span));
        }
        if self.trail.len() >= MAXIMUM_DEPTH {
            let message = format!("more than {MAXIMUM_DEPTH} services extend each other in a row");
            let diagnostic = Diagnostic::error(Code::InvalidValue, span, message);
            return Err(self.context.diagnostics.report(diagnostic));
        }
        self.trail.push((scope, name.to_owned(), span));
        Ok(())
    }

    fn report_circle(&mut self, first: usize, scope: usize, name: &str, span: Span) -> Reported {
        let circle = &self.trail[first..];
        let step =
            |index: usize, name: &str| format!("`{name}` of {}", self.level.extended[index].shown);
        let mut names: Vec<String> = circle.iter().map(|(index, it, _)| step(*index, it)).collect();
        names.push(step(scope, name));
        let message = format!("services extend each other: {}", names.join(" -> "));
        let mut diagnostic = Diagnostic::error(Code::DependencyCycle, span, message);
        for (_, _, earlier) in circle.iter().skip(1) {
            diagnostic = diagnostic.label(*earlier, "");
        }
        self.context.diagnostics.report(diagnostic.help("take one `extends` out"))
    }

    /// The complete service that `extends` names.
    fn base(&mut self, scope: usize, name: &str, extends: &Node) -> Result<Node, Reported> {
        let (service, file) = reference(name, extends, self.context)?;
        let target = match &file {
            Some(file) => self.open(file)?,
            None => scope,
        };
        if !self.level.extended[target].services.contains_key(&service.value) {
            return Err(self.report_undefined(target, &service));
        }
        self.complete(target, &service.value)?;
        let found = self.level.extended[target].services.get(&service.value);
        Ok(found.map_or_else(|| extends.clone(), |it| it.node.clone()))
    }

    fn report_undefined(&mut self, target: usize, service: &Spanned<String>) -> Reported {
        let scope = &self.level.extended[target];
        let name = &service.value;
        let message =
            format!("cannot extend `{name}`: there is no such service in `{}`", scope.shown);
        let diagnostic = Diagnostic::error(Code::UndefinedReference, service.span, message);
        let nearest = did_you_mean(name, scope.services.keys().map(String::as_str));
        let help = match nearest {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "name a service of that file".to_owned(),
        };
        self.context.diagnostics.report(diagnostic.help(help))
    }

    /// The scope of another file, which is read the first time it is asked for.
    fn open(&mut self, file: &Node) -> Result<usize, Reported> {
        let Self { level, context, .. } = self;
        let Some(written) = file.as_str() else {
            return Err(wrong_type(file, "`extends.file`", "a string", context.diagnostics));
        };
        if is_remote(written) {
            let message =
                format!("cannot extend a service of `{written}`: remote files are not read");
            let diagnostic = Diagnostic::error(Code::MissingFile, file.span, message);
            let help = "copy the file beside this one";
            return Err(context.diagnostics.report(diagnostic.help(help)));
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

    /// Local over base.
    fn combine(&mut self, scope: usize, name: &str, mut base: Node) {
        let Scope { services, directives, .. } = &mut self.level.extended[scope];
        directives.apply_below("services", name, &mut base);
        let Some(entry) = services.get_mut(name) else { return };
        let local = std::mem::replace(&mut entry.node, base);
        let span = local.span;
        merge::merge_service(&mut entry.node, local, name, self.context.diagnostics);
        entry.node.span = span;
        drop_extends(&mut self.level.extended[scope], name);
    }
}

fn drop_extends(scope: &mut Scope, name: &str) {
    let service = scope.services.get_mut(name);
    if let Some(mapping) = service.and_then(|it| it.node.as_mapping_mut()) {
        mapping.shift_remove("extends");
    }
}

/// The service that is named, and its file.
fn reference(
    name: &str,
    extends: &Node,
    context: &mut Context<'_>,
) -> Result<(Spanned<String>, Option<Node>), Reported> {
    if let Some(service) = extends.as_str() {
        return Ok((Spanned::new(service.to_owned(), extends.span), None));
    }
    if extends.as_mapping().is_none() {
        let owner = format!("`extends` of the service `{name}`");
        return Err(wrong_type(extends, &owner, "a string or a mapping", context.diagnostics));
    }
    let service = extends.get("service");
    let service = service.and_then(|it| Some(Spanned::new(it.as_str()?.to_owned(), it.span)));
    let Some(service) = service else {
        let message = format!("`extends` of the service `{name}` has no `service`");
        let diagnostic = Diagnostic::error(Code::InvalidValue, extends.span, message);
        let help = "write `extends: { file: …, service: … }`";
        return Err(context.diagnostics.report(diagnostic.help(help)));
    };
    Ok((service, extends.get("file").filter(|it| !it.is_null()).cloned()))
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
    let ups = directory.components().skip(shared).map(|_| Component::ParentDir);
    ups.chain(folder.components().skip(shared)).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::folder_from;

    #[test]
    fn a_folder_is_seen_from_another() {
        for (from, file, expected) in [
            ("/a", "/a/compose.yaml", ""),
            ("/a", "/a/b/c/compose.yaml", "b/c"),
            ("/a/b", "/a/c/compose.yaml", "../c"),
            ("/a/b/c", "/compose.yaml", "../../.."),
        ] {
            assert_eq!(folder_from(Path::new(from), Path::new(file)), Path::new(expected));
        }
    }
}
