//! Whatever comes in: a problem document with a stable code and the field, never a 5xx, never half a change.

use auth::TokenRules;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use commonweal_tests::app::TestApp;
use commonweal_tests::client::{Answer, Client};
use commonweal_tests::document::{Filler, Operation, minimal, operations};
use commonweal_tests::world::{World, id, square, version};
use kernel::id::{Session, User};
use kernel::{Clock, Id, Instant, SystemClock};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

fn report(unit: &str) -> Value {
    json!({ "title": "路灯坏了", "description": "三号楼前的路灯不亮", "unit_id": unit })
}

fn incidents(admin: &Client) -> usize {
    commonweal_tests::world::all(admin, "/incidents").len()
}

fn send(client: &Client, body: &[u8]) -> Answer {
    client.request("POST", "/incidents").raw("application/json", body.to_vec()).send()
}

#[test]
fn json_that_is_none_is_refused_with_a_stable_code() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let admin = &world.admin;
        for broken in [
            "",
            "{",
            "{\"title\":",
            "[1,2",
            "nul",
            "{\"title\":\"x\"} trailing",
            "{'title':'x'}",
            "\u{feff}{}",
        ] {
            send(admin, broken.as_bytes()).problem(400, "web.malformed_json");
        }
        send(admin, b"{\"title\":\"\xff\xfe\"}").problem(400, "web.malformed_json");
        send(admin, b"{\"title\":\"a\\u0000b\"}").problem(400, "web.malformed_json");
        send(admin, b"{\"title\":\"\\ud800\"}").problem(400, "web.malformed_json");
        let deep = format!("{{\"title\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
        send(admin, deep.as_bytes()).problem(400, "web.json_too_deep");
        let huge = format!("{{\"title\":\"{}\"}}", "x".repeat(300 * 1024));
        send(admin, huge.as_bytes()).problem(413, "web.body_too_large");
        let plain = admin.request("POST", "/incidents").raw("text/plain", b"{}".to_vec()).send();
        plain.problem(415, "web.unsupported_media_type");
        assert_eq!(incidents(admin), 0, "{}", app.engine());
    }
}

#[test]
fn a_wrong_field_is_named_by_its_pointer() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let admin = &world.admin;
        let with = |name: &str, value: Value| {
            let mut body = report(&world.community);
            body[name] = value;
            admin.post("/incidents", &body)
        };
        with("colour", json!("red")).names(422, "web.invalid_body", "/colour", "web.unknown_field");
        with("title", json!(7)).names(422, "web.invalid_body", "/title", "web.wrong_type");
        with("title", json!(null)).names(422, "web.invalid_body", "/title", "web.wrong_type");
        with("lat", json!("here")).names(422, "web.invalid_body", "/lat", "web.wrong_type");
        with("title", json!("")).names(422, "kernel.invalid", "/title", "kernel.field_required");
        with("title", json!("x".repeat(5_000))).names(422, "kernel.invalid", "/title", "kernel.field_length");
        with("title", json!("a\u{7}b")).names(422, "kernel.invalid", "/title", "kernel.field_characters");
        let missing = admin.post("/incidents", &json!({ "description": "x" }));
        missing.names(422, "web.invalid_body", "/title", "kernel.field_required");
        assert_eq!(incidents(admin), 0, "{}", app.engine());
    }
}

#[test]
fn coordinates_off_the_earth_are_refused_and_a_point_in_no_grid_goes_to_the_unit_named() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let admin = &world.admin;
        let at = |lat: Value, lng: Value, unit: Option<&str>| {
            let mut body = json!({ "title": "井盖", "description": "不见了", "lat": lat, "lng": lng });
            if let Some(unit) = unit {
                body["unit_id"] = json!(unit);
            }
            admin.post("/incidents", &body)
        };
        for (lat, lng) in [(90.1, 0.0), (-91.0, 0.0), (0.0, 180.5), (0.0, -200.0), (1e300, 1e300)] {
            let refused = at(json!(lat), json!(lng), Some(&world.community));
            assert_eq!(refused.status, 422, "{lat} {lng}: {}", refused.text);
            refused.is_problem();
        }
        let half = admin.post(
            "/incidents",
            &json!({ "title": "井盖", "description": "x", "lat": 1.0, "unit_id": world.community }),
        );
        assert_eq!(half.status, 422, "{}", half.text);
        let nowhere = at(json!(1.0), json!(1.0), None);
        nowhere.problem(422, "grid.unit_required");
        let tray = at(json!(1.0), json!(1.0), Some(&world.community)).expect(201);
        assert_eq!(tray["unit_id"], json!(world.community));
        assert!(tray.get("grid_id").is_none(), "{tray}");
        assert_eq!(incidents(admin), 1);
    }
}

