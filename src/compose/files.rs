//! Command line and environment -> the files of a project, its folder, its variables and its name.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::environment::Variables;
use super::{Context, dotenv, project_name};
use crate::diagnostic::{Code, Diagnostic, Reported};
use crate::source::Span;
use crate::world::{clean, read_text};
use crate::yaml::Node;

const NAMES: [&str; 4] =
    ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
const OVERRIDE_NAMES: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

/// Which project to read, in the words of Docker Compose's command line.
#[derive(Clone, Debug, Default)]
pub struct ProjectOptions {
    /// The folder of the process, absolute.
    pub directory: PathBuf,
    /// `--project-directory`.
    pub project_directory: Option<PathBuf>,
    /// `-f`, in order; `-` is standard input. Empty: looked up.
    pub files: Vec<PathBuf>,
    /// `--env-file`, in order.
    pub env_files: Vec<PathBuf>,
    /// `--profile`.
    pub profiles: Vec<String>,
    /// `-p`.
    pub project_name: Option<String>,
}

/// What [`find`] found.
pub(super) struct Found {
    pub(super) files: Vec<PathBuf>,
    pub(super) directory: PathBuf,
    pub(super) variables: Variables,
    pub(super) profiles: Vec<String>,
    pub(super) errors_before: usize,
}

/// Steps 1 of the loading order: environment, `.env`, `COMPOSE_FILE`, look-up, `.env` again, profiles.
pub(super) fn find(options: &ProjectOptions, context: &mut Context<'_>) -> Result<Found, Reported> {
    let errors_before = context.diagnostics.errors();
    let mut variables = Variables::default();
    let first_guess = project_directory(options, options.files.first().map(PathBuf::as_path));
    read_env_files(options, &first_guess, &mut variables, context);
    let files = select(options, &variables, context)?;
    let directory = project_directory(options, files.first().map(PathBuf::as_path));
    if directory != first_guess {
        read_env_files(options, &directory, &mut variables, context);
    }
    let profiles = profiles(options, &variables, context);
    Ok(Found { files, directory, variables, profiles, errors_before })
}

