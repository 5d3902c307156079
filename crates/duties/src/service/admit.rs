//! Admitting, for a time, what is on no list: asked for by one, decided by another, ended by itself or early.
//!
//! Who asks stands where the work comes from, not where it goes to: a department of the district asks for a community that it has
//! no right over. So asking needs the permission anywhere, and only deciding needs it at the unit.

use contracts::UnitRef;
use contracts::events::{DUTY_ADMISSION_CHANGED, DutyAdmissionChanged};
use kernel::error::{FIELD_ORDER, FIELD_UNKNOWN_REFERENCE, Fields, NOT_FOUND, OrRefuse, STALE};
use kernel::id::{Category, DutyAdmission, Unit};
use kernel::permission::Permit;
use kernel::{Context, Cursor, Fault, Id, Instant, Outcome, Page, PageSize};
use serde_json::{Value, json};
use storage::Tx;
use storage::audit::{self, Entry};
use storage::outbox::{self, Event};

use super::lists::bearing;
use crate::error::{
    CATEGORY_RETIRED, NOT_THEN, OWN_REQUEST, PAST, TIME_IS_OVER, TOO_LONG, TOO_MANY_ASKED, UNIT_CLOSED,
};
use crate::model::{Admission, AdmissionDeed, AdmissionState, MAX_DAYS, MOST_ASKED};
use crate::permission::{ApproveAdmission, AskAdmission};
use crate::ports::DutyServices;
use crate::store::admissions::{self, Filter};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct NewAdmission {
    /// Where: the unit and all below it.
    pub unit: Id<Unit>,
    /// What: the category and all below it.
    pub category: Id<Category>,
    /// Why.
    pub reason: String,
    /// From when; now unless told.
    pub from: Option<Instant>,
    /// Until when (exclusive).
    pub until: Instant,
}

/// Asks for an admission.
pub fn ask(tx: &mut Tx<'_>, ctx: &Context, s: &DutyServices, new: &NewAdmission) -> Outcome<Admission> {
    if !ctx.actor.holds(AskAdmission::PERMISSION, ctx.now) {
        return Err(kernel::actor::missing(AskAdmission::PERMISSION).into());
    }
    let from = new.from.unwrap_or(ctx.now);
    let mut fields = Fields::default();
    fields.text("/reason", &new.reason, 1, 1000);
    let unit = s.tree.unit(tx, new.unit)?;
    match &unit {
        None => fields.bad("/unit_id", &FIELD_UNKNOWN_REFERENCE, None),
        Some(unit) if unit.closed => fields.bad("/unit_id", &UNIT_CLOSED, None),
        Some(unit) => category(tx, s, &mut fields, unit, new.category)?,
    }
    if new.from.is_some_and(|from| from < ctx.now) {
        fields.bad("/from_at", &PAST, None);
    }
    if new.until <= from {
        fields.bad("/until_at", &FIELD_ORDER, None);
    } else if new.until > from.plus_days(MAX_DAYS) {
        fields.bad("/until_at", &TOO_LONG, Some(format!("at most {MAX_DAYS} days")));
    }
    fields.finish()?;
    if admissions::count_asked(tx, ctx.actor.user)? >= MOST_ASKED {
        return Err(TOO_MANY_ASKED.fault());
    }
    let asked = Admission {
        id: ctx.id(),
        unit: new.unit,
        category: new.category,
        reason: new.reason.trim().to_owned(),
        from,
        until: new.until,
        state: AdmissionState::Asked,
        holds_from: None,
        holds_until: None,
        asked_by: ctx.actor.user,
        asked_at: ctx.now,
        decided_by: None,
        decided_at: None,
        decision_note: None,
        withdrawn_by: None,
        withdrawn_at: None,
        withdrawal_note: None,
        version: 1,
    };
    admissions::insert(tx, &asked)?;
    leave(tx, ctx, "duties.admission.ask", &asked, None)?;
    Ok(asked)
}

/// The category is live, and one that the unit has: its own, or of a unit above.
fn category(
    tx: &mut Tx<'_>,
    s: &DutyServices,
    fields: &mut Fields,
    unit: &UnitRef,
    id: Id<Category>,
) -> Outcome<()> {
    let known = s.categories.categories(tx, &[id])?.pop();
    let owner = match &known {
        Some(category) => s.tree.unit(tx, category.unit)?,
        None => None,
    };
    let near = owner.is_some_and(|o| o.path.contains(&unit.path) || unit.path.contains(&o.path));
    match known {
        Some(category) if near && !category.retired => {}
        Some(_) if near => fields.bad("/category_id", &CATEGORY_RETIRED, None),
        _ => fields.bad("/category_id", &FIELD_UNKNOWN_REFERENCE, None),
    }
    Ok(())
}

