//! Visits: list, record, show, what was said, correct, strike.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::NaiveDate;
use kernel::id::Visit as VisitId;
use kernel::{Cursor, Id, Page};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use web::{Allowed, Answer, Body, Params, PathId, Problem};

use super::sent::{VisitCorrection, VisitCreate, VisitStrike};
use super::views::{
    VisitContentView, VisitEditionPage, VisitEditionView, VisitIncidentView, VisitPage, VisitView,
};
use crate::model::{Edition, Presence, Way};
use crate::permission::{ReadContent, ReadOwnVisits, RecordVisits, StrikeVisits};
use crate::ports::VisitServices;
use crate::service::content as said;
use crate::service::correct::{self as corrections, Correction};
use crate::service::record::{self as recording, NewVisit};
use crate::service::see::{self, Query};
use crate::service::strike as striking;
use crate::store::visits::Filter;

/// Which visits.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct VisitListParams {
    /// Only of this unit and of those below it.
    unit: Option<Uuid>,
    /// Only on this household.
    household: Option<Uuid>,
    /// Only by this worker.
    worker: Option<Uuid>,
    /// Only in this grid.
    grid: Option<Uuid>,
    /// Only made so.
    way: Option<Way>,
    /// Only with this proof of presence.
    #[param(inline)]
    presence: Option<Presence>,
    /// Only those that were struck, or those that were not.
    struck: Option<bool>,
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

/// A filter as part of a list's fingerprint.
pub(super) fn text<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// List the visits that the reader may see, the newest first: of their grids, and of the units they may read.
#[utoipa::path(operation_id = "visits_list_visits", tag = "visits", params(VisitListParams),
    responses((status = 200, body = VisitPage)), extensions(("x-permission" = json!(ReadOwnVisits::NAME))))]
#[get("/visits")]
pub(super) async fn list(
    req: HttpRequest,
    who: Allowed<ReadOwnVisits>,
    query: Params<VisitListParams>,
    services: Data<VisitServices>,
) -> Result<HttpResponse, Problem> {
    let q = query.into_inner();
    let filters = [
        "visits.visits".to_owned(),
        text(q.unit),
        text(q.household),
        text(q.worker),
        text(q.grid),
        text(q.way),
        text(q.presence),
        text(q.struck),
        text(q.from),
        text(q.to),
    ];
    let filters: Vec<&str> = filters.iter().map(String::as_str).collect();
    let asked = web::page_request(q.limit, q.cursor.as_deref(), &filters)?;
    let filter = Filter {
        below: None,
        household: q.household.map(Id::from_uuid),
        worker: q.worker.map(Id::from_uuid),
        grid: q.grid.map(Id::from_uuid),
        way: q.way,
        presence: q.presence,
        struck: q.struck,
        from: q.from,
        to: q.to,
        after: see::moment(asked.after.as_ref())?,
    };
    let (wanted, s) = (Query { unit: q.unit.map(Id::from_uuid), filter }, services.get_ref().clone());
    let page = who
        .read(move |tx, ctx| {
            let page = see::list(tx, ctx, &s, &wanted, asked.size, asked.fingerprint)?;
            Ok(page.map(|shown| VisitView::of(ctx, shown)))
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, VisitPage::of(page), next.as_ref()))
}

/// Record a visit in a grid where one held a post.
///
/// Sent again with the same id and content, it is the same visit; other content under the id is refused.
#[utoipa::path(operation_id = "visits_record_visit", tag = "visits", request_body = VisitCreate,
    responses((status = 201, body = VisitView)), extensions(("x-permission" = json!(RecordVisits::NAME))))]
#[post("/visits")]
pub(super) async fn record(
    who: Allowed<RecordVisits>,
    body: Body<VisitCreate>,
    services: Data<VisitServices>,
) -> Result<HttpResponse, Problem> {
    let (new, s) = (NewVisit::from((*body).clone()), services.get_ref().clone());
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let made = recording::record(tx, ctx, &s, &new)?;
        let (version, place) = (made.version, format!("/api/v1/visits/{}", made.id));
        let view = VisitView::of(ctx, see::one(tx, made)?);
        Ok(Answer::of(view).version(version).location(place))
    })
    .await
}

/// Show a visit.
#[utoipa::path(operation_id = "visits_get_visit", tag = "visits", params(("id" = Uuid, Path, description = "The visit.")),
    responses((status = 200, body = VisitView)), extensions(("x-permission" = json!(ReadOwnVisits::NAME))))]
#[get("/visits/{id}")]
pub(super) async fn show(
    who: Allowed<ReadOwnVisits>,
    path: PathId<VisitId>,
    services: Data<VisitServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (path.id(), services.get_ref().clone());
    let shown = who
        .read(move |tx, ctx| {
            let visit = see::visible(tx, ctx, &s, id)?;
            Ok(VisitView::of(ctx, see::one(tx, visit)?))
        })
        .await?;
    let version = shown.version;
    Ok(web::view(shown, version))
}

/// Which edition.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct VisitContentParams {
    /// The number of the edition; the last unless told.
    #[param(minimum = 1, maximum = 9007199254740991i64)]
    edition: Option<i64>,
}

