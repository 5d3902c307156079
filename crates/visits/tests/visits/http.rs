//! The endpoints, as clients meet them.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::http::{Method, StatusCode};
use actix_web::test;
use kernel::{Actor, BuiltinRole, Context, Id, Outcome};
use serde_json::{Value, json};
use testkit::fresh;
use visits::VisitsPlugin;
use web::{Authenticator, OneRealm, Parts, Realm, Settings, Site, System, WebPlugin};

use crate::fakes::FakeUsers;
use crate::world::*;

/// A token is the id of whoever carries it.
struct Tokens(Arc<FakeUsers>);

impl Authenticator for Tokens {
    fn authenticate<'a>(&'a self, token: &'a str) -> Pin<Box<dyn Future<Output = Outcome<Arc<Actor>>> + 'a>> {
        Box::pin(async move {
            let user = token.parse().map_err(|_| kernel::error::FORBIDDEN.fault())?;
            let grants = self.0.grants.lock().get(&user).cloned();
            let grants = grants.ok_or_else(|| kernel::error::FORBIDDEN.fault())?;
            Ok(Arc::new(Actor { user, display_name: "某".into(), session: None, grants: grants.into() }))
        })
    }
}

fn plugins(w: &World) -> Vec<Arc<dyn WebPlugin>> {
    vec![Arc::new(System), Arc::new(VisitsPlugin::new(w.s.clone()))]
}

fn site(w: &World) -> Site {
    let realm = Realm {
        name: "test".into(),
        db: w.db.db.clone(),
        time_zone: chrono_tz::Asia::Shanghai,
        authenticator: Arc::new(Tokens(w.users.clone())),
    };
    Site::new(Parts {
        plugins: plugins(w),
        realms: Arc::new(OneRealm(Arc::new(realm))),
        settings: Settings { rate_per_second: 0, ..Settings::default() },
        version: "0".into(),
        metrics: None,
        stopping: Arc::default(),
    })
}

/// Blocking calls do not belong on the runtime's thread. The machine's clock is the requests' clock.
fn worlds() -> Vec<World> {
    std::thread::spawn(World::each).join().unwrap()
}

/// What came back.
struct Got {
    status: u16,
    etag: Option<String>,
    body: Value,
}

impl Got {
    fn text(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or_default()
    }

    /// The first bad field and its code.
    fn bad(&self) -> (&str, &str) {
        let field = &self.body["errors"][0];
        (field["pointer"].as_str().unwrap_or_default(), field["code"].as_str().unwrap_or_default())
    }
}

