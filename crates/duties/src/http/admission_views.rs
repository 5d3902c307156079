//! What readers get of admissions.

use kernel::permission::Permit;
use kernel::{Context, Id, Instant, Outcome};
use serde::Serialize;
use storage::Tx;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::model::{Admission, AdmissionDeed};
use crate::permission::ApproveAdmission;
use crate::ports::DutyServices;
use crate::service::look;

/// Leave to ask for what is on no list, for a time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct DutyAdmissionView {
    /// The admission.
    pub id: Uuid,
    /// Where: the unit and all below it.
    pub unit_id: Uuid,
    /// The unit's name.
    pub unit_name: String,
    /// What: the category and all below it.
    pub category_id: Uuid,
    /// What that is called today.
    pub category_name: String,
    /// Why.
    pub reason: String,
    /// From when it was asked for.
    #[schema(value_type = String, format = DateTime)]
    pub from_at: Instant,
    /// Until when (exclusive).
    #[schema(value_type = String, format = DateTime)]
    pub until_at: Instant,
    /// How far it is.
    #[schema(extensions(("x-extensible-enum" = json!(["asked", "admitted", "refused", "withdrawn"]))))]
    pub state: String,
    /// Whether it holds now.
    pub is_in_force: bool,
    /// Who asked.
    pub asked_by_id: Uuid,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Instant,
    /// Who decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub decided_by_id: Option<Uuid>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub decided_at: Option<Instant>,
    /// What they said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub decision_note: Option<String>,
    /// Who took it back or ended it early.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub withdrawn_by_id: Option<Uuid>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub withdrawn_at: Option<Instant>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub withdrawal_note: Option<String>,
    /// Counts its changes.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// What the reader may do: `decide`, `withdraw`.
    pub can: Vec<String>,
}

web::page_schema!(DutyAdmissionPage, DutyAdmissionView);

impl DutyAdmissionView {
    /// Admissions with their units and the names of their categories.
    pub(super) fn all(
        tx: &mut Tx<'_>,
        ctx: &Context,
        s: &DutyServices,
        all: Vec<Admission>,
    ) -> Outcome<Vec<Self>> {
        let units = s.tree.units(tx, &all.iter().map(|a| a.unit).collect::<Vec<_>>())?;
        let names = look::names(tx, s, &all.iter().map(|a| a.category).collect::<Vec<_>>())?;
        let view = |a: Admission| {
            let unit = units.iter().find(|u| u.id == a.unit);
            let approves =
                unit.is_some_and(|u| ctx.actor.may(ApproveAdmission::PERMISSION, &u.path, ctx.now));
            let is_own = a.asked_by == ctx.actor.user;
            let over = a.holds_until.is_some_and(|until| until <= ctx.now);
            let mut can = Vec::new();
            if approves && !is_own && a.state.after(AdmissionDeed::Refuse).is_some() {
                can.push("decide".to_owned());
            }
            if (approves || is_own) && !over && a.state.after(AdmissionDeed::Withdraw).is_some() {
                can.push("withdraw".to_owned());
            }
            Self {
                id: a.id.uuid(),
                unit_id: a.unit.uuid(),
                unit_name: unit.map(|u| u.name.clone()).unwrap_or_default(),
                category_id: a.category.uuid(),
                category_name: names.get(&a.category).cloned().unwrap_or_default(),
                is_in_force: a.holds(ctx.now),
                reason: a.reason,
                from_at: a.from,
                until_at: a.until,
                state: a.state.word().to_owned(),
                asked_by_id: a.asked_by.uuid(),
                asked_at: a.asked_at,
                decided_by_id: a.decided_by.map(Id::uuid),
                decided_at: a.decided_at,
                decision_note: a.decision_note,
                withdrawn_by_id: a.withdrawn_by.map(Id::uuid),
                withdrawn_at: a.withdrawn_at,
                withdrawal_note: a.withdrawal_note,
                version: a.version,
                can,
            }
        };
        Ok(all.into_iter().map(view).collect())
    }

    pub(super) fn one(tx: &mut Tx<'_>, ctx: &Context, s: &DutyServices, a: Admission) -> Outcome<Self> {
        let missing = || kernel::error::NOT_FOUND.fault();
        Self::all(tx, ctx, s, vec![a])?.pop().ok_or_else(missing)
    }
}
