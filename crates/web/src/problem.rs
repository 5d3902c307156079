//! RFC 9457 problems: the one shape of every error. A handler answers `Result<_, Problem>` and writes `?`.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use kernel::{ErrorCode, Fault, Kind, Refusal};
use serde_json::{Map, Value, json};

use crate::facts::Facts;

/// The media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// An error on its way to the client.
#[derive(Debug)]
pub struct Problem {
    fault: Box<Fault>,
    headers: Vec<(HeaderName, HeaderValue)>,
    facts: Option<Box<Facts>>,
}

impl Problem {
    /// Adds a header to the answer.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Says for whom it is, where no envelope will.
    #[must_use]
    pub(crate) fn told(mut self, facts: Facts) -> Self {
        self.facts = Some(Box::new(facts));
        self
    }

    /// What stopped the deed.
    pub fn fault(&self) -> &Fault {
        &self.fault
    }

    /// The row of the page of codes: trouble underneath is `kernel.internal` or `kernel.unavailable` to the client.
    pub fn code(&self) -> &'static ErrorCode {
        match &*self.fault {
            Fault::Refused(refusal) => refusal.code,
            Fault::Transient(_) => &kernel::error::UNAVAILABLE,
            Fault::Unknown(_) => &crate::error::OUTCOME_UNKNOWN,
            Fault::Constraint(_) | Fault::Internal(_) => &kernel::error::INTERNAL,
        }
    }

    /// Writes what went wrong inside to the log, once a request.
    pub(crate) fn log(&self, request_id: &str) {
        if let Fault::Internal(_) | Fault::Constraint(_) | Fault::Unknown(_) = &*self.fault {
            tracing::error!(request_id, code = self.code().code, fault = %self.fault, "a request failed");
        }
    }

    /// The answer for this reader. What went wrong inside goes to the log, never into the answer.
    pub(crate) fn render(&self, facts: Option<&Facts>) -> HttpResponse {
        let mut response = match facts.and_then(|f| Some((f.face.as_ref()?, f.chinese))) {
            Some((faced, chinese)) => faced.render(self, chinese),
            None => self.ours(facts),
        };
        let status = response.status();
        let headers = response.headers_mut();
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        for (name, value) in &self.headers {
            headers.insert(name.clone(), value.clone());
        }
        response
    }

    /// The answer in our own shape.
    fn ours(&self, facts: Option<&Facts>) -> HttpResponse {
        let status = status_of(self.code().kind);
        let mut response = HttpResponse::build(status);
        let media = if facts.is_some_and(|f| f.plain_json) { "application/json" } else { MEDIA_TYPE };
        response.insert_header((header::CONTENT_TYPE, HeaderValue::from_static(media)));
        if status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
        }
        response.body(self.document(facts).to_string())
    }

    fn document(&self, facts: Option<&Facts>) -> Value {
        let code = self.code();
        let chinese = facts.is_some_and(|f| f.chinese);
        let mut doc = Map::new();
        // A list that a client may read is there, whatever went wrong.
        for list in ["missing", "breaches", "refused"] {
            doc.insert(list.to_owned(), json!([]));
        }
        let mut errors = Vec::new();
        if let Fault::Refused(refusal) = &*self.fault {
            for (name, value) in refusal.extra.iter().flat_map(|extra| extra.iter()) {
                doc.insert(name.clone(), value.clone());
            }
            if let Some(detail) = &refusal.detail {
                doc.insert("detail".to_owned(), json!(detail));
            }
            errors.extend(refusal.fields.iter().map(|field| {
                let mut row = Map::new();
                row.insert("pointer".to_owned(), json!(field.pointer));
                row.insert("code".to_owned(), json!(field.code.code));
                row.insert("message".to_owned(), json!(sentence(field.code, chinese)));
                if let Some(detail) = &field.detail {
                    row.insert("detail".to_owned(), json!(detail));
                }
                Value::Object(row)
            }));
        }
        doc.insert("type".to_owned(), json!(format!("/problems/{}", code.code)));
        doc.insert("title".to_owned(), json!(sentence(code, chinese)));
        doc.insert("status".to_owned(), json!(status_of(code.kind).as_u16()));
        doc.insert("code".to_owned(), json!(code.code));
        doc.insert("errors".to_owned(), Value::Array(errors));
        if let Some(facts) = facts {
            doc.insert("request_id".to_owned(), json!(&*facts.request_id));
        }
        Value::Object(doc)
    }
}

/// The one HTTP status of a kind of refusal.
pub fn status_of(kind: Kind) -> StatusCode {
    match kind {
        Kind::Malformed => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::NotThisWay => StatusCode::METHOD_NOT_ALLOWED,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Stale => StatusCode::PRECONDITION_FAILED,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Kind::OutOfRange => StatusCode::RANGE_NOT_SATISFIABLE,
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
        Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// A code's sentence in the reader's language.
pub fn sentence(code: &ErrorCode, chinese: bool) -> &'static str {
    if chinese { code.zh } else { code.en }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self { fault: Box::new(fault), headers: Vec::new(), facts: None }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Fault::from(refusal).into()
    }
}

impl From<&'static ErrorCode> for Problem {
    fn from(code: &'static ErrorCode) -> Self {
        code.fault().into()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fault.fmt(f)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        status_of(self.code().kind)
    }

    /// Only a first draft, unless it was told for whom it is: the envelope renders it again in the reader's language.
    fn error_response(&self) -> HttpResponse {
        self.render(self.facts.as_deref())
    }
}
