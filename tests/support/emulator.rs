//! AWS emulators from pip: made and started on first use, filled with what a team's account has, ended with the test.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::json;

use super::python;
use super::{ACCESS_KEY, REGION};

/// Set where the emulators must run, as in CI; elsewhere their tests are ignored when they cannot.
const REQUIRED: &str = "COMPOSE2ECS_REQUIRE_EMULATORS";

// The versions of the emulators stand here, or in the file of the sandbox, and nowhere else: what each gets wrong changes with
// them, so a newer one must be a commit that somebody looks at. Botocore fills the account and comes with both; theirs is the
// version to take.
const MINISTACK: &str = include_str!("../../src/cli/sandbox/requirements.txt");
const MOTO: &str =
    "moto==5.2.5\nflask==3.1.3\nflask-cors==6.0.5\nbotocore==1.44.5\nboto3==1.44.5\n";

/// How long a start may take on a busy machine; it is a second on an idle one.
const HEALTHY_WITHIN: Duration = Duration::from_mins(1);
/// A port may be taken by another program between its choice and its use.
const ATTEMPTS: usize = 5;

/// Ends the whole process group when the other end of standard input is gone, however the test ended.
const RUN: &str = "
import os, runpy, signal, sys, threading
def watch():
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)
threading.Thread(target=watch, daemon=True).start()
sys.argv = sys.argv[1:]
runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)
";

/// What Ministack lacks, in the sandbox as well.
const MEND_MINISTACK: &str = include_str!("../../src/cli/sandbox/mend.py");

/// What Moto lacks of every rollout, so that a verdict can be had: as many tasks run as are wanted, and the service's
/// deployment is of the revision that the service was given last and repeats what it was told of Service Connect.
const MEND_MOTO: &str = "
from moto.ecs.models import EC2ContainerServiceBackend as Backend
create, update = Backend.create_service, Backend.update_service
def mended(service):
    service.running_count, service.pending_count = service.desired_count, 0
    for it in service.deployments[:1]:
        it.update(
            taskDefinition=service.task_definition, rolloutState='COMPLETED', desiredCount=service.desired_count,
            runningCount=service.desired_count, pendingCount=0,
        )
    return service
Backend.create_service = lambda self, *values, **named: mended(create(self, *values, **named))
Backend.update_service = lambda self, *values, **named: mended(update(self, *values, **named))
from moto.ecs.responses import EC2ContainerServiceResponse as Responses
def connected(answer):
    def answered(self):
        told = self._get_param('serviceConnectConfiguration')
        result = answer(self)
        for it in result.result['service'].deployments[:1]:
            if told and told.get('enabled'):
                it['serviceConnectConfiguration'] = told
            elif told:
                it.pop('serviceConnectConfiguration', None)
        return result
    return answered
Responses.create_service = connected(Responses.create_service)
Responses.update_service = connected(Responses.update_service)
";

/// Which emulator; the two disagree about enough that a test passes both for a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Strict about records, keeps every field of a service; knows no rule priorities and no network interfaces.
    Ministack,
    /// Strict about load balancers; starts no tasks for a service and drops some of its fields at creation.
    Moto,
}

/// Both.
pub(crate) const KINDS: [Kind; 2] = [Kind::Ministack, Kind::Moto];

impl Kind {
    /// As tests print it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ministack => "ministack",
            Self::Moto => "moto",
        }
    }

    fn folder(self) -> PathBuf {
        python::folder("emulators").join(self.name())
    }

    /// The Python of its virtual environment.
    fn python(self) -> Result<PathBuf, String> {
        let requirements = match self {
            Self::Ministack => MINISTACK,
            Self::Moto => MOTO,
        };
        python::environment(&self.folder(), requirements)
    }

    fn command(self, python: &Path, port: u16) -> Command {
        let mut command = Command::new(python);
        let mend = if self == Self::Moto { MEND_MOTO } else { MEND_MINISTACK };
        command.args(["-I", "-u", "-c", &format!("{mend}{RUN}")]);
        match self {
            Self::Ministack => command
                .arg("ministack")
                .env("BIND_HOST", "127.0.0.1")
                .env("GATEWAY_PORT", port.to_string())
                .env("MINISTACK_REGION", REGION),
            Self::Moto => command.args(["moto.server", "-H", "127.0.0.1", "-p", &port.to_string()]),
        };
        command
    }

    fn health(self) -> &'static str {
        match self {
            Self::Ministack => "/_ministack/health",
            Self::Moto => "/moto-api/",
        }
    }

    fn reset(self) -> &'static str {
        match self {
            Self::Ministack => "/_ministack/reset",
            Self::Moto => "/moto-api/reset",
        }
    }
}

/// Why tests with emulators are to be ignored on this machine; `None` where they are required.
pub(crate) fn missing() -> Option<String> {
    let reason = KINDS.into_iter().find_map(|kind| kind.python().err())?;
    std::env::var_os(REQUIRED).is_none().then_some(reason)
}

/// A running emulator; it ends with this value.
pub(crate) struct Emulator {
    pub(crate) kind: Kind,
    python: PathBuf,
    process: Process,
}

impl Emulator {
    /// Starts a ministack of its own.
    pub(crate) fn ministack() -> Result<Self, String> {
        Self::start(Kind::Ministack)
    }

    /// Starts a moto of its own.
    pub(crate) fn moto() -> Result<Self, String> {
        Self::start(Kind::Moto)
    }

