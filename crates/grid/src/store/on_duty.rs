//! Posts by who holds them and by where, for a stretch of time.

use diesel::prelude::*;
use kernel::id::{Grid, GridPost, Unit, User};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::{grid_grids as grids, grid_posts as posts, grid_scopes as scopes};
use super::unknown_word;
use crate::model::{Post, PostRole};

/// A post, with the unit of its grid.
#[derive(Debug, Clone)]
pub struct Held {
    /// The post.
    pub post: Post,
    /// The unit of its grid.
    pub unit: Id<Unit>,
}

/// The post's columns, and its grid's unit.
type Row = (Id<GridPost>, Id<Grid>, Id<User>, String, Instant, Option<Instant>, i64, Id<Unit>);

fn held((id, grid, user, role, from, until, version, unit): Row) -> Outcome<Held> {
    let role = PostRole::parse(&role).ok_or_else(|| unknown_word("grid_posts", &role))?;
    Ok(Held { post: Post { id, grid, user, role, from, until, version }, unit })
}

macro_rules! columns {
    () => {
        (
            posts::id,
            posts::grid_id,
            posts::user_id,
            posts::role,
            posts::from_at,
            posts::until_at,
            posts::version,
            grids::unit_id,
        )
    };
}

/// Those that hold at some time of the stretch; one that ended before it began holds at none.
macro_rules! touching {
    ($q:expr, $from:expr, $until:expr) => {
        $q.filter(posts::from_at.lt($until)).filter(
            posts::until_at.is_null().or(posts::until_at
                .assume_not_null()
                .gt($from)
                .and(posts::until_at.assume_not_null().gt(posts::from_at))),
        )
    };
}

/// People in one statement.
const AT_ONCE: usize = 1_000;

/// The posts of some people that touch a stretch of time.
pub fn of_users(tx: &mut Tx<'_>, users: &[Id<User>], from: Instant, until: Instant) -> Outcome<Vec<Held>> {
    let mut found = Vec::new();
    for some in users.chunks(AT_ONCE) {
        let rows: Vec<Row> = with_conn!(tx, |c| touching!(
            posts::table.inner_join(grids::table.on(grids::id.eq(posts::grid_id))),
            from,
            until
        )
        .filter(posts::user_id.eq_any(some))
        .order(posts::id.asc())
        .select(columns!())
        .load(c))?;
        for row in rows {
            found.push(held(row)?);
        }
    }
    Ok(found)
}

/// The posts of workers in a subtree that touch a stretch of time, by grid and person: at most `limit`, and what else the last of them
/// holds in that grid.
pub fn workers_below(
    tx: &mut Tx<'_>,
    unit: Id<Unit>,
    (from, until): (Instant, Instant),
    after: Option<(Id<Grid>, Id<User>)>,
    limit: i64,
) -> Outcome<Vec<Held>> {
    macro_rules! below {
        () => {
            touching!(
                scopes::table
                    .inner_join(posts::table.on(posts::grid_id.eq(scopes::grid_id)))
                    .inner_join(grids::table.on(grids::id.eq(scopes::grid_id))),
                from,
                until
            )
            .filter(scopes::ancestor_unit_id.eq(unit))
            .filter(posts::role.eq(PostRole::Worker.word()))
            .select(columns!())
        };
    }
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = below!().into_boxed::<Db>();
        if let Some((grid, user)) = after {
            let later = posts::grid_id.gt(grid).or(posts::grid_id.eq(grid).and(posts::user_id.gt(user)));
            q = q.filter(later);
        }
        q.order((posts::grid_id.asc(), posts::user_id.asc(), posts::id.asc())).limit(limit).load(c)
    })?;
    let mut found = rows.into_iter().map(held).collect::<Outcome<Vec<Held>>>()?;
    let full = i64::try_from(found.len()).is_ok_and(|n| n >= limit);
    if let Some(last) = found.last().map(|held| held.post.clone()).filter(|_| full) {
        let rest: Vec<Row> = with_conn!(tx, |c| below!()
            .filter(posts::grid_id.eq(last.grid))
            .filter(posts::user_id.eq(last.user))
            .filter(posts::id.gt(last.id))
            .order(posts::id.asc())
            .load(c))?;
        for row in rest {
            found.push(held(row)?);
        }
    }
    Ok(found)
}
