//! Messages on their way to addresses outside.

use diesel::prelude::*;
use kernel::id::Notice as NoticeKind;
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::notices_outgoing as outgoing;
use crate::model::{EXPIRED, Outgoing, WAITING};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = outgoing, treat_none_as_default_value = false)]
struct Row {
    id: Id<NoticeKind>,
    kind: String,
    address_kind: String,
    state: String,
    content: Option<String>,
    created_at: Instant,
    expires_at: Instant,
    ended_at: Option<Instant>,
}

impl From<Row> for Outgoing {
    fn from(row: Row) -> Self {
        let Row { id, kind, address_kind, state, content, created_at, expires_at, ended_at } = row;
        Self { id, kind, address_kind, state, content, created_at, expires_at, ended_at }
    }
}

impl From<Outgoing> for Row {
    fn from(message: Outgoing) -> Self {
        let Outgoing { id, kind, address_kind, state, content, created_at, expires_at, ended_at } = message;
        Self { id, kind, address_kind, state, content, created_at, expires_at, ended_at }
    }
}

/// Adds a message.
pub fn insert(tx: &mut Tx<'_>, message: &Outgoing) -> Outcome<()> {
    with_conn!(tx, |c| diesel::insert_into(outgoing::table).values(Row::from(message.clone())).execute(c))?;
    Ok(())
}

/// The message of this id.
pub fn find(tx: &mut Tx<'_>, id: Id<NoticeKind>) -> Outcome<Option<Outgoing>> {
    let row: Option<Row> =
        with_conn!(tx, |c| outgoing::table.find(id).select(Row::as_select()).first(c).optional())?;
    Ok(row.map(Outgoing::from))
}

/// Notes how a message ended, and forgets what was in it.
pub fn end(tx: &mut Tx<'_>, id: Id<NoticeKind>, state: &str, now: Instant) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(outgoing::table.find(id).filter(outgoing::state.eq(WAITING)))
        .set((outgoing::state.eq(state), outgoing::content.eq(None::<String>), outgoing::ended_at.eq(now)))
        .execute(c))?;
    Ok(())
}

/// Ends what ran out unsent.
pub fn expire(tx: &mut Tx<'_>, now: Instant) -> Outcome<usize> {
    Ok(with_conn!(tx, |c| diesel::update(
        outgoing::table.filter(outgoing::state.eq(WAITING)).filter(outgoing::expires_at.le(now))
    )
    .set((outgoing::state.eq(EXPIRED), outgoing::content.eq(None::<String>), outgoing::ended_at.eq(now)))
    .execute(c))?)
}

/// Forgets what ran out before `before`, sent or not.
pub fn purge(tx: &mut Tx<'_>, before: Instant) -> Outcome<usize> {
    Ok(with_conn!(tx, |c| diesel::delete(outgoing::table.filter(outgoing::expires_at.lt(before)))
        .execute(c))?)
}
