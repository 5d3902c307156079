//! Rentals: filed, ended, withdrawn.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use contracts::events::RENTAL_CHANGED;
use kernel::error::{FIELD_LENGTH, FIELD_ORDER, FIELD_RANGE, Fields, INVALID, NOT_FOUND, OrRefuse, STALE};
use kernel::id::{self, Person, Unit};
use kernel::permission::Permit;
use kernel::{Context, Cursor, Id, Outcome, Page, PageSize};
use serde_json::{Value, json};
use storage::Tx;

use super::homes::{self, Deed, Homes, leave};
use super::residence_change::LONGEST_REASON;
use crate::error::{LANDLORD_IS_TENANT, OUTSIDE_ITS_TIME, RECORD_VOIDED, RENTAL_ENDED, RENTAL_OVERLAPS};
use crate::model::{Dwelling, Period, Rental, Voided, is_day};
use crate::permission::{ManageRentals, ReadRentals};
pub use crate::store::rentals::Filter;
use crate::store::{dwellings, rentals};

/// Tenants of one rental, at most.
pub const MOST_TENANTS: usize = 50;

/// A rental to be filed.
#[derive(Debug, Clone)]
pub struct NewRental {
    /// What is let.
    pub dwelling: Id<id::Dwelling>,
    /// Who lets it.
    pub landlord: Id<Person>,
    /// To whom.
    pub tenants: Vec<Id<Person>>,
    /// Whether only a part is let.
    pub is_shared: bool,
    /// From when until when.
    pub lease: Period,
}

fn facts(r: &Rental) -> Value {
    json!({
        "dwelling_id": r.dwelling, "landlord_id": r.landlord, "tenant_ids": r.tenants, "is_shared": r.is_shared,
        "from_on": r.lease.from, "to_on": r.lease.to, "voided": r.voided.is_some(),
    })
}

fn trail(tx: &mut Tx<'_>, ctx: &Context, action: &str, before: Option<Value>, r: &Rental) -> Outcome<()> {
    let (object, unit) = (r.id.uuid(), r.unit);
    let after = Some(facts(r));
    let (kind, topic, version) = ("rental", RENTAL_CHANGED, r.version);
    leave(tx, ctx, Deed { action, kind, topic, object, version, unit, before, after })
}

/// Refuses what does not go with the dwelling, which is locked, or with what it is let for already.
fn refuse_clash(tx: &mut Tx<'_>, dwelling: &Dwelling, rental: &Rental) -> Outcome<()> {
    if !dwelling.life.holds(rental.lease) {
        return Err(OUTSIDE_ITS_TIME.fault());
    }
    let others = rentals::of_dwelling(tx, dwelling.id, rental.lease.from)?;
    if others.iter().any(|other| other.id != rental.id && other.clashes(rental)) {
        return Err(RENTAL_OVERLAPS.fault());
    }
    Ok(())
}

/// Files a rental.
pub fn file(tx: &mut Tx<'_>, ctx: &Context, homes: &Homes, new: &NewRental) -> Outcome<Rental> {
    let tenants: BTreeSet<Id<Person>> = new.tenants.iter().copied().collect();
    let mut fields = Fields::default();
    homes::check_period(&mut fields, new.lease);
    if tenants.is_empty() || tenants.len() > MOST_TENANTS {
        fields.bad("/tenant_ids", &FIELD_LENGTH, Some(format!("1 to {MOST_TENANTS}")));
    }
    if tenants.contains(&new.landlord) {
        fields.bad("/tenant_ids", &LANDLORD_IS_TENANT, None);
    }
    fields.finish()?;
    let may = |d: &Dwelling| ctx.actor.may(ManageRentals::PERMISSION, &d.path, ctx.now);
    let dwelling = dwellings::find_locked(tx, new.dwelling)?.filter(may);
    let dwelling = dwelling.ok_or_else(|| homes::unknown("/dwelling_id"))?;
    let named = tenants.iter().enumerate().map(|(i, id)| (format!("/tenant_ids/{i}"), *id));
    homes.refuse_strangers(tx, named.chain([("/landlord_id".to_owned(), new.landlord)]))?;
    let rental = Rental {
        id: ctx.id(),
        dwelling: dwelling.id,
        unit: dwelling.unit,
        path: dwelling.path.clone(),
        landlord: new.landlord,
        tenants: tenants.into_iter().collect(),
        is_shared: new.is_shared,
        lease: new.lease,
        filed_at: ctx.now,
        voided: None,
        version: 1,
    };
    refuse_clash(tx, &dwelling, &rental)?;
    rentals::insert(tx, &rental)?;
    trail(tx, ctx, "territory.rental.create", None, &rental)?;
    Ok(rental)
}

