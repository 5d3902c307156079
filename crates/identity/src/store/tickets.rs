//! Tickets that have begun a stream: none begins a second one.

use diesel::prelude::*;
use kernel::id::StreamTicket;
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::identity_spent_tickets as spent;

/// Spends a ticket; answers whether it was good still. Of two who come with it at once one is told so: the key of the table decides.
pub fn spend(tx: &mut Tx<'_>, ticket: Id<StreamTicket>, expires_at: Instant) -> Outcome<bool> {
    let rows = with_conn!(tx, |c| diesel::insert_into(spent::table)
        .values((spent::id.eq(ticket), spent::expires_at.eq(expires_at)))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(rows == 1)
}

/// Forgets those that ran out before a moment: they are refused by their date.
pub fn forget(tx: &mut Tx<'_>, before: Instant) -> Outcome<()> {
    with_conn!(tx, |c| diesel::delete(spent::table.filter(spent::expires_at.lt(before))).execute(c))?;
    Ok(())
}
