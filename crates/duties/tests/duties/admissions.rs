//! What is admitted beside the lists.

use contracts::DutyScope;
use duties::model::{Admission, AdmissionState};
use duties::service::admit::{self, NewAdmission, Query};
use kernel::id::Category;
use kernel::{BuiltinRole, Context, Id, Outcome, PageSize};

use crate::world::*;

/// A community whose list does not name the category.
fn unlisted(w: &World) -> Id<Category> {
    let list = w.create(&w.admin(DISTRICT), DISTRICT, "community").unwrap();
    w.in_force(&list, &[w.category(DISTRICT, None)], None);
    w.category(DISTRICT, None)
}

fn listed(w: &World, query: Query) -> Vec<Admission> {
    let who = w.now(&w.person(DISTRICT, &[]));
    w.write(move |tx, s| admit::list(tx, &who, s, &query, None, PageSize::DEFAULT, 0)).unwrap().items
}

#[test]
fn what_is_admitted_may_be_asked_for_until_its_time_is_over() {
    for w in World::each() {
        let c = unlisted(&w);
        let below = w.category(DISTRICT, Some(c));
        let (asker, approver) = (w.role(BuiltinRole::DepartmentHandler, TOWN2), w.admin(TOWN1));
        let asked = w.ask(&asker, TOWN1, c, 30).unwrap();
        assert_eq!(w.scope(C1, c), DutyScope::OutOfScope, "asked for is not admitted");
        let before = w.pass(1);
        let admitted = w.decide(&approver, &asked, true, "").unwrap();
        assert_eq!((admitted.state, admitted.holds_from), (AdmissionState::Admitted, admitted.decided_at));
        assert_eq!((w.scope(C1, c), w.scope(C1, below)), (DutyScope::Admitted, DutyScope::Admitted));
        assert_eq!(w.scope(C2, c), DutyScope::OutOfScope, "it holds below its unit alone");
        assert_eq!(w.scope_at(C1, c, before), DutyScope::OutOfScope, "not before it was decided");
        let until = admitted.until;
        assert_eq!(w.scope_at(C1, c, until.plus_seconds(-1)), DutyScope::Admitted);
        assert_eq!(w.scope_at(C1, c, until), DutyScope::OutOfScope, "it ends by itself");
    }
}

#[test]
fn what_is_listed_rests_on_the_list_and_not_on_an_admission() {
    for w in World::each() {
        let c = w.category(DISTRICT, None);
        let list = w.create(&w.admin(DISTRICT), DISTRICT, "community").unwrap();
        w.in_force(&list, &[c], None);
        let asked = w.ask(&w.admin(TOWN1), TOWN1, c, 3).unwrap();
        w.decide(&w.admin(TOWN1), &asked, true, "").unwrap();
        assert_eq!(w.scope(C1, c), DutyScope::Listed);
    }
}

#[test]
fn an_admission_that_is_withdrawn_held_until_then() {
    for w in World::each() {
        let c = unlisted(&w);
        let (asker, approver) = (w.admin(TOWN1), w.admin(TOWN1));
        let asked = w.ask(&asker, C1, c, 30).unwrap();
        let admitted = w.decide(&approver, &asked, true, "").unwrap();
        let then = w.pass(60);
        let done = w.withdraw(&w.admin(DISTRICT), &admitted, "汛期结束").unwrap();
        assert_eq!(done.state, AdmissionState::Withdrawn);
        assert_eq!(w.scope(C1, c), DutyScope::OutOfScope);
        assert_eq!(w.scope_at(C1, c, then), DutyScope::Admitted);
        assert_eq!(code(w.withdraw(&asker, &done, "再次")), "duties.not_then");
    }
}

