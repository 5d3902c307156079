//! Grants. Never deleted.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, Text};
use kernel::id::{Grant as GrantKind, Role as RoleKind, Unit, User as UserKind};
use kernel::sql::{DbInstant, DbUuid};
use kernel::{Id, Instant, Outcome, UnitPath};
use storage::{Tx, with_conn};

use super::schema::{
    identity_grants as grants, identity_role_permissions as permissions, identity_roles as roles,
    identity_users as users,
};
use super::substr;
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

/// Several grants; unknown ids are left out.
pub fn find_all(tx: &mut Tx<'_>, ids: &[Id<GrantKind>]) -> Outcome<Vec<Grant>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(with_conn!(tx, |c| grants::table.filter(grants::id.eq_any(ids)).select(Grant::as_select()).load(c))?)
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
                grants::valid_from.eq(grant.valid_from),
                grants::awaits_approval.eq(grant.awaits_approval),
                grants::notice_due_at.eq(grant.notice_due_at),
                grants::version.eq(version + 1),
            ))
            .execute(c))?;
    Ok(rows == 1)
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
            .filter(grants::awaits_approval.eq(false))
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

/// A place where a role is held, with the latest end there.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct HeldPlace {
    /// Where.
    #[diesel(sql_type = Text)]
    pub unit_path: UnitPath,
    /// Whether what lies below counts.
    #[diesel(sql_type = Bool)]
    pub subtree: bool,
    /// The latest end; `None`: one is without an end.
    #[diesel(sql_type = Nullable<DbInstant>)]
    pub until: Option<Instant>,
}

/// Where a role is held now or will be, or waits to be. However many hold it, no more rows come than there are places.
pub fn places_of_role(tx: &mut Tx<'_>, role: Id<RoleKind>, now: Instant) -> Outcome<Vec<HeldPlace>> {
    let sql = "select unit_path, subtree, case when count(*) > count(valid_until) then null else max(valid_until) end \
        as until from identity_grants where role_id = $1 and revoked_at is null \
        and (valid_until is null or valid_until > $2) group by unit_path, subtree";
    Ok(with_conn!(tx, |c| diesel::sql_query(sql).bind::<DbUuid, _>(role).bind::<DbInstant, _>(now).load(c))?)
}

/// Whether anybody, or this one, holds a role now or will, or waits to.
pub fn is_held(tx: &mut Tx<'_>, role: Id<RoleKind>, by: Option<Id<UserKind>>, now: Instant) -> Outcome<bool> {
    let found: Vec<Id<GrantKind>> = with_conn!(tx, |c| {
        let mut q = grants::table
            .filter(grants::role_id.eq(role))
            .filter(grants::revoked_at.is_null())
            .filter(grants::valid_until.is_null().or(grants::valid_until.assume_not_null().gt(now)))
            .select(grants::id)
            .into_boxed::<Db>();
        if let Some(by) = by {
            q = q.filter(grants::user_id.eq(by));
        }
        q.limit(1).load(c)
    })?;
    Ok(!found.is_empty())
}

/// The first of some roles that a holder of a role holds besides, now or one day. It begins with the some, who are few.
pub fn held_beside(
    tx: &mut Tx<'_>,
    role: Id<RoleKind>,
    others: &[Id<RoleKind>],
    now: Instant,
) -> Outcome<Option<Id<RoleKind>>> {
    let holder = diesel::alias!(super::schema::identity_grants as holder);
    Ok(with_conn!(tx, |c| {
        let both = holder
            .filter(holder.field(grants::role_id).eq(role))
            .filter(holder.field(grants::user_id).eq(grants::user_id))
            .filter(holder.field(grants::revoked_at).is_null())
            .filter(
                holder
                    .field(grants::valid_until)
                    .is_null()
                    .or(holder.field(grants::valid_until).assume_not_null().gt(now)),
            );
        grants::table
            .filter(grants::role_id.eq_any(others))
            .filter(grants::revoked_at.is_null())
            .filter(grants::valid_until.is_null().or(grants::valid_until.assume_not_null().gt(now)))
            .filter(diesel::dsl::exists(both))
            .select(grants::role_id)
            .first(c)
            .optional()
    })?)
}

/// The grants of a role to somebody at a unit that hold or will, or wait to, the oldest first.
pub fn alike(
    tx: &mut Tx<'_>,
    user: Id<UserKind>,
    role: Id<RoleKind>,
    unit: Id<Unit>,
    now: Instant,
) -> Outcome<Vec<Grant>> {
    Ok(with_conn!(tx, |c| grants::table
        .filter(grants::user_id.eq(user))
        .filter(grants::role_id.eq(role))
        .filter(grants::unit_id.eq(unit))
        .filter(grants::revoked_at.is_null())
        .filter(grants::valid_until.is_null().or(grants::valid_until.assume_not_null().gt(now)))
        .order(grants::id.asc())
        .select(Grant::as_select())
        .load(c))?)
}

