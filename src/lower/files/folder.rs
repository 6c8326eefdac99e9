//! Folders of a container: which may be mounted over, and what is mounted already.

use crate::compose::volumes::{Mount, MountKind};
use crate::lower::Scope;
use crate::source::Span;

/// The folder of a file.
pub(super) fn of(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((folder, _)) => folder,
    }
}

/// Whether a path is a folder or below it.
pub(super) fn is_in(path: &str, folder: &str) -> bool {
    let below = path.strip_prefix(folder.trim_end_matches('/'));
    below.is_some_and(|it| it.is_empty() || it.starts_with('/'))
}

/// Whether a folder only exists for files that are brought into a container.
pub(super) fn is_for_files(folder: &str) -> bool {
    root(folder).is_some()
}

/// The folder that is mounted for all files in and below it.
pub(super) fn root(folder: &str) -> Option<&'static str> {
    ["/run/secrets", "/run/configs"].into_iter().find(|it| is_in(folder, it))
}

/// Whether a mount over a folder hides at most what belongs to one program: neither the system's folders nor what is
/// likely to hold the program itself.
pub(super) fn may_be_hidden(scope: &Scope<'_>, folder: &str) -> bool {
    let works_there = scope.service.text("working_dir").is_some_and(|it| is_in(it.value, folder));
    !works_there && is_private(folder)
}

fn is_private(folder: &str) -> bool {
    const TOP: [&str; 6] = ["certs", "conf", "config", "configs", "secret", "secrets"];
    const SYSTEM: [&str; 9] =
        ["bin", "boot", "dev", "lib", "lib32", "lib64", "proc", "sbin", "sys"];
    const USR: [&str; 7] = ["bin", "include", "lib", "lib64", "libexec", "sbin", "src"];
    const ETC: [&str; 8] =
        ["alternatives", "apk", "apt", "init.d", "pam.d", "profile.d", "security", "ssl"];
    let parts: Vec<&str> = folder.split('/').filter(|it| !it.is_empty()).collect();
    let is_of_system = match parts.as_slice() {
        [top] => return TOP.contains(top),
        [] | ["usr", "local", _] | ["usr" | "var" | "home", _] => true,
        ["usr", second, ..] if USR.contains(second) => true,
        ["usr", "local", third, ..] => USR.contains(third),
        ["etc", second, ..] => ETC.contains(second),
        [_, "local" | "lib" | "share"] => true,
        [top, ..] => SYSTEM.contains(top),
    };
    !is_of_system
}

/// Where the file has something mounted at a folder or below it.
pub(super) fn mount_in(scope: &Scope<'_>, folder: &str) -> Option<Span> {
    let mounts = scope.service.mounts.iter().filter(|it| it.kind != MountKind::Bind);
    let mounts = mounts.map(|it| (it.target.as_str(), it.span));
    let tmpfs = scope.service.tmpfs.iter();
    let tmpfs = tmpfs.map(|it| (it.value.split(':').next().unwrap_or_default(), it.span));
    mounts.chain(tmpfs).find(|(target, _)| is_in(target, folder)).map(|(_, span)| span)
}

/// The mount that holds a path, when it is read-only. Bind mounts of the laptop are not there.
pub(super) fn read_only_mount(scope: &Scope<'_>, path: &str) -> Option<Span> {
    let mounts = scope.service.mounts.iter().filter(|it| it.kind != MountKind::Bind);
    let holding = mounts.filter(|it| is_in(path, &it.target)).max_by_key(|it| it.target.len())?;
    holding.read_only.then_some(holding.span)
}

/// Whether a path is below something that is mounted and can be written to.
pub(super) fn is_writable_mount(scope: &Scope<'_>, path: &str) -> bool {
    let is_open = |it: &&Mount| it.kind != MountKind::Bind && !it.read_only;
    let mut mounts = scope.service.mounts.iter().filter(is_open);
    let mut tmpfs = scope.service.tmpfs.iter().map(|it| it.value.split(':').next().unwrap_or(""));
    mounts.any(|it| is_in(path, &it.target)) || tmpfs.any(|it| is_in(path, it))
}

#[cfg(test)]
mod tests {
    use super::{is_in, is_private, of};

    #[test]
    fn folders_of_one_program_are_told_from_the_systems() {
        for folder in [
            "/etc/nginx/conf.d",
            "/etc/nginx",
            "/config",
            "/opt/app/conf",
            "/usr/local/etc/redis",
            "/usr/share/nginx/html",
        ] {
            assert!(is_private(folder), "{folder}");
        }
        for folder in [
            "/",
            "/etc",
            "/app",
            "/usr/local/bin",
            "/usr/share",
            "/bin",
            "/lib/x/y",
            "/var/lib",
            "/etc/ssl/certs",
            "/home/app",
        ] {
            assert!(!is_private(folder), "{folder}");
        }
    }

    #[test]
    fn a_path_is_below_its_folder_and_not_beside_it() {
        assert!(is_in("/etc/app/x", "/etc/app") && is_in("/etc", "/etc") && is_in("/etc", "/"));
        assert!(!is_in("/etc/apple", "/etc/app"));
        assert_eq!((of("/x"), of("/etc/app/x")), ("/", "/etc/app"));
    }
}
