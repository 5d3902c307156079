//! Ways into a case besides the plain report: drafts, records from the field, what is put in order on the spot, reports nobody signs for;
//! and what goes with cases: answers, duty lists, what people hear.

use std::sync::Arc;

use contracts::{AddressKind, CaseHistory, Cases, DutyLists, DutyScope, NewCase, Notice, Notices, Recipient};
use grid::model::{Source, State};
use grid::service::act::Deed;
use grid::service::anonymous::{self, Followed, Reply};
use grid::service::answers::{self, Words};
use grid::service::cases::{CasesPort, History};
use grid::service::field::{self, Fate, Sent};
use grid::service::rate::Rating;
use grid::service::report::NewIncident;
use grid::service::see::{self, Shown};
use grid::service::self_handled::{self, Handled};
use grid::service::{drafts, tell_people};
use grid::store::steps;
use kernel::id::{Category, Unit, User};
use kernel::{Context, Id, IdGen, Instant, Outcome, PageSize};
use parking_lot::Mutex;
use storage::Tx;
use storage::outbox::Delivered;

use crate::categories::{local, make, manager};
use crate::world::*;

fn lamp(w: &World, unit: usize) -> NewIncident {
    NewIncident { title: "路灯不亮".into(), unit: Some(w.unit(unit)), ..NewIncident::default() }
}

#[test]
fn a_report_takes_at_most_ten_files_and_none_where_none_are_kept() {
    for w in World::each() {
        let resident = w.resident();
        let with =
            |n: usize| NewIncident { files: (0..n).map(|_| testkit::fresh()).collect(), ..lamp(&w, C1A) };
        assert_eq!(code(w.report(&resident, with(11))), "kernel.invalid");
        assert_eq!(code(w.report(&resident, with(1))), "kernel.unavailable");
    }
}

#[test]
fn what_is_handled_on_the_spot_has_every_step_and_is_verified_by_somebody_else() {
    for w in World::each() {
        let (worker, new) = (w.worker(), lamp(&w, C1A));
        let handle = |who: &Context, result: &str| {
            let (who, new, handled) =
                (w.now(who), new.clone(), Handled { result: result.into(), files: vec![] });
            w.write(move |tx, s| self_handled::handle(tx, &who, s, &new, &handled))
        };
        let i = handle(&worker, "扶正了").unwrap().incident;
        assert_eq!((i.state, i.version, i.source), (State::Resolved, 5, Source::Staff));
        let id = i.id;
        let steps = w.read(move |tx, _| steps::list(tx, id, 0, 50)).unwrap();
        let actions: Vec<_> = steps.iter().map(|s| s.action.as_str()).collect();
        assert_eq!(actions, ["report", "accept", "dispatch", "start", "resolve"]);
        assert_eq!(code(handle(&worker, " ")), "kernel.invalid");
        // Whoever lacks one of the rights leaves nothing behind.
        let half = w.person(
            "半",
            C1A,
            &[
                "grid.incident.report",
                "grid.incident.accept",
                "grid.incident.handle",
                "grid.incident.self_handle",
            ],
        );
        assert_eq!(code(handle(&half, "扶正了")), "kernel.forbidden");
        let (mine, size) = (w.now(&half), PageSize::new(50).unwrap());
        let query = grid::service::list::Query::default();
        let page = w.read(move |tx, s| grid::service::list::mine(tx, &mine, s, &query, size, 0)).unwrap();
        assert!(page.items.is_empty());
        let own = w.act(&worker, id, 5, Deed::Close { note: None });
        assert!(own.is_err());
        w.act(&w.inspector(), id, 5, Deed::Pass { note: None }).unwrap();
    }
}