    /// Starts one. An error says what this machine lacks; an emulator that is there and does not become healthy panics.
    pub(crate) fn start(kind: Kind) -> Result<Self, String> {
        let python = kind.python()?;
        let mut output = String::new();
        for _ in 0..ATTEMPTS {
            let mut process = Process::start(kind, &python);
            if process.healthy(kind) {
                let it = Self { kind, python, process };
                it.hold_tasks();
                return Ok(it);
            }
            output = process.output();
        }
        panic!("{} ended {ATTEMPTS} times before it was healthy:\n{output}", kind.name())
    }

    /// Where it listens.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.process.port)
    }

    /// Forgets everything that was made.
    pub(crate) fn reset(&self) {
        self.post(self.kind.reset(), "");
        self.hold_tasks();
    }

    /// Makes what a team's account has, with images of these tags in the repositories `app` and `app-nginx`.
    pub(crate) fn seed(&self, tags: &[&str]) -> Seeded {
        let wanted = json!({
            "endpoint": self.endpoint(),
            "region": REGION,
            "access_key": ACCESS_KEY,
            "images": { "app": tags, "app-nginx": tags },
        });
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/seed.py");
        let mut command = Command::new(&self.python);
        command.arg("-I").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the Python is there");
        let mut input = child.stdin.take().expect("standard input is a pipe");
        input.write_all(wanted.to_string().as_bytes()).expect("seed.py reads its input");
        drop(input);
        let output = child.wait_with_output().expect("seed.py ends");
        assert!(
            output.status.success(),
            "seed.py against {}: {}\n{}",
            self.kind.name(),
            String::from_utf8_lossy(&output.stderr),
            self.process.output(),
        );
        serde_json::from_slice(&output.stdout).expect("seed.py says what it made")
    }

    /// Moto moves a task towards its end whenever somebody looks; ours run until they are stopped.
    fn hold_tasks(&self) {
        if self.kind == Kind::Moto {
            let transition = json!({ "progression": "manual", "times": 1_000_000 });
            let body = json!({ "model_name": "ecs::task", "transition": transition });
            self.post("/moto-api/state-manager/set-transition", &body.to_string());
        }
    }

    fn post(&self, path: &str, body: &str) {
        let status = http(self.process.port, "POST", path, body);
        let accepted = status.as_ref().is_ok_and(|it| (200..300).contains(it));
        assert!(accepted, "{path}: {status:?}\n{}", self.process.output());
    }
}

/// What [`Emulator::seed`] made.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Seeded {
    pub(crate) account: String,
    pub(crate) vpc: String,
    /// Named `staging-a` and `staging-c`.
    pub(crate) subnets: Vec<String>,
    /// Of the group named `web`.
    pub(crate) security_group: String,
    /// The ARN of the cluster `staging`.
    pub(crate) cluster: String,
    /// The ARN of the load balancer `staging`.
    pub(crate) load_balancer: String,
    pub(crate) load_balancer_dns: String,
    /// The hosted zone that an alias record of the load balancer names.
    pub(crate) load_balancer_zone: String,
    pub(crate) http_listener: String,
    pub(crate) https_listener: String,
    /// The id of `example.com`.
    pub(crate) zone: String,
    /// By `repository:tag`.
    pub(crate) digests: BTreeMap<String, String>,
    /// The host of the database instance `staging-db`.
    pub(crate) database: String,
    pub(crate) database_port: u16,
    /// The ARN of `staging/db`, a JSON object with `password`.
    pub(crate) secret: String,
    /// The ARN of `/staging/app-key`.
    pub(crate) parameter: String,
}

/// A process group that ends with this value.
struct Process {
    child: Child,
    port: u16,
    log: PathBuf,
}

impl Process {
    fn start(kind: Kind, python: &Path) -> Self {
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let log = kind.folder().join(format!("log-{}-{number}", std::process::id()));
        let file = File::create(&log).expect("the folder of the environment is there");
        let port = free_port();
        let mut command = kind.command(python, port);
        // Its end is ours: see `RUN`.
        command.stdin(Stdio::piped()).process_group(0);
        command.stdout(file.try_clone().expect("a file has two handles")).stderr(file);
        let child = command.spawn().expect("the Python is there");
        Self { child, port, log }
    }

    /// Waits until it listens and answers; `false` when it ended, as it does when its port was taken meanwhile.
    fn healthy(&mut self, kind: Kind) -> bool {
        let start = Instant::now();
        // Another emulator may answer where this one could not listen.
        let listens = format!("Running on http://127.0.0.1:{}", self.port);
        while start.elapsed() < HEALTHY_WITHIN {
            let answered = self.output().contains(&listens)
                && http(self.port, "GET", kind.health(), "").is_ok_and(|it| it == 200);
            if self.child.try_wait().expect("it is our child").is_some() {
                return false;
            }
            if answered {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{} was not healthy in {HEALTHY_WITHIN:?}:\n{}", kind.name(), self.output())
    }

    /// The last of what it printed.
    fn output(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let end = text.len().saturating_sub(4000);
        String::from_utf8_lossy(&text[end..]).into_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let group = format!("kill -KILL -- -{}", self.child.id());
        let _ = Command::new("sh").args(["-c", &group]).stderr(Stdio::null()).status();
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.log);
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    listener.local_addr().expect("it is bound").port()
}

/// The status that a plain request is answered with.
fn http(port: u16, method: &str, path: &str, body: &str) -> std::io::Result<u16> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes())?;
    // The first line is enough; a server that closes early may well break what comes after it.
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|it| it.parse().ok());
    status.ok_or_else(|| std::io::Error::other(format!("not HTTP: {line}")))
}
