//! A place in a text and the managed service it names -> what changes there: host, port, scheme, user and database.

use std::ops::Range;

use super::parts::{Piece, pieces};
use super::port::usual_port;
use super::text::{Form, Place};
use super::{Address, Rewritten};
use crate::compose::environment::Variable;
use crate::diagnostic::{Code, Diagnostic};
use crate::lower::replacement::{Encryption, Managed, Part, User, is_said, warn_port};
use crate::lower::{Findings, Scope};
use crate::redact::mask_passwords;
use crate::source::Span;

/// Texts that take the place of ranges. Of two that touch each other the first counts, or the one that was there first.
#[derive(Clone, Debug, Default)]
pub(super) struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    pub(super) fn push(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.0.push((range, text.into()));
    }

    /// The text with all of them.
    pub(super) fn apply(mut self, text: &str) -> String {
        self.0.sort_by_key(|(range, _)| (range.start, range.end));
        self.0.dedup_by(|(later, _), (first, _)| later == first);
        let mut edited = String::with_capacity(text.len());
        let mut done = 0;
        for (range, with) in &self.0 {
            if range.start >= done {
                edited.push_str(&text[done..range.start]);
                edited.push_str(with);
                done = range.end;
            }
        }
        edited.push_str(&text[done..]);
        edited
    }
}

/// What cannot be said in the text itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::lower) struct Unsaid {
    /// Ranges of users and passwords that only a secret says.
    pub(in crate::lower) embedded: Vec<(Part, Range<usize>)>,
    /// Whether TLS has to be spoken and the text cannot say so.
    pub(in crate::lower) is_plain: bool,
    /// The database that the text named, where another takes its place.
    pub(super) database: Option<String>,
    /// Whether the text leaves the port to the client.
    pub(in crate::lower) lacks_port: bool,
    /// Whether the text holds a password.
    pub(in crate::lower) has_password: bool,
}

/// Collects what changes for one place. In a text that the overlay says, user and database are those that are meant.
pub(super) fn edit(
    (text, is_said): (&str, bool),
    place: &Place,
    managed: &Managed,
    edits: &mut Edits,
) -> Unsaid {
    edits.push(place.host.clone(), managed.host.as_str());
    let lacks_port = !edit_port(text, place, managed, edits);
    let is_plain = managed.encryption != Encryption::Kept;
    let mut unsaid = Unsaid { is_plain, lacks_port, ..Unsaid::default() };
    for piece in pieces(text, place) {
        let said = &text[piece.range.clone()];
        let with = match piece.part {
            Part::User | Part::Database if is_said => None,
            Part::User => match &managed.user {
                Some(User::Name(name)) => Some(name.value.as_str()),
                Some(User::Secret(_)) => {
                    unsaid.embedded.push((Part::User, piece.range));
                    continue;
                }
                None => None,
            },
            Part::Password => {
                unsaid.has_password |= !said.is_empty();
                if managed.password.is_some() {
                    unsaid.embedded.push((Part::Password, piece.range));
                }
                continue;
            }
            Part::Database => {
                let database = managed.database.as_ref().map(|it| it.value.as_str());
                unsaid.database = database.map(|_| said.to_owned());
                database
            }
            Part::Scheme => {
                let encrypted = encrypted_scheme(managed.encryption, said);
                unsaid.is_plain &= encrypted.is_none();
                encrypted
            }
            Part::Port | Part::Encryption => None,
        };
        if let Some(with) = with.filter(|it| *it != said) {
            edits.push(piece.range.clone(), encoded(with, &piece));
        }
    }
    unsaid
}

/// Whether the text says the port then, or need not.
fn edit_port(text: &str, place: &Place, managed: &Managed, edits: &mut Edits) -> bool {
    let Some(port) = managed.port else { return true };
    let usual = usual_port(&text[..place.host.start]);
    match &place.port {
        Some(range)
            if managed.encryption == Encryption::Aws
                && range.start == place.host.end + 1
                && matches!(place.form, Form::Authority | Form::HostPort) =>
        {
            edits.push(place.host.end..range.end, "");
        }
        Some(range) => edits.push(range.clone(), port.to_string()),
        None if managed.encryption == Encryption::Aws => {}
        None if place.takes_port && managed.local_port.or(usual).is_some_and(|it| it != port) => {
            edits.push(place.host.end..place.host.end, format!(":{port}"));
        }
        None => return usual == Some(port),
    }
    true
}

