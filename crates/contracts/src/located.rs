//! Where a thing lies, for whoever asks what decides who may do what to it. Each domain tells of its own.

use kernel::id::Unit;
use kernel::{Context, Id, Outcome, Permission};
use uuid::Uuid;

/// The things of a domain, within the caller's unit of work `T`.
pub trait Located<T>: Send + Sync {
    /// The unit by whose place it is decided whether somebody may do this to the thing; `None` where it is no thing of this domain, or
    /// none that the asker may know of: the two are never told apart.
    fn deciding_unit(
        &self,
        tx: &mut T,
        ctx: &Context,
        object: Uuid,
        permission: &Permission,
    ) -> Outcome<Option<Id<Unit>>>;
}
