//! What the emulators cannot do, in one place: the trials that they skip, and why.
//!
//! What Moto gets wrong about every rollout is mended where it is started (`tests/support/emulator.rs`).

use crate::aws::emulator::Kind;

/// A page of records that holds all of a test: Moto does not say where the next one begins.
pub(crate) const RECORDS: i32 = 300;

/// What is skipped: emulator, trial (or a part of one), reason.
const LACKS: [(Kind, &str, &str); 3] = [
    (
        Kind::Ministack,
        "convergence/a_bare_task",
        "its tasks have no network interface, so there is no address for a record",
    ),
    (Kind::Moto, "lookup/memcached", "its clusters have no endpoint"),
    (Kind::Ministack, "together/priorities", "it takes two rules of one priority"),
];

/// Why an emulator skips a trial.
pub(crate) fn lacks(kind: Kind, trial: &str) -> Option<&'static str> {
    let row = LACKS.iter().find(|(of, name, _)| *of == kind && *name == trial);
    row.map(|(_, _, reason)| *reason)
}

/// Whether an emulator makes a resource twice that AWS would refuse to: Ministack does not know that the priority of a
/// rule is taken, by which a repeated call is found out.
pub(crate) fn made_twice(kind: Kind, line: &str) -> bool {
    kind == Kind::Ministack && line.starts_with("rule ")
}
