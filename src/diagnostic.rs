//! Problems as data: made where they are found, collected by a sink, shown by a [`Report`].

mod code;
mod report;

pub use code::Code;
pub use report::{Colour, Policy, Report};

use indexmap::IndexSet;

use crate::redact::cover_values;
use crate::source::{FileId, Span};

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Something has no effect on ECS or was decided for the author; nothing to do.
    Note,
    /// Probably not what the author meant; the output is still made.
    Warning,
    /// There is no output.
    Error,
}

impl Severity {
    /// The word that stands before the code.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A place that a diagnostic points at, with a few words about it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is there; empty when the caret says enough.
    pub text: String,
}

/// One problem: what happened, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// The stable name of its kind, for `--allow` and `--deny`.
    pub code: Code,
    /// Of a rule of Fargate: the rule's own name, as in `port-number`.
    pub rule: Option<&'static str>,
    /// What happened, as a phrase.
    pub message: String,
    /// Where; the first is the place itself, the others explain it.
    pub labels: Vec<Label>,
    /// What to do, a line each.
    pub help: Vec<String>,
    /// Places whose text is secret and is never quoted.
    pub covered: Vec<Span>,
}

impl Diagnostic {
    /// A problem that leaves no output.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, span, message)
    }

    /// A problem that the output survives.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, span, message)
    }

    /// Something the author may want to know.
    pub fn note(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, span, message)
    }

    fn new(severity: Severity, code: Code, span: Span, message: impl Into<String>) -> Self {
        let label = Label { span, text: String::new() };
        // A message is one line, also when it quotes a value of several.
        let message = message.into().replace('\n', "\\n");
        let (labels, help, covered) = (vec![label], Vec::new(), Vec::new());
        Self { severity, code, rule: None, message, labels, help, covered }
    }

    /// Words under the caret of the place itself.
    #[must_use]
    pub fn at(mut self, text: impl Into<String>) -> Self {
        self.labels[0].text = text.into();
        self
    }

    /// One more place that explains the first.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// A place whose text may be secret: it is covered wherever a report quotes it.
    #[must_use]
    pub fn cover(mut self, span: Span) -> Self {
        self.covered.push(span);
        self
    }

    /// The name of the rule that is broken.
    #[must_use]
    pub fn rule(mut self, name: &'static str) -> Self {
        self.rule = Some(name);
        self
    }

    /// A line that says what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }
}

/// Proof that an error was reported: the only failure value of the library, made by [`Diagnostics::report`] alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported(());

/// The sink that every phase reports to, so that one run shows all problems.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    list: IndexSet<Diagnostic>,
    errors: usize,
}

impl Diagnostics {
    /// Keeps a problem and gives the proof that a failing function needs.
    pub fn report(&mut self, diagnostic: Diagnostic) -> Reported {
        self.add(diagnostic);
        Reported(())
    }

    /// Keeps a warning or a note; the same one is kept once.
    pub fn add(&mut self, diagnostic: Diagnostic) {
        let error = diagnostic.severity == Severity::Error;
        if self.list.insert(diagnostic) && error {
            self.errors += 1;
        }
    }

    /// Keeps a problem in the place of one of the same kind at the same place that matters less; where one matters as
    /// much, that one stays.
    pub(crate) fn raise(&mut self, diagnostic: Diagnostic) {
        let same = |it: &Diagnostic| {
            it.code == diagnostic.code && it.labels[0].span == diagnostic.labels[0].span
        };
        match self.list.iter().position(same) {
            Some(index) if self.list[index].severity >= diagnostic.severity => {}
            Some(index) => {
                self.list.shift_remove_index(index);
                self.list.shift_insert(index, diagnostic);
            }
            None => self.add(diagnostic),
        }
    }

    /// Whether anything so far leaves no output.
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Whether some error is about a place already.
    pub(crate) fn has_error_at(&self, span: Span) -> bool {
        let errors = self.list.iter().filter(|it| it.severity == Severity::Error);
        errors.filter_map(|it| it.labels.first()).any(|it| it.span.touches(span))
    }

    /// `Err` when some error points at a place already: what is wrong with it would only be said again.
    pub(crate) fn check_at(&self, span: Span) -> Result<(), Reported> {
        if self.has_error_at(span) { Err(Reported(())) } else { Ok(()) }
    }

    /// Whether there are errors, all of one kind.
    pub(crate) fn has_only_errors_of(&self, code: Code) -> bool {
        let mut errors = self.list.iter().filter(|it| it.severity == Severity::Error);
        self.has_errors() && errors.all(|it| it.code == code)
    }

    /// Whether an error stands in one of these files, unless it is about a file that is not there.
    pub(crate) fn has_error_in(&self, files: &[FileId]) -> bool {
        let is_about_another =
            |it: &Diagnostic| matches!(it.code, Code::MissingFile | Code::EnvFile);
        let errors = self.list.iter().filter(|it| it.severity == Severity::Error);
        let mut labels = errors.filter(|it| !is_about_another(it)).flat_map(|it| &it.labels);
        labels.any(|it| it.span.file().is_some_and(|it| files.contains(&it)))
    }

    /// Takes out problems of one kind that the caller solves, as long as others stand in the way.
    pub fn forget(&mut self, code: Code) {
        let others = self.list.iter().filter(|it| it.code != code);
        let errors = others.filter(|it| it.severity == Severity::Error).count();
        if errors > 0 {
            self.list.retain(|it| it.code != code);
            self.errors = errors;
        }
    }

    /// How many errors there are so far; a phase compares it with its own start.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// Covers values that are known to be secret in every message and help line.
    pub(crate) fn cover(&mut self, secrets: &[String]) {
        let rows = std::mem::take(&mut self.list).into_iter().map(|mut it| {
            it.message = cover_values(&it.message, secrets);
            for text in it.help.iter_mut().chain(it.labels.iter_mut().map(|it| &mut it.text)) {
                *text = cover_values(text, secrets);
            }
            it
        });
        self.list = rows.collect();
    }

    /// All problems in the order they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }

    /// `Err` when an error was reported since there were `before` of them.
    pub(crate) fn check_since(&self, before: usize) -> Result<(), Reported> {
        if self.errors() > before { Err(Reported(())) } else { Ok(()) }
    }
}

/// The candidate that a misspelt name most likely meant.
pub(crate) fn did_you_mean<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    // The first words of only one, such as `task_role` of `task_role_arn`.
    let begins = |it: &str| it.strip_prefix(name).is_some_and(|it| it.starts_with('_'));
    let mut longer = candidates.iter().filter(|it| name.contains('_') && begins(it));
    if let (Some(only), None) = (longer.next(), longer.next()) {
        return Some(only);
    }
    let closeness =
        |it: &str| strsim::damerau_levenshtein(&name.to_lowercase(), &it.to_lowercase());
    let (distance, best) = candidates
        .into_iter()
        .map(|it| (closeness(it), it))
        .min_by_key(|(distance, _)| *distance)?;
    (distance <= (name.chars().count() / 3).max(1) && distance < best.chars().count())
        .then_some(best)
}

/// `a`, `b` and `c`.
pub(crate) fn sentence(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|it| format!("`{it}`")).collect();
    match quoted.split_last() {
        None => "nothing".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}
