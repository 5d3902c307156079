//! What happens by itself: that a deadline passed is told once. Whether a call is late is never written down; that it was told is.

use std::sync::Arc;

use contracts::events::WHISTLE_CALL_LATE;
use kernel::error::STALE;
use kernel::{Actor, Context, Id, IdGen, Instant, Outcome};
use storage::Tx;

use super::act::emit;
use super::tell;
use crate::model::State;
use crate::ports::WhistleServices;
use crate::store::{self, calls, whistles};

/// Calls of one turn; the next follow at the next.
pub const AT_ONCE: i64 = 100;

/// The context of what nobody does.
fn by_itself(now: Instant, ids: &Arc<dyn IdGen>) -> Context {
    let nobody = Actor {
        user: Id::from_uuid(uuid::Uuid::nil()),
        display_name: "".into(),
        session: None,
        grants: Arc::new([]),
    };
    Context {
        actor: Arc::new(nobody),
        now,
        request_id: "job whistles.tell_late".into(),
        ids: Arc::clone(ids),
    }
}

/// Tells of up to [`AT_ONCE`] calls whose deadline has passed; answers of how many.
pub fn tell(tx: &mut Tx<'_>, s: &WhistleServices, now: Instant, ids: &Arc<dyn IdGen>) -> Outcome<usize> {
    let ctx = by_itself(now, ids);
    store::join(tx)?;
    let mut told = 0;
    for (whistle, id) in calls::untold(tx, now, AT_ONCE)? {
        // Of two gateways one finds it untold: the whistle is locked.
        let Some(whistle) = whistles::find_locked(tx, whistle)? else { continue };
        let Some(mut call) = calls::find(tx, id)? else { continue };
        let what = match call.state {
            State::Called if call.is_late(now) && call.report_told_at.is_none() => {
                call.report_told_at = Some(now);
                tell::REPORT
            }
            State::Reported if call.is_late(now) && call.result_told_at.is_none() => {
                call.result_told_at = Some(now);
                tell::RESULT
            }
            _ => continue,
        };
        call.version += 1;
        if !calls::update(tx, &call)? {
            return Err(STALE.fault());
        }
        emit(tx, &ctx, WHISTLE_CALL_LATE, &whistle, &call, what)?;
        tell::late(tx, &ctx, s, &whistle, &call, what)?;
        told += 1;
    }
    Ok(told)
}
