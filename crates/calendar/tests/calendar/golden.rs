//! Deadlines of 2025 and 2026 as somebody with a wall calendar counts them.

use calendar::model::{Calendar, CountError, DayKind, Follows, Note, Published, Tz, standard_week};
use chrono::NaiveDate;
use contracts::{Due, Pause, SpanUnit};
use kernel::Instant;

use crate::wall::{at, span};

/// The standard hours with the State Council's holidays.
pub fn standard() -> Calendar {
    let cn = Published::cn().unwrap();
    let years = cn.0.into_iter().map(|(year, published)| (year, published.set)).collect();
    Calendar::plain(Tz::Asia__Shanghai, standard_week().unwrap(), Follows::Own, years)
}

pub fn standard_due(start: Instant, count: i64, unit: SpanUnit) -> Due {
    standard().count_due(start, span(count, unit), &[]).unwrap()
}

fn here(text: &str) -> Instant {
    at(&format!("{}:00+08:00", text.replace(' ', "T")))
}

#[track_caller]
fn due(start: &str, count: i64, unit: SpanUnit, expected: &str) {
    assert_eq!(
        standard_due(here(start), count, unit),
        Due::At(here(expected)),
        "{start} + {count} {}",
        unit.word()
    );
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn minutes_run_from_the_moment_and_only_in_hours() {
    use SpanUnit::{WorkingHours, WorkingMinutes};
    due("2026-11-23 11:30", 30, WorkingMinutes, "2026-11-23 12:00");
    due("2026-11-23 11:30", 60, WorkingMinutes, "2026-11-23 14:30");
    due("2026-11-23 06:00", 1, WorkingMinutes, "2026-11-23 09:01");
    due("2026-11-27 17:30", 1, WorkingHours, "2026-11-30 09:30");
    due("2026-11-28 15:00", 4, WorkingHours, "2026-11-30 15:00");
    // Seven hours a day: a span of seven hours is not a day, it is seven hours.
    due("2026-11-23 10:00", 7, WorkingHours, "2026-11-24 10:00");
}

#[test]
fn three_working_days_end_at_the_third_closing() {
    use SpanUnit::WorkingDays;
    due("2026-11-23 10:00", 3, WorkingDays, "2026-11-26 18:00");
    due("2026-11-23 07:00", 3, WorkingDays, "2026-11-26 18:00");
    due("2026-11-23 20:00", 3, WorkingDays, "2026-11-26 18:00");
    due("2026-11-28 10:00", 3, WorkingDays, "2026-12-02 18:00");
    due("2026-11-27 17:59", 1, WorkingDays, "2026-11-30 18:00");
}

#[test]
fn spring_festival_of_2026_is_nine_days_with_two_saturdays_worked() {
    use SpanUnit::{CalendarDays, WorkingDays, WorkingHours};
    // Friday the 13th: Saturday the 14th is worked, 15th to 23rd are off.
    due("2026-02-13 16:00", 1, WorkingDays, "2026-02-14 18:00");
    due("2026-02-13 16:00", 2, WorkingDays, "2026-02-24 18:00");
    due("2026-02-13 17:00", 8, WorkingHours, "2026-02-14 18:00");
    due("2026-02-13 17:00", 9, WorkingHours, "2026-02-24 10:00");
    // Tuesday 24th to Saturday 28th, which is worked, then Monday.
    due("2026-02-23 12:00", 5, WorkingDays, "2026-02-28 18:00");
    due("2026-02-23 12:00", 6, WorkingDays, "2026-03-02 18:00");
    // The last day falls into the holiday and moves on to the day after it.
    due("2026-02-13 16:00", 3, CalendarDays, "2026-02-24 18:00");
    due("2026-02-13 16:00", 11, CalendarDays, "2026-02-24 18:00");
    due("2026-02-13 16:00", 1, CalendarDays, "2026-02-14 18:00");
}

#[test]
fn national_day_of_2026_and_the_weekend_days_worked_for_it() {
    use SpanUnit::{CalendarDays, WorkingDays};
    // Sunday 20 September is worked; 25th to 27th is the Mid-Autumn Festival; 1st to 7th October; Saturday the 10th is worked.
    due("2026-09-18 09:00", 1, WorkingDays, "2026-09-20 18:00");
    due("2026-09-18 09:00", 5, WorkingDays, "2026-09-24 18:00");
    due("2026-09-18 09:00", 6, WorkingDays, "2026-09-28 18:00");
    due("2026-09-30 09:00", 1, WorkingDays, "2026-10-08 18:00");
    due("2026-09-30 09:00", 3, WorkingDays, "2026-10-10 18:00");
    due("2026-09-30 09:00", 4, WorkingDays, "2026-10-12 18:00");
    due("2026-09-24 09:00", 7, CalendarDays, "2026-10-08 18:00");
    assert_eq!(standard().day(day("2026-10-10")).kind, DayKind::Swapped);
}

#[test]
fn the_other_holidays_of_2026_and_2025() {
    use SpanUnit::WorkingDays;
    due("2025-12-31 09:00", 1, WorkingDays, "2026-01-04 18:00"); // a Sunday
    due("2026-04-03 09:00", 1, WorkingDays, "2026-04-07 18:00");
    due("2026-04-30 09:00", 1, WorkingDays, "2026-05-06 18:00");
    due("2026-05-08 09:00", 1, WorkingDays, "2026-05-09 18:00"); // a Saturday
    due("2026-06-18 09:00", 1, WorkingDays, "2026-06-22 18:00");
    due("2025-01-24 09:00", 1, WorkingDays, "2025-01-26 18:00"); // a Sunday
    due("2025-01-27 09:00", 1, WorkingDays, "2025-02-05 18:00");
    due("2025-09-30 09:00", 1, WorkingDays, "2025-10-09 18:00");
    due("2025-10-10 09:00", 1, WorkingDays, "2025-10-11 18:00"); // a Saturday
    // Working days of a year, by the published tables.
    let count = |year: i32| {
        day(&format!("{year}-01-01"))
            .iter_days()
            .take(365)
            .filter(|on| !standard().day(*on).hours.is_closed())
            .count()
    };
    assert_eq!((count(2025), count(2026)), (248, 248));
}

#[test]
fn the_year_after_the_last_notice_is_refused_by_its_number() {
    let missing = Err(CountError::YearMissing(2027));
    let calendar = standard();
    assert_eq!(calendar.count_due(here("2026-12-31 17:00"), span(1, SpanUnit::WorkingDays), &[]), missing);
    assert_eq!(
        calendar.count_due(here("2026-12-31 17:00"), span(61, SpanUnit::WorkingMinutes), &[]),
        missing
    );
    assert_eq!(
        calendar.count_due(here("2026-12-31 17:00"), span(60, SpanUnit::WorkingMinutes), &[]),
        Ok(Due::At(here("2026-12-31 18:00")))
    );
}

#[test]
fn a_pause_takes_out_what_it_covers_of_the_hours() {
    let calendar = standard();
    let pause = |from: &str, until: &str| Pause { from: here(from), until: Some(here(until)) };
    let start = here("2026-11-23 10:00");
    let hours = |pauses: &[Pause]| {
        calendar.count_due(start, span(7, SpanUnit::WorkingHours), pauses).unwrap().at().unwrap()
    };
    assert_eq!(
        hours(&[pause("2026-11-23 12:00", "2026-11-23 14:00")]),
        here("2026-11-24 10:00"),
        "over noon: nothing"
    );
    assert_eq!(hours(&[pause("2026-11-23 11:00", "2026-11-23 15:00")]), here("2026-11-24 12:00"));
    let days = |pauses: &[Pause]| {
        calendar.count_due(start, span(3, SpanUnit::WorkingDays), pauses).unwrap().at().unwrap()
    };
    assert_eq!(
        days(&[pause("2026-11-24 10:00", "2026-11-24 17:00")]),
        here("2026-11-26 18:00"),
        "within a day: nothing"
    );
    assert_eq!(
        days(&[pause("2026-11-24 10:00", "2026-11-25 10:00")]),
        here("2026-11-27 18:00"),
        "over an opening: a day"
    );
    assert_eq!(
        days(&[pause("2026-11-26 17:00", "2026-11-26 19:00")]),
        here("2026-11-27 18:00"),
        "over the last closing"
    );
    assert_eq!(
        days(&[pause("2026-11-26 18:00", "2026-11-27 12:00")]),
        here("2026-11-26 18:00"),
        "after it: too late"
    );
}

#[test]
fn a_pause_that_begins_or_ends_on_the_minute_of_an_opening_or_of_the_deadline() {
    let calendar = standard();
    let pause = |from: &str, until: Option<&str>| Pause { from: here(from), until: until.map(here) };
    let due = |count, unit, pause| {
        calendar.count_due(here("2026-11-23 10:00"), span(count, unit), &[pause]).unwrap()
    };
    let days = |pause| due(2, SpanUnit::WorkingDays, pause);
    let thursday = Due::At(here("2026-11-26 18:00"));
    let wednesday = Due::At(here("2026-11-25 18:00"));
    assert_eq!(
        days(pause("2026-11-24 09:00", Some("2026-11-24 09:01"))),
        thursday,
        "it stood at the opening"
    );
    assert_eq!(
        days(pause("2026-11-24 08:00", Some("2026-11-24 09:00"))),
        wednesday,
        "it ran again at the opening"
    );
    assert_eq!(days(pause("2026-11-25 09:00", Some("2026-11-25 09:01"))), thursday, "the last day, too");
    assert_eq!(days(pause("2026-11-25 18:00", None)), wednesday, "it was over");
    let since = here("2026-11-25 17:59");
    assert_eq!(days(pause("2026-11-25 17:59", None)), Due::Standing { since, left: 1 });
    let naturally = |pause| due(2, SpanUnit::CalendarDays, pause);
    assert_eq!(
        naturally(pause("2026-11-24 00:00", Some("2026-11-24 00:01"))),
        thursday,
        "it stood at midnight"
    );
    assert_eq!(naturally(pause("2026-11-23 23:00", Some("2026-11-24 00:00"))), wednesday);
    let hours = |pause| due(2, SpanUnit::WorkingHours, pause);
    let noon = Due::At(here("2026-11-23 12:00"));
    assert_eq!(hours(pause("2026-11-23 12:00", None)), noon, "it was over");
    assert_eq!(hours(pause("2026-11-23 12:00", Some("2026-11-24 12:00"))), noon);
    let since = here("2026-11-23 11:59");
    assert_eq!(hours(pause("2026-11-23 11:59", None)), Due::Standing { since, left: 1 });
    let back = hours(pause("2026-11-23 11:59", Some("2026-11-23 14:00")));
    assert_eq!(back, Due::At(here("2026-11-23 14:01")));
}

#[test]
fn an_explanation_names_each_day() {
    let calendar = standard();
    let told = calendar.explain(here("2026-02-13 16:00"), span(2, SpanUnit::WorkingDays), &[]).unwrap();
    assert!(told.is_complete && told.days.len() == 12);
    let notes: Vec<(u32, Note)> = told
        .days
        .iter()
        .map(|d| (chrono::Datelike::day(&d.on), d.note))
        .filter(|(_, n)| *n != Note::Closed)
        .collect();
    assert_eq!(notes, [(13, Note::Start), (14, Note::Counted), (24, Note::Counted)]);
    assert_eq!(told.days[1].day.name(), Some(("春节调休", "Worked for the Spring Festival")));
    assert_eq!((told.days[3].day.kind, told.days[3].day.name().unwrap().0), (DayKind::Holiday, "春节"));
    let told = calendar.explain(here("2026-02-13 16:00"), span(3, SpanUnit::CalendarDays), &[]).unwrap();
    let notes: Vec<Note> = told.days.iter().map(|d| d.note).collect();
    assert_eq!(notes[..4], [Note::Start, Note::Counted, Note::Counted, Note::Moved]);
    assert!(notes[4..].iter().all(|note| *note == Note::Moved) && told.days.last().unwrap().counted == 3);
    let told = calendar.explain(here("2026-11-23 17:00"), span(2, SpanUnit::WorkingHours), &[]).unwrap();
    assert_eq!(told.days.iter().map(|d| d.counted).collect::<Vec<_>>(), [60, 120]);
    let long = calendar.explain(here("2025-01-02 17:00"), span(3_000, SpanUnit::WorkingHours), &[]).unwrap();
    assert!(!long.is_complete && long.days.len() == calendar::model::MOST_NOTES);
}
