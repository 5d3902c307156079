//! `Upload`: the bytes of a file as they come, for handlers that never hold all of them.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use kernel::Outcome;
use tokio::time::Instant;

use crate::error::{BODY_INTERRUPTED, INVALID_HEADER, UNSUPPORTED_MEDIA_TYPE};
use crate::guard::after_guard;
use crate::problem::Problem;
use crate::realm::Gateway;

/// How long a sender may say nothing.
const SILENCE: Duration = Duration::from_secs(30);

/// A file sent raw, one a request, read as it comes. Nobody counts its bytes but whoever reads it.
pub struct Upload {
    /// The media type in lower case, without parameters; empty where none was sent.
    pub media: String,
    /// The `charset` parameter, in lower case, if there is one.
    pub charset: Option<String>,
    /// How many bytes are announced; a sender need not say.
    pub announced: Option<u64>,
    payload: Payload,
}

impl Upload {
    /// The next bytes; `None` at the end. A sender that goes away, or says nothing for half a minute, is refused.
    pub async fn chunk(&mut self) -> Outcome<Option<Bytes>> {
        match tokio::time::timeout(SILENCE, self.payload.next()).await {
            Ok(None) => Ok(None),
            Ok(Some(Ok(bytes))) => Ok(Some(bytes)),
            Ok(Some(Err(_))) | Err(_) => Err(BODY_INTERRUPTED.fault()),
        }
    }
}

impl FromRequest for Upload {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let req = req.clone();
        let payload = payload.take();
        Box::pin(async move {
            after_guard(&req).await;
            let (media, charset) = kind_of(req.headers())?;
            let announced = req.headers().get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse().ok());
            // A file may take longer than a question, but not for ever.
            if let Some(deadline) = req.extensions().get::<Deadline>()
                && let Some(gateway) = req.app_data::<actix_web::web::Data<Gateway>>()
            {
                deadline.extend(gateway.settings.upload_timeout);
            }
            Ok(Self { media, charset, announced, payload })
        })
    }
}

/// The media type and charset of a body that is sent as it is: a packed one would be unpacked without a bound by whoever reads
/// it next.
pub(crate) fn kind_of(headers: &HeaderMap) -> Outcome<(String, Option<String>)> {
    if !headers.get_all(CONTENT_ENCODING).all(|v| v.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(UNSUPPORTED_MEDIA_TYPE.fault());
    }
    let mut types = headers.get_all(CONTENT_TYPE);
    let media = types.next().map(|v| v.to_str()).transpose().map_err(|_| INVALID_HEADER.fault())?;
    if types.next().is_some() {
        return Err(INVALID_HEADER.refusal().because("Content-Type is there twice").into());
    }
    let mut parts = media.unwrap_or_default().split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let charset = parts
        .filter_map(|part| part.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .map(|(_, value)| value.trim().trim_matches('"').to_ascii_lowercase());
    Ok((essence, charset))
}

/// Until when a request is waited for; whoever takes a long body moves it.
#[derive(Clone)]
pub(crate) struct Deadline {
    began: Instant,
    until: Rc<Cell<Instant>>,
}

impl Deadline {
    pub(crate) fn after(time: Duration) -> Self {
        let began = Instant::now();
        Self { began, until: Rc::new(Cell::new(began + time)) }
    }

    fn extend(&self, time: Duration) {
        self.until.set(self.until.get().max(self.began + time));
    }

    /// Runs `work` until it is done or time is over.
    pub(crate) async fn bound<F: Future>(&self, work: F) -> Option<F::Output> {
        let mut work = std::pin::pin!(work);
        loop {
            let until = self.until.get();
            match tokio::time::timeout_at(until, work.as_mut()).await {
                Ok(done) => return Some(done),
                Err(_) if self.until.get() > until => {}
                Err(_) => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn a_deadline_that_is_moved_while_it_is_waited_for_holds_at_its_new_place() {
        let deadline = Deadline::after(Duration::from_millis(20));
        let moved = deadline.clone();
        let work = async move {
            moved.extend(Duration::from_secs(5));
            tokio::time::sleep(Duration::from_millis(60)).await;
            7
        };
        assert_eq!(deadline.bound(work).await, Some(7));
        let strict = Deadline::after(Duration::from_millis(20));
        assert_eq!(strict.bound(tokio::time::sleep(Duration::from_secs(5))).await, None);
    }
}
