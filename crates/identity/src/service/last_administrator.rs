//! Somebody must always be able to repair the rights of a whole tree.

use kernel::permission::Permit;
use kernel::{Instant, Outcome};
use storage::Tx;

use crate::error::LAST_ADMINISTRATOR;
use crate::permission::ManageGrants;
use crate::store::grants;

/// A grant that runs out sooner does not count: it would leave nobody one day.
const FAR_DAYS: i64 = 365;

/// Refuses if, after what this transaction has written, nobody enabled and able to sign in holds `identity.grant.manage` over a
/// whole tree for at least a year. Call it behind the lock.
pub fn refuse_if_gone(tx: &mut Tx<'_>, now: Instant) -> Outcome<()> {
    if is_there(tx, now)? { Ok(()) } else { Err(LAST_ADMINISTRATOR.fault()) }
}

/// Whether there is one.
pub fn is_there(tx: &mut Tx<'_>, now: Instant) -> Outcome<bool> {
    grants::anybody_over_a_root(tx, ManageGrants::PERMISSION.name, now, now.plus_days(FAR_DAYS))
}
