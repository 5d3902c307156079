//! Roles and their permissions.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::Text;
use kernel::id::Role as RoleKind;
use kernel::{Cursor, Id, Outcome, Page, PageSize, Scope, UnitPath};
use storage::{Tx, with_conn};

use super::schema::{identity_role_permissions as permissions, identity_roles as roles};
use super::{substr, within};
use crate::error::ROLE_NAME_TAKEN;
use crate::model::Role;

/// Adds a role.
pub fn insert(tx: &mut Tx<'_>, role: &Role) -> Outcome<()> {
    with_conn!(tx, |c| diesel::insert_into(roles::table)
        .values(super::rows::RoleRow::from(role.clone()))
        .execute(c))
    .map_err(|e| storage::on_unique(e.into(), "identity_roles", "name", &ROLE_NAME_TAKEN))?;
    Ok(())
}

/// The role of this id, retired or not.
pub fn find(tx: &mut Tx<'_>, id: Id<RoleKind>) -> Outcome<Option<Role>> {
    Ok(with_conn!(tx, |c| roles::table.find(id).select(Role::as_select()).first(c).optional())?)
}

/// The role of this name, if it is not retired.
pub fn find_by_name(tx: &mut Tx<'_>, name: &str) -> Outcome<Option<Role>> {
    Ok(with_conn!(tx, |c| roles::table
        .filter(roles::name.eq(name))
        .filter(roles::retired.eq(false))
        .select(Role::as_select())
        .first(c)
        .optional())?)
}

/// Several roles.
pub fn find_all(tx: &mut Tx<'_>, ids: &[Id<RoleKind>]) -> Outcome<Vec<Role>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(with_conn!(tx, |c| roles::table.filter(roles::id.eq_any(ids)).select(Role::as_select()).load(c))?)
}

/// What a role allows.
pub fn permissions_of(tx: &mut Tx<'_>, id: Id<RoleKind>) -> Outcome<BTreeSet<String>> {
    let names: Vec<String> = with_conn!(tx, |c| permissions::table
        .filter(permissions::role_id.eq(id))
        .select(permissions::permission)
        .load(c))?;
    Ok(names.into_iter().collect())
}

/// What several roles allow.
pub fn permissions_of_all(
    tx: &mut Tx<'_>,
    ids: &[Id<RoleKind>],
) -> Outcome<BTreeMap<Id<RoleKind>, BTreeSet<String>>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<(Id<RoleKind>, String)> = with_conn!(tx, |c| permissions::table
        .filter(permissions::role_id.eq_any(ids))
        .select((permissions::role_id, permissions::permission))
        .load(c))?;
    let mut all: BTreeMap<Id<RoleKind>, BTreeSet<String>> =
        ids.iter().map(|id| (*id, BTreeSet::new())).collect();
    for (role, name) in rows {
        all.entry(role).or_default().insert(name);
    }
    Ok(all)
}

/// Stores what a role allows from now on, in place of what it allowed.
pub fn set_permissions(tx: &mut Tx<'_>, id: Id<RoleKind>, names: &BTreeSet<String>) -> Outcome<()> {
    with_conn!(tx, |c| diesel::delete(permissions::table.filter(permissions::role_id.eq(id))).execute(c))?;
    for name in names {
        let row = (permissions::role_id.eq(id), permissions::permission.eq(name));
        with_conn!(tx, |c| diesel::insert_into(permissions::table).values(row).execute(c))?;
    }
    Ok(())
}

/// Stores what may change of a role, if it still is of `version`; answers whether it was.
pub fn update(tx: &mut Tx<'_>, role: &Role, version: i64) -> Outcome<bool> {
    let rows =
        with_conn!(tx, |c| diesel::update(roles::table.find(role.id).filter(roles::version.eq(version)))
            .set((
                roles::label_en.eq(&role.label_en),
                roles::label_zh.eq(&role.label_zh),
                roles::gives_all.eq(role.gives_all),
                roles::retired.eq(role.retired),
                roles::version.eq(version + 1),
            ))
            .execute(c))?;
    Ok(rows == 1)
}

/// The roles that somebody with this scope may see: the built-in ones, those of units in it and of units above it. Not the
/// retired ones.
pub fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    after: Option<Id<RoleKind>>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Role>> {
    let above: Vec<String> =
        scope.roots.iter().flat_map(|r| r.path.lineage()).map(|path| path.as_str().to_owned()).collect();
    let rows: Vec<Role> = with_conn!(tx, |c| {
        let place = roles::unit_path.assume_not_null();
        let mut q = roles::table.select(Role::as_select()).into_boxed::<Db>();
        q = q.filter(roles::retired.eq(false)).filter(
            roles::builtin.eq(true).or(place.eq_any(above.clone())).or(within!(roles::table, place, scope)),
        );
        if let Some(after) = after {
            q = q.filter(roles::id.gt(after));
        }
        q.order(roles::id.asc()).limit(size.probe()).load(c)
    })?;
    Ok(Page::cut(rows, size, |r| Cursor { after: r.id.uuid(), filter: fingerprint, key: None }))
}

/// The roles that can be given at a place: the built-in ones and those of the unit and of units above it.
pub fn givable_at(tx: &mut Tx<'_>, path: &UnitPath) -> Outcome<Vec<Role>> {
    let above: Vec<String> = path.lineage().iter().map(|p| p.as_str().to_owned()).collect();
    Ok(with_conn!(tx, |c| roles::table
        .filter(roles::retired.eq(false))
        .filter(roles::builtin.eq(true).or(roles::unit_path.assume_not_null().eq_any(above)))
        .order(roles::id.asc())
        .select(Role::as_select())
        .load(c))?)
}

/// The ids of all roles, the retired ones too: somebody may hold them still.
pub fn all_ids(tx: &mut Tx<'_>) -> Outcome<Vec<Id<RoleKind>>> {
    Ok(with_conn!(tx, |c| roles::table.order(roles::id.asc()).select(roles::id).load(c))?)
}

/// The roles that carry a permission.
pub fn carrying(tx: &mut Tx<'_>, permission: &str) -> Outcome<Vec<Id<RoleKind>>> {
    Ok(with_conn!(tx, |c| permissions::table
        .filter(permissions::permission.eq(permission))
        .select(permissions::role_id)
        .load(c))?)
}

/// Rebases the copies of paths after a move.
pub fn rebase(tx: &mut Tx<'_>, from: &UnitPath, to: &UnitPath) -> Outcome<usize> {
    let (low, high) = from.range();
    let tail = super::after(from);
    Ok(with_conn!(tx, |c| diesel::update(
        roles::table.filter(roles::unit_path.ge(low)).filter(roles::unit_path.lt(high))
    )
    .set(roles::unit_path.eq(
        to.as_str().into_sql::<Text>().concat(substr(roles::unit_path.assume_not_null(), tail)).nullable()
    ))
    .execute(c))?)
}
