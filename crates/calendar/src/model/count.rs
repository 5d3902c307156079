//! Counting: how much working time there is between two moments, and when something is due.
//!
//! **Minutes and hours** run from the moment of the start (《民法典》第二百零一条第二款) and only while the office is open. Something is due
//! at the first moment by which that much working time has passed: sixty minutes from 11:30 with a noon break from 12:00 to 14:00
//! are over at 14:30, thirty at 12:00.
//!
//! **Working days** (工作日). A working day is one on which the office opens at all, be it for an hour. The day of the start is not counted,
//! at whatever hour it is; counting begins on the next day (第二百零一条第一款). The last day ends when the office closes for the day
//! (第二百零三条第二款: 有业务时间的,停止业务活动的时间为截止时间). Three working days from Monday 10:00, and from Monday 20:00, are over on
//! Thursday at closing time; from a Saturday, on Wednesday. Of laws that count in working days, holidays are left out
//! (《行政许可法》第八十二条).
//!
//! **Calendar days** (自然日). The day of the start is not counted; every day after it is, open or not. If the last one is a day on which the
//! office is closed, the next day on which it opens is the last (第二百零三条第一款). It ends when the office closes, as above.
//!
//! **Pauses** (中止). While the clock stands no minute is counted. For days the rule of the start holds for each resumption, too: a day is
//! not counted if the clock stood when it began, that is at the opening for working days, at midnight for calendar days; a
//! day that had begun when the pause came stays counted. A clock that stands at closing time does not run out: the last day moves on to
//! the next day at whose closing the clock runs.
//!
//! **Years**. Whoever counts needs to know each day that is judged. A day in a year without published exceptions stops the counting
//! with the year's number.

use chrono::{Datelike, Days, NaiveDate};
use contracts::{Due, Pause, Span, SpanUnit, WorkTime};
use kernel::{Fault, Instant, Outcome};

use super::compose::Calendar;
use super::pauses::Pauses;
use super::table::{FIRST_YEAR, LAST_YEAR, Table};
use super::zone::{date_of, start_of};

/// A minute in microseconds.
pub(super) const MINUTE: i64 = 60_000_000;
/// A second in microseconds.
const SECOND: i64 = 1_000_000;

/// Why something cannot be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CountError {
    /// Nobody published what is a holiday in this year.
    #[error("no holidays are published for {0}")]
    YearMissing(i32),
    /// Before the first year that is counted, or after the last.
    #[error("outside the years {FIRST_YEAR} to {LAST_YEAR}")]
    TooFar,
    /// This pause ends before it begins; by place in the list.
    #[error("pause {0} ends before it begins")]
    PauseOrder(usize),
    /// Too many pauses.
    #[error("too many pauses")]
    TooManyPauses,
}

type Counted<T> = Result<T, CountError>;

/// A day of a year, the first being 0.
type DayOfYear = (i32, usize);

pub(super) fn place(on: NaiveDate) -> DayOfYear {
    (on.year(), usize::try_from(on.ordinal0()).unwrap_or_default())
}

fn moment(micros: i64) -> Counted<Instant> {
    Instant::from_micros(micros).ok_or(CountError::TooFar)
}

impl Calendar {
    fn year(&self, year: i32) -> Counted<&Table> {
        self.table(year).ok_or(CountError::TooFar)
    }

    /// The day by the clock on the wall at a moment.
    pub fn date(&self, at: Instant) -> NaiveDate {
        date_of(self.zone(), at)
    }

    fn date_at(&self, micros: i64) -> Counted<NaiveDate> {
        Ok(self.date(moment(micros)?))
    }

    /// The moment a day begins, in microseconds.
    pub(super) fn begins(&self, on: NaiveDate) -> i64 {
        start_of(self.zone(), on) * SECOND
    }

    /// Open time between two moments, in microseconds.
    pub(super) fn open_between(&self, from: i64, until: i64) -> Counted<i64> {
        if until <= from {
            return Ok(0);
        }
        let (first, first_day) = place(self.date_at(from)?);
        let (last, last_day) = place(self.date_at(until - 1)?);
        let mut open = -self.year(first)?.before(from);
        for year in first..=last {
            let table = self.year(year)?;
            let known_from = if year == first { first_day } else { 0 };
            let known_until = if year == last { last_day + 1 } else { table.days() };
            known(table, year, known_from, known_until)?;
            open += if year == last { table.before(until) } else { table.open() };
        }
        Ok(open)
    }