/// The rental, if the reader may see it.
pub fn find(tx: &mut Tx<'_>, ctx: &Context, id: Id<id::Rental>) -> Outcome<Rental> {
    let rental = rentals::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    homes::require_sight::<ReadRentals, ManageRentals>(ctx, &rental.path)?;
    Ok(rental)
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
) -> Outcome<Page<Rental>> {
    let scope = homes::reach::<ReadRentals>(tx, ctx, below)?;
    let filter = Filter { after: homes::place_of(after)?, ..filter.clone() };
    let rows = rentals::list(tx, &scope, &filter, size)?;
    Ok(homes::page(rows, size, fingerprint, |r| (&r.path, r.id)))
}

/// The rental, if the actor may change it, with its dwelling locked, not marked as wrong, at the version seen.
fn held(tx: &mut Tx<'_>, ctx: &Context, id: Id<id::Rental>, expected: i64) -> Outcome<(Rental, Dwelling)> {
    let seen = rentals::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    homes::require_manage::<ReadRentals, ManageRentals>(ctx, &seen.path)?;
    let dwelling = dwellings::find_locked(tx, seen.dwelling)?.or_refuse(&NOT_FOUND)?;
    homes::require_manage::<ReadRentals, ManageRentals>(ctx, &dwelling.path)?;
    let rental = rentals::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    if rental.version != expected {
        return Err(STALE.fault());
    }
    if rental.voided.is_some() {
        return Err(RECORD_VOIDED.fault());
    }
    Ok((rental, dwelling))
}

fn save(tx: &mut Tx<'_>, ctx: &Context, action: &str, before: Value, mut rental: Rental) -> Outcome<Rental> {
    rental.version += 1;
    if !rentals::update(tx, &rental)? {
        return Err(STALE.fault());
    }
    trail(tx, ctx, action, Some(before), &rental)?;
    Ok(rental)
}

/// Ends a rental, or puts off an end that is still to come: `to` is the first day it is no longer let.
pub fn end(
    tx: &mut Tx<'_>,
    ctx: &Context,
    homes: &Homes,
    id: Id<id::Rental>,
    expected: i64,
    to: NaiveDate,
) -> Outcome<Rental> {
    let (mut rental, dwelling) = held(tx, ctx, id, expected)?;
    if rental.lease.is_over(homes.today) {
        return Err(RENTAL_ENDED.fault());
    }
    if !is_day(to) {
        return Err(INVALID.refusal().at("/to_on", &FIELD_RANGE).into());
    }
    if to <= rental.lease.from {
        return Err(INVALID.refusal().at("/to_on", &FIELD_ORDER).into());
    }
    let before = facts(&rental);
    rental.lease.to = Some(to);
    refuse_clash(tx, &dwelling, &rental)?;
    save(tx, ctx, "territory.rental.end", before, rental)
}

/// Marks a rental as wrong from the start: it counts for no day, and stays.
pub fn void(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: Id<id::Rental>,
    expected: i64,
    reason: &str,
) -> Outcome<Rental> {
    let (mut rental, _) = held(tx, ctx, id, expected)?;
    let mut fields = Fields::default();
    fields.text("/reason", reason, 1, LONGEST_REASON);
    fields.finish()?;
    let before = facts(&rental);
    rental.voided = Some(Voided { at: ctx.now, reason: reason.trim().to_owned() });
    save(tx, ctx, "territory.rental.void", before, rental)
}
