//! Recording a visit: once, however often it is sent.

use contracts::{GridRef, HomeRef, NewCase};
use kernel::error::{FIELD_CHARACTERS, FIELD_RANGE, Fields, NOT_FOUND, OrRefuse};
use kernel::id::{self, Household, Person, VisitPlan};
use kernel::permission::Permit;
use kernel::{Context, Fault, Id, Outcome};
use storage::Tx;

use super::said::{self, Said};
use super::{content, duty, leave, plans};
use crate::error::{HOUSEHOLD_CLOSED, ID_TAKEN};
use crate::model::{Content, Edition, Position, SentCase, Visit, day_of, distance_m, judge};
use crate::permission::RecordVisits;
use crate::ports::VisitServices;
use crate::store::{editions, place, visits};

/// The coarsest position that is taken, in metres.
pub const COARSEST_M: i64 = 100_000;

/// A visit to be recorded. Its worker is the actor.
#[derive(Debug, Clone)]
pub struct NewVisit {
    /// The id that the phone made; a fresh one unless told.
    pub id: Option<Id<id::Visit>>,
    /// The household.
    pub household: Id<Household>,
    /// What is said of it.
    pub said: Said,
    /// Where the phone was.
    pub position: Option<Position>,
    /// The plan it fulfils; found by worker, household and day unless told.
    pub plan: Option<Id<VisitPlan>>,
    /// A case to be reported with it.
    pub case: Option<SentCase>,
}

impl NewVisit {
    fn content(&self) -> Content {
        Content {
            note: self.said.trimmed_note(),
            answers: self.said.answers.clone(),
            case: self.case.clone(),
            reason: None,
        }
    }
}

fn check(ctx: &Context, new: &NewVisit) -> Outcome<()> {
    let mut fields = Fields::default();
    said::check(&mut fields, &new.said, ctx.now, ctx.now);
    if new.id.is_some_and(|id| id.uuid().is_nil()) {
        fields.bad("/id", &FIELD_CHARACTERS, None);
    }
    if let Some(Position { lat, lng, accuracy_m }) = new.position {
        for (pointer, sound) in [
            ("/position/lat", (-90.0..=90.0).contains(&lat)),
            ("/position/lng", (-180.0..=180.0).contains(&lng)),
            ("/position/accuracy_m", (0..=COARSEST_M).contains(&accuracy_m)),
        ] {
            if !sound {
                fields.bad(pointer, &FIELD_RANGE, None);
            }
        }
    }
    fields.finish()
}

/// Records a visit. Sent again, it is the same visit; other content under its id is refused.
pub fn record(tx: &mut Tx<'_>, ctx: &Context, s: &VisitServices, new: &NewVisit) -> Outcome<Visit> {
    if let Some(id) = new.id
        && let Some(known) = visits::find(tx, id)?
    {
        return again(tx, ctx, s, known, new);
    }
    check(ctx, new)?;
    place::join(tx)?;
    let (home, grid) = place_of(tx, ctx, s, new)?;
    let on = day_of(s.zone, new.said.at);
    let members = said::members(tx, s, new.household, on, &new.said.met)?;
    said::check_form(tx, &new.said, &grid.path, None)?;
    let mut visit = drawn(ctx, s, new, &home, grid);
    if !visits::insert(tx, &visit)? {
        // Another request with the same id was quicker.
        let known = visits::find(tx, visit.id)?.or_refuse(&NOT_FOUND)?;
        return again(tx, ctx, s, known, new);
    }
    let edition = said_first(tx, ctx, s, new, &visit, members)?;
    editions::insert(tx, &edition)?;
    visit.plan = plans::fulfil(tx, ctx, &visit, new.plan)?;
    if let Some(case) = &new.case {
        visit.incident = Some(report(tx, ctx, s, case, &visit, &home)?);
    }
    if visit.plan.is_some() || visit.incident.is_some() {
        visits::link(tx, visit.id, visit.incident, visit.plan)?;
    }
    leave::tell(tx, ctx, &visit, "record", None, leave::facts(&visit, Some(&edition)))?;
    Ok(visit)
}

