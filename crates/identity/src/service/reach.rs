//! Who can, and where: the answers of [`super::explain`] from the other two sides, as lists that are complete at any size.

use std::collections::BTreeMap;

use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{Grant as GrantKind, Unit, User as UserKind};
use kernel::permission::Permit;
use kernel::{Context, Cursor, Id, Outcome, Page, PageSize, Permission, Root, Scope};
use storage::Tx;

use crate::model::{ENABLED, User};
use crate::permission::ExplainAccess;
use crate::service::held::{self, Which};
use crate::service::{Services, explain};
use crate::store::{grant_lists, roles, users};

/// Which page of which list.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Where it starts.
    pub after: Option<Cursor>,
    /// How many.
    pub size: PageSize,
    /// The list's fingerprint.
    pub fingerprint: u64,
}

/// Somebody who can, and by which grants.
#[derive(Debug, Clone)]
pub struct Able {
    /// Who.
    pub user: User,
    /// By which; none for what everybody may.
    pub grants: Vec<Id<GrantKind>>,
}

/// The enabled accounts that hold a permission at a unit now, in the order of their ids: of them whom the asker may know.
pub fn who_can(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    permission: &Permission,
    unit: Id<Unit>,
    asked: &Asked,
) -> Outcome<Page<Able>> {
    let unit = shared
        .tree
        .unit(tx, unit)?
        .filter(|unit| ctx.actor.may(ExplainAccess::PERMISSION, &unit.path, ctx.now))
        .or_refuse(&NOT_FOUND)?;
    let sight = explain::sight(ctx);
    let after: Option<Id<UserKind>> = asked.after.as_ref().map(|cursor| Id::from_uuid(cursor.after));
    if permission.everyone {
        let enabled = users::Filter { status: Some(ENABLED.to_owned()), text: None };
        let from = asked.after.as_ref();
        let found = users::list(tx, &sight.people, &enabled, from, asked.size, asked.fingerprint)?;
        return Ok(found.map(|user| Able { user, grants: Vec::new() }));
    }
    let of = roles::carrying(tx, permission.name)?;
    let found = grant_lists::people_with(tx, &unit.path, &of, &sight, ctx.now, after, asked.size.probe())?;
    let found =
        Page::cut(found, asked.size, |id| Cursor { after: id.uuid(), filter: asked.fingerprint, key: None });
    let held = held::of_all(tx, None, &found.items, Which::NotOver(ctx.now))?;
    let people: BTreeMap<_, _> =
        users::find_all(tx, &found.items)?.into_iter().map(|user| (user.id, user)).collect();
    let able = found.items.iter().filter_map(|id| {
        let grants = held.get(id)?.iter().filter(|grant| {
            grant.is_live(ctx.now) && grant.carries(permission.name) && grant.reaches(&unit.path)
        });
        Some(Able { user: people.get(id)?.clone(), grants: grants.map(|grant| grant.id).collect() })
    });
    Ok(Page { items: able.collect(), next: found.next })
}

/// Where an account holds a permission now: the places, none within another, in the order of the tree. Of places that lie partly
/// where the asker may ask, that part.
pub fn places(
    tx: &mut Tx<'_>,
    ctx: &Context,
    user: Id<UserKind>,
    permission: &Permission,
    asked: &Asked,
) -> Outcome<Page<Root>> {
    let held = held::of(tx, None, user, Which::NotOver(ctx.now))?;
    let account = explain::about(tx, ctx, user, &held)?;
    let live = held.iter().filter(|grant| grant.is_live(ctx.now) && grant.carries(permission.name));
    let all = Scope::of(
        live.map(|grant| Root { unit: grant.unit, path: grant.path.clone(), subtree: grant.subtree }),
        None,
    );
    let seen = if !account.is_enabled() {
        Scope::default()
    } else if user == ctx.actor.user {
        all
    } else {
        let mine = ctx.actor.scope(ExplainAccess::PERMISSION, false, ctx.now);
        let parts = mine.roots.iter().flat_map(|own| {
            let part = if own.subtree {
                all.within(own.unit, &own.path).roots
            } else {
                let here = all.covers(&own.path, None).then(|| own.clone());
                here.into_iter().collect()
            };
            part.into_iter()
        });
        Scope::of(parts, None)
    };
    let from = asked.after.as_ref().and_then(|cursor| cursor.key.clone());
    let rest =
        seen.roots.into_iter().filter(|root| from.as_deref().is_none_or(|key| root.path.as_str() > key));
    let rows: Vec<Root> = rest.take(asked.size.get() + 1).collect();
    Ok(Page::cut(rows, asked.size, |root| Cursor {
        after: root.unit.uuid(),
        filter: asked.fingerprint,
        key: Some(root.path.as_str().to_owned()),
    }))
}