fn profiles(options: &ProjectOptions, variables: &Variables, context: &Context<'_>) -> Vec<String> {
    if !options.profiles.is_empty() {
        return options.profiles.clone();
    }
    let listed = variables.get("COMPOSE_PROFILES", context.world).unwrap_or_default();
    listed.split(',').map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

fn project_directory(options: &ProjectOptions, first_file: Option<&Path>) -> PathBuf {
    let from_file = || first_file.filter(|it| it.as_os_str() != "-").and_then(Path::parent);
    let directory =
        options.project_directory.as_deref().or_else(from_file).unwrap_or(Path::new(""));
    clean(&options.directory.join(directory))
}

/// The `-f` list, else `COMPOSE_FILE`, else the first default name in this folder or one above.
fn select(
    options: &ProjectOptions,
    variables: &Variables,
    context: &mut Context<'_>,
) -> Result<Vec<PathBuf>, Reported> {
    let absolute = |it: &Path| {
        if it.as_os_str() == "-" { it.to_owned() } else { clean(&options.directory.join(it)) }
    };
    if !options.files.is_empty() {
        return Ok(options.files.iter().map(|it| absolute(it)).collect());
    }
    if let Some(list) = variables.get("COMPOSE_FILE", context.world).filter(|it| !it.is_empty()) {
        let separator = variables
            .get("COMPOSE_PATH_SEPARATOR", context.world)
            .filter(|it| !it.is_empty())
            .unwrap_or_else(|| ":".to_owned());
        return Ok(list.split(separator.as_str()).map(|it| absolute(Path::new(it))).collect());
    }
    let start = options
        .project_directory
        .as_ref()
        .map_or_else(|| options.directory.clone(), |it| absolute(it));
    for directory in start.ancestors() {
        if let Some(base) = first_of(&NAMES, directory, context) {
            let over = first_of(&OVERRIDE_NAMES, directory, context);
            return Ok(std::iter::once(base).chain(over).collect());
        }
    }
    let message = "no Compose file here or in a folder above";
    let diagnostic = Diagnostic::error(Code::MissingFile, Span::DETACHED, message);
    Err(context.diagnostics.report(
        diagnostic.help(format!("looked for {}; `-f FILE` names another", NAMES.join(", "))),
    ))
}

/// The first of the names that the folder has; the others would be read by nobody, which is worth a word.
fn first_of(names: &[&str], directory: &Path, context: &mut Context<'_>) -> Option<PathBuf> {
    let paths = names.iter().map(|it| directory.join(it));
    let mut present = paths.filter(|it| context.world.is_file(it)).collect::<Vec<_>>().into_iter();
    let first = present.next()?;
    let others: Vec<String> = present.map(|it| format!("`{}`", context.shown(&it))).collect();
    if !others.is_empty() {
        let message = format!("`{}` is read, and not {}", context.shown(&first), others.join(", "));
        let warning = Diagnostic::warning(Code::SeveralFiles, Span::DETACHED, message);
        context.diagnostics.add(warning.help("name the files with `-f`, or keep one of them"));
    }
    Some(first)
}

/// Explicit env files, else `COMPOSE_ENV_FILES`, else the folder's `.env`. Keys that are known already stay.
fn read_env_files(
    options: &ProjectOptions,
    directory: &Path,
    variables: &mut Variables,
    context: &mut Context<'_>,
) {
    let from_variable = context.world.variable("COMPOSE_ENV_FILES").filter(|it| !it.is_empty());
    let listed: Vec<PathBuf> = match from_variable {
        _ if !options.env_files.is_empty() => options.env_files.clone(),
        Some(list) => list.split(',').map(PathBuf::from).collect(),
        None => {
            let disabled = context.world.variable("COMPOSE_DISABLE_ENV_FILE");
            let default = directory.join(".env");
            let wanted = !disabled.is_some_and(|it| it == "true" || it == "1")
                && context.world.is_file(&default);
            if wanted { vec![default] } else { Vec::new() }
        }
    };
    let known = Rc::new(std::mem::take(variables));
    let mut read = Variables::below(&known);
    for path in listed {
        let path = clean(&options.directory.join(path));
        read_env_file(&path, Span::DETACHED, &mut read, context);
    }
    let found = std::mem::take(&mut read.from_files);
    drop(read);
    *variables = Rc::unwrap_or_clone(known);
    for (name, value) in found {
        variables.from_files.entry(name).or_insert(value);
    }
}

/// Adds the variables of one env file; `span` is the place that names it.
pub(super) fn read_env_file(
    path: &Path,
    span: Span,
    variables: &mut Variables,
    context: &mut Context<'_>,
) {
    let shown = context.shown(path);
    let file = match read_text(context.world, context.sources, path, &shown) {
        Ok(file) => file,
        Err(error) => {
            let message = format!("cannot read the env file `{shown}`: {}", error.reason);
            let place = error.place.unwrap_or(span);
            context.diagnostics.report(Diagnostic::error(Code::EnvFile, place, message));
            return;
        }
    };
    let text = context.sources.get(file).text.clone();
    match dotenv::parse(&text, &|name| variables.get(name, context.world)) {
        Err(error) => {
            let place = Span::new(file, error.offset, error.offset);
            super::text::report(&error, Code::EnvFile, place, context.diagnostics);
        }
        Ok(parsed) => {
            for (name, offset) in &parsed.unset {
                context.warn_unset(name, "", Span::new(file, *offset, *offset));
            }
            let values = parsed.entries.into_iter().filter_map(|it| Some((it.key, it.value?)));
            for (name, value) in values {
                if super::is_secret(&name, &value) {
                    context.secrets.push(value.clone());
                }
                variables.from_files.insert(name, value);
            }
        }
    }
}

/// Step 2: `-p`, `COMPOSE_PROJECT_NAME`, the last `name:`, or the folder's name made to fit.
pub(super) fn name(
    options: &ProjectOptions,
    directory: &Path,
    variables: &Variables,
    documents: &[Node],
    context: &mut Context<'_>,
) -> Result<String, Reported> {
    let given = options.project_name.clone();
    let from_variable =
        || variables.get("COMPOSE_PROJECT_NAME", context.world).filter(|it| !it.is_empty());
    if let Some(name) = given.or_else(from_variable) {
        return project_name::check(&name).map_err(|error| {
            let diagnostic = Diagnostic::error(Code::InvalidName, Span::DETACHED, error.message);
            context.diagnostics.report(match error.help {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            })
        });
    }
    let mut named = documents
        .iter()
        .rev()
        .filter_map(|it| it.get("name"))
        .find(|it| it.as_str().is_some())
        .cloned();
    if let Some(node) = &mut named {
        super::interpolate::interpolate(node, variables, context);
    }
    let written = named.as_ref().and_then(Node::as_str).map(str::to_owned);
    let folder =
        || directory.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let normal = written.map(|it| project_name::normalise(&it)).filter(|it| !it.is_empty());
    let normal = normal.unwrap_or_else(|| project_name::normalise(&folder()));
    if normal.is_empty() {
        let span = named.map_or(Span::DETACHED, |it| it.span);
        let message =
            "the project has no name: nothing of the folder's name is left after `[a-z0-9_-]`";
        let diagnostic = Diagnostic::error(Code::InvalidName, span, message);
        return Err(context
            .diagnostics
            .report(diagnostic.help("set `name:` in the file or pass `-p NAME`")));
    }
    Ok(normal)
}
