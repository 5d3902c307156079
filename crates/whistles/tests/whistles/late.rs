//! What is late, and that it is told once.

use whistles::model::State;
use whistles::service::tell;

use crate::world::*;

#[test]
fn a_deadline_that_passed_is_told_once_to_whom_it_concerns() {
    for w in World::each() {
        let (secretary, _, calls) = w.blow(&[URBAN, MARKET]);
        let market = w.handler(MARKET);
        w.report_in(&market, &calls[1]).unwrap();
        w.heard();
        assert_eq!(w.tell_late(), 0, "nothing is late");
        w.pass(2 * HOUR);
        assert_eq!(w.tell_late(), 1);
        assert_eq!(w.heard(), vec![("whistles.report_late", secretary.actor.user)]);
        assert_eq!((w.tell_late(), w.heard()), (0, vec![]));
        w.pass(24 * HOUR);
        assert_eq!(w.tell_late(), 1);
        let mut both = [market.actor.user, secretary.actor.user];
        both.sort_unstable();
        assert_eq!(w.heard(), both.map(|user| ("whistles.result_late", user)).to_vec());
        assert_eq!(w.tell_late(), 0);
        let (_, call) = w.call(calls[0].id);
        assert_eq!((call.state, call.version), (State::Called, 2), "late is no state");
    }
}

#[test]
fn what_was_declined_in_time_or_is_over_is_not_late() {
    for w in World::each() {
        let (secretary, _, calls) = w.blow(&[URBAN, MARKET, FIRE]);
        w.decline(&w.handler(URBAN), &calls[0], "不去").unwrap();
        w.withdraw(&secretary, &calls[1], "不要").unwrap();
        w.pass(48 * HOUR);
        assert_eq!(w.tell_late(), 1, "the third alone");
        assert!(!w.call(calls[0].id).1.is_late(w.pass(1)));
        assert!(!w.call(calls[1].id).1.is_late(w.pass(1)));
        assert!(w.call(calls[2].id).1.is_late(w.pass(1)));
        let late = w.decline(&w.handler(FIRE), &w.call(calls[2].id).1, "晚了").unwrap();
        assert!(late.is_late(w.pass(1)), "what is declined too late stays late");
    }
}

#[test]
fn who_reports_in_late_is_told_of_again_for_the_result() {
    for w in World::each() {
        let (_, _, calls) = w.blow(&[URBAN]);
        w.pass(2 * HOUR);
        assert_eq!(w.tell_late(), 1);
        let (_, call) = w.call(calls[0].id);
        let come = w.report_in(&w.handler(URBAN), &call).unwrap();
        assert!(come.reported_at > Some(come.report_due));
        assert_eq!(w.tell_late(), 0);
        w.pass(24 * HOUR);
        assert_eq!(w.tell_late(), 1);
    }
}

#[test]
fn the_people_of_a_department_hear_that_it_is_called_and_that_nobody_came() {
    for w in World::each() {
        let (first, second, market, above) = (
            w.handler(URBAN),
            w.handler(URBAN),
            w.handler(MARKET),
            w.role(kernel::BuiltinRole::UnitAdmin, DISTRICT),
        );
        let (secretary, whistle, calls) = w.blow(&[URBAN, FIRE]);
        let called = |w: &World| {
            let (id, now, ids) = (whistle.id, w.pass(1), std::sync::Arc::clone(w.db.db.ids()));
            w.write(move |tx, s| tell::called(tx, s, now, &*ids, id)).unwrap();
            let mut heard = w.heard();
            heard.sort_unstable();
            heard
        };
        let both = |kind: &'static str| {
            let mut both = vec![(kind, first.actor.user), (kind, second.actor.user)];
            both.sort_unstable();
            both
        };
        assert_eq!(called(&w), both("whistles.called"));
        w.pass(2 * HOUR);
        w.tell_late();
        let heard = w.heard();
        for who in [&first, &second, &secretary] {
            assert!(heard.contains(&("whistles.report_late", who.actor.user)));
        }
        assert!(![&market, &above].iter().any(|who| heard.iter().any(|(_, user)| *user == who.actor.user)));
        w.report_in(&first, &w.call(calls[0].id).1).unwrap();
        w.heard();
        assert_eq!(called(&w), vec![], "who came need not be called");
    }
}