#[test]
fn a_draft_is_its_owners_alone_until_it_is_sent_once() {
    for w in World::each() {
        let (owner, other) = (w.resident(), w.resident());
        let keep = |who: &Context| {
            let who = w.now(who);
            w.write(move |tx, _| drafts::keep(tx, &who, "{}".into()))
        };
        let draft = keep(&owner).unwrap();
        let (id, stranger) = (draft.id, w.now(&other));
        assert_eq!(code(w.read(move |tx, _| drafts::find(tx, &stranger, id))), "kernel.not_found");
        let stranger = w.now(&other);
        assert_eq!(code(w.write(move |tx, _| drafts::discard(tx, &stranger, id))), "kernel.not_found");
        let mine = w.now(&owner);
        let changed =
            w.write(move |tx, _| drafts::change(tx, &mine, id, 1, "{\"title\":\"灯\"}".into())).unwrap();
        assert_eq!(changed.version, 2);
        let mine = w.now(&owner);
        let stale = w.write(move |tx, _| drafts::change(tx, &mine, id, 1, "{}".into()));
        assert_eq!(code(stale), "kernel.stale");
        // What cannot be reported stays a draft.
        let send = |title: &'static str| {
            let (mine, unit) = (w.now(&owner), w.unit(C1A));
            w.write(move |tx, s| {
                let read = |_: &str| {
                    Ok(NewIncident { title: title.into(), unit: Some(unit), ..NewIncident::default() })
                };
                drafts::submit(tx, &mine, s, id, Vec::new(), read)
            })
        };
        assert_eq!(code(send(" ")), "kernel.invalid");
        assert_eq!(send("路灯").unwrap().incident.state, State::Reported);
        assert_eq!(code(send("路灯")), "kernel.not_found", "sent once");
        for _ in 0..drafts::MOST {
            keep(&owner).unwrap();
        }
        assert_eq!(code(keep(&owner)), "grid.too_many_drafts");
        let mine = w.now(&owner);
        let size = PageSize::new(7).unwrap();
        let page = w.read(move |tx, _| drafts::list(tx, &mine, None, size, 0)).unwrap();
        assert!(page.items.len() == 7 && page.next.is_some());
    }
}

fn record(w: &World, client: u128, title: &str, ago: i64) -> Sent {
    let occurred_at = Instant::from_micros(w.time().micros() - ago * 1_000_000).unwrap();
    let new = NewIncident { title: title.into(), ..lamp(w, C1A) };
    let text = format!("{title} {client}");
    Sent { client_id: uuid::Uuid::from_u128(client), occurred_at, new, handled: None, text }
}

fn send(w: &World, who: &Context, all: Vec<Sent>) -> Outcome<Vec<String>> {
    let who = w.now(who);
    let fates = w.write(move |tx, s| field::take_in(tx, &who, s, &all))?;
    Ok(fates
        .into_iter()
        .map(|fate| match fate {
            Fate::Created(shown) => format!("created {}", shown.incident.id),
            Fate::Repeated(shown) => format!("repeated {}", shown.incident.id),
            Fate::Refused(refusal) => refusal.code.code.to_owned(),
        })
        .collect())
}

#[test]
fn records_from_the_field_are_taken_in_once_and_each_by_itself() {
    for w in World::each() {
        let (worker, other) = (w.worker(), w.worker());
        let handled = Sent {
            handled: Some(Handled { result: "扶正了".into(), files: vec![] }),
            ..record(&w, 3, "护栏歪了", 60)
        };
        let batch = || {
            vec![
                record(&w, 1, "路灯不亮", 3_600),
                record(&w, 2, "", 60),
                handled.clone(),
                record(&w, 4, "明天的事", -3_600),
                record(&w, 5, "去年的事", 31 * 86_400),
            ]
        };
        let first = send(&w, &worker, batch()).unwrap();
        assert!(first[0].starts_with("created") && first[2].starts_with("created"), "{first:?}");
        assert_eq!([&first[1], &first[3], &first[4]], ["kernel.invalid"; 3]);
        let again = send(&w, &worker, batch()).unwrap();
        assert_eq!(again[0].replace("repeated", "created"), first[0]);
        assert_eq!(again[2].replace("repeated", "created"), first[2]);
        assert!(again[0].starts_with("repeated"));
        let differs = send(&w, &worker, vec![record(&w, 1, "别的事", 60)]).unwrap();
        assert_eq!(differs, ["grid.field_record_differs"]);
        let theirs = send(&w, &other, vec![record(&w, 1, "路灯不亮", 3_600)]).unwrap();
        assert!(theirs[0].starts_with("created"), "a device's id is its sender's own");
        let id = first[0].split(' ').nth(1).unwrap().parse().unwrap();
        let seen = w.now(&worker);
        let i = w.read(move |tx, s| see::find(tx, &seen, s, id)).unwrap().incident;
        assert_eq!(i.source, Source::Field);
        assert!(i.occurred_at.unwrap() < i.reported_at);
    }
}

#[test]
fn the_same_record_sent_by_twenty_at_once_is_one_case() {
    for w in World::each() {
        let w = Arc::new(w);
        let (worker, sent) = (w.worker(), record(&w, 7, "路灯不亮", 60));
        let threads: Vec<_> = (0..20)
            .map(|_| {
                let (w, worker, sent) = (Arc::clone(&w), worker.clone(), sent.clone());
                std::thread::spawn(move || send(&w, &worker, vec![sent]).unwrap().remove(0))
            })
            .collect();
        let all: Vec<String> = threads.into_iter().map(|t| t.join().unwrap()).collect();
        assert_eq!(all.iter().filter(|fate| fate.starts_with("created")).count(), 1, "{all:?}");
        let one: std::collections::BTreeSet<_> = all.iter().map(|f| f.split(' ').nth(1).unwrap()).collect();
        assert_eq!(one.len(), 1);
    }
}

