//! Calendars as they are kept: which one holds, from which day on, and what was known when. On both engines.

use calendar::model::{ExceptionKind, Follows, WeekdayWord};
use calendar::service::change::{Changes, NewCalendar};
use calendar::service::input::{NewDay, NewYear, Opening};
use contracts::SpanUnit;
use kernel::BuiltinRole;
use storage::audit;

use crate::wall::{at, span};
use crate::world::*;

fn new(w: &World, unit: usize) -> NewCalendar {
    NewCalendar {
        unit: w.unit(unit),
        name: "政务服务中心".into(),
        from: None,
        hours: Some(open(WORKDAYS, "08:30", "17:30")),
        follows: Follows::Above,
        time_zone: None,
    }
}

fn day(on: &str, kind: ExceptionKind) -> NewDay {
    NewDay { on: on.parse().unwrap(), kind, works_as: None, hours: Vec::new(), name: "某日".into() }
}

fn year(days: Vec<NewDay>) -> NewYear {
    NewYear { is_complete: false, days }
}

const FRIDAY: &str = "2026-06-12T10:00:00+08:00";

#[test]
fn a_realm_starts_with_the_standard_and_a_units_own_holds_below_it() {
    for w in World::each() {
        let day = span(1, SpanUnit::WorkingDays);
        let (clerk, due) = (w.clerk(), |unit| w.due(unit, FRIDAY, day).unwrap());
        let standard = at("2026-06-15T18:00:00+08:00");
        assert_eq!([due(DISTRICT), due(C1), due(C2)], [standard; 3]);
        w.create(&clerk, new(&w, TOWN1)).unwrap();
        let own = at("2026-06-15T17:30:00+08:00");
        assert_eq!([due(DISTRICT), due(TOWN1), due(C1), due(C2)], [standard, own, own, standard]);
        // One that gives no hours leaves them to the one above, and adds its exceptions.
        let lower = w.create(&clerk, NewCalendar { hours: None, ..new(&w, C1) }).unwrap();
        assert_eq!(due(C1), own);
        let (lower, _) =
            w.put(&clerk, &lower, 2026, year(vec![self::day("2026-06-15", ExceptionKind::Closed)])).unwrap();
        assert_eq!([due(TOWN1), due(C1)], [own, at("2026-06-16T17:30:00+08:00")]);
        assert_eq!(
            w.due(C1, "2026-06-18T10:00:00+08:00", day).unwrap(),
            at("2026-06-22T17:30:00+08:00"),
            "端午节 still holds"
        );
        let ended = w.end(&clerk, &lower, None).unwrap();
        assert_eq!(due(C1), own, "the one above holds again");
        assert_eq!(code(w.end(&clerk, &ended, None)), "calendar.ended");
        let back = w
            .change(&clerk, &ended, Changes { from: "2026-06-11".parse().ok(), ..Changes::default() })
            .unwrap();
        assert_eq!((back.version, due(C1)), (4, at("2026-06-16T17:30:00+08:00")));
    }
}

#[test]
fn what_a_calendar_says_from_a_day_on_leaves_the_days_before_as_they_were() {
    for w in World::each() {
        let clerk = w.clerk();
        let kept = w.create(&clerk, new(&w, TOWN1)).unwrap();
        let before = w.pass(60);
        let span = span(16 * 60, SpanUnit::WorkingMinutes);
        let due = |known| w.due_known(C1, FRIDAY, span, known, &[]).unwrap();
        // Friday 7.5 hours, Monday 8.5 of 9.
        assert_eq!(due(before), at("2026-06-15T17:00:00+08:00"));
        let later = Changes {
            from: "2026-06-15".parse().ok(),
            hours: Some(open(WORKDAYS, "13:00", "17:00")),
            ..Changes::default()
        };
        let kept = w.change(&clerk, &kept, later).unwrap();
        let after = w.pass(60);
        // Friday 7.5 hours, Monday and Tuesday 4 each, Wednesday half an hour.
        assert_eq!(due(after), at("2026-06-17T13:30:00+08:00"));
        assert_eq!(due(before), at("2026-06-15T17:00:00+08:00"), "what was computed then is computed again");
        let (_, put) =
            w.put(&clerk, &kept, 2026, year(vec![day("2026-06-16", ExceptionKind::Closed)])).unwrap();
        assert_eq!((put.number, due(w.pass(60))), (3, at("2026-06-18T13:30:00+08:00")));
        assert_eq!(
            (due(before), due(after)),
            (at("2026-06-15T17:00:00+08:00"), at("2026-06-17T13:30:00+08:00"))
        );
        let start = at("2026-06-12T08:30:00+08:00");
        assert_eq!(
            w.hours(C1, FRIDAY, after).working(start, at("2026-06-16T17:00:00+08:00")).unwrap(),
            (9 + 4 + 4) * 60
        );
        assert!(w.hours(C1, FRIDAY, after).is_open(start).unwrap());
        let pause = contracts::Pause { from: start, until: Some(at("2026-06-12T09:30:00+08:00")) };
        let elapsed = w.hours(C1, FRIDAY, after).elapsed(start, at("2026-06-12T12:00:00+08:00"), &[pause]);
        assert_eq!(elapsed.unwrap(), 150);
    }
}

