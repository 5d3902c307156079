//! Plans: list, make, show, drop.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::NaiveDate;
use kernel::id::VisitPlan;
use kernel::permission::Permit;
use kernel::{Context, Id, Instant};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Answer, Body, Params, PathId, Problem};

use super::visits::text;
use crate::model::{DropReason, Plan, PlanState};
use crate::permission::{MakePlans, ManagePlans, ReadOwnVisits, RecordVisits};
use crate::ports::VisitServices;
use crate::service::plans::{self as deeds, NewPlan, Query};
use crate::store::plans::Filter;

/// Which plans.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct VisitPlanListParams {
    /// Only of this unit and of those below it.
    unit: Option<Uuid>,
    /// Only of this worker.
    worker: Option<Uuid>,
    /// Only so far.
    #[param(inline)]
    state: Option<PlanState>,
    /// Not before this day.
    from: Option<NaiveDate>,
    /// Before this day.
    to: Option<NaiveDate>,
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A visit that somebody means to make.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VisitPlanCreate {
    /// Who is to call; whoever sends it unless told.
    #[schema(nullable = false)]
    worker_id: Option<Uuid>,
    /// On which household.
    household_id: Uuid,
    /// On which day: today or within 90 days.
    planned_on: NaiveDate,
}

/// Why a plan is given up.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VisitPlanDrop {
    /// Why.
    reason: DropReason,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// A planned visit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct VisitPlanView {
    /// The plan.
    pub id: Uuid,
    /// Who is to call.
    pub worker_id: Uuid,
    /// On which household.
    pub household_id: Uuid,
    /// The unit of the grid.
    pub unit_id: Uuid,
    /// The grid.
    pub grid_id: Uuid,
    /// On which day.
    pub planned_on: NaiveDate,
    /// How far it is.
    #[schema(extensions(("x-extensible-enum" = json!(["planned", "done", "dropped", "missed"]))))]
    pub state: String,
    /// The visit that fulfilled it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub visit_id: Option<Uuid>,
    /// Why it was dropped.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, extensions(("x-extensible-enum" = json!(["postponed", "moved_away", "refused", "urgent", "absent", "mistake"]))))]
    pub reason: Option<String>,
    /// Who planned it.
    pub planned_by_id: Uuid,
    /// When it was planned.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it was done, dropped or missed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = String, format = DateTime)]
    pub ended_at: Option<Instant>,
    /// Counts its changes.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// What the reader may do: `drop`.
    pub can: Vec<String>,
}

web::page_schema!(VisitPlanPage, VisitPlanView);

impl VisitPlanView {
    fn of(ctx: &Context, plan: &Plan) -> Self {
        let may = |permission| ctx.actor.may(permission, &plan.path, ctx.now);
        let own = plan.worker == ctx.actor.user && may(RecordVisits::PERMISSION);
        let drops = plan.state == PlanState::Planned && (own || may(ManagePlans::PERMISSION));
        Self {
            id: plan.id.uuid(),
            worker_id: plan.worker.uuid(),
            household_id: plan.household.uuid(),
            unit_id: plan.unit.uuid(),
            grid_id: plan.grid.uuid(),
            planned_on: plan.on,
            state: plan.state.word().to_owned(),
            visit_id: plan.visit.map(Id::uuid),
            reason: plan.reason.map(|reason| reason.word().to_owned()),
            planned_by_id: plan.planned_by.uuid(),
            created_at: plan.created_at,
            ended_at: plan.ended_at,
            version: plan.version,
            can: drops.then(|| "drop".to_owned()).into_iter().collect(),
        }
    }
}

/// List the visits one has planned, and those planned in the units whose plans one manages, by day.
#[utoipa::path(operation_id = "visits_list_plans", tag = "visits", params(VisitPlanListParams),
    responses((status = 200, body = VisitPlanPage)), extensions(("x-permission" = json!(ReadOwnVisits::NAME))))]
