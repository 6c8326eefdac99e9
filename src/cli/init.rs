//! `init`: a first overlay for the project at hand.
#![expect(
    clippy::disallowed_methods,
    reason = "the folder of the process is handed to the library"
)]

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::args::{InitArguments, KnownArguments};
use super::{Outcome, compile, terminal};
use compose2ecs::diagnostic::{Policy, Report};
use compose2ecs::surroundings::Surroundings;
use compose2ecs::world::{OsWorld, World};
use compose2ecs::{InitOptions, Initiation, Managed, init};

/// Writes the overlay, or prints it, and says what was found.
pub(super) fn run(arguments: &InitArguments) -> anyhow::Result<Outcome> {
    let directory = std::env::current_dir().context("the current folder cannot be found")?;
    let initiation = init(&OsWorld, &options(arguments, directory.clone())?);
    let policy = Policy::default();
    let report = Report::new(&initiation.sources, &initiation.diagnostics, &policy);
    terminal::problems(&report, terminal::Detail::Warnings);
    let Some(overlay) = &initiation.overlay else {
        return Ok(Outcome::Diagnostics);
    };
    if arguments.output.as_deref() == Some(Path::new("-")) {
        terminal::data(overlay)?;
        terminal::message(&found(&initiation));
        return Ok(Outcome::Fine);
    }
    let target = target(arguments, &initiation, &directory)?;
    write(&target, overlay, arguments.force)
        .with_context(|| format!("cannot write `{}`", target.display()))?;
    let shown = target.strip_prefix(&directory).unwrap_or(&target);
    terminal::message(&format!("wrote {}\n\n", shown.display()));
    terminal::message(&found(&initiation));
    terminal::message(&next(arguments, &initiation, shown));
    Ok(Outcome::Fine)
}

fn options(arguments: &InitArguments, directory: PathBuf) -> anyhow::Result<InitOptions> {
    let mut project = compile::project(&arguments.compose, directory);
    project.profiles.extend(arguments.offline.profiles.iter().cloned());
    let managed = |list: &[(Option<String>, String)]| {
        let managed = list.iter().cloned();
        managed.map(|(service, identifier)| Managed { service, identifier }).collect()
    };
    Ok(InitOptions {
        project,
        surroundings: surroundings(&arguments.known),
        databases: managed(&arguments.known.rds),
        caches: managed(&arguments.known.elasticache),
        ecs_params: arguments.from_ecs_params.clone(),
    })
}

fn surroundings(known: &KnownArguments) -> Surroundings {
    let it = known.clone();
    let of_environment = || {
        let names = ["AWS_REGION", "AWS_DEFAULT_REGION"];
        names.iter().find_map(|it| OsWorld.variable(it)).filter(|it| !it.is_empty())
    };
    Surroundings {
        region: it.region.or_else(of_environment),
        account: it.account,
        cluster: it.cluster,
        execution_role: it.execution_role,
        task_role: it.task_role,
        subnets: it.subnets,
        security_groups: it.security_groups,
        listener: it.listener.or(it.load_balancer),
        zone: it.zone,
        ..Surroundings::default()
    }
}

/// The file to write; one that is there is only written over when somebody says so.
fn target(
    arguments: &InitArguments,
    initiation: &Initiation,
    directory: &Path,
) -> anyhow::Result<PathBuf> {
    let there = match &arguments.output {
        Some(path) => Some(directory.join(path)).filter(|it| it.exists()),
        None => initiation.existing.first().cloned(),
    };
    if let (Some(path), false) = (&there, arguments.force) {
        let shown = path.strip_prefix(directory).unwrap_or(path).display();
        bail!(
            "`{shown}` is there already; nothing was written. `--force` writes over it, `--output -` only prints"
        );
    }
    let own = || match &arguments.output {
        Some(path) => directory.join(path),
        None => initiation.directory.join("compose2ecs.yml"),
    };
    Ok(there.unwrap_or_else(own))
}

/// Writes a file as a whole or not at all: under another name first. Without `force` a file that has come up meanwhile stays.
fn write(target: &Path, text: &str, force: bool) -> std::io::Result<()> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let draft = target.with_file_name(format!(".{name}.{}", std::process::id()));
    let written = (|| {
        let mut file = std::fs::File::create_new(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        // A link is refused where a file of this name is, and a renaming is not.
        if force { std::fs::rename(&draft, target) } else { std::fs::hard_link(&draft, target) }
    })();
    let _ = std::fs::remove_file(&draft);
    written
}

fn found(initiation: &Initiation) -> String {
    let notes = initiation.notes.iter();
    let services: Vec<Vec<String>> =
        notes.clone().filter_map(|it| Some(vec![it.service.clone()?, it.text.clone()])).collect();
    let mut text = terminal::table(&["service", "what becomes of it"], services.into_iter());
    let others: Vec<String> =
        notes.filter(|it| it.service.is_none()).map(|it| format!("- {}", it.text)).collect();
    if !others.is_empty() {
        text.push('\n');
        text.push_str(&terminal::lines(others));
    }
    text
}

/// What only the user knows, and the next command.
fn next(arguments: &InitArguments, initiation: &Initiation, overlay: &Path) -> String {
    let mut text = String::new();
    if !initiation.unknown.is_empty() {
        text.push_str(&format!(
            "\nOnly you know {}: their lines are marked with EDIT.\n",
            initiation.unknown.join(", ")
        ));
    }
    let mut command = "compose2ecs check --branch \"$(git branch --show-current)\"".to_owned();
    for file in &arguments.compose.files {
        command.push_str(&format!(" -f {}", file.display()));
    }
    for profile in arguments.compose.profiles.iter().chain(&arguments.offline.profiles) {
        command.push_str(&format!(" --profile '{profile}'"));
    }
    if arguments.output.is_some() {
        command.push_str(&format!(" --overlay {}", overlay.display()));
    }
    text.push_str(&format!("\nNext: {command}\n"));
    text
}
