//! Calls to Cloud Map, signed without a client of its own: the namespaces of Service Connect and what ECS leaves in them.

use serde_json::{Value, json};

use super::connection::Clients;
use super::error::{Error, ErrorKind};
use super::observed::{Namespace, Tags};

/// Calls an operation of Cloud Map.
async fn call(
    clients: &Clients,
    operation: &str,
    body: &Value,
    doing: &str,
) -> Result<Value, Error> {
    let target = format!("Route53AutoNaming_v20170314.{operation}");
    clients.signed.json("servicediscovery", &target, body, doing).await
}

/// All items of a list, whose pages are linked by tokens.
async fn list(
    clients: &Clients,
    operation: &str,
    (filter, value): (&str, &str),
    (field, doing): (&str, &str),
) -> Result<Vec<Value>, Error> {
    let mut items = Vec::new();
    let mut token = Value::Null;
    loop {
        let mut body =
            json!({ "Filters": [{ "Name": filter, "Values": [value], "Condition": "EQ" }] });
        if token.is_string() {
            body["NextToken"] = token;
        }
        let mut page = call(clients, operation, &body, doing).await?;
        if let Value::Array(found) = page[field].take() {
            items.extend(found);
        }
        token = page["NextToken"].take();
        if token.as_str().is_none_or(str::is_empty) {
            return Ok(items);
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn read(value: &Value) -> Namespace {
    Namespace {
        id: text(&value["Id"]),
        arn: text(&value["Arn"]),
        name: text(&value["Name"]),
        ..Namespace::default()
    }
}

/// The namespaces of a name; it is one on AWS.
pub(super) async fn named(clients: &Clients, name: &str) -> Result<Vec<Namespace>, Error> {
    let doing = format!("look the namespace `{name}` up");
    let found = list(clients, "ListNamespaces", ("NAME", name), ("Namespaces", &doing)).await?;
    // An emulator may not know the filter.
    Ok(found.iter().map(read).filter(|it| it.name == name).collect())
}

/// A namespace by its id or ARN; `None` when there is none.
pub(super) async fn get(clients: &Clients, id: &str) -> Result<Option<Namespace>, Error> {
    let short = super::observed::short_arn(id);
    let doing = format!("look the namespace `{short}` up");
    match call(clients, "GetNamespace", &json!({ "Id": short }), &doing).await {
        Ok(answer) => Ok(Some(read(&answer["Namespace"]))),
        Err(error) if error.message.contains("NamespaceNotFound") => Ok(None),
        Err(error) => Err(error),
    }
}

/// The tags of a namespace; none of one that went away meanwhile.
pub(super) async fn tags(clients: &Clients, arn: &str) -> Result<Tags, Error> {
    let doing = "read the tags of a namespace";
    let body = json!({ "ResourceARN": arn });
    let answer = match call(clients, "ListTagsForResource", &body, doing).await {
        Ok(answer) => answer,
        Err(error) if error.message.contains("NotFound") => return Ok(Tags::new()),
        Err(error) => return Err(error),
    };
    let pairs = answer["Tags"].as_array().into_iter().flatten();
    Ok(pairs.map(|it| (text(&it["Key"]), text(&it["Value"]))).collect())
}

/// The services in a namespace: id and name.
pub(super) async fn services(
    clients: &Clients,
    namespace: &str,
) -> Result<Vec<(String, String)>, Error> {
    let filter = ("NAMESPACE_ID", namespace);
    let doing = "list what is in a namespace";
    let found = list(clients, "ListServices", filter, ("Services", doing)).await?;
    // An emulator may not know the filter, but says where a service belongs.
    let is_in = |it: &&Value| it["NamespaceId"].as_str().is_none_or(|it| it == namespace);
    Ok(found.iter().filter(is_in).map(|it| (text(&it["Id"]), text(&it["Name"]))).collect())
}

/// What to do when an account has as many namespaces as it may.
const QUOTA: &str = "an account has 50 namespaces in a region unless AWS raises the quota: take environments down, or let branches \
                     share one with `service_connect: { namespace: … }`";

/// Makes a namespace and waits until it is there.
pub(super) async fn create(clients: &Clients, name: &str, tags: &Tags) -> Result<(), Error> {
    let doing = format!("make the namespace `{name}`");
    let tags: Vec<Value> =
        tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
    let mut body = json!({ "Name": name });
    if !tags.is_empty() {
        body["Tags"] = json!(tags);
    }
    let answer = call(clients, "CreateHttpNamespace", &body, &doing).await.map_err(|error| {
        if error.message.contains("LimitExceeded") { error.help(QUOTA) } else { error }
    })?;
    finished(clients, &answer, &doing).await.map_err(|error| {
        if error.message.contains("LIMIT_EXCEEDED") { error.help(QUOTA) } else { error }
    })
}

/// Deletes a service of a namespace; one that still has instances is a race with ECS, which takes them out.
pub(super) async fn delete_service(clients: &Clients, id: &str, name: &str) -> Result<(), Error> {
    let doing = format!("delete `{name}` from its namespace");
    gone(call(clients, "DeleteService", &json!({ "Id": id }), &doing).await).map(drop)
}

/// Deletes a namespace that nothing is in, and waits until it is gone.
pub(super) async fn delete(clients: &Clients, id: &str, name: &str) -> Result<(), Error> {
    let doing = format!("delete the namespace `{name}`");
    match gone(call(clients, "DeleteNamespace", &json!({ "Id": id }), &doing).await)? {
        Some(answer) => match finished(clients, &answer, &doing).await {
            Err(error) if error.message.contains("NAMESPACE_NOT_FOUND") => Ok(()),
            result => result,
        },
        None => Ok(()),
    }
}

/// What is gone already is fine.
fn gone(result: Result<Value, Error>) -> Result<Option<Value>, Error> {
    match result {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.message.contains("NotFound") => Ok(None),
        Err(error) => Err(error),
    }
}

/// Waits until an operation is through.
async fn finished(clients: &Clients, begun: &Value, doing: &str) -> Result<(), Error> {
    let id = &begun["OperationId"];
    for attempt in 0..60 {
        let asked = json!({ "OperationId": id });
        let answer = match call(clients, "GetOperation", &asked, doing).await {
            // What was begun goes on whether AWS can be asked or not.
            Err(error) if error.may_pass() => Value::Null,
            answer => answer?,
        };
        let operation = &answer["Operation"];
        match operation["Status"].as_str() {
            Some("SUCCESS") => return Ok(()),
            Some("FAIL") => {
                let reason = (operation["ErrorCode"].as_str(), operation["ErrorMessage"].as_str());
                return Err(super::error::answered(&doing, reason.0, reason.1));
            }
            _ => tokio::time::sleep(clients.pace.pause(attempt)).await,
        }
    }
    let error = Error::refused(format!("cannot {doing}: Cloud Map has not come to an end"));
    Err(error.of_kind(ErrorKind::TimedOut).help("run the same command again later"))
}
