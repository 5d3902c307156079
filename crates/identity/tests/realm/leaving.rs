//! Somebody leaves, now or on a day; and what waits for its day.

use std::sync::{Arc, Barrier};

use contracts::events::{HANDOVER_ENDED, HandoverEnded};
use identity::model::handover::{Handover, Order};
use identity::permission::ManageUsers;
use identity::service::accounts;
use identity::service::handovers::{self, Asked, ask};
use identity::service::revoke::revoke;
use identity::service::session::{self, Door};
use identity::store::handovers::Filter;
use kernel::error::Outcome;
use kernel::id::User as UserKind;
use kernel::permission::Permit;
use kernel::{BuiltinRole, Id, Instant, PageSize};
use storage::outbox::{self, Consumers};
use storage::{Reaction, Tx};

use super::handing_over::{Things, asked, held, order, with};
use super::setting::{Realm, code, everywhere};

fn leaving(from: Id<UserKind>, to: Option<Id<UserKind>>) -> Order {
    Order { leaving: true, to, partial: true, ..order(from, from) }
}

fn let_go(realm: &Realm, by: Id<UserKind>, order: &Order, dry: bool) -> Outcome<Asked> {
    asked(realm, &realm.services, by, order, dry)
}

fn schedule(realm: &Realm, by: Id<UserKind>, order: &Order, due: Instant) -> Outcome<Asked> {
    let (ctx, shared, order) = (realm.as_user(by), realm.services.clone(), order.clone());
    realm.write(move |tx| ask(tx, &ctx, &shared, &order, Some(due), false))
}

fn run_due(realm: &Realm) -> usize {
    let (now, shared, ids) = (realm.now(), realm.services.clone(), Arc::clone(&realm.ids));
    realm.write(move |tx| handovers::run_due(tx, now, &shared, &ids)).unwrap()
}

fn kept(realm: &Realm, by: Id<UserKind>, of: &Asked) -> Handover {
    let (ctx, id) = (realm.as_user(by), of.kept.as_ref().unwrap().id);
    realm.write(move |tx| handovers::find(tx, &ctx, id)).unwrap()
}

fn is_enabled(realm: &Realm, id: Id<UserKind>) -> bool {
    realm.write(move |tx| identity::store::users::find(tx, id)).unwrap().unwrap().is_enabled()
}

fn sign_in(realm: &Realm, id: Id<UserKind>) {
    let (now, ids) = (realm.now(), Arc::clone(&realm.ids));
    realm
        .write(move |tx| {
            let user = identity::store::users::find(tx, id)?.unwrap();
            session::open(
                tx,
                Door { now, request_id: "test", ids: ids.as_ref() },
                &identity::Visit::default(),
                &user,
                "password",
            )
            .map(drop)
        })
        .unwrap();
}

