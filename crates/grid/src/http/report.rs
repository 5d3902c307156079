//! `POST /incidents`: a resident's report.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use kernel::Id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use web::{Allowed, Answer, Body, Problem};

use super::incident_views::IncidentView;
use crate::permission::{ReportIncident, SelfHandleIncident};
use crate::ports::GridServices;
use crate::service::report::{self as deed, NewIncident};
use crate::service::self_handled::{self as on_the_spot, Handled};

/// What is reported.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
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
    /// Photos and documents of what was found, uploaded before; they become the incident's.
    #[schema(max_items = 10)]
    file_ids: Option<Vec<Uuid>>,
}

impl IncidentCreate {
    /// As the deed takes it.
    pub(super) fn deed(&self) -> NewIncident {
        NewIncident {
            title: self.title.clone(),
            description: self.description.clone().unwrap_or_default(),
            address: self.address.clone(),
            lat: self.lat,
            lng: self.lng,
            unit: self.unit_id.map(Id::from_uuid),
            category: self.category_id.map(Id::from_uuid),
            files: ids(self.file_ids.as_deref()),
            ..NewIncident::default()
        }
    }
}

/// Bare ids as those of something; none where none were sent.
pub(super) fn ids<T>(bare: Option<&[Uuid]>) -> Vec<Id<T>> {
    bare.unwrap_or_default().iter().copied().map(Id::from_uuid).collect()
}

/// What is found and put in order at once.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SelfHandledCreate {
    /// What was found.
    report: IncidentCreate,
    /// What was done.
    #[schema(min_length = 1, max_length = 2000)]
    result: String,
    /// Photos of what was made of it, uploaded before.
    #[schema(max_items = 10)]
    file_ids: Option<Vec<Uuid>>,
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
    let new = body.deed();
    let s = grid.get_ref().clone();
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let view = IncidentView::from(deed::report(tx, ctx, &s, &new)?);
        let (version, place) = (view.version, format!("/api/v1/incidents/{}", view.id));
        Ok(Answer::of(view).version(version).location(place))
    })
    .await
}

/// Report what one put in order on the spot.
///
/// It is reported, accepted, dispatched to the reporter and resolved at once, each step with its place in the history; somebody else verifies
/// and closes it. Needs the rights of all these steps.
#[utoipa::path(operation_id = "grid_report_self_handled", tag = "incidents", request_body = SelfHandledCreate,
    responses((status = 201, body = IncidentView, description = "The incident, resolved")), extensions(("x-permission" = json!(SelfHandleIncident::NAME))))]
#[post("/incidents/self-handled")]
pub async fn self_handled(
    who: Allowed<SelfHandleIncident>,
    body: Body<SelfHandledCreate>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (s, new) = (grid.get_ref().clone(), body.report.deed());
    let handled = Handled { result: body.result.clone(), files: ids(body.file_ids.as_deref()) };
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let view = IncidentView::from(on_the_spot::handle(tx, ctx, &s, &new, &handled)?);
        let (version, place) = (view.version, format!("/api/v1/incidents/{}", view.id));
        Ok(Answer::of(view).version(version).location(place))
    })
    .await
}
