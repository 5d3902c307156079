//! Since when what was loaded about a user is stale. Every change of rights has a number, the epoch; what was loaded at an
//! epoch is fresh while no later one has touched the user, or everybody.

use std::collections::HashMap;

use kernel::Id;
use kernel::id::User;
use parking_lot::RwLock;

/// Users remembered one by one; beyond that all are treated as changed.
pub const MAX_USERS: usize = 100_000;

/// The last changes heard of. Shared between threads.
///
/// The rule of use: read [`Epochs::known`] **before** loading, keep it with what was loaded, and ask [`Epochs::is_fresh`] with
/// it. Whoever feeds changes in feeds all up to an epoch before any later one.
#[derive(Debug)]
pub struct Epochs {
    seen: RwLock<Seen>,
    max_users: usize,
}

#[derive(Debug, Default)]
struct Seen {
    /// The highest epoch heard of.
    known: i64,
    /// Everything loaded before this is stale, whoever it is about.
    floor: i64,
    /// The last epoch that touched a user, where it lies above the floor.
    users: HashMap<Id<User>, i64>,
}

impl Default for Epochs {
    fn default() -> Self {
        Self::starting_at(0)
    }
}

impl Epochs {
    /// Knows of changes up to `epoch`; what was loaded before it is stale.
    pub fn starting_at(epoch: i64) -> Self {
        Self::bounded(epoch, MAX_USERS)
    }

    fn bounded(epoch: i64, max_users: usize) -> Self {
        Self { seen: RwLock::new(Seen { known: epoch, floor: epoch, users: HashMap::new() }), max_users }
    }

    /// The highest epoch heard of.
    pub fn known(&self) -> i64 {
        self.seen.read().known
    }

    /// Whether what was loaded about the user at an epoch still holds.
    pub fn is_fresh(&self, user: Id<User>, loaded_at_epoch: i64) -> bool {
        let seen = self.seen.read();
        loaded_at_epoch >= seen.floor
            && seen.users.get(&user).is_none_or(|&changed| loaded_at_epoch >= changed)
    }

    /// Hears of changes: each with its epoch and whom it touched, `None` for everybody. Twice the same does no harm.
    pub fn note_changes(&self, changes: &[(i64, Option<Id<User>>)]) {
        if changes.is_empty() {
            return;
        }
        let mut seen = self.seen.write();
        for &(epoch, user) in changes {
            seen.known = seen.known.max(epoch);
            match user {
                None => seen.raise(epoch),
                Some(user) if epoch > seen.floor => {
                    let last = seen.users.entry(user).or_insert(epoch);
                    *last = epoch.max(*last);
                }
                Some(_) => {}
            }
            if seen.users.len() > self.max_users {
                let highest = seen.known;
                seen.raise(highest);
            }
        }
    }

    /// Treats everything loaded before `epoch` as stale: after changes may have been missed.
    pub fn forget_all(&self, epoch: i64) {
        let mut seen = self.seen.write();
        seen.known = seen.known.max(epoch);
        seen.raise(epoch);
    }
}

impl Seen {
    /// Raises the floor and drops what it makes superfluous.
    fn raise(&mut self, epoch: i64) {
        if epoch > self.floor {
            self.floor = epoch;
            self.users.retain(|_, changed| *changed > epoch);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn user(n: u128) -> Id<User> {
        Id::from_uuid(Uuid::from_u128(n))
    }

    #[test]
    fn a_change_makes_stale_what_was_loaded_about_its_user_before_it() {
        let epochs = Epochs::default();
        assert!(epochs.is_fresh(user(1), 0));
        epochs.note_changes(&[(5, Some(user(1)))]);
        assert_eq!(epochs.known(), 5);
        assert!(!epochs.is_fresh(user(1), 4));
        assert!(epochs.is_fresh(user(1), 5), "loaded at the change or after it");
        assert!(epochs.is_fresh(user(2), 0), "nobody else is touched");
    }

    #[test]
    fn a_change_for_everybody_touches_everybody() {
        let epochs = Epochs::default();
        epochs.note_changes(&[(5, Some(user(1))), (6, None), (7, Some(user(2)))]);
        assert!(!epochs.is_fresh(user(1), 5) && !epochs.is_fresh(user(3), 5));
        assert!(epochs.is_fresh(user(1), 6) && epochs.is_fresh(user(3), 6));
        assert!(!epochs.is_fresh(user(2), 6) && epochs.is_fresh(user(2), 7));
    }

    #[test]
    fn an_old_change_heard_late_takes_nothing_back() {
        let epochs = Epochs::default();
        epochs.note_changes(&[(9, Some(user(1))), (4, Some(user(1))), (3, None)]);
        assert_eq!(epochs.known(), 9);
        assert!(!epochs.is_fresh(user(1), 8));
    }

    #[test]
    fn after_missed_changes_all_is_loaded_again() {
        let epochs = Epochs::starting_at(10);
        assert!(!epochs.is_fresh(user(1), 9) && epochs.is_fresh(user(1), 10));
        epochs.forget_all(20);
        assert_eq!(epochs.known(), 20);
        assert!(!epochs.is_fresh(user(1), 19) && epochs.is_fresh(user(1), 20));
    }

    #[test]
    fn memory_is_bounded_by_raising_the_floor() {
        let epochs = Epochs::bounded(0, 100);
        for n in 1..=101 {
            epochs.note_changes(&[(n, Some(user(u128::try_from(n).unwrap())))]);
        }
        assert_eq!(epochs.seen.read().users.len(), 0);
        assert!(!epochs.is_fresh(user(7), 100), "who changed early is stale");
        assert!(!epochs.is_fresh(user(5_000), 100), "and so is everybody, to be safe");
        assert!(epochs.is_fresh(user(7), 101));
    }

    proptest! {
        /// Against the plain meaning: fresh exactly if no later change touched the user. With a small bound it may call stale
        /// what is fresh, never the other way round.
        #[test]
        fn nothing_stale_is_ever_called_fresh(
            changes in proptest::collection::vec((1_i64..50, proptest::option::of(0_u128..6)), 0..40),
            asked in 0_u128..6, loaded in 0_i64..50, small in any::<bool>(),
        ) {
            let epochs = Epochs::bounded(0, if small { 2 } else { 1_000 });
            let changes: Vec<_> = changes.into_iter().map(|(epoch, who)| (epoch, who.map(user))).collect();
            epochs.note_changes(&changes);
            let stale = changes.iter().any(|(epoch, who)| *epoch > loaded && who.is_none_or(|w| w == user(asked)));
            let fresh = epochs.is_fresh(user(asked), loaded);
            prop_assert!(!(fresh && stale));
            prop_assert!(small || fresh != stale);
        }
    }
}
