//! The work on an import, a part at a time: each part is one transaction that holds what the rows did, what became of each
//! row and how far it came. Whoever dies in between has done nothing that is not written down.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use kernel::id::Import as ImportKind;
use kernel::{Context, Fault, Id, IdGen, Instant, Outcome};
use serde_json::json;
use storage::Tx;
use uuid::Uuid;

use super::apply::{begin, refuse_unfit, rights_of};
use super::trail;
use crate::error::{GAVE_UP, OWNER_GONE, RIGHTS_CHANGED, TOO_TIED};
use crate::model::{Import, MAX_AT_ONCE, Row, RowOutcome, RowProblem, State};
use crate::ports::{ImportServices, Target};
use crate::read::{Mapping, Zone, problem_of, row};
use crate::store::{imports, rows};

/// For how long an import is taken up; renewed with every part.
pub const LEASE_SECONDS: i64 = 30;
/// Rows looked at for one part.
const PART: i64 = 100;
/// How long one part holds the writer.
const PART_TIME: Duration = Duration::from_millis(25);
/// Rows that one row may lean on, all told: they are carried out with it, in one part.
const MAX_TIES: usize = 60;
/// Troubles in a row after which an import is given up.
const MAX_ATTEMPTS: i32 = 5;

/// An import taken up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The import.
    pub import: Id<ImportKind>,
    /// Grows with every worker that takes it up: who has an older one is too late.
    pub fence: i64,
}

/// Takes up the oldest import that waits.
pub fn claim(tx: &mut Tx<'_>, owner: &str, now: Instant) -> Outcome<Option<Claim>> {
    let taken = imports::claim(tx, owner, now, now.plus_seconds(LEASE_SECONDS))?;
    Ok(taken.map(|(import, fence)| Claim { import, fence }))
}

/// Gives it back, so that whoever looks next goes on with it.
pub fn give_back(tx: &mut Tx<'_>, claim: Claim, now: Instant) -> Outcome<()> {
    match imports::find_locked(tx, claim.import)?.filter(|import| import.fence == claim.fence) {
        Some(import) => imports::hold(tx, import.id, now),
        None => Ok(()),
    }
}

/// A part of the work as it is at hand.
/// What became of a row.
type Tried = Result<Uuid, RowProblem>;

struct Part<'s> {
    services: &'s ImportServices,
    import: Import,
    mapping: Mapping,
    zone: Zone,
}

