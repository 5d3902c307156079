//! The ceiling and what must stay true after every rights write.

use std::collections::BTreeSet;
use std::sync::{Arc, Barrier};

use contracts::{MoveListener, RightsWatch};
use identity::ports::Rights;
use identity::service::accounts::{self, NewUser};
use identity::service::amend::{Amendment, amend};
use identity::service::give::Gift;
use identity::service::revoke::revoke;
use identity::service::roles::{self, NewRole, RoleChange};
use kernel::{BuiltinRole, UnitPath};

use super::setting::{code, everywhere};

#[test]
fn a_street_administrator_gives_what_they_hold_in_their_street_and_no_more() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (admin, worker) = (realm.person("admin", "street"), realm.person("worker", "street"));
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        // What the role does not carry cannot be given, although the role's name is a humble one.
        assert_eq!(
            code(realm.give(admin, realm.gift(worker, BuiltinRole::GridWorker, "street"))),
            "identity.above_ceiling"
        );
        assert_eq!(
            code(realm.give(admin, realm.gift(worker, BuiltinRole::PlatformAdmin, "street"))),
            "identity.above_ceiling"
        );
        assert_eq!(
            code(realm.give(admin, realm.gift(worker, BuiltinRole::UnitAdmin, "other"))),
            "identity.above_ceiling"
        );
        assert_eq!(
            code(realm.give(admin, realm.gift(worker, BuiltinRole::UnitAdmin, "town"))),
            "identity.above_ceiling"
        );
        // A role that allows nothing is no way around: nobody gives where they may not grant.
        assert_eq!(
            code(realm.give(admin, realm.gift(worker, BuiltinRole::Merchant, "other"))),
            "identity.above_ceiling"
        );
        assert_eq!(
            code(realm.give(admin, realm.gift(admin, BuiltinRole::UnitAdmin, "street"))),
            "identity.grant_to_self"
        );
        assert_eq!(
            code(realm.give(worker, realm.gift(admin, BuiltinRole::UnitAdmin, "street"))),
            "identity.above_ceiling"
        );
        let given = realm.give(admin, realm.gift(worker, BuiltinRole::UnitAdmin, "community")).unwrap();
        assert_eq!(given.granted_by, Some(admin));
        assert_eq!(given.granted_under.0.as_array().unwrap().len(), 1);
        // Who may give all gives what they do not hold.
        realm.give(chief, realm.gift(worker, BuiltinRole::GridWorker, "street")).unwrap();
    });
}

#[test]
fn nobody_gives_beyond_the_end_of_what_they_hold() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (admin, worker) = (realm.person("admin", "street"), realm.person("worker", "street"));
        let end = realm.now().plus_days(10);
        let limited = Gift { until: Some(end), ..realm.gift(admin, BuiltinRole::UnitAdmin, "street") };
        let held = realm.give(chief, limited).unwrap();
        let gift = realm.gift(worker, BuiltinRole::UnitAdmin, "community");
        assert_eq!(code(realm.give(admin, gift.clone())), "identity.above_ceiling");
        let given = realm.give(admin, Gift { until: Some(end), ..gift }).unwrap();
        let ctx = realm.as_user(admin);
        let longer = Amendment { until: Some(Some(end.plus_days(1))), reason: None };
        let (id, change) = (given.id, longer.clone());
        let refused = realm.write(move |tx| amend(tx, &ctx, id, 1, &change));
        assert_eq!(code(refused), "identity.above_ceiling");
        let ctx = realm.as_user(admin);
        let refused = realm.write(move |tx| amend(tx, &ctx, held.id, 1, &longer));
        assert_eq!(code(refused), "identity.grant_to_self", "nobody prolongs what they hold");
        let ctx = realm.as_user(admin);
        let shorter = Amendment { until: Some(Some(end.plus_days(-1))), reason: None };
        let change = shorter.clone();
        let amended = realm.write(move |tx| amend(tx, &ctx, id, 1, &change)).unwrap();
        assert_eq!((amended.version, amended.valid_until), (2, Some(end.plus_days(-1))));
        let ctx = realm.as_user(admin);
        assert_eq!(code(realm.write(move |tx| amend(tx, &ctx, id, 1, &shorter))), "kernel.stale");
        realm.hand.go(11 * 86_400);
        assert_eq!(
            code(realm.give(admin, realm.gift(worker, BuiltinRole::Merchant, "community"))),
            "identity.above_ceiling"
        );
    });
}

