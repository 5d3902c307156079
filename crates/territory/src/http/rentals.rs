//! Rentals: list, show, file, end, withdraw.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::NaiveDate;
use kernel::{Id, id};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Answer, Body, Params, PathId, Problem};

use super::day::{homes, text};
use super::home_shown::{view, views};
use super::home_views::{RentalPage, RentalView};
use super::words::TenureStateWord;
use crate::model::Period;
use crate::permission::{ManageRentals, ReadRentals};
use crate::ports::Ports;
use crate::service::rental::{self as deeds, Filter, NewRental};
use crate::service::residence::State;

/// Which rentals.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RentalListParams {
    /// Only in this unit and below.
    unit: Option<Uuid>,
    /// Only of this dwelling.
    dwelling: Option<Uuid>,
    /// Only of this landlord.
    landlord: Option<Uuid>,
    /// Only to this tenant, alone or with others.
    tenant: Option<Uuid>,
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

/// A rental to be filed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RentalCreate {
    /// What is let.
    dwelling_id: Uuid,
    /// Who lets it.
    landlord_id: Uuid,
    /// To whom.
    #[schema(min_items = 1, max_items = 50)]
    tenant_ids: Vec<Uuid>,
    /// Whether only a part is let, so that other parts can be let at the same time; no unless told.
    #[schema(nullable = false)]
    is_shared: Option<bool>,
    /// The first day.
    from_on: NaiveDate,
    /// The first day it is no longer let; open unless told.
    #[schema(nullable = false)]
    to_on: Option<NaiveDate>,
}

/// The end of a rental.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RentalEnd {
    /// The first day it is no longer let.
    to_on: NaiveDate,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// Why a rental was wrong from the start.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RentalVoid {
    /// Why, in words; no more about anybody than must be said.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// List the rentals that the reader may see, in the order of the tree.
#[utoipa::path(operation_id = "territory_list_rentals", tag = "rentals", params(RentalListParams),
    responses((status = 200, body = RentalPage)), extensions(("x-permission" = json!(ReadRentals::NAME))))]
#[get("/rentals")]
pub(super) async fn list(
    req: HttpRequest,
    who: Allowed<ReadRentals>,
    query: Params<RentalListParams>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let state = query.state.map_or(State::Current, State::from);
    let parts = [
        "territory.rentals",
        &text(query.unit),
        &text(query.dwelling),
        &text(query.landlord),
        &text(query.tenant),
        &format!("{state:?}"),
        &text(query.on),
    ];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &parts)?;
    let homes = homes(&who, &ports);
    let below = query.unit.map(Id::from_uuid);
    let filter = Filter {
        dwelling: query.dwelling.map(Id::from_uuid),
        landlord: query.landlord.map(Id::from_uuid),
        tenant: query.tenant.map(Id::from_uuid),
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
    Ok(web::page(&req, RentalPage::of(page), next.as_ref()))
}

/// Show a rental.
#[utoipa::path(operation_id = "territory_get_rental", tag = "rentals", params(("id" = Uuid, Path, description = "The rental.")),
    responses((status = 200, body = RentalView)), extensions(("x-permission" = json!(ReadRentals::NAME))))]
#[get("/rentals/{id}")]
pub(super) async fn show(
    who: Allowed<ReadRentals>,
    path: PathId<id::Rental>,
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

/// File a rental.
#[utoipa::path(operation_id = "territory_create_rental", tag = "rentals", request_body = RentalCreate,
    responses((status = 201, body = RentalView)), extensions(("x-permission" = json!(ManageRentals::NAME))))]
#[post("/rentals")]
pub(super) async fn create(
    who: Allowed<ManageRentals>,
    body: Body<RentalCreate>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let homes = homes(&who, &ports);
    let new = NewRental {
        dwelling: Id::from_uuid(body.dwelling_id),
        landlord: Id::from_uuid(body.landlord_id),
        tenants: body.tenant_ids.iter().copied().map(Id::from_uuid).collect(),
        is_shared: body.is_shared.unwrap_or(false),
        lease: Period { from: body.from_on, to: body.to_on },
    };
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let made = deeds::file(tx, ctx, &homes, &new)?;
        let (version, place) = (made.version, format!("/api/v1/rentals/{}", made.id));
        Ok(Answer::of(view(tx, ctx, &homes, made)?).version(version).location(place))
    })
    .await
}

/// End a rental, or put off an end that is still to come.
#[utoipa::path(operation_id = "territory_end_rental", tag = "rentals", params(("id" = Uuid, Path, description = "The rental.")),
    request_body = RentalEnd, responses((status = 200, body = RentalView)), extensions(("x-permission" = json!(ManageRentals::NAME))))]
#[post("/rentals/{id}/end")]
pub(super) async fn end(
    who: Allowed<ManageRentals>,
    path: PathId<id::Rental>,
    body: Body<RentalEnd>,
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

/// Mark a rental as wrong from the start: it counts for no day, and stays.
#[utoipa::path(operation_id = "territory_void_rental", tag = "rentals", params(("id" = Uuid, Path, description = "The rental.")),
    request_body = RentalVoid, responses((status = 200, body = RentalView)), extensions(("x-permission" = json!(ManageRentals::NAME))))]
#[post("/rentals/{id}/void")]
pub(super) async fn void(
    who: Allowed<ManageRentals>,
    path: PathId<id::Rental>,
    body: Body<RentalVoid>,
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
