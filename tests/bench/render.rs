//! How long `render` takes in-process: a real application, and generated projects of growing size.
//!
//! `cargo bench` measures; `cargo test --bench render` runs everything once, small.
#![expect(
    clippy::disallowed_methods,
    reason = "the bench loads its fixture once and reads the clock"
)]
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use compose2ecs::world::{MemoryWorld, World};
use compose2ecs::{Options, ProjectOptions, compile};
use divan::Bencher;
use divan::counter::ItemsCount;

const SIZES: [usize; 3] = [100, 1_000, 10_000];

/// ECS takes ten containers a task.
const CONTAINERS: usize = 10;

fn main() {
    divan::main();
    let measured = std::env::args().any(|it| it == "--bench");
    let sizes = if measured { &SIZES[..] } else { &SIZES[..1] };
    println!("\ntime for each service, which stays the same when rendering is linear:");
    for services in sizes {
        let nanoseconds = fastest(*services).as_nanos() / *services as u128;
        println!("{services:>8} services: {:>4} us", (nanoseconds + 500) / 1000);
    }
}

#[divan::bench]
fn laravel(bencher: Bencher<'_, '_>) {
    let (world, options) = application("laravel");
    bencher.bench_local(|| render(&world, &options));
}

#[divan::bench(args = SIZES, sample_count = 10, sample_size = 1)]
fn generated(bencher: Bencher<'_, '_>, services: usize) {
    // Without `--bench` this only has to run, and the build is a slow one.
    let measured = std::env::args().any(|it| it == "--bench");
    let services = if measured { services } else { services.min(SIZES[0]) };
    let (world, options) = project(services);
    bencher.counter(ItemsCount::new(services)).bench_local(|| render(&world, &options));
}

/// The least of a few runs: what is above it is the machine's doing.
fn fastest(services: usize) -> Duration {
    let (world, options) = project(services);
    let run = || {
        let start = Instant::now();
        divan::black_box(render(&world, &options));
        start.elapsed()
    };
    (0..5).map(|_| run()).min().unwrap_or_default()
}

/// All that the command does but reading files and printing.
fn render(world: &dyn World, options: &Options) -> String {
    let compilation = compile(world, options);
    let stack = compilation.stack.expect("the projects here render");
    let definitions: Vec<_> = stack.task_definitions().collect();
    serde_json::to_string_pretty(&definitions).expect("definitions are plain data")
}

/// One of `fixtures/apps`, in memory.
fn application(name: &str) -> (MemoryWorld, Options) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/apps").join(name);
    let mut world = MemoryWorld::default();
    for entry in std::fs::read_dir(&folder).expect("the fixture is there").flatten() {
        if let Ok(bytes) = std::fs::read(entry.path()) {
            world.files.insert(Path::new("/app").join(entry.file_name()), bytes);
        }
    }
    (world, Options { facts: Some("facts.json".into()), ..options("/app") })
}

fn options(directory: &str) -> Options {
    Options {
        project: ProjectOptions { directory: directory.into(), ..ProjectOptions::default() },
        branch: Some("feature/login".to_owned()),
        ..Options::default()
    }
}

/// Services that reach one another, ten to a task.
fn project(services: usize) -> (MemoryWorld, Options) {
    let mut compose = "services:\n".to_owned();
    let mut overlay = "x-ecs:\n  region: eu-west-1\n  account: '123456789012'\n  roles: { execution: ecs }\n  tasks:\n".to_owned();
    for index in 0..services {
        let first = index - index % CONTAINERS;
        let port = 8000 + index % CONTAINERS;
        let needs =
            if index == first { String::new() } else { format!("\n    depends_on: [s{first}]") };
        let _ = write!(
            compose,
            "  s{index}:
    image: registry.example.com/s{index}:${{TAG:-latest}}
    command: serve --upstream http://s{first}:8000 --port {port}
    environment:
      UPSTREAM_URL: http://user@s{first}:8000/path
      DB_HOST: s{first}
      DB_CONNECTION: s{first}
      LOG_LEVEL: info
    ports: ['{port}:{port}']
    mem_limit: 64m{needs}
"
        );
        if index == first {
            let last = services.min(first + CONTAINERS);
            let names: Vec<String> = (first..last).map(|it| format!("s{it}")).collect();
            let _ = writeln!(overlay, "    t{first}: [{}]", names.join(", "));
        }
    }
    let files = [("compose.yaml", compose), ("compose2ecs.yml", overlay)];
    let files =
        files.map(|(name, text)| (PathBuf::from("/generated").join(name), text.into_bytes()));
    (MemoryWorld { files: files.into(), ..MemoryWorld::default() }, options("/generated"))
}
