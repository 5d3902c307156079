//! Whistles: list, blow, show, withdraw.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use kernel::id::Whistle as WhistleId;
use kernel::{Id, Page};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use web::{Allowed, Answer, Body, Params, PathId, Problem};

use super::sent::{WhistleCreate, WhistleWithdraw};
use super::views::{WhistlePage, WhistleView};
use crate::permission::{BlowWhistle, ReadWhistles};
use crate::ports::WhistleServices;
use crate::service::blow::{self as deeds, NewWhistle};
use crate::service::list::{self as lists, Query};
use crate::service::{see, withdraw as back};

/// Which whistles.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct WhistleParams {
    /// Only those that this unit, or one below it, blew.
    unit: Option<Uuid>,
    /// Only those to this case.
    incident: Option<Uuid>,
    /// Only those that have not ended, where true.
    open: Option<bool>,
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List the whistles that the reader's units blew, the newest first.
#[utoipa::path(operation_id = "whistles_list_whistles", tag = "whistles", params(WhistleParams),
    responses((status = 200, body = WhistlePage)), extensions(("x-permission" = json!(ReadWhistles::NAME))))]
#[get("/whistles")]
pub(super) async fn list(
    req: HttpRequest,
    who: Allowed<ReadWhistles>,
    query: Params<WhistleParams>,
    services: Data<WhistleServices>,
) -> Result<HttpResponse, Problem> {
    let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let open = query.open.unwrap_or(false);
    let filters =
        ["whistles.whistles", &text(query.unit), &text(query.incident), if open { "open" } else { "" }];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let (unit, incident) = (query.unit.map(Id::from_uuid), query.incident.map(Id::from_uuid));
    let (wanted, s) = (Query { unit, incident, open }, services.get_ref().clone());
    let page = who
        .read(move |tx, ctx| {
            let before = asked.after.as_ref();
            let found = lists::whistles(tx, ctx, &s, &wanted, before, asked.size, asked.fingerprint)?;
            Ok(Page { items: WhistleView::all(tx, ctx, &s, found.items)?, next: found.next })
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, WhistlePage::of(page), next.as_ref()))
}

/// Call departments to a case of one's unit: each must report in, and then tell a result.
#[utoipa::path(operation_id = "whistles_blow_whistle", tag = "whistles", request_body = WhistleCreate,
    responses((status = 201, body = WhistleView)), extensions(("x-permission" = json!(BlowWhistle::NAME))))]
#[post("/whistles")]
pub(super) async fn blow(
    who: Allowed<BlowWhistle>,
    body: Body<WhistleCreate>,
    services: Data<WhistleServices>,
) -> Result<HttpResponse, Problem> {
    let (new, s) = (NewWhistle::from((*body).clone()), services.get_ref().clone());
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let (whistle, calls) = deeds::blow(tx, ctx, &s, &new)?;
        let (version, place) = (whistle.version, format!("/api/v1/whistles/{}", whistle.id));
        Ok(Answer::of(WhistleView::of(tx, ctx, &s, whistle, calls)?).version(version).location(place))
    })
    .await
}

/// Show a whistle: of one's own unit, or one that calls one's department.
#[utoipa::path(operation_id = "whistles_get_whistle", tag = "whistles", params(("id" = Uuid, Path, description = "The whistle.")),
    responses((status = 200, body = WhistleView)), extensions(("x-permission" = json!(ReadWhistles::NAME))))]
#[get("/whistles/{id}")]
pub(super) async fn show(
    who: Allowed<ReadWhistles>,
    path: PathId<WhistleId>,
    services: Data<WhistleServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (path.id(), services.get_ref().clone());
    let shown = who
        .read(move |tx, ctx| {
            let (whistle, calls) = see::whistle(tx, ctx, id)?;
            WhistleView::of(tx, ctx, &s, whistle, calls)
        })
        .await?;
    let version = shown.version;
    Ok(web::view(shown, version))
}

/// Take back all calls of a whistle that can be. What a department answered stays, to be graded.
#[utoipa::path(operation_id = "whistles_withdraw_whistle", tag = "whistles", params(("id" = Uuid, Path, description = "The whistle.")),
    request_body = WhistleWithdraw, responses((status = 200, body = WhistleView)),
    extensions(("x-permission" = json!(BlowWhistle::NAME))))]
#[post("/whistles/{id}/withdraw")]
pub(super) async fn withdraw(
    who: Allowed<BlowWhistle>,
    path: PathId<WhistleId>,
    body: Body<WhistleWithdraw>,
    services: Data<WhistleServices>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let (reason, s) = (body.reason.clone(), services.get_ref().clone());
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        back::whole(tx, ctx, &s, id, expected, &reason)?;
        let (whistle, calls) = see::whistle(tx, ctx, id)?;
        let version = whistle.version;
        Ok(Answer::of(WhistleView::of(tx, ctx, &s, whistle, calls)?).version(version))
    })
    .await
}
