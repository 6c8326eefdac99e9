//! The built command, as a shell sees it: exit codes, what goes to which stream, and what never does.
#![expect(
    clippy::disallowed_methods,
    reason = "the tests write projects and read what was written"
)]

mod command;
mod config;
mod deploy;
mod init;
mod sandbox;
mod secrets;
mod support;

use std::io::Write as _;
use std::process::Stdio;

use command::{Folder, OVERLAY, Ran};
use serde_json::Value;

const FINE: &str = "services: { web: { image: 'nginx:1', ports: ['80'] } }\n";
const LINKED: &str = "\
services:
  web:
    image: nginx:1
    environment:
      DB_HOST: mysql
      CACHE_URL: redis://redis:6379/0
  mysql: { image: 'mysql:8' }
  redis: { image: 'redis:7' }
";
/// One warning (`plaintext-secret`) and nothing worse.
const WARNED: &str =
    "services: { web: { image: 'nginx:1', environment: { DB_PASSWORD: hunter2 } } }\n";
/// One error: no image.
const WRONG: &str = "services: { web: { ports: ['80'] } }\n";

#[test]
fn the_exit_code_is_0_when_all_is_fine_1_for_diagnostics_and_2_for_usage() {
    let fine = Folder::project("codes-fine", FINE);
    let wrong = Folder::project("codes-wrong", WRONG);
    let empty = Folder::new("codes-empty", &[]);
    let cases: [(&Folder, &[&str], i32); 14] = [
        (&fine, &["render"], 0),
        (&fine, &["render", "--branch", "feature/login"], 0),
        (&fine, &["check"], 0),
        (&fine, &["--help"], 0),
        (&fine, &["render", "--help"], 0),
        (&fine, &["--version"], 0),
        (&wrong, &["render"], 1),
        (&wrong, &["check"], 1),
        (&fine, &["render", "-f", "missing.yaml"], 1),
        (&empty, &["render", "--project-directory", "."], 1),
        (&fine, &[], 2),
        (&fine, &["rendr"], 2),
        (&fine, &["render", "--format", "toml"], 2),
        (&fine, &["render", "-o", "no/such/folder/out.json"], 2),
    ];
    for (folder, arguments, code) in cases {
        let ran = folder.run(arguments);
        assert_eq!(ran.code, Some(code), "{arguments:?}: {ran:#?}");
        assert!(!ran.stderr.contains("panicked"), "{arguments:?}: {ran:#?}");
    }
}

#[test]
fn data_goes_to_standard_output_and_messages_to_standard_error() {
    let folder = Folder::project("streams", WARNED);
    let ran = folder.run(&["render"]);
    assert_eq!(ran.json()["containerDefinitions"][0]["name"], "web");
    assert!(ran.stderr.contains("warning[plaintext-secret]"), "{ran:#?}");
    assert!(!ran.stdout.contains("warning"), "{ran:#?}");
    let ran = folder.run(&["check"]);
    assert_eq!(ran.stdout, "", "the text of `check` is for people");
    assert!(ran.stderr.contains("warning[plaintext-secret]"), "{ran:#?}");
}

#[test]
fn the_schema_of_the_overlay_needs_no_project() {
    let folder = Folder::new("schema", &[]);
    let ran = folder.run(&["schema"]);
    assert_eq!(ran.json()["$schema"], "http://json-schema.org/draft-07/schema#");
    assert_eq!(ran.json()["properties"]["x-ecs"]["additionalProperties"], false);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert_eq!(folder.run(&["schema", "-o", "overlay.json"]).stdout, "");
    let written = std::fs::read_to_string(folder.0.join("overlay.json")).expect("it was written");
    assert_eq!(written, ran.stdout);
}