/// What somebody would hold of some roles if a second person approved it.
pub fn awaiting(
    tx: &mut Tx<'_>,
    user: Id<UserKind>,
    of: &[Id<RoleKind>],
    now: Instant,
) -> Outcome<Vec<Grant>> {
    Ok(with_conn!(tx, |c| grants::table
        .filter(grants::user_id.eq(user))
        .filter(grants::role_id.eq_any(of))
        .filter(grants::awaits_approval.eq(true))
        .filter(grants::revoked_at.is_null())
        .filter(grants::valid_until.is_null().or(grants::valid_until.assume_not_null().gt(now)))
        .select(Grant::as_select())
        .load(c))?)
}

/// Grants whose end is to be told of, the most pressing first.
pub fn notice_due(tx: &mut Tx<'_>, now: Instant, limit: i64) -> Outcome<Vec<Grant>> {
    Ok(with_conn!(tx, |c| grants::table
        .filter(grants::notice_due_at.le(now))
        .order((grants::notice_due_at.asc(), grants::id.asc()))
        .limit(limit)
        .select(Grant::as_select())
        .load(c))?)
}

/// Notes when a grant's end is next to be told of, if nobody else has meanwhile; no version grows by it.
pub fn set_notice(tx: &mut Tx<'_>, grant: &Grant, next: Option<Instant>) -> Outcome<bool> {
    let rows = with_conn!(tx, |c| diesel::update(
        grants::table.find(grant.id).filter(grants::notice_due_at.eq(grant.notice_due_at))
    )
    .set(grants::notice_due_at.eq(next))
    .execute(c))?;
    Ok(rows == 1)
}

/// The grants at exactly these places that hold now or will.
pub fn at_places(tx: &mut Tx<'_>, places: &[UnitPath], now: Instant) -> Outcome<Vec<Grant>> {
    let places: Vec<String> = places.iter().map(|p| p.as_str().to_owned()).collect();
    Ok(with_conn!(tx, |c| grants::table
        .filter(grants::unit_path.eq_any(places))
        .filter(grants::subtree.eq(true))
        .filter(grants::revoked_at.is_null())
        .filter(grants::awaits_approval.eq(false))
        .filter(grants::valid_until.is_null().or(grants::valid_until.assume_not_null().gt(now)))
        .order(grants::id.asc())
        .select(Grant::as_select())
        .load(c))?)
}

/// Where a grant was given, to whom, when it was revoked, from when it holds; its holder's status and password.
type Office = (UnitPath, Id<UserKind>, Option<Instant>, Instant, String, Option<String>);

/// The administrators of the roots of the tree: enabled, with a way to sign in, with a role there that may give all and carries the
/// permission, now and without an end. A root that has none and had one is there without anybody; it counts once such a grant was
/// given at it.
pub fn administrators(
    tx: &mut Tx<'_>,
    permission: &str,
    now: Instant,
) -> Outcome<BTreeMap<UnitPath, BTreeSet<Id<UserKind>>>> {
    // A root's path is one label of six characters.
    let root = "_".repeat(kernel::path::LABEL);
    let mighty: Vec<Id<RoleKind>> = with_conn!(tx, |c| roles::table
        .inner_join(permissions::table)
        .filter(roles::gives_all.eq(true))
        .filter(permissions::permission.eq(permission))
        .select(roles::id)
        .load(c))?;
    let mut all: BTreeMap<UnitPath, BTreeSet<Id<UserKind>>> = BTreeMap::new();
    // Each role by itself, so that its own few grants are searched.
    for role in mighty {
        let found: Vec<Office> = with_conn!(tx, |c| grants::table
            .inner_join(users::table.on(users::id.eq(grants::user_id)))
            .filter(grants::role_id.eq(role))
            .filter(grants::unit_path.like(root.clone()))
            .filter(grants::subtree.eq(true))
            .filter(grants::awaits_approval.eq(false))
            .filter(grants::valid_until.is_null())
            .select((
                grants::unit_path,
                grants::user_id,
                grants::revoked_at,
                grants::valid_from,
                users::status,
                users::password_hash
            ))
            .load(c))?;
        for (path, user, revoked, from, status, password) in found {
            let there = all.entry(path).or_default();
            if revoked.is_none() && from <= now && status == ENABLED && password.is_some() {
                there.insert(user);
            }
        }
    }
    Ok(all)
}

/// Whether any root has an administrator.
pub fn any_administrator(tx: &mut Tx<'_>, permission: &str, now: Instant) -> Outcome<bool> {
    let root = "_".repeat(kernel::path::LABEL);
    Ok(with_conn!(tx, |c| {
        let there = grants::table
            .inner_join(roles::table)
            .inner_join(permissions::table.on(permissions::role_id.eq(grants::role_id)))
            .inner_join(users::table.on(users::id.eq(grants::user_id)))
            .filter(roles::gives_all.eq(true))
            .filter(permissions::permission.eq(permission))
            .filter(users::status.eq(ENABLED))
            .filter(users::password_hash.is_not_null())
            .filter(grants::subtree.eq(true))
            .filter(grants::unit_path.like(root))
            .filter(grants::awaits_approval.eq(false))
            .filter(grants::revoked_at.is_null())
            .filter(grants::valid_from.le(now))
            .filter(grants::valid_until.is_null())
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
