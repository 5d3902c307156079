//! `GET /requests`: what is public, what a key opens, and every filter.

use crate::client;
use crate::client::{encoded, get, lamp};
use crate::world::{OTHER, TOWN, World, all_the_way};

const REQUESTS: &str = "/open311/v2/requests.xml";

#[actix_web::test]
async fn without_a_key_only_what_came_this_way_is_there_and_nothing_personal_of_it() {
    for w in World::each() {
        client!(w, call);
        let number = call(lamp(&w, &[("address_string", "人民路 1 号"), ("email", "a@b.example")]))
            .await
            .one("service_request_id");
        let secret = w.elsewhere("家事纠纷", TOWN);
        let got = call(get(REQUESTS)).await;
        assert_eq!(got.all("service_request_id"), std::slice::from_ref(&number));
        assert!(got.body.contains("<address/>") && !got.body.contains("人民路") && !got.body.contains("a@b"));
        assert_eq!(got.one("description"), "路灯不亮\n\n三天了\n\nhttps://fms.example/report/7");
        for path in [
            format!("/open311/v2/requests/{}.xml", secret.number),
            format!("{REQUESTS}?service_request_id={}", secret.number),
        ] {
            assert_eq!(call(get(path)).await.status, 404);
        }
        let own = call(get(format!("/open311/v2/requests/{number}.xml?api_key={}", w.key()))).await;
        assert_eq!(own.one("address"), "人民路 1 号", "who reported it may see it whole");
    }
}

#[actix_web::test]
async fn a_key_opens_what_its_account_may_see_by_grids_rules_and_no_more() {
    for w in World::each() {
        client!(w, call);
        let public = call(lamp(&w, &[("address_string", "人民路 1 号")])).await.one("service_request_id");
        let (here, there) = (w.elsewhere("占道经营", TOWN), w.elsewhere("噪声扰民", OTHER));
        let key = w.account(TOWN, &["grid.incident.read"]);
        let got = call(get(format!("{REQUESTS}?api_key={key}"))).await;
        assert_eq!(got.all("service_request_id"), [here.number.clone(), public.clone()], "{}", got.body);
        assert!(got.body.contains("占道经营") && got.body.contains("<address>人民路 1 号</address>"));
        assert_eq!(
            call(get(format!("/open311/v2/requests/{}.xml?api_key={key}", there.number))).await.status,
            404
        );
        // In another place the public one is there as for everybody.
        let key = w.account(OTHER, &["grid.incident.read"]);
        let got = call(get(format!("{REQUESTS}?api_key={key}"))).await;
        assert_eq!(got.all("service_request_id"), [there.number.clone(), public]);
        assert!(!got.body.contains("人民路 1 号"));
    }
}

#[actix_web::test]
async fn a_wrong_key_opens_nothing_not_even_what_is_open() {
    for w in World::each() {
        client!(w, call);
        for key in ["wrong", "key-wrong", "key-0193b2f0-1234-7123-8123-123456789012", "%01", "%F0%9F%98%80"] {
            let got = call(get(format!("{REQUESTS}?api_key={key}"))).await;
            assert_eq!((got.status, got.one("code")), (403, "403".to_owned()), "{key}");
            assert!(!got.body.contains(key));
        }
    }
}

#[actix_web::test]
async fn what_was_struck_is_taken_from_the_public() {
    for w in World::each() {
        client!(w, call);
        let number = call(lamp(&w, &[])).await.one("service_request_id");
        w.strike(&number);
        assert_eq!(call(get(REQUESTS)).await.all("service_request_id").len(), 0);
        assert_eq!(call(get(format!("/open311/v2/requests/{number}.xml"))).await.status, 404);
        let own = call(get(format!("{REQUESTS}?api_key={}", w.key()))).await;
        assert_eq!((own.one("service_request_id"), own.one("status")), (number, "closed".to_owned()));
    }
}