fn nobody(w: &World) -> Context {
    Context { actor: anonymous::nobody(), now: w.time(), ..w.resident() }
}

fn look(w: &World, token: &str) -> Outcome<Followed> {
    let (ctx, token) = (nobody(w), token.to_owned());
    w.read(move |tx, s| anonymous::look(tx, &ctx, s, &token))
}

fn reply(w: &World, token: &str, said: Reply) -> Outcome<Followed> {
    let (ctx, token) = (nobody(w), token.to_owned());
    w.write(move |tx, s| anonymous::reply(tx, &ctx, s, &token, &said))
}

#[test]
fn a_report_nobody_signs_for_is_followed_answered_rated_and_reopened_by_its_token() {
    for w in World::each() {
        let (ctx, new, worker) = (nobody(&w), lamp(&w, C1A), w.worker());
        let (shown, token) = w.write(move |tx, s| anonymous::report(tx, &ctx, s, &new)).unwrap();
        let id = shown.incident.id;
        assert!(shown.incident.is_anonymous() && shown.reporter.is_none());
        assert_eq!((token.len(), shown.incident.source), (68, Source::Anonymous));
        let step = |i: &Shown, who: &Context, deed: Deed| {
            w.act(who, i.incident.id, i.incident.version, deed).unwrap()
        };
        let i = step(&shown, &worker, Deed::Accept { note: Some(words("内部备注")) });
        assert_eq!(i.reporter, None, "staff learns nobody's name");
        step(&i, &worker, Deed::Ask { question: words("哪一盏？") });
        let followed = look(&w, &token).unwrap();
        assert_eq!(followed.shown.incident.question.as_deref(), Some("哪一盏？"));
        assert!(followed.steps.iter().all(|s| s.note.as_deref() != Some("内部备注")));
        assert!(followed.steps.iter().all(|s| s.actor != Some(Id::from_uuid(uuid::Uuid::nil()))));
        let i = reply(&w, &token, Reply::Answer(words("东门那盏"))).unwrap().shown;
        assert_eq!(i.incident.state, State::Accepted);
        let early = reply(&w, &token, Reply::Rate(Rating { score: 5, note: None }));
        assert_eq!(code(early), "grid.not_done_yet");
        let to = Deed::Dispatch { unit: None, person: Some(worker.actor.user), note: None };
        let i = step(&i, &worker, to);
        let i = step(&i, &worker, Deed::Start { note: None });
        step(&i, &worker, Deed::Resolve { result: words("已更换") });
        let rated = reply(&w, &token, Reply::Rate(Rating { score: 2, note: None })).unwrap();
        assert_eq!(rated.shown.incident.score, Some(2));
        let again = reply(&w, &token, Reply::Reopen(words("又坏了"))).unwrap();
        assert_eq!(again.shown.incident.state, State::Reopened);
        for wrong in ["", "cwi_", &token[..67], &token.to_uppercase()] {
            assert_eq!(code(look(&w, wrong)), "kernel.not_found");
            assert_eq!(code(reply(&w, wrong, Reply::Reopen(words("x")))), "kernel.not_found");
        }
        // Nobody signed in is the reporter, whoever they are.
        let stranger = w.person("外人", C2B, &["grid.incident.report"]);
        assert_eq!(code(w.read(move |tx, s| see::find(tx, &stranger, s, id))), "kernel.not_found");
    }
}

