//! Plans whose day is over: nobody called.

use std::sync::Arc;

use kernel::error::STALE;
use kernel::{IdGen, Instant, Outcome};
use serde_json::json;
use storage::{Tx, audit};

use super::leave::plan_entry;
use crate::model::{PlanState, day_of};
use crate::ports::VisitServices;
use crate::store::plans;

/// Plans of one turn.
const AT_ONCE: i64 = 500;

/// Marks plans as missed whose day is over by the realm's clock; answers how many.
pub fn miss(tx: &mut Tx<'_>, s: &VisitServices, now: Instant, ids: &Arc<dyn IdGen>) -> Outcome<usize> {
    let overdue = plans::overdue(tx, day_of(s.zone, now), AT_ONCE)?;
    let missed = overdue.len();
    for mut plan in overdue {
        let before = json!({ "state": plan.state.word(), "version": plan.version });
        plan.state = PlanState::Missed;
        plan.ended_at = Some(now);
        plan.version += 1;
        if !plans::update(tx, &plan)? {
            return Err(STALE.fault());
        }
        let entry = plan_entry(&plan, "visits.plan.miss", Some(before));
        audit::record_as(tx, None, now, "job visits.miss_plans", ids.id(), entry)?;
    }
    Ok(missed)
}