#[test]
fn what_was_to_begin_later_and_is_withdrawn_never_holds() {
    for w in World::each() {
        let c = unlisted(&w);
        let (asker, approver) = (w.now(&w.admin(TOWN1)), w.admin(TOWN1));
        let from = asker.now.plus_days(10);
        let new = NewAdmission {
            unit: w.unit(C1),
            category: c,
            reason: "台风".into(),
            from: Some(from),
            until: from.plus_days(366),
        };
        let asked = w.write(move |tx, s| admit::ask(tx, &asker, s, &new)).unwrap();
        let admitted = w.decide(&approver, &asked, true, "").unwrap();
        assert_eq!(admitted.holds_from, Some(from));
        assert_eq!(w.scope_at(C1, c, from), DutyScope::Admitted);
        w.withdraw(&approver, &admitted, "取消").unwrap();
        assert_eq!(w.scope_at(C1, c, from), DutyScope::OutOfScope);
        assert_eq!(w.scope_at(C1, c, from.plus_days(1)), DutyScope::OutOfScope);
    }
}

#[test]
fn nobody_decides_what_they_asked_for_or_where_they_have_no_right() {
    for w in World::each() {
        let c = unlisted(&w);
        let asker = w.admin(DISTRICT);
        let asked = w.ask(&asker, C1, c, 3).unwrap();
        assert_eq!(code(w.decide(&asker, &asked, true, "")), "duties.own_request");
        assert_eq!(code(w.decide(&w.admin(TOWN2), &asked, true, "")), "kernel.forbidden");
        assert_eq!(
            code(w.decide(&w.role(BuiltinRole::GridWorker, C1), &asked, true, "")),
            "kernel.forbidden"
        );
        assert_eq!(code(w.withdraw(&w.admin(TOWN2), &asked, "不")), "kernel.forbidden");
        let stale = Admission { version: 5, ..asked.clone() };
        assert_eq!(code(w.decide(&w.admin(TOWN1), &stale, true, "")), "kernel.stale");
        let nowhere = Admission { id: testkit::fresh(), ..asked };
        assert_eq!(code(w.decide(&w.admin(TOWN1), &nowhere, true, "")), "kernel.not_found");
    }
}

#[test]
fn a_refusal_is_explained_and_final_but_can_be_asked_for_anew() {
    for w in World::each() {
        let c = unlisted(&w);
        let (asker, approver) = (w.admin(TOWN1), w.admin(TOWN1));
        let asked = w.ask(&asker, C1, c, 3).unwrap();
        assert_eq!(code(w.ask(&w.admin(DISTRICT), C1, c, 5)), "duties.already_asked");
        assert_eq!(
            fields(w.decide(&approver, &asked, false, " ")),
            vec![("/note".into(), "kernel.field_required")]
        );
        let refused = w.decide(&approver, &asked, false, "应由部门承担").unwrap();
        assert_eq!((refused.state, refused.holds_from), (AdmissionState::Refused, None));
        assert_eq!(code(w.decide(&approver, &refused, true, "")), "duties.not_then");
        assert_eq!(code(w.withdraw(&asker, &refused, "算了")), "duties.not_then");
        assert_eq!(w.scope(C1, c), DutyScope::OutOfScope);
        let again = w.ask(&asker, C1, c, 3).unwrap();
        let back = w.withdraw(&asker, &again, "不需要了").unwrap();
        assert_eq!((back.state, back.holds_until), (AdmissionState::Withdrawn, None));
    }
}

#[test]
fn what_is_over_is_neither_admitted_nor_withdrawn() {
    for w in World::each() {
        let c = unlisted(&w);
        let (asker, approver) = (w.admin(TOWN1), w.admin(TOWN1));
        let late = w.ask(&asker, C1, c, 3).unwrap();
        w.pass(DAY * 4);
        assert_eq!(code(w.decide(&approver, &late, true, "")), "duties.time_is_over");
        w.decide(&approver, &late, false, "已过期").unwrap();
        let asked = w.ask(&asker, C1, c, 3).unwrap();
        let admitted = w.decide(&approver, &asked, true, "").unwrap();
        w.pass(DAY * 4);
        assert_eq!(code(w.withdraw(&approver, &admitted, "结束")), "duties.time_is_over");
    }
}

