//! Who was given something in a subtree: for whoever must tell a unit something.

use diesel::prelude::*;
use kernel::id::{Role as RoleKind, User as UserKind};
use kernel::{Id, Instant, Outcome, UnitPath};
use storage::{Tx, with_conn};

use super::schema::{identity_grants as grants, identity_users as users};
use crate::model::ENABLED;

/// The enabled people who hold one of some roles by a grant at a unit or below it now, in the order of their ids.
pub fn in_subtree(
    tx: &mut Tx<'_>,
    at: &UnitPath,
    of: &[Id<RoleKind>],
    now: Instant,
    limit: i64,
) -> Outcome<Vec<Id<UserKind>>> {
    let (low, high) = at.range();
    Ok(with_conn!(tx, |c| {
        let enabled = users::table.filter(users::status.eq(ENABLED)).select(users::id);
        grants::table
            .filter(grants::unit_path.ge(low))
            .filter(grants::unit_path.lt(high))
            .filter(grants::role_id.eq_any(of))
            .filter(grants::revoked_at.is_null())
            .filter(grants::awaits_approval.eq(false))
            .filter(grants::valid_from.le(now))
            .filter(grants::valid_until.is_null().or(grants::valid_until.assume_not_null().gt(now)))
            .filter(grants::user_id.eq_any(enabled))
            .select(grants::user_id)
            .distinct()
            .order(grants::user_id.asc())
            .limit(limit)
            .load(c)
    })?)
}
