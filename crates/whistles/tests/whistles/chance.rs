//! Whoever tries whatever in whatever order: what is done is what the table and the rights say, and the rest is refused by name.

use kernel::Context;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use whistles::model::{Action, Call};
use whistles::service::act::is_departments;

use crate::world::*;

fn attempt(w: &World, who: &Context, call: &Call, action: Action) -> Result<Call, &'static str> {
    let done = match action {
        Action::ReportIn => w.report_in(who, call),
        Action::Decline => w.decline(who, call, "不去"),
        Action::AcceptDecline => w.decide(who, call, true, ""),
        Action::RefuseDecline => w.decide(who, call, false, "要去"),
        Action::Result => w.result(who, call, "好了"),
        Action::Grade => w.grade(who, call, 3),
        Action::Withdraw => w.withdraw(who, call, "算了"),
    };
    done.map_err(|fault| fault.code().unwrap().code)
}

#[test]
fn whatever_is_tried_by_whomever_goes_by_the_table_and_the_rights() {
    for w in World::each() {
        // Who, whether of the department, whether of the community.
        let people = [
            (w.secretary(), false, true),
            (w.handler(URBAN), true, false),
            (w.role(kernel::BuiltinRole::UnitAdmin, DISTRICT), true, true),
            (w.handler(MARKET), false, false),
            (w.role(kernel::BuiltinRole::UnitAdmin, C2), false, false),
        ];
        let tries = proptest::collection::vec((0..people.len(), 0..Action::ALL.len(), 0_i64..4), 1..14);
        let mut runner =
            TestRunner::new(Config { cases: 16, failure_persistence: None, ..Config::default() });
        runner
            .run(&tries, |tries| {
                let (_, _, calls) = w.blow(&[URBAN]);
                let mut answered: Vec<usize> = Vec::new();
                for (n, action, hours) in tries {
                    w.pass(hours * hours * hours * HOUR);
                    let ((who, of_department, of_community), action) = (&people[n], Action::ALL[action]);
                    let (_, before) = w.call(calls[0].id);
                    // Two seconds on, as whoever acts is judged.
                    let next = before.state.after(action, before.how(w.pass(0).plus_seconds(1)));
                    let own = is_departments(action);
                    let wanted = if !of_department && !of_community {
                        Err("kernel.not_found")
                    } else if (own && !of_department) || (!own && !of_community) {
                        Err("kernel.forbidden")
                    } else if !own && answered.contains(&n) {
                        Err("whistles.own_answer")
                    } else {
                        next.ok_or("whistles.not_then")
                    };
                    let done = attempt(&w, who, &before, action);
                    prop_assert_eq!(
                        done.as_ref().map(|call| call.state).map_err(|code| *code),
                        wanted,
                        "{}",
                        action
                    );
                    let (whistle, after) = w.call(calls[0].id);
                    match done {
                        Ok(call) => {
                            prop_assert_eq!(&after, &call);
                            if own {
                                answered.push(n);
                            }
                        }
                        Err(_) => prop_assert_eq!(&after, &before, "what is refused changes nothing"),
                    }
                    prop_assert_eq!(after.state.is_over(), whistle.ended_at.is_some());
                    prop_assert_eq!(after.over_at.is_some(), after.state.is_over());
                }
                Ok(())
            })
            .unwrap();
    }
}
