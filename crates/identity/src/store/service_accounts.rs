//! What makes an account a machine's.

use std::collections::BTreeSet;

use diesel::prelude::*;
use kernel::id::User as UserKind;
use kernel::{Cursor, Id, Outcome, Page, PageSize, Scope};
use storage::{Tx, with_conn};

use super::schema::{identity_service_accounts as machines, identity_users as users};
use super::within;
use crate::model::User;
use crate::model::sign_in::ServiceAccount;

/// Machines beside their accounts.
type Homes = diesel::dsl::InnerJoinQuerySource<machines::table, users::table>;

/// Adds one.
pub fn insert(tx: &mut Tx<'_>, machine: &ServiceAccount) -> Outcome<()> {
    with_conn!(tx, |c| diesel::insert_into(machines::table)
        .values(super::sign_in_rows::ServiceAccountRow::from(machine.clone()))
        .execute(c))?;
    Ok(())
}

/// The machine of this account, if it is one.
pub fn find(tx: &mut Tx<'_>, user: Id<UserKind>) -> Outcome<Option<ServiceAccount>> {
    Ok(with_conn!(tx, |c| machines::table
        .find(user)
        .select(ServiceAccount::as_select())
        .first(c)
        .optional())?)
}

/// Of some accounts, those of machines.
pub fn of(tx: &mut Tx<'_>, users: &[Id<UserKind>]) -> Outcome<BTreeSet<Id<UserKind>>> {
    if users.is_empty() {
        return Ok(BTreeSet::new());
    }
    let found: Vec<Id<UserKind>> = with_conn!(tx, |c| machines::table
        .filter(machines::user_id.eq_any(users))
        .select(machines::user_id)
        .load(c))?;
    Ok(found.into_iter().collect())
}

/// The machines that these people answer for.
pub fn of_owners(tx: &mut Tx<'_>, owners: &[Id<UserKind>]) -> Outcome<Vec<Id<UserKind>>> {
    Ok(with_conn!(tx, |c| machines::table
        .filter(machines::owner_id.eq_any(owners))
        .select(machines::user_id)
        .order(machines::user_id.asc())
        .load(c))?)
}

/// Lets another person answer for a machine.
pub fn set_owner(tx: &mut Tx<'_>, machine: Id<UserKind>, owner: Id<UserKind>) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(machines::table.find(machine))
        .set(machines::owner_id.eq(owner))
        .execute(c))?;
    Ok(())
}

/// The machines whose accounts are at home in the scope, in the order they were made.
pub fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    owner: Option<Id<UserKind>>,
    after: Option<Id<UserKind>>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<(User, ServiceAccount)>> {
    let rows: Vec<(User, ServiceAccount)> = with_conn!(tx, |c| {
        let mut q = machines::table
            .inner_join(users::table)
            .filter(within!(Homes, users::unit_path, scope))
            .select((User::as_select(), ServiceAccount::as_select()))
            .into_boxed::<Db>();
        if let Some(owner) = owner {
            q = q.filter(machines::owner_id.eq(owner));
        }
        if let Some(after) = after {
            q = q.filter(users::id.gt(after));
        }
        q.order(users::id.asc()).limit(size.probe()).load(c)
    })?;
    Ok(Page::cut(rows, size, |(u, _)| Cursor { after: u.id.uuid(), filter: fingerprint, key: None }))
}
