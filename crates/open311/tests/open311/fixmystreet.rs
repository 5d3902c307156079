//! FixMyStreet's client as it really behaves: `standards/open311.md` 2.8, point by point.

use actix_web::http::Method;

use crate::client;
use crate::client::{Got, Sent, encoded, form, get, lamp, post};
use crate::world::{World, all_the_way};

/// The endpoint as it stands in the configuration: names of resources are hung behind it.
const ENDPOINT: &str = "/open311/v2/";

fn case_count(w: &World) -> usize {
    let filter = grid::store::incidents::Filter::default();
    let unit = w.unit(crate::world::TOWN);
    let source = grid::store::incidents::Source::At(unit);
    w.write(move |tx, _| grid::store::incidents::list(tx, source, &filter, 1_000)).unwrap().len()
}

#[actix_web::test]
async fn point_1_the_endpoint_and_the_name_make_the_address() {
    for w in World::each() {
        client!(w, call);
        for name in ["services.xml", "services/0101000000.xml", "requests.xml", "discovery.xml"] {
            let got = call(get(format!("{ENDPOINT}{name}"))).await;
            assert_eq!((got.status, got.media.as_str()), (200, "text/xml; charset=utf-8"), "{name}");
        }
    }
}

#[actix_web::test]
async fn point_2_no_accept_header_any_jurisdiction_and_an_empty_key_are_no_trouble() {
    for w in World::each() {
        client!(w, call);
        let agent = |sent: Sent| sent.header("user-agent", "libwww-perl/6.67");
        let got = call(agent(get("/open311/v2/services.xml?jurisdiction_id=city.example"))).await;
        assert_eq!(got.status, 200);
        let got = call(agent(get("/open311/v2/services.xml?jurisdiction_id="))).await;
        assert_eq!(got.status, 200);
        let path = "/open311/v2/servicerequestupdates.xml?jurisdiction_id=&api_key=&start_date=2026-11-25T08:00:00Z&end_date=2026-11-25T10:00:00Z";
        let got = call(agent(get(path))).await;
        assert_eq!((got.status, got.one("code")), (403, "403".to_owned()), "an empty key is none");
        let absent = call(get("/open311/v2/servicerequestupdates.xml")).await;
        assert_eq!((absent.status, absent.body), (got.status, got.body));
    }
}

#[actix_web::test]
async fn point_3_the_document_has_no_attributes_no_blanks_and_no_wrapped_texts() {
    for w in World::each() {
        client!(w, call);
        call(lamp(&w, &[])).await;
        for path in
            ["services.xml", "services/0102000000.xml", "requests.xml", "discovery.xml", "nothing.xml"]
        {
            let got = call(get(format!("{ENDPOINT}{path}"))).await;
            let body = got.body.strip_prefix("<?xml version=\"1.0\" encoding=\"utf-8\"?>").unwrap();
            assert!(!body.contains("> <") && !body.contains(">\n") && !body.contains("\n<"), "{body}");
            for tag in body.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()) {
                assert!(!tag.contains([' ', '=', '"', ':']), "{path}: {tag}");
            }
        }
    }
}

#[actix_web::test]
async fn point_4_no_two_services_have_one_name_and_each_has_a_code() {
    for w in World::each() {
        client!(w, call);
        let parent = w.category("其他", Some("0900000000"), None);
        for code in ["0901000000", "0902000000"] {
            w.category("噪声", Some(code), Some(parent));
        }
        w.category("噪声 (其他)", Some("0903000000"), Some(parent));
        let got = call(get("/open311/v2/services.xml")).await;
        let (names, codes) = (got.all("service_name"), got.all("service_code"));
        let mut distinct = names.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), names.len(), "{names:?}");
        assert_eq!(names.len(), codes.len());
        assert!(names.iter().all(|name| name.trim() == name && !name.is_empty()), "{names:?}");
        assert!(
            names.contains(&"路灯 (市容环境)".to_owned()) && names.contains(&"路灯 (公园绿地)".to_owned())
        );
        assert!(!codes.contains(&"0100000000".to_owned()), "what others stand below is a group");
    }
}

