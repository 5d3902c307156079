//! What identity offers to whoever must tell a unit something: who its people are.

use kernel::id::User;
use kernel::{Id, Instant, Outcome, UnitPath};

/// The people of units by what they may, within the caller's unit of work `T`.
pub trait RightHolders<T>: Send + Sync {
    /// Enabled accounts that were given the permission at the unit at `path` or below it and hold it at `now`, in the order of their ids,
    /// at most `limit`. Whoever holds it from further above is not of the unit: a platform's administrator is not told of each
    /// department's work.
    fn holders_in(
        &self,
        tx: &mut T,
        permission: &str,
        path: &UnitPath,
        now: Instant,
        limit: i64,
    ) -> Outcome<Vec<Id<User>>>;
}
