//! Grants. Never deleted.

use diesel::prelude::*;
use diesel::sql_types::Text;
use kernel::id::{Grant as GrantKind, Role as RoleKind, Unit, User as UserKind};
use kernel::{Cursor, Id, Instant, Outcome, Page, PageSize, Scope, UnitPath};
use storage::{Tx, with_conn};

use super::schema::{
    identity_grants as grants, identity_role_permissions as permissions, identity_roles as roles,
    identity_users as users,
};
use super::{substr, within};
use crate::model::{ENABLED, Grant};

/// Adds a grant.
pub fn insert(tx: &mut Tx<'_>, grant: &Grant) -> Outcome<()> {
    with_conn!(tx, |c| diesel::insert_into(grants::table)
        .values(super::rows::GrantRow::from(grant.clone()))
        .execute(c))?;
    Ok(())
}

/// The grant of this id.
pub fn find(tx: &mut Tx<'_>, id: Id<GrantKind>) -> Outcome<Option<Grant>> {
    Ok(with_conn!(tx, |c| grants::table.find(id).select(Grant::as_select()).first(c).optional())?)
}

/// Stores what may change of a grant, if it still is of `version`; answers whether it was.
pub fn update(tx: &mut Tx<'_>, grant: &Grant, version: i64) -> Outcome<bool> {
    let rows =
        with_conn!(tx, |c| diesel::update(grants::table.find(grant.id).filter(grants::version.eq(version)))
            .set((
                grants::valid_until.eq(grant.valid_until),
                grants::reason.eq(&grant.reason),
                grants::revoked_at.eq(grant.revoked_at),
                grants::revoked_by.eq(grant.revoked_by),
                grants::revoke_reason.eq(&grant.revoke_reason),
                grants::version.eq(version + 1),
            ))
            .execute(c))?;
    Ok(rows == 1)
}

/// What to look for among grants.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Whose.
    pub user: Option<Id<UserKind>>,
    /// Of which role.
    pub role: Option<Id<RoleKind>>,
    /// `active`, `pending`, `expired` or `revoked`.
    pub state: Option<String>,
}

/// The grants in the scope, newest first.
pub fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    filter: &Filter,
    now: Instant,
    after: Option<Id<GrantKind>>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Grant>> {
    let rows: Vec<Grant> = with_conn!(tx, |c| {
        let mut q = grants::table.select(Grant::as_select()).into_boxed::<Db>();
        q = q.filter(within!(grants::table, grants::unit_path, scope));
        if let Some(user) = filter.user {
            q = q.filter(grants::user_id.eq(user));
        }
        if let Some(role) = filter.role {
            q = q.filter(grants::role_id.eq(role));
        }
        if let Some(state) = filter.state.as_deref() {
            q = if state == "revoked" {
                q.filter(grants::revoked_at.is_not_null())
            } else {
                q.filter(grants::revoked_at.is_null())
            };
            q = match state {
                "expired" => q.filter(grants::valid_until.assume_not_null().le(now)),
                "pending" => q.filter(grants::valid_from.gt(now)),
                "active" => q
                    .filter(grants::valid_from.le(now))
                    .filter(grants::valid_until.is_null().or(grants::valid_until.assume_not_null().gt(now))),
                _ => q,
            };
        }
        if let Some(after) = after {
            q = q.filter(grants::id.lt(after));
        }
        q.order(grants::id.desc()).limit(size.probe()).load(c)
    })?;
    Ok(Page::cut(rows, size, |g| Cursor { after: g.id.uuid(), filter: fingerprint, key: None }))
}

/// A grant with what its role says of itself: what an actor is made of, but for the permissions.
pub type HeldRow = (
    Id<GrantKind>,
    Id<UserKind>,
    Id<RoleKind>,
    String,
    Id<Unit>,
    UnitPath,
    bool,
    Instant,
    Option<Instant>,
    bool,
    i64,
);

/// The grants of some users that were not revoked; those that have run out by `over` are left out.
pub fn held(tx: &mut Tx<'_>, whose: &[Id<UserKind>], over: Option<Instant>) -> Outcome<Vec<HeldRow>> {
    Ok(with_conn!(tx, |c| {
        let mut q = grants::table
            .inner_join(roles::table)
            .filter(grants::user_id.eq_any(whose))
            .filter(grants::revoked_at.is_null())
            .select((
                grants::id,
                grants::user_id,
                grants::role_id,
                roles::name,
                grants::unit_id,
                grants::unit_path,
                grants::subtree,
                grants::valid_from,
                grants::valid_until,
                roles::gives_all,
                roles::version,
            ))
            .into_boxed::<Db>();
        if let Some(now) = over {
            q = q.filter(grants::valid_until.is_null().or(grants::valid_until.assume_not_null().gt(now)));
        }
        q.order(grants::id.asc()).load(c)
    })?)
}

