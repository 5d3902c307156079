//! What people offers to whoever keeps words about a person: they are sealed under the person's own key, so that erasing the person
//! erases them, wherever they lie.

use kernel::id::Person;
use kernel::{Id, Outcome};
use uuid::Uuid;

/// Sealing and opening, within the caller's unit of work `T`. Asks nobody: the caller knows who may read.
pub trait Sealing<T>: Send + Sync {
    /// Seals words about a person so that they open for this row only. `None` where the person was erased or is not on record.
    fn seal(&self, tx: &mut T, person: Id<Person>, row: Uuid, plain: &[u8]) -> Outcome<Option<Vec<u8>>>;
    /// Opens what was sealed for a row. `None` where the person was erased.
    fn open(&self, tx: &mut T, person: Id<Person>, row: Uuid, sealed: &[u8]) -> Outcome<Option<Vec<u8>>>;
}
