//! What people offers: who a person is, as far as others need to know.

use kernel::id::Person;
use kernel::{Id, Outcome, UnitPath};

/// A person as other domains show them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRef {
    /// The person.
    pub id: Id<Person>,
    /// The name with most of it hidden: 张**.
    pub masked_name: String,
    /// Whether the person's data was erased: the record stays, the name is gone, and nothing new is said of them.
    pub erased: bool,
    /// Where the person's record is kept, if it is kept by a unit.
    pub unit_path: Option<UnitPath>,
}

/// The people on record, within the caller's unit of work `T`.
pub trait PersonDirectory<T>: Send + Sync {
    /// Several persons, in no particular order; unknown ids are left out.
    fn persons(&self, tx: &mut T, ids: &[Id<Person>]) -> Outcome<Vec<PersonRef>>;
}
