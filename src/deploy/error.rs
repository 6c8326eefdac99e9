//! What AWS or a deployment refused, in the user's words.

use std::error::Error as StdError;
use std::fmt;

use aws_sdk_ecs::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

/// Why a deployment stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What to do about it depends on this.
    pub kind: ErrorKind,
    /// What was being done, and what came of it.
    pub message: String,
    /// What to do; empty when there is nothing to add.
    pub help: String,
}

/// The kinds of failure that a caller tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// AWS refused a call, or a resource that the overlay names is not there. Nothing was begun, or AWS said no half-way.
    Refused,
    /// Somebody else changed the same resource meanwhile: observe again and go on.
    Raced,
    /// AWS could not be reached, or there are no credentials.
    Unreachable,
    /// The new revision does not run.
    Failed,
    /// It did not come to an end in time.
    TimedOut,
}

impl Error {
    /// A refusal without help.
    pub(super) fn refused(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Refused, message: message.into(), help: String::new() }
    }

    pub(super) fn of_kind(mut self, kind: ErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// Whether the same question may well be answered a little later.
    pub(super) fn may_pass(&self) -> bool {
        let is_busy = || PASSING.iter().any(|it| self.message.contains(it));
        self.kind == ErrorKind::Unreachable || (self.kind == ErrorKind::Refused && is_busy())
    }

    /// Whether the credentials may not do it.
    pub(super) fn is_denied(&self) -> bool {
        self.kind == ErrorKind::Refused && self.message.contains("AccessDenied")
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        if self.help.is_empty() { Ok(()) } else { write!(formatter, "\n  help: {}", self.help) }
    }
}

impl StdError for Error {}

/// Codes that say that somebody else was faster. All are answers to calls that are right when the resource is as it
/// was observed.
const RACES: [&str; 20] = [
    "ConcurrentModification",
    "ConflictException",
    "DuplicateRequest",
    "DuplicateTargetGroupName",
    "InvalidChangeBatch",
    "NamespaceAlreadyExists",
    "NamespaceNotFound",
    "NamespaceNotFoundException",
    "OperationAbortedException",
    "PriorityInUse",
    "PriorRequestNotComplete",
    "ResourceAlreadyExistsException",
    "ResourceInUse",
    "ResourceInUseException",
    "RuleNotFound",
    "ServiceNotActiveException",
    "ServiceNotFoundException",
    "TargetGroupNotFound",
    "TooManyRules",
    "UpdateInProgressException",
];

/// Parts of messages that say so under a code that has many meanings.
const RACE_MESSAGES: [&str; 6] = [
    "not idempotent",
    "still Draining",
    // Another service of the namespace has just let go of the name.
    "SC service is already used by",
    "does not have an associated load balancer",
    "Too many concurrent attempts to create a new revision",
    "TaskDefinition is inactive",
];

/// Parts of codes that say that AWS itself is busy or broken.
const PASSING: [&str; 7] = [
    "Throttl",
    "TooManyRequests",
    "RequestLimitExceeded",
    "ServerException",
    "InternalFailure",
    "InternalError",
    "ServiceUnavailable",
];

/// What a failed call becomes: `client.call().await.map_err(refused("create the log group"))`.
pub(super) fn refused<E>(
    doing: impl fmt::Display,
) -> impl FnOnce(SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    move |error| match &error {
        SdkError::ServiceError(service) if service.err().code().is_some() => {
            answered(&doing, service.err().code(), service.err().message())
        }
        SdkError::ServiceError(_) | SdkError::ResponseError(_) => {
            let status = error.raw_response().map_or(0, |it| it.status().as_u16());
            unreachable(
                &doing,
                &format!("HTTP {status}, and the page that came is no answer of AWS"),
            )
        }
        _ => {
            let cause = DisplayErrorContext(&error).to_string();
            unreachable(&doing, &cause)
        }
    }
}

/// AWS answered with an error.
pub(super) fn answered(
    doing: &impl fmt::Display,
    code: Option<&str>,
    message: Option<&str>,
) -> Error {
    let code = code.unwrap_or("no code");
    let message = message.unwrap_or("no message");
    let raced = RACES.contains(&code) || RACE_MESSAGES.iter().any(|it| message.contains(it));
    let kind = if raced { ErrorKind::Raced } else { ErrorKind::Refused };
    let error = Error::refused(format!("cannot {doing}: {code}: {message}")).of_kind(kind);
    let is_denied = [
        "AccessDenied",
        "Unauthorized",
        "UnrecognizedClient",
        "ExpiredToken",
        "InvalidClientToken",
    ]
    .iter()
    .any(|it| code.contains(it));
    if is_denied {
        error.help(
            "check which account and role these credentials belong to, and what the role may do",
        )
    } else {
        error
    }
}

/// No answer that means anything came back.
pub(super) fn unreachable(doing: &impl fmt::Display, cause: &str) -> Error {
    let lower = cause.to_lowercase();
    let help = if lower.contains("credential")
        || lower.contains("identity")
        || lower.contains("sso")
    {
        "give credentials as for the AWS CLI: `--profile NAME`, `aws sso login`, AWS_ACCESS_KEY_ID …"
    } else {
        "is AWS (or AWS_ENDPOINT_URL) reachable from here?"
    };
    Error::refused(format!("cannot {doing}: {}", one_line(cause)))
        .of_kind(ErrorKind::Unreachable)
        .help(help)
}

/// The end of the SDK's chain of causes repeats itself as debug output: a line of at most 300 characters is kept.
fn one_line(cause: &str) -> String {
    if cause.contains("no credentials found") {
        return "no credentials were found".to_owned();
    }
    let text = cause.split(" (").next().unwrap_or(cause).replace('\n', " ");
    text.chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::{answered, unreachable};

    #[test]
    fn what_is_wrong_with_aws_itself_may_pass() {
        for (code, expected) in [
            ("ThrottlingException", true),
            ("Throttling", true),
            ("RequestLimitExceeded", true),
            ("ServerException", true),
            ("ServiceUnavailable", true),
            ("AccessDeniedException", false),
            ("ExpiredTokenException", false),
            ("ClientException", false),
            ("PriorityInUse", false),
        ] {
            let error = answered(&"read the services", Some(code), Some("no"));
            assert_eq!(error.may_pass(), expected, "{code}");
        }
        assert!(unreachable(&"read the services", "no answer").may_pass());
    }
}
