//! Answers already given: the same key and request get the same answer, stored in the same transaction as the effect.

use diesel::prelude::*;
use kernel::id::User;
use kernel::sql::Json;
use kernel::{Id, Instant, Outcome};

use crate::schema::storage_idempotency as answers;
use crate::{Tx, with_conn};

/// An answer on record.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = answers, treat_none_as_default_value = false)]
pub struct Answer {
    /// Whose key it is: keys of different users never meet.
    pub user_id: Id<User>,
    /// The client's key.
    pub idempotency_key: String,
    /// SHA-256 of method, path and body, in hex.
    pub fingerprint: String,
    /// The status answered.
    pub status: i32,
    /// The headers answered, a JSON object of strings.
    pub headers: Json,
    /// The body answered.
    pub body: String,
    /// When.
    pub created_at: Instant,
    /// Until when it is kept; `None`: for life (money, points, hours).
    pub kept_until: Option<Instant>,
}

/// The answer given under this key, if any.
pub fn find(tx: &mut Tx<'_>, user: Id<User>, key: &str) -> Outcome<Option<Answer>> {
    Ok(with_conn!(tx, |c| answers::table.find((user, key)).select(Answer::as_select()).first(c).optional())?)
}

/// Claims the key before the deed. On PostgreSQL a second request with the same key waits here until the first has
/// committed, and then finds its answer.
pub fn claim(tx: &mut Tx<'_>, answer: &Answer) -> Outcome<bool> {
    let rows = with_conn!(tx, |c| diesel::insert_into(answers::table)
        .values(answer)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(rows == 1)
}

/// Fills a claimed key with the answer.
pub fn fill(tx: &mut Tx<'_>, answer: &Answer) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(answers::table.find((answer.user_id, &answer.idempotency_key)))
        .set((
            answers::status.eq(answer.status),
            answers::headers.eq(&answer.headers),
            answers::body.eq(&answer.body)
        ))
        .execute(c))?;
    Ok(())
}

/// Forgets answers whose time is over; at most `limit` a call.
pub fn purge(tx: &mut Tx<'_>, now: Instant, limit: i64) -> Outcome<usize> {
    let old: Vec<(Id<User>, String)> = with_conn!(tx, |c| answers::table
        .filter(answers::kept_until.lt(now))
        .select((answers::user_id, answers::idempotency_key))
        .limit(limit)
        .load(c))?;
    for (user, key) in &old {
        with_conn!(tx, |c| diesel::delete(answers::table.find((user, key))).execute(c))?;
    }
    Ok(old.len())
}
