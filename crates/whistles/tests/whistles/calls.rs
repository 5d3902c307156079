//! What becomes of a call.

use whistles::model::{Action, State};
use whistles::service::see;

use crate::world::*;

#[test]
fn a_call_is_answered_graded_and_ends_the_whistle_with_the_last() {
    for w in World::each() {
        let (secretary, whistle, calls) = w.blow(&[URBAN, MARKET]);
        let (urban, market) = (w.handler(URBAN), w.handler(MARKET));
        let call = w.report_in(&urban, &calls[0]).unwrap();
        assert_eq!((call.state, call.who_comes.as_deref()), (State::Reported, Some("中队两人")));
        assert_eq!(w.heard(), vec![("whistles.reported_in", secretary.actor.user)]);
        let call = w.result(&urban, &call, " 已清理 ").unwrap();
        assert_eq!((call.state, call.result.as_deref()), (State::Answered, Some("已清理")));
        let call = w.grade(&secretary, &call, 5).unwrap();
        assert_eq!((call.state, call.grade, call.over_at), (State::Graded, Some(5), call.graded_at));
        assert_eq!(
            w.heard(),
            vec![("whistles.answered", secretary.actor.user), ("whistles.graded", urban.actor.user)]
        );
        assert_eq!(w.call(call.id).0.ended_at, None, "the other is open");
        let other = w.decline(&market, &calls[1], "无管辖权").unwrap();
        let other = w.decide(&secretary, &other, true, "").unwrap();
        assert_eq!(other.state, State::Excused);
        assert_eq!(
            w.heard(),
            vec![("whistles.declined", secretary.actor.user), ("whistles.excused", market.actor.user)]
        );
        assert_eq!(w.call(call.id).0.ended_at, other.over_at);
        let (id, who) = (call.id, w.now(&secretary));
        let steps = w.write(move |tx, _| see::call(tx, &who, id).map(|found| found.2)).unwrap();
        let told: Vec<_> = steps.iter().map(|s| (s.seq, s.action, s.to)).collect();
        assert_eq!(
            told,
            vec![
                (2, Action::ReportIn, State::Reported),
                (3, Action::Result, State::Answered),
                (4, Action::Grade, State::Graded)
            ]
        );
        assert_eq!(whistle.version, 1);
    }
}

#[test]
fn a_department_whose_reasons_are_not_taken_is_called_again_and_may_come_after_all() {
    for w in World::each() {
        let (secretary, _, calls) = w.blow(&[URBAN]);
        let urban = w.handler(URBAN);
        assert_eq!(
            fields(w.decline(&urban, &calls[0], " ")),
            vec![("/reason".into(), "kernel.field_required")]
        );
        let declined = w.decline(&urban, &calls[0], "人手不足").unwrap();
        assert_eq!(code(w.grade(&secretary, &declined, 1)), "whistles.not_then");
        assert_eq!(
            fields(w.decide(&secretary, &declined, false, "")),
            vec![("/note".into(), "kernel.field_required")]
        );
        let insisted = w.decide(&secretary, &declined, false, "必须到场").unwrap();
        assert_eq!(insisted.state, State::Called);
        assert_eq!(code(w.decide(&secretary, &insisted, true, "")), "whistles.not_then");
        let declined = w.decline(&urban, &insisted, "仍无人手").unwrap();
        let come = w.report_in(&urban, &declined).unwrap();
        assert_eq!(come.state, State::Reported);
        assert_eq!(code(w.decline(&urban, &come, "不来了")), "whistles.not_then");
    }
}

#[test]
fn who_never_came_is_graded_once_the_time_is_over_and_not_before() {
    for w in World::each() {
        let (secretary, _, calls) = w.blow(&[URBAN, MARKET]);
        assert_eq!(code(w.grade(&secretary, &calls[0], 1)), "whistles.not_then");
        let come = w.report_in(&w.handler(MARKET), &calls[1]).unwrap();
        w.pass(2 * HOUR);
        assert_eq!(w.grade(&secretary, &calls[0], 1).unwrap().state, State::Graded);
        assert_eq!(code(w.grade(&secretary, &come, 1)), "whistles.not_then", "its result is not due yet");
        w.pass(24 * HOUR);
        assert_eq!(w.grade(&secretary, &come, 2).unwrap().state, State::Graded);
        assert!(w.call(come.id).0.ended_at.is_some());
    }
}

