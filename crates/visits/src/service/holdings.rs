//! What hangs on a person here, and how it passes on: the visits they have planned.

use contracts::{HeldCount, HeldItem, Holdings, Passing};
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{Holding, User};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome, Scope};
use storage::Tx;

use super::plans;
use crate::error::NOT_THEIRS;
use crate::model::PlanState;
use crate::permission::ManagePlans;
use crate::ports::VisitServices;
use crate::store::plans as store;

/// The visits somebody has planned and not made.
#[derive(Clone)]
pub struct PlanHoldings(pub VisitServices);

/// Where the asker manages plans, of the places asked for.
fn managed(ctx: &Context, within: Option<&Scope>) -> Scope {
    let seen = ctx.actor.scope(ManagePlans::PERMISSION, false, ctx.now);
    match within {
        None => seen,
        Some(places) => Scope::of(places.roots.iter().flat_map(|r| seen.within(r.unit, &r.path).roots), None),
    }
}

impl<'c> Holdings<Tx<'c>> for PlanHoldings {
    fn kind(&self) -> &'static str {
        "visit_plan"
    }

    fn count(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        user: Id<User>,
        within: Option<&Scope>,
    ) -> Outcome<HeldCount> {
        let all = store::count_open(tx, user, None)?;
        let seen = store::count_open(tx, user, Some(&managed(ctx, None)))?;
        let shown = match within {
            None => seen,
            Some(_) => store::count_open(tx, user, Some(&managed(ctx, within)))?,
        };
        Ok(HeldCount { shown, hidden: all - seen })
    }

    fn list(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        user: Id<User>,
        within: Option<&Scope>,
        after: Option<Id<Holding>>,
        limit: i64,
    ) -> Outcome<Vec<HeldItem>> {
        let rows = store::open_in(tx, user, &managed(ctx, within), after, limit)?;
        let item = |plan: crate::model::Plan| HeldItem {
            id: Id::from_uuid(plan.id.uuid()),
            label: format!("visit planned for {}", plan.on),
            label_zh: format!("{} 的走访计划", plan.on),
            unit: plan.unit,
            since: plan.created_at,
        };
        Ok(rows.into_iter().map(item).collect())
    }

    fn hand_over(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        passing: &Passing<'_>,
        item: Id<Holding>,
    ) -> Outcome<()> {
        let plan = store::find_locked(tx, Id::from_uuid(item.uuid()))?.or_refuse(&NOT_FOUND)?;
        if !ctx.actor.may(ManagePlans::PERMISSION, &plan.path, ctx.now) {
            return Err(NOT_FOUND.fault());
        }
        if plan.worker != passing.from || plan.state != PlanState::Planned {
            return Err(NOT_THEIRS.fault());
        }
        plans::pass(tx, ctx, &self.0, plan, passing.to).map(drop)
    }
}
