//! Handing over: every item by its own rule, all of it or nothing, and never more than the actor could give.

use std::sync::{Arc, Barrier};

use contracts::{HeldCount, HeldItem, Holdings, Passing};
use identity::Services;
use identity::model::handover::{Fate, Order};
use identity::service::give::Gift;
use identity::service::handovers::{Asked, ask};
use identity::service::holdings::{self, Holder};
use identity::service::revoke::revoke;
use kernel::error::Outcome;
use kernel::id::{Holding, User as UserKind};
use kernel::{BuiltinRole, Context, Fault, Id, Scope};
use storage::Tx;
use uuid::Uuid;

use super::setting::{Realm, code, everywhere};

/// Things that hang on somebody and do as they are told when they are to pass.
pub struct Things {
    pub kind: &'static str,
    pub how_many: i64,
    pub hand_over: fn() -> Outcome<()>,
}

impl<T> Holdings<T> for Things {
    fn kind(&self) -> &'static str {
        self.kind
    }
    fn count(&self, _: &mut T, _: &Context, _: Id<UserKind>, _: Option<&Scope>) -> Outcome<HeldCount> {
        Ok(HeldCount { shown: self.how_many, hidden: 0 })
    }
    fn list(
        &self,
        _: &mut T,
        ctx: &Context,
        _: Id<UserKind>,
        _: Option<&Scope>,
        after: Option<Id<Holding>>,
        limit: i64,
    ) -> Outcome<Vec<HeldItem>> {
        let from = after.map_or(0, |id| i64::try_from(id.uuid().as_u128()).unwrap());
        let all = (from + 1..=self.how_many).take(usize::try_from(limit).unwrap());
        let item = |n: i64| HeldItem {
            id: Id::from_uuid(Uuid::from_u128(u128::try_from(n).unwrap())),
            label: format!("thing {n}"),
            label_zh: format!("事项{n}"),
            unit: Id::from_uuid(Uuid::from_u128(100)),
            since: ctx.now,
        };
        Ok(all.map(item).collect())
    }
    fn hand_over(&self, _: &mut T, _: &Context, _: &Passing<'_>, _: Id<Holding>) -> Outcome<()> {
        (self.hand_over)()
    }
}

pub fn with(realm: &Realm, things: Things) -> Services {
    let holder: Holder = Arc::new(things);
    realm.services.clone().with_holdings([holder])
}

pub fn order(from: Id<UserKind>, to: Id<UserKind>) -> Order {
    Order {
        leaving: false,
        from,
        to: Some(to),
        kinds: Vec::new(),
        units: Vec::new(),
        limit: None,
        partial: false,
        reason: "leaves for another town".to_owned(),
    }
}

pub fn asked(realm: &Realm, shared: &Services, by: Id<UserKind>, order: &Order, dry: bool) -> Outcome<Asked> {
    let (ctx, shared, order) = (realm.as_user(by), shared.clone(), order.clone());
    realm.write(move |tx| ask(tx, &ctx, &shared, &order, None, dry))
}

pub fn hand_over(realm: &Realm, by: Id<UserKind>, order: &Order) -> Outcome<Asked> {
    asked(realm, &realm.services, by, order, false)
}

/// The grants somebody holds or will, as words: role, unit, end.
pub fn held(realm: &Realm, user: Id<UserKind>) -> Vec<String> {
    let now = realm.now();
    let held = realm
        .write(move |tx| {
            identity::service::held::of(tx, None, user, identity::service::held::Which::NotOver(now))
        })
        .unwrap();
    let name = |unit| realm.tree.0.iter().find(|u| u.id == unit).map(|u| u.name.clone()).unwrap();
    let mut all: Vec<String> = held
        .iter()
        .map(|g| format!("{} {} {}", g.role_name, name(g.unit), g.until.map_or(0, kernel::Instant::micros)))
        .collect();
    all.sort();
    all
}

fn trail(realm: &Realm, action: &'static str) -> usize {
    realm
        .write(move |tx| {
            use diesel::prelude::*;
            use storage::schema::storage_audit_records as records;
            let rows: i64 = storage::with_conn!(tx, |c| records::table
                .filter(records::action.eq(action))
                .count()
                .get_result(c))?;
            Ok(usize::try_from(rows).unwrap())
        })
        .unwrap()
}

