//! Those on duty, as grid offers them to other domains.

use std::collections::BTreeSet;

use contracts::{Around, GridPosts, GridRef, PostRef};
use kernel::id::{Grid as GridId, Unit, User};
use kernel::{Id, Instant, Outcome};
use storage::Tx;

use super::locate;
use crate::model::Grid;
use crate::ports::GridServices;
use crate::store::{grids, on_duty};

/// Who holds which post where: what [`GridPosts`] promises.
#[derive(Clone)]
pub struct OnDuty(pub GridServices);

impl OnDuty {
    fn reference(&self, tx: &mut Tx<'_>, grid: Option<Grid>) -> Outcome<Option<GridRef>> {
        let Some(grid) = grid else { return Ok(None) };
        let Some(unit) = self.0.tree.unit(tx, grid.unit)? else { return Ok(None) };
        let around = grid.bounds.map(|b| Around { lat: (b.min_lat, b.max_lat), lng: (b.min_lng, b.max_lng) });
        let retired = grid.retired_at.is_some();
        Ok(Some(GridRef { id: grid.id, name: grid.name, unit: grid.unit, path: unit.path, retired, around }))
    }

    /// Posts with where their grids' units stand today.
    fn placed(&self, tx: &mut Tx<'_>, found: Vec<on_duty::Held>) -> Outcome<Vec<PostRef>> {
        let units: BTreeSet<Id<Unit>> = found.iter().map(|held| held.unit).collect();
        let units = self.0.tree.units(tx, &units.into_iter().collect::<Vec<_>>())?;
        let place = |held: on_duty::Held| {
            let path = units.iter().find(|unit| unit.id == held.unit).map(|unit| unit.path.clone())?;
            let on_duty::Held { post, unit } = held;
            let role = post.role.word().to_owned();
            Some(PostRef {
                grid: post.grid,
                unit,
                path,
                user: post.user,
                role,
                from: post.from,
                until: post.until,
            })
        };
        Ok(found.into_iter().filter_map(place).collect())
    }
}

impl<'c> GridPosts<Tx<'c>> for OnDuty {
    fn grid(&self, tx: &mut Tx<'c>, id: Id<GridId>) -> Outcome<Option<GridRef>> {
        let found = grids::find(tx, id)?;
        self.reference(tx, found)
    }

    fn grid_at(&self, tx: &mut Tx<'c>, lat: f64, lng: f64) -> Outcome<Option<GridRef>> {
        let found = locate::one(tx, &self.0, lat, lng)?;
        self.reference(tx, found)
    }

    fn inside(&self, tx: &mut Tx<'c>, id: Id<GridId>, points: &[(f64, f64)]) -> Outcome<Vec<bool>> {
        let grid = grids::find(tx, id)?;
        let boundary = match grid {
            Some(grid) => self.0.polygons.of(tx, grid.id, grid.version)?,
            None => None,
        };
        let has = |(lat, lng): &(f64, f64)| boundary.as_ref().is_some_and(|b| b.has(*lat, *lng));
        Ok(points.iter().map(has).collect())
    }

    fn of_user(
        &self,
        tx: &mut Tx<'c>,
        user: Id<User>,
        from: Instant,
        until: Instant,
    ) -> Outcome<Vec<PostRef>> {
        self.of_users(tx, &[user], from, until)
    }

    fn of_users(
        &self,
        tx: &mut Tx<'c>,
        users: &[Id<User>],
        from: Instant,
        until: Instant,
    ) -> Outcome<Vec<PostRef>> {
        let found = on_duty::of_users(tx, users, from, until)?;
        self.placed(tx, found)
    }

    fn workers_below(
        &self,
        tx: &mut Tx<'c>,
        unit: Id<Unit>,
        from: Instant,
        until: Instant,
        after: Option<(Id<GridId>, Id<User>)>,
        limit: i64,
    ) -> Outcome<Vec<PostRef>> {
        let found = on_duty::workers_below(tx, unit, (from, until), after, limit)?;
        self.placed(tx, found)
    }
}