/// The household and the worker's grid that it lies in. A household outside their grids is not there for them.
fn place_of(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &VisitServices,
    new: &NewVisit,
) -> Outcome<(HomeRef, GridRef)> {
    let home = s.homes.homes(tx, &[new.household])?.pop().or_refuse(&NOT_FOUND)?;
    let grid = duty::grid_of(tx, s, ctx.actor.user, &home, new.said.at)?.or_refuse(&NOT_FOUND)?;
    ctx.require_at(RecordVisits::PERMISSION, grid.unit, &grid.path)?;
    if home.closed {
        return Err(HOUSEHOLD_CLOSED.fault());
    }
    Ok((home, grid))
}

fn drawn(ctx: &Context, s: &VisitServices, new: &NewVisit, home: &HomeRef, grid: GridRef) -> Visit {
    let position = new.position;
    let distance = position.zip(home.point).map(|(p, point)| distance_m((p.lat, p.lng), point));
    Visit {
        id: new.id.unwrap_or_else(|| ctx.id()),
        household: home.id,
        unit: grid.unit,
        path: grid.path,
        grid: grid.id,
        worker: ctx.actor.user,
        at: new.said.at,
        on: day_of(s.zone, new.said.at),
        way: new.said.way,
        presence: judge(new.said.way, position.as_ref(), distance),
        distance_m: distance,
        position,
        incident: None,
        plan: None,
        edition: 1,
        struck: None,
        version: 1,
        recorded_at: ctx.now,
    }
}

fn said_first(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &VisitServices,
    new: &NewVisit,
    visit: &Visit,
    members: Vec<Id<Person>>,
) -> Outcome<Edition> {
    let people = new.said.met.iter().copied().chain(members);
    let (sealed_for, sealed) = content::seal(tx, s, visit.id, &new.content(), people)?;
    Ok(Edition {
        visit: visit.id,
        number: 1,
        at: visit.at,
        on: visit.on,
        way: visit.way,
        met: new.said.met.clone(),
        form: new.said.form,
        sealed_for,
        sealed,
        recorded_at: ctx.now,
        recorded_by: ctx.actor.user,
    })
}

/// Reports the case where the household is. What is wrong with it is wrong with the visit's `incident`.
fn report(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &VisitServices,
    case: &SentCase,
    visit: &Visit,
    home: &HomeRef,
) -> Outcome<Id<id::Incident>> {
    let new = NewCase {
        title: case.title.clone(),
        description: case.description.clone(),
        unit: Some(visit.unit),
        point: home.point,
        category: case.category,
    };
    match s.cases.report(tx, ctx, new) {
        Ok(made) => Ok(made.id),
        Err(Fault::Refused(mut refusal)) => {
            for field in &mut refusal.fields {
                field.pointer = format!("/incident{}", field.pointer).into();
            }
            Err(Fault::Refused(refusal))
        }
        Err(fault) => Err(fault),
    }
}

/// The visit that was recorded before, if what is sent is what was said first.
fn again(tx: &mut Tx<'_>, ctx: &Context, s: &VisitServices, known: Visit, new: &NewVisit) -> Outcome<Visit> {
    if known.worker != ctx.actor.user {
        return Err(ID_TAKEN.fault());
    }
    ctx.require_at(RecordVisits::PERMISSION, known.unit, &known.path)?;
    let first = editions::find(tx, known.id, 1)?.or_refuse(&NOT_FOUND)?;
    let Said { at, way, met, form, .. } = &new.said;
    let facts = known.household == new.household
        && known.position == new.position
        && (first.at, first.way, first.form) == (*at, *way, *form)
        && first.met == *met;
    // What went with a person cannot be compared any more.
    let said = content::open(tx, s, &first)?.is_none_or(|said| said == new.content());
    if facts && said { Ok(known) } else { Err(ID_TAKEN.fault()) }
}
