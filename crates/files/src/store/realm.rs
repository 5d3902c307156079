//! The realm's name in the store of files: random, made once, and in no answer.

use diesel::prelude::*;
use kernel::Outcome;
use storage::{Tx, with_conn};

use super::schema::files_realm as realm;
use crate::receive::hex;

/// The only row.
const ONE: i32 = 1;

/// The name; made when it is first asked for.
pub fn name(tx: &mut Tx<'_>) -> Outcome<String> {
    if let Some(name) = find(tx)? {
        return Ok(name);
    }
    let drawn = hex(&rand::random::<[u8; 16]>());
    with_conn!(tx, |c| diesel::insert_into(realm::table)
        .values((realm::id.eq(ONE), realm::name.eq(&drawn)))
        .on_conflict_do_nothing()
        .execute(c))?;
    // Another process may have been first.
    Ok(find(tx)?.unwrap_or(drawn))
}

/// The name, if there is one.
pub fn find(tx: &mut Tx<'_>) -> Outcome<Option<String>> {
    Ok(with_conn!(tx, |c| realm::table.find(ONE).select(realm::name).first(c).optional())?)
}