/// Hears what ended.
fn listen(realm: &Realm) {
    let hear = Reaction {
        consumer: "test.hear",
        topics: &[HANDOVER_ENDED],
        run: Arc::new(|_: &mut Tx<'_>, _| Ok(())),
    };
    realm.db.set_consumers(Consumers::new([hear]));
}

fn heard(realm: &Realm) -> Vec<HandoverEnded> {
    let now = realm.now();
    let claims = realm
        .write(move |tx| outbox::claim(tx, &["test.hear"], "test", now, now.plus_seconds(10), 50))
        .unwrap();
    claims.into_iter().map(|c| serde_json::from_value(c.event.payload.0).unwrap()).collect()
}

#[test]
fn who_leaves_is_shut_out_and_what_cannot_pass_is_told() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (wang, li) = (realm.person("wang", "street"), realm.person("li", "street"));
        realm.give(chief, realm.gift(wang, BuiltinRole::GridWorker, "street")).unwrap();
        realm.give(chief, realm.gift(wang, BuiltinRole::Inspector, "other")).unwrap();
        sign_in(realm, wang);
        sign_in(realm, wang);
        let stubborn = || Err(identity::error::UNIT_CLOSED.fault());
        let shared = with(realm, Things { kind: "thing", how_many: 5, hand_over: stubborn });
        let order = leaving(wang, Some(li));
        let dry = asked(realm, &shared, chief, &order, true).unwrap().report;
        assert!(is_enabled(realm, wang) && held(realm, wang).len() == 2);
        let done = asked(realm, &shared, chief, &order, false).unwrap();
        assert_eq!(dry, done.report);
        let report = done.report;
        assert_eq!((report.sessions_ended, report.disabled), (2, true));
        let of = |n: usize| {
            let t = &report.tallies[n];
            (t.kind.as_str(), t.handed_over, t.revoked, t.refused, t.remaining)
        };
        assert_eq!((of(0), of(4)), (("grant", 2, 0, 0, 0), ("thing", 0, 0, 5, 5)));
        assert_eq!(report.remaining.len(), 5);
        assert_eq!((held(realm, li).len(), held(realm, wang).len()), (2, 0));
        assert!(!is_enabled(realm, wang));
        let now = realm.now();
        let open = realm.write(move |tx| identity::store::sessions::count_open(tx, wang, now)).unwrap();
        assert_eq!(open, 0);
        // Once more: there is nothing to do, and that is no mistake.
        let again = asked(realm, &shared, chief, &leaving(wang, None), false).unwrap().report;
        assert_eq!((again.disabled, again.items.len()), (false, 0));
    });
}

#[test]
fn without_a_successor_the_grants_are_revoked_as_far_as_the_actor_may() {
    everywhere(|realm| {
        let chief = realm.chief();
        let admin = realm.person("admin", "street");
        let wang = realm.person("wang", "street");
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        realm.give(chief, realm.gift(wang, BuiltinRole::Merchant, "street")).unwrap();
        realm.give(chief, realm.gift(wang, BuiltinRole::GridWorker, "community")).unwrap();
        realm.give(chief, realm.gift(wang, BuiltinRole::Merchant, "other")).unwrap();
        let report = let_go(realm, admin, &leaving(wang, None), false).unwrap().report;
        let tally = &report.tallies[0];
        // The role that allows nothing is taken; work the administrator does not do themselves stays, and tells.
        assert_eq!((tally.revoked, tally.refused, tally.remaining, tally.hidden), (1, 1, 1, 1));
        assert!(!is_enabled(realm, wang), "harmless grants are no shield");
        assert_eq!(held(realm, wang), ["grid_worker community 0", "merchant other 0"]);
    });
}

#[test]
fn nobody_lets_themselves_go_nor_whom_they_could_not_disable() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (admin, boss) = (realm.person("admin", "street"), realm.person("boss", "street"));
        let afar = realm.person("afar", "other");
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        realm.give(chief, realm.gift(boss, BuiltinRole::SecurityAdmin, "town")).unwrap();
        assert_eq!(code(let_go(realm, admin, &leaving(admin, None), false)), "identity.not_yourself");
        assert_eq!(code(let_go(realm, admin, &leaving(boss, Some(admin)), false)), "identity.above_ceiling");
        assert_eq!(code(let_go(realm, admin, &leaving(afar, None), false)), "kernel.not_found");
        // Somebody who manages the last administrator's account does not leave the town without one.
        let system = realm.person("system", "town");
        realm.give(chief, realm.gift(system, BuiltinRole::PlatformAdmin, "town")).unwrap();
        let ctx = realm.as_user(system);
        let theirs = realm.write(move |tx| {
            let now = ctx.now;
            let held =
                identity::service::held::of(tx, None, boss, identity::service::held::Which::NotOver(now))?;
            revoke(tx, &ctx, held[0].id, None, "not needed now")
        });
        assert_eq!(code(theirs), "ok");
        let first = let_go(realm, system, &leaving(chief, None), false).unwrap();
        assert!(first.report.disabled);
        assert_eq!(code(let_go(realm, chief, &leaving(system, None), false)), "kernel.not_found");
        assert!(is_enabled(realm, system) && held(realm, system).len() == 1);
    });
}

