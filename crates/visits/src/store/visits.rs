//! Visits as they hold now.

use chrono::NaiveDate;
use diesel::prelude::*;
use kernel::id::{self, Grid, Household, Incident, Unit, User, VisitPlan};
use kernel::{Id, Instant, Outcome, PageSize, Scope, UnitPath};
use storage::{Tx, with_conn};

use super::schema::visits_visits as visits;
use super::{or_in_scope, or_theirs_in_scope, unknown_word};
use crate::model::{Position, Presence, Struck, Visit, Way};

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = visits, treat_none_as_default_value = false)]
struct Row {
    id: Id<id::Visit>,
    household_id: Id<Household>,
    unit_id: Id<Unit>,
    unit_path: UnitPath,
    grid_id: Id<Grid>,
    worker_id: Id<User>,
    visited_at: Instant,
    visited_on: NaiveDate,
    way: String,
    presence: String,
    distance_m: Option<i64>,
    lat: Option<f64>,
    lng: Option<f64>,
    accuracy_m: Option<i64>,
    incident_id: Option<Id<Incident>>,
    plan_id: Option<Id<VisitPlan>>,
    edition: i64,
    struck_at: Option<Instant>,
    struck_by: Option<Id<User>>,
    strike_reason: Option<String>,
    version: i64,
    recorded_at: Instant,
}

impl Row {
    fn of(v: &Visit) -> Self {
        Self {
            id: v.id,
            household_id: v.household,
            unit_id: v.unit,
            unit_path: v.path.clone(),
            grid_id: v.grid,
            worker_id: v.worker,
            visited_at: v.at,
            visited_on: v.on,
            way: v.way.word().to_owned(),
            presence: v.presence.word().to_owned(),
            distance_m: v.distance_m,
            lat: v.position.map(|p| p.lat),
            lng: v.position.map(|p| p.lng),
            accuracy_m: v.position.map(|p| p.accuracy_m),
            incident_id: v.incident,
            plan_id: v.plan,
            edition: v.edition,
            struck_at: v.struck.as_ref().map(|s| s.at),
            struck_by: v.struck.as_ref().map(|s| s.by),
            strike_reason: v.struck.as_ref().map(|s| s.reason.clone()),
            version: v.version,
            recorded_at: v.recorded_at,
        }
    }

    fn visit(self) -> Outcome<Visit> {
        let unknown = |word: &str| unknown_word("visits_visits", word);
        let position = match (self.lat, self.lng, self.accuracy_m) {
            (Some(lat), Some(lng), Some(accuracy_m)) => Some(Position { lat, lng, accuracy_m }),
            _ => None,
        };
        let reason = self.strike_reason.unwrap_or_default();
        Ok(Visit {
            id: self.id,
            household: self.household_id,
            unit: self.unit_id,
            path: self.unit_path,
            grid: self.grid_id,
            worker: self.worker_id,
            at: self.visited_at,
            on: self.visited_on,
            way: Way::parse(&self.way).ok_or_else(|| unknown(&self.way))?,
            presence: Presence::parse(&self.presence).ok_or_else(|| unknown(&self.presence))?,
            distance_m: self.distance_m,
            position,
            incident: self.incident_id,
            plan: self.plan_id,
            edition: self.edition,
            struck: self.struck_at.zip(self.struck_by).map(|(at, by)| Struck { at, by, reason }),
            version: self.version,
            recorded_at: self.recorded_at,
        })
    }
}

/// Adds a visit, unless one has its id; answers whether it was added. Two that come at once: the second waits for the first.
pub fn insert(tx: &mut Tx<'_>, visit: &Visit) -> Outcome<bool> {
    let row = Row::of(visit);
    let added = with_conn!(tx, |c| diesel::insert_into(visits::table)
        .values(&row)
        .on_conflict(visits::id)
        .do_nothing()
        .execute(c))?;
    Ok(added == 1)
}

/// The visit.
pub fn find(tx: &mut Tx<'_>, id: Id<id::Visit>) -> Outcome<Option<Visit>> {
    let row: Option<Row> =
        with_conn!(tx, |c| visits::table.find(id).select(Row::as_select()).first(c).optional())?;
    row.map(Row::visit).transpose()
}

/// The visit, its row locked until the transaction ends.
pub fn find_locked(tx: &mut Tx<'_>, id: Id<id::Visit>) -> Outcome<Option<Visit>> {
    let row: Option<Row> =
        with_conn!(tx, |c| lock!(visits::table.find(id).select(Row::as_select())).first(c).optional())?;
    row.map(Row::visit).transpose()
}

/// Hangs on a visit, in the transaction that added it, what it brought: its case and the plan it fulfilled.
pub fn link(
    tx: &mut Tx<'_>,
    id: Id<id::Visit>,
    incident: Option<Id<Incident>>,
    plan: Option<Id<VisitPlan>>,
) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(visits::table.find(id))
        .set((visits::incident_id.eq(incident), visits::plan_id.eq(plan)))
        .execute(c))?;
    Ok(())
}

