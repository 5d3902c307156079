//! Those who mean no good.

use web::Settings;

use crate::client;
use crate::client::{form, get, lamp, post};
use crate::world::{OTHER, World};

#[actix_web::test]
async fn no_text_is_markup_and_none_breaks_the_document() {
    for w in World::each() {
        client!(w, call);
        let text = "]]><script>alert('&')</script>\u{0}\u{8}\u{b}<!ENTITY x SYSTEM \"file:///etc/passwd\">\u{fffe}\u{202e}txt.exe";
        let number = call(lamp(&w, &[("description", text)])).await.one("service_request_id");
        let got = call(get("/open311/v2/requests.xml")).await;
        let mut reader = quick_xml::Reader::from_str(&got.body);
        while !matches!(reader.read_event().expect("well-formed"), quick_xml::events::Event::Eof) {}
        assert!(got.one("description").starts_with("]]&gt;&lt;script&gt;alert("));
        assert!(!got.body.contains(['\u{0}', '\u{8}', '\u{b}', '\u{fffe}', '\u{202e}']));
        assert!(!got.body.contains("<script") && !got.body.contains("<!"));
        let case = w.case(&number);
        assert!(case.title.ends_with("txt.exe") && case.description.chars().all(|c| !c.is_control()));
        let json = call(get("/open311/v2/requests.json")).await;
        let read: serde_json::Value = serde_json::from_str(&json.body).unwrap();
        assert_eq!(read[0]["description"], case.description);
    }
}

#[actix_web::test]
async fn what_is_sent_never_comes_back_in_an_error() {
    for w in World::each() {
        client!(w, call);
        let evil = "<evil>&\u{202e}";
        for (name, value) in [("service_code", evil), ("lat", evil), ("media_url", evil), ("api_key", evil)] {
            let got = call(lamp(&w, &[(name, value)])).await;
            assert!(got.status >= 400 && !got.body.contains("evil"), "{name}: {}", got.body);
        }
        let got = call(get("/open311/v2/services/%3Cevil%3E.xml")).await;
        assert!(got.status == 404 && !got.body.contains("evil"));
    }
}

#[actix_web::test]
async fn a_persons_token_is_no_key_and_a_key_in_the_header_is_not_looked_for() {
    for w in World::each() {
        client!(w, call);
        let session = format!("session-{}", w.sender.actor.user);
        let got = call(lamp(&w, &[("api_key", &session)])).await;
        assert_eq!(got.status, 403);
        assert!(got.one("description").contains("service account"));
        let sent = lamp(&w, &[("api_key", "")]).header("authorization", &format!("Bearer {}", w.key()));
        assert_eq!(call(sent).await.status, 403);
    }
}

#[actix_web::test]
async fn who_may_not_report_does_not_report_here_either() {
    for w in World::each() {
        client!(w, call);
        let reader = w.account(OTHER, &["grid.incident.read"]);
        for key in ["", "wrong", &reader] {
            let got = call(lamp(&w, &[("api_key", key)])).await;
            assert_eq!((got.status, got.all("error").len()), (403, 1), "{key}");
        }
        assert_eq!(call(get("/open311/v2/requests.xml")).await.all("request").len(), 0);
    }
}

#[actix_web::test]
async fn a_key_in_the_address_is_as_good_as_in_the_form_and_the_forms_comes_first() {
    for w in World::each() {
        client!(w, call);
        let mut sent = lamp(&w, &[("api_key", "")]);
        sent.target = format!("/open311/v2/requests.xml?api_key={}", w.key());
        assert_eq!(call(sent).await.status, 200);
        let mut sent = lamp(&w, &[("api_key", "wrong")]);
        sent.target = format!("/open311/v2/requests.xml?api_key={}", w.key());
        assert_eq!(call(sent).await.status, 403);
    }
}

