//! Who sees what of a whistle.
//!
//! The community sees all of it. A called department sees the whistle, all of its own call, and of the others that they were called and
//! how far they are: who acts together must know of each other, and what the community thinks of a neighbour is not theirs to read.

use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{Whistle as WhistleId, WhistleCall};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome, UnitPath};
use storage::Tx;

use crate::model::{Call, Step, Whistle};
use crate::permission::{AnswerCall, BlowWhistle, GradeCall, ReadWhistles};
use crate::store::{calls, steps, whistles};

fn holds_one(ctx: &Context, path: &UnitPath, permissions: &[&'static kernel::Permission]) -> bool {
    permissions.iter().any(|permission| ctx.actor.may(permission, path, ctx.now))
}

/// Whether the actor is of the community that calls.
pub fn is_caller(ctx: &Context, whistle: &Whistle) -> bool {
    let all = [ReadWhistles::PERMISSION, BlowWhistle::PERMISSION, GradeCall::PERMISSION];
    holds_one(ctx, &whistle.path, &all)
}

/// Whether the actor is of the department that is called.
pub fn is_called(ctx: &Context, call: &Call) -> bool {
    holds_one(ctx, &call.path, &[AnswerCall::PERMISSION, ReadWhistles::PERMISSION])
}

/// Whether the actor sees all of a call.
pub fn of_call(ctx: &Context, whistle: &Whistle, call: &Call) -> bool {
    is_caller(ctx, whistle) || is_called(ctx, call)
}

/// Whether the actor sees a whistle.
pub fn of_whistle(ctx: &Context, whistle: &Whistle, calls: &[Call]) -> bool {
    is_caller(ctx, whistle) || calls.iter().any(|call| is_called(ctx, call))
}

/// What the actor sees of the calls of a whistle that they see.
pub fn outlined(ctx: &Context, whistle: &Whistle, calls: Vec<Call>) -> Vec<Call> {
    let seen = |call: Call| if of_call(ctx, whistle, &call) { call } else { call.outline() };
    calls.into_iter().map(seen).collect()
}

/// The whistle and its calls, as the actor sees them.
pub fn whistle(tx: &mut Tx<'_>, ctx: &Context, id: Id<WhistleId>) -> Outcome<(Whistle, Vec<Call>)> {
    let whistle = whistles::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    let all = calls::of_whistles(tx, &[id])?;
    if !of_whistle(ctx, &whistle, &all) {
        return Err(NOT_FOUND.fault());
    }
    let all = outlined(ctx, &whistle, all);
    Ok((whistle, all))
}

/// The call with its whistle, and what was done to it.
pub fn call(tx: &mut Tx<'_>, ctx: &Context, id: Id<WhistleCall>) -> Outcome<(Whistle, Call, Vec<Step>)> {
    let call = calls::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    let whistle = whistles::find(tx, call.whistle)?.or_refuse(&NOT_FOUND)?;
    if !of_call(ctx, &whistle, &call) {
        return Err(NOT_FOUND.fault());
    }
    let done = steps::of(tx, id)?;
    Ok((whistle, call, done))
}
