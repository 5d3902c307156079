//! Accounts at identity providers.

use diesel::prelude::*;
use kernel::id::{ExternalIdentity as ExternalKind, User};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::identity_external as external;
use crate::error::{IDENTITY_LINKED_ALREADY, SUBJECT_TAKEN};
use crate::model::sign_in::ExternalIdentity;

/// Adds one; refused if the account there is somebody's, or the person has one at this provider.
pub fn insert(tx: &mut Tx<'_>, one: &ExternalIdentity) -> Outcome<()> {
    let done = with_conn!(tx, |c| diesel::insert_into(external::table)
        .values(super::sign_in_rows::ExternalRow::from(one.clone()))
        .execute(c));
    done.map(drop).map_err(|e| {
        // PostgreSQL names the constraint, SQLite its columns.
        let taken = |fault, of| storage::on_unique(fault, "identity_external", of, &SUBJECT_TAKEN);
        let linked = |fault, of| storage::on_unique(fault, "identity_external", of, &IDENTITY_LINKED_ALREADY);
        let fault = taken(taken(e.into(), "issuer_subject"), "subject");
        linked(linked(fault, "user_id_issuer"), "user_id")
    })
}

/// The one of this subject at this issuer.
pub fn find(tx: &mut Tx<'_>, issuer: &str, subject: &str) -> Outcome<Option<ExternalIdentity>> {
    Ok(with_conn!(tx, |c| external::table
        .filter(external::issuer.eq(issuer))
        .filter(external::subject.eq(subject))
        .select(ExternalIdentity::as_select())
        .first(c)
        .optional())?)
}

/// Those of an account.
pub fn of(tx: &mut Tx<'_>, user: Id<User>) -> Outcome<Vec<ExternalIdentity>> {
    Ok(with_conn!(tx, |c| external::table
        .filter(external::user_id.eq(user))
        .order(external::id.asc())
        .limit(200)
        .select(ExternalIdentity::as_select())
        .load(c))?)
}

/// Forgets one of an account's; answers whether there was one.
pub fn remove(tx: &mut Tx<'_>, user: Id<User>, id: Id<ExternalKind>) -> Outcome<bool> {
    let rows =
        with_conn!(tx, |c| diesel::delete(external::table.find(id).filter(external::user_id.eq(user)))
            .execute(c))?;
    Ok(rows == 1)
}

/// Notes that it was signed in with.
pub fn used(tx: &mut Tx<'_>, id: Id<ExternalKind>, now: Instant) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(external::table.find(id))
        .set(external::last_used_at.eq(now))
        .execute(c))?;
    Ok(())
}
