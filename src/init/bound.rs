//! Bind mounts of single files -> which hold configuration that can be delivered, and why the others stay.

use std::path::Path;

use crate::compose::Service;
use crate::compose::volumes::{Mount, MountKind};
use crate::overlay::file_targets;
use crate::redact::{mask_source, names_a_secret, words};
use crate::world::World;

/// How large one delivered file may be, in bytes: all of a task definition may have 64 KiB.
const MOST: usize = 16 * 1024;

/// How much all of them may have: the rest of a definition grows, too.
const MOST_OF_ALL: usize = 32 * 1024;

/// A file that the Compose file mounts from the laptop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bound {
    /// Its path in the container.
    pub(super) target: String,
    /// Its path on the laptop.
    pub(super) source: String,
    pub(super) verdict: Verdict,
}

/// What can become of such a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Configuration of so many bytes.
    Deliver(usize),
    /// It looks like a file, and there is none of this name.
    Unseen,
    /// Stays on the laptop; why, as a sentence without its subject.
    Stay(String),
    /// Stays, and must not be delivered as text at all.
    Private(&'static str),
}

/// The single files that a service mounts, in the order of the file.
pub(super) fn files(service: &Service, (world, project): (&dyn World, &Path)) -> Vec<Bound> {
    let said: Vec<&str> = file_targets(service.extension.as_ref()).collect();
    let mounts = service.mounts.iter().filter(|it| it.kind == MountKind::Bind);
    // What the Compose file itself has delivered is settled.
    let mounts = mounts.filter(|it| !said.contains(&it.target.as_str()));
    let files = mounts.filter_map(|mount| {
        let source = mount.source.clone()?;
        let verdict = judge(service, mount, (world, project))?;
        Some(Bound { target: mount.target.clone(), source, verdict })
    });
    files.collect()
}

/// Delivers no more than a definition has room for, the first files first.
pub(super) fn limit<'b>(files: impl Iterator<Item = &'b mut Bound>) {
    let mut sum = 0;
    for bound in files {
        let Verdict::Deliver(size) = bound.verdict else { continue };
        if sum + size > MOST_OF_ALL {
            let most = MOST_OF_ALL / 1024;
            let why = format!("would make more than {most} KiB with those before it");
            bound.verdict = Verdict::Stay(why);
        } else {
            sum += size;
        }
    }
}

/// `None` for what is no file.
fn judge(
    service: &Service,
    mount: &Mount,
    (world, project): (&dyn World, &Path),
) -> Option<Verdict> {
    let source = Path::new(mount.source.as_deref()?);
    let stay = |reason: &str| Some(Verdict::Stay(reason.to_owned()));
    let is_socket = |it: &Path| it.extension().is_some_and(|it| it == "sock");
    if is_socket(Path::new(&mount.target)) || is_socket(source) {
        return None;
    }
    if !world.is_file(source) {
        let looks = looks_like_a_file(&mount.target) && looks_like_a_file(source.to_str()?);
        return looks.then_some(Verdict::Unseen);
    }
    if !source.starts_with(project) {
        return looks_like_a_file(&mount.target)
            .then(|| Verdict::Stay("lies outside of the project's folder".to_owned()));
    }
    if is_private(source) || is_private(Path::new(&mount.target)) {
        return Some(Verdict::Private("has the name of a secret"));
    }
    // A file that cannot be read is no regular one, or nobody's business.
    let Ok(bytes) = world.read(source) else { return stay("cannot be read") };
    let size = bytes.len();
    let text = String::from_utf8(bytes).ok().filter(|it| !it.contains('\0'));
    let Some(text) = text else { return stay("is no text") };
    if text.contains("PRIVATE KEY-----") {
        return Some(Verdict::Private("holds a private key"));
    }
    if mask_source(&text, &[]) != text {
        return Some(Verdict::Private("holds what looks like a password or a key"));
    }
    if text.starts_with("#!") || !is_configuration(source) {
        return stay("does not look like configuration");
    }
    if service.build.is_some() && !is_for_configuration(&mount.target) {
        return stay("looks like a part of what is built");
    }
    if size > MOST {
        return Some(Verdict::Stay(format!(
            "has {} KiB, and {} are delivered at most",
            size.div_ceil(1024),
            MOST / 1024
        )));
    }
    Some(Verdict::Deliver(size))
}

