//! The variables of a service beside those that name a host: port, user, password and database of what takes its place.

use indexmap::IndexMap;

use super::names::{part_behind, stems};
use super::stand_in::StandIn;
use super::{Encryption, Managed, Part, User, amazon, is_said};
use crate::lower::environment::Values;
use crate::lower::hosts::{Address, Unsaid};
use crate::lower::{Findings, Scope};
use crate::overlay::secret_reference::SecretReference;
use crate::redact::mask_value;
use crate::source::Spanned;

/// Secrets that take the place of variables, each with the reason.
pub(in crate::lower) type Derived = IndexMap<String, (Spanned<SecretReference>, String)>;

/// A variable that names a service which is replaced.
#[derive(Clone, Debug)]
pub(in crate::lower) struct Moved {
    pub(in crate::lower) variable: String,
    pub(in crate::lower) service: String,
    /// Whether its text is the host and nothing else.
    pub(in crate::lower) is_host: bool,
    /// What the text cannot say, or should not.
    pub(in crate::lower) unsaid: Unsaid,
}

/// One replaced service and the variables of its user.
pub(super) struct Change<'a> {
    pub(super) scope: &'a Scope<'a>,
    pub(super) name: &'a str,
    pub(super) managed: &'a Managed,
    pub(super) moved: &'a [Moved],
    /// What the variables beside those that name the service begin with.
    stems: Vec<String>,
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
        let own = moved.iter().filter(|it| it.service == *name);
        let stems = own.flat_map(|it| stems(&it.variable)).collect();
        let change = Change { scope, name, managed, moved, stems };
        for (variable, part) in change.parts(values) {
            if !known.contains(&variable) {
                change.set(&variable, part, (values, &mut derived), findings);
                known.push(variable);
            }
        }
        change.warn_plain(values, findings);
        change.warn_unsaid_port(values, findings);
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
                let part = stand_in.part(variable, &value.value);
                part.filter(|_| !self.is_sibling_of_another(variable, values))
            });
            if let Some(part) = part.filter(|_| !is_given) {
                found.push((variable.clone(), part));
            }
        }
        found
    }

    /// The part that a variable is, next to one that names the service.
    pub(super) fn sibling(&self, variable: &str) -> Option<Part> {
        let name = variable.strip_suffix("_FILE").unwrap_or(variable);
        let part = self.stems.iter().find_map(|it| part_behind(it, name));
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
            Part::Database => self.database(value, findings),
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

    /// The database; a schema that every database has is none.
    fn database(&self, value: &Spanned<String>, findings: &mut Findings<'_>) -> Option<String> {
        let database = self.managed.database.as_ref()?;
        let before = value.value.as_str();
        if matches!(before, "public" | "dbo") {
            return None;
        }
        if !before.is_empty() {
            let key = (self.name.to_owned(), before.to_owned());
            findings.merged.entry(key).or_insert(value.span);
        }
        Some(database.value.clone())
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
}
