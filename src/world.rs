//! The compiler's only way to the outside: files, folders and variables, real or in memory.
#![expect(clippy::disallowed_methods, reason = "the one place that touches files and variables")]

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read as _};
use std::path::{Component, Path, PathBuf};

use crate::source::{FileId, Sources, Span};

/// Where the compiler reads from. Paths are absolute, or relative to the folder of the process.
pub trait World {
    /// The bytes of a regular file; `-` is standard input. An error says why in words.
    fn read(&self, path: &Path) -> Result<Vec<u8>, String>;

    /// Whether there is a file of this name that [`World::read`] could read.
    fn is_file(&self, path: &Path) -> bool;

    /// An environment variable of the process.
    fn variable(&self, name: &str) -> Option<String>;

    /// The names of all environment variables; a world may keep them to itself.
    fn variable_names(&self) -> Vec<String> {
        Vec::new()
    }
}

/// The operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsWorld;

/// The largest file that is read, in bytes: far above any Compose file, far below the memory.
const MAXIMUM_FILE_SIZE: u64 = 64 * 1024 * 1024;

impl World for OsWorld {
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        if path.as_os_str() == "-" {
            let input = std::io::stdin().lock();
            input.take(MAXIMUM_FILE_SIZE + 1).read_to_end(&mut bytes).map_err(|it| words(&it))?;
            return if bytes.len() as u64 > MAXIMUM_FILE_SIZE {
                Err(too_large())
            } else {
                Ok(bytes)
            };
        }
        // The one device that is a file of a kind: empty.
        if path == Path::new("/dev/null") {
            return Ok(bytes);
        }
        let metadata = std::fs::metadata(path).map_err(|it| words(&it))?;
        if metadata.is_dir() {
            return Err("it is a folder".to_owned());
        }
        if !metadata.is_file() {
            return Err("it is not a regular file".to_owned());
        }
        if metadata.len() > MAXIMUM_FILE_SIZE {
            return Err(too_large());
        }
        std::fs::read(path).map_err(|it| words(&it))
    }

    fn is_file(&self, path: &Path) -> bool {
        std::fs::metadata(path).is_ok_and(|it| !it.is_dir())
    }

    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn variable_names(&self) -> Vec<String> {
        std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect()
    }
}

fn too_large() -> String {
    format!("it is larger than {} MiB", MAXIMUM_FILE_SIZE / 1024 / 1024)
}

fn words(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "no such file".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

/// Files and variables in memory: for tests, benches and callers that have no files.
#[derive(Clone, Debug, Default)]
pub struct MemoryWorld {
    /// Files by path.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
    /// Environment variables by name.
    pub variables: BTreeMap<String, String>,
}

impl MemoryWorld {
    /// A world of these files and no variables.
    pub fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let files = files
            .into_iter()
            .map(|(path, text)| (clean(Path::new(path)), text.as_bytes().to_vec()));
        Self { files: files.collect(), variables: BTreeMap::new() }
    }
}

impl World for MemoryWorld {
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        self.files.get(&clean(path)).cloned().ok_or_else(|| "no such file".to_owned())
    }

    fn is_file(&self, path: &Path) -> bool {
        self.files.contains_key(&clean(path))
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn variable_names(&self) -> Vec<String> {
        self.variables.keys().cloned().collect()
    }
}

/// A path without `.` and without `..` where its parent is known, as Go's `filepath.Clean` makes it.
pub(crate) fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(cleaned.components().next_back(), Some(Component::Normal(_))) =>
            {
                cleaned.pop();
            }
            Component::ParentDir if cleaned.has_root() => {}
            _ => cleaned.push(component),
        }
    }
    cleaned
}

/// Why a file is no text of the sources, and the place in it when it has one.
pub(crate) struct Unreadable {
    pub(crate) reason: String,
    pub(crate) place: Option<Span>,
}

/// Reads a text into the sources under the path the user knows it by.
pub(crate) fn read_text(
    world: &dyn World,
    sources: &mut Sources,
    path: &Path,
    shown: &str,
) -> Result<FileId, Unreadable> {
    let bytes = world.read(path).map_err(|reason| Unreadable { reason, place: None })?;
    String::from_utf8(bytes).map(|text| sources.add(shown, text)).map_err(|error| {
        let start = error.utf8_error().valid_up_to();
        let file = sources.add(shown, String::from_utf8_lossy(error.as_bytes()));
        let place = Some(Span::new(file, start, start + '\u{fffd}'.len_utf8()));
        Unreadable { reason: "it is not UTF-8 text".to_owned(), place }
    })
}
