//! Cloud Map of an emulator, past what the deployer asks of it: it has no client.

use http::Request;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use crate::aws::{ACCESS_KEY, REGION};

/// Calls an operation.
pub(crate) async fn call(endpoint: &str, operation: &str, body: &Value) -> Value {
    let scope = format!("{ACCESS_KEY}/20260101/{REGION}/servicediscovery/aws4_request");
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={}",
        "0".repeat(64)
    );
    let request = Request::post(format!("{endpoint}/"))
        .header(AUTHORIZATION, authorization)
        .header(CONTENT_TYPE, "application/x-amz-json-1.1")
        .header("x-amz-target", format!("Route53AutoNaming_v20170314.{operation}"))
        .body(Full::new(Bytes::from(body.to_string())))
        .expect("the address is valid");
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request).await.expect("the emulator answers");
    let body = response.into_body().collect().await.expect("it has a body").to_bytes();
    serde_json::from_slice(&body).expect("it is JSON")
}

/// The namespaces: id, ARN and name.
pub(crate) async fn namespaces(endpoint: &str) -> Vec<[String; 3]> {
    let answer = call(endpoint, "ListNamespaces", &json!({})).await;
    let found = answer["Namespaces"].as_array().cloned().unwrap_or_default();
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    found.iter().map(|it| [text(&it["Id"]), text(&it["Arn"]), text(&it["Name"])]).collect()
}

/// The tags of a namespace, as a sorted list of pairs.
pub(crate) async fn tags(endpoint: &str, arn: &str) -> Vec<(String, String)> {
    let answer = call(endpoint, "ListTagsForResource", &json!({ "ResourceARN": arn })).await;
    let pairs = answer["Tags"].as_array().cloned().unwrap_or_default();
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    pairs.iter().map(|it| (text(&it["Key"]), text(&it["Value"]))).collect()
}

/// Leaves something in a namespace, as ECS does for every port that a service offers.
pub(crate) async fn leave_a_service(endpoint: &str, namespace: &str, name: &str) {
    let body = json!({ "Name": name, "NamespaceId": namespace });
    let made = call(endpoint, "CreateService", &body).await;
    assert!(made["Service"]["Id"].is_string(), "{made}");
}
