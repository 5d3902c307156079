//! Incidents and steps by their ids, many at once: for a face of grid that keeps lists of its own.

use diesel::prelude::*;
use kernel::id::{Incident as IncidentId, IncidentStep};
use kernel::{Id, Outcome};
use storage::{Tx, with_conn};

use super::incidents::{Named, NamedRow, Row, named};
use super::schema::{grid_grids as grids, grid_incident_steps as steps, grid_incidents as incidents};
use super::steps::Row as StepRow;
use crate::model::Step;

/// The incidents with these ids, newest first; unknown ids are left out.
pub fn incidents(tx: &mut Tx<'_>, ids: &[Id<IncidentId>]) -> Outcome<Vec<Named>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<NamedRow> = with_conn!(tx, |c| incidents::table
        .left_join(grids::table)
        .filter(incidents::id.eq_any(ids))
        .order(incidents::id.desc())
        .select((Row::as_select(), grids::name.nullable()))
        .load(c))?;
    rows.into_iter().map(named).collect()
}

/// The steps with these ids, in no particular order.
pub fn steps(tx: &mut Tx<'_>, ids: &[Id<IncidentStep>]) -> Outcome<Vec<Step>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<StepRow> =
        with_conn!(tx, |c| steps::table.filter(steps::id.eq_any(ids)).select(StepRow::as_select()).load(c))?;
    rows.into_iter().map(StepRow::step).collect()
}

/// The steps of these incidents in which one of these things was done; those of an incident in their order.
pub fn steps_of(tx: &mut Tx<'_>, ids: &[Id<IncidentId>], actions: &[&str]) -> Outcome<Vec<Step>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<StepRow> = with_conn!(tx, |c| steps::table
        .filter(steps::incident_id.eq_any(ids))
        .filter(steps::action.eq_any(actions))
        .order((steps::incident_id.asc(), steps::seq.asc()))
        .select(StepRow::as_select())
        .load(c))?;
    rows.into_iter().map(StepRow::step).collect()
}
