//! A plan in lines and as JSON.

use serde_json::{Value, json};

use super::Plan;
use crate::deploy::action::{Action, Change};
use crate::deploy::diff::DiffTag;

/// What a line is about, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Something comes.
    Plus,
    /// Something changes.
    Tilde,
    /// Something goes.
    Minus,
    /// Neither.
    Plain,
    /// What should be looked at.
    Warning,
}

/// One line of a plan for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanLine {
    /// Its colour.
    pub sign: Sign,
    /// Its text, with the sign.
    pub text: String,
}

impl Plan {
    /// How many resources come, change and go.
    pub fn counts(&self) -> (usize, usize, usize) {
        // A service that changes and gets new tags is one resource.
        let mut resources: Vec<(Change, &str, String)> = Vec::new();
        for action in &self.actions {
            let resource = (action.change, action.kind(), action.name());
            if !resources.contains(&resource) {
                resources.push(resource);
            }
        }
        let count = |change: Change| resources.iter().filter(|it| it.0 == change).count();
        (count(Change::Create), count(Change::Update), count(Change::Delete))
    }

    /// `2 to create, 1 to change`.
    pub fn summary(&self) -> String {
        let (create, update, delete) = self.counts();
        let parts = [(create, "to create"), (update, "to change"), (delete, "to delete")];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, words)| format!("{count} {words}"))
            .collect();
        if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") }
    }

    /// The plan for people.
    pub fn lines(&self) -> Vec<PlanLine> {
        let mut lines = vec![PlanLine {
            sign: Sign::Plain,
            text: format!("{}: {}", self.environment, self.summary()),
        }];
        for action in &self.actions {
            lines.extend(action_lines(action));
        }
        let warnings = self.warnings.iter();
        lines.extend(
            warnings.map(|it| PlanLine { sign: Sign::Warning, text: format!("  warning: {it}") }),
        );
        lines
    }

    /// The plan for programs.
    pub fn json(&self) -> Value {
        let action = |it: &Action| {
            let diff = it.diff.iter().map(|line| format!("{}{}", mark(line.tag), line.text));
            let diff: Vec<String> = diff.collect();
            let mut value = json!({
                "change": it.change,
                "resource": it.step.kind(),
                "name": it.step.name(),
                "details": it.details,
            });
            if !diff.is_empty() {
                value["diff"] = json!(diff);
            }
            value
        };
        json!({
            "environment": self.environment,
            "cluster": self.cluster,
            "url": self.url,
            "actions": self.actions.iter().map(action).collect::<Vec<_>>(),
            "warnings": self.warnings,
        })
    }
}

fn action_lines(action: &Action) -> Vec<PlanLine> {
    let (sign, letter) = match action.change {
        Change::Create => (Sign::Plus, '+'),
        Change::Update => (Sign::Tilde, '~'),
        Change::Delete => (Sign::Minus, '-'),
    };
    let details = action.details.join("; ");
    let details = if details.is_empty() { details } else { format!(": {details}") };
    let text = format!("  {letter} {} {}{details}", action.step.kind(), action.step.name());
    let mut lines = vec![PlanLine { sign, text }];
    for line in &action.diff {
        let sign = match line.tag {
            DiffTag::Added => Sign::Plus,
            DiffTag::Removed => Sign::Minus,
            DiffTag::Same | DiffTag::Gap => Sign::Plain,
        };
        let text = format!("      {}{}", mark(line.tag), line.text);
        lines.push(PlanLine { sign, text: text.trim_end().to_owned() });
    }
    lines
}

fn mark(tag: DiffTag) -> &'static str {
    match tag {
        DiffTag::Added => "+ ",
        DiffTag::Removed => "- ",
        DiffTag::Same => "  ",
        DiffTag::Gap => "… ",
    }
}
