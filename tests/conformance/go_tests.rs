//! The rows of `vectors/compose-go-tests.jsonl`: what compose-go's own tests ask, with the loader options they set.

use std::collections::BTreeMap;
use std::path::Path;

use compose2ecs::Step;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::compare::{Expected, Verdict};
use crate::placed_world::PlacedWorld;
use crate::probe::{Probe, printed};
use crate::request::Request;
use crate::vectors::lines;
use crate::{Cases, Row};

const TABLE: &str = "compose-go-tests";

/// Rows that cannot be asked: what a row lacks, the option it sets or the name of its test, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("no result", "the row has neither a result nor an error"),
    ("no name", "a command line always has a folder to take the name from"),
    ("discard_env_files", "an option of the Go library that no command line has"),
    ("TestKnowExtensions", "decodes an extension into a Go type"),
    ("TestLoadWithRemoteResources", "has a loader of its own for `remote:`"),
    ("TestLoadWithResourcesCycle", "has a loader of its own for `remote:`"),
    ("TestSubstituteWithReplacementFunc", "replaces the substitution by a Go function"),
    ("TestSubstituteWithReplacementAppliedFunc", "replaces the substitution by a Go function"),
    ("TestLoadWithIncludeEnv", "reads files that the row does not hold"),
    ("TestNestedIncludeAndExtends", "reads files that the row does not hold"),
    ("TestLoadExtendsMultipleFiles", "reads files that the row does not hold"),
    ("TestLoadWithLabelFile", "reads files that the row does not hold"),
    ("Test_mergeYamlArgsMixed", "merges a model that the schema refuses"),
    ("Test_mergeYamlUlimits", "merges a model that the schema refuses"),
];

