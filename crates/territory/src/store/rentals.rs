//! `territory_rentals` and their tenants.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use kernel::id::{self, Person, Unit};
use kernel::{Id, Instant, Outcome, PageSize, Scope, UnitPath};
use storage::{Tx, with_conn};

use super::residences::State;
use super::schema::{territory_rental_tenants as tenants, territory_rentals as rentals};
use super::{by_place, in_scope, lasting};
use crate::model::{Period, Rental, Voided};

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = rentals, treat_none_as_default_value = false)]
struct Row {
    id: Id<id::Rental>,
    dwelling_id: Id<id::Dwelling>,
    unit_id: Id<Unit>,
    unit_path: UnitPath,
    landlord_id: Id<Person>,
    is_shared: bool,
    from_on: NaiveDate,
    to_on: Option<NaiveDate>,
    filed_at: Instant,
    voided_at: Option<Instant>,
    void_reason: Option<String>,
    version: i64,
}

impl Row {
    fn rental(self, tenants: Vec<Id<Person>>) -> Rental {
        Rental {
            id: self.id,
            dwelling: self.dwelling_id,
            unit: self.unit_id,
            path: self.unit_path,
            landlord: self.landlord_id,
            tenants,
            is_shared: self.is_shared,
            lease: Period { from: self.from_on, to: self.to_on },
            filed_at: self.filed_at,
            voided: self.voided_at.map(|at| Voided { at, reason: self.void_reason.unwrap_or_default() }),
            version: self.version,
        }
    }
}

/// Adds a rental.
pub(crate) fn insert(tx: &mut Tx<'_>, r: &Rental) -> Outcome<()> {
    let row = Row {
        id: r.id,
        dwelling_id: r.dwelling,
        unit_id: r.unit,
        unit_path: r.path.clone(),
        landlord_id: r.landlord,
        is_shared: r.is_shared,
        from_on: r.lease.from,
        to_on: r.lease.to,
        filed_at: r.filed_at,
        voided_at: None,
        void_reason: None,
        version: r.version,
    };
    with_conn!(tx, |c| diesel::insert_into(rentals::table).values(&row).execute(c))?;
    let rows: Vec<_> =
        r.tenants.iter().map(|p| (tenants::rental_id.eq(r.id), tenants::person_id.eq(*p))).collect();
    with_conn!(tx, |c| diesel::insert_into(tenants::table).values(&rows).execute(c))?;
    Ok(())
}

/// Puts the tenants beside the rows: one question for all.
fn with_tenants(tx: &mut Tx<'_>, rows: Vec<Row>) -> Outcome<Vec<Rental>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = rows.iter().map(|r| r.id).collect();
    let all: Vec<(Id<id::Rental>, Id<Person>)> = with_conn!(tx, |c| tenants::table
        .filter(tenants::rental_id.eq_any(&ids))
        .order((tenants::rental_id.asc(), tenants::person_id.asc()))
        .select((tenants::rental_id, tenants::person_id))
        .load(c))?;
    let mut of: HashMap<Id<id::Rental>, Vec<Id<Person>>> = HashMap::new();
    for (rental, person) in all {
        of.entry(rental).or_default().push(person);
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let tenants = of.remove(&row.id).unwrap_or_default();
            row.rental(tenants)
        })
        .collect())
}

/// The rental.
pub(crate) fn find(tx: &mut Tx<'_>, id: Id<id::Rental>) -> Outcome<Option<Rental>> {
    let row: Option<Row> =
        with_conn!(tx, |c| rentals::table.find(id).select(Row::as_select()).first(c).optional())?;
    Ok(with_tenants(tx, row.into_iter().collect())?.pop())
}

/// Writes how it ended or that it was wrong, if it still has the version before; answers whether it had.
pub(crate) fn update(tx: &mut Tx<'_>, r: &Rental) -> Outcome<bool> {
    let changed = with_conn!(tx, |c| diesel::update(
        rentals::table.find(r.id).filter(rentals::version.eq(r.version - 1))
    )
    .set((
        rentals::to_on.eq(r.lease.to),
        rentals::voided_at.eq(r.voided.as_ref().map(|v| v.at)),
        rentals::void_reason.eq(r.voided.as_ref().map(|v| &v.reason)),
        rentals::version.eq(r.version),
    ))
    .execute(c))?;
    Ok(changed == 1)
}

/// What holds of a dwelling and runs after the day, without the tenants.
pub(crate) fn of_dwelling(
    tx: &mut Tx<'_>,
    dwelling: Id<id::Dwelling>,
    after: NaiveDate,
) -> Outcome<Vec<Rental>> {
    let rows: Vec<Row> = with_conn!(tx, |c| rentals::table
        .filter(rentals::dwelling_id.eq(dwelling))
        .filter(rentals::voided_at.is_null())
        .filter(rentals::to_on.is_null().or(rentals::to_on.gt(after)))
        .select(Row::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(|r| r.rental(Vec::new())).collect())
}

/// What a list of rentals is narrowed to.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Of this dwelling.
    pub dwelling: Option<Id<id::Dwelling>>,
    /// Of this landlord.
    pub landlord: Option<Id<Person>>,
    /// To this tenant, alone or with others.
    pub tenant: Option<Id<Person>>,
    /// Which of them.
    pub state: State,
    /// On this day.
    pub on: NaiveDate,
    /// After this one.
    pub after: Option<(UnitPath, Id<id::Rental>)>,
}

/// Rentals in the scope, in the order of the tree.
pub(crate) fn list(tx: &mut Tx<'_>, scope: &Scope, f: &Filter, size: PageSize) -> Outcome<Vec<Rental>> {
    if scope.roots.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = in_scope!(rentals::table.into_boxed::<Db>(), rentals, scope);
        if let Some(dwelling) = f.dwelling {
            q = q.filter(rentals::dwelling_id.eq(dwelling));
        }
        if let Some(landlord) = f.landlord {
            q = q.filter(rentals::landlord_id.eq(landlord));
        }
        if let Some(tenant) = f.tenant {
            let theirs = tenants::table.filter(tenants::person_id.eq(tenant)).select(tenants::rental_id);
            q = q.filter(rentals::id.eq_any(theirs));
        }
        let holds = rentals::voided_at.is_null();
        q = match f.state {
            State::All => q,
            State::Voided => q.filter(rentals::voided_at.is_not_null()),
            State::Current => {
                lasting!(q.filter(holds), rentals::to_on, Some(true), f.on).filter(rentals::from_on.le(f.on))
            }
            State::Ended => lasting!(q.filter(holds), rentals::to_on, Some(false), f.on),
        };
        by_place!(q, rentals, &f.after).limit(size.probe()).select(Row::as_select()).load(c)
    })?;
    with_tenants(tx, rows)
}
