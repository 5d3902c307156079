//! Residences: list, show, move in, and what somebody is to the head.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, patch, post};
use chrono::NaiveDate;
use kernel::error::{FIELD_CHOICE, FIELD_REQUIRED, INVALID};
use kernel::{Fault, Id, id};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Answer, Body, Params, PathId, Problem};

use super::day::{homes, text};
use super::home_shown::{view, views};
use super::home_views::{ResidencePage, ResidenceView};
use super::words::{HouseholdRelationWord, ResidentTypeWord, TenureStateWord};
use crate::model::{Period, ResidentType};
use crate::permission::{ManageResidences, ReadResidences};
use crate::ports::Ports;
use crate::service::residence::{self as deeds, Filter, NewResidence, State};
use crate::service::residence_change;

/// Which residences.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ResidenceListParams {
    /// Only in this unit and below.
    unit: Option<Uuid>,
    /// Only of this person.
    person: Option<Uuid>,
    /// Only in this dwelling.
    dwelling: Option<Uuid>,
    /// Only in this household.
    household: Option<Uuid>,
    /// Only of this type.
    #[param(inline)]
    resident_type: Option<ResidentTypeWord>,
    /// How they stand on the day; current ones unless told.
    #[param(inline)]
    state: Option<TenureStateWord>,
    /// On this day; today unless told.
    #[serde(rename = "day")]
    on: Option<NaiveDate>,
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Somebody who moves in.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResidenceCreate {
    /// Who.
    person_id: Uuid,
    /// Into which dwelling; that of the household unless told. One of the two must be given.
    #[schema(nullable = false)]
    dwelling_id: Option<Uuid>,
    /// Into which household.
    #[schema(nullable = false)]
    household_id: Option<Uuid>,
    /// How they stand in the register there.
    resident_type: ResidentTypeWord,
    /// What they are to the household's head.
    #[schema(nullable = false)]
    relation: Option<HouseholdRelationWord>,
    /// Whether they are counted there; yes unless told. Nobody is counted twice on one day.
    #[schema(nullable = false)]
    is_main: Option<bool>,
    /// The first day.
    from_on: NaiveDate,
    /// The first day they no longer live there; open unless told.
    #[schema(nullable = false)]
    to_on: Option<NaiveDate>,
}

/// What a residence can do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ResidenceClear {
    /// The relation to the head.
    Relation,
}

/// What is to be different. What was wrong is corrected, what has changed since is another residence.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResidencePatch {
    /// What they are to the household's head.
    #[schema(nullable = false)]
    relation: Option<HouseholdRelationWord>,
    /// What is to go.
    #[schema(nullable = false)]
    clear: Option<Vec<ResidenceClear>>,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// List the residences that the reader may see, in the order of the tree.
#[utoipa::path(operation_id = "territory_list_residences", tag = "residences", params(ResidenceListParams),
    responses((status = 200, body = ResidencePage)), extensions(("x-permission" = json!(ReadResidences::NAME))))]
#[get("/residences")]
pub(super) async fn list(
    req: HttpRequest,
    who: Allowed<ReadResidences>,
    query: Params<ResidenceListParams>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let resident_type = query.resident_type.map(ResidentType::from);
    let state = query.state.map_or(State::Current, State::from);
    let parts = [
        "territory.residences",
        &text(query.unit),
        &text(query.person),
        &text(query.dwelling),
        &text(query.household),
        &text(resident_type),
        &format!("{state:?}"),
        &text(query.on),
    ];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &parts)?;
    let homes = homes(&who, &ports);
    let below = query.unit.map(Id::from_uuid);
    let filter = Filter {
        person: query.person.map(Id::from_uuid),
        dwelling: query.dwelling.map(Id::from_uuid),
        household: query.household.map(Id::from_uuid),
        resident_type,
        state,
        on: query.on.unwrap_or(homes.today),
        after: None,
    };
    let page = who
        .read(move |tx, ctx| {
            let found =
                deeds::list(tx, ctx, below, &filter, asked.after.as_ref(), asked.size, asked.fingerprint)?;
            views(tx, ctx, &homes, found)
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, ResidencePage::of(page), next.as_ref()))
}

/// Show a residence.
#[utoipa::path(operation_id = "territory_get_residence", tag = "residences", params(("id" = Uuid, Path, description = "The residence.")),
    responses((status = 200, body = ResidenceView)), extensions(("x-permission" = json!(ReadResidences::NAME))))]
#[get("/residences/{id}")]
pub(super) async fn show(
    who: Allowed<ReadResidences>,
    path: PathId<id::Residence>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let (id, homes) = (path.id(), homes(&who, &ports));
    let shown = who
        .read(move |tx, ctx| {
            let found = deeds::find(tx, ctx, id)?;
            view(tx, ctx, &homes, found)
        })
        .await?;
    let version = shown.version;
    Ok(web::view(shown, version))
}

/// Move somebody in.
#[utoipa::path(operation_id = "territory_create_residence", tag = "residences", request_body = ResidenceCreate,
    responses((status = 201, body = ResidenceView)), extensions(("x-permission" = json!(ManageResidences::NAME))))]
#[post("/residences")]
pub(super) async fn create(
    who: Allowed<ManageResidences>,
    body: Body<ResidenceCreate>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let homes = homes(&who, &ports);
    let new = NewResidence {
        person: Id::from_uuid(body.person_id),
        dwelling: body.dwelling_id.map(Id::from_uuid),
        household: body.household_id.map(Id::from_uuid),
        resident_type: body.resident_type.into(),
        relation: body.relation.map(Into::into),
        is_main: body.is_main.unwrap_or(true),
        stay: Period { from: body.from_on, to: body.to_on },
    };
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let made = deeds::create(tx, ctx, &homes, &new)?;
        let (version, place) = (made.version, format!("/api/v1/residences/{}", made.id));
        Ok(Answer::of(view(tx, ctx, &homes, made)?).version(version).location(place))
    })
    .await
}

/// Say what somebody is to the head of their household.
#[utoipa::path(operation_id = "territory_update_residence", tag = "residences", params(("id" = Uuid, Path, description = "The residence.")),
    request_body = ResidencePatch, responses((status = 200, body = ResidenceView)), extensions(("x-permission" = json!(ManageResidences::NAME))))]
#[patch("/residences/{id}")]
pub(super) async fn change(
    who: Allowed<ManageResidences>,
    path: PathId<id::Residence>,
    body: Body<ResidencePatch>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let homes = homes(&who, &ports);
    let clears = body.clear.iter().flatten().any(|c| *c == ResidenceClear::Relation);
    let relation = match (body.relation, clears) {
        (Some(_), true) => Err(INVALID.refusal().at("/clear", &FIELD_CHOICE)),
        (None, false) => Err(INVALID.refusal().at("/relation", &FIELD_REQUIRED)),
        (relation, _) => Ok(relation.map(Into::into)),
    };
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = residence_change::relate(tx, ctx, id, expected, relation.clone().map_err(Fault::from))?;
        let version = done.version;
        Ok(Answer::of(view(tx, ctx, &homes, done)?).version(version))
    })
    .await
}
