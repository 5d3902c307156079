//! What a reader sees of an incident, and what they may do with it next.

use std::collections::{BTreeMap, BTreeSet};

use contracts::UnitRef;
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{Category, Incident as IncidentId, Unit, User};
use kernel::permission::Permit;
use kernel::{Context, Fault, Id, Outcome, Page, PageSize, Refusal, UnitPath};
use storage::Tx;

use crate::error::{ANSWERED_BY_REPORTER, REOPEN_TOO_LATE, RESOLVER_CANNOT_CLOSE, RESOLVER_CANNOT_VERIFY};
use crate::model::{Action, How, Incident, State, Step};
use crate::permission::{
    AcceptIncident, CloseIncident, DispatchIncident, HandleIncident, ReadIncidents, SuspendIncident,
    TransferIncident, VerifyIncident,
};
use crate::ports::GridServices;
use crate::store::incidents::Named;
use crate::store::{categories, incidents, steps};

/// Where an incident lies, and where the unit it was dispatched to does.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    /// The incident's unit.
    pub unit: &'a UnitPath,
    /// The unit it was dispatched to.
    pub assignee_unit: Option<&'a UnitPath>,
}

/// An incident as one reader sees it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The incident.
    pub incident: Incident,
    /// Its unit's name.
    pub unit_name: String,
    /// Its grid's name.
    pub grid_name: Option<String>,
    /// Who reported it: for staff and the reporter.
    pub reporter: Option<(Id<User>, String)>,
    /// The name of the unit it was dispatched to.
    pub assignee_unit_name: Option<String>,
    /// The name of the person it was dispatched to.
    pub assignee_name: Option<String>,
    /// The name of who resolved it.
    pub resolved_by_name: Option<String>,
    /// Its category's name.
    pub category_name: Option<String>,
    /// What this reader may do with it now.
    pub actions: Vec<Action>,
    /// Whether this reader may give it a category now.
    pub may_categorise: bool,
    /// Whether this reader may say now how good the result is.
    pub may_rate: bool,
    /// The name of the unit that was told that the time is over.
    pub escalated_unit_name: Option<String>,
    /// Whether the reader sees what the reporter was asked: staff and the reporter do.
    pub sees_all: bool,
}

/// Whether somebody handles the incident: the one it was given to, or whoever may handle in the unit it was given to.
pub(super) fn handles(ctx: &Context, i: &Incident, at: Places<'_>) -> bool {
    let may = |path: &UnitPath| ctx.actor.may(HandleIncident::PERMISSION, path, ctx.now);
    match (i.assignee, at.assignee_unit) {
        (Some(user), _) if user == ctx.actor.user => may(at.assignee_unit.unwrap_or(at.unit)) || may(at.unit),
        (_, Some(unit)) => may(unit),
        (Some(_), None) => false,
        (None, None) => may(at.unit),
    }
}

/// Whether the actor may do this to incidents there, whatever its state: the refusal if not.
pub fn permitted(ctx: &Context, i: &Incident, at: Places<'_>, action: Action) -> Result<(), Refusal> {
    let needed = match action {
        Action::Accept | Action::Reject | Action::Merge => AcceptIncident::PERMISSION,
        Action::Dispatch => DispatchIncident::PERMISSION,
        Action::Verify => VerifyIncident::PERMISSION,
        Action::Close => CloseIncident::PERMISSION,
        Action::Start | Action::Resolve if handles(ctx, i, at) => return Ok(()),
        Action::Start | Action::Resolve => return Err(kernel::actor::missing(HandleIncident::PERMISSION)),
        Action::Return if handles(ctx, i, at) => return Ok(()),
        Action::Return => DispatchIncident::PERMISSION,
        Action::Transfer => TransferIncident::PERMISSION,
        Action::Suspend => SuspendIncident::PERMISSION,
        // Who handles it asks, and whoever is to take it on.
        Action::Ask if handles(ctx, i, at) => return Ok(()),
        Action::Ask => AcceptIncident::PERMISSION,
        Action::Answer if i.reporter == ctx.actor.user => return Ok(()),
        Action::Answer => return Err(ANSWERED_BY_REPORTER.refusal()),
        // What waits for an answer goes on when who asked has waited long enough; what was set aside, when who set it aside says so.
        Action::Resume if i.state == State::Waiting && handles(ctx, i, at) => return Ok(()),
        Action::Resume if i.state == State::Waiting => AcceptIncident::PERMISSION,
        Action::Resume => SuspendIncident::PERMISSION,
        Action::Reopen if i.reporter == ctx.actor.user => return Ok(()),
        Action::Reopen => VerifyIncident::PERMISSION,
    };
    if ctx.actor.may(needed, at.unit, ctx.now) { Ok(()) } else { Err(kernel::actor::missing(needed)) }
}

