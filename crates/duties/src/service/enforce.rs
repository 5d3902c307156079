//! Putting a version in force, and taking it back before its time.
//!
//! A list decides what thousands may be asked to do and has dispatches refused in a whole subtree: who wrote at a version does not
//! put it in force, be they the only administrator of their unit; one of a unit above can.

use contracts::events::{DUTY_LIST_CHANGED, DutyListChanged};
use kernel::error::{INVALID, NOT_FOUND, OrRefuse};
use kernel::id::DutyListVersion;
use kernel::permission::Permit;
use kernel::{Context, Fault, Id, Instant, Outcome};
use serde_json::json;
use storage::Tx;
use storage::outbox::{self, Event};

use super::draft::{at, count, leave, save};
use super::lists::locked;
use crate::error::{HOLDS_ALREADY, IS_A_DRAFT, NOT_A_DRAFT, NOTHING_LISTED, OWN_DRAFT, PAST};
use crate::model::{List, Version, VersionState};
use crate::permission::EnforceLists;
use crate::ports::DutyServices;
use crate::store::versions;

/// Puts a draft in force from a moment on, now unless told. It is never changed again.
pub fn enforce(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &DutyServices,
    id: Id<DutyListVersion>,
    expected: i64,
    from: Option<Instant>,
) -> Outcome<Version> {
    let list = versions::find(tx, id)?.or_refuse(&NOT_FOUND)?.list;
    let (mut list, _) = locked(tx, ctx, s, list, EnforceLists::PERMISSION)?;
    let mut version = at(tx, id, expected)?;
    if version.state != VersionState::Draft {
        return Err(NOT_A_DRAFT.fault());
    }
    if version.hands.contains(&ctx.actor.user) {
        return Err(OWN_DRAFT.fault());
    }
    if version.items == 0 && !version.is_end {
        return Err(NOTHING_LISTED.fault());
    }
    let from = from.unwrap_or(ctx.now);
    if from < ctx.now {
        return Err(INVALID.refusal().at("/from_at", &PAST).into());
    }
    version.state = VersionState::Set;
    (version.from, version.set_by, version.set_at) = (Some(from), Some(ctx.actor.user), Some(ctx.now));
    save(tx, &mut version)?;
    count(tx, ctx, &mut list)?;
    let after = json!({ "number": version.number, "from_at": from, "items": version.items });
    leave(tx, ctx, "duties.version.enforce", &list, &version, None, Some(after))?;
    tell(tx, ctx, &list, from)?;
    Ok(version)
}

/// Makes a version whose time has not come a draft again.
pub fn recall(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &DutyServices,
    id: Id<DutyListVersion>,
    expected: i64,
) -> Outcome<Version> {
    let list = versions::find(tx, id)?.or_refuse(&NOT_FOUND)?.list;
    let (mut list, _) = locked(tx, ctx, s, list, EnforceLists::PERMISSION)?;
    let mut version = at(tx, id, expected)?;
    let from = version.from.or_refuse(&IS_A_DRAFT)?;
    if from <= ctx.now {
        return Err(HOLDS_ALREADY.fault());
    }
    version.state = VersionState::Draft;
    (version.from, version.set_by, version.set_at) = (None, None, None);
    save(tx, &mut version)?;
    count(tx, ctx, &mut list)?;
    leave(tx, ctx, "duties.version.recall", &list, &version, Some(json!({ "from_at": from })), None)?;
    tell(tx, ctx, &list, from)?;
    Ok(version)
}

fn tell(tx: &mut Tx<'_>, ctx: &Context, list: &List, from: Instant) -> Outcome<()> {
    let told = DutyListChanged { list: list.id, unit: list.unit, level: list.level.clone(), from };
    let payload = serde_json::to_value(&told).map_err(Fault::internal)?;
    let (topic, object) = (DUTY_LIST_CHANGED, list.id.uuid());
    outbox::emit(tx, ctx, &Event { topic, object, object_seq: list.version, payload })
}
