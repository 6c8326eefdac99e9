//! The cases that are files: whole files, files together, small projects with a command line.
#![expect(clippy::disallowed_methods, reason = "tests read their cases")]

use std::path::{Path, PathBuf};

use compose2ecs::Step;
use serde::Deserialize;
use serde_json::Value;

use crate::compare::{Expected, Verdict};
use crate::placed_world::PlacedWorld;
use crate::request::Request;
use crate::{Cases, Row};

/// Reads a file of the data.
pub(crate) fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Reads a JSON file of the data.
fn json(path: &Path) -> Value {
    serde_json::from_str(&text(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The rows of a TSV file as their fields, without the head.
fn table(path: &Path) -> Vec<Vec<String>> {
    let text = text(path);
    let rows = text.lines().skip(1).filter(|it| !it.is_empty());
    rows.map(|it| it.split('\t').map(str::to_owned).collect()).collect()
}

/// Where the corpus lay when it was loaded. `/corpus/` stands for it in the data, but the folder itself and what lies
/// above it kept their names.
const CORPUS: &str = "/tmp/corpus";

/// The environment in which all file cases were loaded.
fn corpus(folder: &Path) -> Request {
    let mut world = PlacedWorld::of(CORPUS, folder.join("corpus"));
    world.set("PWD", "/srv");
    world.set("HOME", "/root");
    let mut request = Request::of(world, "/srv");
    request.arguments(["-p", "corpus", "--profile", "*"]);
    request.placeholders.push((format!("{CORPUS}/"), "/corpus/".to_owned()));
    request
}

/// Every compose file of the corpus, alone.
pub(crate) fn whole_files(folder: &Path, cases: &mut Cases) {
    for fields in table(&folder.join("MANIFEST.tsv")) {
        let [path, _, _, status, mode, arguments, error] = fields.as_slice() else {
            panic!("MANIFEST.tsv has another shape: {fields:?}");
        };
        let mut request = corpus(folder);
        let arguments = arguments.replace("/corpus/", &format!("{CORPUS}/"));
        request.arguments(arguments.split_whitespace());
        request.options.project.files.push(Path::new(CORPUS).join(path));
        request.skip(Step::EnvironmentResolution, mode == "no-env-resolution");
        let expected = folder.join("expected").join(format!("{path}.json"));
        let refusal = (status == "error").then(|| error.clone());
        cases.rows.push(row("whole files", path, request, expected, refusal));
    }
}

/// Several files of one repository together.
pub(crate) fn combos(folder: &Path, cases: &mut Cases) {
    for fields in table(&folder.join("combos/MANIFEST.tsv")) {
        let [name, repository, files, arguments, status, _, mode, error] = fields.as_slice() else {
            panic!("combos/MANIFEST.tsv has another shape: {fields:?}");
        };
        let mut request = corpus(folder);
        let place = Path::new(CORPUS).join(repository);
        request.options.project.directory.clone_from(&place);
        request.arguments(arguments.split_whitespace());
        let real = folder.join("corpus").join(repository);
        request.options.project.files =
            listed_files(&real, files).iter().map(|it| place.join(it)).collect();
        request.skip(Step::EnvironmentResolution, mode == "-no-env-resolution");
        let expected = folder.join("combos").join(format!("{name}.json"));
        let refusal = (status == "error").then(|| error.clone());
        cases.rows.push(row("combos", name, request, expected, refusal));
    }
}

/// `a.yml b.yml`, or `a.yml + 50 projects/*/b.yml`: the folders in the order of their names.
fn listed_files(folder: &Path, files: &str) -> Vec<PathBuf> {
    let Some((first, (count, pattern))) =
        files.split_once(" + ").and_then(|(first, rest)| Some((first, rest.split_once(' ')?)))
    else {
        return files.split_whitespace().map(PathBuf::from).collect();
    };
    let (parent, name) = pattern.split_once("/*/").expect("a pattern has one star");
    let mut found: Vec<PathBuf> = folders(&folder.join(parent))
        .into_iter()
        .map(|it| Path::new(parent).join(it).join(name))
        .filter(|it| folder.join(it).is_file())
        .collect();
    assert_eq!(found.len().to_string(), count, "{pattern}");
    found.insert(0, first.into());
    found
}

fn folders(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the data can be listed");
    let entries = entries.map(|it| it.expect("the data can be listed"));
    let folders = entries.filter(|it| it.path().is_dir());
    let mut names: Vec<String> =
        folders.map(|it| it.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// `case.json`: how a small project is asked for.
#[derive(Deserialize)]
struct Invocation {
    args: Vec<String>,
    env: Vec<String>,
    cwd: String,
    warnings: Vec<String>,
}

/// Small projects with the command line and variables of their `case.json`.
pub(crate) fn projects(folder: &Path, cases: &mut Cases) {
    for name in folders(&folder.join("projects")) {
        let case = folder.join("projects").join(&name);
        let invocation: Invocation =
            serde_json::from_value(json(&case.join("case.json"))).expect("case.json has its shape");
        // The folder's name is the project's, so the case cannot lie in `/project` itself.
        let place = format!("/cases/{name}");
        let mut world = PlacedWorld::of(&place, case.join("in"));
        world.set("PWD", "/srv");
        world.set("HOME", "/root");
        let directory = Path::new(&place).join(&invocation.cwd).components().collect::<PathBuf>();
        let mut request = Request::of(world, directory);
        request.arguments(invocation.args.iter().map(String::as_str));
        // The case's variables reached the interpolation; `~` is the home of the process that ran it.
        for assignment in invocation.env.iter().filter(|it| !it.starts_with("HOME=")) {
            request.assign(assignment);
        }
        request.placeholder(&place, "/project");
        let refusal = case.join("expected.error");
        let refusal = refusal.is_file().then(|| text(&refusal));
        let expected = case.join("expected.json");
        let warned = !invocation.warnings.is_empty();
        let mut row = row("projects", &name, request.clone(), expected, refusal);
        if warned {
            let check = row.check;
            row.check = Box::new(move || warned_too(check(), &request));
        }
        cases.rows.push(row);
    }
}

/// Where Compose warns, so do we.
pub(crate) fn warned_too(verdict: Verdict, request: &Request) -> Verdict {
    match verdict {
        Verdict::Agrees if request.answer().warnings == 0 => {
            Verdict::Value("Compose warns about this, we do not".to_owned())
        }
        verdict => verdict,
    }
}

fn row(
    table: &'static str,
    id: &str,
    request: Request,
    expected: PathBuf,
    refusal: Option<String>,
) -> Row {
    let check = move || {
        let expected =
            refusal.clone().map_or_else(|| Expected::Value(json(&expected)), Expected::Refusal);
        request.check(&expected, None)
    };
    Row { table, id: id.to_owned(), note: String::new(), check: Box::new(check) }
}