#[actix_web::test]
async fn a_flood_is_told_when_to_come_back_in_the_standards_own_words() {
    for w in World::each() {
        let settings = Settings { rate_burst: 5, rate_per_second: 1, ..Settings::default() };
        client!(w, call, settings);
        let mut refused = None;
        for n in 0..12 {
            // A token in the header that is another each time makes nobody another client.
            let sent = get("/open311/v2/services.xml").header("authorization", &format!("Bearer guess-{n}"));
            let got = call(sent).await;
            if got.status == 429 {
                refused = Some(got);
            }
        }
        let got = refused.expect("a flood is refused");
        assert_eq!((got.media.as_str(), got.one("code").as_str()), ("text/xml; charset=utf-8", "429"));
        assert!(got.retry.is_some_and(|seconds| seconds.parse::<u32>().is_ok()));
        let json = call(get("/open311/v2/requests.json")).await;
        let read: serde_json::Value = serde_json::from_str(&json.body).unwrap();
        assert_eq!((json.status, &read[0]["code"]), (429, &"429".into()));
    }
}

#[actix_web::test]
async fn a_jurisdiction_that_is_not_ours_is_not_there() {
    for mut w in World::each() {
        w.settings.jurisdiction_id = Some("city.example".into());
        client!(w, call);
        for (asked, status) in [("", 200), ("city.example", 200), ("other.example", 404)] {
            for path in ["services.xml", "services/0101000000.xml", "requests.xml"] {
                let got = call(get(format!("/open311/v2/{path}?jurisdiction_id={asked}"))).await;
                assert_eq!(got.status, status, "{path} {asked}");
            }
            assert_eq!(call(lamp(&w, &[("jurisdiction_id", asked)])).await.status, status, "{asked}");
        }
    }
}

#[actix_web::test]
async fn outside_every_grid_the_accounts_own_unit_has_it() {
    for w in World::each() {
        client!(w, call);
        let key = w.account(OTHER, &["grid.incident.report"]);
        let fields =
            [("api_key", key.as_str()), ("service_code", "0101000000"), ("lat", "1.0"), ("long", "1.0")];
        let got = call(post("/open311/v2/requests.xml", form(&fields))).await;
        assert_eq!(w.case(&got.one("service_request_id")).unit, w.unit(OTHER));
        assert_eq!(
            w.case(&got.one("service_request_id")).title,
            "路灯",
            "without words it is called as its category"
        );
    }
}

#[actix_web::test]
async fn a_key_that_was_made_for_reporting_does_no_more() {
    for w in World::each() {
        client!(w, call);
        let narrow = w.key().replace("key-", "narrow-");
        let number = call(lamp(&w, &[("api_key", &narrow)])).await.one("service_request_id");
        w.act(&number, crate::world::all_the_way("换了灯泡"));
        for path in ["requests.xml", "servicerequestupdates.xml"] {
            assert_eq!(call(get(format!("/open311/v2/{path}?api_key={narrow}"))).await.status, 403, "{path}");
        }
        let said = form(&[
            ("api_key", &narrow),
            ("service_request_id", &number),
            ("update_id", "1"),
            ("status", "REOPEN"),
            ("updated_datetime", "2026-11-25T10:00:00Z"),
            ("description", "又不亮了"),
        ]);
        let got = call(post("/open311/v2/servicerequestupdates.xml", said)).await;
        assert_eq!(got.status, 200, "what is said is kept: {}", got.body);
        assert_eq!(w.case(&number).state, grid::model::State::Closed);
    }
}

/// Writes down whatever is logged.
#[derive(Clone, Default)]
struct Logged(std::sync::Arc<parking_lot::Mutex<String>>);

impl tracing::Subscriber for Logged {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        span.record(&mut Words(&mut self.0.lock()));
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, values: &tracing::span::Record<'_>) {
        values.record(&mut Words(&mut self.0.lock()));
    }
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut Words(&mut self.0.lock()));
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

struct Words<'a>(&'a mut String);

impl tracing::field::Visit for Words<'_> {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        self.0.push_str(&format!("{field}={value:?} "));
    }
}

