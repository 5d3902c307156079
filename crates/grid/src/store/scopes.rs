//! The index by subtree: one row for every unit that an incident (or a grid) lies in or below.
//!
//! Moves and reports must not miss each other. On PostgreSQL a move locks the table against writers before it looks; whoever
//! reports enters the incident under its own unit first, which takes the writer's lock, and only then reads what is above.

use diesel::prelude::*;
use kernel::id::{Grid, Incident, Unit};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::{grid_incident_scopes as scopes, grid_scopes};
use crate::model::State;

/// What is written of an incident wherever it is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The incident.
    pub incident: Id<Incident>,
    /// Its state.
    pub state: State,
    /// When the clock that runs for it is over.
    pub due: Option<Instant>,
}

impl From<&crate::model::Incident> for Mark {
    fn from(i: &crate::model::Incident) -> Self {
        Self { incident: i.id, state: i.state, due: i.due }
    }
}

/// Enters an incident under units.
pub fn enter(tx: &mut Tx<'_>, mark: Mark, units: &[Id<Unit>]) -> Outcome<()> {
    let entries: Vec<Entry> = units
        .iter()
        .map(|unit| {
            (
                scopes::ancestor_unit_id.eq(*unit),
                scopes::incident_id.eq(mark.incident),
                scopes::state.eq(mark.state.word()),
                scopes::due_at.eq(mark.due),
            )
        })
        .collect();
    if tx.is_postgres() {
        return enter_at_once(tx, &entries);
    }
    // One kept statement for each row: for several rows at once SQLite gets a savepoint besides.
    for entry in &entries {
        with_conn!(tx, |c| diesel::insert_into(scopes::table).values(*entry).execute(c))?;
    }
    Ok(())
}

type Entry = (
    diesel::dsl::Eq<scopes::ancestor_unit_id, Id<Unit>>,
    diesel::dsl::Eq<scopes::incident_id, Id<Incident>>,
    diesel::dsl::Eq<scopes::state, &'static str>,
    diesel::dsl::Eq<scopes::due_at, Option<Instant>>,
);

/// All rows in one statement. As an array of a known length it is kept; as a list it would be parsed anew for every report.
fn enter_at_once(tx: &mut Tx<'_>, entries: &[Entry]) -> Outcome<()> {
    macro_rules! kept {
        ($($length:literal)+) => {
            match entries {
                $(all if all.len() == $length => {
                    let all = <&[Entry; $length]>::try_from(all).map_err(kernel::Fault::internal)?;
                    with_conn!(tx, |c| diesel::insert_into(scopes::table).values(all).execute(c))?;
                })+
                all => {
                    with_conn!(tx, |c| diesel::insert_into(scopes::table).values(all).execute(c))?;
                }
            }
        };
    }
    if !entries.is_empty() {
        kept!(1 2 3 4 5 6 7 8);
    }
    Ok(())
}

/// Writes what is said of an incident where it is entered: under the units given.
pub fn set(tx: &mut Tx<'_>, mark: Mark, units: &[Id<Unit>]) -> Outcome<()> {
    for unit in units {
        with_conn!(tx, |c| diesel::update(scopes::table.find((*unit, mark.incident)))
            .set((scopes::state.eq(mark.state.word()), scopes::due_at.eq(mark.due)))
            .execute(c))?;
    }
    Ok(())
}

/// Takes an incident out of units.
pub fn leave(tx: &mut Tx<'_>, incident: Id<Incident>, units: &[Id<Unit>]) -> Outcome<()> {
    for unit in units {
        with_conn!(tx, |c| diesel::delete(scopes::table.find((*unit, incident))).execute(c))?;
    }
    Ok(())
}

/// Keeps writers out until the transaction ends, so that a move sees every row and every row sees the move.
pub fn hold(tx: &mut Tx<'_>) -> Outcome<()> {
    if tx.is_postgres() {
        let lock = "lock table grid_incident_scopes, grid_scopes in share row exclusive mode";
        with_conn!(tx, |c| diesel::sql_query(lock).execute(c))?;
    }
    Ok(())
}

