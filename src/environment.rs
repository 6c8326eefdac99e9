//! A project and a branch into the name of an environment, and all names derived from it.
//!
//! A name that AWS would refuse is mended: characters become `-`, and what is too long is cut.
//! Where that could make two names one, six hexadecimal digits of a hash of the whole name are
//! appended. The hash is FNV-1a of 64 bits, folded to 24: it must never change, or deployed
//! environments would be lost from sight.

use std::fmt::Write as _;

use serde::Serialize;

/// One branch of one project, and how everything that belongs to it is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Environment {
    /// The Compose project, as given: `[a-z0-9_-]+`.
    pub project: String,
    /// The branch, as given; none for the project's only environment.
    pub branch_name: Option<String>,
    /// The branch as a DNS label of at most 40 characters.
    pub slug: Option<String>,
    /// `<project>-<slug>`, or the project alone without a branch.
    pub name: String,
}

impl Environment {
    /// Names the environment of a branch. Two branches can have one slug (`a/b` and `a-b`); the
    /// tags of the resources tell them apart.
    pub fn new(project: &str, branch: Option<&str>) -> Self {
        let slug = branch.map(slug);
        let name = join(project, slug.as_deref());
        Self { project: project.to_owned(), branch_name: branch.map(str::to_owned), slug, name }
    }

    /// The tags of everything that belongs to the environment; a deployment changes nothing that does not carry them.
    pub fn tags(&self) -> Vec<(String, String)> {
        let tag = |key: &str, value: &str| (format!("compose2ecs:{key}"), tag_value(value));
        let mut tags = vec![tag("project", &self.project), tag("environment", &self.name)];
        tags.extend(self.branch_name.as_deref().map(|it| tag("branch", it)));
        tags
    }

    /// A number that the environment's name and a text decide, the same everywhere.
    pub fn number(&self, text: &str) -> u64 {
        fnv(&format!("{} {text}", self.name))
    }

    /// The family of a task definition: at most 255 of `[A-Za-z0-9_-]` (ecs-rules.md, Names and
    /// images). Without a task it is the family of the environment's only task.
    pub fn family(&self, task: Option<&str>) -> String {
        fit(&join(&self.name, task), "_-", 255)
    }

    /// The name of an ECS service: at most 255 of `[A-Za-z0-9_-]`, the same as the family of its
    /// task.
    pub fn service(&self, task: Option<&str>) -> String {
        self.family(task)
    }

    /// The name of a target group: at most 32 of `[A-Za-z0-9-]`, with no `-` at its ends (the
    /// limits of Elastic Load Balancing).
    pub fn target_group(&self, service: &str, port: u16) -> String {
        fit(&format!("{}-{service}-{port}", self.name), "-", 32)
    }

    /// The Cloud Map namespace in which its tasks find each other, unless the overlay names one: at most 1024 visible
    /// characters (the limits of Cloud Map).
    pub fn namespace(&self) -> String {
        fit(&self.name, "_-", 1024)
    }

    /// The Cloud Map service of an offered port, unique in the namespace though environments may share it: at most 64 of
    /// `[a-z0-9_-]`, with no `-` at its ends (the limits of Service Connect).
    pub fn discovery(&self, service: &str, port: u16) -> String {
        port_name(&join(&self.name, Some(service)), port)
    }

    /// What a task is started by: at most 128 of `[A-Za-z0-9-/_]` (ecs-rules.md, `RunTask`).
    pub fn started_by(&self) -> String {
        format!("compose2ecs/{}", fit(&self.name, "_-", 128 - "compose2ecs/".len()))
    }

    /// The log group unless the overlay names one: at most 512 of `[A-Za-z0-9_/.#-]` (the limits of
    /// `CloudWatch` Logs).
    pub fn log_group(&self) -> String {
        format!("/ecs/{}", fit(&self.name, "_-", 512 - "/ecs/".len()))
    }

    /// The first label of a DNS record: `<name>-<host>`, or the name alone for an empty host. At
    /// most 63 of `[a-z0-9-]`, with no `-` at its ends (RFC 1035).
    pub fn record(&self, host: &str) -> String {
        let raw = join(&self.name, Some(host).filter(|host| !host.is_empty()));
        label(&raw, "record", 63)
    }
}

/// The name of a port of a service in a task definition: at most 64 of `[a-z0-9_-]`, with no `-` at its ends
/// (`ecs-rules.md`, Names and images).
pub fn port_name(service: &str, port: u16) -> String {
    fit(&format!("{service}-{port}").to_ascii_lowercase(), "_-", 64)
}

/// Tags take letters, digits, blanks and `_.:/=+-@`, 256 characters; the rest of a branch name is written `=XX`.
pub fn tag_value(text: &str) -> String {
    let mut value = String::new();
    for character in text.chars() {
        if character.is_alphanumeric() || " _.:/+-@".contains(character) {
            value.push(character);
        } else {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                let _ = write!(value, "={byte:02X}");
            }
        }
    }
    value.chars().take(256).collect()
}

