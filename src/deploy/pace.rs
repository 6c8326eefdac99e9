//! How long to pause between two looks at what is on its way.

use std::time::Duration;

/// The pauses while ECS works: some short ones, for what is there at once, and then longer ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Each of the first pauses.
    pub first: Duration,
    /// Each pause from then on.
    pub later: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { first: Duration::from_millis(500), later: Duration::from_secs(3) }
    }
}

impl Pace {
    /// How many pauses are short.
    const SHORT: u32 = 3;

    pub(super) fn pause(self, attempt: u32) -> Duration {
        if attempt < Self::SHORT { self.first } else { self.later }
    }
}