#[test]
fn the_past_is_not_changed_and_a_gap_in_it_can_be_filled() {
    for w in World::each() {
        let clerk = w.clerk();
        let yesterday = NewCalendar { from: "2026-06-09".parse().ok(), ..new(&w, TOWN1) };
        assert_eq!(fields(w.create(&clerk, yesterday)), [("/from_on".to_owned(), "calendar.past")]);
        let kept = w.create(&clerk, new(&w, TOWN1)).unwrap();
        let past =
            Changes { from: "2026-06-09".parse().ok(), follows: Some(Follows::Own), ..Changes::default() };
        assert_eq!(fields(w.change(&clerk, &kept, past)), [("/from_on".to_owned(), "calendar.past")]);
        assert_eq!(
            fields(w.end(&clerk, &kept, Some("2020-01-01"))),
            [("/from_on".to_owned(), "calendar.past")]
        );
        // Before today the calendar did not hold: an exception there changes nothing, and is taken.
        let (kept, _) =
            w.put(&clerk, &kept, 2026, year(vec![day("2026-06-09", ExceptionKind::Closed)])).unwrap();
        let (kept, _) =
            w.put(&clerk, &kept, 2026, year(vec![day("2026-07-01", ExceptionKind::Closed)])).unwrap();
        // Three weeks on, the first of July has been a holiday and stays one.
        w.pass(86_400 * 30);
        let undone = w.put(&clerk, &kept, 2026, year(vec![]));
        assert_eq!(fields(undone), [("/days".to_owned(), "calendar.past")]);
        let more = vec![day("2026-07-01", ExceptionKind::Closed), day("2026-08-03", ExceptionKind::Closed)];
        w.put(&clerk, &kept, 2026, year(more)).unwrap();
        // 2024 was never published here: whoever must count in it fills it in.
        let old = "2024-03-01T10:00:00+08:00";
        let day_span = span(1, SpanUnit::WorkingDays);
        assert_eq!(code(w.due(C1, old, day_span)), "calendar.year_missing");
        let since = |hours| NewCalendar { from: "2000-01-01".parse().ok(), hours, ..new(&w, DISTRICT) };
        let hours = since(new(&w, DISTRICT).hours);
        assert_eq!(fields(w.create(&clerk, hours)), [("/from_on".to_owned(), "calendar.past")]);
        let district = w.create(&clerk, since(None)).unwrap();
        let filled = || NewYear { is_complete: true, days: vec![day("2024-03-04", ExceptionKind::Closed)] };
        assert_eq!(code(w.put(&clerk, &district, 1900, filled())), "kernel.invalid");
        let before = w.pass(1);
        let (district, _) = w.put(&clerk, &district, 2024, filled()).unwrap();
        assert_eq!(w.due(C1, old, day_span).unwrap(), at("2024-03-05T18:00:00+08:00"));
        assert_eq!(
            code(w.due_known(C1, old, day_span, before, &[])),
            "calendar.year_missing",
            "nobody knew it then"
        );
        assert_eq!(code(w.put(&clerk, &district, 2024, year(vec![]))), "kernel.invalid", "now it is known");
        let lost = NewYear { is_complete: true, days: vec![] };
        assert_eq!(fields(w.put(&clerk, &district, 2025, lost)), [("/days".to_owned(), "calendar.past")]);
    }
}

