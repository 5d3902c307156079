//! What every request passes through: id, rate limit, time limit, problems, headers, log, metrics.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::Poll;
use std::time::Instant;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName,
    HeaderValue, RETRY_AFTER,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use actix_web::{Error, HttpMessage};
use futures_util::FutureExt;
use kernel::{ErrorCode, Fault};

use crate::error::{
    BAD_REQUEST, BODY_TOO_LARGE, METHOD_NOT_ALLOWED, NO_SUCH_PATH, TIMEOUT, TOO_MANY_REQUESTS,
    UNSUPPORTED_MEDIA_TYPE,
};
use crate::face::Faced;
use crate::facts::{Facts, REQUEST_ID, Who};
use crate::guard::bearer;
use crate::limits::{Allowance, address_key, token_key};
use crate::problem::Problem;
use crate::site::Shared;
use crate::traces::{Caller, Served};
use crate::upload::Deadline;

/// What is noted of a request for the log and the metrics.
struct Note {
    method: Method,
    path: String,
    started: Instant,
    /// What the sender said of its trace; not read where nobody keeps traces.
    caller: Option<Caller>,
}

impl Note {
    /// The method whose operation answers.
    fn routed(&self) -> &Method {
        if self.method == Method::HEAD { &Method::GET } else { &self.method }
    }
}

/// The middleware around everything.
pub(crate) async fn envelope(
    shared: Data<Shared>,
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let mut req = req;
    let settings = &shared.gateway.settings;
    let read = Facts::read(req.headers(), req.peer_addr(), settings.behind_proxy, &*shared.ids);
    let facts = Facts { face: Faced::of(&shared.faces, req.path()), ..read };
    let note = Note {
        method: req.method().clone(),
        path: req.path().to_owned(),
        started: Instant::now(),
        caller: shared.traces.is_some().then(|| Caller::of(req.headers())),
    };
    req.extensions_mut().insert(facts.clone());
    if note.method == Method::HEAD {
        // Answered as GET is, so that no handler can forget it; the body is left out at the end.
        req.head_mut().method = Method::GET;
    }
    let has_token = bearer(req.headers()).is_some();
    let allowance = match allowance(&shared, &req, &facts) {
        Ok(allowance) => allowance,
        Err(spent) => {
            let answer = too_many(spent, &facts);
            return Ok(finish(&shared, req.into_response(answer), &facts, &note, Some(spent)));
        }
    };
    let deadline = Deadline::after(settings.timeout);
    req.extensions_mut().insert(deadline.clone());
    let work = AssertUnwindSafe(next.call(req)).catch_unwind();
    let problem = match deadline.bound(work).await {
        Some(Ok(Ok(response))) => {
            let response = as_problem(response.map_into_boxed_body(), &facts);
            // A wrong token costs its sender, whatever token it was: guessing does not pay.
            if has_token
                && response.status() == StatusCode::UNAUTHORIZED
                && let Some(Err(spent)) = shared.limit.as_ref().map(|l| l.take(&address_key(&facts.peer)))
            {
                let answer = too_many(spent, &facts);
                return Ok(finish(&shared, response.into_response(answer), &facts, &note, Some(spent)));
            }
            return Ok(finish(&shared, response, &facts, &note, allowance));
        }
        Some(Ok(Err(error))) => match error.as_error::<Problem>() {
            Some(problem) => Problem::from(problem.code()),
            None => Problem::from(code_for(error.as_response_error().status_code())),
        },
        Some(Err(_)) => Fault::internal("a handler panicked").into(),
        None => Problem::from(&TIMEOUT),
    };
    // The request is gone with the work, so this goes out as an error that knows all of its answer.
    problem.log(&facts.request_id);
    let status = actix_web::ResponseError::status_code(&problem);
    record(
        &shared,
        &facts,
        &note,
        Answered { operation: problem.code().code, route: None, status, who: None },
    );
    let mut headers = HeaderMap::new();
    manners(&mut headers, &note.path);
    name_request(&mut headers, &facts);
    // The pattern that matched is gone with the request, so it is looked for again.
    for (name, value) in
        shared.routes.operation_at(note.routed(), &note.path).into_iter().flat_map(|o| &o.retirement)
    {
        headers.append(name.clone(), value.clone());
    }
    let problem = headers.into_iter().fold(problem, |p, (name, value)| p.header(name, value));
    Err(problem.told(facts).into())
}

/// Takes the request from its client's allowance. What a monitor asks is free.
fn allowance(shared: &Shared, req: &ServiceRequest, facts: &Facts) -> Result<Option<Allowance>, Allowance> {
    let Some(limit) =
        shared.limit.as_ref().filter(|_| !matches!(req.path(), "/healthz" | "/readyz" | "/metrics"))
    else {
        return Ok(None);
    };
    // Under an outside standard's face a key comes in the query or the form: a token in the header would be anybody's, and each
    // another client.
    let token = bearer(req.headers()).filter(|_| facts.face.is_none());
    let key = token.map_or_else(|| address_key(&facts.peer), token_key);
    limit.take(&key).map(Some)
}

fn too_many(spent: Allowance, facts: &Facts) -> actix_web::HttpResponse {
    Problem::from(&TOO_MANY_REQUESTS).header(RETRY_AFTER, spent.reset.into()).render(Some(facts))
}

