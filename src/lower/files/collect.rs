//! The files that a service asks for: of secrets and configs that it is granted, and of bind mounts that the overlay names.

use super::folder;
use super::text::{self, Text};
use crate::compose::secrets::{Grant, Origin};
use crate::compose::volumes::{Mount, MountKind};
use crate::compose::{Project, Service};
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::lower::wrapper::{Content, File};
use crate::lower::{Findings, Scope, secrets};
use crate::overlay::file_targets;
use crate::source::{Span, Spanned};

/// The paths of all files whose texts containers may need.
pub(crate) fn wanted(project: &Project) -> Vec<String> {
    let granted = project.services.values().flat_map(|it| &it.configs);
    let definitions = granted.filter_map(|it| project.configs.get(&it.source.value));
    let configs = definitions.filter_map(|it| match &it.origin.as_ref()?.value {
        Origin::File(path) if it.extension.is_none() => Some(path.clone()),
        _ => None,
    });
    let bound = project.services.values().flat_map(|service| {
        file_targets(service.extension.as_ref()).filter_map(|it| Some(bound(service, it)?.0))
    });
    configs.chain(bound).collect()
}

/// Whether a path in the container is what a bind mount brings, or in it.
fn is_at(mount: &Mount, path: &str) -> bool {
    mount.kind == MountKind::Bind && folder::is_in(path, &mount.target)
}

/// The path on the laptop of what stands at a path in the container, and the bind mount that brings it.
fn bound<'a>(service: &'a Service, path: &str) -> Option<(String, &'a Mount)> {
    let mounts = service.mounts.iter().filter(|it| is_at(it, path));
    let mount = mounts.max_by_key(|it| it.target.len())?;
    let below = path.strip_prefix(mount.target.trim_end_matches('/')).unwrap_or_default();
    Some((format!("{}{below}", mount.source.as_ref()?.trim_end_matches('/')), mount))
}

/// All files of one service; what cannot be delivered at all is reported.
pub(super) fn files(scope: &Scope<'_>, findings: &mut Findings<'_>) -> Vec<File> {
    let service = scope.service;
    let mut files: Vec<File> = Vec::new();
    files.extend(service.secrets.iter().filter_map(|it| secret(scope, it, findings)));
    files.extend(service.configs.iter().filter_map(|it| config(scope, it, findings)));
    files.extend(scope.overlay.files.iter().filter_map(|it| bind(scope, it, findings)));
    files
}

/// A secret that no variable takes the place of.
fn secret(scope: &Scope<'_>, grant: &Grant, findings: &mut Findings<'_>) -> Option<File> {
    if !secrets::needs_file(scope, grant) {
        return None;
    }
    check_owner(grant, findings)?;
    check_target(grant, findings)?;
    let reference = secrets::granted(scope, grant, findings)?;
    let content = Content::Secret(secrets::arn(scope.input, &reference, findings)?);
    let what = format!("the secret `{}`", grant.source.value);
    Some(file(grant, secrets::path_of(grant), content, what))
}

fn config(scope: &Scope<'_>, grant: &Grant, findings: &mut Findings<'_>) -> Option<File> {
    let name = &grant.source.value;
    check_owner(grant, findings)?;
    check_target(grant, findings)?;
    let definition = scope.input.project.configs.get(name)?;
    let what = format!("the config `{name}`");
    let target = grant.target.as_deref().unwrap_or(name);
    let path = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
    if let Some(reference) = secrets::reference(definition, findings) {
        let content = Content::Secret(secrets::arn(scope.input, &reference, findings)?);
        return Some(file(grant, path, content, what));
    }
    let text = match (&definition.extension, definition.origin.as_ref()) {
        // What is wrong with the reference is reported already.
        (Some(_), _) => return None,
        (None, Some(Spanned { value: Origin::Text(text), span })) => {
            let variable = definition.variable.clone();
            let value = text.clone();
            Text { value, span: *span, named: *span, is_whole_file: false, variable }
        }
        (None, Some(Spanned { value: Origin::File(path), span })) => {
            text::read(scope, (path, *span), grant.source.span, findings)?
        }
        (None, Some(Spanned { value: Origin::Variable(variable), span })) => {
            let message = format!("the variable `{variable}` is not set, and {what} is its value");
            let diagnostic = Diagnostic::error(Code::UnsetVariable, *span, message);
            let diagnostic = diagnostic.label(grant.source.span, "needed here");
            findings.diagnostics.report(diagnostic.help("set it in `.env`, or pass `--env-file`"));
            return None;
        }
        (None, None) => {
            refuse_external(name, definition.span, grant, findings);
            return None;
        }
    };
    let is_script = text.is_whole_file && text.value.starts_with("#!");
    text::check(scope, &text, (&what, &path), findings)?;
    let mut file = file(grant, path, Content::Text(text.value), what);
    if is_script && grant.mode.is_none() {
        EXECUTABLE.clone_into(&mut file.mode);
    }
    Some(file)
}

