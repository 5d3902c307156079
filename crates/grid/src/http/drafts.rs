//! What one has begun to report.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, get, post, put};
use kernel::id::IncidentDraft;
use kernel::{Fault, Id, Instant, Outcome};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Answer, Body, NoBody, Params, PathId, Problem};

use super::incident_views::IncidentView;
use super::report::ids;
use crate::model::Draft;
use crate::permission::KeepDrafts;
use crate::ports::GridServices;
use crate::service::drafts;
use crate::service::report::NewIncident;

macro_rules! contents {
    ($($(#[$attr:meta])* $name:ident;)+) => {
        $(
            /// What was said so far; everything may be missing still.
            $(#[$attr])*
            pub struct $name {
                /// What, in a few words.
                #[serde(skip_serializing_if = "Option::is_none")]
                #[schema(nullable = false, max_length = 120)]
                title: Option<String>,
                /// What, in full.
                #[serde(skip_serializing_if = "Option::is_none")]
                #[schema(nullable = false, max_length = 4000)]
                description: Option<String>,
                /// Where, in words.
                #[serde(skip_serializing_if = "Option::is_none")]
                #[schema(nullable = false, max_length = 300)]
                address: Option<String>,
                /// Latitude.
                #[serde(skip_serializing_if = "Option::is_none")]
                #[schema(nullable = false, minimum = -90, maximum = 90)]
                lat: Option<f64>,
                /// Longitude.
                #[serde(skip_serializing_if = "Option::is_none")]
                #[schema(nullable = false, minimum = -180, maximum = 180)]
                lng: Option<f64>,
                /// The unit that should have it.
                #[serde(skip_serializing_if = "Option::is_none")]
                #[schema(nullable = false)]
                unit_id: Option<Uuid>,
                /// What kind of incident it is.
                #[serde(skip_serializing_if = "Option::is_none")]
                #[schema(nullable = false)]
                category_id: Option<Uuid>,
            }
        )+
    };
}

contents! {
    #[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    IncidentDraftContent;
    #[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
    IncidentDraftContentView;
}

impl IncidentDraftContent {
    fn text(&self) -> Outcome<String> {
        let mut fields = kernel::error::Fields::default();
        fields.text("/content/title", self.title.as_deref().unwrap_or_default(), 0, 120);
        fields.text("/content/description", self.description.as_deref().unwrap_or_default(), 0, 4_000);
        fields.text("/content/address", self.address.as_deref().unwrap_or_default(), 0, 300);
        fields.finish()?;
        serde_json::to_string(self).map_err(Fault::internal)
    }

    fn report(text: &str) -> Outcome<NewIncident> {
        let said: Self = serde_json::from_str(text).map_err(Fault::internal)?;
        Ok(NewIncident {
            title: said.title.unwrap_or_default(),
            description: said.description.unwrap_or_default(),
            address: said.address.filter(|a| !a.trim().is_empty()),
            lat: said.lat,
            lng: said.lng,
            unit: said.unit_id.map(Id::from_uuid),
            category: said.category_id.map(Id::from_uuid),
            ..NewIncident::default()
        })
    }
}

/// A draft to be kept.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentDraftCreate {
    /// What was said so far.
    content: IncidentDraftContent,
}

/// Other content for a draft.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentDraftPut {
    /// What was said so far: all of it.
    content: IncidentDraftContent,
    /// The version that was read, where `If-Match` is not sent.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// What goes along with a draft that is sent.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentDraftSubmit {
    /// Photos and documents, uploaded before.
    #[schema(max_items = 10)]
    file_ids: Option<Vec<Uuid>>,
}

/// A draft: its owner alone sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IncidentDraftView {
    /// The draft.
    pub id: Uuid,
    /// What was said so far.
    pub content: IncidentDraftContentView,
    /// When it was written last.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Instant,
    /// Counts its changes.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
}

impl IncidentDraftView {
    fn of(draft: &Draft) -> Outcome<Self> {
        Ok(Self {
            id: draft.id.uuid(),
            content: serde_json::from_str(&draft.content).map_err(Fault::internal)?,
            changed_at: draft.changed_at,
            version: draft.version,
        })
    }

    fn answer(draft: &Draft) -> Outcome<Answer<Self>> {
        let version = draft.version;
        Ok(Answer::of(Self::of(draft)?).version(version))
    }
}

web::page_schema!(IncidentDraftPage, IncidentDraftView);

/// Which page.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IncidentDraftsQuery {
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List one's own drafts, newest first.
#[utoipa::path(operation_id = "grid_list_drafts", tag = "incidents", params(IncidentDraftsQuery),
    responses((status = 200, body = IncidentDraftPage, description = "A page of drafts")), extensions(("x-permission" = json!(KeepDrafts::NAME))))]
