//! `GET /.well-known/jwks.json`: the public keys that access tokens verify with (RFC 7517), where clients look for them.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{Data, ServiceConfig, get};
use web::{Problem, Public};

use crate::gate::Gate;

/// Registers it, outside `/api/v1`.
pub(super) fn route(cfg: &mut ServiceConfig) {
    cfg.route("/.well-known/jwks.json", get().to(keys));
}

async fn keys(anyone: Public, gate: Data<Gate>) -> Result<HttpResponse, Problem> {
    let keys = gate.public_keys(anyone.now).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/jwk-set+json"))
        // Shorter than the overlap of a rotation: a new key is seen before the first token it signed runs out.
        .insert_header((CACHE_CONTROL, "public, max-age=60"))
        .body(keys))
}
