//! What identity offers: who somebody is.

use kernel::id::User;
use kernel::{Id, Instant, Outcome, UnitPath};

/// A user as other domains show them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRef {
    /// The account.
    pub id: Id<User>,
    /// The name shown.
    pub display_name: String,
    /// Whether the account can act.
    pub enabled: bool,
}

/// The accounts, within the caller's unit of work `T`.
pub trait UserDirectory<T>: Send + Sync {
    /// Several users, in no particular order; unknown ids are left out.
    fn users(&self, tx: &mut T, ids: &[Id<User>]) -> Outcome<Vec<UserRef>>;
    /// Whether a user, enabled, holds the permission at the unit at `path` at `now`: before work is given to them.
    fn holds(
        &self,
        tx: &mut T,
        user: Id<User>,
        permission: &str,
        path: &UnitPath,
        now: Instant,
    ) -> Outcome<bool>;
}
