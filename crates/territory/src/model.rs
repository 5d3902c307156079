//! Units, their levels and their codes; homes and who lives in them: pure.

mod homes;
mod period;
mod stays;

pub use homes::{ChangeKind, Dwelling, DwellingKind, Household, HouseholdChange, RegisterKind};
pub use period::{Period, is_day};
pub use stays::{Relation, Rental, Residence, ResidentType, Voided};

use kernel::id::{self, DivisionImport, UnitVersion, User};
use kernel::{Id, Instant, UnitPath};

/// The kind of a unit. Those with a level are ordered: each lies below the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// 国家
    Country,
    /// 省级
    Province,
    /// 地级
    City,
    /// 县级
    District,
    /// 乡级
    Town,
    /// 社区、村
    Community,
    /// 小组、小区
    Group,
    /// 湾组、楼栋
    Cluster,
    /// 联户
    Link,
    /// 户
    Household,
    /// A unit that fits no level: a department, a development zone, a park.
    Custom,
}

impl Level {
    /// All of them, in order.
    pub const ALL: [Self; 11] = [
        Self::Country,
        Self::Province,
        Self::City,
        Self::District,
        Self::Town,
        Self::Community,
        Self::Group,
        Self::Cluster,
        Self::Link,
        Self::Household,
        Self::Custom,
    ];

    /// Their names in the API and their labels in English and Chinese, in the same order.
    pub const WORDS: [(&'static str, &'static str, &'static str); 11] = [
        ("country", "Country", "国家"),
        ("province", "Province", "省级"),
        ("city", "City", "地级"),
        ("district", "District or county", "县级"),
        ("town", "Town or street", "街道/镇"),
        ("community", "Community or village", "社区/村"),
        ("group", "Group or estate", "小组/小区"),
        ("cluster", "Cluster or building", "湾组/楼栋"),
        ("link", "Linked households", "联户"),
        ("household", "Household", "户"),
        ("custom", "Other", "其他"),
    ];

    /// Reads the name in the API.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().zip(Self::WORDS).find(|(_, (n, ..))| *n == name).map(|(level, _)| level)
    }

    /// The name in the API.
    pub fn name(self) -> &'static str {
        Self::ALL
            .into_iter()
            .zip(Self::WORDS)
            .find(|(level, _)| *level == self)
            .map_or("custom", |(_, (n, ..))| n)
    }

    /// Whether it takes part in the order.
    pub fn has_rank(self) -> bool {
        self != Self::Custom
    }
}

/// Whether a text has the shape of a division code: 2, 4, 6 (GB/T 2260), 9 (GB/T 10114) or 12 digits.
pub fn is_division_code(text: &str) -> bool {
    matches!(text.len(), 2 | 4 | 6 | 9 | 12) && text.bytes().all(|b| b.is_ascii_digit())
}

/// A unit as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Its id.
    pub id: Id<id::Unit>,
    /// The unit above; `None`: the root.
    pub parent_id: Option<Id<id::Unit>>,
    /// Where it stands.
    pub path: UnitPath,
    /// Its name.
    pub name: String,
    /// Its kind: one of [`Level::WORDS`].
    pub kind: String,
    /// Its division code.
    pub code: Option<String>,
    /// Since when it has been as it is: the start of the present stretch of its history.
    pub since: Instant,
    /// When it was dissolved.
    pub closed_at: Option<Instant>,
    /// Grows with each change.
    pub version: i64,
    /// When it came to be here.
    pub created_at: Instant,
    /// The load that brought it.
    pub import_id: Option<Id<DivisionImport>>,
}

impl Unit {
    /// The kind's level.
    pub fn level(&self) -> Level {
        Level::parse(&self.kind).unwrap_or(Level::Custom)
    }
}

/// A past stretch of a unit's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// Its id; ids grow with time.
    pub id: Id<UnitVersion>,
    /// Whose.
    pub unit_id: Id<id::Unit>,
    /// The version it was.
    pub version: i64,
    /// The unit above then.
    pub parent_id: Option<Id<id::Unit>>,
    /// The name then.
    pub name: String,
    /// The kind then.
    pub kind: String,
    /// The code then.
    pub code: Option<String>,
    /// From when it held.
    pub valid_from: Instant,
    /// Until when (exclusive).
    pub valid_until: Instant,
    /// Who ended it.
    pub changed_by: Id<User>,
}

/// A unit as it was at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Then {
    /// The unit.
    pub id: Id<id::Unit>,
    /// The unit above then.
    pub parent_id: Option<Id<id::Unit>>,
    /// The name then.
    pub name: String,
    /// The kind then.
    pub kind: String,
    /// The code then.
    pub code: Option<String>,
    /// Whether it had been dissolved by then.
    pub closed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_listed_once_each_in_their_order() {
        assert!(Level::ALL.windows(2).all(|w| w[0] < w[1]));
        assert!(Level::ALL.iter().all(|level| Level::parse(level.name()) == Some(*level)));
        assert_eq!((Level::Country.name(), Level::Custom.name()), ("country", "custom"));
    }

    #[test]
    fn a_division_code_has_two_four_six_nine_or_twelve_digits() {
        for good in ["44", "4419", "441900", "441900106", "441900106001"] {
            assert!(is_division_code(good), "{good}");
        }
        for bad in ["", "4", "441", "44190", "4419001", "44190O", "４４", "4419001060011", "44 "] {
            assert!(!is_division_code(bad), "{bad}");
        }
    }
}
