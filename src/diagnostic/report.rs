//! Diagnostics and the sources they point into -> the text and the JSON that people and programs read.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde_json::{Value, json};

use super::{Code, Diagnostic, Diagnostics, Label, Severity};
use crate::redact::mask_source;
use crate::source::{FileId, Location, Sources, Span, floor_boundary};

/// What the command line says about kinds of diagnostics.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Warnings become errors.
    pub deny_warnings: bool,
    /// Warnings and notes of these kinds become errors.
    pub deny: Vec<Code>,
    /// Warnings and notes of these kinds are not shown. An error stays an error.
    pub allow: Vec<Code>,
}

/// Diagnostics after the policy, ready to be shown. Secrets in quoted lines are covered.
#[derive(Clone, Debug)]
pub struct Report {
    rows: Vec<Diagnostic>,
    shown: Vec<Shown>,
    locations: Vec<Vec<Option<(Location, Location)>>>,
}

impl Report {
    /// Applies the policy and takes the quoted lines from the sources.
    pub fn new(sources: &Sources, diagnostics: &Diagnostics, policy: &Policy) -> Self {
        let rows: Vec<Diagnostic> = diagnostics.iter().filter_map(|it| judge(it, policy)).collect();
        let mut shown: Vec<Shown> = Vec::new();
        for file in rows.iter().flat_map(|it| &it.labels).filter_map(|it| it.span.file()) {
            if !shown.iter().any(|it| it.file == file) {
                shown.push(Shown::new(file, sources, diagnostics));
            }
        }
        let ends = |it: Span| {
            let end = Span::new(it.file()?, it.range().end, it.range().end);
            Some((sources.locate(it)?, sources.locate(end)?))
        };
        let locations =
            rows.iter().map(|it| it.labels.iter().map(|label| ends(label.span)).collect());
        let locations = locations.collect();
        Self { rows, shown, locations }
    }

    /// Whether an error is among them.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// How many of this severity there are.
    pub fn count(&self, severity: Severity) -> usize {
        self.rows.iter().filter(|it| it.severity == severity).count()
    }

    /// The problems from `least` on as rustc would draw them, with terminal colours when `colour` is set.
    pub fn text(&self, least: Severity, colour: Colour) -> String {
        let renderer = match colour {
            Colour::Always => Renderer::styled(),
            Colour::Never => Renderer::plain(),
        };
        let mut text = String::new();
        for row in self.rows.iter().filter(|it| it.severity >= least) {
            text.push_str(&renderer.render(&[self.group(row)]));
            text.push_str("\n\n");
        }
        text
    }

    /// All problems as a JSON array: severity, code, message, labels (path, line, column, endLine,
    /// endColumn, text), help, and of a rule of Fargate its name (rule).
    pub fn json(&self) -> Value {
        let rows = self.rows.iter().zip(&self.locations);
        rows.map(|(row, locations)| {
            let label = |(label, place): (&Label, &Option<(Location, Location)>)| {
                let (start, end) = place.clone().unzip();
                json!({
                    "path": start.as_ref().map(|it| &it.path),
                    "line": start.as_ref().map(|it| it.line),
                    "column": start.as_ref().map(|it| it.column),
                    "endLine": end.as_ref().map(|it| it.line),
                    "endColumn": end.as_ref().map(|it| it.column),
                    "text": label.text,
                })
            };
            let mut json = json!({
                "severity": row.severity.name(),
                "code": row.code.name(),
                "message": row.message,
                "labels": row.labels.iter().zip(locations).map(label).collect::<Vec<_>>(),
                "help": row.help,
            });
            if let Some(rule) = row.rule {
                json["rule"] = rule.into();
            }
            json
        })
        .collect()
    }

    fn group<'a>(&'a self, row: &'a Diagnostic) -> Group<'a> {
        let level = match row.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let mut group = Group::with_title(level.primary_title(&row.message).id(row.code.name()));
        for shown in &self.shown {
            let labels = row.labels.iter().enumerate();
            let labels: Vec<_> =
                labels.filter(|(_, it)| it.span.file() == Some(shown.file)).collect();
            if labels.is_empty() {
                continue;
            }
            group = match shown.too_long(&labels) {
                Some(place) => group.element(place),
                None => group.element(shown.snippet(&labels)),
            };
        }
        for help in &row.help {
            group = group.element(Level::HELP.message(help));
        }
        group
    }
}

