//! What the variables of a service cannot be changed to, and its author has to know.

use super::names::{part_behind, stems};
use super::variables::{Change, Derived, Moved};
use super::{Part, is_said};
use crate::diagnostic::{Code, Diagnostic};
use crate::lower::Findings;
use crate::lower::environment::Values;
use crate::overlay::{Login, Target};
use crate::source::Span;

impl Change<'_> {
    /// Warns of a variable that names a host without saying that TLS is spoken there.
    pub(super) fn warn_plain(&self, values: &Values, findings: &mut Findings<'_>) {
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
        let plain = self.moved.iter().filter(|it| it.service == self.name && it.unsaid.is_plain);
        for moved in plain.filter(|it| !speaks(it)) {
            let Some((value, _)) = values.get(&moved.variable) else { continue };
            warn_tls(&moved.variable, self.name, value.span, findings);
        }
    }

    /// Warns of a variable that names a host, where nothing says its port and the client would take another.
    pub(super) fn warn_unsaid_port(&self, values: &Values, findings: &mut Findings<'_>) {
        let Some(port) = self.managed.unusual_port() else { return };
        let text = port.to_string();
        let replacement = &self.scope.placement.replaced[self.name];
        let given = replacement.environment.values().map(|it| &it.value);
        if values.values().map(|(it, _)| &it.value).chain(given).any(|it| *it == text) {
            return;
        }
        let names: Vec<&String> = values
            .keys()
            .chain(replacement.environment.keys())
            .chain(replacement.secrets.keys())
            .chain(self.scope.overlay.secrets.keys())
            .collect();
        let own = self.moved.iter().filter(|it| it.service == self.name && it.unsaid.lacks_port);
        for moved in own.filter(|it| !is_said(self.scope, &it.variable)) {
            let stems = stems(&moved.variable);
            let says =
                |it: &&String| stems.iter().any(|stem| part_behind(stem, it) == Some(Part::Port));
            let value = values.get(&moved.variable).filter(|_| !names.iter().any(says));
            let Some((value, _)) = value else { continue };
            let name = stems.first().and_then(|it| moved.variable.get(..it.len()));
            let help = match name.filter(|_| moved.is_host) {
                Some(name) => format!(
                    "write `environment: {{ {name}PORT: {port} }}` for `{}` in the overlay, with the name that its code reads",
                    self.scope.service.name
                ),
                None => "let it say the port too".to_owned(),
            };
            warn_port((&moved.variable, self.name), port, (value.span, help), findings);
        }
    }

    /// A cache without a password refuses whoever brings one.
    pub(super) fn warn_needless_password(&self, values: &Values, findings: &mut Findings<'_>) {
        let replacement = &self.scope.placement.replaced[self.name];
        let Target::Elasticache(cache) = &replacement.target else { return };
        if !matches!(replacement.login, Login::Kept) || !replacement.secrets.is_empty() {
            return;
        }
        let is_whole = |it: &Moved| it.service == self.name && it.unsaid.has_password;
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
    pub(super) fn warn_unused_password(&self, derived: &Derived, findings: &mut Findings<'_>) {
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
        if by_hand || is_taken || own.any(|it| !it.unsaid.embedded.is_empty()) {
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

/// Warns of a text that leaves the port of what replaces a service to the client, which takes another.
pub(in crate::lower) fn warn_port(
    (owner, name): (&str, &str),
    port: u16,
    (span, help): (Span, String),
    findings: &mut Findings<'_>,
) {
    let message =
        format!("`{owner}` names `{name}`, and nothing says the port {port} of what replaces it");
    let warning = Diagnostic::warning(Code::ReplacementDiffers, span, message);
    findings.diagnostics.add(warning.help(help));
}
