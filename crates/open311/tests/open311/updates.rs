//! What happens is told both ways.

use actix_web::http::Method;
use grid::model::State;
use grid::service::act::Deed;

use crate::client;
use crate::client::{Sent, form, get, lamp, post};
use crate::world::{DISTRICT, OTHER, World, all_the_way};

const UPDATES: &str = "/open311/v2/servicerequestupdates.xml";

fn said(w: &World, number: &str, more: &[(&str, &str)]) -> Sent {
    let mut fields = vec![
        ("api_key", w.key()),
        ("service_request_id", number),
        ("update_id", "91"),
        ("status", "OPEN"),
        ("updated_datetime", "2026-11-25T10:00:00+08:00"),
        ("description", "昨晚又不亮了"),
    ];
    fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    fields.extend_from_slice(more);
    post(UPDATES, form(&fields))
}

#[actix_web::test]
async fn results_and_reasons_are_told_and_what_is_said_inside_is_not() {
    for w in World::each() {
        client!(w, call);
        let number = call(lamp(&w, &[])).await.one("service_request_id");
        w.act(&number, all_the_way("换了灯泡"));
        w.act(&number, vec![Deed::Reopen { reason: "内部备注".into() }]);
        let rejected = call(lamp(&w, &[])).await.one("service_request_id");
        w.act(&rejected, vec![Deed::Reject { reason: "不归本市管".into() }]);
        let asked = call(lamp(&w, &[])).await.one("service_request_id");
        w.act(
            &asked,
            vec![Deed::Ask { question: "哪一盏？".into() }, Deed::Resume { note: Some("内部备注".into()) }],
        );
        let got = call(get(format!("{UPDATES}?api_key={}", w.key()))).await;
        let of = |id: &str| -> Vec<(String, Option<String>)> {
            let updates = got.all("request_update").into_iter().map(|body| client::Got {
                body,
                status: 200,
                media: String::new(),
                retry: None,
            });
            updates
                .filter(|u| u.one("service_request_id") == id)
                .map(|u| (u.one("status"), u.all("description").pop()))
                .collect()
        };
        let word = |w: &str| (w.to_owned(), None::<String>);
        let with = |w: &str, t: &str| (w.to_owned(), Some(t.to_owned()));
        assert_eq!(
            of(&number),
            [
                word("INVESTIGATING"),
                word("ACTION_SCHEDULED"),
                word("IN_PROGRESS"),
                with("FIXED", "换了灯泡"),
                word("FIXED"),
                word("OPEN"),
            ]
        );
        assert_eq!(of(&rejected), [with("NO_FURTHER_ACTION", "不归本市管")]);
        assert_eq!(of(&asked), [with("UNCHANGED", "哪一盏？"), word("OPEN")]);
        assert!(!got.body.contains("内部备注"));
    }
}

#[actix_web::test]
async fn an_account_hears_of_its_own_cases_only() {
    for w in World::each() {
        client!(w, call);
        let number = call(lamp(&w, &[])).await.one("service_request_id");
        w.act(&number, all_the_way("换了灯泡"));
        let staff = w.account(DISTRICT, &["grid.incident.read"]);
        for key in [w.names["stranger"].clone(), staff] {
            let got = call(get(format!("{UPDATES}?api_key={key}"))).await;
            assert_eq!((got.status, got.all("request_update").len()), (200, 0));
        }
        assert_eq!(call(get(format!("{UPDATES}?api_key=wrong"))).await.status, 403);
    }
}

#[actix_web::test]
async fn what_was_told_too_late_is_told_as_of_now() {
    for w in World::each() {
        client!(w, call);
        let number = call(lamp(&w, &[])).await.one("service_request_id");
        let event = w.case(&number);
        w.act(&number, vec![Deed::Accept { note: None }]);
        // The worker was down for three hours: the delivery comes then.
        let step = {
            let id = event.id;
            w.write(move |tx, _| grid::store::steps::find(tx, id, 2)).unwrap().unwrap()
        };
        let later = step.at.plus_seconds(3 * 3_600);
        let id = event.id;
        let told = w.write(move |tx, _| {
            storage::with_conn!(tx, |c| {
                use diesel::RunQueryDsl;
                diesel::sql_query("delete from open311_told").execute(c)
            })?;
            let event = storage::outbox::Delivered {
                id: kernel::Id::from_uuid(id.uuid()),
                topic: grid::service::tell_people::TO_TELL.to_owned(),
                object_id: kernel::Id::from_uuid(id.uuid()),
                object_seq: 2,
                at: later,
                payload: storage::Json(serde_json::Value::Null),
            };
            open311::service::tell::tell(tx, later, &event)?;
            // Told twice it is told once.
            open311::service::tell::tell(tx, later.plus_seconds(9), &event)
        });
        told.unwrap();
        let path = |from: i64, to: i64| {
            format!(
                "{UPDATES}?api_key={}&start_date={}&end_date={}",
                w.key(),
                step.at.plus_seconds(from),
                step.at.plus_seconds(to)
            )
        };
        assert_eq!(call(get(path(-60, 60))).await.all("update_id").len(), 0);
        assert_eq!(call(get(path(9_000, 12_000))).await.all("update_id"), [step.id.to_string()]);
    }
}

