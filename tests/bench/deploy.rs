//! Calls and time of whole commands, against an emulator behind a proxy that adds 50 ms to each call.
//!
//! `cargo bench --bench deploy` measures; under `cargo test` each command runs once, without the 50 ms, so that this cannot rot.
#![expect(
    clippy::disallowed_methods,
    reason = "the bench writes a project and runs the command on it"
)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the bench prints its figures")]

#[path = "../support/aws.rs"]
mod aws;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use aws::calls::{Call, rounds};
use aws::emulator::{Emulator, Kind, missing};
use aws::proxy::Proxy;
use aws::{ACCESS_KEY, config};
use tokio::runtime::Runtime;

const PROJECT: &str = "
name: shop
services:
  nginx: { image: nginx, ports: ['8080:80'], environment: { APP: 'app:9000' }, depends_on: [app], mem_limit: 128m }
  app:
    build: .
    environment: { DB_HOST: mysql, DB_PASSWORD: secret, LEVEL: '${LEVEL:-info}' }
    depends_on: [mysql]
    mem_limit: 256m
  mysql: { image: 'mysql:8' }
";

const OVERLAY: &str = "
x-ecs:
  region: ap-northeast-1
  account: '123456789012'
  cluster: staging
  roles: { execution: ecsTaskExecutionRole }
  network: { subnets: [staging-a, staging-c], security_groups: [web] }
  logs: { retention_days: 14 }
  ingress:
    - { service: nginx, port: 80, listener: { load_balancer: staging, port: 80 }, host: '{{branch}}.example.com' }
  dns: { zone: example.com }
  replace: { mysql: { rds: staging-db, secrets: { DB_PASSWORD: 'secretsmanager:staging/db#password' } } }
services:
  app: { image: '{{ecr \"app\"}}:{{branch}}' }
";

fn main() {
    let measures = std::env::args().any(|it| it == "--bench");
    if std::env::args().any(|it| it == "--list") {
        return;
    }
    if let Some(reason) = missing() {
        eprintln!("nothing is measured: {reason}");
        return;
    }
    let latency = if measures { Duration::from_millis(50) } else { Duration::ZERO };
    let bench = Bench::new(Kind::Ministack, latency);
    bench.changes();
    // Ministack does not page its lists, and moto does not roll out.
    let bench = Bench::new(Kind::Moto, latency);
    bench.list(if measures { 200 } else { 3 });
}

struct Bench {
    emulator: Emulator,
    proxy: Proxy,
    folder: PathBuf,
    /// ARN of the listener that the overlay names by its load balancer.
    listener: String,
}

impl Bench {
    fn new(kind: Kind, latency: Duration) -> Self {
        let emulator = Emulator::start(kind).expect("the emulator starts");
        let seeded = emulator.seed(&["feature-login"]);
        let proxy = Proxy::start(&emulator.endpoint());
        proxy.latency(latency);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-{}", kind.name()));
        std::fs::create_dir_all(&folder).expect("a folder below the target folder");
        std::fs::write(folder.join("docker-compose.yml"), PROJECT).expect("a Compose file");
        std::fs::write(folder.join("compose2ecs.yml"), OVERLAY).expect("an overlay");
        Self { emulator, proxy, folder, listener: seeded.http_listener }
    }

    fn changes(&self) {
        println!(
            "{:<24}{:>7}{:>8}{:>10}{:>14}{:>9}{:>11}",
            "", "calls", "rounds", "wall", "critical path", "factor", "peak"
        );
        let up: &[&str] = &["up", "--branch", "feature/login"];
        self.measure("up, fresh", up, "info");
        self.measure("up, nothing to do", up, "info");
        let by_name = "{ load_balancer: staging, port: 80 }";
        std::fs::write(
            self.folder.join("by-arn.yml"),
            OVERLAY.replace(by_name, &format!("'{}'", self.listener)),
        )
        .expect("another overlay");
        let by_arn = ["up", "--branch", "feature/login", "--overlay", "by-arn.yml"];
        self.measure("the same, by ARN", &by_arn, "info");
        self.measure("up, one variable", up, "debug");
        self.measure("down", &["down", "--branch", "feature/login", "--yes"], "info");
    }

    fn list(&self, environments: usize) {
        Runtime::new().expect("a runtime").block_on(self.populate(environments));
        self.measure(&format!("ls, {environments} environments"), &["ls"], "info");
    }

    fn measure(&self, name: &str, arguments: &[&str], level: &str) {
        self.proxy.reset();
        let started = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_compose2ecs"))
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .env("AWS_ENDPOINT_URL", self.proxy.endpoint())
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("LEVEL", level)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let mut peak = 0;
        let status = loop {
            peak = peak.max(resident(child.id()));
            match child.try_wait().expect("the command can be waited for") {
                Some(status) => break status,
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        };
        let wall = started.elapsed();
        if !status.success() {
            let output = child.wait_with_output().expect("its output");
            panic!("{name}: {status}\n{}", String::from_utf8_lossy(&output.stderr));
        }
        let calls = self.proxy.calls();
        if std::env::var_os("CALLS").is_some() {
            println!("{}", aws::calls::names(&calls).join(" "));
        }
        let path = critical_path(&calls);
        println!(
            "  {name:<22}{:>7}{:>8}{:>7} ms{:>11} ms{:>9.2}{:>7.1} MiB",
            calls.len(),
            rounds(&calls),
            wall.as_millis(),
            path.as_millis(),
            wall.as_secs_f64() / path.as_secs_f64().max(0.001),
            f64::from(peak) / 1024.0
        );
    }

    /// Services as `up` leaves them, made without it.
    async fn populate(&self, environments: usize) {
        let client = aws_sdk_ecs::Client::new(&config(&self.emulator.endpoint()));
        let container =
            aws_sdk_ecs::types::ContainerDefinition::builder().name("app").image("app").memory(128);
        let definition = client
            .register_task_definition()
            .family("shop")
            .container_definitions(container.build());
        definition.send().await.expect("a task definition");
        for index in 0..environments {
            let tags = [
                ("project", "shop".to_owned()),
                ("environment", format!("shop-b{index}")),
                ("branch", format!("b{index}")),
                ("url", format!("http://b{index}.example.com/")),
            ];
            let tag = |(key, value): (&str, String)| {
                aws_sdk_ecs::types::Tag::builder()
                    .key(format!("compose2ecs:{key}"))
                    .value(value)
                    .build()
            };
            let call =
                client.create_service().cluster("staging").service_name(format!("shop-b{index}"));
            let call = call
                .task_definition("shop")
                .desired_count(0)
                .set_tags(Some(tags.map(tag).to_vec()));
            call.send().await.expect("a service");
        }
    }
}

/// KiB of memory that a process has held at most so far; 0 where the kernel does not tell.
fn resident(process: u32) -> u32 {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = text.lines().find_map(|it| it.strip_prefix("VmHWM:"));
    line.and_then(|it| it.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

/// The longest time that calls which had to wait for each other took.
fn critical_path(calls: &[Call]) -> Duration {
    let mut calls: Vec<(Instant, Instant)> =
        calls.iter().filter_map(|it| Some((it.start, it.end?))).collect();
    calls.sort();
    let mut longest: Vec<Duration> = Vec::new();
    for (index, (start, end)) in calls.iter().enumerate() {
        let before = calls[..index].iter().zip(&longest).filter(|((_, it), _)| it <= start);
        let before = before.map(|(_, it)| *it).max().unwrap_or_default();
        longest.push(before + end.duration_since(*start));
    }
    longest.into_iter().max().unwrap_or_default()
}
