//! Entrypoint and command -> the simple commands in them, as far as a script can be read without running it.

use crate::compose::Service;
use crate::source::{Span, Spanned};

/// A command with its arguments, and where its first word stands.
#[derive(Clone, Debug)]
pub(super) struct Command<'a> {
    pub(super) words: Vec<Spanned<&'a str>>,
    /// Whether a word in the middle may be a program too: that of an entrypoint which runs the command behind it.
    pub(super) is_list: bool,
}

impl<'a> Command<'a> {
    /// The program: its name where the system has it, else its whole path, for a script may be called as one.
    pub(super) fn program(&self) -> &'a str {
        const FOLDERS: [&str; 9] = [
            "",
            "/bin",
            "/sbin",
            "/usr/bin",
            "/usr/sbin",
            "/usr/local/bin",
            "/usr/local/sbin",
            "/lib/systemd",
            "/usr/lib/systemd",
        ];
        let path = self.words.first().map_or("", |it| it.value);
        let folder = &path[..path.len() - file_name(path).len()];
        if FOLDERS.contains(&folder.trim_end_matches('/')) { file_name(path) } else { path }
    }

    /// What follows on the program.
    pub(super) fn arguments(&self) -> impl Iterator<Item = &'a str> {
        self.words.iter().skip(1).map(|it| it.value)
    }

    /// The commands that this one may hand its arguments to: a program that starts another names it behind its own.
    pub(super) fn tails(&self) -> impl Iterator<Item = Self> {
        (0..self.words.len()).map(|it| Self { words: self.words[it..].to_vec(), ..*self })
    }

    pub(super) fn span(&self) -> Span {
        self.words.first().map_or(Span::DETACHED, |it| it.span)
    }
}

pub(super) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// The commands of a service: entrypoint and command are one, and what a shell is given to run are more.
pub(super) fn commands(service: &Service) -> Vec<Command<'_>> {
    let lists = [&service.entrypoint, &service.command];
    let words: Vec<&Spanned<String>> = lists.into_iter().flatten().flatten().collect();
    let mut commands = Vec::new();
    let mut plain = Vec::new();
    let mut scripts = Vec::new();
    for word in words {
        if word.value.contains(char::is_whitespace) {
            scripts.extend(split(&word.value, word.span));
        } else {
            plain.push(Spanned::new(word.value.as_str(), word.span));
        }
    }
    commands.push(Command { words: without_start(plain), is_list: true });
    commands.extend(scripts);
    commands.retain(|it| !it.words.is_empty());
    commands
}

/// The simple commands of a script; quotes and nesting are not understood, and not needed for what is looked for.
fn split(script: &str, span: Span) -> Vec<Command<'_>> {
    let separators = |it: char| matches!(it, ';' | '&' | '|' | '\n' | '(' | ')' | '{' | '}' | '`');
    let commands = script.split(separators).map(|command| {
        let words = command.split_whitespace().map(|it| it.trim_matches(['"', '\'']));
        let words = words.filter(|it| !it.is_empty()).map(|it| Spanned::new(it, span));
        Command { words: without_start(words.collect()), is_list: false }
    });
    commands.filter(|it| !it.words.is_empty()).collect()
}

/// Leaves out what only leads to the program: words of the shell, variables that are set for it.
fn without_start(words: Vec<Spanned<&str>>) -> Vec<Spanned<&str>> {
    const LEADING: [&str; 9] = ["exec", "then", "do", "else", "if", "while", "!", "nohup", "time"];
    let is_assignment = |it: &str| {
        it.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
        })
    };
    let leads = |it: &Spanned<&str>| LEADING.contains(&it.value) || is_assignment(it.value);
    words.into_iter().skip_while(leads).collect()
}
