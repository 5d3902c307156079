//! Who approved a grant that needed a second person.

use diesel::prelude::*;
use diesel::sql_types::Bool;
use kernel::id::{Grant as GrantKind, User as UserKind};
use kernel::{Id, Instant, Outcome, Scope};
use storage::{Tx, with_conn};

use super::schema::{identity_grant_approvals as approvals, identity_grants as grants};
use super::within;
use crate::model::Grant;

/// An approval.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = approvals)]
pub struct Approval {
    /// The grant.
    pub grant_id: Id<GrantKind>,
    /// By whom.
    pub approved_by: Id<UserKind>,
    /// When.
    pub approved_at: Instant,
    /// Why.
    pub reason: String,
}

/// Keeps an approval.
pub fn insert(tx: &mut Tx<'_>, approval: &Approval) -> Outcome<()> {
    with_conn!(tx, |c| diesel::insert_into(approvals::table).values(approval).execute(c))?;
    Ok(())
}

/// The grants that wait for a second person, in a scope or asked for by somebody, the oldest first. They are few wherever they are.
pub fn awaiting(
    tx: &mut Tx<'_>,
    scope: Option<&Scope>,
    asked_by: Option<Id<UserKind>>,
    now: Instant,
) -> Outcome<Vec<Grant>> {
    Ok(with_conn!(tx, |c| {
        let mut q = grants::table
            // By these very words the index of what waits is found.
            .filter(diesel::dsl::sql::<Bool>("identity_grants.awaits_approval"))
            .filter(grants::revoked_at.is_null())
            .filter(grants::valid_until.is_null().or(grants::valid_until.assume_not_null().gt(now)))
            .select(Grant::as_select())
            .into_boxed::<Db>();
        if let Some(scope) = scope {
            q = q.filter(within!(grants::table, grants::unit_path, scope));
        }
        if let Some(asked_by) = asked_by {
            q = q.filter(grants::granted_by.eq(asked_by));
        }
        q.order(grants::id.asc()).load(c)
    })?)
}

/// The approvals of some grants.
pub fn of(tx: &mut Tx<'_>, grants: &[Id<GrantKind>]) -> Outcome<Vec<Approval>> {
    if grants.is_empty() {
        return Ok(Vec::new());
    }
    Ok(with_conn!(tx, |c| approvals::table
        .filter(approvals::grant_id.eq_any(grants))
        .select(Approval::as_select())
        .load(c))?)
}
