//! Cases by when their clock is over: each source is one range of one index, the first to be over first.

use diesel::prelude::*;
use diesel::sql_types::Bool;
use kernel::id::Incident as IncidentId;
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::incidents::{Named, NamedRow, Row, Source, named};
use super::schema::{grid_grids as grids, grid_incident_scopes as scopes, grid_incidents as incidents};

/// Which part of a list.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    /// Due not before.
    pub from: Option<Instant>,
    /// Due before.
    pub to: Option<Instant>,
    /// After this case, due then.
    pub after: Option<(Instant, Id<IncidentId>)>,
    /// How many at most.
    pub limit: i64,
}

/// The rows of a query whose clock is over within a stretch, in order: `$due` and `$id` are the columns of one index.
macro_rules! within {
    ($q:expr, $stretch:expr, $due:expr, $id:expr) => {{
        let mut q = $q.filter($due.is_not_null());
        if let Some(from) = $stretch.from {
            q = q.filter($due.ge(from));
        }
        if let Some(to) = $stretch.to {
            q = q.filter($due.lt(to));
        }
        if let Some((at, id)) = $stretch.after {
            let later = $due.gt(at).or($due.eq(at).and($id.gt(id)));
            q = q.filter($due.ge(at)).filter(later.assume_not_null());
        }
        q.order(($due.asc(), $id.asc())).limit($stretch.limit)
    }};
}

/// The cases of a source.
pub fn list(tx: &mut Tx<'_>, source: Source, stretch: &Stretch) -> Outcome<Vec<Named>> {
    let rows: Vec<NamedRow> = match source {
        Source::Below(unit) | Source::At(unit) => with_conn!(tx, |c| {
            let mut q = scopes::table
                .inner_join(incidents::table.left_join(grids::table))
                .filter(scopes::ancestor_unit_id.eq(unit))
                .select((Row::as_select(), grids::name.nullable()))
                .into_boxed::<Db>();
            if matches!(source, Source::At(_)) {
                q = q.filter(incidents::unit_id.eq(unit));
            }
            within!(q, stretch, scopes::due_at, scopes::incident_id).load(c)
        })?,
        other => with_conn!(tx, |c| {
            let mut q = incidents::table
                .left_join(grids::table)
                .select((Row::as_select(), grids::name.nullable()))
                .into_boxed::<Db>();
            let subtree = match other {
                Source::AssignedTo(user, subtree) => {
                    q = q.filter(incidents::assignee_id.eq(user));
                    subtree
                }
                Source::AssignedToUnit(unit, subtree) => {
                    q = q.filter(incidents::assignee_unit_id.eq(unit));
                    subtree
                }
                Source::ReportedBy(user, subtree) => {
                    q = q.filter(incidents::reporter_id.eq(user));
                    subtree
                }
                Source::Grid(grid) => {
                    q = q.filter(incidents::grid_id.eq(grid));
                    None
                }
                Source::Below(_) | Source::At(_) => {
                    q = q.filter(diesel::dsl::sql::<Bool>("1 = 0"));
                    None
                }
            };
            if let Some(unit) = subtree {
                let inside = scopes::table
                    .filter(scopes::ancestor_unit_id.eq(unit))
                    .filter(scopes::incident_id.eq(incidents::id));
                q = q.filter(diesel::dsl::exists(inside));
            }
            within!(q, stretch, incidents::due_at, incidents::id).load(c)
        })?,
    };
    rows.into_iter().map(named).collect()
}
