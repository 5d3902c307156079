//! The monthly rule: dated, inherited, never of the past.

use kernel::{Context, Outcome};
use visits::model::{Month, Rule, RuleVersion, STANDARD};
use visits::service::rules::{self, NewRule, Resolved};

use crate::world::*;

pub fn rule(days: i64, households: i64) -> Option<Rule> {
    Some(Rule { days, households, ..STANDARD })
}

pub fn set(w: &World, who: &Context, unit: usize, from: &str, rule: Option<Rule>) -> Outcome<RuleVersion> {
    let (who, new) = (w.now(who), NewRule { unit: w.unit(unit), from: day(from), rule });
    w.write(move |tx, s| rules::set(tx, &who, s, &new))
}

fn holds(w: &World, unit: usize, month: &str) -> Resolved {
    let (who, unit, month) = (w.now(&w.manager(DISTRICT)), w.unit(unit), Month::parse(month).unwrap());
    w.write(move |tx, s| rules::resolve(tx, &who, s, unit, month)).unwrap()
}

#[test]
fn ten_days_and_sixty_households_hold_where_nobody_says_otherwise() {
    for w in World::each() {
        let standard = holds(&w, C1, "2026-11");
        assert_eq!((standard.rule.days, standard.rule.households, standard.unit), (10, 60, None));
    }
}

#[test]
fn the_nearest_rule_holds_from_its_month_on_until_it_is_ended() {
    for w in World::each() {
        let manager = w.manager(DISTRICT);
        set(&w, &manager, DISTRICT, "2026-11-01", rule(8, 40)).unwrap();
        set(&w, &manager, C1, "2026-12-01", rule(5, 20)).unwrap();
        set(&w, &manager, C1, "2026-12-01", rule(6, 30)).unwrap();
        set(&w, &manager, C1, "2027-02-01", None).unwrap();
        let days = |unit, month: &str| holds(&w, unit, month).rule.days;
        assert_eq!([days(C1, "2026-10"), days(C1, "2026-11"), days(C2, "2027-05")], [10, 8, 8]);
        assert_eq!(days(C1, "2026-12"), 6, "of two for one month the later");
        assert_eq!((days(C1, "2027-01"), days(C1, "2027-02")), (6, 8), "then the one above again");
        assert_eq!(holds(&w, C1, "2026-12").unit, Some(w.unit(C1)));
        assert_eq!(holds(&w, C1, "2027-02").unit, Some(w.unit(DISTRICT)));
        let (who, unit) = (w.now(&w.worker1()), w.unit(C1));
        let said = w.write(move |tx, s| rules::history(tx, &who, s, unit, None, 10)).unwrap();
        assert_eq!(said.iter().map(|row| row.number).collect::<Vec<_>>(), [3, 2, 1]);
    }
}

#[test]
fn a_rule_is_refused_with_what_is_wrong_with_it() {
    for w in World::each() {
        let manager = w.manager(TOWN1);
        for from in ["2026-10-01", "2026-11-02", "2026-12-31"] {
            let wrong = fields(set(&w, &manager, TOWN1, from, rule(5, 5)));
            assert_eq!(wrong, [("/from_on".to_owned(), "visits.rule_day")], "{from}");
        }
        let far = Some(Rule { days: 32, households: -1, min_days_between: 400, priority_days: 0 });
        let wrong = fields(set(&w, &manager, TOWN1, "2026-12-01", far));
        let pointers: Vec<&str> = wrong.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, ["/days", "/households", "/min_days_between", "/priority_days"]);
        assert_eq!(code(set(&w, &manager, TOWN2, "2026-12-01", rule(5, 5))), "kernel.forbidden");
        assert_eq!(code(set(&w, &w.worker1(), C1, "2026-12-01", rule(0, 0))), "kernel.forbidden");
        assert_eq!(code(set(&w, &manager, TOWN1, "2026-12-01", None)), "visits.no_rule");
        w.tree.0.lock().get_mut(&w.unit(C1)).unwrap().closed = true;
        let closed = fields(set(&w, &manager, C1, "2026-12-01", rule(5, 5)));
        assert_eq!(closed, [("/unit_id".to_owned(), "visits.unit_closed")]);
    }
}
