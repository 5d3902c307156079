//! What comes in: empty, again, in another encoding, broken, and too much of it.

use crate::client;
use crate::client::{Sent, form, get, lamp, post};
use crate::world::World;

const REQUESTS: &str = "/open311/v2/requests.xml";

#[actix_web::test]
async fn an_empty_parameter_is_as_good_as_none() {
    for w in World::each() {
        client!(w, call);
        for (name, says) in [("service_code", "service_code"), ("lat", "lat"), ("long", "long")] {
            let empty = call(lamp(&w, &[(name, "")])).await;
            let mut without = lamp(&w, &[(name, "")]);
            without.body = String::from_utf8(without.body)
                .unwrap()
                .split('&')
                .filter(|pair| !pair.starts_with(&format!("{name}=")))
                .collect::<Vec<_>>()
                .join("&")
                .into_bytes();
            let absent = call(without).await;
            assert_eq!((empty.status, &empty.body), (absent.status, &absent.body), "{name}");
            assert_eq!(empty.status, 400);
            assert!(empty.one("description").starts_with(says), "{}", empty.body);
        }
        let got = call(get(format!("{REQUESTS}?service_code=&status=&start_date=&end_date=&page=&page_size=&service_request_id=&api_key="))).await;
        assert_eq!((got.status, got.all("error").len()), (200, 0), "{}", got.body);
    }
}

#[actix_web::test]
async fn a_report_says_where_or_is_refused() {
    for w in World::each() {
        client!(w, call);
        let by_address = [("lat", ""), ("long", ""), ("address_string", "人民路 1 号")];
        let got = call(lamp(&w, &by_address)).await;
        assert_eq!(got.status, 200, "{}", got.body);
        let case = w.case(&got.one("service_request_id"));
        assert_eq!(
            (case.unit, case.address.as_deref()),
            (w.unit(0), Some("人民路 1 号")),
            "the account's unit has it"
        );
        let nowhere = call(lamp(&w, &[("lat", ""), ("long", "")])).await;
        assert!(nowhere.status == 400 && nowhere.one("description").contains("address_string"));
        let by_id = call(lamp(&w, &[("lat", ""), ("long", ""), ("address_id", "7")])).await;
        assert!(by_id.status == 400 && by_id.one("description").contains("address_id"));
        for (lat, long) in
            [("91", "0"), ("0", "181"), ("NaN", "0"), ("inf", "0"), ("1e999", "0"), ("23,5", "0")]
        {
            let got = call(lamp(&w, &[("lat", lat), ("long", long)])).await;
            assert_eq!(got.status, 400, "{lat} {long}");
        }
        let outside = call(lamp(&w, &[("lat", "50.0"), ("long", "8.0")])).await;
        assert_eq!(w.case(&outside.one("service_request_id")).unit, w.unit(0));
    }
}

#[actix_web::test]
async fn what_a_category_asks_for_is_asked_for() {
    for w in World::each() {
        client!(w, call);
        let got = call(lamp(&w, &[("service_code", "0102000000")])).await;
        assert_eq!((got.status, got.all("error").len()), (400, 1), "{}", got.body);
        assert!(got.one("description").starts_with("address_string"));
        for unknown in ["0100000000", "0999999999", "路灯", &w.names["other_lamps"], "../services"] {
            let got = call(lamp(&w, &[("service_code", unknown)])).await;
            assert_eq!((got.status, got.one("code")), (404, "404".to_owned()), "{unknown}");
        }
    }
}

#[actix_web::test]
async fn another_encoding_is_refused_and_nothing_of_it_is_kept() {
    for w in World::each() {
        client!(w, call);
        let base = form(&[
            ("api_key", w.key()),
            ("service_code", "0101000000"),
            ("lat", "23.005"),
            ("long", "113.005"),
        ]);
        let mut raw = format!("{base}&description=").into_bytes();
        raw.extend(b"caf\xe9");
        let plain = "application/x-www-form-urlencoded";
        for (body, kind) in [
            (format!("{base}&description=caf%E9").into_bytes(), plain.to_owned()),
            (raw, plain.to_owned()),
            (format!("{base}&description=%F0%9F%98").into_bytes(), plain.to_owned()),
            (format!("{base}&%E9=1").into_bytes(), plain.to_owned()),
            (format!("{base}&description=x").into_bytes(), format!("{plain}; charset=ISO-8859-1")),
            (format!("{base}&description=x").into_bytes(), format!("{plain}; charset=\"gb18030\"")),
        ] {
            let got = call(post(REQUESTS, body).header("content-type", &kind)).await;
            assert_eq!(got.status, 400, "{}", got.body);
            assert!(got.one("description").contains("UTF-8"), "{}", got.body);
        }
        let got = call(get(format!("{REQUESTS}?service_code=%E9"))).await;
        assert_eq!(got.status, 400);
        for charset in ["utf-8", "UTF-8", "\"utf8\""] {
            let kind = format!("{plain};charset={charset}");
            let got =
                call(post(REQUESTS, format!("{base}&description=x")).header("content-type", &kind)).await;
            assert_eq!(got.status, 200, "{charset}");
        }
    }
}

