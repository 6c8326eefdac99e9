//! `replace`: what takes the place of local stand-ins.

use serde_json::{Value, json};

use super::form::{count, forms, map, object, text, word};
use super::service::secrets;

pub(super) fn replace() -> Value {
    let variable = json!({ "type": ["string", "integer"], "examples": ["app_{{snake branch}}"] });
    let mut managed = object(
        "the replacement of `name`",
        "What takes its place: an RDS database by its identifier, or an address.",
        vec![
            ("rds", text("Identifier of an RDS instance or Aurora cluster.", "staging-db")),
            ("host", text("A host name that is known already.", "db.example.com")),
            (
                "port",
                count("The port at `host`; without it the port stays as it is.", 3306, 1..=65535),
            ),
            ("secrets", secrets("Secrets for the services that used the stand-in.")),
            ("environment", map("Variables for the services that used the stand-in.", &variable)),
        ],
    );
    managed["type"] = "object".into();
    let forms = forms(
        "What becomes of this service.",
        &[word("drop", "Nothing takes its place."), managed],
    );
    map(
        "Services of the Compose file that only stand in locally, and what takes their place.",
        &forms,
    )
}