#[actix_web::test]
async fn point_5_metadata_leads_to_a_definition_that_is_not_empty() {
    for w in World::each() {
        client!(w, call);
        let services = call(get("/open311/v2/services.xml")).await;
        assert!(services.all("metadata").iter().all(|m| m == "true"));
        for code in services.all("service_code") {
            let got = call(get(format!("/open311/v2/services/{code}.xml"))).await;
            let orders: Vec<u32> = got.all("order").iter().map(|o| o.parse().unwrap()).collect();
            assert_eq!((got.status, orders), (200, vec![1, 2]), "{code}");
            assert!(got.all("description").iter().all(|d| !d.ends_with(':')));
            assert_eq!(got.all("automated"), ["server_set", "server_set"]);
        }
    }
}

#[actix_web::test]
async fn point_6_no_keyword_is_one_of_its_flags_and_groups_are_names() {
    for w in World::each() {
        client!(w, call);
        let got = call(get("/open311/v2/services.xml")).await;
        let flags = ["private", "inactive", "staff", "waste_only"];
        assert!(got.all("keywords").iter().all(|words| words.split(',').all(|k| !flags.contains(&k))));
        assert_eq!(got.all("group"), ["市容环境", "市容环境", "公园绿地"]);
    }
}

/// What the client sends for a report.
fn report(w: &World, id: &str) -> Sent {
    let fields = [
        ("jurisdiction_id", ""),
        ("api_key", w.key()),
        ("service_code", "0102000000"),
        ("description", "井盖松动\n\n车过就响\n\nhttps://fms.example/report/17"),
        ("first_name", "三"),
        ("last_name", ""),
        ("phone", ""),
        ("email", "san@example.org"),
        ("lat", "23.005000"),
        ("long", "113.005000"),
        ("media_url", "https://fms.example/photo/17.0.full.jpeg"),
        ("media_url", "https://fms.example/photo/17.1.full.jpeg"),
        ("attribute[fixmystreet_id]", id),
        ("attribute[closest_address]", "人民路 1 号"),
        ("attribute[easting]", "1"),
        ("attribute[northing]", "2"),
    ];
    post("/open311/v2/requests.xml", form(&fields)).header("user-agent", "libwww-perl/6.67")
}

#[actix_web::test]
async fn point_7_a_report_becomes_a_case_where_it_lies() {
    for w in World::each() {
        client!(w, call);
        let got = call(report(&w, "17")).await;
        assert_eq!((got.status, got.all("token").len()), (200, 0), "{}", got.body);
        let case = w.case(&got.one("service_request_id"));
        assert_eq!((case.title.as_str(), case.unit), ("井盖松动", w.unit(crate::world::TOWN)));
        assert_eq!(case.address.as_deref(), Some("人民路 1 号"));
        assert_eq!((case.point, case.reporter), (Some((23.005, 113.005)), w.sender.actor.user));
        let shown = call(get("/open311/v2/requests.xml")).await;
        assert_eq!(shown.one("media_url"), "https://fms.example/photo/17.0.full.jpeg");
    }
}

