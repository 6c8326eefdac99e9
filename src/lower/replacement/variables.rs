//! The variables of a service beside those that name a host: port, user, password and database of what takes its place.

use indexmap::IndexMap;

use super::names::{part_behind, stems};
use super::stand_in::StandIn;
use super::{Encryption, Managed, Part, User, amazon, is_said};
use crate::diagnostic::{Code, Diagnostic};
use crate::lower::environment::Values;
use crate::lower::hosts::Address;
use crate::lower::{Findings, Scope};
use crate::overlay::secret_reference::SecretReference;
use crate::overlay::{Login, Target};
use crate::redact::mask_value;
use crate::source::{Span, Spanned};

/// Secrets that take the place of variables, each with the reason.
pub(in crate::lower) type Derived = IndexMap<String, (Spanned<SecretReference>, String)>;

/// A variable that names a service which is replaced.
#[derive(Clone, Debug)]
pub(in crate::lower) struct Moved {
    pub(in crate::lower) variable: String,
    pub(in crate::lower) service: String,
    /// Whether its text is the host and nothing else.
    pub(in crate::lower) is_host: bool,
    /// Whether the text does not say that TLS is to be spoken, where it has to be.
    pub(in crate::lower) is_plain: bool,
    /// Whether it holds a user or a password that only a secret could say.
    pub(in crate::lower) is_embedded: bool,
    /// Whether it holds a password.
    pub(in crate::lower) has_password: bool,
}

/// One replaced service and the variables of its user.
struct Change<'a> {
    scope: &'a Scope<'a>,
    name: &'a str,
    managed: &'a Managed,
    moved: &'a [Moved],
}

/// Changes the variables of one service for every replaced service that it uses.
pub(in crate::lower) fn rewrite(
    scope: &Scope<'_>,
    (moved, used): (&[Moved], &[String]),
    values: &mut Values,
    findings: &mut Findings<'_>,
) -> Derived {
    let mut derived = Derived::new();
    let mut known: Vec<String> = Vec::new();
    for name in used {
        amazon::rewrite(scope, name, values, findings);
        let Some((_, Address::Managed(managed))) = scope.addresses.of(&scope.service.name, name)
        else {
            continue;
        };
        let change = Change { scope, name, managed, moved };
        for (variable, part) in change.parts(values) {
            if !known.contains(&variable) {
                change.set(&variable, part, (values, &mut derived), findings);
                known.push(variable);
            }
        }
        change.warn_plain(values, findings);
        change.warn_needless_password(values, findings);
        change.warn_unused_password(&derived, findings);
    }
    derived
}