impl Part<'_> {
    fn target(&self) -> Outcome<&Target> {
        self.services.target(&self.import.kind)
    }

    /// Carries out rows, at once where the target can, and else one by one for as long as a part may take. Answers for as many as were
    /// tried.
    fn some(&self, tx: &mut Tx<'_>, ctx: &Context, list: &[Row]) -> Outcome<Vec<Tried>> {
        if let Some(all) = self.at_once(tx, ctx, list)? {
            return Ok(all);
        }
        let (started, mut tried) = (Stopwatch::now(), Vec::with_capacity(list.len()));
        for row in list {
            tried.push(self.one(tx, ctx, row)?);
            if started.elapsed() > PART_TIME {
                break;
            }
        }
        Ok(tried)
    }

    /// Carries out rows at once, if the target can and none of them refuses the rest.
    fn at_once(&self, tx: &mut Tx<'_>, ctx: &Context, list: &[Row]) -> Outcome<Option<Vec<Tried>>> {
        let target = self.target()?;
        let read: Vec<_> = list.iter().map(|r| row(&r.cells, &self.mapping, target, self.zone)).collect();
        let good: Vec<_> = read.iter().flatten().cloned().collect();
        let mut done = match tx.nested(|tx| target.apply_many(tx, ctx, &good)) {
            Ok(Some(done)) => done.into_iter(),
            Ok(None) | Err(Fault::Refused(_)) => return Ok(None),
            Err(trouble) => return Err(trouble),
        };
        let columns = target.columns();
        let lost = || Fault::internal("a row of a batch got lost");
        let all = read.into_iter().map(|read| match read {
            Err(problem) => Ok(Err(problem)),
            Ok(_) => Ok(done.next().ok_or_else(lost)?.map_err(|refusal| problem_of(&refusal, columns))),
        });
        all.collect::<Outcome<_>>().map(Some)
    }

    /// Tells the target of the rows that were refused in a way it wants to hear of, outside of what is undone.
    fn heed<'r>(
        &self,
        tx: &mut Tx<'_>,
        ctx: &Context,
        refused: impl Iterator<Item = (&'r Row, &'r RowProblem)>,
    ) -> Outcome<()> {
        let target = self.target()?;
        let heeded = target.heeded();
        let rows: Vec<_> = refused
            .filter(|(_, problem)| heeded.iter().any(|code| code.code == problem.code))
            .filter_map(|(r, _)| row(&r.cells, &self.mapping, target, self.zone).ok())
            .collect();
        if rows.is_empty() { Ok(()) } else { target.refused(tx, ctx, &rows) }
    }

    /// Carries out one row in a savepoint. The outer refusal is trouble; the inner one is the row's.
    fn one(&self, tx: &mut Tx<'_>, ctx: &Context, row_: &Row) -> Outcome<Tried> {
        let target = self.target()?;
        let read = match row(&row_.cells, &self.mapping, target, self.zone) {
            Ok(read) => read,
            Err(problem) => return Ok(Err(problem)),
        };
        match tx.nested(|tx| target.apply(tx, ctx, &read)) {
            Ok(object) => Ok(Ok(object)),
            Err(Fault::Refused(refusal)) => Ok(Err(problem_of(&refusal, target.columns()))),
            Err(trouble) => Err(trouble),
        }
    }
}

/// Does the next part; answers whether more is to be done.
pub fn step(
    tx: &mut Tx<'_>,
    services: &ImportServices,
    claim: Claim,
    now: Instant,
    ids: &Arc<dyn IdGen>,
) -> Outcome<bool> {
    let Some(import) = imports::find_locked(tx, claim.import)?.filter(|import| import.fence == claim.fence)
    else {
        return Ok(false);
    };
    if !matches!(import.state, State::Checking | State::Applying) {
        return Ok(false);
    }
    let Some(actor) = services.actors.actor(tx, import.owner_id, now)? else {
        let ctx = nobody(&import, now, ids);
        return fail(tx, &ctx, import, &problem(&OWNER_GONE)).map(|()| false);
    };
    let rights = rights_of(&actor, now);
    let ctx = Context { actor: Arc::new(actor), ..nobody(&import, now, ids) };
    let changed = import.rights.as_deref().is_some_and(|known| known != rights);
    if changed && import.state == State::Applying && import.at_line == 0 {
        return fail(tx, &ctx, import, &problem(&RIGHTS_CHANGED)).map(|()| false);
    }
    let target = services.target(&import.kind)?;
    let mapping = Mapping::of(&import.header, target.columns())?;
    let zone = Zone::named(&import.time_zone);
    let mut part = Part { services, import: Import { attempts: 0, ..import }, mapping, zone };
    if part.import.state == State::Checking && part.import.at_line == 0 {
        part.import.rights = Some(rights);
    }
    let (before, applying) = (part.import.at_line, part.import.state == State::Applying);
    storage::upkeep::prefer_indexes(tx)?;
    let more = match part.import.state {
        State::Checking => check(tx, &ctx, &mut part)?,
        _ if part.import.atomic => apply_all(tx, &ctx, &mut part)?,
        _ => apply_some(tx, &ctx, &mut part)?,
    };
    if !more || outgrown(before, part.import.at_line) {
        storage::upkeep::look_again(tx, if applying { target.grows() } else { &[] })?;
        storage::upkeep::look_again(tx, &["imports_rows"])?;
    }
    imports::save(tx, &part.import)?;
    imports::hold(tx, claim.import, if more { now.plus_seconds(LEASE_SECONDS) } else { now })?;
    Ok(more)
}

