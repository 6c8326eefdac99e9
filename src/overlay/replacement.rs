//! `replace`: local stand-ins, and what takes their place.

use indexmap::IndexMap;

use super::secret_reference::{self, SecretReference};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Reported};
use crate::source::{Span, Spanned};
use crate::yaml::Node;
use crate::yaml::decode::{Fields, mapping, string};

/// What becomes of a service that only exists locally.
#[derive(Clone, Debug)]
pub(crate) struct Replacement {
    pub(crate) target: Target,
    /// Who logs in there; without it the services keep their own user and password.
    pub(crate) login: Login,
    /// The database, or schema, of the services that used the stand-in.
    pub(crate) database: Option<Spanned<String>>,
    /// Secrets for the services that used the stand-in.
    pub(crate) secrets: IndexMap<String, Spanned<SecretReference>>,
    /// Variables for the services that used the stand-in.
    pub(crate) environment: IndexMap<String, Spanned<String>>,
    /// Where the service's name stands in the overlay.
    pub(crate) span: Span,
}

/// What takes the place of a stand-in.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// Nothing.
    Drop,
    /// An RDS instance or cluster by its identifier; its endpoint is a fact.
    Rds(Spanned<String>),
    /// A cache of ElastiCache by its identifier; its endpoint is a fact.
    Elasticache(Spanned<String>),
    /// A bucket of S3, at the endpoint of the region.
    S3(Spanned<String>),
    /// DynamoDB, at the endpoint of the region.
    DynamoDb(Span),
    /// AWS as the SDKs find it by themselves.
    Aws,
    /// An address that is known already.
    Address { host: Spanned<String>, port: Option<Spanned<u16>> },
}

/// User and password of a managed service.
#[derive(Clone, Debug, Default)]
pub(crate) enum Login {
    /// Those of the services stay.
    #[default]
    Kept,
    /// One of them, or both.
    Parts { user: Option<Spanned<String>>, password: Option<Spanned<SecretReference>> },
    /// The keys `username` and `password` of this secret.
    Secret(Spanned<SecretReference>),
    /// The secret that RDS itself keeps for the master user.
    Managed(Span),
}

/// The keys that say what takes the place, of which a replacement has one.
const TARGETS: [&str; 4] = ["rds", "elasticache", "s3", "host"];

/// Keys with the targets that have no use for them, and what to do instead.
const USELESS: [(&str, &[&str], &str); 7] = [
    ("port", &["rds", "elasticache"], "its port is a fact: take `port` out"),
    ("port", &["s3"], "S3 is reached by HTTPS: take `port` out"),
    ("database", &["elasticache"], "a cache has no databases with names: take `database` out"),
    ("database", &["s3"], "the bucket stands behind `s3:`: take `database` out"),
    (
        "user",
        &["s3"],
        "S3 knows the task by its role: take `user` out, and write `roles: { task: NAME }`",
    ),
    (
        "password",
        &["s3"],
        "S3 knows the task by its role: take `password` out, and write `roles: { task: NAME }`",
    ),
    (
        "credentials",
        &["s3"],
        "S3 knows the task by its role: take `credentials` out, and write `roles: { task: NAME }`",
    ),
];

pub(super) fn decode_all(
    node: &Node,
    diagnostics: &mut Diagnostics,
) -> Result<IndexMap<String, Replacement>, Reported> {
    let mut replacements = IndexMap::new();
    for (name, entry) in mapping(node, "`replace`", diagnostics)? {
        if let Ok(replacement) = decode(name, &entry.node, entry.key_span, diagnostics) {
            replacements.insert(name.clone(), replacement);
        }
    }
    Ok(replacements)
}

fn decode(
    name: &str,
    node: &Node,
    span: Span,
    diagnostics: &mut Diagnostics,
) -> Result<Replacement, Reported> {
    let owner = format!("the replacement of `{name}`");
    let word = match node.as_str() {
        Some("drop") => Some(Target::Drop),
        Some("dynamodb") => Some(Target::DynamoDb(node.span)),
        Some("aws") => Some(Target::Aws),
        _ => None,
    };
    if let Some(target) = word {
        let (secrets, environment) = (IndexMap::new(), IndexMap::new());
        let login = Login::Kept;
        return Ok(Replacement { target, login, database: None, secrets, environment, span });
    }
    if node.as_mapping().is_none() {
        return Err(not_a_replacement(node, &owner, diagnostics));
    }
    let before = diagnostics.errors();
    let mut fields = Fields::new(node, &owner, diagnostics)?;
    let targets = TARGETS.map(|key| super::text(fields.get(key), &format!("`{key}`"), diagnostics));
    let port = super::port(fields.get("port"), diagnostics);
    let login = decode_login(&mut fields, diagnostics);
    let database = super::text(fields.get("database"), "`database`", diagnostics);
    let secrets =
        super::section(fields.get("secrets"), super::service::decode_secrets, diagnostics);
    let environment = super::section(fields.get("environment"), decode_environment, diagnostics);
    fields.finish(diagnostics);
    let target = target(node, &owner, (targets, port), before, diagnostics)?;
    Ok(Replacement { target, login: login?, database, secrets, environment, span })
}

fn not_a_replacement(node: &Node, owner: &str, diagnostics: &mut Diagnostics) -> Reported {
    let words = "`drop`, `dynamodb`, `aws` or a mapping";
    let message = match node.as_str() {
        Some(word) if !word.is_empty() => format!("{owner} must be {words}, not `{word}`"),
        _ => format!("{owner} must be {words}, not {}", node.kind()),
    };
    let diagnostic = Diagnostic::error(Code::WrongType, node.span, message);
    diagnostics
        .report(diagnostic.help("for example `{ rds: staging-db }` or `{ host: db.example.com }`"))
}

