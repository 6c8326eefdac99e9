//! `init`: every folder below `fixtures/init/` is a project; what is written for it is compared byte by byte, and
//! compiles as it is, but for what `refusal.txt` names. `files.txt` has the warnings of files that are left.
//!
//! `UPDATE_EXPECT=1 cargo test --test init` rewrites the expectations; read the difference before you keep it.
#![expect(clippy::disallowed_methods, reason = "the test reads its cases")]

#[path = "support/placed_world.rs"]
mod placed_world;
mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use compose2ecs::diagnostic::{Code, Colour, Policy, Report, Severity};
use compose2ecs::surroundings::Surroundings;
use compose2ecs::{
    Compilation, InitOptions, Initiation, Managed, Options, ProjectOptions, compile, init,
};
use libtest_mimic::{Arguments, Failed, Trial};
use placed_world::PlacedWorld;
use serde::Deserialize;
use support::{compare, folders, root};

/// What the caller knows; `case.json` beside the project.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Invocation {
    region: Option<String>,
    account: Option<String>,
    cluster: Option<String>,
    execution_role: Option<String>,
    task_role: Option<String>,
    subnets: Vec<String>,
    security_groups: Vec<String>,
    zone: Option<String>,
    listener: Option<String>,
    /// Identifiers by service; the empty name is none.
    rds: BTreeMap<String, String>,
    elasticache: BTreeMap<String, String>,
    profiles: Vec<String>,
    /// The variables of the process.
    variables: BTreeMap<String, String>,
    /// What only AWS knows, for the compilation.
    known: compose2ecs::facts::Facts,
}

fn main() {
    let cases = folders(&root().join("fixtures/init"));
    let trials = cases.into_iter().map(|folder| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Trial::test(name, move || check(&folder))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}

/// Where a project lies as far as its results tell.
const PLACE: &str = "/shop";

fn check(folder: &Path) -> Result<(), Failed> {
    let text =
        std::fs::read_to_string(folder.join("case.json")).unwrap_or_else(|_| "{}".to_owned());
    let invocation: Invocation = serde_json::from_str(&text)?;
    let mut world = PlacedWorld::of(PLACE, folder);
    world.set("HOME", "/home/someone");
    for (name, value) in &invocation.variables {
        world.set(name, value);
    }
    let options = options(&invocation, folder);
    let initiation = init(&world, &options);
    let mut failures = compare(&folder.join("compose2ecs.yml"), initiation.overlay.as_deref());
    failures.push_str(&compare(&folder.join("notes.txt"), notes(&initiation).as_deref()));
    failures
        .push_str(&compare(&folder.join("diagnostics.txt"), diagnostics(&initiation).as_deref()));
    if let Some(overlay) = &initiation.overlay {
        world.write(Path::new(PLACE).join("compose2ecs.yml"), overlay);
        let compiled = compiled(&world, &options.project, &invocation);
        let refusal = refusal(&compiled);
        failures.push_str(&compare(&folder.join("refusal.txt"), refusal.as_deref()));
        let files = files(&compiled);
        failures.push_str(&compare(&folder.join("files.txt"), files.as_deref()));
        world.write(Path::new(PLACE).join("compose2ecs.yml"), &accepted(overlay));
        failures.push_str(&misread(&world, &options.project));
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.into()) }
}

fn options(invocation: &Invocation, folder: &Path) -> InitOptions {
    let it = invocation.clone();
    let managed = |list: BTreeMap<String, String>| {
        let service = |name: String| Some(name).filter(|it| !it.is_empty());
        list.into_iter()
            .map(|(name, identifier)| Managed { service: service(name), identifier })
            .collect()
    };
    let params = folder.join("ecs-params.yml").is_file();
    InitOptions {
        project: ProjectOptions {
            directory: PathBuf::from(PLACE),
            profiles: it.profiles,
            ..ProjectOptions::default()
        },
        surroundings: Surroundings {
            region: it.region,
            account: it.account,
            cluster: it.cluster,
            execution_role: it.execution_role,
            task_role: it.task_role,
            subnets: it.subnets,
            security_groups: it.security_groups,
            zone: it.zone,
            listener: it.listener,
            ..Surroundings::default()
        },
        databases: managed(it.rds),
        caches: managed(it.elasticache),
        ecs_params: params.then(|| PathBuf::from("ecs-params.yml")),
    }
}

fn notes(initiation: &Initiation) -> Option<String> {
    initiation.overlay.as_ref()?;
    let mut text = String::new();
    for note in &initiation.notes {
        let service = note.service.as_deref().unwrap_or("-");
        let _ = writeln!(text, "{service}: {}", note.text);
    }
    let _ = writeln!(text, "only you know: {}", initiation.unknown.join(", "));
    Some(text)
}

fn diagnostics(initiation: &Initiation) -> Option<String> {
    let report = Report::new(&initiation.sources, &initiation.diagnostics, &Policy::default());
    Some(report.text(Severity::Note, Colour::Never)).filter(|it| !it.is_empty())
}

/// The overlay with all its proposals taken: one `# ` fewer before each. Lines of words begin with `##`.
fn accepted(overlay: &str) -> String {
    overlay.lines().fold(String::new(), |accepted, line| {
        let text = line.trim_start();
        let margin = &line[..line.len() - text.len()];
        accepted + margin + text.strip_prefix("# ").unwrap_or(text) + "\n"
    })
}

/// Why the overlay with all its proposals is not read, whatever its made-up values lead to.
fn misread(world: &PlacedWorld, project: &ProjectOptions) -> String {
    const FORM: [Code; 4] =
        [Code::YamlSyntax, Code::DuplicateKey, Code::UnknownKey, Code::WrongType];
    let options = Options {
        project: project.clone(),
        branch: Some("feature/login".to_owned()),
        ..Options::default()
    };
    let compilation = compile(world, &options);
    let errors = compilation.diagnostics.iter().filter(|it| it.severity == Severity::Error);
    let errors = errors.filter(|it| FORM.contains(&it.code));
    errors.fold(String::new(), |text, it| text + "with its proposals taken: " + &it.message + "\n")
}

/// `render --branch feature/login` with the overlay as it was written.
fn compiled(world: &PlacedWorld, project: &ProjectOptions, invocation: &Invocation) -> Compilation {
    let options = Options {
        project: project.clone(),
        branch: Some("feature/login".to_owned()),
        known: invocation.known.clone(),
        ..Options::default()
    };
    compile(world, &options)
}

/// What stands in its way.
fn refusal(compilation: &Compilation) -> Option<String> {
    let report = Report::new(&compilation.sources, &compilation.diagnostics, &Policy::default());
    Some(report.text(Severity::Error, Colour::Never)).filter(|it| !it.is_empty())
}

/// What it warns of that a container does not find: files, and names of hosts in files.
fn files(compilation: &Compilation) -> Option<String> {
    const CODES: [Code; 3] = [Code::BindMount, Code::FileDelivery, Code::UnresolvedHost];
    let warnings = compilation.diagnostics.iter().filter(|it| it.severity == Severity::Warning);
    let mut lines = String::new();
    for warning in warnings.filter(|it| CODES.contains(&it.code)) {
        let _ = writeln!(lines, "{}: {}", warning.code.name(), warning.message);
    }
    Some(lines).filter(|it| !it.is_empty())
}
