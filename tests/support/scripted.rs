//! An AWS that answers from a script, for what no emulator plays: rollouts, failing tasks, pages of lists.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use http::Response;
use hyper::body::Bytes;
use serde_json::Value;

use super::calls::{Answer, Asked, Call, Record, Server, lock, respond};

/// One answer of the script.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// 200 with JSON.
    Json(Value),
    /// 200 with XML.
    Xml(String),
    /// An error with this status, code and message, as the service writes its errors.
    Error(u16, String, String),
    /// Anything else: status, content type, body.
    Other(u16, String, String),
}

impl Reply {
    /// An error that is the caller's fault.
    pub(crate) fn refused(code: &str, message: &str) -> Self {
        Self::Error(400, code.to_owned(), message.to_owned())
    }

    fn to(&self, asked: &Asked) -> Response<Bytes> {
        match self {
            Self::Json(body) => respond(200, "application/x-amz-json-1.1", body.to_string()),
            Self::Xml(body) => respond(200, "text/xml", body.clone()),
            Self::Error(status, code, message) => asked.error(*status, code, message),
            Self::Other(status, kind, body) => respond(*status, kind, body.clone()),
        }
    }
}

impl From<Value> for Reply {
    fn from(body: Value) -> Self {
        Self::Json(body)
    }
}

/// A running script; it ends with this value, and fails the test when it was asked for what is not in it.
pub(crate) struct Scripted {
    server: Server,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    record: Record,
    script: Mutex<BTreeMap<String, VecDeque<Reply>>>,
    functions: Mutex<BTreeMap<String, Answering>>,
    unexpected: Mutex<BTreeSet<String>>,
}

/// What decides by the request.
type Answering = Box<dyn Fn(&Asked) -> Reply + Send>;

impl Scripted {
    /// Listens; it answers nothing yet.
    pub(crate) fn start() -> Self {
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let server = Server::start(move |asked| {
            let state = Arc::clone(&shared);
            async move { state.answer(&asked) }
        });
        Self { server, state }
    }

    /// Appends answers to an operation (`ECS.DescribeServices`). Each call takes the next; the last one stays.
    pub(crate) fn on<R: Into<Reply>>(
        self,
        operation: &str,
        replies: impl IntoIterator<Item = R>,
    ) -> Self {
        let replies = replies.into_iter().map(Into::into);
        lock(&self.state.script).entry(operation.to_owned()).or_default().extend(replies);
        self
    }

    /// Answers an operation by what is asked, for calls whose order nobody knows.
    pub(crate) fn by(
        self,
        operation: &str,
        answer: impl Fn(&Asked) -> Reply + Send + 'static,
    ) -> Self {
        lock(&self.state.functions).insert(operation.to_owned(), Box::new(answer));
        self
    }

    /// Where it listens.
    pub(crate) fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// All calls, in the order in which they came.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.state.record.calls()
    }

    /// Ends it and returns its calls; panics when an operation was asked for that is not in the script.
    pub(crate) fn finish(self) -> Vec<Call> {
        self.calls()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        let unexpected = lock(&self.state.unexpected).clone();
        // A test that fails already has said why.
        if !std::thread::panicking() {
            assert!(unexpected.is_empty(), "not in the script: {unexpected:?}");
        }
    }
}

impl State {
    fn answer(&self, asked: &Asked) -> Answer {
        let open = self.record.open(asked);
        let function = lock(&self.functions).get(&asked.name).map(|it| it(asked));
        let response = match function.or_else(|| self.next(&asked.name)) {
            Some(reply) => reply.to(asked),
            None => {
                lock(&self.unexpected).insert(asked.name.clone());
                let message = format!("{} is not in the script", asked.name);
                asked.error(400, "NotInTheScript", &message)
            }
        };
        self.record.close(open, Some(response.status().as_u16()));
        Answer::Whole(response)
    }

    fn next(&self, name: &str) -> Option<Reply> {
        let mut script = lock(&self.script);
        let replies = script.get_mut(name)?;
        if replies.len() > 1 { replies.pop_front() } else { replies.front().cloned() }
    }
}
