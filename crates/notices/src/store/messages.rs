//! Inboxes.

use diesel::prelude::*;
use kernel::id::{Notice as NoticeKind, User};
use kernel::{Cursor, Id, Instant, Outcome, Page, PageSize};
use storage::{Tx, with_conn};

use super::schema::notices_messages as messages;
use crate::model::Message;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = messages, treat_none_as_default_value = false)]
struct Row {
    id: Id<NoticeKind>,
    user_id: Id<User>,
    kind: String,
    title_en: String,
    title_zh: String,
    body_en: String,
    body_zh: String,
    created_at: Instant,
    read_at: Option<Instant>,
}

impl From<Row> for Message {
    fn from(row: Row) -> Self {
        let Row { id, user_id, kind, title_en, title_zh, body_en, body_zh, created_at, read_at } = row;
        Self { id, user_id, kind, title_en, title_zh, body_en, body_zh, created_at, read_at }
    }
}

impl From<Message> for Row {
    fn from(message: Message) -> Self {
        let Message { id, user_id, kind, title_en, title_zh, body_en, body_zh, created_at, read_at } =
            message;
        Self { id, user_id, kind, title_en, title_zh, body_en, body_zh, created_at, read_at }
    }
}

/// Puts a notice into an inbox.
pub fn insert(tx: &mut Tx<'_>, message: &Message) -> Outcome<()> {
    with_conn!(tx, |c| diesel::insert_into(messages::table).values(Row::from(message.clone())).execute(c))?;
    Ok(())
}

/// The notice of this id in this inbox, locked.
pub fn find_locked(tx: &mut Tx<'_>, id: Id<NoticeKind>, user: Id<User>) -> Outcome<Option<Message>> {
    let row: Option<Row> = with_conn!(tx, |c| lock!(
        messages::table
            .filter(messages::id.eq(id))
            .filter(messages::user_id.eq(user))
            .select(Row::as_select())
    )
    .first(c)
    .optional())?;
    Ok(row.map(Message::from))
}

/// An inbox, newest first.
pub fn list(
    tx: &mut Tx<'_>,
    user: Id<User>,
    unread: bool,
    after: Option<Id<NoticeKind>>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Message>> {
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q =
            messages::table.filter(messages::user_id.eq(user)).select(Row::as_select()).into_boxed::<Db>();
        if unread {
            q = q.filter(messages::read_at.is_null());
        }
        if let Some(after) = after {
            q = q.filter(messages::id.lt(after));
        }
        q.order(messages::id.desc()).limit(size.probe()).load(c)
    })?;
    let rows = rows.into_iter().map(Message::from).collect();
    Ok(Page::cut(rows, size, |m: &Message| Cursor { after: m.id.uuid(), filter: fingerprint, key: None }))
}

/// Notes that a notice was read.
pub fn set_read(tx: &mut Tx<'_>, id: Id<NoticeKind>, now: Instant) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(messages::table.find(id)).set(messages::read_at.eq(now)).execute(c))?;
    Ok(())
}

/// Forgets what was sent before `before`.
pub fn purge(tx: &mut Tx<'_>, before: Instant) -> Outcome<usize> {
    Ok(with_conn!(tx, |c| diesel::delete(messages::table.filter(messages::created_at.lt(before)))
        .execute(c))?)
}
