//! Haicang's calls on households: a worker plans, calls on those in need first, records what was asked and proves to have been there, on a
//! phone without a network too; a month of ten days and sixty households meets the rule, and one of less does not.

use chrono::{Datelike, Days, Months, NaiveDate};
use commonweal_tests::app::TestApp;
use commonweal_tests::world::{Person, World, all, id, number, square};
use kernel::{Clock, SystemClock};
use serde_json::{Value, json};

const CENTER: (f64, f64) = (118.03, 24.49);

struct Street<'w, 'a> {
    world: &'w World<'a>,
    clerk: Person,
    worker: Person,
    households: Vec<String>,
}

/// The month before this one.
fn last_month() -> NaiveDate {
    let today = SystemClock.now().utc().date_naive();
    today.with_day(1).unwrap().checked_sub_months(Months::new(1)).unwrap()
}

impl<'w, 'a> Street<'w, 'a> {
    fn set_up(world: &'w World<'a>) -> Self {
        let clerk = world.person("unit_admin", &world.street);
        let worker = world.person("grid_worker", &world.community);
        let grid = world.grid(&world.community, &square(CENTER.0, CENTER.1, 0.01));
        let since = last_month().checked_sub_days(Days::new(40)).unwrap();
        let post = json!({ "user_id": worker.id, "role": "worker", "from_at": format!("{since}T00:00:00Z") });
        world.admin.post(&format!("/grids/{}/posts", id(&grid)), &post).expect(201);
        let mut households = Vec::new();
        for n in 0..60 {
            let dwelling = json!({
                "unit_id": world.community, "address": format!("海沧路{n}号"), "kind": "flat", "lat": CENTER.1,
                "lng": CENTER.0 + 0.000_1 * f64::from(n), "opened_on": "2000-01-01",
            });
            let dwelling = id(&world.admin.post("/dwellings", &dwelling).expect(201));
            let household = json!({
                "unit_id": world.community, "dwelling_id": dwelling, "register_kind": "family", "opened_on": "2000-01-01",
            });
            households.push(id(&world.admin.post("/households", &household).expect(201)));
        }
        Self { world, clerk, worker, households }
    }

    /// An old person lives alone in a household.
    fn somebody_in_need(&self, household: &str) -> String {
        let person = json!({ "unit_id": self.world.community, "name": "王奶奶" });
        let person = id(&self.world.admin.post("/people", &person).expect(201));
        let lives = json!({
            "person_id": person, "household_id": household, "resident_type": "registered", "from_on": "2001-01-01",
        });
        self.world.admin.post("/residences", &lives).expect(201);
        let flag = json!({ "kind": "other", "reason": "独居" });
        self.clerk.client.post(&format!("/people/{person}/flags"), &flag).expect(201);
        person
    }

    /// Calls on so many households a day on so many days of last month, sent together as a phone does that was out of reach.
    fn a_month(&self, days: u64, a_day: usize) {
        let first = last_month().checked_add_days(Days::new(9)).unwrap();
        for (day, some) in (0..days).zip(self.households.chunks(a_day)) {
            let on = first.checked_add_days(Days::new(day)).unwrap();
            let visit = |household: &String| {
                let client_id = format!("01900000-0000-7000-8000-{:012}", number());
                json!({ "id": client_id, "household_id": household, "visited_at": format!("{on}T03:00:00Z"), "way": "in_person" })
            };
            let batch = json!({ "items": some.iter().map(visit).collect::<Vec<_>>() });
            let first = self.worker.client.post("/visits/batch", &batch).expect(200);
            let again = self.worker.client.post("/visits/batch", &batch).expect(200);
            let ids = |told: &Value| -> Vec<String> {
                let items = told["items"].as_array().cloned().unwrap_or_default();
                items.iter().map(|item| item["visit"]["id"].as_str().unwrap_or_default().to_owned()).collect()
            };
            assert!(ids(&first).iter().all(|id| !id.is_empty()), "{first}");
            assert_eq!(ids(&first), ids(&again), "sent again they are the same visits");
        }
    }

    fn compliance(&self) -> Value {
        let month = last_month().format("%Y-%m");
        let path = format!("/visits/compliance?unit={}&month={month}", self.world.street);
        self.clerk.client.get(&path).expect(200)
    }
}