/// Refused items of a refused handover: the codes.
fn refused(outcome: Outcome<Asked>) -> Vec<String> {
    let Err(Fault::Refused(refusal)) = outcome else { panic!("not refused") };
    assert_eq!(refusal.code.code, "identity.handover_refused");
    let extra = refusal.extra.unwrap();
    let all = extra.get("refused").and_then(|r| r.as_array()).cloned().unwrap();
    all.iter().map(|r| r.get("code").and_then(|c| c.as_str()).unwrap().to_owned()).collect()
}

#[test]
fn grants_pass_with_their_ends_and_the_dry_run_tells_exactly_what_the_real_one_does() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (wang, li) = (realm.person("wang", "street"), realm.person("li", "street"));
        let end = realm.now().plus_days(40);
        realm.give(chief, realm.gift(wang, BuiltinRole::GridWorker, "street")).unwrap();
        realm
            .give(chief, Gift { until: Some(end), ..realm.gift(wang, BuiltinRole::UnitAdmin, "community") })
            .unwrap();
        let later = Gift {
            from: Some(realm.now().plus_days(3)),
            ..realm.gift(wang, BuiltinRole::Inspector, "street")
        };
        realm.give(chief, later).unwrap();
        let before = held(realm, wang);
        assert_eq!(before.len(), 3);
        let dry = asked(realm, &realm.services, chief, &order(wang, li), true).unwrap();
        assert!(dry.kept.is_none());
        assert_eq!((held(realm, wang), held(realm, li).len()), (before.clone(), 0), "nothing was written");
        assert_eq!(trail(realm, "identity.user.handed_over"), 0);
        let done = hand_over(realm, chief, &order(wang, li)).unwrap();
        assert_eq!(dry.report, done.report);
        assert!(done.report.items.iter().all(|i| i.fate == Fate::HandedOver) && done.report.items.len() == 3);
        assert_eq!(done.report.tallies[0].handed_over, 3);
        assert_eq!((held(realm, wang).len(), held(realm, li)), (0, before));
        assert_eq!(trail(realm, "identity.user.handed_over"), 1);
        assert_eq!(trail(realm, "identity.grant.revoked"), 3);
        let kept = done.kept.unwrap();
        assert_eq!((kept.state.as_str(), kept.tallies()), ("done", done.report.tallies));
        // Again: there is nothing left, and nothing happens.
        let again = hand_over(realm, chief, &order(wang, li)).unwrap();
        assert_eq!((again.report.items.len(), again.report.tallies[0].remaining), (0, 0));
    });
}

#[test]
fn an_administrator_with_few_rights_hands_nothing_powerful_to_a_friend() {
    everywhere(|realm| {
        let chief = realm.chief();
        let admin = realm.person("admin", "street");
        let (boss, friend) = (realm.person("boss", "street"), realm.person("friend", "street"));
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        realm.give(chief, realm.gift(boss, BuiltinRole::SecurityAdmin, "street")).unwrap();
        realm.give(chief, realm.gift(boss, BuiltinRole::UnitAdmin, "community")).unwrap();
        realm.give(chief, realm.gift(boss, BuiltinRole::GridWorker, "other")).unwrap();
        let before = held(realm, boss);
        let all = order(boss, friend);
        assert_eq!(refused(hand_over(realm, admin, &all)), ["identity.above_ceiling"]);
        assert_eq!((held(realm, boss), held(realm, friend).len()), (before, 0), "all or nothing");
        // What can pass passes where that is asked for; the rest stays, and what lies elsewhere is not even named.
        let part = hand_over(realm, admin, &Order { partial: true, ..all }).unwrap().report;
        let fates: Vec<&str> = part.items.iter().map(|i| i.fate.word()).collect();
        assert_eq!(fates, ["refused", "handed_over"]);
        let tally = &part.tallies[0];
        assert_eq!((tally.handed_over, tally.refused, tally.remaining, tally.hidden), (1, 1, 1, 1));
        assert_eq!(held(realm, friend), ["unit_admin community 0"]);
        assert_eq!(held(realm, boss).len(), 2);
    });
}