#[test]
fn nobody_takes_what_they_could_not_give() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (admin, worker) = (realm.person("admin", "street"), realm.person("worker", "street"));
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        let work = realm.give(chief, realm.gift(worker, BuiltinRole::GridWorker, "street")).unwrap();
        let above = realm.give(chief, realm.gift(worker, BuiltinRole::GridWorker, "town")).unwrap();
        let ctx = realm.as_user(admin);
        assert_eq!(
            code(realm.write(move |tx| revoke(tx, &ctx, work.id, None, "because"))),
            "identity.above_ceiling"
        );
        let ctx = realm.as_user(admin);
        let hidden = realm.write(move |tx| revoke(tx, &ctx, above.id, None, "because"));
        assert_eq!(code(hidden), "kernel.not_found", "what lies outside is not there");
        let ctx = realm.as_user(chief);
        let taken = realm.write(move |tx| revoke(tx, &ctx, work.id, None, "because")).unwrap();
        assert_eq!(taken.state(realm.now()), "revoked");
        let ctx = realm.as_user(chief);
        assert_eq!(
            code(realm.write(move |tx| revoke(tx, &ctx, work.id, None, "because"))),
            "identity.already_revoked"
        );
    });
}

#[test]
fn system_security_and_audit_never_meet_in_one_person() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (a, b) = (realm.person("a", "town"), realm.person("b", "town"));
        realm.give(chief, realm.gift(a, BuiltinRole::SystemAdmin, "street")).unwrap();
        let later =
            Gift { from: Some(realm.now().plus_days(3)), ..realm.gift(b, BuiltinRole::AuditAdmin, "town") };
        realm.give(chief, later).unwrap();
        for (who, role) in [
            (a, BuiltinRole::SecurityAdmin),
            (a, BuiltinRole::AuditAdmin),
            (b, BuiltinRole::SystemAdmin),
            (b, BuiltinRole::PlatformAdmin),
        ] {
            assert_eq!(
                code(realm.give(chief, realm.gift(who, role, "other"))),
                "identity.administrators_are_three"
            );
        }
        realm.give(chief, realm.gift(a, BuiltinRole::UnitAdmin, "street")).unwrap();
    });
    assert!(identity::service::three::shared(identity::permission::PERMISSIONS).is_empty());
}

#[test]
fn the_last_administrator_stays() {
    everywhere(|realm| {
        let chief = realm.chief();
        let ctx = realm.as_user(chief);
        let own = ctx.actor.grants[0].id;
        assert_eq!(
            code(realm.write(move |tx| revoke(tx, &ctx, own, None, "tired"))),
            "identity.last_administrator"
        );
        let ctx = realm.as_user(chief);
        let soon = Amendment { until: Some(Some(realm.now().plus_days(7))), reason: None };
        assert_eq!(
            code(realm.write(move |tx| amend(tx, &ctx, own, 1, &soon))),
            "identity.last_administrator"
        );
        // Somebody who cannot sign in, or only for a while, is no successor.
        let second = realm.person("second", "town");
        let gift = realm.gift(second, BuiltinRole::PlatformAdmin, "town");
        realm.give(chief, Gift { until: Some(realm.now().plus_days(30)), ..gift.clone() }).unwrap();
        let ctx = realm.as_user(chief);
        assert_eq!(
            code(realm.write(move |tx| revoke(tx, &ctx, own, None, "tired"))),
            "identity.last_administrator"
        );
        realm.give(chief, gift).unwrap();
        let ctx = realm.as_user(chief);
        realm.write(move |tx| revoke(tx, &ctx, own, None, "tired")).unwrap();
    });
}

