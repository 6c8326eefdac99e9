//! `replace`: what takes the place of local stand-ins.

use serde_json::{Value, json};

use super::form::{count, forms, map, object, text, word};
use super::service::{secret, secrets};

pub(super) fn replace() -> Value {
    let variable = json!({ "type": ["string", "integer"], "examples": ["app_{{snake branch}}"] });
    let mut managed = object(
        "the replacement of `name`",
        "What takes its place: a database, a cache, a bucket, or an address.",
        vec![
            ("rds", text("Identifier of an RDS instance or Aurora cluster.", "staging-db")),
            ("elasticache", text("Identifier of a cache of ElastiCache.", "staging-redis")),
            ("s3", text("A bucket of S3, at the endpoint of the region.", "staging-uploads")),
            ("host", text("A host name that is known already.", "db.example.com")),
            (
                "port",
                count("The port at `host`; without it the port stays as it is.", 3306, 1..=65535),
            ),
            ("user", text("Who logs in.", "app")),
            (
                "password",
                secret("The password, as a secret.", "secretsmanager:staging/db#password"),
            ),
            ("credentials", credentials()),
            ("database", text("The database.", "app_{{snake branch}}")),
            ("secrets", secrets("Secrets for the services that used the stand-in.")),
            ("environment", map("Variables for the services that used the stand-in.", &variable)),
        ],
    );
    managed["type"] = "object".into();
    let forms = forms(
        "What becomes of this service.",
        &[
            word("drop", "Nothing takes its place."),
            word("dynamodb", "DynamoDB, at the endpoint of the region."),
            word(
                "aws",
                "AWS as the SDKs find it by themselves: variables that name the stand-in are left out.",
            ),
            managed,
        ],
    );
    map(
        "Services of the Compose file that only stand in locally, and what takes their place.",
        &forms,
    )
}

fn credentials() -> Value {
    let mut schema = secret(
        "`managed`, the secret that RDS keeps for the master user; or a secret with the keys `username` and `password`.",
        "secretsmanager:staging/db",
    );
    let references = schema["pattern"].as_str().unwrap_or_default().to_owned();
    schema["pattern"] = format!("^managed$|{references}").into();
    schema
}
