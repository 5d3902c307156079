//! `Raw<MAX>`: the bytes of a file, as they came, up to `MAX` of them.

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;

use crate::body::{Fingerprint, collect, too_large};
use crate::guard::after_guard;
use crate::problem::Problem;
use crate::upload::kind_of;

/// A file sent raw, one a request, with its type in the header.
#[derive(Debug, Clone)]
pub struct Raw<const MAX: usize> {
    /// The bytes.
    pub bytes: Bytes,
    /// The media type in lower case, without parameters; empty where none was sent.
    pub media: String,
    /// The `charset` parameter in lower case, if there is one.
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
            let (media, charset) = kind_of(headers)?;
            let length =
                headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
            if length.is_some_and(|length: usize| length > MAX) {
                return Err(kernel::Fault::from(too_large(MAX)).into());
            }
            let bytes = collect(&mut payload, MAX).await?;
            Ok(Self { bytes, media, charset })
        })
    }
}