#[test]
fn it_passes_neither_to_oneself_nor_to_its_holder_nor_to_whoever_cannot_act_or_be_seen() {
    everywhere(|realm| {
        let chief = realm.chief();
        let admin = realm.person("admin", "street");
        let (wang, li) = (realm.person("wang", "street"), realm.person("li", "street"));
        let (off, afar) = (realm.person("off", "street"), realm.person("afar", "other"));
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        realm.give(chief, realm.gift(wang, BuiltinRole::UnitAdmin, "community")).unwrap();
        realm.give(chief, realm.gift(afar, BuiltinRole::UnitAdmin, "other")).unwrap();
        let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
        realm
            .write(move |tx| {
                identity::service::accounts::disable(tx, &ctx, &shared, off, None, "left before")
            })
            .unwrap();
        assert_eq!(refused(hand_over(realm, admin, &order(wang, admin))), ["identity.grant_to_self"]);
        assert_eq!(code(hand_over(realm, admin, &order(wang, wang))), "identity.handover_to_holder");
        assert_eq!(code(hand_over(realm, admin, &order(wang, off))), "identity.user_disabled");
        assert_eq!(
            code(hand_over(realm, admin, &order(wang, afar))),
            "kernel.invalid",
            "not for them to see"
        );
        assert_eq!(code(hand_over(realm, admin, &order(wang, realm.ids.id()))), "kernel.invalid");
        assert_eq!(code(hand_over(realm, admin, &order(afar, li))), "kernel.not_found", "another subtree");
        assert_eq!(code(hand_over(realm, li, &order(wang, off))), "kernel.not_found", "who manages nobody");
        let bad = |order: Order| code(hand_over(realm, admin, &order));
        let good = order(wang, li);
        assert_eq!(bad(Order { reason: " ".to_owned(), ..good.clone() }), "kernel.invalid");
        assert_eq!(bad(Order { kinds: vec!["soul".to_owned()], ..good.clone() }), "kernel.invalid");
        assert_eq!(bad(Order { units: vec![realm.ids.id()], ..good.clone() }), "kernel.invalid");
        assert_eq!(bad(Order { limit: Some(0), ..good.clone() }), "kernel.invalid");
        assert_eq!(bad(Order { limit: Some(1_001), ..good.clone() }), "kernel.invalid");
        assert_eq!(bad(Order { kinds: vec!["grant".to_owned(); 51], ..good.clone() }), "kernel.invalid");
        assert_eq!(held(realm, wang).len(), 1);
        assert_eq!(bad(good), "ok");
    });
}

#[test]
fn the_three_administrators_do_not_meet_through_a_handover_either() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (system, auditor) = (realm.person("system", "town"), realm.person("auditor", "town"));
        realm.give(chief, realm.gift(system, BuiltinRole::SystemAdmin, "town")).unwrap();
        realm.give(chief, realm.gift(auditor, BuiltinRole::AuditAdmin, "town")).unwrap();
        let codes = refused(hand_over(realm, chief, &order(system, auditor)));
        assert_eq!(codes, ["identity.administrators_are_three"]);
        // A system administrator manages accounts, and hands over no grant: they see none.
        let helper = realm.person("helper", "town");
        let done = hand_over(realm, system, &order(auditor, helper)).unwrap().report;
        assert_eq!((done.items.len(), done.tallies[0].hidden), (0, 1));
    });
}

#[test]
fn a_part_is_a_unit_a_kind_or_the_oldest_few() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (wang, li) = (realm.person("wang", "street"), realm.person("li", "street"));
        for unit in ["street", "community", "other", "town"] {
            realm.give(chief, realm.gift(wang, BuiltinRole::GridWorker, unit)).unwrap();
        }
        let street = Order { units: vec![realm.unit("community").id], ..order(wang, li) };
        hand_over(realm, chief, &street).unwrap();
        assert_eq!(held(realm, li), ["grid_worker community 0"]);
        let shared = with(realm, Things { kind: "thing", how_many: 2, hand_over: || Ok(()) });
        let things = Order { kinds: vec!["thing".to_owned()], ..order(wang, li) };
        let done = asked(realm, &shared, chief, &things, false).unwrap().report;
        assert_eq!((done.items.len(), done.tallies.len()), (2, 1));
        let few = Order { limit: Some(1), ..order(wang, li) };
        let done = hand_over(realm, chief, &few).unwrap().report;
        assert_eq!((done.tallies[0].handed_over, done.tallies[0].remaining), (1, 2));
        assert_eq!(held(realm, li), ["grid_worker community 0", "grid_worker street 0"]);
    });
}