#[test]
fn a_year_that_the_software_does_not_know_is_put_when_the_notice_comes() {
    for w in World::each() {
        let clerk = w.clerk();
        let (last, day_span) = ("2026-12-31T10:00:00+08:00", span(1, SpanUnit::WorkingDays));
        let refused = w.due(C2, last, day_span).unwrap_err();
        let kernel::Fault::Refused(refusal) = refused else { panic!("{refused}") };
        assert_eq!(
            (refusal.code.code, &refusal.extra.unwrap()["year"]),
            ("calendar.year_missing", &2027.into())
        );
        let district = w.create(&clerk, NewCalendar { hours: None, ..new(&w, DISTRICT) }).unwrap();
        // Some days of a year do not make it known.
        let some = vec![day("2027-01-01", ExceptionKind::Closed)];
        let (district, _) = w.put(&clerk, &district, 2027, year(some)).unwrap();
        assert_eq!(code(w.due(C2, last, day_span)), "calendar.year_missing");
        let mut sunday = day("2027-01-03", ExceptionKind::Swapped);
        sunday.works_as = Some(WeekdayWord::Friday);
        let mut short = day("2027-01-04", ExceptionKind::Hours);
        short.hours = vec![Opening { opens: "10:00".into(), closes: "11:00".into() }];
        let all = vec![day("2027-01-01", ExceptionKind::Closed), sunday, short];
        w.put(&clerk, &district, 2027, NewYear { is_complete: true, days: all }).unwrap();
        assert_eq!(w.due(C2, last, day_span).unwrap(), at("2027-01-03T18:00:00+08:00"));
        assert_eq!(w.due(C2, last, span(2, SpanUnit::WorkingDays)).unwrap(), at("2027-01-04T11:00:00+08:00"));
        // A desk that follows nobody's holidays needs no notice, and takes none from above.
        let desk = NewCalendar {
            hours: Some(open(&["monday", "friday", "saturday", "sunday"], "00:00", "24:00")),
            follows: Follows::Week,
            ..new(&w, C1)
        };
        let desk = w.create(&clerk, desk).unwrap();
        assert_eq!(w.due(C1, last, day_span).unwrap(), at("2027-01-02T00:00:00+08:00"), "New Year's Day");
        w.change(&clerk, &desk, Changes { follows: Some(Follows::Own), ..Changes::default() }).unwrap();
        assert_eq!(code(w.due(C1, last, day_span)), "calendar.year_missing");
    }
}

#[test]
fn hours_in_another_time_zone_are_read_there() {
    for w in World::each() {
        let clerk = w.clerk();
        let berlin = NewCalendar { time_zone: Some("Europe/Berlin".into()), ..new(&w, C1) };
        let kept = w.create(&clerk, berlin).unwrap();
        // Clocks are put back on 25 October 2026: Friday at summer time, Monday at winter time.
        let due = w.due(C1, "2026-10-23T15:00:00+02:00", span(2, SpanUnit::WorkingHours));
        assert_eq!(due.unwrap(), at("2026-10-23T17:00:00+02:00"));
        let due = w.due(C1, "2026-10-23T17:00:00+02:00", span(1, SpanUnit::WorkingHours));
        assert_eq!(due.unwrap(), at("2026-10-26T09:00:00+01:00"));
        let here = Changes { clear_time_zone: true, clear_hours: true, ..Changes::default() };
        w.change(&clerk, &kept, here).unwrap();
        let due = w.due(C1, "2026-10-23T17:00:00+08:00", span(2, SpanUnit::WorkingHours));
        assert_eq!(due.unwrap(), at("2026-10-26T10:00:00+08:00"));
    }
}

