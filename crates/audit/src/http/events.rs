//! `GET /audit/events` and `GET /audit/events/{id}`: the trail, newest first, and one record of it.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use kernel::id::AuditRecord;
use kernel::{Id, Instant};
use serde::Deserialize;
use storage::audit;
use utoipa::IntoParams;
use uuid::Uuid;
use web::{Allowed, Params, PathId, Problem};

use super::Services;
use super::views::{AuditRecordPage, AuditRecordView};
use crate::model::Wanted;
use crate::permission::ReadTrail;
use crate::service::look::{self, Names};

/// What to look for.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsQuery {
    /// Only what this user did.
    actor: Option<Uuid>,
    /// Only what was done in this user's name by another.
    on_behalf_of: Option<Uuid>,
    /// Only what was done to this thing.
    object_id: Option<Uuid>,
    /// Only what was done to things of this kind, for instance `grant`.
    object_kind: Option<String>,
    /// Only what belongs to this unit itself. Needed unless the whole realm is yours to audit.
    unit: Option<Uuid>,
    /// What belonged to the unit or to any below it when it happened.
    subtree: Option<bool>,
    /// Only this action, for instance `grid.incident.reported`.
    action: Option<String>,
    /// Not before this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Instant>,
    /// Before this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Instant>,
    /// Items on a page, 1 to 200; 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

impl EventsQuery {
    fn wanted(&self) -> Wanted {
        Wanted {
            actor: self.actor,
            on_behalf_of: self.on_behalf_of,
            object_id: self.object_id,
            object_kind: self.object_kind.clone(),
            unit: self.unit,
            subtree: self.subtree.unwrap_or(false),
            under: None,
            action: self.action.clone(),
            from_micros: self.from.map(Instant::micros),
            to_micros: self.to.map(Instant::micros),
        }
    }
}

/// List the audit trail, newest first.
#[utoipa::path(operation_id = "audit_list_events", tag = "audit", params(EventsQuery),
    responses((status = 200, body = AuditRecordPage)), extensions(("x-permission" = json!(ReadTrail::NAME))))]
#[get("/audit/events")]
pub(crate) async fn list(
    req: HttpRequest,
    who: Allowed<ReadTrail>,
    query: Params<EventsQuery>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let wanted = query.wanted();
    let filters = serde_json::to_string(&wanted).map_err(kernel::Fault::internal)?;
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &["audit.events", &filters])?;
    let (tree, users) = (services.tree.clone(), services.users.clone());
    let after = asked.after.as_ref().map(|c| Id::from_uuid(c.after));
    let page = who
        .read(move |tx, ctx| {
            let filter = look::allowed(tx, ctx, &tree, &wanted)?.filter();
            let page = audit::list(tx, &filter, after, asked.size, asked.fingerprint)?;
            let names = Names::of(tx, &tree, &users, &page.items)?;
            Ok(page.map(|record| AuditRecordView::of(record, &names)))
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, AuditRecordPage::of(page), next.as_ref()))
}

/// Read one record of the audit trail.
#[utoipa::path(operation_id = "audit_read_event", tag = "audit", params(("id" = Uuid, Path, description = "The record")),
    responses((status = 200, body = AuditRecordView)), extensions(("x-permission" = json!(ReadTrail::NAME))))]
#[get("/audit/events/{id}")]
pub(crate) async fn read(
    who: Allowed<ReadTrail>,
    id: PathId<AuditRecord>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let (id, tree, users) = (id.id(), services.tree.clone(), services.users.clone());
    let view = who
        .read(move |tx, ctx| {
            let record = look::find(tx, ctx, &tree, id)?;
            let names = Names::of(tx, &tree, &users, std::slice::from_ref(&record))?;
            Ok(AuditRecordView::of(record, &names))
        })
        .await?;
    Ok(HttpResponse::Ok().json(view))
}
