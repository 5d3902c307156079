//! Keyed hashes of phones and documents: what a person is found by.

use diesel::prelude::*;
use kernel::id::Person;
use kernel::{Id, Outcome};
use storage::{Tx, insert_all, on_unique, with_conn};

use super::schema::{people_documents as documents, people_phones as phones};
use crate::error::DOCUMENT_TAKEN;

/// A person and a hash.
pub type Hash = (Id<Person>, Vec<u8>);

/// Enters phones.
pub fn insert_phones(tx: &mut Tx<'_>, all: &[Hash]) -> Outcome<()> {
    let rows: Vec<_> = all.iter().map(|(p, h)| (phones::person_id.eq(*p), phones::hash.eq(h))).collect();
    Ok(insert_all!(tx, phones::table, rows)?)
}

/// Enters documents; refuses one that another person has.
pub fn insert_documents(tx: &mut Tx<'_>, all: &[Hash]) -> Outcome<()> {
    let rows: Vec<_> =
        all.iter().map(|(p, h)| (documents::person_id.eq(*p), documents::hash.eq(h))).collect();
    insert_all!(tx, documents::table, rows)
        .map_err(|e| on_unique(e.into(), "people_documents", "hash", &DOCUMENT_TAKEN))
}

/// Which of these documents are on record.
pub fn taken(tx: &mut Tx<'_>, hashes: &[Vec<u8>]) -> Outcome<Vec<Vec<u8>>> {
    Ok(with_conn!(tx, |c| documents::table
        .filter(documents::hash.eq_any(hashes))
        .select(documents::hash)
        .load(c))?)
}

/// Takes a person's phones out.
pub fn delete_phones(tx: &mut Tx<'_>, person: Id<Person>) -> Outcome<()> {
    with_conn!(tx, |c| diesel::delete(phones::table.filter(phones::person_id.eq(person))).execute(c))?;
    Ok(())
}

/// Takes a person's documents out.
pub fn delete_documents(tx: &mut Tx<'_>, person: Id<Person>) -> Outcome<()> {
    with_conn!(tx, |c| diesel::delete(documents::table.filter(documents::person_id.eq(person))).execute(c))?;
    Ok(())
}

/// Who has this phone; at most `limit`. Not joined to the persons: where nothing is known of the tables yet, PostgreSQL walks
/// through all persons in the order that is asked for.
pub fn by_phone(tx: &mut Tx<'_>, hash: &[u8], limit: i64) -> Outcome<Vec<Id<Person>>> {
    Ok(with_conn!(tx, |c| phones::table
        .filter(phones::hash.eq(hash))
        .order(phones::person_id.asc())
        .limit(limit)
        .select(phones::person_id)
        .load(c))?)
}

/// Who has this document.
pub fn by_document(tx: &mut Tx<'_>, hash: &[u8]) -> Outcome<Vec<Id<Person>>> {
    Ok(with_conn!(tx, |c| documents::table
        .filter(documents::hash.eq(hash))
        .select(documents::person_id)
        .load(c))?)
}
