//! Dwellings and households.

use chrono::NaiveDate;
use kernel::id::{self, Person, User};
use kernel::{Id, Instant, UnitPath};

use super::Period;

kernel::words! {
    /// What kind of place a dwelling is.
    DwellingKind {
        /// 平房、自建房.
        House = "house",
        /// 住宅套房.
        Flat = "flat",
        /// 集体宿舍.
        Dormitory = "dormitory",
        /// 商铺.
        Shop = "shop",
        /// 其他.
        Other = "other",
    }
}

kernel::words! {
    /// How a household stands in the register.
    RegisterKind {
        /// 家庭户.
        Family = "family",
        /// 集体户.
        Collective = "collective",
        /// Not in the register: people who live as one without it.
        Unregistered = "unregistered",
    }
}

kernel::words! {
    /// What happened to a household.
    ChangeKind {
        /// It was recorded.
        Opened = "opened",
        /// Its head or its kind was changed.
        Changed = "changed",
        /// It moved to another dwelling.
        Moved = "moved",
        /// Some left it and are a household of their own.
        Split = "split",
        /// It came of another that split.
        SplitFrom = "split_from",
        /// Another was merged into it.
        Merged = "merged",
        /// It was merged into another.
        MergedInto = "merged_into",
        /// It was closed.
        Closed = "closed",
    }
}

/// A place people live or trade in.
#[derive(Debug, Clone, PartialEq)]
pub struct Dwelling {
    /// Its id.
    pub id: Id<id::Dwelling>,
    /// The unit it stands in, for good.
    pub unit: Id<id::Unit>,
    /// Where that unit stands.
    pub path: UnitPath,
    /// The address of the building: never the name of who lives there.
    pub address: String,
    /// What kind of place it is.
    pub kind: DwellingKind,
    /// Latitude and longitude.
    pub point: Option<(f64, f64)>,
    /// Square metres.
    pub floor_area: Option<f64>,
    /// From when it was used until when.
    pub life: Period,
    /// Grows with each change.
    pub version: i64,
    /// When it was recorded.
    pub created_at: Instant,
}

/// People who live as one (户).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Household {
    /// Its id.
    pub id: Id<id::Household>,
    /// The unit it belongs to.
    pub unit: Id<id::Unit>,
    /// Where that unit stands.
    pub path: UnitPath,
    /// Where it lives, if that is on record.
    pub dwelling: Option<Id<id::Dwelling>>,
    /// Its head (户主).
    pub head: Option<Id<Person>>,
    /// How it stands in the register.
    pub register_kind: RegisterKind,
    /// From when it was one until when.
    pub life: Period,
    /// Grows with each change.
    pub version: i64,
    /// When it was recorded.
    pub created_at: Instant,
}

/// One entry of a household's history, with what held after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HouseholdChange {
    /// Its id; ids grow with time.
    pub id: Id<id::HouseholdChange>,
    /// Whose.
    pub household: Id<id::Household>,
    /// What happened.
    pub kind: ChangeKind,
    /// The other household, where there was one.
    pub other: Option<Id<id::Household>>,
    /// Where it lived after.
    pub dwelling: Option<Id<id::Dwelling>>,
    /// Its head after.
    pub head: Option<Id<Person>>,
    /// How it stood in the register after.
    pub register_kind: RegisterKind,
    /// The day it happened.
    pub on: NaiveDate,
    /// When it was recorded.
    pub at: Instant,
    /// By whom.
    pub by: Id<User>,
}
