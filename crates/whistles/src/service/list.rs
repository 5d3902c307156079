//! Lists: what one's department is called to, and the whistles of one's units.

use kernel::error::{BAD_CURSOR, NOT_FOUND, OrRefuse};
use kernel::id::{Incident, Unit};
use kernel::permission::Permit;
use kernel::{Context, Cursor, Fault, Id, Instant, Outcome, Page, PageSize, Scope};
use storage::Tx;

use super::see;
use crate::model::{Call, State, Whistle};
use crate::permission::{AnswerCall, ReadWhistles};
use crate::ports::WhistleServices;
use crate::store::calls;
use crate::store::whistles::{self, Filter};

/// Which whistles.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query {
    /// Of this unit, and of those below it.
    pub unit: Option<Id<Unit>>,
    /// To this case.
    pub incident: Option<Id<Incident>>,
    /// Only those that have not ended.
    pub open: bool,
}

/// The part of a scope that lies in a unit's subtree.
fn within(tx: &mut Tx<'_>, s: &WhistleServices, scope: Scope, unit: Option<Id<Unit>>) -> Outcome<Scope> {
    let Some(unit) = unit else { return Ok(scope) };
    let unit = s.tree.unit(tx, unit)?.or_refuse(&NOT_FOUND)?;
    Ok(scope.within(unit.id, &unit.path))
}

/// One page of the whistles that the actor's units blew, the newest first, with their calls.
pub fn whistles(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &WhistleServices,
    query: &Query,
    before: Option<&Cursor>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<(Whistle, Vec<Call>)>> {
    let scope = ctx.actor.scope(ReadWhistles::PERMISSION, false, ctx.now);
    let scope = within(tx, s, scope, query.unit)?;
    let filter = Filter {
        incident: query.incident,
        open: query.open,
        before: before.map(|cursor| Id::from_uuid(cursor.after)),
    };
    let rows = whistles::list(tx, &scope, &filter, size.probe())?;
    let page = Page::cut(rows, size, |w| Cursor { after: w.id.uuid(), filter: fingerprint, key: None });
    let ids: Vec<_> = page.items.iter().map(|w| w.id).collect();
    let all = calls::of_whistles(tx, &ids)?;
    let with_calls = |whistle: Whistle| {
        let own = all.iter().filter(|call| call.whistle == whistle.id).cloned().collect();
        let own = see::outlined(ctx, &whistle, own);
        (whistle, own)
    };
    Ok(page.map(with_calls))
}

/// One page of what the actor's departments are called to and is not over, the first to be due first, with the whistles.
pub fn calls_of_mine(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &WhistleServices,
    department: Option<Id<Unit>>,
    state: Option<State>,
    after: Option<&Cursor>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<(Whistle, Call)>> {
    let scope = ctx.actor.scope(AnswerCall::PERMISSION, false, ctx.now);
    let scope = within(tx, s, scope, department)?;
    let after = after.map(place).transpose()?;
    let rows = calls::open(tx, &scope, state, after, size.probe())?;
    let page = Page::cut(rows, size, |call| Cursor {
        after: call.id.uuid(),
        filter: fingerprint,
        key: Some(call.due().micros().to_string()),
    });
    let ids: Vec<_> = page.items.iter().map(|call| call.whistle).collect();
    let whistles = whistles::find_all(tx, &ids)?;
    let mut items = Vec::with_capacity(page.items.len());
    for call in page.items {
        let whistle = whistles.iter().find(|w| w.id == call.whistle).cloned();
        let whistle = whistle.ok_or_else(|| Fault::internal("a call has no whistle"))?;
        items.push((whistle, call));
    }
    Ok(Page { items, next: page.next })
}

/// The place of a cursor in the order of deadlines.
fn place<T>(cursor: &Cursor) -> Outcome<(Instant, Id<T>)> {
    let micros = cursor.key.as_deref().and_then(|key| key.parse().ok());
    let due = micros.and_then(Instant::from_micros).filter(|due| due.is_writable()).or_refuse(&BAD_CURSOR)?;
    Ok((due, Id::from_uuid(cursor.after)))
}
