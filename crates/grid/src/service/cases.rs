//! What other domains are offered of cases: one of them, a report of theirs, and the history of all.

use contracts::{CaseHistory, CaseNames, CaseRef, CaseStep, Cases, GridName, NewCase};
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{Category, Grid, Incident as IncidentId};
use kernel::{Context, Fault, Id, Outcome};
use storage::Tx;

use super::report::{self, NewIncident};
use super::see::{self, Units};
use crate::model::{Incident, Source, Step};
use crate::ports::GridServices;
use crate::store::{categories, changes, grids, incidents, steps};

/// Cases, for other domains.
#[derive(Clone)]
pub struct CasesPort(pub GridServices);

fn told(i: &Incident, units: &Units) -> Outcome<CaseRef> {
    Ok(CaseRef {
        id: i.id,
        number: i.number.clone(),
        title: i.title.clone(),
        unit: i.unit,
        path: units.places(i)?.unit.clone(),
        grid: i.grid,
        category: i.category,
        state: i.state.word().to_owned(),
        over: i.state.is_over(),
        reporter: i.reporter,
    })
}

impl<'c> Cases<Tx<'c>> for CasesPort {
    fn case(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        id: Id<IncidentId>,
        hold: bool,
    ) -> Outcome<Option<CaseRef>> {
        if hold {
            incidents::find_locked(tx, id)?;
        }
        match see::seen(tx, ctx, &self.0, id) {
            Ok(((incident, _), units)) => told(&incident, &units).map(Some),
            Err(Fault::Refused(_)) => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    fn report(&self, tx: &mut Tx<'c>, ctx: &Context, new: NewCase) -> Outcome<CaseRef> {
        let (lat, lng) = new.point.unzip();
        let new = NewIncident {
            title: new.title,
            description: new.description,
            lat,
            lng,
            unit: new.unit,
            category: new.category,
            source: Some(Source::Visit),
            ..NewIncident::default()
        };
        let shown = report::report(tx, ctx, &self.0, &new)?;
        let units = Units::of(tx, &self.0, [&shown.incident])?;
        told(&shown.incident, &units)
    }
}

/// The history of all cases, for whoever counts.
#[derive(Debug, Clone, Copy, Default)]
pub struct History;

fn counted(place: i64, step: Step, point: Option<(f64, f64)>) -> CaseStep {
    CaseStep {
        place,
        incident: step.incident,
        seq: step.seq,
        point: point.filter(|_| step.seq == 1),
        action: step.action,
        from: step.from.map(|state| state.word().to_owned()),
        to: step.to.word().to_owned(),
        actor: step.actor,
        at: step.at,
        unit: step.facts.unit,
        grid: step.facts.grid,
        category: step.to_category,
        assignee_unit: step.assignee_unit,
        assignee: step.assignee,
        source: step.facts.source.map(|source| source.word().to_owned()),
        late: step.facts.late,
        score: step.facts.score.map(i64::from),
    }
}

impl<'c> CaseHistory<Tx<'c>> for History {
    fn steps(&self, tx: &mut Tx<'c>, after: i64, limit: i64) -> Outcome<Vec<CaseStep>> {
        let rows = steps::placed(tx, after, limit)?;
        Ok(rows.into_iter().map(|(place, step, point)| counted(place, step, point)).collect())
    }

    fn newest(&self, tx: &mut Tx<'c>) -> Outcome<i64> {
        changes::newest(tx)
    }

    fn has_unsettled(&self, tx: &mut Tx<'c>) -> Outcome<bool> {
        changes::has_unplaced(tx)
    }

    fn settle(&self, tx: &mut Tx<'c>, limit: i64) -> Outcome<usize> {
        changes::place(tx, limit)
    }
}

/// What grids and categories are called.
#[derive(Debug, Clone, Copy, Default)]
pub struct NamesPort;

impl<'c> CaseNames<Tx<'c>> for NamesPort {
    fn grids(&self, tx: &mut Tx<'c>, ids: &[Id<Grid>]) -> Outcome<Vec<GridName>> {
        let rows = grids::names(tx, ids)?;
        Ok(rows.into_iter().map(|(id, name, unit)| GridName { id, name, unit }).collect())
    }

    fn categories(&self, tx: &mut Tx<'c>, ids: &[Id<Category>]) -> Outcome<Vec<(Id<Category>, String)>> {
        Ok(categories::names(tx, ids)?.into_iter().collect())
    }
}

/// The case of a number that the actor sees, as people type it.
pub fn numbered(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices, typed: &str) -> Outcome<see::Shown> {
    let number = crate::model::number::read(typed).or_refuse(&NOT_FOUND)?;
    let id = incidents::by_number(tx, &number)?.or_refuse(&NOT_FOUND)?;
    see::find(tx, ctx, s, id)
}