/// Whether so many rows were done since the engine looked at its tables that it should look again: after three hundred, and whenever
/// there are four times as many.
fn outgrown(before: i64, now: i64) -> bool {
    let step = |line: i64| (line.max(0) / PART + 1).ilog2() / 2;
    step(now) > step(before)
}

/// Notes that a part could not be done; after several in a row the import is given up.
pub fn trouble(tx: &mut Tx<'_>, claim: Claim, now: Instant, ids: &Arc<dyn IdGen>) -> Outcome<()> {
    let Some(import) = imports::find_locked(tx, claim.import)?.filter(|import| import.fence == claim.fence)
    else {
        return Ok(());
    };
    let import = Import { attempts: import.attempts + 1, ..import };
    if import.attempts >= MAX_ATTEMPTS {
        let ctx = nobody(&import, now, ids);
        return fail(tx, &ctx, import, &problem(&GAVE_UP));
    }
    imports::save(tx, &import)?;
    // Let others have a turn, and time to pass, before it is tried again.
    imports::hold(tx, claim.import, now.plus_seconds(i64::from(import.attempts)))
}

/// The owner without any right: what goes on the trail where nothing else can be said of them.
fn nobody(import: &Import, now: Instant, ids: &Arc<dyn IdGen>) -> Context {
    let actor =
        kernel::Actor { user: import.owner_id, display_name: "".into(), session: None, grants: Arc::new([]) };
    Context {
        actor: Arc::new(actor),
        now,
        request_id: import.request_id.as_str().into(),
        ids: Arc::clone(ids),
    }
}

fn problem(code: &'static kernel::ErrorCode) -> RowProblem {
    RowProblem { code: code.code.to_owned(), detail: None, errors: Vec::new() }
}

/// Tries some rows in a savepoint that is undone, with those before them that they lean on.
fn check(tx: &mut Tx<'_>, ctx: &Context, part: &mut Part<'_>) -> Outcome<bool> {
    let import = part.import.id;
    let list = rows::after(
        tx,
        part.services.safe.as_ref(),
        import,
        part.import.at_line,
        Some(RowOutcome::Pending),
        PART,
    )?;
    let Some(first) = list.first().map(|row| row.line) else {
        checked(tx, ctx, part)?;
        return Ok(part.import.state == State::Applying);
    };
    let mut found = Vec::new();
    let undone = tx.nested(|tx| {
        found = try_rows(tx, ctx, part, &list, first)?;
        let last = found.last().map_or(0, |(line, _)| *line);
        if outgrown(part.import.at_line, last) {
            // While the rows are there: what the engine counts of them outlives them. Of a table that seems empty any index is as good as
            // any other, and it may take one that leads through all rows to the one it looks for.
            storage::upkeep::look_again(tx, part.target()?.grows())?;
        }
        Err::<(), Fault>(Fault::Internal(String::new()))
    });
    if let Err(fault) = undone
        && !matches!(&fault, Fault::Internal(why) if why.is_empty())
    {
        return Err(fault);
    }
    part.heed(
        tx,
        ctx,
        list.iter().zip(&found).filter_map(|(row, (_, problem))| Some((row, problem.as_ref()?))),
    )?;
    let mut passed = Vec::with_capacity(found.len());
    for (line, problem) in found {
        part.import.at_line = line;
        match problem {
            None => passed.push(line),
            Some(problem) => {
                rows::set(tx, import, line, RowOutcome::Failed, None, Some(&problem))?;
                part.import.rows_failed += 1;
            }
        }
    }
    part.import.rows_passed += i32::try_from(passed.len()).map_err(Fault::internal)?;
    rows::pass(tx, import, &passed)?;
    Ok(true)
}

