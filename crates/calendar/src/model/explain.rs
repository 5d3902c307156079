//! A deadline told day by day, so that whoever is held to it can check it with a finger on a wall calendar.

use chrono::NaiveDate;
use contracts::{Due, Pause, Span, SpanUnit};
use kernel::Instant;

use super::compose::{Calendar, Day};
use super::count::{CountError, MINUTE, place};
use super::pauses::Pauses;
use super::words::{DayKind, Note};

/// Days told, at most: somewhat more than a year.
pub const MOST_NOTES: usize = 400;

/// One day of an explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayNote<'c> {
    /// The day.
    pub on: NaiveDate,
    /// What it is.
    pub day: Day<'c>,
    /// What it has to do with the deadline.
    pub note: Note,
    /// What was counted by the end of the day: working minutes, or days.
    pub counted: i64,
}

/// A deadline and the way to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained<'c> {
    /// When it is due.
    pub due: Due,
    /// Day by day, from the day of the start.
    pub days: Vec<DayNote<'c>>,
    /// Whether that is all the way; else it was cut off after [`MOST_NOTES`] days.
    pub is_complete: bool,
}

impl Calendar {
    /// [`Calendar::count_due`], and why.
    pub fn explain(&self, start: Instant, span: Span, pauses: &[Pause]) -> Result<Explained<'_>, CountError> {
        let due = self.count_due(start, span, pauses)?;
        let pauses = Pauses::new(pauses)?;
        let first = self.date(start);
        let last = match due {
            Due::At(at) => self.date(Instant::from_micros(at.micros() - 1).unwrap_or(at)),
            Due::Standing { since, .. } => self.date(since),
        };
        let mut days = Vec::new();
        let mut counted = 0;
        for on in first.iter_days().take_while(|on| *on <= last.max(first)).take(MOST_NOTES) {
            let day = self.day(on);
            let note = match span.unit() {
                SpanUnit::WorkingMinutes | SpanUnit::WorkingHours => {
                    let until = self.begins(on.succ_opt().unwrap_or(on));
                    let until = due.at().map_or(until, |at| until.min(at.micros()));
                    let minutes = self.open_unpaused(start.micros(), until, &pauses)? / MINUTE;
                    let note = self.minute_note(on, start, minutes > counted, &pauses)?;
                    counted = minutes;
                    note
                }
                unit if counted < span.count() && on > first => {
                    let note = self.day_note(on, unit, &pauses)?;
                    counted += i64::from(note == Note::Counted);
                    // The last day was counted and is none on which a span can end.
                    if counted == span.count() && on < last { Note::Moved } else { note }
                }
                _ if on == first => Note::Start,
                _ => Note::Moved,
            };
            days.push(DayNote { on, day, note, counted });
        }
        let is_complete = days.last().is_none_or(|day| day.on >= last);
        Ok(Explained { due, days, is_complete })
    }

    fn minute_note(
        &self,
        on: NaiveDate,
        start: Instant,
        counts: bool,
        pauses: &Pauses,
    ) -> Result<Note, CountError> {
        if counts {
            return Ok(Note::Counted);
        }
        let Some((_, closes)) = self.open_on(place(on))? else { return Ok(Note::Closed) };
        let begins = self.begins(on).max(start.micros());
        let stood = closes > begins && pauses.after(begins).any(|(from, _)| from < closes);
        Ok(if stood { Note::Paused } else { Note::Closed })
    }

    fn day_note(&self, on: NaiveDate, unit: SpanUnit, pauses: &Pauses) -> Result<Note, CountError> {
        let begins = if unit == SpanUnit::CalendarDays {
            self.begins(on)
        } else {
            match self.open_on(place(on))? {
                Some((opens, _)) => opens,
                None => return Ok(Note::Closed),
            }
        };
        Ok(if pauses.stands(begins) { Note::Paused } else { Note::Counted })
    }
}

impl Day<'_> {
    /// What it is called, in Chinese and English; `None` for an ordinary day.
    pub fn name(&self) -> Option<(&str, &str)> {
        self.exception
            .filter(|_| self.kind != DayKind::Unknown)
            .map(|named| (named.zh.as_str(), named.en.as_str()))
    }
}
