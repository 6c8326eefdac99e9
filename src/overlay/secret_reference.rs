//! `ssm:NAME` and `secretsmanager:NAME#KEY` -> a reference to a secret, never its value.

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Reported};
use crate::source::Spanned;
use crate::yaml::Node;
use crate::yaml::decode::string;

/// Where ECS finds a secret when a task starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SecretReference {
    /// A parameter of Systems Manager, by name.
    Parameter(String),
    /// A secret of Secrets Manager, by name, and a key of its JSON.
    Secret { name: String, key: Option<String> },
    /// A full ARN, as ECS takes it.
    Arn(String),
}

/// Decodes a reference; what is not one is reported without its text, which may be the secret itself.
pub(crate) fn decode(
    node: &Node,
    diagnostics: &mut Diagnostics,
) -> Result<Spanned<SecretReference>, Reported> {
    let text = string(node, "a secret", diagnostics)?;
    match parse(&text.value) {
        Some(reference) => Ok(Spanned::new(reference, text.span)),
        None => {
            diagnostics.check_at(text.span)?;
            let message = "this is not a reference to a secret";
            let diagnostic =
                Diagnostic::error(Code::SecretReference, text.span, message).cover(text.span);
            let help = "write `ssm:/path/name`, `secretsmanager:name`, `secretsmanager:name#key` or a full ARN";
            Err(diagnostics.report(diagnostic.help(help)))
        }
    }
}

fn parse(text: &str) -> Option<SecretReference> {
    if text.starts_with("arn:") {
        let service = text.split(':').nth(2)?;
        return matches!(service, "ssm" | "secretsmanager")
            .then(|| SecretReference::Arn(text.to_owned()));
    }
    if let Some(name) = text.strip_prefix("ssm:") {
        let ok = |it: char| it.is_ascii_alphanumeric() || "_.-/".contains(it);
        return (!name.is_empty() && name.chars().all(ok))
            .then(|| SecretReference::Parameter(name.to_owned()));
    }
    let rest = text.strip_prefix("secretsmanager:")?;
    let (name, key) = rest.split_once('#').map_or((rest, None), |(name, key)| (name, Some(key)));
    let ok = |it: char| it.is_ascii_alphanumeric() || "_+=.@!-/".contains(it);
    let fits = !name.is_empty() && name.chars().all(ok) && key != Some("");
    fits.then(|| SecretReference::Secret { name: name.to_owned(), key: key.map(str::to_owned) })
}

#[cfg(test)]
mod tests {
    use super::{SecretReference, parse};

    #[test]
    fn references_are_told_from_values() {
        let secret = |name: &str, key: Option<&str>| SecretReference::Secret {
            name: name.to_owned(),
            key: key.map(str::to_owned),
        };
        let cases = [
            (
                "ssm:/staging/api-key",
                Some(SecretReference::Parameter("/staging/api-key".to_owned())),
            ),
            ("secretsmanager:staging/db#password", Some(secret("staging/db", Some("password")))),
            ("secretsmanager:staging/db", Some(secret("staging/db", None))),
            ("secretsmanager:staging/db#", None),
            ("vault:foo", None),
            ("hunter2", None),
            ("arn:aws:s3:::bucket", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
