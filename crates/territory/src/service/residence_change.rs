//! Moving out, moving elsewhere, another resident type, corrections. What was stays on record.

use chrono::NaiveDate;
use kernel::error::{FIELD_CHOICE, FIELD_ORDER, FIELD_RANGE, FIELD_REQUIRED, Fields, INVALID};
use kernel::id;
use kernel::{Context, Id, Outcome};
use serde_json::Value;
use storage::Tx;

use super::homes::{self, Homes};
use super::residence::{self, Spot};
use crate::error::RESIDENCE_ENDED;
use crate::model::{Relation, Residence, ResidentType, Voided, is_day};

/// Characters of a reason, at most.
pub(crate) const LONGEST_REASON: usize = 500;

/// Where somebody goes.
#[derive(Debug, Clone)]
pub struct Destination {
    /// Into which dwelling; that of the household unless told.
    pub dwelling: Option<Id<id::Dwelling>>,
    /// Into which household.
    pub household: Option<Id<id::Household>>,
    /// How they stand in the register there; as before unless told.
    pub resident_type: Option<ResidentType>,
    /// What they are to the head there.
    pub relation: Option<Relation>,
}

/// What was wrong from the start; `None` was right.
#[derive(Debug, Clone, Default)]
pub struct Correction {
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The end; `Some(None)`: there was none.
    pub to: Option<Option<NaiveDate>>,
    /// The resident type.
    pub resident_type: Option<ResidentType>,
    /// Whether they are counted there.
    pub is_main: Option<bool>,
    /// The relation to the head; `Some(None)`: none.
    pub relation: Option<Option<Relation>>,
}

/// What somebody is to the head of their household; `None` takes it away. What is wrong with the wish is told only to who may
/// change the record.
pub fn relate(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: Id<id::Residence>,
    expected: i64,
    wish: Outcome<Option<Relation>>,
) -> Outcome<Residence> {
    let mut r = residence::held(tx, ctx, id, expected)?;
    let before = residence::facts(&r);
    r.relation = wish?;
    residence::save(tx, ctx, "territory.residence.update", before, r)
}

/// Moves somebody out: `to` is the first day they no longer live there.
pub fn end(
    tx: &mut Tx<'_>,
    ctx: &Context,
    homes: &Homes,
    id: Id<id::Residence>,
    expected: i64,
    to: NaiveDate,
) -> Outcome<Residence> {
    let mut r = residence::held(tx, ctx, id, expected)?;
    if r.stay.is_over(homes.today) {
        return Err(RESIDENCE_ENDED.fault());
    }
    if !is_day(to) {
        return Err(INVALID.refusal().at("/to_on", &FIELD_RANGE).into());
    }
    if to <= r.stay.from {
        return Err(INVALID.refusal().at("/to_on", &FIELD_ORDER).into());
    }
    let before = residence::facts(&r);
    let spot = Spot::locked(tx, r.dwelling, r.household)?;
    r.stay.to = Some(to);
    // An end that was still to come may be put off, into another's time.
    residence::refuse_overlap(tx, &r, &spot)?;
    residence::save(tx, ctx, "territory.residence.end", before, r)
}

/// Ends a residence for what follows it. One that began the same day or later was not true for a single day: it is marked
/// as wrong.
pub(crate) fn cut(
    tx: &mut Tx<'_>,
    ctx: &Context,
    action: &str,
    mut r: Residence,
    on: NaiveDate,
) -> Outcome<Residence> {
    let before = residence::facts(&r);
    if on <= r.stay.from {
        let reason = "overtaken on the day it began".to_owned();
        r.voided = Some(Voided { at: ctx.now, reason });
    } else {
        r.stay.to = Some(on);
    }
    residence::save(tx, ctx, action, before, r)
}

/// Moves somebody elsewhere: the one residence ends and the next begins on the same day.
pub fn relocate(
    tx: &mut Tx<'_>,
    ctx: &Context,
    homes: &Homes,
    id: Id<id::Residence>,
    expected: i64,
    to: &Destination,
    on: NaiveDate,
) -> Outcome<Residence> {
    let r = running(tx, ctx, homes, id, expected, on)?;
    let spot = Spot::to_move_in(tx, ctx, to.dwelling, to.household)?;
    let (unit, path) = spot.place()?;
    let next = Residence {
        dwelling: spot.dwelling.as_ref().map(|d| d.id),
        household: to.household,
        unit,
        path,
        resident_type: to.resident_type.unwrap_or(r.resident_type),
        relation: to.relation,
        ..follow(ctx, &r, on)
    };
    cut(tx, ctx, "territory.residence.end", r, on)?;
    residence::begin(tx, ctx, "territory.residence.move", next, &spot)
}