#[actix_web::test]
async fn neither_a_key_nor_what_is_said_comes_into_a_log() {
    for w in World::each() {
        client!(w, call);
        let logged = Logged::default();
        let guard = tracing::subscriber::set_default(logged.clone());
        let number = call(lamp(&w, &[("email", "zhang@example.org")])).await.one("service_request_id");
        let mut by_address = lamp(&w, &[("api_key", "")]);
        by_address.target = format!("/open311/v2/requests.xml?api_key={}", w.key());
        assert_eq!(call(by_address).await.status, 200);
        assert_eq!(
            call(get(format!("/open311/v2/requests/{number}.xml?api_key={}", w.key()))).await.status,
            200
        );
        assert_eq!(call(get("/open311/v2/requests.xml?api_key=guessed-4711")).await.status, 403);
        drop(guard);
        let logged = logged.0.lock().clone();
        assert!(logged.contains("/open311/v2/requests.xml") && logged.contains("403"), "{logged}");
        assert!(logged.contains("operation=\"/open311/v2/requests.{format}\""), "{logged}");
        for secret in ["api_key", "key-", "guessed", "zhang", "路灯"] {
            assert!(!logged.contains(secret), "{secret} is logged: {logged}");
        }
    }
}

#[actix_web::test]
async fn whatever_comes_is_never_our_fault() {
    let nasty = [
        "%00",
        "7%00",
        "%00%00x",
        "%0A",
        "%7F",
        "%C2%85",
        "%E2%80%AE",
        "%F4%8F%BF%BF",
        "'--",
        "%22;drop",
        "..%2F..%2Fetc",
        "9999999999999999999999",
        "-0",
        "1e308",
        "{}",
        "[]",
        "%25s%25n",
        "%EF%BF%BE",
        "{0193b2f0-1234-7123-8123-123456789012}",
        "urn:uuid:0193b2f0-1234-7123-8123-123456789012",
        "0193B2F0-1234-7123-8123-123456789012",
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59%2B23:59",
    ];
    let names = [
        "api_key",
        "service_code",
        "lat",
        "long",
        "address_string",
        "description",
        "media_url",
        "attribute[fixmystreet_id]",
        "attribute[closest_address]",
        "service_request_id",
        "update_id",
        "status",
        "updated_datetime",
        "start_date",
        "end_date",
        "page",
        "page_size",
        "jurisdiction_id",
    ];
    for w in World::each() {
        client!(w, call);
        let number = call(lamp(&w, &[])).await.one("service_request_id");
        let good = [
            ("api_key", w.key()),
            ("service_code", "0101000000"),
            ("lat", "23.005"),
            ("long", "113.005"),
            ("description", "路灯"),
            ("service_request_id", number.as_str()),
            ("update_id", "1"),
            ("status", "OPEN"),
            ("updated_datetime", "2026-11-25T10:00:00Z"),
        ];
        for name in names {
            for value in nasty {
                let mut fields = good.to_vec();
                fields.retain(|(known, _)| *known != name);
                let body = format!("{}&{}={value}", form(&fields), client::encoded(name));
                for path in ["requests.xml", "servicerequestupdates.json"] {
                    let got = call(post(&format!("/open311/v2/{path}"), body.clone())).await;
                    assert!(got.status < 500, "{path} {name} {value}: {}", got.body);
                    if name.ends_with("_date") || name.starts_with("page") || name.ends_with("_id") {
                        let query = format!("/open311/v2/{path}?api_key={}&{name}={value}", w.key());
                        let got = call(get(query)).await;
                        assert!(got.status < 500, "GET {path} {name} {value}: {}", got.body);
                    }
                }
            }
        }
        for value in nasty {
            for path in ["services", "requests", "tokens"] {
                let Ok(target) = format!("/open311/v2/{path}/{value}.xml").parse::<actix_web::http::Uri>()
                else {
                    continue;
                };
                let got = call(get(target.to_string())).await;
                assert_eq!(
                    (got.status, got.media.as_str()),
                    (404, "text/xml; charset=utf-8"),
                    "{path} {value}"
                );
            }
        }
    }
}
