//! What somebody may do at a place, all of it, with the grants that say so.

use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{Grant as GrantKind, Unit, User as UserKind};
use kernel::permission::Permit;
use kernel::{Context, Id, Instant, Outcome, Permission};
use storage::Tx;

use crate::model::User;
use crate::permission::{ExplainAccess, ReadGrants};
use crate::service::Services;
use crate::service::held::{self, Which};
use crate::service::second_factor::Factors;
use crate::store::users;

/// A permission that somebody holds at the place asked about.
#[derive(Debug, Clone)]
pub struct Effective {
    /// The permission.
    pub permission: &'static Permission,
    /// The grants that carry it there; none for what every account may do.
    pub grants: Vec<Id<GrantKind>>,
}

/// What stands in the way of an account whatever it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// It is disabled.
    pub user_disabled: bool,
    /// It may do nothing but look after itself before it has set up a second factor.
    pub mfa_required: bool,
}

/// Everything that somebody may do at a unit at a moment. The asker must be allowed to ask why there.
pub fn permissions(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    user: Id<UserKind>,
    unit: Id<Unit>,
    at: Instant,
) -> Outcome<(Standing, Vec<Effective>)> {
    let unit = shared
        .tree
        .unit(tx, unit)?
        .filter(|unit| ctx.actor.may(ExplainAccess::PERMISSION, &unit.path, ctx.now))
        .or_refuse(&NOT_FOUND)?;
    let held = held::of(tx, None, user, Which::All)?;
    let user = users::find(tx, user)?.or_refuse(&NOT_FOUND)?;
    let may = |path| ctx.actor.may(ExplainAccess::PERMISSION, path, ctx.now);
    if user.id != ctx.actor.user && !may(&user.unit_path) && !held.iter().any(|grant| may(&grant.path)) {
        return Err(NOT_FOUND.fault());
    }
    let standing = Standing {
        user_disabled: !user.is_enabled(),
        mfa_required: Factors::of(tx, &[user.id])?.hold_up(
            shared,
            ExplainAccess::PERMISSION,
            user.id,
            &held,
            at,
        ),
    };
    if standing.user_disabled {
        return Ok((standing, Vec::new()));
    }
    let mut all = Vec::new();
    for permission in shared.catalogue.iter() {
        let here = held
            .iter()
            .filter(|grant| grant.is_live(at) && grant.carries(permission.name) && grant.reaches(&unit.path));
        let grants: Vec<Id<GrantKind>> = here.map(|grant| grant.id).collect();
        if permission.everyone || !grants.is_empty() {
            all.push(Effective { permission, grants });
        }
    }
    all.sort_by_key(|effective| effective.permission.name);
    Ok((standing, all))
}

/// The account, if the asker may know of it: by its home, or by a grant it has where the asker may see grants.
pub fn known_by_grants(tx: &mut Tx<'_>, ctx: &Context, id: Id<UserKind>) -> Outcome<User> {
    let may = |path| ctx.actor.may(ReadGrants::PERMISSION, path, ctx.now);
    let user = users::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    if may(&user.unit_path) || held::of(tx, None, id, Which::All)?.iter().any(|grant| may(&grant.path)) {
        return Ok(user);
    }
    Err(NOT_FOUND.fault())
}
