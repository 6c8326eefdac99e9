//! An HTTP server for tests that knows which AWS operation a request is, and the record of its calls.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, Method, Request, Response, Uri};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

/// Services by the name in a signature, as the tests write them.
const SERVICES: [(&str, &str); 13] = [
    ("ec2", "EC2"),
    ("ecr", "ECR"),
    ("ecs", "ECS"),
    ("elasticache", "ElastiCache"),
    ("elasticloadbalancing", "ELB"),
    ("logs", "Logs"),
    ("rds", "RDS"),
    ("route53", "Route53"),
    ("secretsmanager", "SecretsManager"),
    ("servicediscovery", "CloudMap"),
    ("ssm", "SSM"),
    ("sts", "STS"),
    ("tagging", "Tagging"),
];

/// How a service writes its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Json,
    /// Forms in, XML out; Route 53 writes its errors as these services do.
    Xml,
    /// XML with errors of its own shape.
    Ec2,
}

/// A request, and what it asks of which service.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// `ECS.DescribeServices`.
    pub(crate) name: String,
    pub(crate) protocol: Protocol,
}

impl Asked {
    fn new(request: http::request::Parts, body: Bytes) -> Self {
        let header = |name: &str| request.headers.get(name).and_then(|it| it.to_str().ok());
        let scope = header(AUTHORIZATION.as_str()).and_then(|it| it.split('/').nth(3));
        let scope = scope.unwrap_or("unsigned");
        let known = SERVICES.iter().find(|(signed, _)| *signed == scope);
        let service = known.map_or(scope, |(_, name)| name);
        let target = header("x-amz-target").and_then(|it| it.rsplit('.').next());
        let operation = target.map(ToOwned::to_owned).or_else(|| action(&body));
        let operation = operation.unwrap_or_else(|| resource(&request.method, request.uri.path()));
        let protocol = match (target, scope) {
            (Some(_), _) => Protocol::Json,
            (None, "ec2") => Protocol::Ec2,
            (None, _) => Protocol::Xml,
        };
        let name = format!("{service}.{operation}");
        let http::request::Parts { method, uri, headers, .. } = request;
        Self { method, uri, headers, body, name, protocol }
    }

    /// An error as this service writes it.
    pub(crate) fn error(&self, status: u16, code: &str, message: &str) -> Response<Bytes> {
        let inner = format!("<Code>{code}</Code><Message>{message}</Message>");
        match self.protocol {
            Protocol::Json => {
                let body = json!({ "__type": code, "message": message });
                respond(status, "application/x-amz-json-1.1", body.to_string())
            }
            Protocol::Xml => {
                let error = format!("<Error><Type>Sender</Type>{inner}</Error>");
                let body =
                    format!("<ErrorResponse>{error}<RequestId>0-0-0-0</RequestId></ErrorResponse>");
                respond(status, "text/xml", body)
            }
            Protocol::Ec2 => {
                let errors = format!("<Errors><Error>{inner}</Error></Errors>");
                let body = format!("<Response>{errors}<RequestID>0-0-0-0</RequestID></Response>");
                respond(status, "text/xml", body)
            }
        }
    }

    /// What this service says to a client that is too fast.
    pub(crate) fn throttled(&self) -> Response<Bytes> {
        let code = match self.protocol {
            Protocol::Json => "ThrottlingException",
            Protocol::Xml => "Throttling",
            Protocol::Ec2 => "RequestLimitExceeded",
        };
        self.error(400, code, "Rate exceeded")
    }
}

/// A response of one piece.
pub(crate) fn respond(status: u16, kind: &str, body: impl Into<Bytes>) -> Response<Bytes> {
    let response = Response::builder().status(status).header(CONTENT_TYPE, kind);
    response.body(body.into()).expect("status and type are valid")
}

/// The `Action` of a form.
fn action(form: &[u8]) -> Option<String> {
    let form = std::str::from_utf8(form).ok()?;
    form.split('&').find_map(|it| it.strip_prefix("Action=")).map(ToOwned::to_owned)
}

/// The operation of Route 53 that a method and a path are.
fn resource(method: &Method, path: &str) -> String {
    let mut parts = path.trim_matches('/').split('/').skip(1);
    let parts = [parts.next(), parts.next(), parts.next()];
    let name = match (method.as_str(), parts) {
        ("GET", [Some("hostedzonesbyname"), ..]) => "ListHostedZonesByName",
        ("GET", [Some("hostedzone"), None, _]) => "ListHostedZones",
        ("POST", [Some("hostedzone"), None, _]) => "CreateHostedZone",
        ("GET", [Some("hostedzone"), Some(_), None]) => "GetHostedZone",
        ("GET", [Some("hostedzone"), Some(_), Some("rrset")]) => "ListResourceRecordSets",
        ("POST", [Some("hostedzone"), Some(_), Some("rrset")]) => "ChangeResourceRecordSets",
        ("GET", [Some("change"), Some(_), None]) => "GetChange",
        ("GET", [Some("tags"), ..]) => "ListTagsForResource",
        ("POST", [Some("tags"), ..]) => "ChangeTagsForResource",
        _ => return format!("{method} {path}"),
    };
    name.to_owned()
}

