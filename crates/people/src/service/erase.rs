//! Erasing a person: the key is destroyed, and with it whatever was sealed under it, here, on the audit trail, in the outbox. A
//! backup from before still has the key: so every erasure is written down outside the database too, and done again after a restore.

use std::collections::BTreeSet;

use contracts::events::PERSON_ERASED;
use kernel::error::STALE;
use kernel::id::Person as PersonId;
use kernel::permission::Permit;
use kernel::{Context, Id, Instant, Outcome};
use serde_json::json;
use storage::audit::Entry;
use storage::{Db, Tx, audit};

use super::{see, trail};
use crate::list::ErasureList;
use crate::model::{Erased, ErasureReason, Person, Sealed, Status};
use crate::permission::ErasePeople;
use crate::store::{accounts, flags, hashes, keys, people};

/// Erases a person for good.
pub fn erase(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: Id<PersonId>,
    expected: i64,
    reason: ErasureReason,
) -> Outcome<Person> {
    let person = see::locked(tx, ctx, id, ErasePeople::PERMISSION)?;
    if person.version != expected {
        return Err(STALE.fault());
    }
    destroy(tx, ctx, person, reason)
}

/// Erases again who was erased before a backup was put back; answers whether there was anything to erase. Only the machine's own
/// start and commands do this: the right was asked for the first time.
pub fn reapply(tx: &mut Tx<'_>, ctx: &Context, id: Id<PersonId>) -> Outcome<bool> {
    people::join(tx)?;
    match people::find_locked(tx, id)? {
        Some(person) if person.erased.is_none() => {
            destroy(tx, ctx, person, ErasureReason::Reapplied).map(|_| true)
        }
        _ => Ok(false),
    }
}

fn destroy(tx: &mut Tx<'_>, ctx: &Context, mut person: Person, reason: ErasureReason) -> Outcome<Person> {
    keys::destroy(tx, person.id)?;
    hashes::delete_phones(tx, person.id)?;
    hashes::delete_documents(tx, person.id)?;
    flags::delete_all(tx, person.id)?;
    accounts::delete_all(tx, person.id)?;
    person.sealed = Sealed::default();
    person.status = Status::Erased;
    person.erased = Some(Erased { at: ctx.now, by: ctx.actor.user, reason });
    person.version += 1;
    person.updated_at = ctx.now;
    if !people::update(tx, &person)? {
        return Err(STALE.fault());
    }
    audit::record(
        tx,
        ctx,
        Entry {
            action: "people.person.erase",
            object_kind: "person",
            object: Some(person.id.uuid()),
            unit: Some(person.unit),
            before: None,
            after: Some(json!({ "reason": reason.word(), "version": person.version })),
        },
    )?;
    trail::tell(tx, ctx, PERSON_ERASED, &person)?;
    Ok(person)
}

/// How many of these are on record and not erased.
pub fn still_there(tx: &mut Tx<'_>, ids: &[Id<PersonId>]) -> Outcome<usize> {
    let mut found = 0;
    for some in ids.chunks(500) {
        found += people::find_all(tx, some)?.iter().filter(|p| p.erased.is_none()).count();
    }
    Ok(found)
}

/// What bringing list and database together did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reconciled {
    /// Erasures that the list did not have.
    pub written: usize,
    /// Persons erased again.
    pub reapplied: usize,
}

const PAGE: i64 = 1_000;

/// Everyone the database knows as erased: when and who.
pub fn erased(db: &Db) -> Outcome<Vec<(Instant, Id<PersonId>)>> {
    let mut all: Vec<(Instant, Id<PersonId>)> = Vec::new();
    loop {
        let after = all.last().copied();
        let page = db.read_blocking(move |tx| people::erased_since(tx, after, PAGE))?;
        let more = !page.is_empty();
        all.extend(page);
        if !more {
            return Ok(all);
        }
    }
}

/// Brings list and database together: the list gets what only the database knows, and who is on the list and was brought back by a
/// restored backup is erased again. Run at every start, after a restore, and from time to time by every gateway, so that each keeps
/// a whole list. Not for the async runtime's threads.
pub fn reconcile(db: &Db, ctx: &Context, list: &ErasureList) -> Outcome<Reconciled> {
    let known = erased(db)?;
    let written = list.add(&known)?;
    let known: BTreeSet<Id<PersonId>> = known.into_iter().map(|(_, id)| id).collect();
    let mut reapplied = 0;
    for id in list.all()?.into_iter().map(|(_, id)| id).filter(|id| !known.contains(id)) {
        let ctx = ctx.clone();
        if db.write_blocking(move |tx| reapply(tx, &ctx, id))? {
            reapplied += 1;
        }
    }
    Ok(Reconciled { written, reapplied })
}
