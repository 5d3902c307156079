//! What is known of a request before anything is asked of it: its id, its reader's language, how errors are to be sent.

use std::sync::Arc;

use actix_web::http::header::{ACCEPT, ACCEPT_LANGUAGE, HeaderMap};
use actix_web::{HttpMessage, HttpRequest};
use kernel::IdGen;

use crate::face::Faced;

/// The header with the request's id, both ways.
pub const REQUEST_ID: &str = "x-request-id";

/// Facts of one request.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The request's id.
    pub request_id: Arc<str>,
    /// Whether the reader prefers Chinese to English.
    pub chinese: bool,
    /// Whether errors go out as `application/json`, for clients that take nothing else.
    pub plain_json: bool,
    /// The client's address.
    pub peer: Arc<str>,
    /// Whose shape errors have, where it is not ours.
    pub(crate) face: Option<Faced>,
}

/// The account that a request turned out to come from, for the log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Who(pub uuid::Uuid);

impl Facts {
    /// Reads them from the headers; makes an id where none came that is worth taking.
    pub fn read(
        headers: &HeaderMap,
        peer: Option<std::net::SocketAddr>,
        behind_proxy: bool,
        ids: &dyn IdGen,
    ) -> Self {
        let request_id = headers
            .get(REQUEST_ID)
            .and_then(|v| v.to_str().ok())
            .filter(|id| is_sane(id))
            .map_or_else(|| ids.uuid().to_string(), str::to_owned);
        let forwarded = || {
            let list = headers.get_all("x-forwarded-for").last()?.to_str().ok()?;
            let last = list.rsplit(',').next()?.trim();
            last.parse::<std::net::IpAddr>().ok().map(|ip| ip.to_string())
        };
        let address = behind_proxy.then(forwarded).flatten().or_else(|| peer.map(|p| p.ip().to_string()));
        Self {
            request_id: request_id.into(),
            chinese: prefers_chinese(headers),
            plain_json: wants_plain_json(headers),
            peer: address.unwrap_or_else(|| "unknown".to_owned()).into(),
            face: None,
        }
    }

    /// The facts the envelope noted, or fresh ones where there is no envelope around.
    pub(crate) fn of(req: &HttpRequest, behind_proxy: bool, ids: &dyn IdGen) -> Self {
        if let Some(facts) = req.extensions().get::<Self>() {
            return facts.clone();
        }
        let facts = Self::read(req.headers(), req.peer_addr(), behind_proxy, ids);
        req.extensions_mut().insert(facts.clone());
        facts
    }
}

fn is_sane(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// The members of a comma-separated header with their weights, in thousandths.
fn weighted(headers: &HeaderMap, name: actix_web::http::header::HeaderName) -> Vec<(String, u16)> {
    let mut all = Vec::new();
    for value in headers.get_all(name) {
        let Ok(text) = value.to_str() else { continue };
        for member in text.split(',').take(32) {
            let mut parts = member.split(';').map(str::trim);
            let Some(word) = parts.next().filter(|w| !w.is_empty()) else { continue };
            let weight = parts
                .find_map(|p| p.strip_prefix("q=").or_else(|| p.strip_prefix("Q=")))
                .map_or(1000, thousandths);
            all.push((word.to_ascii_lowercase(), weight));
        }
    }
    all
}

fn thousandths(q: &str) -> u16 {
    let (whole, fraction) = q.split_once('.').unwrap_or((q, ""));
    if whole == "1" {
        return 1000;
    }
    let digits: String = fraction.chars().take(3).collect();
    format!("{digits:0<3}").parse().unwrap_or(0)
}

fn prefers_chinese(headers: &HeaderMap) -> bool {
    let (mut zh, mut en) = (None, None);
    for (index, (tag, weight)) in weighted(headers, ACCEPT_LANGUAGE).into_iter().enumerate() {
        let rank = (weight, usize::MAX - index);
        let slot = match tag.split('-').next() {
            Some("zh") => &mut zh,
            Some("en" | "*") => &mut en,
            _ => continue,
        };
        if weight > 0 && slot.is_none_or(|best| rank > best) {
            *slot = Some(rank);
        }
    }
    zh > en
}

fn wants_plain_json(headers: &HeaderMap) -> bool {
    let taken = weighted(headers, ACCEPT);
    let takes = |what: &[&str]| taken.iter().any(|(t, w)| *w > 0 && what.contains(&t.as_str()));
    takes(&["application/json"]) && !takes(&["application/problem+json", "*/*", "application/*"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn with(name: HeaderName, value: &str) -> HeaderMap {
        let mut map = HeaderMap::new();
        map.insert(name, HeaderValue::from_str(value).expect("a header"));
        map
    }

    #[test]
    fn the_language_with_the_higher_weight_wins_and_english_is_the_default() {
        for (header, chinese) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", true),
            ("en-GB,en;q=0.9,zh;q=0.5", false),
            ("fr, zh;q=0.3", true),
            ("en;q=0.2, zh-Hans;q=0.25", true),
            ("zh, en", true),
            ("zh;q=0", false),
            ("*", false),
            (";;;,q=,zh;q=abc", false),
        ] {
            assert_eq!(prefers_chinese(&with(ACCEPT_LANGUAGE, header)), chinese, "{header}");
        }
        assert!(!prefers_chinese(&HeaderMap::new()));
    }

    #[test]
    fn only_a_client_that_takes_nothing_else_gets_plain_json() {
        for (header, plain) in [
            ("application/json", true),
            ("application/json, text/plain, */*", false),
            ("application/json, application/problem+json", false),
            ("application/json, text/plain", true),
            ("text/html", false),
        ] {
            assert_eq!(wants_plain_json(&with(ACCEPT, header)), plain, "{header}");
        }
    }
}