/// Read what was said on a visit: the note and the answers.
///
/// Whoever reads of another's visit leaves a record on the trail.
#[utoipa::path(operation_id = "visits_get_content", tag = "visits",
    params(("id" = Uuid, Path, description = "The visit."), VisitContentParams),
    responses((status = 200, body = VisitContentView)), extensions(("x-permission" = json!(ReadContent::NAME))))]
#[get("/visits/{id}/content")]
pub(super) async fn content(
    who: Allowed<ReadContent>,
    path: PathId<VisitId>,
    query: Params<VisitContentParams>,
    services: Data<VisitServices>,
) -> Result<HttpResponse, Problem> {
    let (id, number, s) = (path.id(), query.edition, services.get_ref().clone());
    who.write_unkept(move |tx, ctx| said::read(tx, ctx, &s, id, number).map(VisitContentView::from)).await
}

/// Which page.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct VisitEditionsParams {
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List what was said of a visit, corrections and all, the newest first.
#[utoipa::path(operation_id = "visits_list_editions", tag = "visits",
    params(("id" = Uuid, Path, description = "The visit."), VisitEditionsParams),
    responses((status = 200, body = VisitEditionPage)), extensions(("x-permission" = json!(ReadOwnVisits::NAME))))]
#[get("/visits/{id}/editions")]
pub(super) async fn editions(
    req: HttpRequest,
    who: Allowed<ReadOwnVisits>,
    path: PathId<VisitId>,
    query: Params<VisitEditionsParams>,
    services: Data<VisitServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (path.id(), services.get_ref().clone());
    let filters = ["visits.editions", &id.to_string()];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let before = number_of(asked.after.as_ref())?;
    let page = who
        .read(move |tx, ctx| {
            let rows = see::history(tx, ctx, &s, id, before, asked.size.probe())?;
            let cursor = |last: &Edition| Cursor {
                after: last.visit.uuid(),
                filter: asked.fingerprint,
                key: Some(last.number.to_string()),
            };
            Ok(Page::cut(rows, asked.size, cursor).map(VisitEditionView::from))
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, VisitEditionPage::of(page), next.as_ref()))
}

/// Reads the place of a list that counts down.
pub(super) fn number_of(cursor: Option<&Cursor>) -> kernel::Outcome<Option<i64>> {
    let number = |cursor: &Cursor| cursor.key.as_deref().unwrap_or_default().parse();
    cursor.map(number).transpose().map_err(|_| kernel::error::BAD_CURSOR.fault())
}

/// Show the case that was reported with a visit, to who may see both.
#[utoipa::path(operation_id = "visits_get_incident", tag = "visits", params(("id" = Uuid, Path, description = "The visit.")),
    responses((status = 200, body = VisitIncidentView)), extensions(("x-permission" = json!(ReadOwnVisits::NAME))))]
#[get("/visits/{id}/incident")]
pub(super) async fn incident(
    who: Allowed<ReadOwnVisits>,
    path: PathId<VisitId>,
    services: Data<VisitServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (path.id(), services.get_ref().clone());
    let case = who.read(move |tx, ctx| see::incident(tx, ctx, &s, id).map(VisitIncidentView::from)).await?;
    Ok(HttpResponse::Ok().json(case))
}

/// Correct a visit one made: say all of it anew. What was said before stays on record.
#[utoipa::path(operation_id = "visits_correct_visit", tag = "visits", params(("id" = Uuid, Path, description = "The visit.")),
    request_body = VisitCorrection, responses((status = 200, body = VisitView)),
    extensions(("x-permission" = json!(RecordVisits::NAME))))]
#[post("/visits/{id}/correct")]
pub(super) async fn correct(
    who: Allowed<RecordVisits>,
    path: PathId<VisitId>,
    body: Body<VisitCorrection>,
    services: Data<VisitServices>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let (new, s) = (Correction::from((*body).clone()), services.get_ref().clone());
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = corrections::correct(tx, ctx, &s, id, expected, &new)?;
        let version = done.version;
        Ok(Answer::of(VisitView::of(ctx, see::one(tx, done)?)).version(version))
    })
    .await
}

/// Strike a visit of somebody else, with a reason: it stays on record and counts no more.
#[utoipa::path(operation_id = "visits_strike_visit", tag = "visits", params(("id" = Uuid, Path, description = "The visit.")),
    request_body = VisitStrike, responses((status = 200, body = VisitView)),
    extensions(("x-permission" = json!(StrikeVisits::NAME))))]
#[post("/visits/{id}/strike")]
pub(super) async fn strike(
    who: Allowed<StrikeVisits>,
    path: PathId<VisitId>,
    body: Body<VisitStrike>,
    services: Data<VisitServices>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let (reason, s) = (body.reason.clone(), services.get_ref().clone());
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = striking::strike(tx, ctx, &s, id, expected, &reason)?;
        let version = done.version;
        Ok(Answer::of(VisitView::of(ctx, see::one(tx, done)?)).version(version))
    })
    .await
}