/// A file that is quoted, with its secrets covered.
#[derive(Clone, Debug)]
struct Shown {
    file: FileId,
    path: String,
    text: String,
    line_starts: Vec<usize>,
}

impl Shown {
    fn new(file: FileId, sources: &Sources, diagnostics: &Diagnostics) -> Self {
        let source = sources.get(file);
        let covered = diagnostics.iter().flat_map(|it| &it.covered).chain(sources.covered());
        let covered = covered.filter(|it| it.file() == Some(file));
        let covered: Vec<Range<usize>> = covered.map(|it| inside(&source.text, *it)).collect();
        let text = mask_source(&source.text, &covered);
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
        Self { file, path: source.path.clone(), line_starts: starts.collect(), text }
    }

    /// The place alone where the labelled lines are too long to be drawn, which takes time and shows nothing.
    fn too_long<'a>(&'a self, labels: &[(usize, &'a Label)]) -> Option<Origin<'a>> {
        let start = drawable(&self.text, labels.first()?.1.span).start;
        let line = self.line_starts.partition_point(|it| *it <= start) - 1;
        let line_start = self.line_starts[line];
        let line_end = self.line_starts.get(line + 1).copied().unwrap_or(self.text.len());
        let long = line_end - line_start > LONGEST_LINE;
        let column = || self.text[line_start..start].chars().count() + 1;
        long.then(|| Origin::path(self.path.as_str()).line(line + 1).char_column(column()))
    }

    /// The labelled lines and what lies between them: the renderer reads all it is given, for each diagnostic.
    fn snippet<'a>(&'a self, labels: &[(usize, &'a Label)]) -> Snippet<'a, Annotation<'a>> {
        let ranges = || labels.iter().map(|(_, it)| drawable(&self.text, it.span));
        let (first, last) = (ranges().map(|it| it.start).min(), ranges().map(|it| it.end).max());
        let first_line = self.line_starts.partition_point(|it| *it <= first.unwrap_or(0)) - 1;
        let start = self.line_starts[first_line];
        let last = last.unwrap_or(0).max(start);
        let end = self.text[last..].find('\n').map_or(self.text.len(), |it| last + it);
        let end = end - usize::from(self.text[..end].ends_with('\r') && end > last);
        let annotations = labels.iter().map(|(index, label)| {
            let kind = if *index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let words = (!label.text.is_empty()).then_some(label.text.as_str());
            let range = drawable(&self.text, label.span);
            kind.span(range.start - start..range.end - start).label(words)
        });
        let annotations: Vec<Annotation<'a>> = annotations.collect();
        let snippet = Snippet::source(&self.text[start..end]).path(self.path.as_str());
        snippet.line_start(first_line + 1).annotations(annotations)
    }
}

/// The longest line that is quoted, in bytes.
const LONGEST_LINE: usize = 2000;

/// Whether text for a person carries terminal colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// With colours.
    Always,
    /// Plain.
    Never,
}

fn judge(diagnostic: &Diagnostic, policy: &Policy) -> Option<Diagnostic> {
    let mut judged = diagnostic.clone();
    if judged.severity == Severity::Error {
        return Some(judged);
    }
    let denied = policy.deny.contains(&judged.code)
        || (policy.deny_warnings
            && judged.severity == Severity::Warning
            && !policy.allow.contains(&judged.code));
    if denied {
        judged.severity = Severity::Error;
    }
    (denied || !policy.allow.contains(&judged.code)).then_some(judged)
}

/// A span as a byte range of the text, on character boundaries.
fn inside(text: &str, span: Span) -> Range<usize> {
    let start = floor_boundary(text, span.range().start);
    start..floor_boundary(text, span.range().end).max(start)
}

/// A span that the renderer can draw: on character boundaries, inside the text, of one line when it would cover many.
fn drawable(text: &str, span: Span) -> Range<usize> {
    let Range { start, end } = inside(text, span);
    let line_end = text[start..].find('\n').map_or(text.len(), |it| start + it);
    let end = end.min(line_end);
    if start == end && start < text.len() && start < line_end {
        return start..start + text[start..].chars().next().map_or(0, char::len_utf8);
    }
    start..end
}
