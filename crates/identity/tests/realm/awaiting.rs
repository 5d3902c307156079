//! What waits for a second person hangs on whoever asked for it and on whoever could approve it; and nothing is given twice.

use identity::model::Grant;
use identity::model::conflict::{Mode, Place};
use identity::model::handover::{Order, Report};
use identity::service::amend::{Amendment, amend};
use identity::service::approve::{approve, decline};
use identity::service::batch::{self, Fate, Manner};
use identity::service::give::Gift;
use identity::service::{foresee, holdings};
use kernel::error::Outcome;
use kernel::id::User as UserKind;
use kernel::{BuiltinRole, Fault, Id};

use super::conflicts::{apart, chief_of_all};
use super::handing_over::{asked, order};
use super::setting::{Realm, code, everywhere};

const T: BuiltinRole = BuiltinRole::FundTreasurer;
const A: BuiltinRole = BuiltinRole::FundApprover;

/// How many requests and approvals hang on somebody, as the chief sees it.
fn waiting(realm: &Realm, chief: Id<UserKind>, of: Id<UserKind>) -> (i64, i64) {
    let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
    let (items, counts) = realm
        .db
        .read_blocking(move |tx| {
            let kinds = ["grant_request".to_owned(), "approval".to_owned()];
            let holders = holdings::of_kinds(&shared, &kinds)?;
            holdings::look(tx, &ctx, of, &holders, None, None, 50)
        })
        .unwrap();
    let shown: Vec<i64> = counts.iter().map(|one| one.count.shown).collect();
    assert_eq!(items.len(), usize::try_from(shown.iter().sum::<i64>()).unwrap());
    (shown[0], shown[1])
}

fn read(realm: &Realm, grant: &Grant) -> Grant {
    let id = grant.id;
    realm.db.read_blocking(move |tx| identity::store::grants::find(tx, id)).unwrap().unwrap()
}

fn let_pass(realm: &Realm, by: Id<UserKind>, order: &Order) -> Outcome<Report> {
    asked(realm, &realm.services, by, order, false).map(|asked| asked.report)
}

/// A chief, a guard who asked that Wang be given what needs a second person, and the grant that waits.
fn asked_for(realm: &Realm) -> (Id<UserKind>, Id<UserKind>, Id<UserKind>, Grant) {
    let chief = chief_of_all(realm);
    apart(realm, chief, T, A, Place::Anywhere, Mode::NeedsSecond).unwrap();
    let (guard, wang) = (realm.person("guard", "street"), realm.person("wang", "street"));
    realm.give(chief, realm.gift(guard, BuiltinRole::SecurityAdmin, "town")).unwrap();
    realm.give(chief, realm.gift(wang, T, "street")).unwrap();
    // Wang is known to the guard by a grant where the guard may grant.
    let grant = realm.give(guard, realm.gift(wang, A, "street")).unwrap();
    assert!(grant.awaits_approval);
    (chief, guard, wang, grant)
}

#[test]
fn a_request_hangs_on_its_asker_and_on_whoever_could_approve_it() {
    everywhere(|realm| {
        let (chief, guard, wang, grant) = asked_for(realm);
        let (admin, worker) = (realm.person("admin", "street"), realm.person("worker", "street"));
        let other = realm.person("other_admin", "other");
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        realm.give(chief, realm.gift(worker, BuiltinRole::GridWorker, "street")).unwrap();
        realm.give(chief, realm.gift(other, BuiltinRole::UnitAdmin, "other")).unwrap();
        let of = |who| waiting(realm, chief, who);
        assert_eq!(of(guard), (1, 0), "who asked is no second person");
        assert_eq!(of(wang), (0, 0), "nor who would hold it");
        assert_eq!((of(chief), of(admin)), ((0, 1), (0, 1)));
        assert_eq!((of(worker), of(other)), ((0, 0), (0, 0)), "nor who could not give it");
        // Exactly those can who are told to.
        for (who, can) in [(worker, false), (other, false), (guard, false), (wang, false), (admin, true)] {
            let (ctx, shared, id) = (realm.as_user(who), realm.services.clone(), grant.id);
            let tried = realm.write(move |tx| approve(tx, &ctx, &shared, id, None, "looked at it"));
            assert_eq!(tried.is_ok(), can, "{}", code(tried));
        }
        assert_eq!((of(guard), of(chief)), ((0, 0), (0, 0)), "approved");
    });
}

#[test]
fn who_leaves_leaves_no_request_behind_and_no_approval() {
    everywhere(|realm| {
        let (chief, guard, _, grant) = asked_for(realm);
        let leaving = Order { leaving: true, to: None, partial: true, ..order(guard, guard) };
        let report = let_pass(realm, chief, &leaving).unwrap();
        let tally = report.tallies.iter().find(|tally| tally.kind == "grant_request").unwrap();
        assert_eq!((tally.revoked, tally.remaining), (1, 0));
        assert_eq!(read(realm, &grant).state(realm.now()), "declined");
        assert_eq!((waiting(realm, chief, guard), waiting(realm, chief, chief)), ((0, 0), (0, 0)));
    });
}