/// What a row was refused for, by its line.
type Judged = (i64, Option<RowProblem>);

/// Tries the rows of a part, at once if the target can and none leans on another.
fn try_rows(
    tx: &mut Tx<'_>,
    ctx: &Context,
    part: &Part<'_>,
    list: &[Row],
    first: i64,
) -> Outcome<Vec<Judged>> {
    let free = list.iter().all(|row| row.wants.is_empty());
    if let Some(tried) = if free { part.at_once(tx, ctx, list)? } else { None } {
        let lines = list.iter().map(|row| row.line);
        return Ok(lines.zip(tried.into_iter().map(Result::err)).collect());
    }
    let (started, mut found, mut tried) = (Stopwatch::now(), Vec::new(), BTreeSet::new());
    for row in list {
        if !found.is_empty() && started.elapsed() > PART_TIME {
            break;
        }
        found.push((row.line, try_row(tx, ctx, part, row, first, &mut tried)?));
    }
    Ok(found)
}

/// Tries one row after the rows before this part that it leans on, and those that they lean on.
fn try_row(
    tx: &mut Tx<'_>,
    ctx: &Context,
    part: &Part<'_>,
    row: &Row,
    first: i64,
    tried: &mut BTreeSet<i64>,
) -> Outcome<Option<RowProblem>> {
    let mut below: Vec<Row> = Vec::new();
    let mut open = vec![(row.wants.clone(), row.line)];
    let limit = i64::try_from(MAX_TIES + 1).unwrap_or(i64::MAX);
    while let Some((wants, before)) = open.pop() {
        for name in wants {
            // Rows of this part are tried in their turn.
            let others = rows::giving(
                tx,
                part.services.safe.as_ref(),
                part.import.id,
                &name,
                before.min(first),
                limit,
            )?;
            if others.is_empty() {
                continue;
            }
            for other in others {
                if tried.contains(&other.line) || below.iter().any(|known| known.line == other.line) {
                    continue;
                }
                open.push((other.wants.clone(), other.line));
                below.push(other);
            }
            break;
        }
        if below.len() > MAX_TIES {
            return Ok(Some(problem(&TOO_TIED)));
        }
    }
    below.sort_by_key(|row| row.line);
    for other in below {
        tried.insert(other.line);
        // Had it failed it would not be here: what becomes of it shows in the row that leans on it.
        part.one(tx, ctx, &other)?.ok();
    }
    tried.insert(row.line);
    Ok(part.one(tx, ctx, row)?.err())
}

/// All rows were tried.
fn checked(tx: &mut Tx<'_>, ctx: &Context, part: &mut Part<'_>) -> Outcome<()> {
    part.import.state = State::Checked;
    part.import.version += 1;
    let import = &part.import;
    let after = json!({ "kind": import.kind, "passed": import.rows_passed, "failed": import.rows_failed });
    trail(tx, ctx, "imports.import.checked", import, after)?;
    if !import.dry_run && refuse_unfit(import).is_ok() {
        let after = json!({ "kind": import.kind, "rows": import.rows_passed });
        trail(tx, ctx, "imports.import.applying", import, after)?;
        part.import = begin(part.import.clone());
    }
    Ok(())
}

/// Carries out some rows, each for itself.
fn apply_some(tx: &mut Tx<'_>, ctx: &Context, part: &mut Part<'_>) -> Outcome<bool> {
    let import = part.import.id;
    let list = rows::after(
        tx,
        part.services.safe.as_ref(),
        import,
        part.import.at_line,
        Some(RowOutcome::Passed),
        PART,
    )?;
    if list.is_empty() {
        return applied(tx, ctx, part).map(|()| false);
    }
    let tried = part.some(tx, ctx, &list)?;
    let mut done = Vec::with_capacity(tried.len());
    part.heed(
        tx,
        ctx,
        list.iter().zip(&tried).filter_map(|(row, tried)| Some((row, tried.as_ref().err()?))),
    )?;
    for (row, tried) in list.iter().zip(tried) {
        match tried {
            Ok(object) => {
                done.push((row.line, object));
                part.import.rows_done += 1;
            }
            Err(problem) => {
                rows::set(tx, import, row.line, RowOutcome::Failed, None, Some(&problem))?;
                part.import.rows_failed += 1;
            }
        }
        part.import.rows_passed -= 1;
        part.import.at_line = row.line;
    }
    rows::done(tx, import, &done)?;
    Ok(true)
}

