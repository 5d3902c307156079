//! The log of sign-ins.

use diesel::prelude::*;
use kernel::id::{SignIn as SignInKind, User};
use kernel::{Cursor, Id, Instant, Outcome, Page, PageSize, Scope};
use storage::{Tx, with_conn};

use super::schema::{identity_sign_ins as log, identity_users as users};
use super::within;
use crate::model::sign_in::SignIn;

/// Entries beside the accounts they are of, if they are of any.
type Homes = diesel::dsl::LeftJoinQuerySource<log::table, users::table>;

/// Adds an entry.
pub fn insert(tx: &mut Tx<'_>, entry: &SignIn) -> Outcome<()> {
    with_conn!(tx, |c| diesel::insert_into(log::table)
        .values(super::sign_in_rows::SignInRow::from(entry.clone()))
        .execute(c))?;
    Ok(())
}

/// How many entries there are of a minute; from one place, or from all.
pub fn in_minute(tx: &mut Tx<'_>, minute: i64, place: Option<&str>) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| {
        let mut q = log::table.filter(log::minute.eq(minute)).into_boxed::<Db>();
        if let Some(place) = place {
            q = q.filter(log::place.eq(place.to_owned()));
        }
        q.count().get_result(c)
    })?)
}

/// Adds a try to an entry of this minute, place and outcome; `false` if there is none.
pub fn add_try(tx: &mut Tx<'_>, minute: i64, place: &str, outcome: &str, now: Instant) -> Outcome<bool> {
    // One line, should two have begun to count at once.
    let there: Option<Id<SignInKind>> = with_conn!(tx, |c| log::table
        .filter(log::minute.eq(minute))
        .filter(log::place.eq(place))
        .filter(log::outcome.eq(outcome))
        .order(log::id.asc())
        .select(log::id)
        .first(c)
        .optional())?;
    let Some(there) = there else { return Ok(false) };
    with_conn!(tx, |c| diesel::update(log::table.find(there))
        .set((log::tries.eq(log::tries + 1), log::at.eq(now)))
        .execute(c))?;
    Ok(true)
}

/// Whose entries.
#[derive(Debug, Clone)]
pub enum Whose {
    /// One account's, whatever the reader's scope.
    Own(Id<User>),
    /// Those of accounts in the scope; `strangers`: and those of nobody's account.
    In {
        /// Where the accounts are at home.
        scope: Scope,
        /// Whether tries at unknown logins are among them.
        strangers: bool,
    },
}

/// What to look for in the log.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Whose.
    pub user: Option<Id<User>>,
    /// What became of it.
    pub outcome: Option<String>,
    /// From when.
    pub from: Option<Instant>,
    /// Until when (exclusive).
    pub to: Option<Instant>,
}

/// The entries, newest first.
pub fn list(
    tx: &mut Tx<'_>,
    whose: &Whose,
    filter: &Filter,
    after: Option<Id<SignInKind>>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<SignIn>> {
    let rows: Vec<SignIn> = with_conn!(tx, |c| {
        let mut q = log::table.left_join(users::table).select(SignIn::as_select()).into_boxed::<Db>();
        match whose {
            Whose::Own(user) => q = q.filter(log::user_id.eq(*user)),
            Whose::In { scope, strangers } => {
                let there = within!(Homes, users::unit_path.nullable().assume_not_null(), scope);
                q = if *strangers { q.filter(log::user_id.is_null().or(there)) } else { q.filter(there) };
            }
        }
        if let Some(user) = filter.user {
            q = q.filter(log::user_id.eq(user));
        }
        if let Some(outcome) = &filter.outcome {
            q = q.filter(log::outcome.eq(outcome.clone()));
        }
        if let Some(from) = filter.from {
            q = q.filter(log::at.ge(from));
        }
        if let Some(to) = filter.to {
            q = q.filter(log::at.lt(to));
        }
        if let Some(after) = after {
            q = q.filter(log::id.lt(after));
        }
        q.order(log::id.desc()).limit(size.probe()).load(c)
    })?;
    Ok(Page::cut(rows, size, |s| Cursor { after: s.id.uuid(), filter: fingerprint, key: None }))
}

/// Forgets what is older than `before`.
pub fn purge(tx: &mut Tx<'_>, before: Instant) -> Outcome<usize> {
    Ok(with_conn!(tx, |c| diesel::delete(log::table.filter(log::at.lt(before))).execute(c))?)
}
