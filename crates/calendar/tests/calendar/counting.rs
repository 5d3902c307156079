//! The fast way against the slow way, and what must hold of any calendar.

use calendar::model::CountError;
use contracts::{Due, Pause, SpanUnit};
use kernel::Instant;
use proptest::prelude::*;

use crate::wall::*;

fn instant(micros: i64) -> Instant {
    Instant::from_micros(micros).unwrap()
}

fn days() -> impl Strategy<Value = SpanUnit> {
    proptest::sample::select(vec![SpanUnit::WorkingDays, SpanUnit::CalendarDays])
}

fn units() -> impl Strategy<Value = SpanUnit> {
    proptest::sample::select(SpanUnit::ALL.to_vec())
}

/// A start and pauses around it.
fn clock() -> impl Strategy<Value = (i64, Vec<Pause>)> {
    moment().prop_flat_map(|start| (Just(start), pauses(start)))
}

/// Where nobody knows when it is due, it is later than everything.
fn rank(due: Due) -> i64 {
    due.at().map_or(i64::MAX, Instant::micros)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn minutes_counted_by_jumping_are_those_counted_by_walking(
        told in told(), (start, pauses) in clock(), need in 1_i64..1_500,
    ) {
        let calendar = told.calendar();
        let due = calendar.count_due(instant(start), span(need, SpanUnit::WorkingMinutes), &pauses).unwrap();
        match (due, told.walk(start, need, &pauses)) {
            (Due::At(at), Some(walked)) => prop_assert_eq!(at, instant(walked)),
            (Due::Standing { since, left }, None) => {
                prop_assert!(stands(&pauses, since.micros()));
                let before = calendar.count_elapsed(instant(start), since, &pauses).unwrap();
                prop_assert_eq!(before + left, need);
            }
            // A walk that long has lost its way in a calendar that is hardly ever open.
            (Due::At(at), None) => prop_assert!(at.micros() - start >= 150_000 * MINUTE),
            (due, walked) => prop_assert!(false, "{due:?} {walked:?}"),
        }
    }

    #[test]
    fn working_time_counted_by_jumping_is_that_counted_by_walking(
        told in told(), (start, pauses) in clock(), length in 0_i64..9_000,
    ) {
        let calendar = told.calendar();
        let until = start + length * MINUTE;
        let open = |now: &i64| told.open(*now);
        let minutes = || (0..length).map(|n| start + n * MINUTE);
        let walked = minutes().filter(open).count() as i64;
        prop_assert_eq!(calendar.count_working(instant(start), instant(until)), Ok(walked));
        let walked = minutes().filter(open).filter(|now| !stands(&pauses, *now)).count() as i64;
        prop_assert_eq!(calendar.count_elapsed(instant(start), instant(until), &pauses), Ok(walked));
        prop_assert_eq!(calendar.count_open(instant(start)), Ok(told.open(start)));
        prop_assert_eq!(calendar.count_working(instant(until), instant(start)).unwrap_or(0) * length.min(1), 0);
    }

    #[test]
    fn a_pause_more_makes_nothing_due_earlier(
        told in told(), (start, mut pauses) in clock(), count in 1_i64..9, unit in units(),
    ) {
        let calendar = told.calendar();
        let span = span(count * if unit == SpanUnit::WorkingMinutes { 97 } else { 1 }, unit);
        let mut latest = i64::MIN;
        let all = std::mem::take(&mut pauses);
        for pause in [None].into_iter().chain(all.into_iter().map(Some)) {
            pauses.extend(pause);
            let due = rank(calendar.count_due(instant(start), span, &pauses).unwrap());
            prop_assert!(due >= latest, "{} after {}", due, latest);
            latest = due;
        }
    }

    #[test]
    fn what_was_worked_leads_back_to_where_it_ended(
        told in told(), start in moment(), length in 1_i64..20_000_000_000,
    ) {
        // To the microsecond: the span is a whole number of minutes, the moment before it is whatever it is.
        let calendar = told.calendar();
        let end = start + length;
        let minutes = calendar.count_working(instant(start), instant(end)).unwrap();
        prop_assume!(minutes > 0);
        let due = calendar.count_due(instant(start), span(minutes, SpanUnit::WorkingMinutes), &[]).unwrap().at().unwrap();
        prop_assert!(due <= instant(end));
        prop_assert_eq!(calendar.count_working(instant(start), due), Ok(minutes));
        let again = calendar.count_working(instant(start), instant(due.micros() - 1)).unwrap();
        prop_assert_eq!(again, minutes - 1, "it is the first such moment");
        let whole = start + length / MINUTE * MINUTE;
        if whole > start && told.open(whole - MINUTE) {
            let minutes = calendar.count_working(instant(start), instant(whole)).unwrap();
            let due = calendar.count_due(instant(start), span(minutes, SpanUnit::WorkingMinutes), &[]).unwrap();
            prop_assert_eq!(due, Due::At(instant(whole)), "an end inside hours is found again");
        }
    }

    #[test]
    fn more_to_do_and_a_later_start_make_nothing_due_earlier(
        told in told(), (start, pauses) in clock(), later in 0_i64..5_000, count in 1_i64..9, unit in units(),
    ) {
        let calendar = told.calendar();
        let due = |start: i64, count: i64| {
            rank(calendar.count_due(instant(start), span(count, unit), &pauses).unwrap())
        };
        let first = due(start, count);
        prop_assert!(due(start, count + 1) >= first);
        prop_assert!(due(start + later * MINUTE, count) >= first);
        prop_assert!(first > start);
    }

    #[test]
    fn an_explanation_ends_where_the_deadline_is(
        told in told(), (start, pauses) in clock(), count in 1_i64..9, unit in units(),
    ) {
        let calendar = told.calendar();
        let span = span(count * if unit == SpanUnit::WorkingMinutes { 97 } else { 1 }, unit);
        let told = calendar.explain(instant(start), span, &pauses).unwrap();
        prop_assert_eq!(Ok(told.due), calendar.count_due(instant(start), span, &pauses));
        prop_assert!(told.days.windows(2).all(|two| two[0].on.succ_opt() == Some(two[1].on)));
        prop_assert!(told.days.windows(2).all(|two| two[0].counted <= two[1].counted));
        prop_assert_eq!(told.days[0].on, calendar.date(instant(start)));
        let counted = told.days.last().unwrap().counted;
        match told.due {
            Due::At(_) if told.is_complete => {
                let minutes = if unit == SpanUnit::WorkingHours { 60 } else { 1 };
                prop_assert_eq!(counted, span.count() * minutes);
            }
            _ => prop_assert!(counted <= span.count() * 60),
        }
    }
}

