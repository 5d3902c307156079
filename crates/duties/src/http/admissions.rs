//! Admissions: list, ask, show, decide, withdraw.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use kernel::id::DutyAdmission;
use kernel::{Id, Page};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use web::{Allowed, Answer, Body, Params, PathId, Problem};

use super::admission_views::{DutyAdmissionPage, DutyAdmissionView};
use super::sent::{DutyAdmissionCreate, DutyAdmissionDecide, DutyAdmissionWithdraw};
use super::words::DutyAdmissionStateWord;
use crate::model::AdmissionState;
use crate::permission::{ApproveAdmission, AskAdmission, ReadLists, WithdrawAdmission};
use crate::ports::DutyServices;
use crate::service::admit::{self as deeds, NewAdmission, Query};

/// Which admissions.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DutyAdmissionParams {
    /// Those that bear on this unit: its own and those of the units above.
    unit: Option<Uuid>,
    /// Those of exactly this category.
    category: Option<Uuid>,
    /// Those in this state.
    #[param(inline)]
    state: Option<DutyAdmissionStateWord>,
    /// Only those that hold now, where true.
    in_force: Option<bool>,
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List admissions, the newest first.
#[utoipa::path(operation_id = "duties_list_admissions", tag = "duties", params(DutyAdmissionParams),
    responses((status = 200, body = DutyAdmissionPage)), extensions(("x-permission" = json!(ReadLists::NAME))))]
#[get("/duty-admissions")]
pub(super) async fn list(
    req: HttpRequest,
    who: Allowed<ReadLists>,
    query: Params<DutyAdmissionParams>,
    services: Data<DutyServices>,
) -> Result<HttpResponse, Problem> {
    let state = query.state.map(AdmissionState::from);
    let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let in_force = query.in_force.unwrap_or(false);
    let filters = [
        "duties.admissions",
        &text(query.unit),
        &text(query.category),
        state.map(AdmissionState::word).unwrap_or_default(),
        if in_force { "in_force" } else { "" },
    ];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let (unit, category) = (query.unit.map(Id::from_uuid), query.category.map(Id::from_uuid));
    let (wanted, s) = (Query { unit, category, state, in_force }, services.get_ref().clone());
    let page = who
        .read(move |tx, ctx| {
            let before = asked.after.as_ref();
            let found = deeds::list(tx, ctx, &s, &wanted, before, asked.size, asked.fingerprint)?;
            Ok(Page { items: DutyAdmissionView::all(tx, ctx, &s, found.items)?, next: found.next })
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, DutyAdmissionPage::of(page), next.as_ref()))
}

/// Ask that a category which is on no list be admitted at a unit, and below it, for a time.
#[utoipa::path(operation_id = "duties_ask_admission", tag = "duties", request_body = DutyAdmissionCreate,
    responses((status = 201, body = DutyAdmissionView)), extensions(("x-permission" = json!(AskAdmission::NAME))))]
#[post("/duty-admissions")]
pub(super) async fn ask(
    who: Allowed<AskAdmission>,
    body: Body<DutyAdmissionCreate>,
    services: Data<DutyServices>,
) -> Result<HttpResponse, Problem> {
    let (new, s) = (NewAdmission::from((*body).clone()), services.get_ref().clone());
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let made = deeds::ask(tx, ctx, &s, &new)?;
        let (version, place) = (made.version, format!("/api/v1/duty-admissions/{}", made.id));
        Ok(Answer::of(DutyAdmissionView::one(tx, ctx, &s, made)?).version(version).location(place))
    })
    .await
}

/// Show an admission.
#[utoipa::path(operation_id = "duties_get_admission", tag = "duties", params(("id" = Uuid, Path, description = "The admission.")),
    responses((status = 200, body = DutyAdmissionView)), extensions(("x-permission" = json!(ReadLists::NAME))))]
#[get("/duty-admissions/{id}")]
pub(super) async fn show(
    who: Allowed<ReadLists>,
    path: PathId<DutyAdmission>,
    services: Data<DutyServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (path.id(), services.get_ref().clone());
    let shown = who
        .read(move |tx, ctx| {
            let found = deeds::find(tx, id)?;
            DutyAdmissionView::one(tx, ctx, &s, found)
        })
        .await?;
    let version = shown.version;
    Ok(web::view(shown, version))
}

/// Admit what somebody else asked for, or do not.
#[utoipa::path(operation_id = "duties_decide_admission", tag = "duties", params(("id" = Uuid, Path, description = "The admission.")),
    request_body = DutyAdmissionDecide, responses((status = 200, body = DutyAdmissionView)),
    extensions(("x-permission" = json!(ApproveAdmission::NAME))))]
#[post("/duty-admissions/{id}/decide")]
pub(super) async fn decide(
    who: Allowed<ApproveAdmission>,
    path: PathId<DutyAdmission>,
    body: Body<DutyAdmissionDecide>,
    services: Data<DutyServices>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let (admit, note) = (body.admit, body.note.clone().unwrap_or_default());
    let s = services.get_ref().clone();
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = deeds::decide(tx, ctx, &s, id, expected, admit, &note)?;
        let version = done.version;
        Ok(Answer::of(DutyAdmissionView::one(tx, ctx, &s, done)?).version(version))
    })
    .await
}

/// Take back what one asked for, or end an admission early. Whoever could decide it may, too.
#[utoipa::path(operation_id = "duties_withdraw_admission", tag = "duties", params(("id" = Uuid, Path, description = "The admission.")),
    request_body = DutyAdmissionWithdraw, responses((status = 200, body = DutyAdmissionView)),
    extensions(("x-permission" = json!(WithdrawAdmission::NAME))))]
#[post("/duty-admissions/{id}/withdraw")]
pub(super) async fn withdraw(
    who: Allowed<WithdrawAdmission>,
    path: PathId<DutyAdmission>,
    body: Body<DutyAdmissionWithdraw>,
    services: Data<DutyServices>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let (note, s) = (body.note.clone(), services.get_ref().clone());
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = deeds::withdraw(tx, ctx, &s, id, expected, &note)?;
        let version = done.version;
        Ok(Answer::of(DutyAdmissionView::one(tx, ctx, &s, done)?).version(version))
    })
    .await
}
