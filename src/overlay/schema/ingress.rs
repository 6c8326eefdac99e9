//! `ingress`: listeners, health checks and logins.

use serde_json::{Value, json};

use super::form::{count, forms, item, list, object, pattern, text};
use super::service::secret;

pub(super) fn ingress() -> Value {
    let ingress = object(
        "an item of `ingress`",
        "One way in: requests for a host, a path or both go to a port of a service.",
        vec![
            ("service", text("The service of the Compose file that answers.", "nginx")),
            ("port", port("The port it listens on in its container.", 80)),
            ("listener", listener()),
            (
                "host",
                pattern(
                    "The host name that is asked for; `*` and `?` stand for other characters.",
                    "{{branch}}.stg.example.com",
                    "[A-Za-z0-9._*?-]{1,128}",
                ),
            ),
            (
                "path",
                pattern(
                    "The path that is asked for; `*` and `?` stand for other characters.",
                    "/api/*",
                    r#"/[A-Za-z0-9_.$/~"'@:+&*?-]{0,127}"#,
                ),
            ),
            ("health_check", health_check()),
            ("authenticate", authenticate()),
        ],
    );
    list(
        "The ways in from outside. Without `listener` the task runs alone, without an ECS service, and the host is its own address.",
        &item(ingress, &["service", "port"]),
    )
}

fn port(description: &str, example: u32) -> Value {
    count(description, example, 1..=65535)
}

fn listener() -> Value {
    let load_balancer = "Name or ARN of an Application Load Balancer.";
    let named = json!({ "type": ["string", "integer"], "examples": ["staging"] });
    let of = object(
        "`listener`",
        "A listener of a load balancer, by its port.",
        vec![
            ("load_balancer", text(load_balancer, "staging")),
            (
                "port",
                port("The port of the listener; without it 443 when there is one, else 80.", 443),
            ),
        ],
    );
    let of = item(of, &["load_balancer"]);
    let one = forms(
        "ARN of a listener, name or ARN of a load balancer, or a load balancer and the port of its listener.",
        &[named, of],
    );
    let several = json!({ "type": "array", "items": one, "minItems": 1 });
    forms(
        "The listener of a shared Application Load Balancer that lets requests in: its ARN, a load balancer by name or ARN, or `{ load_balancer, port }`. A list is filled in turn.",
        &[one, several, json!({ "type": "null" })],
    )
}

fn health_check() -> Value {
    object(
        "`health_check`",
        "What the load balancer asks to find out whether the container works.",
        vec![
            ("path", pattern("The path that is asked for.", "/healthcheck", "/.{0,1023}")),
            (
                "matcher",
                pattern(
                    "The status codes of health: `200`, `200,302` or `200-399`.",
                    "200-399",
                    "[2-4][0-9]{2}(-[2-4][0-9]{2})?(,[2-4][0-9]{2}(-[2-4][0-9]{2})?)*",
                ),
            ),
            ("interval", count("Seconds between two checks.", 30, 5..=300)),
            (
                "grace_period",
                count(
                    "Seconds for which ECS ignores failing checks after a task has started; 60 without it.",
                    60,
                    0..=i32::MAX.unsigned_abs(),
                ),
            ),
        ],
    )
}

fn authenticate() -> Value {
    object(
        "`authenticate`",
        "The login that the load balancer asks for first, by Cognito or by OpenID Connect.",
        vec![("cognito", cognito()), ("oidc", oidc())],
    )
}

fn cognito() -> Value {
    object(
        "`cognito`",
        "A Cognito user pool.",
        vec![
            (
                "user_pool_arn",
                pattern(
                    "ARN of the user pool.",
                    "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEfGhI",
                    "arn:.*:cognito-idp:.*:userpool/.*",
                ),
            ),
            ("client_id", text("The client of the pool.", "1example23456789")),
            (
                "domain",
                pattern("The domain of the pool, or its prefix.", "staging-login", "[^/:]+"),
            ),
        ],
    )
}

fn oidc() -> Value {
    let url = |description: &str, example: &str| pattern(description, example, "https://.+");
    object(
        "`oidc`",
        "An OpenID Connect provider.",
        vec![
            ("issuer", url("The issuer.", "https://login.example.com")),
            (
                "authorization_endpoint",
                url("Where users are sent.", "https://login.example.com/authorize"),
            ),
            (
                "token_endpoint",
                url("Where codes become tokens.", "https://login.example.com/token"),
            ),
            (
                "user_info_endpoint",
                url("Where tokens become users.", "https://login.example.com/userinfo"),
            ),
            ("client_id", text("The client.", "staging")),
            (
                "client_secret",
                secret("The secret of the client.", "secretsmanager:staging/login#secret"),
            ),
        ],
    )
}
