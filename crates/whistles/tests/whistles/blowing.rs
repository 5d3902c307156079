//! Blowing, and every reason not to.

use contracts::SpanUnit;
use kernel::BuiltinRole;
use whistles::model::State;
use whistles::service::blow::NewWhistle;
use whistles::service::deadline::Wanted;

use crate::world::*;

#[test]
fn a_community_calls_departments_wherever_they_stand() {
    for w in World::each() {
        let (_, whistle, calls) = w.blow(&[URBAN, MARKET, FIRE, TOWN]);
        assert_eq!(
            (whistle.unit, whistle.case_number.as_str(), whistle.ended_at),
            (w.unit(C1), "20261125-0001", None)
        );
        assert_eq!(whistle.report_due, whistle.blown_at.plus_seconds(HOUR));
        assert_eq!(whistle.result_due, whistle.blown_at.plus_days(1));
        assert_eq!(calls.len(), 4);
        assert!(calls.iter().all(|c| c.state == State::Called && c.report_due == whistle.report_due));
    }
}

#[test]
fn a_case_that_one_does_not_see_is_not_there() {
    for w in World::each() {
        let elsewhere = w.role(BuiltinRole::UnitAdmin, C2);
        assert_eq!(code(w.blow_as(&elsewhere, w.wanted(w.case(C1), &[URBAN]))), "kernel.not_found");
        assert_eq!(code(w.blow_as(&w.secretary(), w.wanted(testkit::fresh(), &[URBAN]))), "kernel.not_found");
        let sees = w.role(BuiltinRole::GridWorker, C1);
        assert_eq!(code(w.blow_as(&sees, w.wanted(w.case(C1), &[URBAN]))), "kernel.forbidden");
    }
}

#[test]
fn nobody_is_called_to_a_case_that_is_over() {
    for w in World::each() {
        let case = w.case(C1);
        w.cases.0.lock().get_mut(&case).unwrap().over = true;
        assert_eq!(code(w.blow_as(&w.secretary(), w.wanted(case, &[URBAN]))), "whistles.case_over");
    }
}

#[test]
fn one_to_twenty_departments_are_called_each_once_each_there_each_another() {
    for w in World::each() {
        let (who, case) = (w.secretary(), w.case(C1));
        let bad = |departments: &[usize]| fields(w.blow_as(&who, w.wanted(case, departments)));
        assert_eq!(bad(&[]), vec![("/department_ids".into(), "whistles.departments")]);
        assert_eq!(bad(&[URBAN; 21]), vec![("/department_ids".into(), "whistles.departments")]);
        assert_eq!(
            bad(&[URBAN, MARKET, URBAN]),
            vec![("/department_ids/2".into(), "whistles.department_twice")]
        );
        assert_eq!(bad(&[C1, URBAN]), vec![("/department_ids/0".into(), "whistles.own_unit")]);
        w.tree.0.lock().get_mut(&w.unit(FIRE)).unwrap().closed = true;
        assert_eq!(bad(&[FIRE]), vec![("/department_ids/0".into(), "whistles.department_closed")]);
        let mut new = w.wanted(case, &[URBAN]);
        new.departments.push(testkit::fresh());
        new.wanted = "  ".into();
        let wrong = vec![
            ("/wanted".to_owned(), "kernel.field_required"),
            ("/department_ids/1".to_owned(), "kernel.field_unknown_reference"),
        ];
        assert_eq!(fields(w.blow_as(&who, new)), wrong);
        assert_eq!(w.blow_as(&who, w.wanted(case, &[URBAN, MARKET])).unwrap().1.len(), 2);
    }
}

#[test]
fn a_department_is_called_to_a_case_once_at_a_time() {
    for w in World::each() {
        let (who, case) = (w.secretary(), w.case(C1));
        let (_, calls) = w.blow_as(&who, w.wanted(case, &[URBAN])).unwrap();
        assert_eq!(code(w.blow_as(&who, w.wanted(case, &[MARKET, URBAN]))), "whistles.already_called");
        assert!(w.blow_as(&who, w.wanted(w.case(C1), &[URBAN])).is_ok(), "another case is another thing");
        w.withdraw(&who, &calls[0], "误报").unwrap();
        assert!(
            w.blow_as(&who, w.wanted(case, &[MARKET, URBAN])).is_ok(),
            "nothing was left of the refused one"
        );
    }
}

#[test]
fn deadlines_are_one_of_two_lie_ahead_in_their_order_and_within_a_year() {
    for w in World::each() {
        let (who, case) = (w.secretary(), w.case(C1));
        let blow = |change: &dyn Fn(&mut NewWhistle)| {
            let mut new = w.wanted(case, &[URBAN]);
            change(&mut new);
            fields(w.blow_as(&who, new))
        };
        let now = w.pass(1);
        let at = |seconds: i64| Wanted { at: Some(now.plus_seconds(seconds)), within: None };
        let span = |count, unit| Wanted { at: None, within: Some((count, unit)) };
        assert_eq!(blow(&|n| n.report = at(-1)), vec![("/report_due_at".into(), "whistles.deadline_past")]);
        assert_eq!(
            blow(&|n| n.result = at(-HOUR)),
            vec![("/result_due_at".into(), "whistles.deadline_past")]
        );
        assert_eq!(
            blow(&|n| n.report = Wanted::default()),
            vec![("/report_due_at".into(), "whistles.one_deadline")]
        );
        let both = Wanted { at: at(HOUR).at, within: Some((1, SpanUnit::WorkingDays)) };
        assert_eq!(blow(&|n| n.result = both), vec![("/result_due_at".into(), "whistles.one_deadline")]);
        assert_eq!(
            blow(&|n| n.result = at(HOUR / 2)),
            vec![("/result_due_at".into(), "whistles.deadline_order")]
        );
        let far = span(367, SpanUnit::CalendarDays);
        assert_eq!(blow(&|n| n.result = far), vec![("/result_within".into(), "whistles.deadline_far")]);
        let none = span(0, SpanUnit::WorkingHours);
        assert_eq!(blow(&|n| n.report = none), vec![("/report_within/count".into(), "kernel.field_range")]);
        let many = span(i64::MAX, SpanUnit::WorkingMinutes);
        assert_eq!(blow(&|n| n.report = many), vec![("/report_within/count".into(), "kernel.field_range")]);
        let mut new = w.wanted(case, &[URBAN]);
        (new.report, new.result) = (at(HOUR), at(HOUR));
        assert!(w.blow_as(&who, new).is_ok(), "both at once may be");
    }
}
