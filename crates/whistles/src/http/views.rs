//! What readers get.

use contracts::UnitRef;
use kernel::id::Unit;
use kernel::permission::Permit;
use kernel::{Context, Id, Instant, Outcome};
use serde::Serialize;
use storage::Tx;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::model::{Action, Call, Step, Whistle};
use crate::permission::BlowWhistle;
use crate::ports::WhistleServices;
use crate::service::act;

/// A department's part of a whistle.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct WhistleCallView {
    /// The call.
    pub id: Uuid,
    /// Its whistle.
    pub whistle_id: Uuid,
    /// The case.
    pub incident_id: Uuid,
    /// The number the case goes by.
    pub case_number: String,
    /// The unit that calls.
    pub unit_id: Uuid,
    /// Its name.
    pub unit_name: String,
    /// The department that is called.
    pub department_id: Uuid,
    /// Its name.
    pub department_name: String,
    /// What is wanted.
    pub wanted: String,
    /// How far it is.
    #[schema(extensions(("x-extensible-enum" = json!(["called", "reported", "answered", "graded", "declined", "excused", "withdrawn"]))))]
    pub state: String,
    /// Whether the deadline that runs has passed.
    pub is_late: bool,
    /// When the whistle was blown.
    #[schema(value_type = String, format = DateTime)]
    pub blown_at: Instant,
    /// By when it must have reported in.
    #[schema(value_type = String, format = DateTime)]
    pub report_due_at: Instant,
    /// By when it must have told a result.
    #[schema(value_type = String, format = DateTime)]
    pub result_due_at: Instant,
    /// When it reported in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub reported_at: Option<Instant>,
    /// Who did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reported_by_id: Option<Uuid>,
    /// Who comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub who_comes: Option<String>,
    /// When they come.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub coming_at: Option<Instant>,
    /// When it told its result.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub result_at: Option<Instant>,
    /// Who did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub result_by_id: Option<Uuid>,
    /// The result.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub result: Option<String>,
    /// When it declined last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub declined_at: Option<Instant>,
    /// Who did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub declined_by_id: Option<Uuid>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub decline_reason: Option<String>,
    /// When it was graded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub graded_at: Option<Instant>,
    /// How: 1 to 5 stars.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 5)]
    pub grade: Option<i32>,
    /// What was said besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub remark: Option<String>,
    /// When it was withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub withdrawn_at: Option<Instant>,
    /// Counts its changes.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// What the reader may do.
    pub can: Vec<String>,
    /// What can be done from where it is, by whoever may.
    pub allowed_transitions: Vec<String>,
}

web::page_schema!(WhistleCallPage, WhistleCallView);

/// Units by name.
fn name(units: &[UnitRef], id: Id<Unit>) -> String {
    units.iter().find(|u| u.id == id).map(|u| u.name.clone()).unwrap_or_default()
}

/// The names of all units that whistles and calls speak of.
fn units_of<'a>(
    tx: &mut Tx<'_>,
    s: &WhistleServices,
    all: impl Iterator<Item = (&'a Whistle, &'a [Call])>,
) -> Outcome<Vec<UnitRef>> {
    let mut ids: Vec<Id<Unit>> = Vec::new();
    for (whistle, calls) in all {
        ids.push(whistle.unit);
        ids.extend(calls.iter().map(|call| call.unit));
    }
    ids.sort_unstable();
    ids.dedup();
    s.tree.units(tx, &ids)
}

impl WhistleCallView {
    fn made(ctx: &Context, units: &[UnitRef], whistle: &Whistle, call: Call) -> Self {
        let how = call.how(ctx.now);
        let allowed: Vec<Action> = call.state.actions(how).collect();
        let can = allowed.iter().filter(|action| act::may(ctx, whistle, &call, **action).is_ok());
        Self {
            id: call.id.uuid(),
            whistle_id: call.whistle.uuid(),
            incident_id: call.incident.uuid(),
            case_number: whistle.case_number.clone(),
            unit_id: whistle.unit.uuid(),
            unit_name: name(units, whistle.unit),
            department_id: call.unit.uuid(),
            department_name: name(units, call.unit),
            wanted: whistle.wanted.clone(),
            state: call.state.word().to_owned(),
            is_late: how.late,
            blown_at: call.blown_at,
            report_due_at: call.report_due,
            result_due_at: call.result_due,
            can: can.map(|action| action.word().to_owned()).collect(),
            allowed_transitions: allowed.iter().map(|action| action.word().to_owned()).collect(),
            reported_at: call.reported_at,
            reported_by_id: call.reported_by.map(Id::uuid),
            who_comes: call.who_comes,
            coming_at: call.coming_at,
            result_at: call.result_at,
            result_by_id: call.result_by.map(Id::uuid),
            result: call.result,
            declined_at: call.declined_at,
            declined_by_id: call.declined_by.map(Id::uuid),
            decline_reason: call.decline_reason,
            graded_at: call.graded_at,
            grade: call.grade,
            remark: call.remark,
            withdrawn_at: call.withdrawn_at,
            version: call.version,
        }
    }

