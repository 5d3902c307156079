//! What people offers of those who are looked after first: how many reasons there are, never which.

use kernel::id::Person;
use kernel::{Id, Instant, Outcome};

/// Who is looked after first, within the caller's unit of work `T`. No kind is named: that somebody is poor, ill or alone is for those to
/// read who may see the person.
pub trait Care<T>: Send + Sync {
    /// How many flags of priority care hold at `now` of each of these persons; who has none is left out.
    fn live_flags(&self, tx: &mut T, people: &[Id<Person>], now: Instant) -> Outcome<Vec<(Id<Person>, i64)>>;
}
