//! Categories of incidents and the rules that hang on them: what is said where, and what holds in the end.

use contracts::{Span, SpanUnit};
use kernel::id::{Category as CategoryId, Unit};
use kernel::{Id, Instant};

/// The most levels of the tree.
pub const MAX_DEPTH: i32 = 6;

kernel::words! {
    /// Whether something happened, or a thing is not in order.
    CategoryKind {
        /// 事件.
        Event = "event", "Event", "事件";
        /// 部件.
        Component = "component", "Component", "部件";
    }
}

kernel::words! {
    /// How urgent an incident is.
    Priority {
        /// 低.
        Low = "low", "Low", "低";
        /// 普通.
        Normal = "normal", "Normal", "普通";
        /// 高.
        High = "high", "High", "高";
        /// 紧急.
        Urgent = "urgent", "Urgent", "紧急";
    }
}

kernel::words! {
    /// What a report must bring.
    Requirement {
        /// A point on the map.
        Point = "point", "Point on the map", "位置坐标";
        /// A place in words.
        Address = "address", "Address", "地址";
        /// More than a title.
        Description = "description", "Description", "描述";
    }
}

/// How long something may take, as a rule says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// How many.
    pub count: i32,
    /// Of what.
    pub unit: SpanUnit,
}

impl Term {
    /// As a clock counts it; `None` where the count is out of bounds.
    pub fn span(self) -> Option<Span> {
        Span::new(i64::from(self.count), self.unit)
    }
}

/// A kind of incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Its id.
    pub id: Id<CategoryId>,
    /// The category it stands below.
    pub parent: Option<Id<CategoryId>>,
    /// The unit it belongs to, for good: it is seen and used there and below.
    pub unit: Id<Unit>,
    /// Its kind, for good.
    pub kind: CategoryKind,
    /// Its name.
    pub name: String,
    /// Its ten digits.
    pub code: Option<String>,
    /// Whether it is an addition of its unit, and not of the standard.
    pub local: bool,
    /// Its level, from 1.
    pub depth: i32,
    /// Since when it is history.
    pub retired_at: Option<Instant>,
    /// Counts its changes.
    pub version: i64,
    /// Since when it exists.
    pub created_at: Instant,
}

/// What a rule says; what is `None` is said elsewhere, or nowhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Says {
    /// The unit that takes care of it.
    pub department: Option<Id<Unit>>,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// What a report must bring; an empty list: nothing.
    pub requires: Option<Vec<Requirement>>,
    /// Until when it is to be accepted.
    pub accept_within: Option<Term>,
    /// Until when it is to be resolved.
    pub resolve_within: Option<Term>,
}

/// What is said of a category in a unit and below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Of which category.
    pub category: Id<CategoryId>,
    /// Where.
    pub unit: Id<Unit>,
    /// What.
    pub says: Says,
    /// Counts its changes.
    pub version: i64,
}

/// Something with the name it goes by.
pub type Called<T> = (Id<T>, String);

/// A value that holds, and which rule says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    /// The value.
    pub value: T,
    /// The category of the rule.
    pub category: Called<CategoryId>,
    /// The unit of the rule.
    pub unit: Called<Unit>,
}

/// What holds of a category in a unit, field by field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolved {
    /// The unit that takes care of it.
    pub department: Option<Found<Id<Unit>>>,
    /// How urgent it is.
    pub priority: Option<Found<Priority>>,
    /// What a report must bring.
    pub requires: Option<Found<Vec<Requirement>>>,
    /// Until when it is to be accepted.
    pub accept_within: Option<Found<Term>>,
    /// Until when it is to be resolved.
    pub resolve_within: Option<Found<Term>>,
}

/// What holds: for each field the nearest category that says it, and within it the nearest unit. `categories` and `units` are
/// given with the nearest first.
pub fn resolve(categories: &[Called<CategoryId>], units: &[Called<Unit>], rules: &[Rule]) -> Resolved {
    let mut near: Vec<(usize, usize, &Rule)> = rules
        .iter()
        .filter_map(|rule| {
            let category = categories.iter().position(|(id, _)| *id == rule.category)?;
            Some((category, units.iter().position(|(id, _)| *id == rule.unit)?, rule))
        })
        .collect();
    near.sort_unstable_by_key(|(category, unit, _)| (*category, *unit));
    let ranked = Ranked { categories, units, near };
    Resolved {
        department: ranked.first(|says| says.department),
        priority: ranked.first(|says| says.priority),
        requires: ranked.first(|says| says.requires.clone()),
        accept_within: ranked.first(|says| says.accept_within),
        resolve_within: ranked.first(|says| says.resolve_within),
    }
}

struct Ranked<'a> {
    categories: &'a [Called<CategoryId>],
    units: &'a [Called<Unit>],
    near: Vec<(usize, usize, &'a Rule)>,
}

impl Ranked<'_> {
    fn first<T>(&self, field: impl Fn(&Says) -> Option<T>) -> Option<Found<T>> {
        self.near.iter().find_map(|(category, unit, rule)| {
            Some(Found {
                value: field(&rule.says)?,
                category: self.categories.get(*category)?.clone(),
                unit: self.units.get(*unit)?.clone(),
            })
        })
    }
}
