//! Passwords where nobody looks for them: in labels and in the options of a logging driver.

use super::Subject;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::redact::shows_a_secret;

/// Warns of values that everyone reads who may describe the task definition.
pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    let container = subject.container;
    let options = container.log_configuration.iter().flat_map(|it| &it.options);
    let help = "give it as a secret: `container_definition: { logConfiguration: { secretOptions: [{ name: …, valueFrom: … }] } }`";
    report(subject, "services.*.logging.options", options, help, diagnostics);
    let help = "take it out, or let the program read it from a secret";
    report(subject, "services.*.labels", container.docker_labels.iter(), help, diagnostics);
}

fn report<'a>(
    subject: &Subject<'_>,
    path: &str,
    pairs: impl Iterator<Item = (&'a String, &'a String)>,
    help: &str,
    diagnostics: &mut Diagnostics,
) {
    let Some(key) = subject.scope.service.written.iter().find(|it| it.path == path) else { return };
    for (name, value) in pairs {
        if shows_a_secret(name, value) {
            let message = format!("the password in `{name}` can be read in the task definition");
            let warning = Diagnostic::warning(Code::PlaintextSecret, key.span, message);
            diagnostics.add(warning.help(help));
        }
    }
}
