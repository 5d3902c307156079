//! What other domains are offered: who somebody is, and rights that follow the tree.

use std::collections::{BTreeSet, HashMap};

use auth::Wanted;
use contracts::{
    MoveEffect, MoveListener, RightsChange, RightsWatch, RoleMeeting, Tenants, UnitTenant, UserDirectory,
    UserRef,
};
use kernel::id::{Unit, User};
use kernel::permission::Permit;
use kernel::{Context, Id, Instant, Outcome, UnitPath};
use storage::Tx;

use crate::permission::ManageGrants;
use crate::service::ceiling;
use crate::service::held::{self, Which};
use crate::store::{conflicts, grants, invitations, roles, state, users};

/// The accounts, for other domains.
#[derive(Debug, Clone, Copy, Default)]
pub struct Directory;

impl<'c> UserDirectory<Tx<'c>> for Directory {
    fn users(&self, tx: &mut Tx<'c>, ids: &[Id<User>]) -> Outcome<Vec<UserRef>> {
        let found = users::find_all(tx, ids)?;
        Ok(found
            .into_iter()
            .map(|user| UserRef { id: user.id, enabled: user.is_enabled(), display_name: user.display_name })
            .collect())
    }

    fn holds(
        &self,
        tx: &mut Tx<'c>,
        user: Id<User>,
        permission: &str,
        path: &UnitPath,
        now: Instant,
    ) -> Outcome<bool> {
        if !users::find(tx, user)?.is_some_and(|user| user.is_enabled()) {
            return Ok(false);
        }
        let held = held::of(tx, None, user, Which::NotOver(now))?;
        Ok(held.iter().any(|grant| grant.is_live(now) && grant.carries(permission) && grant.reaches(path)))
    }
}

/// Rights that follow the tree: asked before a move, told of it within its transaction.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rights;

impl<'c> RightsWatch<Tx<'c>> for Rights {
    fn preview_move(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        from: &UnitPath,
        new_parent: Option<&UnitPath>,
    ) -> Outcome<MoveEffect> {
        let above = |path: Option<&UnitPath>| path.map(UnitPath::lineage).unwrap_or_default();
        let old = above(from.parent().as_ref());
        let new = above(new_parent);
        let left: Vec<UnitPath> = old.iter().filter(|path| !new.contains(path)).cloned().collect();
        let entered: Vec<UnitPath> = new.iter().filter(|path| !old.contains(path)).cloned().collect();
        let gains = grants::at_places(tx, &entered, ctx.now)?;
        let losses = grants::at_places(tx, &left, ctx.now)?;
        let breaches = breaches(tx, ctx, from, &gains)?;
        let untakeable = untakeable(tx, ctx, &losses)?;
        let conflicts = meetings(tx, ctx, from, &entered)?;
        Ok(MoveEffect {
            gains: told(tx, &gains)?,
            losses: told(tx, &losses)?,
            breaches,
            untakeable,
            conflicts,
        })
    }

    fn tree_changed(&self, tx: &mut Tx<'c>, ctx: &Context) -> Outcome<()> {
        state::bump(tx, None, ctx.now).map(drop)
    }
}

impl<'c> MoveListener<Tx<'c>> for Rights {
    fn unit_moved(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        _unit: Id<Unit>,
        from: &UnitPath,
        to: &UnitPath,
        _left: &[Id<Unit>],
        _entered: &[Id<Unit>],
    ) -> Outcome<()> {
        // Behind the lock: a grant written at the same time has read the unit's place before this or will after it.
        state::lock(tx)?;
        users::rebase(tx, from, to)?;
        roles::rebase(tx, from, to)?;
        grants::rebase(tx, from, to)?;
        invitations::rebase(tx, from, to)?;
        state::bump(tx, None, ctx.now).map(drop)
    }
}

impl<'c> UnitTenant<Tx<'c>> for Rights {
    fn tenants(&self, tx: &mut Tx<'c>, ctx: &Context, unit: Id<Unit>) -> Outcome<Vec<Tenants>> {
        // Behind the lock: an account or a grant written at the same time has been counted, or finds the unit dissolved.
        state::lock(tx)?;
        let accounts = Tenants::some("accounts", users::count_at(tx, unit)?);
        let grants = Tenants::some("grants", grants::count_at(tx, unit, ctx.now)?);
        Ok(accounts.into_iter().chain(grants).collect())
    }
}

/// Meetings named in a preview; one is enough to refuse the move.
const MEETINGS: i64 = 200;

