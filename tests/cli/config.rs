//! `config` as a shell sees it: what each flag prints.

use serde_json::Value;

use crate::command::Folder;

const PROJECT: &str = "\
name: shop
services:
  web:
    image: nginx:${TAG:-1}
    ports: ['${PORT:-8080}:80']
    environment: { PRICE: '5 $$', FROM: , KEPT: 'no' }
    env_file: [app.env]
    depends_on: [db]
    volumes: ['./site:/site', 'data:/data']
  db: { image: 'postgres:16' }
  tool: { image: 'tool', profiles: [dev] }
networks: { unused: {} }
volumes: { data: {} }
";

fn folder(name: &str) -> Folder {
    Folder::new(
        name,
        &[("compose.yaml", PROJECT), ("app.env", "EXTRA=1\n"), (".env", "FROM=env\n")],
    )
}

/// What the command prints, which must be fine.
fn printed(name: &str, arguments: &[&str]) -> String {
    let ran = folder(name).run(&[&["config"], arguments].concat());
    assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:#?}");
    ran.stdout
}

fn model(name: &str, arguments: &[&str]) -> Value {
    let text = printed(name, &[&["--format", "json"], arguments].concat());
    serde_json::from_str(&text).expect("the model is JSON")
}

#[test]
fn lists_are_printed_a_line_each() {
    let lists: [(&str, &str); 4] = [
        ("--services", "db\nweb\n"),
        ("--images", "nginx:1\npostgres:16\n"),
        ("--profiles", "dev\n"),
        ("--environment", "COMPOSE_PROJECT_NAME=shop\nFROM=env\n"),
    ];
    for (flag, expected) in lists {
        let text = printed("config-lists", &[flag]);
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        assert_eq!(lines.join("\n") + "\n", expected, "{flag}");
    }
}

#[test]
fn yaml_is_the_default_and_reads_back_as_the_same_project() {
    let folder = folder("config-yaml");
    let yaml = folder.run(&["config"]).stdout;
    assert!(yaml.starts_with("name: shop\nservices:\n"), "{yaml}");
    assert!(yaml.contains("KEPT: \"no\"\n"), "{yaml}");
    std::fs::write(folder.0.join("again.yaml"), &yaml).expect("the folder can be written");
    let again = folder.run(&["config", "-f", "again.yaml"]).stdout;
    assert_eq!(yaml, again);
}

#[test]
fn a_dollar_is_doubled_unless_asked_otherwise() {
    let price = |it: &Value| it["services"]["web"]["environment"]["PRICE"].clone();
    assert_eq!(price(&model("config-dollar", &[])), "5 $$");
    assert_eq!(price(&model("config-dollar", &["--no-escape"])), "5 $");
}

#[test]
fn what_nothing_uses_is_printed_on_request() {
    let unused = |it: &Value| it["networks"].get("unused").is_some();
    assert!(!unused(&model("config-unused", &[])));
    assert!(unused(&model("config-unused", &["--all-resources"])));
}

#[test]
fn each_step_can_be_left_out() {
    let web = |arguments: &[&str]| model("config-steps", arguments)["services"]["web"].clone();
    assert_eq!(web(&[])["environment"]["FROM"], "env");
    assert_eq!(web(&[])["environment"]["EXTRA"], "1");
    assert!(web(&["--no-env-resolution"])["environment"].get("EXTRA").is_none());
    assert_eq!(web(&["--no-interpolate"])["image"], "nginx:${TAG:-1}");
    assert_eq!(web(&["--no-interpolate"])["ports"][0], "${PORT:-8080}:80");
    assert_eq!(web(&["--no-path-resolution"])["volumes"][0]["source"], "./site");
    assert!(web(&["--no-normalize"]).get("networks").is_none());
    let wrong = "services: { a: { image: x, depends_on: [missing] } }\n";
    let folder = Folder::new("config-consistency", &[("compose.yaml", wrong)]);
    assert_eq!(folder.run(&["config"]).code, Some(1));
    assert_eq!(folder.run(&["config", "--no-consistency"]).code, Some(0));
}

#[test]
fn named_services_come_with_what_they_depend_on() {
    assert_eq!(printed("config-named", &["--services", "db"]), "db\n");
    let web = model("config-named", &["web"]);
    assert!(web["services"].get("db").is_some() && web["services"].get("tool").is_none());
    assert!(model("config-named", &["tool"])["services"].get("tool").is_some());
}

#[test]
fn a_refusal_prints_nothing_to_standard_output() {
    let folder =
        Folder::new("config-refusal", &[("compose.yaml", "services: { a: { imge: x } }\n")]);
    let ran = folder.run(&["config"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert!(ran.stderr.contains("did you mean `image`?"), "{ran:#?}");
}