#[test]
fn bad_hours_and_days_are_each_named() {
    for w in World::each() {
        let clerk = w.clerk();
        let with = |hours| NewCalendar { hours: Some(hours), ..new(&w, TOWN1) };
        let both = |mut a: Vec<_>, b: Vec<_>| {
            a.extend(b);
            a
        };
        for (hours, pointer, expected) in [
            (open(&["monday"], "12:00", "09:00"), "/hours/0/closes", "calendar.hours_order"),
            (open(&["monday"], "09:00", "25:00"), "/hours/0/closes", "calendar.time_of_day"),
            (open(&["monday"], "9:00", "12:00"), "/hours/0/opens", "calendar.time_of_day"),
            (
                both(open(&["monday"], "09:00", "12:00"), open(&["tuesday", "monday"], "11:00", "13:00")),
                "/hours/2",
                "calendar.hours_overlap",
            ),
            (vec![], "/hours", "calendar.never_open"),
            (
                (0..13)
                    .flat_map(|n| open(&["monday"], &format!("{n:02}:00"), &format!("{n:02}:30")))
                    .collect(),
                "/hours",
                "calendar.hours_many",
            ),
            (
                (0..85).flat_map(|_| open(&["monday"], "00:00", "00:30")).collect(),
                "/hours",
                "calendar.hours_many",
            ),
        ] {
            assert_eq!(fields(w.create(&clerk, with(hours))), [(pointer.to_owned(), expected)]);
        }
        let zone = NewCalendar { time_zone: Some("Mars/Olympus".into()), name: " ".into(), ..new(&w, TOWN1) };
        assert_eq!(
            fields(w.create(&clerk, zone)),
            [("/name".to_owned(), "kernel.field_required"), ("/time_zone".to_owned(), "calendar.time_zone")]
        );
        let far = NewCalendar { from: "2500-01-01".parse().ok(), ..new(&w, TOWN1) };
        assert_eq!(fields(w.create(&clerk, far)), [("/from_on".to_owned(), "kernel.field_range")]);
        let kept = w.create(&clerk, new(&w, TOWN1)).unwrap();
        assert_eq!(code(w.create(&clerk, new(&w, TOWN1))), "calendar.unit_has_one");

        let mut worked = day("2026-08-01", ExceptionKind::Swapped);
        worked.works_as = Some(WeekdayWord::Monday);
        let twice = vec![day("2026-08-01", ExceptionKind::Closed), worked.clone()];
        assert_eq!(
            fields(w.put(&clerk, &kept, 2026, year(twice))),
            [("/days/1/on".to_owned(), "calendar.day_twice")],
            "a holiday that is worked as well"
        );
        let mut shut = day("2026-08-01", ExceptionKind::Closed);
        shut.works_as = Some(WeekdayWord::Monday);
        let mut backwards = day("2026-08-02", ExceptionKind::Hours);
        backwards.hours = vec![Opening { opens: "12:00".into(), closes: "09:00".into() }];
        let mut nameless = day("2026-08-03", ExceptionKind::Closed);
        nameless.name = " ".into();
        let mut hidden = day("2026-08-04", ExceptionKind::Closed);
        hidden.name = "a\u{202e}b".into();
        let bad = vec![
            shut,
            backwards,
            nameless,
            hidden,
            day("2027-01-01", ExceptionKind::Closed),
            day("2026-08-05", ExceptionKind::Hours),
            day("2026-08-06", ExceptionKind::Swapped),
        ];
        let named: Vec<(String, &str)> = [
            ("/days/0", "calendar.day_shape"),
            ("/days/1/hours/0/closes", "calendar.hours_order"),
            ("/days/2/name", "kernel.field_length"),
            ("/days/3/name", "kernel.field_characters"),
            ("/days/4/on", "calendar.day_outside_year"),
            ("/days/5", "calendar.day_shape"),
            ("/days/6", "calendar.day_shape"),
        ]
        .map(|(pointer, code)| (pointer.to_owned(), code))
        .into();
        assert_eq!(fields(w.put(&clerk, &kept, 2026, year(bad))), named);
        let flood = vec![worked; 367];
        assert_eq!(
            fields(w.put(&clerk, &kept, 2026, year(flood))),
            [("/days".to_owned(), "kernel.field_length")]
        );
        w.tree.0.lock().get_mut(&w.unit(TOWN2)).unwrap().closed = true;
        assert_eq!(
            fields(w.create(&clerk, new(&w, TOWN2))),
            [("/unit_id".to_owned(), "calendar.unit_closed")]
        );
    }
}

