//! A list and what it says from which moment on.

use std::collections::BTreeSet;

use kernel::id::{Category, DutyList, DutyListVersion, Unit, User};
use kernel::{Id, Instant};

/// The most items of one version.
pub const MAX_ITEMS: usize = 500;

/// What the units of one kind, in one unit's subtree and itself, may be asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// Its id.
    pub id: Id<DutyList>,
    /// The unit whose it is.
    pub unit: Id<Unit>,
    /// The kind of the units it binds: `town`, `community` …
    pub level: String,
    /// What it is called.
    pub name: String,
    /// The number of the version that was drafted last.
    pub last_number: i64,
    /// Counts its changes.
    pub version: i64,
    /// Since when it is on record.
    pub created_at: Instant,
    /// Who made it.
    pub created_by: Id<User>,
    /// When it was last changed.
    pub updated_at: Instant,
}

kernel::words! {
    /// Whether a version can still be changed.
    VersionState {
        /// Being written.
        Draft = "draft",
        /// Put in force from a moment on, and never changed again.
        Set = "set",
    }
}

kernel::words! {
    /// How a version stands at a moment: computed, never stored.
    Standing {
        /// Being written.
        Draft = "draft", "Draft", "草稿";
        /// Put in force from a moment that has not come.
        Coming = "coming", "Coming", "待生效";
        /// It holds.
        InForce = "in_force", "In force", "生效中";
        /// It held once; a later one took its place.
        Replaced = "replaced", "Replaced", "已替代";
    }
}

/// One version of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its id.
    pub id: Id<DutyListVersion>,
    /// Of which list.
    pub list: Id<DutyList>,
    /// Its number in the list, from 1.
    pub number: i64,
    /// Whether it can still be changed.
    pub state: VersionState,
    /// What it is about, in a few words.
    pub note: String,
    /// Whether it ends the list: from then on the one above holds, or none.
    pub is_end: bool,
    /// From when it holds, once it was put in force.
    pub from: Option<Instant>,
    /// How many items it has.
    pub items: i64,
    /// Everybody who wrote at it: none of them puts it in force.
    pub hands: Vec<Id<User>>,
    /// Who drafted it.
    pub drafted_by: Id<User>,
    /// When.
    pub drafted_at: Instant,
    /// Who put it in force.
    pub set_by: Option<Id<User>>,
    /// When they did.
    pub set_at: Option<Instant>,
    /// Counts its changes.
    pub version: i64,
}

impl Version {
    /// How it stands, by the version of its list that holds.
    pub fn standing(&self, now: Instant, held: Option<Id<DutyListVersion>>) -> Standing {
        match self.from {
            None => Standing::Draft,
            Some(from) if from > now => Standing::Coming,
            Some(_) if held == Some(self.id) => Standing::InForce,
            Some(_) => Standing::Replaced,
        }
    }
}

/// The version that holds at a moment: of those whose time has come the last.
pub fn held(versions: &[Version], at: Instant) -> Option<&Version> {
    versions.iter().filter(|v| v.from.is_some_and(|from| from <= at)).max_by_key(|v| v.from)
}

/// One thing that may be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The category: it and all below it.
    pub category: Id<Category>,
    /// What is said of it.
    pub note: String,
    /// The document that hands the function down.
    pub basis: String,
}

/// What differs between two versions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    /// On the second and not on the first.
    pub added: Vec<Id<Category>>,
    /// On the first and not on the second.
    pub removed: Vec<Id<Category>>,
    /// On both.
    pub kept: usize,
}

/// What differs between two versions, in the order of the categories.
pub fn compare(first: &[Item], second: &[Item]) -> Comparison {
    let of = |items: &[Item]| items.iter().map(|i| i.category).collect::<BTreeSet<_>>();
    let (first, second) = (of(first), of(second));
    Comparison {
        added: second.difference(&first).copied().collect(),
        removed: first.difference(&second).copied().collect(),
        kept: first.intersection(&second).count(),
    }
}

/// Whether this can be a kind of units: a word of small letters.
pub fn is_level(word: &str) -> bool {
    let sound = |b: u8| b.is_ascii_lowercase() || b == b'_';
    (1..=40).contains(&word.len()) && word.bytes().all(sound) && !word.starts_with('_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(n: u128) -> Item {
        let category = Id::from_uuid(uuid::Uuid::from_u128(n));
        Item { category, note: String::new(), basis: String::new() }
    }

    #[test]
    fn a_comparison_names_what_came_and_what_went() {
        let all: Vec<Item> = (0..10).map(item).collect();
        let found = compare(&all[..6], &all[4..]);
        assert_eq!((found.kept, found.added.len(), found.removed.len()), (2, 4, 4));
        assert_eq!(found.added[0], all[6].category);
        assert_eq!(found.removed[3], all[3].category);
        assert_eq!(compare(&all, &all), Comparison { kept: 10, ..Comparison::default() });
    }

    #[test]
    fn a_level_is_a_word_of_small_letters() {
        for (word, taken) in
            [("town", true), ("grid_x", true), ("", false), ("Town", false), ("_a", false), ("镇", false)]
        {
            assert_eq!(is_level(word), taken, "{word}");
        }
        assert!(!is_level(&"a".repeat(41)));
    }
}
