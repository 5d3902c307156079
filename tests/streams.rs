//! Following incidents over the real gateway: by server-sent events, and page by page.

use std::io::{BufRead, BufReader};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use commonweal_tests::app::TestApp;
use commonweal_tests::client::{Client, Request};
use commonweal_tests::wait_until;
use commonweal_tests::world::{World, id, version};
use serde_json::{Value, json};

const CHANGES: &str = "/incidents/changes";
const STREAM: &str = "/incidents/changes/stream";
/// Longer than a stream takes to look again.
const SOON: Duration = Duration::from_secs(10);
/// Long enough for a stream to have looked twice.
const A_WHILE: Duration = Duration::from_millis(2_500);

/// An open stream, read by a thread of its own.
struct Stream {
    events: Receiver<Option<Event>>,
}

#[derive(Debug, Default)]
struct Event {
    id: String,
    name: String,
    data: Value,
}

impl Stream {
    #[track_caller]
    fn open(request: Request) -> Self {
        let response = request.open().expect("the stream begins");
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let (tell, events) = channel();
        std::thread::spawn(move || {
            let mut event = Event::default();
            for line in BufReader::new(response).lines() {
                let Ok(line) = line else { break };
                match line.split_once(": ") {
                    Some(("id", text)) => event.id = text.to_owned(),
                    Some(("event", text)) => event.name = text.to_owned(),
                    Some(("data", text)) => event.data = serde_json::from_str(text).expect("JSON"),
                    _ => {}
                }
                if line.is_empty() {
                    let whole = std::mem::take(&mut event);
                    if !whole.name.is_empty() && tell.send(Some(whole)).is_err() {
                        return;
                    }
                }
            }
            drop(tell.send(None));
        });
        Self { events }
    }

    #[track_caller]
    fn next(&self) -> Event {
        self.events.recv_timeout(SOON).expect("an event in time").expect("an event before the end")
    }

    #[track_caller]
    fn is_silent(&self) {
        let heard = self.events.recv_timeout(A_WHILE);
        assert!(heard.is_err(), "{heard:?}");
    }

    #[track_caller]
    fn ends(&self) {
        let heard = self.events.recv_timeout(SOON).expect("the stream ends in time");
        assert!(heard.is_none(), "{heard:?}");
    }
}

#[track_caller]
fn ticket(client: &Client) -> String {
    let view = client.request("POST", "/stream-tickets").send().expect(200);
    assert!(view["expires_at"].is_string(), "{view}");
    view["ticket"].as_str().expect("a ticket").to_owned()
}

/// Where the feed is now.
#[track_caller]
fn now(client: &Client) -> String {
    let page = client.get(CHANGES).expect(200);
    assert_eq!((&page["items"], &page["more"]), (&json!([]), &json!(false)), "{page}");
    page["last"].as_str().expect("a place").to_owned()
}

#[test]
fn a_report_is_heard_of_as_it_happens_and_nothing_is_missed_or_told_twice() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let worker = world.person("grid_worker", &world.community);
        let elsewhere = world.person("grid_worker", &world.other_community);
        let resident = world.person("resident", &world.community);
        let begun = now(&worker.client);
        let path = format!("{STREAM}?after={begun}&ticket={}", ticket(&worker.client));
        let stream = Stream::open(app.stranger.request("GET", &path));
        let other = Stream::open(elsewhere.client.request("GET", STREAM));
        let own = Stream::open(resident.client.request("GET", STREAM));

        let reported = world.incident(&resident.client, &world.community);
        for stream in [&stream, &own] {
            let event = stream.next();
            assert_eq!(event.name, "incident.changed");
            assert_eq!((&event.data["incident_id"], &event.data["seq"]), (&reported["id"], &json!(1)));
            assert_eq!(
                (&event.data["action"], &event.data["to_state"]),
                (&json!("report"), &json!("reported"))
            );
            assert_eq!(
                (&event.data["unit_id"], &event.data["unit_name"]),
                (&json!(world.community), &json!("恒泉社区"))
            );
        }
        other.is_silent();

        // The line breaks; meanwhile it goes on.
        let accepted = world.step(&worker.client, &reported, "accept", &json!({}));
        let last = stream.next();
        assert_eq!(last.data["action"], "accept");
        drop(stream);
        let given = json!({ "assignee_unit_id": world.community });
        let dispatched = world.step(&worker.client, &accepted, "dispatch", &given);
        let again = format!("{STREAM}?after={begun}&ticket={}", ticket(&worker.client));
        let stream = Stream::open(app.stranger.request("GET", &again).header("last-event-id", &last.id));
        assert_eq!(stream.next().data["action"], "dispatch");
        world.step(&worker.client, &dispatched, "start", &json!({}));
        assert_eq!(stream.next().data["action"], "start");
        stream.is_silent();

        // Page by page it is the same.
        let (mut at, mut told) = (begun, Vec::new());
        loop {
            let page = worker.client.get(&format!("{CHANGES}?after={at}&limit=2")).expect(200);
            at = page["last"].as_str().expect("a place").to_owned();
            let items = page["items"].as_array().expect("items");
            told.extend(items.iter().map(|c| c["action"].as_str().expect("an action").to_owned()));
            if page["more"] == json!(false) {
                break;
            }
        }
        assert_eq!(told, ["report", "accept", "dispatch", "start"], "{}", app.engine());
        // A place is good for the feed with the same filters only.
        let filtered = format!("{CHANGES}?after={at}&unit={}", world.community);
        worker.client.get(&filtered).problem(400, "kernel.bad_cursor");
    }
}

