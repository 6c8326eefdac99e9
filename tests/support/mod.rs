//! What the tests share: cases as folders, a world without surprises, expectations as files.
#![expect(clippy::disallowed_methods, reason = "tests read and write their fixtures")]
#![allow(dead_code, clippy::allow_attributes, reason = "each test binary uses a part of it")]

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use compose2ecs::facts::Facts;
use compose2ecs::world::{OsWorld, World};
use compose2ecs::{Options, ProjectOptions};
use serde::Deserialize;

/// The folder of the project.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// How a case is run; `case.json` beside its inputs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each asks for an expectation of its own")]
pub(crate) struct Invocation {
    pub(crate) branch: Option<String>,
    pub(crate) commit: Option<String>,
    /// Images that services run instead of what the files say.
    pub(crate) images: indexmap::IndexMap<String, String>,
    pub(crate) facts: Option<PathBuf>,
    /// What the caller found out.
    pub(crate) known: Facts,
    pub(crate) files: Vec<PathBuf>,
    pub(crate) overlays: Vec<PathBuf>,
    pub(crate) env_files: Vec<PathBuf>,
    pub(crate) profiles: Vec<String>,
    pub(crate) project_name: Option<String>,
    /// The variables of the process; there are no others but `HOME`.
    pub(crate) variables: std::collections::BTreeMap<String, String>,
    /// Whether the case expects `explanations.txt`.
    pub(crate) explain: bool,
    /// Whether the case expects `stack.json`, or `draft.json` when facts are missing.
    pub(crate) stack: bool,
    /// Whether the case expects `service-definitions.json`.
    pub(crate) services: bool,
    /// Whether the case expects `needs.json`.
    pub(crate) needs: bool,
    /// Of a deployment: `up`, `up --detach`, `down` or `register`.
    pub(crate) command: String,
    /// Of a deployment: when the environment may go.
    pub(crate) expires: Option<String>,
    /// Of a deployment: `json` expects `plan.json` too.
    pub(crate) format: String,
}

/// One folder with inputs.
pub(crate) struct Case {
    pub(crate) folder: PathBuf,
    pub(crate) invocation: Invocation,
}

impl Case {
    /// Reads a case; without `case.json` it is the branch `feature/login`.
    pub(crate) fn read(folder: &Path) -> Self {
        let text = std::fs::read_to_string(folder.join("case.json"))
            .unwrap_or_else(|_| r#"{"branch":"feature/login"}"#.to_owned());
        let invocation = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}/case.json: {error}", folder.display()));
        Self { folder: folder.to_owned(), invocation }
    }

    /// The name in test output: feature and case.
    pub(crate) fn name(&self) -> String {
        let relative = self.folder.strip_prefix(root().join("fixtures")).unwrap_or(&self.folder);
        relative.to_string_lossy().into_owned()
    }

    /// What the library is asked for.
    pub(crate) fn options(&self) -> Options {
        let it = self.invocation.clone();
        Options {
            project: ProjectOptions {
                directory: self.folder.clone(),
                project_directory: None,
                files: it.files,
                env_files: it.env_files,
                profiles: it.profiles,
                project_name: it.project_name,
            },
            overlays: it.overlays,
            branch: it.branch,
            commit: it.commit,
            images: it.images,
            facts: it.facts,
            services: it.services,
            known: it.known,
        }
    }

    /// The world the case runs in.
    pub(crate) fn world(&self) -> RecordingWorld {
        let mut variables = self.invocation.variables.clone();
        variables.entry("HOME".to_owned()).or_insert_with(|| "/home/someone".to_owned());
        RecordingWorld { variables, read: RefCell::default() }
    }
}

/// Real files, chosen variables, and a list of what was read.
pub(crate) struct RecordingWorld {
    variables: std::collections::BTreeMap<String, String>,
    pub(crate) read: RefCell<BTreeSet<PathBuf>>,
}

impl World for RecordingWorld {
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        self.read.borrow_mut().insert(path.to_owned());
        OsWorld.read(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        OsWorld.is_file(path)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }
}

/// Where the cases of deployments lie: they are compiled too, but what they expect is a plan.
const DEPLOYMENTS: &str = "deploy";

/// Where the projects lie that an overlay is written for.
const PROJECTS: &str = "init";

/// All cases of the compiler below `fixtures/`: folders of a feature folder.
pub(crate) fn cases() -> Vec<Case> {
    let features = folders(&root().join("fixtures"));
    let features =
        features.iter().filter(|it| !it.ends_with(DEPLOYMENTS) && !it.ends_with(PROJECTS));
    let cases = features.flat_map(|it| folders(it));
    cases.map(|it| Case::read(&it)).collect()
}

/// All cases of deployments.
pub(crate) fn deployments() -> Vec<Case> {
    let cases = folders(&root().join("fixtures").join(DEPLOYMENTS));
    cases.iter().map(|it| Case::read(it)).collect()
}

/// The inputs of a case that nobody reads, a sentence each.
pub(crate) fn unread(case: &Case, world: &RecordingWorld, expectations: &[&str]) -> String {
    let read = world.read.borrow();
    let mut sentences = String::new();
    for file in files(&case.folder) {
        let name = file
            .strip_prefix(&case.folder)
            .expect("files lie below their folder")
            .to_string_lossy()
            .into_owned();
        if !read.contains(&file) && name != "case.json" && !expectations.contains(&name.as_str()) {
            let _ = writeln!(sentences, "{name}: nothing reads this file");
        }
    }
    sentences
}

/// The folders in a folder, sorted.
pub(crate) fn folders(folder: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = entries(folder).into_iter().filter(|it| it.is_dir()).collect();
    folders.sort();
    folders
}

/// All files below a folder, sorted.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in entries(folder) {
        if entry.is_dir() { found.extend(files(&entry)) } else { found.push(entry) }
    }
    found.sort();
    found
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries =
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|it| it.expect("a folder can be listed").path()).collect()
}

/// Compares a file with what it should hold, or rewrites it; a difference comes back as text.
pub(crate) fn compare(path: &Path, actual: Option<&str>) -> String {
    let expected = std::fs::read_to_string(path).ok();
    if expected.as_deref() == actual {
        return String::new();
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        match actual {
            Some(text) => std::fs::write(path, text).expect("the fixtures can be written"),
            None => std::fs::remove_file(path).expect("the fixtures can be written"),
        }
        return String::new();
    }
    let difference = similar::TextDiff::from_lines(
        expected.as_deref().unwrap_or_default(),
        actual.unwrap_or_default(),
    );
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    difference
        .unified_diff()
        .header(&format!("{name} (expected)"), &format!("{name} (actual)"))
        .to_string()
}