    /// One call.
    pub(super) fn of(
        tx: &mut Tx<'_>,
        ctx: &Context,
        s: &WhistleServices,
        whistle: &Whistle,
        call: Call,
    ) -> Outcome<Self> {
        let units = units_of(tx, s, std::iter::once((whistle, std::slice::from_ref(&call))))?;
        Ok(Self::made(ctx, &units, whistle, call))
    }

    /// Several of several whistles.
    pub(super) fn all(
        tx: &mut Tx<'_>,
        ctx: &Context,
        s: &WhistleServices,
        all: Vec<(Whistle, Call)>,
    ) -> Outcome<Vec<Self>> {
        let units = units_of(tx, s, all.iter().map(|(w, call)| (w, std::slice::from_ref(call))))?;
        Ok(all.into_iter().map(|(whistle, call)| Self::made(ctx, &units, &whistle, call)).collect())
    }
}

/// A whistle with all its calls. Of those to other departments a called one sees how far they are, and no more.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct WhistleView {
    /// The whistle.
    pub id: Uuid,
    /// The case.
    pub incident_id: Uuid,
    /// The number the case goes by.
    pub case_number: String,
    /// The unit that calls.
    pub unit_id: Uuid,
    /// Its name.
    pub unit_name: String,
    /// What is wanted of the departments.
    pub wanted: String,
    /// By when they must have reported in.
    #[schema(value_type = String, format = DateTime)]
    pub report_due_at: Instant,
    /// By when they must have told a result.
    #[schema(value_type = String, format = DateTime)]
    pub result_due_at: Instant,
    /// Who blew it.
    pub blown_by_id: Uuid,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub blown_at: Instant,
    /// When its last call was over; absent while one is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Instant>,
    /// The calls.
    pub calls: Vec<WhistleCallView>,
    /// Counts its changes, not those of its calls.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// What the reader may do: `withdraw`.
    pub can: Vec<String>,
}

web::page_schema!(WhistlePage, WhistleView);

impl WhistleView {
    /// Whistles with their calls.
    pub(super) fn all(
        tx: &mut Tx<'_>,
        ctx: &Context,
        s: &WhistleServices,
        all: Vec<(Whistle, Vec<Call>)>,
    ) -> Outcome<Vec<Self>> {
        let units = units_of(tx, s, all.iter().map(|(w, calls)| (w, calls.as_slice())))?;
        let view = |(w, calls): (Whistle, Vec<Call>)| {
            let open = calls.iter().any(|c| c.state.after(Action::Withdraw, c.how(ctx.now)).is_some());
            let may = ctx.actor.may(BlowWhistle::PERMISSION, &w.path, ctx.now);
            Self {
                id: w.id.uuid(),
                incident_id: w.incident.uuid(),
                unit_id: w.unit.uuid(),
                unit_name: name(&units, w.unit),
                report_due_at: w.report_due,
                result_due_at: w.result_due,
                blown_by_id: w.blown_by.uuid(),
                blown_at: w.blown_at,
                ended_at: w.ended_at,
                calls: calls.into_iter().map(|c| WhistleCallView::made(ctx, &units, &w, c)).collect(),
                version: w.version,
                can: (may && open).then(|| "withdraw".to_owned()).into_iter().collect(),
                case_number: w.case_number,
                wanted: w.wanted,
            }
        };
        Ok(all.into_iter().map(view).collect())
    }

    /// One.
    pub(super) fn of(
        tx: &mut Tx<'_>,
        ctx: &Context,
        s: &WhistleServices,
        whistle: Whistle,
        calls: Vec<Call>,
    ) -> Outcome<Self> {
        let missing = || kernel::error::NOT_FOUND.fault();
        Self::all(tx, ctx, s, vec![(whistle, calls)])?.pop().ok_or_else(missing)
    }
}

/// What was done to a call.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct WhistleStepView {
    /// Its number in the call.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub seq: i64,
    /// What.
    #[schema(extensions(("x-extensible-enum" = json!(["report_in", "decline", "accept_decline", "refuse_decline", "result", "grade", "withdraw"]))))]
    pub action: String,
    /// Where it led.
    #[schema(extensions(("x-extensible-enum" = json!(["called", "reported", "answered", "graded", "declined", "excused", "withdrawn"]))))]
    pub to_state: String,
    /// Who did it.
    pub actor_id: Uuid,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
    /// What was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<String>,
}

/// A call, and what was done to it, in order.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct WhistleCallHistoryView {
    /// The call.
    pub call: WhistleCallView,
    /// What was done to it.
    pub steps: Vec<WhistleStepView>,
}

impl From<Step> for WhistleStepView {
    fn from(step: Step) -> Self {
        Self {
            seq: step.seq,
            action: step.action.word().to_owned(),
            to_state: step.to.word().to_owned(),
            actor_id: step.actor.uuid(),
            at: step.at,
            note: step.note,
        }
    }
}
