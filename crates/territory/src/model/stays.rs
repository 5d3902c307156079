//! Who lives where, and what is let to whom.

use kernel::id::{self, Person};
use kernel::{Id, Instant, UnitPath};

use super::Period;

kernel::words! {
    /// How a resident stands in the register of the place.
    ResidentType {
        /// 户籍.
        Registered = "registered",
        /// 非户籍.
        NonRegistered = "non_registered",
        /// 流动.
        Floating = "floating",
    }
}

kernel::words! {
    /// What somebody is to the head of their household (与户主关系).
    Relation {
        /// 配偶.
        Spouse = "spouse",
        /// 子女.
        Child = "child",
        /// 父母.
        Parent = "parent",
        /// 兄弟姐妹.
        Sibling = "sibling",
        /// 孙子女.
        Grandchild = "grandchild",
        /// 祖父母.
        Grandparent = "grandparent",
        /// 其他亲属.
        OtherRelative = "other_relative",
        /// 非亲属.
        NonRelative = "non_relative",
    }
}

/// That a record was wrong from the start: it counts for no day, and stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voided {
    /// When that was said.
    pub at: Instant,
    /// Why, in words.
    pub reason: String,
}

/// That a person lives somewhere for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Residence {
    /// Its id.
    pub id: Id<id::Residence>,
    /// Who.
    pub person: Id<Person>,
    /// In which dwelling; at least this or the household is known.
    pub dwelling: Option<Id<id::Dwelling>>,
    /// In which household.
    pub household: Option<Id<id::Household>>,
    /// The unit of the dwelling, or else of the household.
    pub unit: Id<id::Unit>,
    /// Where that unit stands.
    pub path: UnitPath,
    /// How the person stands in the register there.
    pub resident_type: ResidentType,
    /// What the person is to the household's head.
    pub relation: Option<Relation>,
    /// Whether the person is counted here: of those nobody has two on one day.
    pub is_main: bool,
    /// From when until when.
    pub stay: Period,
    /// The record that this one corrects.
    pub corrects: Option<Id<id::Residence>>,
    /// Set if it was wrong from the start.
    pub voided: Option<Voided>,
    /// Grows with each change.
    pub version: i64,
    /// When it was recorded.
    pub created_at: Instant,
}

impl Residence {
    /// Whether the two are of the same place.
    pub fn is_beside(&self, other: &Self) -> bool {
        match (self.dwelling, other.dwelling) {
            (Some(ours), Some(theirs)) => ours == theirs,
            (None, None) => self.household == other.household,
            _ => false,
        }
    }
}

/// A dwelling let to tenants for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rental {
    /// Its id.
    pub id: Id<id::Rental>,
    /// What is let.
    pub dwelling: Id<id::Dwelling>,
    /// The dwelling's unit.
    pub unit: Id<id::Unit>,
    /// Where that unit stands.
    pub path: UnitPath,
    /// Who lets it.
    pub landlord: Id<Person>,
    /// To whom, in the order of their ids.
    pub tenants: Vec<Id<Person>>,
    /// Whether only a part is let, so that other parts can be let at the same time.
    pub is_shared: bool,
    /// From when until when.
    pub lease: Period,
    /// When it was filed.
    pub filed_at: Instant,
    /// Set if it was wrong from the start.
    pub voided: Option<Voided>,
    /// Grows with each change.
    pub version: i64,
}

impl Rental {
    /// Whether the two cannot be true at once: the same dwelling at the same time, and one of them takes all of it.
    pub fn clashes(&self, other: &Self) -> bool {
        self.dwelling == other.dwelling
            && self.lease.meets(other.lease)
            && !(self.is_shared && other.is_shared)
    }
}