/// Renders what a handler refused, and whatever else went out as an error in another shape.
fn as_problem(response: ServiceResponse<BoxBody>, facts: &Facts) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let rendered = match response.response().error() {
        Some(error) => match error.as_error::<Problem>() {
            Some(problem) => {
                problem.log(&facts.request_id);
                problem.render(Some(facts))
            }
            None => Problem::from(code_for(status)).render(Some(facts)),
        },
        None if is_json(response.headers()) => return response,
        None => Problem::from(code_for(status)).render(Some(facts)),
    };
    response.into_response(rendered)
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("json"))
}

/// The code of an error that some part of the server made without one.
fn code_for(status: StatusCode) -> &'static ErrorCode {
    match status {
        StatusCode::NOT_FOUND => &NO_SUCH_PATH,
        StatusCode::METHOD_NOT_ALLOWED => &METHOD_NOT_ALLOWED,
        StatusCode::PAYLOAD_TOO_LARGE => &BODY_TOO_LARGE,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => &UNSUPPORTED_MEDIA_TYPE,
        StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => &TIMEOUT,
        status if status.is_client_error() => &BAD_REQUEST,
        _ => &kernel::error::INTERNAL,
    }
}

fn finish(
    shared: &Shared,
    mut response: ServiceResponse<BoxBody>,
    facts: &Facts,
    note: &Note,
    allowance: Option<Allowance>,
) -> ServiceResponse<BoxBody> {
    let who = response.request().extensions().get::<Who>().copied();
    let pattern = response.request().match_pattern().unwrap_or_default();
    let operation = shared.routes.operation(note.routed(), &pattern);
    // Under a face there are no operations: what is counted is the pattern of the path.
    let faced = facts.face.as_ref().map(|_| &*pattern).filter(|p| !p.is_empty());
    let answered = Answered {
        operation: operation.map(|o| &*o.id).or(faced).unwrap_or("none"),
        route: Some(&*pattern).filter(|p| !p.is_empty()),
        status: response.status(),
        who,
    };
    record(shared, facts, note, answered);
    let headers = response.headers_mut();
    manners(headers, &note.path);
    name_request(headers, facts);
    for (name, value) in allowance.into_iter().flat_map(Allowance::headers) {
        headers.insert(name, value);
    }
    for (name, value) in operation.into_iter().flat_map(|o| &o.retirement) {
        // A page has its Link already, and may have two.
        headers.append(name.clone(), value.clone());
    }
    if note.method == Method::HEAD {
        return response.map_body(|_, body| BoxBody::new(Unsent(body.size())));
    }
    response
}

/// The body of an answer to HEAD: as long as that to GET, and not sent.
struct Unsent(BodySize);

impl MessageBody for Unsent {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        self.0
    }

    fn poll_next(
        self: Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        Poll::Ready(None)
    }
}

fn name_request(headers: &mut HeaderMap, facts: &Facts) {
    if let Ok(id) = HeaderValue::from_str(&facts.request_id) {
        headers.insert(HeaderName::from_static(REQUEST_ID), id);
    }
}

/// The headers that keep browsers careful with what we send.
fn manners(headers: &mut HeaderMap, path: &str) {
    /// The viewer of the document runs its own script and inline styles, and nothing from anywhere else.
    const VIEWER: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    const API: &str = "default-src 'none'; frame-ancestors 'none'";
    let policy = if path.starts_with("/docs") { VIEWER } else { API };
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    // Whoever answers with somebody's file binds it tighter still.
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    }
    // What is not to be packed says so to the packer, which is inside of here; as a header it means nothing.
    if headers.get(CONTENT_ENCODING).is_some_and(|v| v == "identity") {
        headers.remove(CONTENT_ENCODING);
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// How a request ended.
#[derive(Clone, Copy)]
struct Answered<'a> {
    operation: &'a str,
    route: Option<&'a str>,
    status: StatusCode,
    who: Option<Who>,
}

/// One line of log, two measurements, and a span where traces are kept. Neither query nor header values: they may hold what
/// is secret; and no path with a person's number in it.
fn record(shared: &Shared, facts: &Facts, note: &Note, answered: Answered<'_>) {
    let Answered { operation, route, status, who } = answered;
    let elapsed = note.started.elapsed();
    let logged = crate::redact::path(&note.path);
    let class = match status.as_u16() {
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    };
    let labels = [("operation", operation.to_owned()), ("class", class.to_owned())];
    metrics::counter!("commonweal_http_requests_total", &labels).increment(1);
    metrics::histogram!("commonweal_http_request_seconds", &labels).record(elapsed.as_secs_f64());
    if let (Some(traces), Some(caller)) = (&shared.traces, &note.caller) {
        traces.served(&Served {
            request_id: &facts.request_id,
            method: note.method.as_str(),
            path: &logged,
            route,
            operation,
            status: status.as_u16(),
            user: who.map(|w| w.0),
            took: elapsed,
            caller,
        });
    }
    tracing::info!(
        target: "access",
        method = %note.method,
        path = &*logged,
        status = status.as_u16(),
        operation,
        ms = elapsed.as_secs_f64() * 1_000.0,
        request_id = &*facts.request_id,
        peer = &*facts.peer,
        user = who.map(|w| tracing::field::display(w.0)),
    );
}
