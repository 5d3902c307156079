//! What readers get of categories and their rules.

use kernel::id::{Category as CategoryId, Unit};
use kernel::{Context, Id, Instant, UnitPath};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::model::category::{Called, Found, Resolved};
use crate::model::{Category, Priority, Requirement, Rule, Term};

/// A kind of incident.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CategoryView {
    /// The category.
    pub id: Uuid,
    /// The category it stands below; absent at the top.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub parent_id: Option<Uuid>,
    /// The unit it belongs to: it is used there and below.
    pub unit_id: Uuid,
    /// The unit's name.
    pub unit_name: String,
    /// Whether something happened, or a thing is not in order.
    #[schema(extensions(("x-extensible-enum" = json!(["event", "component"]))))]
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// The names from the top of the tree down to it.
    pub path_names: Vec<String>,
    /// Its ten digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub code: Option<String>,
    /// Whether it is an addition of its unit, and not of the standard.
    pub local: bool,
    /// Its level, 1 at the top.
    #[schema(minimum = 1, maximum = 6)]
    pub depth: i32,
    /// Since when it exists.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// Since when it is history.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub retired_at: Option<Instant>,
    /// Counts its changes.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// What the reader may do with it: `change`, `retire`.
    pub can: Vec<&'static str>,
}

impl CategoryView {
    /// As the reader sees it. `lineage` has the names of those above, the nearest first, its own included.
    pub fn of(
        ctx: &Context,
        category: Category,
        lineage: Vec<Called<CategoryId>>,
        unit: Option<(&str, &UnitPath)>,
    ) -> Self {
        use kernel::permission::Permit;
        let manage = crate::permission::ManageCategories::PERMISSION;
        let may = unit.is_some_and(|(_, path)| ctx.actor.may(manage, path, ctx.now));
        Self {
            id: category.id.uuid(),
            parent_id: category.parent.map(Id::uuid),
            unit_id: category.unit.uuid(),
            unit_name: unit.map(|(name, _)| name.to_owned()).unwrap_or_default(),
            kind: category.kind.word(),
            name: category.name,
            path_names: lineage.into_iter().rev().map(|(_, name)| name).collect(),
            code: category.code,
            local: category.local,
            depth: category.depth,
            created_at: category.created_at,
            can: if may && category.retired_at.is_none() { vec!["change", "retire"] } else { Vec::new() },
            retired_at: category.retired_at,
            version: category.version,
        }
    }
}

web::page_schema!(CategoryPage, CategoryView);

/// How long something may take.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CategoryTermView {
    /// How many.
    #[schema(minimum = 1, maximum = 5270400)]
    pub count: i32,
    /// Of what.
    #[schema(extensions(("x-extensible-enum" = json!(["working_minutes", "working_hours", "working_days", "calendar_days"]))))]
    pub unit: &'static str,
}

impl From<Term> for CategoryTermView {
    fn from(term: Term) -> Self {
        Self { count: term.count, unit: term.unit.word() }
    }
}

fn words(all: &[Requirement]) -> Vec<&'static str> {
    all.iter().map(|r| r.word()).collect()
}

/// What is said of a category in a unit and below.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CategoryRuleView {
    /// The category.
    pub category_id: Uuid,
    /// The unit.
    pub unit_id: Uuid,
    /// The unit's name.
    pub unit_name: String,
    /// The unit that takes care of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub department_id: Option<Uuid>,
    /// That unit's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub department_name: Option<String>,
    /// How urgent it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, extensions(("x-extensible-enum" = json!(["low", "normal", "high", "urgent"]))))]
    pub priority: Option<&'static str>,
    /// Whether the rule says what a report must bring.
    pub says_requires: bool,
    /// What a report must bring, where the rule says it: `point`, `address`, `description`.
    pub requires: Vec<&'static str>,
    /// Until when it is to be accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub accept_within: Option<CategoryTermView>,
    /// Until when it is to be resolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub resolve_within: Option<CategoryTermView>,
    /// Counts its changes.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
}

