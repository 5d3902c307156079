//! What would be: of one grant, of a role's edit. Nothing is written.

use std::collections::BTreeSet;

use auth::Breach;
use kernel::error::Fields;
use kernel::id::{Role as RoleKind, User as UserKind};
use kernel::permission::Permit;
use kernel::{Context, HeldGrant, Id, Instant, Outcome, Refusal, UnitPath};
use storage::Tx;

use crate::model::User;
use crate::permission::{ManageGrants, ReadGrants};
use crate::service::give::{self, Gift};
use crate::service::held::{self, Which};
use crate::service::judge::{self, Judgement};
use crate::service::{Services, roles as custom};
use crate::store::{grant_lists, roles, users};

/// People named in a preview; the counts are of all.
const NAMED: i64 = 50;

/// A stretch of a right: where and when.
#[derive(Clone, Copy)]
struct Stretch<'a> {
    path: &'a UnitPath,
    subtree: bool,
    from: Instant,
    until: Option<Instant>,
}

/// Whether a grant has all of a stretch.
fn covers(grant: &HeldGrant, stretch: Stretch<'_>) -> bool {
    let place = grant.reaches(stretch.path) && (grant.subtree || !stretch.subtree);
    let end = match (grant.until, stretch.until) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(held), Some(wanted)) => wanted <= held,
    };
    place && end && grant.from <= stretch.from
}

/// What a gift would do, and what speaks against it. The asker manages grants there.
pub fn grant(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    gift: &Gift,
) -> Outcome<(Judgement, Vec<String>)> {
    give::check(gift, gift.from.unwrap_or(ctx.now), ctx.now)?;
    if let Some(unit) = shared.tree.unit(tx, gift.unit)? {
        ctx.require_at(ManageGrants::PERMISSION, unit.id, &unit.path)?;
    }
    let judged = judge::judge(tx, ctx, shared, gift, None)?;
    let held = held::of(tx, None, gift.user, Which::NotOver(ctx.now))?;
    let stretch =
        Stretch { path: &judged.unit.path, subtree: gift.subtree, from: judged.from, until: gift.until };
    let gains = judged
        .names
        .iter()
        .filter(|name| !held.iter().any(|grant| grant.carries(name) && covers(grant, stretch)))
        .cloned()
        .collect();
    Ok((judged, gains))
}

/// How many people one permission comes to, or goes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The permission.
    pub permission: String,
    /// Whether it comes.
    pub added: bool,
    /// How many would have it somewhere and have it not, or the other way round.
    pub people: i64,
}

/// Somebody whom an edit touches.
#[derive(Debug, Clone)]
pub struct Touched {
    /// Who.
    pub user: User,
    /// What they would have somewhere and have not.
    pub gains: Vec<String>,
    /// What they have somewhere and would not.
    pub loses: Vec<String>,
}

/// What a role's edit would do.
#[derive(Debug)]
pub struct Edit {
    /// How many people hold it, now or one day.
    pub holders: i64,
    /// Each permission that comes or goes.
    pub changes: Vec<Change>,
    /// The first of the people, of those the asker may know.
    pub people: Vec<Touched>,
    /// What the asker could not give of it.
    pub breaches: Vec<Breach>,
    /// Everything that refuses it: the judgement of the edit itself.
    pub refusals: Vec<Refusal>,
}

/// What an edit of a role would do.
pub fn role(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    id: Id<RoleKind>,
    after: &BTreeSet<String>,
) -> Outcome<Edit> {
    let mut fields = Fields::default();
    custom::check_names(shared, after, &mut fields);
    fields.finish()?;
    let role = custom::managed(tx, ctx, id)?;
    let before = roles::permissions_of(tx, id)?;
    let judged = custom::judge_edit(tx, ctx, &role, &before, after)?;
    let holders = grant_lists::count_holders(tx, id, ctx.now)?;
    let mut changes = Vec::new();
    for name in after.symmetric_difference(&before) {
        let elsewhere = roles::carrying(tx, name)?.into_iter().any(|other| other != id);
        let people =
            if elsewhere { grant_lists::count_by_role_alone(tx, id, name, ctx.now)? } else { holders };
        changes.push(Change { permission: name.clone(), added: after.contains(name), people });
    }
    let people = named(tx, ctx, id, &changes)?;
    Ok(Edit { holders, changes, people, breaches: judged.breaches, refusals: judged.refusals })
}

fn named(tx: &mut Tx<'_>, ctx: &Context, id: Id<RoleKind>, changes: &[Change]) -> Outcome<Vec<Touched>> {
    let scope = ctx.actor.scope(ReadGrants::PERMISSION, false, ctx.now);
    let ids: Vec<Id<UserKind>> = grant_lists::holders(tx, id, &scope, ctx.now, None, NAMED)?;
    let held = held::of_all(tx, None, &ids, Which::NotOver(ctx.now))?;
    let mut people = users::find_all(tx, &ids)?;
    people.sort_by_key(|user| user.id);
    let touched = people.into_iter().map(|user| {
        let grants = held.get(&user.id).map_or(&[][..], Vec::as_slice);
        let alone = |name: &str| {
            grants.iter().filter(|grant| grant.role == id).any(|grant| {
                let stretch = Stretch {
                    path: &grant.path,
                    subtree: grant.subtree,
                    from: grant.from,
                    until: grant.until,
                };
                !grants.iter().any(|g| g.role != id && g.carries(name) && covers(g, stretch))
            })
        };
        let of = |added: bool| {
            let found = changes.iter().filter(|c| c.added == added && alone(&c.permission));
            found.map(|c| c.permission.clone()).collect()
        };
        Touched { gains: of(true), loses: of(false), user }
    });
    Ok(touched.collect())
}
