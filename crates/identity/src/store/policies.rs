//! What the realm demands, a row for each policy that was ever changed.

use diesel::prelude::*;
use kernel::id::User;
use kernel::sql::Json;
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::identity_policies as policies;

/// All rows: name, body, version.
pub fn all(tx: &mut Tx<'_>) -> Outcome<Vec<(String, Json, i64)>> {
    Ok(with_conn!(tx, |c| policies::table
        .select((policies::name, policies::body, policies::version))
        .load(c))?)
}

/// Stores one in place of `before`, which 1 says was never stored; answers whether it still was of that version.
pub fn put(
    tx: &mut Tx<'_>,
    name: &str,
    body: &Json,
    before: i64,
    by: Id<User>,
    now: Instant,
) -> Outcome<bool> {
    let rows =
        with_conn!(tx, |c| diesel::update(policies::table.find(name).filter(policies::version.eq(before)))
            .set((
                policies::body.eq(body),
                policies::updated_at.eq(now),
                policies::updated_by.eq(by),
                policies::version.eq(before + 1),
            ))
            .execute(c))?;
    if rows == 1 || before != 1 {
        return Ok(rows == 1);
    }
    let row = (
        policies::name.eq(name),
        policies::body.eq(body),
        policies::updated_at.eq(now),
        policies::updated_by.eq(by),
        policies::version.eq(2_i64),
    );
    let made = with_conn!(tx, |c| diesel::insert_into(policies::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(made == 1)
}