#[test]
fn the_last_administrator_is_not_let_go() {
    everywhere(|realm| {
        let chief = realm.chief();
        let system = realm.person("system", "town");
        // Manages accounts and grants of the whole town, for a month: that is nobody to rely on.
        let month = identity::service::give::Gift {
            until: Some(realm.now().plus_days(30)),
            ..realm.gift(system, BuiltinRole::PlatformAdmin, "town")
        };
        realm.give(chief, month).unwrap();
        let outcome = let_go(realm, system, &leaving(chief, None), false);
        assert_eq!(code(outcome), "identity.last_administrator");
        assert!(is_enabled(realm, chief) && held(realm, chief).len() == 1, "nothing of it happened");
    });
}

#[test]
fn what_is_scheduled_happens_on_its_day_once_under_the_rights_of_that_day() {
    everywhere(|realm| {
        listen(realm);
        let chief = realm.chief();
        let (wang, li) = (realm.person("wang", "street"), realm.person("li", "street"));
        realm.give(chief, realm.gift(wang, BuiltinRole::GridWorker, "street")).unwrap();
        let friday = realm.now().plus_days(4);
        let asked = schedule(realm, chief, &leaving(wang, Some(li)), friday).unwrap();
        assert_eq!(asked.report.tallies[0].handed_over, 1, "what it would do now");
        assert_eq!(kept(realm, chief, &asked).state, "scheduled");
        assert!(is_enabled(realm, wang) && held(realm, wang).len() == 1);
        // What comes in the meantime goes with it.
        realm.give(chief, realm.gift(wang, BuiltinRole::Inspector, "street")).unwrap();
        assert_eq!((run_due(realm), heard(realm).len()), (0, 0));
        realm.hand.go(4 * 86_400);
        let gate = Arc::new(Barrier::new(2));
        let second = realm.clone();
        let threads: Vec<_> = [realm.clone(), second]
            .into_iter()
            .map(|realm| {
                let gate = Arc::clone(&gate);
                std::thread::spawn(move || {
                    gate.wait();
                    run_due(&realm)
                })
            })
            .collect();
        let ran: usize = threads.into_iter().map(|t| t.join().unwrap()).sum();
        assert_eq!(ran, 1, "two gateways do it once");
        let done = kept(realm, chief, &asked);
        assert_eq!((done.state.as_str(), done.tallies()[0].handed_over, done.version), ("done", 2, 2));
        assert_eq!(held(realm, li), ["grid_worker street 0", "inspector street 0"]);
        assert!(!is_enabled(realm, wang));
        let told = heard(realm);
        assert_eq!((told.len(), told[0].state.as_str(), told[0].from), (1, "done", wang));
        assert_eq!(run_due(realm), 0);
    });
}

#[test]
fn who_lost_the_right_has_scheduled_in_vain_and_everybody_hears_of_it() {
    everywhere(|realm| {
        listen(realm);
        let chief = realm.chief();
        let (admin, other) = (realm.person("admin", "street"), realm.person("also", "street"));
        let (wang, li) = (realm.person("wang", "street"), realm.person("li", "street"));
        let right = realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        realm.give(chief, realm.gift(other, BuiltinRole::UnitAdmin, "street")).unwrap();
        realm.give(chief, realm.gift(wang, BuiltinRole::UnitAdmin, "community")).unwrap();
        let friday = realm.now().plus_days(4);
        let lost = schedule(realm, admin, &order(wang, li), friday).unwrap();
        let gone = schedule(realm, other, &order(wang, li), friday).unwrap();
        let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
        realm
            .write(move |tx| {
                revoke(tx, &ctx, right.id, None, "another post")?;
                accounts::disable(tx, &ctx, &shared, other, None, "left the town")
            })
            .unwrap();
        let late = schedule(realm, chief, &order(wang, li), friday).unwrap();
        let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
        realm.write(move |tx| accounts::disable(tx, &ctx, &shared, li, None, "left before")).unwrap();
        realm.hand.go(5 * 86_400);
        assert_eq!(run_due(realm), 3);
        for (asked, why) in [
            (&lost, "kernel.not_found"),
            (&gone, "identity.scheduler_gone"),
            (&late, "identity.user_disabled"),
        ] {
            let failed = kept(realm, chief, asked);
            assert_eq!((failed.state.as_str(), failed.code.as_deref()), ("failed", Some(why)));
            assert_eq!(failed.ended_at, Some(realm.now()));
        }
        assert_eq!(held(realm, wang).len(), 1, "nothing passed");
        let told = heard(realm);
        assert!(told.len() == 3 && told.iter().all(|t| t.state == "failed" && t.code.is_some()));
        assert_eq!(run_due(realm), 0, "and it is not tried again");
    });
}

