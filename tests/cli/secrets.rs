//! A password of a project is in no message, wherever the author wrote it.

use crate::command::{Folder, OVERLAY};

/// Projects that hold the password `hunter2` where passwords stand, several next to a mistake that quotes the line.
const SECRETS: &[(&str, &str)] = &[
    ("a mapping", "services: { web: { image: nginx, environment: { DB_PASSWORD: hunter2 } } }\n"),
    (
        "a list",
        "services:\n  web:\n    image: nginx\n    environment:\n      - DB_PASSWORD=hunter2\n",
    ),
    (
        "a quoted list",
        "services:\n  web:\n    image: nginx\n    environment: [ \"DB_PASSWORD=hunter2\", 'API_KEY=hunter2' ]\n",
    ),
    (
        "a second entry of a line",
        "services:\n  web:\n    image: nginx\n    environment: { A: b, DB_PASSWORD: hunter2, imge: [x] }\n",
    ),
    (
        "a URL",
        "services:\n  web:\n    image: nginx\n    environment:\n      DB_URL: mysql://app:hunter2@db/app\n  db: { image: mysql }\n",
    ),
    (
        "a URL whose password a secret would replace",
        "x-ecs: { replace: { db: { host: db.example.com, user: me, password: 'ssm:/db' } } }\nservices:\n  web:\n    image: nginx\n    command: [migrate, 'mysql://app:hunter2@db/app']\n    environment:\n      DB_URL: mysql://app:hunter2@db/app?password=hunter2\n      DSN: app:hunter2@tcp(db:3306)/app\n      PDO: mysql:host=db;user=app;password=hunter2\n  db: { image: mysql }\n",
    ),
    (
        "variables of an emulator of AWS",
        "x-ecs: { replace: { minio: { s3: app }, cache: { host: c.example.com, password: 'ssm:/c' } } }\nservices:\n  web:\n    image: nginx\n    environment: { S3_ENDPOINT: 'http://minio:9000', MINIO_ROOT_PASSWORD: hunter2, CACHE_HOST: cache, CACHE_PASSWORD: hunter2 }\n  minio: { image: minio/minio, environment: { MINIO_ROOT_PASSWORD: hunter2 } }\n  cache: { image: redis, command: redis-server --requirepass hunter2 }\n",
    ),
    (
        "a DSN",
        "services:\n  web:\n    image: nginx\n    environment:\n      DSN: host=db user=app password=hunter2\n  db: { image: postgres }\n",
    ),
    (
        "a default",
        "services:\n  web:\n    image: nginx\n    environment:\n      DB_PASSWORD: ${DB_PASSWORD:-hunter2}\n",
    ),
    (
        "a default in a URL",
        "services:\n  web:\n    image: nginx\n    environment:\n      DB_URL: ${DB_URL:-mysql://app:hunter2@db/app}\n  db: { image: mysql }\n",
    ),
    (
        "an anchor",
        "services:\n  web:\n    image: nginx\n    environment:\n      DB_PASSWORD: &password hunter2\n      DB_PASS: *password\n",
    ),
    (
        "a tag",
        "services:\n  web:\n    image: nginx\n    environment:\n      DB_PASSWORD: !!str hunter2\n",
    ),
    (
        "the line below",
        "services:\n  web:\n    image: nginx\n    environment:\n      DB_PASSWORD:\n        hunter2\n",
    ),
    (
        "a folded text",
        "services:\n  web:\n    image: nginx\n    environment:\n      DB_PASSWORD: >-\n        hunter2\n",
    ),
    (
        "a wrong type",
        "services:\n  web:\n    image: nginx\n    environment:\n      DB_PASSWORD: [hunter2]\n",
    ),
    (
        "a duplicate",
        "services:\n  web:\n    image: nginx\n    environment:\n      DB_PASSWORD: hunter2\n      DB_PASSWORD: hunter2\n",
    ),
    (
        "a bad expression",
        "services:\n  web:\n    image: nginx\n    environment:\n      DB_PASSWORD: hunter2${\n",
    ),
    (
        "a bad tab",
        "services:\n  web:\n    image: nginx\n    environment:\n\tDB_PASSWORD: hunter2\n",
    ),
    (
        "an open quote",
        "services:\n  web:\n    image: nginx\n    environment:\n      DB_PASSWORD: \"hunter2\n",
    ),
    (
        "a command",
        "services:\n  web:\n    image: nginx\n    command: app --password=hunter2 --host db && true\n  db: { image: mysql }\n",
    ),
    (
        "a health check",
        "services:\n  web:\n    image: nginx\n    healthcheck: { test: mysqladmin ping -h db --password=hunter2, retries: 99 }\n  db: { image: mysql }\n",
    ),
    (
        "a short option",
        "services:\n  web:\n    image: nginx\n    healthcheck:\n      test: mysqladmin ping -h db -phunter2\n  db: { image: mysql }\n",
    ),
    (
        "words of a command",
        "services:\n  web:\n    image: nginx\n    command: [app, --password, hunter2, --url, 'http://db/']\n  db: { image: mysql }\n",
    ),
    (
        "a build argument",
        "services:\n  web:\n    build: { context: ., args: { NPM_TOKEN: hunter2 } }\n",
    ),
    (
        "a secret reference",
        "services:\n  web:\n    image: nginx\n    x-ecs: { secrets: { API_KEY: hunter2 } }\n",
    ),
    (
        "a raw field",
        "services:\n  web:\n    image: nginx\n    x-ecs:\n      container_definition:\n        environment: [{ name: DB_PASSWORD, value: hunter2, wrong: 1 }]\n",
    ),
    (
        "a template",
        "services:\n  web:\n    image: nginx\n    x-ecs:\n      container_definition:\n        environment: [{ name: DB_PASSWORD, value: 'hunter2{{brnch}}' }]\n",
    ),
    (
        "a variable of a file",
        "services:\n  web:\n    image: nginx\n    environment:\n      DB_PASSWORD: ${FROM_FILE}\n      DB_URL: mysql://app:${FROM_FILE}@db/app\n  db: { image: mysql }\n",
    ),
    ("an env file", "services:\n  web:\n    image: nginx\n    env_file: app.env\n"),
    (
        "an env file with a mistake",
        "services:\n  web:\n    image: nginx\n    env_file: wrong.env\n",
    ),
    (
        "a required variable",
        "services:\n  web:\n    image: nginx\n    environment: { DB_PASSWORD: hunter2, X: \"${UNSET:?set it}\" }\n",
    ),
    (
        "an unknown key",
        "services:\n  web: { image: nginx, environment: { DB_PASSWORD: hunter2 }, imge: nginx }\n",
    ),
];

