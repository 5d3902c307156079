//! The hashes of tokens that follow cases nobody signed for.

use diesel::prelude::*;
use kernel::id::Incident;
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::grid_tokens as tokens;

/// Adds one.
pub fn insert(tx: &mut Tx<'_>, hash: &str, incident: Id<Incident>, at: Instant) -> Outcome<()> {
    let row = (tokens::token_hash.eq(hash), tokens::incident_id.eq(incident), tokens::at.eq(at));
    with_conn!(tx, |c| diesel::insert_into(tokens::table).values(row).execute(c))?;
    Ok(())
}

/// The case of one.
pub fn find(tx: &mut Tx<'_>, hash: &str) -> Outcome<Option<Id<Incident>>> {
    Ok(with_conn!(tx, |c| tokens::table.find(hash).select(tokens::incident_id).first(c).optional())?)
}
