//! Dwellings: recorded, changed, closed.

use chrono::NaiveDate;
use contracts::events::DWELLING_CHANGED;
use kernel::error::{FIELD_ORDER, FIELD_RANGE, FIELD_REQUIRED, Fields, INVALID, NOT_FOUND, OrRefuse, STALE};
use kernel::id::{self, Unit};
use kernel::permission::Permit;
use kernel::{Context, Cursor, Id, Outcome, Page, PageSize};
use serde_json::{Value, json};
use storage::Tx;

use super::homes::{self, Deed, Homes, leave};
use crate::error::{DWELLING_CLOSED, DWELLING_IN_USE, UNIT_CLOSED};
use crate::model::{Dwelling, DwellingKind, Period};
use crate::permission::{ManageDwellings, ReadDwellings};
pub use crate::store::dwellings::Filter;
use crate::store::{dwellings, households, rentals, residences, units};

/// Characters of an address, at most.
const LONGEST_ADDRESS: usize = 200;
/// Square metres, at most.
const LARGEST: f64 = 1_000_000.0;

/// A dwelling to be recorded.
#[derive(Debug, Clone)]
pub struct NewDwelling {
    /// The unit it stands in.
    pub unit: Id<Unit>,
    /// The building's address.
    pub address: String,
    /// What kind of place it is.
    pub kind: DwellingKind,
    /// Latitude.
    pub lat: Option<f64>,
    /// Longitude.
    pub lng: Option<f64>,
    /// Square metres.
    pub floor_area: Option<f64>,
    /// The first day of its use.
    pub opened_on: NaiveDate,
}

/// What is to be different; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// The address.
    pub address: Option<String>,
    /// The kind.
    pub kind: Option<DwellingKind>,
    /// The point; `Some(None)` takes it away.
    pub point: Option<Option<(f64, f64)>>,
    /// The floor area; `Some(None)` takes it away.
    pub floor_area: Option<Option<f64>>,
}

/// Latitude and longitude as a body gives them: both, or neither.
pub fn point(lat: Option<f64>, lng: Option<f64>) -> Outcome<Option<(f64, f64)>> {
    let mut fields = Fields::default();
    for (pointer, other, value, bound) in [("/lat", lng, lat, 90.0), ("/lng", lat, lng, 180.0)] {
        match value {
            None if other.is_some() => fields.bad(pointer, &FIELD_REQUIRED, None),
            Some(v) if !(-bound..=bound).contains(&v) => fields.bad(pointer, &FIELD_RANGE, None),
            _ => {}
        }
    }
    fields.finish()?;
    Ok(lat.zip(lng))
}

fn check(fields: &mut Fields, address: &str, floor_area: Option<f64>) {
    fields.text("/address", address, 1, LONGEST_ADDRESS);
    if floor_area.is_some_and(|a| !(a > 0.0 && a <= LARGEST)) {
        fields.bad(
            "/floor_area",
            &FIELD_RANGE,
            Some("more than 0, at most 1000000 square metres".to_owned()),
        );
    }
}

fn facts(d: &Dwelling) -> Value {
    json!({
        "kind": d.kind.word(), "address": d.address, "point": d.point, "floor_area": d.floor_area,
        "opened_on": d.life.from, "closed_on": d.life.to,
    })
}

fn trail(tx: &mut Tx<'_>, ctx: &Context, action: &str, before: Option<Value>, d: &Dwelling) -> Outcome<()> {
    let (object, unit) = (d.id.uuid(), d.unit);
    let after = Some(facts(d));
    let (kind, topic, version) = ("dwelling", DWELLING_CHANGED, d.version);
    leave(tx, ctx, Deed { action, kind, topic, object, version, unit, before, after })
}

/// Records a dwelling.
pub fn create(tx: &mut Tx<'_>, ctx: &Context, homes: &Homes, new: &NewDwelling) -> Outcome<Dwelling> {
    let unit = units::find_locked(tx, new.unit)?.ok_or_else(|| homes::unknown("/unit_id"))?;
    ctx.require_at(ManageDwellings::PERMISSION, unit.id, &unit.path)?;
    let point = point(new.lat, new.lng)?;
    let mut fields = Fields::default();
    check(&mut fields, &new.address, new.floor_area);
    homes.past_day(&mut fields, "/opened_on", new.opened_on);
    fields.finish()?;
    if unit.closed_at.is_some() {
        return Err(UNIT_CLOSED.fault());
    }
    let dwelling = Dwelling {
        id: ctx.id(),
        unit: unit.id,
        path: unit.path,
        address: new.address.trim().to_owned(),
        kind: new.kind,
        point,
        floor_area: new.floor_area,
        life: Period::since(new.opened_on),
        version: 1,
        created_at: ctx.now,
    };
    dwellings::insert(tx, &dwelling)?;
    trail(tx, ctx, "territory.dwelling.create", None, &dwelling)?;
    Ok(dwelling)
}

