//! Whether compose2ecs reads a project as Docker Compose does: every case of `../shared/conformance`, one trial each.
//!
//! The data's README says how the rows were made and how they compare. What cannot agree stands in [`listed`], what
//! cannot be asked stands in [`go_tests`]; a listed row that agrees fails, so that the list stays as short as it can be.

mod compare;
mod go_tests;
mod listed;
#[path = "../support/placed_world.rs"]
mod placed_world;
mod probe;
mod projects;
mod request;
mod tally;
mod vectors;

use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, FormatSetting, Trial};

use compare::Verdict;
use tally::Table;

/// One case: what to ask, and what Compose answered.
pub(crate) struct Row {
    pub(crate) table: &'static str,
    /// Its name in the table, by which [`listed`] knows it.
    pub(crate) id: String,
    /// A few words for the reader of a failure.
    pub(crate) note: String,
    pub(crate) check: Box<dyn Fn() -> Verdict + Send>,
}

/// All that is asked, and how many rows of each table are not.
#[derive(Default)]
pub(crate) struct Cases {
    pub(crate) rows: Vec<Row>,
    pub(crate) left_out: Vec<(&'static str, String, &'static str)>,
}

fn main() {
    let mut arguments = Arguments::from_args();
    if arguments.format.is_none() {
        arguments.format = Some(FormatSetting::Terse);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance");
    if !folder.join("MANIFEST.tsv").is_file() {
        let absent = Trial::test("the conformance data is absent", || Ok(()));
        libtest_mimic::run(&arguments, vec![absent.with_ignored_flag(true)]).exit();
    }
    let tables = tally::tables(&cases(&folder));
    let mut trials: Vec<Trial> = cases(&folder).rows.into_iter().map(trial).collect();
    trials.extend(tables.iter().map(share_of_the_list));
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !arguments.list {
        tally::print(&tables);
    }
    conclusion.exit();
}

fn cases(folder: &Path) -> Cases {
    let folder = PathBuf::from(folder);
    let mut cases = Cases::default();
    projects::whole_files(&folder, &mut cases);
    projects::combos(&folder, &mut cases);
    projects::projects(&folder, &mut cases);
    vectors::all(&folder, &mut cases);
    go_tests::all(&folder, &mut cases);
    cases
}

fn trial(row: Row) -> Trial {
    let name = format!("{}: {} {}", row.table, row.id, row.note.escape_default());
    Trial::test(name.trim_end().to_owned(), move || {
        let verdict = (row.check)();
        let reason = listed::reason(row.table, &row.id);
        if matches!(verdict, Verdict::Agrees) {
            tally::agree(row.table);
            return match reason {
                Some(_) => Err("this row agrees: take it off the list".into()),
                None => Ok(()),
            };
        }
        let allowed = match &verdict {
            Verdict::Acceptance(_) => !listed::ACCEPTANCE_IS_FIRM.contains(&row.table),
            _ => true,
        };
        match (&verdict, reason) {
            (_, Some(_)) if allowed => Ok(()),
            (Verdict::Acceptance(text), _) => Err(format!("acceptance: {text}").into()),
            (Verdict::Value(text), _) => Err(format!("value: {text}").into()),
            (Verdict::Agrees, _) => Ok(()),
        }
    })
}

fn share_of_the_list(table: &Table) -> Trial {
    let (name, rows) = (table.name, table.rows);
    Trial::test(format!("{name}: at most 1 % is listed"), move || {
        let listed = listed::of(name).count();
        if listed * 100 > rows {
            return Err(format!("{listed} of {rows} rows are listed").into());
        }
        Ok(())
    })
}
