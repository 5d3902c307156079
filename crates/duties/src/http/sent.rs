//! What is sent.

use kernel::{Id, Instant};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::model::Item;
use crate::service::admit::NewAdmission;
use crate::service::draft::NewVersion;
use crate::service::lists::NewList;

/// A list for the units of one kind, in one unit's subtree and itself.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DutyListCreate {
    /// The unit.
    unit_id: Uuid,
    /// The kind of the units it binds, as units have it.
    #[schema(min_length = 1, max_length = 40, example = "community", pattern = "^[a-z][a-z_]*$")]
    level: String,
    /// What it is called.
    #[schema(min_length = 1, max_length = 100, example = "社区工作职责清单")]
    name: String,
}

impl From<DutyListCreate> for NewList {
    fn from(sent: DutyListCreate) -> Self {
        Self { unit: Id::from_uuid(sent.unit_id), level: sent.level, name: sent.name }
    }
}

/// A draft of what a list is to say.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DutyVersionCreate {
    /// What it is about.
    #[schema(nullable = false, max_length = 500)]
    note: Option<String>,
    /// Whether it ends the list: the one above holds from then on, or none.
    #[schema(nullable = false)]
    is_end: Option<bool>,
    /// A version of the same list whose items it begins with; none unless told.
    #[schema(nullable = false)]
    copy_of_id: Option<Uuid>,
}

impl From<DutyVersionCreate> for NewVersion {
    fn from(sent: DutyVersionCreate) -> Self {
        Self {
            note: sent.note.unwrap_or_default(),
            is_end: sent.is_end.unwrap_or(false),
            copy_of: sent.copy_of_id.map(Id::from_uuid),
        }
    }
}

/// One thing that may be asked for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DutyItem {
    /// The category: it and all below it.
    category_id: Uuid,
    /// What is said of it.
    #[schema(nullable = false, max_length = 200)]
    note: Option<String>,
    /// The document that hands the function down.
    #[schema(nullable = false, max_length = 200, example = "厦海政〔2021〕58号")]
    basis: Option<String>,
}

/// All items of a draft.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DutyItemsPut {
    /// The items; none of those before stays.
    #[schema(max_items = 500)]
    items: Vec<DutyItem>,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub(super) version: Option<i64>,
}

impl DutyItemsPut {
    pub(super) fn items(&self) -> Vec<Item> {
        let item = |sent: &DutyItem| Item {
            category: Id::from_uuid(sent.category_id),
            note: sent.note.clone().unwrap_or_default(),
            basis: sent.basis.clone().unwrap_or_default(),
        };
        self.items.iter().map(item).collect()
    }
}

/// From when a draft is to hold.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DutyVersionEnforce {
    /// From when; now unless told.
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub(super) from_at: Option<Instant>,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub(super) version: Option<i64>,
}

/// Nothing but what was seen.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DutyVersionRecall {
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub(super) version: Option<i64>,
}

/// What is to be admitted.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DutyAdmissionCreate {
    /// Where: the unit and all below it.
    unit_id: Uuid,
    /// What: the category and all below it.
    category_id: Uuid,
    /// Why. Everybody can read it.
    #[schema(min_length = 1, max_length = 1000, example = "防汛期间协助排查低洼地带")]
    reason: String,
    /// From when; now unless told.
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    from_at: Option<Instant>,
    /// Until when (exclusive): 366 days later at most.
    #[schema(value_type = String, format = DateTime)]
    until_at: Instant,
}

impl From<DutyAdmissionCreate> for NewAdmission {
    fn from(sent: DutyAdmissionCreate) -> Self {
        Self {
            unit: Id::from_uuid(sent.unit_id),
            category: Id::from_uuid(sent.category_id),
            reason: sent.reason,
            from: sent.from_at,
            until: sent.until_at,
        }
    }
}

/// What somebody else decides.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DutyAdmissionDecide {
    /// Whether it is admitted.
    pub(super) admit: bool,
    /// Why; must be given where it is not admitted.
    #[schema(nullable = false, max_length = 1000)]
    pub(super) note: Option<String>,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub(super) version: Option<i64>,
}

/// Why it ends.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DutyAdmissionWithdraw {
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    pub(super) note: String,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub(super) version: Option<i64>,
}
