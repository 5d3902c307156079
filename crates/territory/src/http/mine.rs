//! One's own home, by the record.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use chrono::NaiveDate;
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::{Id, id};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use web::{Allowed, PathId, Problem};

use super::day::homes;
use crate::permission::ReadOwnHome;
use crate::ports::Ports;
use crate::service::mine::{self, Home, Own};

/// That one lives somewhere for a time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct MyResidenceView {
    /// The record.
    id: Uuid,
    /// In which dwelling.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    dwelling_id: Option<Uuid>,
    /// The address there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    dwelling_address: Option<String>,
    /// In which household.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    household_id: Option<Uuid>,
    /// The unit it lies in.
    unit_id: Uuid,
    /// The name of that unit.
    unit_name: String,
    /// How one stands in the register there; labels are in the dictionary `territory_resident_types`.
    #[schema(example = "registered", extensions(("x-extensible-enum" = json!(["registered", "non_registered", "floating"]))))]
    resident_type: String,
    /// Whether one is counted there.
    is_main: bool,
    /// The first day.
    from_on: NaiveDate,
    /// The first day one no longer lives there; absent while that is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    to_on: Option<NaiveDate>,
}

/// Somebody of one's household.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct MyHouseholdMemberView {
    /// The name, masked; empty where nobody knows it.
    #[schema(example = "张**")]
    name: String,
    /// Whether it is oneself.
    is_self: bool,
    /// Whether they are the head.
    is_head: bool,
    /// What they are to the head; labels are in the dictionary `territory_household_relations`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "child", extensions(("x-extensible-enum" = json!(["spouse", "child", "parent", "sibling", "grandchild", "grandparent", "other_relative", "non_relative"]))))]
    relation: Option<String>,
}

/// One's own household.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct MyHouseholdView {
    /// The household.
    id: Uuid,
    /// The unit it belongs to.
    unit_id: Uuid,
    /// The name of that unit.
    unit_name: String,
    /// Where it lives.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    dwelling_id: Option<Uuid>,
    /// The address there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    dwelling_address: Option<String>,
    /// How it stands in the register; labels are in the dictionary `territory_register_kinds`.
    #[schema(example = "family", extensions(("x-extensible-enum" = json!(["family", "collective", "unregistered"]))))]
    register_kind: String,
    /// Who belongs to it today; of a collective one, oneself.
    members: Vec<MyHouseholdMemberView>,
}

/// One's own home.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct MyHomeView {
    /// The person that one's account is tied to.
    person_id: Uuid,
    /// Where one lives, lived and will live, the newest first.
    residences: Vec<MyResidenceView>,
    /// The households one belongs to today.
    households: Vec<MyHouseholdView>,
}

fn household_view(home: &Home, own: &Own) -> MyHouseholdView {
    let household = &own.household;
    let member = |member: &crate::model::Residence| MyHouseholdMemberView {
        name: home.names.person(member.person),
        is_self: member.person == home.person,
        is_head: household.head == Some(member.person),
        relation: member.relation.map(|relation| relation.word().to_owned()),
    };
    MyHouseholdView {
        id: household.id.uuid(),
        unit_id: household.unit.uuid(),
        unit_name: home.names.unit(household.unit),
        dwelling_id: household.dwelling.map(Id::uuid),
        dwelling_address: household.dwelling.map(|dwelling| home.names.dwelling(dwelling)),
        register_kind: household.register_kind.word().to_owned(),
        members: own.members.iter().map(member).collect(),
    }
}

fn residence_view(home: &Home, residence: &crate::model::Residence) -> MyResidenceView {
    MyResidenceView {
        id: residence.id.uuid(),
        dwelling_id: residence.dwelling.map(Id::uuid),
        dwelling_address: residence.dwelling.map(|dwelling| home.names.dwelling(dwelling)),
        household_id: residence.household.map(Id::uuid),
        unit_id: residence.unit.uuid(),
        unit_name: home.names.unit(residence.unit),
        resident_type: residence.resident_type.word().to_owned(),
        is_main: residence.is_main,
        from_on: residence.stay.from,
        to_on: residence.stay.to,
    }
}

/// Read one's own home: where one lives by the record, and one's household.
///
/// Of the person that one's account is tied to; nothing is there for an account that is tied to nobody. Of the others in the household
/// only who they are is told, masked.
#[utoipa::path(operation_id = "territory_read_my_home", tag = "households",
    responses((status = 200, body = MyHomeView, description = "One's own home")), extensions(("x-permission" = json!(ReadOwnHome::NAME))))]
#[get("/homes/me")]
pub(super) async fn read_home(
    who: Allowed<ReadOwnHome>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let homes = homes(&who, &ports);
    let found = who
        .read(move |tx, ctx| {
            let home = mine::home(tx, ctx, &homes)?;
            Ok(MyHomeView {
                person_id: home.person.uuid(),
                residences: home.residences.iter().map(|r| residence_view(&home, r)).collect(),
                households: home.households.iter().map(|own| household_view(&home, own)).collect(),
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(found))
}

/// Read a household of one's own. To whoever does not belong to it today it is not there.
#[utoipa::path(operation_id = "territory_read_my_household", tag = "households", params(("id" = Uuid, Path, description = "The household.")),
    responses((status = 200, body = MyHouseholdView, description = "The household")), extensions(("x-permission" = json!(ReadOwnHome::NAME))))]
#[get("/homes/me/households/{id}")]
pub(super) async fn read_household(
    who: Allowed<ReadOwnHome>,
    path: PathId<id::Household>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let (homes, id) = (homes(&who, &ports), path.id());
    let found = who
        .read(move |tx, ctx| {
            let home = mine::household(tx, ctx, &homes, id)?;
            let own = home.households.first().or_refuse(&NOT_FOUND)?;
            Ok(household_view(&home, own))
        })
        .await?;
    Ok(HttpResponse::Ok().json(found))
}