/// Who resolved it neither verifies nor closes it: the refusal if so.
pub fn separate(ctx: &Context, i: &Incident, action: Action) -> Result<(), Refusal> {
    let code = match action {
        Action::Verify => &RESOLVER_CANNOT_VERIFY,
        Action::Close => &RESOLVER_CANNOT_CLOSE,
        _ => return Ok(()),
    };
    if i.resolved_by == Some(ctx.actor.user) { Err(code.refusal()) } else { Ok(()) }
}

/// Where an action leads for this actor: the reporter alone reopens from fewer states than a verifier.
pub fn leads(ctx: &Context, i: &Incident, at: Places<'_>, action: Action, how: How) -> Option<State> {
    let only_as_reporter =
        action == Action::Reopen && !ctx.actor.may(VerifyIncident::PERMISSION, at.unit, ctx.now);
    if only_as_reporter && !i.state.reporter_may_reopen() {
        return None;
    }
    i.state.after(action, how)
}

/// For how long the reporter may ask for a closed case to be taken up again.
pub const REOPEN_DAYS: i64 = 30;

/// The reporter takes a case up again within [`REOPEN_DAYS`] of its end; whoever verifies, at any time: the refusal if it is too late.
pub fn in_time(ctx: &Context, i: &Incident, at: Places<'_>, action: Action) -> Result<(), Refusal> {
    let verifier = ctx.actor.may(VerifyIncident::PERMISSION, at.unit, ctx.now);
    let over = i.closed_at.is_some_and(|closed| closed.plus_days(REOPEN_DAYS) < ctx.now);
    if action == Action::Reopen && over && !verifier { Err(REOPEN_TOO_LATE.refusal()) } else { Ok(()) }
}

/// What this actor may do with the incident now.
pub fn actions(ctx: &Context, i: &Incident, at: Places<'_>) -> Vec<Action> {
    i.state
        .actions(i.back)
        .filter(|a| {
            leads(ctx, i, at, *a, How::well(i.back)).is_some()
                && permitted(ctx, i, at, *a).is_ok()
                && separate(ctx, i, *a).is_ok()
                && in_time(ctx, i, at, *a).is_ok()
        })
        .collect()
}

/// Whether the reader is staff for this incident, and so sees who reported it.
pub(super) fn is_staff(ctx: &Context, i: &Incident, at: Places<'_>) -> bool {
    ctx.actor.may(ReadIncidents::PERMISSION, at.unit, ctx.now)
        // Theirs for as long as they may handle it: who lost that right has lost the sight of it, too.
        || (i.assignee == Some(ctx.actor.user) && handles(ctx, i, at))
        || at.assignee_unit.is_some_and(|unit| ctx.actor.may(HandleIncident::PERMISSION, unit, ctx.now))
}

/// Whether the reader sees the incident at all.
pub fn visible(ctx: &Context, i: &Incident, at: Places<'_>) -> bool {
    i.reporter == ctx.actor.user || is_staff(ctx, i, at)
}

