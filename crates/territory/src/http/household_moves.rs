//! `POST /households/{id}/split`, `/merge` and `/move`.

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
use super::home_views::HouseholdView;
use super::words::HouseholdRegisterWord;
use crate::permission::ManageHouseholds;
use crate::ports::Ports;
use crate::service::household_moves::{self as deeds, Merge, Split};

/// How a household splits.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HouseholdSplit {
    /// The residences of those who leave.
    #[schema(min_items = 1, max_items = 100)]
    residence_ids: Vec<Uuid>,
    /// Where they go; they stay where they live unless told.
    #[schema(nullable = false)]
    dwelling_id: Option<Uuid>,
    /// The head of those who leave: one of them.
    #[schema(nullable = false)]
    head_id: Option<Uuid>,
    /// How they stand in the register; as before unless told.
    #[schema(nullable = false)]
    register_kind: Option<HouseholdRegisterWord>,
    /// The head of those who stay: one of them; must be given if the head leaves.
    #[schema(nullable = false)]
    remaining_head_id: Option<Uuid>,
    /// The day.
    on: NaiveDate,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// Which household is taken in.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HouseholdMerge {
    /// The other household, which ends.
    household_id: Uuid,
    /// Its version that was read.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    household_version: i64,
    /// The day.
    on: NaiveDate,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// Where a household goes.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HouseholdMove {
    /// The dwelling it moves to.
    dwelling_id: Uuid,
    /// The day.
    on: NaiveDate,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// Split a household: those who leave are a household of their own, which is answered.
#[utoipa::path(operation_id = "territory_split_household", tag = "households", params(("id" = Uuid, Path, description = "The household.")),
    request_body = HouseholdSplit, responses((status = 201, body = HouseholdView)), extensions(("x-permission" = json!(ManageHouseholds::NAME))))]
#[post("/households/{id}/split")]
pub(super) async fn split(
    who: Allowed<ManageHouseholds>,
    path: PathId<id::Household>,
    body: Body<HouseholdSplit>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let homes = homes(&who, &ports);
    let how = Split {
        leavers: body.residence_ids.iter().copied().map(Id::from_uuid).collect(),
        dwelling: body.dwelling_id.map(Id::from_uuid),
        head: body.head_id.map(Id::from_uuid),
        register_kind: body.register_kind.map(Into::into),
        remaining_head: body.remaining_head_id.map(Id::from_uuid),
        on: body.on,
    };
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let done = deeds::split(tx, ctx, &homes, id, expected, &how)?;
        let (version, place) = (done.version, format!("/api/v1/households/{}", done.id));
        Ok(Answer::of(view(tx, ctx, &homes, done)?).version(version).location(place))
    })
    .await
}

/// Take another household in: its people belong to this one, and it ends.
#[utoipa::path(operation_id = "territory_merge_household", tag = "households", params(("id" = Uuid, Path, description = "The household.")),
    request_body = HouseholdMerge, responses((status = 200, body = HouseholdView)), extensions(("x-permission" = json!(ManageHouseholds::NAME))))]
#[post("/households/{id}/merge")]
pub(super) async fn merge(
    who: Allowed<ManageHouseholds>,
    path: PathId<id::Household>,
    body: Body<HouseholdMerge>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let homes = homes(&who, &ports);
    let (other, other_version) = (Id::from_uuid(body.household_id), body.household_version);
    let how = Merge { other, other_version, on: body.on };
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = deeds::merge(tx, ctx, &homes, id, expected, how)?;
        let version = done.version;
        Ok(Answer::of(view(tx, ctx, &homes, done)?).version(version))
    })
    .await
}

/// Move a household to another dwelling, with those of its people who live where it lives.
#[utoipa::path(operation_id = "territory_move_household", tag = "households", params(("id" = Uuid, Path, description = "The household.")),
    request_body = HouseholdMove, responses((status = 200, body = HouseholdView)), extensions(("x-permission" = json!(ManageHouseholds::NAME))))]
#[post("/households/{id}/move")]
pub(super) async fn relocate(
    who: Allowed<ManageHouseholds>,
    path: PathId<id::Household>,
    body: Body<HouseholdMove>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let homes = homes(&who, &ports);
    let (to, on) = (Id::from_uuid(body.dwelling_id), body.on);
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = deeds::relocate(tx, ctx, &homes, id, expected, to, on)?;
        let version = done.version;
        Ok(Answer::of(view(tx, ctx, &homes, done)?).version(version))
    })
    .await
}
