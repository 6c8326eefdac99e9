//! `support` as a shell sees it.

use serde_json::Value;

use crate::command::Folder;

const PROJECT: &str = "services: { web: { image: 'nginx:1', ports: [{ target: 80, published: 8080 }], shm_size: 1g } }\n";

/// What the command prints, which must be fine.
fn printed(name: &str, arguments: &[&str]) -> String {
    let folder = Folder::new(name, &[("compose.yaml", PROJECT)]);
    let ran = folder.run(&[&["support"], arguments].concat());
    assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:#?}");
    ran.stdout
}

#[test]
fn every_format_has_every_key() {
    let json: Value =
        serde_json::from_str(&printed("support-json", &["--format", "json"])).unwrap();
    let markdown = printed("support-markdown", &["--format", "markdown"]);
    let rows = json.as_array().unwrap();
    assert_eq!(rows.len(), compose2ecs::support().len());
    assert_eq!(markdown.lines().count(), rows.len() + 2);
    let row = rows.iter().find(|it| it["path"] == "services.*.shm_size").unwrap();
    assert_eq!(row["outcome"], "approximated");
    assert!(markdown.contains("| `services.*.shm_size` |  | approximated |"));
}

#[test]
fn a_key_narrows_the_table_down_to_what_stands_below() {
    let text = printed("support-key", &["deploy.update_config"]);
    assert_eq!(text.lines().count(), 2 * 7, "{text}");
    assert!(text.starts_with("ignored       services.*.deploy.update_config\n"), "{text}");
}

#[test]
fn a_file_narrows_the_table_down_to_its_keys() {
    let text = printed("support-file", &["--file", "compose.yaml"]);
    assert!(text.contains("approximated  services.*.shm_size\n"), "{text}");
    assert!(text.contains("ignored       services.*.ports[].published (others)\n"), "{text}");
    assert!(!text.contains("healthcheck"), "{text}");
}

#[test]
fn a_key_that_does_not_exist_is_said_so() {
    let ran = Folder::new("support-unknown", &[]).run(&["support", "imagee"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("the Compose specification has no key `imagee`"), "{ran:#?}");
}
