//! How the rows are written: `"key" ["value"] Outcome(Said) "what it becomes" in "fixture";`.

/// Rows with what they share: the beginning of the path, and the case that shows those without one of their own.
macro_rules! rows {
    (@fixture $family:literal) => { $family };
    (@fixture $family:literal $own:literal) => { $own };
    (@said) => { crate::support::Said::Here };
    (@said Above) => { crate::support::Said::Above };
    (@said $code:ident) => { crate::support::Said::Pass(crate::diagnostic::Code::$code) };
    (
        $prefix:literal in $family:literal;
        $($key:literal $([$($value:literal),+])? $outcome:ident $(($said:ident))? $becomes:literal $(in $own:literal)?;)+
    ) => {
        &[$(crate::support::Row {
            path: concat!($prefix, $key),
            values: &[$($($value),+)?],
            outcome: crate::support::Outcome::$outcome,
            becomes: $becomes,
            fixture: crate::support::rows::rows!(@fixture $family $($own)?),
            said: crate::support::rows::rows!(@said $($said)?),
        }),+]
    };
}

pub(super) use rows;