proptest! {
    // Each looks at every minute of every day: fewer of them.
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn days_counted_by_jumping_are_those_counted_by_the_rules(
        told in told(), (start, pauses) in clock(), count in 1_i64..9, unit in days(),
    ) {
        let due = told.calendar().count_due(instant(start), span(count, unit), &pauses).unwrap();
        match (due, told.last_day(start, count, unit, &pauses)) {
            (Due::At(at), Some(walked)) => prop_assert_eq!(at, instant(walked)),
            (Due::Standing { since, .. }, None) => prop_assert!(stands(&pauses, since.micros())),
            (Due::At(at), None) => prop_assert!(at.micros() - start >= 59 * 1_440 * MINUTE),
            (due, walked) => prop_assert!(false, "{due:?} {walked:?}"),
        }
    }
}

#[test]
fn a_year_that_nobody_published_stops_the_counting_and_is_named() {
    let told = Told {
        zone: chrono_tz::Asia::Shanghai,
        week: std::array::from_fn(|n| if n < 5 { vec![(540, 1_020)] } else { vec![] }),
        exceptions: std::collections::BTreeMap::default(),
    };
    let calendar = told.calendar();
    let (late, last) = (at("2021-12-30T16:00:00+08:00"), at("2021-12-31T17:00:00+08:00"));
    let due = |count, unit, pauses: &[Pause]| calendar.count_due(late, span(count, unit), pauses);
    assert_eq!(due(540, SpanUnit::WorkingMinutes, &[]), Ok(Due::At(last)), "the last minute of the last day");
    assert_eq!(due(541, SpanUnit::WorkingMinutes, &[]), Err(CountError::YearMissing(2022)));
    assert_eq!(due(1, SpanUnit::WorkingDays, &[]), Ok(Due::At(last)));
    assert_eq!(due(2, SpanUnit::WorkingDays, &[]), Err(CountError::YearMissing(2022)));
    assert_eq!(due(2, SpanUnit::CalendarDays, &[]), Err(CountError::YearMissing(2022)));
    let pause = |from: &str, until: Option<&str>| Pause { from: at(from), until: until.map(at) };
    let stands = pause("2021-12-31T12:00:00+08:00", Some("2021-12-31T12:01:00+08:00"));
    assert_eq!(due(540, SpanUnit::WorkingMinutes, &[stands]), Err(CountError::YearMissing(2022)));
    assert_eq!(due(1, SpanUnit::WorkingDays, &[stands]), Ok(Due::At(last)), "the day had begun");
    let late_stand = pause("2021-12-31T12:00:00+08:00", Some("2021-12-31T17:00:00+08:00"));
    assert_eq!(
        due(1, SpanUnit::WorkingDays, &[late_stand]),
        Err(CountError::YearMissing(2022)),
        "it stood at the end"
    );
    // A pause in a year that is not known is no trouble for what is over before it.
    let far = pause("2022-03-01T12:00:00+08:00", None);
    assert_eq!(due(540, SpanUnit::WorkingMinutes, &[far]), Ok(Due::At(last)));
    let open = pause("2021-12-31T10:00:00+08:00", None);
    let since = at("2021-12-31T10:00:00+08:00");
    assert_eq!(due(541, SpanUnit::WorkingMinutes, &[open]), Ok(Due::Standing { since, left: 421 }));
    assert_eq!(due(3, SpanUnit::WorkingDays, &[open]), Ok(Due::Standing { since, left: 2 }));
    let before = at("2016-12-31T10:00:00+08:00");
    assert_eq!(calendar.count_working(before, last), Err(CountError::YearMissing(2016)));
    assert_eq!(calendar.count_open(before), Err(CountError::YearMissing(2016)));
    let ages = (at("0001-01-01T00:00:00Z"), at("9999-01-01T00:00:00Z"));
    assert_eq!(calendar.count_working(ages.0, ages.1), Err(CountError::TooFar));
    assert_eq!(calendar.count_due(ages.1, span(1, SpanUnit::WorkingDays), &[]), Err(CountError::TooFar));
}

