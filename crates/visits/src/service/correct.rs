//! Correcting a visit: its worker says anew what was. What was said before stays on record; where the phone was is not said anew.

use kernel::error::{Fields, INVALID, STALE};
use kernel::id;
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome};
use storage::Tx;

use super::said::{self, Said};
use super::{content, duty, leave, plans, see};
use crate::error::{CORRECTION_LATE, NOT_ON_DUTY, NOT_YOURS, STRUCK};
use crate::model::{Content, Edition, OLDEST_DAYS, Visit, day_of, judge};
use crate::permission::RecordVisits;
use crate::ports::VisitServices;
use crate::store::{editions, visits};

/// What is said anew, all of it, and why.
#[derive(Debug, Clone)]
pub struct Correction {
    /// What is said.
    pub said: Said,
    /// Why.
    pub reason: String,
}

/// Corrects a visit.
pub fn correct(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &VisitServices,
    id: Id<id::Visit>,
    expected: i64,
    new: &Correction,
) -> Outcome<Visit> {
    let mut visit = see::locked(tx, ctx, s, id)?;
    if visit.worker != ctx.actor.user {
        return Err(NOT_YOURS.fault());
    }
    ctx.require_at(RecordVisits::PERMISSION, visit.unit, &visit.path)?;
    if visit.version != expected {
        return Err(STALE.fault());
    }
    if visit.struck.is_some() {
        return Err(STRUCK.fault());
    }
    if visit.at < ctx.now.plus_days(-OLDEST_DAYS) {
        return Err(CORRECTION_LATE.fault());
    }
    let edition = edition(tx, ctx, s, &visit, new)?;
    let before = leave::facts(&visit, None);
    (visit.at, visit.on, visit.way) = (edition.at, edition.on, edition.way);
    visit.presence = judge(visit.way, visit.position.as_ref(), visit.distance_m);
    visit.edition = edition.number;
    plans::release_if_other_day(tx, ctx, s, &mut visit)?;
    visit.version += 1;
    if !visits::update(tx, &visit)? {
        return Err(STALE.fault());
    }
    editions::insert(tx, &edition)?;
    leave::tell(tx, ctx, &visit, "correct", Some(before), leave::facts(&visit, Some(&edition)))?;
    Ok(visit)
}

/// What is said anew, checked and sealed.
fn edition(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &VisitServices,
    visit: &Visit,
    new: &Correction,
) -> Outcome<Edition> {
    let said = &new.said;
    let mut fields = Fields::default();
    said::check(&mut fields, said, ctx.now, visit.recorded_at);
    fields.text("/reason", &new.reason, 2, 500);
    fields.finish()?;
    let there = duty::grids(tx, s, visit.worker, said.at)?.iter().any(|grid| grid.id == visit.grid);
    if !there {
        return Err(INVALID.refusal().at("/visited_at", &NOT_ON_DUTY).into());
    }
    let on = day_of(s.zone, said.at);
    let members = said::members(tx, s, visit.household, on, &said.met)?;
    let last = editions::find(tx, visit.id, visit.edition)?;
    said::check_form(tx, said, &visit.path, last.and_then(|last| last.form))?;
    let content = Content {
        note: said.trimmed_note(),
        answers: said.answers.clone(),
        case: None,
        reason: Some(new.reason.trim().to_owned()),
    };
    let people = said.met.iter().copied().chain(members);
    let (sealed_for, sealed) = content::seal(tx, s, visit.id, &content, people)?;
    Ok(Edition {
        visit: visit.id,
        number: visit.edition + 1,
        at: said.at,
        on,
        way: said.way,
        met: said.met.clone(),
        form: said.form,
        sealed_for,
        sealed,
        recorded_at: ctx.now,
        recorded_by: ctx.actor.user,
    })
}
