//! Writes whose answers are private: kept by reference and shown again, or kept nowhere.

use std::collections::BTreeMap;

use super::*;

/// Letters, and how often one was written and shown.
#[derive(Default)]
struct Desk {
    letters: parking_lot::Mutex<BTreeMap<Uuid, (String, i64)>>,
    written: AtomicU32,
    shown: AtomicU32,
}

impl Desk {
    fn times(&self) -> (u32, u32) {
        (self.written.load(Ordering::SeqCst), self.shown.load(Ordering::SeqCst))
    }

    /// The letter as it is now, to whoever may still see it.
    fn show(&self, id: Uuid) -> Outcome<Answer<LetterView>> {
        self.shown.fetch_add(1, Ordering::SeqCst);
        let letters = self.letters.lock();
        let (text, version) = letters.get(&id).ok_or_else(|| kernel::error::NOT_FOUND.fault())?;
        let view = LetterView { id, text: text.clone() };
        Ok(Answer::of(view).version(*version).location(format!("/api/v1/letters/{id}")))
    }
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LetterCreate {
    /// What it says.
    text: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
struct LetterView {
    /// Id.
    id: Uuid,
    /// What it says.
    text: String,
}

/// Write a letter.
#[utoipa::path(operation_id = "demo_write_letter", tag = "things", request_body = LetterCreate, responses((status = 201, body = LetterView)),
    extensions(("x-permission" = json!(Make::NAME))))]
#[post("/letters")]
async fn write_letter(
    who: Allowed<Make>,
    body: Body<LetterCreate>,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    let (text, desk) = (body.text.clone(), desk.into_inner());
    let again = Arc::clone(&desk);
    who.write_shown(
        StatusCode::CREATED,
        &body,
        move |_, ctx| {
            desk.written.fetch_add(1, Ordering::SeqCst);
            if text == "refuse" {
                return Err(kernel::error::STALE.fault());
            }
            if text == "unknown" {
                return Err(kernel::Fault::Unknown("the connection broke".to_owned()));
            }
            let id = ctx.ids.uuid();
            if text != "nobody may see it" {
                desk.letters.lock().insert(id, (text.clone(), 1));
            }
            Ok(id)
        },
        move |_, _, id| again.show(*id),
    )
    .await
}

/// Read all letters, on the record.
#[utoipa::path(operation_id = "demo_read_letters", tag = "things", request_body = LetterCreate, responses((status = 200, body = Vec<LetterView>)),
    extensions(("x-permission" = json!(Make::NAME))))]
#[post("/readings")]
async fn read_letters(
    who: Allowed<Make>,
    body: Body<LetterCreate>,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    let (why, desk) = (body.text.clone(), desk.into_inner());
    who.write_unkept(move |_, _| {
        desk.written.fetch_add(1, Ordering::SeqCst);
        if why.is_empty() {
            return Err(kernel::error::FORBIDDEN.fault());
        }
        let view = |(id, (text, _)): (&Uuid, &(String, i64))| LetterView { id: *id, text: text.clone() };
        Ok(desk.letters.lock().iter().map(view).collect::<Vec<_>>())
    })
    .await
}

struct Post(Arc<Desk>);

impl Plugin for Post {
    fn name(&self) -> &'static str {
        "demo"
    }
    fn permissions(&self) -> &'static [&'static Permission] {
        PERMISSIONS
    }
    fn error_codes(&self) -> &'static [&'static ErrorCode] {
        &[]
    }
}

impl WebPlugin for Post {
    fn routes(&self, cfg: &mut web::Registrar<'_>) {
        cfg.app_data(Data::from(Arc::clone(&self.0)));
        cfg.service(write_letter).service(read_letters);
    }
    fn tags(&self) -> &'static [(&'static str, &'static str)] {
        &[("things", "Things to test with.")]
    }
    fn dictionaries(&self) -> &'static [Dictionary] {
        &[]
    }
}

fn desk() -> (World, Arc<Desk>) {
    let desk = Arc::new(Desk::default());
    let plugins: Vec<Arc<dyn WebPlugin>> = vec![Arc::new(System), Arc::new(Post(Arc::clone(&desk)))];
    (world_of(Settings::default(), plugins, Arc::default()), desk)
}

fn sending(path: &str, key: &str, text: &str) -> test::TestRequest {
    alice(test::TestRequest::post().uri(path))
        .insert_header(("content-type", "application/json"))
        .insert_header(("idempotency-key", key.to_owned()))
        .set_payload(json!({ "text": text }).to_string())
}

/// What is kept under a key of alice's.
async fn kept(world: &World, key: &str) -> Option<storage::idempotency::Answer> {
    let key = key.to_owned();
    let found = world.db.read(move |tx| storage::idempotency::find(tx, Id::from_uuid(ALICE), &key)).await;
    found.expect("reads")
}