/// The grants of a role that hold now or will.
pub fn of_role(tx: &mut Tx<'_>, role: Id<RoleKind>, now: Instant) -> Outcome<Vec<Grant>> {
    Ok(with_conn!(tx, |c| grants::table
        .filter(grants::role_id.eq(role))
        .filter(grants::revoked_at.is_null())
        .filter(grants::valid_until.is_null().or(grants::valid_until.assume_not_null().gt(now)))
        .select(Grant::as_select())
        .load(c))?)
}

/// The grants at exactly these places that hold now or will.
pub fn at_places(tx: &mut Tx<'_>, places: &[UnitPath], now: Instant) -> Outcome<Vec<Grant>> {
    let places: Vec<String> = places.iter().map(|p| p.as_str().to_owned()).collect();
    Ok(with_conn!(tx, |c| grants::table
        .filter(grants::unit_path.eq_any(places))
        .filter(grants::subtree.eq(true))
        .filter(grants::revoked_at.is_null())
        .filter(grants::valid_until.is_null().or(grants::valid_until.assume_not_null().gt(now)))
        .order(grants::id.asc())
        .select(Grant::as_select())
        .load(c))?)
}

/// Enabled users who hold a permission now at one of these places, by id; at most `limit`.
pub fn holders(
    tx: &mut Tx<'_>,
    permission: &str,
    places: &[UnitPath],
    now: Instant,
    limit: i64,
) -> Outcome<Vec<Id<UserKind>>> {
    let places: Vec<String> = places.iter().map(|p| p.as_str().to_owned()).collect();
    Ok(with_conn!(tx, |c| grants::table
        .inner_join(permissions::table.on(permissions::role_id.eq(grants::role_id)))
        .inner_join(users::table.on(users::id.eq(grants::user_id)))
        .filter(permissions::permission.eq(permission))
        .filter(users::status.eq(ENABLED))
        .filter(grants::unit_path.eq_any(places))
        .filter(grants::revoked_at.is_null())
        .filter(grants::valid_from.le(now))
        .filter(grants::valid_until.is_null().or(grants::valid_until.assume_not_null().gt(now)))
        .select(grants::user_id)
        .distinct()
        .order(grants::user_id.asc())
        .limit(limit)
        .load(c))?)
}

/// Whether somebody enabled, with a password, holds a permission over a whole tree now and until after `beyond`.
pub fn anybody_over_a_root(
    tx: &mut Tx<'_>,
    permission: &str,
    now: Instant,
    beyond: Instant,
) -> Outcome<bool> {
    // A root's path is one label of six characters.
    let root = "_".repeat(kernel::path::LABEL);
    Ok(with_conn!(tx, |c| {
        let there = grants::table
            .inner_join(permissions::table.on(permissions::role_id.eq(grants::role_id)))
            .inner_join(users::table.on(users::id.eq(grants::user_id)))
            .filter(permissions::permission.eq(permission))
            .filter(users::status.eq(ENABLED))
            .filter(users::password_hash.is_not_null())
            .filter(grants::subtree.eq(true))
            .filter(grants::unit_path.like(root))
            .filter(grants::revoked_at.is_null())
            .filter(grants::valid_from.le(now))
            .filter(grants::valid_until.is_null().or(grants::valid_until.assume_not_null().gt(beyond)))
            .select(grants::id);
        diesel::select(diesel::dsl::exists(there)).get_result(c)
    })?)
}

/// Rebases the copies of paths after a move.
pub fn rebase(tx: &mut Tx<'_>, from: &UnitPath, to: &UnitPath) -> Outcome<usize> {
    let (low, high) = from.range();
    let tail = super::after(from);
    Ok(with_conn!(tx, |c| diesel::update(
        grants::table.filter(grants::unit_path.ge(low)).filter(grants::unit_path.lt(high))
    )
    .set(grants::unit_path.eq(to.as_str().into_sql::<Text>().concat(substr(grants::unit_path, tail))))
    .execute(c))?)
}

/// How many grants at exactly this unit hold now or will.
pub fn count_at(tx: &mut Tx<'_>, unit: Id<Unit>, now: Instant) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| grants::table
        .filter(grants::unit_id.eq(unit))
        .filter(grants::revoked_at.is_null())
        .filter(grants::valid_until.is_null().or(grants::valid_until.assume_not_null().gt(now)))
        .count()
        .get_result(c))?)
}