#[test]
fn answers_are_used_at_their_unit_and_below_and_filled_in() {
    for w in World::each() {
        let (boss, worker) = (
            w.person("管答", TOWN1, &["grid.answer.manage", "grid.answer.read"]),
            w.person("王五", C1A, &["grid.answer.read", "grid.incident.read"]),
        );
        let make = |unit: usize, body: &str| {
            let (who, unit) = (w.now(&boss), w.unit(unit));
            let words = Words { category: None, title: "已处置".into(), body: body.into() };
            w.write(move |tx, s| answers::make(tx, &who, s, unit, &words))
        };
        assert_eq!(code(make(TOWN2, "好")), "kernel.forbidden");
        assert_eq!(code(make(C1A, " ")), "kernel.invalid");
        let far = make(TOWN1, "{unit}：{number} 已处置").unwrap();
        let near = make(C1A, "谢谢").unwrap();
        let used = |who: &Context, unit: usize| -> Vec<_> {
            let (who, unit) = (w.now(who), w.unit(unit));
            let all = w.read(move |tx, s| answers::used_at(tx, &who, s, unit, None)).unwrap();
            all.into_iter().map(|a| a.id).collect()
        };
        assert_eq!(used(&worker, C1A), [near.id, far.id], "the nearest first");
        let (stranger, elsewhere) = (w.now(&worker), w.unit(C1B));
        let refused = w.read(move |tx, s| answers::used_at(tx, &stranger, s, elsewhere, None));
        assert_eq!(code(refused), "kernel.forbidden", "not theirs to see");
        let i = w.reported_in(&w.resident(), C1A).incident;
        let fill = |who: &Context, id| {
            let (who, incident) = (w.now(who), i.id);
            w.read(move |tx, s| answers::filled_in(tx, &who, s, id, incident))
        };
        assert_eq!(fill(&worker, far.id).unwrap(), format!("一社区：{} 已处置", i.number));
        assert_eq!(code(fill(&w.resident(), far.id)), "kernel.not_found");
        let (who, id) = (w.now(&worker), far.id);
        assert_eq!(code(w.write(move |tx, s| answers::retire(tx, &who, s, id, 1))), "kernel.forbidden");
        let who = w.now(&boss);
        w.write(move |tx, s| answers::retire(tx, &who, s, id, 1)).unwrap();
        assert_eq!(used(&worker, C1A), [near.id]);
        assert_eq!(code(fill(&worker, far.id)), "kernel.not_found");
    }
}

/// A list that knows one category in one unit.
struct OneDuty(Id<Unit>, Mutex<DutyScope>);

impl<T> DutyLists<T> for OneDuty {
    fn scope(&self, _: &mut T, unit: Id<Unit>, _: Id<Category>, _: Instant) -> Outcome<DutyScope> {
        Ok(if unit == self.0 { *self.1.lock() } else { DutyScope::NoList })
    }
}

#[test]
fn what_is_on_no_duty_list_is_not_dispatched_there_unless_it_was_admitted() {
    for mut w in World::each() {
        let list = Arc::new(OneDuty(w.unit(DEPARTMENT), Mutex::new(DutyScope::OutOfScope)));
        w.s = w.s.clone().with_duties(list.clone());
        let it = make(&w, &manager(&w, DISTRICT), local(&w, "路灯", DISTRICT, None)).unwrap();
        let (worker, resident) = (w.worker(), w.resident());
        let to = |w: &World| Deed::Dispatch { unit: Some(w.unit(DEPARTMENT)), person: None, note: None };
        let i = w.report(&resident, NewIncident { category: Some(it.id), ..lamp(&w, C1A) }).unwrap();
        w.act(&worker, i.incident.id, 1, Deed::Accept { note: None }).unwrap();
        assert_eq!(code(w.act(&worker, i.incident.id, 2, to(&w))), "grid.out_of_scope");
        *list.1.lock() = DutyScope::Admitted;
        w.act(&worker, i.incident.id, 2, to(&w)).unwrap();
        *list.1.lock() = DutyScope::OutOfScope;
        let bare = w.reported_in(&resident, C1A).incident.id;
        w.act(&worker, bare, 1, Deed::Accept { note: None }).unwrap();
        w.act(&worker, bare, 2, to(&w)).unwrap();
    }
}

