//! Somebody must always be able to repair the rights of a whole tree.

use std::collections::BTreeSet;

use kernel::id::User;
use kernel::permission::Permit;
use kernel::{Id, Instant, Outcome};
use storage::Tx;

use crate::error::LAST_ADMINISTRATOR;
use crate::permission::ManageGrants;
use crate::store::grants;

/// Refuses if, after what this transaction has written, a root of the tree is left without an administrator: somebody enabled and
/// able to sign in who may give all there, now and without an end: one that runs out would leave nobody one day. A root that never
/// had one is not counted, so that a new one stops nothing. Call it behind the lock.
pub fn refuse_if_gone(tx: &mut Tx<'_>, now: Instant) -> Outcome<()> {
    let all = grants::administrators(tx, ManageGrants::PERMISSION.name, now)?;
    let left = all.values().any(BTreeSet::is_empty);
    if !left && is_there(tx, now)? { Ok(()) } else { Err(LAST_ADMINISTRATOR.fault()) }
}

/// Those without whom a root would be left without an administrator: nobody shuts them out.
pub fn sole(tx: &mut Tx<'_>, now: Instant) -> Outcome<BTreeSet<Id<User>>> {
    let all = grants::administrators(tx, ManageGrants::PERMISSION.name, now)?;
    Ok(all.into_values().filter(|there| there.len() == 1).flatten().collect())
}

/// Whether there is an administrator of any root.
pub fn is_there(tx: &mut Tx<'_>, now: Instant) -> Outcome<bool> {
    grants::any_administrator(tx, ManageGrants::PERMISSION.name, now)
}
