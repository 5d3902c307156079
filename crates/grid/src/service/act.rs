//! Acting on an incident: who may, what it must carry, and where it leads. All transitions go through [`act`].

use contracts::UnitRef;
use kernel::error::{
    FIELD_RANGE, FIELD_REQUIRED, FIELD_UNKNOWN_REFERENCE, Fields, INVALID, NOT_FOUND, OrRefuse, STALE,
};
use kernel::id::{Grid, Incident as IncidentId, Unit, User};
use kernel::{Context, Fault, Id, Instant, Outcome, UnitPath};
use serde_json::json;
use storage::Tx;

use super::report::{Told, tell};
use super::see::{self, Shown, Units};
use super::{clock, duty, merge, place, regrid, resolve, transfer};
use crate::error::{ASSIGNEE_REQUIRED, HANDLER_NOT_ABLE, TRANSITION_NOT_ALLOWED, UNIT_CLOSED};
use crate::model::{Action, ClockEnd, ClockKind, How, Incident, State};
use crate::permission::HandleIncident;
use crate::ports::GridServices;
use crate::store::{incidents, scopes};

/// The most characters of a reason, a result or a remark.
const NOTE: usize = 2_000;
/// For how long a case is set aside at most, in seconds: a year.
const LONGEST_SUSPENSION: i64 = 366 * 86_400;

/// An action with what it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Take it on.
    Accept {
        /// A remark.
        note: Option<String>,
    },
    /// Refuse to take it on.
    Reject {
        /// Why.
        reason: String,
    },
    /// Give it to a unit, a person, or a person of a unit.
    Dispatch {
        /// The unit.
        unit: Option<Id<Unit>>,
        /// The person.
        person: Option<Id<User>>,
        /// A remark.
        note: Option<String>,
    },
    /// Begin.
    Start {
        /// A remark.
        note: Option<String>,
    },
    /// Say how it was dealt with.
    Resolve {
        /// What was done.
        result: String,
    },
    /// Confirm it.
    Pass {
        /// A remark.
        note: Option<String>,
    },
    /// Send it back.
    Fail {
        /// Why.
        reason: String,
    },
    /// End the case.
    Close {
        /// A remark.
        note: Option<String>,
    },
    /// Take it up again.
    Reopen {
        /// Why.
        reason: String,
    },
    /// Give it back: it was sent to the wrong place.
    Return {
        /// Why.
        reason: String,
    },
    /// Put it into another tray.
    Transfer {
        /// The unit, where no grid is named.
        unit: Option<Id<Unit>>,
        /// The grid; its unit has the tray.
        grid: Option<Id<Grid>>,
        /// Why.
        reason: String,
    },
    /// Set it aside.
    Suspend {
        /// Until when.
        until: Instant,
        /// Why.
        reason: String,
    },
    /// Ask the reporter.
    Ask {
        /// What.
        question: String,
    },
    /// Answer what was asked.
    Answer {
        /// What is to be known.
        answer: String,
    },
    /// Go on.
    Resume {
        /// A remark.
        note: Option<String>,
    },
    /// Say that it is the same as another.
    Merge {
        /// The other, which goes on.
        into: Id<IncidentId>,
        /// Why.
        reason: String,
    },
}

impl Deed {
    /// The action it is.
    pub fn action(&self) -> Action {
        match self {
            Self::Accept { .. } => Action::Accept,
            Self::Reject { .. } => Action::Reject,
            Self::Dispatch { .. } => Action::Dispatch,
            Self::Start { .. } => Action::Start,
            Self::Resolve { .. } => Action::Resolve,
            Self::Pass { .. } | Self::Fail { .. } => Action::Verify,
            Self::Close { .. } => Action::Close,
            Self::Reopen { .. } => Action::Reopen,
            Self::Return { .. } => Action::Return,
            Self::Transfer { .. } => Action::Transfer,
            Self::Suspend { .. } => Action::Suspend,
            Self::Ask { .. } => Action::Ask,
            Self::Answer { .. } => Action::Answer,
            Self::Resume { .. } => Action::Resume,
            Self::Merge { .. } => Action::Merge,
        }
    }

    /// The words it carries, and whether it must.
    fn words(&self) -> (&'static str, Option<&str>, bool) {
        match self {
            Self::Accept { note }
            | Self::Start { note }
            | Self::Pass { note }
            | Self::Close { note }
            | Self::Resume { note }
            | Self::Dispatch { note, .. } => ("/note", note.as_deref(), false),
            Self::Reject { reason }
            | Self::Fail { reason }
            | Self::Reopen { reason }
            | Self::Return { reason }
            | Self::Transfer { reason, .. }
            | Self::Suspend { reason, .. }
            | Self::Merge { reason, .. } => ("/reason", Some(reason), true),
            Self::Ask { question } => ("/question", Some(question), true),
            Self::Answer { answer } => ("/answer", Some(answer), true),
            Self::Resolve { result } => ("/result", Some(result), true),
        }
    }

