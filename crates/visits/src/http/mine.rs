//! When one's own household was called on.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use chrono::NaiveDate;
use kernel::Instant;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Params, Problem};

use crate::model::Visit;
use crate::permission::ReadOwnHousehold;
use crate::ports::VisitServices;
use crate::service::mine as own;

/// Which page.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct VisitMineParams {
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// That somebody called on one's household.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct VisitToMeView {
    /// The visit.
    pub id: Uuid,
    /// The household.
    pub household_id: Uuid,
    /// When it took place.
    #[schema(value_type = String, format = DateTime)]
    pub visited_at: Instant,
    /// The realm's day of that moment.
    pub visited_on: NaiveDate,
    /// How.
    #[schema(extensions(("x-extensible-enum" = json!(["in_person", "phone"]))))]
    pub way: String,
}

web::page_schema!(VisitToMePage, VisitToMeView);

impl From<Visit> for VisitToMeView {
    fn from(visit: Visit) -> Self {
        Self {
            id: visit.id.uuid(),
            household_id: visit.household.uuid(),
            visited_at: visit.at,
            visited_on: visit.on,
            way: visit.way.word().to_owned(),
        }
    }
}

/// List when somebody called on the household one belongs to, since one has, the newest first.
#[utoipa::path(operation_id = "visits_list_mine", tag = "visits", params(VisitMineParams),
    responses((status = 200, body = VisitToMePage)), extensions(("x-permission" = json!(ReadOwnHousehold::NAME))))]
#[get("/visits/mine")]
pub(super) async fn mine(
    req: HttpRequest,
    who: Allowed<ReadOwnHousehold>,
    query: Params<VisitMineParams>,
    services: Data<VisitServices>,
) -> Result<HttpResponse, Problem> {
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &["visits.mine"])?;
    let s = services.get_ref().clone();
    let page = who
        .read(move |tx, ctx| {
            let page = own::list(tx, ctx, &s, asked.after.as_ref(), asked.size, asked.fingerprint)?;
            Ok(page.map(VisitToMeView::from))
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, VisitToMePage::of(page), next.as_ref()))
}
