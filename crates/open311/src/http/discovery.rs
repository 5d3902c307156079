//! `GET /discovery`: what the endpoint is.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use web::Problem;

use super::PREFIX;
use super::answer::Format;
use super::node::Node;
use crate::ports::Open311Services;

/// When what the endpoint does last changed.
const CHANGESET: &str = "2026-11-01T00:00:00Z";
/// What it does.
const SPECIFICATION: &str = "http://wiki.open311.org/GeoReport_v2";

/// What the endpoint is, and whom to ask about it.
pub async fn show(
    req: HttpRequest,
    format: Path<String>,
    s: Data<Open311Services>,
) -> Result<HttpResponse, Problem> {
    let format = Format::of(&format)?;
    let settings = &s.settings;
    let base = settings.public_url.clone().unwrap_or_else(|| {
        let at = req.connection_info();
        format!("{}://{}", at.scheme(), at.host())
    });
    let formats = ["text/xml", "application/json"].map(Node::text).to_vec();
    let endpoint = Node::Object(vec![
        ("specification", Node::text(SPECIFICATION)),
        ("url", Node::text(format!("{}{PREFIX}", base.trim_end_matches('/')))),
        ("changeset", Node::text(CHANGESET)),
        ("type", Node::text(if settings.production { "production" } else { "test" })),
        ("formats", Node::List("format", formats)),
    ]);
    let document = Node::Object(vec![
        ("changeset", Node::text(CHANGESET)),
        ("contact", Node::text(settings.contact.as_str())),
        ("key_service", Node::text(settings.key_service.as_str())),
        ("endpoints", Node::List("endpoint", vec![endpoint])),
    ]);
    format.ok("discovery", &document)
}
