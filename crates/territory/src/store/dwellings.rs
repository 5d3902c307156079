//! `territory_dwellings`.

use chrono::NaiveDate;
use diesel::prelude::*;
use kernel::id::{self, Unit};
use kernel::{Id, Instant, Outcome, PageSize, Scope, UnitPath};
use storage::{Tx, with_conn};

use super::schema::territory_dwellings as dwellings;
use super::{by_place, in_scope, lasting, unknown_word};
use crate::model::{Dwelling, DwellingKind, Period};

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = dwellings, treat_none_as_default_value = false)]
struct Row {
    id: Id<id::Dwelling>,
    unit_id: Id<Unit>,
    unit_path: UnitPath,
    address: String,
    kind: String,
    lat: Option<f64>,
    lng: Option<f64>,
    floor_area: Option<f64>,
    opened_on: NaiveDate,
    closed_on: Option<NaiveDate>,
    version: i64,
    created_at: Instant,
}

impl Row {
    fn dwelling(self) -> Outcome<Dwelling> {
        Ok(Dwelling {
            id: self.id,
            unit: self.unit_id,
            path: self.unit_path,
            address: self.address,
            kind: DwellingKind::parse(&self.kind)
                .ok_or_else(|| unknown_word("territory_dwellings", &self.kind))?,
            point: self.lat.zip(self.lng),
            floor_area: self.floor_area,
            life: Period { from: self.opened_on, to: self.closed_on },
            version: self.version,
            created_at: self.created_at,
        })
    }

    fn of(d: &Dwelling) -> Self {
        Self {
            id: d.id,
            unit_id: d.unit,
            unit_path: d.path.clone(),
            address: d.address.clone(),
            kind: d.kind.word().to_owned(),
            lat: d.point.map(|(lat, _)| lat),
            lng: d.point.map(|(_, lng)| lng),
            floor_area: d.floor_area,
            opened_on: d.life.from,
            closed_on: d.life.to,
            version: d.version,
            created_at: d.created_at,
        }
    }
}

/// Adds a dwelling.
pub(crate) fn insert(tx: &mut Tx<'_>, dwelling: &Dwelling) -> Outcome<()> {
    let row = Row::of(dwelling);
    with_conn!(tx, |c| diesel::insert_into(dwellings::table).values(&row).execute(c))?;
    Ok(())
}

/// The dwelling.
pub(crate) fn find(tx: &mut Tx<'_>, id: Id<id::Dwelling>) -> Outcome<Option<Dwelling>> {
    let row: Option<Row> =
        with_conn!(tx, |c| dwellings::table.find(id).select(Row::as_select()).first(c).optional())?;
    row.map(Row::dwelling).transpose()
}

/// The dwelling, its row locked until the transaction ends.
pub(crate) fn find_locked(tx: &mut Tx<'_>, id: Id<id::Dwelling>) -> Outcome<Option<Dwelling>> {
    let row: Option<Row> =
        with_conn!(tx, |c| lock!(dwellings::table.find(id).select(Row::as_select())).first(c).optional())?;
    row.map(Row::dwelling).transpose()
}

/// Those of the ids that are there.
pub(crate) fn by_ids(tx: &mut Tx<'_>, ids: &[Id<id::Dwelling>]) -> Outcome<Vec<Dwelling>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = with_conn!(tx, |c| dwellings::table
        .filter(dwellings::id.eq_any(ids))
        .select(Row::as_select())
        .load(c))?;
    rows.into_iter().map(Row::dwelling).collect()
}

/// Writes what can be changed, if the dwelling still has the version before; answers whether it had.
pub(crate) fn update(tx: &mut Tx<'_>, d: &Dwelling) -> Outcome<bool> {
    let row = Row::of(d);
    let changed = with_conn!(tx, |c| diesel::update(
        dwellings::table.find(d.id).filter(dwellings::version.eq(d.version - 1))
    )
    .set((
        dwellings::address.eq(&row.address),
        dwellings::kind.eq(&row.kind),
        dwellings::lat.eq(row.lat),
        dwellings::lng.eq(row.lng),
        dwellings::floor_area.eq(row.floor_area),
        dwellings::closed_on.eq(row.closed_on),
        dwellings::version.eq(row.version),
    ))
    .execute(c))?;
    Ok(changed == 1)
}

/// Whether a dwelling of the unit is not closed.
pub(crate) fn any_open(tx: &mut Tx<'_>, unit: Id<Unit>) -> Outcome<bool> {
    let open = dwellings::table.filter(dwellings::unit_id.eq(unit)).filter(dwellings::closed_on.is_null());
    Ok(with_conn!(tx, |c| diesel::select(diesel::dsl::exists(open)).get_result(c))?)
}

/// What a list of dwellings is narrowed to.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Of this kind.
    pub kind: Option<DwellingKind>,
    /// Open (`true`) or closed (`false`).
    pub open: Option<bool>,
    /// On this day.
    pub on: NaiveDate,
    /// After this one.
    pub after: Option<(UnitPath, Id<id::Dwelling>)>,
}

/// Dwellings in the scope, in the order of the tree.
pub(crate) fn list(tx: &mut Tx<'_>, scope: &Scope, f: &Filter, size: PageSize) -> Outcome<Vec<Dwelling>> {
    if scope.roots.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = in_scope!(dwellings::table.into_boxed::<Db>(), dwellings, scope);
        if let Some(kind) = f.kind {
            q = q.filter(dwellings::kind.eq(kind.word()));
        }
        q = lasting!(q, dwellings::closed_on, f.open, f.on);
        by_place!(q, dwellings, &f.after).limit(size.probe()).select(Row::as_select()).load(c)
    })?;
    rows.into_iter().map(Row::dwelling).collect()
}