#[test]
fn more_than_a_thousand_at_once_are_refused_and_pass_in_parts() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (wang, li) = (realm.person("wang", "street"), realm.person("li", "street"));
        let shared = with(realm, Things { kind: "thing", how_many: 1_001, hand_over: || Ok(()) });
        let Err(Fault::Refused(refusal)) = asked(realm, &shared, chief, &order(wang, li), false) else {
            panic!("taken")
        };
        assert_eq!(refusal.code.code, "identity.handover_too_large");
        let counts = refusal.extra.unwrap().get("counts").cloned().unwrap();
        let wanted = serde_json::json!([{ "kind": "grant", "count": 0 }, { "kind": "service_account", "count": 0 }, { "kind": "grant_request", "count": 0 }, { "kind": "thing", "count": 1_001 }]);
        assert_eq!(counts, wanted);
        let part = Order { limit: Some(1_000), ..order(wang, li) };
        assert_eq!(asked(realm, &shared, chief, &part, false).unwrap().report.items.len(), 1_000);
    });
}

#[test]
fn trouble_in_the_middle_leaves_everything_where_it_was() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (wang, li) = (realm.person("wang", "street"), realm.person("li", "street"));
        realm.give(chief, realm.gift(wang, BuiltinRole::GridWorker, "street")).unwrap();
        let before = held(realm, wang);
        let breaking: [fn() -> Outcome<()>; 2] =
            [|| Err(Fault::internal("the power went")), || panic!("the ground shook")];
        for hand_over in breaking {
            let shared = with(realm, Things { kind: "thing", how_many: 1, hand_over });
            let partial = Order { partial: true, ..order(wang, li) };
            let outcome = asked(realm, &shared, chief, &partial, false);
            assert!(outcome.is_err_and(|fault| fault.code().is_none()), "trouble is no refusal");
            assert_eq!((held(realm, wang), held(realm, li).len()), (before.clone(), 0));
            assert_eq!(trail(realm, "identity.user.handed_over"), 0);
        }
    });
}

#[test]
fn of_two_handovers_at_once_each_thing_goes_to_one() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (wang, li, zhao) =
            (realm.person("wang", "street"), realm.person("li", "street"), realm.person("zhao", "street"));
        for unit in ["street", "community", "other"] {
            realm.give(chief, realm.gift(wang, BuiltinRole::GridWorker, unit)).unwrap();
        }
        let gate = Arc::new(Barrier::new(2));
        let threads: Vec<_> = [li, zhao]
            .into_iter()
            .map(|to| {
                let (realm, gate) = (realm.clone(), Arc::clone(&gate));
                std::thread::spawn(move || {
                    let order = order(wang, to);
                    gate.wait();
                    hand_over(&realm, chief, &order).unwrap().report.tallies[0].handed_over
                })
            })
            .collect();
        let mut passed: Vec<i64> = threads.into_iter().map(|t| t.join().unwrap()).collect();
        passed.sort_unstable();
        assert_eq!(passed, [0, 3]);
        let mut each = [held(realm, li).len(), held(realm, zhao).len()];
        each.sort_unstable();
        assert_eq!((each, held(realm, wang).len()), ([0, 3], 0));
    });
}

#[test]
fn a_revoke_that_comes_at_the_same_time_is_not_undone_by_a_handover() {
    everywhere(|realm| {
        let chief = realm.chief();
        let wang = realm.person("wang", "street");
        for round in 0..6 {
            // Somebody new each time: whoever has it already is given nothing twice.
            let li = realm.person(&format!("li{round}"), "street");
            let grant = realm.give(chief, realm.gift(wang, BuiltinRole::GridWorker, "street")).unwrap();
            let gate = Arc::new(Barrier::new(2));
            let taking = {
                let (realm, gate) = (realm.clone(), Arc::clone(&gate));
                std::thread::spawn(move || {
                    let ctx = realm.as_user(chief);
                    gate.wait();
                    realm.write(move |tx| revoke(tx, &ctx, grant.id, None, "no longer needed")).is_ok()
                })
            };
            gate.wait();
            let passed = hand_over(realm, chief, &order(wang, li)).unwrap().report.tallies[0].handed_over;
            let taken = taking.join().unwrap();
            assert_ne!(passed == 1, taken, "one of them was first, and the other found nothing");
            assert_eq!(held(realm, li).len(), usize::try_from(passed).unwrap());
            assert_eq!(held(realm, wang).len(), 0);
        }
    });
}

