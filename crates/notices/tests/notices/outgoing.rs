//! From the transaction to the channel: after the commit, in order, again until it is taken, and then forgotten.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant as Moment};

use auth::Secrets;
use contracts::{AddressKind, Language, Notice, Notices, Recipient, Template};
use kernel::Fault;
use kernel::id::Notice as NoticeKind;
use notices::channel::{Content, Delivery};
use notices::model::{EXPIRED, SENT};
use notices::store::outgoing;
use notices::{Channel, Folder, Sender, Webhook};
use parking_lot::Mutex;
use secrecy::SecretString;
use storage::outbox::Consumers;
use storage::worker::Workers;
use storage::{Db, Tx};

use super::people::each;

static CODE: Template = Template {
    kind: "test.code",
    title_en: "Your code",
    title_zh: "验证码",
    body_en: "Your code is {code}.",
    body_zh: "您的验证码为{code}。",
};

/// Takes what it is given, after failing as often as it is told.
#[derive(Default)]
struct Ear {
    heard: Mutex<Vec<Content>>,
    failures: AtomicUsize,
}

impl Channel for Ear {
    fn takes(&self, kind: AddressKind) -> bool {
        kind == AddressKind::Phone
    }

    fn deliver<'a>(&'a self, content: &'a Content, _: kernel::Instant) -> Delivery<'a> {
        Box::pin(async move {
            let left = self.failures.load(Ordering::SeqCst);
            if left > 0 {
                self.failures.store(left - 1, Ordering::SeqCst);
                return Err(Fault::internal("not now"));
            }
            self.heard.lock().push(content.clone());
            Ok(())
        })
    }
}

fn send(
    sender: &Sender,
    tx: &mut Tx<'_>,
    db: &Db,
    to: &str,
    code: &str,
    seconds: i64,
) -> kernel::Outcome<()> {
    let now = db.clock().now();
    let to = Recipient::Address {
        kind: AddressKind::Phone,
        address: SecretString::from(to),
        language: Language::Zh,
        expires_at: now.plus_seconds(seconds),
    };
    let notice = Notice { template: &CODE, to, parameters: vec![("code", code.to_owned())] };
    sender.send(tx, now, db.ids().as_ref(), &notice)
}

fn sender(channel: Arc<dyn Channel>) -> Sender {
    Sender::new(Arc::new(Secrets::drawn().unwrap()), Some(channel))
}

fn consumers(sender: &Sender) -> Consumers {
    Consumers::new([]).and_errands(notices::errand::errand(sender))
}

/// Runs the workers until `done`, or for twenty seconds.
fn work_until(db: &Db, sender: &Sender, done: impl Fn() -> bool) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let workers = Workers::start(db, "test", Arc::new(consumers(sender)), Vec::new());
        let until = Moment::now() + Duration::from_secs(20);
        while !tokio::task::block_in_place(&done) {
            assert!(Moment::now() < until, "it takes too long");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        workers.stop().await;
    });
}

fn states(db: &Db, ids: Vec<uuid::Uuid>) -> Vec<(String, Option<String>)> {
    db.read_blocking(move |tx| {
        ids.iter()
            .map(|id| {
                let row = outgoing::find(tx, kernel::Id::<NoticeKind>::from_uuid(*id))?.unwrap();
                Ok((row.state, row.content))
            })
            .collect()
    })
    .unwrap()
}

#[test]
fn what_is_committed_is_told_in_order_and_what_is_undone_is_not() {
    for test in each() {
        let ear = Arc::new(Ear::default());
        ear.failures.store(1, Ordering::SeqCst);
        let sender = sender(ear.clone());
        test.db.set_consumers(consumers(&sender));
        for code in ["1", "2", "3"] {
            let (sender, db) = (sender.clone(), test.db.clone());
            test.db.write_blocking(move |tx| send(&sender, tx, &db, "+8613800138000", code, 600)).unwrap();
        }
        let (undone, db) = (sender.clone(), test.db.clone());
        let failed: kernel::Outcome<()> = test.db.write_blocking(move |tx| {
            send(&undone, tx, &db, "+8613800138000", "4", 600)?;
            Err(Fault::internal("on second thoughts"))
        });
        assert!(failed.is_err());
        work_until(&test.db, &sender, || ear.heard.lock().len() >= 3);
        let heard = ear.heard.lock().clone();
        let codes: Vec<&str> = heard.iter().map(|c| c.parameters["code"].as_str()).collect();
        assert_eq!(codes, ["1", "2", "3"], "in order, although the first was refused at first");
        assert_eq!(
            (heard[0].body.as_str(), heard[0].address.as_str()),
            ("您的验证码为1。", "+8613800138000")
        );
        for (state, content) in states(&test.db, heard.iter().map(|c| c.id).collect()) {
            assert_eq!((state.as_str(), content), (SENT, None), "forgotten once it is sent");
        }
    }
}

