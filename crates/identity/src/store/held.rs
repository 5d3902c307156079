//! What hangs on a person here: the grants that hold or will.

use diesel::prelude::*;
use kernel::id::{Grant as GrantKind, Holding, User as UserKind};
use kernel::{Id, Instant, Outcome, Scope};
use storage::{Tx, with_conn};

use super::schema::identity_grants as grants;
use super::within;
use crate::model::Grant;

/// How many grants of somebody are not over, in a scope or anywhere.
pub fn count(tx: &mut Tx<'_>, user: Id<UserKind>, scope: Option<&Scope>, now: Instant) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| {
        let mut q = grants::table
            .filter(grants::user_id.eq(user))
            .filter(grants::revoked_at.is_null())
            .filter(grants::valid_until.is_null().or(grants::valid_until.assume_not_null().gt(now)))
            .into_boxed::<Db>();
        if let Some(scope) = scope {
            q = q.filter(within!(grants::table, grants::unit_path, scope));
        }
        q.count().get_result(c)
    })?)
}

/// Those in a scope, the oldest first.
pub fn list(
    tx: &mut Tx<'_>,
    user: Id<UserKind>,
    scope: &Scope,
    now: Instant,
    after: Option<Id<Holding>>,
    limit: i64,
) -> Outcome<Vec<Grant>> {
    Ok(with_conn!(tx, |c| {
        let mut q = grants::table
            .filter(grants::user_id.eq(user))
            .filter(grants::revoked_at.is_null())
            .filter(grants::valid_until.is_null().or(grants::valid_until.assume_not_null().gt(now)))
            .select(Grant::as_select())
            .into_boxed::<Db>();
        q = q.filter(within!(grants::table, grants::unit_path, scope));
        if let Some(after) = after {
            q = q.filter(grants::id.gt(Id::<GrantKind>::from_uuid(after.uuid())));
        }
        q.order(grants::id.asc()).limit(limit).load(c)
    })?)
}
