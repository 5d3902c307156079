//! Incidents that may be the same, and following those of others.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use kernel::id::Incident as IncidentId;
use kernel::{Id, Instant};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Answer, NoBody, Params, PathId, Problem};

use super::incident_views::IncidentView;
use crate::permission::{FollowIncident, ReadIncidents, ReadOwnIncidents, ReportIncident};
use crate::ports::GridServices;
use crate::service::cases;
use crate::service::me_too::{self, Followed};
use crate::service::similar::{self, Like, Similar};

/// Where, and of what kind.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SimilarIncidentsQuery {
    /// Latitude.
    #[param(minimum = -90, maximum = 90)]
    lat: f64,
    /// Longitude.
    #[param(minimum = -180, maximum = 180)]
    lng: f64,
    /// The category, if it is known.
    category: Option<Uuid>,
}

/// An incident that may be the same. Nothing of what its reporter wrote.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SimilarIncidentView {
    /// The incident.
    pub id: Uuid,
    /// Its number.
    #[schema(example = "20261125-7K3M9Q2X")]
    pub number: String,
    /// Its category.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub category_id: Option<Uuid>,
    /// The category's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub category_name: Option<String>,
    /// How far it is.
    pub state: &'static str,
    /// When it was reported.
    #[schema(value_type = String, format = DateTime)]
    pub reported_at: Instant,
    /// Metres from the point, rounded up to ten.
    #[schema(minimum = 0, maximum = 200)]
    pub distance: i64,
    /// How like it is, by distance, category and time: 0 to 100.
    #[schema(minimum = 0, maximum = 100)]
    pub likeness: i64,
    /// How many hear of it besides its reporter.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub follower_count: i64,
    /// What the reader may do with it: `read`, `follow`.
    pub can: Vec<&'static str>,
}

impl From<Similar> for SimilarIncidentView {
    fn from(s: Similar) -> Self {
        let can = s.seen.then_some("read").into_iter().chain(["follow"]).collect();
        Self {
            id: s.incident.id.uuid(),
            number: s.incident.number,
            category_id: s.incident.category.map(Id::uuid),
            category_name: s.category_name,
            state: s.incident.state.word(),
            reported_at: s.incident.reported_at,
            distance: s.metres,
            likeness: s.likeness,
            follower_count: s.followers,
            can,
        }
    }
}

/// Incidents that may be the same.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SimilarIncidentList {
    /// The likest first; at most ten.
    pub items: Vec<SimilarIncidentView>,
}

fn told(all: Vec<Similar>) -> HttpResponse {
    HttpResponse::Ok().json(SimilarIncidentList { items: all.into_iter().map(Into::into).collect() })
}

/// List open incidents near a point that may be the same as what one is about to report.
///
/// Within 200 metres and 30 days, by distance, category and time. Whoever does not read incidents there is shown components only: things of
/// the town, never what happens to people.
#[utoipa::path(operation_id = "grid_list_similar_incidents", tag = "incidents", params(SimilarIncidentsQuery),
    responses((status = 200, body = SimilarIncidentList, description = "Incidents that may be the same")),
    extensions(("x-permission" = json!(ReportIncident::NAME))))]
#[get("/incidents/similar")]
pub async fn near(
    who: Allowed<ReportIncident>,
    query: Params<SimilarIncidentsQuery>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let s = grid.get_ref().clone();
    let like = Like { point: (query.lat, query.lng), category: query.category.map(Id::from_uuid), but: None };
    Ok(told(who.read(move |tx, ctx| similar::similar(tx, ctx, &s, &like)).await?))
}

/// List open incidents that may be the same as this one, to be merged.
#[utoipa::path(operation_id = "grid_list_duplicates", tag = "incidents", params(("id" = Uuid, Path, description = "The incident")),
    responses((status = 200, body = SimilarIncidentList, description = "Incidents that may be the same")),
    extensions(("x-permission" = json!(ReadIncidents::NAME))))]
#[get("/incidents/{id}/duplicates")]
pub async fn duplicates(
    who: Allowed<ReadIncidents>,
    id: PathId<IncidentId>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (id.id(), grid.get_ref().clone());
    Ok(told(who.read(move |tx, ctx| similar::of_incident(tx, ctx, &s, id)).await?))
}

/// How many follow an incident.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IncidentFollowView {
    /// The incident.
    pub incident_id: Uuid,
    /// How many hear of it besides its reporter.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub follower_count: i64,
}