/// The one target that is named.
fn target(
    node: &Node,
    owner: &str,
    (targets, port): ([Option<Spanned<String>>; 4], Option<Spanned<u16>>),
    before: usize,
    diagnostics: &mut Diagnostics,
) -> Result<Target, Reported> {
    let named: Vec<(&str, &Spanned<String>)> =
        TARGETS.iter().zip(&targets).filter_map(|(key, it)| Some((*key, it.as_ref()?))).collect();
    if let [(first_key, first), (key, second), ..] = named.as_slice() {
        let message = format!("{owner} names both `{first_key}` and `{key}`");
        let diagnostic = Diagnostic::error(Code::InvalidValue, second.span, message);
        let label = format!("`{first_key}` here");
        return Err(
            diagnostics.report(diagnostic.label(first.span, label).help("keep one of them"))
        );
    }
    if let Some((key, value)) = named.first() {
        report_useless(node, key, value.span, diagnostics);
    }
    match targets {
        [Some(rds), ..] => Ok(Target::Rds(rds)),
        [_, Some(cache), ..] => Ok(Target::Elasticache(cache)),
        [_, _, Some(bucket), _] => Ok(Target::S3(bucket)),
        [.., Some(host)] => Ok(Target::Address { host, port }),
        _ => {
            // What was given and is wrong is reported already.
            diagnostics.check_since(before)?;
            let message = format!("{owner} does not say what takes its place");
            let diagnostic = Diagnostic::error(Code::InvalidValue, node.span, message);
            let help = "write `rds: IDENTIFIER`, `elasticache: IDENTIFIER`, `s3: BUCKET` or `host: NAME`, or instead of the mapping `dynamodb`, `aws` or `drop`";
            Err(diagnostics.report(diagnostic.help(help)))
        }
    }
}

/// A key that the target has no use for contradicts it.
fn report_useless(node: &Node, target: &str, place: Span, diagnostics: &mut Diagnostics) {
    let entry = |key: &str| node.as_mapping()?.get(key).filter(|it| !it.node.is_null());
    let rows = USELESS.iter().filter(|(_, targets, _)| targets.contains(&target));
    for (key, _, help) in rows {
        if let Some(entry) = entry(key) {
            let message = format!("`{key}` does not go together with `{target}`");
            let diagnostic = Diagnostic::error(Code::InvalidValue, entry.key_span, message);
            let label = format!("`{target}` here");
            diagnostics.report(diagnostic.label(place, label).help(*help));
        }
    }
    let managed = entry("credentials").filter(|it| it.node.as_str() == Some("managed"));
    if target != "rds"
        && target != "s3"
        && let Some(managed) = managed
    {
        let message = "`credentials: managed` is the secret that RDS keeps for its master user";
        let diagnostic = Diagnostic::error(Code::InvalidValue, managed.node.span, message);
        diagnostics.report(
            diagnostic
                .label(place, format!("`{target}` here"))
                .help("write `credentials: \"secretsmanager:NAME\"`"),
        );
    }
}

/// `user` and `password`, or `credentials`.
fn decode_login(fields: &mut Fields<'_>, diagnostics: &mut Diagnostics) -> Result<Login, Reported> {
    let (user, password) = (fields.get("user"), fields.entry("password"));
    let Some(credentials) = fields.get("credentials") else {
        let reference =
            password.map(|it| secret_reference::decode(&it.node, diagnostics)).transpose()?;
        let user = super::text(user, "`user`", diagnostics);
        return Ok(match (user, reference) {
            (None, None) => Login::Kept,
            (user, password) => Login::Parts { user, password },
        });
    };
    for (key, other) in [("user", user), ("password", password.map(|it| &it.node))] {
        let Some(other) = other else { continue };
        let message = format!("`credentials` holds the {key} already, and `{key}` says another");
        let diagnostic = Diagnostic::error(Code::InvalidValue, other.span, message)
            .label(credentials.span, "`credentials` here");
        // What stands there need not be a reference.
        let diagnostic = if key == "password" { diagnostic.cover(other.span) } else { diagnostic };
        diagnostics.report(diagnostic.help("keep one of them"));
    }
    if credentials.as_str() == Some("managed") {
        return Ok(Login::Managed(credentials.span));
    }
    let reference = secret_reference::decode(credentials, diagnostics)?;
    if !holds_keys(&reference.value) {
        let message =
            "credentials are a secret of Secrets Manager with the keys `username` and `password`";
        let diagnostic = Diagnostic::error(Code::SecretReference, reference.span, message);
        let help = "write `secretsmanager:NAME` without a key; a password alone goes to `password:`, the name to `user:`";
        return Err(diagnostics.report(diagnostic.help(help)));
    }
    Ok(Login::Secret(reference))
}

/// Whether a reference names a whole secret of Secrets Manager.
fn holds_keys(reference: &SecretReference) -> bool {
    match reference {
        SecretReference::Parameter(_) => false,
        SecretReference::Secret { key, .. } => key.is_none(),
        // `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME` ends with the name; more behind it is a key.
        SecretReference::Arn(arn) => {
            arn.split(':').nth(2) == Some("secretsmanager") && arn.split(':').count() == 7
        }
    }
}

fn decode_environment(
    node: &Node,
    diagnostics: &mut Diagnostics,
) -> Result<IndexMap<String, Spanned<String>>, Reported> {
    let mut variables = IndexMap::new();
    for (name, entry) in mapping(node, "`environment`", diagnostics)? {
        if let Ok(value) = string(&entry.node, &format!("`{name}`"), diagnostics) {
            variables.insert(name.clone(), value);
        }
    }
    Ok(variables)
}