/// Gives somebody another resident type from a day on.
pub fn change_type(
    tx: &mut Tx<'_>,
    ctx: &Context,
    homes: &Homes,
    id: Id<id::Residence>,
    expected: i64,
    resident_type: ResidentType,
    on: NaiveDate,
) -> Outcome<Residence> {
    let r = running(tx, ctx, homes, id, expected, on)?;
    if r.resident_type == resident_type {
        return Err(INVALID.refusal().at_with("/resident_type", &FIELD_CHOICE, "it is that already").into());
    }
    let spot = Spot::locked(tx, r.dwelling, r.household)?;
    let (unit, path) = spot.place()?;
    let next = Residence { unit, path, resident_type, ..follow(ctx, &r, on) };
    cut(tx, ctx, "territory.residence.end", r, on)?;
    residence::begin(tx, ctx, "territory.residence.change_type", next, &spot)
}

/// Puts a record right that was wrong from the start: it is marked so, and another takes its place.
pub fn correct(
    tx: &mut Tx<'_>,
    ctx: &Context,
    homes: &Homes,
    id: Id<id::Residence>,
    expected: i64,
    to: &Correction,
    reason: &str,
) -> Outcome<Residence> {
    let r = residence::held(tx, ctx, id, expected)?;
    let mut fields = Fields::default();
    fields.text("/reason", reason, 1, LONGEST_REASON);
    fields.finish()?;
    let mut next = Residence { corrects: Some(r.id), ..follow(ctx, &r, r.stay.from) };
    next.stay.from = to.from.unwrap_or(r.stay.from);
    next.stay.to = to.to.unwrap_or(r.stay.to);
    next.resident_type = to.resident_type.unwrap_or(r.resident_type);
    next.is_main = to.is_main.unwrap_or(r.is_main);
    next.relation = to.relation.unwrap_or(r.relation);
    let mut fields = Fields::default();
    homes::check_period(&mut fields, next.stay);
    homes.past_day(&mut fields, "/from_on", next.stay.from);
    fields.finish()?;
    let same = (next.stay, next.resident_type, next.is_main, next.relation);
    if same == (r.stay, r.resident_type, r.is_main, r.relation) {
        return Err(INVALID.refusal().because("nothing is different").at("", &FIELD_REQUIRED).into());
    }
    let spot = Spot::locked(tx, r.dwelling, r.household)?;
    (next.unit, next.path) = spot.place()?;
    mark(tx, ctx, r, reason)?;
    residence::begin(tx, ctx, "territory.residence.correct", next, &spot)
}

/// Marks a record as wrong from the start: it counts for no day, and stays.
pub fn void(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: Id<id::Residence>,
    expected: i64,
    reason: &str,
) -> Outcome<Residence> {
    let r = residence::held(tx, ctx, id, expected)?;
    let mut fields = Fields::default();
    fields.text("/reason", reason, 1, LONGEST_REASON);
    fields.finish()?;
    mark(tx, ctx, r, reason)
}

fn mark(tx: &mut Tx<'_>, ctx: &Context, mut r: Residence, reason: &str) -> Outcome<Residence> {
    let before: Value = residence::facts(&r);
    r.voided = Some(Voided { at: ctx.now, reason: reason.trim().to_owned() });
    residence::save(tx, ctx, "territory.residence.void", before, r)
}

/// The residence that follows another on a day, the same but for its id.
pub(crate) fn follow(ctx: &Context, r: &Residence, on: NaiveDate) -> Residence {
    let mut next = r.clone();
    next.id = ctx.id();
    next.stay.from = on;
    next.corrects = None;
    next.voided = None;
    next.version = 1;
    next.created_at = ctx.now;
    next
}

/// The residence, if the actor may change it and it runs on the day, which has come.
fn running(
    tx: &mut Tx<'_>,
    ctx: &Context,
    homes: &Homes,
    id: Id<id::Residence>,
    expected: i64,
    on: NaiveDate,
) -> Outcome<Residence> {
    let r = residence::held(tx, ctx, id, expected)?;
    let mut fields = Fields::default();
    homes.past_day(&mut fields, "/on", on);
    fields.finish()?;
    if r.stay.has(on) { Ok(r) } else { Err(RESIDENCE_ENDED.fault()) }
}
