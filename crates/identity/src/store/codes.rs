//! Codes that are good once.

use diesel::prelude::*;
use kernel::id::{Contact as ContactKind, OneTimeCode as CodeKind, User as UserKind};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::identity_codes as codes;
use crate::model::newcomers::{Code, Purpose};

/// Adds a code, or the request for one.
pub fn insert(tx: &mut Tx<'_>, code: &Code) -> Outcome<()> {
    with_conn!(tx, |c| diesel::insert_into(codes::table)
        .values(super::rows::CodeRow::from(code.clone()))
        .execute(c))?;
    Ok(())
}

/// The code of this id for this purpose.
pub fn find(tx: &mut Tx<'_>, id: Id<CodeKind>, purpose: Purpose) -> Outcome<Option<Code>> {
    Ok(with_conn!(tx, |c| codes::table
        .filter(codes::id.eq(id))
        .filter(codes::purpose.eq(purpose.name()))
        .select(Code::as_select())
        .first(c)
        .optional())?)
}

/// The code of this id, locked.
pub fn find_locked(tx: &mut Tx<'_>, id: Id<CodeKind>) -> Outcome<Option<Code>> {
    Ok(with_conn!(tx, |c| lock!(codes::table.find(id).select(Code::as_select())).first(c).optional())?)
}

/// The newest code that proves a contact.
pub fn newest_of_contact(tx: &mut Tx<'_>, contact: Id<ContactKind>) -> Outcome<Option<Code>> {
    Ok(with_conn!(tx, |c| codes::table
        .filter(codes::contact_id.eq(contact))
        .order(codes::id.desc())
        .select(Code::as_select())
        .first(c)
        .optional())?)
}

/// How often a code was asked for about somebody since `since`.
pub fn asked_since(tx: &mut Tx<'_>, subject_hash: &str, since: Instant) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| codes::table
        .filter(codes::subject_hash.eq(subject_hash))
        .filter(codes::created_at.gt(since))
        .count()
        .get_result(c))?)
}

/// Stores what was sent: whose it is, the digest, and whether what it was asked for is kept.
pub fn set_sent(tx: &mut Tx<'_>, code: &Code) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(codes::table.find(code.id))
        .set((
            codes::user_id.eq(code.user_id),
            codes::digest.eq(&code.digest),
            codes::sealed.eq(&code.sealed)
        ))
        .execute(c))?;
    Ok(())
}

/// Counts a try.
pub fn add_try(tx: &mut Tx<'_>, id: Id<CodeKind>) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(codes::table.find(id))
        .set(codes::tries.eq(codes::tries + 1))
        .execute(c))?;
    Ok(())
}

/// Notes that a code was used, and forgets what it was asked for.
pub fn set_used(tx: &mut Tx<'_>, id: Id<CodeKind>, now: Instant) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(codes::table.find(id))
        .set((codes::used_at.eq(now), codes::sealed.eq(None::<String>)))
        .execute(c))?;
    Ok(())
}

/// Ends all unused codes of an account for a purpose.
pub fn end_all(tx: &mut Tx<'_>, user: Id<UserKind>, purpose: Purpose, now: Instant) -> Outcome<usize> {
    Ok(with_conn!(tx, |c| diesel::update(
        codes::table
            .filter(codes::user_id.eq(user))
            .filter(codes::purpose.eq(purpose.name()))
            .filter(codes::used_at.is_null())
    )
    .set((codes::used_at.eq(now), codes::sealed.eq(None::<String>)))
    .execute(c))?)
}

/// Forgets codes that ran out before `before`.
pub fn purge(tx: &mut Tx<'_>, before: Instant) -> Outcome<usize> {
    Ok(with_conn!(tx, |c| diesel::delete(codes::table.filter(codes::expires_at.lt(before))).execute(c))?)
}
