//! Arguments -> the library's options, and the compilation they ask for.
#![expect(
    clippy::disallowed_methods,
    reason = "the folder of the process is read here and handed to the library"
)]

use std::path::PathBuf;

use anyhow::{Context, bail};

use super::args::{
    ComposeArguments, InputArguments, OfflineArguments, OnlineArguments, PolicyArguments,
    ProjectArguments,
};
use super::aws::{self, Halt};
use compose2ecs::diagnostic::{Code, Policy};
use compose2ecs::world::OsWorld;
use compose2ecs::{Compilation, Options, ProjectOptions, compile};

/// Compiles the project that the arguments name, without asking anybody unless they say so.
pub(super) fn run(
    arguments: &ProjectArguments,
    offline: &OfflineArguments,
    online: &OnlineArguments,
) -> Result<Compilation, Halt> {
    with_services(arguments, offline, online, false)
}

/// Compiles the project, with its service definitions when they are asked for.
pub(super) fn with_services(
    arguments: &ProjectArguments,
    offline: &OfflineArguments,
    online: &OnlineArguments,
    services: bool,
) -> Result<Compilation, Halt> {
    let mut options = options(&arguments.inputs, arguments.branch.clone())?;
    options.services = services;
    options.project.profiles.extend(offline.profiles.iter().cloned());
    if online.is_online() {
        aws::compile(&online.aws(), options)
    } else {
        Ok(compile(&OsWorld, &options))
    }
}

/// The library's options for one branch.
pub(super) fn options(
    arguments: &InputArguments,
    branch: Option<String>,
) -> anyhow::Result<Options> {
    let directory = std::env::current_dir().context("the current folder cannot be found")?;
    Ok(Options {
        project: project(&arguments.compose, directory),
        overlays: arguments.overlays.clone(),
        branch,
        commit: arguments.commit.clone(),
        facts: arguments.facts.clone(),
        ..Options::default()
    })
}

/// The project that the arguments name, as seen from a folder.
pub(super) fn project(arguments: &ComposeArguments, directory: PathBuf) -> ProjectOptions {
    ProjectOptions {
        directory,
        project_directory: arguments.project_directory.clone(),
        files: arguments.files.clone(),
        env_files: arguments.env_files.clone(),
        profiles: arguments.profiles.clone(),
        project_name: arguments.project_name.clone(),
    }
}

/// Reads the codes of `--allow` and `--deny`.
pub(super) fn policy(arguments: &PolicyArguments) -> anyhow::Result<Policy> {
    let mut policy = Policy::default();
    for name in &arguments.deny {
        if name == "warnings" {
            policy.deny_warnings = true;
        } else {
            policy.deny.push(code(name)?);
        }
    }
    for name in &arguments.allow {
        policy.allow.push(code(name)?);
    }
    Ok(policy)
}

fn code(name: &str) -> anyhow::Result<Code> {
    let Some(code) = Code::parse(name) else {
        let names: Vec<&str> = Code::TABLE.iter().map(|(_, name, _)| *name).collect();
        bail!("there is no diagnostic code `{name}`; the codes are {}", names.join(", "));
    };
    Ok(code)
}