#[actix_web::test]
async fn point_7_in_upload_mode_the_photos_pass_by_and_the_answer_says_so() {
    for w in World::each() {
        client!(w, call);
        let mut body = Vec::new();
        for (name, value) in [
            ("api_key", w.key()),
            ("service_code", "0101000000"),
            ("lat", "23.005000"),
            ("long", "113.005000"),
            ("description", "路灯不亮"),
            ("attribute[fixmystreet_id]", "18"),
        ] {
            body.extend(
                format!("--xYz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                    .bytes(),
            );
        }
        let photo = "--xYz\r\nContent-Disposition: form-data; name=\"photo1\"; filename=\"a.jpeg\"\r\nContent-Type: image/jpeg\r\n\r\n";
        body.extend(photo.bytes());
        body.extend(std::iter::repeat_n(0xff_u8, 300_000));
        body.extend(b"\r\n--xYz--\r\n");
        let sent = post("/open311/v2/requests.xml", body)
            .header("content-type", "multipart/form-data; boundary=xYz");
        let got = call(sent).await;
        assert_eq!(got.status, 200, "{}", got.body);
        assert!(got.one("service_notice").contains("not kept"));
        assert_eq!(w.case(&got.one("service_request_id")).title, "路灯不亮");
    }
}

#[actix_web::test]
async fn point_8_a_report_that_is_sent_again_is_the_case_it_became() {
    for w in World::each() {
        client!(w, call);
        let definition = call(get("/open311/v2/services/0102000000.xml")).await;
        assert_eq!(definition.all("code"), ["fixmystreet_id", "closest_address"]);
        assert_eq!(definition.all("required"), ["false", "true"]);
        // The answer is lost; five minutes later it comes again, and once more in other words.
        let first = call(report(&w, "17")).await;
        let again = call(report(&w, "17")).await;
        assert_eq!((first.status, &first.body), (again.status, &again.body));
        let other = call(lamp(&w, &[("attribute[fixmystreet_id]", "17"), ("description", "另一段话")])).await;
        assert_eq!(other.one("service_request_id"), first.one("service_request_id"));
        assert_eq!(
            (case_count(&w), w.case(&first.one("service_request_id")).title),
            (1, "井盖松动".to_owned())
        );
        // Another report, and the same number of another account.
        let next = call(report(&w, "18")).await;
        assert_ne!(next.one("service_request_id"), first.one("service_request_id"));
        let stranger = w.names["stranger"].clone();
        let theirs = call(lamp(&w, &[("api_key", &stranger), ("attribute[fixmystreet_id]", "17")])).await;
        assert_ne!(theirs.one("service_request_id"), first.one("service_request_id"));
        assert_eq!(case_count(&w), 3);
    }
}

#[actix_web::test]
async fn another_client_names_its_report_by_a_header() {
    for w in World::each() {
        client!(w, call);
        let send = |key: &str| lamp(&w, &[]).header("idempotency-key", key);
        let first = call(send("7")).await.one("service_request_id");
        assert_eq!(call(send("7")).await.one("service_request_id"), first);
        assert_ne!(call(send("8")).await.one("service_request_id"), first);
        let theirs = call(lamp(&w, &[("attribute[fixmystreet_id]", "7")])).await;
        assert_ne!(theirs.one("service_request_id"), first, "a number of FixMyStreet is another thing");
        assert_eq!(call(send(&"k".repeat(101))).await.status, 400);
        assert_ne!(
            call(lamp(&w, &[])).await.one("service_request_id"),
            call(lamp(&w, &[])).await.one("service_request_id")
        );
    }
}

#[actix_web::test]
async fn point_8_sent_many_times_at_once_it_is_still_one_case() {
    for w in World::each() {
        client!(w, call);
        let calls = (0..8).map(|_| call(report(&w, "17")));
        let got: Vec<Got> = futures_util::future::join_all(calls).await;
        let first = got[0].one("service_request_id");
        assert!(got.iter().all(|g| g.status == 200 && g.one("service_request_id") == first), "{got:?}");
        assert_eq!(case_count(&w), 1);
    }
}

#[actix_web::test]
async fn point_9_a_number_is_answered_at_once_and_a_poll_for_it_ends() {
    for w in World::each() {
        client!(w, call);
        let number = call(report(&w, "17")).await.one("service_request_id");
        let got = call(get(format!("/open311/v2/tokens/{number}.xml"))).await;
        assert_eq!((got.one("service_request_id"), got.one("token")), (number.clone(), number));
        let got = call(get("/open311/v2/tokens/unknown.xml")).await;
        assert_eq!((got.status, got.one("code")), (404, "404".to_owned()));
    }
}

#[actix_web::test]
async fn point_10_updates_are_inside_the_hours_asked_for_and_keep_their_ids() {
    for w in World::each() {
        client!(w, call);
        let number = call(report(&w, "17")).await.one("service_request_id");
        w.act(&number, all_the_way("换了灯泡"));
        let now = w.db.db.clock().now();
        let path = |from: i64, to: i64| {
            let (from, to) = (now.plus_seconds(from).to_string(), now.plus_seconds(to).to_string());
            let key = encoded(w.key());
            get(format!(
                "/open311/v2/servicerequestupdates.xml?jurisdiction_id=&api_key={key}&start_date={from}&end_date={to}"
            ))
        };
        let got = call(path(-7_200, 1)).await;
        assert_eq!(got.status, 200, "{}", got.body);
        assert_eq!(got.all("status"), ["INVESTIGATING", "ACTION_SCHEDULED", "IN_PROGRESS", "FIXED", "FIXED"]);
        assert!(got.all("service_request_id").iter().all(|id| *id == number));
        let (from, to) = (now.plus_seconds(-7_200).to_string(), now.plus_seconds(1).to_string());
        assert!(got.all("updated_datetime").iter().all(|at| *from <= **at && **at <= *to && at.len() == 20));
        let mut ids = got.all("update_id");
        assert_eq!(call(path(-7_200, 1)).await.all("update_id"), ids, "asked again they are the same");
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 5);
        assert_eq!(call(path(-7_200, -3_600)).await.all("update_id").len(), 0);
        let start = now.plus_seconds(-7_200).to_string();
        let raw = start.replace('Z', "+00:00");
        let unencoded = format!("/open311/v2/servicerequestupdates.xml?api_key={}&start_date={raw}", w.key());
        assert_eq!(call(get(unencoded)).await.all("update_id").len(), 5, "a plus that was not encoded");
    }
}

