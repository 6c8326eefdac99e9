//! Virtual environments of Python, made on first use. The tests make theirs with this file too.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// A virtual environment takes seconds to make; what is this old was left behind by a run that was killed.
const ABANDONED: Duration = Duration::from_hours(1);

const WHICH: &str = "import sys; print(sys.version, sys.executable)";

/// The Python of a virtual environment in the folder with what a requirements file names; it is made when it is not there.
/// An error says what is missing.
pub(crate) fn environment(folder: &Path, requirements: &str) -> Result<PathBuf, String> {
    let version = output(Command::new("python3").args(["-I", "-c", WHICH]))?;
    let mut hasher = DefaultHasher::new();
    // An environment points at the Python it was made with; another one needs another environment.
    (requirements.as_bytes(), version).hash(&mut hasher);
    let ready = folder.join(format!("{:016x}", hasher.finish()));
    let python = ready.join("bin/python");
    if python.is_file() {
        return Ok(python);
    }
    std::fs::create_dir_all(folder).map_err(|it| it.to_string())?;
    let lock = File::create(folder.join("lock")).map_err(|it| it.to_string())?;
    // Another process that makes the same environment is waited for; the lock ends with the file, and so with the process.
    lock.lock().map_err(|it| it.to_string())?;
    if python.is_file() {
        return Ok(python);
    }
    sweep(folder);
    let unfinished = folder.join(format!("unfinished-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&unfinished);
    // Only a whole environment gets its name.
    let made = make(&unfinished, requirements)
        .and_then(|()| std::fs::rename(&unfinished, &ready).map_err(|it| it.to_string()));
    let _ = std::fs::remove_dir_all(&unfinished);
    made.map(|()| python)
}

fn make(environment: &Path, requirements: &str) -> Result<(), String> {
    output(Command::new("python3").args(["-I", "-m", "venv"]).arg(environment))?;
    let file = environment.join("requirements.txt");
    std::fs::write(&file, requirements).map_err(|it| it.to_string())?;
    let mut pip = Command::new(environment.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    output(pip.arg("--requirement").arg(&file)).map(|_| ())
}

/// Removes what killed runs left behind.
#[expect(clippy::disallowed_methods, reason = "these are no files of a project")]
fn sweep(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let age = entry.metadata().and_then(|it| it.modified()).map(|it| it.elapsed());
        let old = matches!(age, Ok(Ok(age)) if age > ABANDONED);
        if old && entry.file_name().to_string_lossy().starts_with("unfinished-") {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// What a command prints, or why it failed: its last words.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let arguments: Vec<_> = command.get_args().map(|it| it.to_string_lossy()).collect();
    let title = format!("{name} {}", arguments.join(" "));
    let output = command.stdin(Stdio::null()).output().map_err(|it| format!("{title}: {it}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let words = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
    Err(format!("{title}: {}\n{}", output.status, String::from_utf8_lossy(words).trim()))
}