#[test]
fn a_grade_is_one_to_five_stars_and_who_comes_is_a_line_that_can_be_seen() {
    for w in World::each() {
        let (secretary, _, calls) = w.blow(&[URBAN]);
        let urban = w.now(&w.handler(URBAN));
        let (id, who) = (calls[0].id, urban.clone());
        let hidden = w.write(move |tx, s| {
            let far = Some(who.now.plus_days(400));
            whistles::service::answer::report_in(tx, &who, s, id, 1, "两人\u{202e}", far)
        });
        let wrong = vec![
            ("/who_comes".to_owned(), "kernel.field_characters"),
            ("/coming_at".to_owned(), "kernel.field_range"),
        ];
        assert_eq!(fields(hidden), wrong);
        let call = w.report_in(&urban, &calls[0]).unwrap();
        assert_eq!(fields(w.result(&urban, &call, "")), vec![("/result".into(), "kernel.field_required")]);
        let call = w.result(&urban, &call, "已处置").unwrap();
        for stars in [0, 6, -1, i64::MAX] {
            assert_eq!(
                fields(w.grade(&secretary, &call, stars)),
                vec![("/grade".into(), "kernel.field_range")]
            );
        }
        assert_eq!(w.grade(&secretary, &call, 1).unwrap().grade, Some(1));
    }
}

#[test]
fn a_call_is_withdrawn_as_long_as_it_was_not_answered() {
    for w in World::each() {
        let (secretary, whistle, calls) = w.blow(&[URBAN, MARKET, FIRE]);
        let urban = w.handler(URBAN);
        let come = w.report_in(&urban, &calls[0]).unwrap();
        let done = w.result(&urban, &come, "已处置").unwrap();
        assert_eq!(code(w.withdraw(&secretary, &done, "不要了")), "whistles.not_then");
        assert_eq!(
            fields(w.withdraw(&secretary, &calls[1], "")),
            vec![("/reason".into(), "kernel.field_required")]
        );
        let back = w.withdraw(&secretary, &calls[1], "不需要").unwrap();
        assert_eq!((back.state, back.withdrawn_at), (State::Withdrawn, back.over_at));
        assert_eq!(code(w.withdraw_all(&secretary, &whistle, " ")), "kernel.invalid");
        let left = w.withdraw_all(&secretary, &whistle, "已自行处置").unwrap();
        assert_eq!(left.ended_at, None, "what was answered stays, to be graded");
        assert_eq!(w.call(calls[2].id).1.state, State::Withdrawn);
        assert_eq!(code(w.withdraw_all(&secretary, &left, "再次")), "whistles.nothing_open");
        w.grade(&secretary, &done, 4).unwrap();
        let (ended, _) = w.call(done.id);
        assert!(ended.ended_at.is_some());
        assert_eq!(code(w.withdraw_all(&secretary, &whistle, "再次")), "kernel.stale");
    }
}

#[test]
fn a_whistle_that_is_withdrawn_whole_has_ended() {
    for w in World::each() {
        let (secretary, whistle, calls) = w.blow(&[URBAN, MARKET]);
        let done = w.withdraw_all(&secretary, &whistle, "误报").unwrap();
        assert!(done.ended_at.is_some());
        assert_eq!(done.version, 2);
        for call in calls {
            assert_eq!(
                code(w.report_in(&w.handler(URBAN), &w.call(call.id).1)),
                if call.unit == w.unit(URBAN) { "whistles.not_then" } else { "kernel.not_found" }
            );
        }
    }
}

#[test]
fn whoever_saw_an_older_call_is_told_to_look_again() {
    for w in World::each() {
        let (secretary, _, calls) = w.blow(&[URBAN]);
        let urban = w.handler(URBAN);
        w.report_in(&urban, &calls[0]).unwrap();
        assert_eq!(code(w.report_in(&urban, &calls[0])), "kernel.stale");
        assert_eq!(code(w.withdraw(&secretary, &calls[0], "不要")), "kernel.stale");
    }
}

#[test]
fn what_was_declined_and_is_taken_back_is_excused_and_no_failure() {
    for w in World::each() {
        let start = w.pass(1);
        let (secretary, whistle, calls) = w.blow(&[URBAN, MARKET]);
        for (call, unit) in calls.iter().zip([URBAN, MARKET]) {
            w.decline(&w.handler(unit), call, "不属管辖").unwrap();
        }
        w.pass(2 * HOUR);
        let one = w.withdraw(&secretary, &w.call(calls[0].id).1, "已自行处置").unwrap();
        assert_eq!((one.state, one.withdrawn_at, one.over_at.is_some()), (State::Excused, None, true));
        let ended = w.withdraw_all(&secretary, &whistle, "已自行处置").unwrap();
        assert!(ended.ended_at.is_some());
        assert_eq!(w.call(calls[1].id).1.state, State::Excused);
        let (who, id, until) = (w.now(&secretary), w.unit(C1), w.pass(1));
        let asked = whistles::service::figures::Asked { from: start, until, after: None };
        let figures = w.write(move |tx, s| {
            whistles::service::figures::read(tx, &who, s, id, asked, kernel::PageSize::DEFAULT, 7)
        });
        assert_eq!(figures.unwrap().1.items, vec![]);
    }
}