macro_rules! client {
    ($w:expr, $call:ident) => {
        let app = test::init_service(site(&$w).app()).await;
        let $call = async |who: &Context, method: Method, path: &str, body: Value| -> Got {
            let mut request = test::TestRequest::with_uri(&format!("/api/v1{path}"))
                .method(method.clone())
                .insert_header(("authorization", format!("Bearer {}", who.actor.user)));
            if method != Method::GET {
                request = request.set_json(body);
            }
            let response = test::call_service(&app, request.to_request()).await;
            let etag = response.headers().get("etag").map(|v| v.to_str().unwrap().to_owned());
            let status = response.status().as_u16();
            let bytes = test::read_body(response).await;
            Got { status, etag, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
        };
    };
}

/// So many hours from now by the machine's clock, as text.
fn hours(w: &World, hours: i64) -> String {
    w.db.db.clock().now().plus_seconds(hours * 3_600).to_string()
}

#[actix_web::test]
async fn the_plugin_is_without_a_finding() {
    for w in worlds() {
        assert_eq!(web::check(&plugins(&w)), Vec::<String>::new());
    }
}

#[actix_web::test]
async fn a_visit_from_the_form_to_the_striking() {
    for w in worlds() {
        client!(w, call);
        let (worker, manager) = (w.worker1(), w.manager(TOWN1));
        let (home, person) = w.home(C1, Some(HERE));
        let form = json!({
            "unit_id": w.unit(TOWN1), "code": "routine", "name": "日常走访",
            "questions": [
                { "key": "alarm", "label": "有烟感吗？", "kind": "yes_no", "is_required": true },
                { "key": "people", "label": "几口人？", "kind": "number", "min": 0, "max": 30 },
                { "key": "fuel", "label": "燃料", "kind": "one_of",
                  "options": [{ "key": "gas", "label": "燃气" }, { "key": "power", "label": "电" }] },
            ],
        });
        let form = call(&manager, Method::POST, "/visit-forms", form).await;
        assert_eq!(
            (form.status, form.body["can"].clone()),
            (201, json!(["change", "retire"])),
            "{}",
            form.body
        );
        let held =
            call(&worker, Method::GET, &format!("/visit-forms/resolve?unit={}", w.unit(C1)), Value::Null)
                .await;
        assert_eq!(held.body["items"][0]["questions"][2]["options"][1]["key"], "power", "{}", held.body);

        let id: Id<kernel::id::Visit> = fresh();
        let visit = json!({
            "id": id, "household_id": home, "visited_at": hours(&w, -1), "way": "in_person", "met_ids": [person],
            "form": { "id": form.text("id"), "number": 1 },
            "answers": [{ "key": "alarm", "choices": ["yes"] }, { "key": "people", "number": 3 }],
            "note": "一切正常", "position": { "lat": HERE.0, "lng": HERE.1, "accuracy_m": 8 },
            "incident": { "title": "路灯不亮" },
        });
        let made = call(&worker, Method::POST, "/visits", visit.clone()).await;
        assert_eq!((made.status, made.etag.as_deref()), (201, Some("\"1\"")), "{}", made.body);
        assert_eq!((made.text("presence"), &made.body["distance_m"]), ("near", &json!(0)));
        assert_eq!(made.body["can"], json!(["read_content", "correct"]));
        assert!(!made.body.to_string().contains("一切正常"), "what was said is read apart");
        let again = call(&worker, Method::POST, "/visits", visit.clone()).await;
        assert_eq!((again.status, &again.body), (201, &made.body));
        let mut other = visit.clone();
        other["note"] = json!("不正常");
        let other = call(&worker, Method::POST, "/visits", other).await;
        assert_eq!((other.status, other.text("code")), (409, "visits.id_taken"));
        let mut tomorrow = visit.clone();
        (tomorrow["id"], tomorrow["visited_at"]) = (json!(fresh::<u8>()), json!(hours(&w, 24)));
        let tomorrow = call(&worker, Method::POST, "/visits", tomorrow).await;
        assert_eq!((tomorrow.status, tomorrow.bad()), (422, ("/visited_at", "visits.in_future")));

        let at = format!("/visits/{id}");
        let content = call(&worker, Method::GET, &format!("{at}/content"), Value::Null).await;
        assert_eq!((content.status, content.text("note")), (200, "一切正常"));
        assert_eq!(content.body["answers"][1], json!({ "key": "people", "number": 3, "choices": [] }));
        let inspector = w.role(BuiltinRole::Inspector, C1);
        assert_eq!(call(&inspector, Method::GET, &format!("{at}/content"), Value::Null).await.status, 403);
        let case = call(&worker, Method::GET, &format!("{at}/incident"), Value::Null).await;
        assert_eq!((case.status, case.text("title")), (200, "路灯不亮"));
        let listed =
            call(&manager, Method::GET, "/visits?presence=near&way=in_person&struck=false", Value::Null)
                .await;
        assert_eq!(listed.body["items"][0]["id"], json!(id), "{}", listed.body);
        let outsider = w.worker(C2, w.grids[1]);
        for path in ["", "/content", "/editions", "/incident"] {
            assert_eq!(
                call(&outsider, Method::GET, &format!("{at}{path}"), Value::Null).await.status,
                404,
                "{path}"
            );
        }

        let correction = json!({ "visited_at": hours(&w, -2), "way": "phone", "reason": "是电话走访" });
        let unsaid = call(&worker, Method::POST, &format!("{at}/correct"), correction.clone()).await;
        assert_eq!(unsaid.status, 428);
        let mut versioned = correction;
        versioned["version"] = json!(1);
        let corrected = call(&worker, Method::POST, &format!("{at}/correct"), versioned).await;
        assert_eq!((corrected.status, corrected.text("way")), (200, "phone"), "{}", corrected.body);
        let editions = call(&worker, Method::GET, &format!("{at}/editions?limit=1"), Value::Null).await;
        let next = format!("{at}/editions?limit=1&cursor={}", editions.text("next_cursor"));
        assert_eq!(call(&worker, Method::GET, &next, Value::Null).await.body["items"][0]["number"], 1);
        let strike = json!({ "reason": "并未走访", "version": 2 });
        let struck = call(&manager, Method::POST, &format!("{at}/strike"), strike).await;
        assert_eq!((struck.status, &struck.body["is_struck"]), (200, &json!(true)), "{}", struck.body);
        assert_eq!(call(&worker, Method::POST, &format!("{at}/strike"), json!({})).await.status, 403);
    }
}

#[actix_web::test]
async fn a_batch_answers_each_item() {
    for w in worlds() {
        client!(w, call);
        let worker = w.worker1();
        let ((home, _), (elsewhere, _)) = (w.home(C1, Some(HERE)), w.home(C2, Some(THERE)));
        let item = |home: Value, hour: i64| json!({ "id": fresh::<u8>(), "household_id": home, "visited_at": hours(&w, hour), "way": "in_person" });
        let items = vec![item(json!(home), -2), item(json!(elsewhere), -2), item(json!(home), 30)];
        let body = json!({ "items": items });
        let told = call(&worker, Method::POST, "/visits/batch", body.clone()).await;
        assert_eq!((told.status, &told.body["recorded"], &told.body["refused"]), (200, &json!(1), &json!(2)));
        assert_eq!(told.body["items"][0]["visit"]["id"], items[0]["id"]);
        assert_eq!(told.body["items"][1]["code"], "kernel.not_found");
        assert_eq!(
            told.body["items"][2]["fields"],
            json!([{ "pointer": "/visited_at", "code": "visits.in_future" }])
        );
        assert_eq!(call(&worker, Method::POST, "/visits/batch", body).await.body["recorded"], 1);
        for wrong in [vec![], vec![items[0].clone(); 101]] {
            let refused = call(&worker, Method::POST, "/visits/batch", json!({ "items": wrong })).await;
            assert_eq!((refused.status, refused.bad().0), (422, "/items"));
        }
        let listed = call(&worker, Method::GET, "/visits", Value::Null).await;
        assert_eq!(listed.body["items"].as_array().map(Vec::len), Some(1));
    }
}

#[actix_web::test]
async fn plans_rules_compliance_and_whom_to_call_on_next() {
    for w in worlds() {
        client!(w, call);
        let (worker, manager, auditor) =
            (w.worker1(), w.manager(TOWN1), w.role(BuiltinRole::AuditAdmin, DISTRICT));
        let (home, person) = w.home(C1, Some(HERE));
        let today = visits::model::day_of(chrono_tz::Asia::Shanghai, w.db.db.clock().now());
        let month = visits::model::Month::of(today);

        let next = call(&worker, Method::GET, "/visits/next?limit=1", Value::Null).await;
        assert_eq!((next.status, &next.body["items"][0]["due"]), (200, &json!("never")), "{}", next.body);
        let plan = json!({ "household_id": home, "planned_on": today });
        let planned = call(&worker, Method::POST, "/visit-plans", plan.clone()).await;
        assert_eq!((planned.status, planned.text("state")), (201, "planned"), "{}", planned.body);
        assert_eq!(
            call(&worker, Method::POST, "/visit-plans", plan).await.text("code"),
            "visits.planned_already"
        );
        let at = format!("/visit-plans/{}", planned.text("id"));
        let drop = json!({ "reason": "postponed", "version": 1 });
        let dropped = call(&worker, Method::POST, &format!("{at}/drop"), drop).await;
        assert_eq!((dropped.status, dropped.text("reason")), (200, "postponed"), "{}", dropped.body);
        assert_eq!(call(&w.worker1(), Method::GET, &at, Value::Null).await.status, 404);
        let listed = call(&manager, Method::GET, "/visit-plans?state=dropped", Value::Null).await;
        assert_eq!(listed.body["items"].as_array().map(Vec::len), Some(1));

        let rule = json!({ "unit_id": w.unit(TOWN1), "from_on": month.first(), "days": 0, "households": 0 });
        let set = call(&manager, Method::POST, "/visit-rules", rule).await;
        assert_eq!((set.status, &set.body["priority_days"]), (201, &json!(30)), "{}", set.body);
        let of = format!("unit={}&month={}", w.unit(C1), month.text());
        let held = call(&worker, Method::GET, &format!("/visit-rules/resolve?{of}"), Value::Null).await;
        assert_eq!(
            (&held.body["days"], held.text("unit_id")),
            (&json!(0), w.unit(TOWN1).to_string().as_str())
        );
        let told = call(&auditor, Method::GET, &format!("/visits/compliance?{of}"), Value::Null).await;
        assert_eq!((&told.body["workers"], &told.body["share_basis_points"]), (&json!(2), &json!(10_000)));
        let workers =
            call(&auditor, Method::GET, &format!("/visits/compliance/workers?{of}&limit=1"), Value::Null)
                .await;
        assert_eq!(workers.body["items"][0]["is_met"], true, "{}", workers.body);
        let end = json!({ "unit_id": w.unit(TOWN1), "from_on": month.first() });
        assert_eq!(call(&manager, Method::POST, "/visit-rules/end", end).await.status, 201);
        let mine = format!("/visits/compliance/mine?month={}", month.text());
        assert_eq!(call(&worker, Method::GET, &mine, Value::Null).await.body["target_households"], 60);
        let history =
            call(&worker, Method::GET, &format!("/visit-rules?unit={}", w.unit(TOWN1)), Value::Null).await;
        assert_eq!(history.body["items"][0]["is_ended"], true);
        let wrong = format!("/visits/compliance?unit={}&month=2999-01", w.unit(C1));
        assert_eq!(call(&auditor, Method::GET, &wrong, Value::Null).await.text("code"), "visits.month");

        let resident = w.person(C1, &[]);
        assert_eq!(call(&resident, Method::GET, "/visits/mine", Value::Null).await.status, 404);
        w.users.persons.lock().insert(resident.actor.user, person);
        let visit =
            json!({ "household_id": home, "visited_at": hours(&w, -1), "way": "in_person", "note": "密" });
        let made = call(&worker, Method::POST, "/visits", visit).await;
        assert_eq!(made.status, StatusCode::CREATED.as_u16(), "{}", made.body);
        let own = call(&resident, Method::GET, "/visits/mine", Value::Null).await;
        assert_eq!(own.body["items"][0]["way"], "in_person", "{}", own.body);
        assert_eq!(
            own.body["items"][0].as_object().map(serde_json::Map::len),
            Some(5),
            "when and how, no more"
        );
        let listed = call(&resident, Method::GET, "/visits", Value::Null).await;
        assert_eq!(listed.body["items"], json!([]));
    }
}
