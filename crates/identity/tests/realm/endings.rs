//! Grants that end: by time, by their giver's fall; and what is told of it.

use std::sync::{Arc, Barrier};

use identity::service::accounts;
use identity::service::amend::{Amendment, amend};
use identity::service::expiry;
use identity::service::give::Gift;
use identity::service::orphans;
use identity::service::revoke::revoke;
use identity::store::grant_lists::{self, Filter};
use kernel::id::{Grant, User};
use kernel::permission::Permit;
use kernel::{BuiltinRole, Id, PageSize};

use super::setting::{Realm, Work, everywhere};

fn told(realm: &Realm, action: &str) -> usize {
    let filter = storage::audit::Filter { action: Some(action.to_owned()), ..Default::default() };
    realm
        .db
        .read_blocking(move |tx| storage::audit::list(tx, &filter, None, PageSize::new(200).unwrap(), 1))
        .unwrap()
        .items
        .len()
}

fn tell(realm: &Realm) -> usize {
    let (now, ids) = (realm.now(), Arc::clone(&realm.ids));
    realm.write(move |tx| expiry::tell(tx, now, &ids)).unwrap()
}

#[test]
fn an_end_is_told_of_a_week_before_and_when_it_is_there_once_each() {
    everywhere(|realm| {
        let chief = realm.chief();
        let wang = realm.person("wang", "street");
        let gift = realm.gift(wang, BuiltinRole::GridWorker, "street");
        let long = Gift { until: Some(realm.now().plus_days(30)), ..gift.clone() };
        let held = realm.give(chief, long).unwrap();
        realm.give(chief, Gift { until: Some(realm.now().plus_days(3)), ..gift.clone() }).unwrap();
        realm.give(chief, gift).unwrap();
        assert_eq!(tell(realm), 0);
        realm.hand.go(3 * 86_400);
        assert_eq!(
            (tell(realm), told(realm, "identity.grant.expired")),
            (1, 1),
            "a short one only at its end"
        );
        realm.hand.go(20 * 86_400);
        assert_eq!((tell(realm), told(realm, "identity.grant.expiring")), (1, 1));
        assert_eq!(tell(realm), 0, "once");
        // A longer end is warned of anew.
        let (ctx, change) =
            (realm.as_user(chief), Amendment { until: Some(Some(realm.now().plus_days(60))), reason: None });
        realm.write(move |tx| amend(tx, &ctx, held.id, 1, &change)).unwrap();
        realm.hand.go(55 * 86_400);
        assert_eq!((tell(realm), told(realm, "identity.grant.expiring")), (1, 2));
        realm.hand.go(6 * 86_400);
        assert_eq!((tell(realm), tell(realm), told(realm, "identity.grant.expired")), (1, 0, 2));
        let ctx = realm.as_user(wang);
        assert!(ctx.actor.holds(Work::PERMISSION, ctx.now), "the one without an end still holds");
    });
}

#[test]
fn of_two_gateways_one_tells() {
    everywhere(|realm| {
        let chief = realm.chief();
        let wang = realm.person("wang", "street");
        for n in 0..20 {
            let (gift, end) = (realm.gift(wang, BuiltinRole::GridWorker, "street"), realm.now().plus_days(1));
            realm.give(chief, Gift { until: Some(end.plus_seconds(n)), ..gift }).unwrap();
        }
        realm.hand.go(2 * 86_400);
        let start = Arc::new(Barrier::new(2));
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let (realm, start) = (realm.clone(), Arc::clone(&start));
                std::thread::spawn(move || {
                    start.wait();
                    tell(&realm)
                })
            })
            .collect();
        let sum: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
        assert_eq!((sum, told(realm, "identity.grant.expired")), (20, 20));
    });
}

#[test]
fn what_was_revoked_has_no_end_to_tell_of() {
    everywhere(|realm| {
        let chief = realm.chief();
        let wang = realm.person("wang", "street");
        let gift = realm.gift(wang, BuiltinRole::GridWorker, "street");
        let held = realm.give(chief, Gift { until: Some(realm.now().plus_days(30)), ..gift }).unwrap();
        let ctx = realm.as_user(chief);
        realm.write(move |tx| revoke(tx, &ctx, held.id, None, "over")).unwrap();
        realm.hand.go(40 * 86_400);
        assert_eq!(tell(realm), 0);
    });
}

fn orphaned(realm: &Realm, by: Id<User>) -> Vec<Id<Grant>> {
    let (ctx, shared) = (realm.as_user(by), realm.services.clone());
    let scope = ctx.actor.scope(identity::permission::ReadGrants::PERMISSION, false, ctx.now);
    let now = ctx.now;
    let page = realm
        .db
        .read_blocking(move |tx| {
            let givers = orphans::suspects(tx, &shared, now)?;
            let filter = Filter { orphaned: true, givers, ..Filter::default() };
            grant_lists::list(tx, &scope, &filter, now, None, PageSize::DEFAULT, 1)
        })
        .unwrap();
    page.items.into_iter().map(|grant| grant.id).collect()
}

#[test]
fn a_grant_whose_giver_fell_stays_and_is_listed() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (admin, wang) = (realm.person("admin", "street"), realm.person("wang", "street"));
        let held = realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        let given = realm.give(admin, realm.gift(wang, BuiltinRole::UnitAdmin, "community")).unwrap();
        assert!(orphaned(realm, chief).is_empty());
        // The right to grant is not enough: what was given must be theirs still.
        let ctx = realm.as_user(chief);
        let soon = Amendment { until: Some(Some(realm.now().plus_days(5))), reason: None };
        realm.write(move |tx| amend(tx, &ctx, held.id, 1, &soon)).unwrap();
        assert_eq!(orphaned(realm, chief), [given.id], "it would outlast its giver's right");
        let guard = realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "town")).unwrap();
        assert!(orphaned(realm, chief).is_empty(), "another grant of the giver's does");
        for id in [guard.id, held.id] {
            let ctx = realm.as_user(chief);
            realm.write(move |tx| revoke(tx, &ctx, id, None, "left")).unwrap();
        }
        assert_eq!(orphaned(realm, chief), [given.id]);
        assert_eq!(realm.as_user(wang).actor.grants.len(), 1, "nothing was taken from anybody");
        let ctx = realm.as_user(chief);
        realm.write(move |tx| revoke(tx, &ctx, given.id, None, "looked at")).unwrap();
        assert!(orphaned(realm, chief).is_empty());
    });
}

#[test]
fn a_grant_of_a_disabled_giver_is_orphaned() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (second, wang) = (realm.person("second", "town"), realm.person("wang", "street"));
        realm.give(chief, realm.gift(second, BuiltinRole::PlatformAdmin, "town")).unwrap();
        let given = realm.give(second, realm.gift(wang, BuiltinRole::GridWorker, "street")).unwrap();
        assert!(orphaned(realm, chief).is_empty());
        let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
        realm.write(move |tx| accounts::disable(tx, &ctx, &shared, second, None, "left")).unwrap();
        assert_eq!(orphaned(realm, chief), [given.id]);
    });
}