/// The units that incidents name, by id: one question for all of them.
#[derive(Debug, Default)]
pub struct Units(BTreeMap<Id<Unit>, UnitRef>);

impl Units {
    /// Asks for them.
    pub fn of<'a>(
        tx: &mut Tx<'_>,
        s: &GridServices,
        all: impl IntoIterator<Item = &'a Incident>,
    ) -> Outcome<Self> {
        let ids: BTreeSet<Id<Unit>> = all
            .into_iter()
            .flat_map(|i| [Some(i.unit), i.assignee_unit, i.escalated_unit])
            .flatten()
            .collect();
        Self::with(tx, s, &ids.into_iter().collect::<Vec<_>>())
    }

    /// Asks for these.
    pub fn with(tx: &mut Tx<'_>, s: &GridServices, ids: &[Id<Unit>]) -> Outcome<Self> {
        let found = match ids {
            [] => Vec::new(),
            [one] => s.tree.unit(tx, *one)?.into_iter().collect(),
            many => s.tree.units(tx, many)?,
        };
        Ok(Self(found.into_iter().map(|u| (u.id, u)).collect()))
    }

    /// The unit.
    pub fn get(&self, id: Id<Unit>) -> Option<&UnitRef> {
        self.0.get(&id)
    }

    /// Where an incident lies.
    pub fn places(&self, i: &Incident) -> Outcome<Places<'_>> {
        let unit =
            self.get(i.unit).ok_or_else(|| Fault::internal(format!("incident {} names no unit", i.id)))?;
        let assignee_unit = i.assignee_unit.and_then(|id| self.get(id)).map(|u| &u.path);
        Ok(Places { unit: &unit.path, assignee_unit })
    }
}

/// The names of people, by id: one question for all, none where only the actor is named.
pub fn names(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    ids: &BTreeSet<Id<User>>,
) -> Outcome<BTreeMap<Id<User>, String>> {
    let others: Vec<Id<User>> = ids.iter().copied().filter(|id| *id != ctx.actor.user).collect();
    let mut names: BTreeMap<Id<User>, String> = if others.is_empty() {
        BTreeMap::new()
    } else {
        s.users.users(tx, &others)?.into_iter().map(|u| (u.id, u.display_name)).collect()
    };
    names.insert(ctx.actor.user, ctx.actor.display_name.to_string());
    Ok(names)
}

/// The names of categories, by id: one question for all, none where none is named.
fn category_names(
    tx: &mut Tx<'_>,
    ids: impl Iterator<Item = Option<Id<Category>>>,
) -> Outcome<BTreeMap<Id<Category>, String>> {
    let ids: BTreeSet<Id<Category>> = ids.flatten().collect();
    categories::names(tx, &ids.into_iter().collect::<Vec<_>>())
}

/// Puts names and rights beside rows that the reader may see: two questions, whatever their number, and a third
/// where they have categories.
pub fn show(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices, rows: Vec<Named>) -> Outcome<Vec<Shown>> {
    let units = Units::of(tx, s, rows.iter().map(|(i, _)| i))?;
    show_at(tx, ctx, s, rows, &units)
}

