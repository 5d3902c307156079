//! `territory_imports`: the loads, whole or still running.

use diesel::prelude::*;
use kernel::id::DivisionImport;
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::territory_imports as imports;

/// The load that was begun and has not become whole: its id and what files it is of.
pub(crate) fn running(tx: &mut Tx<'_>) -> Outcome<Option<(Id<DivisionImport>, String)>> {
    Ok(with_conn!(tx, |c| imports::table
        .filter(imports::state.eq("running"))
        .select((imports::id, imports::fingerprint))
        .first(c)
        .optional())?)
}

/// Begins a load.
pub(crate) fn begin(tx: &mut Tx<'_>, id: Id<DivisionImport>, fingerprint: &str, now: Instant) -> Outcome<()> {
    let row = (
        imports::id.eq(id),
        imports::fingerprint.eq(fingerprint),
        imports::state.eq("running"),
        imports::started_at.eq(now),
    );
    with_conn!(tx, |c| diesel::insert_into(imports::table).values(row).execute(c))?;
    Ok(())
}

/// Makes a load whole: from here on everybody sees its rows. `false`: it is not running any more.
pub(crate) fn finish(tx: &mut Tx<'_>, id: Id<DivisionImport>, now: Instant) -> Outcome<bool> {
    let rows =
        with_conn!(tx, |c| diesel::update(imports::table.find(id).filter(imports::state.eq("running")))
            .set((imports::state.eq("done"), imports::finished_at.eq(now)))
            .execute(c))?;
    Ok(rows == 1)
}

/// Forgets a load none of whose rows is left.
pub(crate) fn forget(tx: &mut Tx<'_>, id: Id<DivisionImport>) -> Outcome<()> {
    with_conn!(tx, |c| diesel::delete(imports::table.find(id).filter(imports::state.eq("running")))
        .execute(c))?;
    Ok(())
}
