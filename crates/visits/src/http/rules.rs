//! The monthly rule: which holds, what a unit said, set, end.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::NaiveDate;
use kernel::{Cursor, Id, Instant, Page};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Answer, Body, Params, Problem};

use super::visits::number_of;
use crate::model::{Month, Rule, RuleVersion, STANDARD};
use crate::permission::{ManageRules, ReadRules};
use crate::ports::VisitServices;
use crate::service::rules::{self as deeds, NewRule, Resolved};

/// Of which unit, in which month.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct VisitRuleResolveParams {
    /// The unit.
    unit: Uuid,
    /// The month: YYYY-MM, also one that comes.
    #[param(pattern = "^[0-9]{4}-[0-9]{2}$", example = "2026-11")]
    month: String,
}

/// Of which unit, and which page.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct VisitRuleListParams {
    /// The unit.
    unit: Uuid,
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What is asked of a worker in a whole month.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct VisitRuleView {
    /// On how many days of the month.
    #[schema(minimum = 0, maximum = 31)]
    pub days: i64,
    /// On how many households.
    #[schema(minimum = 0, maximum = 10000)]
    pub households: i64,
    /// A household is not due again before so many days have passed.
    #[schema(minimum = 0, maximum = 366)]
    pub min_days_between: i64,
    /// A household with somebody who is looked after first is due again after so many days.
    #[schema(minimum = 1, maximum = 366)]
    pub priority_days: i64,
    /// The unit that says so; absent: the standard, 10 days and 60 households.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub unit_id: Option<Uuid>,
}

impl From<Resolved> for VisitRuleView {
    fn from(Resolved { rule, unit }: Resolved) -> Self {
        Self {
            days: rule.days,
            households: rule.households,
            min_days_between: rule.min_days_between,
            priority_days: rule.priority_days,
            unit_id: unit.map(Id::uuid),
        }
    }
}

/// What a unit said, or says, from a month on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct VisitRuleVersionView {
    /// Its id.
    pub id: Uuid,
    /// The unit.
    pub unit_id: Uuid,
    /// Grows with each of the unit: of two for one month the later holds.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub number: i64,
    /// The first day of the first month.
    pub from_on: NaiveDate,
    /// Whether the unit's rule ends with it: that of the unit above holds.
    pub is_ended: bool,
    /// On how many days of the month.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 31)]
    pub days: Option<i64>,
    /// On how many households.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 10000)]
    pub households: Option<i64>,
    /// A household is not due again before so many days have passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 366)]
    pub min_days_between: Option<i64>,
    /// A household with somebody who is looked after first is due again after so many days.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 366)]
    pub priority_days: Option<i64>,
    /// When it was said.
    #[schema(value_type = String, format = DateTime)]
    pub recorded_at: Instant,
    /// By whom.
    pub recorded_by_id: Uuid,
}

web::page_schema!(VisitRuleVersionPage, VisitRuleVersionView);

impl From<RuleVersion> for VisitRuleVersionView {
    fn from(row: RuleVersion) -> Self {
        Self {
            id: row.id.uuid(),
            unit_id: row.unit.uuid(),
            number: row.number,
            from_on: row.from,
            is_ended: row.rule.is_none(),
            days: row.rule.map(|r| r.days),
            households: row.rule.map(|r| r.households),
            min_days_between: row.rule.map(|r| r.min_days_between),
            priority_days: row.rule.map(|r| r.priority_days),
            recorded_at: row.recorded_at,
            recorded_by_id: row.recorded_by.uuid(),
        }
    }
}

/// How often workers of a unit and below are to call, from a month on.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VisitRuleCreate {
    /// The unit.
    unit_id: Uuid,
    /// The first day of a month, this one or later.
    from_on: NaiveDate,
    /// On how many days of the month.
    #[schema(minimum = 0, maximum = 31, example = 10)]
    days: i64,
    /// On how many households.
    #[schema(minimum = 0, maximum = 10000, example = 60)]
    households: i64,
    /// A household is not due again before so many days have passed; 1 unless told.
    #[schema(nullable = false, minimum = 0, maximum = 366)]
    min_days_between: Option<i64>,
    /// A household with somebody who is looked after first is due again after so many days; 30 unless told.
    #[schema(nullable = false, minimum = 1, maximum = 366)]
    priority_days: Option<i64>,
}