/// [`show`] where the units are known.
pub fn show_at(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    rows: Vec<Named>,
    units: &Units,
) -> Outcome<Vec<Shown>> {
    let mut people = BTreeSet::new();
    for (i, _) in &rows {
        people.extend([i.assignee, i.resolved_by].into_iter().flatten());
        if visible(ctx, i, units.places(i)?) {
            people.insert(i.reporter);
        }
    }
    let names = names(tx, ctx, s, &people)?;
    let name = |id: Id<User>| names.get(&id).cloned();
    let kinds = category_names(tx, rows.iter().map(|(i, _)| i.category))?;
    rows.into_iter()
        .map(|(i, grid_name)| {
            let at = units.places(&i)?;
            Ok(Shown {
                unit_name: units.get(i.unit).map(|u| u.name.clone()).unwrap_or_default(),
                grid_name,
                reporter: (visible(ctx, &i, at) && !i.is_anonymous())
                    .then(|| (i.reporter, name(i.reporter).unwrap_or_default())),
                assignee_unit_name: i.assignee_unit.and_then(|id| units.get(id)).map(|u| u.name.clone()),
                assignee_name: i.assignee.and_then(name),
                resolved_by_name: i.resolved_by.and_then(name),
                category_name: i.category.and_then(|id| kinds.get(&id).cloned()),
                actions: actions(ctx, &i, at),
                may_categorise: super::categorise::possible(ctx, &i, at),
                may_rate: super::rate::possible(ctx, &i),
                escalated_unit_name: i.escalated_unit.and_then(|id| units.get(id)).map(|u| u.name.clone()),
                sees_all: visible(ctx, &i, at),
                incident: i,
            })
        })
        .collect()
}

/// The incident as this reader sees it; `kernel.not_found` where they may not.
pub fn find(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices, id: Id<IncidentId>) -> Outcome<Shown> {
    let (row, units) = seen(tx, ctx, s, id)?;
    show_at(tx, ctx, s, vec![row], &units)?.pop().or_refuse(&NOT_FOUND)
}

/// The row and its units, if the reader sees it.
pub fn seen(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices, id: Id<IncidentId>) -> Outcome<(Named, Units)> {
    let row = incidents::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    let units = Units::of(tx, s, [&row.0])?;
    if visible(ctx, &row.0, units.places(&row.0)?) { Ok((row, units)) } else { Err(NOT_FOUND.fault()) }
}

/// A step with the names in it. Who acted is named to staff, and to whoever acted.
#[derive(Debug, Clone)]
pub struct ShownStep {
    /// The step.
    pub step: Step,
    /// Who acted: for staff, and the reader's own steps.
    pub actor: Option<(Id<User>, String)>,
    /// The name of the unit it was dispatched to.
    pub assignee_unit_name: Option<String>,
    /// The name of the person it was dispatched to.
    pub assignee_name: Option<String>,
    /// The name of the category it had before.
    pub from_category_name: Option<String>,
    /// The name of the category it was given.
    pub to_category_name: Option<String>,
}

/// The history of an incident that the reader sees, oldest first, after step number `after`.
pub fn history(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<IncidentId>,
    after: i64,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<ShownStep>> {
    let ((incident, _), units) = seen(tx, ctx, s, id)?;
    let staff = is_staff(ctx, &incident, units.places(&incident)?);
    let rows = steps::list(tx, id, after, size.probe())?;
    let page = Page::cut(rows, size, |step| kernel::Cursor {
        after: step.id.uuid(),
        filter: fingerprint,
        key: Some(step.seq.to_string()),
    });
    let people: BTreeSet<Id<User>> =
        page.items.iter().flat_map(|st| [st.actor, st.assignee]).flatten().collect();
    let names = names(tx, ctx, s, &people)?;
    let places: BTreeSet<Id<Unit>> = page.items.iter().filter_map(|st| st.assignee_unit).collect();
    let units = Units::with(tx, s, &places.into_iter().collect::<Vec<_>>())?;
    let kinds = category_names(tx, page.items.iter().flat_map(|st| [st.from_category, st.to_category]))?;
    Ok(page.map(|step| {
        let known = |actor: &Id<User>| staff || *actor == ctx.actor.user;
        ShownStep {
            actor: step.actor.filter(known).map(|id| (id, names.get(&id).cloned().unwrap_or_default())),
            assignee_unit_name: step.assignee_unit.and_then(|u| units.get(u)).map(|u| u.name.clone()),
            assignee_name: step.assignee.and_then(|u| names.get(&u).cloned()),
            from_category_name: step.from_category.and_then(|id| kinds.get(&id).cloned()),
            to_category_name: step.to_category.and_then(|id| kinds.get(&id).cloned()),
            step,
        }
    }))
}
