//! Homes over HTTP: shapes, names beside ids, what may be done, and what nobody may learn or smuggle in.

use std::collections::BTreeMap;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;

use actix_web::http::{Method, StatusCode};
use kernel::id::{Person, User};
use kernel::{Actor, HeldGrant, Id, Outcome};
use serde_json::{Value, json};
use territory::{Ports, Unit};
use testkit::{TestDb, fresh, grant};
use web::Authenticator;
use web::site::Site;

use crate::fakes::{databases, ports};
use crate::homes::town;
use crate::http::{code_of, send, served};
use crate::settling::{KEEPING, Register};

/// Who each token is, by what it holds.
struct Tokens(BTreeMap<&'static str, (Id<User>, Vec<HeldGrant>)>);

impl Authenticator for Tokens {
    fn authenticate<'a>(&'a self, token: &'a str) -> Pin<Box<dyn Future<Output = Outcome<Arc<Actor>>> + 'a>> {
        let (user, grants) = self.0.get(token).cloned().unwrap_or_else(|| (fresh(), vec![]));
        let actor = Actor { user, display_name: Arc::from("测试"), session: None, grants: grants.into() };
        Box::pin(ready(Ok(Arc::new(actor))))
    }
}

/// `here` keeps the homes of one town, `there` those of another, `reader` reads in the first.
async fn place(t: &TestDb, people: Register) -> (Site, Unit, Unit) {
    // Blocking reads and writes want a thread that may wait.
    let (here, there) = std::thread::scope(|s| {
        let made = s.spawn(|| {
            let (.., here, there) = town(t);
            (here, there)
        });
        made.join().unwrap()
    });
    let reading: Vec<&str> = KEEPING.iter().copied().filter(|p| p.ends_with("read")).collect();
    let tokens = BTreeMap::from([
        ("here", (fresh(), vec![grant(here.id, &here.path, KEEPING)])),
        ("there", (fresh(), vec![grant(there.id, &there.path, KEEPING)])),
        ("reader", (fresh(), vec![grant(here.id, &here.path, &reading)])),
    ]);
    let ports = Ports { people: Some(Arc::new(people)), ..ports() };
    (served(t, Arc::new(Tokens(tokens)), ports), here, there)
}

async fn ask(site: &Site, token: &str, method: Method, path: &str, body: Value) -> Value {
    let (status, answer, _) = send(site, token, method, path, Some(body), None).await;
    assert!(status.is_success(), "{path}: {status} {answer}");
    answer
}

async fn post(site: &Site, path: &str, body: Value) -> Value {
    ask(site, "here", Method::POST, path, body).await
}

async fn get(site: &Site, token: &str, path: &str) -> Value {
    let (status, body, _) = send(site, token, Method::GET, path, None, None).await;
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
    body
}

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

#[actix_web::test]
async fn a_family_from_the_empty_flat_to_the_split() {
    for t in databases() {
        let people: Vec<Id<Person>> = (0..3).map(|_| fresh()).collect();
        let known = people.iter().zip(["张**", "李*", "王*"]).map(|(p, n)| (*p, (n.to_owned(), false)));
        let (site, here, _) = place(&t, Register(Arc::new(known.collect()))).await;
        let new = json!({ "unit_id": here.id, "address": "新城路12号", "kind": "flat", "lat": 23.0, "lng": 114.0,
            "floor_area": 89.5, "opened_on": "2000-01-01" });
        let d = post(&site, "/dwellings", new).await;
        assert_eq!((&d["unit_name"], &d["version"]), (&json!(here.name), &json!(1)));
        assert_eq!(d["can"], json!(["update", "close", "move_in", "file_rental"]));
        let (dwelling, path) = (id(&d).to_owned(), format!("/dwellings/{}", id(&d)));
        let (_, seen, tag) = send(&site, "reader", Method::GET, &path, None, None).await;
        assert_eq!((&seen["can"], tag.as_str()), (&json!([]), "\"1\""));
        let patch = json!({ "kind": "house", "clear": ["location", "floor_area"], "version": 1 });
        let d = ask(&site, "here", Method::PATCH, &path, patch).await;
        assert_eq!((&d["kind"], d.get("lat"), d.get("floor_area")), (&json!("house"), None, None));

        let new = json!({ "unit_id": here.id, "dwelling_id": dwelling, "head_id": people[0], "register_kind": "family",
            "opened_on": "2010-01-01" });
        let h = post(&site, "/households", new).await;
        assert_eq!((&h["head_name"], &h["dwelling_address"]), (&json!("张**"), &json!("新城路12号")));
        let mut records = vec![];
        for (i, person) in people.iter().enumerate() {
            let mut new = json!({ "person_id": person, "household_id": id(&h), "resident_type": "registered",
                "from_on": "2015-01-01" });
            if i > 0 {
                new["relation"] = json!("child");
            }
            records.push(post(&site, "/residences", new).await);
        }
        assert_eq!((&records[0]["is_head"], &records[1]["is_head"]), (&json!(true), &json!(false)));
        assert_eq!(records[1]["household_head_name"], "张**");
        assert_eq!(records[1]["dwelling_id"], json!(dwelling));
        assert_eq!(records[2]["person_name"], "王*");
        let listed = get(&site, "reader", &format!("/residences?household={}&limit=2", id(&h))).await;
        let next = listed["next_cursor"].as_str().unwrap();
        let rest =
            get(&site, "reader", &format!("/residences?household={}&limit=2&cursor={next}", id(&h))).await;
        assert_eq!(
            (listed["items"].as_array().unwrap().len(), rest["items"].as_array().unwrap().len()),
            (2, 1)
        );
        assert_eq!(get(&site, "there", "/residences?state=all").await["items"], json!([]));

        let counted = get(&site, "reader", &format!("/units/{}/population?day=2020-01-01", here.id)).await;
        assert_eq!((&counted["residents"], &counted["on"]), (&json!(3), &json!("2020-01-01")));
        assert_eq!(counted["by_type"][0], json!({ "resident_type": "registered", "count": 3 }));
        assert_eq!(counted["by_type"].as_array().unwrap().len(), 3);

        let how = json!({ "residence_ids": [id(&records[2])], "head_id": people[2], "on": "2020-06-01", "version": 1 });
        let new = post(&site, &format!("/households/{}/split", id(&h)), how).await;
        assert_eq!((&new["head_name"], &new["opened_on"]), (&json!("王*"), &json!("2020-06-01")));
        let history = get(&site, "reader", &format!("/households/{}/history", id(&h))).await;
        assert_eq!(history["items"][1]["kind"], "split");
        assert_eq!(history["items"][1]["other_household_head_name"], "王*");
        let how =
            json!({ "household_id": id(&new), "household_version": 1, "on": "2021-06-01", "version": 2 });
        let merged = post(&site, &format!("/households/{}/merge", id(&h)), how).await;
        assert_eq!(merged["version"], 3);
        let closed = get(&site, "reader", &format!("/households/{}", id(&new))).await;
        assert_eq!((&closed["closed_on"], &closed["can"]), (&json!("2021-06-01"), &json!([])));

        let other = json!({ "unit_id": here.id, "address": "东城路3号", "kind": "dormitory", "opened_on": "2000-01-01" });
        let other = post(&site, "/dwellings", other).await;
        let how = json!({ "dwelling_id": id(&other), "on": "2022-01-01", "version": 3 });
        let moved = post(&site, &format!("/households/{}/move", id(&h)), how).await;
        assert_eq!(moved["dwelling_address"], "东城路3号");
        let current = get(&site, "reader", &format!("/residences?dwelling={}", id(&other))).await;
        assert_eq!(current["items"].as_array().unwrap().len(), 3);
        let one = current["items"][0].clone();
        let how = json!({ "resident_type": "floating", "on": "2023-01-01", "version": 1 });
        let typed = post(&site, &format!("/residences/{}/change-type", id(&one)), how).await;
        assert_eq!(typed["resident_type"], "floating");
        let how = json!({ "reason": "抄错日期", "from_on": "2023-02-01", "version": 1 });
        let right = post(&site, &format!("/residences/{}/correct", id(&typed)), how).await;
        assert_eq!(right["corrects_id"], typed["id"]);
        let wrong = get(&site, "reader", &format!("/residences/{}", id(&typed))).await;
        assert_eq!((&wrong["void_reason"], &wrong["can"]), (&json!("抄错日期"), &json!([])));
        let how = json!({ "dwelling_id": dwelling, "on": "2024-01-01", "version": 1 });
        let back = post(&site, &format!("/residences/{}/move", id(&right)), how).await;
        assert_eq!(back["dwelling_id"], json!(dwelling));
        let related = json!({ "clear": ["relation"], "version": 1 });
        let related = ask(&site, "here", Method::PATCH, &format!("/residences/{}", id(&back)), related).await;
        assert_eq!((related.get("relation"), &related["version"]), (None, &json!(2)));
        let gone = json!({ "to_on": "2025-01-01", "version": 2 });
        let gone = post(&site, &format!("/residences/{}/end", id(&back)), gone).await;
        assert_eq!(
            (&gone["to_on"], &gone["can"]),
            (&json!("2025-01-01"), &json!(["update", "correct", "void"]))
        );
        let void = json!({ "reason": "重复", "version": 3 });
        let void = post(&site, &format!("/residences/{}/void", id(&back)), void).await;
        assert!(void["voided_at"].is_string());

        let new = json!({ "dwelling_id": dwelling, "landlord_id": people[0], "tenant_ids": [people[1], people[2]],
            "from_on": "2026-01-01", "to_on": "2099-01-01" });
        let let_out = post(&site, "/rentals", new.clone()).await;
        assert_eq!((&let_out["landlord_name"], &let_out["is_shared"]), (&json!("张**"), &json!(false)));
        assert_eq!(let_out["tenants"].as_array().unwrap().len(), 2);
        let again = code_of(&site, "here", Method::POST, "/rentals", Some(new), None).await;
        assert_eq!(again, "409 territory.rental_overlaps");
        let found = get(&site, "reader", &format!("/rentals?tenant={}", people[1])).await;
        assert_eq!((&found["items"][0]["id"], &found["items"][0]["can"]), (&let_out["id"], &json!([])));
        let path = format!("/rentals/{}", id(&let_out));
        post(&site, &format!("{path}/end"), json!({ "to_on": "2026-02-01", "version": 1 })).await;
        let void = post(&site, &format!("{path}/void"), json!({ "reason": "重复", "version": 2 })).await;
        assert_eq!((&void["void_reason"], &void["can"]), (&json!("重复"), &json!([])));
        assert_eq!(get(&site, "reader", &path).await["version"], 3);
    }
}

#[actix_web::test]
async fn others_see_nothing_and_nothing_is_smuggled_in() {
    for t in databases() {
        let (site, here, there) = place(&t, Register::default()).await;
        let new =
            json!({ "unit_id": here.id, "address": "新城路12号", "kind": "flat", "opened_on": "2000-01-01" });
        let d = post(&site, "/dwellings", new.clone()).await;
        let new_h = json!({ "unit_id": here.id, "register_kind": "collective", "opened_on": "2010-01-01" });
        let h = post(&site, "/households", new_h.clone()).await;
        let (d, h) = (format!("/dwellings/{}", id(&d)), format!("/households/{}", id(&h)));
        let close = |day: &str| Some(json!({ "closed_on": day, "version": 1 }));
        let code = async |token: &str, method: Method, path: &str, body: Option<Value>| {
            code_of(&site, token, method, path, body, None).await
        };
        for path in [&d, &h, &format!("{h}/history")] {
            assert_eq!(code("there", Method::GET, path, None).await, "404 kernel.not_found");
            assert_eq!(code("nobody", Method::GET, path, None).await, "403 kernel.forbidden");
            assert_eq!(code("", Method::GET, path, None).await, "401 web.not_signed_in");
        }
        for path in [format!("{d}/close"), format!("{h}/close")] {
            assert_eq!(code("there", Method::POST, &path, close("2020-01-01")).await, "404 kernel.not_found");
            assert_eq!(
                code("reader", Method::POST, &path, close("2020-01-01")).await,
                "403 kernel.forbidden"
            );
            let bare = Some(json!({ "closed_on": "2020-01-01" }));
            assert_eq!(code("here", Method::POST, &path, bare).await, "428 web.precondition_required");
        }
        let population = format!("/units/{}/population", here.id);
        assert_eq!(code("there", Method::GET, &population, None).await, "403 kernel.forbidden");
        assert_eq!(
            code("there", Method::POST, "/dwellings", Some(new.clone())).await,
            "403 kernel.forbidden"
        );
        assert_eq!(code("there", Method::POST, "/households", Some(new_h)).await, "403 kernel.forbidden");
        let into = |person: Id<Person>| {
            Some(
                json!({ "person_id": person, "household_id": &h[12..], "resident_type": "floating", "from_on": "2020-01-01" }),
            )
        };
        // A household elsewhere, one that is not there, and a person that is not on record are told alike.
        assert_eq!(code("there", Method::POST, "/residences", into(fresh())).await, "422 kernel.invalid");
        assert_eq!(code("here", Method::POST, "/residences", into(fresh())).await, "422 kernel.invalid");
        for (name, value) in [
            ("id", json!(fresh::<()>())),
            ("version", json!(7)),
            ("unit_path", json!(there.path)),
            ("closed_on", json!("2020-01-01")),
        ] {
            let mut odd = new.clone();
            odd[name] = value;
            let refused = code("here", Method::POST, "/dwellings", Some(odd)).await;
            assert!(refused.starts_with("422"), "{name}: {refused}");
        }
        let mut odd = new.clone();
        odd["address"] = json!("a\u{7}b");
        assert_eq!(code("here", Method::POST, "/dwellings", Some(odd)).await, "422 kernel.invalid");
        for query in
            ["kind=castle", "state=maybe", "on=2026-02-30", "unit=x", "limit=201", "cursor=x", "scope=all"]
        {
            let refused = code("reader", Method::GET, &format!("/dwellings?{query}"), None).await;
            assert!(refused.starts_with("400"), "{query}: {refused}");
        }
        let forged = kernel::Cursor { after: here.id.uuid(), filter: 1, key: Some("%_'".into()) }.encode();
        let refused = code("reader", Method::GET, &format!("/dwellings?cursor={forged}"), None).await;
        assert_eq!(refused, "400 kernel.bad_cursor");
        let cleared = json!({ "clear": ["location"], "lat": 1.0, "version": 1 });
        assert!(code("here", Method::PATCH, &d, Some(cleared)).await.starts_with("422"));
        let late = get(&site, "reader", "/dwellings?day=1990-01-01").await;
        assert_eq!(late["items"].as_array().unwrap().len(), 1, "what is open now was not closed then");
    }
}

#[actix_web::test]
async fn a_move_in_that_is_sent_twice_happens_once() {
    for t in databases() {
        let person: Id<Person> = fresh();
        let known = Register(Arc::new(BTreeMap::from([(person, ("张**".to_owned(), false))])));
        let (site, here, _) = place(&t, known).await;
        let new =
            json!({ "unit_id": here.id, "address": "新城路12号", "kind": "flat", "opened_on": "2000-01-01" });
        let d = post(&site, "/dwellings", new).await;
        let app = actix_web::test::init_service(site.app()).await;
        let body = json!({ "person_id": person, "dwelling_id": id(&d), "resident_type": "floating", "from_on": "2020-01-01" });
        let mut answers = vec![];
        for _ in 0..2 {
            let request = actix_web::test::TestRequest::post()
                .uri("/api/v1/residences")
                .insert_header(("Authorization", "Bearer here"))
                .insert_header(("Idempotency-Key", "move-in-1"))
                .set_json(&body)
                .to_request();
            let response = actix_web::test::call_service(&app, request).await;
            answers.push((response.status(), actix_web::test::read_body(response).await));
        }
        assert_eq!(answers[0].0, StatusCode::CREATED);
        assert_eq!(answers[0], answers[1], "the first answer, again");
        let anew = code_of(&site, "here", Method::POST, "/residences", Some(body), None).await;
        assert_eq!(anew, "409 territory.lives_there_already");
        let all = get(&site, "reader", "/residences?state=all").await;
        assert_eq!(all["items"].as_array().unwrap().len(), 1);
    }
}
