//! Who approved a grant that needed a second person.

use diesel::prelude::*;
use kernel::id::{Grant as GrantKind, User as UserKind};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::identity_grant_approvals as approvals;

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
