//! Sums by month, of units and of grids. Only whoever holds the mark writes here.

use diesel::prelude::*;
use kernel::id::{Grid, Unit};
use kernel::{Id, Outcome};
use storage::{Tx, with_conn};

use super::schema::{figures_grid_months as grid_months, figures_unit_months as unit_months};
use crate::model::Sums;

/// Adds to the sums of a unit in a month.
pub fn add_to_unit(tx: &mut Tx<'_>, unit: Id<Unit>, month: i32, sums: Sums) -> Outcome<()> {
    let row = (
        unit_months::unit_id.eq(unit),
        unit_months::month.eq(month),
        (
            unit_months::received.eq(sums.received),
            unit_months::struck.eq(sums.struck),
            unit_months::merged.eq(sums.merged),
            unit_months::accepted.eq(sums.accepted),
            unit_months::closed.eq(sums.closed),
            unit_months::due.eq(sums.due),
            unit_months::on_time.eq(sums.on_time),
            unit_months::dispatches.eq(sums.dispatches),
            unit_months::returns.eq(sums.returns),
            unit_months::results.eq(sums.results),
            unit_months::reworks.eq(sums.reworks),
            unit_months::marks.eq(sums.marks),
            unit_months::mark_sum.eq(sums.mark_sum),
            unit_months::content.eq(sums.content),
        ),
    );
    with_conn!(tx, |c| diesel::insert_into(unit_months::table)
        .values(row)
        .on_conflict((unit_months::unit_id, unit_months::month))
        .do_update()
        .set((
            unit_months::received.eq(unit_months::received + sums.received),
            unit_months::struck.eq(unit_months::struck + sums.struck),
            unit_months::merged.eq(unit_months::merged + sums.merged),
            unit_months::accepted.eq(unit_months::accepted + sums.accepted),
            unit_months::closed.eq(unit_months::closed + sums.closed),
            unit_months::due.eq(unit_months::due + sums.due),
            unit_months::on_time.eq(unit_months::on_time + sums.on_time),
            unit_months::dispatches.eq(unit_months::dispatches + sums.dispatches),
            unit_months::returns.eq(unit_months::returns + sums.returns),
            unit_months::results.eq(unit_months::results + sums.results),
            unit_months::reworks.eq(unit_months::reworks + sums.reworks),
            unit_months::marks.eq(unit_months::marks + sums.marks),
            unit_months::mark_sum.eq(unit_months::mark_sum + sums.mark_sum),
            unit_months::content.eq(unit_months::content + sums.content),
        ))
        .execute(c))?;
    Ok(())
}

/// Adds to the sums of a grid in a month.
pub fn add_to_grid(tx: &mut Tx<'_>, grid: Id<Grid>, month: i32, sums: Sums) -> Outcome<()> {
    let row = (
        grid_months::grid_id.eq(grid),
        grid_months::month.eq(month),
        (
            grid_months::received.eq(sums.received),
            grid_months::struck.eq(sums.struck),
            grid_months::merged.eq(sums.merged),
            grid_months::accepted.eq(sums.accepted),
            grid_months::closed.eq(sums.closed),
            grid_months::due.eq(sums.due),
            grid_months::on_time.eq(sums.on_time),
            grid_months::dispatches.eq(sums.dispatches),
            grid_months::returns.eq(sums.returns),
            grid_months::results.eq(sums.results),
            grid_months::reworks.eq(sums.reworks),
            grid_months::marks.eq(sums.marks),
            grid_months::mark_sum.eq(sums.mark_sum),
            grid_months::content.eq(sums.content),
        ),
    );
    with_conn!(tx, |c| diesel::insert_into(grid_months::table)
        .values(row)
        .on_conflict((grid_months::grid_id, grid_months::month))
        .do_update()
        .set((
            grid_months::received.eq(grid_months::received + sums.received),
            grid_months::struck.eq(grid_months::struck + sums.struck),
            grid_months::merged.eq(grid_months::merged + sums.merged),
            grid_months::accepted.eq(grid_months::accepted + sums.accepted),
            grid_months::closed.eq(grid_months::closed + sums.closed),
            grid_months::due.eq(grid_months::due + sums.due),
            grid_months::on_time.eq(grid_months::on_time + sums.on_time),
            grid_months::dispatches.eq(grid_months::dispatches + sums.dispatches),
            grid_months::returns.eq(grid_months::returns + sums.returns),
            grid_months::results.eq(grid_months::results + sums.results),
            grid_months::reworks.eq(grid_months::reworks + sums.reworks),
            grid_months::marks.eq(grid_months::marks + sums.marks),
            grid_months::mark_sum.eq(grid_months::mark_sum + sums.mark_sum),
            grid_months::content.eq(grid_months::content + sums.content),
        ))
        .execute(c))?;
    Ok(())
}

/// Throws all sums away.
pub fn throw_away(tx: &mut Tx<'_>) -> Outcome<()> {
    with_conn!(tx, |c| diesel::delete(unit_months::table).execute(c))?;
    with_conn!(tx, |c| diesel::delete(grid_months::table).execute(c))?;
    Ok(())
}