#[test]
fn what_is_asked_for_has_a_reason_an_order_and_a_bound() {
    for w in World::each() {
        let c = w.category(DISTRICT, None);
        let asker = w.admin(TOWN1);
        let ask = |change: fn(&mut NewAdmission, &Context, &World)| -> Outcome<Admission> {
            let who = w.now(&asker);
            let mut new = NewAdmission {
                unit: w.unit(C1),
                category: c,
                reason: "防汛".into(),
                from: None,
                until: who.now.plus_days(366),
            };
            change(&mut new, &who, &w);
            w.write(move |tx, s| admit::ask(tx, &who, s, &new))
        };
        assert_eq!(
            fields(ask(|n, _, _| n.reason = "  ".into())),
            vec![("/reason".into(), "kernel.field_required")]
        );
        assert_eq!(
            fields(ask(|n, who, _| n.until = who.now)),
            vec![("/until_at".into(), "kernel.field_order")]
        );
        assert_eq!(
            fields(ask(|n, _, _| n.until = n.until.plus_seconds(1))),
            vec![("/until_at".into(), "duties.too_long")]
        );
        assert_eq!(
            fields(ask(|n, who, _| n.from = Some(who.now.plus_days(-1)))),
            vec![("/from_at".into(), "duties.past"), ("/until_at".into(), "duties.too_long")]
        );
        let unknown = "kernel.field_unknown_reference";
        assert_eq!(fields(ask(|n, _, _| n.unit = testkit::fresh())), vec![("/unit_id".into(), unknown)]);
        assert_eq!(
            fields(ask(|n, _, _| n.category = testkit::fresh())),
            vec![("/category_id".into(), unknown)]
        );
        assert_eq!(
            fields(ask(|n, _, w| n.category = w.category(TOWN2, None))),
            vec![("/category_id".into(), unknown)]
        );
        let retired = ask(|n, _, w| {
            n.category = w.category(DISTRICT, None);
            w.retire(n.category);
        });
        assert_eq!(fields(retired), vec![("/category_id".into(), "duties.category_retired")]);
        assert!(ask(|_, _, _| ()).is_ok());
        assert_eq!(code(w.ask(&w.role(BuiltinRole::Resident, C1), C1, c, 3)), "kernel.forbidden");
        w.close(C2);
        assert_eq!(fields(w.ask(&asker, C2, c, 3)), vec![("/unit_id".into(), "duties.unit_closed")]);
    }
}

#[test]
fn admissions_are_listed_by_what_bears_on_a_unit_and_what_holds() {
    for w in World::each() {
        let c = unlisted(&w);
        let (asker, approver) = (w.admin(DISTRICT), w.admin(DISTRICT));
        let in_town = w.ask(&asker, TOWN1, c, 3).unwrap();
        let asked = w.ask(&asker, C1, c, 3).unwrap();
        w.ask(&asker, C2, c, 3).unwrap();
        w.decide(&approver, &in_town, true, "").unwrap();
        let ids = |query| listed(&w, query).into_iter().map(|a| a.id).collect::<Vec<_>>();
        let unit = Some(w.unit(C1));
        assert_eq!(ids(Query { unit, ..Query::default() }), vec![asked.id, in_town.id]);
        assert_eq!(ids(Query { unit, in_force: true, ..Query::default() }), vec![in_town.id]);
        let state = Some(AdmissionState::Asked);
        assert_eq!(ids(Query { unit, state, ..Query::default() }), vec![asked.id]);
        assert_eq!(ids(Query { category: Some(testkit::fresh()), ..Query::default() }), vec![]);
        assert_eq!(ids(Query::default()).len(), 3);
        w.pass(DAY * 5);
        assert_eq!(ids(Query { in_force: true, ..Query::default() }), vec![]);
    }
}

#[test]
fn nobody_floods_those_who_decide() {
    for w in World::each() {
        let asker = w.admin(TOWN1);
        let mut first = None;
        for _ in 0..50 {
            let asked = w.ask(&asker, C1, w.category(DISTRICT, None), 3).unwrap();
            first.get_or_insert(asked);
        }
        let next = w.category(DISTRICT, None);
        assert_eq!(code(w.ask(&asker, C1, next, 3)), "duties.too_many_asked");
        assert!(w.ask(&w.admin(TOWN1), C1, next, 3).is_ok(), "others are not kept from asking");
        w.decide(&w.admin(TOWN1), &first.unwrap(), false, "不准").unwrap();
        assert!(w.ask(&asker, C1, w.category(DISTRICT, None), 3).is_ok());
    }
}
