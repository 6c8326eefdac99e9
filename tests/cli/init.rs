//! `init`: a project with nothing but its Compose file gets an overlay that works at once, and keeps the one it has.

use std::path::Path;

use crate::command::Folder;

const COMPOSE: &str = "\
services:
  web: { build: ., ports: ['8080:80'], environment: { DB_HOST: db, DB_PASSWORD: hunter2-hunter2 }, depends_on: [db] }
  db: { image: 'mysql:8' }
  mail: { image: mailhog/mailhog }
";

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the test's folder is there");
    let mut names: Vec<String> = entries
        .map(|it| it.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn what_init_writes_renders_without_an_edit_and_names_the_next_command() {
    let folder = Folder::new("init-first", &[("docker-compose.yml", COMPOSE)]);
    let ran = folder.run(&["init"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran:#?}");
    assert_eq!(files(&folder.0), ["compose2ecs.yml", "docker-compose.yml"], "no draft is left");
    for said in [
        "wrote compose2ecs.yml",
        "MailHog: dropped",
        "Only you know region, account",
        "Next: compose2ecs check --branch",
    ] {
        assert!(ran.stderr.contains(said), "`{said}` is not in {ran:#?}");
    }
    let text = std::fs::read_to_string(folder.0.join("compose2ecs.yml")).expect("it was written");
    assert!(text.contains("# EDIT: ") && !text.contains("hunter2"), "{text}");
    let ran = folder.run(&["render", "--branch", "x"]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    let definition = ran.json();
    let image = definition["containerDefinitions"][0]["image"].as_str().expect("it has one");
    assert!(
        image.starts_with("000000000000.dkr.ecr.us-east-1.amazonaws.com/init-first"),
        "{image}"
    );
}

#[test]
fn an_overlay_that_is_there_is_never_written_over_without_force() {
    for name in ["compose2ecs.yml", "compose2ecs.yaml"] {
        let files_of = [("docker-compose.yml", COMPOSE), (name, "x-ecs: { region: eu-west-1 }\n")];
        let folder = Folder::new(&format!("init-again-{}", name.len()), &files_of);
        let ran = folder.run(&["init"]);
        assert_eq!(ran.code, Some(2), "{ran:#?}");
        assert!(ran.stderr.contains(&format!("`{name}` is there already")), "{ran:#?}");
        assert!(ran.stderr.contains("--force"), "{ran:#?}");
        let read = || std::fs::read_to_string(folder.0.join(name)).expect("it is there");
        assert_eq!(read(), "x-ecs: { region: eu-west-1 }\n");
        let ran = folder.run(&["init", "--force", "--region", "eu-north-1"]);
        assert_eq!(ran.code, Some(0), "{ran:#?}");
        assert!(read().contains("region: eu-north-1\n"), "{}", read());
        assert_eq!(files(&folder.0).len(), 2, "there is one overlay");
    }
}

#[test]
fn a_dash_prints_the_overlay_and_writes_nothing() {
    let folder = Folder::new("init-print", &[("docker-compose.yml", COMPOSE)]);
    let ran = folder.run(&[
        "init",
        "--output",
        "-",
        "--account",
        "123456789012",
        "--zone",
        "example.com",
    ]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert!(ran.stdout.contains("account: \"123456789012\"\n"), "{ran:#?}");
    assert_eq!(files(&folder.0), ["docker-compose.yml"]);
    let ran = folder.run(&["init", "-o", "staging.yml", "--load-balancer", "staging"]);
    assert!(ran.stderr.contains("--overlay staging.yml"), "{ran:#?}");
    let ran = folder.run(&["render", "--branch", "x", "--overlay", "staging.yml"]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    let ran = folder.run(&["init", "-o", "staging.yml"]);
    assert_eq!(ran.code, Some(2), "{ran:#?}");
}

#[test]
fn what_cannot_be_read_is_said_and_nothing_is_written() {
    let folder = Folder::new(
        "init-wrong",
        &[("docker-compose.yml", "services: { web: { ports: ['80'] } }\n")],
    );
    let ran = folder.run(&["init"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{ran:#?}");
    assert_eq!(files(&folder.0), ["docker-compose.yml"]);
    let cases: [&[&str]; 5] = [
        &["init", "--account", "123"],
        &["init", "--region", "mars"],
        &["init", "--rds", "=x"],
        &["init", "--listener", "a", "--load-balancer", "b"],
        &["init", "--endpoint-url", "http://127.0.0.1:1"],
    ];
    for arguments in cases {
        assert_eq!(folder.run(arguments).code, Some(2), "{arguments:?}");
    }
}

#[test]
fn what_is_managed_fits_the_project_and_is_looked_up_by_the_next_command() {
    let folder = Folder::new("init-managed", &[("docker-compose.yml", COMPOSE)]);
    let misfits: [&[&str]; 4] = [
        &["init", "--rds", "web=staging-db"],
        &["init", "--rds", "nowhere=staging-db"],
        &["init", "--elasticache", "db=staging-cache"],
        &["init", "--rds", "db=staging-db", "--rds", "db=other-db"],
    ];
    for arguments in misfits {
        let ran = folder.run(arguments);
        assert_eq!(ran.code, Some(2), "{ran:#?}");
        assert_eq!(files(&folder.0), ["docker-compose.yml"], "{arguments:?}");
    }
    let ran = folder.run(&["init", "--rds", "db=staging-db"]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    for said in ["of `db` stay those of the laptop", "Next: compose2ecs check --online --branch"] {
        assert!(ran.stderr.contains(said), "`{said}` is not in {ran:#?}");
    }
}

#[test]
fn a_service_that_cannot_be_read_ends_init_before_anything_is_written() {
    let folder = Folder::new("init-service", &[("docker-compose.yml", COMPOSE)]);
    let arguments = ["init", "--from-service", "staging/shop", "--region", "eu-west-1"];
    let mut command = folder.command(&arguments);
    command.args(["--endpoint-url", "http://127.0.0.1:1"]);
    command.envs([
        ("AWS_ACCESS_KEY_ID", "x"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("AWS_MAX_ATTEMPTS", "1"),
    ]);
    let ran = crate::command::Ran::of(command.output().expect("the command was built"));
    assert_eq!(ran.code, Some(3), "{ran:#?}");
    assert_eq!(files(&folder.0), ["docker-compose.yml"]);
}
