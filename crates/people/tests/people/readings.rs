//! Whole readings and look-ups: logged, counted, bounded, and silent about whoever is elsewhere.

use kernel::{BuiltinRole, Context, PageSize};
use people::ReadingLimits;
use people::model::{DocumentKind, Personal, Whole};
use people::service::look_up::By;
use people::service::readings::{self, Named, Query};
use people::service::unmask;
use storage::audit;
use storage::outbox;

use crate::world::*;

fn log(w: &World, who: &Context, query: Query) -> kernel::Outcome<Vec<Named>> {
    let who = w.now(who);
    Ok(w.write(move |tx, s| readings::list(tx, &who, s, &query, PageSize::new(200).unwrap(), 0))?.items)
}

fn recorded(w: &World, action: &str) -> usize {
    let filter = audit::Filter { action: Some(action.to_owned()), ..audit::Filter::default() };
    w.db.db
        .read_blocking(move |tx| audit::list(tx, &filter, None, PageSize::new(200).unwrap(), 0))
        .unwrap()
        .items
        .len()
}

#[test]
fn a_reading_says_what_was_asked_for_and_is_logged() {
    for w in World::each() {
        let (person, reader) = (w.entered(C1A, elder()), w.reader(TOWN1));
        let read = w.unmask(&reader, person.id, &[Whole::Phones, Whole::Name, Whole::Phones]).unwrap();
        assert_eq!((read.plain.name.as_str(), read.plain.phones[0].as_str()), ("张三丰", PHONE));
        assert!(
            read.plain.documents.is_empty()
                && read.plain.addresses.is_empty()
                && read.plain.birth_on.is_none()
        );
        let whole = w.unmask(&reader, person.id, Whole::ALL).unwrap().plain;
        assert_eq!((whole.documents[0].number.as_str(), whole.addresses[0].text.as_str()), (ID, ADDRESS));
        assert_eq!(whole.birth_on.unwrap().to_string(), "1949-12-31");

        let mine = log(&w, &w.role(BuiltinRole::AuditAdmin, DISTRICT), Query::default()).unwrap();
        assert_eq!(mine.len(), 2);
        let (reading, name, unit) = &mine[1];
        assert_eq!(
            (reading.id, reading.reader, reading.person),
            (read.reading, reader.actor.user, Some(person.id))
        );
        assert_eq!((name.as_str(), unit.as_str(), reading.purpose.as_str()), ("专员", "一社区", PURPOSE));
        assert_eq!(
            (reading.fields.join(","), reading.request_id.as_str()),
            ("name,phones".to_owned(), "test-request")
        );
        assert_eq!(recorded(&w, "people.person.unmask"), 2);
        for (who, sees) in
            [(w.role(BuiltinRole::UnitAdmin, C1A), 2), (w.role(BuiltinRole::UnitAdmin, TOWN2), 0)]
        {
            assert_eq!(log(&w, &who, Query::default()).unwrap().len(), sees);
        }
        let of = Query { person: Some(person.id), ..Query::default() };
        assert_eq!(log(&w, &w.role(BuiltinRole::AuditAdmin, DISTRICT), of).unwrap().len(), 2);
        assert_eq!(code(log(&w, &w.role(BuiltinRole::UnitAdmin, TOWN2), of)), "kernel.not_found");
        assert_eq!(code(log(&w, &w.role(BuiltinRole::GridWorker, C1A), of)), "kernel.forbidden");
        let by = Query { reader: Some(w.clerk().actor.user), ..Query::default() };
        assert!(log(&w, &w.role(BuiltinRole::AuditAdmin, DISTRICT), by).unwrap().is_empty());
    }
}

#[test]
fn without_a_purpose_or_fields_nothing_is_read() {
    for w in World::each() {
        let (person, reader) = (w.entered(C1A, elder()), w.reader(TOWN1));
        assert_eq!(code(w.unmask(&reader, person.id, &[])), "kernel.invalid");
        for purpose in ["", "  ", "查", "致电13812345678的机主"] {
            let (who, id) = (w.now(&reader), person.id);
            let read = w.write(move |tx, s| unmask::unmask(tx, &who, s, id, &[Whole::Name], purpose));
            assert_eq!(code(read), "kernel.invalid", "{purpose}");
        }
        assert_eq!(recorded(&w, "people.person.unmask"), 0);
    }
}

