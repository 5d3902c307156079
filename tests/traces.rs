//! Traces of requests, as a collector receives them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use commonweal_tests::app::TestApp;

/// What was sent: the path and the body.
type Received = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// A collector that takes whatever comes, until the process ends.
fn collector() -> (String, Received) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let received = Received::default();
    let kept = Arc::clone(&received);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.expect("a connection");
            let kept = Arc::clone(&kept);
            std::thread::spawn(move || {
                let mut reader = BufReader::new(&stream);
                loop {
                    let (mut head, mut line, mut length) = (String::new(), String::new(), 0_usize);
                    while reader.read_line(&mut line).is_ok_and(|n| n > 2) {
                        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                            length = value.trim().parse().expect("a length");
                        }
                        head.push_str(&line);
                        line.clear();
                    }
                    if head.is_empty() {
                        return;
                    }
                    let mut body = vec![0; length];
                    reader.read_exact(&mut body).expect("the body");
                    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                    kept.lock().expect("kept").push((path, body));
                    let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
                    (&stream).write_all(answer.as_bytes()).expect("answered");
                }
            });
        }
    });
    (format!("http://{address}"), received)
}

fn holds(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|w| w == part)
}

#[test]
fn each_request_is_a_span_of_its_senders_trace_with_the_request_id_and_none_of_its_secrets() {
    let (url, received) = collector();
    let mut app = TestApp::sqlite(&[("COMMONWEAL_OTLP_ENDPOINT", &url)]);
    let ask = |id: &str, parent: &str| {
        let request = app.stranger.request("GET", "/error-codes");
        let request = request.header("x-request-id", id).header("traceparent", parent);
        request.header("authorization", "Bearer topsecret").send().expect(200);
    };
    ask("asked-with-a-parent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    ask("asked-with-nonsense", "00-nonsense-b7ad6b7169203331-01");
    app.stranger.get("/incidents?cursor=hidden").problem(401, "web.not_signed_in");
    assert!(app.gateway.end(), "{}", app.gateway.log());
    let all = received.lock().expect("received");
    assert!(!all.is_empty() && all.iter().all(|(path, _)| path == "/v1/traces"));
    let sent: Vec<u8> = all.iter().flat_map(|(_, body)| body.iter().copied()).collect();
    let trace = 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128.to_be_bytes();
    let parent = 0xb7ad_6b71_6920_3331_u64.to_be_bytes();
    for part in [
        &b"GET /api/v1/error-codes"[..],
        b"web_list_error_codes",
        b"asked-with-a-parent",
        b"asked-with-nonsense",
        b"GET /api/v1/incidents",
        b"commonweal",
        &trace,
        &parent,
    ] {
        assert!(holds(&sent, part), "{:?} was not sent", String::from_utf8_lossy(part));
    }
    for secret in ["topsecret", "hidden", "nonsense-b7ad"] {
        assert!(!holds(&sent, secret.as_bytes()), "{secret} was sent");
    }
}

#[test]
fn a_collector_that_is_gone_costs_no_request_and_no_shutdown() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let mut app = TestApp::sqlite(&[("COMMONWEAL_OTLP_ENDPOINT", &format!("http://{free}"))]);
    for _ in 0..50 {
        app.stranger.get("/error-codes").expect(200);
    }
    assert!(app.gateway.end(), "{}", app.gateway.log());
}