#[actix_web::test]
async fn what_is_shown_is_kept_by_reference_alone_and_the_deed_is_done_once() {
    let (world, desk) = desk();
    let key = world.db.ids().uuid().to_string();
    let ask = || sending("/api/v1/letters", &key, "dear Li Na");
    let first = send!(world, ask());
    assert_eq!((first.status, first.header("etag")), (201, Some("\"1\"")));
    assert_eq!((first.json()["text"].as_str(), desk.times()), (Some("dear Li Na"), (1, 1)));
    let record = kept(&world, &key).await.expect("a record");
    assert_eq!(record.body, first.json()["id"].to_string(), "an id, and nothing of what was said");
    assert_eq!((record.status, record.headers.0), (201, json!({})));
    assert_eq!(record.kept_until, Some(record.created_at.plus_days(30)));
    let again = send!(world, ask());
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, Some("true")));
    assert_eq!(first.header("idempotency-replayed"), None);
    assert_eq!((&again.body, desk.times()), (&first.body, (1, 2)), "shown twice, written once");
    for header in ["etag", "location", "content-type"] {
        assert_eq!(first.header(header), again.header(header), "{header}");
    }
    let other = send!(world, sending("/api/v1/letters", &key, "dear Wang"));
    assert_eq!((other.status, other.code().as_str()), (422, "web.idempotency_key_reused"));
    assert_eq!(desk.times(), (1, 2));
    // Without a key each is a letter of its own.
    let plain = || {
        alice(test::TestRequest::post().uri("/api/v1/letters"))
            .insert_header(("content-type", "application/json"))
            .set_payload(json!({ "text": "dear Li Na" }).to_string())
    };
    assert_eq!(
        (send!(world, plain()).status, send!(world, plain()).status, desk.times()),
        (201, 201, (3, 4))
    );
}

#[actix_web::test]
async fn a_replay_shows_the_thing_as_it_is_by_then_to_whom_may_still_see_it() {
    let (world, desk) = desk();
    let key = world.db.ids().uuid().to_string();
    let ask = || sending("/api/v1/letters", &key, "dear Li Na");
    let id: Uuid = send!(world, ask()).json()["id"].as_str().expect("an id").parse().expect("a UUID");
    desk.letters.lock().insert(id, ("dear Li".to_owned(), 2));
    let changed = send!(world, ask());
    assert_eq!((changed.status, changed.header("etag")), (201, Some("\"2\"")));
    assert_eq!(changed.json()["text"], "dear Li", "the old words are nowhere");
    desk.letters.lock().clear();
    let gone = send!(world, ask());
    assert_eq!((gone.status, gone.code().as_str()), (404, "kernel.not_found"));
    assert!(!String::from_utf8_lossy(&gone.body).contains("dear"));
    assert_eq!(desk.times().0, 1, "and it is not written anew");
}

#[actix_web::test]
async fn a_refusal_of_the_deed_or_of_the_showing_leaves_the_key_free() {
    let (world, desk) = desk();
    let key = world.db.ids().uuid().to_string();
    for (text, status) in [("refuse", 412), ("nobody may see it", 404)] {
        assert_eq!(send!(world, sending("/api/v1/letters", &key, text)).status, status, "{text}");
        assert!(kept(&world, &key).await.is_none(), "{text}");
    }
    assert_eq!(send!(world, sending("/api/v1/letters", &key, "dear Li Na")).status, 201);
    assert_eq!(desk.times().0, 3);
    let key = world.db.ids().uuid().to_string();
    let unknown = send!(world, sending("/api/v1/letters", &key, "unknown"));
    assert_eq!((unknown.status, unknown.code().as_str()), (503, "web.outcome_unknown"), "there is no record");
    let odd = send!(world, sending("/api/v1/letters", "a b", "dear Li Na"));
    assert_eq!((odd.status, odd.code().as_str()), (400, "web.invalid_header"));
}

#[actix_web::test]
async fn ten_at_once_with_one_key_write_one_letter() {
    let (world, desk) = desk();
    let key = world.db.ids().uuid().to_string();
    let app = test::init_service(world.site.app()).await;
    let all = (0..10)
        .map(|_| test::call_service(&app, sending("/api/v1/letters", &key, "dear Li Na").to_request()));
    let statuses: Vec<u16> =
        futures_util::future::join_all(all).await.iter().map(|r| r.status().as_u16()).collect();
    assert!(statuses.iter().all(|s| matches!(s, 201 | 409)) && statuses.contains(&201), "{statuses:?}");
    assert_eq!((desk.times().0, desk.letters.lock().len()), (1, 1));
}

#[actix_web::test]
async fn what_is_kept_nowhere_is_done_again_each_time_and_stored_by_nobody() {
    let (world, desk) = desk();
    let id = world.db.ids().uuid();
    desk.letters.lock().insert(id, ("dear Li Na".to_owned(), 1));
    let key = world.db.ids().uuid().to_string();
    for times in 1..=2 {
        let seen = send!(world, sending("/api/v1/readings", &key, "a complaint"));
        assert_eq!((seen.status, seen.json()[0]["text"].as_str()), (200, Some("dear Li Na")));
        assert_eq!(seen.header("cache-control"), Some("no-store"));
        assert_eq!(seen.header("idempotency-replayed"), None, "the key does not bear on it");
        assert_eq!(desk.times().0, times, "each reading is another, on the record");
    }
    assert!(kept(&world, &key).await.is_none());
    // The same key with other words is no mistake, and stays free for a write that minds it.
    assert_eq!(send!(world, sending("/api/v1/readings", &key, "another")).status, 200);
    assert_eq!(send!(world, sending("/api/v1/letters", &key, "dear Wang")).status, 201);
    let refused = send!(world, sending("/api/v1/readings", &key, ""));
    assert_eq!((refused.status, refused.code().as_str()), (403, "kernel.forbidden"));
}