/// What was sent: to whom, what kind, and with which note.
#[derive(Default)]
struct Outbox(Mutex<Vec<(Id<User>, &'static str, String)>>);

impl<T> Notices<T> for Outbox {
    fn reaches(&self, _: AddressKind) -> bool {
        false
    }
    fn send(&self, _: &mut T, _: Instant, _: &dyn IdGen, notice: &Notice) -> Outcome<()> {
        let Recipient::User(user) = notice.to else { return Err(kernel::error::UNAVAILABLE.fault()) };
        let of = |name| notice.parameters.iter().find(|(n, _)| *n == name).map(|(_, v)| v.clone());
        let told = format!("{}|{}", of("what").unwrap_or_default(), of("note").unwrap_or_default());
        self.0.lock().push((user, notice.template.kind, told));
        Ok(())
    }
}

#[test]
fn the_reporter_the_followers_and_the_handler_hear_of_what_concerns_them() {
    for mut w in World::each() {
        let sent = Arc::new(Outbox::default());
        w.s = w.s.clone().with_notices(sent.clone());
        let (worker, resident, follower) =
            (w.worker(), w.resident(), w.person("二", C1A, &["grid.incident.read"]));
        let i = w.reported_in(&resident, C1A).incident.id;
        let (who, handler) = (w.now(&follower), w.handler());
        w.write(move |tx, s| grid::service::me_too::follow(tx, &who, s, i)).unwrap();
        let deeds = [
            (&worker, Deed::Accept { note: Some(words("内部备注")) }),
            (
                &worker,
                Deed::Dispatch {
                    unit: Some(w.unit(DEPARTMENT)),
                    person: Some(handler.actor.user),
                    note: None,
                },
            ),
            (&handler, Deed::Start { note: None }),
            (&handler, Deed::Ask { question: words("哪一盏？") }),
            (&resident, Deed::Answer { answer: words("东门") }),
            (&handler, Deed::Resolve { result: words("已更换") }),
        ];
        for (version, (who, deed)) in (1..).zip(deeds) {
            w.act(who, i, version, deed).unwrap();
            w.write(move |tx: &mut Tx<'_>, s| {
                let event = Delivered {
                    id: testkit::fresh(),
                    topic: tell_people::TO_TELL.into(),
                    object_id: Id::from_uuid(i.uuid()),
                    object_seq: version + 1,
                    at: Instant::from_micros(0).unwrap(),
                    payload: kernel::sql::Json(serde_json::Value::Null),
                };
                let clock: Arc<dyn kernel::Clock> = Arc::new(kernel::SystemClock);
                let ids = kernel::SystemIds::new(clock);
                tell_people::react(tx, s, event.at, &ids, &event)
            })
            .unwrap();
        }
        let heard = |user: Id<User>| -> Vec<(&'static str, String)> {
            sent.0
                .lock()
                .iter()
                .filter(|(to, ..)| *to == user)
                .map(|(_, kind, told)| (*kind, told.clone()))
                .collect()
        };
        let said = |kind: &'static str, what: &str| (kind, what.to_owned());
        assert_eq!(
            heard(resident.actor.user),
            [
                said("grid.accepted", "路灯不亮|"),
                said("grid.dispatched", "路灯不亮|"),
                said("grid.started", "路灯不亮|"),
                said("grid.asked", "路灯不亮|哪一盏？"),
                said("grid.resolved", "路灯不亮|已更换"),
            ]
        );
        let kinds: Vec<_> = heard(follower.actor.user)
            .into_iter()
            .map(|(kind, told)| (kind, told.starts_with('–')))
            .collect();
        assert_eq!(
            kinds,
            [
                ("grid.accepted", true),
                ("grid.dispatched", true),
                ("grid.started", true),
                ("grid.resolved", true)
            ],
            "nothing of what the reporter wrote, and not the question"
        );
        assert_eq!(heard(handler.actor.user), [said("grid.given", "路灯不亮|")]);
        assert_eq!(heard(worker.actor.user), []);
    }
}

#[test]
fn other_domains_find_a_case_report_one_and_read_the_history_of_all() {
    for w in World::each() {
        let (worker, stranger) = (w.worker(), w.person("外人", C2B, &["grid.incident.report"]));
        let port = || CasesPort(w.s.clone());
        let new = NewCase {
            title: "走访发现".into(),
            description: String::new(),
            unit: Some(w.unit(C1A)),
            point: Some((23.0, 113.0)),
            category: None,
        };
        let (p, who) = (port(), w.now(&worker));
        let case = w.write(move |tx, _| p.report(tx, &who, new.clone())).unwrap();
        assert_eq!((case.unit, case.state.as_str(), case.over), (w.unit(C1A), "reported", false));
        for (who, sees) in [(&worker, true), (&stranger, false)] {
            let (p, who, id) = (port(), w.now(who), case.id);
            assert_eq!(w.write(move |tx, _| p.case(tx, &who, id, true)).unwrap().is_some(), sees);
        }
        w.act(
            &worker,
            case.id,
            1,
            Deed::Transfer { unit: Some(w.unit(C1B)), grid: None, reason: words("属二社区") },
        )
        .unwrap();
        let settled = w.write(|tx, _| History.settle(tx, 100)).unwrap();
        assert_eq!(settled, 2);
        let steps = w.read(|tx, _| History.steps(tx, 0, 100)).unwrap();
        let told: Vec<_> =
            steps.iter().map(|s| (s.action.as_str(), s.unit, s.source.as_deref(), s.point)).collect();
        assert_eq!(
            told,
            [
                ("report", Some(w.unit(C1A)), Some("visit"), Some((23.0, 113.0))),
                ("transfer", Some(w.unit(C1B)), None, None),
            ]
        );
        assert_eq!(w.read(|tx, _| History.newest(tx)).unwrap(), 2);
        assert_eq!(w.read(|tx, _| History.steps(tx, 1, 100)).unwrap().len(), 1);
    }
}