    fn check(&self, now: Instant) -> Outcome<()> {
        let (pointer, text, must) = self.words();
        let mut fields = Fields::default();
        if let Self::Suspend { until, .. } = self
            && !(now < *until && *until <= now.plus_seconds(LONGEST_SUSPENSION))
        {
            fields.bad("/until_at", &FIELD_RANGE, Some("after now, and within a year".to_owned()));
        }
        if let Some(text) = text {
            fields.text(pointer, text, usize::from(must), NOTE);
        }
        fields.finish()
    }

    fn note(&self) -> Option<String> {
        self.words().1.map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned)
    }
}

/// Does the deed to the incident, which the caller has seen at version `expected`.
pub fn act(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<IncidentId>,
    expected: i64,
    deed: &Deed,
) -> Outcome<Shown> {
    let ((mut incident, grid_name), units) = see::seen(tx, ctx, s, id)?;
    if incident.version != expected {
        return Err(STALE.fault());
    }
    let to = judge(ctx, &incident, &units, deed)?;
    deed.check(ctx.now)?;
    // The unit it is given to may be about to be dissolved, and its own moved: that is waited for, and found.
    scopes::join_incidents(tx)?;
    let left = incident.unit;
    match deed {
        Deed::Dispatch { unit, person, .. } => give(tx, ctx, s, &mut incident, &units, *unit, *person)?,
        Deed::Transfer { unit, grid, .. } => transfer::to(tx, s, &mut incident, *unit, *grid)?,
        Deed::Return { .. } => (incident.assignee_unit, incident.assignee) = (None, None),
        Deed::Resolve { .. } => incident.resolved_by = Some(ctx.actor.user),
        Deed::Merge { into, .. } => merge::into(tx, ctx, s, &mut incident, *into)?,
        // What is done now is judged anew.
        Deed::Reopen { .. } | Deed::Fail { .. } => (incident.merged_into, incident.score) = (None, None),
        _ => {}
    }
    let moved = matches!(deed, Deed::Dispatch { .. } | Deed::Transfer { .. } | Deed::Return { .. });
    let units = if moved { Units::of(tx, s, [&incident])? } else { units };
    let from = std::mem::replace(&mut incident.state, to);
    incident.version += 1;
    incident.state_since = ctx.now;
    incident.closed_at = (to == State::Closed).then_some(ctx.now);
    let late = turn(tx, ctx, s, &mut incident, &units, deed, from)?;
    if !incidents::update(tx, &incident)? {
        return Err(STALE.fault());
    }
    if from.is_over() {
        regrid::come_back(tx, ctx, &incident)?;
    }
    let place = place::unit_now(tx, s, incident.unit, &units)?;
    let above = place::lineage(tx, s, &place)?;
    if left == incident.unit {
        scopes::set(tx, (&incident).into(), &above)?;
    } else {
        transfer::follow(tx, s, &incident, left, &above)?;
    }
    let told =
        Told { from: Some(from), action: deed.action().word(), note: deed.note(), late, ..Told::default() };
    tell(tx, ctx, &incident, told)?;
    let name = if left == incident.unit { grid_name } else { transfer::grid_name(tx, &incident)? };
    see::show_at(tx, ctx, s, vec![(incident, name)], &units)?.pop().or_refuse(&NOT_FOUND)
}