/// The scheme that says TLS, also when it is the same.
fn encrypted_scheme(encryption: Encryption, scheme: &str) -> Option<&'static str> {
    match (encryption, scheme) {
        (Encryption::Tls, "redis" | "rediss") => Some("rediss"),
        (Encryption::Tls, "valkey" | "valkeys") => Some("valkeys"),
        (Encryption::Tls, "tcp" | "tls") => Some("tls"),
        (Encryption::Tls, "amqp" | "amqps") => Some("amqps"),
        (Encryption::Https | Encryption::Aws, "http" | "https") => Some("https"),
        _ => None,
    }
}

/// A text as it stands in a URL; elsewhere as it is.
fn encoded(text: &str, piece: &Piece) -> String {
    if !piece.is_url {
        return text.to_owned();
    }
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"-._~".contains(&it);
    let encode = |it: u8| if plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") };
    text.bytes().map(encode).collect()
}

/// A text with all that may be known of it, and words in the place of what only a secret says.
pub(super) fn example(text: &str, named: &[(String, Unsaid)], edits: &Edits) -> String {
    let mut edits = edits.clone();
    for (part, range) in named.iter().flat_map(|(_, it)| &it.embedded) {
        edits.push(range.clone(), if *part == Part::User { "USER" } else { "PASSWORD" });
    }
    edits.apply(&mask_passwords(text))
}

/// Warns of a command that leaves the port to the client, unless a variable may tell it.
pub(super) fn warn_unsaid_port(
    scope: &Scope<'_>,
    (key, name): (&str, &str),
    span: Span,
    findings: &mut Findings<'_>,
) {
    let found = scope.addresses.of(&scope.service.name, name);
    let Some((_, Address::Managed(managed))) = found else { return };
    let Some(port) = managed.unusual_port() else { return };
    let texts = [managed.port, managed.local_port, managed.usual_port]
        .map(|it| it.map(|it| it.to_string()));
    let mut variables = scope.service.environment.iter();
    let says = |(variable, it): (&String, &Variable)| {
        variable.to_ascii_lowercase().ends_with("port")
            && texts.contains(&Some(it.value.value.clone()))
    };
    if !variables.any(says) {
        let help = format!("let it say the port too, or set `{key}` in the overlay");
        warn_port((key, name), port, (span, help), findings);
    }
}

/// Reports a user or password that stands inside of a text while a secret says another: a variable is refused, unless
/// the overlay says the whole of it; a command may do without.
pub(super) fn report_embedded(
    scope: &Scope<'_>,
    (owner, span): (&str, Span),
    rewritten: &Rewritten,
    findings: &mut Findings<'_>,
) {
    let mut named = rewritten.named.iter().filter(|(_, it)| !it.embedded.is_empty());
    let Some((name, unsaid)) = named.next() else { return };
    let service = &scope.service.name;
    let is_variable = scope.service.environment.contains_key(owner);
    let secrets = &scope.placement.replaced[name].secrets;
    if is_variable && (is_said(scope, owner) || secrets.contains_key(owner)) {
        return;
    }
    let Some((_, Address::Managed(managed))) = scope.addresses.of(service, name) else { return };
    let has = |part: Part| unsaid.embedded.iter().any(|(it, _)| *it == part);
    let what = match (has(Part::User), has(Part::Password)) {
        (true, true) => "user and password",
        (true, false) => "the user",
        _ => "the password",
    };
    let what_of = format!(
        "{what} of `{name}` stand{} inside of `{owner}`",
        if what.contains("and") { "" } else { "s" }
    );
    let message = format!("{what_of}, where ECS puts no secret");
    let place = managed.password.as_ref().map(|it| it.span);
    let (diagnostic, help) = if is_variable {
        let help = format!(
            "store the whole of it, `{}`, and write `x-ecs: {{ secrets: {{ {owner}: \"secretsmanager:NAME\" }} }}` for the service `{service}`",
            rewritten.example
        );
        (Diagnostic::error(Code::EmbeddedSecret, span, message), help)
    } else {
        let help = "let it read a variable, and give that one as a secret".to_owned();
        (Diagnostic::warning(Code::EmbeddedSecret, span, message), help)
    };
    let diagnostic = match place {
        Some(place) => diagnostic.label(place, "what takes its place says another"),
        None => diagnostic,
    };
    findings.diagnostics.add(diagnostic.help(help));
}
