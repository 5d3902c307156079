//! The end of an operation: announced in the document by two dates, and told with every answer.
//!
//! `x-deprecated-at` says from when it should not be used any more, `x-sunset` from when it may be gone. The policy is in
//! `docs/CONTRIBUTING.md`; the lint holds to it.

use actix_web::http::header::{HeaderName, HeaderValue, HttpDate, LINK};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde_json::Value;

/// From when on an operation should not be used any more: a date.
pub const DEPRECATED_AT: &str = "x-deprecated-at";
/// From when on it may be gone: a date.
pub const SUNSET: &str = "x-sunset";
/// How long an operation answers, at the least, after it was announced to go.
pub const NOTICE_DAYS: i64 = 180;

/// What an operation says of its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Retirement {
    pub deprecated_at: NaiveDate,
    pub sunset: NaiveDate,
}

impl Retirement {
    /// Reads it; nothing where the operation stays, and in words what is wrong where it is half said.
    pub(crate) fn of(operation: &Value) -> Result<Option<Self>, &'static str> {
        let (deprecated_at, sunset) = (operation.get(DEPRECATED_AT), operation.get(SUNSET));
        let marked = operation.get("deprecated") == Some(&Value::Bool(true));
        match (deprecated_at, sunset) {
            (None, None) if marked => Err("a deprecated operation says x-deprecated-at and x-sunset"),
            (None, None) => Ok(None),
            (Some(_), None) => Err("x-deprecated-at without x-sunset"),
            (None, Some(_)) => Err("x-sunset without x-deprecated-at"),
            (Some(from), Some(until)) => {
                let date = |value: &Value| value.as_str().and_then(|d| d.parse::<NaiveDate>().ok());
                let both = date(from).zip(date(until)).ok_or("x-deprecated-at and x-sunset are dates")?;
                if (both.1 - both.0).num_days() < NOTICE_DAYS {
                    return Err("x-sunset is 180 days after x-deprecated-at or later");
                }
                Ok(Some(Self { deprecated_at: both.0, sunset: both.1 }))
            }
        }
    }
}

/// The headers that say so: `Deprecation` (RFC 9745), `Sunset` (RFC 8594), and a link to where it is described.
pub(crate) fn retirement(operation: &Value) -> Vec<(HeaderName, HeaderValue)> {
    let Ok(Some(end)) = Retirement::of(operation) else { return Vec::new() };
    let start_of = |day: NaiveDate| -> DateTime<Utc> { day.and_time(NaiveTime::MIN).and_utc() };
    let tag = operation.pointer("/tags/0").and_then(Value::as_str).unwrap_or_default();
    let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
    [
        (HeaderName::from_static("deprecation"), format!("@{}", start_of(end.deprecated_at).timestamp())),
        (
            HeaderName::from_static("sunset"),
            HttpDate::from(std::time::SystemTime::from(start_of(end.sunset))).to_string(),
        ),
        (LINK, format!("</docs/#/{tag}/{id}>; rel=\"deprecation\"; type=\"text/html\"")),
    ]
    .into_iter()
    .filter_map(|(name, text)| HeaderValue::from_str(&text).ok().map(|value| (name, value)))
    .collect()
}
