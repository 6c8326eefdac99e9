//! Diagnostics and the sources they point into -> the text and the JSON that people and programs read.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
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
    shown: Vec<(FileId, String, String)>,
    locations: Vec<Vec<Option<(Location, Location)>>>,
}

impl Report {
    /// Applies the policy and takes the quoted lines from the sources.
    pub fn new(sources: &Sources, diagnostics: &Diagnostics, policy: &Policy) -> Self {
        let rows: Vec<Diagnostic> = diagnostics.iter().filter_map(|it| judge(it, policy)).collect();
        let mut shown: Vec<(FileId, String, String)> = Vec::new();
        for file in rows.iter().flat_map(|it| &it.labels).filter_map(|it| it.span.file()) {
            if !shown.iter().any(|(id, ..)| *id == file) {
                let source = sources.get(file);
                let covered = diagnostics.iter().flat_map(|it| &it.covered);
                let covered = covered
                    .filter(|it| it.file() == Some(file))
                    .map(|it| inside(&source.text, *it));
                let covered: Vec<Range<usize>> = covered.collect();
                shown.push((file, source.path.clone(), mask_source(&source.text, &covered)));
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
    /// endColumn, text) and help.
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
            json!({
                "severity": row.severity.name(),
                "code": row.code.name(),
                "message": row.message,
                "labels": row.labels.iter().zip(locations).map(label).collect::<Vec<_>>(),
                "help": row.help,
            })
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
        for (file, path, text) in &self.shown {
            let mut snippet = Snippet::source(text.as_str()).path(path.as_str());
            let mut used = false;
            for (index, label) in
                row.labels.iter().enumerate().filter(|(_, it)| it.span.file() == Some(*file))
            {
                let kind =
                    if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
                let words = (!label.text.is_empty()).then_some(label.text.as_str());
                snippet = snippet.annotation(kind.span(drawable(text, label.span)).label(words));
                used = true;
            }
            if used {
                group = group.element(snippet);
            }
        }
        for help in &row.help {
            group = group.element(Level::HELP.message(help));
        }
        group
    }
}

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
