//! Code that only the laptop has: mounted into an image that is not built for it.

use super::super::image::registry;
use super::Subject;
use super::script::file_name;
use crate::compose::volumes::{Mount, MountKind};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

/// Images of web servers that have no pages of their own, and where these look for them.
const WEB_SERVERS: [&str; 4] = ["caddy", "httpd", "nginx", "php"];
const WEB_ROOTS: [&str; 4] =
    ["/var/www", "/var/www/html", "/usr/share/nginx/html", "/usr/local/apache2/htdocs"];

/// Warns where a container would run what it does not have.
pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    let service = subject.scope.service;
    let Some(image) = service.image.as_ref().filter(|it| is_of_everybody(&it.value)) else {
        return;
    };
    if service.build.is_some() || diagnostics.has_error_at(image.span) {
        return;
    }
    let delivered = &subject.scope.overlay.files;
    let is_delivered = |it: &&Mount| delivered.iter().any(|file| file.value == it.target);
    let mounts = service.mounts.iter().filter(|it| it.kind == MountKind::Bind);
    for mount in mounts.filter(|it| !is_delivered(it)) {
        if runs_from(subject, &image.value, &mount.target) && !is_socket(mount) {
            let message = format!(
                "`{}` needs what the laptop mounts at `{}`, and `{}` does not have it",
                service.name, mount.target, image.value
            );
            let warning = Diagnostic::warning(Code::BindMount, mount.span, message);
            let help = format!(
                "build an image with the code in it, push it, and name it in the overlay: `image: '{{{{ecr \"{}\"}}}}:{{{{branch}}}}'`",
                service.name
            );
            diagnostics.raise(warning.label(image.span, "the image").help(help));
        }
    }
}

/// An image that all of Docker Hub shares has no code of this project.
fn is_of_everybody(image: &str) -> bool {
    registry(image).is_none() && !image.trim_start_matches("library/").contains('/')
}

fn is_socket(mount: &Mount) -> bool {
    std::path::Path::new(&mount.target).extension().is_some_and(|it| it == "sock")
}

/// Whether the container works in a folder, is started with a file of it, or serves it.
fn runs_from(subject: &Subject<'_>, image: &str, folder: &str) -> bool {
    let service = subject.scope.service;
    let folder = folder.trim_end_matches('/');
    let is_inside = |path: &str| {
        path.strip_prefix(folder).is_some_and(|it| it.is_empty() || it.starts_with('/'))
    };
    let works_there = service.text("working_dir").is_some_and(|it| is_inside(it.value));
    let lists = [&service.entrypoint, &service.command];
    let mut words = lists.into_iter().flatten().flatten();
    // A folder that is only named may be one for data.
    let is_file = |it: &str| is_inside(it) && file_name(it).contains('.');
    let names_it = words.any(|it| it.value.split_whitespace().any(is_file));
    let server = image.trim_start_matches("library/").split(':').next().unwrap_or_default();
    let serves_it = WEB_SERVERS.contains(&server) && WEB_ROOTS.contains(&folder);
    !folder.is_empty() && (works_there || names_it || serves_it)
}
