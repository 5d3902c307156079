//! Sessions.

use diesel::prelude::*;
use kernel::id::{Session as SessionKind, User};
use kernel::{Cursor, Id, Instant, Outcome, Page, PageSize, Scope};
use storage::{Tx, with_conn};

use super::schema::{identity_sessions as sessions, identity_users as users};
use super::within;
use crate::model::Session;

/// Sessions beside their accounts.
type Homes = diesel::dsl::InnerJoinQuerySource<sessions::table, users::table>;

/// Adds a session.
pub fn insert(tx: &mut Tx<'_>, session: &Session) -> Outcome<()> {
    with_conn!(tx, |c| diesel::insert_into(sessions::table)
        .values(super::rows::SessionRow::from(session.clone()))
        .execute(c))?;
    Ok(())
}

/// The session of this id.
pub fn find(tx: &mut Tx<'_>, id: Id<SessionKind>) -> Outcome<Option<Session>> {
    Ok(with_conn!(tx, |c| sessions::table.find(id).select(Session::as_select()).first(c).optional())?)
}

/// The session of this id, locked.
pub fn find_locked(tx: &mut Tx<'_>, id: Id<SessionKind>) -> Outcome<Option<Session>> {
    Ok(with_conn!(tx, |c| lock!(sessions::table.find(id).select(Session::as_select())).first(c).optional())?)
}

/// Stores how far the session's refresh tokens have come.
pub fn update(tx: &mut Tx<'_>, session: &Session) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(sessions::table.find(session.id))
        .set((
            sessions::generation.eq(session.generation),
            sessions::rotated_at.eq(session.rotated_at),
            sessions::replayable.eq(session.replayable),
            sessions::given_again.eq(session.given_again),
            sessions::confirmed.eq(session.confirmed),
            sessions::revoked_at.eq(session.revoked_at),
            sessions::last_used_at.eq(session.last_used_at),
        ))
        .execute(c))?;
    Ok(())
}

/// Ends all sessions of a user but one; answers how many.
pub fn end_all(
    tx: &mut Tx<'_>,
    user: Id<User>,
    but: Option<Id<SessionKind>>,
    now: Instant,
) -> Outcome<usize> {
    Ok(with_conn!(tx, |c| {
        let open = sessions::table.filter(sessions::user_id.eq(user)).filter(sessions::revoked_at.is_null());
        match but {
            Some(kept) => diesel::update(open.filter(sessions::id.ne(kept)))
                .set(sessions::revoked_at.eq(now))
                .execute(c),
            None => diesel::update(open).set(sessions::revoked_at.eq(now)).execute(c),
        }
    })?)
}

/// The sessions of a user that have not ended, newest first; at most 200.
pub fn open_of(tx: &mut Tx<'_>, user: Id<User>, now: Instant) -> Outcome<Vec<Session>> {
    Ok(with_conn!(tx, |c| sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .order(sessions::id.desc())
        .limit(200)
        .select(Session::as_select())
        .load(c))?)
}

/// Open sessions with the accounts they are of, newest first: of accounts at home in the scope, or of one of them.
pub fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    user: Option<Id<User>>,
    now: Instant,
    after: Option<Id<SessionKind>>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Session>> {
    let rows: Vec<Session> = with_conn!(tx, |c| {
        let mut q = sessions::table
            .inner_join(users::table)
            .filter(within!(Homes, users::unit_path, scope))
            .filter(sessions::revoked_at.is_null())
            .filter(sessions::expires_at.gt(now))
            .select(Session::as_select())
            .into_boxed::<Db>();
        if let Some(user) = user {
            q = q.filter(sessions::user_id.eq(user));
        }
        if let Some(after) = after {
            q = q.filter(sessions::id.lt(after));
        }
        q.order(sessions::id.desc()).limit(size.probe()).load(c)
    })?;
    Ok(Page::cut(rows, size, |s| Cursor { after: s.id.uuid(), filter: fingerprint, key: None }))
}

/// How many sessions of a user have not ended.
pub fn count_open(tx: &mut Tx<'_>, user: Id<User>, now: Instant) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .count()
        .get_result(c))?)
}

/// Forgets sessions that ended by time before `before`.
pub fn purge(tx: &mut Tx<'_>, before: Instant) -> Outcome<usize> {
    Ok(with_conn!(tx, |c| diesel::delete(sessions::table.filter(sessions::expires_at.lt(before)))
        .execute(c))?)
}