#[test]
fn of_two_who_remove_the_last_two_administrators_at_once_one_fails() {
    everywhere(|realm| {
        let chief = realm.chief();
        let second = realm.person("second", "town");
        realm.give(chief, realm.gift(second, BuiltinRole::PlatformAdmin, "town")).unwrap();
        let start = Arc::new(Barrier::new(2));
        let threads: Vec<_> = [chief, second]
            .into_iter()
            .map(|who| {
                let (realm, start) = (realm.clone(), Arc::clone(&start));
                std::thread::spawn(move || {
                    let ctx = realm.as_user(who);
                    let own = ctx.actor.grants[0].id;
                    start.wait();
                    code(realm.write(move |tx| revoke(tx, &ctx, own, None, "tired")))
                })
            })
            .collect();
        let mut said: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        said.sort_unstable();
        assert_eq!(said, ["identity.last_administrator", "ok"]);
    });
}

#[test]
fn a_role_is_no_side_path_to_more() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (guard, worker) = (realm.person("guard", "town"), realm.person("worker", "street"));
        realm.give(chief, realm.gift(guard, BuiltinRole::SecurityAdmin, "street")).unwrap();
        let new = NewRole {
            name: "helper".to_owned(),
            label_en: "Helper".to_owned(),
            label_zh: "助手".to_owned(),
            unit: realm.unit("street").id,
            permissions: BTreeSet::from(["test.work.do".to_owned()]),
        };
        let (ctx, shared, wanted) = (realm.as_user(guard), realm.services.clone(), new.clone());
        let role = realm.write(move |tx| roles::create(tx, &ctx, &shared, &wanted)).unwrap();
        let (ctx, shared) = (realm.as_user(guard), realm.services.clone());
        let elsewhere = NewRole { unit: realm.unit("other").id, name: "other".to_owned(), ..new.clone() };
        assert_eq!(
            code(realm.write(move |tx| roles::create(tx, &ctx, &shared, &elsewhere))),
            "kernel.forbidden"
        );
        let (ctx, shared) = (realm.as_user(guard), realm.services.clone());
        assert_eq!(
            code(realm.write(move |tx| roles::create(tx, &ctx, &shared, &new))),
            "identity.role_name_taken"
        );
        // Given by somebody else to the one who edits roles: adding to it would be giving to oneself.
        let gift = Gift { role: role.id, ..realm.gift(guard, BuiltinRole::Merchant, "street") };
        let held = realm.give(chief, gift).unwrap();
        let more = RoleChange {
            permissions: Some(BTreeSet::from(["test.work.do".to_owned(), "test.audit.read".to_owned()])),
            ..RoleChange::default()
        };
        let (ctx, shared, change) = (realm.as_user(guard), realm.services.clone(), more.clone());
        let refused = realm.write(move |tx| roles::edit(tx, &ctx, &shared, role.id, 1, &change));
        assert_eq!(code(refused), "identity.grant_to_self");
        let ctx = realm.as_user(chief);
        realm.write(move |tx| revoke(tx, &ctx, held.id, None, "over")).unwrap();
        // A custom role stays in its unit.
        let out = Gift { role: role.id, ..realm.gift(worker, BuiltinRole::Merchant, "other") };
        assert_eq!(code(realm.give(chief, out)), "identity.role_elsewhere");
        let gift = Gift { role: role.id, ..realm.gift(worker, BuiltinRole::Merchant, "street") };
        realm.give(chief, gift).unwrap();
        let (ctx, shared) = (realm.as_user(guard), realm.services.clone());
        let edited = realm.write(move |tx| roles::edit(tx, &ctx, &shared, role.id, 1, &more)).unwrap();
        assert_eq!(edited.version, 2);
        let held = realm.as_user(worker);
        assert!(
            held.actor.holds(<super::setting::Audit as kernel::permission::Permit>::PERMISSION, held.now)
        );
        let ctx = realm.as_user(guard);
        assert_eq!(code(realm.write(move |tx| roles::retire(tx, &ctx, role.id, 2))), "identity.role_in_use");
        let ctx = realm.as_user(guard);
        let builtin = identity::service::builtin::role_id(BuiltinRole::GridWorker);
        assert_eq!(
            code(realm.write(move |tx| roles::retire(tx, &ctx, builtin, 1))),
            "identity.role_is_builtin"
        );
    });
}

