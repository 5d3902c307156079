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
async fn who_belongs_nowhere_reports_where_a_grid_is_and_nowhere_else() {
    for w in World::each() {
        client!(w, call);
        // May report by its role, in a unit that ends with it: the unit is the receiver outside every grid.
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
