//! Homes as the API shows them.

use chrono::NaiveDate;
use kernel::Instant;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A dwelling.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct DwellingView {
    /// The dwelling.
    pub id: Uuid,
    /// The unit it stands in.
    pub unit_id: Uuid,
    /// The name of that unit.
    #[schema(example = "半仙山村")]
    pub unit_name: String,
    /// The address of the building.
    #[schema(example = "新城路12号3栋201")]
    pub address: String,
    /// What kind of place it is; labels are in the dictionary `territory_dwelling_kinds`.
    #[schema(example = "flat", extensions(("x-extensible-enum" = json!(["house", "flat", "dormitory", "shop", "other"]))))]
    pub kind: String,
    /// Latitude.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub lat: Option<f64>,
    /// Longitude.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub lng: Option<f64>,
    /// Square metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub floor_area: Option<f64>,
    /// The first day of its use.
    pub opened_on: NaiveDate,
    /// The first day it is no longer used; absent while it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub closed_on: Option<NaiveDate>,
    /// Grows with each change; send it back as `If-Match` or `version`.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// What its reader may do with it: `update`, `close`, `move_in`, `file_rental`.
    pub can: Vec<String>,
}

web::page_schema!(DwellingPage, DwellingView);

/// A household.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct HouseholdView {
    /// The household.
    pub id: Uuid,
    /// The unit it belongs to.
    pub unit_id: Uuid,
    /// The name of that unit.
    pub unit_name: String,
    /// Where it lives.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub dwelling_id: Option<Uuid>,
    /// The address there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub dwelling_address: Option<String>,
    /// Its head.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub head_id: Option<Uuid>,
    /// The head's name, masked; empty where nobody knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "张**")]
    pub head_name: Option<String>,
    /// How it stands in the register; labels are in the dictionary `territory_register_kinds`.
    #[schema(example = "family", extensions(("x-extensible-enum" = json!(["family", "collective", "unregistered"]))))]
    pub register_kind: String,
    /// Its first day.
    pub opened_on: NaiveDate,
    /// The first day it was no longer one; absent while it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub closed_on: Option<NaiveDate>,
    /// Grows with each change; send it back as `If-Match` or `version`.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// What its reader may do with it: `update`, `split`, `merge`, `move`, `close`, `move_in`.
    pub can: Vec<String>,
}

web::page_schema!(HouseholdPage, HouseholdView);

/// Something that happened to a household, and what held after it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct HouseholdChangeView {
    /// The entry.
    pub id: Uuid,
    /// What happened; labels are in the dictionary `territory_household_changes`.
    #[schema(example = "split", extensions(("x-extensible-enum" = json!(["opened", "changed", "moved", "split", "split_from", "merged", "merged_into", "closed"]))))]
    pub kind: String,
    /// The other household, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub other_household_id: Option<Uuid>,
    /// The name of the other's head of today, masked; empty where nobody knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub other_household_head_name: Option<String>,
    /// Where it lived after.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub dwelling_id: Option<Uuid>,
    /// The address there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub dwelling_address: Option<String>,
    /// Its head after.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub head_id: Option<Uuid>,
    /// The head's name, masked; empty where nobody knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub head_name: Option<String>,
    /// How it stood in the register after; labels are in the dictionary `territory_register_kinds`.
    pub register_kind: String,
    /// The day it happened.
    pub happened_on: NaiveDate,
    /// When it was recorded. By whom is on the audit trail.
    #[schema(value_type = String, format = DateTime)]
    pub recorded_at: Instant,
}

web::page_schema!(HouseholdChangePage, HouseholdChangeView);

/// That a person lives somewhere for a time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct ResidenceView {
    /// The record.
    pub id: Uuid,
    /// Who.
    pub person_id: Uuid,
    /// The person's name, masked; empty where nobody knows it.
    #[schema(example = "张**")]
    pub person_name: String,
    /// In which dwelling.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub dwelling_id: Option<Uuid>,
    /// The address there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub dwelling_address: Option<String>,
    /// In which household.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub household_id: Option<Uuid>,
    /// The name of its head, masked; empty where nobody knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub household_head_name: Option<String>,
    /// The unit of the dwelling, or else of the household.
    pub unit_id: Uuid,
    /// The name of that unit.
    pub unit_name: String,
    /// How the person stands in the register there; labels are in the dictionary `territory_resident_types`.
    #[schema(example = "floating", extensions(("x-extensible-enum" = json!(["registered", "non_registered", "floating"]))))]
    pub resident_type: String,
    /// Whether the person is the household's head.
    pub is_head: bool,
    /// What the person is to the head; labels are in the dictionary `territory_household_relations`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, extensions(("x-extensible-enum" = json!(["spouse", "child", "parent", "sibling", "grandchild", "grandparent", "other_relative", "non_relative"]))))]
    pub relation: Option<String>,
    /// Whether the person is counted here. Nobody is counted twice on one day.
    pub is_main: bool,
    /// The first day.
    pub from_on: NaiveDate,
    /// The first day they no longer live there; absent while no end is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to_on: Option<NaiveDate>,
    /// The record that this one corrects.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub corrects_id: Option<Uuid>,
    /// When it was marked as wrong from the start; absent if it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub voided_at: Option<Instant>,
    /// Why it was marked so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub void_reason: Option<String>,
    /// Grows with each change; send it back as `If-Match` or `version`.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// What its reader may do with it: `update`, `correct`, `void`, `end`, `move`, `change_type`.
    pub can: Vec<String>,
}

web::page_schema!(ResidencePage, ResidenceView);

/// A tenant.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct RentalTenant {
    /// The person.
    pub person_id: Uuid,
    /// The name, masked; empty where nobody knows it.
    pub person_name: String,
}

/// A dwelling let to tenants for a time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct RentalView {
    /// The record.
    pub id: Uuid,
    /// What is let.
    pub dwelling_id: Uuid,
    /// The address there.
    pub dwelling_address: String,
    /// The dwelling's unit.
    pub unit_id: Uuid,
    /// The name of that unit.
    pub unit_name: String,
    /// Who lets it.
    pub landlord_id: Uuid,
    /// The landlord's name, masked; empty where nobody knows it.
    pub landlord_name: String,
    /// To whom.
    pub tenants: Vec<RentalTenant>,
    /// Whether only a part is let.
    pub is_shared: bool,
    /// The first day.
    pub from_on: NaiveDate,
    /// The first day it is no longer let; absent while no end is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to_on: Option<NaiveDate>,
    /// When it was filed.
    #[schema(value_type = String, format = DateTime)]
    pub filed_at: Instant,
    /// When it was marked as wrong from the start; absent if it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub voided_at: Option<Instant>,
    /// Why it was marked so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub void_reason: Option<String>,
    /// Grows with each change; send it back as `If-Match` or `version`.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// What its reader may do with it: `end`, `void`.
    pub can: Vec<String>,
}

web::page_schema!(RentalPage, RentalView);
