//! Services that only the overlay has: one more container, or a name that is misspelt.

use crate::compose::{Project, Service};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean};
use crate::source::FileId;

/// An overlay that means a service of the Compose file and misspells it would add a container.
pub(crate) fn report_new_services(
    project: &Project,
    overlays: &[FileId],
    diagnostics: &mut Diagnostics,
) {
    let is_new = |it: &&Service| it.span.file().is_some_and(|it| overlays.contains(&it));
    for service in project.services.values().filter(is_new) {
        let others = project.services.values().filter(|it| !is_new(it)).map(|it| it.name.as_str());
        if let Some(candidate) = did_you_mean(&service.name, others) {
            let message = format!("the service `{}` only stands in the overlay", service.name);
            let warning = Diagnostic::warning(Code::UndefinedReference, service.span, message);
            diagnostics.add(warning.help(format!("did you mean `{candidate}`?")));
        }
    }
}