/// Whether the last part of a path has an ending, and not that of a folder or a socket.
fn looks_like_a_file(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    let parts = last.rsplit_once('.').filter(|(stem, _)| !stem.is_empty());
    parts.is_some_and(|(_, ending)| !matches!(ending, "d" | "sock"))
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().to_lowercase()
}

/// Whether a file is known by its name to hold secrets.
fn is_private(path: &Path) -> bool {
    const NAMES: [&str; 9] = [
        ".env",
        ".htpasswd",
        "htpasswd",
        ".netrc",
        ".pgpass",
        ".npmrc",
        ".my.cnf",
        "passwd",
        "shadow",
    ];
    const ENDINGS: [&str; 10] =
        [".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".ppk", ".env", ".htpasswd"];
    let name = name_of(path);
    let stem = name.split('.').find(|it| !it.is_empty()).unwrap_or_default();
    NAMES.contains(&name.as_str())
        || name.starts_with(".env.")
        || name.starts_with("id_")
        || ENDINGS.iter().any(|it| name.ends_with(it))
        || names_a_secret(stem)
        || words(stem).iter().any(|it| {
            matches!(it.as_str(), "secrets" | "passwords" | "credential" | "credentials" | "tokens")
        })
}

/// Whether a file is one that people write configuration into.
fn is_configuration(path: &Path) -> bool {
    const ENDINGS: [&str; 17] = [
        "conf",
        "cnf",
        "cfg",
        "config",
        "ini",
        "toml",
        "yaml",
        "yml",
        "json",
        "xml",
        "properties",
        "template",
        "tmpl",
        "vcl",
        "hcl",
        "acl",
        "rules",
    ];
    const NAMES: [&str; 3] = ["caddyfile", "corefile", "haproxy"];
    let name = name_of(path);
    let ending = name.rsplit_once('.').map(|(_, it)| it);
    ending.map_or(NAMES.contains(&name.as_str()), |it| ENDINGS.contains(&it))
        || name.starts_with("caddyfile.")
}

/// Whether a path in a container is one where configuration belongs, rather than the application.
fn is_for_configuration(target: &str) -> bool {
    let folder = target.rsplit_once('/').map_or("", |it| it.0);
    let is_meant = |it: &str| matches!(it, "etc" | "conf" | "config" | "configs" | "conf.d");
    folder.split('/').any(is_meant)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{is_configuration, is_for_configuration, is_private};

    #[test]
    fn secrets_are_known_by_the_names_of_their_files() {
        for name in [
            ".env",
            ".env.local",
            "prod.env",
            ".htpasswd",
            "site.key",
            "cert.pem",
            "id_rsa",
            "db_password.txt",
            "credentials.json",
            "google-credentials.json",
            "secrets.yml",
        ] {
            assert!(is_private(Path::new("/shop").join(name).as_path()), "{name}");
        }
        for name in ["default.conf", "Caddyfile", "keys.conf", "my.cnf", "php.ini", "nginx.conf"] {
            assert!(!is_private(Path::new("/shop").join(name).as_path()), "{name}");
        }
    }

    #[test]
    fn configuration_is_told_from_code() {
        for name in
            ["default.conf", "my.cnf", "php.ini", "prometheus.yml", "Caddyfile", "a.conf.template"]
        {
            assert!(is_configuration(Path::new(name)), "{name}");
        }
        for name in [
            "app.py",
            "entrypoint.sh",
            "init.sql",
            "index.html",
            "vite.config.ts",
            "Gemfile",
            "dump.rdb",
        ] {
            assert!(!is_configuration(Path::new(name)), "{name}");
        }
        assert!(
            is_for_configuration("/etc/app.yml") && is_for_configuration("/app/config/app.yml")
        );
        assert!(!is_for_configuration("/app/package.json") && !is_for_configuration("/config"));
    }
}