#[test]
fn while_it_waits_it_is_sealed_and_what_ran_out_is_not_sent() {
    for test in each() {
        let ear = Arc::new(Ear::default());
        let sender = sender(ear.clone());
        test.db.set_consumers(consumers(&sender));
        let (one, db) = (sender.clone(), test.db.clone());
        test.db.write_blocking(move |tx| send(&one, tx, &db, "+8613800138000", "87654321", 0)).unwrap();
        let waiting = test.db.read_blocking(|tx| storage::outbox::count(tx, "pending")).unwrap();
        assert_eq!(waiting, 1);
        if let storage::Engine::Sqlite(path) = test.db.engine() {
            let mut all = std::fs::read(path).unwrap();
            all.extend(std::fs::read(path.with_extension("db-wal")).unwrap_or_default());
            for secret in ["87654321", "13800138000"] {
                assert!(
                    !all.windows(secret.len()).any(|w| w == secret.as_bytes()),
                    "{secret} is in the file"
                );
            }
        }
        let db = test.db.clone();
        work_until(&test.db, &sender, || {
            db.read_blocking(|tx| storage::outbox::count(tx, "delivered")).unwrap() == 1
        });
        assert!(ear.heard.lock().is_empty());
        let (later, wrong) = (test.db.clock().now().plus_days(1), test.db.clock().now().plus_days(-1));
        assert_eq!(test.db.write_blocking(move |tx| outgoing::purge(tx, wrong)).unwrap(), 0);
        assert_eq!(test.db.write_blocking(move |tx| outgoing::purge(tx, later)).unwrap(), 1);
        assert_eq!(EXPIRED, "expired");
    }
}

#[test]
fn the_folder_is_its_owners_alone() {
    let test = each().remove(0);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outbox");
    let sender = sender(Arc::new(Folder::new(&path).unwrap()));
    test.db.set_consumers(consumers(&sender));
    let (one, db) = (sender.clone(), test.db.clone());
    test.db.write_blocking(move |tx| send(&one, tx, &db, "+8613800138000", "12345678", 600)).unwrap();
    let files = || std::fs::read_dir(&path).unwrap().map(|f| f.unwrap().path()).collect::<Vec<_>>();
    work_until(&test.db, &sender, || files().iter().any(|f| f.extension().is_some_and(|e| e == "json")));
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let file = files().into_iter().next().unwrap();
    assert_eq!((mode(&path), mode(&file)), (0o700, 0o600));
    let content: Content = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!((content.kind.as_str(), content.parameters["code"].as_str()), ("test.code", "12345678"));
}

/// One HTTP request at a time, each answered with the next status.
fn hook(answers: Vec<&'static str>) -> (String, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://127.0.0.1:{}/hook", listener.local_addr().unwrap().port());
    let server = std::thread::spawn(move || {
        let mut seen = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut text = Vec::new();
            let mut buffer = [0_u8; 4_096];
            loop {
                let n = stream.read(&mut buffer).unwrap();
                text.extend_from_slice(&buffer[..n]);
                let whole = String::from_utf8_lossy(&text).into_owned();
                let length = whole.lines().find_map(|l| {
                    l.to_lowercase().strip_prefix("content-length: ").and_then(|n| n.parse().ok())
                });
                let done = whole
                    .split_once("\r\n\r\n")
                    .is_some_and(|(_, body)| length.is_none_or(|n: usize| body.len() >= n));
                if n == 0 || done {
                    break;
                }
            }
            stream
                .write_all(format!("HTTP/1.1 {answer}\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").as_bytes())
                .unwrap();
            seen.push(String::from_utf8(text).unwrap());
        }
        seen
    });
    (url, server)
}

#[test]
fn a_webhook_is_signed_tried_again_and_not_led_elsewhere() {
    use base64::Engine;
    use hmac::Mac;
    let secret = "a secret of more than twenty-four letters";
    let (url, server) = hook(vec!["302 Found", "500 Oops", "204 No Content"]);
    let test = each().remove(0);
    let sender = sender(Arc::new(Webhook::new(&url, SecretString::from(secret)).unwrap()));
    test.db.set_consumers(consumers(&sender));
    let (one, db) = (sender.clone(), test.db.clone());
    test.db.write_blocking(move |tx| send(&one, tx, &db, "+8613800138000", "12345678", 600)).unwrap();
    let db = test.db.clone();
    work_until(&test.db, &sender, || {
        db.read_blocking(|tx| storage::outbox::count(tx, "delivered")).unwrap() == 1
    });
    let seen = server.join().unwrap();
    assert_eq!(seen.len(), 3);
    let header = |request: &str, name: &str| {
        request
            .lines()
            .find_map(|l| {
                l.split_once(": ").filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.to_owned())
            })
            .unwrap()
    };
    for request in &seen {
        let body = request.split_once("\r\n\r\n").unwrap().1;
        let (id, timestamp) = (header(request, "webhook-id"), header(request, "webhook-timestamp"));
        assert_eq!(id, header(&seen[0], "webhook-id"), "doubles can be told");
        let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        let signed = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
        assert_eq!(header(request, "webhook-signature"), format!("v1,{signed}"));
        assert!(body.contains("12345678"));
    }
}
