//! The process of the sandbox: one for a folder, in the background, found again by later commands.
//!
//! It holds a lock for as long as it lives, so that nobody has to trust a process id, and ends when `sandbox.json` is gone.

use std::fs::{File, TryLockError};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde::Deserialize;

use super::super::{progress, terminal};
use super::python;

const REQUIREMENTS: &str = include_str!("requirements.txt");
const RUN: &str = concat!(include_str!("mend.py"), include_str!("run.py"));
/// How long a start may take on a busy machine; it is a second on an idle one.
const HEALTHY_WITHIN: Duration = Duration::from_mins(1);
/// How long the process may take to see that it is to end.
const GONE_WITHIN: Duration = Duration::from_secs(10);
/// A port may be taken by another program between its choice and its use.
const ATTEMPTS: usize = 5;

/// What the process says of itself.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Running {
    pub(super) pid: u32,
    pub(super) port: u16,
    pub(super) started: String,
}

/// The sandbox of a folder: the one that runs, else a new one.
pub(super) fn start(folder: &Path) -> anyhow::Result<Running> {
    if cfg!(windows) {
        bail!("the sandbox runs on Linux and macOS; use WSL");
    }
    let whole = |doing: &str| format!("{doing} in `{}`", folder.display());
    std::fs::create_dir_all(folder).with_context(|| whole("cannot make the sandbox"))?;
    // Of two commands at once one starts it and the other finds it.
    let _starting = lock(&folder.join("starting")).with_context(|| whole("cannot lock"))?;
    if let Some(running) = running(folder) {
        return Ok(running);
    }
    end(folder)?;
    let python = python(folder)?;
    let since = Instant::now();
    for _ in 0..ATTEMPTS {
        if let Some(running) = launch(folder, &python)? {
            terminal::message(&format!(
                "sandbox: started at http://127.0.0.1:{} ({}); `compose2ecs sandbox stop` ends it\n",
                running.port,
                progress::time(since.elapsed())
            ));
            return Ok(running);
        }
    }
    bail!("the sandbox ended before it was ready:\n{}", log(folder))
}

/// The sandbox that runs and answers.
pub(super) fn running(folder: &Path) -> Option<Running> {
    if !lives(folder) {
        return None;
    }
    let running = read(folder)?;
    answers(running.port).then_some(running)
}

/// Ends the sandbox; whether there was one.
pub(super) fn stop(folder: &Path) -> anyhow::Result<bool> {
    if !folder.is_dir() {
        return Ok(false);
    }
    let _starting = lock(&folder.join("starting"))?;
    end(folder)
}

/// Takes the name of a process away, and waits until it has seen that.
fn end(folder: &Path) -> anyhow::Result<bool> {
    let named = read(folder);
    let file = folder.join("sandbox.json");
    if let Err(error) = std::fs::remove_file(&file)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(error).with_context(|| format!("cannot remove `{}`", file.display()));
    }
    let lived = lives(folder);
    let since = Instant::now();
    while lives(folder) {
        if since.elapsed() > GONE_WITHIN {
            let process = named.map_or_else(String::new, |it| format!(" {}", it.pid));
            bail!("the sandbox does not end: end its process{process} and try again");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(lived)
}

/// Whether a process holds the lock of sandboxes.
fn lives(folder: &Path) -> bool {
    let Ok(file) = File::create(folder.join("alive")) else { return false };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

fn lock(path: &Path) -> std::io::Result<File> {
    let file = File::create(path)?;
    file.lock()?;
    Ok(file)
}

#[expect(clippy::disallowed_methods, reason = "this is no file of a project")]
fn read(folder: &Path) -> Option<Running> {
    serde_json::from_slice(&std::fs::read(folder.join("sandbox.json")).ok()?).ok()
}

/// The last of what the process printed.
#[expect(clippy::disallowed_methods, reason = "this is no file of a project")]
fn log(folder: &Path) -> String {
    let text = std::fs::read(folder.join("log")).unwrap_or_default();
    let end = text.len().saturating_sub(4000);
    String::from_utf8_lossy(&text[end..]).trim().to_owned()
}

fn python(folder: &Path) -> anyhow::Result<PathBuf> {
    let environments = folder.join("python");
    if !environments.is_dir() {
        let name = REQUIREMENTS.lines().next().unwrap_or_default().replace("==", " ");
        terminal::message(&format!(
            "sandbox: installing {name} in {}, once\n",
            environments.display()
        ));
    }
    python::environment(&environments, REQUIREMENTS).map_err(|reason| {
        anyhow::anyhow!(
            "the sandbox cannot be installed: {reason}\n  help: it needs `python3` (3.10 or newer) with `venv` (Debian: \
             apt-get install python3-venv), and PyPI"
        )
    })
}

/// Starts a process and waits until it answers; `None` when it ended, as it does when its port was taken meanwhile.
fn launch(folder: &Path, python: &Path) -> anyhow::Result<Option<Running>> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let log_file = File::create(folder.join("log"))?;
    let alive = File::create(folder.join("alive"))?;
    // Whoever only looks holds it for a moment.
    alive.lock()?;
    let mut command = Command::new(python);
    command.args(["-I", "-u", "-c", RUN]).arg(folder.join("sandbox.json")).arg(port.to_string());
    // Killed, it leaves files of its own there.
    let scratch = folder.join("scratch");
    let _ = std::fs::remove_dir_all(&scratch);
    std::fs::create_dir_all(&scratch)?;
    let libraries = ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"];
    #[expect(clippy::disallowed_methods, reason = "the emulator needs what its Python needs")]
    let libraries = libraries.map(|name| (name, std::env::var_os(name)));
    // What this machine's environment says of AWS, Docker or emulators is not for the sandbox.
    command.env_clear().envs(libraries.into_iter().filter_map(|(name, it)| Some((name, it?))));
    command.env("HOME", &scratch).env("TMPDIR", &scratch).current_dir(&scratch);
    command.env("BIND_HOST", "127.0.0.1").env("GATEWAY_PORT", port.to_string());
    // The lock goes with the file to the process and ends with it.
    command.stdin(alive).stdout(log_file.try_clone()?).stderr(log_file);
    let mut child =
        command.spawn().with_context(|| format!("cannot run `{}`", python.display()))?;
    drop(command);
    let listens = format!("Running on http://127.0.0.1:{port}");
    let since = Instant::now();
    while since.elapsed() < HEALTHY_WITHIN {
        // Another program may answer where this one could not listen.
        let is_ready = log(folder).contains(&listens) && answers(port);
        if child.try_wait()?.is_some() {
            return Ok(None);
        }
        if let Some(running) = read(folder).filter(|it| is_ready && it.port == port) {
            return Ok(Some(running));
        }
        std::thread::sleep(Duration::from_millis(30));
    }
    end(folder)?;
    bail!("the sandbox was not ready within {HEALTHY_WITHIN:?}:\n{}", log(folder))
}

/// Whether an emulator is healthy on a port.
fn answers(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let request = format!(
            "GET /_ministack/health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes())?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line)?;
        Ok(line.split(' ').nth(1) == Some("200"))
    };
    ask().unwrap_or(false)
}