/// Decides a request of somebody else's.
pub fn decide(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &DutyServices,
    id: Id<DutyAdmission>,
    expected: i64,
    admit: bool,
    note: &str,
) -> Outcome<Admission> {
    let (mut a, unit) = found(tx, s, id)?;
    ctx.require_at(ApproveAdmission::PERMISSION, unit.id, &unit.path)?;
    if a.asked_by == ctx.actor.user {
        return Err(OWN_REQUEST.fault());
    }
    let mut fields = Fields::default();
    // A refusal is explained.
    fields.text("/note", note, usize::from(!admit), 1000);
    fields.finish()?;
    seen(&a, expected)?;
    let before = a.state;
    a.state = a
        .state
        .after(if admit { AdmissionDeed::Admit } else { AdmissionDeed::Refuse })
        .or_refuse(&NOT_THEN)?;
    if admit {
        if a.until <= ctx.now {
            return Err(TIME_IS_OVER.fault());
        }
        (a.holds_from, a.holds_until) = (Some(a.from.max(ctx.now)), Some(a.until));
    }
    (a.decided_by, a.decided_at) = (Some(ctx.actor.user), Some(ctx.now));
    a.decision_note = Some(note.trim().to_owned()).filter(|n| !n.is_empty());
    save(tx, ctx, "duties.admission.decide", a, before)
}

/// Takes a request back, or ends an admission early: whoever asked, or whoever could decide.
pub fn withdraw(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &DutyServices,
    id: Id<DutyAdmission>,
    expected: i64,
    note: &str,
) -> Outcome<Admission> {
    let (mut a, unit) = found(tx, s, id)?;
    if a.asked_by != ctx.actor.user {
        ctx.require_at(ApproveAdmission::PERMISSION, unit.id, &unit.path)?;
    }
    let mut fields = Fields::default();
    fields.text("/note", note, 1, 1000);
    fields.finish()?;
    seen(&a, expected)?;
    let before = a.state;
    a.state = a.state.after(AdmissionDeed::Withdraw).or_refuse(&NOT_THEN)?;
    if a.holds_until.is_some_and(|until| until <= ctx.now) {
        return Err(TIME_IS_OVER.fault());
    }
    // What has not begun never does: from and until are one moment then.
    a.holds_until = a.holds_from.map(|from| from.max(ctx.now));
    (a.withdrawn_by, a.withdrawn_at) = (Some(ctx.actor.user), Some(ctx.now));
    a.withdrawal_note = Some(note.trim().to_owned());
    save(tx, ctx, "duties.admission.withdraw", a, before)
}

/// The admission, its row locked, and its unit.
fn found(tx: &mut Tx<'_>, s: &DutyServices, id: Id<DutyAdmission>) -> Outcome<(Admission, UnitRef)> {
    let a = admissions::find_locked(tx, id)?.or_refuse(&NOT_FOUND)?;
    let unit = s.tree.unit(tx, a.unit)?.ok_or_else(|| Fault::internal("an admission names no unit"))?;
    Ok((a, unit))
}

fn seen(a: &Admission, expected: i64) -> Outcome<()> {
    if a.version == expected { Ok(()) } else { Err(STALE.fault()) }
}

fn save(
    tx: &mut Tx<'_>,
    ctx: &Context,
    action: &str,
    mut a: Admission,
    before: AdmissionState,
) -> Outcome<Admission> {
    a.version += 1;
    if !admissions::update(tx, &a)? {
        return Err(STALE.fault());
    }
    leave(tx, ctx, action, &a, Some(json!({ "state": before.word() })))?;
    let told = DutyAdmissionChanged { unit: a.unit, category: a.category, state: a.state.word().to_owned() };
    let payload = serde_json::to_value(&told).map_err(Fault::internal)?;
    let (topic, object) = (DUTY_ADMISSION_CHANGED, a.id.uuid());
    outbox::emit(tx, ctx, &Event { topic, object, object_seq: a.version, payload })?;
    Ok(a)
}

fn leave(tx: &mut Tx<'_>, ctx: &Context, action: &str, a: &Admission, before: Option<Value>) -> Outcome<()> {
    let after = json!({
        "state": a.state.word(), "category": a.category, "from_at": a.from, "until_at": a.until,
        "holds_from": a.holds_from, "holds_until": a.holds_until,
    });
    let (object, unit) = (Some(a.id.uuid()), Some(a.unit));
    audit::record(
        tx,
        ctx,
        Entry { action, object_kind: "duty_admission", object, unit, before, after: Some(after) },
    )
}

/// The admission.
pub fn find(tx: &mut Tx<'_>, id: Id<DutyAdmission>) -> Outcome<Admission> {
    admissions::find(tx, id)?.or_refuse(&NOT_FOUND)
}

/// What is asked for of the list of admissions.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Those that bear on this unit: its own and those of units above.
    pub unit: Option<Id<Unit>>,
    /// Of exactly this category.
    pub category: Option<Id<Category>>,
    /// In this state.
    pub state: Option<AdmissionState>,
    /// Only those that hold now.
    pub in_force: bool,
}

/// One page of admissions, the newest first.
pub fn list(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &DutyServices,
    query: &Query,
    before: Option<&Cursor>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Admission>> {
    let filter = Filter {
        units: query.unit.map(|unit| bearing(tx, s, unit)).transpose()?,
        category: query.category,
        state: query.state,
        holds_at: query.in_force.then_some(ctx.now),
        before: before.map(|cursor| Id::from_uuid(cursor.after)),
    };
    let rows = admissions::list(tx, &filter, size.probe())?;
    Ok(Page::cut(rows, size, |a| Cursor { after: a.id.uuid(), filter: fingerprint, key: None }))
}