#[get("/me/incident-drafts")]
pub async fn list(
    req: HttpRequest,
    who: Allowed<KeepDrafts>,
    query: Params<IncidentDraftsQuery>,
) -> Result<HttpResponse, Problem> {
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &["grid.drafts"])?;
    let after = asked.after.as_ref().map(|c| Id::from_uuid(c.after));
    let page = who.read(move |tx, ctx| drafts::list(tx, ctx, after, asked.size, asked.fingerprint)).await?;
    let (items, next) = (page.items, page.next);
    let items = items.iter().map(IncidentDraftView::of).collect::<Outcome<Vec<_>>>()?;
    let page = kernel::Page { items, next: next.clone() };
    Ok(web::page(&req, IncidentDraftPage::of(page), next.as_ref()))
}

/// Keep a draft: at most twenty.
#[utoipa::path(operation_id = "grid_create_draft", tag = "incidents", request_body = IncidentDraftCreate,
    responses((status = 201, body = IncidentDraftView, description = "The draft")), extensions(("x-permission" = json!(KeepDrafts::NAME))))]
#[post("/me/incident-drafts")]
pub async fn create(
    who: Allowed<KeepDrafts>,
    body: Body<IncidentDraftCreate>,
) -> Result<HttpResponse, Problem> {
    let text = body.content.text()?;
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        IncidentDraftView::answer(&drafts::keep(tx, ctx, text.clone())?)
    })
    .await
}

/// Show a draft.
#[utoipa::path(operation_id = "grid_get_draft", tag = "incidents", params(("id" = Uuid, Path, description = "The draft")),
    responses((status = 200, body = IncidentDraftView, description = "The draft")), extensions(("x-permission" = json!(KeepDrafts::NAME))))]
#[get("/me/incident-drafts/{id}")]
pub async fn show(who: Allowed<KeepDrafts>, id: PathId<IncidentDraft>) -> Result<HttpResponse, Problem> {
    let id = id.id();
    let view = IncidentDraftView::of(&who.read(move |tx, ctx| drafts::find(tx, ctx, id)).await?)?;
    let version = view.version;
    Ok(web::view(view, version))
}

/// Put other content in place of a draft's.
#[utoipa::path(operation_id = "grid_replace_draft", tag = "incidents", params(("id" = Uuid, Path, description = "The draft")),
    request_body = IncidentDraftPut, responses((status = 200, body = IncidentDraftView, description = "The draft as it is now")),
    extensions(("x-permission" = json!(KeepDrafts::NAME))))]
#[put("/me/incident-drafts/{id}")]
pub async fn replace(
    who: Allowed<KeepDrafts>,
    id: PathId<IncidentDraft>,
    body: Body<IncidentDraftPut>,
) -> Result<HttpResponse, Problem> {
    let (id, expected, text) = (id.id(), who.expected_version(body.version)?, body.content.text()?);
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        IncidentDraftView::answer(&drafts::change(tx, ctx, id, expected, text.clone())?)
    })
    .await
}

/// Throw a draft away.
#[utoipa::path(operation_id = "grid_delete_draft", tag = "incidents", params(("id" = Uuid, Path, description = "The draft")),
    responses((status = 204, description = "Gone")), extensions(("x-permission" = json!(KeepDrafts::NAME))))]
#[delete("/me/incident-drafts/{id}")]
pub async fn remove(who: Allowed<KeepDrafts>, id: PathId<IncidentDraft>) -> Result<HttpResponse, Problem> {
    let id = id.id();
    who.write(StatusCode::NO_CONTENT, &NoBody, move |tx, ctx| {
        drafts::discard(tx, ctx, id)?;
        Ok(Answer::of(()))
    })
    .await
}

/// Report what a draft says. It is a draft no longer.
#[utoipa::path(operation_id = "grid_submit_draft", tag = "incidents", params(("id" = Uuid, Path, description = "The draft")),
    request_body = IncidentDraftSubmit, responses((status = 201, body = IncidentView, description = "The incident")),
    extensions(("x-permission" = json!(KeepDrafts::NAME))))]
#[post("/me/incident-drafts/{id}/submit")]
pub async fn submit(
    who: Allowed<KeepDrafts>,
    id: PathId<IncidentDraft>,
    body: Body<IncidentDraftSubmit>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s, files) = (id.id(), grid.get_ref().clone(), ids(body.file_ids.as_deref()));
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let shown = drafts::submit(tx, ctx, &s, id, files.clone(), IncidentDraftContent::report)?;
        let view = IncidentView::from(shown);
        let (version, place) = (view.version, format!("/api/v1/incidents/{}", view.id));
        Ok(Answer::of(view).version(version).location(place))
    })
    .await
}
