//! `POST /incidents`: a resident's report.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use kernel::Id;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use web::{Allowed, Answer, Body, Problem};

use super::views::IncidentView;
use crate::permission::ReportIncident;
use crate::ports::GridServices;
use crate::service::report::{self as deed, NewIncident};

/// What is reported.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentCreate {
    /// What, in a few words.
    #[schema(min_length = 1, max_length = 120)]
    title: String,
    /// What, in full.
    #[schema(max_length = 4000)]
    description: Option<String>,
    /// Where, in words.
    #[schema(min_length = 1, max_length = 300)]
    address: Option<String>,
    /// Where: latitude; with `lng` or not at all.
    #[schema(minimum = -90, maximum = 90)]
    lat: Option<f64>,
    /// Where: longitude; with `lat` or not at all.
    #[schema(minimum = -180, maximum = 180)]
    lng: Option<f64>,
    /// The unit that should have it. Needed where no grid has the point; where one has, the grid's unit gets it.
    unit_id: Option<Uuid>,
    /// What kind of incident it is: a category that is used in the unit that gets it, and whose rules may ask for more.
    category_id: Option<Uuid>,
}

/// Report an incident.
///
/// A point finds its grid by itself. Outside every grid the incident goes into the tray of `unit_id`.
#[utoipa::path(operation_id = "grid_report_incident", tag = "incidents", request_body = IncidentCreate,
    responses((status = 201, body = IncidentView, description = "The incident")), extensions(("x-permission" = json!(ReportIncident::NAME))))]
#[post("/incidents")]
pub async fn report(
    who: Allowed<ReportIncident>,
    body: Body<IncidentCreate>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let new = NewIncident {
        title: body.title.clone(),
        description: body.description.clone().unwrap_or_default(),
        address: body.address.clone(),
        lat: body.lat,
        lng: body.lng,
        unit: body.unit_id.map(Id::from_uuid),
        category: body.category_id.map(Id::from_uuid),
    };
    let s = grid.get_ref().clone();
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let view = IncidentView::from(deed::report(tx, ctx, &s, &new)?);
        let (version, place) = (view.version, format!("/api/v1/incidents/{}", view.id));
        Ok(Answer::of(view).version(version).location(place))
    })
    .await
}
