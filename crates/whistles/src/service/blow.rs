//! Blowing a whistle: a community calls departments to one of its cases. Where they stand in the tree is free, as with a dispatch
//! (`docs/adr/0006`): a department is seldom below the community that needs it.

use std::collections::BTreeSet;

use contracts::events::{WHISTLE_BLOWN, WhistleBlown};
use contracts::{CaseRef, UnitRef};
use kernel::error::{FIELD_UNKNOWN_REFERENCE, Fields, NOT_FOUND, OrRefuse};
use kernel::id::{Incident, Unit};
use kernel::permission::Permit;
use kernel::{Context, Fault, Id, Outcome};
use serde_json::json;
use storage::Tx;
use storage::audit::{self, Entry};
use storage::outbox::{self, Event};

use super::deadline::{self, Wanted};
use crate::error::{CASE_OVER, DEPARTMENT_CLOSED, DEPARTMENT_TWICE, DEPARTMENTS, OWN_UNIT};
use crate::model::{Call, MOST_DEPARTMENTS, State, Whistle};
use crate::permission::BlowWhistle;
use crate::ports::WhistleServices;
use crate::store::{self, calls, whistles};

/// A whistle to be blown.
#[derive(Debug, Clone)]
pub struct NewWhistle {
    /// To which case.
    pub incident: Id<Incident>,
    /// Who is called.
    pub departments: Vec<Id<Unit>>,
    /// What is wanted of them.
    pub wanted: String,
    /// By when they must have reported in.
    pub report: Wanted,
    /// By when they must have told a result.
    pub result: Wanted,
}

/// Calls departments to a case that the actor sees.
pub fn blow(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &WhistleServices,
    new: &NewWhistle,
) -> Outcome<(Whistle, Vec<Call>)> {
    store::join(tx)?;
    let case = s.cases.case(tx, ctx, new.incident, true)?.or_refuse(&NOT_FOUND)?;
    ctx.require_at(BlowWhistle::PERMISSION, case.unit, &case.path)?;
    if case.over {
        return Err(CASE_OVER.fault());
    }
    let mut fields = Fields::default();
    fields.text("/wanted", &new.wanted, 1, 2000);
    let departments = departments(tx, s, &mut fields, &case, &new.departments)?;
    fields.finish()?;
    let (report_due, result_due) = deadline::both(tx, ctx, s, &case.path, new.report, new.result)?;
    let whistle = Whistle {
        id: ctx.id(),
        incident: case.id,
        case_number: case.number,
        unit: case.unit,
        path: case.path,
        wanted: new.wanted.trim().to_owned(),
        report_due,
        result_due,
        blown_by: ctx.actor.user,
        blown_at: ctx.now,
        ended_at: None,
        version: 1,
    };
    whistles::insert(tx, &whistle)?;
    let called: Vec<Call> = departments.into_iter().map(|unit| call(ctx, &whistle, unit)).collect();
    calls::insert(tx, &called)?;
    leave(tx, ctx, &whistle, &new.departments)?;
    Ok((whistle, called))
}

/// The departments: one to twenty, each once, each there, open and another than the unit that calls.
fn departments(
    tx: &mut Tx<'_>,
    s: &WhistleServices,
    fields: &mut Fields,
    case: &CaseRef,
    ids: &[Id<Unit>],
) -> Outcome<Vec<UnitRef>> {
    if ids.is_empty() || ids.len() > MOST_DEPARTMENTS {
        fields.bad("/department_ids", &DEPARTMENTS, None);
        return Ok(Vec::new());
    }
    let known = s.tree.units(tx, ids)?;
    let mut seen = BTreeSet::new();
    let mut found = Vec::with_capacity(ids.len());
    for (place, id) in ids.iter().enumerate() {
        let at = format!("/department_ids/{place}");
        if !seen.insert(*id) {
            fields.bad(at, &DEPARTMENT_TWICE, None);
            continue;
        }
        match known.iter().find(|unit| unit.id == *id) {
            None => fields.bad(at, &FIELD_UNKNOWN_REFERENCE, None),
            Some(unit) if unit.closed => fields.bad(at, &DEPARTMENT_CLOSED, None),
            Some(unit) if unit.id == case.unit => fields.bad(at, &OWN_UNIT, None),
            Some(unit) => found.push(unit.clone()),
        }
    }
    Ok(found)
}

fn call(ctx: &Context, whistle: &Whistle, department: UnitRef) -> Call {
    Call {
        id: ctx.id(),
        whistle: whistle.id,
        incident: whistle.incident,
        unit: department.id,
        path: department.path,
        state: State::Called,
        report_due: whistle.report_due,
        result_due: whistle.result_due,
        blown_at: whistle.blown_at,
        reported_at: None,
        reported_by: None,
        who_comes: None,
        coming_at: None,
        result_at: None,
        result_by: None,
        result: None,
        declined_at: None,
        declined_by: None,
        decline_reason: None,
        graded_at: None,
        graded_by: None,
        grade: None,
        remark: None,
        withdrawn_at: None,
        report_told_at: None,
        result_told_at: None,
        over_at: None,
        version: 1,
    }
}

fn leave(tx: &mut Tx<'_>, ctx: &Context, whistle: &Whistle, departments: &[Id<Unit>]) -> Outcome<()> {
    let after = json!({
        "incident": whistle.incident, "departments": departments,
        "report_due_at": whistle.report_due, "result_due_at": whistle.result_due,
    });
    audit::record(
        tx,
        ctx,
        Entry {
            action: "whistles.whistle.blow",
            object_kind: "whistle",
            object: Some(whistle.id.uuid()),
            unit: Some(whistle.unit),
            before: None,
            after: Some(after),
        },
    )?;
    let told = WhistleBlown {
        whistle: whistle.id,
        incident: whistle.incident,
        unit: whistle.unit,
        departments: departments.to_vec(),
        report_due_at: whistle.report_due,
        result_due_at: whistle.result_due,
    };
    let payload = serde_json::to_value(&told).map_err(Fault::internal)?;
    let (topic, object) = (WHISTLE_BLOWN, whistle.id.uuid());
    outbox::emit(tx, ctx, &Event { topic, object, object_seq: whistle.version, payload })
}
