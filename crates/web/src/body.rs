//! `Body<T>`: a JSON body that is exactly a `T`, or a refusal that says where it is not.

use std::fmt;
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use actix_web::web::{Bytes, BytesMut, Data};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use kernel::{ErrorCode, FieldError, Outcome, Refusal};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_path_to_error::Segment;

use crate::error::{
    BODY_INTERRUPTED, BODY_TOO_LARGE, INVALID_BODY, JSON_TOO_DEEP, MALFORMED_JSON, UNKNOWN_FIELD,
    UNREADABLE_VALUE, UNSUPPORTED_MEDIA_TYPE, WRONG_TYPE,
};
use crate::guard::after_guard;
use crate::problem::Problem;
use crate::realm::Gateway;
use crate::strict::Strict;

/// How deep a body may be nested.
const MAX_DEPTH: usize = 32;

/// A JSON body of exactly this shape.
#[derive(Debug, Clone)]
pub struct Body<T> {
    value: T,
    raw: Bytes,
}

impl<T> Body<T> {
    /// The value itself.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T> Deref for Body<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// What makes two requests with the same idempotency key the same request.
pub trait Fingerprint {
    /// The bytes that were sent.
    fn bytes(&self) -> &[u8];
}

impl<T> Fingerprint for Body<T> {
    fn bytes(&self) -> &[u8] {
        &self.raw
    }
}

impl Fingerprint for Bytes {
    fn bytes(&self) -> &[u8] {
        self
    }
}

/// For a POST, PUT or DELETE without a body.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoBody;

impl Fingerprint for NoBody {
    fn bytes(&self) -> &[u8] {
        &[]
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let req = req.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            after_guard(&req).await;
            let max = req.app_data::<Data<Gateway>>().map_or(256 * 1024, |g| g.settings.max_body);
            check_head(req.headers(), max)?;
            let raw = collect(&mut payload, max).await?;
            let value = parse(&raw)?;
            Ok(Self { value, raw })
        })
    }
}

fn check_head(headers: &HeaderMap, max: usize) -> Outcome<()> {
    let media = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let essence = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json =
        essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"));
    let is_plain = headers.get_all(CONTENT_ENCODING).all(|v| v.as_bytes().eq_ignore_ascii_case(b"identity"));
    if !is_json || !is_plain {
        return Err(UNSUPPORTED_MEDIA_TYPE.fault());
    }
    let length =
        headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<usize>().ok());
    if length.is_some_and(|l| l > max) {
        return Err(too_large(max).into());
    }
    Ok(())
}

pub(crate) fn too_large(max: usize) -> Refusal {
    BODY_TOO_LARGE.refusal().because(format!("at most {max} bytes"))
}

pub(crate) async fn collect(payload: &mut Payload, max: usize) -> Outcome<Bytes> {
    let mut raw = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| BODY_INTERRUPTED.fault())?;
        if raw.len() + chunk.len() > max {
            return Err(too_large(max).into());
        }
        raw.extend_from_slice(&chunk);
    }
    Ok(raw.freeze())
}

/// Reads JSON strictly: first whether it is JSON at all, then whether it is a `T`.
pub fn parse<T: DeserializeOwned>(raw: &[u8]) -> Outcome<T> {
    if let Err(error) = std::str::from_utf8(raw) {
        let why = format!("not UTF-8 from byte {}", error.valid_up_to());
        return Err(MALFORMED_JSON.refusal().because(why).into());
    }
    check_text(raw)?;
    serde_json::from_slice::<IgnoredAny>(raw).map_err(|e| malformed(&e))?;
    if raw.trim_ascii_start().first() != Some(&b'{') {
        let field = FieldError {
            pointer: "".into(),
            code: &WRONG_TYPE,
            detail: Some("an object is expected".to_owned()),
        };
        return Err(Refusal { fields: vec![field], ..INVALID_BODY.refusal() }.into());
    }
    let mut json = serde_json::Deserializer::from_slice(raw);
    serde_path_to_error::deserialize(Strict(&mut json)).map_err(|error| {
        let pointer = pointer(error.path());
        let inner = error.into_inner();
        if inner.is_data() { misshapen(pointer, &inner).into() } else { malformed(&inner).into() }
    })
}

/// One pass over the bytes before anything is built of them: depth, and the one character no engine keeps in a text.
fn check_text(raw: &[u8]) -> Outcome<()> {
    let (mut depth, mut in_string, mut at) = (0_usize, false, 0_usize);
    while let Some(byte) = raw.get(at) {
        match (byte, in_string) {
            (b'\\', true) => {
                if raw.get(at..at + 6) == Some(b"\\u0000") {
                    return Err(MALFORMED_JSON
                        .refusal()
                        .because("a text may not contain the character U+0000")
                        .into());
                }
                at += 1;
            }
            (b'"', _) => in_string = !in_string,
            (b'{' | b'[', false) => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(JSON_TOO_DEEP
                        .refusal()
                        .because(format!("at most {MAX_DEPTH} levels"))
                        .into());
                }
            }
            (b'}' | b']', false) => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

fn malformed(error: &serde_json::Error) -> Refusal {
    MALFORMED_JSON.refusal().because(error.to_string())
}

/// RFC 6901.
fn pointer(path: &serde_path_to_error::Path) -> String {
    path.iter().fold(String::new(), |mut text, segment| {
        let member = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => key.replace('~', "~0").replace('/', "~1"),
            Segment::Enum { variant } => variant.clone(),
            // Where the whole value is meant there is nothing to name.
            Segment::Unknown => return text,
        };
        text.push('/');
        text.push_str(&member);
        text
    })
}

/// What serde says of a shape, in our codes. Its texts are stable and tested below.
fn misshapen(mut at: String, error: &serde_json::Error) -> Refusal {
    let text = error.to_string();
    // " at line 1 column 7" says nothing that the pointer does not.
    let text = text.rsplit_once(" at line ").map_or(&*text, |(before, _)| before);
    let named = |prefix: &str| text.strip_prefix(prefix).and_then(|rest| rest.split('`').next());
    let code: &'static ErrorCode = if let Some(field) = named("missing field `") {
        descend(&mut at, field);
        &kernel::error::FIELD_REQUIRED
    } else if let Some(field) = named("unknown field `") {
        descend(&mut at, field);
        &UNKNOWN_FIELD
    } else if text.starts_with("unknown variant") {
        &kernel::error::FIELD_CHOICE
    } else if text.starts_with("invalid type") {
        &WRONG_TYPE
    } else if text.starts_with("invalid value: integer") || text.starts_with("invalid value: floating") {
        &kernel::error::FIELD_RANGE
    } else {
        &UNREADABLE_VALUE
    };
    let detail: String = unquoted(text).chars().take(300).collect();
    let mut refusal = INVALID_BODY.refusal();
    refusal.fields.push(FieldError { pointer: at.into(), code, detail: Some(detail) });
    refusal
}

/// What is expected, without the value that was sent: it may be somebody's number, and a problem is logged and shown around.
fn unquoted(text: &str) -> String {
    match text.split_once(", expected ") {
        Some((_, expected)) if !text.starts_with("unknown field") => format!("expected {expected}"),
        _ => text.to_owned(),
    }
}

/// Names the field unless the path ends in it already.
fn descend(at: &mut String, field: &str) {
    let member = format!("/{}", field.replace('~', "~0").replace('/', "~1"));
    if !at.ends_with(&member) {
        at.push_str(&member);
    }
}

impl<T: fmt::Display> fmt::Display for Body<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}
