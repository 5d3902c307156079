//! Whether the monthly rule was met: by a worker, and by how many of a unit.
//!
//! The duty is the worker's. What they did and what they were asked is counted over all their grids, and they are listed wherever they
//! hold a post as a worker. Everything is counted anew from visits, posts and rules: a visit that comes late or is struck changes the answer.

use std::collections::{BTreeMap, BTreeSet};

use contracts::UnitRef;
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{Unit, User};
use kernel::permission::Permit;
use kernel::{Context, Cursor, Id, Outcome, Page, PageSize};
use storage::Tx;

use super::duty::WORKER;
use super::rules::Resolved;
use crate::error::MONTH;
use crate::model::{Month, RuleBook, Stretch, Tally, Target, day_of};
use crate::permission::ReadCompliance;
use crate::ports::VisitServices;
use crate::store::{counts, rules};

/// Posts, and workers, looked up at once.
const AT_ONCE: i64 = 1_000;

/// A worker's month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerMonth {
    /// Who.
    pub worker: Id<User>,
    /// What they did.
    pub done: Tally,
    /// What was asked of them.
    pub target: Target,
    /// Whether it was met.
    pub is_met: bool,
}

/// A unit's month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitMonth {
    /// The unit.
    pub unit: UnitRef,
    /// The month.
    pub month: Month,
    /// Whether it is over: until then posts count as held to its end.
    pub is_over: bool,
    /// What is asked in the unit itself.
    pub rule: Resolved,
    /// The denominator: those who held a post as a worker in the unit or below on a day of the month.
    pub workers: i64,
    /// How many of them met what was asked of them.
    pub met: i64,
}

impl UnitMonth {
    /// Those who met it of all, in hundredths of a percent, cut; none where nobody was on duty.
    pub fn share_bp(&self) -> Option<i64> {
        self.met.saturating_mul(10_000).checked_div(self.workers)
    }
}

/// Reads a month that has begun.
pub fn month(s: &VisitServices, ctx: &Context, text: &str) -> Outcome<Month> {
    let this = Month::of(day_of(s.zone, ctx.now));
    Month::parse(text).filter(|month| *month <= this).or_refuse(&MONTH)
}

fn readable(tx: &mut Tx<'_>, ctx: &Context, s: &VisitServices, unit: Id<Unit>) -> Outcome<UnitRef> {
    let unit = s.tree.unit(tx, unit)?.or_refuse(&NOT_FOUND)?;
    ctx.require_at(ReadCompliance::PERMISSION, unit.id, &unit.path)?;
    Ok(unit)
}

/// The month of a unit and all below it.
pub fn of_unit(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &VisitServices,
    unit: Id<Unit>,
    month: Month,
) -> Outcome<UnitMonth> {
    let unit = readable(tx, ctx, s, unit)?;
    let book = rules::book(tx, month)?;
    let workers: Vec<Id<User>> = workers(tx, s, unit.id, month)?.into_iter().collect();
    let judged = judge(tx, s, &workers, month, &book)?;
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let (rule, from) = book.at(&unit.path);
    Ok(UnitMonth {
        unit,
        month,
        is_over: month.next() <= day_of(s.zone, ctx.now),
        rule: Resolved { rule, unit: from },
        workers: count(judged.len()),
        met: count(judged.iter().filter(|worker| worker.is_met).count()),
    })
}

/// One page of the workers of a unit and all below it, by id.
pub fn of_workers(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &VisitServices,
    unit: Id<Unit>,
    month: Month,
    after: Option<&Cursor>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<WorkerMonth>> {
    let unit = readable(tx, ctx, s, unit)?;
    let after: Option<Id<User>> = after.map(|cursor| Id::from_uuid(cursor.after));
    let all = workers(tx, s, unit.id, month)?;
    let rest = all.into_iter().filter(|user| after.is_none_or(|after| *user > after));
    let wanted: Vec<Id<User>> = rest.take(size.get() + 1).collect();
    let page = Page::cut(wanted, size, |user| Cursor { after: user.uuid(), filter: fingerprint, key: None });
    let book = rules::book(tx, month)?;
    Ok(Page { items: judge(tx, s, &page.items, month, &book)?, next: page.next })
}

/// One's own month: without a post, nothing was asked.
pub fn mine(tx: &mut Tx<'_>, ctx: &Context, s: &VisitServices, month: Month) -> Outcome<WorkerMonth> {
    let book = rules::book(tx, month)?;
    judge(tx, s, &[ctx.actor.user], month, &book)?.pop().or_refuse(&NOT_FOUND)
}

/// Those who held a post as a worker in a unit or below in a month.
fn workers(tx: &mut Tx<'_>, s: &VisitServices, unit: Id<Unit>, month: Month) -> Outcome<BTreeSet<Id<User>>> {
    let (from, until) = month.bounds(s.zone);
    let (mut found, mut after) = (BTreeSet::new(), None);
    loop {
        let posts = s.posts.workers_below(tx, unit, from, until, after, AT_ONCE)?;
        let Some(last) = posts.last() else { return Ok(found) };
        after = Some((last.grid, last.user));
        found.extend(posts.iter().map(|post| post.user));
    }
}

/// What some workers did and were asked, in their order.
fn judge(
    tx: &mut Tx<'_>,
    s: &VisitServices,
    workers: &[Id<User>],
    month: Month,
    book: &RuleBook,
) -> Outcome<Vec<WorkerMonth>> {
    let (from, until) = month.bounds(s.zone);
    let mut stretches: BTreeMap<Id<User>, Vec<Stretch>> = BTreeMap::new();
    for post in s.posts.of_users(tx, workers, from, until)?.into_iter().filter(|post| post.role == WORKER) {
        let stretch = Stretch { path: post.path, from: post.from, until: post.until };
        stretches.entry(post.user).or_default().push(stretch);
    }
    let done = counts::tallies(tx, workers, month)?;
    let one = |worker: &Id<User>| {
        let held = stretches.get(worker).map(Vec::as_slice).unwrap_or_default();
        let target = Target::of(book, held, month, s.zone);
        let done = done.get(worker).copied().unwrap_or_default();
        WorkerMonth { worker: *worker, done, target, is_met: target.is_met_by(done) }
    };
    Ok(workers.iter().map(one).collect())
}
