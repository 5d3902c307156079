//! `Range`, `If-Range` and `If-None-Match` (RFC 9110), as far as they help: one range of bytes, strong tags.

use actix_web::http::header::{HeaderMap, HeaderName, IF_NONE_MATCH, IF_RANGE, RANGE};

/// What of a file is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// All of it: also where several ranges are asked for, or something that cannot be read.
    Whole,
    /// From the first byte up to, not including, the second.
    Part(u64, u64),
    /// Nothing that it has.
    Nothing,
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// What of a file of this size and tag is asked for.
pub fn wanted(headers: &HeaderMap, size: u64, tag: &str) -> Wanted {
    // The part of another version is no use: the whole of this one is.
    if text(headers, IF_RANGE).is_some_and(|known| known != tag) {
        return Wanted::Whole;
    }
    text(headers, RANGE).map_or(Wanted::Whole, |range| parse(range, size))
}

fn parse(range: &str, size: u64) -> Wanted {
    let Some((unit, set)) = range.split_once('=') else { return Wanted::Whole };
    let Some((first, last)) = set.trim().split_once('-') else { return Wanted::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") || set.contains(',') {
        return Wanted::Whole;
    }
    match (number(first), number(last)) {
        (Some(Some(first)), Some(Some(last))) if last < first => Wanted::Whole,
        (Some(Some(first)), Some(_)) if first >= size => Wanted::Nothing,
        (Some(Some(first)), Some(last)) => {
            Wanted::Part(first, last.map_or(size, |last| last.saturating_add(1).min(size)))
        }
        (Some(None), Some(Some(0))) => Wanted::Nothing,
        (Some(None), Some(Some(_))) if size == 0 => Wanted::Nothing,
        (Some(None), Some(Some(count))) => Wanted::Part(size.saturating_sub(count), size),
        _ => Wanted::Whole,
    }
}

/// A number that may be left out; `None` if it is something else.
fn number(text: &str) -> Option<Option<u64>> {
    let text = text.trim();
    if text.is_empty() {
        return Some(None);
    }
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().unwrap_or(u64::MAX)).map(Some)
}

/// Whether the reader says that they have it already.
pub fn has_it(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get_all(IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    #[test]
    fn one_range_is_a_part_and_nonsense_is_the_whole() {
        for (range, wanted) in [
            ("bytes=0-0", Wanted::Part(0, 1)),
            ("bytes=2-5", Wanted::Part(2, 6)),
            ("bytes=5-", Wanted::Part(5, 10)),
            ("bytes=-3", Wanted::Part(7, 10)),
            ("bytes=-30", Wanted::Part(0, 10)),
            ("bytes=3-99999999999999999999999", Wanted::Part(3, 10)),
            ("Bytes = 1-2", Wanted::Part(1, 3)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=99999999999999999999999-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=5-2", Wanted::Whole),
            ("bytes=0-1,4-5", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("bytes=+1-2", Wanted::Whole),
            ("lines=1-2", Wanted::Whole),
            ("bytes", Wanted::Whole),
        ] {
            assert_eq!(parse(range, 10), wanted, "{range}");
        }
        assert_eq!(parse("bytes=-5", 0), Wanted::Nothing);
    }

    #[test]
    fn tags_are_compared() {
        let with = |name: HeaderName, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RANGE, HeaderValue::from_static("bytes=0-1"));
            headers.insert(name, HeaderValue::from_str(value).unwrap());
            headers
        };
        assert_eq!(wanted(&with(IF_RANGE, "\"a\""), 10, "\"a\""), Wanted::Part(0, 2));
        assert_eq!(wanted(&with(IF_RANGE, "\"b\""), 10, "\"a\""), Wanted::Whole);
        assert_eq!(wanted(&with(IF_RANGE, "W/\"a\""), 10, "\"a\""), Wanted::Whole);
        assert!(has_it(&with(IF_NONE_MATCH, "\"x\", W/\"a\""), "\"a\""));
        assert!(has_it(&with(IF_NONE_MATCH, "*"), "\"a\""));
        assert!(!has_it(&with(IF_NONE_MATCH, "\"x\""), "\"a\""));
    }
}
