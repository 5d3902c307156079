//! The master keys the realm knows, the secrets of the realm, and the key of each person, wrapped.

use diesel::prelude::*;
use kernel::id::Person;
use kernel::{Fault, Id, Instant, Outcome};
use storage::{Tx, insert_all, with_conn};

use super::schema::{people_keys as keys, people_master_keys as masters, people_realm_secrets as secrets};

/// A master key as the realm knows it: that it is there, and how to tell it from another.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = masters)]
pub struct Master {
    /// Its name in the ring.
    pub id: String,
    /// Counts them: the highest wraps.
    pub number: i64,
    /// What tells it from another of the same name.
    pub proof: Vec<u8>,
    /// Since when.
    pub since_at: Instant,
}

/// A wrapped key.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = keys)]
pub struct Wrapped {
    /// Whose.
    pub person_id: Id<Person>,
    /// The key.
    pub wrapped: Vec<u8>,
    /// What wraps it.
    pub master_key_id: String,
}

/// A secret of the realm, wrapped.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = secrets)]
pub struct Secret {
    /// Its name.
    pub name: String,
    /// The secret.
    pub wrapped: Vec<u8>,
    /// What wraps it.
    pub master_key_id: String,
}

/// Another has just done the same, or taken away what this stands on: to be tried again over what is there now.
fn again(fault: Fault) -> Fault {
    match fault {
        Fault::Constraint(what) => Fault::Transient(format!("the master keys changed meanwhile: {what}")),
        other => other,
    }
}

/// The master keys, the one that wraps last.
pub fn masters(tx: &mut Tx<'_>) -> Outcome<Vec<Master>> {
    Ok(with_conn!(tx, |c| masters::table.order(masters::number.asc()).select(Master::as_select()).load(c))?)
}

/// The master key that wraps.
pub fn current(tx: &mut Tx<'_>) -> Outcome<Option<Master>> {
    Ok(with_conn!(tx, |c| masters::table
        .order(masters::number.desc())
        .select(Master::as_select())
        .first(c)
        .optional())?)
}

/// Makes a master key known; it wraps from now on.
pub fn insert_master(tx: &mut Tx<'_>, master: &Master) -> Outcome<()> {
    with_conn!(tx, |c| diesel::insert_into(masters::table).values(master).execute(c))
        .map_err(|e| again(e.into()))?;
    Ok(())
}

/// Forgets a master key; answers whether it could. While anything is wrapped by it the engine itself refuses.
pub fn delete_master(tx: &mut Tx<'_>, id: &str) -> Outcome<bool> {
    match with_conn!(tx, |c| diesel::delete(masters::table.find(id)).execute(c)).map_err(Fault::from) {
        Ok(rows) => Ok(rows == 1),
        Err(Fault::Constraint(_)) => Ok(false),
        Err(other) => Err(other),
    }
}

/// How many persons' keys a master key wraps.
pub fn count(tx: &mut Tx<'_>, master: &str) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| keys::table.filter(keys::master_key_id.eq(master)).count().get_result(c))?)
}

/// Adds persons' keys.
pub fn insert(tx: &mut Tx<'_>, wrapped: &[Wrapped]) -> Outcome<()> {
    insert_all!(tx, keys::table, wrapped).map_err(|e| again(e.into()))
}

/// The keys of some persons; those who were erased have none.
pub fn of(tx: &mut Tx<'_>, people: &[Id<Person>]) -> Outcome<Vec<Wrapped>> {
    if let [one] = people {
        // One kept statement; a list's is prepared anew each time.
        return Ok(with_conn!(tx, |c| keys::table
            .filter(keys::person_id.eq(*one))
            .select(Wrapped::as_select())
            .load(c))?);
    }
    Ok(with_conn!(tx, |c| keys::table
        .filter(keys::person_id.eq_any(people))
        .select(Wrapped::as_select())
        .load(c))?)
}

/// Some keys that this master key does not wrap, after a person, locked.
pub fn wrapped_by_others(tx: &mut Tx<'_>, master: &str, limit: i64) -> Outcome<Vec<Wrapped>> {
    Ok(with_conn!(tx, |c| lock!(
        keys::table
            .filter(keys::master_key_id.ne(master))
            .order(keys::person_id.asc())
            .limit(limit)
            .select(Wrapped::as_select())
    )
    .load(c))?)
}

/// Writes a key wrapped anew.
pub fn rewrap(tx: &mut Tx<'_>, key: &Wrapped) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(keys::table.find(key.person_id))
        .set((keys::wrapped.eq(&key.wrapped), keys::master_key_id.eq(&key.master_key_id)))
        .execute(c))
    .map_err(|e| again(e.into()))?;
    Ok(())
}

/// Destroys a person's key: written over first, so that no page of the file keeps it, then deleted.
pub fn destroy(tx: &mut Tx<'_>, person: Id<Person>) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(keys::table.find(person))
        .set(keys::wrapped.eq(vec![0_u8; 73]))
        .execute(c))?;
    with_conn!(tx, |c| diesel::delete(keys::table.find(person)).execute(c))?;
    Ok(())
}

/// A secret of the realm.
pub fn secret(tx: &mut Tx<'_>, name: &str) -> Outcome<Option<Secret>> {
    Ok(with_conn!(tx, |c| secrets::table.find(name).select(Secret::as_select()).first(c).optional())?)
}

/// Adds a secret of the realm.
pub fn insert_secret(tx: &mut Tx<'_>, secret: &Secret) -> Outcome<()> {
    with_conn!(tx, |c| diesel::insert_into(secrets::table).values(secret).execute(c))
        .map_err(|e| again(e.into()))?;
    Ok(())
}

/// Writes a secret of the realm wrapped anew.
pub fn rewrap_secret(tx: &mut Tx<'_>, secret: &Secret) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(secrets::table.find(&secret.name))
        .set((secrets::wrapped.eq(&secret.wrapped), secrets::master_key_id.eq(&secret.master_key_id)))
        .execute(c))
    .map_err(|e| again(e.into()))?;
    Ok(())
}