#[test]
fn four_hundred_years_of_a_desk_that_is_never_closed_are_bounded() {
    use calendar::model::{Calendar, Follows, Hours, Interval, Week};
    let whole = Hours::new([Interval { opens: 0, closes: 1_440 }]).unwrap();
    let week = Week::new(std::array::from_fn(|_| whole.clone()));
    let calendar =
        Calendar::plain(chrono_tz::Europe::Berlin, week, Follows::Week, std::collections::BTreeMap::new());
    let (from, until) = (at("1970-01-02T00:00:00+01:00"), at("2169-12-31T23:00:00+01:00"));
    let minutes = (until.micros() - from.micros()) / MINUTE;
    assert_eq!(calendar.count_working(from, until), Ok(minutes), "never closed is all the time there is");
    let four_hundred = at("2370-01-01T00:00:00Z");
    assert_eq!(calendar.count_working(from, four_hundred), Err(CountError::TooFar));
    let longest = SpanUnit::WorkingMinutes.longest();
    assert_eq!(
        calendar
            .count_due(from, span(longest, SpanUnit::WorkingMinutes), &[])
            .unwrap()
            .at()
            .unwrap()
            .micros(),
        from.micros() + longest * MINUTE
    );
    let late = at("2165-01-01T00:00:00Z");
    for unit in SpanUnit::ALL {
        assert_eq!(calendar.count_due(late, span(unit.longest(), unit), &[]), Err(CountError::TooFar));
        let pause = Pause { from: late, until: Some(instant(late.micros() + MINUTE)) };
        assert_eq!(calendar.count_due(late, span(unit.longest(), unit), &[pause]), Err(CountError::TooFar));
    }
}

#[test]
fn months_ahead_are_a_matter_of_microseconds() {
    let calendar = crate::golden::standard();
    let start = at("2026-02-10T10:07:31+08:00");
    let pauses: Vec<Pause> = (0..5)
        .map(|n| Pause { from: start.plus_days(7 * n), until: Some(start.plus_days(7 * n + 2)) })
        .collect();
    for (unit, count, pauses) in [
        (SpanUnit::WorkingMinutes, 20_000, &[][..]),
        (SpanUnit::WorkingHours, 400, &[]),
        (SpanUnit::WorkingDays, 60, &[]),
        (SpanUnit::CalendarDays, 90, &[]),
        (SpanUnit::WorkingMinutes, 20_000, &pauses),
        (SpanUnit::WorkingDays, 60, &pauses),
    ] {
        let span = span(count, unit);
        // The best of many rounds: whatever else the machine does, it was not faster than this.
        let best = (0..200)
            .map(|_| {
                let begun = std::time::Instant::now();
                for _ in 0..10 {
                    std::hint::black_box(calendar.count_due(std::hint::black_box(start), span, pauses))
                        .unwrap();
                }
                begun.elapsed().as_nanos() / 10
            })
            .min()
            .unwrap();
        println!(
            "{} {}{}: {best} ns",
            count,
            unit.word(),
            if pauses.is_empty() { "" } else { ", five pauses" }
        );
        // Without optimisation some ten times slower than what ships.
        let most = if cfg!(debug_assertions) { 100_000 } else { 5_000 };
        assert!(best < most, "{count} {} took {best} ns", unit.word());
    }
}
