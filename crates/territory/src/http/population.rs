//! `GET /units/{id}/population`

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use chrono::NaiveDate;
use kernel::id;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Params, PathId, Problem};

use super::as_of::end_of;
use super::day::homes;
use crate::permission::ReadPopulation;
use crate::ports::Ports;
use crate::service::population as deeds;

/// Which day.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PopulationParams {
    /// The day, in the realm's time zone; today unless told.
    #[serde(rename = "day")]
    on: Option<NaiveDate>,
}

/// How many residents there are of one type.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct PopulationTypeCount {
    /// The type; labels are in the dictionary `territory_resident_types`.
    #[schema(example = "floating", extensions(("x-extensible-enum" = json!(["registered", "non_registered", "floating"]))))]
    resident_type: String,
    /// Persons of this type among `residents`.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    count: i64,
}

/// The people of a unit and all below it, as the records and the tree were on a day.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct PopulationView {
    /// The unit.
    unit_id: Uuid,
    /// Its name today.
    unit_name: String,
    /// The day.
    on: NaiveDate,
    /// The denominator: persons who had their main residence there on that day, each counted once. The types add up to it.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    residents: i64,
    /// The same by type, every type there.
    by_type: Vec<PopulationTypeCount>,
    /// Not in the denominator: other residences there on that day, of people whose main one is on record elsewhere or nowhere.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    other_residences: i64,
}

/// Count the people who live in a unit and below it on a day, by resident type.
#[utoipa::path(operation_id = "territory_get_population", tag = "units",
    params(("id" = Uuid, Path, description = "The unit."), PopulationParams),
    responses((status = 200, body = PopulationView)), extensions(("x-permission" = json!(ReadPopulation::NAME))))]
#[get("/units/{id}/population")]
pub(super) async fn population(
    who: Allowed<ReadPopulation>,
    path: PathId<id::Unit>,
    query: Params<PopulationParams>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let (id, homes) = (path.id(), homes(&who, &ports));
    let on = query.on.unwrap_or(homes.today);
    let end = end_of(on, who.realm().time_zone).ok_or_else(|| kernel::error::NOT_FOUND.fault())?;
    let found = who.read(move |tx, ctx| deeds::count(tx, ctx, &homes, id, on, end)).await?;
    let count = |(kind, n): (&crate::model::ResidentType, &i64)| PopulationTypeCount {
        resident_type: kind.word().to_owned(),
        count: *n,
    };
    Ok(HttpResponse::Ok().json(PopulationView {
        residents: found.total(),
        by_type: found.residents.iter().map(count).collect(),
        other_residences: found.other,
        on: found.on,
        unit_id: found.unit.id.uuid(),
        unit_name: found.unit.name,
    }))
}
