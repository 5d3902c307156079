//! `GET /incidents/{id}/sender-remarks`: what who reported a case through Open311 says besides, for those who deal with it.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use kernel::id::Incident;
use kernel::{Id, Instant};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Params, PathId, Problem};

use crate::model::Remark;
use crate::permission::ReadRemarks;
use crate::ports::Open311Services;
use crate::service::remark;

/// What a sender adds to an incident.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SenderRemarkView {
    /// Its id.
    id: Uuid,
    /// How the sender has the incident: a word of the updates extension, in capitals. More will come.
    #[schema(example = "REOPEN")]
    status: String,
    /// What is said.
    text: String,
    /// Where pictures are, as sent: addresses of the web that nobody here has looked at.
    media_urls: Vec<String>,
    /// Whether the incident was reopened by it.
    is_reopening: bool,
    /// When it was said, says the sender.
    #[schema(value_type = String, format = DateTime)]
    said_at: Instant,
    /// When it came.
    #[schema(value_type = String, format = DateTime)]
    received_at: Instant,
}

impl From<Remark> for SenderRemarkView {
    fn from(remark: Remark) -> Self {
        Self {
            id: remark.id.uuid(),
            status: remark.status,
            text: remark.text,
            media_urls: remark.media,
            is_reopening: remark.reopened,
            said_at: remark.said_at,
            received_at: remark.received_at,
        }
    }
}

web::page_schema!(SenderRemarkPage, SenderRemarkView);

/// Which page of them.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SenderRemarksQuery {
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List what a sender adds to an incident, oldest first.
///
/// Of an incident that was reported through Open311; of others there is none.
#[utoipa::path(operation_id = "open311_list_remarks", tag = "open311",
    params(("id" = Uuid, Path, description = "The incident"), SenderRemarksQuery),
    responses((status = 200, body = SenderRemarkPage, description = "A page of remarks")),
    extensions(("x-permission" = json!(ReadRemarks::NAME))))]
#[get("/incidents/{id}/sender-remarks")]
pub async fn list(
    req: HttpRequest,
    who: Allowed<ReadRemarks>,
    id: PathId<Incident>,
    query: Params<SenderRemarksQuery>,
    s: Data<Open311Services>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (id.id(), s.get_ref().clone());
    let filters = ["open311.remarks", &id.to_string()];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let after = asked.after.as_ref().map(|cursor| Id::from_uuid(cursor.after));
    let page =
        who.read(move |tx, ctx| remark::list(tx, ctx, &s, id, after, asked.size, asked.fingerprint)).await?;
    let next = page.next.clone();
    Ok(web::page(&req, SenderRemarkPage::of(page.map(SenderRemarkView::from)), next.as_ref()))
}