#[test]
fn whoever_runs_a_unit_sets_its_calendar_and_nobody_elses() {
    for w in World::each() {
        let (clerk, own, other) =
            (w.clerk(), w.role(BuiltinRole::UnitAdmin, TOWN1), w.role(BuiltinRole::UnitAdmin, TOWN2));
        let worker = w.role(BuiltinRole::GridWorker, C1);
        assert_eq!(code(w.create(&other, new(&w, TOWN1))), "kernel.forbidden");
        assert_eq!(code(w.create(&worker, new(&w, C1))), "kernel.forbidden");
        let town = w.create(&own, new(&w, TOWN1)).unwrap();
        let above = w.create(&clerk, new(&w, DISTRICT)).unwrap();
        let below = w.create(&own, new(&w, C1)).unwrap();
        // What is above bears on one and is seen; what lies elsewhere is not there.
        for (who, kept, seen) in [
            (&own, &town, true),
            (&own, &above, true),
            (&own, &below, true),
            (&other, &above, true),
            (&other, &town, false),
            (&worker, &town, true),
            (&worker, &below, true),
        ] {
            assert_eq!(w.find(who, kept.id).is_ok(), seen, "{}", kept.path);
        }
        let named = || Changes { name: Some("新名".into()), ..Changes::default() };
        assert_eq!(code(w.change(&other, &town, named())), "kernel.not_found");
        assert_eq!(code(w.change(&own, &above, named())), "kernel.forbidden");
        assert_eq!(code(w.change(&worker, &town, named())), "kernel.forbidden");
        assert_eq!(code(w.put(&worker, &town, 2026, year(vec![]))), "kernel.forbidden");
        let renamed = w.change(&own, &town, named()).unwrap();
        assert_eq!((renamed.name.as_str(), renamed.version), ("新名", 2));
        assert_eq!(code(w.change(&own, &town, named())), "kernel.stale");
        assert_eq!(code(w.end(&own, &town, None)), "kernel.stale");
    }
}

#[test]
fn of_two_changes_at_once_one_wins_and_each_is_on_the_trail() {
    for w in World::each() {
        let clerk = w.clerk();
        let kept = w.create(&clerk, new(&w, TOWN1)).unwrap();
        let won: Vec<bool> = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..8)
                .map(|n| {
                    let (w, clerk, kept) = (&w, &clerk, &kept);
                    let named = Changes { name: Some(format!("名{n}")), ..Changes::default() };
                    scope.spawn(move || match w.change(clerk, kept, named) {
                        Ok(_) => true,
                        refused => {
                            assert_eq!(code(refused), "kernel.stale");
                            false
                        }
                    })
                })
                .collect();
            tries.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert_eq!(won.into_iter().filter(|won| *won).count(), 1);
        let told = w.write(|tx, _| records(tx)).unwrap();
        assert_eq!(told, 2, "made and changed");
        let twice: Vec<bool> = std::thread::scope(|scope| {
            let tries: Vec<_> =
                (0..4).map(|_| scope.spawn(|| w.create(&clerk, new(&w, TOWN2)).is_ok())).collect();
            tries.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert_eq!(twice.into_iter().filter(|made| *made).count(), 1, "a unit has one");
    }
}

/// Records of the trail about calendars.
fn records(tx: &mut storage::Tx<'_>) -> kernel::Outcome<usize> {
    let filter = audit::Filter { object_kind: Some("calendar".to_owned()), ..audit::Filter::default() };
    Ok(audit::list(tx, &filter, None, kernel::PageSize::DEFAULT, 0)?.items.len())
}

#[test]
fn a_calendar_moves_with_its_unit() {
    use contracts::MoveListener;
    for w in World::each() {
        let clerk = w.clerk();
        let town = w.create(&clerk, new(&w, TOWN1)).unwrap();
        let below = w.create(&clerk, NewCalendar { hours: None, ..new(&w, C1) }).unwrap();
        let (from, to) = (w.path(TOWN1), kernel::UnitPath::numbered(Some(&w.path(TOWN2)), 7).unwrap());
        {
            let mut all = w.tree.0.lock();
            for unit in all.values_mut() {
                unit.path = unit.path.rebased(&from, &to).unwrap_or_else(|| unit.path.clone());
            }
        }
        let (ctx, unit, old, new_place) = (w.now(&clerk), w.unit(TOWN1), from, to.clone());
        w.write(move |tx, _| {
            calendar::service::Follow.unit_moved(tx, &ctx, unit, &old, &new_place, &[], &[])
        })
        .unwrap();
        assert_eq!(w.find(&clerk, town.id).unwrap().path, to);
        assert_eq!(w.find(&clerk, below.id).unwrap().path, w.path(C1));
        let neighbour = w.role(BuiltinRole::GridWorker, TOWN2);
        assert!(w.find(&neighbour, town.id).is_ok(), "it lies below them now");
        assert_eq!(
            w.due(C1, FRIDAY, span(1, SpanUnit::WorkingDays)).unwrap(),
            at("2026-06-15T17:30:00+08:00")
        );
    }
}