impl Change<'_> {
    /// The variables that belong to the connection, by their names beside a host's, else by the stand-in's own values.
    fn parts(&self, values: &Values) -> Vec<(String, Part)> {
        let scope = self.scope;
        let stand_in = StandIn::of(&scope.input.project.services[self.name]);
        let replacement = &scope.placement.replaced[self.name];
        let mut found = Vec::new();
        for (variable, (value, _)) in values {
            let is_given =
                is_said(scope, variable) || replacement.environment.contains_key(variable);
            let part = self.sibling(variable).or_else(|| {
                let is_other = self.is_sibling_of_another(variable, values);
                stand_in.part(variable, &value.value).filter(|_| !is_other)
            });
            if let Some(part) = part.filter(|_| !is_given) {
                found.push((variable.clone(), part));
            }
        }
        found
    }

    /// The part that a variable is, next to one that names the service.
    fn sibling(&self, variable: &str) -> Option<Part> {
        let name = variable.strip_suffix("_FILE").unwrap_or(variable);
        let hosts = self.moved.iter().filter(|it| it.service == self.name);
        let mut stems = hosts.flat_map(|it| stems(&it.variable));
        let part = stems.find_map(|it| part_behind(&it, name));
        // `DB_PASSWORD_FILE` says it as `DB_PASSWORD` does; no other part comes as a file.
        part.filter(|it| name == variable || *it == Part::Password)
    }

    /// Whether a variable stands next to one that names another host: `LEGACY_DB_PASSWORD` next to `LEGACY_DB_HOST`.
    fn is_sibling_of_another(&self, variable: &str, values: &Values) -> bool {
        let is_own =
            |host: &str| self.moved.iter().any(|it| it.variable == host && it.service == self.name);
        let others = values.keys().filter(|it| *it != variable && !is_own(it));
        others.flat_map(|it| stems(it)).any(|it| part_behind(&it, variable).is_some())
    }

    /// Sets one variable to what the replacement says of this part, if it says anything.
    fn set(
        &self,
        variable: &str,
        part: Part,
        (values, derived): (&mut Values, &mut Derived),
        findings: &mut Findings<'_>,
    ) {
        let managed = self.managed;
        let Some((value, _)) = values.get(variable) else { return };
        let text = match part {
            Part::Port => self.port(variable, &value.value),
            Part::User => match &managed.user {
                Some(User::Name(name)) => Some(name.value.clone()),
                Some(User::Secret(reference)) => {
                    self.derive(variable, "user", reference, derived);
                    None
                }
                None => None,
            },
            Part::Password => {
                if let Some(reference) = &managed.password {
                    let name = variable.strip_suffix("_FILE").unwrap_or(variable);
                    self.derive(name, "password", reference, derived);
                }
                None
            }
            Part::Database => managed.database.as_ref().map(|it| {
                let before = (self.name.to_owned(), value.value.clone());
                findings.merged.entry(before).or_insert(value.span);
                it.value.clone()
            }),
            Part::Encryption => self.switch(&value.value),
            Part::Scheme => self.scheme(&value.value),
        };
        let Some(text) = text.filter(|it| *it != value.value) else { return };
        let subject = format!("{} {variable}", self.scope.service.name);
        let change = (Some(mask_value(variable, &value.value)), Some(mask_value(variable, &text)));
        findings.explain(value.span, subject, change, self.reason(part));
        if let Some((value, _)) = values.get_mut(variable) {
            value.value = text;
        }
    }

    fn derive(
        &self,
        variable: &str,
        what: &str,
        reference: &Spanned<SecretReference>,
        derived: &mut Derived,
    ) {
        let is_given = self.scope.overlay.secrets.contains_key(variable);
        if !is_given {
            let reason = format!("it is the {what} of what replaces `{}`", self.name);
            derived.insert(variable.to_owned(), (reference.clone(), reason));
        }
    }

    fn reason(&self, part: Part) -> String {
        let name = self.name;
        match part {
            Part::Port => format!("`{name}` is replaced by a managed service on this port"),
            Part::Encryption | Part::Scheme => {
                format!("`{name}` is replaced by a managed service that speaks TLS")
            }
            Part::User => format!("it is the user of what replaces `{name}`"),
            Part::Password => format!("it is the password of what replaces `{name}`"),
            Part::Database => format!("it is the database of what replaces `{name}`"),
        }
    }

    /// The port, where a variable beside it holds the host alone: a URL has its own.
    fn port(&self, variable: &str, text: &str) -> Option<String> {
        let managed = self.managed;
        let hosts = self.moved.iter().filter(|it| it.service == self.name && it.is_host);
        let is_alone = hosts
            .flat_map(|it| stems(&it.variable))
            .any(|it| part_behind(&it, variable) == Some(Part::Port));
        let port = managed.port.filter(|_| is_alone && text.parse::<u16>().is_ok())?;
        Some(port.to_string())
    }

    /// The word for yes in the same language.
    fn switch(&self, text: &str) -> Option<String> {
        const WORDS: [(&str, &str); 8] = [
            ("false", "true"),
            ("False", "True"),
            ("FALSE", "TRUE"),
            ("0", "1"),
            ("no", "yes"),
            ("off", "on"),
            ("disabled", "enabled"),
            ("disable", "enable"),
        ];
        let word = WORDS.iter().find(|(no, _)| *no == text)?.1;
        (self.managed.encryption != Encryption::Kept).then(|| word.to_owned())
    }

    fn scheme(&self, text: &str) -> Option<String> {
        let scheme = match (self.managed.encryption, text) {
            (Encryption::Tls, "tcp") => "tls",
            (Encryption::Tls, "redis") => "rediss",
            (Encryption::Https | Encryption::Aws, "http") => "https",
            _ => return None,
        };
        Some(scheme.to_owned())
    }

    /// Warns of a variable that names a host without saying that TLS is spoken there.
    fn warn_plain(&self, values: &Values, findings: &mut Findings<'_>) {
        const YES: [&str; 6] = ["true", "True", "TRUE", "1", "yes", "on"];
        const SCHEMES: [&str; 3] = ["tls", "rediss", "https"];
        let speaks = |moved: &Moved| {
            let stems = stems(&moved.variable);
            values.iter().any(|(variable, (value, _))| {
                let text = value.value.as_str();
                match stems.iter().find_map(|it| part_behind(it, variable)) {
                    Some(Part::Encryption) => YES.contains(&text) || text.starts_with("enable"),
                    Some(Part::Scheme) => SCHEMES.contains(&text),
                    _ => false,
                }
            })
        };
        let plain = self.moved.iter().filter(|it| it.service == self.name && it.is_plain);
        for moved in plain.filter(|it| !speaks(it)) {
            let Some((value, _)) = values.get(&moved.variable) else { continue };
            warn_tls(&moved.variable, self.name, value.span, findings);
        }
    }

    /// A cache without a password refuses whoever brings one.
    fn warn_needless_password(&self, values: &Values, findings: &mut Findings<'_>) {
        let replacement = &self.scope.placement.replaced[self.name];
        let Target::Elasticache(cache) = &replacement.target else { return };
        if !matches!(replacement.login, Login::Kept) || !replacement.secrets.is_empty() {
            return;
        }
        let is_whole = |it: &Moved| it.service == self.name && it.has_password;
        for (variable, (value, _)) in values {
            let is_password = self.sibling(variable) == Some(Part::Password)
                && !["", "null"].contains(&value.value.as_str());
            let holds_one = self.moved.iter().any(|it| it.variable == *variable && is_whole(it));
            if !(is_password || holds_one) || is_said(self.scope, variable) {
                continue;
            }
            let message = format!(
                "`{variable}` brings the password of the stand-in `{}`, and nobody said one for the cache",
                self.name
            );
            let warning = Diagnostic::warning(Code::ReplacementDiffers, value.span, message);
            let help = format!(
                "write `password: …` beside `elasticache`, or take it away: a cache without one refuses it. `{variable}:` with nothing behind it in the overlay does so"
            );
            findings.diagnostics.add(warning.label(cache.span, "the cache").help(help));
        }
    }

    /// A password that no variable takes leaves the service outside.
    fn warn_unused_password(&self, derived: &Derived, findings: &mut Findings<'_>) {
        let Some(password) = &self.managed.password else { return };
        let scope = self.scope;
        let mut own = self.moved.iter().filter(|it| it.service == self.name).peekable();
        let Some(first) = own.peek().copied() else { return };
        let by_hand = !scope.placement.replaced[self.name].secrets.is_empty()
            || scope.overlay.secrets.keys().chain(scope.service.environment.keys()).any(|it| {
                is_said(scope, it)
                    && (self.sibling(it) == Some(Part::Password)
                        || self.moved.iter().any(|moved| moved.variable == *it))
            });
        let is_taken = derived.values().any(|(reference, _)| reference == password);
        if by_hand || is_taken || own.any(|it| it.is_embedded) {
            return;
        }
        let service = &scope.service.name;
        let span = scope
            .service
            .environment
            .get(&first.variable)
            .map_or(scope.service.span, |it| it.value.span);
        let message = format!(
            "no variable of `{service}` takes the password of what replaces `{}`",
            self.name
        );
        let warning = Diagnostic::warning(Code::UnusedReplacement, span, message);
        let warning = warning.label(password.span, "the password");
        let help = format!(
            "write `x-ecs: {{ secrets: {{ NAME: … }} }}` for the service `{service}`, with the name its code reads"
        );
        findings.diagnostics.add(warning.help(help));
    }
}

/// Warns of a text that reaches a service which only speaks TLS and does not say so itself.
pub(in crate::lower) fn warn_tls(owner: &str, name: &str, span: Span, findings: &mut Findings<'_>) {
    let message = format!("`{owner}` does not say that what replaces `{name}` is spoken to by TLS");
    let warning = Diagnostic::warning(Code::ReplacementDiffers, span, message);
    findings.diagnostics.add(warning.help(
        "let the code speak TLS there; a URL says so itself, as `rediss://` and `https://` do",
    ));
}