#[actix_web::test]
async fn status_code_and_time_narrow_the_list() {
    for w in World::each() {
        client!(w, call);
        let done = call(lamp(&w, &[])).await.one("service_request_id");
        let other = call(lamp(&w, &[("service_code", "0201000000")])).await.one("service_request_id");
        w.act(&done, all_the_way("换了灯泡"));
        let ids =
            async |query: &str| call(get(format!("{REQUESTS}?{query}"))).await.all("service_request_id");
        assert_eq!(ids("status=closed").await, std::slice::from_ref(&done));
        assert_eq!(ids("status=open").await, std::slice::from_ref(&other));
        assert_eq!(ids("status=open,closed").await.len(), 2);
        assert_eq!(ids("status=open&status=closed").await.len(), 2);
        assert_eq!(ids("service_code=0201000000").await, std::slice::from_ref(&other));
        assert_eq!(ids("service_code=0201000000,0101000000").await.len(), 2);
        assert_eq!(
            ids("service_code=0201000000&service_code=0999999999").await,
            std::slice::from_ref(&other)
        );
        let now = w.db.db.clock().now();
        let (past, future) = (now.plus_days(-1), now.plus_days(1));
        assert_eq!(ids(&format!("start_date={past}")).await.len(), 2);
        assert_eq!(ids(&format!("start_date={past}&end_date={future}")).await.len(), 2);
        assert_eq!(ids(&format!("end_date={past}")).await.len(), 0);
        assert_eq!(ids(&format!("start_date={future}")).await.len(), 0);
        assert_eq!(ids(&format!("start_date={}", encoded("2026-11-01T00:00:00+08:00"))).await.len(), 2);
        for (query, status) in [
            ("service_code=0999999999", 404),
            ("status=gone", 400),
            ("start_date=yesterday", 400),
            ("start_date=2026-11-01T00:00:00", 400),
            ("start_date=2026-01-01T00:00:00Z&end_date=2026-11-01T00:00:00Z", 400),
            ("start_date=2026-11-02T00:00:00Z&end_date=2026-11-01T00:00:00Z", 400),
            ("start_date=9999-12-31T23:59:59Z", 200),
            ("page=-1", 400),
            ("page_size=0", 400),
            ("page_size=1001", 400),
            ("page=99999999999999999999", 400),
            ("page=10&page_size=1000", 400),
        ] {
            assert_eq!(call(get(format!("{REQUESTS}?{query}"))).await.status, status, "{query}");
        }
    }
}

#[actix_web::test]
async fn pages_begin_at_nought_and_lose_nothing() {
    for w in World::each() {
        client!(w, call);
        let mut all = Vec::new();
        for _ in 0..5 {
            all.push(call(lamp(&w, &[])).await.one("service_request_id"));
        }
        all.reverse();
        let mut paged = Vec::new();
        for page in 0..4 {
            let got = call(get(format!("{REQUESTS}?page={page}&page_size=2"))).await;
            paged.extend(got.all("service_request_id"));
        }
        assert_eq!(paged, all);
    }
}

#[actix_web::test]
async fn a_case_is_open_until_it_is_over_and_then_says_when() {
    for w in World::each() {
        client!(w, call);
        let number = call(lamp(&w, &[])).await.one("service_request_id");
        let shown = async || call(get(format!("/open311/v2/requests/{number}.xml"))).await;
        let mut deeds = all_the_way("换了灯泡");
        let last = deeds.pop().unwrap();
        let fresh = shown().await;
        assert_eq!((fresh.one("status"), fresh.all("status_notes").len()), ("open".to_owned(), 0));
        assert!(!fresh.one("expected_datetime").is_empty(), "it is due");
        w.act(&number, deeds);
        let verified = shown().await;
        assert_eq!(
            (verified.one("status"), verified.one("status_notes")),
            ("open".to_owned(), "换了灯泡".to_owned())
        );
        w.act(&number, vec![last]);
        let closed = shown().await;
        let case = w.case(&number);
        assert_eq!(closed.one("status"), "closed");
        assert_eq!(closed.one("updated_datetime"), case.closed_at.unwrap().to_string());
        assert!(!closed.body.contains("内部备注"));
    }
}

#[actix_web::test]
async fn where_the_window_is_shut_each_account_reads_its_own() {
    for mut w in World::each() {
        w.settings.public_requests = false;
        client!(w, call);
        let number = call(lamp(&w, &[])).await.one("service_request_id");
        for path in [
            REQUESTS.to_owned(),
            format!("/open311/v2/requests/{number}.xml"),
            format!("/open311/v2/tokens/{number}.xml"),
        ] {
            assert_eq!(call(get(&path)).await.status, 403, "{path}");
            assert_eq!(call(get(format!("{path}?api_key={}", w.key()))).await.status, 200, "{path}");
        }
        let stranger = w.names["stranger"].clone();
        let list = call(get(format!("{REQUESTS}?api_key={stranger}"))).await;
        assert_eq!((list.status, list.all("request").len()), (200, 0));
        let one = call(get(format!("/open311/v2/requests/{number}.xml?api_key={stranger}"))).await;
        assert_eq!(one.status, 404);
        assert_eq!(call(get("/open311/v2/services.xml")).await.status, 200);
    }
}