#[test]
fn a_boundary_that_is_none_is_refused() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let draw = |boundary: Value| {
            let grid = json!({ "unit_id": world.community, "name": "网格", "kind": "residential", "geometry": boundary });
            world.admin.post("/grids", &grid)
        };
        let ring = |points: &[[f64; 2]]| json!({ "type": "Polygon", "coordinates": [points] });
        let bad = [
            (
                "grid.boundary_self_crossing",
                ring(&[[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]),
            ),
            ("grid.boundary_open_ring", ring(&[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])),
            ("grid.boundary_open_ring", ring(&[[0.0, 0.0], [1.0, 0.0], [0.0, 0.0]])),
            (
                "grid.boundary_off_earth",
                ring(&[[0.0, 0.0], [200.0, 0.0], [200.0, 1.0], [0.0, 1.0], [0.0, 0.0]]),
            ),
            ("grid.boundary_not_polygon", json!({ "type": "Point", "coordinates": [0.0, 0.0] })),
            ("grid.boundary_not_geojson", json!({ "type": "Circle", "radius": 3 })),
        ];
        for (code, boundary) in bad {
            let refused = draw(boundary.clone());
            refused.is_problem();
            assert_eq!(refused.status, 422, "{boundary}: {}", refused.text);
            assert!(refused.text.contains(code), "{boundary}: wanted {code}: {}", refused.text);
        }
        draw(square(113.95, 23.0, 0.01)).expect(201);
        draw(square(113.955, 23.0, 0.01)).problem(409, "grid.boundary_overlaps");
        // Touching is no overlap.
        draw(square(113.97, 23.0, 0.01)).expect(201);
        assert_eq!(commonweal_tests::world::all(&world.admin, "/grids").len(), 2);
    }
}

#[test]
fn a_stale_version_is_412_and_none_is_428() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let path = format!("/units/{}", world.community);
        let unit = world.admin.get(&path);
        assert_eq!(unit.header("etag"), Some(format!("\"{}\"", version(&unit.json)).as_str()));
        let now = version(&unit.json);
        let rename = json!({ "name": "新名" });
        world.admin.request("PATCH", &path).json(&rename).send().problem(428, "web.precondition_required");
        world
            .admin
            .request("PATCH", &path)
            .header("if-match", "*")
            .json(&rename)
            .send()
            .problem(400, "web.invalid_header");
        world.admin.patch(&path, now + 1, &rename).problem(412, "kernel.stale");
        world.admin.patch(&path, now, &rename).expect(200);
        world.admin.patch(&path, now, &json!({ "name": "又一个名" })).problem(412, "kernel.stale");
        assert_eq!(world.admin.get(&path).json["name"], "新名", "{}", app.engine());
    }
}

#[test]
fn a_replayed_key_answers_as_before_and_with_another_body_is_refused() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let send = |client: &Client, key: &str, body: &Value| {
            client.request("POST", "/incidents").key(key).json(body).send()
        };
        let body = report(&world.community);
        let first = send(&world.admin, "k-1", &body);
        let again = send(&world.admin, "k-1", &body);
        assert_eq!((first.status, again.status), (201, 201), "{} {}", first.text, again.text);
        assert_eq!(first.json, again.json);
        assert!(first.header("idempotency-replayed").is_none());
        assert_eq!(again.header("idempotency-replayed"), Some("true"), "{:?}", again.headers);
        send(&world.admin, "k-1", &report(&world.other_community)).problem(422, "web.idempotency_key_reused");
        let elsewhere = world.admin.request("POST", "/units").key("k-1").json(&body).send();
        assert!(elsewhere.status >= 400 && elsewhere.status < 500, "{}", elsewhere.text);
        assert_eq!(incidents(&world.admin), 1);
        // Another person's key of the same name is another key.
        let neighbour = world.person("resident", &world.community);
        assert_eq!(send(&neighbour.client, "k-1", &body).status, 201);
        // What was refused leaves no key behind.
        send(&world.admin, "k-2", &json!({ "title": "" })).is_problem();
        assert_eq!(send(&world.admin, "k-2", &body).status, 201, "{}", app.engine());
        for bad in ["", &"k".repeat(1_000), "k\u{9}k"] {
            let refused = send(&world.admin, bad, &body);
            refused.problem(400, "web.invalid_header");
        }
    }
}

fn forged(header: &Value, claims: &Value, signature: &str) -> String {
    format!("{}.{}.{signature}", B64.encode(header.to_string()), B64.encode(claims.to_string()))
}