#[test]
fn service_definitions_are_printed_beside_the_task_definitions() {
    let overlay = OVERLAY
        .replace("region", "network: { subnets: [subnet-0a1b2c3d] }, cluster: staging, region");
    let files = [("compose.yaml", FINE), ("compose2ecs.yml", overlay.as_str())];
    let folder = Folder::new("services", &files);
    let ran = folder.run(&["render", "--service-definitions"]);
    let printed = ran.json();
    assert_eq!(printed["taskDefinitions"][0]["containerDefinitions"][0]["name"], "web");
    assert_eq!(printed["services"][0]["taskDefinition"], printed["taskDefinitions"][0]["family"]);
    let yaml = folder.run(&["render", "--service-definitions", "--format", "yaml"]);
    assert!(yaml.stdout.contains("launchType: FARGATE"), "{yaml:#?}");
    let folder = Folder::project("services-without-subnets", FINE);
    let ran = folder.run(&["render", "--service-definitions"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert!(ran.stderr.contains("the overlay names none"), "{ran:#?}");
}

#[test]
fn nothing_is_rendered_over_an_error() {
    let folder = Folder::project("errors", WRONG);
    let formats: [&[&str]; 3] = [&[], &["--format", "yaml"], &["--explain"]];
    for format in formats {
        let ran = folder.run(&[&["render", "-o", "out.json"], format].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{format:?}");
        assert!(ran.stderr.contains("nothing was done"), "{ran:#?}");
        assert!(!folder.0.join("out.json").exists(), "{format:?}");
        assert_eq!(folder.run(&[&["render"], format].concat()).stdout, "", "{format:?}");
    }
}

#[test]
fn a_usage_error_is_said_on_standard_error_alone() {
    let folder = Folder::project("usage", FINE);
    let cases: [&[&str]; 4] = [
        &["render", "--format", "toml"],
        &["render", "--deny", "no-such-code"],
        &["check", "--allow", "no-such-code"],
        &["render", "--branch", ""],
    ];
    for arguments in cases {
        let ran = folder.run(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{arguments:?}: {ran:#?}");
        assert!(ran.stderr.starts_with("error: "), "{arguments:?}: {ran:#?}");
    }
    let ran = folder.run(&["render", "--deny", "no-such-code"]);
    assert!(ran.stderr.contains("`no-such-code`") && ran.stderr.contains("bind-mount"), "{ran:#?}");
}

#[test]
fn a_dash_reads_the_compose_file_from_standard_input() {
    let folder = Folder::new("stdin", &[("compose2ecs.yml", OVERLAY)]);
    let arguments = ["render", "-f", "-", "--overlay", "compose2ecs.yml", "-p", "shop"];
    let mut command = folder.command(&arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(LINKED.as_bytes()).unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert_eq!(ran.json()["containerDefinitions"].as_array().unwrap().len(), 3);
}

#[test]
fn a_compose_file_too_large_for_standard_input_is_refused() {
    let folder = Folder::new("large", &[]);
    let mut command = folder.command(&["config", "-f", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut text = FINE.as_bytes().to_vec();
    text.resize(64 * 1024 * 1024 + 1, b'\n');
    child.stdin.take().unwrap().write_all(&text).unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{ran:#?}");
    assert!(ran.stderr.contains("larger than 64 MiB"), "{ran:#?}");
}

#[cfg(unix)]
#[test]
fn a_pipe_that_nobody_writes_to_is_refused_at_once() {
    let compose = "services: { web: { image: 'nginx:1', env_file: [pipe] } }\n";
    let folder = Folder::project("pipe-as-file", compose);
    let made = std::process::Command::new("mkfifo").arg(folder.0.join("pipe")).status().unwrap();
    assert!(made.success());
    let ran = folder.run(&["render"]);
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    assert!(ran.stderr.contains("not a regular file"), "{ran:#?}");
}

#[test]
fn a_render_counts_the_notes_that_it_does_not_show() {
    let compose = "services: { web: { image: 'nginx:1', mem_limit: 64m, cpuset: '0' } }\n";
    let ran = Folder::project("notes", compose).run(&["render"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), "1 note\n"), "{ran:#?}");
}

#[test]
fn a_file_holds_what_standard_output_would() {
    let folder = Folder::project("output", LINKED);
    let printed = folder.run(&["render"]);
    let written = folder.run(&["render", "-o", "out.json"]);
    assert_eq!((written.code, written.stdout.as_str()), (Some(0), ""));
    assert_eq!(std::fs::read_to_string(folder.0.join("out.json")).unwrap(), printed.stdout);
    assert!(printed.stdout.ends_with("}\n"));
}

#[test]
fn yaml_holds_the_same_data_as_json() {
    let tricky = "services: { web: { image: 'nginx:1', environment: { A: 'no', B: '0123', C: \"x\\ny: z\", D: '1e3', E: '', F: ' x ' } } }\n";
    for compose in [LINKED, tricky] {
        let folder = Folder::project("yaml", compose);
        let yaml = folder.run(&["render", "--format", "yaml"]);
        let read: Value = serde_yaml::from_str(&yaml.stdout).unwrap();
        assert_eq!(read, folder.run(&["render"]).json());
        assert!(!yaml.stdout.starts_with('{'), "{yaml:#?}");
    }
}

#[test]
fn one_task_prints_an_object_and_several_an_array() {
    let tasks = "x-ecs: { region: eu-west-1, account: '123456789012', roles: { execution: ecs }, tasks: { web: [web], data: [mysql, redis] } }\n";
    let several = Folder::new("several", &[("compose.yaml", LINKED), ("compose2ecs.yml", tasks)]);
    let definitions = several.run(&["render", "-p", "shop", "-b", "main"]).json();
    let families: Vec<&Value> =
        definitions.as_array().unwrap().iter().map(|it| &it["family"]).collect();
    assert_eq!(families, ["shop-main-web", "shop-main-data"]);
    let one = Folder::project("one", LINKED);
    assert_eq!(one.run(&["render", "-p", "shop", "-b", "main"]).json()["family"], "shop-main");
}

#[test]
fn explanations_name_the_place_on_standard_error() {
    let folder = Folder::project("explain", LINKED);
    let plain = folder.run(&["render"]);
    let ran = folder.run(&["render", "--explain"]);
    assert_eq!(ran.stdout, plain.stdout);
    assert!(!plain.stderr.contains("because"), "{plain:#?}");
    let lines: Vec<&str> = ran.stderr.lines().filter(|it| it.contains(", because ")).collect();
    assert!(lines.iter().any(|it| it.starts_with("compose.yaml:5:16 web DB_HOST: mysql -> 127.0.0.1, because ")), "{lines:#?}");
    assert!(lines.iter().any(|it| it.starts_with("compose.yaml:6:18 web CACHE_URL: redis://redis:6379/0 -> redis://127.0.0.1:6379/0, because ")), "{lines:#?}");
    for line in lines {
        let place = line.split(' ').next().unwrap();
        let numbers: Vec<&str> = place.rsplitn(3, ':').collect();
        let placed =
            numbers.len() == 3 && numbers[..2].iter().all(|it| it.parse::<usize>().is_ok());
        assert!(placed, "no place: {line}");
    }
}

#[test]
fn a_denied_code_fails_and_an_allowed_one_is_silent() {
    let folder = Folder::project("policy", WARNED);
    let cases: [(&[&str], i32, &str); 6] = [
        (&[], 0, "warning[plaintext-secret]"),
        (&["--allow", "plaintext-secret"], 0, ""),
        (&["--deny", "plaintext-secret"], 1, "error[plaintext-secret]"),
        (&["--deny", "warnings"], 1, "error[plaintext-secret]"),
        (&["--deny", "warnings", "--allow", "plaintext-secret", "--allow", "implicit-size"], 0, ""),
        (&["--deny", "bind-mount"], 0, "warning[plaintext-secret]"),
    ];
    for (policy, code, expected) in cases {
        let ran = folder.run(&[&["render"], policy].concat());
        assert_eq!(ran.code, Some(code), "{policy:?}: {ran:#?}");
        assert_eq!(ran.stdout.is_empty(), code != 0, "{policy:?}: {ran:#?}");
        assert!(ran.stderr.contains(expected), "{policy:?}: {ran:#?}");
        assert!(!expected.is_empty() || !ran.stderr.contains("plaintext-secret"), "{ran:#?}");
        assert_eq!(folder.run(&[&["check"], policy].concat()).code, Some(code), "{policy:?}");
    }
}

#[test]
fn diagnostics_as_json_are_one_array_with_places() {
    let folder = Folder::project("json", "services: { web: { imge: nginx } }\n");
    let ran = folder.run(&["check", "--format", "json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""));
    let rows = ran.json();
    let row = rows.as_array().unwrap().iter().find(|it| it["code"] == "unknown-key").unwrap();
    let keys: Vec<&String> = row.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["severity", "code", "message", "labels", "help"]);
    assert_eq!(row["severity"], "error");
    let label = &row["labels"][0];
    assert_eq!(
        (&label["path"], &label["line"], &label["column"]),
        (&"compose.yaml".into(), &1.into(), &20.into())
    );
    assert!(row["message"].is_string() && row["help"].is_array() && label["text"].is_string());
    let fine =
        Folder::project("json-fine", "services: { web: { image: 'nginx:1', mem_limit: 64m } }\n");
    let ran = fine.run(&["check", "--format", "json"]);
    assert_eq!((ran.code, ran.json()), (Some(0), Value::Array(Vec::new())), "{ran:#?}");
}

#[test]
fn colours_are_for_terminals_and_whoever_asks_for_them() {
    let folder = Folder::project("colours", WRONG);
    let run = |variables: &[(&str, &str)]| {
        let mut command = folder.command(&["check"]);
        Ran::of(command.envs(variables.iter().copied()).output().unwrap())
    };
    assert!(run(&[("CLICOLOR_FORCE", "1")]).stderr.contains('\u{1b}'));
    for variables in [&[("TERM", "xterm-256color")][..], &[("NO_COLOR", "1")], &[("TERM", "dumb")]]
    {
        assert!(!run(variables).stderr.contains('\u{1b}'), "{variables:?}");
    }
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let folder = Folder::project("pipe", LINKED);
    let cases: [&[&str]; 3] =
        [&["render"], &["check", "--format", "json"], &["render", "--explain"]];
    for arguments in cases {
        let mut command = folder.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let ran = Ran::of(child.wait_with_output().unwrap());
        assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:#?}");
        assert!(!ran.stderr.contains("panicked"), "{arguments:?}: {ran:#?}");
    }
    let mut command = folder.command(&["render", "--explain"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(0));
    assert!(ran.json().is_object());
}

#[test]
fn two_runs_print_the_same_bytes() {
    let folder = Folder::project("twice", LINKED);
    for arguments in [&["render", "--explain"][..], &["check"], &["render", "--format", "yaml"]] {
        assert_eq!(folder.run(arguments), folder.run(arguments), "{arguments:?}");
    }
}
