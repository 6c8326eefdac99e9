//! A proxy in front of an emulator: records every call, makes it slow, and breaks one of them on demand.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::watch;

use super::calls::{Answer, Asked, Call, Record, Server, lock, respond};

/// What goes wrong; the number is how many calls came before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// So many calls are answered; at the next one [`Proxy::killed`] comes true and no call gets through any more.
    KillAfter(usize),
    /// The call is refused as too fast.
    ThrottleOnce(usize),
    /// The call is answered 500 with a page for people.
    ErrorPageOnce(usize),
    /// The call is made and its answer ends in the middle.
    CutOnce(usize),
    /// The call is made late.
    DelayOnce(usize, Duration),
}

impl Fault {
    /// Whether it meets the call that so many came before.
    fn is_at(self, index: usize) -> bool {
        match self {
            Self::KillAfter(calls) => index >= calls,
            Self::ThrottleOnce(call)
            | Self::ErrorPageOnce(call)
            | Self::CutOnce(call)
            | Self::DelayOnce(call, _) => index == call,
        }
    }
}

/// A running proxy; it ends with this value.
pub(crate) struct Proxy {
    server: Server,
    state: Arc<State>,
}

struct State {
    upstream: String,
    client: Client<HttpConnector, Full<Bytes>>,
    record: Record,
    faults: Mutex<Vec<Fault>>,
    latency: Mutex<Duration>,
    killed: watch::Sender<bool>,
}

impl Proxy {
    /// Stands in front of an endpoint.
    pub(crate) fn start(upstream: &str) -> Self {
        // An emulator may close a connection that is kept; a failure that no test asked for would follow.
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
        let state = Arc::new(State {
            upstream: upstream.trim_end_matches('/').to_owned(),
            client,
            record: Record::default(),
            faults: Mutex::default(),
            latency: Mutex::default(),
            killed: watch::Sender::new(false),
        });
        let shared = Arc::clone(&state);
        let server = Server::start(move |asked| {
            let state = Arc::clone(&shared);
            async move { state.answer(asked).await }
        });
        Self { server, state }
    }

    /// Where it listens.
    pub(crate) fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// Breaks a call, counted from the last reset.
    pub(crate) fn fault(&self, fault: Fault) {
        self.faults([fault]);
    }

    /// Breaks several calls.
    pub(crate) fn faults(&self, faults: impl IntoIterator<Item = Fault>) {
        *lock(&self.state.faults) = faults.into_iter().collect();
    }

    /// Adds this to every call.
    pub(crate) fn latency(&self, latency: Duration) {
        *lock(&self.state.latency) = latency;
    }

    /// All calls since the last reset, in the order in which they came.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.state.record.calls()
    }

    /// Forgets the calls and the fault; the latency stays.
    pub(crate) fn reset(&self) {
        self.faults([]);
        self.state.killed.send_replace(false);
        self.state.record.reset();
    }

    /// Ends when a call met [`Fault::KillAfter`]: whoever made it is to be dropped now.
    pub(crate) async fn killed(&self) {
        let _ = self.state.killed.subscribe().wait_for(|it| *it).await;
    }

    /// Ends when every call has its answer, also those whose client is gone.
    pub(crate) async fn settled(&self) {
        while self.calls().iter().any(|it| it.end.is_none()) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

impl State {
    async fn answer(&self, asked: Asked) -> Answer {
        let open = self.record.open(&asked);
        let latency = *lock(&self.latency);
        let fault = lock(&self.faults).iter().copied().find(|it| it.is_at(open.index));
        if matches!(fault, Some(Fault::KillAfter(_))) {
            self.killed.send_replace(true);
            self.record.close(open, None);
            return Answer::Closed;
        }
        tokio::time::sleep(latency).await;
        let answer = match fault {
            Some(Fault::ThrottleOnce(_)) => Answer::Whole(asked.throttled()),
            Some(Fault::ErrorPageOnce(_)) => Answer::Whole(page()),
            Some(Fault::CutOnce(_)) => Answer::Cut(self.forward(asked).await),
            Some(Fault::DelayOnce(_, delay)) => {
                tokio::time::sleep(delay).await;
                Answer::Whole(self.forward(asked).await)
            }
            _ => Answer::Whole(self.forward(asked).await),
        };
        let status = match &answer {
            Answer::Whole(it) => Some(it.status().as_u16()),
            Answer::Cut(_) | Answer::Closed => None,
        };
        self.record.close(open, status);
        answer
    }

    async fn forward(&self, asked: Asked) -> Response<Bytes> {
        let Asked { method, uri, headers, body, name, protocol: _ } = asked;
        let path = uri.path_and_query().map_or("/", |it| it.as_str());
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.upstream));
        request.headers_mut().expect("the address is valid").extend(headers);
        let request = request.body(Full::new(body)).expect("the address is valid");
        match self.send(request).await {
            Ok(response) => response,
            Err(error) => respond(502, "text/plain", format!("{name}: {error}")),
        }
    }

    async fn send(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Bytes>, Box<dyn std::error::Error + Send + Sync>> {
        let (mut parts, body) = self.client.request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        // They are of the other connection.
        for name in [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
            parts.headers.remove(name);
        }
        Ok(Response::from_parts(parts, body))
    }
}

/// What a load balancer of AWS says when there is nothing behind it.
fn page() -> Response<Bytes> {
    let body = "<!doctype html>\n<html><body><h1>500 Internal Server Error</h1></body></html>\n";
    respond(500, "text/html; charset=utf-8", body)
}
