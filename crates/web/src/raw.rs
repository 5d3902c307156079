//! `Raw<MAX>`: the bytes of a file, as they came, up to `MAX` of them.

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;

use crate::body::{Fingerprint, collect, too_large};
use crate::error::UNSUPPORTED_MEDIA_TYPE;
use crate::guard::after_guard;
use crate::problem::Problem;

/// A file sent raw, one a request, with its type in the header.
#[derive(Debug, Clone)]
pub struct Raw<const MAX: usize> {
    /// The bytes.
    pub bytes: Bytes,
    /// The media type in lower case, without parameters; empty where none was sent.
    pub media: String,
    /// The `charset` parameter, if there is one.
    pub charset: Option<String>,
}

impl<const MAX: usize> Fingerprint for Raw<MAX> {
    fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl<const MAX: usize> FromRequest for Raw<MAX> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let req = req.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            after_guard(&req).await;
            let headers = req.headers();
            // A packed body would be unpacked without a bound by whoever reads it next.
            if !headers.get_all(CONTENT_ENCODING).all(|v| v.as_bytes().eq_ignore_ascii_case(b"identity")) {
                return Err(UNSUPPORTED_MEDIA_TYPE.fault().into());
            }
            let length =
                headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
            if length.is_some_and(|length: usize| length > MAX) {
                return Err(kernel::Fault::from(too_large(MAX)).into());
            }
            let media = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
            let mut parts = media.split(';').map(str::trim);
            let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
            let charset = parts
                .filter_map(|part| part.split_once('='))
                .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
                .map(|(_, value)| value.trim().trim_matches('"').to_owned());
            let bytes = collect(&mut payload, MAX).await?;
            Ok(Self { bytes, media: essence, charset })
        })
    }
}
