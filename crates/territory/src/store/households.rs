//! `territory_households` and their history.

use chrono::NaiveDate;
use diesel::prelude::*;
use kernel::id::{self, Person, Unit, User};
use kernel::{Id, Instant, Outcome, PageSize, Scope, UnitPath};
use storage::{Tx, with_conn};

use super::schema::{territory_household_changes as changes, territory_households as households};
use super::{by_place, in_scope, lasting, unknown_word};
use crate::model::{ChangeKind, Household, HouseholdChange, Period, RegisterKind};

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = households, treat_none_as_default_value = false)]
struct Row {
    id: Id<id::Household>,
    unit_id: Id<Unit>,
    unit_path: UnitPath,
    dwelling_id: Option<Id<id::Dwelling>>,
    head_id: Option<Id<Person>>,
    register_kind: String,
    opened_on: NaiveDate,
    closed_on: Option<NaiveDate>,
    version: i64,
    created_at: Instant,
}

fn register_kind(word: &str) -> Outcome<RegisterKind> {
    RegisterKind::parse(word).ok_or_else(|| unknown_word("territory_households", word))
}

impl Row {
    fn household(self) -> Outcome<Household> {
        Ok(Household {
            id: self.id,
            unit: self.unit_id,
            path: self.unit_path,
            dwelling: self.dwelling_id,
            head: self.head_id,
            register_kind: register_kind(&self.register_kind)?,
            life: Period { from: self.opened_on, to: self.closed_on },
            version: self.version,
            created_at: self.created_at,
        })
    }

    fn of(h: &Household) -> Self {
        Self {
            id: h.id,
            unit_id: h.unit,
            unit_path: h.path.clone(),
            dwelling_id: h.dwelling,
            head_id: h.head,
            register_kind: h.register_kind.word().to_owned(),
            opened_on: h.life.from,
            closed_on: h.life.to,
            version: h.version,
            created_at: h.created_at,
        }
    }
}

/// Adds a household.
pub(crate) fn insert(tx: &mut Tx<'_>, household: &Household) -> Outcome<()> {
    let row = Row::of(household);
    with_conn!(tx, |c| diesel::insert_into(households::table).values(&row).execute(c))?;
    Ok(())
}

/// The household.
pub(crate) fn find(tx: &mut Tx<'_>, id: Id<id::Household>) -> Outcome<Option<Household>> {
    let row: Option<Row> =
        with_conn!(tx, |c| households::table.find(id).select(Row::as_select()).first(c).optional())?;
    row.map(Row::household).transpose()
}

/// The household, its row locked until the transaction ends.
pub(crate) fn find_locked(tx: &mut Tx<'_>, id: Id<id::Household>) -> Outcome<Option<Household>> {
    let row: Option<Row> =
        with_conn!(tx, |c| lock!(households::table.find(id).select(Row::as_select())).first(c).optional())?;
    row.map(Row::household).transpose()
}

/// Those of the ids that are there.
pub(crate) fn by_ids(tx: &mut Tx<'_>, ids: &[Id<id::Household>]) -> Outcome<Vec<Household>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = with_conn!(tx, |c| households::table
        .filter(households::id.eq_any(ids))
        .select(Row::as_select())
        .load(c))?;
    rows.into_iter().map(Row::household).collect()
}

/// Writes what can be changed, if the household still has the version before; answers whether it had.
pub(crate) fn update(tx: &mut Tx<'_>, h: &Household) -> Outcome<bool> {
    let row = Row::of(h);
    let changed = with_conn!(tx, |c| diesel::update(
        households::table.find(h.id).filter(households::version.eq(h.version - 1))
    )
    .set((
        households::unit_id.eq(row.unit_id),
        households::unit_path.eq(&row.unit_path),
        households::dwelling_id.eq(row.dwelling_id),
        households::head_id.eq(row.head_id),
        households::register_kind.eq(&row.register_kind),
        households::closed_on.eq(row.closed_on),
        households::version.eq(row.version),
    ))
    .execute(c))?;
    Ok(changed == 1)
}

