//! `GET /units/{id}/as-of`

use actix_web::{HttpResponse, get};
use chrono::{Duration, NaiveDate, NaiveTime, TimeZone};
use kernel::{Instant, id};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Params, PathId, Problem};

use super::view::GovUnitLink;
use crate::permission::ReadUnits;
use crate::service::history;

/// Which day.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AsOfParams {
    /// The day, in the realm's time zone; what held at its end counts.
    #[param(example = "2026-11-23")]
    day: NaiveDate,
}

/// A unit as it was at the end of a day.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct GovUnitAsOfView {
    /// The unit.
    id: Uuid,
    /// The day.
    on: NaiveDate,
    /// Its name then.
    name: String,
    /// Its kind; labels are in the dictionary `territory_unit_kinds`.
    kind: String,
    /// Its division code then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    code: Option<String>,
    /// The unit above then; absent for the root.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    parent_id: Option<Uuid>,
    /// The name which that unit had then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    parent_name: Option<String>,
    /// The units above it then, by the names they had, the root first.
    lineage: Vec<GovUnitLink>,
    /// Whether it had been dissolved.
    closed: bool,
}

/// Show a unit, and what was above it, as it was on a day.
#[utoipa::path(operation_id = "territory_get_unit_as_of", tag = "units",
    params(("id" = Uuid, Path, description = "The unit."), AsOfParams),
    responses((status = 200, body = GovUnitAsOfView)), extensions(("x-permission" = json!(ReadUnits::NAME))))]
#[get("/units/{id}/as-of")]
pub(super) async fn as_of(
    who: Allowed<ReadUnits>,
    path: PathId<id::Unit>,
    query: Params<AsOfParams>,
) -> Result<HttpResponse, Problem> {
    let (id, on) = (path.id(), query.day);
    let at = end_of(on, who.realm().time_zone).ok_or_else(|| kernel::error::NOT_FOUND.fault())?;
    let (then, above) = who.read(move |tx, ctx| history::as_of(tx, ctx, id, at)).await?;
    Ok(HttpResponse::Ok().json(GovUnitAsOfView {
        id: then.id.uuid(),
        on,
        name: then.name,
        kind: then.kind,
        code: then.code,
        parent_id: then.parent_id.map(kernel::Id::uuid),
        parent_name: above.last().map(|p| p.name.clone()),
        lineage: above.into_iter().map(|u| GovUnitLink { id: u.id.uuid(), name: u.name }).collect(),
        closed: then.closed,
    }))
}

/// The last microsecond of a day; `None` at the end of the calendar.
pub(super) fn end_of(on: NaiveDate, zone: chrono_tz::Tz) -> Option<Instant> {
    let midnight = on.succ_opt()?.and_time(NaiveTime::MIN);
    // Where clocks are put forward at midnight the day begins at the first hour there is.
    let next = zone
        .from_local_datetime(&midnight)
        .earliest()
        .or_else(|| zone.from_local_datetime(&(midnight + Duration::hours(1))).earliest())?;
    Some(Instant::new(next.to_utc() - Duration::microseconds(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_where_the_realm_is() {
        let on = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        assert_eq!(end_of(on, chrono_tz::Asia::Shanghai).unwrap().to_string(), "2026-11-23T15:59:59Z");
        assert_eq!(end_of(NaiveDate::MAX, chrono_tz::Asia::Shanghai), None);
    }
}