#[test]
fn a_request_that_passes_is_asked_for_anew_and_its_first_asker_is_a_second_person_then() {
    everywhere(|realm| {
        let (chief, guard, _, grant) = asked_for(realm);
        let li = realm.person("li", "street");
        let only = Order { kinds: vec!["grant_request".to_owned()], ..order(guard, li) };
        let report = let_pass(realm, chief, &only).unwrap();
        assert_eq!(report.items.len(), 1);
        assert_eq!(read(realm, &grant).state(realm.now()), "declined");
        assert_eq!(waiting(realm, chief, chief), (1, 0), "the chief asks for it now");
        assert_eq!(waiting(realm, chief, guard), (0, 1));
        // Nobody hands over their own, and so becomes its second person.
        let own = Order { kinds: vec!["grant_request".to_owned()], ..order(chief, li) };
        let Err(Fault::Refused(refusal)) = let_pass(realm, chief, &own) else { panic!("one's own") };
        assert_eq!(refusal.extra.unwrap()["refused"][0]["code"], "identity.own_request");
        // An approval passes with the right to give it, and not by itself.
        let approvals = Order { kinds: vec!["approval".to_owned()], ..order(guard, li) };
        assert!(let_pass(realm, chief, &approvals).unwrap().items.is_empty());
        let all = Order { kinds: vec!["grant".to_owned()], ..order(guard, li) };
        let report = let_pass(realm, chief, &all).unwrap();
        assert!(report.items.iter().all(|one| one.fate.word() == "handed_over"));
        assert_eq!((waiting(realm, chief, guard), waiting(realm, chief, li)), ((0, 0), (0, 1)));
    });
}

#[test]
fn nothing_is_given_twice_and_with_another_end_it_is() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (worker, end) = (realm.person("worker", "street"), realm.now().plus_days(9));
        let gift = realm.gift(worker, BuiltinRole::GridWorker, "street");
        let first = realm.give(chief, gift.clone()).unwrap();
        realm.hand.go(60);
        let Err(Fault::Refused(refusal)) = realm.give(chief, gift.clone()) else { panic!("twice") };
        assert_eq!(refusal.code.code, "identity.grant_there");
        assert_eq!(refusal.extra.unwrap()["existing_grant_id"], serde_json::json!(first.id));
        let past = Gift { from: Some(realm.now().plus_days(-3)), ..gift.clone() };
        assert_eq!(code(realm.give(chief, past)), "identity.grant_there", "both hold already");
        // Another end, another beginning to come, without what lies below, another place: each is another grant.
        let renewed = Gift { until: Some(end), ..gift.clone() };
        realm.give(chief, renewed.clone()).unwrap();
        assert_eq!(code(realm.give(chief, renewed.clone())), "identity.grant_there");
        let later = Gift { from: Some(realm.now().plus_days(1)), ..renewed.clone() };
        realm.give(chief, later.clone()).unwrap();
        assert_eq!(code(realm.give(chief, later)), "identity.grant_there");
        realm.give(chief, Gift { subtree: false, ..gift.clone() }).unwrap();
        realm.give(chief, realm.gift(worker, BuiltinRole::GridWorker, "other")).unwrap();
        // A batch and the look before say the same; the second of two alike in one batch is refused too, dry or not.
        let (ctx, shared, look) = (realm.as_user(chief), realm.services.clone(), gift.clone());
        let seen = realm.db.read_blocking(move |tx| foresee::grant(tx, &ctx, &shared, &look)).unwrap().0;
        assert_eq!(seen.refusals.iter().map(|r| r.code.code).collect::<Vec<_>>(), ["identity.grant_there"]);
        let fresh = realm.gift(worker, BuiltinRole::Merchant, "street");
        for dry_run in [true, false] {
            let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
            let many = [gift.clone(), fresh.clone(), fresh.clone()];
            let manner = Manner { dry_run, atomic: false };
            let fates = realm.write(move |tx| batch::give_all(tx, &ctx, &shared, &many, manner)).unwrap();
            let said: Vec<_> = fates
                .iter()
                .map(|fate| match fate {
                    Fate::Given(_) => "given",
                    Fate::Refused(refusal) => refusal.code.code,
                    Fate::Undone => "undone",
                })
                .collect();
            assert_eq!(said, ["identity.grant_there", "given", "identity.grant_there"], "dry: {dry_run}");
        }
        // What has ended, or was revoked, is given again; and an end may be moved.
        let (ctx, id) = (realm.as_user(chief), first.id);
        let change = Amendment { until: Some(Some(realm.now().plus_days(2))), reason: None };
        realm.write(move |tx| amend(tx, &ctx, id, 1, &change)).unwrap();
        realm.give(chief, gift).unwrap();
        realm.hand.go(10 * 86_400);
        realm.give(chief, Gift { until: Some(end.plus_days(9)), ..renewed }).unwrap();
    });
}

#[test]
fn what_waits_is_not_asked_for_twice_and_what_was_declined_is_asked_for_again() {
    everywhere(|realm| {
        let (chief, guard, wang, grant) = asked_for(realm);
        assert_eq!(code(realm.give(chief, realm.gift(wang, A, "street"))), "identity.grant_there");
        let (ctx, id) = (realm.as_user(chief), grant.id);
        realm.write(move |tx| decline(tx, &ctx, id, None, "not now")).unwrap();
        realm.give(guard, realm.gift(wang, A, "street")).unwrap();
    });
}

#[test]
fn a_successor_who_has_it_already_takes_over_all_the_same() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (wang, li) = (realm.person("wang", "street"), realm.person("li", "street"));
        for who in [wang, li] {
            realm.give(chief, realm.gift(who, BuiltinRole::GridWorker, "street")).unwrap();
        }
        let report = let_pass(realm, chief, &order(wang, li)).unwrap();
        assert_eq!(report.items.iter().map(|one| one.fate.word()).collect::<Vec<_>>(), ["handed_over"]);
        let live = |who| realm.as_user(who).actor.grants.len();
        assert_eq!((live(wang), live(li)), (0, 1));
    });
}
