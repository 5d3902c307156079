//! `GET /audit/events`: the trail, newest first.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use kernel::error::{FIELD_UNKNOWN_REFERENCE, FORBIDDEN, INVALID};
use kernel::permission::Permit;
use kernel::{Context, Id, Instant, Outcome};
use serde::{Deserialize, Serialize};
use storage::Tx;
use storage::audit::{self, Filter, Record};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Params, Problem};

use super::Services;
use crate::Tree;
use crate::error::UNIT_NEEDED;
use crate::permission::ReadTrail;

/// What to look for.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsQuery {
    /// Only what this user did.
    actor: Option<Uuid>,
    /// Only what was done to this thing.
    object_id: Option<Uuid>,
    /// Only what belongs to this unit itself. Needed unless the whole realm is yours to audit.
    unit: Option<Uuid>,
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

/// One record of the trail.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AuditRecordView {
    /// The record.
    id: Uuid,
    /// When it was written.
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
    /// Who did it; absent for a stranger.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    actor_id: Option<Uuid>,
    /// What was done.
    #[schema(example = "grid.incident.reported")]
    action: String,
    /// To what kind of thing.
    #[schema(example = "incident")]
    object_kind: String,
    /// To which.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    object_id: Option<Uuid>,
    /// In which unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    unit_id: Option<Uuid>,
    /// Under which request: the `X-Request-Id` of its answer.
    request_id: String,
    /// The canonical JSON that the chain is made over, byte for byte, with `before` and `after`.
    canonical: String,
    /// Its place in the chain, from 1; absent until it is sealed, a moment after it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    seq: Option<i64>,
    /// Its hash in the chain (SHA-256, hex).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    hash: Option<String>,
}

web::page_schema!(AuditRecordPage, AuditRecordView);

impl From<Record> for AuditRecordView {
    fn from(r: Record) -> Self {
        Self {
            id: r.id.uuid(),
            at: r.at,
            actor_id: r.actor_id.map(Id::uuid),
            action: r.action,
            object_kind: r.object_kind,
            object_id: r.object_id.map(Id::uuid),
            unit_id: r.unit_id.map(Id::uuid),
            request_id: r.request_id,
            canonical: r.body,
            seq: r.seq,
            hash: r.hash,
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
    let text = |v: Option<String>| v.unwrap_or_default();
    let request = web::page_request(
        query.limit,
        query.cursor.as_deref(),
        &[
            "audit.events",
            &text(query.actor.map(|v| v.to_string())),
            &text(query.object_id.map(|v| v.to_string())),
            &text(query.unit.map(|v| v.to_string())),
            &text(query.action.clone()),
            &text(query.from.map(|v| v.micros().to_string())),
            &text(query.to.map(|v| v.micros().to_string())),
        ],
    )?;
    let filter = Filter {
        actor: query.actor.map(Id::from_uuid),
        object: query.object_id,
        unit: query.unit.map(Id::from_uuid),
        action: query.action.clone(),
        from: query.from,
        to: query.to,
    };
    let tree = services.tree.clone();
    let after = request.after.as_ref().map(|c| Id::from_uuid(c.after));
    let (size, fingerprint) = (request.size, request.fingerprint);
    let page = who
        .read(move |tx, ctx| {
            check_scope(tx, ctx, &tree, &filter)?;
            audit::list(tx, &filter, after, size, fingerprint)
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, AuditRecordPage::of(page.map(AuditRecordView::from)), next.as_ref()))
}

/// Whoever audits the whole realm may look anywhere; whoever audits a part must name a unit of it.
fn check_scope(tx: &mut Tx<'_>, ctx: &Context, tree: &Tree, filter: &Filter) -> Outcome<()> {
    let permission = ReadTrail::PERMISSION;
    let roots = tree.roots(tx)?;
    if !roots.is_empty() && roots.iter().all(|root| ctx.actor.may(permission, &root.path, ctx.now)) {
        let scope = ctx.actor.scope(permission, false, ctx.now);
        if roots.iter().all(|root| scope.roots.iter().any(|r| r.subtree && r.covers(&root.path))) {
            return Ok(());
        }
    }
    let Some(unit) = filter.unit else {
        return Err(UNIT_NEEDED.fault());
    };
    match tree.unit(tx, unit)? {
        Some(unit) if ctx.actor.may(permission, &unit.path, ctx.now) => Ok(()),
        Some(_) => Err(FORBIDDEN.fault()),
        None => Err(INVALID.refusal().at("unit", &FIELD_UNKNOWN_REFERENCE).into()),
    }
}
