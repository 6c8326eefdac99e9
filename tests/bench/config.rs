//! How long `config` takes: the largest projects of the corpus, one file of 1 MB, and the time a service at three sizes.
//!
//! `cargo bench --bench config` measures; `cargo test --bench config` runs everything once, small. Without the
//! conformance data only the generated projects run.
#![expect(
    clippy::disallowed_methods,
    reason = "the bench lists the folders of its corpus once and reads the clock"
)]
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

#[path = "../support/placed_world.rs"]
mod placed_world;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use compose2ecs::{ConfigOptions, ProjectOptions, Step, config};
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use placed_world::PlacedWorld;

const SIZES: [usize; 3] = [100, 1_000, 10_000];

fn main() {
    divan::main();
    println!("\ntime for each service, which stays the same when reading is linear:");
    for services in if measured() { &SIZES[..] } else { &SIZES[..1] } {
        let nanoseconds = fastest(*services).as_nanos() / *services as u128;
        println!("{services:>8} services: {:>4} us", (nanoseconds + 500) / 1000);
    }
}

/// Without `--bench` everything only has to run, and the build is a slow one.
fn measured() -> bool {
    std::env::args().any(|it| it == "--bench")
}

/// The least of a few runs: what is above it is the machine's doing.
fn fastest(services: usize) -> Duration {
    let case = Case::generated(&project(services));
    let run = || {
        let start = Instant::now();
        case.run();
        start.elapsed()
    };
    (0..5).map(|_| run()).min().unwrap_or_default()
}

#[divan::bench(args = SIZES, sample_count = 10, sample_size = 1)]
fn generated(bencher: Bencher<'_, '_>, services: usize) {
    let services = if measured() { services } else { services.min(SIZES[0]) };
    let case = Case::generated(&project(services));
    bencher.counter(ItemsCount::new(services)).bench_local(|| case.run());
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn one_megabyte(bencher: Bencher<'_, '_>) {
    let mut text = project(SIZES[1]);
    if measured() {
        text = project(SIZES[1] * 1_000_000 / text.len());
    }
    let case = Case::generated(&text);
    bencher.counter(BytesCount::of_str(&text)).bench_local(|| case.run());
}

/// 119 services in one file, 600 variables beside it.
#[divan::bench]
fn laradock(bencher: Bencher<'_, '_>) {
    if let Some(case) = Case::corpus(
        "laradock__laradock",
        &[Path::new("docker-compose.yml").into()],
        &[".env.example"],
    ) {
        bencher.counter(ItemsCount::new(119_usize)).bench_local(|| case.run());
    }
}

/// 192 services in 51 files.
#[divan::bench]
fn govuk_all(bencher: Bencher<'_, '_>) {
    let mut files = vec![PathBuf::from("docker-compose.yml")];
    let projects = conformance().join("corpus/alphagov__govuk-docker/projects");
    let entries = std::fs::read_dir(projects).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|it| it.file_name()).collect();
    names.sort();
    files.extend(names.iter().map(|it| Path::new("projects").join(it).join("docker-compose.yml")));
    if let Some(case) = Case::corpus("alphagov__govuk-docker", &files, &[]) {
        bencher.counter(ItemsCount::new(192_usize)).bench_local(|| case.run());
    }
}

fn conformance() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance")
}

/// A project in a world that is ready to be read.
struct Case {
    world: PlacedWorld,
    options: ConfigOptions,
}

impl Case {
    fn generated(text: &str) -> Self {
        let mut world = PlacedWorld::default();
        world.write("/project/compose.yaml", text);
        let project = ProjectOptions { directory: "/project".into(), ..ProjectOptions::default() };
        Self { world, options: ConfigOptions { project, ..ConfigOptions::default() } }
    }

    /// A repository of the corpus, loaded as its row in `combos/MANIFEST.tsv` says.
    fn corpus(repository: &str, files: &[PathBuf], env_files: &[&str]) -> Option<Self> {
        let real = conformance().join("corpus").join(repository);
        let mut world = PlacedWorld::of("/repository", &real);
        world.set("HOME", "/root");
        world.set("GOVUK_ROOT_DIR", "/govuk");
        let project = ProjectOptions {
            directory: "/repository".into(),
            files: files.to_vec(),
            env_files: env_files.iter().map(PathBuf::from).collect(),
            profiles: vec!["*".to_owned()],
            project_name: Some("corpus".to_owned()),
            ..ProjectOptions::default()
        };
        let options = ConfigOptions {
            project,
            skip: vec![Step::EnvironmentResolution],
            ..ConfigOptions::default()
        };
        real.is_dir().then_some(Self { world, options })
    }

    fn run(&self) {
        let configuration = config(&self.world, &self.options);
        assert!(configuration.model.is_some(), "the project loads");
        black_box(configuration);
    }
}

/// A project of services as people write them, some 400 bytes each.
fn project(services: usize) -> String {
    let mut text = "x-common: &common\n  restart: unless-stopped\n  logging: { driver: json-file }\nservices:\n".to_owned();
    for index in 0..services {
        let _ = write!(
            text,
            "  service-{index}:\n    <<: *common\n    image: registry.example.com/app/{index}:${{TAG:-latest}}\n    \
             environment:\n      NODE_ENV: production\n      PORT: {port}\n      DATABASE_URL: postgres://u:p@db-{index}:5432/app\n    \
             ports:\n      - \"{port}:80\"\n    volumes:\n      - ./data/{index}:/data\n      - shared:/shared:ro\n    \
             healthcheck:\n      test: [CMD, curl, -f, http://localhost/]\n      interval: 30s\n",
            port = 1024 + index,
        );
        if index > 0 {
            let _ = writeln!(text, "    depends_on: [service-{}]", index / 2);
        }
    }
    text.push_str("volumes:\n  shared: {}\n");
    text
}