#[test]
fn a_month_of_ten_days_and_sixty_households_meets_the_rule() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let street = Street::set_up(&world);
        street.a_month(9, 6);
        let short = street.compliance();
        assert_eq!((&short["workers"], &short["met"]), (&json!(1), &json!(0)), "{}: {short}", app.engine());
        street.a_month(10, 6);
        let whole = street.compliance();
        assert_eq!((&whole["met"], &whole["share_basis_points"]), (&json!(1), &json!(10_000)), "{whole}");
        let month = last_month().format("%Y-%m");
        let path = format!("/visits/compliance/workers?unit={}&month={month}", world.street);
        let worker = &all(&street.clerk.client, &path)[0];
        assert_eq!((&worker["days"], &worker["households"]), (&json!(10), &json!(60)), "{worker}");
        assert_eq!((&worker["target_days"], &worker["target_households"]), (&json!(10), &json!(60)));
        // Nobody else's to see.
        let other = world.person("unit_admin", &world.other_street);
        let refused = other.client.get(&format!("/visits/compliance?unit={}&month={month}", world.street));
        assert!(matches!(refused.status, 403 | 404), "{}", refused.text);
    }
}

#[test]
fn who_is_in_need_is_called_on_first_and_what_is_found_becomes_a_case() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let street = Street::set_up(&world);
        let needy = street.households[41].clone();
        let person = street.somebody_in_need(&needy);
        let worker = &street.worker.client;
        let next = worker.get("/visits/next?limit=5").expect(200);
        assert_eq!(next["items"][0]["household_id"], needy.as_str(), "{}: {next}", app.engine());
        assert_eq!(next["items"][0]["priorities"], 1);

        let form = json!({ "unit_id": world.street, "code": "routine", "name": "日常走访", "questions": [
            { "key": "alarm", "label": "烟感是否正常？", "kind": "yes_no", "is_required": true },
        ] });
        let form = street.clerk.client.post("/visit-forms", &form).expect(201);
        let today = SystemClock.now().plus_seconds(8 * 3_600).utc().date_naive();
        let plan = json!({ "household_id": needy, "planned_on": today.to_string() });
        let plan = worker.post("/visit-plans", &plan).expect(201);
        let visit = |answer: Value| {
            json!({
                "household_id": needy, "visited_at": SystemClock.now().to_string(), "way": "in_person",
                "met_ids": [person], "form": { "id": id(&form), "number": 1 }, "answers": answer, "note": "楼道灯不亮，老人不便",
                "position": { "lat": CENTER.1, "lng": CENTER.0 + 0.004_1, "accuracy_m": 10 },
                "incident": { "title": "楼道灯不亮" },
            })
        };
        let unanswered = worker.post("/visits", &visit(json!([])));
        assert_eq!(unanswered.status, 422, "{}", unanswered.text);
        let made = worker.post("/visits", &visit(json!([{ "key": "alarm", "choices": ["no"] }]))).expect(201);
        assert_eq!((&made["presence"], &made["plan_id"]), (&json!("near"), &json!(id(&plan))), "{made}");
        let case = worker.get(&format!("/incidents/{}", made["incident_id"].as_str().unwrap())).expect(200);
        assert_eq!((&case["source"], &case["title"]), (&json!("visit"), &json!("楼道灯不亮")));
        assert_eq!(worker.get(&format!("/visit-plans/{}", id(&plan))).expect(200)["state"], "done");
        let content = worker.get(&format!("/visits/{}/content", id(&made))).expect(200);
        assert_eq!(content["note"], "楼道灯不亮，老人不便");
        street.clerk.client.get(&format!("/visits/{}/content", id(&made))).expect(200);
        let resident = world.person("resident", &world.community);
        resident.client.get(&format!("/visits/{}/content", id(&made))).problem(403, "kernel.forbidden");
        let tomorrow = json!({ "household_id": needy, "visited_at": format!("{}T00:00:00Z", today.checked_add_days(Days::new(2)).unwrap()), "way": "in_person" });
        worker.post("/visits", &tomorrow).names(422, "kernel.invalid", "/visited_at", "visits.in_future");
        let trail = world.person("audit_admin", &world.root);
        let said = all(&trail.client, &format!("/audit/events?object_id={}", id(&made)));
        assert!(said.len() >= 2, "the visit, and that the manager read it: {said:?}");
        assert!(!json!(said).to_string().contains("老人不便"));
    }
}
