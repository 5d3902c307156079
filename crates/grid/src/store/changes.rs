//! The feed of changes: the steps of all incidents in one order that nobody who follows it can miss a step of.
//!
//! Ids are made before their transaction commits, and transactions end in another order than they began: who asks for what is
//! newer than the newest id seen misses what commits late. So each step gets its place in the feed behind its commit: one at a
//! time, under a lock, whoever is about to read numbers what has been committed and has no number. Places have no gaps, a
//! place is never given twice, and nothing ever appears before a place that was read.

use diesel::prelude::*;
use kernel::Outcome;
use kernel::id::Unit;
use storage::{Tx, with_conn};

use super::incidents::{Row as IncidentRow, Source};
use super::schema::{
    grid_feeds as feeds, grid_grids as grids, grid_incident_scopes as scopes, grid_incident_steps as steps,
    grid_incidents as incidents,
};
use super::steps::Row as StepRow;
use crate::model::{Incident, Step};

/// The row of this feed.
const FEED: &str = "incident_steps";

/// Numbers the eligible steps: those of one incident in their own order, even where the clocks of two gateways differ and the
/// later step has the lower id. (`coalesce` keeps the look for earlier steps on the index of the incident.)
const NUMBER: &str = "update grid_incident_steps set place = numbered.place from (\
     select chosen.id, $1 + row_number() over (order by chosen.id) as place from (\
     select open.id from grid_incident_steps as open where open.place is null and not exists (\
     select 1 from grid_incident_steps as earlier where earlier.incident_id = open.incident_id \
     and earlier.seq < open.seq and coalesce(earlier.place, 0) = 0 and earlier.id > open.id) \
     order by open.id limit $2) as chosen) as numbered where numbered.id = grid_incident_steps.id";

/// Whether there is a step without a place.
pub fn has_unplaced(tx: &mut Tx<'_>) -> Outcome<bool> {
    let open = steps::table.filter(steps::place.is_null());
    Ok(with_conn!(tx, |c| diesel::select(diesel::dsl::exists(open)).get_result(c))?)
}

/// The newest place; 0 before the first step.
pub fn newest(tx: &mut Tx<'_>) -> Outcome<i64> {
    let newest: Option<i64> =
        with_conn!(tx, |c| feeds::table.find(FEED).select(feeds::newest).first(c).optional())?;
    Ok(newest.unwrap_or(0))
}

/// Gives a place to up to `limit` steps that have none; answers to how many.
pub fn place(tx: &mut Tx<'_>, limit: i64) -> Outcome<usize> {
    use diesel::sql_types::BigInt;
    let newest: i64 = with_conn!(tx, |c| lock!(feeds::table.find(FEED).select(feeds::newest)).first(c))?;
    let placed = with_conn!(tx, |c| diesel::sql_query(NUMBER)
        .bind::<BigInt, _>(newest)
        .bind::<BigInt, _>(limit)
        .execute(c))?;
    if placed > 0 {
        let newest = newest.saturating_add(i64::try_from(placed).unwrap_or(i64::MAX));
        with_conn!(tx, |c| diesel::update(feeds::table.find(FEED)).set(feeds::newest.eq(newest)).execute(c))?;
    }
    Ok(placed)
}

/// A step in its place, with the incident as it is now and the name of its grid.
pub type Placed = (i64, Step, Incident, Option<String>);
type PlacedRow = (Option<i64>, StepRow, IncidentRow, Option<String>);

/// Up to `limit` steps of one source with places after `after` and up to `upto`, oldest first.
pub fn list(tx: &mut Tx<'_>, source: Source, after: i64, upto: i64, limit: i64) -> Outcome<Vec<Placed>> {
    let rows: Vec<PlacedRow> = with_conn!(tx, |c| {
        let mut q = steps::table
            .inner_join(incidents::table.left_join(grids::table))
            .filter(steps::place.gt(after))
            .filter(steps::place.le(upto))
            .into_boxed::<Db>();
        let subtree: Option<kernel::Id<Unit>> = match source {
            Source::Below(unit) => Some(unit),
            Source::At(unit) => {
                q = q.filter(incidents::unit_id.eq(unit));
                None
            }
            Source::Grid(grid) => {
                q = q.filter(incidents::grid_id.eq(grid));
                None
            }
            Source::ReportedBy(user, subtree) => {
                q = q.filter(incidents::reporter_id.eq(user));
                subtree
            }
            Source::AssignedTo(user, subtree) => {
                q = q.filter(incidents::assignee_id.eq(user));
                subtree
            }
            Source::AssignedToUnit(unit, subtree) => {
                q = q.filter(incidents::assignee_unit_id.eq(unit));
                subtree
            }
        };
        if let Some(unit) = subtree {
            let inside = scopes::table
                .filter(scopes::ancestor_unit_id.eq(unit))
                .filter(scopes::incident_id.eq(incidents::id));
            q = q.filter(diesel::dsl::exists(inside));
        }
        q.order(steps::place.asc())
            .limit(limit)
            .select((steps::place, StepRow::as_select(), IncidentRow::as_select(), grids::name.nullable()))
            .load(c)
    })?;
    rows.into_iter()
        .map(|(place, step, incident, grid)| {
            Ok((place.unwrap_or_default(), step.step()?, incident.incident()?, grid))
        })
        .collect()
}