/// Whether a household of the unit is not closed.
pub(crate) fn any_open(tx: &mut Tx<'_>, unit: Id<Unit>) -> Outcome<bool> {
    let open = households::table.filter(households::unit_id.eq(unit)).filter(households::closed_on.is_null());
    Ok(with_conn!(tx, |c| diesel::select(diesel::dsl::exists(open)).get_result(c))?)
}

/// Whether a household that is open after the day lives in the dwelling.
pub(crate) fn any_open_in(tx: &mut Tx<'_>, dwelling: Id<id::Dwelling>, on: NaiveDate) -> Outcome<bool> {
    let open = households::table
        .filter(households::dwelling_id.eq(dwelling))
        .filter(households::closed_on.is_null().or(households::closed_on.gt(on)));
    Ok(with_conn!(tx, |c| diesel::select(diesel::dsl::exists(open)).get_result(c))?)
}

/// What a list of households is narrowed to.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Living in this dwelling.
    pub dwelling: Option<Id<id::Dwelling>>,
    /// With this register kind.
    pub kind: Option<RegisterKind>,
    /// Open (`true`) or closed (`false`).
    pub open: Option<bool>,
    /// On this day.
    pub on: NaiveDate,
    /// After this one.
    pub after: Option<(UnitPath, Id<id::Household>)>,
}

/// Households in the scope, in the order of the tree.
pub(crate) fn list(tx: &mut Tx<'_>, scope: &Scope, f: &Filter, size: PageSize) -> Outcome<Vec<Household>> {
    if scope.roots.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = in_scope!(households::table.into_boxed::<Db>(), households, scope);
        if let Some(dwelling) = f.dwelling {
            q = q.filter(households::dwelling_id.eq(dwelling));
        }
        if let Some(kind) = f.kind {
            q = q.filter(households::register_kind.eq(kind.word()));
        }
        q = lasting!(q, households::closed_on, f.open, f.on);
        by_place!(q, households, &f.after).limit(size.probe()).select(Row::as_select()).load(c)
    })?;
    rows.into_iter().map(Row::household).collect()
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = changes, treat_none_as_default_value = false)]
struct ChangeRow {
    id: Id<id::HouseholdChange>,
    household_id: Id<id::Household>,
    kind: String,
    other_id: Option<Id<id::Household>>,
    dwelling_id: Option<Id<id::Dwelling>>,
    head_id: Option<Id<Person>>,
    register_kind: String,
    happened_on: NaiveDate,
    recorded_at: Instant,
    recorded_by: Id<User>,
}

/// Adds an entry to a household's history.
pub(crate) fn add_change(tx: &mut Tx<'_>, change: &HouseholdChange) -> Outcome<()> {
    let row = ChangeRow {
        id: change.id,
        household_id: change.household,
        kind: change.kind.word().to_owned(),
        other_id: change.other,
        dwelling_id: change.dwelling,
        head_id: change.head,
        register_kind: change.register_kind.word().to_owned(),
        happened_on: change.on,
        recorded_at: change.at,
        recorded_by: change.by,
    };
    with_conn!(tx, |c| diesel::insert_into(changes::table).values(&row).execute(c))?;
    Ok(())
}

/// A household's history in the order it was recorded.
pub(crate) fn history(
    tx: &mut Tx<'_>,
    household: Id<id::Household>,
    after: Option<Id<id::HouseholdChange>>,
    size: PageSize,
) -> Outcome<Vec<HouseholdChange>> {
    let rows: Vec<ChangeRow> = with_conn!(tx, |c| {
        let mut q = changes::table.filter(changes::household_id.eq(household)).into_boxed::<Db>();
        if let Some(after) = after {
            q = q.filter(changes::id.gt(after));
        }
        q.order(changes::id.asc()).limit(size.probe()).select(ChangeRow::as_select()).load(c)
    })?;
    let change = |r: ChangeRow| {
        Ok(HouseholdChange {
            id: r.id,
            household: r.household_id,
            kind: ChangeKind::parse(&r.kind)
                .ok_or_else(|| unknown_word("territory_household_changes", &r.kind))?,
            other: r.other_id,
            dwelling: r.dwelling_id,
            head: r.head_id,
            register_kind: register_kind(&r.register_kind)?,
            on: r.happened_on,
            at: r.recorded_at,
            by: r.recorded_by,
        })
    };
    rows.into_iter().map(change).collect()
}
