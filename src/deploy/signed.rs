//! Calls to AWS without a client of its own: signed, sent and retried over the HTTP stack of the clients.
//!
//! EC2, RDS, ElastiCache, Secrets Manager and SSM are asked for a few things in all; their clients would double the time of a build.

use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::Value;

use super::error::{Error, answered, unreachable};

/// How often a call is tried.
const ATTEMPTS: u32 = 5;

/// How long an answer may take, to its last byte, unless the configuration says it.
const ANSWER: Duration = Duration::from_secs(30);

/// How many bytes of an answer are read: the largest are lists of a few hundred kilobytes.
const LARGEST: usize = 8 << 20;

/// What is in the codes of calls that came too fast: `Throttling…` and its kin, and EC2 has a word of its own.
const TOO_FAST: [&str; 4] =
    ["hrottl", "RequestLimitExceeded", "BandwidthLimitExceeded", "TooManyRequests"];

/// Makes signed calls.
#[derive(Debug)]
pub(super) struct Signed {
    connector: Connector,
    config: SdkConfig,
    region: String,
}

/// What is sent.
struct Call<'a> {
    /// The name of the service in host names and signatures.
    service: &'a str,
    content_type: &'a str,
    /// `X-Amz-Target` of the JSON protocol.
    target: Option<String>,
    body: String,
}

impl Signed {
    pub(super) fn new(config: SdkConfig, region: String) -> Self {
        let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
        let mut builder = Connector::builder();
        // The clients ask the environment for a proxy unless they were given a client of their own; so do these calls.
        if config.http_client().is_none() {
            builder = builder.proxy_config(ProxyConfig::from_env());
        }
        Self { connector: builder.tls_provider(provider).build(), config, region }
    }

    /// What the calls are made with.
    pub(super) fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// Calls an action of the Query protocol; the answer is XML.
    pub(super) async fn query(
        &self,
        service: &str,
        (action, version): (&str, &str),
        parameters: &[(String, String)],
        doing: &str,
    ) -> Result<String, Error> {
        let head = [("Action", action), ("Version", version)]
            .map(|(key, value)| (key.to_owned(), value.to_owned()));
        let pairs = head.iter().chain(parameters);
        let pairs: Vec<String> =
            pairs.map(|(key, value)| format!("{}={}", escape(key), escape(value))).collect();
        let call = Call {
            service,
            content_type: "application/x-www-form-urlencoded; charset=utf-8",
            target: None,
            body: pairs.join("&"),
        };
        let (status, body) = self.send(&call, doing).await?;
        if (200..300).contains(&status) {
            return Ok(body);
        }
        let text = |name: &str| {
            let document = roxmltree::Document::parse(&body).ok()?;
            let node = document.descendants().find(|it| it.tag_name().name() == name)?;
            node.text().map(str::to_owned)
        };
        Err(answered(&doing, text("Code").as_deref(), text("Message").as_deref()))
    }

    /// Calls an operation of the JSON protocol.
    pub(super) async fn json(
        &self,
        service: &str,
        target: &str,
        body: &Value,
        doing: &str,
    ) -> Result<Value, Error> {
        let call = Call {
            service,
            content_type: "application/x-amz-json-1.1",
            target: Some(target.to_owned()),
            body: body.to_string(),
        };
        let (status, body) = self.send(&call, doing).await?;
        let answer: Value = serde_json::from_str(&body).unwrap_or_default();
        if (200..300).contains(&status) {
            return Ok(answer);
        }
        let code = answer["__type"].as_str().and_then(|it| it.rsplit('#').next());
        let message = answer["message"].as_str().or_else(|| answer["Message"].as_str());
        Err(answered(&doing, code, message))
    }

    /// Sends a call until it has an answer that is worth one: throttling, errors of the server and broken connections
    /// are tried again.
    async fn send(&self, call: &Call<'_>, doing: &str) -> Result<(u16, String), Error> {
        let mut attempt = 1;
        loop {
            let outcome = self.send_once(call, doing).await;
            if !is_worth_another(&outcome) || attempt == ATTEMPTS {
                return outcome;
            }
            tokio::time::sleep(backoff(attempt)).await;
            attempt += 1;
        }
    }

    async fn send_once(&self, call: &Call<'_>, doing: &str) -> Result<(u16, String), Error> {
        let request = self.sign(call, doing).await?;
        self.exchange(request, doing).await
    }