/// One request and when it was there.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// `ECS.DescribeServices`.
    pub(crate) name: String,
    pub(crate) body: Bytes,
    pub(crate) start: Instant,
    /// When its answer was there; `None` while it is not.
    pub(crate) end: Option<Instant>,
    /// The status of the answer; `None` when there was none.
    pub(crate) status: Option<u16>,
}

impl Call {
    /// The body of a service that speaks JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|it| panic!("{}: {it}", self.name))
    }
}

/// The names of calls, in the order in which they came.
pub(crate) fn names(calls: &[Call]) -> Vec<&str> {
    calls.iter().map(|it| it.name.as_str()).collect()
}

/// The round trips that had to wait for one another: the longest chain of calls of which each began when the one before
/// it had its answer.
pub(crate) fn rounds(calls: &[Call]) -> usize {
    // Calls are in the order of their starts, so what ends before one of them stands before it.
    let mut chains: Vec<(Option<Instant>, usize)> = Vec::new();
    for call in calls {
        let before = chains.iter().filter(|(end, _)| end.is_some_and(|end| end <= call.start));
        let longest = before.map(|(_, length)| *length).max().unwrap_or_default();
        chains.push((call.end, longest + 1));
    }
    chains.into_iter().map(|(_, length)| length).max().unwrap_or_default()
}

/// The calls of a server since the last reset.
#[derive(Default)]
pub(crate) struct Record {
    state: Mutex<Recorded>,
}

#[derive(Default)]
struct Recorded {
    resets: usize,
    calls: Vec<Call>,
}

/// A call that has no answer yet.
#[derive(Clone, Copy)]
pub(crate) struct Open {
    resets: usize,
    /// How many calls came before it.
    pub(crate) index: usize,
}

impl Record {
    /// Takes note of a call.
    pub(crate) fn open(&self, asked: &Asked) -> Open {
        let Asked { name, body, .. } = asked.clone();
        let mut state = self.lock();
        let open = Open { resets: state.resets, index: state.calls.len() };
        state.calls.push(Call { name, body, start: Instant::now(), end: None, status: None });
        open
    }

    /// Takes note of its answer.
    pub(crate) fn close(&self, open: Open, status: Option<u16>) {
        let mut state = self.lock();
        if state.resets == open.resets {
            let call = &mut state.calls[open.index];
            (call.end, call.status) = (Some(Instant::now()), status);
        }
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.lock().calls.clone()
    }

    pub(crate) fn reset(&self) {
        let mut state = self.lock();
        state.resets += 1;
        state.calls.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Recorded> {
        lock(&self.state)
    }
}

/// What a mutex holds, also after a test panicked with it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What becomes of a request.
pub(crate) enum Answer {
    Whole(Response<Bytes>),
    /// The connection ends in the middle of the body.
    Cut(Response<Bytes>),
    /// The connection ends without an answer.
    Closed,
}

type Body = UnsyncBoxBody<Bytes, io::Error>;

impl Answer {
    fn send(self) -> io::Result<Response<Body>> {
        match self {
            Self::Whole(response) => {
                Ok(response.map(|it| Full::new(it).map_err(|it| match it {}).boxed_unsync()))
            }
            Self::Cut(response) => Ok(half(response)),
            Self::Closed => Err(closed()),
        }
    }
}

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "the test closes this connection")
}

/// The first half of a response that promises the whole; the pause lets the half leave before the connection does.
fn half(response: Response<Bytes>) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    parts.headers.insert(CONTENT_LENGTH, body.len().max(1).into());
    let mut first = Some(body.slice(..body.len() / 2));
    let pieces = futures_util::stream::unfold((), move |()| {
        let piece = first.take();
        async move {
            if let Some(piece) = piece {
                return Some((Ok(Frame::data(piece)), ()));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            Some((Err(closed()), ()))
        }
    });
    Response::from_parts(parts, StreamBody::new(pieces).boxed_unsync())
}

/// A server on a thread of its own, so that tests may block; it ends with this value.
pub(crate) struct Server {
    address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Server {
    /// Listens on a free port.
    pub(crate) fn start<H, F>(handler: H) -> Self
    where
        H: Fn(Asked) -> F + Clone + Send + 'static,
        F: Future<Output = Answer> + Send + 'static,
    {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        listener.set_nonblocking(true).expect("sockets can be asynchronous");
        let address = listener.local_addr().expect("it is bound");
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a thread can be had");
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("it is a listener");
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                let handler = handler.clone();
                let service = service_fn(move |request| answer(request, handler.clone()));
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                tokio::spawn(connection);
            }
        });
        Self { address, runtime: Some(runtime) }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Waiting for it is forbidden where the test itself is asynchronous.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn answer<H, F>(request: Request<Incoming>, handler: H) -> io::Result<Response<Body>>
where
    H: Fn(Asked) -> F,
    F: Future<Output = Answer> + Send + 'static,
{
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    // A client that goes away does not undo what it asked for.
    let answer = tokio::spawn(handler(Asked::new(parts, body))).await;
    answer.unwrap_or(Answer::Closed).send()
}