#[test]
fn an_administrator_who_goes_hands_over_their_own_and_last_what_they_give_it_by() {
    everywhere(|realm| {
        let chief = realm.chief();
        let next = realm.person("next", "town");
        realm.write(move |tx| strip(tx, next)).unwrap();
        assert_eq!(
            refused(hand_over(realm, chief, &order(chief, next))),
            ["identity.last_administrator"],
            "a successor who cannot sign in repairs nothing"
        );
        let able = realm.person("able", "town");
        let second = realm.person("second", "town");
        realm.give(chief, realm.gift(second, BuiltinRole::PlatformAdmin, "town")).unwrap();
        realm.give(second, realm.gift(chief, BuiltinRole::GridWorker, "street")).unwrap();
        let done = hand_over(realm, chief, &order(chief, able)).unwrap().report;
        assert_eq!((done.tallies[0].handed_over, held(realm, chief).len()), (2, 0));
        assert_eq!(held(realm, able), ["grid_worker street 0", "platform_admin town 0"]);
    });
}

/// Takes an account's password away.
fn strip(tx: &mut Tx<'_>, id: Id<UserKind>) -> Outcome<()> {
    let user = identity::store::users::find(tx, id)?.unwrap();
    let version = user.version;
    identity::store::users::update(tx, &identity::model::User { password_hash: None, ..user }, version)
        .map(drop)
}

#[test]
fn holdings_are_for_who_manages_the_account_paged_and_counted_exactly() {
    everywhere(|realm| {
        let chief = realm.chief();
        let admin = realm.person("admin", "street");
        let (wang, afar) = (realm.person("wang", "street"), realm.person("afar", "other"));
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        for unit in ["street", "community", "other", "town"] {
            realm.give(chief, realm.gift(wang, BuiltinRole::GridWorker, unit)).unwrap();
        }
        let shared = with(realm, Things { kind: "thing", how_many: 4, hand_over: || Ok(()) });
        let look = |by, user, after: Option<(&'static str, Id<Holding>)>, unit: Option<&str>| {
            let (ctx, all) = (realm.as_user(by), holdings::holders(&shared));
            let (shared, units) = (shared.clone(), unit.map(|u| realm.unit(u).id));
            realm.write(move |tx| {
                let places = holdings::places(tx, &shared, &units.into_iter().collect::<Vec<_>>())?;
                holdings::look(tx, &ctx, user, &all, places.as_ref(), after, 3)
            })
        };
        let (first, counts) = look(admin, wang, None, None).unwrap();
        let count = |n: usize| (counts[n].kind, counts[n].count.shown, counts[n].count.hidden);
        assert_eq!((count(0), count(4)), (("grant", 2, 2), ("thing", 4, 0)));
        assert_eq!(first.iter().map(|(k, _)| *k).collect::<Vec<_>>(), ["grant", "grant", "thing"]);
        let after = first.last().map(|(kind, item)| (*kind, item.id));
        let (second, _) = look(admin, wang, after, None).unwrap();
        let labels: Vec<&str> = second.iter().map(|(_, item)| item.label.as_str()).collect();
        assert_eq!(labels, ["thing 2", "thing 3", "thing 4"]);
        let (here, counts) = look(admin, wang, None, Some("community")).unwrap();
        assert_eq!((here[0].1.unit, counts[0].count.shown), (realm.unit("community").id, 1));
        // To ask about a place does not tell whether something hidden is there.
        for unit in ["other", "elsewhere"] {
            let (_, counts) = look(admin, wang, None, Some(unit)).unwrap();
            assert_eq!((counts[0].count.shown, counts[0].count.hidden), (0, 2));
        }
        assert_eq!(code(look(admin, afar, None, None)), "kernel.not_found");
        assert_eq!(code(look(wang, wang, None, None)), "kernel.not_found");
        let stray = ("nothing", Id::from_uuid(Uuid::nil()));
        assert_eq!(code(look(admin, wang, Some(stray), None)), "kernel.bad_cursor");
    });
}
