//! Two task definitions -> the lines that tell them apart, without a secret in them.

mod known;
mod text;

use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

use self::known::secrets;
use self::text::{Line, lines, value};
use crate::ecs::TaskDefinition;

/// A line of a difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiffLine {
    /// What became of the line.
    pub tag: DiffTag,
    /// The line, indented; of a gap, under which headings the next line stands.
    pub text: String,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DiffTag {
    /// It stays; shown for what is around it.
    Same,
    /// It goes.
    Removed,
    /// It comes.
    Added,
    /// Lines that stay are left out here.
    Gap,
}

/// How many lines are shown around a change.
const CONTEXT: usize = 3;

/// The difference between the normal forms of two definitions; nothing when ECS treats them alike. What is known to be
/// secret is covered wherever it stands.
pub(super) fn diff(
    before: Option<&TaskDefinition>,
    after: Option<&TaskDefinition>,
    known: &[String],
) -> Vec<DiffLine> {
    let (before, after) = (value(before), value(after));
    let secrets = secrets(&before, &after, known);
    let before = lines(before, &secrets);
    let mut after = lines(after, &secrets);
    tell_covered_apart(&before, &mut after);
    let changes = capture_diff_slices(Algorithm::Myers, &meanings(&before), &meanings(&after));
    if changes.iter().all(|it| matches!(it, DiffOp::Equal { .. })) {
        return Vec::new();
    }
    let mut difference = Vec::new();
    for group in group_diff_ops(changes, CONTEXT) {
        difference.extend(group.first().and_then(|it| gap(it, &before)));
        for change in group {
            let removed = &before[change.old_range()];
            let added = &after[change.new_range()];
            if let DiffOp::Equal { .. } = change {
                difference.extend(added.iter().map(|it| line(DiffTag::Same, it)));
            } else {
                difference.extend(removed.iter().map(|it| line(DiffTag::Removed, it)));
                difference.extend(added.iter().map(|it| line(DiffTag::Added, it)));
            }
        }
    }
    difference
}

/// Lines are the same when they say the same in the same place, in full.
fn meanings(lines: &[Line]) -> Vec<(&[String], &str)> {
    lines.iter().map(|it| (it.headings.as_slice(), it.meant.as_str())).collect()
}

/// Marks lines that read the same only because a secret in them is covered.
fn tell_covered_apart(before: &[Line], after: &mut [Line]) {
    for line in after {
        let mut alike =
            before.iter().filter(|it| it.headings == line.headings && it.shown == line.shown);
        if alike.clone().all(|it| it.meant != line.meant) && alike.next().is_some() {
            line.shown.push_str(" (changed)");
        }
    }
}

/// What stands before a group that does not begin with the first line.
fn gap(first: &DiffOp, before: &[Line]) -> Option<DiffLine> {
    let at = first.old_range().start;
    let line = before.get(at).filter(|_| at > 0)?;
    Some(DiffLine { tag: DiffTag::Gap, text: line.headings.join(", ") })
}

