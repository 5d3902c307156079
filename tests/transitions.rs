//! Every transition of an incident and every forbidden one, over HTTP, on both engines.

use std::collections::BTreeSet;

use commonweal_tests::app::TestApp;
use commonweal_tests::client::Client;
use commonweal_tests::world::{World, id, version};
use kernel::{Clock, SystemClock};
use serde_json::{Value, json};

/// Every action, with a body that carries all it must.
fn actions(world: &World<'_>) -> Vec<(&'static str, Value)> {
    vec![
        ("accept", json!({})),
        ("reject", json!({ "reason": "不属实" })),
        ("dispatch", json!({ "assignee_unit_id": world.community })),
        ("start", json!({})),
        ("resolve", json!({ "result": "已处理" })),
        ("verify", json!({ "passed": true })),
        ("close", json!({})),
        ("reopen", json!({ "reason": "又坏了" })),
        ("return", json!({ "reason": "不归此处" })),
        ("transfer", json!({ "unit_id": world.other_community, "reason": "属别村" })),
        ("suspend", json!({ "until_at": SystemClock.now().plus_days(2).to_string(), "reason": "待料" })),
        ("ask", json!({ "question": "哪一盏？" })),
        ("answer", json!({ "answer": "东门" })),
        ("resume", json!({})),
        (
            "merge",
            json!({ "into_id": id(&world.incident(&world.admin, &world.community)), "reason": "重复" }),
        ),
    ]
}

/// Its name, the way to it, and where each action leads.
type State = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

/// A state, the way to it from `reported`, and what may be done there by who may do everything: written down once more, from
/// the description of the closed loop, so that it does not follow the code.
const STATES: &[State] = &[
    (
        "reported",
        &[],
        &[
            ("accept", "accepted"),
            ("reject", "rejected"),
            ("ask", "waiting"),
            ("transfer", "reported"),
            ("merge", "merged"),
        ],
    ),
    (
        "accepted",
        &["accept"],
        &[
            ("dispatch", "dispatched"),
            ("reject", "rejected"),
            ("ask", "waiting"),
            ("transfer", "reported"),
            ("merge", "merged"),
        ],
    ),
    (
        "dispatched",
        &["accept", "dispatch"],
        &[
            ("start", "in_progress"),
            ("return", "accepted"),
            ("suspend", "suspended"),
            ("ask", "waiting"),
            ("transfer", "reported"),
            ("merge", "merged"),
        ],
    ),
    (
        "in_progress",
        &["accept", "dispatch", "start"],
        &[
            ("resolve", "resolved"),
            ("return", "accepted"),
            ("suspend", "suspended"),
            ("ask", "waiting"),
            ("transfer", "reported"),
            ("merge", "merged"),
        ],
    ),
    (
        "resolved",
        &["accept", "dispatch", "start", "resolve"],
        &[("verify", "verified"), ("reopen", "reopened")],
    ),
    (
        "verified",
        &["accept", "dispatch", "start", "resolve", "verify"],
        &[("close", "closed"), ("reopen", "reopened")],
    ),
    ("closed", &["accept", "dispatch", "start", "resolve", "verify", "close"], &[("reopen", "reopened")]),
    ("rejected", &["reject"], &[("reopen", "reopened")]),
    (
        "reopened",
        &["reject", "reopen"],
        &[
            ("accept", "accepted"),
            ("dispatch", "dispatched"),
            ("ask", "waiting"),
            ("transfer", "reported"),
            ("merge", "merged"),
        ],
    ),
    ("merged", &["merge"], &[("reopen", "reopened")]),
    ("suspended", &["accept", "dispatch", "suspend"], &[("resume", "dispatched"), ("merge", "merged")]),
    ("waiting", &["accept", "ask"], &[("answer", "accepted"), ("resume", "accepted"), ("merge", "merged")]),
];

fn act(client: &Client, at: &Value, action: &str, body: &Value) -> commonweal_tests::client::Answer {
    client.request("POST", &format!("/incidents/{}/{action}", id(at))).version(version(at)).json(body).send()
}

#[test]
fn every_pair_of_state_and_action_over_http_is_as_it_is_told() {
    for app in TestApp::each() {
        let world = World::build(&app);
        // One person resolves, another does the rest: who resolves neither verifies nor closes.
        let handler = world.person("platform_admin", &world.root);
        let body =
            |action: &str| actions(&world).into_iter().find(|(a, _)| *a == action).expect("an action").1;
        for (state, way, allowed) in STATES {
            let arrive = || {
                way.iter().fold(world.incident(&world.admin, &world.community), |at, action| {
                    let who = if *action == "resolve" { &handler.client } else { &world.admin };
                    act(who, &at, action, &body(action)).expect(200)
                })
            };
            let at = arrive();
            assert_eq!(at["state"], *state);
            let seen = world.admin.get(&format!("/incidents/{}", id(&at))).expect(200);
            let told: BTreeSet<&str> = seen["allowed_transitions"]
                .as_array()
                .expect("a list")
                .iter()
                .filter_map(Value::as_str)
                .collect();
            let wanted: BTreeSet<&str> = allowed.iter().map(|(action, _)| *action).collect();
            assert_eq!(told, wanted, "{state}: what the view says may be done");
            for (action, body) in actions(&world) {
                let who = if action == "resolve" { &handler.client } else { &world.admin };
                match allowed.iter().find(|(a, _)| *a == action) {
                    Some((_, to)) => {
                        let fresh = arrive();
                        assert_eq!(
                            act(who, &fresh, action, &body).expect(200)["state"],
                            *to,
                            "{state} {action}"
                        );
                    }
                    None => drop(act(who, &at, action, &body).problem(409, "grid.transition_not_allowed")),
                }
            }
            // What was refused changed nothing.
            assert_eq!(
                world.admin.get(&format!("/incidents/{}", id(&at))).expect(200),
                seen,
                "{}: {state}",
                app.engine()
            );
        }
    }
}