#[actix_web::test]
async fn point_11_reports_of_the_last_hour_have_all_that_is_read_of_them() {
    for w in World::each() {
        client!(w, call);
        let first = call(report(&w, "17")).await.one("service_request_id");
        let second = call(report(&w, "18")).await.one("service_request_id");
        w.act(&first, all_the_way("换了灯泡"));
        let got = call(get(format!(
            "/open311/v2/requests.xml?service_request_id={first},{second},lost&status=closed"
        )))
        .await;
        assert_eq!(got.all("service_request_id"), [second.clone(), first], "its status does not count");
        assert_eq!(got.all("status_notes"), ["换了灯泡"]);
        assert_eq!(got.all("status"), ["open", "closed"]);
        assert_eq!(
            (got.all("lat"), got.all("long")),
            (vec!["23.005".to_owned(); 2], vec!["113.005".to_owned(); 2])
        );
        let one = call(get(format!("/open311/v2/requests/{second}.xml"))).await;
        assert_eq!(one.one("service_code"), "0102000000");
        assert_eq!(one.one("service_name"), "井盖 &amp; 盖板");
        assert_eq!(one.one("agency_responsible"), "东镇");
    }
}

#[actix_web::test]
async fn point_12_every_error_can_be_shown() {
    for w in World::each() {
        client!(w, call);
        let all = [
            get("/open311/v2/services/nothing.xml"),
            get("/open311/v2/requests/nothing.xml"),
            get("/open311/v2/services.csv"),
            get("/open311/v2/services"),
            get("/open311/v2/"),
            post("/open311/v2/requests.xml", "service_code=1"),
            post("/open311/v2/services.xml", "a=1"),
            Sent { method: Method::DELETE, ..get("/open311/v2/requests.xml") },
            lamp(&w, &[("lat", "x"), ("long", "")]),
        ];
        for sent in all {
            let got = call(sent.clone()).await;
            assert!([400, 403, 404].contains(&got.status), "{sent:?}");
            assert_eq!(got.media, "text/xml; charset=utf-8", "{sent:?}");
            let errors = got.all("error");
            assert!(!errors.is_empty() && got.body.contains("<errors><error><code>"), "{}", got.body);
            assert_eq!(got.all("code"), vec![got.status.to_string(); errors.len()]);
            assert!(got.all("description").iter().all(|d| !d.is_empty()), "{}", got.body);
        }
    }
}
