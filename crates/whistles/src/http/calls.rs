//! Calls: what one's departments are called to, and one of them with its history.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use kernel::id::WhistleCall;
use kernel::{Id, Page};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use web::{Allowed, Params, PathId, Problem};

use super::views::{WhistleCallHistoryView, WhistleCallPage, WhistleCallView, WhistleStepView};
use super::words::WhistleOpenStateWord;
use crate::model::State;
use crate::permission::{AnswerCall, ReadWhistles};
use crate::ports::WhistleServices;
use crate::service::{list as lists, see};

/// Which calls.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct WhistleCallParams {
    /// Only those of this department, and of units below it.
    department: Option<Uuid>,
    /// Only those in this state.
    #[param(inline)]
    state: Option<WhistleOpenStateWord>,
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List what the reader's departments are called to and is not over, the first to be due first.
#[utoipa::path(operation_id = "whistles_list_calls", tag = "whistles", params(WhistleCallParams),
    responses((status = 200, body = WhistleCallPage)), extensions(("x-permission" = json!(AnswerCall::NAME))))]
#[get("/whistle-calls")]
pub(super) async fn list(
    req: HttpRequest,
    who: Allowed<AnswerCall>,
    query: Params<WhistleCallParams>,
    services: Data<WhistleServices>,
) -> Result<HttpResponse, Problem> {
    let state = query.state.map(State::from);
    let department = query.department.map(|id| id.to_string()).unwrap_or_default();
    let filters = ["whistles.calls", &department, state.map(State::word).unwrap_or_default()];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let (below, s) = (query.department.map(Id::from_uuid), services.get_ref().clone());
    let page = who
        .read(move |tx, ctx| {
            let (after, print) = (asked.after.as_ref(), asked.fingerprint);
            let found = lists::calls_of_mine(tx, ctx, &s, below, state, after, asked.size, print)?;
            Ok(Page { items: WhistleCallView::all(tx, ctx, &s, found.items)?, next: found.next })
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, WhistleCallPage::of(page), next.as_ref()))
}

/// Show a call: one's department's, or one of a whistle of one's unit; with what was done to it.
#[utoipa::path(operation_id = "whistles_get_call", tag = "whistles", params(("id" = Uuid, Path, description = "The call.")),
    responses((status = 200, body = WhistleCallHistoryView)), extensions(("x-permission" = json!(ReadWhistles::NAME))))]
#[get("/whistle-calls/{id}")]
pub(super) async fn show(
    who: Allowed<ReadWhistles>,
    path: PathId<WhistleCall>,
    services: Data<WhistleServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (path.id(), services.get_ref().clone());
    let shown = who
        .read(move |tx, ctx| {
            let (whistle, call, steps) = see::call(tx, ctx, id)?;
            let steps = steps.into_iter().map(WhistleStepView::from).collect();
            Ok(WhistleCallHistoryView { call: WhistleCallView::of(tx, ctx, &s, &whistle, call)?, steps })
        })
        .await?;
    let version = shown.call.version;
    Ok(web::view(shown, version))
}
