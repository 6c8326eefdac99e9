//! `--sandbox`: whole lives of environments in an emulator that the command starts itself.
//!
//! Ignored, and said so, where Python, `venv` or the packages are missing, unless `COMPOSE2ECS_REQUIRE_EMULATORS` is set.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::command::{Folder, Ran};

const COMPOSE: &str = "\
services:
  web:
    image: nginx:1
    ports: ['80']
    environment: { DB_HOST: mysql, DB_USER: shop, REDIS_URL: 'redis://redis', SESSIONS: 'sessions:11211' }
  mysql: { image: 'mysql:8' }
  redis: { image: 'redis:7' }
  sessions: { image: 'memcached:1' }
";
/// Everything that a sandbox furnishes, each in the form that asks most of it.
const OVERLAY: &str = r#"
x-ecs:
  region: eu-west-1
  account: "210987654321"
  cluster: arn:aws:ecs:eu-west-1:210987654321:cluster/shop
  size: { cpu: 256, memory: 512 }
  roles: { execution: ecs, task: shop }
  network: { subnets: [subnet-0a1b2c3d, shop-a, "tag:Tier=public"], security_groups: [shop-web, "tag:Tier=web"] }
  logs: { group: "/ecs/{{environment}}", retention_days: 7 }
  ingress:
    - service: web
      port: 80
      host: "{{branch}}.shop.example.com"
      listener:
        - arn:aws:elasticloadbalancing:eu-west-1:210987654321:listener/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2
        - { load_balancer: other, port: 8080 }
      authenticate:
        oidc:
          issuer: https://login.example.com
          authorization_endpoint: https://login.example.com/authorize
          token_endpoint: https://login.example.com/token
          user_info_endpoint: https://login.example.com/user
          client_id: shop
          client_secret: "ssm:login"
  dns: { zone: Z0123456789ABCDEFGHIJ }
  ecr: { lifecycle: { kept: { tag_prefix: "feature-", keep: 3 } } }
  replace:
    mysql: { rds: shop-db, credentials: managed, secrets: { DB_PASSWORD: "secretsmanager:shop/db#password" } }
    redis: { elasticache: shop-redis }
    sessions: { elasticache: shop-memcached }
services:
  web:
    image: '{{ecr "shop"}}:{{branch}}'
    x-ecs: { hosts_file: true, secrets: { API_KEY: "ssm:/shop/api-key", TOKEN: "secretsmanager:shop/token", KEY: "secretsmanager:shop/db#key" } }
"#;

/// A project with a sandbox of its own, which ends with this value.
struct Sandboxed {
    folder: Folder,
    cache: PathBuf,
}

impl Sandboxed {
    /// `None` where there can be no sandbox.
    fn new(name: &str) -> Option<Self> {
        let folder = Folder::new(name, &[("compose.yaml", COMPOSE), ("compose2ecs.yml", OVERLAY)]);
        let cache = folder.0.join("cache");
        // A virtual environment takes seconds to make; all tests but one share theirs.
        let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("emulators/sandbox");
        std::fs::create_dir_all(&shared).expect("the target folder can be written");
        std::fs::create_dir_all(cache.join("sandbox")).expect("so can the test's");
        std::os::unix::fs::symlink(shared, cache.join("sandbox/python")).expect("it is new");
        let it = Self { folder, cache };
        let ran = it.run(&["render", "--online", "--sandbox", "--branch", "x"]);
        if ran.code == Some(0) || std::env::var_os("COMPOSE2ECS_REQUIRE_EMULATORS").is_some() {
            assert_eq!(ran.code, Some(0), "{ran:#?}");
            return Some(it);
        }
        assert!(ran.stderr.contains("the sandbox cannot be installed"), "{ran:#?}");
        // The harness keeps what a test that passes prints to itself, unless it is written like this.
        let _ = writeln!(std::io::stderr(), "{name} is ignored: {}", ran.stderr);
        None
    }

    /// The command with the variables of somebody who has an account, where nothing of it may be used.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.folder.command(arguments);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        for name in ["HOME", "PIP_INDEX_URL", "PIP_CACHE_DIR", "PYENV_ROOT"] {
            command.envs(std::env::var_os(name).map(|it| (name, it)));
        }
        command.env("COMPOSE2ECS_CACHE", &self.cache);
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().expect("the command was built"))
    }

    /// Runs a command with `--sandbox`, which is to end well.
    fn fine(&self, arguments: &[&str]) -> Ran {
        let ran = self.run(&[arguments, &["--sandbox"]].concat());
        assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:#?}");
        ran
    }

    fn state(&self) -> Value {
        let text = std::fs::read_to_string(self.cache.join("sandbox/sandbox.json"));
        let text = text.expect("a sandbox runs");
        serde_json::from_str(&text).expect("it is JSON")
    }
}

