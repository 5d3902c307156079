//! Moving out, moving elsewhere, another resident type, corrections.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use chrono::NaiveDate;
use kernel::{Id, id};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use web::{Allowed, Answer, Body, PathId, Problem};

use super::day::homes;
use super::home_shown::view;
use super::home_views::ResidenceView;
use super::words::{HouseholdRelationWord, ResidentTypeWord};
use crate::permission::ManageResidences;
use crate::ports::Ports;
use crate::service::residence_change::{self as deeds, Correction, Destination};

/// The end of a residence.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResidenceEnd {
    /// The first day they no longer live there.
    to_on: NaiveDate,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// Where somebody goes.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResidenceMove {
    /// Into which dwelling; that of the household unless told. One of the two must be given.
    #[schema(nullable = false)]
    dwelling_id: Option<Uuid>,
    /// Into which household; none unless told.
    #[schema(nullable = false)]
    household_id: Option<Uuid>,
    /// How they stand in the register there; as before unless told.
    #[schema(nullable = false)]
    resident_type: Option<ResidentTypeWord>,
    /// What they are to the household's head there.
    #[schema(nullable = false)]
    relation: Option<HouseholdRelationWord>,
    /// The first day there.
    on: NaiveDate,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// Another resident type.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResidenceTypeChange {
    /// The type from then on.
    resident_type: ResidentTypeWord,
    /// From which day.
    on: NaiveDate,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// What a corrected residence can do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ResidenceCorrectionClear {
    /// The end: there was none.
    ToOn,
    /// The relation to the head.
    Relation,
}

/// What was wrong from the start. What is left out was right.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResidenceCorrection {
    /// Why, in words; no more about the person than must be said.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
    /// The first day.
    #[schema(nullable = false)]
    from_on: Option<NaiveDate>,
    /// The first day they no longer lived there.
    #[schema(nullable = false)]
    to_on: Option<NaiveDate>,
    /// How they stood in the register there.
    #[schema(nullable = false)]
    resident_type: Option<ResidentTypeWord>,
    /// Whether they are counted there.
    #[schema(nullable = false)]
    is_main: Option<bool>,
    /// What they were to the household's head.
    #[schema(nullable = false)]
    relation: Option<HouseholdRelationWord>,
    /// What was not so.
    #[schema(nullable = false)]
    clear: Option<Vec<ResidenceCorrectionClear>>,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// Why a record was wrong from the start.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResidenceVoid {
    /// Why, in words; no more about the person than must be said.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// Move somebody out.
#[utoipa::path(operation_id = "territory_end_residence", tag = "residences", params(("id" = Uuid, Path, description = "The residence.")),
    request_body = ResidenceEnd, responses((status = 200, body = ResidenceView)), extensions(("x-permission" = json!(ManageResidences::NAME))))]
#[post("/residences/{id}/end")]
pub(super) async fn end(
    who: Allowed<ManageResidences>,
    path: PathId<id::Residence>,
    body: Body<ResidenceEnd>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let homes = homes(&who, &ports);
    let to = body.to_on;
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = deeds::end(tx, ctx, &homes, id, expected, to)?;
        let version = done.version;
        Ok(Answer::of(view(tx, ctx, &homes, done)?).version(version))
    })
    .await
}

/// Move somebody elsewhere: this residence ends, and the next, which is answered, begins the same day.
#[utoipa::path(operation_id = "territory_move_residence", tag = "residences", params(("id" = Uuid, Path, description = "The residence.")),
    request_body = ResidenceMove, responses((status = 201, body = ResidenceView)), extensions(("x-permission" = json!(ManageResidences::NAME))))]
#[post("/residences/{id}/move")]
pub(super) async fn relocate(
    who: Allowed<ManageResidences>,
    path: PathId<id::Residence>,
    body: Body<ResidenceMove>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let homes = homes(&who, &ports);
    let on = body.on;
    let to = Destination {
        dwelling: body.dwelling_id.map(Id::from_uuid),
        household: body.household_id.map(Id::from_uuid),
        resident_type: body.resident_type.map(Into::into),
        relation: body.relation.map(Into::into),
    };
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let done = deeds::relocate(tx, ctx, &homes, id, expected, &to, on)?;
        let (version, place) = (done.version, format!("/api/v1/residences/{}", done.id));
        Ok(Answer::of(view(tx, ctx, &homes, done)?).version(version).location(place))
    })
    .await
}

/// Give somebody another resident type from a day on: another residence, which is answered, begins.
#[utoipa::path(operation_id = "territory_change_resident_type", tag = "residences", params(("id" = Uuid, Path, description = "The residence.")),
    request_body = ResidenceTypeChange, responses((status = 201, body = ResidenceView)), extensions(("x-permission" = json!(ManageResidences::NAME))))]
#[post("/residences/{id}/change-type")]
pub(super) async fn change_type(
    who: Allowed<ManageResidences>,
    path: PathId<id::Residence>,
    body: Body<ResidenceTypeChange>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let homes = homes(&who, &ports);
    let (kind, on) = (body.resident_type.into(), body.on);
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let done = deeds::change_type(tx, ctx, &homes, id, expected, kind, on)?;
        let (version, place) = (done.version, format!("/api/v1/residences/{}", done.id));
        Ok(Answer::of(view(tx, ctx, &homes, done)?).version(version).location(place))
    })
    .await
}

/// Put a record right that was wrong from the start: it is marked so, and another, which is answered, takes its place.
#[utoipa::path(operation_id = "territory_correct_residence", tag = "residences", params(("id" = Uuid, Path, description = "The residence.")),
    request_body = ResidenceCorrection, responses((status = 201, body = ResidenceView)), extensions(("x-permission" = json!(ManageResidences::NAME))))]
#[post("/residences/{id}/correct")]
pub(super) async fn correct(
    who: Allowed<ManageResidences>,
    path: PathId<id::Residence>,
    body: Body<ResidenceCorrection>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let homes = homes(&who, &ports);
    let clears = |what| body.clear.iter().flatten().any(|c| *c == what);
    let (no_end, no_relation) =
        (clears(ResidenceCorrectionClear::ToOn), clears(ResidenceCorrectionClear::Relation));
    let to = Correction {
        from: body.from_on,
        to: if no_end { Some(None) } else { body.to_on.map(Some) },
        resident_type: body.resident_type.map(Into::into),
        is_main: body.is_main,
        relation: if no_relation { Some(None) } else { body.relation.map(|r| Some(r.into())) },
    };
    let reason = body.reason.clone();
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let done = deeds::correct(tx, ctx, &homes, id, expected, &to, &reason)?;
        let (version, place) = (done.version, format!("/api/v1/residences/{}", done.id));
        Ok(Answer::of(view(tx, ctx, &homes, done)?).version(version).location(place))
    })
    .await
}

/// Mark a record as wrong from the start: it counts for no day, and stays.
#[utoipa::path(operation_id = "territory_void_residence", tag = "residences", params(("id" = Uuid, Path, description = "The residence.")),
    request_body = ResidenceVoid, responses((status = 200, body = ResidenceView)), extensions(("x-permission" = json!(ManageResidences::NAME))))]
#[post("/residences/{id}/void")]
pub(super) async fn void(
    who: Allowed<ManageResidences>,
    path: PathId<id::Residence>,
    body: Body<ResidenceVoid>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let homes = homes(&who, &ports);
    let reason = body.reason.clone();
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = deeds::void(tx, ctx, id, expected, &reason)?;
        let version = done.version;
        Ok(Answer::of(view(tx, ctx, &homes, done)?).version(version))
    })
    .await
}
