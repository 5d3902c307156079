//! What the lists for import and export ask.

use diesel::prelude::*;
use kernel::id::{Grant as GrantKind, Role as RoleKind};
use kernel::{Id, Instant, Outcome, Scope, UnitPath};
use storage::{Tx, with_conn};

use super::schema::{identity_grants as grants, identity_roles as roles, identity_users as users};
use super::within;
use crate::model::Grant;

/// The roles that can be given at a place and are called so: by id, by name, by a label; a name wins over a label.
pub fn roles_called(tx: &mut Tx<'_>, text: &str, path: &UnitPath) -> Outcome<Vec<Id<RoleKind>>> {
    let text = text.trim();
    if let Ok(id) = text.parse::<uuid::Uuid>() {
        return Ok(vec![Id::from_uuid(id)]);
    }
    let above: Vec<String> = path.lineage().iter().map(|p| p.as_str().to_owned()).collect();
    let rows: Vec<(Id<RoleKind>, String)> = with_conn!(tx, |c| roles::table
        .filter(roles::retired.eq(false))
        .filter(roles::name.eq(text).or(roles::label_zh.eq(text)).or(roles::label_en.eq(text)))
        .filter(roles::builtin.eq(true).or(roles::unit_path.assume_not_null().eq_any(above)))
        .select((roles::id, roles::name))
        .order(roles::id.asc())
        .limit(3)
        .load(c))?;
    let named = rows.iter().find(|(_, name)| name == text).map(|(id, _)| *id);
    Ok(named.map_or_else(|| rows.into_iter().map(|(id, _)| id).collect(), |id| vec![id]))
}

/// A grant with its holder's login and name and its role's name.
pub type Told = (Grant, String, String, String);

/// Grants in the scope that hold now or will, in the order they were given.
pub fn grants_page(
    tx: &mut Tx<'_>,
    scope: &Scope,
    now: Instant,
    after: Option<Id<GrantKind>>,
    limit: i64,
) -> Outcome<Vec<Told>> {
    let found: Vec<Grant> = with_conn!(tx, |c| {
        let mut q = grants::table.select(Grant::as_select()).into_boxed::<Db>();
        q = q
            .filter(within!(grants::table, grants::unit_path, scope))
            .filter(grants::revoked_at.is_null())
            .filter(grants::valid_until.is_null().or(grants::valid_until.assume_not_null().gt(now)));
        if let Some(after) = after {
            q = q.filter(grants::id.gt(after));
        }
        q.order(grants::id.asc()).limit(limit).load(c)
    })?;
    let holders: Vec<_> = found.iter().map(|grant| grant.user_id).collect();
    let named: Vec<(Id<kernel::id::User>, String, String)> = with_conn!(tx, |c| users::table
        .filter(users::id.eq_any(holders))
        .select((users::id, users::login, users::display_name))
        .load(c))?;
    let given: Vec<_> = found.iter().map(|grant| grant.role_id).collect();
    let called: Vec<(Id<RoleKind>, String)> = with_conn!(tx, |c| roles::table
        .filter(roles::id.eq_any(given))
        .select((roles::id, roles::name))
        .load(c))?;
    Ok(found
        .into_iter()
        .map(|grant| {
            let (login, name) = named
                .iter()
                .find(|(id, ..)| *id == grant.user_id)
                .map(|(_, login, name)| (login.clone(), name.clone()))
                .unwrap_or_default();
            let role = called.iter().find(|(id, _)| *id == grant.role_id).map(|(_, name)| name.clone());
            (grant, login, name, role.unwrap_or_default())
        })
        .collect())
}