/// What the deed does to the clock of the case: the rules are in [`crate::model::clock`]. Answers whether a clock that it ended was over.
fn turn(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    i: &mut Incident,
    units: &Units,
    deed: &Deed,
    from: State,
) -> Outcome<Option<bool>> {
    let unit = units.get(i.unit).ok_or_else(|| Fault::internal("an incident names no unit"))?;
    match deed {
        Deed::Accept { .. } | Deed::Reject { .. } | Deed::Resolve { .. } => {
            clock::end(tx, ctx.now, i, ClockEnd::Done)
        }
        Deed::Return { .. } | Deed::Merge { .. } => clock::end(tx, ctx.now, i, ClockEnd::Dropped),
        Deed::Dispatch { .. } => {
            // From a reopened case: it was taken on by being given to somebody.
            let late = clock::end(tx, ctx.now, i, ClockEnd::Done)?;
            clock::start(tx, ctx, s, i, units, ClockKind::Resolution)?;
            Ok(late)
        }
        Deed::Transfer { .. } => {
            clock::end(tx, ctx.now, i, ClockEnd::Dropped)?;
            clock::start(tx, ctx, s, i, units, ClockKind::Acceptance)?;
            Ok(None)
        }
        Deed::Fail { .. } | Deed::Reopen { .. } => {
            clock::start(tx, ctx, s, i, units, ClockKind::Acceptance)?;
            Ok(None)
        }
        Deed::Suspend { until, .. } => {
            i.back = Some(from);
            clock::stand(tx, ctx, s, i, unit, (State::Suspended, Some(*until)))?;
            Ok(None)
        }
        Deed::Ask { question } => {
            i.back = Some(from);
            i.question = Some(question.trim().to_owned());
            clock::stand(tx, ctx, s, i, unit, (State::Waiting, None))?;
            Ok(None)
        }
        Deed::Answer { .. } | Deed::Resume { .. } => {
            clock::go_on(tx, ctx, s, i, unit)?;
            Ok(None)
        }
        Deed::Start { .. } | Deed::Pass { .. } | Deed::Close { .. } => Ok(None),
    }
}

/// Where the deed leads, if the actor may do it and the state allows it.
fn judge(ctx: &Context, incident: &Incident, units: &Units, deed: &Deed) -> Outcome<State> {
    let at = units.places(incident)?;
    let action = deed.action();
    see::permitted(ctx, incident, at, action)?;
    let passed = !matches!(deed, Deed::Fail { .. });
    let how = How { passed, back: incident.back };
    let Some(to) = see::leads(ctx, incident, at, action, how) else {
        let allowed: Vec<&str> = see::actions(ctx, incident, at).into_iter().map(Action::word).collect();
        return Err(TRANSITION_NOT_ALLOWED
            .refusal()
            .because(format!("It is {}; {action} is not possible from there.", incident.state))
            .with("state", json!(incident.state.word()))
            .with("allowed_transitions", json!(allowed))
            .into());
    };
    see::separate(ctx, incident, action)?;
    see::in_time(ctx, incident, at, action)?;
    Ok(to)
}

/// The unit that takes care of the incident's category where it lies.
fn department(
    tx: &mut Tx<'_>,
    s: &GridServices,
    incident: &Incident,
    units: &Units,
) -> Outcome<Option<Id<Unit>>> {
    let (Some(category), Some(unit)) = (incident.category, units.get(incident.unit)) else { return Ok(None) };
    Ok(resolve::of_incident(tx, s, category, unit)?.department.map(|found| found.value))
}

/// Writes down whom it is given to, if they can take it; where nobody is named, the department of its category.
fn give(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    incident: &mut Incident,
    units: &Units,
    unit: Option<Id<Unit>>,
    person: Option<Id<User>>,
) -> Outcome<()> {
    let unit = match (unit, person) {
        (None, None) => department(tx, s, incident, units)?,
        _ => unit,
    };
    let place = match unit {
        Some(unit) => Some(open_unit(tx, s, unit)?),
        None => None,
    };
    let path: &UnitPath = match &place {
        Some(unit) => &unit.path,
        None => units.places(incident)?.unit,
    };
    if let Some(person) = person {
        if !s.users.holds(tx, person, HandleIncident::NAME, path, ctx.now)? {
            return Err(HANDLER_NOT_ABLE.refusal().at("/assignee_id", &HANDLER_NOT_ABLE).into());
        }
    } else if unit.is_none() {
        return Err(ASSIGNEE_REQUIRED
            .refusal()
            .at("/assignee_unit_id", &FIELD_REQUIRED)
            .at("/assignee_id", &FIELD_REQUIRED)
            .into());
    }
    // Whoever is asked to do it must have it on their list: the unit it is given to, or the one whose person does it.
    duty::in_scope(tx, ctx, s, incident, unit.unwrap_or(incident.unit))?;
    incident.assignee_unit = unit;
    incident.assignee = person;
    Ok(())
}

fn open_unit(tx: &mut Tx<'_>, s: &GridServices, id: Id<Unit>) -> Outcome<UnitRef> {
    let unit = s
        .tree
        .unit(tx, id)?
        .ok_or_else(|| INVALID.refusal().at("/assignee_unit_id", &FIELD_UNKNOWN_REFERENCE))?;
    if unit.closed {
        return Err(UNIT_CLOSED.refusal().at("/assignee_unit_id", &UNIT_CLOSED).into());
    }
    Ok(unit)
}
