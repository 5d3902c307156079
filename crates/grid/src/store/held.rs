//! What hangs on a person: the open incidents they are to handle and the posts they hold, each by its index of people.

use diesel::prelude::*;
use kernel::id::{Grid, Holding, Incident, Unit, User};
use kernel::{Id, Instant, Outcome, Scope};
use storage::{Tx, with_conn};

use super::schema::{
    grid_grids as grids, grid_incident_scopes as incident_scopes, grid_incidents as incidents,
    grid_posts as posts, grid_scopes,
};
use super::unknown_word;
use crate::model::{PostRole, State};

/// The states nobody has to do anything in any more.
const OVER: [&str; 3] = [State::Closed.word(), State::Rejected.word(), State::Void.word()];

/// The units of a scope: those that count with what lies below them, and those that count alone.
fn places(scope: &Scope) -> (Vec<Id<Unit>>, Vec<Id<Unit>>) {
    let of = |subtree: bool| scope.roots.iter().filter(move |r| r.subtree == subtree).map(|r| r.unit);
    (of(true).collect(), of(false).collect())
}

/// An `exists` or an `eq_any` over the index of subtrees, added to a boxed query.
macro_rules! narrowed {
    ($q:expr, $scopes:ident, $own:expr, $theirs:expr, $unit:expr, $within:expr) => {{
        let mut q = $q;
        if let Some(scope) = $within {
            let (below, alone) = places(scope);
            let inside =
                $scopes::table.filter($scopes::ancestor_unit_id.eq_any(below)).filter($own.eq($theirs));
            q = q.filter(diesel::dsl::exists(inside).or($unit.eq_any(alone)));
        }
        q
    }};
}

/// How many open incidents somebody is to handle.
pub fn count_incidents(tx: &mut Tx<'_>, user: Id<User>, within: Option<&Scope>) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| {
        let q = incidents::table
            .filter(incidents::assignee_id.eq(user))
            .filter(incidents::state.ne_all(OVER))
            .into_boxed::<Db>();
        narrowed!(q, incident_scopes, incident_scopes::incident_id, incidents::id, incidents::unit_id, within)
            .count()
            .get_result(c)
    })?)
}

/// An incident as it is listed: its id, its title, its unit, and since when it is in its state.
pub type HeldIncident = (Id<Incident>, String, Id<Unit>, Instant);

/// The open incidents somebody is to handle, the oldest first.
pub fn incidents(
    tx: &mut Tx<'_>,
    user: Id<User>,
    within: Option<&Scope>,
    after: Option<Id<Holding>>,
    limit: i64,
) -> Outcome<Vec<HeldIncident>> {
    Ok(with_conn!(tx, |c| {
        let q = incidents::table
            .filter(incidents::assignee_id.eq(user))
            .filter(incidents::state.ne_all(OVER))
            .into_boxed::<Db>();
        let mut q = narrowed!(
            q,
            incident_scopes,
            incident_scopes::incident_id,
            incidents::id,
            incidents::unit_id,
            within
        );
        if let Some(after) = after {
            q = q.filter(incidents::id.gt(Id::<Incident>::from_uuid(after.uuid())));
        }
        q.order(incidents::id.asc())
            .limit(limit)
            .select((incidents::id, incidents::title, incidents::unit_id, incidents::state_since))
            .load(c)
    })?)
}

/// How many posts somebody holds or will hold. One that was ended before it began is none.
pub fn count_posts(tx: &mut Tx<'_>, user: Id<User>, within: Option<&Scope>, now: Instant) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| {
        let q = posts::table
            .inner_join(grids::table)
            .filter(posts::user_id.eq(user))
            .filter(posts::until_at.is_null().or(posts::until_at.assume_not_null().gt(now)))
            .filter(posts::until_at.is_null().or(posts::until_at.assume_not_null().gt(posts::from_at)))
            .into_boxed::<Db>();
        narrowed!(q, grid_scopes, grid_scopes::grid_id, posts::grid_id, grids::unit_id, within)
            .count()
            .get_result(c)
    })?)
}

/// A post as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldPost {
    /// Its id.
    pub id: Id<Holding>,
    /// As what.
    pub role: PostRole,
    /// From when.
    pub from: Instant,
    /// The grid.
    pub grid: Id<Grid>,
    /// The grid's name.
    pub grid_name: String,
    /// The grid's unit.
    pub unit: Id<Unit>,
}

/// The posts somebody holds or will hold, the oldest first.
pub fn posts(
    tx: &mut Tx<'_>,
    user: Id<User>,
    within: Option<&Scope>,
    now: Instant,
    after: Option<Id<Holding>>,
    limit: i64,
) -> Outcome<Vec<HeldPost>> {
    type Row = (Id<Holding>, String, Instant, Id<Grid>, String, Id<Unit>);
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let q = posts::table
            .inner_join(grids::table)
            .filter(posts::user_id.eq(user))
            .filter(posts::until_at.is_null().or(posts::until_at.assume_not_null().gt(now)))
            .filter(posts::until_at.is_null().or(posts::until_at.assume_not_null().gt(posts::from_at)))
            .into_boxed::<Db>();
        let mut q = narrowed!(q, grid_scopes, grid_scopes::grid_id, posts::grid_id, grids::unit_id, within);
        if let Some(after) = after {
            q = q.filter(posts::id.gt(after));
        }
        q.order(posts::id.asc())
            .limit(limit)
            .select((posts::id, posts::role, posts::from_at, grids::id, grids::name, grids::unit_id))
            .load(c)
    })?;
    rows.into_iter()
        .map(|(id, role, from, grid, grid_name, unit)| {
            let role = PostRole::parse(&role).ok_or_else(|| unknown_word("grid_posts", &role))?;
            Ok(HeldPost { id, role, from, grid, grid_name, unit })
        })
        .collect()
}