/// Who writes the file need not know the names of users that the image has.
fn check_owner(grant: &Grant, findings: &mut Findings<'_>) -> Option<()> {
    for (key, id) in [("uid", &grant.uid), ("gid", &grant.gid)] {
        let Some(id) = id.as_ref().filter(|it| !it.bytes().all(|it| it.is_ascii_digit())) else {
            continue;
        };
        let message = format!("`{key}` of `{}` is a number, not `{id}`", grant.source.value);
        let diagnostic = Diagnostic::error(Code::InvalidValue, grant.source.span, message);
        let help =
            "what writes the file does not know the names that the image has: write the number";
        findings.diagnostics.report(diagnostic.help(help));
        return None;
    }
    Some(())
}

/// Docker Compose takes a target for the file itself.
fn check_target(grant: &Grant, findings: &mut Findings<'_>) -> Option<()> {
    let target = grant.target.as_ref().filter(|it| it.ends_with('/'));
    let Some(target) = target else { return Some(()) };
    let name = &grant.source.value;
    let message = format!("the target `{target}` of `{name}` is a folder, and has to be a file");
    let diagnostic = Diagnostic::error(Code::InvalidValue, grant.source.span, message);
    let help = format!("write `target: {target}{name}`, or the name that the program looks for");
    findings.diagnostics.report(diagnostic.help(help));
    None
}

fn refuse_external(name: &str, span: Span, grant: &Grant, findings: &mut Findings<'_>) {
    let message = format!("the config `{name}` exists outside of the project");
    let diagnostic = Diagnostic::error(Code::FileDelivery, grant.source.span, message);
    let help = format!(
        "write `configs: {{ {name}: {{ x-ecs: \"ssm:/path/name\" }} }}` at the top of the overlay"
    );
    findings.diagnostics.report(diagnostic.label(span, "defined here").help(help));
}

/// What Docker Compose gives a file of whose mode nothing is said.
const READABLE: &str = "0444";

/// What a script has to have that is run; the compiler does not see the modes of the laptop.
const EXECUTABLE: &str = "0555";

fn file(grant: &Grant, path: String, content: Content, what: String) -> File {
    let root = || "0".to_owned();
    let (uid, gid) = (grant.uid.clone(), grant.gid.clone());
    let is_owned = uid.is_some() || gid.is_some();
    let owner = format!("{}:{}", uid.unwrap_or_else(root), gid.unwrap_or_else(root));
    File {
        path,
        content,
        mode: grant.mode.clone().unwrap_or_else(|| READABLE.to_owned()),
        owner: is_owned.then_some(owner),
        what,
        span: grant.source.span,
    }
}

/// A file that the Compose file mounts from the laptop.
fn bind(scope: &Scope<'_>, target: &Spanned<String>, findings: &mut Findings<'_>) -> Option<File> {
    let path = &target.value;
    let Some((source, mount)) = bound(scope.service, path) else {
        let message = format!("`{}` mounts no file of the laptop at `{path}`", scope.service.name);
        let diagnostic = Diagnostic::error(Code::UndefinedReference, target.span, message);
        let targets = scope.service.mounts.iter().filter(|it| it.kind == MountKind::Bind);
        let targets: Vec<&str> = targets.map(|it| it.target.as_str()).collect();
        findings.diagnostics.report(match did_you_mean(path, targets.iter().copied()) {
            Some(candidate) => diagnostic.help(format!("did you mean `{candidate}`?")),
            None => diagnostic.help("`files` takes paths in the container, from the root, of files that `volumes:` mounts"),
        });
        return None;
    };
    let text = text::read(scope, (&source, mount.span), target.span, findings)?;
    let what = format!("the file that is mounted at `{path}`");
    text::check(scope, &text, (&what, path), findings)?;
    let mode = if text.value.starts_with("#!") { EXECUTABLE } else { READABLE };
    Some(File {
        path: path.clone(),
        content: Content::Text(text.value),
        mode: mode.to_owned(),
        owner: None,
        what,
        span: target.span,
    })
}