#[test]
fn an_account_is_no_side_path_to_more() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (admin, system) = (realm.person("admin", "street"), realm.person("system", "town"));
        let (guard, plain) = (realm.person("guard", "street"), realm.person("plain", "street"));
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        realm.give(chief, realm.gift(system, BuiltinRole::SystemAdmin, "town")).unwrap();
        realm.give(chief, realm.gift(guard, BuiltinRole::SecurityAdmin, "street")).unwrap();
        realm.give(chief, realm.gift(plain, BuiltinRole::GridWorker, "street")).unwrap();
        let set =
            |by, of| {
                let (ctx, shared) = (realm.as_user(by), realm.services.clone());
                code(realm.write(move |tx| {
                    accounts::set_password(tx, &ctx, &shared, of, None, "$hash", "forgotten")
                }))
            };
        // The system administrator manages accounts everywhere, and would become security administrator by a password.
        assert_eq!(set(system, guard), "identity.above_ceiling");
        assert_eq!(set(admin, guard), "identity.above_ceiling");
        assert_eq!(set(admin, system), "kernel.not_found");
        assert_eq!(set(admin, admin), "identity.not_yourself");
        assert_eq!(set(admin, plain), "ok");
        assert_eq!(set(system, plain), "ok");
        assert_eq!(set(chief, guard), "ok");
        // A harmless role given in another subtree is no shield against being shut out at home; it is one against being taken over.
        realm.give(chief, realm.gift(plain, BuiltinRole::Resident, "other")).unwrap();
        assert_eq!(set(admin, plain), "identity.above_ceiling");
        let (ctx, shared) = (realm.as_user(admin), realm.services.clone());
        let off = realm.write(move |tx| accounts::disable(tx, &ctx, &shared, plain, None, "left")).unwrap();
        assert!(!off.is_enabled());
        let (ctx, shared) = (realm.as_user(admin), realm.services.clone());
        let new = NewUser {
            login: " New.Person ".to_owned(),
            display_name: "New".to_owned(),
            unit: realm.unit("community").id,
            password_hash: None,
        };
        let (wanted, unit) = (new.clone(), realm.unit("other").id);
        let made = realm.write(move |tx| accounts::create(tx, &ctx, &shared, &wanted)).unwrap();
        assert_eq!(made.login, "new.person");
        let (ctx, shared, wanted) = (realm.as_user(admin), realm.services.clone(), new.clone());
        assert_eq!(
            code(realm.write(move |tx| accounts::create(tx, &ctx, &shared, &wanted))),
            "identity.login_taken"
        );
        let (ctx, shared) = (realm.as_user(admin), realm.services.clone());
        let outside = NewUser { unit, login: "another".to_owned(), ..new };
        assert_eq!(
            code(realm.write(move |tx| accounts::create(tx, &ctx, &shared, &outside))),
            "kernel.forbidden"
        );
    });
}

#[test]
fn a_move_shows_who_gains_and_takes_the_copies_of_paths_along() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (above, mover) = (realm.person("above", "other"), realm.person("mover", "community"));
        realm.give(chief, realm.gift(above, BuiltinRole::UnitAdmin, "other")).unwrap();
        let moved = realm.give(chief, realm.gift(mover, BuiltinRole::GridWorker, "community")).unwrap();
        let (community, other) = (realm.unit("community"), realm.unit("other"));
        let (ctx, from, to) = (realm.as_user(chief), community.path.clone(), other.path.clone());
        let effect = realm.write(move |tx| Rights.preview_move(tx, &ctx, &from, Some(&to))).unwrap();
        assert_eq!(effect.gains.len(), 1);
        assert_eq!((effect.gains[0].user, effect.losses.len(), effect.breaches.len()), (above, 0, 0));
        let (ctx, from, to) = (realm.as_user(above), community.path.clone(), other.path.clone());
        let effect = realm.write(move |tx| Rights.preview_move(tx, &ctx, &from, Some(&to))).unwrap();
        assert!(effect.breaches.contains(&"identity.grant.manage".to_owned()));
        let landed = UnitPath::numbered(Some(&other.path), 7).unwrap();
        let (ctx, from, to) = (realm.as_user(chief), community.path.clone(), landed.clone());
        realm.write(move |tx| Rights.unit_moved(tx, &ctx, community.id, &from, &to, &[], &[])).unwrap();
        let there = realm.write(move |tx| identity::store::grants::find(tx, moved.id)).unwrap().unwrap();
        assert_eq!(there.unit_path, landed);
        let there = realm.write(move |tx| identity::store::users::find(tx, mover)).unwrap().unwrap();
        assert_eq!(there.unit_path, landed);
    });
}