/// Waits for a move or a dissolution that is under way: for whoever is about to read the tree and give an incident to a unit of
/// it. The same table first as in [`hold`], so that no two wait for each other.
pub fn join_incidents(tx: &mut Tx<'_>) -> Outcome<()> {
    if tx.is_postgres() {
        let lock = "lock table grid_incident_scopes in row exclusive mode";
        with_conn!(tx, |c| diesel::sql_query(lock).execute(c))?;
    }
    Ok(())
}

/// Waits for a move that is under way: for whoever is about to read the tree and enter a grid below it.
pub fn join(tx: &mut Tx<'_>) -> Outcome<()> {
    if tx.is_postgres() {
        with_conn!(tx, |c| diesel::sql_query("lock table grid_scopes in row exclusive mode").execute(c))?;
    }
    Ok(())
}

/// Takes all that is below `unit` out of `left` and enters it under `entered`.
pub fn follow(tx: &mut Tx<'_>, unit: Id<Unit>, left: &[Id<Unit>], entered: &[Id<Unit>]) -> Outcome<()> {
    let moved = diesel::alias!(super::schema::grid_incident_scopes as moved_incidents);
    let moved_grids = diesel::alias!(super::schema::grid_scopes as moved_grids);
    for above in left {
        with_conn!(tx, |c| {
            let below = moved
                .filter(moved.field(scopes::ancestor_unit_id).eq(unit))
                .select(moved.field(scopes::incident_id));
            diesel::delete(
                scopes::table
                    .filter(scopes::ancestor_unit_id.eq(*above))
                    .filter(scopes::incident_id.eq_any(below)),
            )
            .execute(c)
        })?;
        with_conn!(tx, |c| {
            let below = moved_grids
                .filter(moved_grids.field(grid_scopes::ancestor_unit_id).eq(unit))
                .select(moved_grids.field(grid_scopes::grid_id));
            diesel::delete(
                grid_scopes::table
                    .filter(grid_scopes::ancestor_unit_id.eq(*above))
                    .filter(grid_scopes::grid_id.eq_any(below)),
            )
            .execute(c)
        })?;
    }
    for above in entered {
        with_conn!(tx, |c| {
            let below = scopes::table.filter(scopes::ancestor_unit_id.eq(unit)).select((
                above.into_sql::<storage::DbUuid>(),
                scopes::incident_id,
                scopes::state,
                scopes::due_at,
            ));
            diesel::insert_into(scopes::table)
                .values(below)
                .into_columns((scopes::ancestor_unit_id, scopes::incident_id, scopes::state, scopes::due_at))
                .execute(c)
        })?;
        with_conn!(tx, |c| {
            let below = grid_scopes::table
                .filter(grid_scopes::ancestor_unit_id.eq(unit))
                .select((above.into_sql::<storage::DbUuid>(), grid_scopes::grid_id));
            diesel::insert_into(grid_scopes::table)
                .values(below)
                .into_columns((grid_scopes::ancestor_unit_id, grid_scopes::grid_id))
                .execute(c)
        })?;
    }
    Ok(())
}

/// The units a grid is entered under; for tests.
pub fn of_grid(tx: &mut Tx<'_>, grid: Id<Grid>) -> Outcome<Vec<Id<Unit>>> {
    Ok(with_conn!(tx, |c| grid_scopes::table
        .filter(grid_scopes::grid_id.eq(grid))
        .order(grid_scopes::ancestor_unit_id.asc())
        .select(grid_scopes::ancestor_unit_id)
        .load(c))?)
}

/// A unit under which an incident is entered, with the state and the end of the clock that are written there.
pub type Entered = (Id<Unit>, String, Option<Instant>);

/// The units an incident is entered under; for tests.
pub fn marks(tx: &mut Tx<'_>, incident: Id<Incident>) -> Outcome<Vec<Entered>> {
    Ok(with_conn!(tx, |c| scopes::table
        .filter(scopes::incident_id.eq(incident))
        .order(scopes::ancestor_unit_id.asc())
        .select((scopes::ancestor_unit_id, scopes::state, scopes::due_at))
        .load(c))?)
}
