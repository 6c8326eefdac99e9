//! Active profiles -> the services that are on (`reference/compose.md`, 1.15).

use super::Project;

/// Moves the services of inactive profiles out of the project.
pub(super) fn select(project: &mut Project, active: &[String]) {
    let everything = active.iter().any(|it| it == "*");
    let is_on = |profiles: &[String]| {
        everything || profiles.is_empty() || profiles.iter().any(|it| active.contains(it))
    };
    let services = std::mem::take(&mut project.services);
    for (name, service) in services {
        if is_on(&service.profiles) {
            project.services.insert(name, service);
        } else {
            project.disabled.insert(name, service.profiles);
        }
    }
}
