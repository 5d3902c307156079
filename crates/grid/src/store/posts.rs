//! Posts: who is on duty in a grid, from when until when. Rows are ended, never deleted.

use diesel::prelude::*;
use kernel::id::{Grid, GridPost, User};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::grid_posts as posts;
use super::unknown_word;
use crate::model::{Post, PostRole};

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = posts)]
struct Row {
    id: Id<GridPost>,
    grid_id: Id<Grid>,
    user_id: Id<User>,
    role: String,
    from_at: Instant,
    until_at: Option<Instant>,
    version: i64,
}

impl Row {
    fn post(self) -> Outcome<Post> {
        Ok(Post {
            id: self.id,
            grid: self.grid_id,
            user: self.user_id,
            role: PostRole::parse(&self.role).ok_or_else(|| unknown_word("grid_posts", &self.role))?,
            from: self.from_at,
            until: self.until_at,
            version: self.version,
        })
    }
}

/// Adds a post.
pub fn insert(tx: &mut Tx<'_>, post: &Post, now: Instant) -> Outcome<()> {
    let row = (
        posts::id.eq(post.id),
        posts::grid_id.eq(post.grid),
        posts::user_id.eq(post.user),
        posts::role.eq(post.role.word()),
        posts::from_at.eq(post.from),
        posts::until_at.eq(post.until),
        posts::version.eq(post.version),
        posts::created_at.eq(now),
    );
    with_conn!(tx, |c| diesel::insert_into(posts::table).values(row).execute(c))?;
    Ok(())
}

/// The post.
pub fn find(tx: &mut Tx<'_>, id: Id<GridPost>) -> Outcome<Option<Post>> {
    let row: Option<Row> =
        with_conn!(tx, |c| posts::table.find(id).select(Row::as_select()).first(c).optional())?;
    row.map(Row::post).transpose()
}

/// Writes the end of a post, if it still has the version before; answers whether it had.
pub fn update(tx: &mut Tx<'_>, post: &Post) -> Outcome<bool> {
    let changed = with_conn!(tx, |c| diesel::update(
        posts::table.find(post.id).filter(posts::version.eq(post.version - 1))
    )
    .set((posts::until_at.eq(post.until), posts::version.eq(post.version)))
    .execute(c))?;
    Ok(changed == 1)
}

/// Ends whatever is still held in a grid.
pub fn end_all(tx: &mut Tx<'_>, grid: Id<Grid>, now: Instant) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(
        posts::table
            .filter(posts::grid_id.eq(grid))
            .filter(posts::until_at.is_null().or(posts::until_at.gt(now)))
    )
    .set((posts::until_at.eq(now), posts::version.eq(posts::version + 1)))
    .execute(c))?;
    Ok(())
}

/// What is held in these grids at a moment or later.
pub fn held_now(tx: &mut Tx<'_>, grids: &[Id<Grid>], now: Instant) -> Outcome<Vec<Post>> {
    let rows: Vec<Row> = with_conn!(tx, |c| posts::table
        .filter(posts::grid_id.eq_any(grids))
        .filter(posts::until_at.is_null().or(posts::until_at.gt(now)))
        .order(posts::id.asc())
        .select(Row::as_select())
        .load(c))?;
    rows.into_iter().map(Row::post).collect()
}

/// Whether the person holds the same post in the grid at some time of the new one.
pub fn clashes(tx: &mut Tx<'_>, new: &Post) -> Outcome<bool> {
    let found: i64 = with_conn!(tx, |c| {
        let mut q = posts::table
            .filter(posts::grid_id.eq(new.grid))
            .filter(posts::user_id.eq(new.user))
            .filter(posts::role.eq(new.role.word()))
            .filter(posts::until_at.is_null().or(posts::until_at.gt(new.from)))
            .into_boxed::<Db>();
        if let Some(until) = new.until {
            q = q.filter(posts::from_at.lt(until));
        }
        q.count().get_result(c)
    })?;
    Ok(found > 0)
}

/// The posts of a grid in the order of their making.
pub fn list(tx: &mut Tx<'_>, grid: Id<Grid>, after: Option<Id<GridPost>>, limit: i64) -> Outcome<Vec<Post>> {
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = posts::table.filter(posts::grid_id.eq(grid)).into_boxed::<Db>();
        if let Some(after) = after {
            q = q.filter(posts::id.gt(after));
        }
        q.order(posts::id.asc()).limit(limit).select(Row::as_select()).load(c)
    })?;
    rows.into_iter().map(Row::post).collect()
}
