//! What a stand-in was told of itself: its users, passwords and databases, by which its users' variables are known.

use super::names::{self, Part, part_at_end};
use crate::compose::Service;
use crate::redact::words;

/// The values of a stand-in with what they are.
pub(super) struct StandIn<'a> {
    values: Vec<(Part, &'a str)>,
    /// Words that the names of its users' variables have.
    hints: Vec<String>,
}

impl<'a> StandIn<'a> {
    /// Reads the variables and the command.
    pub(super) fn of(service: &'a Service) -> Self {
        let mut values = Vec::new();
        let mut hints: Vec<String> =
            ["db", "pg", "database", "sql", "datasource", "jdbc"].map(str::to_owned).into();
        // `app-db` would make `APP_USER` one of its own.
        hints.extend(Some(service.name.to_lowercase()).filter(|it| !it.contains(['-', '_', '.'])));
        for (name, variable) in &service.environment {
            let text = variable.value.value.as_str();
            let says = !["", "yes", "no", "true", "false", "0", "1"].contains(&text);
            let Some(part) = part_at_end(name).filter(|_| says) else { continue };
            values.push((part, text));
            // `MYSQL` of `MYSQL_USER`.
            hints.extend(words(name).into_iter().next());
        }
        let words: Vec<&str> =
            service.command.iter().flatten().flat_map(|it| it.value.split_whitespace()).collect();
        for pair in words.windows(2).filter(|it| it[0] == "--requirepass") {
            values.push((Part::Password, pair[1].trim_matches(['"', '\''])));
        }
        Self { values, hints }
    }

    /// What a variable is to the stand-in, when it has one of its values and a name that says so.
    pub(super) fn part(&self, name: &str, value: &str) -> Option<Part> {
        let part = part_at_end(name)?;
        let words = words(name);
        // `PGUSER` is one word.
        let fits = |word: &str, hint: &str| {
            word.strip_prefix(hint).is_some_and(|it| it.is_empty() || names::part(it).is_some())
        };
        let is_hinted = self.hints.iter().any(|hint| words.iter().any(|it| fits(it, hint)));
        (is_hinted && self.values.contains(&(part, value))).then_some(part)
    }
}
