//! The rows that cannot agree, each with its reason: at most one in a hundred of its table.

/// Tables in which only a value may be listed: what Compose refuses is refused and what it accepts is accepted.
pub(crate) const ACCEPTANCE_IS_FIRM: [&str; 2] = ["mistakes", "edge2"];

/// Table, row, reason.
const LISTED: &[(&str, &str, &str)] = &[
    (
        "whole files",
        "docker__compose/pkg/e2e/fixtures/build-test/ssh/compose.yaml",
        "Compose reads the file and fails when it prints an ssh key with a path as JSON",
    ),
    (
        "whole files",
        "docker__compose/pkg/e2e/testdata/TestRawEnvFile/compose.yaml",
        "Docker Compose registers `format: raw`, the loader alone has no such format",
    ),
];

/// Why a row cannot agree, when it is listed.
pub(crate) fn reason(table: &str, id: &str) -> Option<&'static str> {
    of(table).find(|(_, listed, _)| *listed == id).map(|(_, _, reason)| *reason)
}

/// The listed rows of a table.
pub(crate) fn of(
    table: &str,
) -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str)> {
    LISTED.iter().filter(move |(listed, _, _)| *listed == table)
}
