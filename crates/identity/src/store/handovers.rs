//! Handovers: those that wait, and what became of the others. Never deleted.

use diesel::prelude::*;
use kernel::id::{Handover as HandoverKind, User as UserKind};
use kernel::{Cursor, Id, Instant, Outcome, Page, PageSize, Scope};
use storage::{Tx, with_conn};

use super::schema::{identity_handovers as handovers, identity_users as users};
use super::within;
use crate::model::handover::{Handover, SCHEDULED};

// A word in the statement and no parameter: only so can a statement that is planned once use the index of what waits.
diesel::postfix_operator!(IsScheduled, " = 'scheduled'");

/// Adds one.
pub fn insert(tx: &mut Tx<'_>, handover: &Handover) -> Outcome<()> {
    with_conn!(tx, |c| diesel::insert_into(handovers::table)
        .values(super::rows::HandoverRow::from(handover.clone()))
        .execute(c))?;
    Ok(())
}

/// The one of this id, if its person's home unit lies in the scope.
pub fn find(tx: &mut Tx<'_>, scope: &Scope, id: Id<HandoverKind>) -> Outcome<Option<Handover>> {
    Ok(with_conn!(tx, |c| {
        let mut q = handovers::table
            .inner_join(users::table)
            .filter(handovers::id.eq(id))
            .select(Handover::as_select())
            .into_boxed::<Db>();
        q = q.filter(within!(
            diesel::dsl::InnerJoinQuerySource<handovers::table, users::table>,
            users::unit_path,
            scope
        ));
        q.first(c).optional()
    })?)
}

/// Stores what became of one, if it still is of `version`; answers whether it was.
pub fn update(tx: &mut Tx<'_>, handover: &Handover, version: i64) -> Outcome<bool> {
    let row = handovers::table.find(handover.id).filter(handovers::version.eq(version));
    let rows = with_conn!(tx, |c| diesel::update(row)
        .set((
            handovers::state.eq(&handover.state),
            handovers::ended_at.eq(handover.ended_at),
            handovers::ended_by.eq(handover.ended_by),
            handovers::code.eq(&handover.code),
            handovers::outcome.eq(&handover.outcome),
            handovers::version.eq(version + 1),
        ))
        .execute(c))?;
    Ok(rows == 1)
}

/// The one whose time came first, locked; one that another is at is passed over.
pub fn due(tx: &mut Tx<'_>, now: Instant) -> Outcome<Option<Handover>> {
    Ok(with_conn!(tx, |c| lock_skip!(
        handovers::table
            .filter(IsScheduled::new(handovers::state))
            .filter(handovers::due_at.le(now))
            .order((handovers::due_at.asc(), handovers::id.asc()))
            .select(Handover::as_select())
            .limit(1)
    )
    .first(c)
    .optional())?)
}

/// How many of a person's wait.
pub fn count_scheduled(tx: &mut Tx<'_>, user: Id<UserKind>) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| handovers::table
        .filter(handovers::user_id.eq(user))
        .filter(handovers::state.eq(SCHEDULED))
        .count()
        .get_result(c))?)
}

/// What to look for among handovers.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of whose things.
    pub user: Option<Id<UserKind>>,
    /// `scheduled`, `done`, `failed` or `cancelled`.
    pub state: Option<String>,
}

/// Those whose person's home unit lies in the scope, newest first.
pub fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    filter: &Filter,
    after: Option<Id<HandoverKind>>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Handover>> {
    let rows: Vec<Handover> = with_conn!(tx, |c| {
        let mut q =
            handovers::table.inner_join(users::table).select(Handover::as_select()).into_boxed::<Db>();
        q = q.filter(within!(
            diesel::dsl::InnerJoinQuerySource<handovers::table, users::table>,
            users::unit_path,
            scope
        ));
        if let Some(user) = filter.user {
            q = q.filter(handovers::user_id.eq(user));
        }
        if let Some(state) = &filter.state {
            q = q.filter(handovers::state.eq(state.clone()));
        }
        if let Some(after) = after {
            q = q.filter(handovers::id.lt(after));
        }
        q.order(handovers::id.desc()).limit(size.probe()).load(c)
    })?;
    Ok(Page::cut(rows, size, |h| Cursor { after: h.id.uuid(), filter: fingerprint, key: None }))
}