#[test]
fn what_waits_is_listed_and_called_off_by_who_manages_the_account() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (admin, stranger) = (realm.person("admin", "street"), realm.person("stranger", "other"));
        let (wang, li) = (realm.person("wang", "street"), realm.person("li", "street"));
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        realm.give(chief, realm.gift(stranger, BuiltinRole::UnitAdmin, "other")).unwrap();
        let friday = realm.now().plus_days(4);
        let asked = schedule(realm, chief, &order(wang, li), friday).unwrap();
        let id = asked.kept.as_ref().unwrap().id;
        let cancel = |by, version| {
            let ctx = realm.as_user(by);
            realm.write(move |tx| handovers::cancel(tx, &ctx, id, version, "stays after all"))
        };
        let list = |by| {
            let ctx = realm.as_user(by);
            realm.write(move |tx| {
                let scope = ctx.actor.scope(ManageUsers::PERMISSION, false, ctx.now);
                let filter = Filter { user: Some(wang), state: Some("scheduled".to_owned()) };
                identity::store::handovers::list(tx, &scope, &filter, None, PageSize::DEFAULT, 0)
            })
        };
        assert_eq!(list(admin).unwrap().items.len(), 1);
        assert_eq!(list(stranger).unwrap().items.len(), 0);
        assert_eq!(code(cancel(stranger, None)), "kernel.not_found");
        assert_eq!(code(cancel(li, None)), "kernel.not_found");
        assert_eq!(code(cancel(admin, Some(7))), "kernel.stale");
        let off = cancel(admin, Some(1)).unwrap();
        assert_eq!((off.state.as_str(), off.ended_by, off.version), ("cancelled", Some(admin), 2));
        assert_eq!(code(cancel(admin, None)), "identity.handover_over");
        realm.hand.go(5 * 86_400);
        assert_eq!(run_due(realm), 0);
        assert_eq!(list(admin).unwrap().items.len(), 0);
    });
}

#[test]
fn nothing_is_scheduled_that_would_be_refused_now_nor_too_far_ahead_nor_without_end() {
    everywhere(|realm| {
        let chief = realm.chief();
        let admin = realm.person("admin", "street");
        let (wang, li) = (realm.person("wang", "street"), realm.person("li", "street"));
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        realm.give(chief, realm.gift(wang, BuiltinRole::GridWorker, "street")).unwrap();
        let friday = realm.now().plus_days(4);
        assert_eq!(code(schedule(realm, admin, &order(wang, li), friday)), "identity.handover_refused");
        let far = realm.now().plus_days(400);
        assert_eq!(code(schedule(realm, chief, &order(wang, li), far)), "kernel.invalid");
        for _ in 0..20 {
            schedule(realm, chief, &order(wang, li), friday).unwrap();
        }
        assert_eq!(code(schedule(realm, chief, &order(wang, li), friday)), "identity.too_many_scheduled");
        // A day that has passed is today.
        let now = schedule(realm, chief, &order(wang, li), realm.now().plus_days(-1)).unwrap();
        assert_eq!(now.kept.unwrap().state, "done");
        realm.hand.go(5 * 86_400);
        assert_eq!(run_due(realm), 20, "with nothing left to pass");
        assert_eq!(held(realm, li).len(), 1);
    });
}