/// Variables that a test sets in its lookup function, which its row does not hold.
const VARIABLES: &[(&str, &str, &str)] = &[
    ("TestInheritedEnvVariableSingleVar", "VAR_TO_BE_LOADED_FROM_OS_ENV", "SOME_RANDOM_VALUE"),
    ("TestExpandingEnvironmentWithLookup", "ME", "YES"),
    ("TestSubstitutionsWithEnvFilePrecedence", "OPTION_A", "5"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Captured {
    kind: String,
    test: String,
    file: String,
    #[serde(rename = "line")]
    _line: u32,
    #[serde(rename = "in")]
    input: Value,
    #[serde(default)]
    out: Option<Value>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Load {
    env: Option<BTreeMap<String, String>>,
    files: Vec<File>,
    opts: LoaderOptions,
    working_dir: String,
}

#[derive(Deserialize)]
struct File {
    filename: String,
    content: String,
}

/// compose-go's `loader.Options`; validation is always on here, and a valid file loads the same with it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "the options of another library")]
struct LoaderOptions {
    convert_windows_paths: bool,
    discard_env_files: bool,
    name: String,
    #[serde(rename = "name_imperative")]
    _name_imperative: bool,
    profiles: Option<Vec<String>>,
    prune: bool,
    resolve_paths: bool,
    selected: Option<Vec<String>>,
    skip_consistency: bool,
    skip_defaults: bool,
    skip_extends: bool,
    skip_include: bool,
    skip_interpolation: bool,
    skip_normalization: bool,
    skip_resolve_env: bool,
    #[serde(rename = "skip_validation")]
    _skip_validation: bool,
}

/// All captured rows that can be asked.
pub(crate) fn all(folder: &Path, cases: &mut Cases) {
    for (id, row) in lines::<Captured>(&folder.join("vectors/compose-go-tests.jsonl")) {
        if let Some(reason) = left_out(&row) {
            cases.left_out.push((TABLE, id, reason));
            continue;
        }
        let note = format!("{} {}", row.kind, row.test);
        let corpus = folder.join("corpus/compose-spec__compose-go");
        let check = Box::new(move || check(&row, &corpus));
        cases.rows.push(Row { table: TABLE, id, note, check });
    }
}

fn left_out(row: &Captured) -> Option<&'static str> {
    let mut labels = vec![row.test.as_str()];
    if row.out.is_none() && row.error.is_none() {
        labels.push("no result");
    }
    if row.kind == "load" {
        let load: Load =
            serde_json::from_value(row.input.clone()).expect("load rows have one shape");
        let it = load.opts;
        let nameless = row.error.as_deref() == Some("project name must not be empty");
        assert!(
            !(it.convert_windows_paths || it.skip_defaults || it.skip_extends || it.skip_include)
        );
        let set = [("discard_env_files", it.discard_env_files), ("no name", nameless)];
        labels.extend(set.iter().filter(|(_, set)| *set).map(|(label, _)| *label));
    }
    LEFT_OUT.iter().find(|(label, _)| labels.contains(label)).map(|(_, reason)| *reason)
}

fn check(row: &Captured, corpus: &Path) -> Verdict {
    let expected = match (&row.error, &row.out) {
        (Some(words), _) => Expected::Refusal(words.clone()),
        (None, out) => printed(&row.kind, out.as_ref().unwrap_or(&Value::Null)),
    };
    match row.kind.as_str() {
        "load" => load(row, corpus).check(&expected, None),
        "merge" => same_project(&[&row.input["base"], &row.input["override"]], row.out.as_ref()),
        "unicity" => same_project(&[&row.input], row.out.as_ref()),
        kind => {
            let text = row.input.get("template").unwrap_or(&row.input);
            let text = text.as_str().expect("the input is a text");
            let mut probe = Probe::of(kind, text).expect("a known kind");
            let lookups = row.input.get("lookups").and_then(Value::as_object);
            for (name, value) in lookups.into_iter().flatten() {
                // A lookup that found nothing is recorded as null.
                if let Some(value) = value.as_str() {
                    probe.request.world.set(name, value);
                }
            }
            let missing = VARIABLES.iter().filter(|(test, ..)| *test == row.test);
            for (_, name, value) in missing {
                probe.request.world.set(name, value);
            }
            probe.check(&expected, None)
        }
    }
}

/// The sources of compose-go lie in `/@COMPOSE_GO@`; a working directory that is not absolute begins in the package
/// that the test is of, and leaves its results as relative.
fn load(row: &Captured, corpus: &Path) -> Request {
    let load: Load = serde_json::from_value(row.input.clone()).expect("load rows have one shape");
    let package = Path::new("/@COMPOSE_GO@").join(Path::new(&row.file).parent().expect("a file"));
    let placed = load.working_dir.starts_with('@');
    let directory = if placed {
        Path::new("/").join(&load.working_dir)
    } else {
        package.join(&load.working_dir)
    };
    let mut request = Request::of(PlacedWorld::of("/@COMPOSE_GO@", corpus), &directory);
    if !placed {
        let package = package.to_string_lossy().into_owned();
        request.placeholders.push((format!("{package}/"), String::new()));
        request.placeholders.push((package, ".".to_owned()));
    }
    for place in ["@COMPOSE_GO@", "@TMP@"] {
        request.placeholder(&format!("/{place}"), place);
    }
    for (index, file) in load.files.iter().enumerate() {
        let name = Path::new(&file.filename).file_name().unwrap_or_default().to_string_lossy();
        let place = directory.join(format!("{index}-{name}.yaml"));
        request.world.write(place.clone(), &file.content);
        request.options.project.files.push(place);
    }
    let environment = load.env.unwrap_or_default();
    for (name, value) in &environment {
        request.world.set(name, value);
    }
    let options = load.opts;
    request.options.services = options.selected.unwrap_or_default();
    request.options.all_resources = !options.prune;
    let project = &mut request.options.project;
    project.project_name = Some(options.name).filter(|it| !it.is_empty());
    project.profiles = options.profiles.unwrap_or_default();
    project.project_directory = Some(directory);
    let skipped = [
        (Step::PathResolution, !options.resolve_paths),
        (Step::Consistency, options.skip_consistency),
        (Step::Normalization, options.skip_normalization),
        (Step::Interpolation, options.skip_interpolation),
        (Step::EnvironmentResolution, options.skip_resolve_env),
    ];
    for (step, skipped) in skipped {
        request.skip(step, skipped);
    }
    request
}

/// A phase of the model has no output of its own: its input and its output must be the same project.
fn same_project(inputs: &[&Value], output: Option<&Value>) -> Verdict {
    let mut inputs: Vec<Value> = inputs.iter().map(|it| (*it).clone()).collect();
    let mut output = output.cloned().unwrap_or_default();
    complete(&mut inputs[0], &mut output);
    match project(&inputs).answer().model {
        Ok(model) => project(&[output]).check(&Expected::Value(model), None),
        Err(words) => Verdict::Acceptance(format!("Compose accepts this, we say:\n{words}")),
    }
}

fn project(models: &[Value]) -> Request {
    let mut request = Request::of(PlacedWorld::default(), "/project");
    request.skip(Step::Consistency, true);
    request.skip(Step::EnvironmentResolution, true);
    for (index, model) in models.iter().enumerate() {
        let name = format!("compose{index}.yaml");
        request.world.write(format!("/project/{name}"), &model.to_string());
        request.options.project.files.push(name.into());
    }
    request
}

/// Gives an image to the services that end up without one: the rows are parts of a model, a project must be whole.
fn complete(input: &mut Value, output: &mut Value) {
    let services = output.get_mut("services").and_then(Value::as_object_mut);
    for (name, service) in services.into_iter().flatten() {
        if service.get("image").is_none() {
            service["image"] = json!("x");
            input["services"][name]["image"] = json!("x");
        }
    }
}
