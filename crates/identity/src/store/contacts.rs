//! Contacts.

use diesel::prelude::*;
use kernel::id::{Contact as ContactKind, User as UserKind};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::identity_contacts as contacts;
use crate::error::ADDRESS_TAKEN;
use crate::model::newcomers::Contact;

/// Adds a contact.
pub fn insert(tx: &mut Tx<'_>, contact: &Contact) -> Outcome<()> {
    with_conn!(tx, |c| diesel::insert_into(contacts::table)
        .values(super::rows::ContactRow::from(contact.clone()))
        .execute(c))
    .map_err(|e| storage::on_unique(e.into(), "identity_contacts", "claim", &ADDRESS_TAKEN))?;
    Ok(())
}

/// The contact of this id, if it is this user's.
pub fn find(tx: &mut Tx<'_>, id: Id<ContactKind>, user: Id<UserKind>) -> Outcome<Option<Contact>> {
    Ok(with_conn!(tx, |c| contacts::table
        .filter(contacts::id.eq(id))
        .filter(contacts::user_id.eq(user))
        .select(Contact::as_select())
        .first(c)
        .optional())?)
}

/// The contact of this id, if it is this user's, locked.
pub fn find_locked(tx: &mut Tx<'_>, id: Id<ContactKind>, user: Id<UserKind>) -> Outcome<Option<Contact>> {
    Ok(with_conn!(tx, |c| lock!(
        contacts::table
            .filter(contacts::id.eq(id))
            .filter(contacts::user_id.eq(user))
            .select(Contact::as_select())
    )
    .first(c)
    .optional())?)
}

/// The contacts of a user, oldest first.
pub fn of(tx: &mut Tx<'_>, user: Id<UserKind>) -> Outcome<Vec<Contact>> {
    Ok(with_conn!(tx, |c| contacts::table
        .filter(contacts::user_id.eq(user))
        .order(contacts::id.asc())
        .limit(100)
        .select(Contact::as_select())
        .load(c))?)
}

/// Whether somebody has proved that this address is theirs.
pub fn is_known(tx: &mut Tx<'_>, address_hash: &str) -> Outcome<bool> {
    let known = contacts::table
        .filter(contacts::address_hash.eq(address_hash))
        .filter(contacts::verified_at.is_not_null())
        .select(contacts::id);
    Ok(with_conn!(tx, |c| diesel::select(diesel::dsl::exists(known)).get_result(c))?)
}

/// Notes that its owner proved it.
pub fn set_verified(tx: &mut Tx<'_>, id: Id<ContactKind>, now: Instant) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(contacts::table.find(id))
        .set(contacts::verified_at.eq(now))
        .execute(c))?;
    Ok(())
}

/// Forgets a contact.
pub fn delete(tx: &mut Tx<'_>, id: Id<ContactKind>) -> Outcome<()> {
    with_conn!(tx, |c| diesel::delete(contacts::table.find(id)).execute(c))?;
    Ok(())
}

/// Forgets everybody's contacts.
pub fn delete_all(tx: &mut Tx<'_>) -> Outcome<usize> {
    Ok(with_conn!(tx, |c| diesel::delete(contacts::table).execute(c))?)
}