#[test]
fn a_secret_never_shows_in_a_message() {
    let mut shown = Vec::new();
    for (index, (name, compose)) in SECRETS.iter().enumerate() {
        let files = [
            ("compose.yaml", *compose),
            ("compose2ecs.yml", OVERLAY),
            (".env", "FROM_FILE=hunter2\n"),
            ("app.env", "DB_PASSWORD=hunter2\nDB_URL=mysql://app:hunter2@db/app\n"),
            ("wrong.env", "DB_PASSWORD=\"hunter2\nOTHER KEY=x\n"),
        ];
        let folder = Folder::new(&format!("secret-{index}"), &files);
        let commands: [&[&str]; 4] =
            [&["render"], &["render", "--explain"], &["check"], &["check", "--format", "json"]];
        let mut silent = true;
        for arguments in commands {
            let ran = folder.run(arguments);
            let mut said = ran.stderr.clone();
            said.push_str(if arguments[0] == "check" { &ran.stdout } else { "" });
            silent &= said.is_empty();
            if let Some(line) = said.lines().find(|it| it.contains("hunter2")) {
                shown.push(format!("{name}, {arguments:?}: {line}"));
            }
            assert!(!said.contains("panicked"), "{name}: {said}");
        }
        assert!(!silent, "{name}: a case that says nothing proves nothing");
    }
    assert!(shown.is_empty(), "{}", shown.join("\n"));
}
