//! Who can, and where: the answers of [`super::explain`] from the other two sides, as lists that are complete at any size.

use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{Grant as GrantKind, Unit, User as UserKind};
use kernel::permission::Permit;
use kernel::{Context, Cursor, Id, Outcome, Page, PageSize, Permission, Root, Scope, UnitPath};
use storage::Tx;

use crate::model::{ENABLED, User};
use crate::permission::ExplainAccess;
use crate::service::held::{self, Which};
use crate::service::second_factor::Factors;
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
    /// Whether they may use none of it before they have set up a second factor.
    pub mfa_required: bool,
}

/// The enabled accounts that hold a permission at a unit now, in the order of their ids: of them whom the asker may know. Whose right
/// is held up for want of a second factor is among them, and marked: it is theirs, and a step of their own away.
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
        let items = able(tx, ctx, shared, permission, found.items, None)?;
        return Ok(Page { items, next: found.next });
    }
    let of = roles::carrying(tx, permission.name)?;
    let found = grant_lists::people_with(tx, &unit.path, &of, &sight, ctx.now, after, asked.size.probe())?;
    let found =
        Page::cut(found, asked.size, |id| Cursor { after: id.uuid(), filter: asked.fingerprint, key: None });
    let mut people = users::find_all(tx, &found.items)?;
    people.sort_by_key(|user| user.id);
    Ok(Page { items: able(tx, ctx, shared, permission, people, Some(&unit.path))?, next: found.next })
}

/// These people with the grants by which they can at a place; none for what everybody may.
fn able(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    permission: &Permission,
    people: Vec<User>,
    place: Option<&UnitPath>,
) -> Outcome<Vec<Able>> {
    let ids: Vec<Id<UserKind>> = people.iter().map(|user| user.id).collect();
    let held = held::of_all(tx, None, &ids, Which::NotOver(ctx.now))?;
    let factors = Factors::of(tx, &ids)?;
    let able = people.into_iter().map(|user| {
        let held = held.get(&user.id).map_or(&[][..], Vec::as_slice);
        let here = held.iter().filter(|grant| {
            grant.is_live(ctx.now)
                && grant.carries(permission.name)
                && place.is_some_and(|path| grant.reaches(path))
        });
        Able {
            grants: here.map(|grant| grant.id).collect(),
            mfa_required: factors.hold_up(shared, permission, user.id, held, ctx.now),
            user,
        }
    });
    Ok(able.collect())
}

/// Where somebody may.
#[derive(Debug, Clone)]
pub struct Places {
    /// Whether everywhere, since every account may without a grant: then no place is named.
    pub everywhere: bool,
    /// Whether their account is disabled: then it is nowhere.
    pub user_disabled: bool,
    /// Whether they may do it nowhere before they have set up a second factor.
    pub mfa_required: bool,
    /// The places.
    pub page: Page<Root>,
}

/// Where an account holds a permission now: the places, none within another, in the order of the tree. Of places that lie partly
/// where the asker may ask, that part.
pub fn places(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    user: Id<UserKind>,
    permission: &Permission,
    asked: &Asked,
) -> Outcome<Places> {
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
    let page = Page::cut(rows, asked.size, |root| Cursor {
        after: root.unit.uuid(),
        filter: asked.fingerprint,
        key: Some(root.path.as_str().to_owned()),
    });
    Ok(Places {
        everywhere: permission.everyone && account.is_enabled(),
        user_disabled: !account.is_enabled(),
        mfa_required: Factors::of(tx, &[user])?.hold_up(shared, permission, user, &held, ctx.now),
        page,
    })
}