/// Writes what can be changed, if the visit still has the version before; answers whether it had.
pub fn update(tx: &mut Tx<'_>, v: &Visit) -> Outcome<bool> {
    let row = Row::of(v);
    let changed = with_conn!(tx, |c| diesel::update(
        visits::table.find(v.id).filter(visits::version.eq(v.version - 1))
    )
    .set((
        visits::visited_at.eq(row.visited_at),
        visits::visited_on.eq(row.visited_on),
        visits::way.eq(&row.way),
        visits::presence.eq(&row.presence),
        visits::plan_id.eq(row.plan_id),
        visits::edition.eq(row.edition),
        visits::struck_at.eq(row.struck_at),
        visits::struck_by.eq(row.struck_by),
        visits::strike_reason.eq(&row.strike_reason),
        visits::version.eq(row.version),
    ))
    .execute(c))?;
    Ok(changed == 1)
}

/// Whose visits somebody sees.
#[derive(Debug, Clone, Default)]
pub struct Sight {
    /// All of these places.
    pub places: Scope,
    /// All of these grids.
    pub grids: Vec<Id<Grid>>,
    /// One's own in these places.
    pub own: Option<(Id<User>, Scope)>,
}

impl Sight {
    fn is_blind(&self) -> bool {
        let own = self.own.as_ref().is_some_and(|(_, scope)| !scope.roots.is_empty());
        self.places.roots.is_empty() && self.grids.is_empty() && !own
    }
}

/// What a list of visits is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// In this subtree.
    pub below: Option<UnitPath>,
    /// On this household.
    pub household: Option<Id<Household>>,
    /// By this worker.
    pub worker: Option<Id<User>>,
    /// In this grid.
    pub grid: Option<Id<Grid>>,
    /// So.
    pub way: Option<Way>,
    /// Whether the phone was near.
    pub presence: Option<Presence>,
    /// Struck (`true`) or not.
    pub struck: Option<bool>,
    /// Not before this day.
    pub from: Option<NaiveDate>,
    /// Before this day.
    pub to: Option<NaiveDate>,
    /// After this one, which took place then.
    pub after: Option<(Instant, Id<id::Visit>)>,
}

/// Visits that somebody sees, the newest first.
pub fn list(tx: &mut Tx<'_>, sight: &Sight, f: &Filter, size: PageSize) -> Outcome<Vec<Visit>> {
    if sight.is_blind() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = or_in_scope!(visits::table.into_boxed::<Db>(), visits, sight.places);
        if !sight.grids.is_empty() {
            q = q.or_filter(visits::grid_id.eq_any(&sight.grids));
        }
        if let Some((user, scope)) = &sight.own {
            q = or_theirs_in_scope!(q, visits, *user, scope);
        }
        if let Some(below) = &f.below {
            let (low, high) = below.range();
            q = q.filter(visits::unit_path.ge(low)).filter(visits::unit_path.lt(high));
        }
        if let Some(household) = f.household {
            q = q.filter(visits::household_id.eq(household));
        }
        if let Some(worker) = f.worker {
            q = q.filter(visits::worker_id.eq(worker));
        }
        if let Some(grid) = f.grid {
            q = q.filter(visits::grid_id.eq(grid));
        }
        if let Some(way) = f.way {
            q = q.filter(visits::way.eq(way.word()));
        }
        if let Some(presence) = f.presence {
            q = q.filter(visits::presence.eq(presence.word()));
        }
        q = match f.struck {
            None => q,
            Some(true) => q.filter(visits::struck_at.is_not_null()),
            Some(false) => q.filter(visits::struck_at.is_null()),
        };
        if let Some(from) = f.from {
            q = q.filter(visits::visited_on.ge(from));
        }
        if let Some(to) = f.to {
            q = q.filter(visits::visited_on.lt(to));
        }
        if let Some((at, id)) = f.after {
            q = q.filter(visits::visited_at.le(at)).filter(visits::visited_at.lt(at).or(visits::id.lt(id)));
        }
        q.order((visits::visited_at.desc(), visits::id.desc()))
            .limit(size.probe())
            .select(Row::as_select())
            .load(c)
    })?;
    rows.into_iter().map(Row::visit).collect()
}

/// Which household, and since which day.
pub type Since = (Id<Household>, NaiveDate);

/// Visits of some households that were not struck, each from a day on, the newest first.
pub fn of_homes(
    tx: &mut Tx<'_>,
    homes: &[Since],
    after: Option<(Instant, Id<id::Visit>)>,
    size: PageSize,
) -> Outcome<Vec<Visit>> {
    if homes.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = visits::table.into_boxed::<Db>();
        for (household, since) in homes {
            q = q.or_filter(visits::household_id.eq(*household).and(visits::visited_on.ge(*since)));
        }
        q = q.filter(visits::struck_at.is_null());
        if let Some((at, id)) = after {
            q = q.filter(visits::visited_at.le(at)).filter(visits::visited_at.lt(at).or(visits::id.lt(id)));
        }
        q.order((visits::visited_at.desc(), visits::id.desc()))
            .limit(size.probe())
            .select(Row::as_select())
            .load(c)
    })?;
    rows.into_iter().map(Row::visit).collect()
}
