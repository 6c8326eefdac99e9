//! Virtual environments below the target folder, made on first use as a sandbox makes its own.

#[path = "../../src/cli/sandbox/python.rs"]
pub(crate) mod environment;

use std::path::{Path, PathBuf};

pub(crate) use environment::environment;

/// A folder of the name, beside the other things that a build makes.
pub(crate) fn folder(name: &str) -> PathBuf {
    // `CARGO_TARGET_TMPDIR` is a folder of the target folder.
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name(name)
}
