//! The people of a unit by what they may, as other domains ask for them.

use contracts::RightHolders;
use identity::service::accounts;
use identity::service::holders::Holders;
use identity::service::revoke::revoke;
use kernel::{BuiltinRole, Id, UnitPath};

use super::setting::{Realm, Work, everywhere};

fn holders(realm: &Realm, path: &UnitPath, limit: i64) -> Vec<Id<kernel::id::User>> {
    let (now, path) = (realm.now(), path.clone());
    realm.write(move |tx| Holders.holders_in(tx, Work::NAME, &path, now, limit)).unwrap()
}

#[test]
fn the_people_of_a_unit_were_given_what_they_may_there_or_below_and_hold_it_now() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (street, community) = (realm.unit("street"), realm.unit("community"));
        let here = realm.person("here", "street");
        let below = realm.person("below", "community");
        let other = realm.person("other", "street");
        let gone = realm.person("gone", "street");
        let left = realm.person("left", "street");
        let before = holders(realm, &street.path, 50);
        assert_eq!(before, vec![], "who holds it from above is not of the unit");
        realm.give(chief, realm.gift(here, BuiltinRole::GridWorker, "street")).unwrap();
        realm.give(chief, realm.gift(here, BuiltinRole::GridWorker, "community")).unwrap();
        realm.give(chief, realm.gift(below, BuiltinRole::GridWorker, "community")).unwrap();
        realm.give(chief, realm.gift(other, BuiltinRole::AuditAdmin, "street")).unwrap();
        let taken = realm.give(chief, realm.gift(gone, BuiltinRole::GridWorker, "street")).unwrap();
        realm.give(chief, realm.gift(left, BuiltinRole::GridWorker, "street")).unwrap();
        let mut later = realm.gift(other, BuiltinRole::GridWorker, "street");
        later.from = Some(realm.now().plus_days(3));
        realm.give(chief, later).unwrap();
        let ctx = realm.as_user(chief);
        realm.write(move |tx| revoke(tx, &ctx, taken.id, None, "over")).unwrap();
        let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
        realm.write(move |tx| accounts::disable(tx, &ctx, &shared, left, None, "left")).unwrap();
        let mut both = vec![here, below];
        both.sort_unstable();
        assert_eq!(holders(realm, &street.path, 50), both, "each once, in order");
        assert_eq!(holders(realm, &street.path, 1), both[..1]);
        assert_eq!(holders(realm, &community.path, 50), both);
        realm.hand.go(4 * 86_400);
        assert!(holders(realm, &street.path, 50).contains(&other), "its time has come");
    });
}
