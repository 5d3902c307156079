//! Tickets: a browser's `EventSource` sends no header, and an access token has no business in a URL.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use kernel::Instant;
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;
use web::{Allowed, Answer, NoBody, Problem};

use crate::gate::Gate;
use crate::permission::OwnSession;

/// A ticket for a stream.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StreamTicketView {
    /// For `?ticket=…` of one stream, once, and nothing else.
    pub ticket: String,
    /// Until when a stream may be begun with it; the stream itself goes on. Whoever comes back to it needs another ticket.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Instant,
}

/// Get a ticket to begin a stream with.
///
/// For readers that can send no `Authorization` header, as a browser's `EventSource`. It names the account and the session, is worth
/// nothing anywhere else, begins one stream, and ends after a minute or with the session.
#[utoipa::path(operation_id = "identity_create_stream_ticket", tag = "auth",
    responses((status = 200, body = StreamTicketView, description = "A ticket")),
    extensions(("x-permission" = json!(OwnSession::NAME))))]
#[post("/stream-tickets")]
pub async fn create(who: Allowed<OwnSession>, gate: Data<Gate>) -> Result<HttpResponse, Problem> {
    let ring = gate.signing_ring().await?;
    let rules = gate.ticket_rules();
    who.write(StatusCode::OK, &NoBody, move |_, ctx| {
        let issued = crate::gate::tickets::issue(ctx, &rules, &ring)?;
        Ok(Answer::of(StreamTicketView {
            ticket: issued.token.expose_secret().to_owned(),
            expires_at: issued.expires_at,
        }))
    })
    .await
}
