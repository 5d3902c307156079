//! The clocks of cases, and the times in which they stand.

use contracts::{Span, SpanUnit};
use diesel::prelude::*;
use kernel::id::{Incident, IncidentClock, IncidentPause};
use kernel::{Fault, Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::{grid_incident_clocks as clocks, grid_incident_pauses as pauses};
use super::unknown_word;
use crate::model::{CasePause, Clock, ClockEnd, ClockKind, State};

/// The most pauses of a case that are looked at: as many as a calendar counts with.
const MOST_PAUSES: i64 = 1_000;

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = clocks, treat_none_as_default_value = false)]
struct Row {
    id: Id<IncidentClock>,
    incident_id: Id<Incident>,
    kind: String,
    started_at: Instant,
    span_count: i64,
    span_unit: String,
    due_at: Option<Instant>,
    unknown_code: Option<String>,
    ended_at: Option<Instant>,
    end_word: Option<String>,
    escalated_at: Option<Instant>,
}

const TABLE: &str = "grid_incident_clocks";

impl Row {
    fn clock(self) -> Outcome<Clock> {
        let unit = SpanUnit::parse(&self.span_unit).ok_or_else(|| unknown_word(TABLE, &self.span_unit))?;
        let end = |word: &str| ClockEnd::parse(word).ok_or_else(|| unknown_word(TABLE, word));
        Ok(Clock {
            id: self.id,
            incident: self.incident_id,
            kind: ClockKind::parse(&self.kind).ok_or_else(|| unknown_word(TABLE, &self.kind))?,
            started: self.started_at,
            span: Span::new(self.span_count, unit)
                .ok_or_else(|| Fault::internal("a clock whose span is out of bounds"))?,
            due: self.due_at,
            unknown: self.unknown_code,
            ended: self.ended_at,
            end: self.end_word.as_deref().map(end).transpose()?,
            escalated: self.escalated_at,
        })
    }

    fn of(clock: &Clock) -> Self {
        Self {
            id: clock.id,
            incident_id: clock.incident,
            kind: clock.kind.word().to_owned(),
            started_at: clock.started,
            span_count: clock.span.count(),
            span_unit: clock.span.unit().word().to_owned(),
            due_at: clock.due,
            unknown_code: clock.unknown.clone(),
            ended_at: clock.ended,
            end_word: clock.end.map(|end| end.word().to_owned()),
            escalated_at: clock.escalated,
        }
    }
}

/// Adds a clock.
pub fn insert(tx: &mut Tx<'_>, clock: &Clock) -> Outcome<()> {
    let row = Row::of(clock);
    with_conn!(tx, |c| diesel::insert_into(clocks::table).values(&row).execute(c))?;
    Ok(())
}

/// Writes what changes about a clock.
pub fn update(tx: &mut Tx<'_>, clock: &Clock) -> Outcome<()> {
    let row = Row::of(clock);
    with_conn!(tx, |c| diesel::update(clocks::table.find(clock.id))
        .set((
            clocks::span_count.eq(row.span_count),
            clocks::due_at.eq(row.due_at),
            clocks::unknown_code.eq(&row.unknown_code),
            clocks::ended_at.eq(row.ended_at),
            clocks::end_word.eq(&row.end_word),
            clocks::escalated_at.eq(row.escalated_at),
        ))
        .execute(c))?;
    Ok(())
}

/// The clock that runs for a case, standing or not; at most one does.
pub fn running(tx: &mut Tx<'_>, incident: Id<Incident>) -> Outcome<Option<Clock>> {
    let row: Option<Row> = with_conn!(tx, |c| clocks::table
        .filter(clocks::incident_id.eq(incident))
        .filter(clocks::ended_at.is_null())
        .order(clocks::id.desc())
        .select(Row::as_select())
        .first(c)
        .optional())?;
    row.map(Row::clock).transpose()
}

/// All clocks of a case, the oldest first.
pub fn of_incident(tx: &mut Tx<'_>, incident: Id<Incident>) -> Outcome<Vec<Clock>> {
    let rows: Vec<Row> = with_conn!(tx, |c| clocks::table
        .filter(clocks::incident_id.eq(incident))
        .order(clocks::id.asc())
        .select(Row::as_select())
        .load(c))?;
    rows.into_iter().map(Row::clock).collect()
}

/// Cases whose time is over and of which nobody above was told yet, the longest overdue first.
pub fn overdue(tx: &mut Tx<'_>, now: Instant, limit: i64) -> Outcome<Vec<Id<Incident>>> {
    Ok(with_conn!(tx, |c| clocks::table
        .filter(clocks::ended_at.is_null())
        .filter(clocks::escalated_at.is_null())
        .filter(clocks::due_at.is_not_null())
        .filter(clocks::due_at.le(now))
        .order((clocks::due_at.asc(), clocks::id.asc()))
        .limit(limit)
        .select(clocks::incident_id)
        .load(c))?)
}

/// Cases with a clock of which nobody could say when it is over, by the clock's id, after one.
pub fn unknown(
    tx: &mut Tx<'_>,
    after: Option<Id<IncidentClock>>,
    limit: i64,
) -> Outcome<Vec<(Id<IncidentClock>, Id<Incident>)>> {
    Ok(with_conn!(tx, |c| {
        let mut q = clocks::table
            .filter(clocks::ended_at.is_null())
            .filter(clocks::unknown_code.is_not_null())
            .select((clocks::id, clocks::incident_id))
            .into_boxed::<Db>();
        if let Some(after) = after {
            q = q.filter(clocks::id.gt(after));
        }
        q.order(clocks::id.asc()).limit(limit).load(c)
    })?)
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = pauses, treat_none_as_default_value = false)]
struct PauseRow {
    id: Id<IncidentPause>,
    incident_id: Id<Incident>,
    state: String,
    from_at: Instant,
    until_at: Option<Instant>,
}

/// Adds a pause.
pub fn pause(tx: &mut Tx<'_>, pause: &CasePause) -> Outcome<()> {
    let row = PauseRow {
        id: pause.id,
        incident_id: pause.incident,
        state: pause.state.word().to_owned(),
        from_at: pause.from,
        until_at: pause.until,
    };
    with_conn!(tx, |c| diesel::insert_into(pauses::table).values(&row).execute(c))?;
    Ok(())
}

/// Ends a pause at a moment.
pub fn end_pause(tx: &mut Tx<'_>, id: Id<IncidentPause>, at: Instant) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(pauses::table.find(id)).set(pauses::until_at.eq(at)).execute(c))?;
    Ok(())
}

/// The pauses of a case, the oldest first.
pub fn pauses(tx: &mut Tx<'_>, incident: Id<Incident>) -> Outcome<Vec<CasePause>> {
    let rows: Vec<PauseRow> = with_conn!(tx, |c| pauses::table
        .filter(pauses::incident_id.eq(incident))
        .order(pauses::id.asc())
        .limit(MOST_PAUSES)
        .select(PauseRow::as_select())
        .load(c))?;
    let pause = |row: PauseRow| {
        let state =
            State::parse(&row.state).ok_or_else(|| unknown_word("grid_incident_pauses", &row.state))?;
        Ok(CasePause { id: row.id, incident: row.incident_id, state, from: row.from_at, until: row.until_at })
    };
    rows.into_iter().map(pause).collect()
}