    /// The first moment after `start` with this much open time between; `need` is more than nothing.
    fn advance(&self, start: i64, need: i64) -> Counted<i64> {
        let (mut year, mut day) = place(self.date_at(start)?);
        let mut target = self.year(year)?.before(start) + need;
        loop {
            let table = self.year(year)?;
            let found = table.moment(target);
            if table.unknown(day, table.days()) > 0 {
                let until = match found {
                    Some(at) => place(self.date_at(at - 1)?).1 + 1,
                    None => table.days(),
                };
                known(table, year, day, until)?;
            }
            if let Some(at) = found {
                return Ok(at);
            }
            target -= table.open();
            (year, day) = (year + 1, 0);
        }
    }

    /// The `count`th working day, beginning with the day at `from`.
    fn working_day(&self, from: DayOfYear, mut count: i64) -> Counted<DayOfYear> {
        let (mut year, mut day) = from;
        loop {
            let table = self.year(year)?;
            let target = table.working_before(day) + count;
            let found = table.working_day(target);
            known(table, year, day, found.map_or(table.days(), |found| found + 1))?;
            if let Some(found) = found {
                return Ok((year, found));
            }
            count = target - table.working_before(table.days());
            (year, day) = (year + 1, 0);
        }
    }

    /// When the office opens and closes on a day, in microseconds; `None`: it stays closed.
    pub(super) fn open_on(&self, (year, day): DayOfYear) -> Counted<Option<(i64, i64)>> {
        let table = self.year(year)?;
        known(table, year, day, day + 1)?;
        Ok(table.hours(day))
    }

    fn closing(&self, day: DayOfYear) -> Counted<Due> {
        let (_, closes) = self.open_on(day)?.ok_or(CountError::TooFar)?;
        moment(closes).map(Due::At)
    }

    fn minutes_due(&self, start: i64, mut need: i64, pauses: &Pauses) -> Counted<Due> {
        let mut at = start;
        for (from, until) in pauses.after(start) {
            match self.advance(at, need) {
                Ok(due) if due <= from => return moment(due).map(Due::At),
                // It would be later than the pause begins, or further than is known: perhaps the pause comes before that.
                Ok(_) | Err(_) => need -= self.open_between(at, from)?,
            }
            if until == super::pauses::FOR_EVER {
                return Ok(Due::Standing { since: moment(from)?, left: (need + MINUTE - 1) / MINUTE });
            }
            at = until;
        }
        self.advance(at, need).and_then(moment).map(Due::At)
    }

    /// The `count`th day after `after` that a span of days counts, pauses aside.
    fn nth(&self, after: NaiveDate, count: i64, unit: SpanUnit) -> Counted<NaiveDate> {
        if unit == SpanUnit::CalendarDays {
            let days = u64::try_from(count).map_err(|_| CountError::TooFar)?;
            return after.checked_add_days(Days::new(days)).ok_or(CountError::TooFar);
        }
        let (year, day) = place(after);
        let (year, day) = self.working_day((year, day + 1), count)?;
        let ordinal = u32::try_from(day + 1).map_err(|_| CountError::TooFar)?;
        NaiveDate::from_yo_opt(year, ordinal).ok_or(CountError::TooFar)
    }

    /// How many days between two, both left out, a span of days counts, pauses aside.
    fn days_between(&self, after: NaiveDate, before: NaiveDate, unit: SpanUnit) -> Counted<i64> {
        if unit == SpanUnit::CalendarDays {
            return Ok(((before - after).num_days() - 1).max(0));
        }
        let ((first, first_day), (last, last_day)) = (place(after), place(before));
        let mut days = 0;
        for year in first..=last {
            let table = self.year(year)?;
            let from = if year == first { first_day + 1 } else { 0 };
            let until = if year == last { last_day } else { table.days() };
            known(table, year, from, until)?;
            days += (table.working_before(until.max(from)) - table.working_before(from)).max(0);
        }
        Ok(days)
    }

    /// When a day begins for a span of days: at midnight, or when the office opens; `None`: it stays closed.
    fn beginning(&self, on: NaiveDate, unit: SpanUnit) -> Counted<Option<i64>> {
        if unit == SpanUnit::CalendarDays {
            return Ok(Some(self.begins(on)));
        }
        Ok(self.open_on(place(on))?.map(|(opens, _)| opens))
    }

