//! Whom to call on next.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use chrono::NaiveDate;
use kernel::Id;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Params, Problem};

use super::visits::text;
use crate::model::Need;
use crate::permission::RecordVisits;
use crate::ports::VisitServices;
use crate::service::next as order;

/// Where.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct VisitNextParams {
    /// Only in this of one's grids.
    grid: Option<Uuid>,
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A household in the order of calls.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct VisitNeedView {
    /// The household.
    pub household_id: Uuid,
    /// The grid it lies in.
    pub grid_id: Uuid,
    /// How it stands.
    #[schema(extensions(("x-extensible-enum" = json!(["priority", "never", "open", "recent"]))))]
    pub due: String,
    /// How many reasons there are to look after those who live there first. Which, is for those to read who may see the people.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub priorities: i64,
    /// When somebody called last, in person; absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_on: Option<NaiveDate>,
}

web::page_schema!(VisitNeedPage, VisitNeedView);

impl From<Need> for VisitNeedView {
    fn from(need: Need) -> Self {
        Self {
            household_id: need.household.uuid(),
            grid_id: need.grid.uuid(),
            due: need.due.word().to_owned(),
            priorities: need.priorities,
            last_on: need.last_on,
        }
    }
}

/// List the households of one's grids in the order of calls: those in need first, then those never visited, then the longest ago.
#[utoipa::path(operation_id = "visits_list_next", tag = "visits", params(VisitNextParams),
    responses((status = 200, body = VisitNeedPage)), extensions(("x-permission" = json!(RecordVisits::NAME))))]
#[get("/visits/next")]
pub(super) async fn next(
    req: HttpRequest,
    who: Allowed<RecordVisits>,
    query: Params<VisitNextParams>,
    services: Data<VisitServices>,
) -> Result<HttpResponse, Problem> {
    let filters = ["visits.next", &text(query.grid)];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let (grid, s) = (query.grid.map(Id::from_uuid), services.get_ref().clone());
    let page = who
        .read(move |tx, ctx| {
            let page = order::list(tx, ctx, &s, grid, asked.after.as_ref(), asked.size, asked.fingerprint)?;
            Ok(page.map(VisitNeedView::from))
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, VisitNeedPage::of(page), next.as_ref()))
}