    /// Reads what a URL leads to that AWS has signed itself.
    pub(super) async fn fetch(&self, url: &str, doing: &str) -> Result<String, Error> {
        let mut attempt = 1;
        loop {
            let failed = |cause: &dyn std::fmt::Display| unreachable(&doing, &cause.to_string());
            let mut request = HttpRequest::new(SdkBody::empty());
            request.set_uri(url).map_err(|it| failed(&it))?;
            let outcome = self.exchange(request, doing).await;
            if is_worth_another(&outcome) && attempt < ATTEMPTS {
                tokio::time::sleep(backoff(attempt)).await;
                attempt += 1;
                continue;
            }
            let (status, body) = outcome?;
            let code = match status {
                200..300 => return Ok(body),
                // Whoever may read the manifest need not be allowed to read the layers' bucket.
                401 | 403 => "AccessDenied".to_owned(),
                _ => format!("status {status}"),
            };
            let message = format!("HTTP {status} at the address that AWS gave");
            return Err(answered(&doing, Some(&code), Some(&message)));
        }
    }

    /// Sends one request and reads its answer, for as long as that may take: a connection that hangs is one that broke.
    async fn exchange(&self, request: HttpRequest, doing: &str) -> Result<(u16, String), Error> {
        let asked = self.config.timeout_config().and_then(TimeoutConfig::read_timeout);
        let limit = asked.unwrap_or(ANSWER);
        let answer = tokio::time::timeout(limit, self.exchange_patiently(request, doing)).await;
        answer.unwrap_or_else(|_| {
            let cause = format!("no answer within {} s", limit.as_secs_f32());
            Err(unreachable(&doing, &cause))
        })
    }

    async fn exchange_patiently(
        &self,
        request: HttpRequest,
        doing: &str,
    ) -> Result<(u16, String), Error> {
        let failed =
            |cause: &dyn std::fmt::Display| unreachable(&doing, &format!("no answer: {cause}"));
        let response = self.connector.call(request).await.map_err(|it| failed(&it))?;
        let status = response.status().as_u16();
        let mut body = ByteStream::new(response.into_body());
        let mut bytes = Vec::new();
        while let Some(chunk) = body.try_next().await.map_err(|it| failed(&it))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > LARGEST {
                let cause = format!("the answer is larger than {} MB", LARGEST >> 20);
                return Err(unreachable(&doing, &cause));
            }
        }
        Ok((status, String::from_utf8_lossy(&bytes).into_owned()))
    }

    async fn sign(&self, call: &Call<'_>, doing: &str) -> Result<HttpRequest, Error> {
        let failed = |cause: &dyn std::fmt::Display| unreachable(&doing, &cause.to_string());
        let Some(provider) = self.config.credentials_provider() else {
            return Err(failed(&"there are no credentials"));
        };
        let credentials = provider.provide_credentials().await.map_err(|it| failed(&it))?;
        let identity = credentials.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(call.service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(|it| failed(&it))?
            .into();
        let url = self.endpoint(call.service);
        let mut headers = vec![("content-type".to_owned(), call.content_type.to_owned())];
        headers.extend(call.target.clone().map(|it| ("x-amz-target".to_owned(), it)));
        let pairs = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let body = SignableBody::Bytes(call.body.as_bytes());
        let signable =
            SignableRequest::new("POST", url.as_str(), pairs, body).map_err(|it| failed(&it))?;
        let (signature, _) = sign(signable, &parameters).map_err(|it| failed(&it))?.into_parts();
        let (signed, _) = signature.into_parts();
        let mut request = HttpRequest::new(SdkBody::from(call.body.as_str()));
        request.set_method("POST").map_err(|it| failed(&it))?;
        request.set_uri(url).map_err(|it| failed(&it))?;
        for (name, value) in headers {
            request.headers_mut().insert(name, value);
        }
        for header in signed {
            request.headers_mut().insert(header.name(), header.value().to_owned());
        }
        Ok(request)
    }

    fn endpoint(&self, service: &str) -> String {
        let suffix = if self.region.starts_with("cn-") { ".cn" } else { "" };
        let own = || format!("https://{service}.{}.amazonaws.com{suffix}/", self.region);
        self.config.endpoint_url().map_or_else(own, |it| format!("{}/", it.trim_end_matches('/')))
    }
}

/// Whether a call may have a better answer the next time.
fn is_worth_another(outcome: &Result<(u16, String), Error>) -> bool {
    match outcome {
        Ok((status, body)) => {
            let is_too_fast = || TOO_FAST.iter().any(|it| body.contains(it));
            *status >= 500 || *status == 429 || (*status >= 400 && is_too_fast())
        }
        Err(error) => error.message.contains("no answer"),
    }
}

/// Twice as long each time, with a share of chance so that many callers do not come back together.
pub(super) fn backoff(attempt: u32) -> Duration {
    let nanos =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().subsec_nanos();
    let base = 100 * 2_u64.pow(attempt.min(6));
    Duration::from_millis(base / 2 + u64::from(nanos) / 1_000 % (base / 2 + 1))
}

/// Percent-encodes all but the unreserved characters of RFC 3986.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            let _ = std::fmt::Write::write_fmt(&mut escaped, format_args!("%{byte:02X}"));
        }
    }
    escaped
}