#[test]
fn look_up_finds_whatever_the_spelling_and_only_in_ones_own_places() {
    for w in World::each() {
        let person = w.entered(C1A, elder());
        let here = w.role(BuiltinRole::GridWorker, C1A);
        for number in [ID, "110105 19491231 002x", "１１０１０５１９４９１２３１００２Ｘ"] {
            let found = w.look_up(&here, By::Document(DocumentKind::IdCard, number.into())).unwrap();
            assert_eq!((found.len(), found[0].person.id, found[0].name.as_str()), (1, person.id, "张**"));
        }
        for number in ["+86 138 1234 5678", "13812345678", "138-1234-5678"] {
            assert_eq!(w.look_up(&here, By::Phone(number.into())).unwrap().len(), 1);
        }
        assert!(
            w.look_up(&here, By::Document(DocumentKind::Passport, "E1234567".into())).unwrap().is_empty()
        );
        assert_eq!(code(w.look_up(&here, By::Phone("138".into()))), "kernel.invalid");
        assert_eq!(
            code(w.look_up(&here, By::Document(DocumentKind::IdCard, "110105194912310021".into()))),
            "kernel.invalid"
        );
        // Somebody elsewhere and nobody at all are the same answer, and both are counted.
        let stranger = w.role(BuiltinRole::GridWorker, C2A);
        let before = recorded(&w, "people.person.lookup");
        assert_eq!(w.look_up(&stranger, By::Phone(PHONE.into())).unwrap(), []);
        assert_eq!(w.look_up(&stranger, By::Phone("13900000000".into())).unwrap(), []);
        assert_eq!(recorded(&w, "people.person.lookup"), before + 2);
        let seen = log(&w, &w.role(BuiltinRole::UnitAdmin, C2A), Query::default()).unwrap();
        assert_eq!(seen.len(), 2);
        assert!(
            seen.iter().all(|(r, _, _)| r.person.is_none() && r.kind == "lookup" && r.fields == ["phone"])
        );
    }
}

#[test]
fn many_readings_raise_an_alarm_and_too_many_are_refused() {
    let limits = ReadingLimits { alarm_per_hour: 2, alarm_per_day: 50, bound_per_hour: 4, bound_per_day: 60 };
    for w in World::each() {
        let w = w.with_limits(limits);
        let (person, reader) = (w.entered(C1A, elder()), w.reader(DISTRICT));
        for n in 1..=4 {
            w.unmask(&reader, person.id, &[Whole::Name]).unwrap();
            assert_eq!(recorded(&w, "people.unmasking.alarm"), [0, 0, 1, 2][n - 1], "after {n}");
        }
        assert_eq!(code(w.unmask(&reader, person.id, &[Whole::Name])), "people.too_many_readings");
        assert_eq!(
            code(w.look_up(&reader, By::Phone(PHONE.into()))),
            "people.too_many_readings",
            "a look-up counts"
        );
        assert!(
            w.unmask(&w.reader(DISTRICT), person.id, &[Whole::Name]).is_ok(),
            "another reader has a count of their own"
        );
        assert_eq!(recorded(&w, "people.unmasking.alarm"), 2);
        // An hour later the hour is free again; the day goes on.
        let later = Context { now: w.db.db.clock().now().plus_seconds(3_601), ..reader.clone() };
        let id = person.id;
        assert!(w.write(move |tx, s| unmask::unmask(tx, &later, s, id, &[Whole::Name], PURPOSE)).is_ok());
    }
}

#[test]
fn readings_at_the_same_moment_do_not_pass_the_bound() {
    let limits = ReadingLimits { alarm_per_hour: 3, alarm_per_day: 3, bound_per_hour: 5, bound_per_day: 5 };
    for w in World::each() {
        let w = w.with_limits(limits);
        let (person, reader) = (w.entered(C1A, elder()), w.reader(DISTRICT));
        let done = std::thread::scope(|t| {
            let tries: Vec<_> =
                (0..16).map(|_| t.spawn(|| w.unmask(&reader, person.id, &[Whole::Name]))).collect();
            tries.into_iter().filter(|_| true).map(|one| one.join().unwrap()).filter(Result::is_ok).count()
        });
        assert_eq!(done, 5);
        assert_eq!(recorded(&w, "people.person.unmask"), 5);
    }
}

#[test]
fn alarms_go_to_whoever_listens_and_say_nothing_of_whom() {
    let limits = ReadingLimits { alarm_per_hour: 1, ..ReadingLimits::default() };
    for w in World::each() {
        let w = w.with_limits(limits);
        w.db.db.set_consumers(outbox::Consumers::new([storage::Reaction {
            consumer: "test.alarms",
            topics: &[contracts::events::UNMASKING_ALARM, contracts::events::PERSON_CREATED],
            run: std::sync::Arc::new(|_, _| Ok(())),
        }]));
        let personal = Personal { phones: vec![PHONE.into()], ..named("张三丰") };
        let (person, reader) = (w.entered(C1A, personal), w.reader(DISTRICT));
        w.unmask(&reader, person.id, &[Whole::Name]).unwrap();
        w.unmask(&reader, person.id, &[Whole::Name]).unwrap();
        let now = w.db.db.clock().now();
        let claims = w
            .write(move |tx, _| outbox::claim(tx, &["test.alarms"], "test", now, now.plus_seconds(60), 10))
            .unwrap();
        let told: Vec<(String, String)> =
            claims.into_iter().map(|c| (c.event.topic, c.event.payload.0.to_string())).collect();
        assert_eq!(
            told.iter().map(|(t, _)| t.as_str()).collect::<std::collections::BTreeSet<_>>(),
            ["people.person.created", "people.unmasking.alarm"].into()
        );
        assert!(told.iter().all(|(_, p)| !p.contains("张") && !p.contains(PHONE)));
        let alarm = &told.iter().find(|(t, _)| t.contains("alarm")).unwrap().1;
        assert!(alarm.contains(&reader.actor.user.to_string()) && !alarm.contains(&person.id.to_string()));
    }
}