    fn days_due(&self, start: i64, count: i64, unit: SpanUnit, pauses: &Pauses) -> Counted<Due> {
        let standing =
            |since: i64, left: i64| Ok(Due::Standing { since: moment(since.max(start))?, left: left.max(1) });
        let next = |on: NaiveDate| on.succ_opt().ok_or(CountError::TooFar);
        let (mut at, mut left) = (self.date_at(start)?, count);
        for (from, until) in pauses.after(start) {
            let pause_on = self.date_at(from)?;
            let reached = self.nth(at, left, unit);
            if reached.is_ok_and(|on| on < pause_on) {
                break;
            }
            // From the first day that begins in the pause to the last, none is counted.
            let begins_in_it = pause_on > at
                && match self.beginning(pause_on, unit) {
                    Ok(begins) => begins.is_some_and(|begins| begins >= from),
                    // The first year that is missing is named.
                    Err(error) => return Err(reached.err().unwrap_or(error)),
                };
            let first = if begins_in_it { pause_on } else { next(pause_on)? };
            if reached.is_ok_and(|on| on < first) {
                break;
            }
            left -= self.days_between(at, first, unit)?;
            if until == super::pauses::FOR_EVER {
                return standing(from, left);
            }
            let last = self.date_at(until - 1)?;
            if last > at {
                let begun = self.beginning(last, unit)?.is_none_or(|begins| begins < until);
                at = at.max(if begun { last } else { last.pred_opt().unwrap_or(last) });
            }
        }
        let mut on = self.nth(at, left, unit)?;
        loop {
            if let Some((_, closes)) = self.open_on(place(on))? {
                if !pauses.stands_until(closes) {
                    return moment(closes).map(Due::At);
                }
                if let Some(since) = pauses.for_ever().filter(|since| *since < closes) {
                    return standing(since, 0);
                }
            }
            on = next(on)?;
        }
    }

    /// When something begun at `start` is due; see the rules above.
    pub fn count_due(&self, start: Instant, span: Span, pauses: &[Pause]) -> Counted<Due> {
        let (pauses, start) = (Pauses::new(pauses)?, start.micros());
        match span.unit() {
            SpanUnit::WorkingMinutes => self.minutes_due(start, span.count() * MINUTE, &pauses),
            SpanUnit::WorkingHours => self.minutes_due(start, span.count() * 60 * MINUTE, &pauses),
            unit if !pauses.is_empty() => self.days_due(start, span.count(), unit, &pauses),
            SpanUnit::WorkingDays => {
                let (year, day) = place(self.date_at(start)?);
                self.closing(self.working_day((year, day + 1), span.count())?)
            }
            SpanUnit::CalendarDays => {
                let days = u64::try_from(span.count()).map_err(|_| CountError::TooFar)?;
                let last =
                    self.date_at(start)?.checked_add_days(Days::new(days)).ok_or(CountError::TooFar)?;
                self.closing(self.working_day(place(last), 1)?)
            }
        }
    }

    /// Open time from `start` to `now` in which the clock did not stand, in microseconds.
    pub(super) fn open_unpaused(&self, start: i64, now: i64, pauses: &Pauses) -> Counted<i64> {
        let mut open = self.open_between(start, now)?;
        for (from, until) in pauses.after(start).take_while(|(from, _)| *from < now) {
            open -= self.open_between(from, until.min(now))?;
        }
        Ok(open)
    }

    /// Whole working minutes between two moments; what is left of a minute does not count.
    pub fn count_working(&self, from: Instant, until: Instant) -> Counted<i64> {
        self.open_between(from.micros(), until.micros()).map(|open| open / MINUTE)
    }

    /// Whole working minutes from `start` to `now` in which the clock did not stand.
    pub fn count_elapsed(&self, start: Instant, now: Instant, pauses: &[Pause]) -> Counted<i64> {
        let pauses = Pauses::new(pauses)?;
        self.open_unpaused(start.micros(), now.micros(), &pauses).map(|open| open / MINUTE)
    }

    /// Whether the office is open at a moment.
    pub fn count_open(&self, at: Instant) -> Counted<bool> {
        let (year, day) = place(self.date(at));
        let table = self.year(year)?;
        known(table, year, day, day + 1)?;
        Ok(table.is_open(at.micros()))
    }
}

/// Refuses where nobody published what some day between two is.
fn known(table: &Table, year: i32, from: usize, until: usize) -> Counted<()> {
    if table.unknown(from, until.max(from)) > 0 { Err(CountError::YearMissing(year)) } else { Ok(()) }
}

impl WorkTime for Calendar {
    fn is_open(&self, at: Instant) -> Outcome<bool> {
        self.count_open(at).map_err(Fault::from)
    }

    fn working(&self, from: Instant, until: Instant) -> Outcome<i64> {
        self.count_working(from, until).map_err(Fault::from)
    }

    fn due(&self, start: Instant, span: Span, pauses: &[Pause]) -> Outcome<Due> {
        self.count_due(start, span, pauses).map_err(Fault::from)
    }

    fn elapsed(&self, start: Instant, now: Instant, pauses: &[Pause]) -> Outcome<i64> {
        self.count_elapsed(start, now, pauses).map_err(Fault::from)
    }
}