impl Drop for Sandboxed {
    fn drop(&mut self) {
        let _ = self.command(&["sandbox", "stop"]).output();
    }
}

/// Whether a process is there and does not only wait for its parent to notice its end.
fn lives(pid: &Value) -> bool {
    let ps = Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output();
    let state = String::from_utf8(ps.expect("there is `ps`").stdout).expect("it prints text");
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

const UP: [&str; 4] = ["up", "--branch", "feature/login", "--yes"];
const URL: &str = "https://feature-login.shop.example.com/";

#[test]
fn an_environment_lives_in_a_sandbox() {
    let Some(it) = Sandboxed::new("sandbox-life") else { return };
    let started = it.state();
    assert!(lives(&started["pid"]), "{started}");
    let ran = it.fine(&UP);
    assert_eq!(ran.stdout.lines().last(), Some(URL), "{ran:#?}");
    assert!(ran.stderr.contains("create service"), "{ran:#?}");
    let ran = it.fine(&UP);
    assert!(ran.stderr.contains("nothing to do"), "{ran:#?}");
    let ran = it.fine(&["diff", "--branch", "feature/login", "--exit-code"]);
    assert!(ran.stdout.contains("nothing to do"), "{ran:#?}");
    let found = it.fine(&["ls", "--format", "json"]).json();
    assert_eq!(found["environments"][0]["branch"], "feature/login");
    assert_eq!(found["environments"][0]["url"], URL);
    let ran = it.fine(&["down", "--branch", "feature/login", "--yes"]);
    assert!(ran.stderr.contains("gone"), "{ran:#?}");
    let found = it.fine(&["ls", "--format", "json"]).json();
    assert_eq!(found["environments"].as_array().map(Vec::len), Some(0), "{found:#}");
    assert_eq!(it.state(), started, "one sandbox served all");

    let status = it.run(&["sandbox", "status"]);
    assert!(status.stdout.contains(&format!("process {}", started["pid"])), "{status:#?}");
    let ran = it.run(&["sandbox", "stop"]);
    assert!(ran.code == Some(0) && ran.stderr.contains("is stopped"), "{ran:#?}");
    assert!(!lives(&started["pid"]), "{started}");
    let ran = it.run(&["sandbox", "stop"]);
    assert!(ran.code == Some(0) && ran.stderr.contains("no sandbox runs"), "{ran:#?}");
    assert_eq!(it.run(&["sandbox", "status"]).stdout, "no sandbox runs\n");
}

#[test]
fn two_commands_at_once_share_a_sandbox_from_the_start() {
    let Some(it) = Sandboxed::new("sandbox-two") else { return };
    // From a cold cache, so that the two install it at once.
    it.run(&["sandbox", "stop"]);
    std::fs::remove_dir_all(&it.cache).unwrap();
    let spawn = |branch: &str| -> Child {
        let mut command =
            it.command(&["up", "--sandbox", "--yes", "--branch", branch, "--branch", "main"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children = [spawn("feature/one"), spawn("feature/two")];
    let ran = children.map(|it| Ran::of(it.wait_with_output().unwrap()));
    assert_eq!([ran[0].code, ran[1].code], [Some(0); 2], "{ran:#?}");
    let started = ran.iter().filter(|it| it.stderr.contains("sandbox: started")).count();
    assert_eq!(started, 1, "{ran:#?}");
    let found = it.fine(&["ls", "--format", "json"]).json();
    assert_eq!(found["environments"].as_array().map(Vec::len), Some(3), "{found:#}");
}

#[test]
fn a_sandbox_that_is_gone_is_replaced() {
    let Some(it) = Sandboxed::new("sandbox-gone") else { return };
    let first = it.state();
    let killed = Command::new("sh").args(["-c", &format!("kill -KILL {}", first["pid"])]).status();
    assert!(killed.unwrap().success());
    let start = Instant::now();
    while lives(&first["pid"]) && start.elapsed() < Duration::from_secs(5) {
        std::thread::sleep(Duration::from_millis(20));
    }
    // Somebody else has its port now, and nobody may mistake them for it.
    let port = u16::try_from(first["port"].as_u64().unwrap()).unwrap();
    let other = TcpListener::bind(("127.0.0.1", port));
    assert_eq!(it.run(&["sandbox", "status"]).stdout, "no sandbox runs\n");
    it.fine(&UP);
    let second = it.state();
    assert_ne!(first["pid"], second["pid"]);
    assert!(other.is_err() || first["port"] != second["port"]);
    // Taking the file away is the way to end it without the command.
    std::fs::remove_file(it.cache.join("sandbox/sandbox.json")).unwrap();
    let start = Instant::now();
    while lives(&second["pid"]) {
        assert!(start.elapsed() < Duration::from_secs(10), "it does not end");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Listens where the user's own settings point to; whatever connects is a failure.
fn trap() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.set_nonblocking(true).expect("it is ours");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    (listener, url)
}

#[test]
fn nothing_of_the_users_account_is_used() {
    let Some(it) = Sandboxed::new("sandbox-account") else { return };
    let (trap, url) = trap();
    let config = format!(
        "[profile mine]\nregion = sa-east-1\nendpoint_url = {url}\ncredential_process = touch {}\n",
        it.folder.0.join("asked").display()
    );
    let file = it.folder.0.join("config");
    std::fs::write(&file, config).unwrap();
    let mut command = it.command(&[&UP[..], &["--sandbox"]].concat());
    command.env("AWS_PROFILE", "mine").env("AWS_CONFIG_FILE", &file);
    command.env("AWS_SHARED_CREDENTIALS_FILE", &file).env("AWS_REGION", "sa-east-1");
    for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ECS", "AWS_ENDPOINT_URL_ECR", "HTTP_PROXY"] {
        command.env(name, &url);
    }
    command.env("AWS_ACCESS_KEY_ID", "999999999999").env("AWS_SECRET_ACCESS_KEY", "mine");
    command.env("AWS_SESSION_TOKEN", "mine");
    let ran = Ran::of(command.output().unwrap());
    assert_eq!((ran.code, ran.stdout.trim_end()), (Some(0), URL), "{ran:#?}");
    let reached = trap.accept();
    assert!(reached.is_err_and(|it| it.kind() == std::io::ErrorKind::WouldBlock));
    assert!(!it.folder.0.join("asked").exists(), "the profile was asked for credentials");
    // What was made belongs to the account of the overlay, not to the user's.
    let ran = it.fine(&["register", "--branch", "feature/login"]);
    assert!(
        ran.stdout.starts_with("arn:aws:ecs:eu-west-1:210987654321:task-definition/"),
        "{ran:#?}"
    );
}

#[test]
fn a_sandbox_that_cannot_be_made_is_an_error_of_the_machine() {
    let folder =
        Folder::new("sandbox-none", &[("compose.yaml", COMPOSE), ("compose2ecs.yml", OVERLAY)]);
    let run = |variables: &[(&str, &Path)]| {
        let mut command = folder.command(&["up", "--sandbox", "--branch", "x"]);
        Ran::of(command.envs(variables.iter().copied()).output().unwrap())
    };
    let ran = run(&[]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:#?}");
    assert!(ran.stderr.contains("set COMPOSE2ECS_CACHE"), "{ran:#?}");
    let empty = folder.0.join("empty");
    std::fs::create_dir(&empty).unwrap();
    let ran = run(&[("COMPOSE2ECS_CACHE", &folder.0), ("PATH", &empty)]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:#?}");
    assert!(ran.stderr.contains("python3") && ran.stderr.contains("help: "), "{ran:#?}");
}

#[test]
fn flags_that_contradict_a_sandbox_are_refused() {
    let folder = Folder::project("sandbox-flags", COMPOSE);
    let cases: [&[&str]; 5] = [
        &["up", "--sandbox", "--profile", "mine"],
        &["up", "--sandbox", "--endpoint-url", "https://example.com"],
        &["render", "--sandbox"],
        &["render", "--region", "eu-west-1"],
        &["check", "--online", "--sandbox", "--endpoint-url", "https://example.com"],
    ];
    for arguments in cases {
        let ran = folder.run(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{arguments:?}: {ran:#?}");
    }
}

#[test]
fn facts_are_looked_up_for_render_and_check() {
    let Some(it) = Sandboxed::new("sandbox-online") else { return };
    let offline = it.run(&["render", "--branch", "x"]);
    assert_eq!((offline.code, offline.stdout.as_str()), (Some(1), ""), "{offline:#?}");
    let definition = it.fine(&["render", "--branch", "x", "--online"]).json();
    let container = &definition["containerDefinitions"][0];
    assert!(container["image"].as_str().unwrap().contains("/shop:x@sha256:"), "{container:#}");
    let secrets = container["secrets"].to_string();
    assert!(secrets.contains(":secret:shop/db-"), "{secrets}");
    assert_eq!(container["command"], json!(["made-up-by-the-sandbox"]), "what the image runs");
    assert!(secrets.contains(":secret:rds!"), "{secrets}");
    let variables = container["environment"].to_string();
    assert!(!variables.contains("sessions:"), "{variables}");
    let ran = it.fine(&["check", "--branch", "x", "--online"]);
    assert_eq!(ran.stdout, "");
}
