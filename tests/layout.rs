//! The house rules that a machine can check: who imports whom, how files begin, what has a fixture.
#![expect(clippy::disallowed_methods, reason = "the test reads the sources it judges")]

mod support;

use std::path::{Path, PathBuf};

use compose2ecs::diagnostic::Code;
use support::{files, root};

/// Which modules each may import (DESIGN.md, 1). `mod.rs` at the top (`lib`) may import all.
const MAY_IMPORT: [(&str, &[&str]); 17] = [
    ("source", &[]),
    ("redact", &["source"]),
    ("diagnostic", &["source", "redact"]),
    ("explanation", &["source", "redact"]),
    ("world", &["diagnostic", "source"]),
    ("yaml", &["diagnostic", "source", "redact"]),
    ("compose", &["yaml", "world", "diagnostic", "source", "redact"]),
    ("overlay", &["compose", "yaml", "diagnostic", "source"]),
    ("environment", &[]),
    ("surroundings", &[]),
    (
        "init",
        &[
            "compose",
            "overlay",
            "environment",
            "ecs",
            "diagnostic",
            "source",
            "world",
            "yaml",
            "redact",
            "support",
            "surroundings",
            // It tries what it has written.
            "compile",
            "Compilation",
            "Options",
        ],
    ),
    ("ecs", &[]),
    ("facts", &["ecs"]),
    ("stack", &["ecs", "environment"]),
    ("support", &["diagnostic"]),
    (
        "lower",
        &[
            "compose",
            "overlay",
            "environment",
            "facts",
            "ecs",
            "stack",
            "diagnostic",
            "source",
            "yaml",
            "explanation",
            "redact",
            "support",
        ],
    ),
    ("deploy", &["stack", "ecs", "environment", "facts", "redact", "surroundings"]),
];

/// A source file with the module it belongs to.
struct Source {
    path: PathBuf,
    module: String,
    text: String,
}

fn sources() -> Vec<Source> {
    let folder = root().join("src");
    let rust = files(&folder).into_iter().filter(|it| it.extension().is_some_and(|it| it == "rs"));
    rust.map(|path| {
        let relative = path.strip_prefix(&folder).expect("below src").with_extension("");
        let module =
            relative.iter().next().expect("a file has a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("sources are text");
        Source { path, module, text }
    })
    .collect()
}

#[test]
fn modules_import_only_what_lies_below_them() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(module, _)| *module == source.module)
        else {
            continue;
        };
        for (at, _) in source.text.match_indices("crate::") {
            let rest = &source.text[at + "crate::".len()..];
            let imported = rest
                .split(|it: char| !it.is_ascii_alphanumeric() && it != '_')
                .next()
                .unwrap_or_default();
            if imported != source.module && !allowed.contains(&imported) {
                wrong.push(format!("{} imports {imported}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_has_a_row_in_the_table_of_imports() {
    let outside = ["lib", "main", "cli"];
    for source in sources() {
        let known = MAY_IMPORT.iter().any(|(module, _)| *module == source.module);
        assert!(known || outside.contains(&source.module.as_str()), "{}", source.path.display());
    }
}

#[test]
fn the_command_uses_the_public_library_alone() {
    for source in sources().iter().filter(|it| it.module == "cli") {
        assert!(!source.text.contains("crate::"), "{}", source.path.display());
    }
}

#[test]
fn files_and_variables_are_touched_in_world_alone() {
    for source in
        sources().iter().filter(|it| !["world", "cli", "main"].contains(&it.module.as_str()))
    {
        let code = source.text.split("#[cfg(test)]").next().unwrap_or_default();
        for banned in ["std::fs", "std::env", "println!", "eprintln!"] {
            assert!(!code.contains(banned), "{}: {banned}", source.path.display());
        }
    }
}

#[test]
fn every_file_opens_with_what_it_is_for_and_stays_readable() {
    for source in sources() {
        let path = source.path.display();
        assert!(source.text.starts_with("//! "), "{path} has no opening line");
        let code = source.text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        assert!(code.lines().count() <= 400, "{path} has more than 400 lines without its tests");
        let glob = code.lines().any(|it| it.trim_start().starts_with("use ") && it.contains("::*"));
        assert!(!glob, "{path} imports a glob");
    }
}

#[test]
fn one_use_statement_serves_a_module() {
    for source in sources() {
        let code = source.text.split("#[cfg(test)]").next().unwrap_or_default();
        let uses = code
            .lines()
            .filter(|it| it.starts_with("use crate::") || it.starts_with("pub use crate::"));
        let mut modules: Vec<&str> = uses.map(|it| it.split(" as ").next().unwrap_or(it)).collect();
        let path_of =
            |it: &str| it.rsplit_once("::").map(|(path, _)| path.to_owned()).unwrap_or_default();
        let count = modules.len();
        modules.sort_unstable();
        let mut paths: Vec<String> = modules.iter().map(|it| path_of(it)).collect();
        paths.dedup();
        assert_eq!(
            paths.len(),
            count,
            "{}: two `use` statements for one module",
            source.path.display()
        );
    }
}

#[test]
fn every_pass_has_fixtures() {
    let folder = root().join("src/lower");
    for file in files(&folder).iter().filter(|it| it.parent() == Some(&folder)) {
        let pass = file.file_stem().expect("a file has a name").to_string_lossy().into_owned();
        let fixtures = root().join("fixtures").join(pass.replace('_', "-"));
        assert!(pass == "mod" || fixtures.is_dir(), "{} is missing", fixtures.display());
    }
}

#[test]
fn every_diagnostic_code_occurs_in_an_expectation() {
    let all: String = files(&root().join("fixtures"))
        .iter()
        .filter(|it| it.file_name().is_some_and(|it| it == "diagnostics.txt"))
        .map(|it| std::fs::read_to_string(it).expect("expectations are text"))
        .collect();
    let missing: Vec<&str> = Code::TABLE
        .iter()
        .map(|(_, name, _)| *name)
        .filter(|it| !all.contains(&format!("[{it}]")))
        .collect();
    assert!(missing.is_empty(), "no golden file shows {missing:?}");
}

#[test]
fn the_visible_top_level_is_what_the_readme_says() {
    let expected =
        ["Cargo.lock", "Cargo.toml", "LICENSE", "README.md", "fixtures", "src", "target", "tests"];
    for entry in std::fs::read_dir(root()).expect("the project can be listed") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        assert!(
            name.starts_with('.') || expected.contains(&name.as_str()),
            "{name} does not belong at the top"
        );
    }
    assert!(Path::new(root()).join("LICENSE").is_file());
}
