//! Other people's departments, other people's communities.

use kernel::BuiltinRole;
use whistles::model::{Call, State};
use whistles::service::see;

use crate::world::*;

#[test]
fn another_department_neither_answers_nor_knows_of_it() {
    for w in World::each() {
        let (_, whistle, calls) = w.blow(&[URBAN]);
        let (market, fire) = (w.handler(MARKET), w.handler(FIRE));
        for stranger in [&market, &fire, &w.role(BuiltinRole::UnitAdmin, C2)] {
            assert_eq!(code(w.report_in(stranger, &calls[0])), "kernel.not_found");
            assert_eq!(code(w.decline(stranger, &calls[0], "不去")), "kernel.not_found");
            assert_eq!(code(w.result(stranger, &calls[0], "好了")), "kernel.not_found");
            assert_eq!(code(w.grade(stranger, &calls[0], 1)), "kernel.not_found");
            assert_eq!(code(w.withdraw(stranger, &calls[0], "撤")), "kernel.not_found");
            assert_eq!(code(w.decide(stranger, &calls[0], true, "")), "kernel.not_found");
            assert_eq!(code(w.withdraw_all(stranger, &whistle, "撤")), "kernel.not_found");
            let (who, id, call) = (w.now(stranger), whistle.id, calls[0].id);
            assert_eq!(code(w.write(move |tx, _| see::whistle(tx, &who, id))), "kernel.not_found");
            let who = w.now(stranger);
            assert_eq!(code(w.write(move |tx, _| see::call(tx, &who, call))), "kernel.not_found");
        }
        let nowhere = Call { id: testkit::fresh(), ..calls[0].clone() };
        assert_eq!(code(w.report_in(&w.handler(URBAN), &nowhere)), "kernel.not_found");
    }
}

#[test]
fn the_department_does_what_is_its_own_and_the_community_the_rest() {
    for w in World::each() {
        let (secretary, whistle, calls) = w.blow(&[URBAN]);
        let urban = w.handler(URBAN);
        assert_eq!(code(w.withdraw(&urban, &calls[0], "撤")), "kernel.forbidden");
        assert_eq!(code(w.withdraw_all(&urban, &whistle, "撤")), "kernel.forbidden");
        assert_eq!(code(w.report_in(&secretary, &calls[0])), "kernel.forbidden");
        let call = w.report_in(&urban, &calls[0]).unwrap();
        let call = w.result(&urban, &call, "好了").unwrap();
        assert_eq!(code(w.grade(&urban, &call, 5)), "kernel.forbidden");
        assert_eq!(code(w.grade(&w.role(BuiltinRole::GridWorker, C1), &call, 5)), "kernel.forbidden");
        assert!(w.grade(&secretary, &call, 3).is_ok());
    }
}

#[test]
fn nobody_grades_or_excuses_what_they_answered_themself() {
    for w in World::each() {
        let (_, _, calls) = w.blow(&[URBAN, MARKET]);
        let both = w.role(BuiltinRole::UnitAdmin, DISTRICT);
        let call = w.report_in(&both, &calls[0]).unwrap();
        let call = w.result(&w.handler(URBAN), &call, "好了").unwrap();
        assert_eq!(code(w.grade(&both, &call, 5)), "whistles.own_answer");
        let declined = w.decline(&both, &calls[1], "不去").unwrap();
        assert_eq!(code(w.decide(&both, &declined, true, "")), "whistles.own_answer");
        assert_eq!(code(w.withdraw(&both, &declined, "算了")), "whistles.own_answer");
        let (whistle, _) = w.call(declined.id);
        assert_eq!(code(w.withdraw_all(&both, &whistle, "算了")), "whistles.own_answer");
        assert_eq!(w.decide(&w.secretary(), &declined, true, "").unwrap().state, State::Excused);
    }
}