#[test]
fn a_stream_ends_when_its_readers_rights_change_and_with_the_session() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let worker = world.newcomer(&world.community);
        let grant = world.grant(&worker.id, &world.roles["grid_worker"], &world.community);
        let by_ticket = format!("{STREAM}?ticket={}", ticket(&worker.client));
        let streams = [
            Stream::open(worker.client.request("GET", STREAM)),
            Stream::open(app.stranger.request("GET", &by_ticket)),
        ];
        streams.iter().for_each(Stream::is_silent);
        let revoked = world
            .admin
            .request("POST", &format!("/grants/{}/revoke", id(&grant)))
            .version(version(&grant))
            .json(&json!({ "reason": "left the service" }))
            .send();
        assert_eq!(revoked.status, 200, "{}", revoked.text);
        streams.iter().for_each(Stream::ends);
        let resident = world.person("resident", &world.community);
        world.incident(&resident.client, &world.community);
        // What they still may follow is their own.
        let stream = Stream::open(worker.client.request("GET", STREAM));
        stream.is_silent();
        let theirs = format!("{STREAM}?ticket={}", ticket(&worker.client));
        worker.client.request("POST", "/auth/logout").send().expect(204);
        stream.ends();
        app.stranger.get(&theirs).problem(401, "identity.ticket_refused");
    }
}

#[test]
fn a_ticket_begins_one_stream_and_is_worth_nothing_else() {
    let app = TestApp::postgres(&[("COMMONWEAL_LOG", "info")]);
    let world = World::build(&app);
    let worker = world.person("grid_worker", &world.community);
    let ticket = ticket(&worker.client);
    let token = worker.client.token.clone().expect("a token");
    for path in [CHANGES, STREAM, "/me", "/incidents"] {
        app.stranger.with_token(&ticket).get(path).problem(401, "identity.signed_out");
    }
    for path in [CHANGES, "/incidents"] {
        app.stranger.get(&format!("{path}?ticket={ticket}")).problem(401, "web.not_signed_in");
        worker.client.get(&format!("{path}?ticket={ticket}")).problem(400, "web.invalid_parameter");
    }
    let mut forged = ticket.clone();
    forged.replace_range(forged.len() - 8.., "AAAAAAAA");
    for wrong in [token.as_str(), forged.as_str(), "", "a.b.c"] {
        app.stranger.get(&format!("{STREAM}?ticket={wrong}")).problem(401, "identity.ticket_refused");
    }
    let both = format!("{STREAM}?ticket={ticket}");
    worker.client.get(&both).problem(400, "web.invalid_parameter");
    app.stranger.get(&format!("{both}&ticket={ticket}")).problem(400, "web.invalid_parameter");
    app.stranger.request("POST", "/stream-tickets").send().problem(401, "web.not_signed_in");

    // Any gateway on the database takes it.
    let second = app.another();
    let there = app.stranger.at(&second.url);
    let stream = Stream::open(there.request("GET", &both));
    let resident = world.person("resident", &world.community);
    world.incident(&resident.client, &world.community);
    assert_eq!(stream.next().data["action"], "report", "told by one gateway, heard at the other");

    for at in [&there, &app.stranger] {
        at.get(&both).problem(401, "identity.ticket_refused");
    }
    let another = format!("{STREAM}?ticket={}", self::ticket(&worker.client));
    let head = app.stranger.request("HEAD", &another).send();
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(head.header("content-type"), Some("text/event-stream"));
    // One line a stream and one for the ticket that was spent, without their queries.
    let lines = || second.log().matches("grid_stream_incident_changes").count();
    wait_until("the stream is in the log", || lines() > 1);
    assert_eq!(lines(), 2);
    assert!(!second.log().contains(&ticket) && !app.gateway.log().contains(&ticket));
}

#[test]
fn of_two_who_come_with_one_ticket_at_once_one_gets_in() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let worker = world.person("grid_worker", &world.community);
        let second = app.another();
        for _ in 0..5 {
            let path = format!("{STREAM}?ticket={}", ticket(&worker.client));
            let doors = [app.stranger.clone(), app.stranger.at(&second.url)];
            let start = std::sync::Barrier::new(doors.len());
            let mut told: Vec<u16> = std::thread::scope(|scope| {
                let runs: Vec<_> = doors
                    .iter()
                    .map(|door| {
                        scope.spawn(|| {
                            start.wait();
                            door.request("GET", &path).open().expect("an answer").status().as_u16()
                        })
                    })
                    .collect();
                runs.into_iter().map(|run| run.join().expect("no panic")).collect()
            });
            told.sort_unstable();
            assert_eq!(told, [200, 401], "{}", app.engine());
        }
    }
}

#[test]
fn an_account_follows_few_streams_at_once_and_the_service_still_ends_well() {
    for mut app in TestApp::each() {
        let streams: Vec<Stream> = {
            let world = World::build(&app);
            let worker = world.person("grid_worker", &world.community);
            let streams: Vec<_> =
                (0..5).map(|_| Stream::open(worker.client.request("GET", STREAM))).collect();
            worker.client.get(STREAM).problem(429, "web.too_many_streams");
            // Others are not kept out by that, and nobody from the pages.
            let other = world.person("grid_worker", &world.community);
            drop(Stream::open(other.client.request("GET", STREAM)));
            now(&worker.client);
            streams
        };
        let began = std::time::Instant::now();
        assert!(app.gateway.end(), "{}", app.gateway.log());
        assert!(began.elapsed() < SOON, "open streams kept it for {:?}", began.elapsed());
        streams.iter().for_each(Stream::ends);
    }
}