#[actix_web::test]
async fn a_body_that_is_no_form_is_refused() {
    for w in World::each() {
        client!(w, call);
        let good = lamp(&w, &[]);
        for (name, value) in [
            ("content-type", "application/json"),
            ("content-type", "text/xml"),
            ("content-type", "multipart/form-data"),
            ("content-type", "multipart/form-data; boundary=nowhere"),
            ("content-type", ""),
            ("content-encoding", "gzip"),
        ] {
            let got = call(good.clone().header(name, value)).await;
            assert_eq!((got.status, got.all("error").len()), (400, 1), "{name}: {value}: {}", got.body);
        }
    }
}

#[actix_web::test]
async fn everything_has_a_bound() {
    for w in World::each() {
        client!(w, call);
        let long = "长".repeat(4_001);
        let most = "长".repeat(4_000);
        let url = format!("https://fms.example/{}", "a".repeat(2_000));
        let many: String = (0..300).map(|n| format!("&attribute[a{n}]=1")).collect();
        let name = "n".repeat(200);
        let id = "7".repeat(101);
        assert_eq!(call(lamp(&w, &[("description", &most)])).await.status, 200);
        let sized =
            |more: String| Sent { body: [lamp(&w, &[]).body, more.into_bytes()].concat(), ..lamp(&w, &[]) };
        for sent in [
            lamp(&w, &[("description", &long)]),
            lamp(&w, &[("media_url", &url)]),
            lamp(&w, &[("email", &most)]),
            lamp(&w, &[("attribute[fixmystreet_id]", &id)]),
            lamp(&w, &[("service_code", &id)]),
            lamp(&w, &[("address_string", &most)]),
            sized(many),
            sized(format!("&{name}=1")),
            sized(format!("&x={}", "y".repeat(17_000))),
            sized("&x=".repeat(100_000)),
        ] {
            let got = call(sent).await;
            assert_eq!(got.status, 400, "{}", got.body);
        }
        let keys = "k".repeat(10_000);
        assert_eq!(call(lamp(&w, &[("api_key", &keys)])).await.status, 403);
        let ids = vec!["a"; 1_001].join(",");
        assert_eq!(call(get(format!("{REQUESTS}?service_request_id={ids}"))).await.status, 400);
    }
}

#[actix_web::test]
async fn a_form_with_files_has_its_bounds_too() {
    for w in World::each() {
        client!(w, call);
        let part = |head: &str, value: &str| {
            format!("--b\r\nContent-Disposition: form-data; {head}\r\n\r\n{value}\r\n")
        };
        let base: String =
            [("api_key", w.key()), ("service_code", "0101000000"), ("lat", "23.005"), ("long", "113.005")]
                .iter()
                .map(|(name, value)| part(&format!("name=\"{name}\""), value))
                .collect();
        let send = |more: Vec<u8>| {
            let body = [base.clone().into_bytes(), more, b"--b--\r\n".to_vec()].concat();
            post(REQUESTS, body).header("content-type", "multipart/form-data; boundary=b")
        };
        assert_eq!(call(send(Vec::new())).await.status, 200);
        let many: String =
            (0..25).map(|n| part(&format!("name=\"photo{n}\"; filename=\"a\""), "x")).collect();
        let latin =
            b"--b\r\nContent-Disposition: form-data; name=\"description\"\r\n\r\ncaf\xe9\r\n".to_vec();
        let charset = "--b\r\nContent-Disposition: form-data; name=\"description\"\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\nx\r\n";
        for more in [
            part("name=\"description\"", &"y".repeat(17_000)).into_bytes(),
            many.into_bytes(),
            latin,
            charset.to_owned().into_bytes(),
            b"--b\r\nContent-Disposition: form-data; name=\"x".to_vec(),
        ] {
            let got = call(send(more)).await;
            assert_eq!((got.status, got.all("error").len()), (400, 1), "{}", got.body);
        }
        let mut huge = part("name=\"photo1\"; filename=\"a\"", "").into_bytes();
        huge.extend(std::iter::repeat_n(b'x', 33 << 20));
        assert_eq!(call(send(huge)).await.status, 400);
    }
}

#[actix_web::test]
async fn pictures_are_addresses_of_the_web_and_nothing_else() {
    for w in World::each() {
        client!(w, call);
        for url in [
            "javascript:alert(1)",
            "file:///etc/passwd",
            "data:image/png;base64,AAAA",
            "ftp://fms.example/a.jpeg",
            "https://fms.example/a b",
            "//fms.example/a",
        ] {
            let got = call(lamp(&w, &[("media_url", url)])).await;
            assert_eq!(got.status, 400, "{url}");
        }
        let many: Vec<(&str, String)> =
            (0..21).map(|n| ("media_url", format!("https://a.example/{n}"))).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|(name, url)| (*name, url.as_str())).collect();
        assert_eq!(call(lamp(&w, &many)).await.status, 400);
        // Nobody here follows it: an address inside is no more than a text.
        let got = call(lamp(&w, &[("media_url", "http://169.254.169.254/latest")])).await;
        assert_eq!(got.status, 200);
    }
}
