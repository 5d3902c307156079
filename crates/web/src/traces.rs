//! The port to whoever keeps traces of requests. Nothing is gathered where nobody does.

use std::time::Duration;

use actix_web::http::header::HeaderMap;

/// A request that was answered. Neither query nor other headers: they may hold what is secret.
#[derive(Debug)]
pub struct Served<'a> {
    /// Its id, the one in problems and in the log.
    pub request_id: &'a str,
    /// The method it was sent with.
    pub method: &'a str,
    /// Its path, without what looks like a person's number.
    pub path: &'a str,
    /// The pattern of the path that answered, `/api/v1/incidents/{id}`; nothing where none did.
    pub route: Option<&'a str>,
    /// The `operationId`, or why there was none.
    pub operation: &'a str,
    /// The status answered.
    pub status: u16,
    /// The account it came from, if it came to that.
    pub user: Option<uuid::Uuid>,
    /// How long it took; it ended just now.
    pub took: Duration,
    /// The trace it is part of, if its sender said so.
    pub caller: &'a Caller,
}

/// What the sender said of its trace (W3C Trace Context): unchecked.
#[derive(Debug, Default, Clone)]
pub struct Caller {
    /// `traceparent`, if there was one and only one.
    pub parent: Option<String>,
    /// `tracestate`.
    pub state: Option<String>,
}

impl Caller {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let one = |name: &str| {
            let mut all = headers.get_all(name);
            let first = all.next()?.to_str().ok()?;
            all.next().is_none().then(|| first.to_owned())
        };
        Self { parent: one("traceparent"), state: one("tracestate") }
    }
}

/// Keeps traces of requests. Called once a request, in the thread that answers it: it may not block.
pub trait Traces: Send + Sync {
    /// A request was answered.
    fn served(&self, request: &Served<'_>);
}