#[actix_web::test]
async fn a_remark_is_kept_once_for_those_who_deal_with_the_case() {
    for w in World::each() {
        client!(w, call);
        let number = call(lamp(&w, &[])).await.one("service_request_id");
        let media =
            [("media_url", "https://fms.example/1.jpeg"), ("media_url", "https://fms.example/2.jpeg")];
        let first = call(said(&w, &number, &media)).await;
        assert_eq!(first.status, 200, "{}", first.body);
        let again = call(said(&w, &number, &[("description", "换个说法")])).await;
        assert_eq!(first.one("update_id"), again.one("update_id"));
        let next = call(said(&w, &number, &[("update_id", "92"), ("status", "fixed")])).await;
        assert_ne!(first.one("update_id"), next.one("update_id"));
        assert_eq!(w.case(&number).state, State::Reported, "a comment changes nothing");
        let read = async |key: &str| {
            let path = format!("/api/v1/incidents/{}/sender-remarks", w.case(&number).id);
            call(get(path).header("authorization", &format!("Bearer {key}"))).await
        };
        let page: serde_json::Value = serde_json::from_str(&read(&w.names["staff"]).await.body).unwrap();
        let items = page["items"].as_array().unwrap();
        assert_eq!(items.len(), 2, "{page}");
        assert_eq!(items[0]["text"], "昨晚又不亮了");
        assert_eq!(items[0]["media_urls"].as_array().unwrap().len(), 2);
        assert_eq!(
            (&items[0]["said_at"], &items[1]["status"]),
            (&"2026-11-25T02:00:00Z".into(), &"FIXED".into())
        );
        // Who may not read remarks, and who may read them elsewhere.
        assert_eq!(read(w.key()).await.status, 403);
        let elsewhere = w.account(OTHER, &["open311.remark.read", "grid.incident.read"]);
        assert_eq!(read(&elsewhere).await.status, 404);
        let only = w.account(DISTRICT, &["open311.remark.read"]);
        assert_eq!(read(&only).await.status, 200);
    }
}

#[actix_web::test]
async fn the_same_remark_many_times_at_once_is_one() {
    for w in World::each() {
        client!(w, call);
        let number = call(lamp(&w, &[])).await.one("service_request_id");
        w.act(&number, all_the_way("换了灯泡"));
        let reopen = || said(&w, &number, &[("status", "REOPEN")]);
        let got = futures_util::future::join_all((0..8).map(|_| call(reopen()))).await;
        let first = got[0].one("update_id");
        assert!(got.iter().all(|g| g.status == 200 && g.one("update_id") == first), "{got:?}");
        assert_eq!(w.case(&number).state, State::Reopened);
    }
}

#[actix_web::test]
async fn only_reopen_reopens_and_only_what_may_be() {
    for w in World::each() {
        client!(w, call);
        let number = call(lamp(&w, &[])).await.one("service_request_id");
        let say = async |id: &str, status: &str| {
            let got = call(said(&w, &number, &[("update_id", id), ("status", status)])).await;
            assert_eq!(got.status, 200, "{}", got.body);
            w.case(&number).state
        };
        assert_eq!(say("1", "REOPEN").await, State::Reported, "it is open already");
        w.act(&number, all_the_way("换了灯泡"));
        for (id, word) in [("2", "OPEN"), ("3", "CLOSED"), ("4", "DUPLICATE"), ("5", "SOMETHING_NEW")] {
            assert_eq!(say(id, word).await, State::Closed, "{word}");
        }
        assert_eq!(say("6", "REOPEN").await, State::Reopened);
        // What the account did itself is not told to it.
        w.deliver();
        let before = call(get(format!("{UPDATES}?api_key={}", w.key()))).await.all("status");
        assert_eq!(before.last().map(String::as_str), Some("FIXED"));
        w.act(&number, vec![Deed::Accept { note: None }]);
        assert_eq!(say("6", "REOPEN").await, State::Accepted, "a retry does not reopen it again");
        w.act(&number, vec![Deed::Reject { reason: "重复".into() }]);
        assert_eq!(say("7", "REOPEN").await, State::Rejected);
    }
}

#[actix_web::test]
async fn a_remark_on_what_is_not_theirs_or_lacks_something_is_refused() {
    for w in World::each() {
        client!(w, call);
        let number = call(lamp(&w, &[])).await.one("service_request_id");
        let stranger = w.names["stranger"].clone();
        let staff = w.names["staff"].clone();
        let elsewhere = w.elsewhere("占道经营", DISTRICT).id.to_string();
        for (number, key, status) in [
            (number.as_str(), stranger.as_str(), 404),
            (number.as_str(), staff.as_str(), 403),
            (elsewhere.as_str(), w.key(), 404),
            ("nothing", w.key(), 404),
            (number.as_str(), "", 403),
            (number.as_str(), "wrong", 403),
        ] {
            let got = call(said(&w, number, &[("api_key", key), ("status", "REOPEN")])).await;
            assert_eq!((got.status, got.all("error").len()), (status, 1), "{key}: {}", got.body);
        }
        for name in ["service_request_id", "update_id", "status", "updated_datetime", "description"] {
            let got = call(said(&w, &number, &[(name, "")])).await;
            assert_eq!((got.status, got.one("code")), (400, "400".to_owned()), "{name}");
            assert!(got.one("description").starts_with(name), "{}", got.body);
        }
        let got = call(said(&w, &number, &[("update_id", ""), ("status", "")])).await;
        assert_eq!(got.all("error").len(), 2, "each is named");
        for (name, value) in [("updated_datetime", "gestern"), ("status", "<x>"), ("media_url", "data:,x")] {
            assert_eq!(call(said(&w, &number, &[(name, value)])).await.status, 400, "{name}");
        }
        let got = call(Sent { method: Method::PUT, ..said(&w, &number, &[]) }).await;
        assert_eq!(got.status, 400);
    }
}
