//! How much an account has uploaded on a day.

use diesel::prelude::*;
use kernel::id::User;
use kernel::{Id, Outcome};
use storage::{Tx, with_conn};

use super::schema::files_usage as usage;

/// What was uploaded: files and bytes. Locked: two uploads of one account are judged one after the other.
pub fn locked(tx: &mut Tx<'_>, owner: Id<User>, day: &str) -> Outcome<(i64, i64)> {
    with_conn!(tx, |c| diesel::insert_into(usage::table)
        .values((
            usage::owner_id.eq(owner),
            usage::day.eq(day),
            usage::files.eq(0_i64),
            usage::bytes.eq(0_i64)
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(with_conn!(tx, |c| lock!(usage::table.find((owner, day)).select((usage::files, usage::bytes)))
        .first(c))?)
}

/// Adds to it; takes from it what is negative.
pub fn add(tx: &mut Tx<'_>, owner: Id<User>, day: &str, files: i64, bytes: i64) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(usage::table.find((owner, day)))
        .set((usage::files.eq(usage::files + files), usage::bytes.eq(usage::bytes + bytes)))
        .execute(c))?;
    Ok(())
}

/// Forgets days before this one.
pub fn forget(tx: &mut Tx<'_>, before: &str) -> Outcome<()> {
    with_conn!(tx, |c| diesel::delete(usage::table.filter(usage::day.lt(before))).execute(c))?;
    Ok(())
}