/// Carries out all rows, or none: the first that fails undoes them all.
fn apply_all(tx: &mut Tx<'_>, ctx: &Context, part: &mut Part<'_>) -> Outcome<bool> {
    let import = part.import.id;
    let limit = i64::try_from(MAX_AT_ONCE).unwrap_or(i64::MAX);
    let list = rows::after(tx, part.services.safe.as_ref(), import, 0, Some(RowOutcome::Passed), limit)?;
    let mut failed: Option<(i64, RowProblem)> = None;
    let done = tx.nested(|tx| {
        let mut done = Vec::with_capacity(list.len());
        for row in &list {
            match part.one(tx, ctx, row)? {
                Ok(object) => done.push((row.line, object)),
                Err(problem) => {
                    failed = Some((row.line, problem));
                    return Err(Fault::Internal(String::new()));
                }
            }
        }
        rows::done(tx, import, &done)
    });
    match (done, failed) {
        (Ok(()), _) => {
            part.import.rows_done = part.import.rows_passed;
            part.import.rows_passed = 0;
            applied(tx, ctx, part)?;
        }
        (Err(_), Some((line, why))) => {
            part.heed(tx, ctx, list.iter().filter(|row| row.line == line).map(|row| (row, &why)))?;
            rows::set(tx, import, line, RowOutcome::Failed, None, Some(&why))?;
            part.import.rows_passed -= 1;
            part.import.rows_failed += 1;
            part.import = failed_import(tx, ctx, part.import.clone(), &why)?;
        }
        (Err(fault), None) => return Err(fault),
    }
    Ok(false)
}

fn applied(tx: &mut Tx<'_>, ctx: &Context, part: &mut Part<'_>) -> Outcome<()> {
    part.import.state = State::Applied;
    part.import.finished_at = Some(ctx.now);
    part.import.version += 1;
    let import = &part.import;
    let after = json!({ "kind": import.kind, "done": import.rows_done, "failed": import.rows_failed });
    trail(tx, ctx, "imports.import.applied", import, after)
}

fn failed_import(tx: &mut Tx<'_>, ctx: &Context, import: Import, why: &RowProblem) -> Outcome<Import> {
    let import = Import {
        state: State::Failed,
        problem_code: Some(why.code.clone()),
        problem_detail: why.detail.clone(),
        finished_at: Some(ctx.now),
        version: import.version + 1,
        ..import
    };
    let after = json!({ "kind": import.kind, "code": why.code, "done": import.rows_done });
    trail(tx, ctx, "imports.import.failed", &import, after)?;
    Ok(import)
}

fn fail(tx: &mut Tx<'_>, ctx: &Context, import: Import, why: &RowProblem) -> Outcome<()> {
    let import = failed_import(tx, ctx, import, why)?;
    imports::save(tx, &import)?;
    imports::hold(tx, import.id, ctx.now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_looks_again_a_few_times_in_a_long_list() {
        let ends: Vec<i64> = (0..500).map(|part| part * PART).collect();
        let looks: Vec<i64> = ends.windows(2).filter(|w| outgrown(w[0], w[1])).map(|w| w[1]).collect();
        assert_eq!(looks, [300, 1_500, 6_300, 25_500]);
        assert!(!outgrown(25_500, 0), "the list is begun again");
    }
}