#[get("/visit-plans")]
pub(super) async fn list(
    req: HttpRequest,
    who: Allowed<ReadOwnVisits>,
    query: Params<VisitPlanListParams>,
    services: Data<VisitServices>,
) -> Result<HttpResponse, Problem> {
    let q = query.into_inner();
    let filters =
        ["visits.plans", &text(q.unit), &text(q.worker), &text(q.state), &text(q.from), &text(q.to)];
    let asked = web::page_request(q.limit, q.cursor.as_deref(), &filters)?;
    let filter = Filter {
        worker: q.worker.map(Id::from_uuid),
        below: None,
        state: q.state,
        from: q.from,
        to: q.to,
        after: None,
    };
    let (wanted, s) = (Query { unit: q.unit.map(Id::from_uuid), filter }, services.get_ref().clone());
    let page = who
        .read(move |tx, ctx| {
            let (after, print) = (asked.after.as_ref(), asked.fingerprint);
            let page = deeds::list(tx, ctx, &s, &wanted, after, asked.size, print)?;
            Ok(page.map(|plan| VisitPlanView::of(ctx, &plan)))
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, VisitPlanPage::of(page), next.as_ref()))
}

/// Plan a visit: for oneself, or for a worker of a unit whose plans one manages.
#[utoipa::path(operation_id = "visits_create_plan", tag = "visits", request_body = VisitPlanCreate,
    responses((status = 201, body = VisitPlanView)), extensions(("x-permission" = json!(MakePlans::NAME))))]
#[post("/visit-plans")]
pub(super) async fn create(
    who: Allowed<MakePlans>,
    body: Body<VisitPlanCreate>,
    services: Data<VisitServices>,
) -> Result<HttpResponse, Problem> {
    let new = NewPlan {
        worker: body.worker_id.map(Id::from_uuid),
        household: Id::from_uuid(body.household_id),
        on: body.planned_on,
    };
    let s = services.get_ref().clone();
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let made = deeds::create(tx, ctx, &s, &new)?;
        let (version, place) = (made.version, format!("/api/v1/visit-plans/{}", made.id));
        Ok(Answer::of(VisitPlanView::of(ctx, &made)).version(version).location(place))
    })
    .await
}

/// Show a planned visit.
#[utoipa::path(operation_id = "visits_get_plan", tag = "visits", params(("id" = Uuid, Path, description = "The plan.")),
    responses((status = 200, body = VisitPlanView)), extensions(("x-permission" = json!(ReadOwnVisits::NAME))))]
#[get("/visit-plans/{id}")]
pub(super) async fn show(
    who: Allowed<ReadOwnVisits>,
    path: PathId<VisitPlan>,
) -> Result<HttpResponse, Problem> {
    let id = path.id();
    let shown = who
        .read(move |tx, ctx| {
            let plan = deeds::visible(tx, ctx, id)?;
            Ok(VisitPlanView::of(ctx, &plan))
        })
        .await?;
    let version = shown.version;
    Ok(web::view(shown, version))
}

/// Give up a planned visit, with a reason.
#[utoipa::path(operation_id = "visits_drop_plan", tag = "visits", params(("id" = Uuid, Path, description = "The plan.")),
    request_body = VisitPlanDrop, responses((status = 200, body = VisitPlanView)),
    extensions(("x-permission" = json!(MakePlans::NAME))))]
#[post("/visit-plans/{id}/drop")]
pub(super) async fn give_up(
    who: Allowed<MakePlans>,
    path: PathId<VisitPlan>,
    body: Body<VisitPlanDrop>,
) -> Result<HttpResponse, Problem> {
    let (id, expected, reason) = (path.id(), who.expected_version(body.version)?, body.reason);
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = deeds::give_up(tx, ctx, id, expected, reason)?;
        let version = done.version;
        Ok(Answer::of(VisitPlanView::of(ctx, &done)).version(version))
    })
    .await
}
