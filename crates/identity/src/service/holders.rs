//! The people of a unit by what they may, for other domains.

use contracts::RightHolders;
use kernel::id::User;
use kernel::{Id, Instant, Outcome, UnitPath};
use storage::Tx;

use crate::store::{holders, roles};

/// The people of units.
#[derive(Debug, Clone, Copy, Default)]
pub struct Holders;

impl<'c> RightHolders<Tx<'c>> for Holders {
    fn holders_in(
        &self,
        tx: &mut Tx<'c>,
        permission: &str,
        path: &UnitPath,
        now: Instant,
        limit: i64,
    ) -> Outcome<Vec<Id<User>>> {
        let of = roles::carrying(tx, permission)?;
        holders::in_subtree(tx, path, &of, now, limit)
    }
}