/// What [`tag_value`] made a value of: `=21` is `!` again. A value that it did not make stays.
pub fn tag_text(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = value.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        let digits = others.get(..2).and_then(|it| std::str::from_utf8(it).ok());
        match digits.and_then(|it| u8::from_str_radix(it, 16).ok()) {
            Some(byte) if *first == b'=' => {
                bytes.push(byte);
                rest = &others[2..];
            }
            _ => {
                bytes.push(*first);
                rest = others;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| value.to_owned())
}

/// How long a slug may be. With it, a project of 22 characters still fits whole in a DNS label of
/// 63.
const SLUG_LIMIT: usize = 40;

fn slug(branch: &str) -> String {
    label(branch, "branch", SLUG_LIMIT)
}

fn join(name: &str, part: Option<&str>) -> String {
    part.map_or_else(|| name.to_owned(), |part| format!("{name}-{part}"))
}

/// Makes a DNS label of a text; `empty` stands in when nothing of it is usable. A hash tells apart what was cut, and
/// letters that no label has.
fn label(raw: &str, empty: &str, limit: usize) -> String {
    let label = words(&raw.to_ascii_lowercase(), "");
    match label.as_str() {
        "" => with_hash(empty, raw, limit),
        _ if label.len() > limit || !raw.is_ascii() => with_hash(&label, raw, limit),
        _ => label,
    }
}

/// Makes a name of ASCII letters, digits and the `also` characters. Whatever that changes is made
/// unique by a hash.
fn fit(raw: &str, also: &str, limit: usize) -> String {
    let legal = |c: char| c.is_ascii_alphanumeric() || also.contains(c);
    let is_legal = raw.chars().all(legal) && raw.len() <= limit;
    if is_legal && !raw.starts_with('-') && !raw.ends_with('-') {
        return raw.to_owned();
    }
    with_hash(&words(raw, also.trim_end_matches('-')), raw, limit)
}

/// Joins the stretches of ASCII letters, digits and the `also` characters with single `-`.
fn words(text: &str, also: &str) -> String {
    let stretches = text.split(|c: char| !c.is_ascii_alphanumeric() && !also.contains(c));
    let stretches: Vec<&str> = stretches.filter(|stretch| !stretch.is_empty()).collect();
    stretches.join("-")
}

fn with_hash(text: &str, raw: &str, limit: usize) -> String {
    let kept: String = text.chars().take(limit - HASH_LENGTH - 1).collect();
    match kept.trim_end_matches('-') {
        "" => hash(raw),
        kept => format!("{kept}-{}", hash(raw)),
    }
}

const HASH_LENGTH: usize = 6;

/// FNV-1a of 64 bits, folded to 24.
fn hash(text: &str) -> String {
    let hash = fnv(text);
    format!("{:06x}", (hash ^ (hash >> 24) ^ (hash >> 48)) & 0x00ff_ffff)
}

/// FNV-1a of 64 bits (offset basis 14695981039346656037, prime 1099511628211).
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::{Environment, hash, port_name, tag_text, tag_value};

    fn slug(branch: &str) -> String {
        Environment::new("shop", Some(branch)).slug.unwrap()
    }

    #[test]
    fn a_slug_is_a_dns_label_of_the_branch() {
        for (branch, expected) in [
            ("main", "main"),
            ("feature/login", "feature-login"),
            ("Feature/LOGIN_2", "feature-login-2"),
            ("a/b", "a-b"),
            ("a-b", "a-b"),
            ("a--b", "a-b"),
            ("v1.2.3", "v1-2-3"),
            ("/-x-/", "x"),
            ("123", "123"),
            ("fix/über-größe", "fix-ber-gr-e-ae0bec"),
            ("機能/login", "login-2fdd87"),
            ("feature/🎉party", "feature-party-47f620"),
        ] {
            assert_eq!(slug(branch), expected, "{branch}");
        }
    }

    #[test]
    fn a_branch_with_nothing_usable_is_told_by_its_hash() {
        for (branch, expected) in [
            ("", "branch-be0c53"),
            ("🎉", "branch-87e816"),
            ("機能", "branch-704ecf"),
            ("---", "branch-dffbe4"),
        ] {
            assert_eq!(slug(branch), expected, "{branch}");
        }
        assert_ne!(slug("🎉"), slug("🎊"));
    }

    #[test]
    fn a_long_branch_is_cut_and_told_by_its_hash() {
        let limit = "a".repeat(40);
        assert_eq!(slug(&limit), limit);
        let beyond = "a".repeat(41);
        assert_eq!(slug(&beyond), format!("{}-{}", "a".repeat(33), hash(&beyond)));
        let cut_at_dash = format!("{}/{}", "a".repeat(32), "b".repeat(20));
        assert_eq!(slug(&cut_at_dash), format!("{}-{}", "a".repeat(32), hash(&cut_at_dash)));
        assert_ne!(slug(&format!("{beyond}/1")), slug(&format!("{beyond}/2")));
    }

    #[test]
    fn a_tag_tells_the_text_it_was_made_of() {
        for text in ["feature/login", "äöü!!", "a=b", "100%", "機能 1", ""] {
            assert_eq!(tag_text(&tag_value(text)), text);
        }
        assert_eq!(tag_text("=FF cut ="), "=FF cut =");
    }

    #[test]
    fn the_hash_never_changes() {
        for (text, expected) in [
            ("", 0xcbf2_9ce4_8422_2325_u64),
            ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
        ] {
            let folded = (expected ^ (expected >> 24) ^ (expected >> 48)) & 0x00ff_ffff;
            assert_eq!(hash(text), format!("{folded:06x}"), "{text}");
        }
    }

    #[test]
    fn every_name_comes_from_project_and_branch() {
        let with = Environment::new("shop", Some("feature/login"));
        let without = Environment::new("my_shop", None);
        for (name, expected) in [
            (with.name.clone(), "shop-feature-login"),
            (with.branch_name.clone().unwrap(), "feature/login"),
            (with.family(None), "shop-feature-login"),
            (with.family(Some("web")), "shop-feature-login-web"),
            (with.service(Some("web")), "shop-feature-login-web"),
            (with.target_group("web", 80), "shop-feature-login-web-80"),
            (with.started_by(), "compose2ecs/shop-feature-login"),
            (with.log_group(), "/ecs/shop-feature-login"),
            (with.namespace(), "shop-feature-login"),
            (with.discovery("api", 3000), "shop-feature-login-api-3000"),
            (port_name("my_api", 80), "my_api-80"),
            (with.record(""), "shop-feature-login"),
            (with.record("web"), "shop-feature-login-web"),
            (without.name.clone(), "my_shop"),
            (without.family(Some("job")), "my_shop-job"),
            (without.started_by(), "compose2ecs/my_shop"),
            (without.log_group(), "/ecs/my_shop"),
            (without.record("Web"), "my-shop-web"),
        ] {
            assert_eq!(name, expected);
        }
        assert_eq!(without.slug, None);
    }

    #[test]
    fn every_name_keeps_to_the_limits_of_aws() {
        let projects = ["s", "my_shop", "_", "-x-", &"p".repeat(63), &"long_".repeat(120)];
        let branches = [None, Some(""), Some("a/b"), Some("🎉"), Some(&*"x/".repeat(300))];
        let services = ["web", "my.service", "Web_1", "_", &"s".repeat(300)];
        for (project, branch) in projects.iter().flat_map(|p| branches.iter().map(move |b| (p, b)))
        {
            let environment = Environment::new(project, *branch);
            check(&environment.started_by(), 128, "/_-");
            check(&environment.log_group(), 512, "/_-");
            for service in services {
                check(&environment.family(Some(service)), 255, "_-");
                check(&environment.service(Some(service)), 255, "_-");
                let group = environment.target_group(service, 65535);
                check(&group, 32, "-");
                let discovery = environment.discovery(service, 65535);
                check(&discovery, 64, "_-");
                assert_eq!(discovery, discovery.to_lowercase());
                let record = environment.record(service);
                check(&record, 63, "-");
                assert_eq!(record, record.to_lowercase());
                for label in [group, record, discovery] {
                    assert!(!label.starts_with('-') && !label.ends_with('-'), "{label}");
                }
            }
        }
    }

    fn check(name: &str, limit: usize, also: &str) {
        let legal = |c: char| c.is_ascii_alphanumeric() || also.contains(c);
        assert!((1..=limit).contains(&name.len()) && name.chars().all(legal), "{name}");
    }

    #[test]
    fn names_at_the_limit_are_not_cut() {
        let environment = Environment::new(&"p".repeat(20), None);
        for (service, expected) in [
            ("s".repeat(8), format!("{}-ssssssss-80", "p".repeat(20))),
            ("s".repeat(9), String::new()),
        ] {
            let name = environment.target_group(&service, 80);
            let whole = format!("{}-{service}-80", environment.name);
            assert_eq!(name == whole, name == expected, "{name}");
            assert_eq!(name.len(), 32);
        }
        let family = Environment::new(&"p".repeat(251), None);
        assert_eq!(family.family(Some("web")), format!("{}-web", "p".repeat(251)));
        assert_eq!(
            family.family(Some("webs")),
            format!("{}-{}", "p".repeat(248), hash(&format!("{}-webs", family.name)))
        );
    }

    #[test]
    fn services_of_one_environment_have_target_groups_of_their_own() {
        let environment = Environment::new("my_shop", Some("feature/a-rather-long-name"));
        let services = ["web", "web_1", "web-1", "web.1", "web-the-first", "web-the-second"];
        let mut names: Vec<_> =
            services.iter().map(|service| environment.target_group(service, 80)).collect();
        names.push(environment.target_group("web", 8080));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), services.len() + 1);
    }
}
