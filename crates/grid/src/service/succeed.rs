//! Who was on duty in grids that are split or merged is on duty in what came of them.

use std::collections::BTreeMap;

use kernel::id::{Grid as GridId, User};
use kernel::{Context, Id, Instant, Outcome};
use storage::Tx;

use super::post;
use super::reshape::Part;
use crate::model::{Grid, Post, PostRole};
use crate::store::posts;

/// Somebody's duty, from when until when; the same duty in several of the old grids is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Held {
    user: Id<User>,
    role: PostRole,
    from: Instant,
    until: Option<Instant>,
}

/// From when until when.
type Span = (Instant, Option<Instant>);

/// What is held in these grids now or later.
pub(super) fn held(tx: &mut Tx<'_>, ids: &[Id<GridId>], now: Instant) -> Outcome<Vec<Held>> {
    let mut all: BTreeMap<(Id<User>, PostRole), Vec<Span>> = BTreeMap::new();
    for post in posts::held_now(tx, ids, now)? {
        all.entry((post.user, post.role)).or_default().push((post.from.max(now), post.until));
    }
    let one = |((user, role), mut spans): ((Id<User>, PostRole), Vec<_>)| {
        spans.sort_unstable_by_key(|(from, _)| *from);
        together(spans).into_iter().map(move |(from, until)| Held { user, role, from, until })
    };
    Ok(all.into_iter().flat_map(one).collect())
}

/// Spans that meet or overlap as one; they are in the order of their beginnings.
fn together(spans: Vec<Span>) -> Vec<Span> {
    let mut all: Vec<Span> = Vec::new();
    for (from, until) in spans {
        match all.last_mut() {
            Some((_, end)) if end.is_none_or(|end| from <= end) => {
                *end = end.zip(until).map(|(a, b)| a.max(b));
            }
            _ => all.push((from, until)),
        }
    }
    all
}

/// The first somebody whom a part names and who is not on duty: which part, and which of those it names.
pub(super) fn stranger(held: &[Held], parts: &[Part]) -> Option<(usize, usize)> {
    let unknown = |user: &Id<User>| held.iter().all(|held| held.user != *user);
    parts.iter().enumerate().find_map(|(n, part)| part.users.iter().position(unknown).map(|user| (n, user)))
}

/// The posts begin in the new grids. They are new: nothing clashes.
pub(super) fn begin(
    tx: &mut Tx<'_>,
    ctx: &Context,
    held: &[Held],
    made: &[Grid],
    parts: &[Part],
) -> Outcome<()> {
    for Held { user, role, from, until } in held.iter().copied() {
        let named = parts.iter().any(|part| part.users.contains(&user));
        for (grid, part) in made.iter().zip(parts) {
            if named && !part.users.contains(&user) {
                continue;
            }
            let post = Post { id: ctx.id(), grid: grid.id, user, role, from, until, version: 1 };
            posts::insert(tx, &post, ctx.now)?;
            post::trail(tx, ctx, "grid.post.assign", grid, &post)?;
        }
    }
    Ok(())
}