impl CategoryRuleView {
    /// With the names of units.
    pub fn of(rule: Rule, name: impl Fn(Id<Unit>) -> Option<String>) -> Self {
        let says = rule.says;
        Self {
            category_id: rule.category.uuid(),
            unit_id: rule.unit.uuid(),
            unit_name: name(rule.unit).unwrap_or_default(),
            department_id: says.department.map(Id::uuid),
            department_name: says.department.and_then(name),
            priority: says.priority.map(Priority::word),
            says_requires: says.requires.is_some(),
            requires: words(&says.requires.unwrap_or_default()),
            accept_within: says.accept_within.map(Into::into),
            resolve_within: says.resolve_within.map(Into::into),
            version: rule.version,
        }
    }
}

web::page_schema!(CategoryRulePage, CategoryRuleView);

/// The rule that says something.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CategorySourceView {
    /// Its category.
    pub category_id: Uuid,
    /// The category's name.
    pub category_name: String,
    /// Its unit.
    pub unit_id: Uuid,
    /// The unit's name.
    pub unit_name: String,
}

macro_rules! resolved {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $ty:ty),+ $(,)? })+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Serialize, ToSchema)]
            pub struct $name {
                $($(#[$fdoc])* pub $field: $ty,)+
                /// The rule that says so.
                pub source: CategorySourceView,
            }
        )+
    };
}

resolved! {
    /// Who takes care of a category in a unit.
    ResolvedDepartmentView {
        /// The unit.
        department_id: Uuid,
        /// Its name.
        department_name: String,
    }
    /// How urgent a category is in a unit.
    ResolvedPriorityView {
        /// How urgent it is.
        #[schema(extensions(("x-extensible-enum" = json!(["low", "normal", "high", "urgent"]))))]
        priority: &'static str,
    }
    /// What a report of a category must bring in a unit.
    ResolvedRequirementsView {
        /// `point`, `address`, `description`.
        requires: Vec<&'static str>,
    }
    /// How long something may take for a category in a unit.
    ResolvedTermView {
        /// How long.
        term: CategoryTermView,
    }
}

fn source<T>(found: Found<T>) -> (T, CategorySourceView) {
    let Found { value, category, unit } = found;
    let source = CategorySourceView {
        category_id: category.0.uuid(),
        category_name: category.1,
        unit_id: unit.0.uuid(),
        unit_name: unit.1,
    };
    (value, source)
}

/// What holds of a category in a unit; absent is what no rule says.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ResolvedCategoryView {
    /// The category.
    pub category_id: Uuid,
    /// The unit.
    pub unit_id: Uuid,
    /// Who takes care of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub department: Option<ResolvedDepartmentView>,
    /// How urgent it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub priority: Option<ResolvedPriorityView>,
    /// What a report must bring.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub requires: Option<ResolvedRequirementsView>,
    /// Until when it is to be accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub accept_within: Option<ResolvedTermView>,
    /// Until when it is to be resolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub resolve_within: Option<ResolvedTermView>,
}

impl ResolvedCategoryView {
    /// With the department's name.
    pub fn of(category: Id<CategoryId>, unit: Id<Unit>, holds: Resolved, department_name: String) -> Self {
        let term = |found: Found<Term>| {
            let (term, source) = source(found);
            ResolvedTermView { term: term.into(), source }
        };
        Self {
            category_id: category.uuid(),
            unit_id: unit.uuid(),
            department: holds.department.map(source).map(|(id, source)| ResolvedDepartmentView {
                department_id: id.uuid(),
                department_name,
                source,
            }),
            priority: holds
                .priority
                .map(source)
                .map(|(priority, source)| ResolvedPriorityView { priority: priority.word(), source }),
            requires: holds
                .requires
                .map(source)
                .map(|(all, source)| ResolvedRequirementsView { requires: words(&all), source }),
            accept_within: holds.accept_within.map(term),
            resolve_within: holds.resolve_within.map(term),
        }
    }
}