/// From when a unit has no rule of its own.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VisitRuleEnd {
    /// The unit.
    unit_id: Uuid,
    /// The first day of a month, this one or later.
    from_on: NaiveDate,
}

/// Show which rule holds for a unit in a month.
#[utoipa::path(operation_id = "visits_resolve_rule", tag = "visits", params(VisitRuleResolveParams),
    responses((status = 200, body = VisitRuleView)), extensions(("x-permission" = json!(ReadRules::NAME))))]
#[get("/visit-rules/resolve")]
pub(super) async fn resolve(
    who: Allowed<ReadRules>,
    query: Params<VisitRuleResolveParams>,
    services: Data<VisitServices>,
) -> Result<HttpResponse, Problem> {
    let month = Month::parse(&query.month).ok_or_else(|| crate::error::MONTH.fault())?;
    let (unit, s) = (Id::from_uuid(query.unit), services.get_ref().clone());
    let held =
        who.read(move |tx, ctx| deeds::resolve(tx, ctx, &s, unit, month).map(VisitRuleView::from)).await?;
    Ok(HttpResponse::Ok().json(held))
}

/// List what a unit itself said and says, the newest first.
#[utoipa::path(operation_id = "visits_list_rules", tag = "visits", params(VisitRuleListParams),
    responses((status = 200, body = VisitRuleVersionPage)), extensions(("x-permission" = json!(ReadRules::NAME))))]
#[get("/visit-rules")]
pub(super) async fn list(
    req: HttpRequest,
    who: Allowed<ReadRules>,
    query: Params<VisitRuleListParams>,
    services: Data<VisitServices>,
) -> Result<HttpResponse, Problem> {
    let (unit, s) = (Id::from_uuid(query.unit), services.get_ref().clone());
    let filters = ["visits.rules", &query.unit.to_string()];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let before = number_of(asked.after.as_ref())?;
    let page = who
        .read(move |tx, ctx| {
            let rows = deeds::history(tx, ctx, &s, unit, before, asked.size.probe())?;
            let cursor = |last: &RuleVersion| Cursor {
                after: last.id.uuid(),
                filter: asked.fingerprint,
                key: Some(last.number.to_string()),
            };
            Ok(Page::cut(rows, asked.size, cursor).map(VisitRuleVersionView::from))
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, VisitRuleVersionPage::of(page), next.as_ref()))
}

/// Set how often workers of a unit are to call, from a month on.
#[utoipa::path(operation_id = "visits_set_rule", tag = "visits", request_body = VisitRuleCreate,
    responses((status = 201, body = VisitRuleVersionView)), extensions(("x-permission" = json!(ManageRules::NAME))))]
#[post("/visit-rules")]
pub(super) async fn set(
    who: Allowed<ManageRules>,
    body: Body<VisitRuleCreate>,
    services: Data<VisitServices>,
) -> Result<HttpResponse, Problem> {
    let rule = Rule {
        days: body.days,
        households: body.households,
        min_days_between: body.min_days_between.unwrap_or(STANDARD.min_days_between),
        priority_days: body.priority_days.unwrap_or(STANDARD.priority_days),
    };
    let new = NewRule { unit: Id::from_uuid(body.unit_id), from: body.from_on, rule: Some(rule) };
    let s = services.get_ref().clone();
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let set = deeds::set(tx, ctx, &s, &new)?;
        Ok(Answer::of(VisitRuleVersionView::from(set)))
    })
    .await
}

/// End a unit's own rule from a month on: that of the unit above holds again.
#[utoipa::path(operation_id = "visits_end_rule", tag = "visits", request_body = VisitRuleEnd,
    responses((status = 201, body = VisitRuleVersionView)), extensions(("x-permission" = json!(ManageRules::NAME))))]
#[post("/visit-rules/end")]
pub(super) async fn end(
    who: Allowed<ManageRules>,
    body: Body<VisitRuleEnd>,
    services: Data<VisitServices>,
) -> Result<HttpResponse, Problem> {
    let new = NewRule { unit: Id::from_uuid(body.unit_id), from: body.from_on, rule: None };
    let s = services.get_ref().clone();
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let ended = deeds::set(tx, ctx, &s, &new)?;
        Ok(Answer::of(VisitRuleVersionView::from(ended)))
    })
    .await
}
