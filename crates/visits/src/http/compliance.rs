//! Whether the monthly rule was met.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use kernel::Id;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Params, Problem};

use super::rules::VisitRuleView;
use crate::model::Month;
use crate::permission::{ReadCompliance, ReadOwnVisits};
use crate::ports::VisitServices;
use crate::service::compliance::{self as counted, UnitMonth, WorkerMonth};

/// Which month of which unit.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct VisitComplianceParams {
    /// The unit, with all below it.
    unit: Uuid,
    /// The month: YYYY-MM, this one at the latest.
    #[param(pattern = "^[0-9]{4}-[0-9]{2}$", example = "2026-10")]
    month: String,
}

/// Which month of which unit, and which page.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct VisitWorkersParams {
    /// The unit, with all below it.
    unit: Uuid,
    /// The month: YYYY-MM, this one at the latest.
    #[param(pattern = "^[0-9]{4}-[0-9]{2}$", example = "2026-10")]
    month: String,
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Which month.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct VisitMonthParams {
    /// The month: YYYY-MM, this one at the latest.
    #[param(pattern = "^[0-9]{4}-[0-9]{2}$", example = "2026-10")]
    month: String,
}

/// A unit's month.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct VisitComplianceView {
    /// The unit.
    pub unit_id: Uuid,
    /// Its name.
    pub unit_name: String,
    /// The month: YYYY-MM.
    pub month: String,
    /// Whether it is over: until then posts count as held to its end.
    pub is_over: bool,
    /// What is asked in the unit itself in a whole month.
    pub rule: VisitRuleView,
    /// The denominator: those who held a post as a worker in the unit or below on a day of the month.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub workers: i64,
    /// How many of them met what was asked of them.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub met: i64,
    /// `met` of `workers` in hundredths of a percent, cut; absent where nobody was on duty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 10000)]
    pub share_basis_points: Option<i64>,
}

impl From<UnitMonth> for VisitComplianceView {
    fn from(told: UnitMonth) -> Self {
        let share_basis_points = told.share_bp();
        Self {
            unit_id: told.unit.id.uuid(),
            unit_name: told.unit.name,
            month: told.month.text(),
            is_over: told.is_over,
            rule: told.rule.into(),
            workers: told.workers,
            met: told.met,
            share_basis_points,
        }
    }
}

/// A worker's month: what they did over all their grids, and what was asked of them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct VisitWorkerMonthView {
    /// Who.
    pub worker_id: Uuid,
    /// The month: YYYY-MM.
    pub month: String,
    /// On how many days they visited.
    #[schema(minimum = 0, maximum = 31)]
    pub days: i64,
    /// How many households they visited.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub households: i64,
    /// On how many days they were to visit.
    #[schema(minimum = 0, maximum = 31)]
    pub target_days: i64,
    /// How many households they were to visit.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub target_households: i64,
    /// On how many days of the month they held a post as a worker: the targets are scaled by it, cut to whole numbers.
    #[schema(minimum = 0, maximum = 31)]
    pub days_in_post: i64,
    /// How many days the month has.
    #[schema(minimum = 28, maximum = 31)]
    pub days_in_month: i64,
    /// Whether the targets are met.
    pub is_met: bool,
}

web::page_schema!(VisitWorkerMonthPage, VisitWorkerMonthView);

impl VisitWorkerMonthView {
    fn of(month: Month, told: WorkerMonth) -> Self {
        let WorkerMonth { worker, done, target, is_met } = told;
        Self {
            worker_id: worker.uuid(),
            month: month.text(),
            days: done.days,
            households: done.households,
            target_days: target.days,
            target_households: target.households,
            days_in_post: target.days_in_post,
            days_in_month: target.days_in_month,
            is_met,
        }
    }
}

/// Show how many workers of a unit met the monthly rule.
#[utoipa::path(operation_id = "visits_get_compliance", tag = "visits", params(VisitComplianceParams),
    responses((status = 200, body = VisitComplianceView)), extensions(("x-permission" = json!(ReadCompliance::NAME))))]
#[get("/visits/compliance")]
pub(super) async fn of_unit(
    who: Allowed<ReadCompliance>,
    query: Params<VisitComplianceParams>,
    services: Data<VisitServices>,
) -> Result<HttpResponse, Problem> {
    let (asked, s) = (query.into_inner(), services.get_ref().clone());
    let told = who
        .read(move |tx, ctx| {
            let month = counted::month(&s, ctx, &asked.month)?;
            counted::of_unit(tx, ctx, &s, Id::from_uuid(asked.unit), month).map(VisitComplianceView::from)
        })
        .await?;
    Ok(HttpResponse::Ok().json(told))
}

/// List the workers of a unit with what each did and was to do in a month.
#[utoipa::path(operation_id = "visits_list_worker_months", tag = "visits", params(VisitWorkersParams),
    responses((status = 200, body = VisitWorkerMonthPage)), extensions(("x-permission" = json!(ReadCompliance::NAME))))]
#[get("/visits/compliance/workers")]
pub(super) async fn workers(
    req: HttpRequest,
    who: Allowed<ReadCompliance>,
    query: Params<VisitWorkersParams>,
    services: Data<VisitServices>,
) -> Result<HttpResponse, Problem> {
    let (q, s) = (query.into_inner(), services.get_ref().clone());
    let filters = ["visits.worker_months", &q.unit.to_string(), &q.month];
    let asked = web::page_request(q.limit, q.cursor.as_deref(), &filters)?;
    let page = who
        .read(move |tx, ctx| {
            let (unit, month) = (Id::from_uuid(q.unit), counted::month(&s, ctx, &q.month)?);
            let (after, print) = (asked.after.as_ref(), asked.fingerprint);
            let page = counted::of_workers(tx, ctx, &s, unit, month, after, asked.size, print)?;
            Ok(page.map(|told| VisitWorkerMonthView::of(month, told)))
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, VisitWorkerMonthPage::of(page), next.as_ref()))
}

/// Show what one did oneself in a month, and was to do.
#[utoipa::path(operation_id = "visits_get_my_month", tag = "visits", params(VisitMonthParams),
    responses((status = 200, body = VisitWorkerMonthView)), extensions(("x-permission" = json!(ReadOwnVisits::NAME))))]
#[get("/visits/compliance/mine")]
pub(super) async fn mine(
    who: Allowed<ReadOwnVisits>,
    query: Params<VisitMonthParams>,
    services: Data<VisitServices>,
) -> Result<HttpResponse, Problem> {
    let (asked, s) = (query.into_inner(), services.get_ref().clone());
    let told = who
        .read(move |tx, ctx| {
            let month = counted::month(&s, ctx, &asked.month)?;
            Ok(VisitWorkerMonthView::of(month, counted::mine(tx, ctx, &s, month)?))
        })
        .await?;
    Ok(HttpResponse::Ok().json(told))
}
