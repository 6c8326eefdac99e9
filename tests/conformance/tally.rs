//! The table at the end: how many rows agree, of how many.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;

use crate::{Cases, listed};

static AGREEING: Mutex<BTreeMap<&'static str, usize>> = Mutex::new(BTreeMap::new());

/// A table of the data, in the order of the print.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) rows: usize,
    left_out: usize,
}

/// Counts one row that agrees.
pub(crate) fn agree(table: &'static str) {
    let mut agreeing = AGREEING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    *agreeing.entry(table).or_default() += 1;
}

/// The tables of all cases.
pub(crate) fn tables(cases: &Cases) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    for row in &cases.rows {
        match tables.iter_mut().find(|it| it.name == row.table) {
            Some(table) => table.rows += 1,
            None => tables.push(Table { name: row.table, rows: 1, left_out: 0 }),
        }
    }
    for table in &mut tables {
        table.left_out = cases.left_out.iter().filter(|(name, ..)| *name == table.name).count();
    }
    tables
}

/// Prints the totals; rows that a filter of the command line kept from running do not agree.
#[expect(clippy::print_stdout, reason = "the totals are the output of the test")]
pub(crate) fn print(tables: &[Table]) {
    let agreeing = AGREEING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut text = format!(
        "{:<20} {:>8}  {:>5}  {:>6}  {:>8}\n",
        "conformance", "agreeing", "all", "listed", "left out"
    );
    let mut sum = (0, 0, 0, 0);
    for table in tables {
        let agree = agreeing.get(table.name).copied().unwrap_or_default();
        let listed = listed::of(table.name).count();
        let _ = writeln!(
            text,
            "{:<20} {agree:>8} /{:>5}  {listed:>6}  {:>8}",
            table.name, table.rows, table.left_out
        );
        sum = (sum.0 + agree, sum.1 + table.rows, sum.2 + listed, sum.3 + table.left_out);
    }
    let _ = writeln!(text, "{:<20} {:>8} /{:>5}  {:>6}  {:>8}", "all", sum.0, sum.1, sum.2, sum.3);
    println!("{text}");
}