#[test]
fn a_custom_role_that_joins_the_trail_with_another_administrators_work_is_refused_given_and_edited() {
    everywhere(|realm| {
        let chief = realm.chief();
        let person = realm.person("person", "street");
        let make = |name: &str, permissions: &[&str]| {
            let new = NewRole {
                name: name.to_owned(),
                label_en: name.to_owned(),
                label_zh: name.to_owned(),
                unit: realm.unit("town").id,
                permissions: permissions.iter().map(|p| (*p).to_owned()).collect(),
            };
            let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
            realm.write(move |tx| roles::create(tx, &ctx, &shared, &new))
        };
        let gift = |role: &identity::model::Role| Gift {
            role: role.id,
            ..realm.gift(person, BuiltinRole::Merchant, "street")
        };
        let both = make("both_in_one", &["test.audit.read", "test.system.run"]);
        assert_eq!(code(both), "identity.role_against_itself");
        // Two roles, each harmless alone.
        let (run, audit) = (
            make("only_runs", &["test.system.run"]).unwrap(),
            make("only_audits", &["test.audit.read"]).unwrap(),
        );
        let held = realm.give(chief, gift(&run)).unwrap();
        assert_eq!(code(realm.give(chief, gift(&audit))), "identity.administrators_are_three");
        // One that is held already is not made into both.
        let edit = |permissions: &[&str]| {
            let change = RoleChange {
                permissions: Some(permissions.iter().map(|p| (*p).to_owned()).collect()),
                ..RoleChange::default()
            };
            let (ctx, shared, id) = (realm.as_user(chief), realm.services.clone(), run.id);
            realm.write(move |tx| roles::edit(tx, &ctx, &shared, id, 1, &change))
        };
        assert_eq!(code(edit(&["test.audit.read", "test.system.run"])), "identity.role_against_itself");
        let id = run.id;
        let kept = realm.db.read_blocking(move |tx| identity::store::roles::permissions_of(tx, id)).unwrap();
        assert_eq!(kept, BTreeSet::from(["test.system.run".to_owned()]), "nothing of the edit stays");
        assert!(
            realm
                .as_user(person)
                .actor
                .grants
                .iter()
                .any(|g| g.id == held.id && !g.carries("test.audit.read"))
        );
        assert_eq!(code(edit(&["test.system.run", "test.work.do"])), "ok");
    });
}

#[test]
fn what_identity_keeps_at_a_unit_is_counted_for_whoever_would_dissolve_it() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (a, b) = (realm.person("a", "street"), realm.person("b", "street"));
        let tenants = || {
            let (ctx, unit) = (realm.as_user(chief), realm.unit("street").id);
            let all = realm.write(move |tx| contracts::UnitTenant::tenants(&Rights, tx, &ctx, unit)).unwrap();
            all.into_iter().map(|t| (t.what, t.count)).collect::<Vec<_>>()
        };
        assert_eq!(tenants(), [("accounts", 2)]);
        let live = realm.give(chief, realm.gift(a, BuiltinRole::Merchant, "street")).unwrap();
        let later = Gift {
            from: Some(realm.now().plus_days(3)),
            until: Some(realm.now().plus_days(5)),
            ..realm.gift(b, BuiltinRole::Merchant, "street")
        };
        realm.give(chief, later).unwrap();
        realm.give(chief, realm.gift(b, BuiltinRole::Merchant, "community")).unwrap();
        assert_eq!(tenants(), [("accounts", 2), ("grants", 2)]);
        let ctx = realm.as_user(chief);
        realm.write(move |tx| revoke(tx, &ctx, live.id, None, "because")).unwrap();
        let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
        realm.write(move |tx| accounts::disable(tx, &ctx, &shared, b, None, "left")).unwrap();
        assert_eq!(tenants(), [("accounts", 1), ("grants", 1)]);
        realm.hand.go(6 * 86_400);
        assert_eq!(tenants(), [("accounts", 1)]);
    });
}
