//! Real folders at made-up places, files in memory on top, chosen variables: a path in a result says nothing of the machine.

use std::path::{Path, PathBuf};

use compose2ecs::world::{MemoryWorld, OsWorld, World};

/// A world for cases whose results hold absolute paths.
#[derive(Clone, Debug, Default)]
pub(crate) struct PlacedWorld {
    /// Made-up folders and the real ones behind them.
    pub(crate) folders: Vec<(PathBuf, PathBuf)>,
    /// What lies on top, and the variables.
    pub(crate) memory: MemoryWorld,
}

impl PlacedWorld {
    /// A world with one real folder at a made-up place.
    pub(crate) fn of(place: impl Into<PathBuf>, real: impl Into<PathBuf>) -> Self {
        Self { folders: vec![(place.into(), real.into())], memory: MemoryWorld::default() }
    }

    /// Sets a variable of the process.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.memory.variables.insert(name.to_owned(), value.to_owned());
    }

    /// Puts a file on top.
    pub(crate) fn write(&mut self, path: impl Into<PathBuf>, text: &str) {
        self.memory.files.insert(path.into(), text.as_bytes().to_vec());
    }

    fn real(&self, path: &Path) -> Option<PathBuf> {
        self.folders.iter().find_map(|(place, real)| {
            let below = path.strip_prefix(place).ok()?;
            // Joining the empty path would end in a slash, which turns a file into "not a folder".
            Some(if below.as_os_str().is_empty() { real.clone() } else { real.join(below) })
        })
    }
}

impl World for PlacedWorld {
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        if self.memory.is_file(path) {
            return self.memory.read(path);
        }
        self.real(path).map_or_else(|| Err("no such file".to_owned()), |it| OsWorld.read(&it))
    }

    fn is_file(&self, path: &Path) -> bool {
        self.memory.is_file(path) || self.real(path).is_some_and(|it| OsWorld.is_file(&it))
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.memory.variable(name)
    }
}