#[test]
fn a_called_department_sees_who_else_is_called_and_not_what_is_thought_of_them() {
    for w in World::each() {
        let (secretary, whistle, calls) = w.blow(&[URBAN, MARKET]);
        let urban = w.handler(URBAN);
        let call = w.report_in(&urban, &calls[0]).unwrap();
        let call = w.result(&urban, &call, "好了").unwrap();
        w.grade(&secretary, &call, 2).unwrap();
        let (who, id) = (w.now(&w.handler(MARKET)), whistle.id);
        let (_, seen) = w.write(move |tx, _| see::whistle(tx, &who, id)).unwrap();
        let neighbour = seen.iter().find(|c| c.unit == w.unit(URBAN)).unwrap();
        assert_eq!((neighbour.state, neighbour.reported_at), (State::Graded, call.reported_at));
        assert_eq!(
            (neighbour.grade, &neighbour.remark, &neighbour.result, &neighbour.who_comes),
            (None, &None, &None, &None)
        );
        assert_eq!((neighbour.reported_by, neighbour.result_by, neighbour.graded_by), (None, None, None));
        let (who, id) = (w.now(&w.handler(MARKET)), call.id);
        assert_eq!(code(w.write(move |tx, _| see::call(tx, &who, id))), "kernel.not_found");
        let (who, id) = (w.now(&secretary), whistle.id);
        let (_, seen) = w.write(move |tx, _| see::whistle(tx, &who, id)).unwrap();
        assert!(seen.iter().any(|c| c.grade == Some(2)));
    }
}

#[test]
fn a_right_that_ended_answers_nothing() {
    for w in World::each() {
        let (_, _, calls) = w.blow(&[URBAN]);
        let mut grant = testkit::grant(w.unit(URBAN), &w.path(URBAN), &["whistles.call.answer"]);
        grant.until = Some(w.pass(0));
        assert_eq!(code(w.report_in(&w.with(vec![grant.clone()]), &calls[0])), "kernel.not_found");
        grant.until = None;
        assert!(w.report_in(&w.with(vec![grant]), &calls[0]).is_ok());
    }
}

#[test]
fn who_declined_once_does_not_decide_about_another_who_declined_since() {
    for w in World::each() {
        let (secretary, whistle, calls) = w.blow(&[URBAN]);
        let both = w.role(BuiltinRole::UnitAdmin, DISTRICT);
        let call = w.decline(&both, &calls[0], "不去").unwrap();
        let call = w.decide(&secretary, &call, false, "要去").unwrap();
        let call = w.decline(&w.handler(URBAN), &call, "不去").unwrap();
        assert_eq!(code(w.decide(&both, &call, true, "")), "whistles.own_answer");
        assert_eq!(code(w.withdraw(&both, &call, "算了")), "whistles.own_answer");
        assert_eq!(code(w.withdraw_all(&both, &whistle, "算了")), "whistles.own_answer");
    }
}

#[test]
fn a_call_is_answered_where_the_department_is_and_the_rest_decided_where_it_was_blown() {
    use contracts::Located;
    use kernel::permission::Permit;
    use whistles::permission::{AnswerCall, GradeCall};
    use whistles::service::located::Places;
    for w in World::each() {
        let (secretary, whistle, calls) = w.blow(&[URBAN]);
        let lies = |who: &kernel::Context, object: uuid::Uuid, permission: &'static kernel::Permission| {
            let who = w.now(who);
            w.write(move |tx, _| Places.deciding_unit(tx, &who, object, permission)).unwrap()
        };
        let (call, whole) = (calls[0].id.uuid(), whistle.id.uuid());
        let (urban, stranger) = (w.handler(URBAN), w.handler(FIRE));
        assert_eq!(lies(&urban, call, AnswerCall::PERMISSION), Some(w.unit(URBAN)));
        assert_eq!(lies(&secretary, call, GradeCall::PERMISSION), Some(w.unit(C1)));
        assert_eq!(lies(&urban, whole, GradeCall::PERMISSION), Some(w.unit(C1)));
        assert_eq!(lies(&stranger, call, AnswerCall::PERMISSION), None);
        assert_eq!(lies(&stranger, whole, AnswerCall::PERMISSION), None);
    }
}
