//! What duty lists say of a category in a place: whether those there may be asked to do it (职责清单/准入清单).

use kernel::id::{Category, Unit};
use kernel::{Id, Instant, Outcome};

/// What the list that holds in a place says of a category.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DutyScope {
    /// No list holds there: nothing is out of scope.
    NoList,
    /// It is on the list.
    Listed,
    /// It is not on the list, but was admitted for a time.
    Admitted,
    /// It is on no list that holds there: out of scope.
    OutOfScope,
}

/// Duty lists, within the caller's unit of work `T`.
pub trait DutyLists<T>: Send + Sync {
    /// What the list that holds at a unit says of a category, at an instant.
    fn scope(&self, tx: &mut T, unit: Id<Unit>, category: Id<Category>, at: Instant) -> Outcome<DutyScope>;
}