fn line(tag: DiffTag, line: &Line) -> DiffLine {
    let indentation = "  ".repeat(line.headings.len());
    DiffLine { tag, text: format!("{indentation}{}", line.shown) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json};

    use super::{DiffTag, diff};
    use crate::ecs::TaskDefinition;

    fn definition(json: &Value) -> TaskDefinition {
        from_value(json.clone()).unwrap()
    }

    #[track_caller]
    fn check(before: Option<&Value>, after: Option<&Value>, expected: &str) {
        let (before, after) = (before.map(definition), after.map(definition));
        let text: String = diff(before.as_ref(), after.as_ref(), &["hunter4Known".to_owned()])
            .iter()
            .map(|it| match it.tag {
                DiffTag::Same => format!("  {}\n", it.text),
                DiffTag::Removed => format!("- {}\n", it.text),
                DiffTag::Added => format!("+ {}\n", it.text),
                DiffTag::Gap => format!("@ {}\n", it.text),
            })
            .collect();
        assert_eq!(text, expected.trim_start_matches('\n'));
    }

    /// The difference of two containers `app`.
    #[track_caller]
    fn check_containers(mut before: Value, mut after: Value, expected: &str) {
        before["name"] = json!("app");
        after["name"] = json!("app");
        let before = json!({"family": "shop", "containerDefinitions": [before]});
        let after = json!({"family": "shop", "containerDefinitions": [after]});
        check(Some(&before), Some(&after), expected);
    }

    #[test]
    fn a_change_is_shown_where_it_stands() {
        let before = json!({
            "family": "shop", "cpu": "256", "memory": "512", "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "volumes": [
                {"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}},
                {"name": "scratch"},
            ],
            "tags": [{"key": "branch", "value": "main"}],
            "containerDefinitions": [
                {
                    "name": "web", "image": "nginx:1", "portMappings": [{"containerPort": 80}],
                    "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "shop"}},
                },
                {
                    "name": "app", "image": "shop:1", "command": ["serve", "--port", "80"],
                    "environment": [
                        {"name": "A", "value": "1"}, {"name": "B", "value": "2"}, {"name": "C", "value": "3"},
                        {"name": "D", "value": "4"}, {"name": "E", "value": "5"},
                    ],
                    "secrets": [{"name": "DB_PASSWORD", "valueFrom": "arn:aws:ssm:eu-west-1:1:parameter/db"}],
                },
            ],
        });
        let mut after = before.clone();
        after["cpu"] = json!(".5 vCPU");
        after["volumes"][0]["efsVolumeConfiguration"]["rootDirectory"] = json!("/shop");
        after["containerDefinitions"][1]["image"] = json!("shop:2");
        after["containerDefinitions"][1]["environment"][4]["value"] = json!("6");
        let expected = r#"
@ volumes
    data:
      efsVolumeConfiguration:
        fileSystemId: fs-1
+       rootDirectory: /shop
    scratch:
  requiresCompatibilities: ["FARGATE"]
- cpu: 256
+ cpu: 512
  memory: 512
  tags:
    branch: main
  container app:
-   image: shop:1
+   image: shop:2
    command: ["serve", "--port", "80"]
    environment:
      A: 1
      B: 2
      C: 3
      D: 4
-     E: 5
+     E: 6
    secrets:
      DB_PASSWORD: arn:aws:ssm:eu-west-1:1:parameter/db
  container web:
"#;
        check(Some(&before), Some(&after), expected);
    }

    #[test]
    fn a_gap_says_where_the_next_line_stands() {
        let variables = |last: &str| {
            let mut all: Vec<Value> =
                ["A", "B", "C", "D", "E", "F"].map(|it| json!({"name": it, "value": ""})).to_vec();
            all.push(json!({"name": "G", "value": last}));
            json!({"environment": all})
        };
        let expected = r#"
@ container app, environment
      D: ""
      E: ""
      F: ""
-     G: 1
+     G: 2
"#;
        check_containers(variables("1"), variables("2"), expected);
    }

    #[test]
    fn what_ecs_treats_alike_shows_nothing() {
        check_containers(json!({}), json!({"essential": true, "command": []}), "");
        check(None, None, "");
    }

    #[test]
    fn a_definition_alone_comes_or_goes_as_a_whole() {
        let definition =
            json!({"family": "shop", "containerDefinitions": [{"name": "app", "image": "a"}]});
        check(None, Some(&definition), "+ family: shop\n+ container app:\n+   image: a\n");
        check(Some(&definition), None, "- family: shop\n- container app:\n-   image: a\n");
    }

    #[test]
    fn a_value_of_several_lines_changes_by_the_line() {
        let file = |port: &str, password: &str| {
            let value = format!("server {{\n\tlisten {port};\n}}\npassword = {password}\n");
            let key = format!("one\n{password}");
            json!({"environment": [
                {"name": "FILE", "value": value},
                {"name": "API_KEY", "value": key},
            ]})
        };
        check_containers(
            file("80", "hunter2"),
            file("8080", "s3cret!"),
            concat!(
                "\n",
                "@ \n",
                "  container app:\n",
                "    image: \"\"\n",
                "    environment:\n",
                "-     API_KEY: ***\n",
                "+     API_KEY: *** (changed)\n",
                "      FILE:\n",
                "        | server {\n",
                "-       | \tlisten 80;\n",
                "+       | \tlisten 8080;\n",
                "        | }\n",
                "-       | password = *******\n",
                "+       | password = ******* (changed)\n",
                "        | \n",
            ),
        );
    }

    #[test]
    fn a_secret_is_covered_and_still_seen_to_change() {
        let variable =
            |name: &str, value: &str| json!({"environment": [{"name": name, "value": value}]});
        for (before, after, removed, added) in [
            (
                variable("DB_PASSWORD", "hunter2"),
                variable("DB_PASSWORD", "s3cret"),
                "DB_PASSWORD: ***",
                "DB_PASSWORD: *** (changed)",
            ),
            (
                variable("URL", "redis://:abc@redis"),
                variable("URL", "redis://:xyz@redis"),
                "URL: redis://:***@redis",
                "URL: redis://:***@redis (changed)",
            ),
            (variable("A", "ghp_0123"), variable("A", "ghp_4567"), "A: ***", "A: *** (changed)"),
            (
                variable("PASSWORD", "plain"),
                variable("PASSWORD", "true"),
                "PASSWORD: ***",
                "PASSWORD: true",
            ),
        ] {
            let expected = format!(
                "@ \n  container app:\n    image: \"\"\n    environment:\n-     {removed}\n+     {added}\n"
            );
            check_containers(before, after, &expected);
        }
    }

    #[test]
    fn the_secrets_of_labels_commands_and_options_are_covered() {
        check_containers(
            json!({}),
            json!({
                "command": ["mysql", "--password", "hunter2", "-h", "db"],
                "entryPoint": ["sh", "-c", "curl -u me:hunter2 http://web"],
                "dockerLabels": {"auth.password": "hunter2", "url": "http://me:hunter2@web"},
                "logConfiguration": {
                    "logDriver": "splunk", "options": {"splunk-token": "hunter2", "splunk-url": "https://splunk"},
                    "secretOptions": [{"name": "splunk-token", "valueFrom": "staging-token"}],
                },
                "healthCheck": {"command": ["CMD-SHELL", "redis-cli -a hunter2 ping"]},
                "environment": [{"name": "JSON", "value": "{\"password\": \"hunter2\"}"}],
                "portMappings": [{"containerPort": 80}, {"containerPort": 53, "protocol": "udp"}],
            }),
            r#"
  family: shop
  container app:
    image: ""
+   portMappings:
+     - containerPort: 53, protocol: udp
+     - containerPort: 80
+   entryPoint: ["sh", "-c", "curl -u me:******* http://web"]
+   command: ["mysql", "--password", "*******", "-h", "db"]
+   environment:
+     JSON: {"password": "*******"}
+   dockerLabels:
+     auth.password: ***
+     url: http://me:*******@web
+   logConfiguration:
+     logDriver: splunk
+     options:
+       splunk-token: ***
+       splunk-url: https://splunk
+     secretOptions:
+       splunk-token: staging-token
+   healthCheck:
+     command: ["CMD-SHELL", "redis-cli -a ******* ping"]
"#,
        );
    }

    #[test]
    fn what_is_known_to_be_secret_is_covered_with_what_stood_in_its_place() {
        check_containers(
            json!({"image": "a", "command": ["mc", "alias", "admin77Pw"], "user": "x-old88Pw-y"}),
            json!({"image": "a", "command": ["mc", "alias", "hunter4Known"], "user": "x-hunter4Known-y"}),
            r#"
  family: shop
  container app:
    image: a
-   command: ["mc", "alias", "***"]
-   user: x-***-y
+   command: ["mc", "alias", "***"] (changed)
+   user: x-***-y (changed)
"#,
        );
    }

    #[test]
    fn files_show_no_line_that_may_hold_a_password() {
        let files = |one: &str, port: &str, password: &str| {
            json!({"environment": [
                {"name": "COMPOSE2ECS_FILE_1", "value": one},
                {"name": "COMPOSE2ECS_FILE_2", "value": format!("port {port}\nrequirepass {password}\nuser app >Xy9{password}\n")},
            ]})
        };
        check_containers(
            files("lowercase", "1", "plain"),
            files("otherwords", "2", "simple"),
            r#"
@ 
  container app:
    image: ""
    environment:
-     COMPOSE2ECS_FILE_1: ***
+     COMPOSE2ECS_FILE_1: *** (changed)
      COMPOSE2ECS_FILE_2:
-       | port 1
-       | requirepass *****
-       | user app *********
+       | port 2
+       | requirepass ******
+       | user app **********
        | 
"#,
        );
    }

    #[test]
    fn a_covered_word_of_a_command_is_seen_to_change() {
        check_containers(
            json!({"image": "a", "command": ["app", "--token", "abc"]}),
            json!({"image": "a", "command": ["app", "--token", "xyz"]}),
            r#"
  family: shop
  container app:
    image: a
-   command: ["app", "--token", "***"]
+   command: ["app", "--token", "***"] (changed)
"#,
        );
    }

    #[test]
    fn a_value_cannot_write_to_the_terminal() {
        check_containers(
            json!({"image": "a"}),
            json!({"image": "a", "user": "\u{1b}[31mred\n", "workingDirectory": " /a"}),
            r#"
  family: shop
  container app:
    image: a
+   user: "\u{1b}[31mred\n"
+   workingDirectory: " /a"
"#,
        );
    }
}