/// Say that an open incident concerns one, too, and hear of its steps from now on.
///
/// One that the reader sees, or a component that was found by `/incidents/similar`. Said twice it is said once.
#[utoipa::path(operation_id = "grid_follow_incident", tag = "incidents", params(("id" = Uuid, Path, description = "The incident")),
    responses((status = 200, body = IncidentFollowView, description = "Followed")), extensions(("x-permission" = json!(FollowIncident::NAME))))]
#[post("/incidents/{id}/me-too")]
pub async fn follow(
    who: Allowed<FollowIncident>,
    id: PathId<IncidentId>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (id.id(), grid.get_ref().clone());
    who.write(StatusCode::OK, &NoBody, move |tx, ctx| {
        let follower_count = me_too::follow(tx, ctx, &s, id)?;
        Ok(Answer::of(IncidentFollowView { incident_id: id.uuid(), follower_count }))
    })
    .await
}

/// Follow an incident no more.
#[utoipa::path(operation_id = "grid_unfollow_incident", tag = "incidents", params(("id" = Uuid, Path, description = "The incident")),
    responses((status = 204, description = "Followed no more")), extensions(("x-permission" = json!(FollowIncident::NAME))))]
#[delete("/incidents/{id}/me-too")]
pub async fn unfollow(who: Allowed<FollowIncident>, id: PathId<IncidentId>) -> Result<HttpResponse, Problem> {
    let id = id.id();
    who.write(StatusCode::NO_CONTENT, &NoBody, move |tx, ctx| {
        me_too::leave(tx, ctx, id)?;
        Ok(Answer::of(()))
    })
    .await
}

/// An incident that one follows: no more than its followers are told.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FollowedIncidentView {
    /// The incident.
    pub id: Uuid,
    /// Its number.
    #[schema(example = "20261125-7K3M9Q2X")]
    pub number: String,
    /// The category's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub category_name: Option<String>,
    /// How far it is.
    pub state: &'static str,
    /// Since when it is in its state.
    #[schema(value_type = String, format = DateTime)]
    pub state_since_at: Instant,
    /// The incident it was merged into.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub merged_into_id: Option<Uuid>,
    /// Why one hears of it.
    #[schema(extensions(("x-extensible-enum" = json!(["me_too", "merged"]))))]
    pub kind: &'static str,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since_at: Instant,
}

impl From<Followed> for FollowedIncidentView {
    fn from(f: Followed) -> Self {
        Self {
            id: f.incident.id.uuid(),
            number: f.incident.number,
            category_name: f.category_name,
            state: f.incident.state.word(),
            state_since_at: f.incident.state_since,
            merged_into_id: f.incident.merged_into.map(Id::uuid),
            kind: f.kind.word(),
            since_at: f.since,
        }
    }
}

web::page_schema!(FollowedIncidentPage, FollowedIncidentView);

/// Which page.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FollowedIncidentsQuery {
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List the incidents of others that one follows, newest first.
#[utoipa::path(operation_id = "grid_list_followed_incidents", tag = "incidents", params(FollowedIncidentsQuery),
    responses((status = 200, body = FollowedIncidentPage, description = "A page of incidents")), extensions(("x-permission" = json!(FollowIncident::NAME))))]
#[get("/me/followed-incidents")]
pub async fn followed(
    req: HttpRequest,
    who: Allowed<FollowIncident>,
    query: Params<FollowedIncidentsQuery>,
) -> Result<HttpResponse, Problem> {
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &["grid.followed"])?;
    let after = asked.after.as_ref().map(|c| Id::from_uuid(c.after));
    let page =
        who.read(move |tx, ctx| me_too::followed(tx, ctx, after, asked.size, asked.fingerprint)).await?;
    let next = page.next.clone();
    Ok(web::page(&req, FollowedIncidentPage::of(page.map(FollowedIncidentView::from)), next.as_ref()))
}

/// The number.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IncidentNumberQuery {
    /// The number, as people type it: in any case, with or without the hyphen.
    #[param(example = "20261125-7K3M9Q2X")]
    number: String,
}

/// Find the incident of a number, if the reader may see it.
#[utoipa::path(operation_id = "grid_find_incident_by_number", tag = "incidents", params(IncidentNumberQuery),
    responses((status = 200, body = IncidentView, description = "The incident")), extensions(("x-permission" = json!(ReadOwnIncidents::NAME))))]
#[get("/incidents/by-number")]
pub async fn by_number(
    who: Allowed<ReadOwnIncidents>,
    query: Params<IncidentNumberQuery>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (typed, s) = (query.number.clone(), grid.get_ref().clone());
    let view = IncidentView::from(who.read(move |tx, ctx| cases::numbered(tx, ctx, &s, &typed)).await?);
    let version = view.version;
    Ok(web::view(view, version))
}
