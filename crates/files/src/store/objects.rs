//! Objects: bytes in the store, each under a key of its own. One that leaves is never looked at again.

use diesel::prelude::*;
use kernel::id::FileObject;
use kernel::{Fault, Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::{files_files as files, files_objects as objects};
use crate::model::UPLOAD_SECONDS;

const ARRIVING: &str = "arriving";
const PRESENT: &str = "present";
const LEAVING: &str = "leaving";

/// An object with the bytes of this digest, and whether they are known to be there. Locked, so that nobody takes it away before this
/// transaction says that a file is made of it; made where there is none.
pub fn claim(tx: &mut Tx<'_>, sha256: &str, fresh: Id<FileObject>) -> Outcome<(Id<FileObject>, bool)> {
    if let Some(found) = find(tx, sha256)? {
        return Ok(found);
    }
    with_conn!(tx, |c| diesel::insert_into(objects::table)
        .values((objects::id.eq(fresh), objects::sha256.eq(sha256), objects::state.eq(ARRIVING)))
        .on_conflict_do_nothing()
        .execute(c))?;
    find(tx, sha256)?.ok_or_else(|| Fault::Transient("an object left as it was claimed".to_owned()))
}

fn find(tx: &mut Tx<'_>, sha256: &str) -> Outcome<Option<(Id<FileObject>, bool)>> {
    let found: Option<(Id<FileObject>, String)> = with_conn!(tx, |c| lock!(
        objects::table
            .filter(objects::sha256.eq(sha256))
            // Said as a literal: only so does SQLite use the partial index.
            .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("state <> 'leaving'"))
            .select((objects::id, objects::state))
    )
    .first(c)
    .optional())?;
    Ok(found.map(|(id, state)| (id, state == PRESENT)))
}

/// Its bytes are there.
pub fn arrived(tx: &mut Tx<'_>, id: Id<FileObject>) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(objects::table.find(id)).set(objects::state.eq(PRESENT)).execute(c))?;
    Ok(())
}

/// A file is made of it no more: if no other is, it leaves. Whether its bytes are still on their way nobody can say, unless they had
/// arrived: they are waited for, or they would come after they were removed and stay.
pub fn let_go(tx: &mut Tx<'_>, id: Id<FileObject>, now: Instant) -> Outcome<()> {
    // Locked before it is judged: two files that go at once must not each leave it to the other.
    let state: Option<String> =
        with_conn!(tx, |c| lock!(objects::table.find(id).select(objects::state)).first(c).optional())?;
    let other: Option<i64> = with_conn!(tx, |c| files::table
        .filter(files::object_id.eq(id))
        .select(files::version)
        .first(c)
        .optional())?;
    if other.is_some() {
        return Ok(());
    }
    let has_arrived = state.is_some_and(|state| state == PRESENT);
    let leaves_at = if has_arrived { now } else { now.plus_seconds(UPLOAD_SECONDS) };
    with_conn!(tx, |c| diesel::update(objects::table.find(id))
        .set((objects::state.eq(LEAVING), objects::leaves_at.eq(Some(leaves_at))))
        .execute(c))?;
    Ok(())
}

/// Some whose time to leave has come, with their digests.
pub fn leaving(tx: &mut Tx<'_>, now: Instant, limit: i64) -> Outcome<Vec<(Id<FileObject>, String)>> {
    Ok(with_conn!(tx, |c| objects::table
        .filter(objects::leaves_at.assume_not_null().le(now))
        .order(objects::leaves_at.asc())
        .limit(limit)
        .select((objects::id, objects::sha256))
        .load(c))?)
}

/// It has left.
pub fn forget(tx: &mut Tx<'_>, id: Id<FileObject>) -> Outcome<()> {
    with_conn!(tx, |c| diesel::delete(
        objects::table.filter(objects::id.eq(id)).filter(objects::state.eq(LEAVING))
    )
    .execute(c))?;
    Ok(())
}