/// The dwelling, if the reader may see it.
pub fn find(tx: &mut Tx<'_>, ctx: &Context, id: Id<id::Dwelling>) -> Outcome<Dwelling> {
    let dwelling = dwellings::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    homes::require_sight::<ReadDwellings, ManageDwellings>(ctx, &dwelling.path)?;
    Ok(dwelling)
}

/// One page of those that the reader may see, in the order of the tree.
pub fn list(
    tx: &mut Tx<'_>,
    ctx: &Context,
    below: Option<Id<Unit>>,
    filter: &Filter,
    after: Option<&Cursor>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Dwelling>> {
    let scope = homes::reach::<ReadDwellings>(tx, ctx, below)?;
    let filter = Filter { after: homes::place_of(after)?, ..filter.clone() };
    let rows = dwellings::list(tx, &scope, &filter, size)?;
    Ok(homes::page(rows, size, fingerprint, |d| (&d.path, d.id)))
}

/// The dwelling, if the actor may change it, locked, open and at the version the caller has seen.
fn held(tx: &mut Tx<'_>, ctx: &Context, id: Id<id::Dwelling>, expected: i64) -> Outcome<Dwelling> {
    let dwelling = dwellings::find_locked(tx, id)?.or_refuse(&NOT_FOUND)?;
    homes::require_manage::<ReadDwellings, ManageDwellings>(ctx, &dwelling.path)?;
    if dwelling.version != expected {
        return Err(STALE.fault());
    }
    if dwelling.life.to.is_some() {
        return Err(DWELLING_CLOSED.fault());
    }
    Ok(dwelling)
}

/// Changes what a dwelling is.
pub fn change(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: Id<id::Dwelling>,
    expected: i64,
    to: &Change,
) -> Outcome<Dwelling> {
    let mut dwelling = held(tx, ctx, id, expected)?;
    let before = facts(&dwelling);
    if let Some(address) = &to.address {
        dwelling.address = address.trim().to_owned();
    }
    dwelling.kind = to.kind.unwrap_or(dwelling.kind);
    dwelling.point = to.point.unwrap_or(dwelling.point);
    dwelling.floor_area = to.floor_area.unwrap_or(dwelling.floor_area);
    let mut fields = Fields::default();
    check(&mut fields, &dwelling.address, dwelling.floor_area);
    fields.finish()?;
    save(tx, ctx, "territory.dwelling.update", before, dwelling)
}

/// Closes a dwelling from a day on. Nobody may be on record in it after.
pub fn close(
    tx: &mut Tx<'_>,
    ctx: &Context,
    homes: &Homes,
    id: Id<id::Dwelling>,
    expected: i64,
    on: NaiveDate,
) -> Outcome<Dwelling> {
    // Whoever moves in, joins a household to it or lets it holds the same row.
    let mut dwelling = held(tx, ctx, id, expected)?;
    let mut fields = Fields::default();
    homes.past_day(&mut fields, "/closed_on", on);
    fields.finish()?;
    if on < dwelling.life.from {
        return Err(INVALID.refusal().at("/closed_on", &FIELD_ORDER).into());
    }
    if residences::any_in(tx, id, on)?
        || households::any_open_in(tx, id, on)?
        || !rentals::of_dwelling(tx, id, on)?.is_empty()
    {
        return Err(DWELLING_IN_USE.fault());
    }
    let before = facts(&dwelling);
    dwelling.life.to = Some(on);
    save(tx, ctx, "territory.dwelling.close", before, dwelling)
}

fn save(
    tx: &mut Tx<'_>,
    ctx: &Context,
    action: &str,
    before: Value,
    mut dwelling: Dwelling,
) -> Outcome<Dwelling> {
    dwelling.version += 1;
    if !dwellings::update(tx, &dwelling)? {
        return Err(STALE.fault());
    }
    trail(tx, ctx, action, Some(before), &dwelling)?;
    Ok(dwelling)
}