#[test]
fn a_token_that_we_did_not_issue_for_now_and_here_is_worth_nothing() {
    for app in TestApp::each() {
        let admin = app.as_admin();
        let real = admin.token.clone().expect("a token");
        let parts: Vec<&str> = real.split('.').collect();
        let claims: Value = serde_json::from_slice(&B64.decode(parts[1]).expect("base64")).expect("JSON");
        let head: Value = serde_json::from_slice(&B64.decode(parts[0]).expect("base64")).expect("JSON");
        admin.get("/me").expect(200);

        let ring = app.db.db.read_blocking(identity::service::keys::load).expect("reads").expect("a ring");
        let user: Id<User> = claims["sub"].as_str().expect("sub").parse().expect("an id");
        let session: Id<Session> = claims["sid"].as_str().expect("sid").parse().expect("an id");
        let text = |name: &str| claims[name].as_str().expect("a text").to_owned();
        let ours = TokenRules { issuer: text("iss"), audience: text("aud"), life_seconds: 900 };
        let issue = |rules: &TokenRules, at: Instant, session| {
            use secrecy::ExposeSecret;
            let issued =
                rules.issue(&ring, user, session, testkit::fresh::<Session>().uuid(), at).expect("issues");
            issued.token.expose_secret().to_owned()
        };
        let now = SystemClock.now();
        let hours = |n: i64| Instant::from_micros(now.micros() + n * 3_600_000_000).expect("a time");
        // The same hand, the same key, now: good. So what follows is refused for its own fault.
        admin.with_token(&issue(&ours, now, session)).get("/me").expect(200);

        let hmac = "c2lnbmF0dXJlLXdpdGgtdGhlLXB1YmxpYy1rZXk";
        let mut later = claims.clone();
        later["exp"] = json!(claims["exp"].as_i64().expect("exp") + 1_000_000);
        let mut none = head.clone();
        none["alg"] = json!("none");
        let mut hs256 = head.clone();
        hs256["alg"] = json!("HS256");
        let mut unknown = head.clone();
        unknown["kid"] = json!("nobody");
        let bad = [
            ("expired", issue(&ours, hours(-2), session)),
            ("not yet", issue(&ours, hours(2), session)),
            (
                "another issuer",
                issue(&TokenRules { issuer: "https://elsewhere".into(), ..ours.clone() }, now, session),
            ),
            (
                "another audience",
                issue(&TokenRules { audience: "elsewhere".into(), ..ours.clone() }, now, session),
            ),
            ("no such session", issue(&ours, now, testkit::fresh())),
            ("alg none", forged(&none, &claims, "")),
            ("alg None", forged(&json!({ "alg": "None", "typ": "JWT" }), &claims, "")),
            ("HS256", forged(&hs256, &claims, hmac)),
            ("unknown key", forged(&unknown, &claims, parts[2])),
            ("changed claims", forged(&head, &later, parts[2])),
            ("unsigned", format!("{}.{}", parts[0], parts[1])),
            ("cut off", real[..real.len() - 4].to_owned()),
            ("not a token", "garbage".to_owned()),
            ("long", "a".repeat(5_000)),
        ];
        for (what, token) in bad {
            let refused = admin.with_token(&token).get("/me");
            assert_eq!(refused.status, 401, "{what}: {}", refused.text);
            refused.is_problem();
            assert!(refused.header("www-authenticate").is_some(), "{what}");
        }
        let basic = app.stranger.request("GET", "/me").header("authorization", "Basic YWRtaW46eA==").send();
        basic.problem(401, "web.not_signed_in");
        app.stranger.get("/me").problem(401, "web.not_signed_in");
    }
}

#[test]
fn an_id_of_another_subtree_is_as_good_as_none() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let worker = world.person("grid_worker", &world.community);
        let there = world.incident(&world.admin, &world.other_community);
        let seen = worker.client.get(&format!("/incidents/{}", id(&there)));
        assert_eq!(seen.status, 404, "{}", seen.text);
        let act = worker
            .client
            .request("POST", &format!("/incidents/{}/accept", id(&there)))
            .version(1)
            .json(&json!({}))
            .send();
        assert_eq!(act.status, 404, "what one may not see is not there: {}", act.text);
        let nobody = worker.client.get("/incidents/01900000-0000-7000-8000-00000000dead");
        assert_eq!(
            (seen.json["code"].as_str(), seen.json["title"].as_str()),
            (nobody.json["code"].as_str(), nobody.json["title"].as_str())
        );
        for junk in ["x", "%00", "..%2f..", "1", "01900000000070008000000000000000", "🙂"] {
            let answer = worker.client.get(&format!("/incidents/{junk}"));
            assert!(
                answer.status == 404 || answer.status == 400,
                "{junk}: {} {}",
                answer.status,
                answer.text
            );
            answer.is_problem();
        }
        let listed = commonweal_tests::world::all(&worker.client, "/incidents");
        assert!(listed.is_empty(), "{listed:?}");
    }
}

