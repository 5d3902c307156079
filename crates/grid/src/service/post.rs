//! Posts: who is on duty in a grid. A post is ended, never deleted.

use kernel::error::{FIELD_ORDER, FIELD_UNKNOWN_REFERENCE, INVALID, NOT_FOUND, OrRefuse, STALE};
use kernel::id::{Grid, GridPost, User};
use kernel::{Context, Id, Instant, Outcome};
use serde_json::json;
use storage::audit::Entry;
use storage::{Tx, audit};

use super::make;
use crate::error::{POST_ENDED, POST_TAKEN};
use crate::model::{self, Post, PostRole};
use crate::ports::GridServices;
use crate::store::posts;

/// A post to be filled.
#[derive(Debug, Clone, Copy)]
pub struct NewPost {
    /// By whom.
    pub user: Id<User>,
    /// As what.
    pub role: PostRole,
    /// From when; now unless told.
    pub from: Option<Instant>,
    /// Until when (exclusive).
    pub until: Option<Instant>,
}

/// A post and its holder's name.
pub type NamedPost = (Post, String);

/// Fills a post.
pub fn assign(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    grid: Id<Grid>,
    new: &NewPost,
) -> Outcome<NamedPost> {
    let grid = make::permitted(tx, ctx, s, grid)?;
    let from = new.from.unwrap_or(ctx.now);
    if new.until.is_some_and(|until| until <= from) {
        return Err(INVALID.refusal().at("/until_at", &FIELD_ORDER).into());
    }
    let name = s.users.users(tx, &[new.user])?.into_iter().find(|u| u.enabled).map(|u| u.display_name);
    let name = name.ok_or_else(|| INVALID.refusal().at("/user_id", &FIELD_UNKNOWN_REFERENCE))?;
    let post = Post {
        id: ctx.id(),
        grid: grid.id,
        user: new.user,
        role: new.role,
        from,
        until: new.until,
        version: 1,
    };
    // The grid's row is locked: nobody else fills a post in it now.
    if posts::clashes(tx, &post)? {
        return Err(POST_TAKEN.fault());
    }
    posts::insert(tx, &post, ctx.now)?;
    trail(tx, ctx, "grid.post.assign", &grid, &post)?;
    Ok((post, name))
}

/// Ends a post now.
pub fn end(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    grid: Id<Grid>,
    id: Id<GridPost>,
    expected: i64,
) -> Outcome<NamedPost> {
    let grid = make::permitted(tx, ctx, s, grid)?;
    let mut post = posts::find(tx, id)?.filter(|p| p.grid == grid.id).or_refuse(&NOT_FOUND)?;
    if post.version != expected {
        return Err(STALE.fault());
    }
    if post.until.is_some_and(|until| until <= ctx.now) {
        return Err(POST_ENDED.fault());
    }
    // One that has not begun ends where it would have begun: it was never held.
    post.until = Some(ctx.now.max(post.from));
    post.version += 1;
    if !posts::update(tx, &post)? {
        return Err(STALE.fault());
    }
    trail(tx, ctx, "grid.post.end", &grid, &post)?;
    named(tx, s, vec![post])?.pop().or_refuse(&NOT_FOUND)
}

/// Puts names beside posts: one question for all.
pub fn named(tx: &mut Tx<'_>, s: &GridServices, posts: Vec<Post>) -> Outcome<Vec<NamedPost>> {
    let people: std::collections::BTreeSet<Id<User>> = posts.iter().map(|p| p.user).collect();
    let people: Vec<Id<User>> = people.into_iter().collect();
    let found = if people.is_empty() { Vec::new() } else { s.users.users(tx, &people)? };
    let name = |id| found.iter().find(|u| u.id == id).map(|u| u.display_name.clone()).unwrap_or_default();
    Ok(posts.into_iter().map(|p| (p.clone(), name(p.user))).collect())
}

pub(super) fn trail(
    tx: &mut Tx<'_>,
    ctx: &Context,
    action: &str,
    grid: &model::Grid,
    post: &Post,
) -> Outcome<()> {
    audit::record(
        tx,
        ctx,
        Entry {
            action,
            object_kind: "grid_post",
            object: Some(post.id.uuid()),
            unit: Some(grid.unit),
            before: None,
            after: Some(
                json!({ "grid": grid.id, "user": post.user, "role": post.role.word(), "until": post.until }),
            ),
        },
    )
}
