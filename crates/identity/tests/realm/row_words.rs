//! What a row says one could do with an account is what one can: for everybody who asks, of everybody there is.

use identity::http::views;
use identity::model::User;
use identity::model::handover::Order;
use identity::service::accounts;
use identity::service::deeds::Deed;
use identity::service::give::Gift;
use identity::service::handovers;
use identity::service::machines::{self, NewMachine};
use kernel::error::Outcome;
use kernel::id::User as UserKind;
use kernel::{BuiltinRole, Id};

use super::setting::{Realm, code, everywhere};

const DONE: &str = "kernel.unavailable";

/// Really does it, and undoes it.
fn try_it(
    realm: &Realm,
    by: Id<UserKind>,
    to: Id<UserKind>,
    successor: Id<UserKind>,
    deed: Deed,
) -> &'static str {
    let (ctx, shared) = (realm.as_user(by), realm.services.clone());
    let order = Order {
        from: to,
        to: (deed == Deed::HandOver).then_some(successor),
        kinds: Vec::new(),
        units: Vec::new(),
        limit: None,
        partial: true,
        reason: "tried".to_owned(),
        leaving: deed == Deed::Offboard,
    };
    let outcome: Outcome<()> = realm.write(move |tx| {
        let why = "tried";
        match deed {
            Deed::Update => {
                let version = identity::store::users::find(tx, to)?.map_or(0, |user| user.version);
                let change = accounts::UserChange { display_name: Some("Another".to_owned()), unit: None };
                accounts::change(tx, &ctx, &shared, to, version, &change).map(drop)
            }
            Deed::Disable => accounts::disable(tx, &ctx, &shared, to, None, why).map(drop),
            Deed::Enable => accounts::enable(tx, &ctx, &shared, to, None, why).map(drop),
            Deed::Unlock => accounts::unlock(tx, &ctx, &shared, to, None, why).map(drop),
            Deed::SetPassword => accounts::set_password(tx, &ctx, &shared, to, None, "$hash", why).map(drop),
            Deed::SignOut => accounts::sign_out(tx, &ctx, &shared, to, None, why).map(drop),
            Deed::HandOver | Deed::Offboard => {
                handovers::ask(tx, &ctx, &shared, &order, None, false).map(drop)
            }
        }?;
        Err(kernel::error::UNAVAILABLE.fault())
    });
    code(outcome)
}

fn words(realm: &Realm, by: Id<UserKind>, of: Id<UserKind>) -> Vec<String> {
    let (ctx, shared) = (realm.as_user(by), realm.services.clone());
    realm
        .db
        .read_blocking(move |tx| {
            let user: User = identity::store::users::find(tx, of)?.unwrap();
            Ok(views::user(tx, &ctx, &shared, &user)?.can)
        })
        .unwrap()
}

#[test]
fn a_row_promises_what_the_request_keeps() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (successor, mut people) = (realm.person("successor", "community"), vec![("chief", chief)]);
        let roles = [
            ("platform", BuiltinRole::PlatformAdmin, "town"),
            ("system", BuiltinRole::SystemAdmin, "town"),
            ("security", BuiltinRole::SecurityAdmin, "town"),
            ("audit", BuiltinRole::AuditAdmin, "street"),
            ("admin", BuiltinRole::UnitAdmin, "street"),
            ("over", BuiltinRole::UnitAdmin, "town"),
            ("worker", BuiltinRole::GridWorker, "street"),
        ];
        for (name, role, unit) in roles {
            let id = realm.person(name, "street");
            // With an end: nobody but the chief is an administrator for good.
            let until = Some(realm.now().plus_days(30));
            realm.give(chief, Gift { until, ..realm.gift(id, role, unit) }).unwrap();
            people.push((name, id));
        }
        let wide = realm.person("wide", "street");
        realm.give(chief, realm.gift(wide, BuiltinRole::GridWorker, "other")).unwrap();
        let gone = realm.person("gone", "street");
        people.extend([("nobody", realm.person("nobody", "street")), ("wide", wide), ("gone", gone)]);
        let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
        let new = NewMachine {
            login: "machine".to_owned(),
            display_name: "Machine".to_owned(),
            unit: realm.unit("street").id,
            owner: chief,
            purpose: "counts".to_owned(),
        };
        let machine = realm
            .write(move |tx| {
                accounts::disable(tx, &ctx, &shared, gone, None, "left")?;
                machines::create(tx, &ctx, &shared, &new)
            })
            .unwrap();
        people.push(("machine", machine.0.id));
        for (_, id) in &people {
            let id = *id;
            // Everybody has tried a wrong password, so that there is something to unlock.
            realm
                .write(move |tx| {
                    let user = identity::store::users::find(tx, id)?.unwrap();
                    let version = user.version;
                    identity::store::users::update(tx, &User { failed_count: 1, ..user }, version)
                })
                .unwrap();
        }
        let mut kept = 0;
        for (asker, by) in &people {
            for (target, of) in &people {
                let can = words(realm, *by, *of);
                for deed in Deed::ALL {
                    let tried = try_it(realm, *by, *of, successor, deed);
                    let promised = can.iter().any(|word| word == deed.word());
                    assert_eq!(promised, tried == DONE, "{asker} {} {target}: {tried}", deed.word());
                    kept += usize::from(promised);
                }
            }
        }
        assert!(kept > 100, "{kept}");
    });
}
