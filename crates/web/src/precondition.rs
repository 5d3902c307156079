//! `If-Match`: the version that a client believes to be the present one.

use actix_web::http::header::HeaderValue;
use kernel::Outcome;

use crate::error::{INVALID_HEADER, PRECONDITION_REQUIRED};

/// The version from the header or the body: 428 without either, 400 where it cannot be read or the two differ.
pub(crate) fn expected_version(if_match: &[HeaderValue], in_body: Option<i64>) -> Outcome<i64> {
    match (read(if_match)?, in_body) {
        (Some(header), Some(body)) if header != body => Err(INVALID_HEADER
            .refusal()
            .because(format!("If-Match says version {header}, the body says {body}"))
            .into()),
        (Some(version), _) | (None, Some(version)) => Ok(version),
        (None, None) => Err(PRECONDITION_REQUIRED.fault()),
    }
}

/// One strong entity tag with a number in it, as our `ETag` headers are. `*`, weak tags and lists are refused: who sends
/// them does not say which version they have seen.
fn read(values: &[HeaderValue]) -> Outcome<Option<i64>> {
    let bad = || INVALID_HEADER.refusal().because("If-Match: one strong entity tag, as in \"7\"");
    match values {
        [] => Ok(None),
        [one] => one
            .to_str()
            .ok()
            .and_then(|text| text.trim().strip_prefix('"')?.strip_suffix('"'))
            .filter(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok())
            .map(Some)
            .ok_or_else(|| bad().into()),
        _ => Err(bad().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Fault;

    fn ask(header: Option<&str>, body: Option<i64>) -> Result<i64, &'static str> {
        let values: Vec<_> =
            header.into_iter().map(|h| HeaderValue::from_str(h).expect("a header")).collect();
        expected_version(&values, body).map_err(|fault| match fault {
            Fault::Refused(refusal) => refusal.code.code,
            other => panic!("{other}"),
        })
    }

    #[test]
    fn a_version_comes_from_the_header_or_the_body() {
        assert_eq!(ask(Some("\"7\""), None), Ok(7));
        assert_eq!(ask(None, Some(7)), Ok(7));
        assert_eq!(ask(Some("\"7\""), Some(7)), Ok(7));
        assert_eq!(ask(Some("\"7\""), Some(8)), Err("web.invalid_header"));
        assert_eq!(ask(None, None), Err("web.precondition_required"));
    }

    #[test]
    fn stars_weak_tags_lists_and_words_are_refused() {
        for header in
            ["*", "W/\"7\"", "\"7\", \"8\"", "7", "\"\"", "\"-1\"", "\"x\"", "\"99999999999999999999\""]
        {
            assert_eq!(ask(Some(header), None), Err("web.invalid_header"), "{header}");
        }
    }
}