struct Open;
impl Filler for Open {
    fn value(&mut self, _: &str, _: &Value) -> Option<Value> {
        None
    }
}

/// A value of any shape at all.
fn junk(rng: &mut StdRng, depth: u32) -> Value {
    match rng.random_range(0..if depth == 0 { 12 } else { 14 }) {
        0 => Value::Null,
        1 => json!(rng.random_bool(0.5)),
        2 => json!(rng.random::<i64>()),
        3 => json!(u64::MAX),
        4 => json!(-1),
        5 => json!(f64::MAX),
        6 => json!(1e-320),
        7 => json!(""),
        8 => json!("'; drop table identity_users; --"),
        9 => json!("\u{202e}%s%n\u{1F4A9}\u{0301}\u{200b}"),
        10 => json!("9999-99-99T99:99:99Z"),
        11 => json!("x".repeat(rng.random_range(0..4_000))),
        12 => Value::Array((0..rng.random_range(0..4)).map(|_| junk(rng, depth - 1)).collect()),
        _ => Value::Object(
            (0..rng.random_range(0..4)).map(|n| (format!("k{n}"), junk(rng, depth - 1))).collect(),
        ),
    }
}

/// A body of the operation with some of its fields spoilt.
fn spoilt(rng: &mut StdRng, document: &Value, operation: &Operation) -> Value {
    let Some(schema) = &operation.body else { return junk(rng, 2) };
    let mut body = minimal(document, schema, "body", &mut Open);
    let schema = commonweal_tests::document::resolve(document, schema).clone();
    if rng.random_bool(0.1) {
        return junk(rng, 3);
    }
    if let (Some(object), Some(fields)) = (body.as_object_mut(), schema["properties"].as_object()) {
        for name in fields.keys() {
            if rng.random_bool(0.5) {
                object.insert(name.clone(), junk(rng, 2));
            }
        }
    }
    body
}

#[test]
fn no_operation_answers_random_junk_with_a_server_error() {
    let document = commonweal::gateway::document().expect("the document");
    for app in TestApp::each() {
        let admin = app.as_admin();
        let mut rng = StdRng::seed_from_u64(20_261_123);
        for operation in operations(&document) {
            // These would end the very session that the fuzz goes on with.
            if operation.id.contains("logout")
                || operation.id.contains("sign_out")
                || operation.path.contains("/me/")
            {
                continue;
            }
            for _ in 0..25 {
                let answer = tried(&mut rng, &document, &operation, &admin);
                assert!(answer.status < 500, "{}: {} {}", answer.asked, answer.status, answer.text);
                if answer.status >= 400 {
                    answer.is_problem();
                }
            }
        }
        admin.get("/me").expect(200);
        assert!(!app.gateway.log().contains("panic"), "{}", app.gateway.log());
    }
}

fn tried(rng: &mut StdRng, document: &Value, operation: &Operation, client: &Client) -> Answer {
    let mut path = operation.path.clone();
    let words = [
        "01900000-0000-7000-8000-000000000001",
        "0",
        "%ff",
        "a%20b",
        "..",
        "00000000-0000-0000-0000-000000000000",
    ];
    let mut query = Vec::new();
    for parameter in &operation.parameters {
        let name = parameter["name"].as_str().expect("a name");
        let word = words[rng.random_range(0..words.len())];
        match parameter["in"].as_str() {
            Some("path") => path = path.replace(&format!("{{{name}}}"), word),
            Some("query") if rng.random_bool(0.5) => {
                let values = [
                    "",
                    "-1",
                    "99999999999999999999",
                    "%00",
                    "true",
                    "2026-01-01T00:00:00Z",
                    "%F0%9F%92%A9",
                    word,
                ];
                query.push(format!("{name}={}", values[rng.random_range(0..values.len())]));
            }
            _ => {}
        }
    }
    let path = if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) };
    let mut request = client.request(&operation.method, &path);
    if operation.body.is_some() {
        request = request.json(&spoilt(rng, document, operation));
    }
    if rng.random_bool(0.5) {
        request = request.header(
            "if-match",
            ["\"1\"", "\"\"", "W/\"1\"", "*", "\"99999999999999999999\""][rng.random_range(0..5)],
        );
    }
    if rng.random_bool(0.2) {
        request = request.key("junk");
    }
    request.send()
}
