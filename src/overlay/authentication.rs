//! `authenticate`: the login that a load balancer asks for before it lets a request in.

use super::secret_reference::{self, SecretReference};
use super::{checked, incomplete, text};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Reported};
use crate::source::Spanned;
use crate::yaml::Node;
use crate::yaml::decode::Fields;

/// Who asks for the login.
#[derive(Clone, Debug)]
pub(crate) enum Authentication {
    /// A Cognito user pool.
    Cognito { user_pool_arn: String, client_id: String, domain: String },
    /// An `OpenID` Connect provider.
    Oidc(Box<Oidc>),
}

/// An `OpenID` Connect provider.
#[derive(Clone, Debug)]
pub(crate) struct Oidc {
    pub(crate) issuer: String,
    pub(crate) authorization_endpoint: String,
    pub(crate) token_endpoint: String,
    pub(crate) user_info_endpoint: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: Spanned<SecretReference>,
}

pub(super) fn decode(
    node: &Node,
    diagnostics: &mut Diagnostics,
) -> Result<Authentication, Reported> {
    let before = diagnostics.errors();
    let mut fields = Fields::new(node, "`authenticate`", diagnostics)?;
    let (cognito, oidc) = (fields.get("cognito"), fields.get("oidc"));
    fields.finish(diagnostics);
    match (cognito, oidc) {
        (Some(cognito), None) => decode_cognito(cognito, diagnostics),
        (None, Some(oidc)) => decode_oidc(oidc, diagnostics),
        (None, None) => {
            diagnostics.check_since(before)?;
            let message = "`authenticate` does not say who asks for the login";
            let diagnostic = Diagnostic::error(Code::InvalidValue, node.span, message);
            Err(diagnostics.report(diagnostic.help("write `cognito: { … }` or `oidc: { … }`")))
        }
        (Some(cognito), Some(oidc)) => {
            let message = "`authenticate` names both `cognito` and `oidc`";
            let diagnostic = Diagnostic::error(Code::InvalidValue, oidc.span, message);
            Err(diagnostics
                .report(diagnostic.label(cognito.span, "the other one").help("keep one of them")))
        }
    }
}

fn decode_cognito(node: &Node, diagnostics: &mut Diagnostics) -> Result<Authentication, Reported> {
    let before = diagnostics.errors();
    let mut fields = Fields::new(node, "`cognito`", diagnostics)?;
    let is_pool = |it: &str| {
        it.starts_with("arn:") && it.contains(":cognito-idp:") && it.contains(":userpool/")
    };
    let pool = checked(
        fields.get("user_pool_arn"),
        "`user_pool_arn`",
        (
            is_pool,
            "an ARN such as `arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEfGhI`",
        ),
        diagnostics,
    );
    let client_id = text(fields.get("client_id"), "`client_id`", diagnostics);
    let is_domain = |it: &str| !it.is_empty() && !it.contains(['/', ':']);
    let domain = checked(
        fields.get("domain"),
        "`domain`",
        (
            is_domain,
            "the domain of the pool, or what stands before `.auth.<region>.amazoncognito.com`",
        ),
        diagnostics,
    );
    fields.finish(diagnostics);
    let (Some(pool), Some(client_id), Some(domain)) = (pool, client_id, domain) else {
        let keys = ["user_pool_arn", "client_id", "domain"];
        return Err(incomplete(node, "`cognito`", &keys, before, diagnostics));
    };
    Ok(Authentication::Cognito {
        user_pool_arn: pool.value,
        client_id: client_id.value,
        domain: domain.value,
    })
}

const URLS: [&str; 4] =
    ["issuer", "authorization_endpoint", "token_endpoint", "user_info_endpoint"];

fn decode_oidc(node: &Node, diagnostics: &mut Diagnostics) -> Result<Authentication, Reported> {
    let before = diagnostics.errors();
    let mut fields = Fields::new(node, "`oidc`", diagnostics)?;
    let is_url = |it: &str| it.strip_prefix("https://").is_some_and(|it| !it.is_empty());
    let urls = URLS.map(|key| {
        let check = (is_url, "a whole URL that begins with `https://`");
        checked(fields.get(key), &format!("`{key}`"), check, diagnostics)
    });
    let client_id = text(fields.get("client_id"), "`client_id`", diagnostics);
    let client_secret = fields.get("client_secret");
    let client_secret = client_secret.and_then(|it| secret_reference::decode(it, diagnostics).ok());
    fields.finish(diagnostics);
    let [Some(issuer), Some(authorization), Some(token), Some(user_info)] = urls else {
        return Err(incomplete(node, "`oidc`", &OIDC, before, diagnostics));
    };
    let (Some(client_id), Some(client_secret)) = (client_id, client_secret) else {
        return Err(incomplete(node, "`oidc`", &OIDC, before, diagnostics));
    };
    Ok(Authentication::Oidc(Box::new(Oidc {
        issuer: issuer.value,
        authorization_endpoint: authorization.value,
        token_endpoint: token.value,
        user_info_endpoint: user_info.value,
        client_id: client_id.value,
        client_secret,
    })))
}

const OIDC: [&str; 6] = [URLS[0], URLS[1], URLS[2], URLS[3], "client_id", "client_secret"];
