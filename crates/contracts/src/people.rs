//! What people offers: that somebody exists and where they belong. Never whole data.

use kernel::id::{Person, Unit, User};
use kernel::{Id, Outcome, UnitPath};

/// A person as other domains show them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRef {
    /// The person.
    pub id: Id<Person>,
    /// The name, masked: `张**`. `**` where the person was erased.
    pub masked_name: String,
    /// Whether the person's data was erased: nothing new refers to them.
    pub erased: bool,
    /// The unit they belong to.
    pub unit: Id<Unit>,
    /// Where that unit stands today.
    pub path: UnitPath,
}

/// The persons, within the caller's unit of work `T`. Who may see them is for the caller to ask, of `path`.
pub trait PersonDirectory<T>: Send + Sync {
    /// Several persons, in no particular order; unknown ids are left out, erased persons are there.
    fn persons(&self, tx: &mut T, ids: &[Id<Person>]) -> Outcome<Vec<PersonRef>>;
    /// The person an account is tied to now.
    fn person_of(&self, tx: &mut T, user: Id<User>) -> Outcome<Option<Id<Person>>>;
}