/// Roles that would meet in one person along the new line, against a rule. A rule that asks for a second person refuses too: a
/// move has none.
fn meetings(
    tx: &mut Tx<'_>,
    ctx: &Context,
    moved: &UnitPath,
    entered: &[UnitPath],
) -> Outcome<Vec<RoleMeeting>> {
    let found = conflicts::meetings(tx, moved, entered, ctx.now, MEETINGS)?;
    let ids: Vec<_> = found.iter().flat_map(|meeting| [meeting.above, meeting.below]).collect();
    let held = grants::find_all(tx, &ids)?;
    let held: HashMap<_, _> = held.into_iter().map(|grant| (grant.id, grant)).collect();
    let people: Vec<_> =
        held.values().map(|grant| grant.user_id).collect::<BTreeSet<_>>().into_iter().collect();
    let people: HashMap<_, _> =
        users::find_all(tx, &people)?.into_iter().map(|user| (user.id, user.display_name)).collect();
    let ids: Vec<_> = held.values().map(|grant| grant.role_id).collect::<BTreeSet<_>>().into_iter().collect();
    let named: HashMap<_, _> =
        roles::find_all(tx, &ids)?.into_iter().map(|role| (role.id, role.name)).collect();
    let name = |grant: &crate::model::Grant| named.get(&grant.role_id).cloned().unwrap_or_default();
    Ok(found
        .iter()
        .filter_map(|meeting| {
            let (above, below) = (held.get(&meeting.above)?, held.get(&meeting.below)?);
            Some(RoleMeeting {
                user: above.user_id,
                user_name: people.get(&above.user_id).cloned().unwrap_or_default(),
                role_above: name(above),
                role_below: name(below),
            })
        })
        .collect())
}

/// What somebody would gain over the moved subtree and the mover could not give there.
fn breaches(
    tx: &mut Tx<'_>,
    ctx: &Context,
    moved: &UnitPath,
    gains: &[crate::model::Grant],
) -> Outcome<Vec<String>> {
    let carried = Carried::by(tx, gains)?;
    let mut wanted = Vec::new();
    for grant in gains {
        let (allowed, gives_all) = (carried.names(grant), carried.gives_all(grant));
        wanted.extend(Wanted::of_role(allowed, gives_all, moved, true, grant.valid_from, grant.valid_until));
    }
    beyond(tx, ctx, &wanted)
}

/// What somebody would lose over the moved subtree and the mover could not take: to revoke such a grant they would have to be able to
/// give it where it was given, and a move is no way around that.
fn untakeable(tx: &mut Tx<'_>, ctx: &Context, losses: &[crate::model::Grant]) -> Outcome<Vec<String>> {
    let carried = Carried::by(tx, losses)?;
    let soon = Some(ctx.now.plus_seconds(1));
    let mut wanted = Vec::new();
    for grant in losses.iter().filter(|grant| !grant.is_over(ctx.now)) {
        let mut names = carried.names(grant).peekable();
        let nothing = names.peek().is_none().then_some(ManageGrants::NAME);
        let (place, below) = (&grant.unit_path, grant.subtree);
        wanted.extend(Wanted::of_role(
            names.chain(nothing),
            carried.gives_all(grant),
            place,
            below,
            ctx.now,
            soon,
        ));
    }
    beyond(tx, ctx, &wanted)
}

/// What the roles of some grants carry.
struct Carried {
    names: HashMap<Id<kernel::id::Role>, BTreeSet<String>>,
    all: BTreeSet<Id<kernel::id::Role>>,
}

impl Carried {
    fn by(tx: &mut Tx<'_>, grants: &[crate::model::Grant]) -> Outcome<Self> {
        let ids: BTreeSet<_> = grants.iter().map(|grant| grant.role_id).collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let names = roles::permissions_of_all(tx, &ids)?.into_iter().collect();
        let all = roles::find_all(tx, &ids)?.into_iter().filter(|role| role.gives_all).map(|role| role.id);
        Ok(Self { names, all: all.collect() })
    }

    fn names(&self, grant: &crate::model::Grant) -> impl Iterator<Item = &str> {
        self.names.get(&grant.role_id).into_iter().flatten().map(String::as_str)
    }

    fn gives_all(&self, grant: &crate::model::Grant) -> bool {
        self.all.contains(&grant.role_id)
    }
}

/// The permissions among these that the actor may not give.
fn beyond(tx: &mut Tx<'_>, ctx: &Context, wanted: &[Wanted<'_>]) -> Outcome<Vec<String>> {
    let actor = ceiling::as_of_now(tx, ctx)?;
    let found = auth::ceiling(&actor, ctx.now, wanted, ManageGrants::PERMISSION.name);
    let names: BTreeSet<String> = found.into_iter().map(|breach| breach.permission).collect();
    Ok(names.into_iter().collect())
}

fn told(tx: &mut Tx<'_>, list: &[crate::model::Grant]) -> Outcome<Vec<RightsChange>> {
    let people: Vec<_> =
        list.iter().map(|grant| grant.user_id).collect::<BTreeSet<_>>().into_iter().collect();
    let ids: Vec<_> = list.iter().map(|grant| grant.role_id).collect::<BTreeSet<_>>().into_iter().collect();
    let people = users::find_all(tx, &people)?;
    let named = roles::find_all(tx, &ids)?;
    Ok(list
        .iter()
        .map(|grant| RightsChange {
            grant: grant.id,
            user: grant.user_id,
            user_name: people
                .iter()
                .find(|u| u.id == grant.user_id)
                .map(|u| u.display_name.clone())
                .unwrap_or_default(),
            role_name: named
                .iter()
                .find(|r| r.id == grant.role_id)
                .map(|r| r.name.clone())
                .unwrap_or_default(),
            unit: grant.unit_id,
        })
        .collect())
}
