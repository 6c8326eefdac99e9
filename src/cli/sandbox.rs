//! `--sandbox`: AWS on this machine, made up. The commands that end it and say how it is.

mod process;
mod python;

use std::fs::File;
use std::path::PathBuf;

use anyhow::Context as _;
use aws_credential_types::Credentials;
use compose2ecs::deploy::Connection;

use super::args::{SandboxArguments, SandboxCommand};
use super::{Outcome, terminal};
use process::Running;

/// The account of overlays that name none.
const ACCOUNT: &str = "123456789012";
/// The region of overlays that name none.
const REGION: &str = "us-east-1";

/// A sandbox that runs.
pub(super) struct Sandbox {
    folder: PathBuf,
    endpoint: String,
    pub(super) account: String,
    region: String,
}

impl Sandbox {
    /// The one that runs, else a new one.
    pub(super) async fn start(
        account: Option<String>,
        region: Option<String>,
    ) -> anyhow::Result<Self> {
        let folder = folder()?;
        let place = folder.clone();
        let running = tokio::task::spawn_blocking(move || process::start(&place)).await??;
        Ok(Self {
            folder,
            endpoint: endpoint(&running),
            account: account.unwrap_or_else(|| ACCOUNT.to_owned()),
            region: region.unwrap_or_else(|| REGION.to_owned()),
        })
    }

    /// The emulator takes an account's number for its key, so that nobody's own keys are near.
    pub(super) fn connection(&self) -> Connection {
        let keys = Credentials::new(&self.account, "sandbox", None, None, "sandbox");
        Connection {
            region: Some(self.region.clone()),
            endpoint: Some(self.endpoint.clone()),
            credentials: Some(keys),
            ..Connection::default()
        }
    }

    /// Until the result is dropped, no other command and no other branch makes what this one makes.
    pub(super) async fn alone(&self) -> anyhow::Result<File> {
        let path = self.folder.join("furnishing");
        let lock = move || -> std::io::Result<File> {
            let file = File::create(path)?;
            file.lock()?;
            Ok(file)
        };
        tokio::task::spawn_blocking(lock).await?.context("the sandbox cannot be locked")
    }
}

fn endpoint(running: &Running) -> String {
    format!("http://127.0.0.1:{}", running.port)
}

/// Where everything of sandboxes is kept.
#[expect(clippy::disallowed_methods, reason = "the cache of the user, not of a project")]
fn folder() -> anyhow::Result<PathBuf> {
    let variable =
        |name: &str| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    let home = |below: &str| Some(variable("HOME")?.join(below).join("compose2ecs"));
    let usual = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
    let cache = variable("COMPOSE2ECS_CACHE")
        .or_else(|| Some(variable("XDG_CACHE_HOME")?.join("compose2ecs")))
        .or_else(|| home(usual))
        .context("there is no place for a sandbox: set COMPOSE2ECS_CACHE to a folder")?;
    Ok(std::path::absolute(cache)?.join("sandbox"))
}

/// Ends the sandbox, or says how it is.
pub(super) fn run(arguments: &SandboxArguments) -> anyhow::Result<Outcome> {
    let folder = folder()?;
    match arguments.command {
        SandboxCommand::Stop => {
            let words = if process::stop(&folder)? {
                "the sandbox is stopped; what was in it is gone\n"
            } else {
                "no sandbox runs\n"
            };
            terminal::message(words);
        }
        SandboxCommand::Status => match process::running(&folder) {
            Some(it) => terminal::data(&format!(
                "the sandbox runs at {} as process {} since {}\n",
                endpoint(&it),
                it.pid,
                it.started
            ))?,
            None => terminal::data("no sandbox runs\n")?,
        },
    }
    Ok(Outcome::Fine)
}
