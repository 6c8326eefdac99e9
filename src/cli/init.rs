//! `init`: a first overlay for the project at hand.
#![expect(
    clippy::disallowed_methods,
    reason = "the folder of the process is handed to the library"
)]

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::args::{InitArguments, KnownArguments};
use super::aws::{self, Halt};
use super::{Outcome, compile, terminal};
use compose2ecs::deploy::{Connection, Deployer};
use compose2ecs::diagnostic::{Policy, Report};
use compose2ecs::surroundings::Surroundings;
use compose2ecs::world::{OsWorld, World};
use compose2ecs::{InitOptions, Initiation, Managed, init};

/// Writes the overlay, or prints it, and says what was found.
pub(super) fn run(arguments: &InitArguments) -> anyhow::Result<Outcome> {
    let directory = std::env::current_dir().context("the current folder cannot be found")?;
    let existing = match &arguments.from_service {
        None => Surroundings::default(),
        Some(service) => match existing(arguments, service) {
            Ok(existing) => existing,
            Err(halt) => return halt.end(),
        },
    };
    let mut options = options(arguments, directory.clone());
    options.surroundings = options.surroundings.or(existing);
    let initiation = init(&OsWorld, &options);
    let policy = Policy::default();
    let report = Report::new(&initiation.sources, &initiation.diagnostics, &policy);
    terminal::problems(&report, terminal::Detail::Warnings);
    let Some(overlay) = &initiation.overlay else {
        return Ok(if initiation.is_misused { Outcome::Misused } else { Outcome::Diagnostics });
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

/// What a service that runs already says of its surroundings.
fn existing(arguments: &InitArguments, service: &str) -> Result<Surroundings, Halt> {
    let of_arn = || service.strip_prefix("arn:")?.split(':').nth(2).map(str::to_owned);
    let connection = Connection {
        profile: arguments.aws_profile.clone(),
        region: arguments.known.region.clone().or_else(of_arn).filter(|it| !it.is_empty()),
        endpoint: arguments.endpoint_url.clone(),
        credentials: None,
    };
    let read = async {
        let deployer = Deployer::connect(&connection).await?;
        deployer.existing(service).await
    };
    match aws::block_on(read)? {
        Some(existing) => existing.map_err(|error| aws::refuse(&[error])),
        None => Err(Halt::Said(Outcome::Interrupted)),
    }
}

fn options(arguments: &InitArguments, directory: PathBuf) -> InitOptions {
    let mut project = compile::project(&arguments.compose, directory);
    project.profiles.extend(arguments.offline.profiles.iter().cloned());
    let managed = |list: &[(Option<String>, String)]| {
        let managed = list.iter().cloned();
        managed.map(|(service, identifier)| Managed { service, identifier }).collect()
    };
    InitOptions {
        project,
        surroundings: surroundings(&arguments.known),
        databases: managed(&arguments.known.rds),
        caches: managed(&arguments.known.elasticache),
        ecs_params: arguments.from_ecs_params.clone(),
    }
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
    let unknown = match initiation.unknown.join(", ") {
        none if none.is_empty() => none,
        names => format!("\nOnly you know {names}: their lines are marked with EDIT.\n"),
    };
    let files = arguments.compose.files.iter().map(|it| format!(" -f {}", it.display()));
    let profiles = arguments.compose.profiles.iter().chain(&arguments.offline.profiles);
    let profiles = profiles.map(|it| format!(" --profile '{it}'"));
    let overlay = arguments.output.iter().map(|_| format!(" --overlay {}", overlay.display()));
    let more: String = files.chain(profiles).chain(overlay).collect();
    // What AWS alone knows is looked up, or else given as facts.
    let online = if initiation.needs_lookup { " --online" } else { "" };
    let command = format!("compose2ecs check{online} --branch \"$(git branch --show-current)\"");
    format!("{unknown}\nNext: {command}{more}\n")
}
